"""The rows of ``archive.db``: what is written, and what the rest of the project asks.

``Store`` writes within the caller's transaction and knows SQL; it decides nothing about
content.  Which capture becomes what is decided in ``ingest``; what a report's rows follow
from is in ``ledger``.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from urllib.parse import quote

from archive.change import Printed
from archive.entity import header
from archive.reading import PARSER, Reading, exact_number, json_number, report_head
from archive.revision import NORMALISATION, Content, Seen, Sighting
from archive.schema import open_database, transaction
from parsers.model import Capture, Finding, Note, Statistic
from parsers.register import Body

DATABASE = "archive.db"
_NO_CHANGE: dict[str, object] = dict.fromkeys(
    ("report", "document", "before", "after", "difference", "from_revision", "to_revision",
     "portal")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """What a capture showed, as stored beside what the capture is."""

    document: str | None
    revision: int | None
    outcome: str
    media_type: str | None = None
    body_bytes: int = 0
    body_sha256: str | None = None


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _storable(text: str | None) -> str | None:
    """``text`` without lone surrogates, which SQLite cannot keep as UTF-8."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")


def _place(row: Sequence[object]) -> tuple[str, int, int, str]:
    return str(row[0]), int(str(row[1])), int(str(row[2])), str(row[3])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


class Store:
    """The database of one archive directory.

    ``with store.atomic():`` makes what follows one transaction.
    """

    def __init__(self, directory: Path, name: str = DATABASE) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.db = open_database(str(directory / name))

    def atomic(self) -> AbstractContextManager[None]:
        """One transaction around what is written inside."""
        return transaction(self.db)

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    def _one(self, sql: str, *args: object) -> tuple[object, ...] | None:
        row = self.db.execute(sql, list(args)).fetchone()
        return None if row is None else tuple(row)

    def _all(self, sql: str, *args: object) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.db.execute(sql, list(args)).fetchall()]

    def _many(self, sql: str, rows: Iterable[Sequence[object] | Mapping[str, object]]) -> None:
        self.db.executemany(sql, rows)

    # captures, notes -------------------------------------------------------------------

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
                _storable(capture.url),
                capture.captured_at,
                capture.status,
                capture.role,
                capture.portal,
                _storable(capture.parent_url),
                _storable(capture.link_text),
                capture.link_date,
                capture.run,
                capture.collector,
                capture.vantage,
                capture.ip,
                capture.tls,
                row.media_type,
                row.body_bytes,
                row.body_sha256,
                _storable(capture.failure),
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

    def add_note(self, note: Note) -> None:
        """Store what a note says: a portal, a run, a walk.  The same note twice is one.

        A rendered page is kept in WARC only.
        """
        facts = dict(note.facts)
        if note.topic == "portal":
            self._add_portal(note, facts)
        elif note.topic == "run":
            self._add_run(note, facts)
        elif note.topic == "walk":
            self.unsettle_portal(_text(facts.get("portal")))
            self.db.execute(
                "INSERT INTO walks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET recorded_at = excluded.recorded_at,"
                " outcome = excluded.outcome, declared = excluded.declared,"
                " found = excluded.found, reason = excluded.reason, listed = excluded.listed",
                [
                    note.run,
                    facts.get("portal"),
                    note.about,
                    note.recorded_at,
                    facts.get("outcome"),
                    facts.get("declared"),
                    facts.get("found"),
                    facts.get("reason"),
                    self._add_list(facts.get("listed")),
                ],
            )

    def _add_list(self, urls: object) -> str | None:
        """The digest under which the addresses of a list are kept; equal lists are kept once."""
        if not isinstance(urls, list):
            return None
        text = _dump(urls).encode("utf-8", "replace").decode("utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.db.execute("INSERT INTO lists VALUES (?, ?) ON CONFLICT DO NOTHING", [digest, text])
        return digest

    def unsettle_portal(self, portal: str | None) -> None:
        """Let what is known of the documents that a portal no longer shows be derived again."""
        if portal is not None:
            self.db.execute(
                "INSERT INTO unsettled_portals VALUES (?) ON CONFLICT DO NOTHING", [portal]
            )

    def _add_portal(self, note: Note, facts: dict[str, object]) -> None:
        official = facts.get("official")
        self.db.execute(
            "INSERT INTO portals VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " name = iif(excluded.last_seen < last_seen, name, excluded.name),"
            " home = iif(excluded.last_seen < last_seen, home, excluded.home),"
            " region_code = iif(excluded.last_seen < last_seen, region_code, excluded.region_code),"
            " official = iif(excluded.last_seen < last_seen, official, excluded.official),"
            " first_seen = min(first_seen, excluded.first_seen),"
            " last_seen = max(last_seen, excluded.last_seen)",
            [
                facts["id"],
                facts["name"],
                facts.get("home"),
                facts.get("region"),
                None if official is None else int(bool(official)),
                note.recorded_at,
                note.recorded_at,
            ],
        )

    def _add_run(self, note: Note, facts: dict[str, object]) -> None:
        known = self._one("SELECT facts FROM runs WHERE id = ?", note.run)
        merged = {**(json.loads(str(known[0])) if known else {}), **facts}
        self.db.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " spider = excluded.spider, ended_at = excluded.ended_at,"
            " outcome = excluded.outcome, facts = excluded.facts",
            [
                note.run,
                merged.get("spider"),
                merged.get("started_at", note.recorded_at),
                merged.get("ended_at"),
                merged.get("outcome"),
                json.dumps(merged, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
            ],
        )

    def portal(self, portal: str) -> tuple[str, str | None, bool | None] | None:
        """Name, region code and whether official, of a portal that a note has described."""
        row = self._one("SELECT name, region_code, official FROM portals WHERE id = ?", portal)
        if row is None:
            return None
        name, region, official = row
        return (
            str(name),
            None if region is None else str(region),
            None if official is None else bool(official),
        )

    def home_of(self, portal: str) -> str | None:
        """The home page of a portal that a note has described."""
        row = self._one("SELECT home FROM portals WHERE id = ?", portal)
        return None if row is None else _text(row[0])

    # decisions -------------------------------------------------------------------------

    def save_reviews(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Replace the verdicts of people on findings and changes."""
        self.db.execute("DELETE FROM reviews")
        self._many("INSERT OR IGNORE INTO reviews VALUES (?, ?, ?, ?, ?)", rows)

    def document_named(self, name: str, folded: str) -> str | None:
        """Key of the document with this key or address; ``folded`` is it without its scheme."""
        row = self._one(
            "SELECT key FROM documents WHERE key = ? OR url IN ('http:' || ?, 'https:' || ?)",
            name,
            folded,
            folded,
        )
        return None if row is None else str(row[0])

    def has_body(self, report: str) -> bool:
        """Whether the body of a report key is known."""
        return self._one("SELECT 1 FROM bodies WHERE id = ?", report.split("/", 1)[0]) is not None

    def assign_document(self, document: str, report: str) -> bool:
        """Let every revision of a document belong to ``report``; whether anything changed."""
        changed = self.db.execute(
            "UPDATE revisions SET report = ? WHERE document = ? AND report <> ?",
            [report, document, report],
        ).rowcount
        if changed:
            ours = "revision IN (SELECT id FROM revisions WHERE document = ?)"
            self.db.execute(
                f"DELETE FROM findings WHERE rule = 'provisional_key' AND {ours}", [document]
            )
            self.db.execute(f"UPDATE findings SET report = ? WHERE {ours}", [report, document])
        return bool(changed)

    def values_of(self, revision: int) -> dict[str, object]:
        """The value of each known field that a revision prints, as ``latest_statistics`` picks it."""
        rows = self._all(
            "SELECT s.field, s.value FROM statistics s JOIN fields f ON f.id = s.field"
            " WHERE s.revision = ? AND s.value IS NOT NULL AND s.source <> 'inferred'"
            " ORDER BY (s.source = 'narrative') DESC, s.source DESC, s.ordinal DESC",
            revision,
        )
        return {str(field): value for field, value in rows}  # the last one of a field stays

    # withholding -----------------------------------------------------------------------

    def save_withholdings(self, rows: Iterable[Sequence[str]]) -> None:
        """Replace the decisions not to show something."""
        self.db.execute("DELETE FROM withholdings")
        self._many("INSERT INTO withholdings VALUES (?, ?, ?, ?)", rows)

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
        return [(str(row[0]), str(row[1]), _text(row[2]), str(row[3])) for row in rows]

    def is_withheld(self, document: str) -> bool:
        """Whether nothing of a document is shown any more."""
        row = self._one("SELECT status = 'withheld' FROM documents WHERE key = ?", document)
        return row is not None and bool(row[0])

    def records_of(self, document: str) -> list[tuple[str, int, int, str]]:
        """The places of the answers of a document, but for visits that are only listed."""
        rows = self._all(
            "SELECT warc_file, warc_offset, warc_length, record_id FROM captures"
            " WHERE document = ? AND status = 200 AND record_id NOT LIKE '%#%'"
            " ORDER BY captured_at, id",
            document,
        )
        return [_place(row) for row in rows]

    def withhold_document(self, key: str) -> None:
        """Remove everything that a document shows; its row and its captures stay without it."""
        self.db.execute(
            "UPDATE captures SET revision = NULL, outcome = 'withheld', media_type = NULL,"
            " body_bytes = 0, body_sha256 = NULL, link_text = NULL, link_date = NULL,"
            " failure = NULL WHERE document = ?",
            [key],
        )
        self.db.execute(
            "INSERT INTO unsettled_portals SELECT portal FROM documents"
            " WHERE key = ? AND portal IS NOT NULL ON CONFLICT DO NOTHING",
            [key],
        )
        self.db.execute("DELETE FROM sightings WHERE document = ?", [key])
        self.db.execute("DELETE FROM changes WHERE document = ?", [key])
        self.db.execute(
            "UPDATE documents SET report = NULL, media_type = NULL, source_quality = NULL,"
            " title = NULL, index_number = NULL, document_number = NULL, status = 'withheld',"
            " moved_to = NULL, latest_revision = NULL, first_seen = NULL, last_seen = NULL"
            " WHERE key = ?",
            [key],
        )
        for (revision,) in self._all("SELECT id FROM revisions WHERE document = ?", key):
            self.drop_revision(int(str(revision)))
        for part in self.parts_of(key):
            self.withhold_document(part)

    # documents, revisions --------------------------------------------------------------

    def add_document(self, key: str, capture: Capture) -> None:
        """Make sure that a document row exists."""
        self.db.execute(
            "INSERT INTO documents (key, url, portal, parent_url, status)"
            " VALUES (?, ?, ?, ?, 'unread') ON CONFLICT DO NOTHING",
            [key, _storable(capture.url), capture.portal, _storable(capture.parent_url)],
        )

    def add_part(self, key: str, whole: str, capture: Capture, title: str | None) -> None:
        """Make sure that the document row of a part of the document ``whole`` exists.

        Its address opens the page at its title, in browsers that know text fragments.
        """
        place = f"#{key}:~:text={quote(title)}" if title else f"#{key}"
        self.db.execute(
            "INSERT INTO documents (key, url, portal, parent_url, status, part_of)"
            " VALUES (?, ?, ?, ?, 'unread', ?) ON CONFLICT DO NOTHING",
            [
                key,
                _storable(f"{capture.url.partition('#')[0]}{place}"),
                capture.portal,
                _storable(capture.parent_url),
                whole,
            ],
        )

    def save_parts(self, whole: int, parts: Iterable[tuple[str, int, int, int]]) -> None:
        """Replace the parts of a revision: document, revision, start and end of each."""
        self.db.execute("DELETE FROM parts WHERE whole = ?", [whole])
        self._many("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", [(whole, *one) for one in parts])
        self._drop_lost_parts()

    def _drop_lost_parts(self) -> None:
        """Remove the revisions of parts that no revision of a compilation holds any more."""
        lost = self._all(
            "SELECT v.id FROM documents d JOIN revisions v ON v.document = d.key"
            " WHERE d.part_of IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.revision = v.id)"
        )
        for (revision,) in lost:
            self.drop_revision(int(str(revision)))

    def parts_of(self, document: str) -> list[str]:
        """The keys of the documents that are parts of ``document``."""
        return [
            str(key)
            for (key,) in self._all(
                "SELECT key FROM documents WHERE part_of = ? ORDER BY key", document
            )
        ]

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
        return None if row is None else _place(row)

    def payload_of_record(self, record_id: str) -> tuple[int, str | None] | None:
        """Size and digest of the body that was kept with a WARC record."""
        row = self._one(
            "SELECT body_bytes, body_sha256 FROM captures WHERE record_id = ?", record_id
        )
        return None if row is None else (int(str(row[0])), _text(row[1]))

    def place_of_record(self, record_id: str) -> tuple[str, int, int, str] | None:
        """File, offset, length and id of a WARC record."""
        row = self._one(
            "SELECT warc_file, warc_offset, warc_length, record_id FROM captures"
            " WHERE record_id = ?",
            record_id,
        )
        return None if row is None else _place(row)

    def link_to(self, document: str) -> tuple[str | None, str | None]:
        """Text and date beside the link that first led to ``document``."""
        row = self._one(
            "SELECT link_text, link_date FROM captures WHERE document = ?"
            " AND link_text IS NOT NULL ORDER BY captured_at, id LIMIT 1",
            document,
        )
        return (None, None) if row is None else (str(row[0]), _text(row[1]))

    def report_of_document(self, key: str) -> str | None:
        """The report key of a document."""
        row = self._one("SELECT report FROM documents WHERE key = ?", key)
        return None if row is None or row[0] is None else str(row[0])

    def save_body(self, key: str, body: Body, parent: str | None) -> None:
        """Make sure that the row of a body exists; ``parent`` is the key of the one above it."""
        self.db.execute(
            "INSERT INTO bodies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                key,
                body.key,
                body.name,
                body.region_code,
                body.region_name,
                body.level,
                body.organ_type,
                parent,
                body.line,
            ],
        )

    def save_reading(
        self,
        document: str,
        report_key: str,
        reading: Reading,
        content_digest: tuple[Content, str],
        findings: Sequence[Finding],
    ) -> int:
        """The row id of the revision that ``reading`` shows, new or known."""
        content, digest = content_digest
        known = self._one(
            "SELECT id, parser, report FROM revisions WHERE document = ? AND digest = ?",
            document,
            digest,
        )
        if known is not None and known[1] == PARSER and known[2] == report_key:
            return int(str(known[0]))
        if known is not None:
            self.drop_revision(int(str(known[0])))
        read, decoded = reading.document, reading.decoded
        cursor = self.db.execute(
            "INSERT INTO revisions (id, document, seq, digest, normalisation, parser, report, head,"
            " title, text, metadata, sentences, tables, attachments, encoding, evidence, undecodable)"
            " VALUES (" + ", ".join("?" * 17) + ")",
            [
                known[0] if known is not None else None,
                document,
                0,
                digest,
                NORMALISATION,
                PARSER,
                report_key,
                _dump({**report_head(reading.report), "scope_words": reading.report.scope_words}),
                _storable(read.title),
                _storable(read.text),
                _dump(dict(content.metadata)),
                _dump(content.sentences),
                _dump(content.tables),
                _dump(content.attachments),
                decoded.encoding,
                _dump(decoded.evidence),
                decoded.undecodable,
            ],
        )
        revision = int(cursor.lastrowid or 0)
        self._add_statistics(revision, reading.report.statistics)
        self._add_findings(revision, report_key, findings)
        self._many(
            "INSERT INTO repairs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (revision, r.start, r.end, r.before, r.after, r.rule, int(r.exact), r.margin)
                for r in read.repairs
            ],
        )
        return revision

    def _add_statistics(self, revision: int, statistics: Iterable[Statistic]) -> None:
        self._many(
            "INSERT INTO statistics VALUES (" + ", ".join("?" * 22) + ")",
            sorted(  # in the order in which they lie
                (
                    revision,
                    s.field,
                    s.source,
                    s.ordinal,
                    s.label,
                    json_number(s.value),
                    json_number(s.value_low),
                    json_number(s.value_high),
                    s.unit,
                    s.qualifier,
                    s.state,
                    s.period_start,
                    s.period_end,
                    s.scope,
                    s.scope_words,
                    s.raw,
                    s.row,
                    s.col,
                    s.start,
                    s.end,
                    s.quote,
                    _dump(s.flags) if s.flags else "[]",
                )
                for s in statistics
            ),
        )

    def _add_findings(
        self, revision: int, report: str, findings: Iterable[Finding], other: str | None = None
    ) -> None:
        rows: dict[str, tuple[object, ...]] = {}
        for f in findings:
            identity = f"{report}|{f.rule}|{','.join(f.fields)}|{f.message}"
            key = "f" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:12]
            message = _storable(f.message)
            rows[key] = (key, revision, report, f.rule, f.severity, message, _dump(f.fields), other)
        self._many("INSERT OR IGNORE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows.values())

    def unsettled_reports(self) -> list[tuple[str, int]]:
        """Key and canonical revision of every report that changed since it was settled."""
        rows = self._all("SELECT key, revision FROM reports WHERE unsettled = 1 ORDER BY key")
        return [(str(key), int(str(revision))) for key, revision in rows]

    def other_revisions(self, report: str, canonical: int) -> list[tuple[str, int]]:
        """Address and newest revision of the other documents that show a report now."""
        rows = self._all(
            "SELECT url, latest_revision FROM documents WHERE report = ? AND status = 'live'"
            " AND latest_revision <> ? ORDER BY url",
            report,
            canonical,
        )
        return [(str(url), int(str(revision))) for url, revision in rows]

    def save_document_findings(
        self, report: str, revision: int, rule: str, findings: Iterable[Finding]
    ) -> None:
        """Replace the findings of ``rule`` that compare the documents of ``report``."""
        self.db.execute("DELETE FROM findings WHERE report = ? AND rule = ?", [report, rule])
        self._add_findings(revision, report, findings)

    def add_document_finding(self, document: str, finding: Finding) -> None:
        """Add a finding about what a document showed last."""
        row = self._one("SELECT latest_revision, report FROM documents WHERE key = ?", document)
        if row is not None and row[0] is not None:
            self._add_findings(int(str(row[0])), str(row[1]), [finding])

    def clear_document_findings(self, portal: str, rule: str) -> None:
        """Remove the findings of ``rule`` about the documents of a portal."""
        self.db.execute(
            "DELETE FROM findings WHERE rule = ? AND revision IN (SELECT v.id FROM revisions v"
            " JOIN documents d ON d.key = v.document WHERE d.portal = ?)",
            [rule, portal],
        )

    def set_standing(self, document: str, report: str, status: str) -> None:
        """Say of a document that is not at its address whether it is gone or withdrawn."""
        self.db.execute("UPDATE documents SET status = ? WHERE key = ?", [status, document])
        self.db.execute(
            "UPDATE reports SET status = ? WHERE status <> 'live' AND key = ?",
            [self.standing_of(report), report],
        )

    def standing_of(self, report: str) -> str:
        """Whether a report that is not at its address counts as withdrawn, or as gone for now."""
        row = self._one(
            "SELECT 1 FROM documents WHERE report = ? AND status = 'gone' LIMIT 1", report
        )
        return "withdrawn" if row is None else "gone"

    def unsettle_portals_of(self, report: str) -> None:
        """Let what is known of absent documents be derived again, for the portals of a report."""
        self.db.execute(
            "INSERT INTO unsettled_portals SELECT DISTINCT portal FROM documents"
            " WHERE report = ? AND portal IS NOT NULL ON CONFLICT DO NOTHING",
            [report],
        )

    def add_changes(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Add changes of status; what a row does not name is not there."""
        self._many(
            "INSERT INTO changes (key, report, document, kind, item, place, before, after, nature,"
            " difference, cause, from_revision, to_revision, last_seen_before, first_seen_after,"
            " portal) VALUES (:key, :report, :document, 'status', :item, 'status', :before, :after,"
            " 'status', :difference, 'source', :from_revision, :to_revision, :last_seen_before,"
            " :first_seen_after, :portal)",
            [_NO_CHANGE | dict(row) for row in rows],
        )

    def add_rereading(self, key: str, row: Mapping[str, object]) -> None:
        """Add what two versions of the parser read differently in a document that is shown."""
        self.db.execute(
            "INSERT OR REPLACE INTO changes (key, report, document, kind, item, place, before,"
            " after, nature, difference, cause, first_seen_after, old_parser, new_parser)"
            " SELECT :key, d.report, d.key, :kind, :item, :place, :before, :after, :nature,"
            " :difference, 'parser', :reread_at, :old_parser, :new_parser FROM documents d"
            " WHERE d.key = :document AND d.report IS NOT NULL",
            {"key": key, **row},
        )

    def save_series_findings(
        self, report: str, revision: int, other: str, findings: Iterable[Finding]
    ) -> None:
        """Replace the findings that compare ``report`` with other years; ``other`` is that year's."""
        self.db.execute(
            "DELETE FROM findings WHERE report = ? AND other_report IS NOT NULL", [report]
        )
        self._add_findings(revision, report, findings, other)

    def drop_revision(self, revision: int) -> None:
        """Remove what a parser of another version read; the captures stay."""
        for table in ("statistics", "findings", "repairs"):
            self.db.execute(f"DELETE FROM {table} WHERE revision = ?", [revision])
        self.db.execute("DELETE FROM revisions WHERE id = ?", [revision])
        if self.db.execute("DELETE FROM parts WHERE whole = ?", [revision]).rowcount:
            self._drop_lost_parts()

    def move_captures(self, old: int, new: int) -> None:
        """Let the captures that showed ``old`` show ``new``, and remove ``old``."""
        if old != new:
            self.db.execute("UPDATE captures SET revision = ? WHERE revision = ?", [new, old])
            self.drop_revision(old)

    def seen(self, document: str) -> list[Seen]:
        """Every capture of ``document`` that says something about its state.

        A part is seen with its compilation, from the first time that the page holds it.
        """
        says = "(c.revision IS NOT NULL OR c.outcome IN ('gone', 'soft_404'))"
        rows = self._all(
            f"SELECT c.id, c.captured_at, c.revision FROM captures c WHERE c.document = ? AND {says}"
            " UNION ALL SELECT c.id, c.captured_at, p.revision FROM documents d"
            " JOIN captures c ON c.document = d.part_of"
            " LEFT JOIN parts p ON p.whole = c.revision AND p.document = d.key"
            f" WHERE d.key = ? AND {says} ORDER BY 2, 1",
            document,
            document,
        )
        seen = [
            Seen(int(str(row[0])), str(row[1]), None if row[2] is None else int(str(row[2])))
            for row in rows
        ]
        is_part = self._one("SELECT part_of FROM documents WHERE key = ?", document)
        if is_part and is_part[0] is not None:
            return list(dropwhile(lambda one: one.revision is None, seen))
        return seen

    def save_sightings(self, document: str, sightings: Sequence[Sighting]) -> None:
        """Replace the sightings of ``document`` and number its revisions in order of time."""
        self.db.execute("DELETE FROM sightings WHERE document = ?", [document])
        self._many(
            "INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    document,
                    number,
                    "gone" if s.revision is None else "seen",
                    s.revision,
                    s.seen_from,
                    s.seen_to,
                    s.captures,
                    s.first_capture,
                    s.last_capture,
                )
                for number, s in enumerate(sightings, 1)
            ],
        )
        order = dict.fromkeys(s.revision for s in sightings if s.revision is not None)
        self._many(
            "UPDATE revisions SET seq = ? WHERE id = ?",
            [(number, revision) for number, revision in enumerate(order, 1)],
        )


def load_revision(db: sqlite3.Connection, revision: int) -> tuple[Content, list[Printed]]:
    """The content of a revision and its statistics, as a diff needs them."""
    title, metadata, sentences, tables, attachments = db.execute(
        "SELECT title, metadata, sentences, tables, attachments FROM revisions WHERE id = ?",
        [revision],
    ).fetchone()
    content = Content(
        title=title or "",
        metadata=json.loads(metadata),
        sentences=tuple(json.loads(sentences)),
        tables=tuple(tuple(tuple(row) for row in grid) for grid in json.loads(tables)),
        attachments=tuple(json.loads(attachments)),
    )
    rows = db.execute(
        'SELECT field, source, ordinal, raw, "row", col, quote, value, unit FROM statistics'
        " WHERE revision = ?",
        [revision],
    ).fetchall()
    printed = [
        Printed(field, source, ordinal, raw, row, col, quote, exact_number(value), unit)
        for field, source, ordinal, raw, row, col, quote, value, unit in rows
    ]
    return content, printed
