"""Names that end in ``.test`` are this machine; every other name is resolved as usual.

Set ``TWISTED_DNS_RESOLVER`` to ``crawler.demo.resolver.LoopbackResolver``.  Which of this
machine's loopback addresses a name has is said by the setting ``TEST_HOSTS`` (name to
address), so that hosts may share an address or not; 127.0.0.1 without it.

Source: RFC 6761, section 6.2 (``test.`` never names a host of the Internet).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, succeed


class LoopbackResolver(CachingThreadedResolver):
    """Scrapy's resolver, but for ``*.test``."""

    addresses: Mapping[str, str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Return the resolver with the addresses that the settings give."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.addresses = crawler.settings.getdict("TEST_HOSTS")
        return resolver

    def getHostByName(  # noqa: N802 - the name is Twisted's
        self, name: str, timeout: Sequence[int] = ()
    ) -> Deferred[str]:
        """Return the loopback address for a ``.test`` name, else what the system says."""
        if name.endswith(".test"):
            return succeed(self.addresses.get(name, "127.0.0.1"))
        return super().getHostByName(name, timeout)
