"""Reads bytes of several encodings, or with bad bytes among them, run by run.

This module decides where a run in one encoding ends and the next begins, and which bytes are
no character at all: of all ways to cut the bytes into characters of UTF-8, GB18030 and Big5 it
takes the cheapest, where a change of encoding and a bad byte have a price. Strict codecs do
the reading wherever they can; only stretches that they refuse, or that look foreign, are cut.
The encoding of the page is given by ``evidence``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from parsers.charset.likelihood import BAD_BYTES, NAT, character_costs
from parsers.charset.signs import holds_utf8

CHINESE = ("utf-8", "gb18030", "big5hkscs")

_SWITCH = 16 * NAT
_NEVER = 1 << 60
_WITHIN = 6 * NAT  # what a switch costs more where no ASCII stands before it
_CUT = 4 * NAT  # the bytes of a character that the end of the page cuts
_EURO = 12 * NAT
_USUAL = 8 * NAT  # mean cost of a character in text, with some to spare
_DOUBT = 24 * NAT  # what a run costs more if it deserves a closer look
_MOST_EUROS = 50  # in one piece
_MOST_BYTES = 200_000  # cut into runs on one page; what is left is read by the codec alone

# A piece ends after 00-2F or 3A-3F: never the second byte of anything in these encodings.
_PIECE = re.compile(rb"(?s:.{200})[^\x00-\x2f\x3a-\x3f]*[\x00-\x2f\x3a-\x3f]?")

_End = Literal["page", "own", "any"]  # what follows a piece
_StepKind = Literal["text", "bad", "euro"]
# Four characters beyond ASCII and more: 政府信息公开
_CHINESE_RUN = re.compile(r"[^\x00-\x7f]{4,}")

Reader = Callable[[bytes, int], "tuple[int, int] | None"]


class _Step(NamedTuple):
    """One character or bad byte of a piece: where it starts and how it is read."""

    at: int
    encoding: str
    kind: _StepKind


@dataclass(slots=True)
class Runs:
    """The text read so far, the bytes lost, and the runs in foreign encodings.

    ``unread`` counts the bytes that were left to the codec of the page alone.
    """

    text: list[str] = field(default_factory=list)
    lost: int = 0
    unread: int = 0
    foreign: Counter[str] = field(default_factory=Counter)
    foreign_bytes: Counter[str] = field(default_factory=Counter)


def read_runs(body: bytes, encoding: str) -> Runs:
    """Return the text of a page whose encoding is one of ``CHINESE``, each run in its own."""
    runs = Runs()
    state = encoding
    budget = _MOST_BYTES
    foreign = encoding != "utf-8" and holds_utf8(body)
    pieces = [
        _Piece(raw, *_read_strictly(raw, encoding, holds_foreign=foreign))
        for raw in _cut_pieces(body)
    ]
    for piece, end in zip(pieces, _end_states(pieces), strict=True):
        if piece.text is not None and not piece.is_doubtful:
            runs.text.append(piece.text)
            state = state if piece.raw.isascii() else encoding
        elif len(piece.raw) <= budget:
            budget -= len(piece.raw)
            state = _read_piece(piece, encoding, state, runs, end)
        else:
            text = piece.raw.decode(encoding, "replace")
            runs.text.append(text)
            runs.lost += text.count("\ufffd")
            runs.unread += len(piece.raw)
    return runs


class _Piece(NamedTuple):
    """Some bytes, their text if the codec of the page takes them, and whether it looks odd."""

    raw: bytes
    text: str | None
    is_doubtful: bool


def _end_states(pieces: list[_Piece]) -> list[_End]:
    """Return what follows each piece: the end of the page, its own encoding, or anything."""
    ends: list[_End] = []
    end: _End = "page"
    for piece in reversed(pieces):
        ends.append(end)
        if not piece.raw.isascii():
            end = "any" if piece.text is None or piece.is_doubtful else "own"
        elif end == "page":
            end = "any"
    return ends[::-1]


def _cut_pieces(body: bytes) -> Iterator[bytes]:
    at = 0
    for match in _PIECE.finditer(body):
        yield match[0]
        at = match.end()
    if at < len(body):
        yield body[at:]


def _read_strictly(raw: bytes, encoding: str, *, holds_foreign: bool) -> tuple[str | None, bool]:
    """Return the text that the codec of the page gives, if any, and whether it looks foreign."""
    text = _decode(raw, encoding)
    if text is None or encoding == "utf-8" or raw.isascii():
        return text, False
    return text, (holds_foreign and holds_utf8(raw)) or _has_unlikely_run(text)


def _has_unlikely_run(text: str) -> bool:
    cost_of = character_costs().__getitem__
    runs = _CHINESE_RUN.findall(text)
    return any(sum(map(cost_of, run)) > _USUAL * len(run) + _DOUBT for run in runs)


def _decode(raw: bytes, encoding: str) -> str | None:
    """Return the text, where byte 80 is the euro sign of Windows code page 936."""
    parts: list[str] = []
    for _ in range(_MOST_EUROS):
        try:
            return "".join([*parts, raw.decode(encoding)])
        except UnicodeDecodeError as error:
            at = error.start
            if encoding != "gb18030" or raw[at] != 0x80:
                return None
            parts += [raw[:at].decode(encoding), "€"]
            raw = raw[at + 1 :]
    return None


def _read_piece(piece: _Piece, encoding: str, state: str, runs: Runs, end: _End) -> str:
    """Add the runs of one piece and return the encoding of the last."""
    order = (encoding, *(name for name in CHINESE if name != encoding))
    raw = piece.raw
    steps = _cheapest(raw, order, order.index(state), end)
    if piece.text is not None and any(step.kind == "bad" for step in steps):
        # Rare text, or damage older than the bytes: what the codec takes is no bad byte.
        runs.text.append(piece.text)
        return encoding
    stops = [*(step.at for step in steps[1:]), len(raw)]
    start = 0
    for number, (step, stop) in enumerate(zip(steps, stops, strict=True)):
        if number + 1 == len(steps) or steps[number + 1][1:] != step[1:]:
            _add_run(raw[start:stop], step, encoding, runs)
            start = stop
    return steps[-1].encoding


def _add_run(run: bytes, step: _Step, encoding: str, runs: Runs) -> None:
    if step.kind == "euro":
        runs.text.append("€" * len(run))
    elif step.kind == "bad":
        one_each = "\ufffd" * len(run)
        runs.text.append(run.decode("utf-8", "replace") if step.encoding == "utf-8" else one_each)
        runs.lost += len(run)
    else:
        runs.text.append(run.decode(step.encoding))
        if step.encoding != encoding and not run.isascii():
            runs.foreign[step.encoding] += 1
            runs.foreign_bytes[step.encoding] += len(run)


def _cheapest(piece: bytes, order: tuple[str, ...], state: int, end: _End) -> list[_Step]:
    """Return the cheapest cut of a piece into characters and bad bytes."""
    size = len(piece)
    readers = [_READERS[name] for name in order]
    costs = [[_NEVER] * (size + 5) for _ in order]
    origins = [[0] * (size + 5) for _ in order]  # where a step starts * 8 + its origin * 2 + bad
    for number in range(len(order)):
        costs[number][0] = 0 if number == state else _SWITCH
    lanes = list(zip(range(len(order)), readers, costs, origins, strict=True))
    plain = character_costs()
    for at, byte in enumerate(piece):
        here = [lane[at] for lane in costs]
        low = min(here)
        if low >= _NEVER:
            continue
        lowest = here.index(low)
        switch = low + _SWITCH + (_WITHIN if at and piece[at - 1] > 0x7F else 0)
        cut = end == "page" and at >= size - 3
        ascii_cost = plain[chr(byte)] if byte < 0x80 else 0
        for number, reader, lane, origin in lanes:
            cost, code = here[number], at * 8 + number * 2
            if cost > switch:
                cost, code = switch, at * 8 + lowest * 2
            if ascii_cost:
                length, price = 1, ascii_cost
            else:
                bad = cost + (_CUT if cut and at == size - 1 else BAD_BYTES)
                if bad < lane[at + 1]:
                    lane[at + 1], origin[at + 1] = bad, code + 1
                found = reader(piece, at)
                if found is None:
                    continue
                length, price = found
                if cut and price == BAD_BYTES and at + length == size:
                    price = _CUT
            stop = at + length
            if cost + price < lane[stop]:
                lane[stop], origin[stop] = cost + price, code
    if end == "own":
        for lane in costs[1:]:
            lane[size] += _SWITCH
    ends = [lane[size] for lane in costs]
    return _trace(piece, order, ends.index(min(ends)), origins)


def _trace(
    piece: bytes, order: tuple[str, ...], number: int, origins: list[list[int]]
) -> list[_Step]:
    """Return the steps that lead to the end of the piece in one of the encodings."""
    stop = len(piece)
    steps = []
    while stop > 0:
        at, code = divmod(origins[number][stop], 8)
        kind = "bad" if code & 1 else _kind(piece[at:stop], order[number])
        steps.append(_Step(at, order[number], kind))
        stop, number = at, code >> 1
    return steps[::-1]


def _kind(found: bytes, encoding: str) -> _StepKind:
    if found == b"\x80" and encoding == "gb18030":
        return "euro"
    cut = encoding == "utf-8" and found[0] > 0x7F and len(found) < _utf8_length(found[0])
    return "bad" if cut else "text"


class _Pairs(dict[bytes, "tuple[int, int] | None"]):
    """Length and cost of every two bytes in one encoding, ``None`` for no character."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def __missing__(self, pair: bytes) -> tuple[int, int] | None:
        try:
            text = pair.decode(self._encoding)
        except UnicodeDecodeError:
            found = None
        else:
            costs = character_costs()
            found = (2, sum(costs[char] for char in text)) if len(pair) == 2 else None
        self[pair] = found
        return found


@cache
def _pairs(encoding: str) -> _Pairs:
    return _Pairs(encoding)


def _read_gb18030(piece: bytes, at: int) -> tuple[int, int] | None:
    pair = piece[at : at + 2]
    if len(pair) == 2 and 0x30 <= pair[1] <= 0x39:
        return _read_four(piece[at : at + 4])
    return (1, _EURO) if pair[0] == 0x80 else _pairs("gb18030")[pair]


def _read_big5(piece: bytes, at: int) -> tuple[int, int] | None:
    return _pairs("big5hkscs")[piece[at : at + 2]]


def _read_utf8(piece: bytes, at: int) -> tuple[int, int] | None:
    """Return length and cost of a character, or of the bytes of one that is cut short."""
    lead = piece[at]
    if lead < 0xC2 or lead > 0xF4:
        return None
    try:
        char = piece[at : at + _utf8_length(lead)].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end - error.start, BAD_BYTES
    return _utf8_length(lead), character_costs()[char]


def _utf8_length(lead: int) -> int:
    return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


def _read_four(found: bytes) -> tuple[int, int] | None:
    try:
        return 4, character_costs()[found.decode("gb18030")]
    except UnicodeDecodeError:
        return None


_READERS: dict[str, Reader] = {
    "utf-8": _read_utf8,
    "gb18030": _read_gb18030,
    "big5hkscs": _read_big5,
}
