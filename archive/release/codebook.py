"""The codebook: what every table, column and field means, and how well each is read.

This module decides how the one source of meanings (``descriptions.toml`` and the forms) and the
measured accuracy (``docs/accuracy.json``) stand together, as Markdown and as rows.  The same rows
are the page of the site.  Nothing is described here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from archive.descriptions import Description, describe_column, describe_tables
from parsers.forms import BREAKS, CONCEPTS, FIELDS, RATES

ACCURACY = Path(__file__).resolve().parents[2] / "docs" / "accuracy.json"
ABOUT_ACCURACY = Description(
    "Measured on pages that we wrote ourselves and on which the parsers were mended: it guards"
    " against decay and is no estimate of how often an unseen page is read right. A field"
    " without a figure was not measured.",
    "以自编样页测得，读取程序曾据这些样页修正：用于防止退步，不能据以推断未见页面的准确率。无数字的字段未经测量。",
)
MISSING = Description(
    "An empty value is not zero; `state` says why it is empty: `blank` the cell is printed empty,"
    " `na` it is printed as not applicable, `unreadable` what is printed cannot be read;"
    " `zero_phrase` is a zero told in words. No row means that nothing is printed.",
    "空值不等于零，原因见 `state`：`blank` 表格留空，`na` 印为不适用，`unreadable` 无法辨读；"
    "`zero_phrase` 是以文字表示的零。没有记录表示未印出。",
)
# Years of report for which a form was prescribed.
FORM_YEARS = {
    "national_2014": "2014-2018",
    "national_2019": "2019-2020",
    "national_2021": "2021-",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """How many of how many values were read right."""

    right: int
    of: int

    def __str__(self) -> str:
        return f"{self.right} of {self.of}"


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A field with everything that is known of it."""

    field: str
    label: str
    label_en: str
    unit: str | None
    type: str
    section: str
    parent: str | None
    forms: str
    years: str
    concepts: str
    definition: str
    definition_zh: str
    cells: Measured | None
    sentences: Measured | None


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """A column of a table with its type and meaning; an empty name is the table itself."""

    table: str
    column: str
    type: str
    meaning: Description


@cache
def read_accuracy(path: Path = ACCURACY) -> Mapping[str, Mapping[str, object]]:
    """What ``make accuracy`` measured; empty where it is not at hand."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def describe_fields(accuracy: Mapping[str, Mapping[str, object]]) -> Iterator[FieldEntry]:
    """Every field of a form, in the order of the forms."""
    concepts: dict[str, dict[str, None]] = {}
    for concept in CONCEPTS.values():
        for names in concept.fields.values():
            for name in names:
                concepts.setdefault(name, {})[f"{concept.id} ({concept.comparability})"] = None
    for field in FIELDS.values():
        yield FieldEntry(
            field=field.id,
            label=field.label,
            label_en=field.label_en,
            unit=field.unit,
            type=field.type,
            section=field.section,
            parent=field.parent,
            forms=" ".join(field.forms),
            years=" ".join(FORM_YEARS[form] for form in field.forms if form in FORM_YEARS),
            concepts=", ".join(concepts.get(field.id, ())),
            definition=field.definition,
            definition_zh=field.definition_zh,
            cells=_measured(accuracy.get("cells", {}).get(field.id)),
            sentences=_measured(accuracy.get("sentences", {}).get(field.id)),
        )


def describe_columns(db: sqlite3.Connection, tables: Iterable[str]) -> Iterator[ColumnEntry]:
    """Every table and column of a database; the columns of wide tables are fields.

    Raises:
        KeyError: a table or column has no description.
    """
    labels = {field.id: Description(field.label_en, field.label) for field in FIELDS.values()}
    for table in tables:
        yield ColumnEntry(table, "", "", describe_tables()[table].text)
        for _, column, kind, *_ in db.execute(f'PRAGMA table_info("{table}")'):
            meaning = describe_column(table, column) or labels[column]
            yield ColumnEntry(table, column, kind, meaning)


def measured_forms(
    accuracy: Mapping[str, Mapping[str, object]],
) -> Sequence[tuple[str, str, Measured]]:
    """Form, measure and figure of everything that was measured by form."""
    return [
        (form, name, measured)
        for form, measures in accuracy.get("forms", {}).items()
        for name, told in cast("dict[str, object]", measures).items()
        if (measured := _measured(told)) and measured.of
    ]


FIELD_NAMES = (
    "field", "label", "label_en", "unit", "type", "section", "parent", "forms", "years",
    "concepts", "definition", "definition_zh", "cells_right", "cells_of", "sentences_right", "sentences_of",
)  # fmt: skip
COLUMN_NAMES = ("table", "column", "type", "description_en", "description_zh")


def field_row(one: FieldEntry) -> Sequence[object]:
    """A field as a row of ``codebook.csv``."""
    measured = [(m.right, m.of) if m else (None, None) for m in (one.cells, one.sentences)]
    return [
        one.field, one.label, one.label_en, one.unit, one.type, one.section, one.parent, one.forms,
        one.years, one.concepts, one.definition, one.definition_zh, *measured[0], *measured[1],
    ]  # fmt: skip


def column_row(one: ColumnEntry) -> Sequence[object]:
    """A column as a row of ``codebook_columns.csv``."""
    return [one.table, one.column, one.type, one.meaning.en, one.meaning.zh]


def write_markdown(
    fields: Iterable[FieldEntry],
    columns: Iterable[ColumnEntry],
    accuracy: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    """Yield the lines of the codebook."""
    yield "# Codebook 编码手册"
    yield from ("", MISSING.en, "", MISSING.zh, "")
    yield "## Tables and columns 表与列"
    for column in columns:
        if not column.column:
            yield from ("", f"### {column.table}", "", column.meaning.en, "", column.meaning.zh, "")
            yield from ("| column | type | meaning | 含义 |", "|---|---|---|---|")
        else:
            yield _row(f"`{column.column}`", column.type, column.meaning.en, column.meaning.zh)
    yield from ("", "## How well forms are read 各表式的读取准确率", "")
    yield from (ABOUT_ACCURACY.en, "", ABOUT_ACCURACY.zh, "")
    yield from ("| form | measure | right | of |", "|---|---|---|---|")
    for form, name, measured in measured_forms(accuracy):
        yield _row(form, name.replace("_", " "), measured.right, measured.of)
    yield from ("", "## Fields 字段", "")
    yield _row(
        "field", "名称", "label", "unit", "forms", "report years", "concepts", "definition",
        "说明", "cells read right", "sentences read right",
    )  # fmt: skip
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for one in fields:
        yield _row(
            f"`{one.field}`", one.label, one.label_en, one.unit, one.forms, one.years,
            one.concepts, one.definition, one.definition_zh, one.cells, one.sentences,
        )  # fmt: skip
    yield from ("", "## Series breaks 口径变化", "")
    yield from ("| from report year | what changed | 变化 |", "|---|---|---|")
    for one_break in BREAKS:
        yield _row(one_break.year, one_break.note_en, one_break.note_zh)
    yield from (
        "",
        "## Rates 比率",
        "",
        "| rate | 名称 | meaning | computed as |",
        "|---|---|---|---|",
    )
    for rate in RATES.values():
        less = "".join(f" - {name}" for name in rate.less)
        below = f"({rate.denominator}{less})" if less else rate.denominator
        yield _row(f"`{rate.id}`", rate.label_zh, rate.label_en, f"{rate.numerator} / {below}")
    yield ""


def _measured(told: object) -> Measured | None:
    if not isinstance(told, dict) or "of" not in told:
        return None
    return Measured(int(told["right"]), int(told["of"]))


def _row(*cells: object) -> str:
    told = (" ".join(str(cell or "").split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(told)} |"
