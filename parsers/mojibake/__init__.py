"""Undoes the known corruptions of a text and says what it undid.

This package decides which characters a damaged text meant.  Each mechanism of damage has a
module of its own that returns repairs in the received text; this module is their registry,
settles overlaps (an earlier mechanism wins), and maps offsets.  It leaves the decoding of
bytes to ``charset`` and the mapping of repairs onto blocks to ``document``.  A text without
damage comes back as it is, and quickly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from parsers.model import Finding, Repair, Repaired
from parsers.mojibake import (
    brands,
    losses,
    lost_byte,
    mirrors,
    misread,
    nbsp,
    odd_characters,
    over_converted,
    pinyin,
    references,
    shifted,
)
from parsers.mojibake.rereading import Budget

Mechanism = Callable[[str, Budget], tuple[list[Repair], list[Finding]]]


def _cheap(find_repairs: Callable[[str], tuple[list[Repair], list[Finding]]]) -> Mechanism:
    """Return a mechanism that bounds its own cost."""
    return lambda received, _: find_repairs(received)


MECHANISMS: tuple[Mechanism, ...] = (
    pinyin.find_repairs,
    _cheap(over_converted.find_repairs),
    lost_byte.find_repairs,
    shifted.find_repairs,
    misread.find_repairs,
    _cheap(references.find_repairs),
    _cheap(brands.find_repairs),
    _cheap(nbsp.find_repairs),
    _cheap(odd_characters.find_repairs),
)
"""Each finds the repairs of one kind of damage, in the order of their precedence."""

_MOST_PASSES = 8  # over a text that was damaged more than once
_MOST_STEPS = 1_000_000  # that one text is worth: about a microsecond each
_FEWEST_STEPS = 300_000
_STEPS_PER_CHARACTER = 40

MARKS = (brands.find_masks, mirrors.find_marks)
"""Each finds spans of the repaired text out of which no number may be read."""


def repair(received: str) -> Repaired:
    """Return the text meant, with the repairs that lead there from ``received``."""
    repairs, findings = _find_all(received)
    text = apply(received, repairs) if repairs else received
    lost = losses.find_losses(received)
    findings += lost
    masks = {*_spans_of(brands.RESTORED, repairs)}
    if lost or repairs:
        masks.update(losses.find_masks(text))
    for find_marks in MARKS:
        spans, doubts = find_marks(text)
        masks.update(spans)
        findings += doubts
    return Repaired(text, tuple(repairs), tuple(sorted(masks)), tuple(dict.fromkeys(findings)))


def _find_all(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return the repairs after which one more look finds nothing.

    A text that does not come to rest in so many looks, or at what one text is worth, stays as
    received: only so is a repaired text never repaired again.
    """
    text = received
    repairs: list[Repair] = []
    findings: list[Finding] = []
    worth = _steps_for(received)
    for _ in range(_MOST_PASSES):
        steps = _steps_for(text)
        budget = Budget(min(steps, worth))
        found, doubts = _find_repairs(text, budget)
        worth -= budget.spent
        if budget.is_spent and (found or budget.steps < steps):
            break
        if not found:
            unread = [losses.UNEXPLAINED] if budget.is_spent else []
            return repairs, [*findings, *doubts, *unread]
        findings += [one for one in doubts if one != losses.UNEXPLAINED]
        repairs = chain(received, repairs, found) if repairs else found
        text = apply(received, repairs)
    return [], [losses.UNEXPLAINED]


def _steps_for(text: str) -> int:
    return min(_MOST_STEPS, _FEWEST_STEPS + _STEPS_PER_CHARACTER * len(text))


def _find_repairs(received: str, budget: Budget) -> tuple[list[Repair], list[Finding]]:
    """Return what one look at a text finds, an earlier mechanism before a later one."""
    repairs: list[Repair] = []
    findings: list[Finding] = []
    for find_repairs in MECHANISMS:
        found, doubts = find_repairs(received, budget)
        repairs = _merge(repairs, found) if repairs else found
        findings += doubts
    return repairs, findings


def _spans_of(rule: str, repairs: Sequence[Repair]) -> list[tuple[int, int]]:
    """Return where the repairs of one rule stand in the repaired text."""
    if not any(one.rule == rule for one in repairs):
        return []
    move = OffsetMap(repairs).to_repaired
    return [(move(one.start), move(one.end)) for one in repairs if one.rule == rule]


def _merge(repairs: list[Repair], found: list[Repair]) -> list[Repair]:
    """Add the repairs that touch none of those already there."""
    taken = sorted(repairs, key=lambda repair: repair.start)
    starts = [repair.start for repair in taken]
    for repair in found:
        before = bisect_right(starts, repair.start) - 1
        clear_left = before < 0 or taken[before].end <= repair.start
        clear_right = before + 1 == len(taken) or repair.end <= taken[before + 1].start
        if clear_left and clear_right:
            taken.insert(before + 1, repair)
            starts.insert(before + 1, repair.start)
    return taken


def chain(received: str, repairs: Sequence[Repair], again: Sequence[Repair]) -> list[Repair]:
    """Return the repairs that do at once what ``repairs`` and then ``again`` do.

    Those that touch the same characters become one.
    """
    text = apply(received, repairs)
    offsets = OffsetMap(repairs)
    steps = [_Step(*offsets.span(at), one, None) for at, one in enumerate(repairs)]
    steps += [_Step(one.start, one.end, None, one) for one in again]
    groups: list[list[_Step]] = []
    end = -1
    for step in sorted(steps, key=lambda step: (step.start, step.end)):
        touches = step.start < end or (step.start == end and step.start == step.end)
        if groups and (touches or (step.start == end and groups[-1][-1].start == end)):
            groups[-1].append(step)
        else:
            groups.append([step])
        end = max(end, step.end)
    joined = (_join(received, text, offsets, group) for group in groups)
    return [one for one in joined if one.before != one.after]


class _Step(NamedTuple):
    """A repair by the text between the two looks: its result, or what it works on."""

    start: int
    end: int
    first: Repair | None
    second: Repair | None


def _join(received: str, text: str, offsets: OffsetMap, group: Sequence[_Step]) -> Repair:
    firsts = [step.first for step in group if step.first]
    seconds = [step.second for step in group if step.second]
    if not seconds and len(firsts) == 1:
        return firsts[0]
    starts = [one.start for one in firsts] + [offsets.to_received(one.start) for one in seconds]
    ends = [one.end for one in firsts] + [offsets.to_received(one.end) for one in seconds]
    left, right = min(step.start for step in group), max(step.end for step in group)
    moved = [replace(one, start=one.start - left, end=one.end - left) for one in seconds]
    every = (*firsts, *seconds)
    margins = [one.margin for one in every if one.margin is not None]
    return Repair(
        min(starts),
        max(ends),
        received[min(starts) : max(ends)],
        apply(text[left:right], moved),
        "+".join(dict.fromkeys(one.rule for one in every)),
        all(one.exact for one in every),
        min(margins, default=None),
    )


def apply(received: str, repairs: Sequence[Repair]) -> str:
    """Return ``received`` with every repair made."""
    pieces, done = [], 0
    for one in repairs:
        pieces += [received[done : one.start], one.after]
        done = one.end
    return "".join([*pieces, received[done:]])


def undo(text: str, repairs: Sequence[Repair]) -> str:
    """Return the received text that ``repairs`` turned into ``text``."""
    pieces, done, grown = [], 0, 0
    for one in repairs:
        start = one.start + grown
        pieces += [text[done:start], one.before]
        done = start + len(one.after)
        grown += len(one.after) - len(one.before)
    return "".join([*pieces, text[done:]])


class OffsetMap:
    """Offsets between a received text and its repaired form.

    A repair is one step: an offset inside it maps to its start, its end to its end.  Both
    directions keep the order of offsets, so the ends of a span never cross.
    """

    def __init__(self, repairs: Sequence[Repair]) -> None:
        grown = 0
        self._received: list[tuple[int, int]] = []
        self._repaired: list[tuple[int, int]] = []
        for one in repairs:
            start = one.start + grown
            self._received.append((one.start, one.end))
            self._repaired.append((start, start + len(one.after)))
            grown += len(one.after) - len(one.before)
        self._received_starts = [start for start, _ in self._received]
        self._repaired_starts = [start for start, _ in self._repaired]

    def to_repaired(self, received_offset: int) -> int:
        """Return the offset in the repaired text."""
        at = bisect_right(self._received_starts, received_offset) - 1
        return _map(received_offset, at, self._received, self._repaired)

    def span(self, at: int) -> tuple[int, int]:
        """Return where a repair's result stands in the repaired text."""
        return self._repaired[at]

    def to_received(self, offset: int) -> int:
        """Return the offset in the received text."""
        at = bisect_right(self._repaired_starts, offset) - 1
        return _map(offset, at, self._repaired, self._received)


def _map(offset: int, at: int, own: list[tuple[int, int]], other: list[tuple[int, int]]) -> int:
    if at < 0:
        return offset
    if offset < own[at][1]:
        return other[at][0]
    return other[at][1] + offset - own[at][1]
