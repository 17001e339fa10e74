"""Walks the report columns of portals and fetches the reports that are not in the archive yet.

This module decides the order of requests.  How a list page is read is left to
``crawler.listings``, when a list has ended to ``crawler.walk``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, cast

from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.known import known_urls
from archive.marks import Marks
from archive.visits import latest_block
from crawler import signals
from crawler.asked import META_KEY, Asked, asked_of, reading_of
from crawler.browser import Browser, NoBrowser
from crawler.ledger import ledger_of
from crawler.listings import (
    ListItem,
    ListPage,
    ListSource,
    Step,
    is_report_list,
    is_report_title,
    read_list,
    report_items,
)
from crawler.listings.addresses import identity
from crawler.listings.page import visible_text
from crawler.refusal import missed_because
from crawler.spiders.portal_spider import PortalSpider, decode_response, step_request
from crawler.walk import Walk, WalkOutcome
from parsers.obstacles import find_obstacle, is_home_address

LIST_FIRST, LIST_LAST = 10, -10
"""Priorities of a list page: the whole list is known before anything is fetched from it, unless
so many documents wait already that they would fill the memory."""


def obstacle_on(response: Response, text: str, page: ListPage, asked: str, home: str) -> str | None:
    """Return what an answer is instead of the list page at ``asked``, ``None`` where it is one."""
    if page.steps or page.needs or page.sparse or is_report_list(page):
        return None
    at_home = [is_home_address(url, home) for url in (asked, response.url)]
    if page.items and at_home == [False, True]:
        return "home_page"
    if any(item.date or is_report_title(item.title) for item in page.items):
        return None
    return find_obstacle(response.status, visible_text(text))


class ReportsSpider(PortalSpider):
    """``scrapy crawl reports [-a portal=ID,...] [-a group=NAME]``."""

    name = "reports"
    resumable = True
    walks: list[Walk]
    known: dict[str, Marks]
    browser: Browser | None = None
    inner_lists: set[str]
    """Entries of lists that turned out to be lists of reports; none is looked for below them."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider, with a browser where one is set."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if executable := crawler.settings.get("BROWSER"):
            spider.browser = Browser(crawler, executable)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first list page of every column."""
        archive_dir = Path(self.settings.get("ARCHIVE_DIR"))
        pages_max = self.settings.getint("LIST_PAGES_MAX")
        self.walks, self.known, self.inner_lists = [], {}, set()
        for portal in self.portals.values():
            known = known_urls(archive_dir, portal.id) - ledger_of(self.crawler).urls
            self.known[portal.id] = Marks(map(identity, known))
            for column in portal.columns:
                walk = Walk(portal.id, column, pages_max)
                self.walks.append(walk)
                yield self.list_request(walk, walk.first_step(), None)

    def list_request(self, walk: Walk, step: Step, parent: str | None) -> Request:
        """Return the request for a list page."""
        return step_request(
            step,
            callback=self.read_list,
            errback=self.miss_list,
            cb_kwargs={"walk": walk},
            meta={META_KEY: Asked("list", walk.portal, parent)},
            priority=LIST_LAST if self.many_wait() else LIST_FIRST,
        )

    def many_wait(self) -> bool:
        """Return whether more requests wait than a list should add to (``WAITING_MAX``)."""
        queued, begun = (
            self.crawler.stats.get_value(f"scheduler/{name}", 0)
            for name in ("enqueued", "dequeued")
        )
        return bool(queued - begun > self.settings.getint("WAITING_MAX"))

    async def read_list(self, response: Response, walk: Walk) -> AsyncIterator[Request]:
        """Yield the reports of a list page that are new, and the next list page."""
        decoded = decode_response(response)
        encoding = decoded.encoding or "utf-8"
        source = ListSource(decoded.text, response.url, encoding, walk.step, walk.declared)
        page = read_list(walk.column.family, source) if response.status == 200 else ListPage()
        if page.needs == "needs_js" and self.browser is not None:
            page = await self.render(self.browser, response, walk, source, page)
        asked, home = walk.step.url if walk.step else "", self.portals[walk.portal].home
        obstacle = obstacle_on(response, decoded.text, page, asked, home)
        if walk.outcome is not None:
            pass  # blocked while it was rendered
        elif obstacle is not None:
            outcome: WalkOutcome = "partial" if obstacle == "under_construction" else "unreachable"
            walk.miss(outcome, f"{obstacle}: HTTP {response.status} for {response.url}")
        elif response.status != 200:
            walk.miss("unreachable", f"HTTP {response.status} for {response.url}")
        else:
            if "dataloss" in response.flags:
                walk.cut_off = response.url
            for item in walk.take(page):
                if is_report_title(item.title):
                    walk.listed.append(item.url)
                    for request in self.new_document(walk.portal, item, response.url):
                        walk.new += 1
                        yield request
        async for request in self.walk_on(walk, response.url):
            yield request

    async def render(
        self, browser: Browser, shell: Response, walk: Walk, source: ListSource, page: ListPage
    ) -> ListPage:
        """Return what a list shows once its scripts have run, or why it was not rendered.

        A block ends the walk.
        """
        blocked = latest_block(Path(self.settings.get("ARCHIVE_DIR")), walk.portal)
        if blocked is not None:
            return replace(
                page, needs=f"needs_js: not rendered, {blocked[0]} answered {blocked[1]}"
            )
        try:
            rendering = await browser.render(shell, walk.portal)
        except NoBrowser as failed:
            return replace(page, needs=f"needs_js: not rendered, {failed}")
        await self.crawler.signals.send_catch_log_async(
            signal=signals.rendered, rendering=rendering
        )
        if rendering.blocked is not None:
            walk.miss("blocked", f"blocked:{rendering.blocked} while {shell.url} was rendered")
            return ListPage()
        shown = read_list(walk.column.family, replace(source, text=rendering.html))
        if shown.needs == "needs_js":
            return replace(shown, needs="needs_js: nothing appeared")
        return shown

    def new_document(self, portal: str, item: ListItem, parent: str) -> Iterator[Request]:
        """Yield the request for an entry of a list, unless the document is known."""
        known = self.known[portal]
        if (name := identity(item.url)) not in known:
            known.add(name)
            asked = Asked("document", portal, parent, item.title, item.date)
            yield self.document_request(item.url, asked)

    def read_document(self, response: Response) -> Iterator[Request]:
        """Yield requests for what a page attaches; for its reports where it is a list of them."""
        yield from super().read_document(response)
        assert response.request is not None
        asked, reading = asked_of(response.request), reading_of(response.request)
        if reading is None or reading.report.kind != "other" or asked.portal is None:
            return
        if asked.parent_url in self.inner_lists:
            return
        encoding = reading.decoded.encoding or "utf-8"
        page = read_list("auto", ListSource(reading.decoded.text, response.url, encoding))
        self.inner_lists.add(response.url)
        for item in report_items(page) if is_report_list(page) else ():
            yield from self.new_document(asked.portal, item, response.url)

    async def miss_list(self, failure: Failure) -> AsyncIterator[Request]:
        """End the walk whose list page could not be had, or try the page's other address."""
        request = cast("Request", failure.request)  # type: ignore[attr-defined]
        walk = cast("Walk", request.cb_kwargs["walk"])
        self.note_failure(failure)
        error = failure.value
        walk.miss(missed_because(error), failure.getErrorMessage() or type(error).__name__)
        async for following in self.walk_on(walk, request.url):
            yield following

    async def walk_on(self, walk: Walk, parent: str) -> AsyncIterator[Request]:
        """Yield the next list page, or say that the walk has ended."""
        step = walk.next_step()
        if step is not None:
            yield self.list_request(walk, step, parent)
        else:
            await self.crawler.signals.send_catch_log_async(signal=signals.walked, walk=walk)
