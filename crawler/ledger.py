"""What an unfinished run has already been answered, so that the next one need not ask again.

A run that was killed or stopped is taken up by the next run of the same spider with the same
arguments: it walks the same path, and every answer that the archive holds of the unfinished
run is taken from there.  The archive is the ledger; nothing else is written.  This module
decides which runs are unfinished and which answers still hold.  A run that still goes on beside
this one is left alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from archive.known import PastRun, answers_of, past_runs
from archive.recovery import recover
from archive.warc import read_capture
from archive.warc_writer import open_runs
from parsers.model import Capture, RecordRef

FLEETING = frozenset({408, 425, 429, 500, 502, 503, 504, 522, 524})
"""Statuses that say nothing about the page: it is asked for again."""


def unfinished(runs: Sequence[PastRun], arguments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the runs with these arguments that nobody has brought to an end yet.

    ``runs`` are in order of time; a run that ended as finished has finished those it resumed.
    """
    left: list[str] = []
    for run in runs:
        if run.facts.get("arguments") != dict(arguments):
            continue
        if run.outcome != "finished":
            left.append(run.id)
            continue
        resumed = run.facts.get("resumes")
        ended = set(resumed) if isinstance(resumed, list) else set()
        left = [other for other in left if other not in ended]
    return tuple(left)


class Ledger:
    """The answers of unfinished runs, each to be had once."""

    def __init__(self, archive: Path, runs: Sequence[str]) -> None:
        self.runs = tuple(runs)
        self._warc = archive / "warc"
        self._answers: dict[str, deque[RecordRef]] = {}
        for url, status, ref in answers_of(archive, runs):
            if status not in FLEETING:
                self._answers.setdefault(url, deque()).append(ref)
        self.urls = frozenset(self._answers)

    def take(self, url: str) -> Capture | None:
        """Return the next answer to an address, as the archive holds it."""
        answers = self._answers.get(url)
        return read_capture(self._warc, answers.popleft()) if answers else None


_LEDGERS: WeakKeyDictionary[Crawler, Ledger] = WeakKeyDictionary()


def ledger_of(crawler: Crawler) -> Ledger:
    """Return the one ledger of a crawl, made before its first request."""
    ledger = _LEDGERS.get(crawler)
    if ledger is None:
        ledger = _LEDGERS[crawler] = _open(crawler)
    return ledger


def _open(crawler: Crawler) -> Ledger:
    settings, spider = crawler.settings, crawler.spider
    archive = Path(settings.get("ARCHIVE_DIR"))
    recover(archive)
    hours = settings.getfloat("RESUME_HOURS")
    since = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(timespec="seconds")
    if spider is None or not getattr(spider, "resumable", False):
        return Ledger(archive, ())
    alive = open_runs(archive / "warc")  # recovery has finished those of the dead
    runs = [run for run in past_runs(archive, spider.name, since[:19]) if run.id not in alive]
    return Ledger(archive, unfinished(runs, getattr(spider, "arguments", {})))
