"""The page /corrections: where we were wrong, not the source.

This module decides what counts as our error: a finding or change that a person calls wrong, and
a change that a newer parser made.  What the source changed is on the page of changes.
"""

from __future__ import annotations

import sqlite3

from archive.site.finding_words import add_chinese
from archive.site.frame import Facts, Page, page_view, rows

NEWEST = 100
_WRONG = """
SELECT v.target, v.reviewer, v.reviewed_at, v.note,
  coalesce(f.report, c.report) AS report, f.rule, f.message, c.kind, c.item, c.before, c.after,
  r.subject, r.title, r.year
FROM latest_reviews v
LEFT JOIN changes c ON c.key = v.target
LEFT JOIN findings f ON f.key = v.target
LEFT JOIN reports r ON r.key = coalesce(f.report, c.report)
WHERE v.verdict = 'wrong' GROUP BY v.target ORDER BY v.reviewed_at DESC LIMIT ?
"""
_REREAD = """
SELECT c.report, c.kind, c.item, c.before, c.after, c.first_seen_after, r.subject, r.title, r.year,
  c.old_parser, c.new_parser
FROM changes c LEFT JOIN reports r ON r.key = c.report
WHERE c.cause = 'parser' ORDER BY c.first_seen_after DESC, c.key LIMIT ?
"""


def read_corrections(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows."""
    wrong = rows(conn, _WRONG, NEWEST)
    add_chinese(wrong, page)
    return {"wrong": wrong, "reread": rows(conn, _REREAD, NEWEST)}


corrections_page = page_view("corrections.html", read_corrections)
