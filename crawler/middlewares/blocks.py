"""What happens when an anti-bot system answers: the host is left alone for the run.

This module decides the consequence; recognising the page is left to ``crawler.blocks``.  The
page itself is kept like any other exchange.
"""

from __future__ import annotations

import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

from archive.warc import entity_body
from crawler.blocks import SMALL_BODY, find_block
from crawler.middlewares.capture import header_block
from crawler.refusal import Refused
from parsers.errors import ReportError

logger = logging.getLogger(__name__)
META_KEY = "blocked"


def _plain_body(headers: bytes, body: bytes) -> bytes:
    if len(body) >= SMALL_BODY:
        return body
    try:
        return entity_body(headers, body)
    except ReportError:
        return body


class BlocksMiddleware:
    """Stops asking a host after its first block page."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.blocked: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of one crawl."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.look_at, signals.response_downloaded)
        return middleware

    def look_at(self, request: Request, response: Response) -> None:
        """Stop the host if this is a block page, before its next request may start."""
        headers = header_block(response)
        system = find_block(response.status, headers, _plain_body(headers, response.body))
        if system is None:
            return
        host = urlparse_cached(request).hostname or ""
        request.meta[META_KEY] = self.blocked[host] = system
        logger.warning("%s answered with a block page of %s; host stopped", host, system)
        slot = self.crawler.engine.downloader.slots.get(host)
        while slot is not None and slot.queue:  # they have passed every middleware and wait
            _, answer = slot.queue.popleft()
            answer.errback(Failure(self._left_alone(host)))  # type: ignore[no-untyped-call]

    def process_request(self, request: Request) -> None:
        """Drop the request when its host has blocked us in this run."""
        host = urlparse_cached(request).hostname or ""
        if host in self.blocked:
            raise self._left_alone(host)

    def process_response(self, request: Request, response: Response) -> Response:
        """Return an honest answer; a block page goes no further."""
        if META_KEY in request.meta:
            system = request.meta[META_KEY]
            raise Refused(f"blocked:{system}", f"{request.url} answered HTTP {response.status}")
        return response

    def _left_alone(self, host: str) -> Refused:
        return Refused(f"blocked:{self.blocked[host]}", f"{host} was left alone after a block page")
