"""Captures: one row for each WARC record of an exchange, and what it showed.

``Captures`` decides which capture answers for a record, a payload or a revision.  What a capture
becomes is decided in ``ingest``.
"""

from __future__ import annotations

from dataclasses import dataclass

from archive.entity import header
from archive.reading import PARSER
from archive.store.notes import Notes
from archive.store.rows import place_of, storable, text_of
from parsers.model import Capture


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """What a capture showed, as stored beside what the capture is."""

    document: str | None
    revision: int | None
    outcome: str
    media_type: str | None = None
    body_bytes: int = 0
    body_sha256: str | None = None


class Captures(Notes):
    """The table ``captures``."""

    def has_record(self, record_id: str) -> bool:
        """Whether the capture of this WARC record is already in the database."""
        return self._one("SELECT 1 FROM captures WHERE record_id = ?", record_id) is not None

    def count_records(self) -> int:
        """How many captures are stored."""
        return int(self.db.execute("SELECT count(*) FROM captures").fetchone()[0])

    def captures_by_file(self) -> dict[str, int]:
        """How many captures of each WARC file are in the database."""
        rows = self._all("SELECT warc_file, count(*) FROM captures GROUP BY warc_file")
        return {str(name): int(str(count)) for name, count in rows}

    def file_of(self, record_id: str) -> str | None:
        """The WARC file from which a capture came into the database, if it did."""
        row = self._one("SELECT warc_file FROM captures WHERE record_id = ?", record_id)
        return None if row is None else str(row[0])

    def add_capture(self, capture: Capture, row: CaptureRow) -> int:
        """The row id of the new capture."""
        if capture.ref is None:
            msg = f"{capture.url}: a capture is stored only after its WARC record is on disk"
            raise ValueError(msg)
        self.unsettle_portal(capture.portal)
        cursor = self.db.execute(
            "INSERT INTO captures (record_id, url, captured_at, status, role, portal, parent_url,"
            " link_text, link_date, run, collector, vantage, ip, tls, media_type,"
            " body_bytes, body_sha256, failure, truncated, etag, last_modified, original, warc_file,"
            " warc_offset, warc_length, document, revision, outcome)"
            " VALUES (" + ", ".join("?" * 28) + ")",
            [
                capture.ref.record_id,
                storable(capture.url),
                capture.captured_at,
                capture.status,
                capture.role,
                capture.portal,
                storable(capture.parent_url),
                storable(capture.link_text),
                capture.link_date,
                capture.run,
                capture.collector,
                capture.vantage,
                capture.ip,
                capture.tls,
                row.media_type,
                row.body_bytes,
                row.body_sha256,
                storable(capture.failure),
                capture.truncated,
                header(capture.header_block, "ETag"),
                header(capture.header_block, "Last-Modified"),
                capture.original.record_id if capture.original else None,
                capture.ref.file,
                capture.ref.offset,
                capture.ref.length,
                row.document,
                row.revision,
                row.outcome,
            ],
        )
        return int(cursor.lastrowid or 0)

    def captured_documents(self) -> list[tuple[str, str, str | None, str]]:
        """Key, address, report and record id of every capture of a document."""
        # What is withheld of a part is withheld with the page that holds it.
        rows = self._all(
            "SELECT c.document, c.url, v.report, c.record_id FROM captures c"
            " LEFT JOIN revisions v ON v.id = c.revision WHERE c.document IS NOT NULL"
            " UNION ALL SELECT c.document, c.url, names.value, c.record_id"
            " FROM parts p JOIN captures c ON c.revision = p.whole"
            " JOIN revisions v ON v.id = p.revision"
            " JOIN json_each(json_array(p.document, v.report)) names"
        )
        return [(str(row[0]), str(row[1]), text_of(row[2]), str(row[3])) for row in rows]

    def records_of(self, document: str) -> list[tuple[str, int, int, str]]:
        """The places of the answers of a document, but for visits that are only listed."""
        rows = self._all(
            "SELECT warc_file, warc_offset, warc_length, record_id FROM captures"
            " WHERE document = ? AND status = 200 AND record_id NOT LIKE '%#%'"
            " ORDER BY captured_at, id",
            document,
        )
        return [place_of(row) for row in rows]

    def revision_of_payload(self, document: str, body_sha256: str) -> int | None:
        """The revision that the same bytes showed before, read by the parser of today."""
        row = self._one(
            "SELECT c.revision FROM captures c JOIN revisions v ON v.id = c.revision"
            " WHERE c.document = ? AND c.body_sha256 = ? AND v.parser = ? LIMIT 1",
            document,
            body_sha256,
            PARSER,
        )
        return None if row is None else int(str(row[0]))

    def revision_of_record(self, record_id: str) -> int | None:
        """The revision that the capture of a WARC record showed."""
        row = self._one("SELECT revision FROM captures WHERE record_id = ?", record_id)
        return None if row is None or row[0] is None else int(str(row[0]))

    def latest_revision(self, document: str) -> tuple[int, str] | None:
        """Row id and parser version of the revision that the newest capture showed."""
        row = self._one(
            "SELECT c.revision, v.parser FROM captures c JOIN revisions v ON v.id = c.revision"
            " WHERE c.document = ? ORDER BY c.captured_at DESC, c.id DESC LIMIT 1",
            document,
        )
        return None if row is None else (int(str(row[0])), str(row[1]))

    def first_record_of(self, revision: int) -> tuple[str, int, int, str] | None:
        """File, offset, length and id of the WARC record that first showed ``revision``."""
        row = self._one(
            "SELECT warc_file, warc_offset, warc_length, record_id FROM captures"
            " WHERE revision = ? AND body_sha256 IS NOT NULL AND original IS NULL"
            " ORDER BY captured_at, id LIMIT 1",
            revision,
        )
        return None if row is None else place_of(row)

    def payload_of_record(self, record_id: str) -> tuple[int, str | None] | None:
        """Size and digest of the body that was kept with a WARC record."""
        row = self._one(
            "SELECT body_bytes, body_sha256 FROM captures WHERE record_id = ?", record_id
        )
        return None if row is None else (int(str(row[0])), text_of(row[1]))

    def place_of_record(self, record_id: str) -> tuple[str, int, int, str] | None:
        """File, offset, length and id of a WARC record."""
        row = self._one(
            "SELECT warc_file, warc_offset, warc_length, record_id FROM captures"
            " WHERE record_id = ?",
            record_id,
        )
        return None if row is None else place_of(row)

    def link_to(self, document: str) -> tuple[str | None, str | None]:
        """Text and date beside the link that first led to ``document``."""
        row = self._one(
            "SELECT link_text, link_date FROM captures WHERE document = ?"
            " AND link_text IS NOT NULL ORDER BY captured_at, id LIMIT 1",
            document,
        )
        return (None, None) if row is None else (str(row[0]), text_of(row[1]))
