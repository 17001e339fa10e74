"""The pace toward each host: slower when the host is slow or asks for it, never faster.

This module decides the pause of a host above the floor of ``crawler.politeness``: a portal's
own ``pause``, a Crawl-delay in robots.txt, and AutoThrottle's measure of its answers.
"""

from __future__ import annotations

from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached


class Pace(AutoThrottle):
    """AutoThrottle with a floor per host; without it quick answers would undo a longer pause."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.floors: dict[str, float] = {}

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = urlparse_cached(response).hostname or ""
        slot.delay = max(slot.delay, self.floors.get(host, 0.0))


def lengthen_pause(crawler: Crawler, host: str, seconds: float) -> None:
    """Keep at least ``seconds`` between requests to ``host`` for the rest of the run."""
    seconds = min(seconds, crawler.settings.getfloat("AUTOTHROTTLE_MAX_DELAY"))
    seconds = max(seconds, crawler.settings.getfloat("DOWNLOAD_DELAY"))
    pace = crawler.get_extension(Pace)
    if pace is not None:
        pace.floors[host] = max(seconds, pace.floors.get(host, 0.0))
    downloader = crawler.engine.downloader
    downloader.per_slot_settings.setdefault(host, {})["delay"] = seconds
    if slot := downloader.slots.get(host):
        slot.delay = max(slot.delay, seconds)
