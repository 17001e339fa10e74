"""The connection to ``archive.db``, and how values become columns and columns values.

This module decides what a transaction is and what SQLite cannot keep; it knows no table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from archive.schema import open_database, transaction

DATABASE = "archive.db"


def dump(value: object) -> str:
    """``value`` as JSON, as columns keep it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def storable(text: str | None) -> str | None:
    """``text`` without lone surrogates, which SQLite cannot keep as UTF-8."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def place_of(row: Sequence[object]) -> tuple[str, int, int, str]:
    """File, offset, length and id of a WARC record, from the columns that say so."""
    return str(row[0]), int(str(row[1])), int(str(row[2])), str(row[3])


def text_of(value: object) -> str | None:
    """``value`` as text where there is one."""
    return None if value is None else str(value)


class Rows:
    """The database of one archive directory, and how it is asked.

    ``with rows.atomic():`` makes what follows one transaction.
    """

    def __init__(self, directory: Path, name: str = DATABASE) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.db = open_database(str(directory / name))

    def atomic(self) -> AbstractContextManager[None]:
        """One transaction around what is written inside."""
        return transaction(self.db)

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    def _one(self, sql: str, *args: object) -> tuple[object, ...] | None:
        row = self.db.execute(sql, list(args)).fetchone()
        return None if row is None else tuple(row)

    def _all(self, sql: str, *args: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.db.execute(sql, list(args)).fetchall()]

    def _many(self, sql: str, rows: Iterable[Sequence[object] | Mapping[str, object]]) -> None:
        self.db.executemany(sql, rows)
