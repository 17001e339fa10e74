"""What follows from the captures of a report: its state, its canonical document, its changes.

Everything here is derived anew from captures and revisions whenever one of them is added, so
the order in which captures arrive does not matter and ingesting twice adds nothing.  This
module decides which document is canonical, when a document counts as moved, and when a report
counts as newly published.  What differs between two contents is left to ``diff``, when a
document that is gone counts as withdrawn to ``absence``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.change import Change, name_changes
from archive.diff import diff_contents
from archive.ids import short_digest
from archive.reading import json_number
from archive.revision import Sighting, find_sightings
from archive.store import Store, load_revision
from parsers.codes import normal_document_number, normal_index_number

_QUALITY = {"official": 0, "unknown": 1, "mirror": 2, "compromised": 3}


@dataclass(frozen=True, slots=True)
class _Document:
    """A document of a report with its sightings, as the ledger weighs it."""

    key: str
    url: str
    portal: str | None
    media_type: str
    quality: str
    sightings: tuple[Sighting, ...]
    has_table: bool
    has_numbers: bool

    @property
    def is_gone(self) -> bool:
        return self.sightings[-1].revision is None

    @property
    def first_sighting(self) -> Sighting:
        return next(s for s in self.sightings if s.revision is not None)

    @property
    def first_seen(self) -> str:
        return self.first_sighting.seen_from

    @property
    def last_seen(self) -> str:
        return max(s.seen_to for s in self.sightings if s.revision is not None)

    @property
    def last_revision(self) -> int:
        return next(s.revision for s in reversed(self.sightings) if s.revision is not None)


@dataclass(frozen=True, slots=True)
class _Event:
    """One change with its time and the sightings on either side."""

    document: str
    change: Change
    before: Sighting | None
    after: Sighting


def refresh_document(store: Store, document: str) -> None:
    """Derive sightings, state and report of ``document``, and the rows of its report."""
    sightings = find_sightings(store.seen(document))
    store.save_sightings(document, sightings)
    old = store.db.execute("SELECT report FROM documents WHERE key = ?", [document]).fetchone()
    seen = [s for s in sightings if s.revision is not None]
    if not seen:
        return
    latest = seen[-1].revision
    report, head, title, metadata = store.db.execute(
        "SELECT report, head, title, metadata FROM revisions WHERE id = ?", [latest]
    ).fetchone()
    header = json.loads(metadata)
    store.db.execute(
        "UPDATE documents SET report = ?, latest_revision = ?, source_quality = ?, title = ?,"
        " index_number = ?, document_number = ?,"
        " first_seen = ?, last_seen = ?, moved_to = NULL,"
        " status = iif(?, iif(status = 'withdrawn', status, 'gone'), 'live'),"
        " url = coalesce((SELECT url FROM captures WHERE document = documents.key"
        "   AND revision IS NOT NULL ORDER BY captured_at DESC, id DESC LIMIT 1),"
        "   (SELECT w.url FROM documents w WHERE w.key = documents.part_of)"
        "   || substr(url, instr(url, '#'))),"
        " (portal, parent_url) = (SELECT c.portal, c.parent_url FROM (SELECT portal, parent_url,"
        "   captured_at, id FROM captures WHERE document = documents.key AND portal IS NOT NULL"
        "   UNION ALL SELECT documents.portal, documents.parent_url, '~', 0) c"
        "   ORDER BY c.captured_at, c.id LIMIT 1),"
        " media_type = coalesce((SELECT media_type FROM captures WHERE document = documents.key"
        "   AND revision = ? LIMIT 1),"
        "   (SELECT w.media_type FROM documents w WHERE w.key = documents.part_of))"
        " WHERE key = ?",
        [
            report,
            latest,
            json.loads(head)["source_quality"],
            title,
            normal_index_number(header.get("index_number", "")) or None,
            normal_document_number(header.get("document_number", "")),
            seen[0].seen_from,
            seen[-1].seen_to,
            sightings[-1].revision is None,
            latest,
            document,
        ],
    )
    for key in dict.fromkeys([report, old[0] if old else None]):
        if key is not None:
            refresh_report(store, key)
    for part in store.parts_of(document):
        refresh_document(store, part)


def _load_documents(store: Store, report: str) -> list[_Document]:
    rows = store.db.execute(
        "SELECT d.key, d.url, d.portal, coalesce(d.media_type, ''),"
        " coalesce(d.source_quality, 'unknown'),"
        " EXISTS (SELECT 1 FROM statistics s WHERE s.revision = d.latest_revision"
        "   AND s.source LIKE 'table%'),"
        " EXISTS (SELECT 1 FROM statistics s WHERE s.revision = d.latest_revision)"
        " FROM documents d WHERE d.report = ? ORDER BY d.url",
        [report],
    ).fetchall()
    return [
        _Document(
            key,
            url,
            portal,
            media,
            quality,
            find_sightings(store.seen(key)),
            bool(table),
            bool(numbers),
        )
        for key, url, portal, media, quality, table, numbers in rows
    ]


def _rank(document: _Document) -> tuple[object, ...]:
    """Official before mirror, table before none, HTML before PDF, live before gone, older first."""
    return (
        _QUALITY.get(document.quality, 1),
        document.is_gone,
        not document.has_table,
        not document.has_numbers,
        document.media_type != "text/html",
        document.first_seen,
        document.url,
    )


def refresh_report(store: Store, report: str) -> None:
    """Derive the report row, its coverage and its changes from its documents."""
    documents = _load_documents(store, report)
    if not documents:
        for table, column in (("reports", "key"), ("changes", "report"), ("coverage", "report")):
            store.db.execute(f"DELETE FROM {table} WHERE {column} = ?", [report])
        return
    store.unsettle_portals_of(report)
    canonical = min(documents, key=_rank)
    successors = {d.key: s for d in documents if (s := _successor(d, documents)) is not None}
    for document in documents:
        if document.is_gone and document.key in successors:
            store.db.execute(
                "UPDATE documents SET status = 'moved', moved_to = ? WHERE key = ?",
                [successors[document.key].url, document.key],
            )
    _save_report(store, report, canonical, documents)
    _save_changes(store, report, list(_find_events(store, documents, successors)))


def unsettle_body(store: Store, report: str) -> None:
    """Let what the years of a report's body say about one another be derived again."""
    body = report.split("/", 1)[0]
    store.db.execute("UPDATE reports SET unsettled = 1 WHERE body = ?", [body])


def _successor(gone: _Document, documents: Sequence[_Document]) -> _Document | None:
    """The document of the same portal and media type to which a document that is gone has moved.

    It was met later and outlived the other; it may be gone by now, too.
    """
    if not gone.is_gone:
        return None
    later = [
        other
        for other in documents
        if other.portal == gone.portal
        and other.media_type == gone.media_type
        and other.first_seen > gone.first_seen
        and other.last_seen > gone.last_seen
    ]
    return min(later, key=lambda d: d.first_seen, default=None)


def _save_report(
    store: Store, report: str, canonical: _Document, documents: Sequence[_Document]
) -> None:
    head_text, title = store.db.execute(
        "SELECT head, title FROM revisions WHERE id = ?", [canonical.last_revision]
    ).fetchone()
    head = json.loads(head_text)
    body = report.split("/", 1)[0] if report.startswith("b") else None
    status = store.standing_of(report) if canonical.is_gone else "live"
    store.db.execute(
        "INSERT OR REPLACE INTO reports VALUES (" + ", ".join("?" * 24) + ", 1)",
        [
            report,
            body,
            head["year"],
            head["kind"],
            head["kind_detail"],
            head["form"],
            head["scope"],
            head["scope_words"],
            title,
            head["subject"],
            head["compiler"],
            head["uploader"],
            head["region_code"],
            head["region_name"],
            head["level"],
            head["organ_type"],
            head["published"],
            head["written"],
            head["source_quality"],
            canonical.key,
            canonical.last_revision,
            status,
            min(d.first_seen for d in documents),
            max(s.seen_to for d in documents for s in d.sightings if s.revision is not None),
        ],
    )
    if body is not None and head["kind"] == "annual_report" and head["year"] is not None:
        store.db.execute(
            "INSERT OR REPLACE INTO coverage VALUES (?, ?, ?, ?, ?)",
            [
                body,
                head["year"],
                _coverage(status, head["source_quality"]),
                report,
                canonical.sightings[-1].last_capture,
            ],
        )


def _coverage(status: str, quality: str) -> str:
    if status != "live":
        return "gone_from_known_url"
    return "published_elsewhere" if quality == "mirror" else "published"


def _status(item: str, before: str | None, after: str | None) -> Change:
    return Change("status", item, "status", before, after, "status")


def _find_events(
    store: Store, documents: Sequence[_Document], successors: dict[str, _Document]
) -> Iterable[_Event]:
    """Every change of every document, in no order, but for absences."""
    heirs = {document.key for document in successors.values()}
    first = min(documents, key=lambda d: (d.first_seen, d.url))
    if first.key not in heirs and _is_newly_listed(store, first):
        yield _Event(first.key, _status("published", None, first.url), None, first.sightings[0])
    for document in documents:
        shown: Sighting | None = None
        for sighting in document.sightings:
            if sighting.revision is None and shown is not None:
                heir = successors.get(document.key)
                if heir is not None and sighting is document.sightings[-1]:
                    change = _status("moved", document.url, heir.url)
                    yield _Event(document.key, change, shown, sighting)
                    yield from _content_events(store, heir.key, shown, heir.first_sighting)
            elif sighting.revision is not None and shown is not None:
                yield from _content_events(store, document.key, shown, sighting)
            shown = sighting if sighting.revision is not None else shown


def _is_newly_listed(store: Store, document: _Document) -> bool:
    """Whether an earlier run had walked the portal to its end without this document.

    A run that was killed and then resumed is no earlier one: both are one look at the portal.
    """
    run, captured_at = store.db.execute(
        "SELECT run, captured_at FROM captures WHERE id = ?",
        [document.sightings[0].first_capture],
    ).fetchone()
    row = store.db.execute(
        "SELECT 1 FROM walks WHERE portal = ? AND outcome = 'complete' AND run <> ?"
        " AND recorded_at <= ? AND run NOT IN (SELECT value FROM runs,"
        " json_each(runs.facts, '$.resumes') WHERE runs.id = ?) LIMIT 1",
        [document.portal, run, captured_at, run],
    ).fetchone()
    return row is not None


def _content_events(
    store: Store, document: str, before: Sighting, after: Sighting
) -> Iterable[_Event]:
    """The changes of content between two sightings that both show the document."""
    if before.revision == after.revision or before.revision is None or after.revision is None:
        return
    old, old_printed = load_revision(store.db, before.revision)
    new, new_printed = load_revision(store.db, after.revision)
    edits = diff_contents(old, new)
    for change in name_changes(edits, old_printed, new_printed):
        yield _Event(document, change, before, after)


def _save_changes(store: Store, report: str, events: Sequence[_Event]) -> None:
    store.db.execute(
        "DELETE FROM changes WHERE report = ? AND cause = 'source'"
        " AND (kind <> 'status' OR item NOT IN ('withdrawn', 'restored'))",
        [report],
    )
    rows: dict[str, tuple[object, ...]] = {}
    for event in events:
        change = event.change
        subject = f"{report}|{event.document}|{change.kind}|{change.item}"
        identity = f"{subject}|{change.place}|{event.after.seen_from}"
        key = "c" + short_digest(identity)
        rows[key] = (
            key,
            report,
            event.document,
            change.kind,
            change.item,
            change.place,
            change.before,
            change.after,
            change.nature,
            json_number(change.difference),
            "source",
            event.before.revision if event.before else None,
            event.after.revision,
            event.before.seen_to if event.before else None,
            event.after.seen_from,
        )
    store.db.executemany(
        "INSERT INTO changes VALUES (" + ", ".join("?" * 15) + ", NULL, NULL, NULL)", rows.values()
    )
