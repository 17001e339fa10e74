"""An end to pages that link without end.

This module decides how many requests one page may lead to.  What is dropped is counted in the
run record.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.refusal import Refused
from crawler.spiders.portal_spider import PortalSpider

logger = logging.getLogger(__name__)


class FloodsMiddleware:
    """Drops what a page links beyond ``REQUESTS_PER_PAGE``."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.most = crawler.settings.getint("REQUESTS_PER_PAGE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of one crawl."""
        return cls(crawler)

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield what the spider made of a page, up to the limit."""
        count = 0
        async for item in result:
            count += isinstance(item, Request)
            if count <= self.most:
                yield item
            else:
                self.stats.inc_value("refused/link_flood")
                self._note(item, response.url)
        if count > self.most:
            logger.warning(
                "%s leads to %d pages; %d were asked for", response.url, count, self.most
            )

    def _note(self, item: Any, page: str) -> None:
        """Tell the spider of a report that is not asked for."""
        spider = self.crawler.spider
        if isinstance(item, Request) and isinstance(spider, PortalSpider):
            reason = f"{page} leads to more than {self.most} pages (REQUESTS_PER_PAGE)"
            spider.note_refusal(item, Refused("link_flood", reason))
