"""Fields, concepts and rules, built once from the data files.

Rows of the 2014 form, of the local form and of extensions are listed one by one; the grids of
2019 and 2021 are rows times columns.  A field that several forms share is one ``Field`` with
several ``forms``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from parsers.forms.source import load
from parsers.model import Severity

FieldType = Literal["int", "decimal", "signed"]
RuleKind = Literal["sum", "pair", "at_most", "cover", "telltale", "above", "share"]
MONEY = ("元", "万元", "亿元")
SIDE_COLUMNS = {"_share": ("占比", ", share"), "_cumulative": ("(历年累计)", ", cumulative")}
GRID_FORMS = ("national_2019", "national_2021")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form or a sentence counts.

    ``unit`` is the unit of the value; ``printed_unit`` that of the column, which differs for
    money (万元 is stored as 元) and is ``None`` for a heading, which has no value.  ``pattern``
    matches labels that carry a name of their own.
    """

    id: str
    label: str
    label_en: str
    unit: str | None
    printed_unit: str | None
    type: FieldType = "int"
    forms: tuple[str, ...] = ()
    section: str = "other"
    parent: str | None = None
    definition: str = ""
    definition_zh: str = ""
    variants: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Concept:
    """What a field measures across forms; ``fields`` gives the ids to add up, by form."""

    id: str
    label: str
    label_en: str
    comparability: Literal["exact", "approximate", "none"]
    note: str
    note_zh: str
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of two concepts, in per cent; ``less`` are fields to take from the denominator."""

    id: str
    label_en: str
    label_zh: str
    numerator: str
    denominator: str
    less: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """A point in time after which concepts do not measure quite the same.

    ``year`` is the first report year after it, ``date`` the day or month where one is known.
    """

    id: str
    year: int
    kind: Literal["form", "law"]
    concepts: tuple[str, ...]
    note_en: str
    note_zh: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One relation that printed values should obey; a broken one is a finding.

    ``sum``: parts + also = total.  ``pair``: parts = also, as sums.  ``at_most``: the one part
    is not above total.  ``cover``: largest part <= total <= sum of parts.  ``telltale``: parts
    adding up to total shows a misread row.  ``above``: total is not above limit.  ``share``:
    part / total is the percentage in ``also``.  ``also`` of a sum are rows that few forms have.
    """

    id: str
    kind: RuleKind
    total: str
    parts: tuple[str, ...]
    also: tuple[str, ...] = ()
    limit: Decimal | None = None
    severity: Severity = "error"


def _listed_field(row: Mapping[str, Any], form: str) -> Field:
    printed = row.get("unit")
    return Field(
        id=row["id"],
        label=row["label"],
        label_en=row.get("en", ""),
        unit="元" if printed in MONEY else printed,
        printed_unit=printed,
        type=row.get("type", "int"),
        forms=(form,),
        section=row["section"],
        parent=row.get("parent"),
        definition=row.get("definition", ""),
        definition_zh=row.get("definition_zh", ""),
        variants=tuple(row.get("variants", ())),
        pattern=re.compile(row["pattern"]) if "pattern" in row else None,
        code=row.get("code"),
    )


def _grid_forms(*parts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f for f in GRID_FORMS if all(f in p.get("forms", GRID_FORMS) for p in parts))


def _disclosure_fields() -> Iterator[Field]:
    for block in load("grids")["disclosure"]:
        for row in block["rows"]:
            for column in block["columns"]:
                forms = _grid_forms(row, column)
                if not forms:
                    continue
                printed = column.get("unit", "件")
                yield Field(
                    id=f"{block['id']}_{row['id']}_{column['id']}",
                    label=f"第二十条第({block['article']})项 {row['label']} {column['label']}",
                    label_en=f"{block['en']} {row['en']}: {column['en']}",
                    unit="元" if printed in MONEY else printed,
                    printed_unit=printed,
                    type=column.get("type", "int"),
                    forms=forms,
                    section="proactive",
                )


def _application_fields() -> Iterator[Field]:
    grid = load("grids")["applications"]
    for row in grid["rows"]:
        for column in grid["columns"]:
            yield Field(
                id=f"req_{row['id']}_{column['id']}",
                label=f"{row['label']} {column['label']}",
                label_en=f"{row['en']}: {column['en']}",
                unit=grid["unit"],
                printed_unit=grid["unit"],
                forms=_grid_forms(row),
                section="requests",
                parent=None if column["id"] == "total" else f"req_{row['id']}_total",
            )


def _review_fields() -> Iterator[Field]:
    grid = load("grids")["review"]
    for group in grid["groups"]:
        for column in grid["columns"]:
            total = column["id"] == "total"
            yield Field(
                id=f"{group['id']}_{column['id']}",
                label=f"{group['label']} {column['label']}",
                label_en=f"{group['en']}: {column['en']}",
                unit=grid["unit"],
                printed_unit=grid["unit"],
                forms=GRID_FORMS,
                section="reconsideration_litigation",
                parent=None if total else f"{group['id']}_total",
            )


def _rows() -> dict[str, tuple[Field, ...]]:
    listed = ("national_2014", "extensions", "local_table", "narrative")
    return {name: tuple(_listed_field(row, name) for row in load(name)["rows"]) for name in listed}


ROWS: Mapping[str, tuple[Field, ...]] = MappingProxyType(_rows())
"""The listed rows of a form in printed order, headings included."""


def side_field(known: Field, suffix: str) -> Field:
    """The field of a second value column: ``_share`` of a total, or ``_cumulative`` count."""
    words, english = SIDE_COLUMNS[suffix]
    side = replace(
        known,
        id=known.id + suffix,
        label=f"{known.label}{words}",
        label_en=f"{known.label_en}{english}",
        parent=known.id,
        variants=(),
        pattern=None,
    )
    return replace(side, unit="%", printed_unit="%", type="decimal") if suffix == "_share" else side


def _side_fields(fields: Mapping[str, Field]) -> Iterator[Field]:
    for one in fields.values():
        if "local_table" in one.forms:
            yield replace(side_field(one, "_cumulative"), forms=("local_table",))
        if one.id.startswith("requester_") and one.id != "requester_total":
            yield replace(side_field(one, "_share"), forms=("extensions",))


def _fields() -> dict[str, Field]:
    fields: dict[str, Field] = {}
    listed = [f for name in ROWS for f in ROWS[name] if f.printed_unit is not None]
    for new in (*listed, *_disclosure_fields(), *_application_fields(), *_review_fields()):
        old = fields.get(new.id)
        if old is None:
            fields[new.id] = new
        else:
            fields[new.id] = replace(
                old,
                forms=tuple(dict.fromkeys((*old.forms, *new.forms))),
                label_en=old.label_en or new.label_en,
            )
    return fields | {one.id: one for one in list(_side_fields(fields))}


FIELDS: Mapping[str, Field] = MappingProxyType(_fields())
"""Every field that has a value, by id."""


def _fields_by_form(listed: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The fields of a concept; a mixed table has the totals of the form of 2021."""
    fields = {form: tuple(ids) for form, ids in listed.items()}
    return fields | ({"mixed": fields["national_2021"]} if "national_2021" in fields else {})


CONCEPTS: Mapping[str, Concept] = MappingProxyType(
    {
        c["id"]: Concept(
            c["id"],
            c["label"],
            c["label_en"],
            c["comparability"],
            c["note"],
            c["note_zh"],
            MappingProxyType(_fields_by_form(c["fields"])),
        )
        for c in load("concepts")["concepts"]
    }
)
"""What can be compared across forms, by id."""

RATES: Mapping[str, Rate] = MappingProxyType(
    {
        r["id"]: Rate(
            r["id"],
            r["label_en"],
            r["label_zh"],
            r["numerator"],
            r["denominator"],
            tuple(r.get("less", ())),
        )
        for r in load("concepts")["rates"]
    }
)
"""Shares of concepts, defined once for every form, by id."""

BREAKS: tuple[Break, ...] = tuple(
    Break(
        b["id"],
        b["year"],
        b["kind"],
        tuple(b["concepts"]),
        b["note_en"],
        b["note_zh"],
        b.get("date"),
    )
    for b in load("concepts")["breaks"]
)
"""Series breaks in the order of years."""


def _listed_rule(row: Mapping[str, Any]) -> Rule:
    parts = row.get("parts") or ([row["part"]] if "part" in row else [])
    also = row.get("also") or ([row["share"]] if "share" in row else [])
    limit = Decimal(row["limit"]) if "limit" in row else None
    severity = row.get("severity", "error")
    return Rule(row["id"], row["kind"], row["total"], tuple(parts), tuple(also), limit, severity)


def _grid_rules(forms: Sequence[str]) -> Iterator[Rule]:
    """The rules of the grids, column by column, row by row and group by group."""
    grid = load("grids")["applications"]
    rows = [r["id"] for r in grid["rows"] if set(_grid_forms(r)) & set(forms)]
    columns = [c["id"] for c in grid["columns"]]
    outcomes = rows[rows.index("granted") : rows.index("result_total")]
    for c in columns:
        taken = (f"req_new_received_{c}", f"req_carried_in_{c}")
        left = (f"req_result_total_{c}", f"req_carried_out_{c}")
        yield Rule("applications_balance", "pair", left[0], taken, left)
        certain = tuple(f"req_{r}_{c}" for r in outcomes if not r.startswith("other_"))
        other = tuple(f"req_{r}_{c}" for r in outcomes if r.startswith("other_"))
        yield Rule("results_sum", "sum", left[0], certain, other)
    for r in rows:
        parts = tuple(f"req_{r}_{c}" for c in columns if c != "total")
        yield Rule("applicants_sum", "sum", f"req_{r}_total", parts)
    review = load("grids")["review"]
    for group in review["groups"]:
        ids = tuple(f"{group['id']}_{c['id']}" for c in review["columns"])
        yield Rule("review_sum", "sum", ids[-1], ids[:-1])
    if "national_2019" in forms:
        for row in ("regulation", "normative"):
            total = f"a20_1_{row}_total_disclosed"
            yield Rule(
                "disclosed_at_most_total", "at_most", total, (f"a20_1_{row}_newly_disclosed",)
            )


def _channel_rule() -> Rule:
    """Channels are only in sentences from 2019; there they make the newly received ones."""
    (old,) = (r for r in load("national_2014")["rules"] if r["id"] == "requests_by_channel_sum")
    return replace(_listed_rule(old), total="req_new_received_total")


def _rules() -> dict[str, tuple[Rule, ...]]:
    listed = {
        name: tuple(_listed_rule(r) for r in load(name)["rules"])
        for name in ("national_2014", "local_table")
    }
    beside = (_channel_rule(), *(_listed_rule(row) for row in load("grids")["rules"]))
    return listed | {
        "narrative": listed["national_2014"],
        "national_2019": (*_grid_rules(("national_2019",)), *beside),
        "national_2021": (*_grid_rules(("national_2021",)), *beside),
        "mixed": (*_grid_rules(GRID_FORMS), *beside),
    }


RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(_rules())
"""The rules of each form."""

TOLD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {field: tuple(parts) for field, parts in load("grids")["told"].items()}
)
"""Fields of sentences that the tables print in several cells, with these cells."""
