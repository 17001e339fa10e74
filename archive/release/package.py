"""``datapackage.json``: every file of a release, the types and keys of every table.

This module decides how a table of SQLite is told in the words of the Data Package standard.

Source: Data Package 2.0, https://datapackage.org/standard/.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from archive.descriptions import describe_column, describe_tables
from archive.release.database import Release, columns_of
from parsers.forms import FIELDS

PARQUET = ".parquet"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
NAME = "open-report-archive"
TITLE = "Open report archive 政府信息公开年报档案"
LICENCES = (
    {
        "name": "CC0-1.0",
        "path": "https://creativecommons.org/publicdomain/zero/1.0/",
        "title": "Facts, figures and our database: free for any use",
    },
)
_TYPES = {"INTEGER": "integer", "REAL": "number", "ANY": "number", "TEXT": "string"}
# What the schema of the database does not declare, because a view has no keys.
_REPORT = ("report", "reports", "key")
_BODY = ("body", "bodies", "id")
_LINKS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "latest_statistics": (_REPORT, ("revision", "revisions", "id")),
    "panel": (_REPORT, _BODY),
    "coverage_matrix": (_BODY,),
    "concepts": (("field", "fields", "id"),),
    **{f"report_wide_{form}": (_REPORT,) for form in ("2014", "2019", "2021")},
}
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".db": "application/vnd.sqlite3",
    PARQUET: "application/vnd.apache.parquet",
    ".json": "application/json",
    ".atom": "application/atom+xml",
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that was written as CSV, with the columns that it has there."""

    table: str
    path: Path
    columns: tuple[str, ...]


def sha256_of(path: Path) -> str:
    """The digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_package(
    db: sqlite3.Connection,
    folder: Path,
    release: Release,
    tables: Sequence[TableFile],
    others: Iterable[Path],
    *,
    with_bom: bool,
) -> dict[str, object]:
    """The descriptor of the release in ``folder``."""
    written = {one.table for one in tables}
    resources = [_table(db, folder, one, written, with_bom=with_bom) for one in tables]
    resources += [_file(folder, path) for path in others if path.suffix != PARQUET]
    resources += _partitions(folder, [path for path in others if path.suffix == PARQUET])
    return {
        "$schema": PROFILE,
        "name": NAME,
        "title": TITLE,
        "version": release.version,
        "created": f"{release.released_on}T00:00:00Z",
        "description": "Reports in which Chinese government bodies say how they opened their"
        " information: statistics, findings, changes and coverage, each with its way back to the"
        " bytes. An empty value is not zero; values of different scope, level or organ type must"
        " not be added.",
        "licenses": list(LICENCES),
        "sources": [{"title": "Web sites of Chinese governments, as in the table portals"}],
        "resources": resources,
    }


def _table(
    db: sqlite3.Connection, folder: Path, one: TableFile, written: set[str], *, with_bom: bool
) -> dict[str, object]:
    known = {name: (kind, key) for name, kind, _, key in columns_of(db, one.table)}
    keys = sorted((known[name][1], name) for name in one.columns if known[name][1])
    schema: dict[str, object] = {
        "fields": [_field(one.table, name, known[name][0]) for name in one.columns],
        "missingValues": [""],
    }
    if keys:
        schema["primaryKey"] = [name for _, name in keys]
    if links := _links(db, one, written):
        schema["foreignKeys"] = links
    text = describe_tables()[one.table].text
    return {
        **_file(folder, one.path),
        "name": one.table,
        "type": "table",
        "encoding": "utf-8-sig" if with_bom else "utf-8",
        "description": text.en,
        "description_zh": text.zh,
        "schema": schema,
    }


def _field(table: str, name: str, kind: str) -> dict[str, object]:
    field = FIELDS.get(name)
    meaning = describe_column(table, name)
    told = (
        (meaning.en, meaning.zh)
        if meaning
        else (field.label_en, field.label)
        if field
        else ("", "")
    )
    return {
        "name": name,
        "type": _TYPES[kind],
        "description": told[0],
        "description_zh": told[1],
    }


def _links(db: sqlite3.Connection, one: TableFile, written: set[str]) -> list[dict[str, object]]:
    rows = db.execute(f'PRAGMA foreign_key_list("{one.table}")').fetchall()
    declared = [(column, table, target) for _, _, table, column, target, *_ in reversed(rows)]
    return [
        {
            "fields": [column],
            "reference": {"resource": "" if table == one.table else table, "fields": [target]},
        }
        for column, table, target in (*declared, *_LINKS.get(one.table, ()))
        if column in one.columns and table in written
    ]


def _partitions(folder: Path, files: Sequence[Path]) -> Iterator[dict[str, object]]:
    """The Parquet files, those of one table as one resource, which can have no digest."""
    inside = [path.relative_to(folder) for path in files]
    for parts, found in groupby(inside, key=lambda path: path.with_suffix("").parts[:2]):
        yield {
            "name": "-".join(parts).replace("_", "-"),
            "path": [path.as_posix() for path in found],
            "format": PARQUET.removeprefix("."),
            "mediatype": _MEDIA_TYPES[PARQUET],
        }


def _file(folder: Path, path: Path) -> dict[str, object]:
    inside = path.relative_to(folder).as_posix()
    name = "".join(char if char.isalnum() else "-" for char in inside.lower())
    return {
        "name": name.strip("-"),
        "path": inside,
        "format": path.suffix.removeprefix("."),
        "mediatype": _MEDIA_TYPES.get(path.suffix, "text/plain"),
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }
