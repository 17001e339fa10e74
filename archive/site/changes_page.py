"""The page /changes: what changed at the source, newest first.

This module decides what is listed and how it is narrowed and put together: the changes of one
document at one moment are one entry.  A number that two versions of our parser read apart is
marked, because the source may not have changed at all.  What our own parser changed is on the
page of corrections; the feeds are ``feed_page``'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import get_args

from archive.change import ChangeKind, Nature
from archive.site.frame import Facts, Page, page_view, rows
from archive.site.narrowing import choices, narrow

CHANGES_ON_A_PAGE = 100
LINES_OF_AN_ENTRY = 6
_FIRST_REPORTS = "reports r CROSS JOIN changes c ON c.report = r.key"
_FIRST_CHANGES = "changes c CROSS JOIN reports r ON r.key = c.report"
_ALL = "changes c LEFT JOIN reports r ON r.key = c.report"
_CHANGES = """
SELECT c.key, c.report, c.document, c.portal, c.kind, c.item, c.before, c.after, c.nature,
  c.difference, c.first_seen_after, r.subject, r.title, r.year,
  (SELECT name FROM portals WHERE id = c.portal) AS portal_name,
  (SELECT label FROM statistics WHERE revision = c.to_revision AND field = c.item LIMIT 1) AS label,
  (SELECT label_en FROM fields WHERE id = c.item) AS label_en,
  (SELECT verdict FROM reviews WHERE target = c.key ORDER BY reviewed_at DESC LIMIT 1) AS verdict,
  c.kind IN ('field', 'cell') AND (SELECT a.parser <> b.parser FROM revisions a, revisions b
    WHERE a.id = c.from_revision AND b.id = c.to_revision) AS has_two_parsers
FROM {tables} WHERE {conditions}
ORDER BY c.first_seen_after DESC, c.key DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What changed in one document, or on one portal, at one moment."""

    at: str
    report: str | None
    changes: Sequence[dict[str, object]]


def read_changes(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows."""
    asked = narrow(page)
    kind = _one_of(page.arguments.get("kind"), get_args(ChangeKind))
    nature = _one_of(page.arguments.get("nature"), get_args(Nature))
    before, _, key = page.arguments.get("before", "").partition("~")
    conditions = ["c.cause = 'source'", *asked.conditions]
    values = list(asked.values)
    for column, wanted in (("kind", kind), ("nature", nature)):
        if wanted:
            conditions.append(f"c.{column} = ?")
            values.append(wanted)
    if before:
        conditions.append("(c.first_seen_after, c.key) < (?, ?)")
        values += [before, key]
    query = _CHANGES.format(
        tables=_FIRST_REPORTS
        if asked.begins_with_reports
        else _FIRST_CHANGES
        if asked.year
        else _ALL,
        conditions=" AND ".join(conditions),
    )
    found = rows(conn, query, *values, CHANGES_ON_A_PAGE + 1)
    shown = found[:CHANGES_ON_A_PAGE]
    return {
        **choices(conn, asked),
        "kind": kind,
        "nature": nature,
        "kinds": get_args(ChangeKind),
        "natures": get_args(Nature),
        "days": [(day, list(some)) for day, some in groupby(_entries(shown), lambda e: e.at[:10])],
        "lines": LINES_OF_AN_ENTRY,
        "is_first": not before,
        "next": f"{shown[-1]['first_seen_after']}~{shown[-1]['key']}"
        if len(found) > len(shown)
        else None,
    }


def _one_of(asked: str | None, known: Sequence[str]) -> str | None:
    return asked if asked in known else None


def _entries(changes: Iterable[dict[str, object]]) -> list[Entry]:
    together: dict[tuple[str, str], list[dict[str, object]]] = {}
    for change in changes:
        where = (str(change["first_seen_after"]), str(change["document"] or change["portal"]))
        together.setdefault(where, []).append(change)
    order = {kind: place for place, kind in enumerate(("status", "field", "cell", "text"))}
    return [
        Entry(
            at,
            None if some[0]["report"] is None else str(some[0]["report"]),
            sorted(some, key=lambda one: order.get(str(one["kind"]), len(order))),
        )
        for (at, _), some in together.items()
    ]


changes_page = page_view("changes.html", read_changes)
