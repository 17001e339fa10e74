"""The captures and notes of all WARC files in order of time, too many to hold in memory.

``scan`` reads one file into a scratch database, ``Plan`` puts the files together and gives the
steps of a rebuild one after the other.  This module decides the order (time, then place) and
what can be known about a capture before its turn: the context in which it is read, and whether
an earlier one showed the same bytes.  Reading and storing are left to ``rebuild``.
"""

from __future__ import annotations

import hashlib
import pickle
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from archive.context import Listed, PortalFacts, context_of, shows_document, without_personal
from archive.entity import entity_body
from archive.errors import BrokenArchive
from archive.foreign import read
from archive.identity import document_name
from archive.warc import is_of_ours
from archive.warc_writer import OPEN_SUFFIX
from parsers.errors import ReportError
from parsers.model import Capture, Context, Note, RecordRef

_TABLE = """
CREATE TABLE nouns (
  time TEXT NOT NULL,
  file TEXT NOT NULL,
  place INTEGER NOT NULL,
  record TEXT NOT NULL,
  document TEXT,
  payload TEXT,
  original TEXT,
  link_text TEXT,
  link_date TEXT,
  noun BLOB NOT NULL
)
"""
_INDEXES = (
    "CREATE INDEX by_time ON nouns(time, file, place)",
    "CREATE INDEX by_record ON nouns(record)",
    "CREATE INDEX by_payload ON nouns(document, payload, time, file, place)",
    "CREATE INDEX by_link ON nouns(document, time, file, place) WHERE link_text IS NOT NULL",
)
_RESOLVE = (
    "UPDATE nouns SET payload = (SELECT o.payload FROM nouns o WHERE o.record = nouns.original)"
    " WHERE original IS NOT NULL AND payload IS NULL"
)


@dataclass(frozen=True, slots=True)
class Step:
    """A capture without its body, or a note, in its turn.

    ``body`` is the record that holds the body; with a ``context`` the capture is to be read.
    """

    noun: Capture | Note
    body: RecordRef | None = None
    context: Context | None = None


def warc_files(directory: Path) -> list[Path]:
    """Return the WARC files of an archive directory, finished and open, by name."""
    names = ("*.warc.gz", "*.warc", f"*.warc.gz{OPEN_SUFFIX}")
    return sorted(path for name in names for path in (directory / "warc").glob(name))


def foreign_files(directory: Path) -> list[Path]:
    """Return the WARC files of other collectors; a body may be kept in another file than its page."""
    return [path for path in warc_files(directory) if not is_of_ours(path)]


def scan(path: Path, others: Iterable[Path], scratch: Path) -> list[BrokenArchive]:
    """Write what a WARC file holds into a new database; return what of it cannot be read.

    Bodies that another collector keeps in another file are looked for in ``others``.
    """
    damage: list[BrokenArchive] = []

    def nouns() -> Iterator[tuple[object, ...]]:
        for noun in read(path, *others):
            if isinstance(noun, BrokenArchive):
                damage.append(noun)
            else:
                yield _row(noun)

    connection = _scratch(scratch)
    with connection:
        connection.execute(_TABLE)
        _insert(connection, nouns())
    connection.close()
    return damage


def _scratch(path: Path) -> sqlite3.Connection:
    """A database that is thrown away when the rebuild ends, so that nothing needs to be safe."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _insert(connection: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    connection.executemany("INSERT INTO nouns VALUES (" + ", ".join("?" * 10) + ")", rows)


def _row(noun: Capture | Note) -> tuple[object, ...]:
    ref = noun.ref or RecordRef("", 0, 0, "")
    where = (ref.file, ref.offset, ref.record_id)
    if isinstance(noun, Note):
        return (noun.recorded_at, *where, *[None] * 5, pickle.dumps(noun))
    noun = without_personal(noun)
    return (
        noun.captured_at,
        *where,
        document_name(noun.url),
        _payload(noun),
        noun.original.record_id if noun.original else None,
        noun.link_text,
        noun.link_date,
        pickle.dumps(replace(noun, body=b"")),
    )


def _payload(capture: Capture) -> str | None:
    """The digest of what a capture shows; ``None`` where it shows nothing, or not by itself."""
    if not shows_document(capture) or (capture.original and not capture.body):
        return None
    try:
        body = entity_body(capture.header_block, capture.body)
    except ReportError:
        return None
    return hashlib.sha256(body).hexdigest()


class Plan:
    """The steps of a rebuild, from scanned files in any order."""

    def __init__(self, scratch: Path) -> None:
        self._db = _scratch(scratch)
        self._db.execute(_TABLE)

    def add(self, scanned: Path) -> None:
        """Take over what ``scan`` wrote."""
        self._db.execute("ATTACH ? AS scanned", [str(scanned)])
        with self._db:
            self._db.execute("INSERT INTO nouns SELECT * FROM scanned.nouns")
        self._db.execute("DETACH scanned")

    def finish(self) -> int:
        """Make the plan ready to be gone through; return the number of its steps."""
        with self._db:
            for statement in _INDEXES:
                self._db.execute(statement)
            self._db.execute(_RESOLVE)
        return int(self._db.execute("SELECT count(*) FROM nouns").fetchone()[0])

    def close(self) -> None:
        """Close the scratch database."""
        self._db.close()

    def steps(self) -> Iterator[Step]:
        """Return every capture and note in order of time."""
        portals: dict[str, PortalFacts] = {}
        for payload, blob in self._db.execute(
            "SELECT payload, noun FROM nouns ORDER BY time, file, place"
        ):
            noun = pickle.loads(blob)  # noqa: S301 - written by this very process
            if isinstance(noun, Note):
                if noun.topic == "portal":
                    portals[str(noun.facts["id"])] = _portal_facts(noun)
                yield Step(noun)
            else:
                yield self._capture_step(noun, payload, portals)

    def _capture_step(
        self, capture: Capture, payload: str | None, portals: dict[str, PortalFacts]
    ) -> Step:
        first = payload is not None and self._is_first(capture, payload)
        repeats = capture.original is not None
        body = self._holder(capture) if repeats and first else None if repeats else capture.ref
        if not first:
            return Step(capture, body)
        known = portals.get(capture.portal) if capture.portal else None
        return Step(capture, body, context_of(capture, known, self._listed(capture)))

    def _is_first(self, capture: Capture, payload: str) -> bool:
        record = self._db.execute(
            "SELECT record FROM nouns WHERE document = ? AND payload = ?"
            " ORDER BY time, file, place LIMIT 1",
            [document_name(capture.url), payload],
        ).fetchone()
        return bool(record[0] == (capture.ref.record_id if capture.ref else None))

    def _listed(self, capture: Capture) -> Listed:
        """What the list first said of the document, up to this capture."""
        row = self._db.execute(
            "SELECT link_text, link_date FROM nouns WHERE document = ? AND link_text IS NOT NULL"
            " AND time <= ? ORDER BY time, file, place LIMIT 1",
            [document_name(capture.url), capture.captured_at],
        ).fetchone()
        return (None, None) if row is None else (row[0], row[1])

    def _holder(self, capture: Capture) -> RecordRef | None:
        """The record that holds the body which a capture repeats."""
        row = self._db.execute(
            "SELECT noun FROM nouns WHERE record = ?",
            [capture.original.record_id if capture.original else ""],
        ).fetchone()
        if row is None:
            return None
        original: Capture = pickle.loads(row[0])  # noqa: S301 - written by this very process
        return original.ref


def _portal_facts(note: Note) -> PortalFacts:
    region, official = note.facts.get("region"), note.facts.get("official")
    return (
        str(note.facts["name"]),
        None if region is None else str(region),
        None if official is None else bool(official),
    )
