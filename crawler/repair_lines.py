"""The repairs of a reading as lines for people: before, after, exact or chosen.

This module decides how repairs, evidence and repaired text are printed and coloured.  It leaves
which repairs there are to ``parsers.mojibake`` and the rest of a reading to ``scrapy read``.
Characters that a terminal would obey or not show are printed as ``<U+200B>``.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from parsers.model import Document, Repair
from parsers.mojibake import OffsetMap

FEW = 20
"""So many repairs are listed one by one; more are grouped."""
_SHOWN = 6  # pairs shown of a group
_CONTEXT = 8  # characters either side of a repair
_LONGEST = 60  # characters shown of one side

_RED, _GREEN, _YELLOW, _DIM, _PLAIN = (f"\x1b[{code}m" for code in (31, 32, 33, 2, 0))


def show(text: str) -> str:
    """Return ``text`` with every character that has no shape of its own spelled out."""
    return "".join(char if _has_shape(char) else f"<U+{ord(char):04X}>" for char in text)


def _has_shape(char: str) -> bool:
    return char in " \u3000" or unicodedata.category(char)[0] not in "CZ"


def repair_lines(document: Document, *, colour: bool = False) -> Iterator[str]:
    """Yield the repairs: one by one where they are few, grouped by rule where they are many.

    Chosen repairs are always listed, with their margin.
    """
    repairs = document.repairs
    if len(repairs) <= FEW:
        for one in repairs:
            yield from _single(one, document.received, colour=colour)
        return
    exact = sorted((one for one in repairs if one.exact), key=lambda one: one.rule)
    for rule, group in groupby(exact, key=lambda one: one.rule):
        yield _grouped(rule, list(group), colour=colour)
    for one in repairs:
        if not one.exact:
            yield from _single(one, document.received, colour=colour)


def _grouped(rule: str, repairs: Sequence[Repair], *, colour: bool) -> str:
    counts = Counter((one.before, one.after) for one in repairs)
    shown = [
        _pair(before, after, _GREEN, colour=colour) + (f" x{count}" if count > 1 else "")
        for (before, after), count in counts.most_common(_SHOWN)
    ]
    more = len(counts) - len(shown)
    rest = f"; and {more} more" if more else ""
    return f"  {rule}, exact, x{len(repairs)}: {'; '.join(shown)}{rest}"


def _single(one: Repair, received: str, *, colour: bool) -> Iterator[str]:
    left = show(received[max(0, one.start - _CONTEXT) : one.start].rpartition("\n")[2])
    right = show(received[one.end : one.end + _CONTEXT].partition("\n")[0])
    pair = _pair(one.before, one.after, _GREEN if one.exact else _YELLOW, colour=colour)
    margin = "" if one.margin is None else f" by {one.margin:.1f}"
    how = "exact" if one.exact else f"chosen{margin}"
    around = _paint(f"in {left}|{right}", _DIM, colour=colour)
    yield f"  {one.rule}, {how}, at {one.start}: {pair}  {around}"


def _pair(before: str, after: str, ink: str, *, colour: bool) -> str:
    left = _paint(_side(before), _RED, colour=colour)
    return f"{left} → {_paint(_side(after), ink, colour=colour)}"


def _side(text: str) -> str:
    """Return one side of a repair, never empty and never long."""
    if not text:
        return "nothing"
    cut = show(text[:_LONGEST]) + ("…" if len(text) > _LONGEST else "")
    return cut if cut.strip() else f"“{cut}”"


def _paint(text: str, ink: str, *, colour: bool) -> str:
    return f"{ink}{text}{_PLAIN}" if colour and text else text


def text_lines(document: Document, *, colour: bool = False) -> Iterator[str]:
    """Yield the repaired text; in colour, exact repairs are green and chosen ones yellow."""
    pieces = _inked(document) if colour else [document.text]
    for line in "".join(pieces).split("\n"):
        yield f"  {line}" if colour else f"  {_spelled(line)}"


def _inked(document: Document) -> Iterable[str]:
    offsets, done = OffsetMap(document.repairs), 0
    for one in document.repairs:
        start, end = offsets.to_repaired(one.start), offsets.to_repaired(one.end)
        yield _spelled(document.text[done:start])
        inside = _spelled(document.text[start:end]).split("\n")
        yield "\n".join(
            _paint(part, _GREEN if one.exact else _YELLOW, colour=True) for part in inside
        )
        done = end
    yield _spelled(document.text[done:])


def _spelled(text: str) -> str:
    """Return ``text`` with its line ends and tabs, and everything else as ``show`` has it."""
    return "".join(char if char in "\n\t\xa0" or _has_shape(char) else show(char) for char in text)
