"""Tables as CSV: for spreadsheets, and safe to open in one.

This module decides how a value stands in a cell; which text a spreadsheet would run is left to
``archive.spreadsheet``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from archive.spreadsheet import inert


def write_csv(
    path: Path, names: Sequence[str], rows: Iterable[Sequence[object]], *, with_bom: bool = False
) -> None:
    """Write rows under their names, as UTF-8; NULL is an empty cell, numbers are as SQLite has them.

    ``with_bom`` begins the file with a byte order mark, without which Excel takes it for a file
    in the encoding of the machine.
    """
    with path.open("w", encoding="utf-8-sig" if with_bom else "utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(
            [inert(value) if isinstance(value, str) else value for value in row] for row in rows
        )
