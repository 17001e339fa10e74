"""``make soak``, crashes: the archive after 190 faults of the disk and 10 real kills.

A small crawl is let fail at places spread over all its bytes and operations, each time in one of
four ways (``tests.crash``), a third of them again while it is mended.  Then whole processes are
killed.  Prints a table; the exit status is 1 where anything acknowledged was lost, a file is not
valid, or the database is not that of a clean rebuild.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.crash import FaultyDisk, Mode, act, crash, doubts, mend
from tests.test_recovery import kill_a_crawl

MODES: Sequence[Mode] = ("power", "zeros", "full", "read-only")
FAULTS, KILLS = 190, 10


def count_steps() -> int:
    """Return how many bytes and operations the small crawl takes."""
    with tempfile.TemporaryDirectory() as folder:
        disk = FaultyDisk(sys.maxsize)
        act(Path(folder), disk, [])
        disk.die()
        return disk.taken


def soak(name: str, points: Sequence[Callable[[Path], list[str]]]) -> bool:
    """Crash at each point, print one line, and return whether all was well each time."""
    started = time.monotonic()
    acknowledged, wrong = 0, []
    for point in points:
        with tempfile.TemporaryDirectory() as folder:
            told = point(Path(folder))
            acknowledged += len(told)
            wrong += doubts(Path(folder), told)
    seconds = time.monotonic() - started
    print(f"{name:<12}{len(points):>7}{acknowledged:>14}{len(wrong):>8}{seconds:>8.0f} s")
    for one in wrong[:20]:
        print(f"  {one[:400]}")
    return not wrong


def fault(steps: int, mode: Mode, again: random.Random | None) -> Callable[[Path], list[str]]:
    """Return a point where the disk fails, and perhaps fails again."""

    def point(folder: Path) -> list[str]:
        told = crash(folder, steps, mode)
        mend(folder, again)
        return told

    return point


def main() -> int:
    """Run all points; 0 if nothing was ever lost."""
    chance = random.Random(6)
    steps = count_steps()
    print(f"{'crash':<12}{'points':>7}{'acknowledged':>14}{'wrong':>8}{'time':>10}")
    good = True
    for number, mode in enumerate(MODES):
        places = range(number * steps // FAULTS, steps, len(MODES) * steps // FAULTS)
        points = [fault(at, mode, chance if i % 3 == 0 else None) for i, at in enumerate(places)]
        good &= soak(mode, points)
    kills = [
        lambda folder: kill_a_crawl(folder, chance.randrange(1, 40), chance.random() / 10)
        for _ in range(KILLS)
    ]
    good &= soak("kill", kills)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
