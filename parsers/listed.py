"""Tables written as lists: one row a line, "1.当面申请数：2件".

Decides which lines are such rows: several in a row whose label names a count, an amount or a
rate, and whose only other content is a number.  Sentences and addresses are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.layout import is_heading
from parsers.model import Block, Cell

# "（一）收到申请数：14件", "其中：主动公开规范性文件数……18条", "2.传真申请数   0 件；"
_ROW = re.compile(
    r"(?P<label>[^。；;\t]{2,120}?)(?:\s*[:：]\s*|\s*(?:[.·—_]{3,}|…+)\s*|[ \u3000\xa0]{2,})"
    r"(?P<value>[-+－＋]?[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?|[-—–－/／]{1,4}|无)"
    r"[ \u3000\xa0]*(?P<unit>[条件次篇个人项期元名份场户家册%％]|人次|件次|万元|亿元)?[。；;，,.]?"
)
# What a label that counts something ends with, its bracketed note left out
_COUNTS = re.compile(r"(?:[数量费率额]|费用)\s*(?:[(（][^()（）]*[)）])?\s*$")
# "联系电话：…", "邮编：…", "发布日期：…" and the like have numbers and count nothing
_NO_ROW = re.compile(
    r"电话|传真[:：]?$|邮编|邮政|编号|索引|日期|时间|年份|网址|邮箱|地址|标识码|备案"
)
_DIGIT = re.compile(r"\d")
_MIN_ROWS = 4
_MAX_LINE = 160
_MAX_EMPTY = 3

Row = tuple[Cell, Cell, Cell]


def may_be_listed(line: str) -> bool:
    """Whether a line may be the first row of a list: a number stands at its end."""
    end = line.rstrip("。；;，,. ")[-3:]
    return len(line) <= _MAX_LINE and _DIGIT.search(end) is not None and _read(line) is not None


def read_listed(text: str, blocks: Sequence[Block], first: int) -> tuple[tuple[Row, ...], int]:
    """The rows of the table that begins at ``blocks[first]``, and how many blocks were looked at.

    A row is label, unit and value; a heading between rows is a row without a value.  No rows
    where these lines are no table; then no table begins inside them either.
    """
    rows: list[Row] = []
    kept = counted = empty = 0
    for block in blocks[first:]:
        if block.kind == "table":
            break
        line = text[block.start : block.end]
        found = _read(line)
        if found is not None:
            rows.append(_row(text, block.start, found))
            counted += _COUNTS.search(found["label"]) is not None
            kept, empty = len(rows), 0
        elif is_heading(line) and empty < _MAX_EMPTY:
            label = _cell(text, block.start, block.end)
            blank = Cell("", label.end, label.end)
            rows.append((label, blank, blank))
            empty += 1
        else:
            break
    return (tuple(rows[:kept]) if counted >= _MIN_ROWS else (), kept)


def _read(line: str) -> re.Match[str] | None:
    if len(line) > _MAX_LINE:
        return None
    found = _ROW.fullmatch(line.strip())
    return None if found is None or _NO_ROW.search(found["label"]) else found


def _row(text: str, start: int, found: re.Match[str]) -> Row:
    at = start
    while text[at].isspace():
        at += 1
    label = _cell(text, at + found.start("label"), at + found.end("label"))
    value = _cell(text, at + found.start("value"), at + found.end("value"))
    unit_span = found.span("unit") if found["unit"] else (found.end("value"),) * 2
    return label, _cell(text, at + unit_span[0], at + unit_span[1]), value


def _cell(text: str, start: int, end: int) -> Cell:
    raw = text[start:end]
    start += len(raw) - len(raw.lstrip())
    bare = raw.strip()
    return Cell(bare, start, start + len(bare))
