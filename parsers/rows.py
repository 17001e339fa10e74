"""Tables of labelled rows: the 2014 form, the coded local form, extensions, and unknown tables.

This module decides which field a row label names (by label and parent, never by numeral) and
which columns hold values.  Rows of no known field that print a number are kept under ``x_``
ids, so that no printed figure is lost.  It leaves the grids of 2019 and 2021 to ``grids``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import pairwise

from parsers.cells import statistic_of_cell
from parsers.forms import FIELDS, ROWS, RULES, Field
from parsers.forms.fields import side_field
from parsers.labels import extra_field, is_within_one_edit, label_key
from parsers.mistyped import Claim, find_meant, fits_sum
from parsers.model import Cell, Finding, Number, Scope, Statistic, Table
from parsers.numbers import YUAN_PER, fold, read_cell

LABEL_HEADS = ("统计指标", "指标名称", "指标", "项目", "申请来源", "统计项目", "内容", "名称")
UNIT_HEADS = ("单位", "计量单位")
SKIPPED_HEADS = (
    "代码",
    "序号",
    "编号",
    "备注",
    "说明",
    "电话",
    "传真",
    "邮编",
    "日期",
    "时间",
    "年份",
)
MAIN_HEADS = ("合计", "总计", "统计数", "数量", "数值", "本年", "年度", "本期", "申请数")
KNOWN_ROWS = {
    "national_2014": ("national_2014", "extensions"),
    "local_table": ("local_table", "extensions", "national_2014"),
}
_LEAST_KEY = 5  # a shorter label with a wrong character may be anything
# "12", "1,234.5", "100%", "-3": what an unknown row must print to be kept
_FIGURE = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?:%|[^\W\d]{1,3})?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values: what is added to the field id, the unit, and a flag for a side column.

    A column aside is a part beside the main column (县政府 beside 合计): its figures are kept
    under ids of their own.
    """

    index: int
    suffix: str = ""
    unit: str | None = None
    flags: tuple[str, ...] = ()
    is_aside: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a table hold label, unit and values, and where its rows begin.

    ``first`` is the first column: a form printed in two halves side by side has two layouts.
    """

    label: int
    unit: int | None
    values: tuple[Column, ...]
    first_row: int
    first: int = 0


@dataclass(slots=True)
class Place:
    """Where the reader is: the section, the last heading or total, and its parents.

    ``spelled`` are the rows that the table names without a mistake, here or further down;
    ``meant`` are the rows of mistyped labels that only their place told, by table, row
    and first column.
    """

    section: str = "other"
    parents: tuple[str, ...] = ()
    seen: set[str] = field(default_factory=set)
    spelled: frozenset[str] = frozenset()
    meant: Mapping[tuple[int, int, int], Field] = field(default_factory=dict)


@cache
def _index(form: str) -> Mapping[str, tuple[Field, ...]]:
    """The fields of a form by label key; a label that several rows share has several fields."""
    index: dict[str, tuple[Field, ...]] = {}
    for name in KNOWN_ROWS[form]:
        for row in ROWS[name]:
            for label in (row.label, *row.variants):
                key = label_key(label)
                if all(known.id != row.id for known in index.get(key, ())):
                    index[key] = (*index.get(key, ()), row)
    return index


@cache
def _named_patterns(form: str) -> tuple[Field, ...]:
    return tuple(row for name in KNOWN_ROWS[form] for row in ROWS[name] if row.pattern)


def _choose(fields: tuple[Field, ...], place: Place) -> Field | None:
    """The field whose parent is open here; of the others, the one that needs no parent."""
    for one in fields:
        if one.parent in place.parents and one.id not in place.seen:
            return one
    free = [one for one in fields if one.parent is None or len(fields) == 1]
    return free[0] if free else None


def match_row(label: str, form: str, place: Place) -> Field | None:
    """The row of the form that ``label`` names, allowing one wrong character in a long label."""
    key = label_key(label)
    exact = _index(form).get(key)
    if exact:
        return _choose(exact, place)
    for row in _named_patterns(form):
        if row.pattern and row.pattern.fullmatch(key):
            return row
    return _close_row(key, form, place) if len(key) >= _LEAST_KEY else None


def _close_row(key: str, form: str, place: Place) -> Field | None:
    """The one row that a label with one wrong character can mean, rows named elsewhere excluded."""
    close = {
        row.id: row
        for known, rows in _index(form).items()
        if len(known) >= _LEAST_KEY and is_within_one_edit(key, known)
        for row in rows
        if (row.parent in (None, *place.parents) or len(rows) == 1) and row.id not in place.seen
    }
    left = [row for row in close.values() if row.id not in place.spelled]
    return left[0] if len(left) == 1 else None


def _spelled(table: Table, layout: Layout, form: str) -> frozenset[str]:
    """The rows that only one label means and that the table prints exactly so."""
    index = _index(form)
    labels = (_row_label(row, layout) for row in table.rows[layout.first_row :])
    exact = (index.get(label_key(label.text), ()) for label in labels if label)
    return frozenset(rows[0].id for rows in exact if len(rows) == 1)


def _head(cell: Cell) -> str:
    return "".join(fold(cell.text).split())


def _unit_in(head: str) -> str | None:
    # "申请数(件)", "占比(%)", "金额(单位:万元)"
    match = re.search(r"\((?:单位:?)?([^()]{1,3})\)", head)
    return match[1] if match else None


def _is_skipped(head: str) -> bool:
    """Whether a column holds units, codes, dates, telephone numbers and the like."""
    return head in UNIT_HEADS or any(word in head for word in SKIPPED_HEADS)


def _value_columns(heads: list[str], label: int) -> tuple[Column, ...]:
    columns = []
    yearly = any(w in h for h in heads for w in ("年度", "本年", "本期"))
    for index, head in enumerate(heads):
        if index <= label or not head or _is_skipped(head):
            continue
        if "占比" in head or "比例" in head or "比重" in head:
            columns.append(Column(index, "_share", "%"))
        elif ("累计" in head and head != "本年累计" and yearly) or head == "历年累计":
            columns.append(Column(index, "_cumulative", _unit_in(head)))
        elif any(word in head for word in MAIN_HEADS):
            columns.append(Column(index, "", _unit_in(head)))
        else:
            columns.append(Column(index, "", _unit_in(head), (f"column:{head}",)))
    plain = [c for c in columns if not c.suffix]
    if len(plain) == 1:  # "累计" or "区政府" alone is simply the value
        columns = [replace(c, flags=()) if c is plain[0] else c for c in columns]
    elif any(not c.flags for c in plain):
        columns = [replace(c, is_aside=bool(c.flags)) for c in columns]
    return tuple(columns)


def lay_out(table: Table) -> list[Layout]:
    """The columns of a table by its header row, or by position where it has none."""
    for number, row in enumerate(table.rows[:4]):
        found = list(_headed([_head(cell) for cell in row], number + 1))
        if found:
            return found
    width = len(table.rows[0])
    if width > 3:
        return [_lay_out_unknown([_head(cell) for cell in table.rows[0]])]
    return [Layout(0, width - 2 if width > 2 else None, (Column(width - 1),), 0)]


def _headed(heads: list[str], first_row: int) -> Iterator[Layout]:
    """The layouts of a header row: one for each run of columns that begins with a label."""
    labels = [i for i, head in enumerate(heads) if head in LABEL_HEADS]
    starts = [i for i in labels if i == labels[0] or heads[i] == heads[labels[0]] != heads[i - 1]]
    for start, end in pairwise((*starts, len(heads))):
        label = start
        while label + 1 < end and heads[label + 1] == heads[label]:
            label += 1
        units = [i for i in range(label + 1, end) if heads[i] in UNIT_HEADS]
        values = _value_columns(heads[:end], label)
        if values:
            first = 0 if start == starts[0] else start
            yield Layout(label, units[0] if units else None, values, first_row, first)


def _lay_out_unknown(heads: list[str]) -> Layout:
    """A wide table of no known head: names first, every other column holds values."""
    label = 1 if heads[0] in SKIPPED_HEADS else 0
    values = tuple(
        Column(index, "", _unit_in(head), (f"column:{head}",) if head else ())
        for index, head in enumerate(heads)
        if index > label and not _is_skipped(head)
    )
    return Layout(label, None, values, 1)


def _row_label(row: tuple[Cell, ...], layout: Layout) -> Cell | None:
    """The innermost label of a row: the last label cell that prints something."""
    for cell in reversed(row[layout.first : layout.label + 1]):
        if cell.text.strip():
            return cell
    return None


def _enter(known: Field, place: Place) -> None:
    """Move to the row: what follows may be its children or those of its parents.

    A row that a province put in stands anywhere and has no children.
    """
    if known.parent is None and known.printed_unit and "extensions" in known.forms:
        return
    place.section = known.section
    if known.printed_unit is None or known.parent not in place.parents:
        place.parents = (known.id,) if known.parent is None else (known.parent, known.id)
        return
    kept = place.parents[: place.parents.index(known.parent) + 1] if known.parent else ()
    place.parents = (*kept, known.id)


def _side_field(known: Field, column: Column) -> Field:
    """The field of a second column: shares and cumulative counts have ids of their own."""
    if not column.suffix:
        return known
    side = FIELDS.get(known.id + column.suffix)
    return side if side and side.unit == known.unit != "元" else side_field(known, column.suffix)


def read_rows(
    table: Table, form: str, scope: Scope, section: str = "other"
) -> tuple[list[Statistic], list[Finding]]:
    """The statistics of a table of labelled rows; ``form`` says which labels to expect.

    The findings are of labels that may mean a row of the form.
    """
    if not table.rows:
        return [], []
    layouts = lay_out(table)
    place = Place(section=section)
    if form in KNOWN_ROWS:
        place.spelled = frozenset().union(*(_spelled(table, one, form) for one in layouts))
        rows, findings = _read_labels(table, layouts, form, place)
    else:
        rows, findings = list(_named_rows(table, layouts, form, place)), []
    return [one for row in rows for one in _read_row(row, scope)], findings


@dataclass(frozen=True, slots=True)
class _Named:
    """A row that prints a label, and the row of the form that it names."""

    where: tuple[int, int, int]
    layout: Layout
    row: tuple[Cell, ...]
    label: Cell
    known: Field | None
    section: str
    parents: tuple[str, ...]


def _named_rows(
    table: Table, layouts: Sequence[Layout], form: str, place: Place
) -> Iterator[_Named]:
    """Every row with a label, ``place`` being moved to it."""
    for layout in layouts:
        heads = table.rows[layout.first_row - 1] if layout.first_row else ()
        if heads and _head(heads[layout.label]) == "申请来源":
            place.parents, place.section = ("h_requester",), "requests"
        for number, row in enumerate(table.rows[layout.first_row :], layout.first_row):
            label = _row_label(row, layout)
            if label is None:
                continue
            where, known = (table.number, number, layout.first), None
            if form in KNOWN_ROWS:
                known = place.meant.get(where) or match_row(label.text, form, place)
            if known is not None:
                _enter(known, place)
                place.seen.add(known.id)
            yield _Named(where, layout, row, label, known, place.section, place.parents)


@cache
def _by_id(form: str) -> Mapping[str, Field]:
    return {row.id: row for name in reversed(KNOWN_ROWS[form]) for row in ROWS[name]}


def _read_labels(
    table: Table, layouts: Sequence[Layout], form: str, start: Place
) -> tuple[list[_Named], list[Finding]]:
    """The rows with the rows of the form that they name or were meant to name; what is in doubt.

    A heading found so opens the rows below it, which are then looked at again.
    """
    found: dict[tuple[int, int, int], Field] = {}
    while True:
        place = replace(start, seen=set(), meant=found)
        rows = list(_named_rows(table, layouts, form, place))
        if all(one.known for one in rows):
            return rows, []
        meant, doubts = find_meant(_claims(rows, form, place.seen))
        if not meant:
            return rows, doubts
        found |= {where: _by_id(form)[name] for where, name in meant.items()}


def _claims(rows: Sequence[_Named], form: str, seen: AbstractSet[str]) -> list[Claim]:
    """What each label of no row could name, the rows ``seen`` excluded."""
    names = [one.known.id if one.known else None for one in rows]
    printed = [_first_value(one) for one in rows]
    values = {
        name: value
        for name, value in zip(names, printed, strict=True)
        if name is not None and value is not None
    }
    return [
        Claim(
            one.where,
            key,
            _missing(key, form, seen, one.parents),
            partial(_is_flanked, form, names, i),
            partial(_fits, form, printed[i], values),
            printed[i] is not None,
        )
        for i, one in enumerate(rows)
        if one.known is None and (key := label_key(one.label.text))
    ]


def _missing(
    key: str, form: str, seen: AbstractSet[str], parents: tuple[str, ...]
) -> dict[str, str]:
    """The rows by label that may stand under ``parents`` and that no label of a table names."""
    return {
        label: row.id
        for label, rows in _index(form).items()
        if abs(len(label) - len(key)) < 2
        for row in rows
        if row.id not in seen and row.parent in (None, *parents)
    }


def _first_value(named: _Named) -> Number | None:
    index = named.layout.values[0].index
    quantity = read_cell(named.row[index].text) if index < len(named.row) else None
    return quantity.value if quantity and quantity.state == "printed" else None


def _fits(form: str, value: Number | None, values: Mapping[str, Number], name: str) -> bool:
    return fits_sum(name, value, values, RULES[form])


def _is_flanked(form: str, names: Sequence[str | None], place: int, name: str) -> bool:
    """Whether the labels on both sides name the neighbours that a row has in its form."""
    around = [None, *names, None][place : place + 3]
    for listed in KNOWN_ROWS[form]:
        ids = [None, *(row.id for row in ROWS[listed]), None]
        if name in ids:
            index = ids.index(name)
            return (around[0], around[2]) == (ids[index - 1], ids[index + 1])
    return False


def _read_row(named: _Named, scope: Scope) -> list[Statistic]:
    layout, row, label, known = named.layout, named.row, named.label, named.known
    unit = _printed_unit(row, layout) or _unit_of_label(label)
    found = []
    for column in layout.values:
        cell = row[column.index] if column.index < len(row) else None
        if cell is None or (cell.start, cell.end) == (label.start, label.end):
            continue
        flags = column.flags
        if known is None or known.printed_unit is None or column.is_aside:
            if not _FIGURE.fullmatch(_head(cell)) or read_cell(cell.text).state != "printed":
                continue
            one = extra_field(named.section, " ".join((label.text, *column.flags)))
            if known is None and not column.is_aside:
                flags += _among(label, named.parents)
        else:
            one = known
        if column.suffix == "_share" and not cell.text.strip():
            continue
        found.append(
            statistic_of_cell(
                _side_field(one, column),
                label.text.strip(),
                cell,
                (*named.where[:2], column.index),
                scope,
                unit=column.unit or unit,
                flags=flags,
            )
        )
    return found


@cache
def _totals() -> frozenset[str]:
    return frozenset(f.parent for f in FIELDS.values() if f.parent)


def _among(label: Cell, parents: tuple[str, ...]) -> tuple[str, ...]:
    """The mark of a row that was added among the parts of a total; 其中 names no part."""
    total = next((p for p in reversed(parents) if p in _totals()), None)
    return (f"among:{total}",) if total and "其中" not in label.text else ()


def _unit_of_label(label: Cell) -> str | None:
    """The unit that a label prints in brackets: 收取费用总数(元)."""
    unit = _unit_in(_head(label)) if "元" in label.text else None
    return unit if unit in YUAN_PER else None


def _printed_unit(row: tuple[Cell, ...], layout: Layout) -> str | None:
    if layout.unit is None or layout.unit >= len(row):
        return None
    unit = _head(row[layout.unit])
    return unit if 0 < len(unit) <= 3 and not any(c in "-/0123456789" for c in unit) else None
