"""Tables lost into running text: cells glued together without separators.

This module decides how a run of digits after a row label splits into the columns of its row.
Every split without leading zeros is a candidate; the identities of the form (a row adds up to
its total, parts are not above the results, parts make the total) strike candidates out.  A cell
on which all that are left agree has a value; else there is none, and a finding names the
candidates.  It leaves tables that still have cells or lines to ``tables``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise, product
from math import comb

from parsers.forms import FIELDS, ROWS, Field
from parsers.forms.source import load
from parsers.labels import label_key
from parsers.model import Finding, Number, Scope, Statistic
from parsers.numbers import exact, in_yuan, read_cell
from parsers.prose import Prose

Span = tuple[int, int]
Split = tuple[Span, ...]
_MOST_SPLITS = 50_000
_MOST_COMBINATIONS = 20_000
# "801000081" before "二、", "0000000" before "2.其他", "-18538", "13575394432.52"
_RUN = re.compile(r"[-\d](?:[\d -]|\.(?=\d\d?(?!\d)|\d{3,}))*")
_NEXT_NUMBERING = re.compile(r"\d[.、]")
# "第二十条第(一)项信息内容", the two perhaps on lines of their own
_ARTICLE = re.compile(r"第二十条第\(?([一五六八九])\)?项\n?信息内容")


@dataclass(slots=True)
class LostRow:
    """A row whose cells are glued: its fields in column order and the splits still possible."""

    label: str
    fields: tuple[Field, ...]
    run: Span
    splits: list[Split]


@dataclass(frozen=True, slots=True)
class LostTables:
    """What was read, and the parts of the prose that are tables and hold no sentences."""

    statistics: list[Statistic]
    findings: list[Finding]
    regions: tuple[Span, ...]


def _value(text: str, span: Span) -> Number:
    printed = text[span[0] : span[1]]
    return exact(Decimal(printed)) if "." in printed or "-" in printed else int(printed)


def find_splits(text: str, run: Span, count: int) -> list[Split]:
    """Every way to cut a run into ``count`` numbers without leading zeros.

    A blank or a minus sign between digits is always a cut.
    """
    start, end = run
    pieces = text[start:end].replace("-", " -").split()
    free = sum(map(len, pieces)) - len(pieces)
    if comb(free, max(count - len(pieces), 0)) > _MOST_SPLITS:
        return []
    return list(_splits(text, start, end, count))


def _splits(text: str, start: int, end: int, count: int) -> Iterator[Split]:
    while start < end and text[start] == " ":
        start += 1
    forced = next((i for i in range(start + 1, end) if text[i] in " -"), end)
    first = start + 1 if text[start : start + 1] == "-" else start
    if first >= end or not text[first].isdigit():
        return
    if count == 1:
        if forced == end and _is_number(text[first:end]):
            yield ((start, end),)
        return
    for cut in range(first + 1, forced + 1):
        if _is_number(text[first:cut]):
            for rest in _splits(text, cut, end, count - 1):
                yield ((start, cut), *rest)
        elif text[first] == "0" and "." not in text[first:forced]:
            return


def _is_number(text: str) -> bool:
    whole = text.partition(".")[0]
    return text[-1].isdigit() and whole.isdigit() and (whole == "0" or whole[0] != "0")


def _run_after(text: str, position: int) -> Span | None:
    """The digits at a place, without the numbering of the next row."""
    match = _RUN.match(text, position)
    if match is None:
        return None
    start, end = match.span()
    while end > start and text[end - 1] in " -":
        end -= 1
    if _NEXT_NUMBERING.match(text, end - 1):
        end -= 1
    dot = text.rfind(".", start, end)
    if dot > start and end - dot == 2 and not text[dot - 2 : dot].isdigit():
        end = dot - 1
    return (start, end) if end > start else None


def read_lost_tables(prose: Prose, document_text: str, number: int, scope: Scope) -> LostTables:
    """The statistics of tables glued into the prose; ``number`` is that of the first of them."""
    text = prose.text
    tables: list[list[LostRow]] = []
    if "本年新收政府信息公开申请数量" in text:
        tables.append(_disclosure_rows(text) + _application_rows(text) + _review_rows(text))
    if "计量单位" in text:
        heads = [m.start() for m in re.finditer("计量单位", text)]
        tables += [_local_rows(text, *ends) for ends in pairwise((*heads, len(text)))]
    lost = LostTables([], [], tuple(_region(rows) for rows in tables if rows))
    for place, rows in enumerate(filter(None, tables), number):
        for row in rows:
            lost.statistics.extend(_settled_cells(row, prose, document_text, (place, scope)))
            lost.findings.extend(_ambiguities(row, text))
    return lost


def _region(rows: Sequence[LostRow]) -> Span:
    return min(r.run[0] for r in rows), max(r.run[1] for r in rows)


def _settled_cells(
    row: LostRow, prose: Prose, document_text: str, place: tuple[int, Scope]
) -> Iterator[Statistic]:
    """The cells of a row on which every possible split agrees."""
    number, scope = place
    for column, field in enumerate(row.fields):
        spans = {split[column] for split in row.splits}
        if len({prose.text[a:b] for a, b in spans}) != 1:
            continue
        start, end = prose.span(*min(spans))
        quantity = read_cell(document_text[start:end].strip())
        if field.printed_unit == "万元":
            quantity = in_yuan(quantity, "万元")
        yield Statistic(
            field=field.id,
            label=field.label,
            value=quantity.value,
            unit=field.unit,
            state=quantity.state,
            raw=document_text[start:end],
            source=f"table{number}",
            quote=f"{row.label} {prose.text[row.run[0] : row.run[1]]}",
            scope=scope,
            start=start,
            end=end,
            flags=("split_of_run",),
        )


def _ambiguities(row: LostRow, text: str) -> Iterator[Finding]:
    run = text[row.run[0] : row.run[1]]
    fields = tuple(field.id for field in row.fields)
    if not row.splits:
        message = f"{row.label}: {run} does not agree with {len(fields)} columns"
        yield Finding("ambiguous_split", "warning", message, fields)
    elif len({tuple(text[a:b] for a, b in split) for split in row.splits}) > 1:
        shown = [" / ".join(text[a:b] for a, b in split) for split in row.splits[:4]]
        more = "" if len(row.splits) <= 4 else f" or {len(row.splits) - 4} more"
        message = f"{row.label}: {run} may be {' or '.join(shown)}{more}"
        yield Finding("ambiguous_split", "warning", message, fields)


def _row(text: str, label: str, at: int, fields: Sequence[Field | None]) -> LostRow | None:
    run = _run_after(text, at)
    known = tuple(field for field in fields if field is not None)
    if run is None or len(known) != len(fields) or not known:
        return None
    return LostRow(label, known, run, find_splits(text, run, len(known)))


def _application_rows(text: str) -> list[LostRow]:
    """The rows of section three, seven columns each, settled by the identities of the form."""
    grid = load("grids")["applications"]
    found: dict[str, LostRow] = {}
    position = text.index("本年新收政府信息公开申请数量")
    for entry in grid["rows"]:
        label = entry["label"].replace('"', "")
        match = re.compile(_spelled(label)).search(text, position)
        if match is None:
            continue
        fields = [FIELDS[f"req_{entry['id']}_{c['id']}"] for c in grid["columns"]]
        row = _row(text, entry["label"], match.end(), fields)
        if row is None:
            continue
        position = row.run[1]
        row.splits = [s for s in row.splits if _adds_up(text, s)]
        found[entry["id"]] = row
    _strike_by_results(text, found)
    _strike_by_balance(text, found)
    return list(found.values())


def _spelled(label: str) -> str:
    """A pattern for a label with or without quotes and with its note."""
    words = "".join(f'"?{re.escape(c)}' for c in label)
    return rf'{words}"?(?:\([^()]*\))?(?=[\d-])'


def _adds_up(text: str, split: Split) -> bool:
    *parts, total = (_value(text, span) for span in split)
    return sum(parts) == total


def _strike_by_results(text: str, rows: dict[str, LostRow]) -> None:
    """No outcome is above the results in any column."""
    results = rows.get("result_total")
    if results is None or not results.splits:
        return
    most = [max(_value(text, s[c]) for s in results.splits) for c in range(len(results.fields))]
    for name, row in rows.items():
        if name not in ("new_received", "carried_in", "carried_out", "result_total"):
            row.splits = [
                s
                for s in row.splits
                if all(_value(text, span) <= limit for span, limit in zip(s, most, strict=True))
            ] or row.splits


def _strike_by_balance(text: str, rows: dict[str, LostRow]) -> None:
    """New and carried in make results and carried out, in every column."""
    names = ("new_received", "carried_in", "result_total", "carried_out")
    if not all(name in rows for name in names):
        return
    four = [rows[name] for name in names]

    def balances(new: Split, carried: Split, result: Split, out: Split) -> bool:
        return all(
            _value(text, a) + _value(text, b) == _value(text, c) + _value(text, d)
            for a, b, c, d in zip(new, carried, result, out, strict=True)
        )

    _keep_combinations(four, [c for c in _combinations(four) if balances(*c)])


def _combinations(rows: Sequence[LostRow]) -> Iterator[tuple[Split, ...]]:
    size = 1
    for row in rows:
        size *= len(row.splits)
    return product(*(row.splits for row in rows)) if size <= _MOST_COMBINATIONS else iter(())


def _keep_combinations(rows: Sequence[LostRow], kept: list[tuple[Split, ...]]) -> None:
    if kept:
        for index, row in enumerate(rows):
            row.splits = list(dict.fromkeys(combination[index] for combination in kept))


def _disclosure_rows(text: str) -> list[LostRow]:
    """The rows of section two, block by block; columns are those that the block prints."""
    blocks = {block["article"]: block for block in load("grids")["disclosure"]}
    heads = list(_ARTICLE.finditer(text))
    found: list[LostRow] = []
    for index, head in enumerate(heads):
        block = blocks[head[1]]
        end = heads[index + 1].start() if index + 1 < len(heads) else head.end() + 120
        segment = text[head.end() : end]
        columns = sorted(
            (segment.find(c["label"]), c["id"])
            for c in block["columns"]
            if c["label"] in segment and not _is_newer_column(c["id"], segment)
        )
        for entry in block["rows"]:
            match = re.compile(rf"{re.escape(entry['label'])}(?=[\d-])").search(segment)
            ids = [f"{block['id']}_{entry['id']}_{c}" for _, c in columns]
            if match and ids:
                at = head.end() + match.end()
                row = _row(text, entry["label"], at, [FIELDS.get(i) for i in ids])
                found += [row] if row else []
    return found


def _is_newer_column(column: str, segment: str) -> bool:
    """本年收费金额 stands alone; 采购总金额 shares its id and not its block."""
    return column == "amount" and "金额" not in segment


def _review_rows(text: str) -> list[LostRow]:
    """The row of section four: three groups of five, each adding up."""
    at = text.rfind("尚未审结总计")
    if at < 0:
        return []
    at += len("尚未审结总计")
    at += text.startswith("\n", at)
    review = load("grids")["review"]
    fields = [FIELDS[f"{g['id']}_{c['id']}"] for g in review["groups"] for c in review["columns"]]
    row = _row(text, "行政复议、行政诉讼", at, fields)
    if row is None:
        return []
    if len(row.splits) > 1:
        adding = [s for s in row.splits if all(_adds_up(text, s[i : i + 5]) for i in (0, 5, 10))]
        row.splits = adding or row.splits
    return [row]


@cache
def _local_labels() -> tuple[tuple[str, Field], ...]:
    """Labels of the local form, longest first, so that none hides inside another."""
    pairs = [
        (label_key(label), row)
        for row in ROWS["local_table"]
        for label in (row.label, *row.variants)
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def _local_rows(text: str, start: int, end: int) -> list[LostRow]:
    """The rows of one local table with the columns year and 历年累计."""
    if "历年累计" not in text[start : start + 30]:
        return []
    found: dict[str, LostRow] = {}
    taken: list[Span] = []
    for label, field in _local_labels():
        match = re.compile(rf"{re.escape(label)}(条|件|元|次|人次)(?=\d)").search(text, start, end)
        if match is None or field.id in found or any(a <= match.start() < b for a, b in taken):
            continue
        both = (field, FIELDS[f"{field.id}_cumulative"])
        row = _row(text, label, match.end(), [replace(one, unit=match[1]) for one in both])
        if row is not None:
            row.splits = [s for s in row.splits if _value(text, s[0]) <= _value(text, s[1])]
            taken.append((match.start(), row.run[1]))
            found[field.id] = row
    _strike_by_parts(text, found)
    return sorted(found.values(), key=lambda row: row.run)


def _strike_by_parts(text: str, rows: dict[str, LostRow]) -> None:
    """Rows printed under 其中 make their total, in both columns, where some split allows it."""
    for total in ("proactive_total", "requests_received_total", "replies_total"):
        parts = [r for r in rows.values() if r.fields[0].parent == total]
        if total not in rows or not parts:
            continue
        family = [rows[total], *parts]

        def adds(whole: Split, *split: Split) -> bool:
            return all(
                _value(text, whole[c]) == sum(_value(text, s[c]) for s in split) for c in (0, 1)
            )

        _keep_combinations(family, [c for c in _combinations(family) if adds(*c)])
