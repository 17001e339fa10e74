"""The newest changes as Atom and JSON Feed.

This module decides which changes are news: those of the source, and of numbers only those that
one version of the parsers read on both sides, because a newer parser may read an old page
differently.  The changes of one document, or of one portal, at one moment are one entry.  Addresses of pages are
the site's; without one an entry has no link.

Source: RFC 4287; JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree as ET

from parsers.forms import FIELDS

TITLE = "Changes of reports 年报变更"
NEWEST = 100
_KINDS = {
    "status": "status 状态",
    "field": "number 数字",
    "cell": "table cell 表格",
    "text": "text 文字",
    "metadata": "metadata 元数据",
    "attachment": "attachment 附件",
}
_MOST_TOLD = 30
_LONGEST = 300
_ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MOMENTS = """
SELECT first_seen_after, coalesce(document, portal) AS place FROM changes c WHERE {news}
GROUP BY first_seen_after, place ORDER BY first_seen_after DESC, place LIMIT ?
"""
_CHANGES = """
SELECT c.report, r.subject, coalesce(r.title, p.name, c.portal), r.year, c.kind, c.item, c.before, c.after, c.nature,
  c.difference
FROM changes c LEFT JOIN reports r ON r.key = c.report LEFT JOIN portals p ON p.id = c.portal
WHERE {news} AND c.first_seen_after = ? AND coalesce(c.document, c.portal) = ?
ORDER BY CASE c.kind WHEN 'status' THEN 0 WHEN 'field' THEN 1 WHEN 'cell' THEN 2 ELSE 3 END,
  c.place, c.key
"""
_NEWS = """
c.cause = 'source' AND (c.kind NOT IN ('field', 'cell') OR (
  SELECT a.parser = b.parser FROM revisions a, revisions b
  WHERE a.id = c.from_revision AND b.id = c.to_revision))
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What changed in one document at one moment; without a report it is about a portal."""

    id: str
    report: str | None
    title: str
    at: str
    lines: tuple[str, ...]


def newest_changes(db: sqlite3.Connection, limit: int = NEWEST) -> list[Entry]:
    """The newest entries, newest first."""
    moments = db.execute(_MOMENTS.format(news=_NEWS), [limit]).fetchall()
    return [_entry(db, at, place) for at, place in moments]


def _entry(db: sqlite3.Connection, at: str, place: str) -> Entry:
    rows = db.execute(_CHANGES.format(news=_NEWS), [at, place]).fetchall()
    report, subject, title, year = rows[0][:4]
    named = f"{subject} {year}" if subject and year else title or report
    kinds = Counter(row[4] for row in rows)
    counts = [f"{count} × {_KINDS[kind]}" for kind, count in kinds.items()]
    lines = [_line(*row[4:]) for row in rows[:_MOST_TOLD]]
    if len(rows) > _MOST_TOLD:
        lines.append(f"… {len(rows) - _MOST_TOLD} more")
    return Entry(
        id=f"urn:x-open-report-archive:change:{place}:{at}",
        report=report,
        title=_clean(f"{named}: {', '.join(counts)}"),
        at=at,
        lines=tuple(map(_clean, lines)),
    )


def _line(
    kind: str, item: str, before: str | None, after: str | None, nature: str, difference: object
) -> str:
    field = FIELDS.get(item) if kind == "field" else None
    what = f"{field.label} ({item})" if field else item
    change = "" if difference is None else f" ({difference:+})"
    return f"{_KINDS[kind]}: {what} [{nature}]: {_short(before)} → {_short(after)}{change}"


def _short(text: str | None) -> str:
    if text is None:
        return "—"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _clean(text: str) -> str:
    return _CONTROL.sub("�", text)


def report_address(site: str) -> Callable[[str | None], str | None]:
    """From the key of a report to its page on a site; ``None`` where there is no such page."""
    base = site.rstrip("/")
    return lambda report: f"{base}/report/{quote(report)}" if base and report else None


def to_atom(entries: Sequence[Entry], site: str, updated: str) -> bytes:
    """The entries as an Atom feed; ``updated`` is its time where there is no entry."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", "urn:x-open-report-archive:changes")
    _add(feed, "title", TITLE)
    _add(feed, "updated", entries[0].at if entries else updated)
    _add(_add(feed, "author"), "name", "Open report archive")
    if site:
        _add(feed, "link", rel="alternate", href=f"{site.rstrip('/')}/")
    address = report_address(site)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", one.id)
        _add(entry, "title", one.title)
        _add(entry, "updated", one.at)
        if url := address(one.report):
            _add(entry, "link", rel="alternate", href=url)
        _add(entry, "content", "\n".join(one.lines), type="text")
    ET.indent(feed)
    text = ET.tostring(feed, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = text
    return child


def to_json_feed(entries: Iterable[Entry], site: str) -> bytes:
    """The entries as a JSON Feed."""
    address = report_address(site)
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        **({"home_page_url": f"{site.rstrip('/')}/"} if site else {}),
        "items": [dict(_item(one, address)) for one in entries],
    }
    return json.dumps(feed, ensure_ascii=False, indent=2).encode() + b"\n"


def _item(one: Entry, address: Callable[[str | None], str | None]) -> Iterator[tuple[str, object]]:
    yield "id", one.id
    if url := address(one.report):
        yield "url", url
    yield "title", one.title
    yield "content_text", "\n".join(one.lines)
    yield "date_published", one.at
