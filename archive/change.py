"""What the edits of a report mean to its reader.

``name_changes`` decides of what each edit is a change (a statistic's field, the text, a cell,
the metadata, an attachment) and of which nature; ``find_runs`` shows inside a sentence which
words or whole numbers differ.  When it happened and why is left to ``ledger``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from archive.diff import Edit
from parsers.model import Number
from parsers.mojibake.characters import may_have_reading, usual_reading

ChangeKind = Literal["field", "text", "cell", "metadata", "attachment", "status"]
Nature = Literal["number", "wording", "typo", "formatting", "added", "removed", "moved", "status"]
# "1,234.5", "12%", "GB", then any other character by itself
_TOKEN = re.compile(r"\d[\d,，.．]*[%％]?|[A-Za-z]+|.", re.DOTALL)
# "&nbsp;", "&amp;bsp;" and what is left of them; white space
_NO_TEXT = re.compile(r"&(?:amp;)?[a-z]{1,6};|\s+")
# "的的"
_DOUBLED = re.compile(r"([^\W\d])\1")
_LONGEST_TYPO = 4  # characters
_LEAST_MOVED = 8  # characters; "特此报告。" may stand anywhere twice


@dataclass(frozen=True, slots=True)
class Change:
    """One difference as a reader sees it: kind, what it is about, before and after.

    ``difference`` is the new value less the old one, where both are numbers of one unit.
    """

    kind: ChangeKind
    item: str
    place: str
    before: str | None
    after: str | None
    nature: Nature = "wording"
    difference: Number | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """A statistic as far as a change needs it: where it stands and what it printed."""

    field: str
    source: str
    ordinal: int
    raw: str
    row: int | None
    col: int | None
    quote: str
    value: Number | None = None
    unit: str | None = None


class Run(NamedTuple):
    """A stretch of a sentence: the same on both sides, or what stood before and after."""

    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Whether nothing differs here."""
        return self.before == self.after


def find_runs(before: str, after: str) -> list[Run]:
    """The stretches of two texts in order, whole numbers and Latin words never cut."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    runs = [
        Run("".join(old[i1:i2]), "".join(new[j1:j2])) for _, i1, i2, j1, j2 in matcher.get_opcodes()
    ]
    return _join_runs(runs)


def _join_runs(runs: Sequence[Run]) -> list[Run]:
    """The runs with a lone character between two differences counted to them: a word changed."""
    joined: list[Run] = []
    for place, run in enumerate(runs):
        is_joint = 0 < place < len(runs) - 1 and len(run.before) == 1 and run.before.isalpha()
        if joined and not joined[-1].is_same and (is_joint or not run.is_same):
            last = joined.pop()
            joined.append(Run(last.before + run.before, last.after + run.after))
        else:
            joined.append(run)
    return joined


def nature_of(before: str | None, after: str | None) -> Nature:
    """What kind of rewriting turns one text into another."""
    if _plain(before or "") == _plain(after or ""):
        return "formatting"
    if before is None or after is None:
        return "added" if before is None else "removed"
    if _DOUBLED.sub(r"\1", before) == _DOUBLED.sub(r"\1", after):
        return "typo"
    runs = [run for run in find_runs(before, after) if not run.is_same]
    if all(_is_number(run.before) and _is_number(run.after) for run in runs):
        return "number"
    return "typo" if all(_is_typo(run) for run in runs) else "wording"


def _plain(text: str) -> str:
    """A text without white space, leavings of markup and the width of its signs."""
    return _NO_TEXT.sub("", unicodedata.normalize("NFKC", text))


def _is_number(text: str) -> bool:
    return text[:1].isdigit()


def _is_typo(run: Run) -> bool:
    """Whether only signs differ, characters changed places, or they sound the same."""
    old, new = ("".join(filter(str.isalnum, side)) for side in run)
    if old == new:
        return True
    if any(map(str.isdigit, old + new)) or len(old) != len(new) or len(old) > _LONGEST_TYPO:
        return False
    return sorted(old) == sorted(new) or all(map(_sound_alike, old, new))


def _sound_alike(one: str, other: str) -> bool:
    reading = usual_reading(one)
    return one == other or bool(reading and may_have_reading(other, reading))


def name_changes(
    edits: Sequence[Edit], before: Sequence[Printed], after: Sequence[Printed]
) -> tuple[Change, ...]:
    """The changes that ``edits`` mean, given the statistics on either side.

    A cell or sentence whose only difference is the printed form of a changed statistic is a
    change of that field; if other words differ too, it is a change of text as well.  A sentence
    that is gone in one place and there in another has moved.
    """
    cells, told = _changed_statistics(before, after)
    changes: list[Change] = []
    for edit in edits:
        place, old, new = _place(edit), _joined(edit.before), _joined(edit.after)
        if edit.part == "cell":
            pair = cells.get((f"table{edit.new_number}", *edit.new_at))
            changes.append(_name_cell(edit, place, pair))
        elif edit.part in ("rows", "table"):
            item = f"table{edit.number or edit.new_number}"
            changes.append(Change("cell", item, place, old, new, nature_of(old, new)))
        elif edit.part == "sentence":
            changes += _name_sentence(place, old, new, told)
        else:
            item = edit.name or ("attachment" if edit.part == "attachment" else "title")
            kind: ChangeKind = "attachment" if edit.part == "attachment" else "metadata"
            changes.append(Change(kind, item, place, old, new, nature_of(old, new)))
    return tuple(_find_moves(changes))


def _changed_statistics(
    before: Sequence[Printed], after: Sequence[Printed]
) -> tuple[Mapping[tuple[str, int, int], tuple[Printed, Printed]], list[tuple[Printed, Printed]]]:
    """Changed table cells by (source, row, col) of today, and changed narrative pairs.

    A statistic is known by its field; the number of its table may have changed.  One printed in
    other words with the same value ("无", "未发生") has not changed.
    """
    old = {_identity(one): one for one in before}
    cells: dict[tuple[str, int, int], tuple[Printed, Printed]] = {}
    told: list[tuple[Printed, Printed]] = []
    for new in after:
        was = old.get(_identity(new))
        if was is None or was.raw == new.raw or (was.value == new.value is not None):
            continue
        if new.row is not None and new.col is not None:
            cells[new.source, new.row, new.col] = was, new
        else:
            told.append((was, new))
    return cells, told


def _identity(one: Printed) -> tuple[str, bool, int]:
    return one.field, one.row is None, one.ordinal


def _name_cell(edit: Edit, place: str, pair: tuple[Printed, Printed] | None) -> Change:
    (old,), (new,) = edit.before, edit.after
    if pair is None:
        return Change("cell", f"table{edit.number}", place, old, new, nature_of(old, new))
    return replace(_name_field(place, *pair), before=old, after=new)


def _name_field(place: str, was: Printed, now: Printed) -> Change:
    difference = None
    if was.value is not None and now.value is not None and was.unit == now.unit:
        difference = now.value - was.value
    return Change("field", now.field, place, was.raw, now.raw, "number", difference)


def _name_sentence(
    place: str, old: str | None, new: str | None, told: Sequence[tuple[Printed, Printed]]
) -> list[Change]:
    """The changes of one sentence edit: fields that changed in it, and other words."""
    changes: list[Change] = []
    explained = old
    if old is not None and new is not None:
        for was, now in told:
            if explained and was.raw in explained and was.raw in old and now.raw in new:
                explained = explained.replace(was.raw, now.raw, 1)
                changes.append(_name_field(place, was, now))
    if explained != new:
        changes.append(Change("text", "text", place, old, new, nature_of(explained, new)))
    return changes


def _find_moves(changes: Sequence[Change]) -> list[Change]:
    """The changes with a text removed here and added there, word for word, as one move."""
    gone = {c.before: c for c in changes if c.kind == "text" and c.nature == "removed"}
    new = {c.after: c for c in changes if c.kind == "text" and c.nature == "added"}
    moved = {text for text in gone if text in new and len(text or "") >= _LEAST_MOVED}
    kept: list[Change] = []
    for change in changes:
        if change.kind == "text" and change.nature == "removed" and change.before in moved:
            to = new[change.before]
            place = f"{change.place}>{to.place}"
            kept.append(replace(change, place=place, after=to.after, nature="moved"))
        elif not (change.kind == "text" and change.nature == "added" and change.after in moved):
            kept.append(change)
    return kept


def _joined(texts: tuple[str, ...]) -> str | None:
    return "\n".join(texts) if texts else None


def _place(edit: Edit) -> str:
    """A short, stable name of where the edit stands: ``table1:r3c2``, ``sentence:12``."""
    number = edit.number or edit.new_number
    if edit.part == "cell":
        return f"table{number}:r{edit.at[0]}c{edit.at[1]}"
    if edit.part == "rows":
        return f"table{number}:r{edit.at[0]}"
    if edit.part == "table":
        return f"table{number}"
    if edit.part in ("sentence", "attachment"):
        return f"{edit.part}:{edit.at[0]}"
    return edit.name or edit.part
