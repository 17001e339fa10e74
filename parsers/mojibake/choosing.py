"""Chooses among the readings of a line by the language model.

This module decides which reading stands where a lost byte leaves several, how far it lies
ahead of the next, and where no choice is clear enough to be made.  Beside the model it weighs
what the model cannot see: which script the line is written in, which brackets are open, how
paragraphs end, and which pairs of characters the same line has elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from heapq import nlargest
from itertools import chain, islice, pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple

from parsers.mojibake import language_model
from parsers.mojibake.characters import first_simplified, simplified_forms
from parsers.mojibake.language_model import START, Context
from parsers.mojibake.rereading import REPLACEMENT, Budget, Piece

CLEAR = 0.6  # nats; a choice that leads by less is not made
_NEAR = 4  # characters on either side that bear on a choice
_MOST_TRIED = 16  # of one place, where one text leads up to it
_MOST_READINGS = 8  # of one place, looked at in context
_MOST_PATHS = 5  # kept once the next character is read
_MOST_INNER_PATHS = 3  # kept from one open choice to the next
_WIDEST_GAP = 9.0  # nats that what follows can hardly make up for
_FEW = 3  # readings, not worth ranking before they are looked at in context
_STEPS = 300  # that a choice costs, in the measure of rereading
_FAR_AHEAD = 30.0  # nats: every rival fell out on the way

_OTHER_SCRIPT = -5.0
_CLOSES = 3.0
_NEVER_OPENED = -5.0
_OPENS_AT_END = -5.0
_OPENED_BEFORE = -3.0
_LEFT_OPEN = -4.0
_AWAITED = 5.0
_AHEAD = 100  # characters in which a bracket may close
_ENDS = {
    "。": 2.5,
    "！": 0.5,
    "？": 0.5,
    "；": 1.0,
    "：": 1.0,
    "、": -2.0,
    "，": -1.0,
    "\u3000": -5.0,
}
# 下列收入为不征税收入：
_ANNOUNCES = re.compile("(?:下列|以下|如下|下述)[^。：；]*$")
_ANNOUNCED = 3.0
# （一）销售货物收入；
_ITEM = re.compile(r"\s*[（(]?[一二三四五六七八九十\d]+[）).、．]")
_LISTED = 1.5
_SEEN_PAIR = 2.0
_SEEN_TRIPLE = 4.5
_PAIR_ON_PAGE = 1.5
_TRIPLE_ON_PAGE = 4.0
_PAUSES = frozenset("\n \u3000")
_PAIRS = dict(zip("）》〉」』】〕”’", "（《〈「『【〔“‘", strict=True))
_OPENERS = frozenset(_PAIRS.values())
_BRACKETS = frozenset(_PAIRS) | _OPENERS | frozenset("()")
_HALF_WIDTH = {"(": "（", ")": "）"}


class Settled(NamedTuple):
    """A piece with the one reading that stands.  ``margin`` is ``None`` where it is exact."""

    piece: Piece
    text: str
    margin: float | None = None


class _Segment(NamedTuple):
    """A part of a piece: text that is certain, or one open choice."""

    piece: int
    options: tuple[str, ...]


class _Path(NamedTuple):
    context: Context
    chosen: tuple[str, ...]
    bonus: float
    score: float


class Vocabulary:
    """Which two and three characters stand in a row in some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.pairs: set[str] = set()
        self.triples: set[str] = set()
        for text in texts:
            self.pairs.update(map("".join, pairwise(text)))
            self.triples.update(map("".join, zip(text, text[1:], text[2:], strict=False)))


NOTHING = Vocabulary(())


def settle(pieces: Sequence[Piece], budget: Budget, page: Vocabulary = NOTHING) -> list[Settled]:
    """Return every piece of a line with its reading chosen; what is not clear becomes U+FFFD.

    ``page`` is what is read with certainty elsewhere on the same page.
    """
    if all(len(piece.readings) == 1 for piece in pieces):
        return [Settled(piece, piece.readings[0]) for piece in pieces]
    segments = [one for at, piece in enumerate(pieces) for one in _cut(at, piece)]
    line = _Line(segments, page)
    at = 0
    while at < len(segments):
        end = at + 1
        if len(segments[at].options) == 1:
            line.add(segments[at], segments[at].options[0], None)
        else:
            while end < len(segments) and _belongs(segments, end):
                end += 1
            line.ahead = end
            _settle_group(line, segments[at:end], _beginning(segments[end : end + 3]), budget)
        at = end
    return [
        Settled(piece, "".join(line.texts[at]), min(line.margins[at], default=None))
        for at, piece in enumerate(pieces)
    ]


def _cut(at: int, piece: Piece) -> list[_Segment]:
    """Return the certain beginning and end of a piece, and what is open between them."""
    if len(piece.readings) == 1 or max(map(len, piece.readings)) == 1:
        return [_Segment(at, piece.readings)]
    ahead = count_shared(piece.readings)
    backwards = [reading[ahead:][::-1] for reading in piece.readings]
    behind = count_shared(backwards)
    first = piece.readings[0]
    options = tuple(reading[ahead : len(reading) - behind] for reading in piece.readings)
    parts = ((first[:ahead],), options, (first[len(first) - behind :],))
    return [_Segment(at, part) for part in parts if part != ("",)]


def count_shared(texts: Sequence[str]) -> int:
    """Return how many characters all texts begin with alike."""
    first, last = min(texts), max(texts)
    pairs = enumerate(zip(first, last, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(last)))


def _belongs(segments: Sequence[_Segment], at: int) -> bool:
    """Tell whether a segment stands so near to an open choice that it must be part of it."""
    if len(segments[at].options) > 1:
        return True
    near = len(segments[at].options[0]) < _NEAR and at + 1 < len(segments)
    return near and len(segments[at + 1].options) > 1


def _beginning(segments: Sequence[_Segment]) -> str:
    return "".join(segment.options[0] for segment in segments)[:_NEAR] or "\n"


def _ends_of(line: str) -> dict[str, float]:
    """Return what speaks for the signs with which a line of this kind ends, beside ``_ENDS``."""
    if _ANNOUNCES.search(line):
        return {"：": _ANNOUNCED}
    return {"；": _LISTED} if _ITEM.match(line) else {}


class _Line:
    """What is known of the line while its readings are settled."""

    def __init__(self, segments: Sequence[_Segment], page: Vocabulary) -> None:
        self._segments = segments
        self.ahead = 0  # the first segment after those that are being settled
        size = segments[-1].piece + 1
        self.texts: list[list[str]] = [[] for _ in range(size)]
        self.margins: list[list[float]] = [[] for _ in range(size)]
        self.tail = "\n"
        certain = [one.options[0] for one in segments if len(one.options) == 1]
        self._open: list[str] = []
        self._ends = _ends_of("".join(certain))
        self._own = Vocabulary(certain)
        self._page = page
        known = "".join(certain)
        simplified = sum(map(_only_simplified().__contains__, known))
        traditional = sum(map(_only_traditional().__contains__, known))
        self._foreign = _only_simplified() if traditional > simplified else _only_traditional()

    def add(self, segment: _Segment, text: str, margin: float | None) -> None:
        """Go on past a segment that is settled."""
        self.texts[segment.piece].append(text)
        if margin is not None:
            self.margins[segment.piece].append(margin)
        self.tail = (self.tail + text[-_NEAR:])[-_NEAR:]
        for char in text:
            if char in _BRACKETS:
                self._track(_HALF_WIDTH.get(char, char))

    def _track(self, char: str) -> None:
        if char in _OPENERS:
            self._open = [*self._open[-4:], char]
        elif self._open and self._open[-1] == _PAIRS[char]:
            self._open = self._open[:-1]

    def _left_open(self, reading: str) -> bool:
        """Tell whether a bracket stays open where the line ends with a reading."""
        closed = sum(char in _PAIRS for char in reading)
        return len(self._open) + sum(char in _OPENERS for char in reading) > closed

    def _awaited(self) -> str:
        """Return the bracket that must open the first one closed ahead, none if it is opened."""
        opened = 0
        ahead = islice(self._segments, self.ahead, self.ahead + _AHEAD)
        for char in islice(chain.from_iterable(one.options[0] for one in ahead), _AHEAD):
            if char in _OPENERS:
                opened += 1
            elif char in _PAIRS and opened == 0:
                return _PAIRS[char]
            elif char in _PAIRS:
                opened -= 1
        return ""

    def rate(self, before: str, reading: str, after: str) -> float:
        """Return what speaks for a reading beside the language model."""
        rating = 0.0
        for char in reading:
            if char in self._foreign:
                rating += _OTHER_SCRIPT
            elif char in _PAIRS:
                rating += _CLOSES if self._open[-1:] == [_PAIRS[char]] else _NEVER_OPENED
            elif char in _OPENERS:
                rating += _OPENED_BEFORE if char in self._open else 0.0
                rating += _AWAITED if self._awaited() == char else 0.0
        if after[:1] == "\n":
            rating += _LEFT_OPEN if self._left_open(reading) else 0.0
            rating += self._ends.get(reading[-1:], 0.0)
        if after[:1] in _PAUSES:
            last = reading[-1:]
            rating += _OPENS_AT_END if last in _OPENERS else _ENDS.get(last, 0.0)
        text = before[-2:] + reading + after[:2]
        own, page = self._own, self._page
        for end in range(len(before[-2:]) + 1, len(text) + 1):
            pair = text[end - 2 : end]
            if pair in own.pairs:
                rating += _SEEN_PAIR
            elif pair in page.pairs:
                rating += _PAIR_ON_PAGE
            else:
                continue
            triple = text[max(0, end - 3) : end]
            if triple in own.triples:
                rating += _SEEN_TRIPLE
            elif triple in page.triples:
                rating += _TRIPLE_ON_PAGE
        return rating


def _settle_group(line: _Line, group: Sequence[_Segment], after: str, budget: Budget) -> None:
    """Settle segments that bear on each other, the first of them an open choice."""
    if not budget.spend(_STEPS * len(group)):
        for segment in group:
            line.add(segment, *_leave_open(segment))
        return
    paths = [_Path(read(START, line.tail), (), 0.0, 0.0)]
    for at, segment in enumerate(group):
        last = at + 1 == len(group)
        most = max(_MOST_READINGS, _MOST_TRIED // len(paths))
        following = (after,) if last else group[at + 1].options
        next_char = following[0][:2] if len(following) == 1 else ""
        ahead = after[:1] if last else ""
        paths = [
            _extend(line, path, option, next_char if len(segment.options) > 1 else None, ahead)
            for path in paths
            for option in _likely(path.context, segment.options, most)
        ]
        paths = _keep(paths, _MOST_PATHS if last else _MOST_INNER_PATHS)
    paths = [_go_on(path, after[1:]) for path in paths]
    ranked = sorted(paths, key=_score_of, reverse=True)
    for at, segment in enumerate(group):
        line.add(segment, *_decide(segment, at, ranked))


def _likely(context: Context, options: Sequence[str], most: int) -> Sequence[str]:
    """Return the options that go on best from what stands before them, of longer ones the first."""
    if len(options) <= _FEW or max(map(len, options)) > 1 or "" in options:
        return options[:most]
    simple = first_simplified()
    scores = language_model.score_each(context, [simple.get(ord(one), one) for one in options])
    floor = max(scores) - _WIDEST_GAP
    near = [pair for pair in zip(scores, options, strict=True) if pair[0] > floor]
    return [option for _, option in nlargest(most, near, key=itemgetter(0))]


def _extend(line: _Line, path: _Path, option: str, next_char: str | None, ahead: str) -> _Path:
    context = read(path.context, option + ahead)
    bonus = path.bonus
    if next_char is not None:
        before = path.chosen[-1] if path.chosen and path.chosen[-1] else line.tail
        bonus += line.rate(before, option, next_char)
    return _Path(context, (*path.chosen, option), bonus, context.score + bonus)


def _go_on(path: _Path, text: str) -> _Path:
    context = read(path.context, text)
    return _Path(context, path.chosen, path.bonus, context.score + path.bonus)


def _keep(paths: list[_Path], most: int) -> list[_Path]:
    """Return the likeliest paths."""
    floor = max(map(_score_of, paths)) - _WIDEST_GAP
    near = [path for path in paths if path.score > floor]
    return near if len(near) <= most else nlargest(most, near, key=_score_of)


_score_of = attrgetter("score")


def _decide(segment: _Segment, at: int, ranked: Sequence[_Path]) -> tuple[str, float | None]:
    best = ranked[0].chosen[at]
    if len(segment.options) == 1:
        return best, None
    rival = next((path for path in ranked if path.chosen[at] != best), None)
    if rival is None:
        return best, _FAR_AHEAD
    margin = round(min(ranked[0].score - rival.score, _FAR_AHEAD), 3)
    return (best if margin >= CLEAR else _in_common(best, rival.chosen[at])), margin


def _leave_open(segment: _Segment) -> tuple[str, float | None]:
    if len(segment.options) == 1:
        return segment.options[0], None
    return _in_common(segment.options[0], segment.options[1]), 0.0


def _in_common(one: str, other: str) -> str:
    """Return what two readings share, the rest as lost."""
    if len(one) != len(other):
        return REPLACEMENT
    return "".join(a if a == b else REPLACEMENT for a, b in zip(one, other, strict=True))


@cache
def _only_traditional() -> frozenset[str]:
    return frozenset(char for char, forms in simplified_forms().items() if char not in forms)


@cache
def _only_simplified() -> frozenset[str]:
    targets = {form for char in _only_traditional() for form in simplified_forms()[char]}
    return frozenset(char for char in targets if not _in_big5(char))


def _in_big5(char: str) -> bool:
    try:
        return bool(char.encode("big5"))
    except UnicodeEncodeError:
        return False


def read(context: Context, text: str) -> Context:
    """Return the context after ``text``, its characters made simplified."""
    return language_model.extend(context, simplify(text))


def simplify(text: str) -> str:
    """Return a text with every character in its likeliest simplified form."""
    return text.translate(first_simplified())


def score(text: str) -> float:
    """Return the score of a text, simplified or traditional."""
    return read(START, text).score
