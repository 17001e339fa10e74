"""Tables that came as text with their cells still apart: by tabs, or by drawn lines.

Decides which lines are the rows of one table and in which columns their cells stand.  Where a
merged label was written once, its row has fewer cells: numbers then stand at the right, as many
as the table has columns of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from parsers.model import Block, Cell

_MIN_ROWS = 3
_MAX_CELL = 200
_BARS = "|｜│┃║"
_DASHES = "-─━┄┈═"
_DRAWN = _BARS + _DASHES + "+=├┼┤┌┬┐└┴┘┠┨┏┯┓┗┷┛╔╦╗╠╬╣╚╩╝ \t"
_BAR = re.compile(f"[{_BARS}]")
# "13150", "1,802", "90.2%", "-18", "—", "12件", "0.5万元"
_VALUE = re.compile(
    r"[-+－＋]?[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?\s*(?:[%％条件次篇个人项期元]|人次|万元)?"
    r"|[-—–－/／]{1,4}|"
)

Row = tuple[Cell, ...]


def read_separated(text: str, blocks: Sequence[Block], first: int) -> tuple[tuple[Row, ...], int]:
    """The rows of the table that begins at ``blocks[first]``, and how many blocks were looked at.

    No rows where these lines are no table; then no table begins inside them either.
    """
    of_this_make = _has_tabs if _has_tabs(_line(text, blocks[first])) else _has_bars
    rows: list[list[Cell]] = []
    used = 0
    for block in blocks[first:]:
        line = _line(text, block)
        if block.kind == "table" or not of_this_make(line):
            break
        used += 1
        if _is_border(line):
            continue
        row = _split(text, block)
        if any(len(cell.text) > _MAX_CELL for cell in row):  # running text
            break
        rows.append(row)
    if not _is_table(rows):
        return (), used
    return tuple(map(tuple, _align(rows))), used


def may_hold_rows(line: str) -> bool:
    """Whether a line has what parts cells."""
    return _has_tabs(line) or _has_bars(line)


def _line(text: str, block: Block) -> str:
    return text[block.start : block.end]


def _has_tabs(line: str) -> bool:
    return "\t" in line.lstrip()


def _has_bars(line: str) -> bool:
    bare = line.strip()
    if not bare or bare[0] not in _DRAWN:
        return False
    return _is_border(bare) or (
        bare[0] in _BARS and bare[-1] in _BARS and len(_BAR.findall(bare)) > 2
    )


def _is_border(line: str) -> bool:
    """Whether a line is drawn between rows: "├──┼──┤", "+----+----+", "|---|---|"."""
    return not line.strip(_DRAWN) and any(2 * dash in line for dash in _DASHES)


def _split(text: str, block: Block) -> list[Cell]:
    """The cells of a row; inside a frame those between its sides."""
    line = _line(text, block)
    if _has_tabs(line):
        return _cells(text, block.start, block.end, "\t")
    bar = next(char for char in line if char in _BARS)
    start = block.start + line.index(bar) + 1
    return _cells(text, start, block.start + line.rindex(bar), bar)


def _cells(text: str, start: int, end: int, mark: str) -> list[Cell]:
    """The pieces between marks, without the white space around them."""
    cells: list[Cell] = []
    at = start
    for piece in text[start:end].split(mark):
        bare = piece.strip()
        left = at + (len(piece) - len(piece.lstrip()) if bare else 0)
        cells.append(Cell(bare, left, left + len(bare)))
        at += len(piece) + 1
    return cells


def _is_table(rows: Sequence[Sequence[Cell]]) -> bool:
    """Three rows of short cells, most of which print or leave blank a value beside a label."""
    if len(rows) < _MIN_ROWS:
        return False
    valued = sum(bool(_values(row)) and len(row) > 1 for row in rows)
    return 2 * valued > len(rows)


def _values(row: Sequence[Cell]) -> int:
    """How many values stand at the right of a row."""
    count = 0
    for cell in reversed(row[1:]):
        if not _VALUE.fullmatch(cell.text):
            break
        count += 1
    return count


def _align(rows: list[list[Cell]]) -> list[list[Cell]]:
    """The rows at one width: a short row has its label repeated, as a merged cell would."""
    width = max(map(len, rows))
    usual = Counter(filter(None, map(_values, rows))).most_common(1)[0][0]
    aligned: list[list[Cell]] = []
    for row in rows:
        missing = width - len(row)
        if _values(row) == usual and len(row) > usual:
            aligned.append([*row[:-usual], *[row[-usual - 1]] * missing, *row[-usual:]])
        else:
            aligned.append([*row, *[Cell("", row[-1].end, row[-1].end)] * missing])
    return aligned
