"""The text of a report in pieces: what was repaired, where its numbers stand, which are tables.

This module decides where the text is cut and which lines of it are the rows of a table.  Offsets
count code points of the repaired text.  A row of a table is a line whose cells a tab separates;
the grids of the revision (cells under a merged one are empty there) tell where each belongs.  A
grid whose rows are not found in the text stays lines of text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]
Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Mended:
    """A repair at its place in the repaired text."""

    start: int
    end: int
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the repaired text: repaired or not, of a number or not, perhaps its beginning.

    ``doubt`` is the key of a finding about the number.
    """

    start: int
    text: str
    repair: Mended | None
    is_number: bool
    anchor: str | None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text, or a table: rows of cells, each in pieces."""

    pieces: tuple[Piece, ...] = ()
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands in the text, and each of its cells; ``None`` under a merged one."""

    start: int
    end: int
    rows: tuple[tuple[Span | None, ...], ...]


def mended(repairs: Sequence[tuple[int, str, str, str]]) -> list[Mended]:
    """Return where repairs (start in the received text, before, after, rule) are in the repaired."""
    places = []
    grown = 0
    for start, before, after, rule in repairs:
        places.append(Mended(start + grown, start + grown + len(after), before, after, rule))
        grown += len(after) - len(before)
    return places


def blocks_of(
    text: str,
    grids: Sequence[Grid],
    repairs: Sequence[Mended],
    numbers: Sequence[Span],
    doubts: Mapping[int, str],
) -> list[Block]:
    """Return the text in order, its tables as tables; ``doubts`` are findings by where a number begins."""
    places = find_tables(text, grids)
    cuts = [span for place in places for row in place.rows for span in row if span]
    around = [_with_newlines(text, place) for place in places]
    pieces = pieces_of(text, repairs, numbers, cuts + around, doubts)
    starts = [piece.start for piece in pieces]

    def within(start: int, end: int) -> tuple[Piece, ...]:
        """A repair that left nothing stands at a place, of no length."""
        some = pieces[bisect_left(starts, start) : bisect_right(starts, end)]
        return tuple(piece for piece in some if piece.start < end or not piece.text)

    blocks, at = [], 0
    for place, (start, end) in zip(places, around, strict=True):
        blocks.append(Block(pieces=within(at, start)))
        rows = (tuple(within(*span) if span else () for span in row) for row in place.rows)
        blocks.append(Block(rows=tuple(rows)))
        at = end
    blocks.append(Block(pieces=within(at, len(text))))
    return [one for one in blocks if one.rows or any(piece.text.strip() for piece in one.pieces)]


def pieces_of(
    text: str,
    repairs: Sequence[Mended],
    numbers: Sequence[Span],
    more: Sequence[Span] = (),
    doubts: Mapping[int, str] | None = None,
) -> list[Piece]:
    """Return the text in pieces, cut wherever a repair, a number or a span of ``more`` begins or ends."""
    starts = {start for start, _ in numbers}
    in_numbers = {at for start, end in numbers for at in range(start, end)}
    begins = [one.start for one in repairs]
    removed: dict[int, list[Piece]] = {}
    for one in repairs:
        if one.start == one.end:
            nothing = Piece(one.start, "", one, is_number=False, anchor=None)
            removed.setdefault(one.start, []).append(nothing)
    cuts = {0, len(text)}.union(*numbers, *more, *((one.start, one.end) for one in repairs))
    pieces: list[Piece] = []
    for start, end in pairwise(sorted(cut for cut in cuts if 0 <= cut <= len(text))):
        at = bisect_right(begins, start) - 1
        repair = repairs[at] if at >= 0 and start < repairs[at].end else None
        anchor = f"at-{start}" if start in starts else None
        pieces += removed.get(start, [])
        pieces.append(
            Piece(
                start,
                text[start:end],
                repair,
                is_number=start in in_numbers,
                anchor=anchor,
                doubt=(doubts or {}).get(start),
            )
        )
    return pieces + removed.get(len(text), [])


def find_tables(text: str, grids: Sequence[Grid]) -> list[Place]:
    """Return where the grids stand in the text, in order; a grid that is not found is left out."""
    lines = list(_lines(text))
    places, at = [], 0
    for grid in grids:
        for first in range(at, len(lines)):
            found = _match(lines, first, grid)
            if found is not None:
                place, at = found
                places.append(place)
                break
    return places


def _with_newlines(text: str, place: Place) -> Span:
    """The lines of a table with the line ends that part it from the text around."""
    start = place.start - (text[place.start - 1 : place.start] == "\n")
    return start, place.end + (text[place.end : place.end + 1] == "\n")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield where each line begins, and its cells."""
    start = 0
    for line in text.split("\n"):
        yield start, line.split("\t")
        start += len(line) + 1


def _match(
    lines: Sequence[tuple[int, list[str]]], first: int, grid: Grid
) -> tuple[Place, int] | None:
    """Return the grid as the lines from ``first`` on print it, and the line after it."""
    rows: list[tuple[Span | None, ...]] = []
    at = first
    for row in grid:
        spans = _place_cells(*lines[at], row) if at < len(lines) else None
        if spans is not None:
            rows.append(spans)
            at += 1
        elif any(row):
            return None
    if at == first or not any(any(row) for row in rows):
        return None
    start, (last, cells) = lines[first][0], lines[at - 1]
    return Place(start, last + len("\t".join(cells)), tuple(rows)), at


def _place_cells(
    start: int, cells: Sequence[str], row: Sequence[str]
) -> tuple[Span | None, ...] | None:
    """Return where each cell of a row stands in a line; ``None`` where the line is not this row."""
    spans: list[Span | None] = []
    left = list(reversed(cells))
    for cell in row:
        if left and left[-1] == cell:
            spans.append((start, start + len(cell)))
            start += len(left.pop()) + 1
        elif cell:
            return None
        else:
            spans.append(None)
    return None if any(left) else tuple(spans)
