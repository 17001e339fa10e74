"""How a crawl is getting on: one line that is drawn over itself in a terminal, and one at the end.

This module decides what the line says.  Where standard error is no terminal only the last line
is written, so that the logs of timers stay quiet.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Self, TextIO

from scrapy import Spider
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler import signals
from parsers.model import Capture

EVERY = 0.2
"""Seconds between two drawings of the line."""

CLEAR_LINE = "\r\x1b[K"


def describe_progress(
    counts: Mapping[str, int], met: int, portals: int, requests: int, seconds: float
) -> str:
    """Return the line for so many outcomes, portals met of those chosen, requests, seconds."""
    blocked = sum(count for name, count in counts.items() if name.startswith("refused/blocked:"))
    waiting = sum(count for name, count in counts.items() if name.startswith("waiting/"))
    parts = [
        f"{met}/{portals} portals" if portals else f"{met} portals",
        f"{requests} requests",
        f"{counts.get('outcomes/new', 0)} new",
        f"{counts.get('outcomes/same', 0)} unchanged",
        f"{counts.get('outcomes/changed', 0)} changed",
        f"{counts.get('outcomes/gone', 0)} gone",
        f"{blocked} blocked",
        *([f"{waiting} left for a later visit"] if waiting else []),
        f"{requests / seconds:.1f}/s" if seconds > 0 else "0.0/s",
    ]
    return " · ".join(parts)


class Progress:
    """Counts what is captured, and draws."""

    def __init__(self, crawler: Crawler, stream: TextIO) -> None:
        self.crawler = crawler
        self.stream = stream
        self.begun = self.drawn = time.monotonic()
        self.met: set[str] = set()
        self.requests = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the progress of one crawl."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        progress = cls(crawler, sys.stderr)
        crawler.signals.connect(progress.captured, signals.captured)
        crawler.signals.connect(progress.spider_closed, scrapy_signals.spider_closed)
        return progress

    def captured(self, capture: Capture) -> None:
        """Count an exchange or failure."""
        self.requests += 1
        if capture.portal is not None:
            self.met.add(capture.portal)
        now = time.monotonic()
        if self.stream.isatty() and now - self.drawn >= EVERY:
            self.drawn = now
            self.stream.write(f"{CLEAR_LINE}{self._line(now)}")
            self.stream.flush()

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Write the last line."""
        clear = CLEAR_LINE if self.stream.isatty() else ""
        self.stream.write(f"{clear}{spider.name} {reason}: {self._line(time.monotonic())}\n")
        self.stream.flush()

    def _line(self, now: float) -> str:
        chosen = len(getattr(self.crawler.spider, "portals", ()))
        counts = self.crawler.stats.get_stats()
        return describe_progress(counts, len(self.met), chosen, self.requests, now - self.begun)
