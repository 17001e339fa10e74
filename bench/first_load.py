"""How soon a new visitor sees each page of the site, in a real Chromium.

``python -m bench.first_load ARCHIVE`` serves an archive or a published file (those of ``scrapy demo --large``, for
instance) from this machine, opens a page of every kind as a visitor who has nothing in the cache,
and prints the median and worst time until it is drawn and until everything has arrived, and its
weight with all that it needs.  ``--pictures DIR`` keeps every page, wide and narrow, in light and
dark, in both languages, for people to look at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from archive.browse import archive_site
from archive.schema import open_as_it_is, open_database
from archive.search import refresh
from archive.store import DATABASE
from tests.browser import DESKTOP, PHONE, Chromium, served, started

ASKED = 11  # times, each by a new visitor; single visits swing by half
TIME_GOAL, WEIGHT_GOAL = 300, 300_000  # milliseconds, bytes
_TIMES = """() => {
  const [one] = performance.getEntriesByType('navigation');
  const drawn = performance.getEntriesByName('first-contentful-paint')[0];
  return [drawn ? drawn.startTime : one.domContentLoadedEventEnd, one.loadEventEnd];
}"""
# The page of a thing with much to show: an address, and what of the database goes into it.
_RICH = {
    "/body/{}": "SELECT body FROM reports WHERE body IS NOT NULL GROUP BY body ORDER BY count(*) DESC, body LIMIT 1",
    "/report/{}": "SELECT report FROM changes WHERE kind = 'field' ORDER BY key LIMIT 1",
    "/report/{}#repaired": "SELECT r.key FROM reports r JOIN repairs p ON p.revision = r.revision"
    " GROUP BY r.key ORDER BY count(*) DESC LIMIT 1",
    "/report/{}#doubted": "SELECT f.report FROM findings f JOIN reports r ON r.revision = f.revision"
    " GROUP BY f.report ORDER BY count(*) DESC LIMIT 1",
    "/report/{}/changes": "SELECT report FROM changes WHERE kind = 'field' ORDER BY key LIMIT 1",
    "/region/{}": "SELECT region_code FROM bodies WHERE region_code IS NOT NULL GROUP BY region_code"
    " ORDER BY count(*) DESC LIMIT 1",
}  # fmt: skip
_ALWAYS = (
    "/", "/regions", "/search", "/search?q=信息公开", "/changes", "/findings", "/corrections", "/coverage", "/codebook",
    "/downloads", "/about",
)  # fmt: skip


def pages_of(database: Path) -> Iterator[str]:
    """Yield the address of a page of every kind that this archive has something for."""
    yield from _ALWAYS
    with closing(open_as_it_is(database)) as db:
        for address, query in _RICH.items():
            row = db.execute(query).fetchone()
            if row:
                yield address.format(row[0])


def visit(chromium: Chromium, origin: str, path: str) -> tuple[list[list[float]], int]:
    """Return the times (drawn, arrived; milliseconds) of some visitors, and the bytes."""
    times: list[list[float]] = []
    weight = 0
    for _ in range(ASKED):
        with chromium.tab(origin) as tab:
            answer = tab.page.goto(origin + path, wait_until="load")
            assert answer is not None, path
            assert answer.ok, path
            tab.page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd")
            times.append([float(one) for one in tab.page.evaluate(_TIMES)])
            weight = tab.weight()
    return times, weight


def keep_pictures(chromium: Chromium, origin: str, paths: list[str], folder: Path) -> None:
    """Keep each page as a reader sees it, in every width, scheme and language."""
    folder.mkdir(parents=True, exist_ok=True)
    for width in (DESKTOP, PHONE):
        for scheme in ("light", "dark"):
            for language in ("zh", "en"):
                for path in paths:
                    bare, mark, place = path.partition("#")
                    joint = "&" if "?" in bare else "?"
                    with chromium.tab(origin, width, scheme) as tab:
                        tab.go(f"{bare}{joint}lang={language}{mark}{place}")
                        name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
                        shot: Any = tab.page.screenshot
                        shot(
                            path=folder / f"{name}.{width}.{scheme}.{language}.png", full_page=True
                        )


def serve(archive: Path, told: Connection) -> None:
    """Serve the site, say where, and go on until there is nobody to listen."""
    with served(archive_site(archive)) as origin:
        told.send(origin)
        with suppress(EOFError):
            told.recv()


@contextmanager
def served_apart(archive: Path) -> Iterator[str]:
    """Yield the origin of the site, served by a process of its own."""
    ours, its = get_context("spawn").Pipe()
    server = get_context("spawn").Process(target=serve, args=(archive, its))
    server.start()
    its.close()
    yield ours.recv()
    ours.close()
    server.join()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--pictures", type=Path, help="folder for pictures of every page")
    told = parser.parse_args()
    database = told.archive
    if database.is_dir():
        database /= DATABASE
        with closing(open_database(str(database))) as db:
            refresh(db)
    paths = list(pages_of(database))
    with started() as chromium, served_apart(told.archive) as origin:
        if told.pictures:
            chromium.thread.submit(keep_pictures, chromium, origin, paths, told.pictures).result()
            return
        print(f"{'page':50} {'drawn ms':>9} {'arrived ms':>11} {'worst ms':>9} {'KB':>6}")
        slow = []
        for path in paths:
            times, weight = chromium.thread.submit(visit, chromium, origin, path).result()
            drawn, arrived = (median(column) for column in zip(*times, strict=True))
            worst = max(all_in for _, all_in in times)
            print(f"{path[:50]:50} {drawn:9.0f} {arrived:11.0f} {worst:9.0f} {weight / 1000:6.0f}")
            if arrived > TIME_GOAL or weight > WEIGHT_GOAL:
                slow.append(path)
    print(
        f"goal: {TIME_GOAL} ms, {WEIGHT_GOAL // 1000} KB:",
        "MISSED by " + ", ".join(slow) if slow else "met",
    )


if __name__ == "__main__":
    main()
