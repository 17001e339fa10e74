"""What an archive holds of what was planted on the farm.

This module decides when a planted report counts as found: its page (or the file that stands in
for it) is a document of the archive, and so are the files that hold its text; one that stands in
a compilation has a part with its body and year.  It reads a finished archive only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from crawler.demo.farm.server import Farm
from crawler.demo.farm.truth import FarmPortal


@dataclass(frozen=True, slots=True)
class Walk:
    """How the walk of one column ended."""

    column: str
    outcome: str
    declared: int | None
    found: int
    reason: str

    @property
    def is_whole(self) -> bool:
        """Whether the list was seen to its declared end."""
        return self.outcome == "complete" and self.found >= (self.declared or 0)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an archive holds; addresses have no port and no ``https``.

    ``kinds`` says of each document as what kind of report it was read, empty for none; ``bodies``
    of each part of a compilation whose report it is, and of which year.
    """

    kinds: Mapping[str, str]
    captured: frozenset[str]
    walks: tuple[Walk, ...]
    bodies: Mapping[str, tuple[str | None, int | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """How some portals fared: planted and found reports, documents called reports and rightly so."""

    planted: int = 0
    found: int = 0
    claimed: int = 0
    right: int = 0
    walks: int = 0
    whole_walks: int = 0
    requests: int = 0

    def __add__(self, other: Score) -> Score:
        sums = {
            one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)
        }
        return Score(**sums)

    @property
    def recall(self) -> float:
        """The share of the planted reports that were found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """The share of planted reports in what is called an annual report."""
        return self.right / self.claimed if self.claimed else 1.0

    @property
    def cost(self) -> float:
        """Requests for each report found."""
        return self.requests / max(1, self.found)


def plain_url(url: str) -> str:
    """Return an address as the plan writes it: without port, by http."""
    parts = urlsplit(url)
    return parts._replace(scheme="http", netloc=parts.hostname or "").geturl()


def read_holdings(archive: Path) -> Holdings:
    """Return what the database of an archive says."""
    db = Database(archive / "archive.db")
    reports = {row["key"]: row for row in _rows(db, "reports")}
    documents = list(_rows(db, "documents"))
    parts = [row for row in documents if row["part_of"] and row["report"] in reports]
    held = Holdings(
        kinds={
            plain_url(row["url"]): reports[row["report"]]["kind"] if row["report"] else ""
            for row in documents
        },
        bodies={
            plain_url(row["url"]): (report["subject"], report["year"])
            for row in parts
            for report in (reports[row["report"]],)
        },
        captured=frozenset(
            plain_url(row["url"]) for row in _rows(db, "captures") if row["status"] == 200
        ),
        walks=tuple(
            Walk(
                plain_url(row["column_url"]),
                row["outcome"],
                row["declared"],
                row["found"] or 0,
                row["reason"] or "",
            )
            for row in _rows(db, "walks")
        ),
    )
    db.close()
    return held


def _rows(db: Database, table: str) -> Iterable[Mapping[str, Any]]:
    return db[table].rows


def judge(portal: FarmPortal, served: Farm, held: Holdings) -> tuple[Score, tuple[str, ...]]:
    """Return how a portal fared, and a line for everything that is not as planted."""
    shown = {
        url: _shown(served, held, url)
        for url in held.kinds
        if urlsplit(url).hostname in portal.hosts
    }
    keys = {key for named in shown.values() for key in named}
    files = {file for report in portal.reports for file in report.files}
    missed = [
        report
        for report in portal.reports
        if report.key not in keys or not held.captured.issuperset(report.files)
    ]
    claimed = [url for url in shown if held.kinds[url] == "annual_report"]
    wrong = [url for url in claimed if not shown[url] and url not in files]
    walks = [walk for walk in held.walks if urlsplit(walk.column).hostname in portal.hosts]
    score = Score(
        planted=len(portal.reports),
        found=len(portal.reports) - len(missed),
        claimed=len(claimed),
        right=len(claimed) - len(wrong),
        walks=len(walks),
        whole_walks=sum(walk.is_whole for walk in walks),
        requests=sum(len(served.log[host]) for host in portal.hosts),
    )
    return score, (
        *(f"not found: {report.medium} {report.url}" for report in missed),
        *(f"no report: {url}" for url in wrong),
        *_partial(walks),
    )


def _shown(served: Farm, held: Holdings, url: str) -> tuple[str, ...]:
    """The planted reports that a document shows; a compilation shows none but by its parts."""
    page, _, part = url.partition("#")
    named = served.identify(page)
    if not part:
        return named if len(named) < 2 else ()
    subject, year = held.bodies.get(url, (None, None))
    return tuple(key for key in named if key.endswith(f"/{subject}/{year}"))


def _partial(walks: Iterable[Walk]) -> Iterator[str]:
    for walk in walks:
        if not walk.is_whole:
            yield f"walk {walk.outcome}: {walk.found} of {walk.declared}: {walk.column} {walk.reason}"
