"""The national forms as tables of boxes, filled with a report's numbers.

This module decides how the printed tables look: which boxes stand in which row, what spans
what, and which totals follow from the single numbers, so that every sum of a drawn table
holds until a contradiction is planted.  It leaves the numbers to ``reports.toml`` and the
drawing (HTML, PDF, lines of text) to ``pages`` and ``pdf``.

Source: the forms of 国办发〔2014〕32号, 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.demo.labels import (
    APPLICANT_HEADS,
    BALANCE,
    DOCUMENTS_2019,
    DOCUMENTS_2021,
    OTHER_2019,
    OTHER_2021,
    OUTCOME_HEADS,
    RESULTS,
    ROWS_2014,
    SUMS_2014,
)

APPLICANTS = (
    "natural_person",
    "org_business",
    "org_research",
    "org_public_welfare",
    "org_legal_service",
    "org_other",
)
OUTCOMES = ("upheld", "corrected", "other", "pending")
CASE_GROUPS = ("recon", "lit_direct", "lit_after_recon")


@dataclass(frozen=True, slots=True)
class Box:
    """One printed table cell and the grid cells it covers."""

    text: str
    colspan: int = 1
    rowspan: int = 1


Grid = tuple[tuple[Box, ...], ...]


def count_requests(rows: Mapping[str, Sequence[int]], form: str) -> dict[str, int]:
    """Return every number of the request table, the totals counted from the single rows.

    ``rows`` gives six numbers (one per kind of applicant) for the rows that are not all zero;
    the requests newly received follow from what was decided and carried over.
    Keys are the public field ids.
    """
    results = [row for row, _ in _result_rows(form)]
    _refuse_unknown(rows, ("carried_in", *results, "carried_out"))
    numbers: dict[str, int] = {}
    for place, applicant in enumerate(APPLICANTS):
        column = {row: rows[row][place] if row in rows else 0 for row in results}
        column["carried_in"] = rows["carried_in"][place] if "carried_in" in rows else 0
        column["carried_out"] = rows["carried_out"][place] if "carried_out" in rows else 0
        column["result_total"] = sum(column[row] for row in results)
        column["new_received"] = (
            column["result_total"] + column["carried_out"] - column["carried_in"]
        )
        numbers |= {f"req_{row}_{applicant}": number for row, number in column.items()}
    for row in ("new_received", "carried_in", *results, "result_total", "carried_out"):
        numbers[f"req_{row}_total"] = sum(
            numbers[f"req_{row}_{applicant}"] for applicant in APPLICANTS
        )
    return numbers


def count_cases(groups: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return every number of the table of reviews and lawsuits, each group with its total."""
    numbers: dict[str, int] = {}
    for group in CASE_GROUPS:
        outcomes = groups.get(group, (0, 0, 0, 0))
        numbers |= {
            f"{group}_{name}": count for name, count in zip(OUTCOMES, outcomes, strict=True)
        }
        numbers[f"{group}_total"] = sum(outcomes)
    return numbers


def count_2014(given: Mapping[str, str]) -> dict[str, str]:
    """Return the printed number of every row of the 2014 form; what is not given is 0."""
    printed = {field: given.get(field, "0") for field, _, _ in ROWS_2014 if field}
    _refuse_unknown(given, printed)
    for total, parts in SUMS_2014.items():
        if total not in given:
            printed[total] = str(sum(int(printed[part]) for part in parts))
    return printed


def draw_2014(printed: Mapping[str, str]) -> Grid:
    """Return the one table of the 2014 form: label, unit, number."""
    head = (Box("统计指标"), Box("单位"), Box("统计数"))
    rows = (
        (Box(label), Box(unit), Box(printed[field] if field else "——"))
        for field, label, unit in ROWS_2014
    )
    return (head, *rows)


def draw_documents(printed: Mapping[str, str], form: str) -> Grid:
    """Return table 二 of the 2019 or 2021 form."""
    blocks = DOCUMENTS_2019 if form == "national_2019" else DOCUMENTS_2021
    width = max(len(heads) for _, heads, _ in blocks)
    rows: list[tuple[Box, ...]] = []
    for title, heads, lines in blocks:
        spans = [1] * (len(heads) - 1) + [width - len(heads) + 1]
        rows.append((Box(title, colspan=width),))
        rows.append(tuple(Box(head, span) for head, span in zip(heads, spans, strict=True)))
        for label, keys in lines:
            texts = (label, *(printed.get(key, "0") for key in keys))
            rows.append(tuple(Box(text, span) for text, span in zip(texts, spans, strict=True)))
    return tuple(rows)


def draw_requests(printed: Mapping[str, str], form: str) -> Grid:
    """Return table 三 of the 2019 or 2021 form, ten grid columns wide."""
    groups = _result_groups(form)
    height = sum(len(rows) for _, rows in groups) + 1
    drawn: list[tuple[Box, ...]] = [
        (Box(BALANCE, 3, 3), Box("申请人情况", 7)),
        (Box("自然人", 1, 2), Box("法人或其他组织", 5), Box("总计", 1, 2)),
        tuple(Box(head) for head in APPLICANT_HEADS),
        (Box("一、本年新收政府信息公开申请数量", 3), *_request_cells(printed, "new_received")),
        (Box("二、上年结转政府信息公开申请数量", 3), *_request_cells(printed, "carried_in")),
    ]
    opening: tuple[Box, ...] = (Box("三、本年度办理结果", 1, height),)
    for title, rows in groups:
        for place, (row, label) in enumerate(rows):
            group = (Box(title, 1, len(rows)),) if title and place == 0 else ()
            name = Box(label) if title else Box(label, 2)
            drawn.append((*opening, *group, name, *_request_cells(printed, row)))
            opening = ()
    drawn.append((Box("（七）总计", 2), *_request_cells(printed, "result_total")))
    drawn.append((Box("四、结转下年度继续办理", 3), *_request_cells(printed, "carried_out")))
    return tuple(drawn)


def draw_cases(printed: Mapping[str, str]) -> Grid:
    """Return table 四: one row of fifteen numbers under its three rows of headings."""
    numbers = tuple(
        Box(printed[f"{group}_{outcome}"])
        for group in CASE_GROUPS
        for outcome in (*OUTCOMES, "total")
    )
    return (
        (Box("行政复议", 5), Box("行政诉讼", 10)),
        (
            *(Box(head, 1, 2) for head in OUTCOME_HEADS),
            Box("未经复议直接起诉", 5),
            Box("复议后起诉", 5),
        ),
        tuple(Box(head) for head in OUTCOME_HEADS * 2),
        numbers,
    )


def flatten(grid: Grid) -> list[str]:
    """Return the boxes of a table as lines, one per box, as careless editors paste them.

    A unit of one character is lost with its box, and so are boxes that hold only a dash.
    """
    texts = (box.text for row in grid for box in row)
    return [text for text in texts if len(text) > 1 or text.isdigit() if text != "——"]


def _refuse_unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """A misspelt row of the data file would silently print a 0."""
    if unknown := set(given) - set(known):
        raise ValueError(f"no such row in the form: {', '.join(sorted(unknown))}")


def _request_cells(printed: Mapping[str, str], row: str) -> tuple[Box, ...]:
    return tuple(Box(printed[f"req_{row}_{applicant}"]) for applicant in (*APPLICANTS, "total"))


def _result_groups(form: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return RESULTS + (OTHER_2019 if form == "national_2019" else OTHER_2021)


def _result_rows(form: str) -> Iterable[tuple[str, str]]:
    return (row for _, rows in _result_groups(form) for row in rows)
