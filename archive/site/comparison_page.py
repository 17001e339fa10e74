"""The page /report/KEY/changes: two states of a report side by side or in one line.

This module decides what stands on it and in which order: numbers and cells, sentences, title
with metadata and attachments, status.  ``scrapy diff --html`` writes the same as a file of its
own (`file_of`).  What changed is decided by ``archive.change``, what a state is by
``archive.history``; what a newer parser reads differently is said to be that.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader

from archive.change import Change, Run, find_runs
from archive.errors import UnknownState
from archive.history import Comparison, State, compare, read_history
from archive.site.frame import Facts, Language, Page, day, in_thousands, page_view, rows

Group = Literal["numbers", "texts", "rest"]
_GROUPS: dict[str, Group] = {
    "field": "numbers",
    "cell": "numbers",
    "text": "texts",
    "metadata": "rest",
    "attachment": "rest",
}
# "table2:r12c3", "table2:r12", "table2", "sentence:14", "attachment:0"
_PLACE = re.compile(r"(table|sentence|attachment):?(\d+)(?::r(\d+)(?:c(\d+))?)?")
_SITE = Path(__file__).parent
_CAPTURES = """
SELECT c.captured_at, c.status, c.outcome, c.body_sha256, c.warc_file, c.warc_offset, c.record_id
FROM documents d JOIN captures c ON c.document IN (d.key, d.part_of)
WHERE d.url = ? AND c.captured_at BETWEEN ? AND ? ORDER BY c.captured_at
"""
_STATUSES = """
SELECT item, before, after, last_seen_before, first_seen_after FROM changes
WHERE report = ? AND kind = 'status' AND first_seen_after > ? AND first_seen_after <= ?
ORDER BY first_seen_after, key
"""


@dataclass(frozen=True, slots=True)
class Side:
    """A state as the page tells of it: who read it, and the captures that show it."""

    state: State
    parser: str
    captures: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Line:
    """A change as the page shows it; ``runs`` are its stretches, the same or not on both sides."""

    change: Change
    label: str | None
    runs: Sequence[Run]


def read_comparison(conn: sqlite3.Connection, page: Page) -> Facts | None:
    """Return what the page shows; ``None`` where there is no such report or state."""
    key = page.named["key"]
    older, newer = page.number("from", least=1), page.number("to", least=1)
    states = [state for state in read_history(conn, key) if state.revision is not None]
    if newer is None and "at" in page.arguments:
        newer = next((one.number for one in states if one.seen_from == page.arguments["at"]), None)
    try:
        comparison = compare(conn, key, older, newer)
    except UnknownState:
        return None
    return {
        **tell(conn, comparison, page),
        "states": states,
        "view": "inline" if page.arguments.get("view") == "inline" else "sides",
    }


def tell(conn: sqlite3.Connection, comparison: Comparison, page: Page) -> Facts:
    """Return a comparison as the templates tell it."""
    older, newer = _side(conn, comparison.older), _side(conn, comparison.newer)
    labels = _labels(conn, comparison, page.language)
    groups: dict[Group, list[Line]] = {"numbers": [], "texts": [], "rest": []}
    for change in comparison.changes:
        runs = find_runs(change.before or "", change.after or "")
        groups[_GROUPS[change.kind]].append(Line(change, labels.get(change.item), runs))
    bodies = [{one["body_sha256"] for one in side.captures} - {None} for side in (older, newer)]
    return {
        "report": comparison.report,
        "name": comparison.newer.title or comparison.report,
        "sides": {"before": older, "after": newer},
        "groups": groups,
        "statuses": rows(
            conn,
            _STATUSES,
            comparison.report,
            comparison.older.seen_from,
            comparison.newer.seen_to,
        ),
        "is_same_state": comparison.older == comparison.newer,
        "is_same_source": comparison.older != comparison.newer and bool(bodies[0] & bodies[1]),
        "is_same_parser": older.parser == newer.parser,
        "place": lambda change: place_of(change.place, page),
    }


def file_of(conn: sqlite3.Connection, comparison: Comparison, language: Language = "zh") -> str:
    """Return a comparison as one HTML file that needs no other and leads nowhere."""
    page = Page("/", language=language)
    environment = Environment(loader=FileSystemLoader(_SITE / "templates"), autoescape=True)
    return environment.get_template("comparison_file.html").render(
        **tell(conn, comparison, page),
        page=page,
        say=page.say,
        may_say=page.may_say,
        day=day,
        number=in_thousands,
        view="sides",
        css=(_SITE / "static" / "site.css").read_text("utf-8"),
    )


def place_of(place: str, page: Page) -> str:
    """Return where a change stands in words: table2:r12c3 -> table 2, row 13, column 4."""
    found = _PLACE.match(place)
    if found is None:
        return ""
    part, number, row, column = found.groups()
    if part != "table":
        return page.say(f"comparison.{part}", number=int(number) + 1)
    told = page.say("comparison.table", number=int(number))
    told += page.say("comparison.row", number=int(row) + 1) if row else ""
    return told + (page.say("comparison.column", number=int(column) + 1) if column else "")


def _side(conn: sqlite3.Connection, state: State) -> Side:
    [read] = rows(conn, "SELECT parser FROM revisions WHERE id = ?", state.revision)
    captures = rows(conn, _CAPTURES, state.url, state.seen_from, state.seen_to)
    return Side(state, str(read["parser"]), captures)


def _labels(conn: sqlite3.Connection, comparison: Comparison, language: Language) -> dict[str, str]:
    """Return the labels of the fields that either state prints, in English where there is one."""
    revisions = (comparison.older.revision, comparison.newer.revision)
    return {
        str(field): str(english if language == "en" and english else label)
        for field, label, english in conn.execute(
            "SELECT s.field, s.label, f.label_en FROM statistics s LEFT JOIN fields f"
            " ON f.id = s.field WHERE s.revision IN (?, ?)",
            revisions,
        )
    }


comparison_page = page_view("comparison.html", read_comparison)
