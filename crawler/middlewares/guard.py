"""Which requests may leave at all.

This module decides by scheme, by the portal's hosts, by port, and by the address that the host
name stands for: a page must not make us ask machines inside our own network, nor services
that are no web sites.  It names the lanes of each request and leaves politeness to
``crawler.gate`` and ``robots``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Self, cast
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.asked import Asked, asked_of
from crawler.gate import LANES_KEY
from crawler.politeness import MINIMUM_PAUSE
from crawler.portals import Portal
from crawler.refusal import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
WEB_PORTS = {"http": 80, "https": 443}
# 64:ff9b::7f00:1 is 127.0.0.1 behind a translator, 2002:7f00:1:: through a tunnel.
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32"))


def is_public(address: Address) -> bool:
    """Return whether an address is one machine of the public Internet."""
    if address.is_multicast or not address.is_global:
        return False
    return address.version == 4 or not any(address in network for network in _TRANSLATED)


def is_web_port(port: int, portal: Portal | None) -> bool:
    """Return whether a port may be asked: the web's own, or one that the portal file names."""
    if port in WEB_PORTS.values():
        return True
    if portal is None:
        return port >= 1024  # asked for by a person: no service of the system
    urls = (portal.home, *(column.url for column in portal.columns))
    return port in {urlsplit(url).port for url in urls}


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

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the guard of one crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse the request, or let it pass with the names of its lanes."""
        request.meta.pop("download_slot", None)  # a redirect brings that of its origin
        parts = urlparse_cached(request)
        host = (parts.hostname or "").lower()
        if parts.scheme not in {"http", "https"} or not host:
            raise Refused("refused_scheme", f"{request.url} is not a web address")
        asked = asked_of(request)
        portals: dict[str, Portal] = getattr(self.crawler.spider, "portals", {})
        portal = portals.get(asked.portal or "")
        self._check_host(host, asked, portal)
        address = await resolve(host)
        if address is not None:
            self._check_address(host, address)
            self._check_port(host, address, parts.port or WEB_PORTS[parts.scheme], portal)
        request.meta[LANES_KEY] = self._lanes(host, address, portal)

    def _lanes(self, host: str, address: Address | None, portal: Portal | None) -> tuple[str, ...]:
        lanes = [f"host:{host}"]
        if address is not None:
            lanes.append(f"address:{address}")
        if portal is not None and portal.platform:
            lanes.append(f"platform:{portal.platform}")
        return tuple(lanes)

    def _check_host(self, host: str, asked: Asked, portal: Portal | None) -> None:
        if portal is None or asked.role == "robots":  # RFC 9309: robots.txt may redirect away
            return
        if host not in portal.hosts:
            raise Refused("offsite", f"{host} is not a host of portal {portal.id}; add it to hosts")

    def _check_address(self, host: str, address: Address) -> None:
        if address.is_loopback and self.allow_loopback:
            return
        if not is_public(address):
            raise Refused("refused_address", f"{host} is at {address}, which is not public")
        if not self.pause >= MINIMUM_PAUSE:  # "nan" is no pause
            reason = f"{host} is public, and the pause of {self.pause} s is for loopback only"
            raise Refused("pause_too_short", reason)

    def _check_port(self, host: str, address: Address, port: int, portal: Portal | None) -> None:
        is_test_server = address.is_loopback and port >= 1024
        if not is_test_server and not is_web_port(port, portal):
            raise Refused("refused_port", f"{host}:{port} is no web site that a portal file names")
