"""The page /coverage: who has published, when, and in which state the rest is.

This module decides what a region, a year and a state in the address narrow, and what is told of
late reports: the day shown and the day due, certain and uncertain ones apart.  Counts come from
``region_years``, the matrix from ``coverage`` by body, late reports from ``findings`` by rule
(its index ``findings_rule``), of the revision that a report shows today.
"""

from __future__ import annotations

import sqlite3
from typing import cast

from archive.search import region_prefix
from archive.site.counts import (
    EVERYWHERE,
    SIGNS,
    STATES,
    Count,
    children_of,
    count_regions,
    matrix,
    name_of,
    still_stands,
    total,
    years_of,
)
from archive.site.frame import Facts, Page, page_view, rows
from parsers.model import Level, OrganType
from parsers.regions import ancestors_of, region_of
from parsers.series import due_date

BODIES_ON_A_PAGE = 60
LAST_PAGE = 200
LATE_SHOWN = 40


def read_coverage(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows of the region, year and state that are asked for."""
    region = page.arguments.get("region", "")
    prefix = region_prefix(region) if region_of(region) else None
    code = region if prefix else None
    year = page.number("year", least=1)
    state = page.arguments.get("state") if page.arguments.get("state") in STATES else None
    sheet = min(max(page.number("page") or 1, 1), LAST_PAGE)
    provinces = [one.code for one in children_of(None)]
    inner = [one.code for one in children_of(code)] if code else provinces
    counted = count_regions(conn, [code or EVERYWHERE, *provinces, *inner])
    years = counted.get(code or EVERYWHERE, {})
    asked = years.get(year, Count()) if year else total(years.values())
    bodies = _bodies(conn, prefix or "", year, state, sheet)
    shown = matrix(conn, bodies[:BODIES_ON_A_PAGE])
    return {
        "region": code,
        "region_name": name_of(code) if code else None,
        "above": [(one, name_of(one)) for one in reversed(ancestors_of(code))] if code else [],
        "year": year,
        "state": state,
        "sheet": sheet,
        "choices": [
            (one.code, one.name)
            for one in children_of(None)
            if one.code in counted or one.code == code
        ],
        "asked": asked,
        "years": years,
        "span": years_of(years),
        "inside": [
            (inside, name_of(inside), _narrowed(counted.get(inside, {}), year))
            for inside in inner
            if inside in counted or (still_stands_in(inside) and code is not None)
        ],
        "bodies": shown,
        "matrix_years": years_of(years),
        "has_next": len(bodies) > BODIES_ON_A_PAGE and sheet < LAST_PAGE,
        "signs": SIGNS,
        "late": _late(conn, prefix or "", year),
    }


def still_stands_in(code: str) -> bool:
    """Return whether the newest list has a code."""
    region = region_of(code)
    return region is not None and still_stands(region)


def _narrowed(years: dict[int, Count], year: int | None) -> Count:
    return years.get(year, Count()) if year else total(years.values())


def _bodies(
    conn: sqlite3.Connection, prefix: str, year: int | None, state: str | None, sheet: int
) -> list[dict[str, object]]:
    """Return one page of the bodies of a region of which something is known, and one body more."""
    narrowed = (
        " AND EXISTS (SELECT 1 FROM coverage c WHERE c.body = b.id"
        " AND (?1 IS NULL OR c.year = ?1) AND (?2 IS NULL OR c.state = ?2))"
    )
    return rows(
        conn,
        "SELECT id, name, level, organ_type, region_code FROM bodies b"
        f" WHERE region_code BETWEEN ?3 AND ?4{narrowed}"
        " ORDER BY region_code, level IN ('township', 'zone'), organ_type <> 'government', name"
        " LIMIT ?5 OFFSET ?6",
        year,
        state,
        prefix.ljust(6, "0"),
        prefix.ljust(6, "9"),
        BODIES_ON_A_PAGE + 1,
        (sheet - 1) * BODIES_ON_A_PAGE,
    )


def _late(conn: sqlite3.Connection, prefix: str, year: int | None) -> dict[str, object]:
    """Return how many reports are late, certainly or perhaps, and the newest of them.

    Late ones are few: CROSS JOIN has SQLite begin with them, not with all reports of the region.
    """
    found = rows(
        conn,
        "SELECT f.rule, r.key, r.year, r.subject, r.title, r.published, r.level, r.organ_type"
        " FROM findings f CROSS JOIN reports r ON r.key = f.report AND r.revision = f.revision"
        " WHERE f.rule IN ('late', 'date_uncertain')"
        " AND r.region_code BETWEEN ? AND ? AND (? IS NULL OR r.year = ?)"
        " ORDER BY r.year DESC, r.published DESC",
        prefix.ljust(6, "0"),
        prefix.ljust(6, "9"),
        year,
        year,
    )
    certain = [one for one in found if one["rule"] == "late"]
    for one in found[:LATE_SHOWN]:
        one["due"] = due_date(
            cast("int", one["year"]),
            cast("Level", one["level"]),
            cast("OrganType", one["organ_type"]),
        )
    return {
        "certain": len(certain),
        "perhaps": len(found) - len(certain),
        "newest": found[:LATE_SHOWN],
    }


coverage_page = page_view("coverage.html", read_coverage)
