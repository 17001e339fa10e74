"""Which requests of a crawl have been made, in little memory.

This module decides that a request is told by Scrapy's fingerprint of it, as everywhere; which
requests may be made twice is left to who makes them (``dont_filter``), and what a killed crawl
had asked for to ``crawler.ledger``.
"""

from __future__ import annotations

from typing import Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.dupefilters import BaseDupeFilter
from scrapy.http import Request
from scrapy.utils.request import RequestFingerprinterProtocol

from archive.marks import Marks


class MarkedDupeFilter(BaseDupeFilter):
    """Filters out requests for what has been asked for already in this crawl."""

    def __init__(self, fingerprinter: RequestFingerprinterProtocol) -> None:
        self._fingerprinter = fingerprinter
        self._seen = Marks()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the filter of one crawl."""
        assert crawler.request_fingerprinter is not None
        return cls(crawler.request_fingerprinter)

    def request_seen(self, request: Request) -> bool:
        """Return whether such a request has been made before; from now on it has."""
        fingerprint = self._fingerprinter.fingerprint(request)
        if fingerprint in self._seen:
            return True
        self._seen.add(fingerprint)
        return False

    def log(self, request: Request, spider: Spider) -> None:  # noqa: ARG002  of Scrapy
        """Count a request that is not made again."""
        if spider.crawler.stats is not None:
            spider.crawler.stats.inc_value("dupefilter/filtered")
