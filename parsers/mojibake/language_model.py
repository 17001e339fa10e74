"""How likely a run of Chinese is: words and their frequencies, nothing else.

This module decides the score of characters in order; which readings compete is left to the
mechanisms.  Scores are in nats, larger is likelier.  A text scores the best way to cut it into
known words, so 专家库 beats 专家 followed by some other noun.  Words may hold full-width signs
(省（). The characters are simplified ones; callers convert first.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_LONGEST_WORD = 5
_COSTS_PER_NAT = 8
_UNKNOWN_IDEOGRAPH = -21.0
_PLAIN = -4.0  # digits, letters, the punctuation of reports
_FOREIGN = -24.0  # box drawing, bopomofo, private use: never the text of a report
_INDENT = -2.0  # U+3000 at the head of a paragraph
_INNER_SPACE = -14.0  # U+3000 inside a line
_RARE_SIGN = -10.0
_RARE_SIGNS = frozenset("！？％…·—")
_PLAIN_CHARS = frozenset("\xa0\ufffd。、《》“”‘’〔〕【】（），：；")
_FULL_WIDTH = dict(zip(",():;", "，（）：；", strict=True))  # as the words have them


class Context(NamedTuple):
    """The score so far, the scores before each of the last characters, and these."""

    scores: tuple[float, ...]
    tail: str

    @property
    def score(self) -> float:
        """The score of everything read."""
        return self.scores[0]


START = Context((0.0,), "")


@cache
def _words() -> dict[str, float]:
    packed = files("parsers").joinpath("data", "words.txt.gz").read_bytes()
    scores: dict[str, float] = {}
    for line in gzip.decompress(packed).decode("utf-8").splitlines():
        cost, _, words = line.partition(" ")
        scores.update(dict.fromkeys(words.split(" "), -int(cost) / _COSTS_PER_NAT))
    return scores


def extend(context: Context, char: str) -> Context:
    """Return the context after one more character."""
    char = _FULL_WIDTH.get(char, char)
    scores, tail = context
    words = _words()
    best = scores[0] + _score_alone(char, tail, words)
    word = char
    for before, score in zip(reversed(tail), scores[1:], strict=False):
        word = before + word
        known = words.get(word)
        if known is not None and score + known > best:
            best = score + known
    return Context(
        (best, *scores[: _LONGEST_WORD - 1]),
        (tail + char)[1 - _LONGEST_WORD :],
    )


def _score_alone(char: str, tail: str, words: dict[str, float]) -> float:
    if "\u4e00" <= char <= "\u9fff":
        return words.get(char, _UNKNOWN_IDEOGRAPH)
    if char == "\u3000":
        return _INDENT if tail.strip() == "" else _INNER_SPACE
    if char in _RARE_SIGNS:
        return _RARE_SIGN
    return _PLAIN if char in _PLAIN_CHARS or " " <= char <= "~" or char == "\t" else _FOREIGN


def score_text(text: str) -> float:
    """Return the score of a whole text."""
    context = START
    for char in text:
        context = extend(context, char)
    return context.score


def choose(before: str, candidates: str, after: str) -> tuple[str, float]:
    """Return the candidate that fits its surroundings best, and its lead in nats.

    Of equals the first candidate wins.
    """
    scores = _score_in_place(before, candidates, after)
    best = max(range(len(candidates)), key=lambda at: scores[at])
    others = scores[:best] + scores[best + 1 :]
    return candidates[best], round(scores[best] - max(others), 3) if others else 0.0


def lead(before: str, candidates: str, after: str) -> float:
    """Return how many nats the first candidate lies ahead of the best of the others."""
    first, *others = _score_in_place(before, candidates, after)
    return round(first - max(others), 3)


def _score_in_place(before: str, candidates: str, after: str) -> list[float]:
    start = START
    for char in before[1 - _LONGEST_WORD :]:
        start = extend(start, char)
    scores = []
    for candidate in candidates:
        context = start
        for char in candidate + after[: _LONGEST_WORD - 1]:
            context = extend(context, char)
        scores.append(context.score)
    return scores
