"""Documents and the reports and bodies they belong to, by their keys.

``Documents`` makes rows and says how documents and reports stand; which report a document shows
is decided in ``ingest``, what follows for the report in ``ledger``.
"""

from __future__ import annotations

from urllib.parse import quote

from archive.store.rows import Rows, storable
from parsers.model import Capture
from parsers.register import Body


class Documents(Rows):
    """The tables ``documents`` and ``bodies``, and how ``reports`` stand."""

    def add_document(self, key: str, capture: Capture) -> None:
        """Make sure that a document row exists."""
        self.db.execute(
            "INSERT INTO documents (key, url, portal, parent_url, status)"
            " VALUES (?, ?, ?, ?, 'unread') ON CONFLICT DO NOTHING",
            [key, storable(capture.url), capture.portal, storable(capture.parent_url)],
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
                storable(f"{capture.url.partition('#')[0]}{place}"),
                capture.portal,
                storable(capture.parent_url),
                whole,
            ],
        )

    def parts_of(self, document: str) -> list[str]:
        """The keys of the documents that are parts of ``document``."""
        return [
            str(key)
            for (key,) in self._all(
                "SELECT key FROM documents WHERE part_of = ? ORDER BY key", document
            )
        ]

    def document_named(self, name: str, folded: str) -> str | None:
        """Key of the document with this key or address; ``folded`` is it without its scheme."""
        row = self._one(
            "SELECT key FROM documents WHERE key = ? OR url IN ('http:' || ?, 'https:' || ?)",
            name,
            folded,
            folded,
        )
        return None if row is None else str(row[0])

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

    def has_body(self, report: str) -> bool:
        """Whether the body of a report key is known."""
        return self._one("SELECT 1 FROM bodies WHERE id = ?", report.split("/", 1)[0]) is not None

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
