"""The page /: what the archive holds, what changed last, and the way to a region and a year.

This module decides which figures and how many changes the page shows.  A body counts when a
report of it is there, a finding when a report shows it today.  Counts are those of ``counts``,
``archive_totals`` and ``finding_totals`` (views of the working database, small tables of a
published one).
"""

from __future__ import annotations

import sqlite3

from archive.site.counts import (
    EVERYWHERE,
    children_of,
    count_regions,
    still_stands,
    total,
    years_of,
)
from archive.site.frame import Facts, Page, is_invented, page_view, rows

NEWEST = 8
_ROWS = "SELECT rows FROM archive_totals WHERE item = "
FIGURES = {
    "reports": f"{_ROWS} 'reports'",
    "bodies": "SELECT count(DISTINCT body) FROM reports",
    "statistics": f"{_ROWS} 'statistics'",
    "findings": "SELECT ifnull(sum(findings), 0) FROM finding_totals",
    "revisions": f"{_ROWS} 'revisions'",
    "captures": f"{_ROWS} 'captures'",
}
_CHANGES = """
SELECT c.report, c.kind, c.item, c.nature, c.before, c.after, c.first_seen_after,
  r.subject, r.title, r.year
FROM changes c JOIN reports r ON r.key = c.report
WHERE c.cause = 'source' ORDER BY c.first_seen_after DESC, c.key LIMIT ?
"""


def read_home(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows."""
    del page
    provinces = children_of(None)
    counted = count_regions(conn, [EVERYWHERE, *(one.code for one in provinces)])
    everywhere = counted.pop(EVERYWHERE, {})
    known = [one for one in provinces if one.code in counted]
    return {
        "is_invented": any(
            is_invented(home) for (home,) in conn.execute("SELECT home FROM portals")
        ),
        "changes": rows(conn, _CHANGES, NEWEST),
        "provinces": [(one, total(counted[one.code].values()), counted[one.code]) for one in known],
        "others": [one for one in provinces if one.code not in counted and still_stands(one)],
        "everywhere": everywhere,
        "years": years_of(everywhere),
        "figures": _figures(conn, len(years_of(everywhere))),  # last: they may take too long
    }


def _figures(conn: sqlite3.Connection, years: int) -> dict[str, int]:
    """Return the figures of the archive; fewer where counting a working database takes too long."""
    figures: dict[str, int] = {}
    try:
        for name, query in FIGURES.items():
            [(figures[name],)] = conn.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
    return figures | {"years": years}


home_page = page_view("home.html", read_home)
