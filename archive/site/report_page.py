"""The page /report/KEY for Datasette: a report with its repairs, numbers, doubts, changes, evidence.

This module decides what stands on the page and what of the text is marked.  States are
``history``'s; two of them are compared by ``comparison_page``, under /report/KEY/changes.
Addresses of mirrors are shown and lead nowhere.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from archive.history import read_history
from archive.site.frame import Facts, Page, page_view, rows

Row = dict[str, object]
STATISTICS = """
SELECT s.field, s.label, s.value, s.unit, s.raw, s.qualifier, s.state, s.scope, s.source, s."row",
  s.col, s.start, s."end", s.quote
FROM statistics s WHERE s.revision = ? ORDER BY s.source, s."row", s.col, s.start, s.field
"""
CAPTURES = """
SELECT c.url, c.captured_at, c.status, c.outcome, c.collector, c.body_sha256, c.warc_file,
  c.warc_offset, c.record_id
FROM captures c JOIN documents d ON d.key = c.document WHERE d.report = ? ORDER BY c.captured_at, c.id
"""


@dataclass(frozen=True, slots=True)
class Mended:
    """A repair at its place in the repaired text."""

    start: int
    end: int
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the repaired text: repaired or not, of a number or not, perhaps its beginning."""

    text: str
    repair: Mended | None
    is_number: bool
    anchor: str | None


def mended(repairs: Sequence[tuple[int, str, str, str]]) -> list[Mended]:
    """Return where repairs (start in the received text, before, after, rule) are in the repaired."""
    places = []
    grown = 0
    for start, before, after, rule in repairs:
        places.append(Mended(start + grown, start + grown + len(after), before, after, rule))
        grown += len(after) - len(before)
    return places


def pieces_of(
    text: str, repairs: Sequence[Mended], numbers: Sequence[tuple[int, int]]
) -> list[Piece]:
    """Return the text in pieces, cut wherever a repair or a number begins or ends."""
    starts = {start for start, _ in numbers}
    in_numbers = {at for start, end in numbers for at in range(start, end)}
    begins = [one.start for one in repairs]
    removed: dict[int, list[Piece]] = {}
    for one in repairs:
        if one.start == one.end:
            removed.setdefault(one.start, []).append(Piece("", one, is_number=False, anchor=None))
    cuts = {0, len(text)}.union(*numbers, *((one.start, one.end) for one in repairs))
    pieces: list[Piece] = []
    for start, end in pairwise(sorted(cut for cut in cuts if 0 <= cut <= len(text))):
        at = bisect_right(begins, start) - 1
        repair = repairs[at] if at >= 0 and start < repairs[at].end else None
        anchor = f"at-{start}" if start in starts else None
        pieces += removed.get(start, [])
        pieces.append(Piece(text[start:end], repair, is_number=start in in_numbers, anchor=anchor))
    return pieces + removed.get(len(text), [])


def read_page(conn: sqlite3.Connection, key: str) -> Row | None:
    """Return what the page of a report shows; ``None`` where there is no such report."""
    found = rows(
        conn,
        "SELECT r.*, v.text, d.url, d.media_type FROM reports r"
        " JOIN revisions v ON v.id = r.revision LEFT JOIN documents d ON d.key = r.document"
        " WHERE r.key = ?",
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
    statistics = rows(conn, STATISTICS, revision)
    findings = rows(conn, "SELECT * FROM findings WHERE revision = ? ORDER BY key", revision)
    for one in findings:
        one["names"] = json.loads(str(one["fields"]))
    for one in statistics:
        one["doubts"] = [f for f in findings if one["field"] in cast("list[str]", f["names"])]
    numbers = [
        (cast("int", one["start"]), cast("int", one["end"]))
        for one in statistics
        if one["start"] is not None and one["end"] is not None
    ]
    changes = "SELECT * FROM changes WHERE report = ? ORDER BY first_seen_after, key"
    return {
        "report": report,
        "is_address_safe": report["source_quality"] == "official"
        and str(report["url"]).startswith(("http://", "https://")),
        "pieces": pieces_of(str(report["text"]), repairs, numbers),
        "repairs": repairs,
        "statistics": statistics,
        "findings": findings,
        "changes": rows(conn, changes, key),
        "states": read_history(conn, key),
        "captures": rows(conn, CAPTURES, key),
    }


def _read_report(conn: sqlite3.Connection, page: Page) -> Facts | None:
    return read_page(conn, page.named["key"])


report_page = page_view("report.html", _read_report)
