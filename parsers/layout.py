"""The layout of a source: its text as received, and where blocks and cells lie in it.

Decides how lines, rows and cells become one string with offsets, and how spanned cells become
a grid.  Every extractor (``html``, ``plain``, ``attachments.pdf``) writes through a ``Draft``;
what the offsets mean after repair is left to ``document``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from parsers.model import Block, BlockKind, Finding, Link

Span = tuple[int, int]

_MAX_COLSPAN = 200
_MAX_GRID = 100_000  # slots; a hostile page may ask for 10000 x 10000

# "一、总体情况", "第二章 附则", "(三)其他", "（十一）收费"
_HEADING = re.compile(
    r"[\s\u3000\xa0]*(?:第?[一二三四五六七八九十]{1,3}[、章节部.．]|[(（][一二三四五六七八九十]{1,3}[)）])"
)
_MAX_HEADING = 40
_TOP = 8  # lines at the top among which the title is looked for
_LARGE = 1.15  # type larger than the body text by this factor is a title
_LONG_CELL = 300
_HUGE_CELL = 1000
_PRINTS_NOTHING = " \t\xa0\u3000\ufeff\u200b\u200c\u200d\u2060\u200e\u200f\u00ad"


@dataclass(frozen=True, slots=True)
class Grid:
    """One table as spans of the received text: rows of equal width, spanned cells repeat."""

    start: int
    end: int
    rows: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What an extractor hands to ``read_document``.

    ``header`` holds lines printed around the text and not part of it (a metadata box);
    ``heading`` is the most prominent line of the page (h1, large type), ``page_title`` the
    name of the window.  ``grids`` are in text order, one for each table block.
    """

    received: str = ""
    blocks: tuple[Block, ...] = ()
    grids: tuple[Grid, ...] = ()
    header: tuple[str, ...] = ()
    heading: str | None = None
    page_title: str | None = None
    meta_tags: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    findings: tuple[Finding, ...] = ()


class SourceCell(NamedTuple):
    """A cell as its source gives it: text, and how many rows and columns it claims."""

    text: str
    rowspan: int = 1
    colspan: int = 1


class PlacedCell(NamedTuple):
    """A cell at its first row and column."""

    text: str
    row: int
    col: int
    rowspan: int = 1
    colspan: int = 1


class Sized(NamedTuple):
    """A line with the size of its type."""

    text: str
    size: float


def find_large_title(lines: Sequence[Sized]) -> str | None:
    """The lines in large type at the top, joined; ``None`` where all type is one size."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    if not sizes:
        return None
    body = sizes.most_common(1)[0][0]
    title = []
    for line in lines[:_TOP]:
        if line.size > _LARGE * body:
            title.append(line.text)
        elif title:
            break
    return join_lines(title) or None


def is_data_table(cells: Sequence[PlacedCell]) -> bool:
    """Two rows and two columns or more of mostly short cells, with something printed."""
    if len({cell.row for cell in cells}) < 2 or len({cell.col for cell in cells}) < 2:
        return False
    longest = max(len(cell.text) for cell in cells)
    big = sum(len(cell.text) > _LONG_CELL for cell in cells)
    return 0 < longest < _HUGE_CELL and 8 * big <= len(cells)


def is_heading(line: str) -> bool:
    """Whether a line looks like a section heading: a numeral, short, no sentence inside."""
    return (
        _HEADING.match(line) is not None
        and len(line.strip()) <= _MAX_HEADING
        and not line.rstrip().endswith(("。", ";", "；", ",", "，", ":", "："))
        and "。" not in line
    )


def kind_of(line: str) -> BlockKind:
    """Heading or paragraph."""
    return "heading" if is_heading(line) else "paragraph"


def is_blank(line: str) -> bool:
    """Whether a line prints nothing: only white space and invisible characters."""
    return not line or line.isspace() or not line.strip(_PRINTS_NOTHING)


def join_lines(lines: Iterable[str]) -> str:
    """Lines broken by a narrow column as one: nothing between Chinese, a blank in "12 34"."""
    joined = ""
    for line in map(str.strip, lines):
        if joined and line and _is_ascii_word(joined[-1]) and _is_ascii_word(line[0]):
            joined += " "
        joined += line
    return joined


def _is_ascii_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def place_cells(rows: Sequence[Sequence[SourceCell]]) -> list[PlacedCell]:
    """The cells at their grid positions, as a browser places them.

    A rowspan of 0 reaches to the last row.  Claims beyond any real table are cut: a column
    where no cell begins is dropped later, so ``colspan=10000`` in a title row costs nothing.
    """
    placed: list[PlacedCell] = []
    taken: set[Span] = set()
    room = _MAX_GRID
    for r, cells in enumerate(rows):
        c = 0
        for text, rowspan, colspan in cells:
            while taken and (r, c) in taken:
                c += 1
            down = min(rowspan or len(rows), len(rows) - r)
            across = max(1, min(colspan, _MAX_COLSPAN))
            if down * across > room:
                down = across = 1
            room -= down * across
            if down > 1:
                taken.update((y, x) for y in range(r + 1, r + down) for x in range(c, c + across))
            placed.append(PlacedCell(text, r, c, down, across))
            c += across
    return placed


class Draft:
    """Received text under construction."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._grids: list[Grid] = []

    @property
    def received(self) -> str:
        """The text so far: blocks and rows joined by line feeds, cells by tabs."""
        return "\n".join(self._parts)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks so far."""
        return tuple(self._blocks)

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The tables so far, one for each table block."""
        return tuple(self._grids)

    def _write(self, line: str) -> int:
        start = self._length
        self._parts.append(line)
        self._length = start + len(line) + 1
        return start

    def add_line(self, line: str, *, heading: bool = False) -> None:
        """One block of one line."""
        start = self._write(line)
        kind = "heading" if heading else kind_of(line)
        self._blocks.append(Block(kind, start, start + len(line)))

    def add_table(self, cells: Iterable[PlacedCell]) -> None:
        """One table block.  Rows and columns in which no cell begins are left out."""
        ordered = sorted(cells, key=attrgetter("row", "col"))
        if not ordered:
            return
        start = self._length
        spans: list[Span] = []
        row_ends: dict[int, int] = {}
        for r, row in groupby(ordered, key=attrgetter("row")):
            texts = [cell.text for cell in row]
            at = self._write("\t".join(texts))
            for text in texts:
                spans.append((at, at + len(text)))
                at += len(text) + 1
            row_ends[r] = at - 1
        end = self._length - 1
        self._blocks.append(Block("table", start, end, len(self._grids) + 1))
        self._grids.append(Grid(start, end, _grid_rows(ordered, spans, row_ends)))


def _grid_rows(
    cells: list[PlacedCell], spans: list[Span], row_ends: dict[int, int]
) -> tuple[tuple[Span, ...], ...]:
    """Every slot of the grid; a slot that no cell claims is empty, at the end of its row."""
    columns = sorted({cell.col for cell in cells})
    column_at = {col: index for index, col in enumerate(columns)}
    row_at = {row: index for index, row in enumerate(row_ends)}
    grid = [[(end, end)] * len(columns) for end in row_ends.values()]
    for (_, row, col, rowspan, colspan), span in zip(cells, spans, strict=True):
        x = column_at[col]
        if rowspan == 1 and colspan == 1:
            grid[row_at[row]][x] = span
            continue
        last = bisect_left(columns, col + colspan)
        for r in range(row, row + rowspan):
            if r in row_at:
                grid[row_at[r]][x:last] = [span] * (last - x)
    return tuple(tuple(row) for row in grid)
