"""The peer of the farm score: a crawler that follows every link of a host, level by level.

It knows nothing of reports.  It follows what a browser would load or a person could click:
anchors, frames, refreshes, redirects by status or by a short script; it keeps to the portal's
hosts and asks for no address twice.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html

from crawler.demo.farm.web import Answer

_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\">]+)", re.IGNORECASE)
# location.href="/web/main.html", location.replace('/zwgk/xxgknb/')
_SCRIPT = re.compile(r"location(?:\.href)?\s*(?:=|\.replace\()\s*['\"]([^'\"]+)['\"]")
_STUB = 2048
_FILES = (".css", ".js", ".ico")


@dataclass(slots=True)
class Crawl:
    """What a breadth-first crawl did: ``found`` gives the request that showed each report."""

    requests: int = 0
    found: dict[str, int] = field(default_factory=dict)


def crawl_breadth_first(
    fetch: Callable[[str], Answer],
    home: str,
    hosts: Collection[str],
    wanted: Collection[str],
    limit: int,
    canonical: Callable[[str], str] = lambda url: url,
) -> Crawl:
    """Return how far a crawl came until it had seen what is wanted, or spent its requests."""
    crawl = Crawl()
    missing = set(wanted)
    waiting, known = deque([home]), {canonical(home)}
    while waiting and missing and crawl.requests < limit:
        url = waiting.popleft()
        answer = fetch(url)
        crawl.requests += 1
        for key in missing.intersection(answer.reports):
            crawl.found[key] = crawl.requests
        missing.difference_update(answer.reports)
        for following in find_links(url, answer):
            name = canonical(following)
            if name not in known and (urlsplit(following).hostname or "") in hosts:
                known.add(name)
                waiting.append(following)
    return crawl


def find_links(url: str, answer: Answer) -> Iterator[str]:
    """Yield the addresses that a page leads to, in the order of the page."""
    for name, value in answer.headers:
        if name == "Location":
            yield urljoin(url, value)
    if not answer.content_type.startswith("text/html") or not answer.body:
        return
    text = answer.body.decode("utf-8" if "UTF-8" in answer.content_type else "gb18030", "replace")
    page = html.fromstring(text)
    base = urljoin(url, next(iter(page.xpath("//base/@href")), ""))
    targets = page.xpath(
        "//a/@href | //iframe/@src | //frame/@src | //img/@src"
        " | //meta[translate(@http-equiv,'REFSH','refsh')='refresh']/@content"
    )
    if len(text) < _STUB:
        targets += _SCRIPT.findall(text)
    for target in targets:
        refresh = _REFRESH.search(target) if ";" in target and "url" in target.lower() else None
        href = refresh[1] if refresh else target
        following = urldefrag(urljoin(base, href.strip())).url
        if following.startswith(("http://", "https://")) and not following.endswith(_FILES):
            yield following
