"""What differs between two contents of a document.

``diff_contents`` gives edits: each is one place (title, a metadata id, a sentence, a cell, a
table, an attachment) with what stood there before and after.  Applying them to the first
content gives the second (``apply_edits``).  Which items stand for one another is left to
``alignment``, what an edit means to a reader to ``change``, when it happened to ``ledger``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.alignment import align, share
from archive.revision import Content

Row = tuple[str, ...]
Grid = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference.  ``part`` and the rest say where, in the first content and in the second.

    ``at`` and ``new_at`` are ``(start, end)`` of the replaced sentences, attachments, tables or
    table rows, or ``(row, column)`` of one cell; ``number`` and ``new_number`` are the 1-based
    numbers of the table.  Rows are given as their cells joined by tabs.
    """

    part: Literal["title", "metadata", "sentence", "cell", "rows", "table", "attachment"]
    before: tuple[str, ...]
    after: tuple[str, ...]
    at: tuple[int, int] = (0, 0)
    new_at: tuple[int, int] = (0, 0)
    name: str = ""
    number: int = 0
    new_number: int = 0


def diff_contents(before: Content, after: Content) -> tuple[Edit, ...]:
    """The edits that turn ``before`` into ``after``; empty when they are equal."""
    edits: list[Edit] = []
    if before.title != after.title:
        edits.append(Edit("title", (before.title,), (after.title,)))
    for name in sorted(before.metadata.keys() | after.metadata.keys()):
        old, new = before.metadata.get(name), after.metadata.get(name)
        if old != new:
            edits.append(Edit("metadata", _one(old), _one(new), name=name))
    edits += _sequence_edits("sentence", before.sentences, after.sentences)
    edits += _tables_edits(before.tables, after.tables)
    edits += _sequence_edits("attachment", before.attachments, after.attachments)
    return tuple(edits)


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _sequence_edits(
    part: Literal["sentence", "attachment"], before: Sequence[str], after: Sequence[str]
) -> list[Edit]:
    return [
        Edit(part, tuple(before[i1:i2]), tuple(after[j1:j2]), (i1, i2), (j1, j2))
        for i1, i2, j1, j2 in align(before, after, share)
    ]


def _tables_edits(before: tuple[Grid, ...], after: tuple[Grid, ...]) -> list[Edit]:
    """Edits of tables that stand for one another, and tables removed and put in."""
    edits: list[Edit] = []
    for i1, i2, j1, j2 in align(before, after, _tables_alike):
        if i2 - i1 == j2 - j1 == 1:
            edits += _table_edits(i1 + 1, j1 + 1, before[i1], after[j1])
            continue
        edits += [
            Edit("table", _texts(before[i]), (), (i, i + 1), (j1, j1), number=i + 1)
            for i in range(i1, i2)
        ]
        edits += [
            Edit("table", (), _texts(after[j]), (i2, i2), (j, j + 1), new_number=j + 1)
            for j in range(j1, j2)
        ]
    return edits


def _tables_alike(before: Grid, after: Grid) -> float:
    """Tables are the same one while they keep half of their labels, whatever the numbers."""
    return share([row[0] for row in before if row], [row[0] for row in after if row])


def _table_edits(number: int, new_number: int, before: Grid, after: Grid) -> list[Edit]:
    """Edits of one table: cells of rows that stand for one another, else whole rows."""
    edits: list[Edit] = []
    for i1, i2, j1, j2 in align(before, after, _rows_alike):
        if i2 - i1 == j2 - j1 == 1 and len(before[i1]) == len(after[j1]):
            edits += [
                Edit("cell", (old,), (new,), (i1, c), (j1, c), "", number, new_number)
                for c, (old, new) in enumerate(zip(before[i1], after[j1], strict=True))
                if old != new
            ]
            continue
        old, new = _texts(before[i1:i2]), _texts(after[j1:j2])
        edits.append(Edit("rows", old, new, (i1, i2), (j1, j2), "", number, new_number))
    return edits


def _rows_alike(before: Row, after: Row) -> float:
    """A row is known by its label; one whose label changed, by its other cells."""
    labels = [cell for cell in before if not _is_number(cell)]
    if labels and labels == [cell for cell in after if not _is_number(cell)]:
        return 1.0
    return share(before, after) if len(before) == len(after) else 0.0


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] in "-—/"


def _texts(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple("\t".join(row) for row in rows)


def _rows(texts: Iterable[str]) -> list[Row]:
    return [tuple(text.split("\t")) for text in texts]


def apply_edits(content: Content, edits: Iterable[Edit]) -> Content:
    """``content`` after ``edits``; the inverse question to :func:`diff_contents`."""
    parts: dict[str, list[Edit]] = {}
    for edit in edits:
        parts.setdefault(edit.part, []).append(edit)
    metadata = dict(content.metadata)
    for edit in parts.get("metadata", ()):
        metadata.pop(edit.name, None)
        if edit.after:
            metadata[edit.name] = edit.after[0]
    return Content(
        title=parts["title"][0].after[0] if "title" in parts else content.title,
        metadata=metadata,
        sentences=_apply_sequence(content.sentences, parts.get("sentence", ())),
        tables=_apply_tables(content.tables, parts),
        attachments=_apply_sequence(content.attachments, parts.get("attachment", ())),
    )


def _last_first(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in the order in which applying one does not move the place of another."""
    return sorted(edits, key=lambda edit: (edit.at, edit.new_at), reverse=True)


def _apply_sequence(items: Sequence[str], edits: Iterable[Edit]) -> tuple[str, ...]:
    result = list(items)
    for edit in _last_first(edits):
        result[edit.at[0] : edit.at[1]] = edit.after
    return tuple(result)


def _apply_tables(tables: tuple[Grid, ...], parts: dict[str, list[Edit]]) -> tuple[Grid, ...]:
    result: list[list[Row]] = [list(grid) for grid in tables]
    for edit in parts.get("cell", ()):
        row, column = edit.at
        cells = list(result[edit.number - 1][row])
        cells[column] = edit.after[0]
        result[edit.number - 1][row] = tuple(cells)
    for edit in _last_first(parts.get("rows", ())):
        result[edit.number - 1][edit.at[0] : edit.at[1]] = _rows(edit.after)
    for edit in _last_first(parts.get("table", ())):
        result[edit.at[0] : edit.at[1]] = [_rows(edit.after)] if edit.new_number else []
    return tuple(tuple(grid) for grid in result)
