"""What tables and columns mean, in English and Chinese, from ``descriptions.toml``.

This module decides which description a column gets: that of its table, else the one its name
has everywhere.  Where descriptions are shown is left to ``browse`` and the exports.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

# y2008…y2026: the columns of these years share one description
_YEARS = re.compile(r"(\w+?)(\d{4})…\1(\d{4})")


@dataclass(frozen=True, slots=True)
class Description:
    """One meaning in English and Chinese."""

    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.en} {self.zh}"


@dataclass(frozen=True, slots=True)
class TableDescription:
    """What a table or view is, and what its columns mean there."""

    text: Description
    columns: Mapping[str, Description]


@cache
def describe_tables() -> Mapping[str, TableDescription]:
    """Return every described table or view by name."""
    tables = cast("dict[str, dict[str, object]]", _read()["tables"])
    return {name: _table(entry) for name, entry in tables.items()}


def describe_column(table: str, column: str) -> Description | None:
    """Return what a column means in a table; ``None`` where nobody has said."""
    known = describe_tables().get(table)
    narrow = known.columns.get(column) if known else None
    return narrow or shared_columns().get(column)


@cache
def shared_columns() -> Mapping[str, Description]:
    """Return what column names mean wherever their table says nothing narrower."""
    return _columns(_read()["columns"])


@cache
def _read() -> Mapping[str, object]:
    return tomllib.loads((files("archive") / "descriptions.toml").read_text("utf-8"))


def _table(entry: Mapping[str, object]) -> TableDescription:
    text = Description(str(entry["en"]), str(entry["zh"]))
    return TableDescription(text, _columns(entry.get("columns", {})))


def _columns(entry: object) -> Mapping[str, Description]:
    named = cast("dict[str, dict[str, str]]", entry)
    return {
        name: Description(both["en"], both["zh"])
        for names, both in named.items()
        for name in _expand(names)
    }


def _expand(names: str) -> list[str]:
    if found := _YEARS.fullmatch(names):
        return [f"{found[1]}{year}" for year in range(int(found[2]), int(found[3]) + 1)]
    return [names]
