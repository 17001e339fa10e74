"""Names that end in ``.test`` are this machine; every other name is resolved as usual.

Set ``TWISTED_DNS_RESOLVER`` to ``crawler.demo.resolver.LoopbackResolver``.

Source: RFC 6761, section 6.2 (``test.`` never names a host of the Internet).
"""

from __future__ import annotations

from collections.abc import Sequence

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred, succeed


class LoopbackResolver(CachingThreadedResolver):
    """Scrapy's resolver, but for ``*.test``."""

    def getHostByName(  # noqa: N802 - the name is Twisted's
        self, name: str, timeout: Sequence[int] = ()
    ) -> Deferred[str]:
        """Return the loopback address for a ``.test`` name, else what the system says."""
        if name.endswith(".test"):
            return succeed("127.0.0.1")
        return super().getHostByName(name, timeout)
