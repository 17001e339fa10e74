"""The pages /regions and /region/CODE: the tree of regions, and the bodies of one by year.

This module decides which regions stand on a page: those of the newest list and those of earlier
lists that the archive knows something of.  Names and parents are those of ``parsers.regions``,
what became of a region is told by ``parsers.register``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archive.site.counts import (
    EVERYWHERE,
    SIGNS,
    STATES,
    BodyRow,
    Count,
    children_of,
    count_regions,
    name_of,
    read_bodies,
    still_stands,
    total,
    years_of,
)
from archive.site.frame import Facts, Page, page_view
from parsers.regions import Region, ancestors_of, region_of
from parsers.register import lineage_of


@dataclass(frozen=True, slots=True)
class Branch:
    """A region of a tree, with what is known of it and the regions in it."""

    region: Region
    count: Count | None
    branches: tuple[Branch, ...]


def read_regions(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return the provinces and the prefectures in them."""
    del page
    return {"branches": _branches(conn, None)}


def read_region(conn: sqlite3.Connection, page: Page) -> Facts | None:
    """Return what the page of a region shows; ``None`` where no list has its code."""
    region = region_of(page.named["code"])
    if region is None:
        return None
    years = count_regions(conn, [region.code]).get(region.code, {})
    bodies = read_bodies(conn, region.code)
    return {
        "region": region,
        "above": [(code, name_of(code)) for code in reversed(ancestors_of(region.code))],
        "branches": _branches(conn, region.code),
        "bodies": bodies,
        "signs": {state: SIGNS[state] for state in _states_of(bodies)},
        "years": years_of([*years, *(year for body in bodies for year in body.cells)]),
        "counts": years,
        "total": total(years.values()),
        "became": [link for link in lineage_of(region.code) if link.relation != "unknown"],
        "still_stands": still_stands(region),
    }


def _states_of(bodies: Sequence[BodyRow]) -> list[str]:
    met = {cell.state for body in bodies for cell in body.cells.values()}
    return [state for state in STATES if state in met]


def _branches(conn: sqlite3.Connection, code: str | None) -> tuple[Branch, ...]:
    """Return the two levels below a region."""
    children = children_of(code)
    grandchildren = {child.code: children_of(child.code) for child in children}
    codes = [one.code for some in (children, *grandchildren.values()) for one in some]
    counts = {
        found: total(years.values())
        for found, years in count_regions(conn, [EVERYWHERE, *codes]).items()
    }

    def branch(region: Region, below: tuple[Region, ...]) -> Branch:
        inner = tuple(branch(one, ()) for one in below)
        return Branch(
            region,
            counts.get(region.code),
            tuple(one for one in inner if one.count or still_stands(one.region)),
        )

    grown = (branch(child, grandchildren[child.code]) for child in children)
    return tuple(one for one in grown if one.count or one.branches or still_stands(one.region))


regions_page = page_view("regions.html", read_regions)
region_page = page_view("region.html", read_region)
