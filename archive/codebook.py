"""The tables that are data of this package: fields, concepts, register and lineage of bodies.

This module decides how they stand as rows, and writes them where a database does not hold exactly
these.  What the fields mean is in ``parsers.forms``, what became of a government in
``parsers.register``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, replace
from functools import cache
from operator import attrgetter

from parsers.forms import CONCEPTS, FIELDS
from parsers.register import government_key, line_of, register, successions

Rows = Sequence[tuple[object, ...]]

_REGISTERED = attrgetter(
    "key", "name", "region_code", "region_name", "level", "parent", "first_year", "last_year"
)


def write_codebook(db: sqlite3.Connection) -> None:
    """Let the four tables hold what the package says; one that does is left alone."""
    for table, rows in (
        ("fields", _field_rows()),
        ("concepts", _concept_rows()),
        ("register", _register_rows()),
        ("lineage", _lineage_rows()),
    ):
        stored = db.execute(f"SELECT * FROM {table}").fetchall()
        if set(stored) != set(rows):
            db.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * len(rows[0]))
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


@cache
def _field_rows() -> Rows:
    return [
        (f.id, f.label, f.label_en, f.unit, f.type, _json(f.forms), f.section, f.parent)
        for f in FIELDS.values()
    ]


@cache
def _concept_rows() -> Rows:
    return [
        (concept.id, form, field, concept.comparability, concept.note)
        for concept in CONCEPTS.values()
        for form, names in concept.fields.items()
        for field in names
    ]


@cache
def _register_rows() -> Rows:
    return [(*_REGISTERED(one), government_key(line_of(one.region_code))) for one in register()]


@cache
def _lineage_rows() -> Rows:
    return [
        astuple(replace(link, before=_key(link.before), after=_key(link.after)))
        for link in successions()
    ]


def _key(code: str | None) -> str | None:
    return government_key(code) if code else None


def _json(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
