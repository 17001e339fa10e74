"""Rebuilding a database from WARC files: pages a second and core, two workers, memory.

``python -m bench.rebuild`` writes report pages of about 50 KB to WARC files and rebuilds from
them, each time in a process of its own.  ``--memory`` compares the most memory that a rebuild of
few pages takes with that of many.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from sqlite_utils import Database

from archive.rebuild import collect_rarely, rebuild
from archive.search import refresh
from archive.warc import WarcWriter, read_records
from bench.pages import make_pages
from parsers.model import Capture, Note

FEW_PAGES, MANY_PAGES = 200, 1000
LITTLE, MUCH, GROWTH = 2000, 10_000, 0.10
PAGE_BYTES = 50_000
RATE_GOAL = 60.0
NAIVE_GOAL = 3.0
WORKERS_GOAL = 1.3
URL = "http://www.bench.test"


def write_warc(folder: Path, count: int) -> None:
    """Write ``count`` captured report pages of 50 KB, their portal first."""
    writer = WarcWriter(
        folder / "warc", run="bench", software="bench", collector="bench", vantage="bench",
        robots="none", max_bytes=20_000_000, fsync=False,
    )  # fmt: skip
    facts = {"id": "bench", "name": "Bench", "home": URL, "region": "330100", "official": True}
    writer.write_note(Note("portal", URL, "2026-01-01T00:00:00.000Z", "bench", facts))
    for number, page in enumerate(make_pages(count)):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {page.content_type}\r\n\r\n"
        chrome = b"<!--" + b"-- menu --" * ((PAGE_BYTES - len(page.body)) // 10) + b"-->"
        capture = Capture(
            url=URL + page.path,
            captured_at=f"2026-01-02T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z",
            status=200,
            header_block=head.encode(),
            body=page.body + chrome,
            run="bench",
            portal="bench",
            role="document",
            link_text=page.title,
        )
        writer.write(capture, b"GET / HTTP/1.1\r\n\r\n")
    writer.close()


def measure(folder: Path, jobs: int, *, naively: bool = False) -> dict[str, float]:
    """Return seconds of wall and CPU and the peak of memory of one rebuild, in a new process.

    ``naively`` is the pipeline that people usually write on the same pages, without fetching.
    """
    command = [sys.executable, "-m", "bench.rebuild", "--run", str(folder), "--jobs", str(jobs)]
    command += ["--naively"] if naively else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def run_naively(folder: Path) -> None:
    """Guess, extract and upsert every page once, and print what it took."""
    from bench.others import read_naively, store  # noqa: PLC0415  our own rebuild has no use for it

    files = sorted((folder / "warc").glob("*.warc.gz"))
    nouns = [noun for path in files for noun in read_records(path)]
    pages = [(noun.url, noun.body) for noun in nouns if isinstance(noun, Capture)]
    table = Database(folder / "naive.db").table("pages")
    store(table, read_naively(*pages[0]))  # what it loads at the first page is not counted
    wall, cpu = time.perf_counter(), time.process_time()
    for page in pages:
        store(table, read_naively(*page))
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps(took | {"peak": peak_memory()}))


def run_once(folder: Path, jobs: int) -> None:
    """Rebuild and print what it took, workers included; the full text, made at the end, apart."""
    collect_rarely()
    text = {"text_wall": 0.0, "text_cpu": 0.0}

    def refresh_timed(db: sqlite3.Connection) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        refresh(db)
        text.update(text_wall=time.perf_counter() - wall, text_cpu=time.process_time() - cpu)

    start = time.perf_counter()
    with mock.patch("archive.rebuild.refresh", refresh_timed):
        rebuilt = rebuild(folder, jobs=jobs)
    wall = time.perf_counter() - start - text["text_wall"]
    assert not rebuilt.damage, rebuilt.damage
    assert text["text_cpu"] > 0
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in both) - text["text_cpu"]
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak_memory(), **text}))


def peak_memory() -> float:
    """Return the most memory that this process has had, in MB.

    Not ``ru_maxrss``: a process begins with that of the one that started it.
    """
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def measure_memory(little: int, much: int) -> None:
    """Print the most memory that a rebuild of few and one of many pages takes."""
    peaks = []
    for count in (little, much):
        with tempfile.TemporaryDirectory() as name:
            write_warc(Path(name), count)
            peaks.append(measure(Path(name), 1)["peak"])
        print(f"rebuild of {count} pages: at most {peaks[-1]:.0f} MB", flush=True)
    growth = peaks[1] / peaks[0] - 1
    met = "met" if growth < GROWTH else "MISSED"
    print(f"growth {growth:.1%} (goal: less than {GROWTH:.0%})", met)


def measure_rebuild(few: int, many: int) -> None:
    """Print the table.

    The difference of many and few pages is without starting up.
    """
    print(f"{'rebuild of 50 KB report pages':36}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    taken: dict[tuple[int, int], dict[str, float]] = {}
    for count in (few, many):
        with tempfile.TemporaryDirectory() as name:
            write_warc(Path(name), count)
            for jobs in (1, 2):
                taken[count, jobs] = one = measure(Path(name), jobs)
                (Path(name) / "archive.db").unlink()
                _print_row(f"{count} pages, {jobs} worker(s)", one)
            if count == few:
                naive = measure(Path(name), 1, naively=True)
                _print_row(f"{count} pages, naive pipeline", naive)
    alone, two = (
        {key: taken[many, jobs][key] - taken[few, jobs][key] for key in ("wall", "cpu")}
        for jobs in (1, 2)
    )
    rate, faster = (many - few) / alone["cpu"], alone["wall"] / two["wall"]
    met = "met" if rate >= RATE_GOAL else "MISSED"
    print(f"{rate:.0f} pages a second and core (goal: at least {RATE_GOAL:.0f})", met)
    text = taken[many, 1]["text_cpu"] * 1000 / many
    print(
        f"full text apart: {text:.1f} ms of CPU a page, {1000 / (1000 / rate + text):.0f} with it"
    )
    times = rate * naive["cpu"] / few
    met = "met" if times >= NAIVE_GOAL else "MISSED"
    print(
        f"x{times:.1f} the rate of the naive pipeline on the same pages, without its fetching"
        f" (goal: at least x{NAIVE_GOAL:.0f})",
        met,
    )
    met = "met" if faster >= WORKERS_GOAL else "MISSED"
    print(f"two workers x{faster:.2f} (goal: at least x{WORKERS_GOAL})", met)


def _print_row(name: str, took: dict[str, float]) -> None:
    print(f"{name:36}{took['wall']:8.1f}{took['cpu']:8.1f}{took['peak']:9.0f}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what a rebuild costs.")
    parser.add_argument("--few", type=int, default=FEW_PAGES)
    parser.add_argument("--many", type=int, default=MANY_PAGES)
    parser.add_argument("--memory", action="store_true", help="compare memory only")
    parser.add_argument("--little", type=int, default=LITTLE, help="pages of --memory")
    parser.add_argument("--much", type=int, default=MUCH, help="pages of --memory")
    parser.add_argument("--run", type=Path, help="rebuild this archive once and print figures")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--naively", action="store_true", help="run the naive pipeline instead")
    options = parser.parse_args()
    if options.run and options.naively:
        run_naively(options.run)
    elif options.run:
        run_once(options.run, options.jobs)
    elif options.memory:
        measure_memory(options.little, options.much)
    else:
        measure_rebuild(options.few, options.many)


if __name__ == "__main__":
    main()
