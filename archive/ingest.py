"""From a capture on disk to rows: the one path of a live crawl and of every later ingest.

``Ingest.capture`` names the steps: the payload of a WARC record is read
(``reading.read``: decode, document, report), named (``naming``), compared with what the document
showed before (``revision``), stored (``store``), and what follows for its report is derived
(``ledger``).
A page that cannot be read is a stored capture with its reason, never an exception.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Literal

from archive.absence import settle_absences
from archive.context import context_of, shows_document, without_personal
from archive.coverage import settle_coverage
from archive.decisions import read_identity, read_reviews, settle_identity
from archive.documents import settle_documents
from archive.entity import entity_body, header
from archive.identity import document_name, leads_to_itself
from archive.ids import Ids
from archive.ledger import refresh_document, refresh_report, unsettle_body
from archive.naming import Naming, Part
from archive.reading import PARSER, Reading, read
from archive.rereading import find_rereadings, keep_rereadings, readings_of, settle_rereadings
from archive.revision import content_of, digest_of
from archive.search import forget
from archive.series import settle_series
from archive.store import DATABASE, CaptureRow, Store
from archive.warc import read_capture
from archive.withholding import read_withholdings
from parsers.blocks import SMALL_BODY, find_block
from parsers.errors import ReportError, UnreadableSource
from parsers.media import sniff_media_type
from parsers.model import Capture, Context, Finding, Note, RecordRef
from parsers.obstacles import SHORT_TEXT, find_obstacle, find_obstacle_in, is_home_address

OutcomeName = Literal["known", "kept", "new", "changed", "same", "gone", "failed", "withheld"]

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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reading made ahead of its turn, and the context that it was made in."""

    context: Context
    reading: Reading


class Ingest:
    """The archive directory, open for captures and notes.

    ``archive.db`` is written here and nowhere else; ``ids.jsonl`` lies beside it and the WARC
    files in ``warc/``.  A rebuild writes to a ``database`` of another name.
    """

    def __init__(self, directory: Path, database: str = DATABASE) -> None:
        self.directory = directory
        self.store = Store(directory, database)
        self.ids = Ids(directory / "ids.jsonl")
        self.naming = Naming(self.store, self.ids)
        self.has_walked = False
        self.withheld = read_withholdings(directory)
        self.identity = read_identity(directory)
        for merge in self.identity.merges:
            self.ids.redirect(merge.body, merge.same_as, merge.decided_on)
        with self.store.atomic():
            self.store.save_reviews(astuple(review) for review in read_reviews(directory))
            self._withhold()

    def _withhold(self) -> None:
        """Remove from the database what has been withheld since it was stored."""
        self.store.save_withholdings(
            (one.target, one.reason, one.decided_on, one.decider) for one in self.withheld.decisions
        )
        if not self.withheld.decisions:
            return
        met = self.store.captured_documents()
        for key in dict.fromkeys(names[0] for names in met if self.withheld.cover(*names)):
            if self.store.is_withheld(key):
                continue
            shown = (key, *self.store.parts_of(key))
            reports = [self.store.report_of_document(one) for one in shown]
            self.store.withhold_document(key)
            self.has_walked = True  # what is known of its year has to be derived again
            for report in filter(None, reports):
                refresh_report(self.store, report)
                unsettle_body(self.store, report)
                forget(self.store.db, report)

    def knows(self, noun: Capture | Note) -> bool:
        """Whether a capture is stored already; notes may be stored again."""
        return (
            isinstance(noun, Capture)
            and noun.ref is not None
            and self.store.has_record(noun.ref.record_id)
        )

    def settle(self) -> None:
        """Derive what compares the reports of one body, and what is known of missing years."""
        with self.store.atomic():
            settle_identity(self.store, self.identity.assignments)
            settle_absences(self.store)
            settle_documents(self.store)
            settle_series(self.store)
            settle_rereadings(self.store, self.directory)
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

    def capture(self, capture: Capture, prepared: Prepared | None = None) -> Outcome:
        """Store one capture and everything that follows from it, in one transaction.

        ``prepared`` is taken for the reading if the context is what it was made in.
        """
        ref = capture.ref
        if ref is None:
            msg = f"{capture.url}: write the WARC record first"
            raise ValueError(msg)
        capture = without_personal(capture)
        with self.store.atomic():
            if self.store.has_record(ref.record_id):
                return Outcome("known")
            kept = self._kept(capture)
            obstacle = self._obstacle(capture)
            if obstacle is not None:
                self.store.add_capture(capture, replace(kept, outcome=obstacle))
                return Outcome("failed")
            if capture.role not in ("document", "attachment"):
                self.store.add_capture(capture, kept)
                return Outcome("kept")
            return self._document(capture, kept, prepared)

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
        repeated = self._repeated(capture)
        digest = hashlib.sha256(capture.body).hexdigest() if capture.body else None
        size, digest = repeated or (len(capture.body), digest)
        outcome = "failed" if capture.failure else "kept"
        media = header(capture.header_block, "Content-Type")
        return CaptureRow(None, None, outcome, media, size, digest)

    def _repeated(self, capture: Capture) -> tuple[int, str | None] | None:
        """Size and digest of the body that a capture repeats without holding it."""
        if capture.body or capture.original is None or capture.status == 304:
            return None
        return self.store.payload_of_record(capture.original.record_id)

    def _document(self, capture: Capture, kept: CaptureRow, prepared: Prepared | None) -> Outcome:
        """Store a capture of a document: what it shows, or that it is gone, or neither."""
        key = self.ids.key("document", document_name(capture.url), capture.captured_at)
        self.store.add_document(key, capture)
        page = capture.parent_url if capture.role == "attachment" else None
        record_id = capture.ref.record_id if capture.ref else None
        if self.withheld.cover(key, capture.url, page, record_id):
            return self._tombstone(capture, key)
        kept = replace(kept, document=key)
        if capture.status in _MOVED and leads_to_itself(
            capture.url, header(capture.header_block, "Location")
        ):
            self.store.add_capture(capture, kept)
            return Outcome("kept", key)
        if capture.status in _GONE or capture.status in _MOVED:
            self.store.add_capture(capture, replace(kept, outcome="gone"))
            refresh_document(self.store, key)
            return Outcome("gone", key)
        if capture.status == 304:
            row = replace(kept, revision=self._unchanged(capture, key), outcome="same")
            self.store.add_capture(capture, row)
            refresh_document(self.store, key)
            return Outcome("same", key)
        if not shows_document(capture):
            self.store.add_capture(capture, replace(kept, outcome="failed"))
            return Outcome("failed", key)
        return self._shown(capture, kept, prepared)

    def _unchanged(self, capture: Capture, key: str) -> int | None:
        """The revision that a 304 confirms: that of the body it names, else the latest."""
        if capture.original is not None:
            named = self.store.revision_of_record(capture.original.record_id)
            if named is not None:
                return named
        latest = self.store.latest_revision(key)
        return latest[0] if latest else None

    def _tombstone(self, capture: Capture, key: str) -> Outcome:
        """Store that a withheld document was captured, and nothing of what it shows."""
        bare = replace(capture, link_text=None, link_date=None, failure=None)
        self.store.add_capture(bare, CaptureRow(key, None, "withheld"))
        self.store.withhold_document(key)
        return Outcome("withheld", key)

    def _shown(self, capture: Capture, kept: CaptureRow, prepared: Prepared | None) -> Outcome:
        """Store a capture that shows the document: a known revision or a new one."""
        key = str(kept.document)
        if self._repeated(capture) is not None:
            known = self.store.revision_of_payload(key, str(kept.body_sha256))
            if known is not None:
                return self._same(capture, replace(kept, revision=known))
            capture = self._with_body(capture)
        if capture.original is not None and not capture.body:
            self.store.add_capture(capture, replace(kept, outcome="failed"))
            return Outcome("failed", key)
        try:
            body = _readable(entity_body(capture.header_block, capture.body), capture)
        except ReportError as error:
            self.store.add_capture(capture, replace(kept, outcome=f"unreadable: {error}"))
            return Outcome("failed", key)
        if body is not capture.body or kept.body_sha256 is None:
            digest = hashlib.sha256(body).hexdigest()
            kept = replace(kept, body_sha256=digest, body_bytes=len(body))
        digest = str(kept.body_sha256)
        known = self.store.revision_of_payload(key, digest)
        if known is not None:
            return self._same(capture, replace(kept, revision=known))
        before = self._read_again_if_older(key, capture.captured_at)
        reading = self._read(capture, key, body, prepared)
        obstacle = find_obstacle_in(reading.document, reading.report)
        if obstacle is not None:
            self.store.add_capture(capture, replace(kept, outcome=obstacle))
            refresh_document(self.store, key)
            return Outcome("failed", key)
        report_key, findings = self.naming.report_key(capture, reading)
        parts = self.naming.parts(capture, reading)
        if self.withheld.cover(report_key, *(n for one in parts for n in (one.key, one.report))):
            return self._tombstone(capture, key)
        revision = self._save(key, reading, report_key, findings)
        self._save_parts(capture, key, revision, parts)
        name: OutcomeName = "new" if before is None else "same" if before == revision else "changed"
        media = reading.decoded.media_type
        row = replace(kept, revision=revision, outcome=name, media_type=media)
        self.store.add_capture(capture, row)
        refresh_document(self.store, key)
        return Outcome(name, key, reading)

    def _same(self, capture: Capture, row: CaptureRow) -> Outcome:
        self.store.add_capture(capture, replace(row, outcome="same"))
        refresh_document(self.store, str(row.document))
        return Outcome("same", row.document)

    def _with_body(self, capture: Capture) -> Capture:
        """The capture with the body of the record that it repeats."""
        record_id = capture.original.record_id if capture.original else ""
        where = self.store.place_of_record(record_id)
        if where is None:
            return capture
        original = read_capture(self.directory / "warc", RecordRef(*where))
        return replace(capture, body=original.body)

    def _read(
        self, capture: Capture, key: str, body: bytes, prepared: Prepared | None = None
    ) -> Reading:
        known = self.store.portal(capture.portal) if capture.portal else None
        context = context_of(capture, known, self.store.link_to(key))
        if prepared is not None and prepared.context == context:
            return prepared.reading
        content_type = header(capture.header_block, "Content-Type")
        return read(body, content_type=content_type, name=capture.url, context=context)

    def _save_parts(
        self, capture: Capture, whole: str, revision: int, parts: Sequence[Part]
    ) -> None:
        """Store what each part of a compilation shows, and where it lies in the whole."""
        rows = []
        for one in parts:
            self.store.add_part(one.key, whole, capture, one.reading.document.title)
            saved = self._save(one.key, one.reading, one.report, one.findings)
            rows.append((one.key, saved, *(one.reading.document.within or (0, 0))))
        if rows:
            self.store.save_parts(revision, rows)

    def _save(
        self, key: str, reading: Reading, report_key: str, findings: tuple[Finding, ...]
    ) -> int:
        """The revision that ``reading`` shows, stored under the key of its report."""
        content = content_of(reading.document)
        return self.store.save_reading(
            key,
            report_key,
            reading,
            (content, digest_of(content)),
            (*reading.report.findings, *findings),
        )

    def _read_again_if_older(self, key: str, reread_at: str) -> int | None:
        """The revision shown last, read by the parser of today.

        A revision that an older parser read is read again from its WARC record, so that two
        revisions are only ever compared as one parser reads them; what it says differently now
        is kept as a change that our parser made.
        """
        latest = self.store.latest_revision(key)
        if latest is None or latest[1] == PARSER:
            return latest[0] if latest else None
        where = self.store.first_record_of(latest[0])
        if where is None:
            return latest[0]
        capture = read_capture(self.directory / "warc", RecordRef(*where))
        body = entity_body(capture.header_block, capture.body)
        reading = self._read(capture, key, body)
        before = readings_of(self.store.db, latest[0])
        revision = self._save(key, reading, *self.naming.report_key(capture, reading))
        self._save_parts(capture, key, revision, self.naming.parts(capture, reading))
        after, parsers = readings_of(self.store.db, revision), (latest[1], PARSER)
        found = find_rereadings(before, after, where[3], parsers, reread_at)
        keep_rereadings(self.directory, found)
        self.store.move_captures(latest[0], revision)
        return revision
