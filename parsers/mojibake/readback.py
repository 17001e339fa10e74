"""Turns what a line was read to mean into repairs of the line as received.

This module decides the form of each character meant (simplified, by its context), what is
exact and what was chosen, and that a choice without a clear lead stays U+FFFD.  The reading
itself is left to ``lattice``, the decision that a page is damaged to the mechanisms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from parsers.model import Finding, Repair
from parsers.mojibake import language_model
from parsers.mojibake.characters import first_simplified, simplified_forms
from parsers.mojibake.lattice import Step
from parsers.mojibake.rereading import REPLACEMENT

LEAST_MARGIN = 1.0
"""Nats by which a choice for a lost byte must lead; below, the character stays U+FFFD."""

_CLOSE = 3.0  # nats
_NEAR = 4  # characters that bear on a choice
_MOST_RIVALS = 8  # of a hundred, the ones that fit their neighbours at all
_HALF_WIDTH = str.maketrans("，（）：；！？％\u3000", ",():;!?% ")

# From weakest to strongest: joined pieces carry the strongest of their rules.
_RULES = (
    "traditional_to_simplified",
    "pinyin_annotation",
    "shifted_run",
    "straddled_annotation",
    "lost_byte",
)
_IN_STEP_RULES = frozenset(_RULES[:2])


class _Piece(NamedTuple):
    """A stretch of the received line, and what it becomes."""

    start: int
    end: int
    after: str
    rule: str
    exact: bool = True
    margin: float | None = None


def repair_line(
    line: str, offset: int, steps: Iterable[Step], *, fold: bool, simplify: bool = True
) -> Iterator[Repair]:
    """Yield the repairs that turn ``line``, which stands at ``offset``, into its steps' text.

    ``fold`` gives half-width signs inside shifted runs, as the page has them elsewhere;
    without ``simplify`` characters keep their traditional forms.
    """
    # An annotation may lie inside the character it split: that one comes first.
    pieces = sorted(_pieces(line, list(steps), simplify=simplify), key=lambda piece: piece.start)
    pieces = _clip_cut_characters(pieces)
    changed = [piece for piece in pieces if line[piece.start : piece.end] != piece.after]
    for piece in _join(changed):
        before = line[piece.start : piece.end]
        in_step = piece.rule in _IN_STEP_RULES
        after = piece.after.translate(_HALF_WIDTH) if fold and not in_step else piece.after
        if before != after:
            start, end = offset + piece.start, offset + piece.end
            yield Repair(start, end, before, after, piece.rule, piece.exact, piece.margin)


@cache
def _ambiguous() -> re.Pattern[str]:
    """Match the traditional characters that are simplified in more than one way."""
    return re.compile(
        f"[{''.join(char for char, to in simplified_forms().items() if len(to) > 1)}]"
    )


@cache
def _traditional() -> re.Pattern[str]:
    """Match the characters that have a simplified form."""
    return re.compile(f"[{''.join(simplified_forms())}]")


def _pieces(line: str, steps: list[Step], *, simplify: bool) -> Iterator[_Piece]:
    """Yield a piece for each place that may change."""
    text = "".join(step.text for step in steps)
    forms = simplified_forms() if simplify else {}
    simple = list(text.translate(first_simplified())) if simplify else list(text)
    simple.append("\n")
    chosen: dict[int, float] = {}
    for found in _ambiguous().finditer(text) if simplify else ():
        at = found.start()
        before, after = _neighbours(simple, at)
        simple[at], chosen[at] = _choose_form(before, forms[found[0]], after)
    at = 0
    for step in steps:
        if not step.text:
            yield _Piece(step.start, step.end, "", "pinyin_annotation")
        elif line[step.start : step.end] == step.text and not step.lost:
            if simplify:
                yield from _run_pieces(step, at, simple, chosen)
        else:
            yield _piece(step, at, simple, chosen.get(at))
        at += len(step.text)


def _neighbours(simple: list[str], at: int) -> tuple[str, str]:
    return "".join(simple[max(0, at - _NEAR) : at]), "".join(simple[at + 1 : at + 1 + _NEAR])


@lru_cache(maxsize=1 << 12)
def _choose_form(before: str, forms: str, after: str) -> tuple[str, float]:
    return language_model.choose(before, forms, after)


def _run_pieces(
    step: Step, at: int, simple: list[str], chosen: dict[int, float]
) -> Iterator[_Piece]:
    """Yield a piece for each traditional character of a run in step."""
    for found in _traditional().finditer(step.text):
        place = found.start()
        margin = chosen.get(at + place)
        start = step.start + place
        rule = "traditional_to_simplified"
        yield _Piece(start, start + 1, simple[at + place], rule, margin is None, margin)


def _piece(step: Step, at: int, simple: list[str], form_margin: float | None) -> _Piece:
    """Return the piece of a single character."""
    margins = [] if form_margin is None else [form_margin]
    if step.lost and len(rivals := _rivals(step, simple[at])) > 1:
        before, after = _neighbours(simple, at)
        lead = _lead(before, rivals, after)
        margins.append(lead)
        if lead < LEAST_MARGIN:
            simple[at] = REPLACEMENT
    margin = min(margins) if margins else None
    exact = not margins and simple[at] != REPLACEMENT
    return _Piece(step.start, step.end, simple[at], _step_rule(step), exact, margin)


def _rivals(step: Step, own: str) -> str:
    """Return the character read, then the others that its lost byte could have made."""
    table = first_simplified()
    candidates = step.lost.candidates if step.lost else ()
    return own + "".join(sorted({char.translate(table) for char in candidates} - {own}))


def _lead(before: str, rivals: str, after: str) -> float:
    """Return the lead of the first over the rest, of which the hopeless are not weighed."""
    own, others = rivals[0], rivals[1:]
    if len(others) > _MOST_RIVALS:
        scores = language_model.score_in_place(before, others, after[:1])
        ranked = sorted(range(len(others)), key=lambda at: -scores[at])
        others = "".join(others[at] for at in ranked[:_MOST_RIVALS])
    return language_model.lead(before, own + others, after)


def _step_rule(step: Step) -> str:
    if step.lost:
        return step.lost.rule
    return "lost_byte" if step.text == REPLACEMENT else "shifted_run"


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


def findings_of(repairs: Iterable[Repair]) -> list[Finding]:
    """Return what is doubtful or lost in the repairs of a page."""
    repairs = list(repairs)
    findings = []
    close = [one for one in repairs if one.margin is not None and one.margin < _CLOSE]
    close = [one for one in close if REPLACEMENT not in one.after]
    if close:
        places = ", ".join(f"{repair.before!r} as {repair.after!r}" for repair in close[:5])
        message = f"{len(close)} repairs have a rival almost as likely: {places}"
        findings.append(Finding("close_repair", "notice", message))
    lost = sum(one.after.count(REPLACEMENT) for one in repairs)
    if lost:
        message = f"{lost} characters went with a broken neighbour and cannot be read back"
        findings.append(Finding("swallowed_character", "warning", message))
    return findings
