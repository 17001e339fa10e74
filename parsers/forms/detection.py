"""Which form a document uses, by what its tables say.

The year is no argument: a form unusual for its year is for others to remark on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from parsers.forms.source import load
from parsers.model import FormName, Table
from parsers.numbers import fold

_B = tuple(load("national_2014")["markers"])
_C, _D = (tuple(form["markers"]) for form in load("grids")["forms"])
_SHARED = tuple(load("grids")["shared"]["markers"])
_LOCAL = tuple(load("local_table")["markers"])
_LOCAL_ROWS = (
    "主动公开", "申请总数", "受理依申请公开信息总数", "当面申请数", "行政复议数", "信函申请数", "同意公开答复数",
)  # fmt: skip
# "(六)其他处理" in a cell of its own, with one character lost, changed or put in at most
_OLD_ROW = re.compile(
    r"(?:^|\|)[^|]{0,5}(?:其他处.?理?|.?他处理|其.{0,2}处理|其他.{0,2}理|其他处理.)(?=\||$)"
)
# rows that only the table of applications has
_RESULTS = (
    "予以公开",
    "部分公开",
    "属于国家秘密",
    "重复申请",
    "投诉类申请",
    "公开出版物",
    "类过程性",
)
# several pieces of the same rows: one wrong character does not hide them all
_NEW_ROWS = ("行政机关不再处理", "逾期不补正", "逾期未按收费通知")


def table_text(table: Table) -> str:
    """The folded text of a table without white space, each source cell once, ``|`` between."""
    cells = dict.fromkeys(chain.from_iterable(table.rows))
    return "".join(fold("|".join(cell.text for cell in cells if cell.text)).split())


def _count(markers: Sequence[str], text: str) -> int:
    return sum(marker in text for marker in markers)


def _is_mixed(old: int, new: int, text: str) -> bool:
    if not new or old > 1:
        return bool(new)
    return bool(not _count(_NEW_ROWS, text) and _count(_RESULTS, text) and _OLD_ROW.search(text))


def _grid_form(text: str) -> FormName | None:
    """The form of a text that has rows of the 2019 or 2021 tables."""
    old, new, shared = _count(_C, text), _count(_D, text), _count(_SHARED, text)
    if old + new + shared < 2:
        return None
    # "本年处理决定数量" of the new form contains the old "处理决定数量", never the other way.
    if _is_mixed(old, new, text):
        return "mixed"
    if old or new:
        return "national_2019" if old > new else "national_2021"
    if _count(_NEW_ROWS, text):
        return "national_2021"
    return "national_2019" if _OLD_ROW.search(text) else "national_2021"


def detect_form(text: str, tables: tuple[Table, ...]) -> FormName:
    """The form whose rows the tables have; ``narrative`` where there is no statistics table.

    A report whose table was lost into running text still shows several row labels of one form;
    a sentence that mentions one of them does not make a table.
    """
    cells = "|".join(table_text(table) for table in tables)
    grid = _grid_form(cells) if cells else None
    if grid:
        return grid
    if _count(_B, cells) >= 2:
        return "national_2014"
    if (_count(_LOCAL, cells) and _count(_LOCAL_ROWS, cells)) or _count(_LOCAL_ROWS, cells) >= 2:
        return "local_table"
    return _form_of_lost_table(text)


def _form_of_lost_table(text: str) -> FormName:
    if not any(marker in text for marker in ("勾稽关系", "第二十条第", "按时办结数", "计量单位")):
        return "narrative"
    compact = "".join(fold(text).split())
    if _count(_SHARED, compact) >= 3 and (_count(_C, compact) >= 2 or _count(_D, compact) >= 2):
        return _grid_form(compact) or "narrative"
    if _count(_B, compact) >= 5:
        return "national_2014"
    if "历年累计" in compact and "计量单位" in compact:
        return "local_table"
    return "narrative"
