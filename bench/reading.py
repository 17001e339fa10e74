"""Reading alone, in one process: our straight line against trafilatura on the same pages.

``python -m bench.reading --profile`` shows where our line spends its time.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Sequence
from statistics import median

from trafilatura import bare_extraction, extract

from archive.reading import read
from bench.pages import PORTAL_PATH, BenchPage, make_site
from parsers.model import Context


def read_page(page: BenchPage) -> None:
    """Read a page as a crawl does: encoding, document, repair, report, statistics, checks."""
    url = f"http://bench.test{page.path}"
    context = Context(url, "bench", "Bench", "330100", official=True, link_text=page.title)
    read(page.body, content_type=page.content_type, name=url, context=context)


READERS: dict[str, Callable[[BenchPage], object]] = {
    "this project: archive.reading.read": read_page,
    "trafilatura.extract": lambda page: extract(page.body),
    "trafilatura.extract with metadata": lambda page: extract(page.body, with_metadata=True),
    "trafilatura.bare_extraction with metadata": lambda page: bare_extraction(
        page.body, with_metadata=True
    ),
}


def bench_pages(count: int) -> list[BenchPage]:
    """Return the report pages."""
    return [page for path, page in make_site(count).items() if path != PORTAL_PATH]


def cpu_of(reader: Callable[[BenchPage], object], pages: Sequence[BenchPage]) -> float:
    """Return the CPU seconds of reading every page once."""
    start = time.process_time()
    for page in pages:
        reader(page)
    return time.process_time() - start


def measure_readers(count: int, rounds: int) -> None:
    """Print the table of readers."""
    pages = bench_pages(count)
    costs: dict[str, list[float]] = {name: [] for name in READERS}
    for reader in READERS.values():
        reader(pages[0])  # data files are read and patterns compiled once, not once a page
    for number in range(rounds):
        for name in list(READERS) if number % 2 == 0 else reversed(READERS):
            costs[name].append(cpu_of(READERS[name], pages))
    first = median(next(iter(costs.values())))
    print(f"{'reading alone, milliseconds of CPU a page':48}{'CPU':>8}{'ratio':>8}")
    for name, seconds in costs.items():
        print(f"{name:48}{1000 * median(seconds) / count:8.2f}{median(seconds) / first:8.2f}")


def profile(count: int, lines: int) -> None:
    """Print the functions that take most of our time."""
    pages = bench_pages(count)
    read_page(pages[0])
    profiler = cProfile.Profile()
    profiler.enable()
    cpu_of(read_page, pages)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(lines)


def main() -> None:
    """Measure, or profile."""
    parser = argparse.ArgumentParser(description="Measure what reading a page costs.")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.profile:
        profile(options.pages, 15)
    else:
        measure_readers(options.pages, 3)


if __name__ == "__main__":
    main()
