"""What differs between two contents of a document.

``diff_contents`` gives edits: each is one place (title, a metadata id, a sentence, a cell, a
table, an attachment) with what stood there before and after.  Applying them to the first
content gives the second (``apply_edits``).  ``name_changes`` says what an edit means: an edit of
a cell or sentence whose statistic changed is a change of that field.  When a change happened
and whether it is the source's or the parser's is left to ``store``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.revision import Content

ChangeKind = Literal["field", "text", "cell", "metadata", "attachment", "status"]
Grid = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference.  ``part`` and ``at`` say where; sequences use positions in the first content.

    ``at`` is ``(start, end)`` of the replaced sentences, attachments or table rows, or
    ``(row, column)`` of one cell.  ``number`` is the 1-based table number.
    """

    part: Literal["title", "metadata", "sentence", "cell", "rows", "table", "attachment"]
    before: tuple[str, ...]
    after: tuple[str, ...]
    at: tuple[int, int] = (0, 0)
    name: str = ""
    number: int = 0
    new_at: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference as a reader sees it: kind, what it is about, before and after."""

    kind: ChangeKind
    item: str
    place: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Printed:
    """A statistic as far as a diff needs it: where it stands and what it printed."""

    field: str
    source: str
    ordinal: int
    raw: str
    row: int | None
    col: int | None
    quote: str


def _sequence_edits(
    part: Literal["sentence", "attachment"], before: Sequence[str], after: Sequence[str]
) -> list[Edit]:
    """Edits between two sequences; equally long replacements become one edit per item."""
    edits: list[Edit] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if i2 - i1 == j2 - j1:
            edits.extend(
                Edit(part, (before[i],), (after[j],), (i, i + 1), new_at=(j, j + 1))
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            )
        else:
            edits.append(
                Edit(part, tuple(before[i1:i2]), tuple(after[j1:j2]), (i1, i2), new_at=(j1, j2))
            )
    return edits


def _row_text(row: tuple[str, ...]) -> str:
    return "\t".join(row)


def _table_edits(number: int, before: Grid, after: Grid) -> list[Edit]:
    """Edits of one table: cells where the shape is the same, else whole rows."""
    if [len(row) for row in before] == [len(row) for row in after]:
        return [
            Edit("cell", (old,), (new,), (r, c), number=number, new_at=(r, c))
            for r, (old_row, new_row) in enumerate(zip(before, after, strict=True))
            for c, (old, new) in enumerate(zip(old_row, new_row, strict=True))
            if old != new
        ]
    edits: list[Edit] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            old = tuple(_row_text(row) for row in before[i1:i2])
            new = tuple(_row_text(row) for row in after[j1:j2])
            edits.append(Edit("rows", old, new, (i1, i2), number=number, new_at=(j1, j2)))
    return edits


def _tables_edits(before: tuple[Grid, ...], after: tuple[Grid, ...]) -> list[Edit]:
    """Edits of tables paired by their number; surplus tables are added or removed whole."""
    edits: list[Edit] = []
    for index in range(max(len(before), len(after))):
        old = before[index] if index < len(before) else None
        new = after[index] if index < len(after) else None
        if old is not None and new is not None:
            edits.extend(_table_edits(index + 1, old, new))
        else:
            edits.append(
                Edit(
                    "table",
                    tuple(_row_text(row) for row in old or ()),
                    tuple(_row_text(row) for row in new or ()),
                    name="removed" if new is None else "added",
                    number=index + 1,
                )
            )
    return edits


def diff_contents(before: Content, after: Content) -> tuple[Edit, ...]:
    """The edits that turn ``before`` into ``after``; empty when they are equal."""
    edits: list[Edit] = []
    if before.title != after.title:
        edits.append(Edit("title", (before.title,), (after.title,)))
    for name in sorted(before.metadata.keys() | after.metadata.keys()):
        old, new = before.metadata.get(name), after.metadata.get(name)
        if old != new:
            edits.append(
                Edit(
                    "metadata",
                    () if old is None else (old,),
                    () if new is None else (new,),
                    name=name,
                )
            )
    edits.extend(_sequence_edits("sentence", before.sentences, after.sentences))
    edits.extend(_tables_edits(before.tables, after.tables))
    edits.extend(_sequence_edits("attachment", before.attachments, after.attachments))
    return tuple(edits)


def _apply_sequence(items: Sequence[str], edits: Iterable[Edit]) -> tuple[str, ...]:
    result = list(items)
    for edit in sorted(edits, key=lambda e: (e.at, e.new_at), reverse=True):
        result[edit.at[0] : edit.at[1]] = edit.after
    return tuple(result)


def _apply_tables(tables: tuple[Grid, ...], edits: Sequence[Edit]) -> tuple[Grid, ...]:
    result: list[list[tuple[str, ...]]] = [list(grid) for grid in tables]
    for edit in edits:
        if edit.part == "cell":
            row = list(result[edit.number - 1][edit.at[0]])
            row[edit.at[1]] = edit.after[0]
            result[edit.number - 1][edit.at[0]] = tuple(row)
    for edit in sorted((e for e in edits if e.part == "rows"), key=lambda e: e.at, reverse=True):
        rows = [tuple(text.split("\t")) for text in edit.after]
        result[edit.number - 1][edit.at[0] : edit.at[1]] = rows
    whole = sorted((e for e in edits if e.part == "table"), key=lambda e: e.number)
    result.extend(
        [tuple(text.split("\t")) for text in edit.after] for edit in whole if edit.name == "added"
    )
    for edit in reversed(whole):
        if edit.name == "removed":
            del result[edit.number - 1]
    return tuple(tuple(grid) for grid in result)


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
    tables = [*parts.get("cell", ()), *parts.get("rows", ()), *parts.get("table", ())]
    return Content(
        title=parts["title"][0].after[0] if "title" in parts else content.title,
        metadata=metadata,
        sentences=_apply_sequence(content.sentences, parts.get("sentence", ())),
        tables=_apply_tables(content.tables, tables),
        attachments=_apply_sequence(content.attachments, parts.get("attachment", ())),
    )


def _joined(texts: tuple[str, ...]) -> str | None:
    return "\n".join(texts) if texts else None


def _place(edit: Edit) -> str:
    """A short, stable name of where the edit stands: ``table1:r3c2``, ``sentence:12``."""
    if edit.part == "cell":
        return f"table{edit.number}:r{edit.at[0]}c{edit.at[1]}"
    if edit.part == "rows":
        return f"table{edit.number}:r{edit.at[0]}"
    if edit.part == "table":
        return f"table{edit.number}"
    if edit.part in ("sentence", "attachment"):
        return f"{edit.part}:{edit.at[0]}"
    return edit.name or edit.part


def _changed_statistics(
    before: Sequence[Printed], after: Sequence[Printed]
) -> tuple[Mapping[tuple[str, int, int], str], list[tuple[Printed, Printed]]]:
    """Fields of changed table cells by (source, row, col), and changed narrative pairs."""
    old = {(s.field, s.source, s.ordinal): s for s in before}
    cells: dict[tuple[str, int, int], str] = {}
    narrative: list[tuple[Printed, Printed]] = []
    for new in after:
        was = old.get((new.field, new.source, new.ordinal))
        if was is None or was.raw == new.raw:
            continue
        if new.row is not None and new.col is not None:
            cells[new.source, new.row, new.col] = new.field
        else:
            narrative.append((was, new))
    return cells, narrative


def name_changes(
    edits: Sequence[Edit], before: Sequence[Printed], after: Sequence[Printed]
) -> tuple[Change, ...]:
    """The changes that ``edits`` mean, given the statistics on either side.

    A sentence whose only difference is the printed form of a changed statistic is a change of
    that field; if other words differ too, it is a change of text as well.
    """
    cells, narrative = _changed_statistics(before, after)
    changes: list[Change] = []
    for edit in edits:
        place, old, new = _place(edit), _joined(edit.before), _joined(edit.after)
        if edit.part == "cell":
            field = cells.get((f"table{edit.number}", *edit.at))
            kind: ChangeKind = "field" if field else "cell"
            changes.append(Change(kind, field or f"table{edit.number}", place, old, new))
        elif edit.part in ("rows", "table"):
            changes.append(Change("cell", f"table{edit.number}", place, old, new))
        elif edit.part == "sentence":
            changes.extend(_name_sentence(place, old, new, narrative))
        elif edit.part == "attachment":
            changes.append(Change("attachment", "attachment", place, old, new))
        else:
            changes.append(Change("metadata", edit.name or "title", place, old, new))
    return tuple(changes)


def _name_sentence(
    place: str, old: str | None, new: str | None, narrative: Sequence[tuple[Printed, Printed]]
) -> list[Change]:
    """The changes of one sentence edit: fields that changed in it, and other words."""
    if old is None or new is None:
        return [Change("text", "text", place, old, new)]
    changes: list[Change] = []
    explained = old
    for was, now in narrative:
        if was.raw in old and now.raw in new and was.raw in explained:
            explained = explained.replace(was.raw, now.raw, 1)
            changes.append(Change("field", was.field, place, was.raw, now.raw))
    if explained != new:
        changes.append(Change("text", "text", place, old, new))
    return changes
