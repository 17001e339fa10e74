"""From a number to the bytes it was read from.

``trace`` follows one report, and the values of one field in it, through statistic, revision and
capture to the WARC record, reads the record and says whether its digest still holds.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.citation import Source
from archive.entity import entity_body
from archive.errors import NoArchive
from archive.ids import Ids
from archive.schema import open_to_read
from archive.store import DATABASE
from archive.warc import read_capture
from parsers.errors import ReportError
from parsers.model import Capture, RecordRef


class NotTraced(ReportError):
    """The archive has no such report, or the report no such field."""

    def __init__(self, what: str, near: Iterable[str] = ()) -> None:
        near = tuple(near)
        also = f"; it has, for instance: {', '.join(near)}" if near else ""
        super().__init__(f"{what}{also}")
        self.what = what
        self.near = near


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the field, with its place: a table cell, or a span of the text."""

    field: str
    label: str
    value: int | float | None
    unit: str | None
    raw: str
    source: str
    ordinal: int
    row: int | None
    col: int | None
    start: int | None
    end: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The way from a report, or some of its values, to the bytes of one capture."""

    report: str
    document: str
    revision: int
    revision_digest: str
    cells: tuple[Cell, ...]
    capture: Capture
    body: bytes
    digest_holds: bool
    source: Source


_SHOWN = (
    "SELECT r.key, r.title, r.subject, r.published, r.document, v.seq, v.digest, v.id,"
    " c.url, c.captured_at, c.collector, c.body_sha256, c.warc_file, c.warc_offset, c.warc_length,"
    " c.record_id FROM reports r JOIN revisions v ON v.id = r.revision"
    " JOIN shown s ON s.revision = v.id JOIN captures c ON c.id = s.capture"
    " WHERE r.key = ? AND c.body_sha256 IS NOT NULL"
    " ORDER BY c.captured_at, c.id"
)
_CELLS = (
    'SELECT field, label, value, unit, raw, source, ordinal, "row", col, start, "end", quote'
    " FROM statistics WHERE revision = ? AND (? IS NULL OR field = ?)"
    " ORDER BY field, source, ordinal"
)


def trace(directory: Path, report: str, field: str | None = None) -> Trace:
    """Return the way from the values of ``field`` in ``report`` to the capture that first showed it.

    Raises:
        NoArchive: there is no database.
        NotTraced: there is no such report or field.
        BrokenArchive: the record cannot be read.
    """
    database = directory / DATABASE
    if not database.is_file():
        raise NoArchive(str(database))
    with closing(open_to_read(database)) as db:
        row = db.execute(_SHOWN, [report]).fetchone()
        row = row or db.execute(_SHOWN, [_current(directory, report)]).fetchone()
        if row is None:
            raise NotTraced(f"no report {report}", _like(db, report))
        (key, title, subject, published, document, seq, digest, revision) = row[:8]
        url, captured_at, collector, sha256, *place = row[8:]
        cells = tuple(Cell(*one) for one in db.execute(_CELLS, [revision, field, field]))
        if field is not None and not cells:
            fields = db.execute(
                "SELECT DISTINCT field FROM statistics WHERE revision = ? LIMIT 5", [revision]
            )
            raise NotTraced(f"no field {field} in {report}", (name for (name,) in fields))
    capture, body = _read(directory, RecordRef(*place))
    return Trace(
        report=key,
        document=document,
        revision=seq,
        revision_digest=digest,
        cells=cells if field is not None else (),
        capture=capture,
        body=body,
        digest_holds=hashlib.sha256(body).hexdigest() == sha256,
        source=Source(
            key=key,
            title=title or key,
            author=subject,
            published=published,
            url=url,
            captured_at=captured_at,
            collector=collector,
            sha256=sha256,
            record_id=place[3],
        ),
    )


def _current(directory: Path, report: str) -> str:
    """The key of a report whose body has been merged with another since it was cited."""
    body, _, rest = report.partition("/")
    return f"{Ids(directory / 'ids.jsonl').current(body)}/{rest}"


def _read(directory: Path, place: RecordRef) -> tuple[Capture, bytes]:
    """The capture and its body without content coding."""
    capture = read_capture(directory / "warc", place)
    return capture, entity_body(capture.header_block, capture.body)


def _like(db: sqlite3.Connection, report: str) -> list[str]:
    """Some keys that begin like ``report``."""
    start = report.split("/", 1)[0]
    rows = db.execute(
        "SELECT key FROM reports WHERE substr(key, 1, length(?)) = ? ORDER BY key LIMIT 3",
        [start, start],
    )
    return [key for (key,) in rows]
