"""From a capture on disk to rows: the one path of a live crawl and of every later ingest.

``Ingest.capture`` names the steps: the payload of a WARC record is read
(``reading.read``: decode, document, report), compared with what the document showed before
(``revision``), stored (``store``), and what follows for its report is derived (``ledger``).
A page that cannot be read is a stored capture with its reason, never an exception.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from archive.coverage import settle_coverage
from archive.entity import entity_body, header
from archive.ids import Ids, short_digest
from archive.ledger import refresh_document
from archive.reading import PARSER, Reading, read
from archive.revision import content_of, digest_of
from archive.series import settle_series
from archive.store import CaptureRow, Store
from archive.warc import read_capture
from parsers.blocks import SMALL_BODY, find_block
from parsers.codes import normal_document_number
from parsers.errors import ReportError, UnreadableSource
from parsers.media import sniff_media_type
from parsers.model import Capture, Context, Finding, Note, RecordRef, Report
from parsers.obstacles import SHORT_TEXT, find_obstacle, find_obstacle_in, is_home_address
from parsers.register import bodies_of

OutcomeName = Literal["known", "kept", "new", "changed", "same", "gone", "failed"]

_GONE = frozenset({404, 410})
_MOVED = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 403, 451})
MAX_TEXT = 8 * 1024 * 1024
"""Bytes of a page; the longest reports have some hundred KB, and reading takes its time."""

# <script>…</script>, <p class="x">
_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]{0,2000}>", re.DOTALL | re.IGNORECASE)


def _readable(body: bytes, capture: Capture) -> bytes:
    """``body``, if it is not so long that reading it would be an attack.

    Raises:
        UnreadableSource: a text longer than ``MAX_TEXT``.
    """
    if len(body) > MAX_TEXT:
        content_type = header(capture.header_block, "Content-Type")
        if sniff_media_type(body, content_type, capture.url).startswith("text/"):
            raise UnreadableSource("page", f"has {len(body)} bytes, more than {MAX_TEXT}")
    return body


def _rough_text(body: bytes) -> str:
    """The characters of a small refusal in either encoding of Chinese pages, without markup."""
    head = body[:SMALL_BODY]
    texts = (head.decode(codec, "ignore") for codec in ("utf-8", "gb18030"))
    return " ".join(_MARKUP.sub(" ", text)[: SHORT_TEXT // 2] for text in texts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a capture; ``reading`` is there when the page was read now."""

    name: OutcomeName
    document: str | None = None
    reading: Reading | None = None


class Ingest:
    """The archive directory, open for captures and notes.

    ``archive.db`` is written here and nowhere else; ``ids.jsonl`` lies beside it and the WARC
    files in ``warc/``.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = Store(directory)
        self.ids = Ids(directory / "ids.jsonl")
        self.has_walked = False

    def settle(self) -> None:
        """Derive what compares the reports of one body, and what is known of missing years."""
        with self.store.atomic():
            settle_series(self.store)
            if self.has_walked:
                settle_coverage(self.store)
                self.has_walked = False

    def close(self) -> None:
        """Settle what is new, then close the database and the ledger of keys."""
        self.settle()
        self.store.close()
        self.ids.close()

    def note(self, note: Note) -> None:
        """Store what the crawler knows: portal, run or walk."""
        with self.store.atomic():
            self.store.add_note(note)
        self.has_walked |= note.topic == "walk"

    def capture(self, capture: Capture) -> Outcome:
        """Store one capture and everything that follows from it, in one transaction."""
        if capture.ref is None:
            msg = f"{capture.url}: write the WARC record first"
            raise ValueError(msg)
        with self.store.atomic():
            if self.store.has_record(capture.ref.record_id):
                return Outcome("known")
            kept = self._kept(capture)
            obstacle = self._obstacle(capture)
            if obstacle is not None:
                self.store.add_capture(capture, replace(kept, outcome=obstacle))
                return Outcome("failed")
            if capture.role not in ("document", "attachment"):
                self.store.add_capture(capture, kept)
                return Outcome("kept")
            return self._document(capture, kept)

    def _obstacle(self, capture: Capture) -> str | None:
        """What stands in the place of the page asked for, as far as its bytes show it."""
        body = capture.body
        if 0 < len(body) < SMALL_BODY:
            with suppress(ReportError):  # else the bytes as sent are all there is
                body = entity_body(capture.header_block, body)
        system = find_block(capture.status, capture.header_block, body) if capture.status else None
        if system is not None:
            return f"blocked:{system}"
        if capture.role not in ("document", "attachment"):
            return None
        if capture.status == 200 and is_home_address(capture.url, self._home_of(capture)):
            return "home_page"
        if capture.status in _REFUSALS:
            return find_obstacle(capture.status, _rough_text(body))
        return None

    def _home_of(self, capture: Capture) -> str | None:
        return self.store.home_of(capture.portal) if capture.portal else None

    def _kept(self, capture: Capture) -> CaptureRow:
        digest = hashlib.sha256(capture.body).hexdigest() if capture.body else None
        outcome = "failed" if capture.failure else "kept"
        media = header(capture.header_block, "Content-Type")
        return CaptureRow(None, None, outcome, media, len(capture.body), digest)

    def _document(self, capture: Capture, kept: CaptureRow) -> Outcome:
        """Store a capture of a document: what it shows, or that it is gone, or neither."""
        key = self.ids.key("document", capture.url, capture.captured_at)
        self.store.add_document(key, capture)
        kept = replace(kept, document=key)
        if capture.status in _GONE or capture.status in _MOVED:
            self.store.add_capture(capture, replace(kept, outcome="gone"))
            refresh_document(self.store, key)
            return Outcome("gone", key)
        if capture.status == 304:
            latest = self.store.latest_revision(key)
            row = replace(kept, revision=latest[0] if latest else None, outcome="same")
            self.store.add_capture(capture, row)
            refresh_document(self.store, key)
            return Outcome("same", key)
        if capture.status != 200 or capture.truncated:
            self.store.add_capture(capture, replace(kept, outcome="failed"))
            return Outcome("failed", key)
        return self._shown(capture, key, kept)

    def _entity(self, capture: Capture) -> bytes:
        """The body of a capture, or of the original that it repeats.

        Raises:
            UnreadableSource: the original is not in this archive, or its coding is unknown.
        """
        original = capture.original
        if original is None or capture.body:
            return entity_body(capture.header_block, capture.body)
        where = self.store.place_of_record(original.record_id)
        if where is None:
            raise UnreadableSource("entity", f"the body is kept as {original.record_id}", "it")
        first = read_capture(self.directory / "warc", RecordRef(*where))
        return entity_body(first.header_block, first.body)

    def _shown(self, capture: Capture, key: str, kept: CaptureRow) -> Outcome:
        """Store a capture that shows the document: a known revision or a new one."""
        try:
            body = _readable(self._entity(capture), capture)
        except ReportError as error:
            self.store.add_capture(capture, replace(kept, outcome=f"unreadable: {error}"))
            return Outcome("failed", key)
        digest = hashlib.sha256(body).hexdigest()
        kept = replace(kept, body_sha256=digest, body_bytes=len(body))
        known = self.store.revision_of_payload(key, digest)
        if known is not None:
            self.store.add_capture(capture, replace(kept, revision=known, outcome="same"))
            refresh_document(self.store, key)
            return Outcome("same", key)
        before = self._read_again_if_older(key)
        reading = self._read(capture, key, body)
        obstacle = find_obstacle_in(reading.document, reading.report)
        if obstacle is not None:
            self.store.add_capture(capture, replace(kept, outcome=obstacle))
            refresh_document(self.store, key)
            return Outcome("failed", key)
        revision = self._save(capture, key, reading)
        name: OutcomeName = "new" if before is None else "same" if before == revision else "changed"
        media = reading.decoded.media_type
        row = replace(kept, revision=revision, outcome=name, media_type=media)
        self.store.add_capture(capture, row)
        refresh_document(self.store, key)
        return Outcome(name, key, reading)

    def _read(self, capture: Capture, key: str, body: bytes) -> Reading:
        content_type = header(capture.header_block, "Content-Type")
        return read(
            body, content_type=content_type, name=capture.url, context=self._context(capture, key)
        )

    def _context(self, capture: Capture, key: str) -> Context:
        known = self.store.portal(capture.portal) if capture.portal else None
        name, region, official = known or (None, None, None)
        # A revisit asks without the list: what the list said of this document still holds.
        link = (capture.link_text, capture.link_date)
        link_text, link_date = link if capture.link_text else self.store.link_to(key)
        return Context(
            url=capture.url,
            portal=capture.portal,
            portal_name=name,
            portal_region=region,
            official=official,
            link_text=link_text,
            link_date=link_date,
        )

    def _save(self, capture: Capture, key: str, reading: Reading) -> int:
        """The revision that ``reading`` shows, stored under the key of its report."""
        content = content_of(reading.document)
        report_key, findings = self._report_key(capture, reading)
        return self.store.save_reading(
            key,
            report_key,
            reading,
            (content, digest_of(content)),
            (*reading.report.findings, *findings),
        )

    def _report_key(self, capture: Capture, reading: Reading) -> tuple[str, tuple[Finding, ...]]:
        """``<body>/<year>/<kind>``, or a provisional key from the address and a finding.

        An attachment that does not name its own body and year belongs to the report of the
        page that links it.
        """
        report = reading.report
        unknown = [
            name
            for name, value in (("body", report.subject_key), ("year", report.year))
            if value is None
        ]
        is_report = report.kind == "annual_report" and not unknown
        if capture.role == "attachment" and not is_report and capture.parent_url:
            parent = self.store.report_of_document(capture.parent_url)
            if parent is not None:
                return parent, ()
        if unknown or report.subject_key is None:
            key = f"u{short_digest(capture.url)}/{report.year or 'unknown'}/{report.kind}"
            missing = " and ".join(unknown)
            message = f"the {missing} of this report is not known; its key is provisional"
            return key, (Finding("provisional_key", "warning", message),)
        body = self._body(report, report.subject_key, capture.captured_at)
        key = f"{body}/{report.year}/{report.kind}"
        if report.kind != "annual_report":
            number = normal_document_number(reading.document.metadata.get("document_number") or "")
            date = report.written or report.published or ""
            key += "/" + (number or short_digest(f"{reading.document.title}|{date}"))
        return key, ()

    def _body(self, report: Report, subject_key: str, captured_at: str) -> str:
        """The key of the body of a report, stored with the governments above it."""
        parent: str | None = None
        for one in bodies_of(report):
            key = self.ids.key("body", one.key, captured_at)
            self.store.save_body(key, one, parent)
            parent = key
        return self.ids.key("body", subject_key, captured_at)

    def _read_again_if_older(self, key: str) -> int | None:
        """The revision shown last, read by the parser of today.

        A revision that an older parser read is read again from its WARC record, so that two
        revisions are only ever compared as one parser reads them.
        """
        latest = self.store.latest_revision(key)
        if latest is None or latest[1] == PARSER:
            return latest[0] if latest else None
        where = self.store.first_record_of(latest[0])
        if where is None:
            return latest[0]
        capture = read_capture(self.directory / "warc", RecordRef(*where))
        body = entity_body(capture.header_block, capture.body)
        revision = self._save(capture, key, self._read(capture, key, body))
        self.store.move_captures(latest[0], revision)
        return revision
