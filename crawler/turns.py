"""Whose turn it is: the pace and the daily share of each lane, shared by all crawls of an archive.

A lane is what must be asked slowly as one: a host, the address behind it, a platform that many
portals share.  This module decides when a lane may next be asked and when it has had its share
of the day.  Both are kept in small files beside the archive, so that they hold between two
spiders, between two processes, and after a crash.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HOLD_MAX = 3600.0
"""Seconds: no lane waits longer; a later moment is a clock that was set back."""

_UNSAFE = re.compile(r"[^\w.-]")  # "address:::1" -> "address___1"


class Turns:
    """The files of one folder: ``next/<lane>`` and ``<day>/<lane>``.

    Moments are seconds since the epoch, as all processes of a machine see them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other crawls away from the files for a moment."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _file(self, part: str, lane: str) -> Path:
        path = self.folder / part / _UNSAFE.sub("_", lane)
        path.parent.mkdir(exist_ok=True)
        return path

    def _next(self, lane: str, now: float) -> float:
        try:
            moment = float(self._file("next", lane).read_text("ascii"))
        except (OSError, ValueError):  # never asked, or torn by a power failure
            return now
        return moment if moment <= now + HOLD_MAX else now

    def take(self, lanes: Iterable[str], pause: float, now: float) -> float:
        """Return the moment at which a request may start; the next gets one ``pause`` later."""
        chosen = tuple(lanes)
        with self._alone():
            start = max(now, *(self._next(lane, now) for lane in chosen))
            for lane in chosen:
                self._file("next", lane).write_text(repr(start + pause), "ascii")
        return start

    def hold(self, lanes: Iterable[str], until: float, now: float) -> None:
        """Let nobody ask the lanes before ``until``."""
        until = min(until, now + HOLD_MAX)
        with self._alone():
            for lane in lanes:
                if self._next(lane, now) < until:
                    self._file("next", lane).write_text(repr(until), "ascii")

    def spend(self, lanes: Sequence[str], day: str, budget: int) -> str | None:
        """Count one request, or return the lane that has had its share of the day."""
        with self._alone():
            files = [self._file(day, lane) for lane in lanes]
            for lane, file in zip(lanes, files, strict=True):
                if file.exists() and file.stat().st_size >= budget:
                    return lane
            for file in files:
                with file.open("ab") as counted:
                    counted.write(b".")
        return None
