"""What people have decided: verdicts, identities, and what is not shown.

``Decisions`` carries a decision out in the tables; which ones there are is read in
``archive.decisions``, ``review`` and ``withholding``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.store.documents import Documents
from archive.store.revisions import Revisions


class Decisions(Documents, Revisions):
    """The tables ``reviews`` and ``withholdings``, and what follows from them."""

    def save_reviews(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Replace the verdicts of people on findings and changes."""
        self.db.execute("DELETE FROM reviews")
        self._many("INSERT OR IGNORE INTO reviews VALUES (?, ?, ?, ?, ?)", rows)

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

    def save_withholdings(self, rows: Iterable[Sequence[str]]) -> None:
        """Replace the decisions not to show something."""
        self.db.execute("DELETE FROM withholdings")
        self._many("INSERT INTO withholdings VALUES (?, ?, ?, ?)", rows)

    def is_withheld(self, document: str) -> bool:
        """Whether nothing of a document is shown any more."""
        row = self._one("SELECT status = 'withheld' FROM documents WHERE key = ?", document)
        return row is not None and bool(row[0])

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
