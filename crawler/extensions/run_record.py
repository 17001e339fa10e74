"""The record of a run: what was asked of it, which portals, how each walk ended, how it ended.

This module decides what is noted about a run.  Notes are written like captures, to WARC
first, so that a rebuild knows them too.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Mapping
from typing import Literal, Self

import scrapy
from scrapy import Spider
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.settings import BaseSettings

from crawler import signals
from crawler.browser import Rendering
from crawler.certificates import certificates_of
from crawler.evidence import Evidence, evidence_of
from crawler.gate import gate_of
from crawler.ledger import ledger_of
from crawler.middlewares.capture import tell_captured
from crawler.middlewares.robots import RobotsMiddleware
from crawler.portals import Portal
from crawler.walk import Walk
from parsers.model import Capture

logger = logging.getLogger(__name__)

RECORDED_SETTINGS: Mapping[str, Callable[[BaseSettings, str], object]] = {
    "USER_AGENT": BaseSettings.get,
    "DOWNLOAD_DELAY": BaseSettings.getfloat,
    "CONCURRENT_REQUESTS_PER_DOMAIN": BaseSettings.getint,
    "DOWNLOAD_TIMEOUT": BaseSettings.getfloat,
    "DOWNLOAD_MAXSIZE": BaseSettings.getint,
    "HOST_DAILY_BUDGET": BaseSettings.getint,
    "NIGHT_WINDOW": BaseSettings.get,
    "BROWSER": BaseSettings.get,
    "RETRY_AFTER_MAX": BaseSettings.getfloat,
    "RETRY_TIMES": BaseSettings.getint,
    "ALLOW_LOOPBACK": BaseSettings.getbool,
    "CLOCK_SHIFT_DAYS": BaseSettings.getfloat,
}
COUNTED = (
    "captures/",
    "discovered/",
    "hosts/",
    "ingest/",
    "outcomes/",
    "refused/",
    "renderings/",
    "resumed/",
    "tls/",
    "waiting/",
    "walks/",
)


class RunRecord:
    """Writes the notes of one run."""

    def __init__(self, crawler: Crawler, evidence: Evidence) -> None:
        self.crawler = crawler
        self.evidence = evidence

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the record of one crawl."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        record = cls(crawler, evidence_of(crawler))
        crawler.signals.connect(record.spider_opened, scrapy_signals.spider_opened)
        crawler.signals.connect(record.rendered, signals.rendered)
        crawler.signals.connect(record.walked, signals.walked)
        crawler.signals.connect(record.spider_closed, scrapy_signals.spider_closed)
        crawler.signals.connect(record.engine_stopped, scrapy_signals.engine_stopped)
        return record

    async def spider_opened(self, spider: Spider) -> None:
        """Note the start of the run and the portals it is about."""
        given = self.crawler.settings
        settings = {name: read(given, name) for name, read in RECORDED_SETTINGS.items()}
        self.evidence.settings = settings
        versions = {
            "software": self.evidence.collector,
            "scrapy": scrapy.__version__,
            "python": platform.python_version(),
        }
        await self._note_run(
            {
                "spider": spider.name,
                "started_at": self.evidence.now(),
                "arguments": getattr(spider, "arguments", {}),
                "settings": settings,
                "versions": versions,
                "collector": self.evidence.collector,
                "vantage": self.evidence.vantage,
                "resumes": list(ledger_of(self.crawler).runs),
            }
        )
        portals: Mapping[str, Portal] = getattr(spider, "portals", {})
        for portal in portals.values():
            await self._note("portal", portal.home, portal.facts())
            for host in portal.hosts:
                gate_of(self.crawler).lengthen(f"host:{host}", portal.pause)

    async def rendered(self, rendering: Rendering) -> None:
        """Keep a page as a browser showed it."""
        self.crawler.stats.inc_value(
            "renderings/blocked" if rendering.blocked else "renderings/shown"
        )
        await self._note("rendering", rendering.url, rendering.facts())

    async def walked(self, walk: Walk) -> None:
        """Note how the walk of a column ended."""
        self.crawler.stats.inc_value(f"walks/{walk.outcome}")
        await self._note("walk", walk.column.url, walk.facts())

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Note walks that never ended, then the end of the run."""
        walks: tuple[Walk, ...] = tuple(getattr(spider, "walks", ()))
        for walk in walks:
            if walk.outcome is None:
                walk.end("partial", f"the run ended first: {reason}")
                await self.walked(walk)
        for capture in self._flush():
            await tell_captured(self.crawler, capture)
        stats = self.crawler.stats.get_stats()
        counts = {name: stats[name] for name in sorted(stats) if name.startswith(COUNTED)}
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        await self._note_run(
            {
                "spider": spider.name,
                "ended_at": self.evidence.now(),
                "outcome": reason,
                "counts": counts,
                "not_asked": list(getattr(spider, "not_asked", ())),
                "robots": {} if robots is None else robots.decisions,
                "certificates": certificates_of(self.crawler).facts(),
            }
        )

    def _flush(self) -> list[Capture]:
        try:
            return self.evidence.flush()
        except OSError as error:
            logger.critical("the last visits cannot be written to the archive: %s", error)
            return []

    def engine_stopped(self) -> None:
        """Close the WARC file."""
        self.evidence.close()

    async def _note_run(self, facts: Mapping[str, object]) -> None:
        await self._note("run", f"urn:run:{self.evidence.run}", facts)

    async def _note(
        self,
        topic: Literal["run", "walk", "portal", "rendering"],
        about: str,
        facts: Mapping[str, object],
    ) -> None:
        try:
            note = self.evidence.note(topic, about, facts)
        except OSError as error:
            logger.critical("nothing can be written to the archive: %s", error)
            raise CloseSpider("archive_unwritable") from error
        await self.crawler.signals.send_catch_log_async(signal=signals.noted, note=note)
