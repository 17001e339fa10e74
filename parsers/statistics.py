"""Every figure of a document as statistics: its tables first, then its sentences.

This module decides which reader takes which table and numbers repeated values.  It leaves the
reading to ``rows``, ``grids``, ``flattened`` and ``narrative``, zeros that blanks stand for to
``inferred``, and doubts about the values to ``checks``.
"""

from __future__ import annotations

from parsers.cells import findings_of_unread
from parsers.flattened import read_lost_tables
from parsers.forms.detection import detect_form, table_text
from parsers.grids import is_grid, read_grids
from parsers.inferred import infer_zeros
from parsers.model import Document, Finding, FormName, Scope, Statistic, Table
from parsers.narrative import read_narrative
from parsers.prose import read_prose
from parsers.rows import KNOWN_ROWS, read_rows

_REQUESTER_WORDS = ("申请来源", "党政机关")


def read_statistics(
    document: Document,
    form: FormName,
    year: int | None,
    scope: Scope,
    area: str | None = None,
) -> tuple[tuple[Statistic, ...], tuple[Finding, ...]]:
    """The statistics of a document and the doubts of reading them.

    ``form`` is the form of the report: numbers in its sentences take the ids of its rows.
    Without a ``year`` part-year periods are read only where the year is printed beside them;
    without the name of the body's ``area`` any scope words are taken for its own.
    """
    statistics, findings = _read_tables(document.tables, form, scope)
    findings += findings_of_unread(statistics)
    prose = read_prose(document)
    lost = read_lost_tables(prose, document.text, len(document.tables) + 1, scope)
    prose.shut = lost.regions
    statistics += lost.statistics
    findings += lost.findings
    statistics = _with_ordinals(statistics)
    statistics += infer_zeros(form, statistics)
    statistics += read_narrative(document, prose, form, year, scope, area)
    return tuple(statistics), tuple(findings)


def _rows_form(table: Table, form: FormName) -> str:
    """Which labels to expect in a table of rows: its own, else those of the report's form."""
    own = detect_form("", (table,))
    if own in KNOWN_ROWS:
        return own
    if form in KNOWN_ROWS:
        return form
    words = table_text(table)
    return "national_2014" if all(word in words for word in _REQUESTER_WORDS) else "narrative"


def _read_tables(
    tables: tuple[Table, ...], form: FormName, scope: Scope
) -> tuple[list[Statistic], list[Finding]]:
    grids = [table for table in tables if is_grid(table)]
    taken = {table.number for table in grids}
    statistics, findings = read_grids(grids, form, scope)
    for table in tables:
        if table.number not in taken:
            read, doubts = read_rows(table, _rows_form(table, form), scope)
            statistics += read
            findings += doubts
    return statistics, findings


def _with_ordinals(statistics: list[Statistic]) -> list[Statistic]:
    """The statistics of tables, repeated values of one field in one table numbered from 0."""
    count: dict[tuple[str, str], int] = {}
    numbered = []
    for one in statistics:
        key = (one.field, one.source)
        ordinal = count.get(key, 0)
        count[key] = ordinal + 1
        numbered.append(one._replace(ordinal=ordinal) if ordinal else one)
    return numbered
