"""Undoes machine conversion to annotated traditional Chinese: 經(jīng)濟(jì) was 经济.

This module decides whether a page is damaged so, and records each repair; the reading of
byte-damaged lines is left to ``lattice``.  A page is touched only where several different
characters carry their reading, carry it every time, differ from their simplified form, and
are a small part of the text: a pinyin lesson, a traditional page or English in brackets
fails at least one of these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from parsers.model import Finding, Repair
from parsers.mojibake import language_model
from parsers.mojibake.characters import (
    first_simplified,
    may_have_reading,
    simplified_forms,
)
from parsers.mojibake.lattice import ANNOTATION, REPLACEMENT, Step, read_line

_FEWEST_KINDS = 3
_LARGEST_SHARE = 0.4
_FEWEST_CONSISTENT = 0.8
_CLOSE = 1.0  # nats
_MOST_LOSSES = 500  # question marks of a page that are worth the search; a real page has 20
_NEAR = 8  # characters that bear on a choice
# 表?yè)P(yáng) · ㄒ唬┕ · U+E0A6 · €(gè): what decoding out of step leaves behind
_OUT_OF_STEP = re.compile("[?€\u3105-\u312f\u2500-\u25ff\ue000-\uf8ff]")
_HALF_WIDTH = str.maketrans("，（）：；！？％\u3000", ",():;!?% ")


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return the repairs of a page that was converted and annotated by machine."""
    if not _is_annotated(received):
        return [], []
    fold = received.count(",") >= received.count("，")
    repairs: list[Repair] = []
    unread = at = 0
    budget = _MOST_LOSSES
    for line in received.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        budget -= body.count("?")
        steps = _read_steps(body) if budget >= 0 else None
        if steps is None:
            unread += 1
            steps = _plain_steps(body)
        repairs += _line_repairs(body, at, steps, fold=fold)
        at += len(line)
    return repairs, _findings(repairs, unread)


def _is_annotated(text: str) -> bool:
    notes = ANNOTATION.findall(text) if "(" in text else []
    if len(notes) < _FEWEST_KINDS:
        return False
    noted: Counter[str] = Counter()
    forms = simplified_forms()
    for note in ANNOTATION.finditer(text):
        char = text[note.start() - 1] if note.start() else ""
        if "\u4e00" <= char <= "\u9fff" and may_have_reading(char, note[1]):
            noted[char] += 1
    converted = {char: count for char, count in noted.items() if char in forms}
    if len(converted) < _FEWEST_KINDS or len(converted) < 0.9 * len(noted):
        return False
    times = sum(converted.values())
    ideographs = sum(1 for char in text if "\u4e00" <= char <= "\u9fff")
    if times > _LARGEST_SHARE * ideographs:
        return False
    return times >= _FEWEST_CONSISTENT * sum(text.count(char) for char in converted)


def _read_steps(line: str) -> list[Step] | None:
    if _is_byte_damaged(line):
        return read_line(line)
    return _plain_steps(line)


def _is_byte_damaged(line: str) -> bool:
    if _OUT_OF_STEP.search(line):
        return True
    return any(
        note.start() == 0 or not may_have_reading(line[note.start() - 1], note[1])
        for note in ANNOTATION.finditer(line)
    )


def _plain_steps(line: str) -> list[Step]:
    """Read a line whose characters are in step: only annotations are dropped."""
    steps: list[Step] = []
    done = 0
    for note in ANNOTATION.finditer(line):
        start = note.start()
        if start and may_have_reading(line[start - 1], note[1]):
            steps += [Step(None, line[at], at, at + 1) for at in range(done, start)]
            steps.append(Step(None, "", start, note.end()))
            done = note.end()
    return steps + [Step(None, line[at], at, at + 1) for at in range(done, len(line))]


def _line_repairs(line: str, offset: int, steps: list[Step], *, fold: bool) -> Iterator[Repair]:
    """Yield the repairs that turn ``line`` into the simplified text of its steps."""
    # An annotation may lie inside the character it split: that one comes first.
    pieces = sorted(_simplify(line, steps), key=lambda piece: piece.start)
    pieces = _clip_cut_characters(pieces)
    changed = [piece for piece in pieces if line[piece.start : piece.end] != piece.after]
    for piece in _join(changed):
        before = line[piece.start : piece.end]
        in_step = piece.rule in _IN_STEP_RULES
        after = piece.after.translate(_HALF_WIDTH) if fold and not in_step else piece.after
        if before != after:
            start, end = offset + piece.start, offset + piece.end
            yield Repair(start, end, before, after, piece.rule, piece.exact, piece.margin)


class _Piece(NamedTuple):
    """A stretch of the received line, and what it becomes."""

    start: int
    end: int
    after: str
    rule: str
    exact: bool = True
    margin: float | None = None


# From weakest to strongest: joined pieces carry the strongest of their rules.
_RULES = (
    "traditional_to_simplified",
    "pinyin_annotation",
    "shifted_run",
    "straddled_annotation",
    "lost_byte",
)
_IN_STEP_RULES = frozenset(_RULES[:2])


def _simplify(line: str, steps: list[Step]) -> list[_Piece]:
    """Return one piece for each step, its character in simplified form."""
    text = "".join(step.char for step in steps)
    forms = simplified_forms()
    simple = list(text.translate(first_simplified()))
    pieces = []
    at = 0
    for step in steps:
        if not step.char:
            pieces.append(_Piece(step.start, step.end, "", "pinyin_annotation"))
            continue
        margins = []
        candidates = forms.get(step.char, step.char)
        near = "".join(simple[max(0, at - _NEAR) : at]), "".join(simple[at + 1 : at + 1 + _NEAR])
        if len(candidates) > 1:
            simple[at], margin = language_model.choose(near[0], candidates, near[1])
            margins.append(margin)
        rule = _step_rule(line, step)
        if step.lost and len(rivals := _rivals(step)) > 1:
            margins.append(language_model.lead(near[0], rivals, near[1]))
        margin_or_none = min(margins) if margins else None
        pieces.append(_Piece(step.start, step.end, simple[at], rule, not margins, margin_or_none))
        at += 1
    return pieces


def _rivals(step: Step) -> str:
    """Return the character read, then the others that its lost byte could have made."""
    table = first_simplified()
    candidates = step.lost.candidates if step.lost else ()
    own = step.char.translate(table)
    return own + "".join({char.translate(table) for char in candidates} - {own})


def _step_rule(line: str, step: Step) -> str:
    if step.lost:
        return step.lost.rule
    in_step = step.end - step.start == 1 and line[step.start] == step.char
    return "traditional_to_simplified" if in_step else "shifted_run"


def _clip_cut_characters(pieces: list[_Piece]) -> list[_Piece]:
    """Give a cut character its ``?`` alone, and the ``。`` after it to the run it opens."""
    clipped = list(pieces)
    for at, (piece, following) in enumerate(pairwise(pieces)):
        if piece.rule == "lost_byte" and piece.start < following.start < piece.end:
            clipped[at] = piece._replace(end=following.start)
    return clipped


def _join(pieces: list[_Piece]) -> list[_Piece]:
    """Join the pieces that share received characters, and runs of exact conversions."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and (piece.start < last.end or _continue_conversion(last, piece)):
            margins = [margin for margin in (last.margin, piece.margin) if margin is not None]
            joined[-1] = _Piece(
                min(last.start, piece.start),
                max(last.end, piece.end),
                last.after + piece.after,
                max(last.rule, piece.rule, key=_RULES.index),
                last.exact and piece.exact,
                min(margins) if margins else None,
            )
        else:
            joined.append(piece)
    return joined


def _continue_conversion(last: _Piece, piece: _Piece) -> bool:
    converted = last.rule == piece.rule == "traditional_to_simplified"
    return converted and last.exact and piece.exact and last.end == piece.start


def _findings(repairs: list[Repair], unread: int) -> list[Finding]:
    findings = [
        Finding(
            "machine_converted",
            "warning",
            "the page was converted to traditional characters and annotated by a machine; "
            f"{len(repairs)} places were read back",
        )
    ]
    close = [repair for repair in repairs if repair.margin is not None and repair.margin < _CLOSE]
    if close:
        places = ", ".join(f"{repair.before!r} as {repair.after!r}" for repair in close[:5])
        message = f"{len(close)} repairs have a rival almost as likely: {places}"
        findings.append(Finding("close_repair", "notice", message))
    eaten = sum(REPLACEMENT in repair.after for repair in repairs)
    if eaten:
        message = f"{eaten} characters went with a broken neighbour and cannot be read back"
        findings.append(Finding("swallowed_character", "warning", message))
    if unread:
        message = f"{unread} lines hold damage that no reading explains; they stay as received"
        findings.append(Finding("unexplained_damage", "warning", message))
    return findings
