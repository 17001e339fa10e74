"""The grids of the forms of 2019 and 2021: what Article 20 names, applications, review.

This module decides where the value columns of these tables are and which cell is which field.
The three tables may come apart, merged into one, or split over pages, so rows are read one by
one and what a heading said holds until the next one, across tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from parsers.cells import statistic_of_cell
from parsers.forms import FIELDS, Field
from parsers.forms.detection import table_text
from parsers.forms.source import load
from parsers.labels import is_shortened, is_within_one_edit, label_key
from parsers.model import Cell, Finding, FormName, Scope, Statistic, Table
from parsers.numbers import fold, read_cell

GRID_WORDS = (
    "第二十条第", "本年制发件数", "本年新制作数量", "本年处理决定数量", "结果维持", "本年新收",
    "上年结转", "属于国家秘密", "补正后申请内容", "结转下年", "重复申请",
)  # fmt: skip
REVIEW_CELLS = 15
APPLICATION_CELLS = 7


@dataclass(frozen=True, slots=True)
class _Disclosure:
    """One block of section two: its rows and columns by label."""

    id: str
    rows: Mapping[str, str]
    columns: Mapping[str, str]


@cache
def _disclosures() -> Mapping[str, _Disclosure]:
    """The blocks of section two by the Chinese numeral of their item in Article 20."""
    return {
        block["article"]: _Disclosure(
            block["id"], _ids_by_label(block["rows"]), _ids_by_label(block["columns"])
        )
        for block in load("grids")["disclosure"]
    }


def _ids_by_label(entries: list[dict[str, object]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        variants = entry.get("variants", ())
        for label in (entry["label"], *(variants if isinstance(variants, list) else ())):
            found[label_key(str(label))] = str(entry["id"])
    return found


@cache
def _application_rows() -> Mapping[str, str]:
    return _ids_by_label(load("grids")["applications"]["rows"])


@cache
def _application_columns() -> Mapping[str, str]:
    return _ids_by_label(load("grids")["applications"]["columns"])


@cache
def _review_ids() -> tuple[str, ...]:
    grid = load("grids")["review"]
    return tuple(f"{g['id']}_{c['id']}" for g in grid["groups"] for c in grid["columns"])


@cache
def _row_id(key: str) -> str | None:
    """The row of the applications table that a label names, or was meant to name."""
    rows = _application_rows()
    if key in rows:
        return rows[key]
    if len(key) < 6:
        return None
    near = {i for known, i in rows.items() if len(known) >= 6 and is_within_one_edit(key, known)}
    near = near or {i for known, i in rows.items() if is_shortened(key, known)}
    return near.pop() if len(near) == 1 else None


@dataclass(slots=True)
class _Place:
    """What the headings so far have said."""

    block: _Disclosure | None = None
    columns: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    applicants: dict[int, str] = field(default_factory=dict)
    in_other: bool = False
    after_review_head: bool = False
    statistics: list[Statistic] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def is_grid(table: Table) -> bool:
    """Whether a table holds rows or headings of these grids."""
    text = table_text(table)
    return any(word in text for word in GRID_WORDS)


def read_grids(
    tables: list[Table], form: FormName, scope: Scope
) -> tuple[list[Statistic], list[Finding]]:
    """The statistics of all grid tables of a document, in order, with what could not be read."""
    place = _Place()
    for table in tables:
        place.applicants.clear()
        for number, row in enumerate(table.rows):
            _read_row(row, (table.number, number), place, (form, scope))
    return place.statistics, place.findings


def _read_row(
    row: tuple[Cell, ...], where: tuple[int, int], place: _Place, state: tuple[FormName, Scope]
) -> None:
    keys = [label_key(cell.text) if cell.text else "" for cell in row]
    joined = next((k for k in keys if k), "")
    if joined.startswith("第二十条第"):
        place.block = _block_of(row)
        place.columns = {}
    elif "结果维持" in keys:
        place.after_review_head = True
        place.block = None
    elif place.after_review_head and _is_review_row(row):
        _read_review(row, where, place, state[1])
    elif (place.block and _read_disclosure_head(row, keys, place)) or (
        place.block and _read_disclosure(row, keys, (where, place, state[1]))
    ):
        pass
    else:
        _read_application(row, keys, where, (place, *state))


def _block_of(row: tuple[Cell, ...]) -> _Disclosure | None:
    # "第二十条第(五)项", also "第二十条第五项"
    text = "".join(fold(next(c.text for c in row if c.text.strip())).split())
    numeral = text.removeprefix("第二十条第").lstrip("(")[:1]
    return _disclosures().get(numeral)


def _read_disclosure_head(row: tuple[Cell, ...], keys: list[str], place: _Place) -> bool:
    """Whether the row names the columns of the block; if so they are remembered."""
    names = place.block.columns if place.block else {}
    found = {i: names[k] for i, k in enumerate(keys) if k in names}
    if not found:
        return False
    place.columns = {}
    for index, column in found.items():
        if column in (known for known, _ in place.columns.values()):
            continue  # one heading spanning several grid columns
        head = fold(row[index].text)
        unit = next((u for u in ("万元", "亿元", "元") if u in head), None)
        place.columns[index] = (column, unit)
    return True


def _read_disclosure(
    row: tuple[Cell, ...], keys: list[str], context: tuple[tuple[int, int], _Place, Scope]
) -> bool:
    where, place, scope = context
    block = place.block
    label = next((i for i, k in enumerate(keys) if block and k in block.rows), None)
    if block is None or label is None:
        return False
    for index, (column, unit) in place.columns.items():
        one = FIELDS.get(f"{block.id}_{block.rows[keys[label]]}_{column}")
        if one is None or index <= label or index >= len(row):
            continue
        flags = _money_flags(one, row[index], unit)
        place.statistics.append(
            statistic_of_cell(
                one,
                row[label].text.strip(),
                row[index],
                (*where, index),
                scope,
                unit=unit,
                flags=flags,
            )
        )
    return True


def _money_flags(one: Field, cell: Cell, unit: str | None) -> tuple[str, ...]:
    """Money whose unit stands neither in the cell nor in the heading has the unit of the form."""
    if one.unit != "元" or unit or read_cell(cell.text).unit:
        return ()
    return ("unit_inferred",)


def _is_review_row(row: tuple[Cell, ...]) -> bool:
    if len(row) < REVIEW_CELLS:
        return False
    states = [read_cell(cell.text).state for cell in row[-REVIEW_CELLS:]]
    return states.count("unreadable") <= 2


def _read_review(
    row: tuple[Cell, ...], where: tuple[int, int], place: _Place, scope: Scope
) -> None:
    first = len(row) - REVIEW_CELLS
    for offset, name in enumerate(_review_ids()):
        one = FIELDS[name]
        place.statistics.append(
            statistic_of_cell(one, one.label, row[first + offset], (*where, first + offset), scope)
        )


def _application_label(keys: list[str], width: int, place: _Place) -> tuple[int, str] | None:
    """Column and row id of the innermost label among the label columns."""
    for index in range(min(width, len(keys)) - 1, -1, -1):
        row = _row_id(keys[index]) if keys[index] else None
        if row == "other_other" and not (place.in_other or "其他处理" in keys[:index]):
            continue
        if row:
            return index, row
    return None


def _read_application(
    row: tuple[Cell, ...],
    keys: list[str],
    where: tuple[int, int],
    context: tuple[_Place, FormName, Scope],
) -> None:
    place, form, scope = context
    names = _application_columns()
    if "自然人" in keys or "商业企业" in keys:
        place.applicants |= {i: names[k] for i, k in enumerate(keys) if k in names}
        place.block, place.after_review_head = None, False
        return
    columns = place.applicants
    if len(columns) != APPLICATION_CELLS:
        first = len(row) - APPLICATION_CELLS
        columns = dict(enumerate(names.values(), first)) if first > 0 else {}
    label = _application_label(keys, min(columns, default=len(row)), place)
    if label is None:
        return
    index, name = label
    place.in_other = name.startswith("other_")
    if not columns or (name == "other_handling" and _is_heading(row, columns, form)):
        return
    printed = row[index].text.strip()
    for column, applicant in columns.items():
        one = FIELDS[f"req_{name}_{applicant}"]
        place.statistics.append(
            statistic_of_cell(one, printed, row[column], (*where, column), scope)
        )


def _is_heading(row: tuple[Cell, ...], columns: dict[int, str], form: FormName) -> bool:
    """(六)其他处理 heads three rows in the form of 2021 and is a row of its own in that of 2019."""
    printed = any(read_cell(row[c].text).state == "printed" for c in columns)
    return form == "national_2021" and not printed
