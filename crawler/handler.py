"""Scrapy's HTTP client behind our gate, and with an end to header blocks.

This module decides how many bytes an answer may send before its body begins: Scrapy bounds
the body and the time, not the headers.
"""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.defer import deferred_to_future
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import BODY

from crawler.certificates import TLS_KEY, certificates_of
from crawler.gate import gate_of

HEADER_BYTES_MAX = 256 * 1024


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Hangs up on a server that never comes to the body."""

    head_bytes = 0

    def request(self, request: Any) -> Any:
        self.head_bytes = 0
        return super().request(request)

    def dataReceived(self, bytes: bytes) -> None:  # noqa: A002, N802 - the names are Twisted's
        parser = self._parser
        if parser is None or parser.state != BODY:
            self.head_bytes += len(bytes)
            if self.head_bytes > HEADER_BYTES_MAX:
                assert self.transport is not None
                self.transport.abortConnection()
                return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class _BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes such protocols."""

    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:  # noqa: ARG002, N802
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class GatedHandler(HTTP11DownloadHandler):
    """Downloads each request when its turn has come."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._gate = gate_of(crawler)
        self._pool._factory = _BoundedFactory  # noqa: SLF001 - no setting for it
        self._certificates = certificates_of(crawler)
        self._contextFactory = self._certificates  # type: ignore[assignment]  # it says so itself

    async def download_request(self, request: Request) -> Response:
        """Return the answer; waiting for the turn is not part of the download's time.

        What the server's certificate is worth is noted in the request's ``meta``.
        """
        request.meta.pop(TLS_KEY, None)  # a redirect brings that of its origin
        async with self._gate.turn(request):
            response = await super().download_request(request)
            request.meta[TLS_KEY] = self._certificates.verdict_on(request.url)
            return response

    async def close(self) -> None:
        """Close the idle connections, waiting no longer than Scrapy does.

        Scrapy's own fires its timeout into the very Deferred that it waits for: where the last
        pages are settled while the connections close, both are due at once, and Twisted logs an
        ``AlreadyCalledError`` that means nothing.
        """
        closing = deferred_to_future(self._pool.closeCachedConnections())  # type: ignore[no-untyped-call]
        await asyncio.wait([closing], timeout=self._disconnect_timeout)
