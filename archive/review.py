"""What people say about what the machine found: verdicts on findings and changes.

This module decides what can be reviewed and how a verdict comes into the archive: a line of
``reviews.jsonl``, then a row.  Nothing is ever taken back; of several verdicts on one thing the
latest counts (view ``latest_reviews``).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.decisions import Review, write_review
from archive.history import open_archive
from archive.ingest import Ingest
from parsers.errors import ReportError

_REVIEWABLE = """
SELECT f.key, f.report, f.rule AS kind, f.message AS words, v.verdict, v.reviewer
FROM findings f JOIN reports r ON r.key = f.report AND r.revision = f.revision
LEFT JOIN latest_reviews v ON v.target = f.key WHERE f.report = ?
UNION ALL
SELECT c.key, c.report, c.kind || ' ' || c.item, ifnull(c.before, '') || ' -> ' || ifnull(c.after, ''),
  v.verdict, v.reviewer
FROM changes c LEFT JOIN latest_reviews v ON v.target = c.key WHERE c.report = ?
"""


class NothingToReview(ReportError):
    """No finding or change has the key ``target``."""

    def __init__(self, target: str) -> None:
        super().__init__(f"{target}: no finding or change has this key")
        self.target = target


@dataclass(frozen=True, slots=True)
class Reviewable:
    """A finding or change of a report; ``verdict`` is ``None`` while only a machine said so."""

    key: str
    report: str
    kind: str
    words: str
    verdict: str | None
    reviewer: str | None


def list_reviewable(db: sqlite3.Connection, report: str) -> list[Reviewable]:
    """What can be reviewed about a report, findings first, with the verdict that counts."""
    return [Reviewable(*row) for row in db.execute(_REVIEWABLE, [report, report])]


def add_review(directory: Path, review: Review) -> None:
    """Write a verdict down and into the database.

    Raises:
        NothingToReview: the archive has no such finding or change; nothing is written.
        NoArchive: there is no database.
    """
    with open_archive(directory) as db:
        known = "SELECT 1 FROM findings WHERE key = ? UNION ALL SELECT 1 FROM changes WHERE key = ?"
        if db.execute(known, [review.target, review.target]).fetchone() is None:
            raise NothingToReview(review.target)
    write_review(directory, review)
    with closing(Ingest(directory)):
        pass  # an archive that is opened takes its reviews in
