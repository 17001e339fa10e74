"""From home pages to the report columns of a government and its departments.

This module decides what is fetched for an exploration: one page of a portal at a time, within
bounds of pages, depth and time, on hosts of the government's own domain.  What a page means is
left to ``crawler.discovery``, the file with the result to ``crawler.portal_file``.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlsplit

from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.asked import META_KEY, Asked
from crawler.discovery import Exploration, Lead, domain_of, is_within
from crawler.listings import ListSource, read_list
from crawler.listings.page import parse_page, visible_text
from crawler.portal_file import portal_text, write_portal
from crawler.portals import (
    Portal,
    UnusablePortal,
    discovered_folder,
    select_portals,
    web_host,
)
from crawler.spiders.portal_spider import PortalSpider, decode_response, step_request
from parsers.bodies import resolve_body
from parsers.codes import site_region
from parsers.model import Decoded
from parsers.obstacles import find_obstacle

UNKNOWN_REGION = "000000"
# "http://a.gov.cn/,http://b.gov.cn/" where one is asked for several
_BETWEEN = re.compile(r"[\s,]+(?=https?://)")
# "某某区人民政府门户网站", "中国·某某", "首页 - 某某市人民政府"
_CHROME = re.compile(r"(?:门户)?网站?$|首页|^(?:欢迎访问|中国[·•\-—])")

_EDGES = " -_—|·>"


@dataclass(slots=True)
class Visit:
    """One portal as it is being explored; ``misses`` are pages that could not be had."""

    portal: Portal
    exploration: Exploration
    domain: str
    until: float
    misses: int = 0
    first_miss: str = ""
    needs: str | None = None
    is_read: bool = False
    is_written: bool = False


class DiscoverSpider(PortalSpider):
    """``scrapy crawl discover -a url=URL`` or ``-a portal=ID,...``."""

    name = "discover"
    resumable = True
    argument_names = ("url", "portal")
    visits: list[Visit]

    @classmethod
    def choose_portals(
        cls, settings: BaseSettings, arguments: Mapping[str, str]
    ) -> Sequence[Portal]:
        """Return the portals named, or new ones for the addresses given.

        Raises:
            UnusablePortal: neither or both are given, or something that is no web address.
        """
        cls.check_arguments(arguments)
        if ("url" in arguments) == ("portal" in arguments):
            raise UnusablePortal("arguments", "url", "give -a url=URL or -a portal=ID")
        if "portal" in arguments:
            return select_portals(settings, arguments["portal"])
        portals: dict[str, Portal] = {}
        for url in _BETWEEN.split(arguments["url"].strip()):
            new = _new_portal(url)
            first = portals.setdefault(new.id, new)
            if first.home.rstrip("/") != new.home.rstrip("/"):
                reason = f"{url} is on the host of {first.home}; ask for one of them"
                raise UnusablePortal("arguments", "url", reason)
        return list(portals.values())

    async def start(self) -> AsyncIterator[Any]:
        """Yield the home page of every portal."""
        settings = self.settings
        until = time.monotonic() + settings.getfloat("DISCOVER_SECONDS_MAX")
        pages, depth = settings.getint("DISCOVER_PAGES_MAX"), settings.getint("DISCOVER_DEPTH_MAX")
        self.visits = []
        for portal in self.portals.values():
            domain = domain_of(urlsplit(portal.home).hostname or "")
            visit = Visit(portal, Exploration(portal.home, pages, depth), domain, until)
            self.visits.append(visit)
            for request in self.go_on(visit):
                yield request

    def go_on(self, visit: Visit) -> Iterator[Request]:
        """Yield the request for the most promising page, or write down what was found."""
        while time.monotonic() < visit.until and (lead := visit.exploration.next_lead()):
            host = urlsplit(lead.step.url).hostname or ""
            if not is_within(host, visit.domain) and host not in visit.portal.hosts:
                continue
            self.admit(visit, host)
            asked = Asked("other", visit.portal.id, lead.parent, lead.text or None)
            yield step_request(
                lead.step,
                callback=self.read_page,
                errback=self.miss_page,
                cb_kwargs={"visit": visit, "lead": lead},
                meta={META_KEY: asked},
            )
            return
        self.write(visit, "" if time.monotonic() < visit.until else "stopped at its time limit")

    def admit(self, visit: Visit, host: str) -> None:
        """Let the guard pass a host of the government's domain."""
        if host not in visit.portal.hosts:
            visit.portal = replace(visit.portal, hosts=visit.portal.hosts | {host})
            self.portals = {**self.portals, visit.portal.id: visit.portal}

    def read_page(self, response: Response, visit: Visit, lead: Lead) -> Iterator[Request]:
        """Learn from a page, then go on."""
        if response.status != 200:
            self.miss(visit, f"HTTP {response.status} for {response.url}")
        else:
            decoded = decode_response(response)
            encoding = decoded.encoding or "utf-8"
            source = ListSource(decoded.text, response.url, encoding, lead.step)
            before = visit.exploration.left()
            visit.exploration.take(source, lead)
            leads_on = visit.exploration.left() > before or visit.exploration.columns
            obstacle = None if leads_on else find_obstacle(200, visible_text(decoded.text))
            if obstacle is not None:
                self.miss(visit, f"{obstacle}: HTTP 200 for {response.url}")
            elif not lead.text:  # the home page, or what a redirect there leads to
                self.read_home(visit, decoded)
                visit.needs = None if leads_on else read_list("auto", source).needs
        yield from self.go_on(visit)

    def read_home(self, visit: Visit, decoded: Decoded) -> None:
        """Learn from the home page whose portal it is."""
        visit.is_read = True
        if visit.portal.name == _name_of(visit.portal.home):
            name, region = name_portal(decoded.text)
            name, region = name or visit.portal.name, region or visit.portal.region
            visit.portal = replace(visit.portal, name=name, region=region)
            self.portals = {**self.portals, visit.portal.id: visit.portal}

    def miss_page(self, failure: Failure) -> Iterator[Request]:
        """Count a page that could not be had, then go on."""
        self.note_failure(failure)
        request = cast("Request", failure.request)  # type: ignore[attr-defined]
        visit = cast("Visit", request.cb_kwargs["visit"])
        self.miss(visit, failure.getErrorMessage())
        yield from self.go_on(visit)

    def miss(self, visit: Visit, reason: str) -> None:
        """Remember that a page could not be had."""
        visit.misses += 1
        visit.first_miss = visit.first_miss or reason

    def closed(self, reason: str) -> None:
        """Write down what was found where the run ended first."""
        for visit in getattr(self, "visits", []):
            if not visit.is_written:
                self.write(visit, f"the run ended first: {reason}")

    def write(self, visit: Visit, ending: str) -> None:
        """Write the portal file; nothing where not even the home page could be had."""
        visit.is_written = True
        found = visit.exploration
        if not visit.is_read:
            self.logger.warning("%s: no home page: %s", visit.portal.home, visit.first_miss)
            return
        families = ", ".join(f"{name} ({count})" for name, count in found.families.most_common())
        account = [
            f"{found.pages} pages were asked for, {visit.misses} could not be had"
            + (f" (first: {visit.first_miss})" if visit.misses else ""),
            f"{found.left()} less promising links were not followed",
            f"marks of CMS families on these pages: {families or 'none'}",
            *([f"its home page shows no links: {visit.needs}"] if visit.needs else []),
            *([ending] if ending else []),
        ]
        host = urlsplit(visit.portal.home).hostname or visit.portal.id
        shown = {urlsplit(entry.url).hostname or "" for c in found.columns for entry in c.entries}
        for other in sorted(shown):
            if is_within(other, visit.domain):
                self.admit(visit, other)
        text = portal_text(visit.portal, found.columns, account)
        is_whole = not (visit.misses or ending)
        path = write_portal(discovered_folder(self.settings), host, text, is_whole=is_whole)
        if path.suffix == ".new":
            self.logger.warning(
                "%s: the portal file stays; what was found now is in %s", host, path
            )
        self.crawler.stats.inc_value("discovered/columns", len(found.columns))
        self.logger.info("%s: %d columns, written to %s", host, len(found.columns), path)


def _name_of(home: str) -> str:
    return (urlsplit(home).hostname or "").removeprefix("www.")


def _new_portal(url: str) -> Portal:
    """Return the portal of a home page that nobody has described."""
    host = web_host(url)
    if host is None:
        raise UnusablePortal("arguments", "url", f"must be an http or https address, is {url!r}")
    return Portal(
        id=_name_of(url),
        name=_name_of(url),
        home=url,
        region=UNKNOWN_REGION,
        official=is_within(host, "gov.cn"),
        columns=(),
        hosts=frozenset({host, host.removeprefix("www."), f"www.{host.removeprefix('www.')}"}),
        group="discovered",
        file="",
        unverified=True,
    )


def name_portal(text: str) -> tuple[str | None, str | None]:
    """Return the name and the region code that a home page gives its site, where it does."""
    selector = parse_page(text)
    site = selector.xpath("string(//meta[@name='SiteName']/@content)").get() or ""
    title = selector.xpath("string(//title)").get() or ""
    code = selector.xpath("string(//meta[@name='SiteIDCode']/@content)").get() or ""
    names = [" ".join(name.split()) for name in (site, title)]
    bare = [_CHROME.sub("", name.strip(_EDGES)).strip(_EDGES) for name in names if name]
    matches = (resolve_body(name).match for name in bare if name)
    region = site_region(code) or next((m.region_code for m in matches if m), None)
    return (bare[0] if bare and bare[0] else None), region
