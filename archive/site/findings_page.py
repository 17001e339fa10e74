"""The page /findings: what does not agree, each beside the numbers that it is about.

This module decides what is listed, counted and narrowed.  Only findings of what a report shows
today count.  What a machine found and what a person said of it are told apart everywhere; how
the machine finds is told by ``parsers.checks`` and ``parsers.series``.
"""

from __future__ import annotations

import json
import sqlite3

from archive.site.finding_words import add_chinese
from archive.site.frame import Facts, Page, page_view, rows
from archive.site.narrowing import Narrowed, choices, narrow

FINDINGS_ON_A_PAGE = 40
LAST_PAGE = 50
NUMBERS_OF_A_FINDING = 12
SEVERITIES = ("error", "warning", "notice")
VERDICTS = ("machine", "confirmed", "unclear", "wrong")
# A report leads to its findings by the beginning of their key; findings to their report by its.
_VERDICT = " LEFT JOIN latest_reviews v ON v.target = f.key"
_FIRST_REPORTS = f"reports r CROSS JOIN findings f ON f.revision = r.revision{_VERDICT}"
_REPORT = " CROSS JOIN reports r ON r.key = f.report AND r.revision = f.revision"
_FIRST_FINDINGS = f"findings f{_REPORT}{_VERDICT}"
_FIRST_REVIEWS = f"latest_reviews v CROSS JOIN findings f ON f.key = v.target{_REPORT}"
_COUNTS = """
SELECT f.rule, f.severity, count(*) AS findings, count(DISTINCT f.report) AS reports,
  count(v.verdict) AS reviewed, count(*) FILTER (WHERE v.verdict = 'confirmed') AS confirmed
FROM {tables} WHERE {where} GROUP BY f.rule, f.severity
"""
_IN_ORDER = " ORDER BY severity = 'notice', severity = 'warning', findings DESC, rule"
_NUMBERS = """
SELECT s.field, s.label, f.label_en, s.raw, s.state, s.source, s.start
FROM statistics s LEFT JOIN fields f ON f.id = s.field
WHERE s.revision = ? AND s.field = ? ORDER BY s.source = 'inferred', s.source, s.ordinal LIMIT 4
"""
_REVIEWS = (
    "SELECT verdict, reviewer, reviewed_at, note FROM reviews WHERE target = ?"
    " ORDER BY reviewed_at DESC"
)


def read_findings(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows."""
    asked = narrow(page)
    rule = page.arguments.get("rule") or None
    severity = page.arguments.get("severity")
    told = page.arguments.get("told")
    severity, told = (
        severity if severity in SEVERITIES else None,
        told if told in VERDICTS else None,
    )
    sheet = min(max(page.number("page") or 1, 1), LAST_PAGE)
    conditions, values = list(asked.conditions), list(asked.values)
    for column, wanted in (("f.rule", rule), ("f.severity", severity)):
        if wanted:
            conditions.append(f"{column} = ?")
            values.append(wanted)
    if told:
        conditions.append("v.verdict IS NULL" if told == "machine" else "v.verdict = ?")
        values += [] if told == "machine" else [told]
    where = " AND ".join(conditions) or "1"
    is_reviewed = told not in (None, "machine")  # there are few reviews
    if told or asked.conditions:
        counted = _COUNTS.format(
            tables=_FIRST_REVIEWS if is_reviewed else _FIRST_REPORTS, where=where
        )
    else:
        counted = f"SELECT * FROM finding_totals f WHERE {where}"
    counts = rows(conn, counted + _IN_ORDER, *values)
    found = rows(
        conn,
        "SELECT f.key, f.revision, f.report, f.rule, f.severity, f.message, f.fields,"
        " f.other_report, r.subject, r.title, r.year, v.verdict"
        f" FROM {_FIRST_REVIEWS if is_reviewed else _tables(asked)} WHERE {where} ORDER BY f.revision DESC, f.key LIMIT ? OFFSET ?",
        *values,
        FINDINGS_ON_A_PAGE,
        (sheet - 1) * FINDINGS_ON_A_PAGE,
    )
    add_chinese(found, page)
    for one in found:
        one["numbers"] = _numbers(conn, one)
        one["reviews"] = rows(conn, _REVIEWS, one["key"]) if one["verdict"] else []
    count = sum(int(str(one["findings"])) for one in counts)
    return {
        **choices(conn, asked),
        "rule": rule,
        "severity": severity,
        "told": told,
        "severities": SEVERITIES,
        "verdicts": VERDICTS,
        "counts": counts,
        "count": count,
        "findings": found,
        "sheet": sheet,
        "has_next": sheet * FINDINGS_ON_A_PAGE < count and sheet < LAST_PAGE,
    }


def _tables(asked: Narrowed) -> str:
    return _FIRST_REPORTS if asked.begins_with_reports else _FIRST_FINDINGS


def _numbers(conn: sqlite3.Connection, finding: dict[str, object]) -> list[dict[str, object]]:
    """Return the numbers that a finding is about, as printed, with their places in the text."""
    fields = json.loads(str(finding["fields"]))[:NUMBERS_OF_A_FINDING]
    found = [one for name in fields for one in rows(conn, _NUMBERS, finding["revision"], name)]
    return found[:NUMBERS_OF_A_FINDING]


findings_page = page_view("findings.html", read_findings)
