"""Tables without ruled lines: rows rebuilt from where their cells stand.

Decides when lines of a page are rows of a table: three or more in a row, each with a label and
numbers in the same columns.  Where a piece of text stands in two columns, or two pieces in one,
nothing is rebuilt and the lines stay lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from parsers.attachments.pdf_lines import Line, Segment
from parsers.layout import PlacedCell, join_lines

# "13", "1,802.5", "4.3%", "-", "/", "12件", "0.5万元"
_VALUE = re.compile(
    r"[-+－＋]?\d[\d,，]*(?:[.．]\d+)?\s*(?:[%％条件次篇个人项期元]|人次|万元)?|[-—–－/／]{1,4}"
)
# "（一）收到申请数", "1.当面申请数", "一、…", "其中：…"
_NUMERAL = re.compile(
    r"\s*(?:[(（]?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)）、.．]|其中|合计|总计)"
)
_MAX_LABELS = 3  # lines of a broken label
_CLOSE = 0.85  # of the distance of rows; lines closer than that are one row
_MIN_ROWS = 3
_MIN_COLUMNS = 2

Opened = tuple[float, list[PlacedCell]]


def find_open_tables(lines: list[Line]) -> tuple[list[Opened], list[Line]]:
    """The tables among the lines with their upper edges, and the lines that are left."""
    tables: list[Opened] = []
    left: list[Line] = []
    i = 0
    while i < len(lines):
        run = lines[i : _run_end(lines, i)]
        rows = _read_rows(run) if len(run) >= _MIN_ROWS else []
        if not rows:
            left.append(lines[i])
            i += 1
        else:
            tables.append((lines[i].top, _place(rows)))
            i += sum(len(row.lines) for row in rows)
    return tables, left


@dataclass(slots=True)
class _Row:
    """A row of a table: its pieces by column, and the lines that they stand on."""

    cells: dict[int, str]
    lines: list[Line]

    @property
    def has_values(self) -> bool:
        return any(column for column in self.cells)


def _run_end(lines: Sequence[Line], first: int) -> int:
    """The end of the run of lines that may be rows: several pieces, or a label between such."""
    end = first
    for i in range(first, len(lines)):
        if len(lines[i].segments) > 1:
            end = i + 1
        elif i == first or i - end >= _MAX_LABELS:
            break
    while first < end < len(lines) and _continues(lines[end - 1].text, lines[end].text):
        end += 1
    return end


def _read_rows(run: Sequence[Line]) -> list[_Row]:
    """The rows at the top of a run, if every piece stands in exactly one column."""
    valued = [line for line in run if any(_is_value(piece) for piece in line.segments[1:])]
    columns = _columns([piece for line in valued for piece in line.segments])
    if len(valued) < _MIN_ROWS or len(columns) < _MIN_COLUMNS:
        return []
    rows: list[_Row] = []
    pitch = _pitch(valued)
    for line in run:
        cells: dict[int, str] = {}
        for piece in line.segments:
            over = [c for c, (x0, x1) in enumerate(columns) if piece.x0 < x1 and x0 < piece.x1]
            if len(over) != 1 or over[0] in cells:
                return rows if len(line.segments) == 1 and len(rows) >= _MIN_ROWS else []
            cells[over[0]] = piece.text
        if rows and _is_same_row(rows[-1], cells, line, pitch):
            label = join_lines((rows[-1].cells.get(0, ""), cells.get(0, "")))
            rows[-1].cells |= {**cells, 0: label}
            rows[-1].lines.append(line)
        else:
            rows.append(_Row(cells, [line]))
    return rows


def _is_same_row(above: _Row, cells: dict[int, str], line: Line, pitch: float) -> bool:
    """Whether a line goes on with the row above: its label, or values beside a broken label."""
    if above.has_values and any(cells[column] for column in cells if column):
        return False
    near = line.top - above.lines[-1].top < _CLOSE * pitch
    label = cells.get(0, "")
    return not _NUMERAL.match(label) and (near or _is_open(above.cells.get(0, "")))


def _continues(above: str, line: str) -> bool:
    return _is_open(above) and not _NUMERAL.match(line)


def _is_open(text: str) -> bool:
    """Whether a bracket is still open."""
    return sum(map(text.count, "(（")) > sum(map(text.count, ")）"))


def _pitch(rows: Sequence[Line]) -> float:
    steps = sorted(below.top - above.top for above, below in pairwise(rows))
    return steps[len(steps) // 2]


def _place(rows: Sequence[_Row]) -> list[PlacedCell]:
    width = 1 + max(column for row in rows for column in row.cells)
    return [
        PlacedCell(row.cells.get(column, ""), r, column)
        for r, row in enumerate(rows)
        for column in range(width)
    ]


def _is_value(piece: Segment) -> bool:
    return _VALUE.fullmatch(piece.text) is not None


def _columns(pieces: Sequence[Segment]) -> list[tuple[float, float]]:
    """The stretches of the page that the pieces cover, from left to right."""
    columns: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda piece: piece.x0):
        if columns and piece.x0 < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], piece.x1))
        else:
            columns.append((piece.x0, piece.x1))
    return columns
