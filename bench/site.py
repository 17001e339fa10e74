"""How fast and how large the pages of the site are on a large published archive.

``python -m bench.site ARCHIVE_DIR --statistics 5000000`` multiplies the bodies of an archive (that
of ``scrapy demo --farm``, for instance) until it has so many statistics, spreads them over the
counties of the country, publishes it, follows the links from the home page to one page of
every kind, and prints its processor time, the median and worst time of five answers, and its size.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import re
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from archive.browse import archive_site
from archive.release.database import Release, build_database
from archive.schema import open_database
from archive.search import refresh
from parsers.regions import all_regions

RELEASE = Release("0", "2026-11-28", None, None, "bench", "bench", "none")
ASKED = 5  # times; the first fills caches
_TABLES = (
    "bodies", "captures", "documents", "reports", "revisions", "sightings", "statistics",
    "repairs", "findings", "changes", "coverage",
)  # fmt: skip
# Columns that hold a key of text, and those that hold a row number.
_KEYS = frozenset(
    {"key", "body", "parent", "report", "other_report", "document", "url", "record_id", "line"}
    | {"subject_key", "moved_to"}
)
_NUMBERS = frozenset(
    {"revision", "latest_revision", "from_revision", "to_revision", "capture", "first_capture"}
    | {"last_capture", "whole"}
)
GOAL = 0.5  # seconds that any page that the site links to may take


def multiply(db: sqlite3.Connection, copies: int) -> None:
    """Add so many copies of every body with all that hangs on it, each in other counties."""
    counties = sorted({one.code for one in all_regions() if one.level == "county"})
    known = [code for (code,) in db.execute("SELECT DISTINCT region_code FROM bodies")]
    step = 1 + max(
        db.execute("SELECT max(id) FROM revisions").fetchone()[0],
        db.execute("SELECT max(id) FROM captures").fetchone()[0],
    )
    db.execute("CREATE TEMP TABLE moved (old TEXT PRIMARY KEY, new TEXT)")
    for copy in range(1, copies + 1):
        places = [
            (code, counties[(97 * at + 31 * copy) % len(counties)]) for at, code in enumerate(known)
        ]
        db.execute("DELETE FROM moved")
        db.executemany("INSERT INTO moved VALUES (?, ?)", places)
        with db:
            db.execute("PRAGMA defer_foreign_keys = ON")
            for table in _TABLES:
                columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
                told = ", ".join(_copied(table, name, copy, step) for name in columns)
                db.execute(f"INSERT INTO {table} SELECT {told} FROM first_{table}")


def _copied(table: str, column: str, copy: int, step: int) -> str:
    if column in _NUMBERS or (column == "id" and table != "bodies"):
        return f'"{column}" + {copy * step}'
    if column in _KEYS or column == "id":
        return f"'c{copy}' || \"{column}\""
    if column == "region_code":
        return "(SELECT new FROM moved WHERE old = region_code)"
    return f'"{column}"'


def enlarge(source: Path, folder: Path, statistics: int) -> int:
    """Return how many statistics a copy of the archive has after it was multiplied in ``folder``."""
    shutil.copy(source / "archive.db", folder / "archive.db")
    with closing(open_database(str(folder / "archive.db"))) as db:
        for table in _TABLES:
            db.execute(f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}")
        (each,) = db.execute("SELECT count(*) FROM statistics").fetchone()
        multiply(db, max(statistics // each - 1, 0))
        refresh(db)
        return int(db.execute("SELECT count(*) FROM statistics").fetchone()[0])


def kind_of(path: str) -> str:
    """Return what an address is one of: its keys and the values of its query do not matter.

    The tables of Datasette are each a kind of their own; their facets and sorted rows are not
    pages of ours.
    """
    bare, _, query = path.partition("?")
    names = sorted(one.partition("=")[0] for one in query.split("&") if one)
    head, *rest = bare.strip("/").split("/")
    if head in ("report", "region", "body", "downloads"):
        last = rest[-1].rpartition(".")[2] if rest else ""
        bare = f"/{head}/…" + (f"/{last}" if last in ("changes", "csv", "json", "parquet") else "")
    return bare + ("?" + "&".join(names) if names else "")


async def walk(database: Path) -> list[tuple[str, float, float, float, int]]:
    """Return a page of every kind that is linked: processor, median, worst (seconds), bytes."""
    site = archive_site(database)
    await site.invoke_startup()
    waiting, met, found = ["/"], {"/"}, []
    while waiting:
        path = waiting.pop(0)
        times = []
        for _ in range(ASKED):
            start, used = time.perf_counter(), time.process_time()
            answer = await site.client.get(path)
            times.append((time.perf_counter() - start, time.process_time() - used))
        assert answer.status_code in (200, 404), (path, answer.status_code)
        times.sort()
        middle = times[ASKED // 2]
        found.append((path, middle[1], middle[0], times[-1][0], len(answer.content)))
        if path.startswith(f"/{database.stem}"):
            continue
        for link in re.findall(r'href="(/[^"#]*)"', answer.text):
            one = html.unescape(link)
            if kind_of(one) not in met and not one.startswith(("/-/", "/assets/", "/downloads/")):
                met.add(kind_of(one))
                waiting.append(one)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--statistics", type=int, default=5_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the databases, which stay")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = told.keep or Path(temporary)
        published = folder / "published.db"
        if not published.exists():
            count = enlarge(told.archive, folder, told.statistics)
            build_database(folder / "archive.db", published, RELEASE)
            print(f"{count:,} statistics, {published.stat().st_size / 1e9:.2f} GB")
        print(f"{'page':60} {'CPU ms':>7} {'median ms':>10} {'worst ms':>10} {'KB':>7}")
        found = asyncio.run(walk(published))
        for path, used, median, worst, size in found:
            print(
                f"{path[:60]:60} {1000 * used:7.0f} {1000 * median:10.0f} {1000 * worst:10.0f} {size / 1000:7.0f}"
            )
        slow = [path for path, _, median, *_ in found if median > GOAL]
        print(
            f"{len(found)} kinds of pages within {GOAL:.1f} s:",
            f"MISSED by {slow}" if slow else "met",
        )


if __name__ == "__main__":
    main()
