"""The rows of an archive as others may compare them: without internal row ids and build times.

And the other way round: an archive as an older version left it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# What an internal id stands for, in words that every build of the database shares.
CAPTURE = "(SELECT c.record_id FROM captures c WHERE c.id = t.{0})"
REVISION = "(SELECT v.document || ' ' || v.digest FROM revisions v WHERE v.id = t.{0})"
INTERNAL = {
    "revision": REVISION,
    "whole": REVISION,
    "latest_revision": REVISION,
    "from_revision": REVISION,
    "to_revision": REVISION,
    "capture": CAPTURE,
    "first_capture": CAPTURE,
    "last_capture": CAPTURE,
}
OWN_ID = {("captures", "id"), ("revisions", "id")}


def make_older(db: sqlite3.Connection, migration: str, *statements: str) -> None:
    """Undo a migration with these statements, as if an older version had made the database."""
    for (view,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f'DROP VIEW "{view}"')
    for statement in statements:
        db.execute(statement)
    db.execute("DELETE FROM _sqlite_migrations WHERE name = ?", [migration])


def public_rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the sorted rows of every table and view of an archive database.

    The index of texts is made for readers, in a rebuild at its end, live when they come.
    """
    with closing(sqlite3.connect(database)) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
                " AND name NOT LIKE 'report_search%' AND name <> 'report_texts'"
                " AND name NOT LIKE '%sqlite_%'"
            )
        ]
        return {name: _rows(connection, name) for name in names}


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    shown = [
        INTERNAL[name].format(name) if name in INTERNAL else f't."{name}"'
        for name in columns
        if (table, name) not in OWN_ID
    ]
    rows = connection.execute(f"SELECT {', '.join(shown)} FROM {table} t").fetchall()
    return sorted(map(tuple, rows), key=repr)
