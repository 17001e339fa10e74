"""The page /report/KEY for Datasette: a report with its repairs, numbers, doubts, changes, evidence.

This module decides what stands on the page and in which order.  The text in pieces is
``report_text``'s, states are ``history``'s; two of them are compared by ``comparison_page``, under
/report/KEY/changes.  Addresses of mirrors are shown and lead nowhere.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import cast

from archive.citation import STYLES, Source
from archive.history import read_history
from archive.site.counts import name_of
from archive.site.finding_words import add_chinese
from archive.site.frame import Facts, Page, is_invented, page_view, rows
from archive.site.report_text import Block, Mended, blocks_of, mended
from archive.views import panel_of
from parsers.forms import CONCEPTS, FIELDS, Concept
from parsers.regions import ancestors_of

Row = dict[str, object]
CAPTURES_SHOWN = 40
CHANGES_SHOWN = 100
# Findings in this order of what people have said of them; "machine": nobody has said anything.
VERDICTS = ("confirmed", "machine", "unclear", "wrong")
MAIN_CONCEPTS = (
    "applications_received", "decisions_total", "granted", "partially_granted", "refused",
    "reconsideration_total", "litigation_total",
)  # fmt: skip
STATISTICS = """
SELECT s.field, s.label, s.value, s.value_low, s.value_high, s.unit, s.raw, s.qualifier, s.state,
  s.scope, s.source, s."row", s.col, s.start, s."end", s.quote, s.flags
FROM statistics s WHERE s.revision = ? ORDER BY s.source, s."row", s.col, s.start, s.field
"""
FINDINGS = """
SELECT f.key, f.rule, f.severity, f.message, f.fields, f.other_report,
  v.verdict, v.reviewer, v.reviewed_at, v.note
FROM findings f LEFT JOIN latest_reviews v ON v.target = f.key
WHERE f.revision = ? ORDER BY f.severity = 'notice', f.severity, f.key
"""
CHANGES = """
SELECT c.*, v.verdict FROM changes c LEFT JOIN latest_reviews v ON v.target = c.key
WHERE c.report = ? AND c.cause = 'source' ORDER BY c.first_seen_after DESC, c.key LIMIT ?
"""
CAPTURES = """
SELECT c.url, c.captured_at, c.status, c.outcome, c.collector, c.tls, c.body_sha256, c.warc_file,
  c.warc_offset, c.record_id, c.document
FROM documents d JOIN captures c ON c.document IN (d.key, d.part_of)
WHERE d.report = ? ORDER BY c.captured_at DESC, c.id DESC LIMIT ?
"""
COUNT_CAPTURES = """
SELECT count(*) FROM documents d JOIN captures c ON c.document IN (d.key, d.part_of) WHERE d.report = ?
"""


_WHOLE = """
SELECT w.key, CASE WHEN w.key = d.key THEN NULL ELSE w.url END AS url, w.source_quality, w.report,
  w.latest_revision
FROM documents d JOIN documents w ON w.key = coalesce(d.part_of, d.key) WHERE d.key = ?
"""
_PARTS = """
SELECT p.document, d.report, r.subject, r.title, r.year
FROM parts p JOIN documents d ON d.key = p.document LEFT JOIN reports r ON r.key = d.report
WHERE p.whole = ? ORDER BY p.start
"""


def read_page(conn: sqlite3.Connection, key: str) -> Row | None:
    """Return what the page of a report shows; ``None`` where there is no such report."""
    found = rows(
        conn,
        "SELECT r.*, v.text, v.tables, v.encoding, v.undecodable, d.url, d.media_type"
        " FROM reports r JOIN revisions v ON v.id = r.revision"
        " LEFT JOIN documents d ON d.key = r.document WHERE r.key = ?",
        key,
    )
    if not found:
        return None
    report = found[0]
    revision = report["revision"]
    repairs = mended(
        conn.execute(
            "SELECT start, before, after, rule FROM repairs WHERE revision = ? ORDER BY start",
            [revision],
        ).fetchall()
    )
    findings = rows(conn, FINDINGS, revision)
    named: dict[object, list[str]] = {
        one["key"]: json.loads(str(one["fields"])) for one in findings
    }
    for one in findings:
        one["labels"] = [(name, FIELDS.get(name)) for name in named[one["key"]]]
    statistics = rows(conn, STATISTICS, revision)
    for one in statistics:
        one["doubts"] = [f for f in findings if _is_doubt(f) and one["field"] in named[f["key"]]]
        field = FIELDS.get(str(one["field"]))
        one["label_en"] = field.label_en if field else None
        one["notes"] = json.loads(str(one["flags"]))
    region = cast("str | None", report["region_code"])
    captures = rows(conn, CAPTURES, key, CAPTURES_SHOWN)
    return {
        "report": report,
        "above": [(code, name_of(code)) for code in (*reversed(ancestors_of(region)), region)]
        if region
        else [],
        "years": _years(conn, report),
        "main": _main_numbers(conn, key),
        "is_address_safe": is_address_safe(report["source_quality"], report["url"]),
        "is_invented": is_invented(report["url"]),
        "blocks": _blocks(report, repairs, statistics),
        "repairs": repairs,
        "repaired_by": Counter(one.rule for one in repairs),
        "sources": _by_source(statistics),
        "findings": findings,
        "groups": _by_verdict(findings),
        "changes": rows(conn, CHANGES, key, CHANGES_SHOWN),
        "states": read_history(conn, key),
        "documents": _documents(conn, key),
        "compilation": _compilation(conn, report["document"]),
        "captures": captures,
        "captures_all": conn.execute(COUNT_CAPTURES, [key]).fetchone()[0],
        "citations": _citations(report, captures),
    }


def is_address_safe(quality: object, url: object) -> bool:
    """Return whether an address may be a link: that of a publisher, and of the web."""
    return quality == "official" and str(url).startswith(("http://", "https://"))


def _is_doubt(finding: Row) -> bool:
    """Whether a finding throws doubt on its numbers: no notice, and nobody has refuted it."""
    return finding["severity"] != "notice" and finding["verdict"] != "wrong"


def _blocks(report: Row, repairs: Sequence[Mended], statistics: Sequence[Row]) -> list[Block]:
    placed = [one for one in statistics if one["start"] is not None and one["end"] is not None]
    numbers = [(cast("int", one["start"]), cast("int", one["end"])) for one in placed]
    doubts = {
        cast("int", one["start"]): str(cast("list[Row]", one["doubts"])[0]["key"])
        for one in placed
        if one["doubts"]
    }
    grids = json.loads(str(report["tables"]))
    return blocks_of(str(report["text"]), grids, repairs, numbers, doubts)


def _by_source(statistics: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return the statistics by where they stand, the tables before the text."""
    found: dict[str, list[Row]] = {}
    for one in statistics:
        found.setdefault(str(one["source"]), []).append(one)
    return sorted(found.items(), key=lambda one: (not one[0].startswith("table"), one[0]))


def _by_verdict(findings: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return the findings by what people have said: confirmed ones first, refuted ones last."""
    found: dict[str, list[Row]] = {name: [] for name in VERDICTS}
    for one in findings:
        found[str(one["verdict"] or "machine")].append(one)
    return [(name, some) for name, some in found.items() if some]


def _years(conn: sqlite3.Connection, report: Row) -> list[Row]:
    """Return the annual reports of the same body, in order of year."""
    if report["body"] is None:
        return []
    return rows(
        conn,
        "SELECT key, year FROM reports WHERE body = ? AND kind = 'annual_report'"
        " AND year IS NOT NULL ORDER BY year, key",
        report["body"],
    )


def _main_numbers(conn: sqlite3.Connection, key: str) -> list[tuple[Concept, Row]]:
    """Return the concepts that come first, each with its row of the panel."""
    told = {str(row["concept"]): row for row in rows(conn, panel_of(1), key)}
    return [(CONCEPTS[name], told[name]) for name in MAIN_CONCEPTS if name in told]


def _documents(conn: sqlite3.Connection, key: str) -> list[Row]:
    found = rows(
        conn,
        "SELECT d.key, d.url, d.media_type, d.source_quality, d.title, d.status, d.moved_to,"
        " d.first_seen, d.last_seen, d.index_number, d.document_number, v.attachments"
        " FROM documents d LEFT JOIN revisions v ON v.id = d.latest_revision"
        " WHERE d.report = ? ORDER BY d.first_seen, d.key",
        key,
    )
    for one in found:
        one["files"] = json.loads(str(one["attachments"] or "[]"))
        one["is_address_safe"] = is_address_safe(one["source_quality"], one["url"])
    return found


def _compilation(conn: sqlite3.Connection, document: object) -> Row | None:
    """Return the compilation that a document is a part of, or is, with its reports in order.

    It has an address only where it is another document; ``None`` where there is no compilation.
    """
    for whole in rows(conn, _WHOLE, document):
        parts = rows(conn, _PARTS, whole["latest_revision"])
        is_safe = is_address_safe(whole["source_quality"], whole["url"])
        if parts or whole["url"]:
            return {**whole, "parts": parts, "is_address_safe": is_safe}
    return None


def _citations(report: Row, captures: Sequence[Row]) -> dict[str, str]:
    """Return the report as its canonical document was last captured, cited in each style."""
    shown = [
        one for one in captures if one["body_sha256"] and one["document"] == report["document"]
    ]
    if not shown:
        return {}
    capture = shown[0]
    source = Source(
        key=str(report["key"]),
        title=str(report["title"] or report["key"]),
        author=cast("str | None", report["subject"]),
        published=cast("str | None", report["published"]),
        url=str(capture["url"]),
        captured_at=str(capture["captured_at"]),
        collector=cast("str | None", capture["collector"]),
        sha256=str(capture["body_sha256"]),
        record_id=str(capture["record_id"]),
    )
    return {name: cite(source) for name, cite in STYLES.items()}


def _read_report(conn: sqlite3.Connection, page: Page) -> Facts | None:
    shown = read_page(conn, page.named["key"])
    if shown is not None:
        add_chinese(cast("list[Row]", shown["findings"]), page)
    return shown


report_page = page_view("report.html", _read_report)
