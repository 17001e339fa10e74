"""Whether the archive still holds what its database says, and the other way round.

``verify`` reads every WARC file and every capture row: each row leads to a record whose digests
hold, each captured record has its row, each other row leads to a capture.  Damage is named by
file, offset and the reports that it touches.  Whether the files are those that were once
finished is for ``manifest.check`` to say.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archive import manifest
from archive.decisions import Identity, read_identity, target_of
from archive.entity import entity_body
from archive.errors import BrokenArchive, NoArchive
from archive.identity import document_name
from archive.plan import warc_files
from archive.schema import open_to_read
from archive.sealing import check_sealed
from archive.store import DATABASE
from archive.warc import find_damage, read_capture, salvage
from archive.warc_writer import OPEN_SUFFIX
from archive.withholding import Withholdings, read_withholdings
from parsers.errors import ReportError
from parsers.model import Capture, RecordRef

Rule = Literal[
    "record_damaged",
    "file_missing",
    "row_missing",
    "row_without_record",
    "digest_wrong",
    "place_wrong",
    "database_damaged",
    "row_without_capture",
    "decision_not_met",
    "fewer_reports_than_expected",
    "manifest_broken",
    "sealed_record_damaged",
    "withheld_but_shown",
    "withheld_not_sealed",
]

# Rows that lead nowhere although no foreign key says so; each query gives what and which report.
_DANGLING: Mapping[str, str] = {
    "revision without a capture": "SELECT v.document || ' no. ' || v.seq, v.report"
    " FROM revisions v WHERE NOT EXISTS (SELECT 1 FROM shown s WHERE s.revision = v.id)",
    "part without its whole": "SELECT p.document, v.report FROM parts p"
    " JOIN revisions v ON v.id = p.revision"
    " WHERE NOT EXISTS (SELECT 1 FROM captures c WHERE c.revision = p.whole)",
    "report without its revision": "SELECT r.key, r.key FROM reports r"
    " WHERE NOT EXISTS (SELECT 1 FROM revisions v WHERE v.id = r.revision)",
    "report without its document": "SELECT r.key, r.key FROM reports r"
    " WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.key = r.document AND d.report = r.key)",
    "finding without a revision": "SELECT f.key, f.report FROM findings f"
    " WHERE NOT EXISTS (SELECT 1 FROM revisions v WHERE v.id = f.revision)",
    "coverage without a report": "SELECT c.body || ' ' || c.year, c.report FROM coverage c"
    " WHERE c.report IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.key = c.report)",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not agree; ``file`` and ``offset`` say where, ``reports`` whom it touches."""

    rule: Rule
    message: str
    file: str | None = None
    offset: int | None = None
    reports: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = "" if self.file is None else self.file
        place += "" if self.offset is None else f" at byte {self.offset}"
        touched = f" (report {', '.join(self.reports)})" if self.reports else ""
        return f"{place}: {self.message}{touched}" if place else f"{self.message}{touched}"


@dataclass(frozen=True, slots=True)
class _Row:
    """A capture as the database has it."""

    ref: RecordRef
    digest: str | None
    outcome: str
    reports: tuple[str, ...]


def verify(directory: Path, expected_reports: Mapping[str, int] | None = None) -> Iterator[Problem]:
    """Return what does not agree between the WARC files and the database, in no fixed order.

    ``expected_reports`` says how many reports a portal has at least once a walk of it was
    complete.

    Raises:
        NoArchive: there is no database.
    """
    database = directory / DATABASE
    if not database.is_file():
        raise NoArchive(str(database))
    with closing(open_to_read(database)) as db:
        yield from _check_database(db)
        files = {path.name.removesuffix(OPEN_SUFFIX): path for path in warc_files(directory)}
        for name in sorted(files.keys() | _files_of_rows(db)):
            rows = _rows_where(db, "warc_file", name)
            if name in files:
                yield from _check_file(db, files[name], rows)
            else:
                yield Problem(
                    "file_missing", "the file is missing", name, None, _touched(rows.values())
                )
        yield from _check_expectations(db, expected_reports or {})
        yield from _check_identity(db, read_identity(directory))
        yield from _check_withheld(db, read_withholdings(directory))
    for found in manifest.check(directory):
        yield Problem("manifest_broken", f"{manifest.MANIFEST}: {found.message}", found.file)
    for broken in check_sealed(directory):
        yield Problem("sealed_record_damaged", broken.reason, broken.file, broken.offset)


def _check_database(db: sqlite3.Connection) -> Iterator[Problem]:
    for (said,) in db.execute("PRAGMA integrity_check").fetchall():
        if said != "ok":
            yield Problem("database_damaged", f"{DATABASE}: {said}")
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        where = "" if row is None else f" (row {row})"
        yield Problem("row_without_capture", f"{table}{where} leads to a missing row of {parent}")
    for what, query in _DANGLING.items():
        for which, report in db.execute(query).fetchall():
            reports = (report,) if report else ()
            yield Problem("row_without_capture", f"{what}: {which}", reports=reports)


def _files_of_rows(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT DISTINCT warc_file FROM captures")}


def _rows_where(
    db: sqlite3.Connection, column: Literal["warc_file", "record_id"], value: str
) -> dict[str, _Row]:
    """The captures of one WARC file, or that of one record, by record id."""
    return {
        record: _Row(
            RecordRef(file, offset, length, record), digest, outcome, tuple(json.loads(reports))
        )
        for record, file, offset, length, digest, outcome, reports in db.execute(
            "SELECT c.record_id, c.warc_file, c.warc_offset, c.warc_length, c.body_sha256,"
            " c.outcome, json_group_array(v.report) FILTER (WHERE v.report IS NOT NULL)"
            " FROM captures c LEFT JOIN parts p ON p.whole = c.revision"
            " LEFT JOIN revisions v ON v.id IN (c.revision, p.revision)"
            f" WHERE c.{column} = ? GROUP BY c.id",
            [value],
        )
    }


def _touched(rows: Iterable[_Row]) -> tuple[str, ...]:
    return tuple(sorted({report for row in rows for report in row.reports}))


def _check_file(db: sqlite3.Connection, path: Path, rows: dict[str, _Row]) -> Iterator[Problem]:
    """Compare a file with the rows of its captures, as far as it can be read.

    A record of which another file holds a copy has one row, which may lead to either.
    """
    damage = {(broken.offset, broken.reason): broken for broken in find_damage(path)}
    missing = dict(rows)
    for noun in salvage(path):
        if isinstance(noun, BrokenArchive):
            damage.setdefault((noun.offset, noun.reason), noun)
        elif isinstance(noun, Capture) and noun.ref is not None:
            record = noun.ref.record_id
            row = missing.pop(record, None) or _rows_where(db, "record_id", record).get(record)
            yield from _check_capture(noun, noun.ref, row)
    for broken in damage.values():
        yield _damage(broken, rows.values())
    for row in missing.values():
        yield from _look_up(path.parent, row)


def _look_up(directory: Path, row: _Row) -> Iterator[Problem]:
    """Compare one row with what lies at its place."""
    reason = "another record lies there"
    try:
        capture = read_capture(directory, row.ref)
    except BrokenArchive as broken:
        reason = broken.reason
    else:
        if capture.ref is not None and capture.ref.record_id == row.ref.record_id:
            yield from _check_capture(capture, capture.ref, row)
            return
    message = f"no record for the capture {row.ref.record_id}: {reason}"
    yield Problem("row_without_record", message, row.ref.file, row.ref.offset, _touched([row]))


def _damage(broken: BrokenArchive, rows: Iterable[_Row]) -> Problem:
    """The damage with the reports of the captures that it lies in."""
    offset = broken.offset or 0
    # The three records of a capture lie side by side, its answer in the middle.
    before = [row for row in rows if row.ref.offset <= offset]
    hit = sorted(before, key=lambda row: row.ref.offset)[-1:]
    return Problem("record_damaged", broken.reason, broken.file, broken.offset, _touched(hit))


def _check_capture(capture: Capture, ref: RecordRef, row: _Row | None) -> Iterator[Problem]:
    if row is None:
        message = f"the capture {ref.record_id} of {capture.url} has no row"
        yield Problem("row_missing", message, ref.file, ref.offset)
        return
    if ref.file == row.ref.file and ref != row.ref:
        message = f"the row of {row.ref.record_id} names another place: byte {row.ref.offset}"
        yield Problem("place_wrong", message, ref.file, ref.offset, _touched([row]))
    if row.outcome == "withheld":
        if capture.body and capture.status == 200:
            message = f"{capture.url} is withheld, but its record is not sealed"
            yield Problem("withheld_not_sealed", message, ref.file, ref.offset)
    elif capture.body and row.digest not in _digests(capture):
        message = f"the body of {capture.url} does not have the digest of its row"
        yield Problem("digest_wrong", message, ref.file, ref.offset, _touched([row]))


def _digests(capture: Capture) -> set[str]:
    """The digests a row may name: of the body as sent, of the body without its coding."""
    digests = {hashlib.sha256(capture.body).hexdigest()}
    try:
        body = entity_body(capture.header_block, capture.body)
    except ReportError:
        return digests
    return digests | {hashlib.sha256(body).hexdigest()}


def _check_expectations(db: sqlite3.Connection, expected: Mapping[str, int]) -> Iterator[Problem]:
    for portal, least in sorted(expected.items()):
        walked, found = db.execute(
            "SELECT EXISTS (SELECT 1 FROM walks WHERE portal = :portal AND outcome = 'complete'),"
            " (SELECT count(DISTINCT report) FROM documents WHERE portal = :portal)",
            {"portal": portal},
        ).fetchone()
        if walked and found < least:
            message = f"portal {portal}: {found} reports, at least {least} are expected"
            yield Problem("fewer_reports_than_expected", message)


def _check_withheld(db: sqlite3.Connection, withheld: Withholdings) -> Iterator[Problem]:
    rows = db.execute(
        "SELECT DISTINCT c.document, c.url, v.report, c.record_id, c.warc_file, c.warc_offset"
        " FROM captures c JOIN revisions v ON v.id = c.revision"
    )
    for document, url, report, record, file, offset in rows if withheld.decisions else ():
        if withheld.cover(document, url, report, record):
            message = f"{document} is withheld, but its content is in the database"
            yield Problem("withheld_but_shown", message, file, offset, (report,))


def _check_identity(db: sqlite3.Connection, identity: Identity) -> Iterator[Problem]:
    for one in identity.assignments:
        name = document_name(one.document)
        rows = db.execute(
            "SELECT report FROM documents WHERE key = ? OR url IN ('http:' || ?, 'https:' || ?)",
            [one.document, name, name],
        ).fetchall()
        if rows != [(target_of(one),)]:
            message = f"{one.document} was assigned to {one.report}, which cannot be done"
            yield Problem("decision_not_met", message)
    for merge in identity.merges:
        rows = db.execute("SELECT key FROM reports WHERE body = ?", [merge.body]).fetchall()
        if rows:
            message = f"body {merge.body} is {merge.same_as}: run `scrapy rebuild`"
            reports = tuple(key for (key,) in rows)
            yield Problem("decision_not_met", message, reports=reports)
