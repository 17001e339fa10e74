"""Whether the site of this version can show a published file.

A published file never changes, so none is migrated.  This module decides that a file is refused
which lacks a table or a column that a release of today has; what else it holds does not matter.
How a release is built is left to ``database``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from archive.errors import NotPublished, PublishedOtherwise
from archive.schema import open_as_it_is, open_database

_Columns = Mapping[str, frozenset[str]]


def check_published(file: Path) -> None:
    """Refuse a file that this version cannot show.

    Raises:
        NotPublished: it is no database of ours.
        PublishedOtherwise: another version wrote it, without tables or columns of today.
    """
    try:
        with closing(open_as_it_is(file)) as db:
            release = db.execute("SELECT software FROM release").fetchone()
            columns = _columns_of(db)
    except sqlite3.DatabaseError as error:
        raise NotPublished(str(file), str(error)) from error
    with closing(open_database(":memory:")) as empty:  # its views are tables in a release
        missing = sorted(_missing(_columns_of(empty), columns))
    if missing:
        software = release[0] if release else "another version"  # a copy of a working database
        raise PublishedOtherwise(str(file), software, missing)


def _columns_of(db: sqlite3.Connection) -> _Columns:
    rows = db.execute(
        "SELECT t.name, json_group_array(c.name) FROM pragma_table_list t"
        " JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.type <> 'shadow'"
        " AND t.name <> '_sqlite_migrations' GROUP BY t.name"
    )
    return {table: frozenset(json.loads(columns)) for table, columns in rows}


def _missing(expected: _Columns, found: _Columns) -> Iterator[str]:
    """Yield the tables that are not there, and the columns of those that are."""
    for table, columns in expected.items():
        if table in found:
            yield from (f"{table}.{column}" for column in columns - found[table])
        else:
            yield table
