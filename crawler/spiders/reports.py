"""Walks the report columns of portals and fetches the reports that are not in the archive yet.

This module decides the order of requests.  How a list page is read is left to
``crawler.listings``, when a list has ended to ``crawler.walk``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.store import known_urls
from crawler import signals
from crawler.asked import META_KEY, Asked
from crawler.listings import ListSource, is_report_title, read_list
from crawler.refusal import missed_because
from crawler.spiders.portal_spider import PortalSpider, decode_response
from crawler.walk import Walk

LIST_PRIORITY = 10  # know the whole list before fetching from it


class ReportsSpider(PortalSpider):
    """``scrapy crawl reports [-a portal=ID,...] [-a group=NAME]``."""

    name = "reports"
    walks: list[Walk]
    known: dict[str, set[str]]

    async def start(self) -> AsyncIterator[Any]:
        """Yield the first list page of every column."""
        archive_dir = Path(self.settings.get("ARCHIVE_DIR"))
        pages_max = self.settings.getint("LIST_PAGES_MAX")
        self.walks, self.known = [], {}
        for portal in self.portals.values():
            self.known[portal.id] = known_urls(archive_dir, portal.id)
            for column in portal.columns:
                walk = Walk(portal.id, column, pages_max)
                self.walks.append(walk)
                walk.asked.add(column.url)
                yield self.list_request(walk, column.url, None)

    def list_request(self, walk: Walk, url: str, parent: str | None) -> Request:
        """Return the request for a list page."""
        return Request(
            url,
            callback=self.read_list,
            errback=self.miss_list,
            cb_kwargs={"walk": walk},
            meta={META_KEY: Asked("list", walk.portal, parent)},
            priority=LIST_PRIORITY,
            dont_filter=True,  # two columns may share a page, and a walk must hear back
        )

    async def read_list(self, response: Response, walk: Walk) -> AsyncIterator[Request]:
        """Yield the reports of a list page that are new, and the next list page."""
        if response.status != 200:
            walk.miss("unreachable", f"HTTP {response.status} for {response.url}")
        else:
            decoded = decode_response(response)
            encoding = decoded.encoding or "utf-8"
            source = ListSource(decoded.text, response.url, encoding)
            for item in walk.take(read_list(walk.column.family, source)):
                if is_report_title(item.title):
                    walk.reports += 1
                    if item.url in self.known[walk.portal]:
                        continue
                    walk.new += 1
                    asked = Asked("document", walk.portal, response.url, item.title, item.date)
                    yield self.document_request(item.url, asked)
        async for request in self.walk_on(walk, response.url):
            yield request

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
        url = walk.next_url()
        if url is not None:
            yield self.list_request(walk, url, parent)
        else:
            await self.crawler.signals.send_catch_log_async(signal=signals.walked, walk=walk)
