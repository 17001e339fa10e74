"""Reads a line back into the bytes it came from, and those into the characters meant.

This module decides, for one damaged line, which clean GBK text explains it best; whether a
page is damaged at all, and what repairs to record, is left to ``pinyin`` and ``shifted``.

A reading of the line is a path: at each received character it knows the characters decoded
so far and perhaps one byte still waiting for its second half.  Received characters give
their bytes; ``?`` stands for one or two bytes that are lost; ``(reading)`` is dropped where
the two bytes before it make a character with that reading.  Paths that cannot be are
dropped, paths in the same state are merged, and the language model ranks the rest.  Where
one path is left, and in step, the text up to the next doubtful place is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from parsers.mojibake import language_model
from parsers.mojibake.characters import (
    FIRST_LEAD,
    LAST_LEAD,
    SYLLABLE,
    chars_with_lead,
    chars_with_trail,
    first_simplified,
    gbk_bytes,
    has_reading,
    is_text,
    may_have_reading,
    pair_char,
)
from parsers.mojibake.language_model import Context
from parsers.mojibake.rereading import REPLACEMENT, Budget

# "(qiáng)", "(gong)(gong)" and, with its bracket swallowed, "qiáng)"
ANNOTATION = re.compile(rf"\(({SYLLABLE})\)(?:\(\1\))*")
_HALF_ANNOTATION = re.compile(rf"({SYLLABLE})\)")

_MOST_PATHS = 24
_MOST_PATHS_AT_LOSS = 6  # each of which may go on in a hundred ways
_STEPS_PER_PATH = 20  # that goes on by a character
_STEPS_AT_LOSS = 200
_MOST_OPTIONS = 24  # of these, the ones worth following
_WIDEST_GAP = 25.0
_LITERAL_BRACKET = -12.0  # a reading in brackets that fits nothing
_LITERAL_QUESTION = -20.0
_MISSING_QUESTION = -8.0  # the ? of a cut character was dropped later
_EATEN_CHARACTER = -6.0  # a digit or the like went with the lost byte
_GIVEN_UP = -25.0  # a byte that nothing explains
_CUT = "。,，"  # where the pieces were joined again
# Second bytes of （ ） ， ： ； ？ ！, with which a piece begins after a cut character.
_PUNCTUATION_TRAILS = frozenset(b"\xa8\xa9\xac\xba\xbb\xbf\xa1")
_CONTEXT = 4  # characters before a doubtful place that bear on it


class Lost(NamedTuple):
    """The characters that a lost byte could have made, and why it was lost."""

    candidates: tuple[str, ...]
    rule: str


class Step(NamedTuple):
    """Some text meant and where it was received.

    It is a run in step, one character, or nothing (for a dropped annotation).
    """

    previous: Step | None
    text: str
    start: int
    end: int
    lost: Lost | None = None


class _Path(NamedTuple):
    context: Context
    last: Step | None
    trail: int | None = None  # second byte of the last character
    pending: int | None = None  # first byte of the next one
    pending_at: int = 0
    pending_among: tuple[int, ...] = ()  # what a lost first byte may have been
    rule: str = ""


def read_line(line: str, budget: Budget) -> list[Step] | None:
    """Return the text meant by a damaged line, ``None`` where the budget is spent.

    What no reading explains stands as U+FFFD.
    """
    best = _read(line, budget, lenient=False) or _read(line, budget, lenient=True)
    if best is None:
        return None
    steps = []
    step = best.last
    while step is not None:
        steps.append(step)
        step = step.previous
    return steps[::-1]


def _read(line: str, budget: Budget, *, lenient: bool) -> _Path | None:
    waiting: dict[int, list[_Path]] = {0: [_Path(language_model.START, None)]}
    special = _special_places()
    while waiting and not budget.is_spent:
        at = min(waiting)
        arrivals = waiting.pop(at)
        if at == len(line):
            return max(
                (path for path in arrivals if path.pending is None),
                key=lambda path: language_model.extend(path.context, "\n").score,
                default=None,
            )
        paths = _keep_best(arrivals)
        if len(paths) == 1 and not waiting and paths[0].pending is None:
            found = special.search(line, at)
            end = found.start() if found else len(line)
            if end > at:
                waiting[end] = [_take_run(paths[0], line, at, end)]
                continue
        at_loss = line[at] in "?。"
        paths = paths[:_MOST_PATHS_AT_LOSS] if at_loss else paths
        budget.spend(len(paths) * (_STEPS_AT_LOSS if at_loss else _STEPS_PER_PATH))
        for path in paths:
            reached = False
            for after, onward in _advance(path, line, at):
                waiting.setdefault(after, []).append(onward)
                reached = True
            if lenient and not reached:
                waiting.setdefault(at + 1, []).append(_give_up(path, line[at], at))
    return None


@cache
def _special_places() -> re.Pattern[str]:
    """Match where text that is in step may be anything but itself."""
    openers = (chr(code) for code in range(0xA0, 0xFFFE) if _may_open_run(chr(code), 0))
    return re.compile(rf"\?|\((?={SYLLABLE}\))|。(?=[{re.escape(''.join(openers))}])")


def _take_run(path: _Path, line: str, start: int, end: int) -> _Path:
    """Return the path after a run that is what it seems; its score starts anew."""
    before = path.context.tail + line[max(start, end - _CONTEXT) : end]
    before = before[-_CONTEXT:].translate(first_simplified())
    context = language_model.extend(language_model.START, before)
    raw = gbk_bytes(line[end - 1])
    return _Path(
        context,
        Step(path.last, line[start:end], start, end),
        raw[1] if raw and len(raw) == 2 else None,
    )


def _keep_best(paths: list[_Path]) -> list[_Path]:
    if len(paths) == 1:
        return paths
    best: dict[tuple[str, int | None, int | None], _Path] = {}
    for path in paths:
        key = (path.context.tail, path.pending, path.trail)
        rival = best.get(key)
        if rival is None or path.context.score > rival.context.score:
            best[key] = path
    ranked = sorted(best.values(), key=lambda path: -path.context.score)
    floor = ranked[0].context.score - _WIDEST_GAP
    return [path for path in ranked[:_MOST_PATHS] if path.context.score >= floor]


def _advance(path: _Path, line: str, at: int) -> Iterator[tuple[int, _Path]]:
    """Yield (next index, path) for each way to read what was received at ``at``."""
    char = line[at]
    if char == "?":
        yield from _read_question(path, line, at)
        return
    if char == "(" and (note := ANNOTATION.match(line, at)):
        if _annotates(path, note[1]):
            yield note.end(), _drop(path, at, note.end())
        elif path.pending is None:
            yield at + 1, _literal(path, char, at, _LITERAL_BRACKET)
        return
    if char == "。" and path.pending is None and _may_open_run(line, at + 1):
        for reached in _cut_character(path, at, _MISSING_QUESTION):
            yield at + 1, reached
    received = _receive(path, char, at)
    if received is not None:
        yield at + 1, received


def _receive(path: _Path, char: str, at: int) -> _Path | None:
    raw = gbk_bytes(char)
    if path.pending is None:
        if char == "€":
            return _literal(path, char, at, 0.0)
        return _push(path, char, at, at + 1, trail=raw[-1] if raw and len(raw) == 2 else None)
    if raw is None or raw[0] < 0x40:
        return None
    closed = _close(path, raw[0], at)
    if closed is None or len(raw) == 1:
        return closed
    if raw[1] < 0x80:
        return _literal(closed, chr(raw[1]), at, 0.0)
    return _open(closed, raw[1], at)


def _push(
    path: _Path,
    char: str,
    start: int,
    end: int,
    *,
    trail: int | None,
    lost: Lost | None = None,
    cost: float = 0.0,
) -> _Path:
    context = language_model.extend(path.context, first_simplified().get(ord(char), char))
    if cost:
        context = context._replace(sequence=context.sequence + cost)
    return _Path(context, Step(path.last, char, start, end, lost), trail)


def _literal(path: _Path, char: str, at: int, cost: float) -> _Path:
    return _push(path, char, at, at + 1, trail=None, cost=cost)


def _give_up(path: _Path, char: str, at: int) -> _Path:
    """Return the path in step again, its waiting byte lost."""
    start = path.pending_at if path.pending is not None else at
    lost = _push(path, REPLACEMENT, start, at, trail=None, cost=_GIVEN_UP)
    return _literal(lost, char, at, 0.0)


def _open(path: _Path, lead: int, at: int) -> _Path | None:
    if not FIRST_LEAD <= lead <= LAST_LEAD:
        return None
    return _Path(path.context, path.last, path.trail, lead, at)


def _close(path: _Path, trail: int, at: int) -> _Path | None:
    """Return the path with its waiting byte completed by ``trail``."""
    if path.pending is None:
        return None
    char = pair_char(path.pending, trail)
    if char is None or not is_text(char):
        return None
    lost = None
    if path.pending_among:
        chars = (pair_char(lead, trail) for lead in path.pending_among)
        lost = Lost(tuple(char for char in chars if char and is_text(char)), path.rule)
    return _push(path, char, path.pending_at, at + 1, trail=trail, lost=lost)


def _annotates(path: _Path, reading: str) -> bool:
    """Tell whether the two bytes before an annotation make a character with its reading."""
    if path.pending is None:
        last = _last_char(path.last)
        if last.isascii():
            return _annotates_ascii(path, last, reading)
        return may_have_reading(last, reading)
    if path.trail is None:
        return False
    straddled = pair_char(path.trail, path.pending)
    return straddled is not None and may_have_reading(straddled, reading)


def _annotates_ascii(path: _Path, last: str, reading: str) -> bool:
    """Tell the same where the second of the two bytes is ASCII: 务 and X make 誼."""
    raw = gbk_bytes(_last_char(path.last, 2)) if last else None
    straddled = pair_char(raw[1], ord(last)) if raw and len(raw) == 2 else None
    return straddled is not None and may_have_reading(straddled, reading)


def _last_char(step: Step | None, back: int = 1) -> str:
    """Return the last character read, or the one before it."""
    while step is not None:
        if len(step.text) >= back:
            return step.text[-back]
        back -= len(step.text)
        step = step.previous
    return ""


def _drop(path: _Path, start: int, end: int) -> _Path:
    return path._replace(last=Step(path.last, "", start, end))


def _may_open_run(line: str, at: int) -> bool:
    raw = gbk_bytes(line[at]) if at < len(line) else None
    return raw is not None and len(raw) == 2 and raw[0] in _PUNCTUATION_TRAILS


def _cut_character(path: _Path, at: int, cost: float, width: int = 1) -> Iterator[_Path]:
    """Yield each character whose second byte began a false 。 and whose first is lost."""
    options = chars_with_trail(0xA1)
    lost = Lost(tuple(char for _, char in options), "lost_byte")
    cuts = [
        _push(path, char, at, at + width, trail=0xA1, lost=lost, cost=cost)
        for _, char in options
        if _is_usual(char)
    ]
    for cut in _keep_likely(cuts):
        opened = _open(cut, 0xA3, at + width - 1)
        if opened is not None:
            yield opened


@cache
def _is_usual(char: str) -> bool:
    return char == "\u3000" or language_model.is_usual(first_simplified().get(ord(char), char))


def _keep_likely(paths: list[_Path]) -> list[_Path]:
    return sorted(paths, key=lambda path: -path.context.score)[:_MOST_OPTIONS]


def _read_question(path: _Path, line: str, at: int) -> Iterator[tuple[int, _Path]]:
    """Yield each way to read ``?``: itself, a swallowed pair, or a lone first byte."""
    note = _HALF_ANNOTATION.match(line, at + 1)
    if path.pending is None:
        yield at + 1, _literal(path, "?", at, _LITERAL_QUESTION)
        if note:
            for reached in _straddled(path, at, note):
                yield note.end(), reached
        if line.startswith("。", at + 1):
            for reached in _cut_character(path, at, 0.0, width=2):
                yield at + 2, reached
        return
    if note:
        for reached in _shifted(path, at, note):
            yield note.end(), reached
        return
    yield from _lone_byte(path, line, at)


def _lone_byte(path: _Path, line: str, at: int) -> Iterator[tuple[int, _Path]]:
    """Yield each second byte that ``?`` may have been, with the ASCII character it swallowed."""
    if path.pending is None:
        return
    options = tuple(
        (trail, char)
        for trail, char in chars_with_lead(path.pending)
        if trail > 0x80 and not "０" <= char <= "ｚ"  # a page has its digits in one width
    )
    lost = Lost(tuple(char for _, char in options), "lost_byte")
    piece_ends = at + 1 == len(line) or line[at + 1] in _CUT
    closed = [
        _push(path, char, path.pending_at, at + 1, trail=trail, lost=lost)
        for trail, char in options
        if _is_usual(char)
    ]
    for one in _keep_likely(closed):
        if piece_ends:
            yield at + 1, one
        else:
            yield at + 1, _push(one, REPLACEMENT, at, at + 1, trail=None, cost=_EATEN_CHARACTER)


def _straddled(path: _Path, at: int, note: re.Match[str]) -> Iterator[_Path]:
    """Yield the first bytes that give the annotated pair its reading with the byte before."""
    if path.trail is None:
        return
    leads = tuple(
        lead
        for lead, char in chars_with_lead(path.trail)
        if FIRST_LEAD <= lead <= LAST_LEAD and has_reading(char, note[1])
    )
    dropped = Step(path.last, "", at, note.end())
    for lead in leads:
        yield _Path(path.context, dropped, path.trail, lead, at, leads, "straddled_annotation")


def _shifted(path: _Path, at: int, note: re.Match[str]) -> Iterator[_Path]:
    """Yield the annotated characters whose second byte went with the opening bracket."""
    if path.pending is None:
        return
    options = tuple(
        (trail, char)
        for trail, char in chars_with_lead(path.pending)
        if trail > 0x80 and has_reading(char, note[1])
    )
    lost = Lost(tuple(char for _, char in options), "straddled_annotation")
    for trail, char in options:
        closed = _push(path, char, path.pending_at, at + 1, trail=trail, lost=lost)
        yield _drop(closed, at, note.end())
