"""The reports of one body side by side: what one year says about the next.

This module decides which reports stand beside one another (annual reports of one body, by
their canonical documents) and keeps what ``parsers.series`` finds about them as findings of the
later report.  They are derived anew whenever one of the two changes, so the order in which the
reports arrive does not matter.  Which relations should hold is left to ``parsers.series``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from archive.reading import exact_number
from archive.store import Store
from parsers.model import Finding
from parsers.series import Edition, Figure, Shown, compare_years, doubtful_dates, find_lateness


@dataclass(frozen=True, slots=True)
class _Report:
    """An annual report as the database has it."""

    key: str
    year: int
    revision: int
    head: dict[str, Any]
    url: str
    unsettled: bool


def settle_series(store: Store) -> None:
    """Derive the findings between years for every report that is marked as unsettled."""
    bodies = store.db.execute("SELECT DISTINCT body FROM reports WHERE unsettled = 1").fetchall()
    for (body,) in bodies:
        if body is not None:
            _settle_body(store, body)
    store.db.execute("UPDATE reports SET unsettled = 0 WHERE unsettled = 1")


def _settle_body(store: Store, body: str) -> None:
    reports = _reports_of(store, body)
    dated = [one for one in reports.values() if one.head["published"]]
    doubtful = doubtful_dates([Shown(one.url, one.year, one.head["published"]) for one in dated])
    known: dict[int, Edition] = {}
    for year, after in sorted(reports.items()):
        before = reports.get(year - 1)
        if not (after.unsettled or (before is not None and before.unsettled)):
            continue
        findings = _find_late(after, is_doubtful=after.url in doubtful)
        if before is not None:
            for one in (before, after):
                if one.year not in known:
                    known[one.year] = _edition(store, one)
            findings += compare_years(known[before.year], known[after.year])
        other = before.key if before is not None else after.key
        store.save_series_findings(after.key, after.revision, other, findings)


def _reports_of(store: Store, body: str) -> dict[int, _Report]:
    """The annual reports of a body by year."""
    rows = store.db.execute(
        "SELECT r.key, r.year, r.revision, r.form, r.scope, r.level, r.organ_type, r.published,"
        " r.written, r.source_quality, d.url, r.unsettled FROM reports r JOIN documents d ON d.key = r.document"
        " WHERE r.body = ? AND r.kind = 'annual_report' AND r.year IS NOT NULL",
        [body],
    ).fetchall()
    names = ("form", "scope", "level", "organ_type", "published", "written", "source_quality")
    return {
        row[1]: _Report(
            row[0], row[1], row[2], dict(zip(names, row[3:10], strict=True)), row[10], bool(row[11])
        )
        for row in rows
    }


def _find_late(report: _Report, *, is_doubtful: bool) -> tuple[Finding, ...]:
    head = report.head
    if head["source_quality"] != "official":  # a copy shows its own date
        return ()
    return find_lateness(
        report.year,
        head["level"],
        head["organ_type"],
        head["published"],
        head["written"],
        is_date_doubtful=is_doubtful,
    )


def _edition(store: Store, report: _Report) -> Edition:
    rows = store.db.execute(
        "SELECT field, value, qualifier, state, source, ordinal, quote, flags FROM statistics"
        " WHERE revision = ? AND value IS NOT NULL",
        [report.revision],
    ).fetchall()
    (sentences,) = store.db.execute(
        "SELECT sentences FROM revisions WHERE id = ?", [report.revision]
    ).fetchone()
    return Edition(
        year=report.year,
        form=report.head["form"],
        statistics=[
            Figure._make((field, exact_number(value), *told, _flags(flags)))
            for field, value, *told, flags in rows
        ],
        scope=report.head["scope"],
        sentences=json.loads(sentences),
    )


@cache  # of few sets
def _flags(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))
