"""Findings, and the changes that no diff tells: those of status, and those of our parser.

``Findings`` decides by which key a finding is known and which earlier ones new ones replace; what
is doubted is decided in ``parsers.checks``, ``documents``, ``series`` and ``absence``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from archive.store.rows import Rows, dump, storable
from parsers.model import Finding

_NO_CHANGE: dict[str, object] = dict.fromkeys(
    ("report", "document", "before", "after", "difference", "from_revision", "to_revision",
     "portal")
)  # fmt: skip


class Findings(Rows):
    """The tables ``findings`` and ``changes``."""

    def _add_findings(
        self, revision: int, report: str, findings: Iterable[Finding], other: str | None = None
    ) -> None:
        rows: dict[str, tuple[object, ...]] = {}
        for f in findings:
            identity = f"{report}|{f.rule}|{','.join(f.fields)}|{f.message}"
            key = "f" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:12]
            message = storable(f.message)
            rows[key] = (key, revision, report, f.rule, f.severity, message, dump(f.fields), other)
        self._many("INSERT OR IGNORE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows.values())

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

    def save_series_findings(
        self, report: str, revision: int, other: str, findings: Iterable[Finding]
    ) -> None:
        """Replace the findings that compare ``report`` with other years; ``other`` is that year's."""
        self.db.execute(
            "DELETE FROM findings WHERE report = ? AND other_report IS NOT NULL", [report]
        )
        self._add_findings(revision, report, findings, other)

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
