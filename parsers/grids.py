"""The grids of the forms of 2019 and 2021: what Article 20 names, applications, review.

This module decides where the value columns of these tables are and which cell is which field.
The three tables may come apart, merged into one, or split over pages, so rows are read one by
one and what a heading said holds until the next one, across tables.  Figures in rows that the
forms do not have are kept under ``x_`` ids.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial

from parsers.cells import statistic_of_cell
from parsers.forms import FIELDS, Field
from parsers.forms.detection import table_text
from parsers.forms.source import load
from parsers.labels import extra_field, is_shortened, is_within_one_edit, label_key
from parsers.mistyped import Claim, find_meant
from parsers.model import Cell, Finding, FormName, Scope, Statistic, Table
from parsers.numbers import fold, read_cell

GRID_WORDS = (
    "第二十条第", "本年制发件数", "本年新制作数量", "本年处理决定数量", "结果维持", "本年新收",
    "上年结转", "属于国家秘密", "补正后申请内容", "结转下年", "重复申请", "结果纠正", "尚未审结",
)  # fmt: skip
REVIEW_CELLS = 15
_OUTSIDE_RESULTS = ("new_received", "carried_in", "result_total", "carried_out")
# rows that head others or name some of them are no results of their own
_HEADINGS = re.compile("不予公开|无法提供|不予处理|其他处理|其中")
_GROUPS = dict.fromkeys(("不予公开", "无法提供", "不予处理"), "")
APPLICATION_CELLS = 7
# "第二十条第(五)项", also "第二十条第五项"
_ARTICLE = re.compile(r"第二十条第\(?([一五六八九])\)?项")
_LONGEST_ARTICLE = 24
_LABELS = 4096  # different ones whose meaning is remembered
Where = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Disclosure:
    """One block of section two: its rows and columns by label."""

    id: str
    rows: Mapping[str, str]
    columns: Mapping[str, str]

    def row(self, key: str) -> str | None:
        """The row of this block that a label names; a short one must be spelled right."""
        return _nearest(key, self.rows, 4)


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


def _nearest(key: str, known: Mapping[str, str], least: int = 6) -> str | None:
    """The id of a label, or of the one label that a single wrong character makes of it."""
    if key in known or len(key) < least - 1:
        return known.get(key)
    near = {i for k, i in known.items() if len(k) >= least and is_within_one_edit(key, k)}
    return near.pop() if len(near) == 1 else None


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


@lru_cache(maxsize=_LABELS)
def _applicant(key: str) -> str | None:
    """The kind of applicants that the heading of a column names."""
    return _nearest(key, _application_columns(), 2)


@lru_cache(maxsize=_LABELS)
def _review_column(key: str) -> str | None:
    """The column of the review grid that a heading names: 结果维持, also 结果维特."""
    return _nearest(key, _ids_by_label(load("grids")["review"]["columns"]), 2)


@lru_cache(maxsize=_LABELS)
def _review_group(key: str) -> str | None:
    return _nearest(key, _ids_by_label(load("grids")["review"]["groups"]), 4)


@lru_cache(maxsize=_LABELS)
def _row_id(key: str) -> str | None:
    """The row of the applications table that a label names, or was meant to name.

    A short label may be that of a heading, which is no row: 不以公开 is nearer to none.
    """
    rows = _application_rows()
    found = _nearest(key, {**rows, **_GROUPS}, 4)
    if found is not None or len(key) < 6:
        return found or None
    near = {i for known, i in rows.items() if is_shortened(key, known)}
    return near.pop() if len(near) == 1 else None


@dataclass(slots=True)
class _Place:
    """What the headings so far have said.

    ``meant`` are the rows of mistyped labels that only their place told, by table, row and column.
    """

    meant: Mapping[Where, str] = field(default_factory=dict)
    block: _Disclosure | None = None
    columns: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    applicants: dict[int, str] = field(default_factory=dict)
    in_other: bool = False
    in_results: bool = False
    review: dict[int, str] | None = None
    groups: dict[int, str] = field(default_factory=dict)
    section: str = "proactive"
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
    sheets = [_Sheet(table) for table in tables]
    place = _Place()
    place.meant, place.findings = find_meant([*_claims_of_blocks(sheets), *_claims(sheets, form)])
    for sheet in sheets:
        place.applicants.clear()
        for number, (row, keys) in enumerate(zip(sheet.rows, sheet.keys, strict=True)):
            block = sheet.blocks.get(number)
            if block is not None:
                place.block, place.columns = block, {}
                place.review, place.section = None, "proactive"
            else:
                _read_row(row, keys, (sheet.number, number), place, (form, scope))
    return place.statistics, place.findings


class _Sheet:
    """A table with the label keys of its cells, and the rows that head a block of section two."""

    def __init__(self, table: Table) -> None:
        self.number, self.rows = table.number, table.rows
        self.keys = [_keys(row) for row in table.rows]
        heads = {n: found for n, row in enumerate(table.rows) if (found := _articles(row))}
        blocks = ((n, self._block(n, articles, heads)) for n, articles in heads.items())
        self.blocks = {n: block for n, block in blocks if block is not None}

    def _block(
        self, number: int, articles: list[str], heads: Mapping[int, list[str]]
    ) -> _Disclosure | None:
        """The block that a row heads, by its numeral, or by the rows below if that is mistyped."""
        if len(articles) > 1:
            end = min((n for n in heads if n > number), default=len(self.rows))
            below = {key for keys in self.keys[number + 1 : end] for key in keys if key}
            told = Counter(
                {article: _names(_disclosures()[article], below) for article in articles}
            )
            (first, most), (_, second) = told.most_common(2)
            articles = [first] if most > second else []
        return _disclosures()[articles[0]] if articles else None


def _keys(row: tuple[Cell, ...]) -> list[str]:
    return [label_key(cell.text) if cell.text else "" for cell in row]


def _read_row(
    row: tuple[Cell, ...],
    keys: list[str],
    where: tuple[int, int],
    place: _Place,
    state: tuple[FormName, Scope],
) -> None:
    if _read_review_head(keys, place):
        return
    if place.review is not None and _read_review(row, keys, where, place, state[1]):
        return
    if place.block and _read_disclosure_head(row, keys, place):
        return
    if place.block and _read_disclosure(row, keys, (where, place, state[1])):
        return
    if not _read_application(row, keys, where, (place, *state)):
        _keep_unknown(row, keys, where, (place, state[1]))


def _names(block: _Disclosure, keys: AbstractSet[str]) -> int:
    """How many of the labels name rows or columns of a block."""
    return sum(bool(_nearest(k, block.rows, 2) or _nearest(k, block.columns, 4)) for k in keys)


def _articles(row: tuple[Cell, ...]) -> list[str]:
    """The items of Article 20 that the first words of a row name, or were meant to name."""
    printed = next((c.text for c in row if c.text.strip()), "")
    if len(printed) > _LONGEST_ARTICLE or not any(c in printed for c in "二十条"):
        return []
    text = "".join(fold(printed).split())
    if found := _ARTICLE.match(text):
        return [found[1]]
    return [a for a in _disclosures() if is_within_one_edit(text, f"第二十条第({a})项")]


def _claims_of_blocks(sheets: Sequence[_Sheet]) -> Iterator[Claim]:
    """The labels of section two that name no row of their block, with the rows left to name."""
    labelled: dict[str, list[tuple[Where, str]]] = {}
    for sheet in sheets:
        block: _Disclosure | None = None
        for number, keys in enumerate(sheet.keys if sheet.blocks else ()):
            block = sheet.blocks.get(number) or block
            index, key = next(((i, k) for i, k in enumerate(keys) if k), (0, ""))
            if block is not None and key:
                labelled.setdefault(block.id, []).append(((sheet.number, number, index), key))
    for one in _disclosures().values():
        rows = labelled.get(one.id, [])
        seen = {one.row(key) for _, key in rows}
        missing = {label: name for label, name in one.rows.items() if name not in seen}
        if missing:
            yield from (Claim(where, key, missing) for where, key in rows if not one.row(key))


def _claims(sheets: Sequence[_Sheet], form: FormName) -> Iterator[Claim]:
    """The labels beside seven counts that name no row of section three, with the rows left."""
    labelled = [
        (row, (sheet.number, number, index), keys[: index + 1])
        for sheet in sheets
        for number, (row, keys) in enumerate(zip(sheet.rows, sheet.keys, strict=True))
        if (index := _innermost_label(keys)) is not None
    ]
    names = [_row_id(keys[-1]) for _, _, keys in labelled]
    missing = {
        label: name
        for label, name in _application_rows().items()
        if name not in names and form in (*FIELDS[f"req_{name}_total"].forms, "mixed")
    }
    for i, (row, where, keys) in enumerate(labelled if missing else ()):
        if names[i] is None and _ends_in_counts(row):
            is_part = any(_row_id(k) == "other_handling" for k in keys if k and k != keys[-1])
            open_here = {k: n for k, n in missing.items() if (n == "other_other") <= is_part}
            yield Claim(where, keys[-1], open_here, partial(_is_flanked, names, i))


def _innermost_label(keys: list[str]) -> int | None:
    """Where the innermost label left of the seven last cells of a row stands."""
    return next((i for i in range(len(keys) - APPLICATION_CELLS - 1, -1, -1) if keys[i]), None)


def _ends_in_counts(row: tuple[Cell, ...]) -> bool:
    cells = row[-APPLICATION_CELLS:]
    return all(read_cell(cell.text).state != "unreadable" for cell in cells)


def _is_flanked(names: Sequence[str | None], place: int, name: str) -> bool:
    """Whether the rows on both sides are the neighbours that a row has in the form."""
    around = [None, *names, None][place : place + 3]
    ids = [None, *dict.fromkeys(_application_rows().values()), None]
    index = ids.index(name)
    return (around[0], around[2]) == (ids[index - 1], ids[index + 1])


def _read_disclosure_head(row: tuple[Cell, ...], keys: list[str], place: _Place) -> bool:
    """Whether the row names the columns of the block; if so they are remembered."""
    names = place.block.columns if place.block else {}
    found = {i: name for i, k in enumerate(keys) if k and (name := _nearest(k, names, 4))}
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
    if block is None:
        return False
    named = ((i, place.meant.get((*where, i)) or block.row(k)) for i, k in enumerate(keys) if k)
    label, name = next(((i, name) for i, name in named if name), (None, None))
    if label is None:
        return False
    for index, (column, unit) in place.columns.items():
        one = FIELDS.get(f"{block.id}_{name}_{column}")
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


def _read_review_head(keys: list[str], place: _Place) -> bool:
    """Whether the row names outcomes of review; outcomes and their groups are remembered.

    Groups may stand in the row above the first outcomes (行政复议) or beside them.
    """
    groups = {i: group for i, k in enumerate(keys) if k and (group := _review_group(k))}
    named = any("结果" in k or "审结" in k for k in keys)
    columns = {i: c for i, k in enumerate(keys) if k and (c := _review_column(k))} if named else {}
    if len(set(columns.values()) - {"total"}) >= 3:
        place.review = {**(place.review or {}), **columns}
        place.block, place.section = None, "reconsideration_litigation"
    elif not groups or not any(is_within_one_edit(k, "行政诉讼") for k in keys):
        return False
    place.groups |= groups
    return True


def _review_places(place: _Place, row: tuple[Cell, ...], keys: list[str]) -> dict[int, str]:
    """The fields of the cells of a review row, by grid column; none where that would be a guess.

    By the headings where they name all fifteen, else by order: fifteen headed columns, or
    fifteen cells, perhaps after a label.
    """
    named: dict[str, int] = {}
    review = sorted(i for i in place.review or () if i < len(row))
    numbered = [i for i, cell in enumerate(row) if read_cell(cell.text).state == "printed"]
    if len(review) >= REVIEW_CELLS and not set(numbered) <= set(review):
        return {}
    for index in review:
        if index in place.groups:
            named.setdefault(f"{place.groups[index]}_{(place.review or {})[index]}", index)
    if named.keys() == set(_review_ids()):
        return {index: field for field, index in named.items()}
    if len(review) == REVIEW_CELLS:
        return dict(zip(review, _review_ids(), strict=True))
    first = len(row) - REVIEW_CELLS
    leads = [read_cell(row[i].text).state in ("unreadable", "blank") for i in range(max(first, 0))]
    fits = first == 0 or (first > 0 and all(leads) and any(keys[:first]))
    return dict(enumerate(_review_ids(), first)) if fits else {}


def _read_review(
    row: tuple[Cell, ...], keys: list[str], where: tuple[int, int], place: _Place, scope: Scope
) -> bool:
    """Whether the row is the one of fifteen counts, which are then read."""
    if "自然人" in keys or "商业企业" in keys:
        return False
    cells = _review_places(place, row, keys)
    states = [read_cell(row[index].text).state for index in cells or range(len(row))]
    if states.count("unreadable") > 2 or len(states) < REVIEW_CELLS // 2:
        return False
    if not cells:
        printed = " ".join(cell.text.strip() or "-" for cell in row)
        message = (
            f"table{where[0]}: {len(row)} cells of review, which no heading tells apart: {printed}"
        )
        place.findings.append(Finding("review_row_unclear", "warning", message, _review_ids()))
        return True
    for index, name in cells.items():
        one = FIELDS[name]
        place.statistics.append(
            statistic_of_cell(one, one.label, row[index], (*where, index), scope)
        )
    return True


def _application_label(
    keys: list[str], width: int, where: tuple[int, int], place: _Place
) -> tuple[int, str] | None:
    """Column and row id of the innermost label among the label columns."""
    for index in range(min(width, len(keys)) - 1, -1, -1):
        row = place.meant.get((*where, index)) or (_row_id(keys[index]) if keys[index] else None)
        if row == "other_other" and not (
            place.in_other or any(_row_id(k) == "other_handling" for k in keys[:index] if k)
        ):
            continue
        inner = {k for k in keys[index + 1 : width] if len(k) > 1}
        if row == "other_handling" and inner - {keys[index]}:
            continue  # the heading of a row of its own
        if row:
            return index, row
    return None


def _applicants(keys: list[str]) -> dict[int, str]:
    """The columns of a row that names kinds of applicants, several of them or surely one."""
    found = {i: name for i, k in enumerate(keys) if k and (name := _applicant(k))}
    sure = "自然人" in keys or "商业企业" in keys
    return found if sure or len(set(found.values())) > APPLICATION_CELLS // 2 else {}


def _read_application(
    row: tuple[Cell, ...],
    keys: list[str],
    where: tuple[int, int],
    context: tuple[_Place, FormName, Scope],
) -> bool:
    """Whether the row is a heading or a row of the applications table, which is then read."""
    place, form, scope = context
    applicants = _applicants(keys)
    if applicants:
        place.applicants |= applicants
        place.block, place.review, place.section = None, None, "requests"
        return True
    columns = place.applicants
    if len(columns) != APPLICATION_CELLS:
        first = len(row) - APPLICATION_CELLS
        columns = dict(enumerate(_application_columns().values(), first)) if first > 0 else {}
    label = _application_label(keys, min(columns, default=len(row)), where, place)
    if label is None:
        return False
    index, name = label
    place.in_other, place.section = name.startswith("other_"), "requests"
    place.in_results = name not in _OUTSIDE_RESULTS
    if not columns or (name == "other_handling" and _is_heading(row, columns, form)):
        return True
    printed = row[index].text.strip()
    for column, applicant in columns.items():
        one = FIELDS[f"req_{name}_{applicant}"]
        place.statistics.append(
            statistic_of_cell(one, printed, row[column], (*where, column), scope)
        )
    return True


def _keep_unknown(
    row: tuple[Cell, ...],
    keys: list[str],
    where: tuple[int, int],
    context: tuple[_Place, Scope],
) -> None:
    """Keep the figures of a row that no form has, by its label and the heading of the column."""
    place, scope = context
    figures = [i for i, c in enumerate(row) if c.text and read_cell(c.text).state == "printed"]
    before = range(min(figures, default=0) - 1, -1, -1)
    label = next(
        (i for i in before if keys[i] and read_cell(row[i].text).state == "unreadable"), None
    )
    if label is None:
        return
    heads = _labels_of_columns() if place.section == "requests" else {}
    seen: set[tuple[int, int]] = set()
    for index in figures:
        cell = row[index]
        if (cell.start, cell.end) in seen:
            continue
        seen.add((cell.start, cell.end))
        applicant = place.applicants.get(index, "")
        printed = f"{row[label].text.strip()} {heads.get(applicant, '')}".strip()
        is_part = place.in_results and applicant and not _HEADINGS.search(printed)
        flags = (f"among:req_result_total_{applicant}",) if is_part else ()
        one = extra_field(place.section, printed)
        place.statistics.append(
            statistic_of_cell(one, printed, cell, (*where, index), scope, flags=flags)
        )


@cache
def _labels_of_columns() -> Mapping[str, str]:
    return {c["id"]: c["label"] for c in load("grids")["applications"]["columns"]}


def _is_heading(row: tuple[Cell, ...], columns: dict[int, str], form: FormName) -> bool:
    """(六)其他处理 heads three rows in the form of 2021 and is a row of its own in that of 2019."""
    printed = any(read_cell(row[c].text).state == "printed" for c in columns)
    return form == "national_2021" and not printed
