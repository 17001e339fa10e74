"""What happens when an anti-bot system answers, or a server asks us to wait.

This module decides the consequence: after a block page the host, its address, its platform
and the portal are left alone for the run; after 429 or 503 they are left alone for as long as
``Retry-After`` says.  Recognising the page is left to ``parsers.blocks``.  The page itself is
kept like any other exchange.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive.entity import entity_body, header
from crawler.gate import LANES_KEY, gate_of, lanes_of
from crawler.middlewares.capture import header_block
from crawler.refusal import Refused
from crawler.windows import retry_after
from parsers.blocks import SMALL_BODY, find_block
from parsers.errors import ReportError

logger = logging.getLogger(__name__)
META_KEY = "blocked"
ASKED_TO_WAIT = frozenset({429, 503})
BACK_OFF = 5
"""Pauses to wait after the first 429 or 503 that names no time; doubled for each try."""


def _plain_body(headers: bytes, body: bytes) -> bytes:
    if len(body) >= SMALL_BODY:
        return body
    try:
        return entity_body(headers, body)
    except ReportError:
        return body


class BlocksMiddleware:
    """Stops asking after a block page, and waits where a server asks for it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.gate = gate_of(crawler)
        self.longest_wait = crawler.settings.getfloat("RETRY_AFTER_MAX")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of one crawl."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.look_at, signals.response_downloaded)
        return middleware

    def look_at(self, request: Request, response: Response) -> None:
        """Stop or hold the lanes if the answer says so, before their next request may start."""
        headers = header_block(response)
        system = find_block(response.status, headers, _plain_body(headers, response.body))
        if system is not None:
            request.meta[META_KEY] = system
            reason = f"{request.url} answered HTTP {response.status} with a page of {system}"
            self._stop(request, Refused(f"blocked:{system}", reason))
        elif response.status in ASKED_TO_WAIT:
            self._wait(request, header(headers, "Retry-After"))

    def process_request(self, request: Request) -> None:
        """Drop the request when one of its lanes has been stopped in this run."""
        self.gate.check(request)

    def process_response(self, request: Request, response: Response) -> Response:
        """Return an honest answer; a block page goes no further."""
        if META_KEY in request.meta:
            system = request.meta[META_KEY]
            raise Refused(f"blocked:{system}", f"{request.url} answered HTTP {response.status}")
        return response

    def _wait(self, request: Request, asked_for: str | None) -> None:
        seconds = retry_after(asked_for, datetime.now(UTC))
        if seconds is None:
            seconds = self.gate.pause * BACK_OFF * 2 ** int(request.meta.get("retry_times", 0))
        lanes = request.meta[LANES_KEY]
        self.gate.hold(lanes, seconds)
        if seconds > self.longest_wait:
            reason = f"{request.url} asks to wait {seconds:.0f} s (RETRY_AFTER_MAX)"
            self._stop(request, Refused("asked_to_wait", reason))

    def _stop(self, request: Request, refusal: Refused) -> None:
        self.gate.stop(lanes_of(request), refusal)
        logger.warning("%s; left alone for this run: %s", refusal, ", ".join(lanes_of(request)))
        for slot in self.crawler.engine.downloader.slots.values():
            waiting = list(slot.queue)
            slot.queue.clear()
            for queued, answer in waiting:  # they have passed every middleware
                try:
                    self.gate.check(queued)
                except Refused:
                    answer.errback(Failure())  # type: ignore[no-untyped-call]
                else:
                    slot.queue.append((queued, answer))
