"""Every exchange on disk before anything looks at it.

This module decides what of an exchange is kept, and stands nearest the wire: the body still
has its content coding, and each hop of a redirect and each try of a request passes here.

What Scrapy no longer has by then is not kept: the case and order of header names, the words
after the status code (the standard ones are written), the chunks of a chunked body, and the
order of our own request's headers.  Header values are the bytes that the server sent.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from http.client import responses as STANDARD_PHRASES  # noqa: N812  a constant table
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached
from w3lib.http import headers_dict_to_raw

from archive.errors import BrokenArchive
from archive.ingest import Outcome
from archive.warc import read_capture
from crawler import signals
from crawler.asked import OUTCOME_KEY, asked_of
from crawler.certificates import TLS_KEY
from crawler.evidence import Evidence, evidence_of
from crawler.middlewares import resume
from crawler.middlewares.validators import held_of
from parsers.model import Capture, Original

logger = logging.getLogger(__name__)
CONFIRMED = "as the archive has it"
"""Flag of an answer that is the body in the archive: 304, or the same bytes again."""
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def header_block(response: Response) -> bytes:
    """Return the status line and headers as bytes, with the final empty line."""
    phrase = STANDARD_PHRASES.get(response.status, "")
    status_line = f"{response.protocol or 'HTTP/1.1'} {response.status} {phrase}\r\n"
    lines = [
        name + b": " + value + b"\r\n"
        for name, values in response.headers.items()
        for value in values
    ]
    return status_line.encode("ascii") + b"".join(lines) + b"\r\n"


def request_block(request: Request) -> bytes:
    """Return the request line, headers and body as they were sent."""
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2].removesuffix(_DEFAULT_PORT.get(parts.scheme, ""))
    lines = f"{request.method} {target} HTTP/1.1\r\nHost: {host}\r\n".encode("ascii", "replace")
    headers = headers_dict_to_raw(request.headers) or b""
    return lines + (headers + b"\r\n" if headers else b"") + b"\r\n" + request.body


async def tell_captured(crawler: Crawler, capture: Capture) -> Outcome | None:
    """Say that a capture is on disk; return what became of it."""
    results = await crawler.signals.send_catch_log_async(signal=signals.captured, capture=capture)
    outcome = next((result for _, result in results if isinstance(result, Outcome)), None)
    if outcome is not None:
        crawler.stats.inc_value(f"outcomes/{outcome.name}")
    return outcome


class CaptureMiddleware:
    """Keeps answers and failures through the crawl's evidence, then says so."""

    def __init__(self, crawler: Crawler, evidence: Evidence) -> None:
        self.crawler = crawler
        self.evidence = evidence

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of one crawl."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        return cls(crawler, evidence_of(crawler))

    async def process_response(self, request: Request, response: Response) -> Response:
        """Return the answer once it is on disk."""
        if resume.FLAG in response.flags:
            return response
        truncated = "disconnect" if "dataloss" in response.flags else None
        address = None if response.ip_address is None else str(response.ip_address)
        capture = self._capture(
            request, response.status, header_block(response), response.body, address, truncated
        )
        original = self._original(request, capture)
        if original is not None:
            response.flags.append(CONFIRMED)
        await self._keep(replace(capture, original=original), request)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep the failure of a request that was made, then let others deal with it."""
        if isinstance(exception, IgnoreRequest):
            return
        failure = f"{type(exception).__name__}: {exception}"
        await self._keep(self._capture(request, 0, b"", b"", failure=failure), request)

    def _original(self, request: Request, capture: Capture) -> Original | None:
        """Return the earlier capture whose body this one confirms or repeats byte for byte."""
        held = held_of(request)
        if held is None or capture.truncated:
            return None
        if capture.status == 304:
            return held.original
        if capture.status != 200 or not capture.body:
            return None
        warc = self.evidence.archive_dir / "warc"
        try:
            earlier = read_capture(warc, held.ref)
        except (OSError, BrokenArchive):
            return None  # then this body is kept in full
        return held.original if earlier.body == capture.body else None

    def _capture(
        self,
        request: Request,
        status: int,
        header_bytes: bytes,
        body: bytes,
        ip: str | None = None,
        truncated: str | None = None,
        failure: str | None = None,
    ) -> Capture:
        asked = asked_of(request)
        return Capture(
            url=request.url.partition("#")[0],
            captured_at=self.evidence.now(),
            status=status,
            header_block=header_bytes,
            body=body,
            run=self.evidence.run,
            portal=asked.portal,
            role=asked.role,
            parent_url=asked.parent_url,
            link_text=asked.link_text,
            link_date=asked.link_date,
            collector=self.evidence.collector,
            vantage=self.evidence.vantage,
            ip=ip,
            failure=failure,
            truncated=truncated,
            method=request.method,
            tls=request.meta.get(TLS_KEY),
        )

    async def _keep(self, capture: Capture, request: Request) -> None:
        held = held_of(request)
        is_listed = capture.original is not None and held is not None and held.is_confirmed
        try:
            if is_listed:
                kept = self.evidence.list_visit(capture)
            else:
                kept = [self.evidence.keep(capture, request_block(request))]
        except OSError as error:
            logger.critical("nothing can be written to the archive, stopping: %s", error)
            stopping = self.crawler.engine.close_spider_async(reason="archive_unwritable")
            self._stopping = asyncio.ensure_future(stopping)
            raise IgnoreRequest("archive unwritable") from error
        host = urlparse_cached(request).hostname
        self.crawler.stats.inc_value(f"captures/{capture.status}")
        self.crawler.stats.inc_value(f"hosts/{host}")
        if capture.tls is not None:
            self.crawler.stats.inc_value(f"tls/{capture.tls}")
        for one in kept:
            outcome = await tell_captured(self.crawler, one)
            if outcome is not None and not is_listed:
                request.meta[OUTCOME_KEY] = outcome
