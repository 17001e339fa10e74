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
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

HOLD_MAX = 3600.0
"""Seconds: no lane waits longer; a later moment is a clock that was set back."""

_UNSAFE = re.compile(r"[^\w.-]")  # "address:::1" -> "address___1"


class Share(NamedTuple):
    """How many requests a lane may have on a day, ``2026-11-22`` in Beijing."""

    day: str
    most: int


class ShareSpent(Exception):
    """A lane has had its share of the day."""

    def __init__(self, lane: str) -> None:
        super().__init__(lane)
        self.lane = lane


@dataclass(slots=True)
class _Lane:
    """What a file says: until when the lane is taken, until when held, its requests of a day."""

    file: Path
    taken: float = 0.0
    held: float = 0.0
    day: str = ""
    spent: int = 0

    def read(self, now: float) -> None:
        """Take over what the file says, as far as it can be true."""
        try:
            taken, held, self.day, spent = self.file.read_text("ascii").split()
            self.taken, self.held, self.spent = float(taken), float(held), int(spent)
        except (OSError, ValueError):  # never asked, or torn by a power failure
            self.taken, self.held, self.day, self.spent = 0.0, 0.0, "", 0
        if max(self.taken, self.held) > now + HOLD_MAX:
            self.taken = self.held = 0.0

    def write(self) -> None:
        """Write the file in place: making it anew would wait for the disk."""
        day = self.day or "-"
        line = f"{self.taken:017.6f} {self.held:017.6f} {day:>10} {self.spent:08d}\n"
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(descriptor, line.encode("ascii"), 0)
        finally:
            os.close(descriptor)


class Turns:
    """The files of one folder, a file for each lane.

    Moments are seconds since the epoch, as all processes of a machine see them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def _alone(self, names: Iterable[str], now: float) -> Iterator[list[_Lane]]:
        """Keep other crawls away for a moment, and let the lanes be changed."""
        descriptor = os.open(self.folder / "lock", os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            lanes = [_Lane(self.folder / _UNSAFE.sub("_", name)) for name in names]
            for lane in lanes:
                lane.read(now)
            yield lanes
            for lane in lanes:
                lane.write()
        finally:
            os.close(descriptor)

    def take(self, names: Sequence[str], lease: float, share: Share, now: float) -> float:
        """Return ``now`` where a request may start, else the moment at which to ask again.

        The lanes are taken until ``release``, or for ``lease`` seconds where a crash prevents it,
        and one request is counted against their share of the day.

        Raises:
            ShareSpent: a lane has had its share; nothing is taken.
        """
        with self._alone(names, now) as lanes:
            start = max(now, *(moment for lane in lanes for moment in (lane.taken, lane.held)))
            if start > now:
                return start
            for name, lane in zip(names, lanes, strict=True):
                if lane.day == share.day and lane.spent >= share.most:
                    raise ShareSpent(name)
            for lane in lanes:
                lane.taken = now + lease
                lane.spent = lane.spent + 1 if lane.day == share.day else 1
                lane.day = share.day
        return start

    def release(self, names: Iterable[str], until: float, now: float) -> None:
        """Give back lanes that were taken: the next request may start at ``until``."""
        with self._alone(names, now) as lanes:
            for lane in lanes:
                lane.taken = until

    def hold(self, names: Iterable[str], until: float, now: float) -> None:
        """Let nobody ask the lanes before ``until``, whoever has taken them."""
        with self._alone(names, now) as lanes:
            for lane in lanes:
                lane.held = max(lane.held, min(until, now + HOLD_MAX))
