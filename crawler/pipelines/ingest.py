"""Captures and notes on their way into the database.

This module decides where they are interpreted: a page of ordinary size at once, since that takes
less time than handing it over; files and large pages in a thread of their own, so that they do
not stall the network.  Either way one after the other, in the order in which they were written.  An interpretation
that fails is logged and counted; the capture is on disk and is read again before the next run.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from archive.entity import header
from archive.errors import BrokenArchive
from archive.ingest import Ingest, Outcome
from archive.recovery import finish, recover
from crawler import signals
from crawler.evidence import evidence_of
from parsers.model import Capture, Note

logger = logging.getLogger(__name__)
T = TypeVar("T")
LARGE_PAGE = 300_000  # bytes as sent; an ordinary report page has 20 to 80 KB


def is_heavy(capture: Capture) -> bool:
    """Return whether interpreting a capture may take longer than a moment."""
    media_type = header(capture.header_block, "Content-Type") or ""
    return len(capture.body) > LARGE_PAGE or not media_type.lower().startswith("text/")


class IngestPipeline:
    """Hands each capture and note to ``archive.ingest``."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.evidence = evidence_of(crawler)
        self.archive_dir = self.evidence.archive_dir
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest")
        self.turn = asyncio.Lock()
        self.ingest: Ingest | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of one crawl."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        pipeline = cls(crawler)
        pipeline.recover()
        crawler.signals.connect(pipeline.captured, signals.captured)
        crawler.signals.connect(pipeline.noted, signals.noted)
        crawler.signals.connect(pipeline.close, scrapy_signals.engine_stopped)
        return pipeline

    def recover(self) -> None:
        """Bring what an earlier run left unfinished to a good end, and say so.

        Raises:
            OSError, sqlite3.Error, BrokenArchive: the archive cannot be used.
        """
        try:
            for found in recover(self.archive_dir):
                logger.warning("an earlier run did not end well: %s", found)
        except (OSError, sqlite3.Error, BrokenArchive) as error:
            logger.critical("the archive cannot be used, nothing is asked: %s", error)
            raise

    async def captured(self, capture: Capture) -> Outcome | None:
        """Return what became of a capture, ``None`` where interpreting it failed."""
        return await self._act(
            lambda ingest: ingest.capture(capture), capture.url, aside=is_heavy(capture)
        )

    async def noted(self, note: Note) -> None:
        """Store a note."""
        await self._act(lambda ingest: ingest.note(note), note.about)

    async def close(self) -> None:
        """Close the database after everything handed over has been interpreted."""
        if self.ingest is not None:
            await self._act(lambda ingest: ingest.close(), "the database")
        self.thread.shutdown()
        try:
            self.evidence.close()
            finish(self.archive_dir)
        except (OSError, BrokenArchive) as error:
            logger.critical("the run's files are not in the manifest yet: %s", error)

    async def _act(
        self, act: Callable[[Ingest], T], about: str, *, aside: bool = False
    ) -> T | None:
        """Let one thing happen to the archive, after everything that came before it."""

        def run() -> T:
            if self.ingest is None:
                self.ingest = Ingest(self.archive_dir)
            return act(self.ingest)

        async with self.turn:
            try:
                if aside:
                    return await asyncio.get_running_loop().run_in_executor(self.thread, run)
                return run()
            except Exception:
                self.stats.inc_value("ingest/errors")
                logger.exception("could not interpret %s; its record is kept", about)
                return None
