"""``make bench``: what a page costs, ours and others', in one table from one run.

Every crawl is a process of its own against a server process of its own on loopback.  CPU is
what the system counted for the crawling process (user and system).  Each crawl runs on many
and on few pages; the difference gives the cost of a page without that of starting up.  The
order of the contestants alternates over the rounds; the table shows medians.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.diff import measure_diff
from bench.others import PACE
from bench.pages import PORTAL_PATH, make_site
from bench.reading import measure_readers
from bench.rebuild import FEW_PAGES, MANY_PAGES, measure_rebuild

ROOT = Path(__file__).resolve().parent.parent
PAGES, FEW, ROUNDS = 600, 20, 3
OUR_GOAL, THEIR_GOAL = 6.0, 2.5
_Command = Callable[[str, Path, int], list[str]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A way to crawl: its name, its command, what must be true of its folder afterwards."""

    name: str
    command: _Command
    is_complete: Callable[[Path, int], bool] = lambda _folder, _count: True


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one crawl."""

    cpu: float
    wall: float


def _other(which: str) -> _Command:
    return lambda url, folder, _count: [
        sys.executable, "-m", "bench.others", which, url, str(folder)
    ]  # fmt: skip


def _ours(url: str, folder: Path, count: int) -> list[str]:
    portals = folder / "portals"
    portals.mkdir()
    (portals / "bench.toml").write_text(
        f'id = "bench"\nname = "Bench"\nhome = "{url}"\nregion = "330100"\nofficial = true\n'
        f'[[columns]]\nurl = "{url}"\nfamily = "generic"\n',
        "utf-8",
    )
    settings = PACE | {
        "ALLOW_LOOPBACK": True,
        "ARCHIVE_DIR": folder / "archive",
        "HOST_DAILY_BUDGET": count + 100,
        "PORTALS_DIRS": portals,
    }
    given = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    return [sys.executable, "-m", "scrapy", "crawl", "reports", "-a", "portal=bench", *given]


def _wget(url: str, folder: Path, count: int) -> list[str]:
    base = url.removesuffix(PORTAL_PATH)
    (folder / "urls").write_text("\n".join(base + path for path in make_site(count)), "utf-8")
    warc = ["--warc-file", str(folder / "wget"), "-O", os.devnull]
    return ["wget", "-q", "-i", str(folder / "urls"), *warc]


def _has_reports(folder: Path, count: int) -> bool:
    """Every page is a report with numbers in the database."""
    with closing(sqlite3.connect(folder / "archive" / "archive.db")) as db:
        (found,) = db.execute(
            "SELECT count(*) FROM reports r WHERE r.key LIKE 'b%'"
            " AND EXISTS (SELECT 1 FROM statistics s WHERE s.revision = r.revision)"
        ).fetchone()
    return bool(found == count)


def _has_rows(folder: Path, count: int) -> bool:
    with closing(sqlite3.connect(folder / "naive.db")) as db:
        (found,) = db.execute("SELECT count(*) FROM pages WHERE length(text) > 500").fetchone()
    return bool(found == count)


CONTESTANTS = (
    Contestant("(a) Scrapy, fetching only", _other("bare")),
    Contestant("(b) this project, portal to database", _ours, _has_reports),
    Contestant("(c) Scrapy + charset-normalizer + trafilatura", _other("naive"), _has_rows),
    Contestant("(d) wget --warc-file, fetching only", _wget),
)


def measure(contestant: Contestant, count: int) -> Cost:
    """Return the cost of one crawl of ``count`` pages, after checking that it did its work."""
    with tempfile.TemporaryDirectory() as name, _serving(count) as server:
        folder = Path(name)
        port = server.stdout.readline().strip() if server.stdout else ""
        url = f"http://127.0.0.1:{port}{PORTAL_PATH}"
        command = contestant.command(url, folder, count)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, env=_installed(), capture_output=True, text=True, check=False
        )
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        served = int(server.communicate()[0])
        if done.returncode or served != count + 1 or not contestant.is_complete(folder, count):
            tail = "\n".join(done.stderr.splitlines()[-20:])
            raise SystemExit(
                f"{contestant.name} did not do its work: status {done.returncode}, "
                f"{served} of {count + 1} pages asked for\n{tail}"
            )
    cpu = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return Cost(cpu, wall)


def _installed() -> dict[str, str]:
    """The environment of a crawl: the second run of a program finds its modules compiled."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _serving(count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.serve", str(count)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def measure_crawls(contestants: Sequence[Contestant], pages: int, rounds: int) -> None:
    """Print the table of crawls."""
    many: dict[str, list[Cost]] = {entry.name: [] for entry in contestants}
    few: dict[str, list[Cost]] = {entry.name: [] for entry in contestants}
    for contestant in contestants:
        measure(contestant, 1)
    for number in range(rounds):
        for contestant in contestants if number % 2 == 0 else reversed(contestants):
            many[contestant.name].append(measure(contestant, pages))
            few[contestant.name].append(measure(contestant, FEW))
    print(f"{'milliseconds a page':48}{'CPU':>8}{'CPU*':>8}{'wall':>8}   * without starting up")
    each: dict[str, float] = {}
    for contestant in contestants:
        name = contestant.name
        cpu = median(cost.cpu for cost in many[name])
        wall = median(cost.wall for cost in many[name])
        start = median(cost.cpu for cost in few[name])
        each[name[:3]] = cpu / pages
        row = (cpu / pages, (cpu - start) / (pages - FEW), wall / pages)
        print(f"{name:48}" + "".join(f"{1000 * value:8.2f}" for value in row))
    if {"(a)", "(b)", "(c)"} <= each.keys():
        ours, theirs = each["(b)"] / each["(a)"], each["(c)"] / each["(b)"]
        print(f"b/a {ours:.2f} (goal: at most {OUR_GOAL})", "met" if ours <= OUR_GOAL else "MISSED")
        met = "met" if theirs >= THEIR_GOAL else "MISSED"
        print(f"c/b {theirs:.2f} (goal: at least {THEIR_GOAL})", met)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what a page costs.")
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="abcd", help="letters of the contestants")
    options = parser.parse_args()
    sizes = [
        len(page.body) for path, page in make_site(options.pages).items() if path != PORTAL_PATH
    ]
    print(f"{options.pages} pages, {median(sizes) / 1000:.0f} KB in the median, half of them GBK")
    chosen = [entry for entry in CONTESTANTS if entry.name[1] in options.only]
    if shutil.which("wget") is None:
        chosen = [entry for entry in chosen if entry.command is not _wget]
    measure_crawls(chosen, options.pages, options.rounds)
    print()
    measure_readers(options.pages, options.rounds)
    print()
    measure_diff()
    print()
    measure_rebuild(FEW_PAGES, MANY_PAGES)


if __name__ == "__main__":
    main()
