"""Region, year and body in the address of a list, and the reports that they leave.

This module decides what narrows a list of changes or findings and how that is asked: a region
by the index on region and year, a body by that on body and year; a year alone is looked up
report by report, newest first.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archive.search import region_prefix
from archive.site.counts import children_of, name_of
from archive.site.frame import Facts, Page
from parsers.regions import Region, region_of


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is asked for, as conditions on reports (``r``) with their values."""

    region: str | None
    year: int | None
    body: str | None
    conditions: tuple[str, ...]
    values: tuple[object, ...]

    @property
    def begins_with_reports(self) -> bool:
        """Whether an index leads to the reports: there are few of them."""
        return self.region is not None or self.body is not None


def narrow(page: Page) -> Narrowed:
    """Return what the address asks for; a region or a year that makes no sense is not asked for."""
    code = page.arguments.get("region", "")
    prefix = region_prefix(code) if region_of(code) else None
    year = page.number("year", least=1)
    body = page.arguments.get("body") or None
    conditions: list[str] = []
    values: list[object] = []
    if prefix:
        conditions.append("r.region_code >= ? AND r.region_code < ?")
        values += [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]
    if body:
        conditions.append("r.body = ?")
        values.append(body)
    if year:
        conditions.append("r.year = ?")
        values.append(year)
    return Narrowed(code if prefix else None, year, body, tuple(conditions), tuple(values))


def choices(conn: sqlite3.Connection, asked: Narrowed) -> Facts:
    """Return what a form offers: years with reports, provinces, and what is chosen."""
    years = conn.execute(
        "SELECT DISTINCT year FROM report_texts WHERE year IS NOT NULL ORDER BY year DESC"
    ).fetchall()
    provinces = children_of(None)
    if asked.region and asked.region not in {one.code for one in provinces}:
        provinces = (*provinces, _chosen(asked.region))
    [name] = conn.execute("SELECT name FROM bodies WHERE id = ?", [asked.body]).fetchone() or [None]
    return {
        "asked": asked,
        "span": [year for (year,) in years],
        "provinces": provinces,
        "body_name": name,
        "region_name": name_of(asked.region) if asked.region else None,
    }


def _chosen(code: str) -> Region:
    region = region_of(code)
    assert region is not None
    return region
