"""Answers that an unfinished run already has are taken from the archive, not from the network.

This module decides how such an answer comes back to life: as the response it was, not captured
again, with the reading that its capture gave.  Which answers hold is left to ``crawler.ledger``.
"""

from __future__ import annotations

import logging
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from archive.entity import entity_body, header
from archive.ingest import Outcome
from archive.reading import Reading, read
from crawler.asked import OUTCOME_KEY, asked_of
from crawler.ledger import Ledger, ledger_of
from parsers.errors import ReportError
from parsers.model import Capture, Context

logger = logging.getLogger(__name__)
FLAG = "from the archive"


class ResumeMiddleware:
    """Stands before everything else: what is answered needs no leave and no pause."""

    def __init__(self, crawler: Crawler, ledger: Ledger) -> None:
        self.crawler = crawler
        self.ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of one crawl, after what killed runs left is in the database."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        return cls(crawler, ledger_of(crawler))

    def process_request(self, request: Request) -> Response | None:
        """Return the answer that an unfinished run got, if it did."""
        if asked_of(request).role == "robots":
            return None
        try:
            capture = self.ledger.take(request.url.partition("#")[0])
        except ReportError as error:
            logger.warning("asked again: %s", error)
            return None
        if capture is None:
            return None
        self.crawler.stats.inc_value("resumed/answers")
        if capture.status == 200 and asked_of(request).role == "document":
            request.meta[OUTCOME_KEY] = Outcome("known", None, _read(capture))
        return response_of(capture)


def response_of(capture: Capture) -> Response:
    """Return the response that a capture keeps, marked as coming from the archive."""
    headers = Headers()
    for line in capture.header_block.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.appendlist(name, value.strip())
    kind = responsetypes.from_args(headers=headers, url=capture.url, body=capture.body)
    return kind(
        capture.url, status=capture.status, headers=headers, body=capture.body, flags=[FLAG]
    )


def _read(capture: Capture) -> Reading | None:
    try:
        body = entity_body(capture.header_block, capture.body)
    except ReportError:
        return None
    content_type = header(capture.header_block, "Content-Type")
    context = Context(url=capture.url, portal=capture.portal)
    return read(body, content_type=content_type, name=capture.url, context=context)
