"""The evidence of one crawl: its run id, its WARC file, its clock.

This module decides when the WARC file is opened and what its first record says.  It leaves
the format to ``archive.warc`` and what is kept to its callers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

import scrapy
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from archive.warc import WarcWriter
from crawler.software import software_name
from parsers.model import Capture, Note

ROBOTS_POLICY = "RFC 9309; an unreachable, refused or failing robots.txt means not now"


class Evidence:
    """Where one crawl keeps what it saw; opened by its first record."""

    def __init__(self, settings: BaseSettings) -> None:
        self.run = secrets.token_hex(6)
        self.collector = software_name()
        self.vantage = str(settings.get("VANTAGE"))
        self._shift = timedelta(days=settings.getfloat("CLOCK_SHIFT_DAYS"))
        self.archive_dir = Path(settings.get("ARCHIVE_DIR"))
        self.settings: Mapping[str, object] = {}
        """What the first record of each file says of the run's settings."""
        self._writer: WarcWriter | None = None

    def now(self) -> str:
        """Return the time now to the millisecond, ``2026-11-21T08:00:00.000Z``.

        Only the demo shifts it, to play visits that lie days apart.
        """
        return self._moment().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _moment(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def _open(self) -> WarcWriter:
        if self._writer is None:
            self._writer = WarcWriter(
                self.archive_dir / "warc",
                run=self.run,
                software=f"{self.collector} Scrapy/{scrapy.__version__}",
                collector=self.collector,
                vantage=self.vantage,
                robots=ROBOTS_POLICY,
                settings=self.settings,
                clock=self._moment,
            )
        return self._writer

    def keep(self, capture: Capture, request_block: bytes) -> Capture:
        """Return the capture as it now lies on disk, with its place."""
        return self._open().write(capture, request_block)

    def list_visit(self, capture: Capture) -> list[Capture]:
        """Keep one more visit that found nothing new; what is on disk now comes back."""
        return self._open().list_visit(capture)

    def flush(self) -> list[Capture]:
        """Return the visits that waited for others, as they now lie on disk."""
        return self._writer.flush() if self._writer is not None else []

    def note(
        self,
        topic: Literal["run", "walk", "portal", "rendering"],
        about: str,
        facts: Mapping[str, object],
    ) -> Note:
        """Return the note as it now lies on disk, with its place."""
        note = Note(topic, about, self.now(), self.run, facts)
        return self._open().write_note(note)

    def close(self) -> None:
        """Close the WARC file, if one was opened."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


_EVIDENCE: WeakKeyDictionary[Crawler, Evidence] = WeakKeyDictionary()


def evidence_of(crawler: Crawler) -> Evidence:
    """Return the one evidence of a crawl, shared by all its components."""
    evidence = _EVIDENCE.get(crawler)
    if evidence is None:
        evidence = _EVIDENCE[crawler] = Evidence(crawler.settings)
    return evidence
