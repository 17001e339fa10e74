"""Reads a run of misread characters again: back to bytes, and those in their true encoding.

This module decides what a run may have meant where a decoder was wrong, lost bytes included;
it leaves the finding of runs and the decision whether the result is worth having to
``misread``, and the choice among several readings to ``choosing``.

The result is a list of pieces in order.  Most have one reading, as long as the text they come
from; a piece around a lost byte has as many as there are bytes that fit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from parsers.mojibake import language_model
from parsers.mojibake.characters import first_simplified
from parsers.mojibake.oddity import is_possible
from parsers.mojibake.wrong_codecs import LOST_MARK, WrongCodec, lost_bytes

_MOST_READINGS = 24  # of one place
_MOST_RARE = 128  # of one place, where what is read is misread itself and looks like nothing
_MOST_STATES = 96
_STEPS_PER_PART = 30
_STEPS_PER_STATE = 5
_STEPS_PER_CHARACTER = 8
_TRAILS = tuple(bytes((byte,)) for byte in range(0x40, 0x100))
_UTF8_LEADS = frozenset(b"\xc2\xc3\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xef")
_IMPOSSIBLE = -25.0  # nats
REPLACEMENT = "\ufffd"


class Budget:
    """What the rereading of one text may still cost, so that hostile input ends in time."""

    def __init__(self, steps: int) -> None:
        self.steps = self._left = steps
        self._met: set[Hashable] = set()

    @property
    def is_spent(self) -> bool:
        """Tell whether nothing is left."""
        return self._left < 0

    @property
    def spent(self) -> int:
        """How many steps were asked for."""
        return self.steps - self._left

    def spend(self, steps: int) -> bool:
        """Return whether so many steps more can be afforded."""
        self._left -= steps
        return self._left >= 0

    def has_met(self, task: Hashable) -> bool:
        """Tell whether a task came up before; what is done twice costs less."""
        known = task in self._met
        self._met.add(task)
        return known


class Piece(NamedTuple):
    """What the characters from ``start`` to ``end`` of the received text may have meant.

    The likeliest reading comes first, as far as its characters alone can tell.  ``whole`` tells that no character meant lies across its end.  ``literal`` pieces are no
    part of the damage: they stand for themselves.
    """

    start: int
    end: int
    readings: tuple[str, ...]
    whole: bool = True
    literal: bool = False


_States = dict[bytes, list[str]]  # readings since the last piece, by the bytes still waiting
_FRESH: _States = {b"": [""]}


def reread(
    pieces: Sequence[Piece],
    wrong: WrongCodec,
    codec: str,
    source: str | None,
    budget: Budget,
    *,
    is_last: bool = True,
) -> list[Piece] | None:
    """Return what ``pieces`` meant, ``None`` where they cannot be read so, or not in time.

    With the received text as ``source``, characters that cannot be read stand for themselves.
    Where this is not the last rereading, rare readings are as good as common ones.
    """
    reader = _Reader(wrong, codec, source, pieces[0].start if pieces else 0, budget)
    reader.most = _MOST_READINGS if is_last else _MOST_RARE
    parts = list(_split(pieces))
    for at, part in enumerate(parts):
        following = parts[at + 1].readings[0][:1] if at + 1 < len(parts) else ""
        if not budget.spend(_STEPS_PER_PART) or not reader.take(part, following):
            return None
    return reader.finish()


def _split(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the pieces with every mark of a lost byte on its own."""
    for piece in pieces:
        text = piece.readings[0]
        if len(piece.readings) > 1 or not (REPLACEMENT in text or "?" in text):
            yield piece
            continue
        direct = piece.end - piece.start == len(text)
        done = 0
        for mark in LOST_MARK.finditer(text):
            if mark.start() > done:
                yield _cut(piece, done, mark.start(), direct=direct)
            yield _cut(piece, *mark.span(), direct=direct)
            done = mark.end()
        if done < len(text):
            yield _cut(piece, done, len(text), direct=direct)


def _cut(piece: Piece, start: int, end: int, *, direct: bool) -> Piece:
    reading = (piece.readings[0][start:end],)
    if direct:
        return Piece(piece.start + start, piece.start + end, reading, whole=True)
    last = end == len(piece.readings[0])
    return Piece(piece.start, piece.end, reading, whole=last and piece.whole)


class _Reader:
    """The readings so far of a run that is read from left to right."""

    def __init__(
        self, wrong: WrongCodec, codec: str, source: str | None, start: int, budget: Budget
    ) -> None:
        self.pieces: list[Piece] = []
        self.most = _MOST_READINGS
        self._budget = budget
        self._wrong = wrong
        self._codec = codec
        self._source = source
        self._states = _FRESH
        self._start = start
        self._end = start

    def take(self, part: Piece, following: str) -> bool:
        """Read one more part; ``False`` where that cannot be."""
        text = part.readings[0]
        single = len(part.readings) == 1
        if single and LOST_MARK.fullmatch(text):
            return self._take_mark(part, following)
        if single and len(text) > 1:
            return self._take_text(part)
        options = tuple(raw for reading in part.readings for raw in self._raws(reading))
        return self._advance(part, options)

    def finish(self) -> list[Piece] | None:
        """Return all pieces once everything is read."""
        if b"" not in self._states or len(self._states) > 1:
            states = self._complete_lost()
            if states is None:
                return None
            self._states = states
        self._flush(self._end, b"")
        return self.pieces

    def _raws(self, reading: str) -> tuple[bytes, ...]:
        if reading.endswith(REPLACEMENT) and REPLACEMENT not in reading[:-1]:
            known = self._wrong.encode(reading[:-1])
            lost = lost_bytes(self._wrong, None)
            return tuple(known + raw for raw in lost) if known is not None else ()
        if len(reading) == 1:
            return self._wrong.choices(reading)
        raw = self._wrong.encode(reading)
        return (raw,) if raw is not None else ()

    def _take_mark(self, part: Piece, following: str) -> bool:
        """Read a mark: a byte lost before ``following``, or with the ASCII character after it."""
        mark = part.readings[0]
        after = self._wrong.choices(following) if following not in {"", "?", REPLACEMENT} else ()
        options = lost_bytes(self._wrong, after[0][0] if after else None, len(mark))
        if mark == "?":
            options = (b"?", *options)
        states = self._feed_all(self._states, options)
        if not states or (after and after[0][0] >= 0x80 and set(states) == {b""} and mark == "?"):
            swallowed = self._feed_all(self._states, lost_bytes(self._wrong, None))
            whole = [text + REPLACEMENT for text in swallowed.get(b"", ())]
            if whole and b"" not in self._states:
                states = {b"": whole}
        if not states:
            return self._take_literal(part)
        self._states = states
        self._settle(part)
        return True

    def _take_text(self, part: Piece) -> bool:
        """Read a certain text at once, or character by character where that fails."""
        text = part.readings[0]
        direct = part.end - part.start == len(text)
        tried = False
        for at in range(len(text)):
            if len(self._states) == 1 and not tried and at + 1 < len(text):
                tried = True
                if self._take_bytes(_cut(part, at, len(text), direct=direct)):
                    return True
            one = _cut(part, at, at + 1, direct=direct)
            if not self._budget.spend(_STEPS_PER_CHARACTER):
                return False
            if not self._advance(one, self._wrong.choices(text[at])):
                return False
        return True

    def _take_bytes(self, part: Piece) -> bool:
        """Read a certain text at once, ``False`` where that fails."""
        raw = self._wrong.encode(part.readings[0])
        if raw is None:
            return False
        ((pending, readings),) = self._states.items()
        fed = _feed(pending + raw, self._codec)
        if fed is None:
            return False
        text, rest = fed
        if not rest:
            self._states = {b"": [known + text for known in readings]}
            self._end = part.end
            if part.whole:
                self._flush(part.end, b"")
            return True
        # Cut where a character meant ends with a character received.
        direct = part.end - part.start == len(part.readings[0])
        for back in range(1, min(3, len(part.readings[0]) - 1) + 1) if direct else ():
            head = self._wrong.encode(part.readings[0][:-back]) or b""
            cut = _feed(pending + head, self._codec)
            if cut is not None and not cut[1]:
                self._states = {b"": [known + cut[0] for known in readings]}
                self._flush(part.end - back, b"")
                self._states = {rest: [text[len(cut[0]) :]]}
                self._end = part.end
                return True
        self._states = {rest: [known + text for known in readings]}
        self._settle(part)
        return True

    def _advance(self, part: Piece, options: tuple[bytes, ...]) -> bool:
        states = self._feed_all(self._states, options)
        if not states and (b"" not in self._states or len(self._states) > 1):
            completed = self._complete_lost()
            if completed is not None:
                states = self._feed_all(completed, options)
        if not states:
            return self._take_literal(part)
        self._states = states
        self._settle(part)
        return True

    def _settle(self, part: Piece) -> None:
        """Write down what is decided: readings that all wait for the same bytes."""
        self._end = part.end
        if len(self._states) > 1:
            return
        ((pending, readings),) = self._states.items()
        if (not pending and part.whole) or len(readings) > 1:
            self._flush(part.end, pending, whole=not pending and part.whole)

    def _feed_all(self, states: _States, options: tuple[bytes, ...]) -> _States:
        """Return the likeliest readings once one of ``options`` is read, none if out of budget."""
        known, *others = states.values()
        if len(known) == 1 and all(readings == known for readings in others):
            task = tuple(states), options
            steps = len(states) * (2 if self._budget.has_met(task) else 4 * len(options))
            if not self._budget.spend(_STEPS_PER_STATE + steps):
                return {}
            reached = _reach(*task, self._codec, self.most)
            if not (before := known[0]):
                return reached
            return {rest: [before + text for text in texts] for rest, texts in reached.items()}
        reached = {}
        for pending, readings in states.items():
            met = self._budget.has_met((pending, options))
            if not self._budget.spend(_STEPS_PER_STATE + (0 if met else 2 * len(options))):
                return {}
            fed = _feed_each(pending, options, self._codec, self.most)
            if not self._budget.spend(2 * len(fed) * len(readings)):
                return {}
            for text, rest in fed:
                reached.setdefault(rest, []).extend([one + text for one in readings])
        return _prune(reached, self.most)

    def _complete_lost(self) -> _States | None:
        """Return the states with the byte supplied that was lost without a mark."""
        scored = [(_weigh_end(text), text) for text in self._states.get(b"", ())]
        for pending, readings in self._states.items():
            chars = _completions(pending, self._codec) if pending else ()
            likeliest = sorted(((_weigh_last(text), text) for text in readings), reverse=True)
            # What the third makes with the fifth is not among the best fourteen.
            for rank, (score, known) in enumerate(likeliest[: self.most], 1):
                scored += [
                    (score + more, known + char) for more, char in chars[: self.most // rank]
                ]
        if not scored or not self._budget.spend(len(scored)):
            return None
        best = sorted(scored, reverse=True)[: self.most]
        return {b"": list(dict.fromkeys(text for _, text in best))}

    def _take_literal(self, part: Piece) -> bool:
        if self._source is None:
            return False
        ((pending, readings), *others) = self._states.items()
        if readings[0] and not others and len(readings) == 1 and self._end > self._start:
            # What was read stands; only the bytes that waited are lost.
            text = readings[0] + (REPLACEMENT if pending else "")
            self.pieces.append(Piece(self._start, self._end, (text,)))
            self._start = self._end
        if self._start < part.end:
            whole = not self.pieces or self.pieces[-1].whole
            text = self._source[self._start : part.end]
            text = text if whole else REPLACEMENT + text
            self.pieces.append(Piece(self._start, part.end, (text,), literal=whole))
        self._states = _FRESH
        self._start = self._end = part.end
        return True

    def _flush(self, end: int, pending: bytes, *, whole: bool = True) -> None:
        readings = tuple(self._states[pending])
        if end > self._start or readings != ("",):
            self.pieces.append(Piece(self._start, end, readings, whole))
        self._states = {pending: [""]}
        self._start = self._end = end


@lru_cache(maxsize=1 << 15)
def _feed_each(
    pending: bytes, options: tuple[bytes, ...], codec: str, most: int
) -> list[tuple[str, bytes]]:
    """Return what each option makes of the bytes that wait; odd characters only for want of others."""
    fed = [one for raw in options if (one := _feed(pending + raw, codec)) is not None]
    fed = [one for one in fed if _is_likely(*one, codec)] or fed
    if len(fed) > most and not any(rest for _, rest in fed):
        fed = sorted(fed, key=lambda one: _weigh_end(one[0]), reverse=True)[:most]
    return fed


@lru_cache(maxsize=1 << 14)
def _reach(
    waiting: tuple[bytes, ...], options: tuple[bytes, ...], codec: str, most: int
) -> _States:
    """Return the readings, none yet, after one of ``options`` is read on to what waits."""
    reached: _States = {}
    for pending in waiting:
        for text, rest in _feed_each(pending, options, codec, most):
            reached.setdefault(rest, []).append(text)
    return _prune(reached, most)


def _is_likely(text: str, rest: bytes, codec: str) -> bool:
    """Tell whether Chinese text may have these characters, and one that begins with ``rest``."""
    begins = codec != "utf-8" or not rest or rest[0] in _UTF8_LEADS
    return begins and all(map(is_possible, text))


def _feed(raw: bytes, codec: str) -> tuple[str, bytes] | None:
    """Return the characters of ``raw`` and the bytes that wait for more."""
    try:
        return raw.decode(codec), b""
    except UnicodeDecodeError as error:
        if error.reason in {"unexpected end of data", "incomplete multibyte sequence"}:
            return raw[: error.start].decode(codec), raw[error.start :]
        return None


@cache
def _completions(pending: bytes, codec: str) -> tuple[tuple[float, str], ...]:
    """Return the characters that one more byte makes of those that wait, the likeliest first."""
    fed = _feed_each(pending, _TRAILS, codec, _MOST_RARE)
    chars = (text for text, rest in fed if not rest and len(text) == 1)
    return tuple(sorted(((weigh(char), char) for char in chars), reverse=True))


@cache
def weigh(char: str) -> float:
    """Return the score of a character, made simplified."""
    if not is_possible(char):
        return _IMPOSSIBLE
    return language_model.score_text(char.translate(first_simplified()))


def _prune(states: _States, most: int) -> _States:
    """Return the likeliest readings, the best first, of the states that wait for the least."""
    shortest = sorted(states, key=len)[:_MOST_STATES] if len(states) > _MOST_STATES else states
    return {pending: _best(states[pending], most) for pending in shortest}


def _best(readings: Iterable[str], most: int) -> list[str]:
    """Return the likeliest readings, the best first; the model is asked only where it must choose."""
    known = list(dict.fromkeys(readings))
    return known if len(known) < 2 else sorted(known, key=_weigh_end, reverse=True)[:most]


def _weigh_end(text: str) -> float:
    """Return the score of the last characters."""
    return sum(map(weigh, text[-3:]))


def _weigh_last(text: str) -> float:
    """Return the score of those that one more character leaves among the last."""
    return sum(map(weigh, text[-2:]))
