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
from crawler.gate import gate_of
from crawler.refusal import Refused
from crawler.robots import RobotRules, read_robots

PRIORITY = 1000  # before anything that waits for the same host


class RobotsMiddleware:
    """Asks each origin for robots.txt once per run, and drops what it does not allow."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.longest_pause = crawler.settings.getfloat("RETRY_AFTER_MAX")
        self.rules: dict[str, asyncio.Task[RobotRules | Refused]] = {}
        self.decisions: dict[str, dict[str, object]] = {}

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
            fetching = self._decide(origin, (parts.hostname or "").lower(), asked)
            self.rules[origin] = asyncio.ensure_future(fetching)
        rules = await asyncio.shield(self.rules[origin])
        if isinstance(rules, Refused):
            raise Refused(rules.outcome, rules.reason)
        if rules.refusal is not None:
            raise Refused("robots_unreachable", rules.refusal)
        if not rules.allows(request.url):
            raise Refused("robots_disallowed", f"robots.txt of {origin} forbids {request.url}")

    async def _decide(self, origin: str, host: str, asked: Asked) -> RobotRules | Refused:
        """Return what the origin allows; how it wants to be asked is told to the gate."""
        rules = await self._fetch(f"{origin}/robots.txt", asked)
        if isinstance(rules, RobotRules) and rules.pause() > self.longest_pause:
            reason = f"robots.txt of {origin} asks for pauses of {rules.pause():.0f} s"
            rules = Refused("asked_to_wait", f"{reason} (RETRY_AFTER_MAX)")
        if isinstance(rules, RobotRules):
            gate, lane = gate_of(self.crawler), f"host:{host}"
            gate.lengthen(lane, rules.pause())
            gate.hold([lane], gate.pauses[lane])  # counted from robots.txt itself
            hours = rules.visit_time()
            if hours is not None:
                gate.visit_times[lane] = hours
        self.decisions[origin] = describe_decision(rules)
        return rules

    async def _fetch(self, url: str, asked: Asked) -> RobotRules | Refused:
        meta = {META_KEY: Asked("robots", asked.portal)}
        request = Request(url, priority=PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(request)
        except Refused as refused:
            return refused
        except Exception as error:  # noqa: BLE001  whatever stops the fetch, the answer is not now
            return RobotRules(refusal=f"robots.txt: {type(error).__name__}: {error}")
        if "dataloss" in response.flags:
            return RobotRules(refusal="robots.txt was cut off")
        return read_robots(response.status, response.body)


def describe_decision(rules: RobotRules | Refused) -> dict[str, object]:
    """Return what robots.txt was taken to mean, as JSON values for the run record."""
    if isinstance(rules, Refused):
        return {"decision": "not_now", "reason": f"{rules.outcome}: {rules.reason}"}
    if rules.refusal is not None:
        return {"decision": "not_now", "reason": rules.refusal}
    facts: dict[str, object] = {"decision": "allow_all" if rules.parsed is None else "rules"}
    if rules.pause():
        facts["pause"] = rules.pause()
    if (hours := rules.visit_time()) is not None:
        facts["visit_time"] = str(hours)
    return facts
