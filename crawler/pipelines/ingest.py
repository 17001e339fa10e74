"""Captures and notes on their way into the database.

This module decides in which thread they are interpreted: one of its own, so that a slow page
does not stall the network, and in the order in which they were written.  An interpretation
that fails is logged and counted; the capture is on disk and can be read again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from archive.ingest import Ingest, Outcome
from crawler import signals
from parsers.model import Capture, Note

logger = logging.getLogger(__name__)
T = TypeVar("T")


class IngestPipeline:
    """Hands each capture and note to ``archive.ingest``."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.archive_dir = Path(crawler.settings.get("ARCHIVE_DIR"))
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest")
        self.ingest: Ingest | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of one crawl."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.captured, signals.captured)
        crawler.signals.connect(pipeline.noted, signals.noted)
        crawler.signals.connect(pipeline.close, scrapy_signals.engine_stopped)
        return pipeline

    async def captured(self, capture: Capture) -> Outcome | None:
        """Return what became of a capture, ``None`` where interpreting it failed."""
        return await self._in_thread(lambda ingest: ingest.capture(capture), capture.url)

    async def noted(self, note: Note) -> None:
        """Store a note."""
        await self._in_thread(lambda ingest: ingest.note(note), note.about)

    async def close(self) -> None:
        """Close the database after everything handed over has been interpreted."""
        if self.ingest is not None:
            await self._in_thread(lambda ingest: ingest.close(), "the database")
        self.thread.shutdown()

    async def _in_thread(self, act: Callable[[Ingest], T], about: str) -> T | None:
        def run() -> T:
            if self.ingest is None:  # SQLite connections belong to the thread that opened them
                self.ingest = Ingest(self.archive_dir)
            return act(self.ingest)

        try:
            return await asyncio.get_running_loop().run_in_executor(self.thread, run)
        except Exception:
            self.stats.inc_value("ingest/errors")
            logger.exception("could not interpret %s; its record is kept", about)
            return None
