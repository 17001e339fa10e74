"""Tables of a document: grids given by the source, and grids rebuilt from lines of text.

Decides how a table that lost its cells (one cell per line, one-character cells dropped) is put
together again, and where it ends.  What the rows mean is left to ``forms`` and ``statistics``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from parsers.layout import Grid, Span, is_blank
from parsers.listed import may_be_listed, read_listed
from parsers.model import Block, Cell, Table
from parsers.separated import may_hold_rows, read_separated

_FIRST_HEADERS = {
    "统计指标", "指标名称", "指标", "申请来源", "统计项目", "统计内容", "项目名称", "统计指标名称",
}  # fmt: skip
_UNIT_HEADERS = {"单位", "计量单位"}
# "合计", "申请数(件)", "占比（%）", "2015年度", "历年累计", "代码"
_VALUE_HEADER = re.compile(
    r"(?:合计|总计|统计数据?|数量|数值|数据|数|累计|代码|[本当上]年度?|历年|本期|申请|20\d\d年?度?)"
    r"(?:数|实际|累计|数量|合计)?(?:[(（][^()（）]{1,4}[)）])?|占比(?:[(（][%％][)）])?|备注"
)
_UNITS = {
    "条", "件", "次", "篇", "个", "人", "项", "期", "场", "份", "册", "名", "户", "家", "人次", "条次",
    "件次", "万元", "元", "亿元", "%", "％",
}  # fmt: skip
# "13150", "1,802", "90.2", "4.3%", "-18", "０", "90.2万元"
_NUMBER = re.compile(
    r"[-+－＋]?[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?\s*(?:[%％条件次篇个人项期元]|人次|万元)?"
)
_NO_VALUE = re.compile(r"[-—–－/／]{1,4}|无")
# "(不同渠道和方式公开相同信息计1条)": one pair of brackets around the whole line
_NOTE = re.compile(r"[(（][^()（）]{3,}[)）]")
_MAX_LABEL = 160
_MAX_EMPTY_ROWS = 3
_MIN_VALUE_ROWS = 3
_MAX_CAPTION = 80


@dataclass(frozen=True, slots=True)
class _Flat:
    """A rebuilt table and the number of blocks that it used up."""

    rows: tuple[tuple[Cell, ...], ...]
    used: int


def build_tables(text: str, grids: Iterable[Grid], move: Callable[[int], int]) -> list[Table]:
    """The tables whose cells the source gave, with their spans moved into ``text``."""
    tables: list[Table] = []
    last_end = 0
    for number, grid in enumerate(grids, start=1):
        cells: dict[Span, Cell] = {}
        for row in grid.rows:
            for span in row:
                if span not in cells:
                    cells[span] = _cell(text, move(span[0]), move(span[1]))
        rows = tuple(tuple(cells[span] for span in row) for row in grid.rows)
        caption = _find_caption(text, last_end, move(grid.start))
        last_end = move(grid.end)
        tables.append(Table(number, rows, caption))
    return tables


def rebuild_tables(
    text: str, blocks: Sequence[Block], tables: Sequence[Table]
) -> tuple[list[Block], list[Table]]:
    """Blocks and tables with every flattened table put together again.

    A flattened table begins with its column heads on lines of their own (统计指标, 单位, 合计)
    and goes on while a label is followed by at most one unit and its values.  Its rows are
    [label, unit, value, …] (no unit where no column is named so), with empty cells where the
    source dropped them; a bracketed note below a label belongs to the label.  Rows whose cells
    are still apart, by tabs or drawn lines, are read by ``separated``, lists by ``listed``.
    """
    lines = [_strip(text, block) for block in blocks]
    found: dict[int, _Flat] = {}
    i = barren = 0  # no table begins between the two
    while i < len(blocks):
        flat = _read_flat(text, blocks, lines, i) if _is_first_header(lines[i]) else None
        if flat is None and i >= barren:
            rows, looked_at = _read_lines(text, blocks, i)
            if rows:
                flat = _Flat(tuple(rows), looked_at)
            barren = i + looked_at
        if flat:
            found[i] = flat
        i += flat.used if flat else 1
    if not found:
        return list(blocks), list(tables)
    return _renumber(text, blocks, tables, found)


def _read_lines(
    text: str, blocks: Sequence[Block], first: int
) -> tuple[Sequence[tuple[Cell, ...]], int]:
    """The rows of a table of whole lines that begins at ``first``, and how far was looked."""
    block = blocks[first]
    if block.kind == "table":
        return (), 1
    line = text[block.start : block.end]
    if may_hold_rows(line):
        return read_separated(text, blocks, first)
    if may_be_listed(line):
        return read_listed(text, blocks, first)
    return (), 1


def _renumber(
    text: str, blocks: Sequence[Block], tables: Sequence[Table], found: dict[int, _Flat]
) -> tuple[list[Block], list[Table]]:
    new_blocks: list[Block] = []
    new_tables: list[Table] = []
    last_end = 0
    given = iter(tables)
    i = 0
    while i < len(blocks):
        block, flat = blocks[i], found.get(i)
        number = len(new_tables) + 1
        if flat:
            block = Block("table", block.start, blocks[i + flat.used - 1].end, number)
            caption = _find_caption(text, last_end, block.start)
            new_tables.append(Table(number, flat.rows, caption, rebuilt=True))
        elif block.kind == "table":
            block = block._replace(table=number)
            new_tables.append(replace(next(given), number=number))
        if block.kind == "table":
            last_end = block.end
        new_blocks.append(block)
        i += flat.used if flat else 1
    return new_blocks, new_tables


def _read_flat(
    text: str, blocks: Sequence[Block], lines: Sequence[Cell], first: int
) -> _Flat | None:
    """The flattened table whose head begins at ``first``, if its lines keep the pattern."""
    head = _read_head(lines, first)
    if len(head) < 2:
        return None
    has_unit = _squeeze(head[1].text) in _UNIT_HEADERS
    width = len(head)
    rows = [tuple(head)]
    kept = 1
    value_rows = empty_rows = 0
    i = end = first + width
    while i < len(lines) and blocks[i].kind != "table" and _is_label(lines[i]):
        if _is_first_header(lines[i]) and len(_read_head(lines, i)) > 1:
            break
        row, i = _read_row(text, lines, i, width, has_unit=has_unit)
        rows.append(row)
        if any(cell.text for cell in row[1 + has_unit :]):
            kept, end, empty_rows = len(rows), i, 0
            value_rows += 1
        elif (empty_rows := empty_rows + 1) > _MAX_EMPTY_ROWS:
            break
    if value_rows < _MIN_VALUE_ROWS:
        return None
    return _Flat(tuple(rows[:kept]), end - first)


def _read_head(lines: Sequence[Cell], first: int) -> list[Cell]:
    head = [lines[first]]
    for line in lines[first + 1 : first + 8]:
        word = _squeeze(line.text)
        is_unit = word in _UNIT_HEADERS and len(head) == 1
        if not is_unit and not _VALUE_HEADER.fullmatch(word):
            break
        head.append(line)
    return head


def _read_row(
    text: str, lines: Sequence[Cell], i: int, width: int, *, has_unit: bool
) -> tuple[tuple[Cell, ...], int]:
    """One row and the index of the line after it."""
    label = lines[i]
    i += 1
    while i < len(lines) and _NOTE.fullmatch(lines[i].text):
        label = _cell(text, label.start, lines[i].end)
        i += 1
    row = [label]
    if has_unit:
        if i < len(lines) and _is_unit(lines, i):
            row.append(lines[i])
            i += 1
        else:
            row.append(_cell(text, label.end, label.end))
    while i < len(lines) and len(row) < width and _is_value(lines[i].text):
        row.append(lines[i])
        i += 1
    last = row[-1].end
    row.extend(_cell(text, last, last) for _ in range(width - len(row)))
    return tuple(row), i


def _is_first_header(line: Cell) -> bool:
    return len(line.text) < 12 and _squeeze(line.text) in _FIRST_HEADERS


def _is_unit(lines: Sequence[Cell], i: int) -> bool:
    """A unit, or the first of two dashes of a row that groups others."""
    word = lines[i].text
    following = lines[i + 1].text if i + 1 < len(lines) else ""
    return word in _UNITS or (
        _NO_VALUE.fullmatch(word) is not None and _NO_VALUE.fullmatch(following) is not None
    )


def _is_value(word: str) -> bool:
    return len(word) < 24 and (
        _NUMBER.fullmatch(word) is not None or _NO_VALUE.fullmatch(word) is not None
    )


def _is_label(line: Cell) -> bool:
    word = line.text
    return (
        len(word) <= _MAX_LABEL
        and "。" not in word
        and word not in _UNITS
        and not _is_value(word)
        and not _NOTE.fullmatch(word)
    )


def _squeeze(word: str) -> str:
    return "".join(word.split())


def _cell(text: str, start: int, end: int) -> Cell:
    return Cell(text[start:end], start, end)


def _strip(text: str, block: Block) -> Cell:
    """The line of a block without the white space around it."""
    raw = text[block.start : block.end]
    start = block.start + len(raw) - len(raw.lstrip())
    return _cell(text, start, start + len(raw.strip()))


def _find_caption(text: str, floor: int, start: int) -> str | None:
    """The nearest printed line above ``start`` and below ``floor``, if short."""
    for line in reversed(text[max(floor, start - 400) : start].split("\n")):
        if not is_blank(line):
            caption = line.strip()
            return caption if len(caption) <= _MAX_CAPTION else None
    return None
