"""Obedience to robots.txt, also when it cannot be had.

This module decides when robots.txt is fetched and what happens to the requests that wait for
it.  What an answer means is left to ``crawler.robots``.  Scrapy's own middleware allows
everything when robots.txt fails; this one refuses until the next run.
"""

from __future__ import annotations

import asyncio
from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.asked import META_KEY, Asked, asked_of
from crawler.extensions.pace import lengthen_pause
from crawler.refusal import Refused
from crawler.robots import RobotRules, read_robots

PRIORITY = 1000  # before anything that waits for the same host


class RobotsMiddleware:
    """Asks each origin for robots.txt once per run, and drops what it does not allow."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.rules: dict[str, asyncio.Task[RobotRules | Refused]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of one crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Drop the request unless robots.txt is known to allow it."""
        asked = asked_of(request)
        if asked.role == "robots":
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            fetching = self._fetch(f"{origin}/robots.txt", parts.hostname or "", asked)
            self.rules[origin] = asyncio.ensure_future(fetching)
        rules = await asyncio.shield(self.rules[origin])
        if isinstance(rules, Refused):
            raise Refused(rules.outcome, rules.reason)
        if rules.refusal is not None:
            raise Refused("robots_unreachable", rules.refusal)
        if not rules.allows(request.url):
            raise Refused("robots_disallowed", f"robots.txt of {origin} forbids {request.url}")

    async def _fetch(self, url: str, host: str, asked: Asked) -> RobotRules | Refused:
        meta = {META_KEY: Asked("robots", asked.portal)}
        request = Request(url, priority=PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(request)
        except Refused as refused:
            return refused
        except Exception as error:  # noqa: BLE001  whatever stops the fetch, the answer is not now
            return RobotRules(refusal=f"robots.txt: {type(error).__name__}: {error}")
        rules = read_robots(response.status, response.body)
        delay = rules.crawl_delay()
        if delay is not None:
            lengthen_pause(self.crawler, host, delay)
        return rules
