"""Revisions: what was read of a document in one state, and when it showed that state.

``Revisions`` keeps all that hangs on a revision (statistics, findings, repairs, parts) and takes
it away with it.  What makes a new revision, and how captures become sightings, is decided in
``revision``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import dropwhile

from archive.change import Printed
from archive.reading import PARSER, Reading, exact_number, json_number, report_head
from archive.revision import NORMALISATION, Content, Seen, Sighting
from archive.store.findings import Findings
from archive.store.rows import dump, storable
from parsers.model import Finding, Statistic


class Revisions(Findings):
    """The tables ``revisions``, ``statistics``, ``repairs``, ``parts`` and ``sightings``."""

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
                dump({**report_head(reading.report), "scope_words": reading.report.scope_words}),
                storable(read.title),
                storable(read.text),
                dump(dict(content.metadata)),
                dump(content.sentences),
                dump(content.tables),
                dump(content.attachments),
                decoded.encoding,
                dump(decoded.evidence),
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
                    dump(s.flags) if s.flags else "[]",
                )
                for s in statistics
            ),
        )

    def values_of(self, revision: int) -> dict[str, object]:
        """The value of each known field that a revision prints, as ``latest_statistics`` picks it."""
        rows = self._all(
            "SELECT s.field, s.value FROM statistics s JOIN fields f ON f.id = s.field"
            " WHERE s.revision = ? AND s.value IS NOT NULL AND s.source <> 'inferred'"
            " ORDER BY (s.source = 'narrative') DESC, s.source DESC, s.ordinal DESC",
            revision,
        )
        return {str(field): value for field, value in rows}  # the last one of a field stays

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
