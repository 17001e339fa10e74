"""``scrapy coverage``: which bodies have published, and what is known of the rest.

This module decides how the ledger is narrowed and printed.  How a state comes about is decided
by ``archive.coverage``, how states are counted by ``archive.site.counts``.
"""

from __future__ import annotations

import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence

from scrapy.exceptions import UsageError

from archive.history import open_archive
from archive.search import region_prefix
from crawler.archive_command import ArchiveCommand, to_json
from crawler.terminal import table_lines, terminal_width, wants_colour

Row = tuple[str, str, str | None, int, str, str | None]
_LEDGER = """
SELECT b.id, b.name, b.region_code, c.year, c.state, c.report FROM coverage c
JOIN bodies b ON b.id = c.body
WHERE (:within IS NULL OR substr(b.region_code, 1, length(:within)) = :within)
  AND (:year IS NULL OR c.year = :year) AND (:state IS NULL OR c.state = :state) {words}
ORDER BY b.region_code, b.name, b.id, c.year
"""


def read_ledger(
    db: sqlite3.Connection,
    words: Sequence[str] = (),
    *,
    within: str | None = None,
    year: int | None = None,
    state: str | None = None,
) -> list[Row]:
    """Body, name, region, year, state and report of every row that fits all that is asked."""
    named = [
        f"AND instr(b.name || ' ' || ifnull(b.region_name, ''), :w{n})" for n in range(len(words))
    ]
    asked = {f"w{n}": word for n, word in enumerate(words)}
    query = _LEDGER.format(words=" ".join(named))
    return db.execute(query, {**asked, "within": within, "year": year, "state": state}).fetchall()


def lines_of(rows: Sequence[Row], *, colour: bool = False, width: int) -> Iterator[str]:
    """Yield the matrix of bodies and years, the signs in it, and every rate with its denominator."""
    from archive.site.counts import SIGNS, STATES, Count  # noqa: PLC0415 - it loads the site

    years = sorted({year for _, _, _, year, _, _ in rows})
    cells: dict[tuple[str, str], dict[int, str]] = {}
    for body, name, _, year, state, _ in rows:
        cells.setdefault((body, name), {})[year] = SIGNS[state]
    yield from table_lines(
        ["body", " ".join(f"{year % 100:02}" for year in years)],
        (
            [name, "  ".join(known.get(year, " ") for year in years)]
            for (_, name), known in cells.items()
        ),
        colour=colour,
        width=width,
    )
    met = {state for _, _, _, _, state, _ in rows}
    yield ""
    yield "  ".join(f"{SIGNS[state]} {state}" for state in STATES if state in met)
    yield ""
    counts = {year: Counter(row[4] for row in rows if row[3] == year) for year in years}
    yield from table_lines(
        ["year", "published of owed>", "%>", "every state"],
        (
            [
                year,
                f"{count.shown} of {count.owed}",
                "–" if count.share is None else f"{count.share:.1f}",
                ", ".join(f"{number} {state}" for state, number in count.parts),
            ]
            for year, count in ((year, Count(counts[year])) for year in years)
        ),
        colour=colour,
        width=width,
    )


def as_json(rows: Sequence[Row]) -> dict[str, object]:
    """The same rows by body."""
    bodies: dict[str, dict[str, object]] = {}
    for body, name, region, year, state, report in rows:
        told = bodies.setdefault(body, {"body": body, "name": name, "region_code": region})
        years = told.setdefault("years", {})
        assert isinstance(years, dict)
        years[str(year)] = {"state": state, "report": report}
    return {"bodies": list(bodies.values())}


class Command(ArchiveCommand):
    """Prints the ledger of bodies and years."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--region CODE] [--year YEAR] [--state STATE] [--json] [WORDS]"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Show who has published which years, and what is known of the rest"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "A row for each body (of a region, or with WORDS in its name), a column for each year,"
            " in each the state of the report that is owed; then the rate of each year with its"
            " denominator, which leaves out what is not owed or not yet due."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--region", metavar="CODE", help="GB/T 2260 code, all within included")
        parser.add_argument("--year", type=int, help="one year of report")
        parser.add_argument("--state", help="one state, for instance not_found")

    def work(self, args: list[str], opts: Namespace) -> None:
        """Print the ledger; exit 1 where there is no archive or nothing fits."""
        within = region_prefix(opts.region) if opts.region else None
        if opts.region and within is None:
            raise UsageError(f"{opts.region} is no code of a region")
        if opts.state:
            from archive.site.counts import STATES  # noqa: PLC0415 - it loads the site

            if opts.state not in STATES:
                raise UsageError(f"{opts.state} is no state; there are {', '.join(STATES)}")
        words = " ".join(args).split()
        with open_archive(self.archive_dir) as db:
            rows = read_ledger(db, words, within=within, year=opts.year, state=opts.state)
        if opts.json:
            print(to_json(as_json(rows)))
        elif rows:
            lines = lines_of(rows, colour=wants_colour(), width=terminal_width())
            print("\n".join(lines))
        else:
            print("nothing in the ledger fits", file=sys.stderr)
            self.exitcode = 1
