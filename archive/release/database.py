"""The published database: every table and view of the working one, as tables in a fixed order.

This module decides order, keys, indexes and row numbers of what is published.  The same archive
gives the same rows in the same order, whichever database it was rebuilt into: row numbers of
revisions and captures are given anew, by document and by time.  What a view says stays in
``views``; nothing is left out or changed here, because what is withheld or personal has no place
in the working database either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.search import index_text
from archive.views import VIEWS
from parsers.forms import FIELDS

PAGE_BYTES = 8192
CACHE_KIB = 200_000

# Tables whose row numbers are given anew, by what they are ordered.
_NUMBERED = {"revisions": "document, seq", "captures": "captured_at, record_id"}
# Columns that hold such a row number, in whichever table.
_POINTERS = {
    "revision": "revisions",
    "whole": "revisions",
    "latest_revision": "revisions",
    "from_revision": "revisions",
    "to_revision": "revisions",
    "capture": "captures",
    "first_capture": "captures",
    "last_capture": "captures",
}
# The order of rows where it is not that of the primary key.
_ORDER = {
    **_NUMBERED,
    "statistics": "field, revision, source, ordinal",
    "report_texts": "report",
}
# The key of a view that is a table here; people ask for one field of all reports first.
_VIEW_KEYS = {
    "latest_statistics": "field, report",
    "panel": "concept, report",
    "panel_totals": "concept, year, level, organ_type, scope, comparability",
    "coverage_matrix": "body",
    "region_years": "region_code, year, state",
    "finding_totals": "rule, severity",
    "archive_totals": "item",
    "report_wide_2014": "report",
    "report_wide_2019": "report",
    "report_wide_2021": "report",
    "latest_reviews": "target",
    "shown": "capture, document",
}
_INTEGERS = frozenset(
    {
        "is_whole",
        "bodies",
        "rows",
        "year",
        "revision",
        "findings",
        "reports",
        "reviewed",
        "confirmed",
    }
)
_INDEXES = (
    "CREATE INDEX statistics_revision ON statistics(revision)",
    "CREATE INDEX latest_statistics_report ON latest_statistics(report)",
    "CREATE INDEX shown_capture ON shown(capture)",
    "CREATE INDEX shown_revision ON shown(revision)",
    "CREATE INDEX panel_body ON panel(body, year)",
    "CREATE INDEX panel_line ON panel(line, year)",
    "CREATE INDEX panel_report ON panel(report)",
    "CREATE INDEX reports_year ON reports(year)",
    "CREATE INDEX documents_portal ON documents(portal)",
    "CREATE INDEX coverage_year ON coverage(year, state)",
    "CREATE INDEX bodies_region ON bodies(region_code)",
    "CREATE INDEX bodies_parent ON bodies(parent)",
    "CREATE INDEX successors_before ON successors(before)",
    "CREATE INDEX successors_after ON successors(after)",
)
# Not published: what the library of migrations and the full-text index keep for themselves.
_NOT_COPIED = ("_sqlite_migrations", "report_search", "release")
_KEY = "PRIMARY KEY (revision, field, source, ordinal)"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Release:
    """What a release says of itself; dates are ISO, ``released_on`` is no later than the archive."""

    version: str
    released_on: str
    first_captured: str | None
    last_captured: str | None
    software: str
    parser: str
    licence: str


def build_database(
    working: Path, target: Path, release: Release, progress: Progress = lambda _what: None
) -> None:
    """Write the published database of the archive database ``working`` to the new file ``target``.

    ``working`` is only read; its search has to be up to date.
    """
    with closing(sqlite3.connect(f"{target.resolve().as_uri()}?mode=rwc", uri=True)) as db:
        db.isolation_level = None
        for pragma in (
            f"page_size = {PAGE_BYTES}",
            "journal_mode = OFF",
            "synchronous = OFF",
            f"cache_size = -{CACHE_KIB}",
        ):
            db.execute(f"PRAGMA {pragma}")
        db.execute("ATTACH ? AS working", [f"{working.resolve().as_uri()}?mode=ro"])
        db.execute("BEGIN")
        _number_rows(db)
        for table in _tables(db):
            progress(table)
            _copy(db, table)
        db.execute(_statement(db, "release"))
        db.execute(
            "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)",
            [getattr(release, name) for name in release.__slots__],
        )
        for view in VIEWS:
            progress(view)
            _keep_view(db, view)
        progress("full-text index")
        _fill_search(db)
        progress("indexes")
        for statement in (*_indexes(db), *_INDEXES):
            db.execute(statement)
        db.execute("COMMIT")
        db.execute("DETACH working")
        progress("analyze, vacuum")
        db.execute("ANALYZE")
        db.execute("VACUUM")
        db.execute("PRAGMA journal_mode = DELETE")


def columns_of(db: sqlite3.Connection, table: str) -> list[tuple[str, str, bool, int]]:
    """Name, type, whether never null, and place in the primary key (from 1) of each column."""
    rows = db.execute(f'PRAGMA table_info("{table}")').fetchall()
    return [(name, kind, bool(filled), key) for _, name, kind, filled, _, key in rows]


def order_of(db: sqlite3.Connection, table: str) -> str:
    """The columns by which rows are in order: key, or all where there is none."""
    if table in _NUMBERED:
        return "id"
    if known := _ORDER.get(table) or _VIEW_KEYS.get(table):
        return known
    columns = columns_of(db, table)
    keys = sorted((key, name) for name, _, _, key in columns if key)
    return ", ".join(f'"{name}"' for _, name in keys or sorted((0, name) for name, *_ in columns))


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        "SELECT name FROM working.sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
        " AND name NOT LIKE 'report\\_search\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " ORDER BY name"
    ).fetchall()
    return [name for (name,) in rows if name not in _NOT_COPIED]


def _statement(db: sqlite3.Connection, table: str) -> str:
    found = db.execute("SELECT sql FROM working.sqlite_master WHERE name = ?", [table]).fetchone()
    statement = str(found[0])
    if table == "statistics":
        # Clustered by field: one field of all reports is read in a row.
        assert _KEY in statement
        statement = statement.replace(_KEY, f"PRIMARY KEY ({_ORDER[table]})")
    return statement


def _indexes(db: sqlite3.Connection) -> Iterator[str]:
    rows = db.execute(
        "SELECT sql FROM working.sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN (SELECT name FROM main.sqlite_master) ORDER BY name"
    ).fetchall()
    return (str(statement) for (statement,) in rows)


def _number_rows(db: sqlite3.Connection) -> None:
    for table, order in _NUMBERED.items():
        db.execute(f"CREATE TEMP TABLE new_{table} (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
        db.execute(
            f"INSERT INTO new_{table} SELECT id, row_number() OVER (ORDER BY {order})"
            f" FROM working.{table}"
        )


def _copy(db: sqlite3.Connection, table: str) -> None:
    db.execute(_statement(db, table))
    names = [name for name, *_ in columns_of(db, table)]
    values = ", ".join(_value(table, name) for name in names)
    order = _ORDER.get(table) or order_of(db, table)
    listed = ", ".join(f'"{name}"' for name in names)
    db.execute(
        f'INSERT INTO "{table}" ({listed}) SELECT {values} FROM working."{table}" AS t'
        f" ORDER BY {_renumbered(order)}"
    )


def _value(table: str, column: str) -> str:
    """What is put into a column: row numbers as they are given anew, all else as it is."""
    if column == "id" and table in _NUMBERED:
        return f"(SELECT new FROM new_{table} WHERE old = t.id)"
    if column == "id" and table == "report_texts":
        return "row_number() OVER (ORDER BY report)"
    if column == "basis":
        new = "(SELECT new FROM new_revisions WHERE old = json_extract(t.basis, '$[1]'))"
        return f"json_set(t.basis, '$[1]', {new})"
    if column in _POINTERS:
        return f'(SELECT new FROM new_{_POINTERS[column]} WHERE old = t."{column}")'
    return f't."{column}"'


def _renumbered(order: str) -> str:
    names = [name.strip() for name in order.split(",")]
    return ", ".join(_value("", name.strip('"')) if name != "basis" else name for name in names)


def _keep_view(db: sqlite3.Connection, view: str) -> None:
    """Make a table of a view, which reads the tables that are published already."""
    db.execute(
        VIEWS[view]
        .strip()
        .replace("CREATE VIEW", "CREATE TEMP VIEW", 1)
        .replace(view, f"{view}_view", 1)
    )
    columns = [(name, _type(name, kind)) for name, kind, *_ in columns_of(db, f"{view}_view")]
    key = _VIEW_KEYS.get(view)
    described = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    unique = f", PRIMARY KEY ({key})" if key else ""
    clustered = ", WITHOUT ROWID" if key else ""
    db.execute(f"CREATE TABLE {view} ({described}{unique}) STRICT{clustered}")
    db.execute(f"INSERT INTO {view} SELECT * FROM temp.{view}_view ORDER BY {order_of(db, view)}")
    db.execute(f"DROP VIEW temp.{view}_view")


def _type(name: str, kind: str) -> str:
    """The type of a column of a view; SQLite knows it where the column is one of a table."""
    if name in _INTEGERS:
        return "INTEGER"
    if kind:
        return kind
    return "ANY" if name == "value" or name in FIELDS else "TEXT"


def _fill_search(db: sqlite3.Connection) -> None:
    db.execute(_statement(db, "report_search"))
    rows = db.execute("SELECT id, title, text FROM report_texts ORDER BY id")
    db.executemany(
        "INSERT INTO report_search (rowid, title, text) VALUES (?, ?, ?)",
        ((number, index_text(title), index_text(text)) for number, title, text in rows),
    )
    db.execute("INSERT INTO report_search (report_search) VALUES ('optimize')")


def published_tables(db: sqlite3.Connection) -> Sequence[str]:
    """The tables of a published database but for its full-text index, by name."""
    rows = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND name NOT LIKE 'report\\_search%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return [name for (name,) in rows]
