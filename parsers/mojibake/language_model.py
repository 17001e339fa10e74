"""How likely a run of Chinese is, by its words and by which characters follow each other.

This module decides the score of characters in order; which readings compete is left to the
mechanisms.  Scores are in nats, larger is likelier; Chinese text has about -5 a character.
Two opinions are weighed together: the best way to cut the text into known words (专家库 beats
专家 and some other noun), and the costs of a character after the two before it (，经过 beats
和经过).  Words may hold full-width signs (省（).  The characters are simplified ones; callers
convert first.

The data, 1.8 MB, are read on first use, in about 0.3 s.  ``scripts/build_language_model.py``
builds them and names their sources.
"""

from __future__ import annotations

import lzma
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from string import ascii_letters, digits
from typing import NamedTuple

from parsers.mojibake.characters import RARE_SIGNS

_LONGEST_WORD = 5
_WORD_WEIGHT = 0.5
_SEQUENCE_WEIGHT = 0.5
_WORD_COSTS_PER_NAT = 8
_SEQUENCE_COSTS_PER_NAT = 4
_FIRST_COST = 0x100  # costs of sequences are written as characters from here on
_PAIR = 2
_BEFORE = 2  # characters that the next one depends on
_RAREST_USUAL = 13 * _SEQUENCE_COSTS_PER_NAT
_UNKNOWN_IDEOGRAPH = -21.0
_PLAIN = -4.0  # digits, letters
# Signs as words of their own, by their share of a newspaper's words.
_SIGNS = {
    "，": -2.7, "。": -3.3, "、": -4.0, "“": -4.8, "”": -4.8, "（": -5.0, "）": -5.0, "：": -5.0,
    "《": -5.5, "》": -5.5, "；": -6.0, "〔": -7.5, "〕": -7.5, "？": -7.5, "！": -7.5, "‘": -8.5,
    "’": -8.5, "【": -8.5, "】": -8.5, "「": -8.5, "」": -8.5, "『": -9.5, "』": -9.5,
}  # fmt: skip
_FOREIGN = -24.0  # box drawing, bopomofo, private use: never the text of a report
_INDENT = -2.0  # U+3000 at the head of a paragraph
_INNER_SPACE = -14.0  # U+3000 inside a line
_RARE_SIGN = -10.0
_RARE_SIGNS = frozenset(RARE_SIGNS).union(map(chr, range(0xFF01, 0xFF5F)))
_PLAIN_CHARS = frozenset("\xa0\ufffd¶\t").union(map(chr, range(32, 127)))
_FULL_WIDTH = dict(zip(",():;", "，（）：；", strict=True))  # as the words have them
_LINE_EDGE = "¶"
_CLASSES = {
    **_FULL_WIDTH,
    **dict.fromkeys(digits + "０１２３４５６７８９", "0"),
    **dict.fromkeys(ascii_letters, "A"),
    "\n": _LINE_EDGE,
    "\ufffd": "0",  # a swallowed character was a digit more often than not
}


class Context(NamedTuple):
    """What bears on the score of the next character.

    ``words`` holds the word scores now and before each of the last characters, ``tail`` these
    characters, ``sequence`` the score of all of them as a sequence.
    """

    words: tuple[float, ...]
    tail: str
    sequence: float

    @property
    def score(self) -> float:
        """The score of everything read."""
        return self.words[0] + self.sequence


_make_tuple = tuple.__new__  # a context without the checks of its constructor, at half the cost

START = Context((0.0,), "", 0.0)


def _read_lines(name: str) -> list[str]:
    packed = files("parsers").joinpath("data", name).read_bytes()
    return lzma.decompress(packed).decode("utf-8").splitlines()


@cache
def _words() -> dict[str, float]:
    scores: dict[str, float] = {}
    for line in _read_lines("words.txt.xz"):
        cost, _, words = line.partition(" ")
        score = -int(cost) / _WORD_COSTS_PER_NAT * _WORD_WEIGHT
        scores.update(dict.fromkeys(words.split(" "), score))
    return scores


def is_word(text: str) -> bool:
    """Whether ``text`` is a word of the list, 0.1 s on first use."""
    return text in _words()


@cache
def _sequences() -> tuple[dict[str, str], dict[str, str]]:
    """Return what follows one character (or none), and what follows two.

    Each entry has the cost of leaving it, then pairs of a next character and its cost.
    """
    short: dict[str, str] = {}
    long: dict[str, str] = {}
    for line in _read_lines("sequences.txt.xz"):
        if line[0] >= "Ā" and line[0] <= "ſ":
            short[""] = line
        elif "Ā" <= line[1] <= "ſ":
            short[line[0]] = line[1:]
        else:
            long[line[:2]] = line[2:]
    return short, long


def _sequence_score(before: str, char: str) -> float:
    """Return the weighted score of a character after the two (or fewer) before it."""
    short, long = _sequences()
    score = 0.0
    for followers in (long.get(before), short.get(before[-1:]) if before else None, short[""]):
        if followers is None:
            continue
        at = followers.find(char, 1)
        if at > 0:
            return score + _weighted(followers[at + 1])
        score += _weighted(followers[0])
    return score


def _weighted(cost: str) -> float:
    return (_FIRST_COST - ord(cost)) * (_SEQUENCE_WEIGHT / _SEQUENCE_COSTS_PER_NAT)


def _alone(char: str, *, first: bool) -> float:
    """Return the weighted score of a character as a word of its own."""
    if "\u4e00" <= char <= "\u9fff":
        return _words().get(char, _UNKNOWN_IDEOGRAPH * _WORD_WEIGHT)
    return _sign(char, first=first) * _WORD_WEIGHT


def _sign(char: str, *, first: bool) -> float:
    if char in _SIGNS:
        return _SIGNS[char]
    if char == "\u3000":
        return _INDENT if first else _INNER_SPACE
    if char in _PLAIN_CHARS:
        return _PLAIN
    return _RARE_SIGN if char in _RARE_SIGNS else _FOREIGN


class _Edge(NamedTuple):
    """What one more character adds after a tail, whatever was read before it."""

    alone: float
    sequence: float
    words: tuple[tuple[int, float], ...]  # length and score of the known words that end here
    tail: str


@lru_cache(maxsize=1 << 16)
def _edge(tail: str, char: str) -> _Edge:
    printed, char = char, _CLASSES.get(char, char)
    first = not tail.strip()
    if char in _known_chars():
        sequence = _sequence_score(_before(tail), char)
    else:
        sequence = _sign(char, first=first) * _SEQUENCE_WEIGHT
    text = tail + char
    score_of = _words().get
    words = [
        (length - 1, score)
        for length in range(2, len(text) + 1)
        if (score := score_of(text[-length:])) is not None
    ]
    alone = _alone(printed if "\uff10" <= printed <= "\uff5a" else char, first=first)
    return _Edge(alone, sequence, tuple(words), text[1 - _LONGEST_WORD :])


def _before(tail: str) -> str:
    """Return the two characters before the next one; an indent is the edge of a line."""
    shown = tail.lstrip(" \u3000")
    return tail[-_BEFORE:] if len(shown) >= _BEFORE else _LINE_EDGE + shown


def extend(context: Context, text: str) -> Context:
    """Return the context after one more character, or several."""
    words, tail, sequence = context
    for char in text:
        best, added, endings, tail = _edge(tail, char)
        best += words[0]
        for back, score in endings:
            known = words[back] + score
            best = max(known, best)
        words = (best, *words[: _LONGEST_WORD - 1])
        sequence += added
    return _make_tuple(Context, (words, tail, sequence))


def trace(context: Context, text: str) -> list[Context]:
    """Return the context before each character of a text and after the last."""
    contexts = [context]
    words, tail, sequence = context
    for char in text:
        best, added, endings, tail = _edge(tail, char)
        best += words[0]
        for back, score in endings:
            known = words[back] + score
            best = max(known, best)
        words = (best, *words[: _LONGEST_WORD - 1])
        sequence += added
        contexts.append(_make_tuple(Context, (words, tail, sequence)))
    return contexts


def score_each(context: Context, chars: Iterable[str]) -> list[float]:
    """Return the score after each of the characters, at a fraction of the cost of a context."""
    words, tail, sequence = context
    scores = []
    for char in chars:
        best, added, endings, _ = _edge(tail, char)
        best += words[0]
        for back, score in endings:
            known = words[back] + score
            if known > best:  # noqa: PLR1730  # a call of max costs more than all the rest
                best = known
        scores.append(best + sequence + added)
    return scores


@cache
def _known_chars() -> frozenset[str]:
    """Return the characters whose sequence has a score: all ideographs and the usual signs."""
    short, _ = _sequences()
    ideographs = map(chr, range(0x4E00, 0xA000))
    return frozenset(short[""][1::2]).union(ideographs)


@lru_cache(maxsize=1 << 14)
def is_usual(char: str) -> bool:
    """Tell whether a simplified character has any weight in running text."""
    short, _ = _sequences()
    at = short[""].find(char, 1)
    return at > 0 and ord(short[""][at + 1]) - _FIRST_COST < _RAREST_USUAL


@lru_cache(maxsize=1 << 14)
def followers(char: str) -> str:
    """Return the simplified characters known to follow one, among others; none: a line's edge."""
    char = _CLASSES.get(char, char) or _LINE_EDGE
    return _sequences()[0].get(char, "") + _word_ends().get(char, "")


@cache
def _word_ends() -> dict[str, str]:
    """Return what follows each character in words of two."""
    ends: dict[str, list[str]] = defaultdict(list)
    for word in _words():
        if len(word) == _PAIR:
            ends[word[0]].append(word[1])
    return {char: "".join(after) for char, after in ends.items()}


def score_text(text: str) -> float:
    """Return the score of a whole text."""
    return extend(START, text).score


def choose(before: str, candidates: str, after: str) -> tuple[str, float]:
    """Return the candidate that fits its surroundings best, and its lead in nats.

    Of equals the first candidate wins.
    """
    scores = score_in_place(before, candidates, after)
    best = max(range(len(candidates)), key=lambda at: scores[at])
    others = scores[:best] + scores[best + 1 :]
    return candidates[best], round(scores[best] - max(others), 3) if others else 0.0


def lead(before: str, candidates: str, after: str) -> float:
    """Return how many nats the first candidate lies ahead of the best of the others."""
    first, *others = score_in_place(before, candidates, after)
    return round(first - max(others), 3)


def score_in_place(before: str, candidates: str, after: str) -> list[float]:
    """Return the score of each candidate between its neighbours."""
    start = extend(START, before[1 - _LONGEST_WORD :])
    after = after[: _LONGEST_WORD - 1]
    return [extend(start, candidate + after).score for candidate in candidates]
