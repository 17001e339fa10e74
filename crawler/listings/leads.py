"""Pages that hold no list but lead to one: frames, inner frames, redirects by meta or script.

This module decides where such a page leads, the likeliest place first.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from parsel import Selector

from crawler.listings.addresses import absolute_url

STUB_CHARACTERS = 2048
"""A script redirect counts in a page that holds little else."""

# "location.href='./gknb/'", "window.location.replace("list.html");", "location='a.asp'"
_SCRIPT = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.replace\s*\()\s*[\"']([^\"'+]{1,300})[\"']\s*\)?\s*[;<\n}]"
)
# "0;url=./gknb/", "0; URL='list.html'"
_REFRESH = re.compile(r"^\s*\d{1,3}\s*;\s*url\s*=\s*[\"']?([^\"'>]{1,300})", re.IGNORECASE)
# counters, logins, share buttons, banners, menus: frames that hold no list
_ASIDE = re.compile(
    r"visitcount|count(?:er)?\.|login|share|foot|bottom|header|banner|tree\.jsp|weather|search"
    r"|(?:^|[/_.-])(?:top|left|menu|nav|head|ad)\d?[._-]",
    re.IGNORECASE,
)
_MAIN = re.compile(r"main|list|content|right|body|info|center", re.IGNORECASE)


def find_leads(text: str, selector: Selector, base: str, encoding: str) -> tuple[str, ...]:
    """Return the addresses a page without a list leads to, the likeliest first."""
    found = [*_redirects(text, selector), *_frames(selector)]
    host = urlsplit(base).hostname
    urls = (absolute_url(base, href, encoding) for href in found)
    return tuple(dict.fromkeys(url for url in urls if url and urlsplit(url).hostname == host))


def _redirects(text: str, selector: Selector) -> list[str]:
    refresh = selector.xpath(
        "//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh']/@content"
    ).getall()
    named = [found.group(1) for content in refresh if (found := _REFRESH.match(content))]
    script = _SCRIPT.search(text) if len(text) < STUB_CHARACTERS else None
    return [*named, *([script.group(1)] if script else [])]


def _frames(selector: Selector) -> list[str]:
    frames = [
        (found.root.get("name") or found.root.get("id") or "", found.root.get("src").strip())
        for found in selector.xpath("//frame[@src] | //iframe[@src]")
    ]
    wanted = [(name, src) for name, src in frames if not _ASIDE.search(f"{name}. {src}")]
    wanted.sort(key=lambda frame: not (_MAIN.search(frame[0]) or _MAIN.search(frame[1])))
    return [src for _, src in wanted]
