"""The page /search for Datasette, and Chinese words in the search boxes of its tables.

This module decides what the page offers and which hits are on it.  What is found, in which
order, and what of a text is shown is decided by ``archive.search``, words by
``messages/search.toml``.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]

from archive.search import (
    Found,
    Hit,
    Part,
    Query,
    find,
    mark,
    read_query,
    region_prefix,
    search_query,
    search_snippet,
    snippet,
)
from archive.site.frame import Facts, Page, catalogue, navigation, page_view
from parsers.regions import region_of

HITS_ON_A_PAGE = 20
LAST_PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a page asks for; what makes no sense there is not asked for."""

    words: str
    year: int | None
    region: str | None
    page: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A hit as the page shows it."""

    report: str
    title: tuple[Part, ...]
    places: tuple[Part, ...]
    subject: str | None
    body: str | None
    year: int | None
    region: str | None
    region_name: str | None
    is_withdrawn: bool
    is_mirrored: bool


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]  # after Datasette's own function of this name
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Let every search box and every query find Chinese words."""
    for name, arguments, function in (
        ("escape_fts", 1, search_query),
        ("search_query", 1, search_query),
        ("search_snippet", 2, search_snippet),
    ):
        conn.create_function(name, arguments, function, deterministic=True)


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """Return the pages of the site for the menu of Datasette's own, in both languages."""
    return [
        {"href": datasette.urls.path(path), "label": f"{words['en']} {words['zh']}"}
        for name, path in navigation(datasette).items()
        for words in [catalogue()[f"frame.{name}"]]
    ]


def read_request(page: Page) -> Asked:
    """Return what the arguments of the address ask for."""
    region = page.arguments.get("region") or ""
    return Asked(
        words=page.arguments.get("q", "").strip(),
        year=page.number("year"),
        region=region if region_prefix(region) else None,
        page=min(max(page.number("page") or 1, 1), LAST_PAGE),
    )


def read_search(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return the choices of the form, and the hits where words were given."""
    asked = read_request(page)
    query = read_query(asked.words)
    found = _find(conn, asked, query) if query.wanted else None
    return {
        **_choices(conn, asked),
        "asked": asked,
        "found": found,
        "entries": [_entry(conn, query, hit) for hit in found.hits] if found else [],
        "hits_before": (asked.page - 1) * HITS_ON_A_PAGE,
        "has_next": found is not None
        and asked.page * HITS_ON_A_PAGE < found.count
        and asked.page < LAST_PAGE,
    }


search_page = page_view("search.html", read_search)


def _find(conn: sqlite3.Connection, asked: Asked, query: Query) -> Found:
    return find(
        conn,
        query,
        year=asked.year,
        region=asked.region,
        limit=HITS_ON_A_PAGE,
        offset=(asked.page - 1) * HITS_ON_A_PAGE,
    )


def _entry(conn: sqlite3.Connection, query: Query, hit: Hit) -> Entry:
    row = (
        conn.execute(
            "SELECT subject, body, year, region_code, region_name, status, source_quality FROM reports"
            " WHERE key = ?",
            [hit.report],
        ).fetchone()
        or (None,) * 7
    )
    subject, body, year, region, region_name, status, quality = row
    return Entry(
        report=hit.report,
        title=mark(hit.title or hit.report, query),
        places=snippet(hit.text, query),
        subject=subject,
        body=body,
        year=year,
        region=region,
        region_name=region_name,
        is_withdrawn=status != "live",
        is_mirrored=quality == "mirror",
    )


def _choices(conn: sqlite3.Connection, asked: Asked) -> dict[str, object]:
    """Return the years and provinces to choose from, and the region that is chosen."""
    years = conn.execute(
        "SELECT DISTINCT year FROM report_texts WHERE year IS NOT NULL ORDER BY year DESC"
    ).fetchall()
    codes = conn.execute(
        "SELECT DISTINCT substr(region_code, 1, 2) || '0000' AS code FROM report_texts"
        " WHERE region_code IS NOT NULL ORDER BY code"
    ).fetchall()
    chosen = {asked.region} if asked.region else set()
    return {
        "years": [year for (year,) in years],
        "regions": [(code, _name(code)) for code in sorted({c for (c,) in codes} | chosen)],
    }


def _name(code: str) -> str:
    region = region_of(code)
    return region.name if region else code
