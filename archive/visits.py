"""What earlier visits to a document left behind: its validators, and how it has changed.

The validator store is the archive itself: ETag, Last-Modified and digest of the newest capture
that holds the body of the document's latest state.  This module decides which capture
that is, which documents were old when their portal was first looked at, and whether an anti-bot
system has answered for a portal; when a document is due again is left to ``crawler.schedule``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from archive.known import rows_of
from parsers.model import Original, RecordRef

FIRST_LOOK = timedelta(days=1)
"""What was asked for so soon after a portal's first document was there before us."""

_BLOCKED = """
SELECT outcome, captured_at FROM captures WHERE portal = ?1 AND outcome LIKE 'blocked:%'
UNION ALL SELECT reason, recorded_at FROM walks WHERE portal = ?1 AND reason LIKE 'blocked:%'
ORDER BY 2 DESC LIMIT 1
"""
_VISITED = """
SELECT d.url, (SELECT c.role FROM captures c WHERE c.document = d.key ORDER BY c.id LIMIT 1),
  d.parent_url,
  (SELECT min(captured_at) FROM captures c WHERE c.document = d.key),
  (SELECT max(captured_at) FROM captures c WHERE c.document = d.key),
  (SELECT count(*) - 1 FROM sightings s WHERE s.document = d.key),
  (SELECT seen_from FROM sightings s WHERE s.document = d.key ORDER BY seq DESC LIMIT 1),
  coalesce((SELECT r.published FROM reports r WHERE r.key = d.report),
    (SELECT r.published FROM documents p JOIN reports r ON r.key = p.report
     WHERE p.url = d.parent_url AND p.portal = d.portal)),
  b.record_id, b.url, b.captured_at, b.body_sha256, b.etag, b.last_modified,
  b.warc_file, b.warc_offset, b.warc_length,
  EXISTS (SELECT 1 FROM captures c WHERE c.document = d.key AND c.original = b.record_id)
FROM documents d LEFT JOIN captures b ON b.id = (
  SELECT c.id FROM captures c JOIN sightings s
    ON s.document = d.key AND s.seq = (SELECT max(seq) FROM sightings WHERE document = d.key)
  WHERE c.document = d.key AND c.revision = s.revision AND c.original IS NULL
    AND c.status = 200 AND c.body_sha256 IS NOT NULL
  ORDER BY c.captured_at DESC, c.id DESC LIMIT 1)
WHERE d.portal = ? AND d.status <> 'withheld' ORDER BY d.url
"""


@dataclass(frozen=True, slots=True)
class HeldBody:
    """The newest body that shows the document's latest state, and what names it."""

    original: Original
    sha256: str
    etag: str | None
    last_modified: str | None
    ref: RecordRef
    is_confirmed: bool = False
    """Whether a later visit found it again, which has a ``revisit`` record then."""


@dataclass(frozen=True, slots=True)
class Visited:
    """A document that earlier runs have asked for.

    ``changes`` counts how often its state became another, ``changed_at`` is when the latest
    state was first seen; ``held`` is ``None`` for a document that is gone or was never read.
    ``published`` is the date that it or its page prints, of those that were there when the portal
    was first looked at; what appeared later is new whatever it prints.
    """

    url: str
    role: str
    parent_url: str | None
    first_asked: str
    last_asked: str
    changes: int
    changed_at: str | None
    held: HeldBody | None
    published: str | None = None


def latest_block(directory: Path, portal: str) -> tuple[str, str] | None:
    """The anti-bot system that last answered for a portal, and when; ``None`` where none has."""
    rows = rows_of(directory, _BLOCKED, portal)
    return (re.split(r"[:\s]", rows[0][0])[1], str(rows[0][1])) if rows else None


def visited_documents(directory: Path, portal: str) -> list[Visited]:
    """Every document of a portal that has been asked for, in order of address.

    One that is withheld is not asked for again.
    """
    rows = [row for row in rows_of(directory, _VISITED, portal) if row[3] is not None]
    if not rows:
        return []
    until = min(datetime.fromisoformat(row[3]) for row in rows) + FIRST_LOOK
    return [
        Visited(
            url=url,
            role=role,
            parent_url=parent,
            first_asked=first,
            last_asked=last,
            changes=max(0, changes),
            changed_at=changed_at,
            held=None if held[0] is None else _held(*held),
            published=published if datetime.fromisoformat(first) < until else None,
        )
        for url, role, parent, first, last, changes, changed_at, published, *held in rows
    ]


def _held(
    record: str, url: str, at: str, sha256: str, etag: str | None, last_modified: str | None,
    file: str, offset: int, length: int, confirmed: int,
) -> HeldBody:  # fmt: skip
    return HeldBody(
        Original(record, url, at),
        sha256,
        etag,
        last_modified,
        RecordRef(file, offset, length, record),
        is_confirmed=bool(confirmed),
    )
