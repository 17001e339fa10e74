"""Which requests may leave at all.

This module decides by scheme, by the portal's hosts, and by the address that the host name
stands for: a page must not make us ask machines inside our own network.  It leaves
politeness to ``robots``, ``budget`` and the pace.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Self, cast

from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.asked import Asked, asked_of
from crawler.politeness import MINIMUM_PAUSE
from crawler.portals import Portal
from crawler.refusal import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def resolve(host: str) -> Address | None:
    """Return the address of a host, or ``None`` where the name stands for none.

    Scrapy's resolver keeps the answer, so the connection is made to the address seen here.
    """
    from twisted.internet import reactor  # noqa: PLC0415  importing it installs it

    lookup = cast("Callable[[str], Deferred[str]]", reactor.resolve)
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        address = await maybe_deferred_to_future(lookup(host))
        return ipaddress.ip_address(address)
    except (DNSLookupError, OSError, UnicodeError, ValueError):
        return None  # the downloader will say so, and its failure is kept


class GuardMiddleware:
    """Refuses requests to foreign hosts and to loopback or private addresses."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.allow_loopback = crawler.settings.getbool("ALLOW_LOOPBACK")
        self.pause = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.public: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the guard of one crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse the request, or let it pass."""
        parts = urlparse_cached(request)
        host = (parts.hostname or "").lower()
        if parts.scheme not in {"http", "https"} or not host:
            raise Refused("refused_scheme", f"{request.url} is not a web address")
        self._check_host(host, asked_of(request))
        if host not in self.public:
            address = await resolve(host)
            if address is not None:
                self._check_address(host, address)

    def _check_host(self, host: str, asked: Asked) -> None:
        portals: dict[str, Portal] = getattr(self.crawler.spider, "portals", {})
        portal = portals.get(asked.portal or "")
        if portal is None or asked.role == "robots":  # RFC 9309: robots.txt may redirect away
            return
        if host not in portal.hosts:
            raise Refused("offsite", f"{host} is not a host of portal {portal.id}; add it to hosts")

    def _check_address(self, host: str, address: Address) -> None:
        if address.is_loopback and self.allow_loopback:
            return
        if not address.is_global:
            raise Refused("refused_address", f"{host} is at {address}, which is not public")
        if self.pause < MINIMUM_PAUSE:
            reason = f"{host} is public, and the pause of {self.pause} s is for loopback only"
            raise Refused("pause_too_short", reason)
        self.public.add(host)
