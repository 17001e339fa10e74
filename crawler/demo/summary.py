"""What the demo archive holds, next to what it must hold.

This module decides what the demo prints and whether it went well.  It reads the finished
database only; how it came to be is the crawl's and the archive's.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

LISTED = 30
"""Things of one kind that the summary lists."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A report as found: whose, which year, in which form, on which portal."""

    portal: str
    subject: str
    year: int
    form: str


@dataclass(frozen=True, slots=True, order=True)
class Seen:
    """A change as seen; addresses are cut down to their path."""

    subject: str
    year: int
    kind: str
    item: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """A finding of severity error or warning."""

    subject: str
    year: int
    rule: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the archive says: reports, repairs by report and rule, doubts, changes."""

    reports: tuple[Found, ...]
    repairs: Mapping[tuple[str, int], Mapping[str, int]]
    doubts: tuple[Doubt, ...]
    changes: tuple[Seen, ...]
    captures: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What the archive must say, from ``expected.toml``."""

    reports: frozenset[Found]
    changes: frozenset[Seen]
    contradictions: tuple[tuple[str, int, tuple[str, ...]], ...]
    repaired: frozenset[tuple[str, int]] = field(default=frozenset())


def read_expected() -> Expected:
    """Return what the archive must say after both editions."""
    text = files("crawler.demo").joinpath("expected.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return Expected(
        reports=frozenset(Found(**row) for row in data["report"]),
        changes=frozenset(Seen(**row) for row in data["change"]),
        contradictions=tuple(
            (row["subject"], row["year"], tuple(row["fields"])) for row in data["contradiction"]
        ),
        repaired=frozenset((row["subject"], row["year"]) for row in data["repaired"]),
    )


def read_summary(archive: Path) -> Summary:
    """Return what the database of the archive says."""
    db = Database(archive / "archive.db")
    reports = {row["key"]: row for row in _rows(db, "reports")}
    portals = {row["key"]: row["portal"] or "" for row in _rows(db, "documents")}
    shown = {row["revision"]: key for key, row in reports.items()}
    repairs: dict[tuple[str, int], Counter[str]] = {}
    for row in _rows(db, "repairs"):
        report = reports.get(shown.get(row["revision"], ""))
        if report is not None:
            counts = repairs.setdefault(_name(report), Counter())
            counts[row["rule"]] += 1
    summary = Summary(
        reports=tuple(
            sorted(
                Found(portals.get(row["document"], ""), *_name(row), row["form"])
                for row in reports.values()
            )
        ),
        repairs=repairs,
        doubts=tuple(
            sorted(
                Doubt(
                    *_name(reports[shown[row["revision"]]]),
                    row["rule"],
                    row["message"],
                    tuple(json.loads(row["fields"])),
                )
                for row in _rows(db, "findings")
                if row["severity"] != "notice" and row["revision"] in shown
            )
        ),
        changes=tuple(
            sorted(
                Seen(
                    *_name(reports[row["report"]]),
                    row["kind"],
                    row["item"],
                    _path(row["before"]),
                    _path(row["after"]),
                )
                for row in _rows(db, "changes")
                if row["cause"] == "source" and row["report"]
            )
        ),
        captures=db["captures"].count,
    )
    db.close()
    return summary


def find_failures(summary: Summary, expected: Expected) -> tuple[str, ...]:
    """Return a line for everything that is missing from the archive or too much in it."""
    return (
        *_differences("report", expected.reports, summary.reports),
        *_differences("change", expected.changes, summary.changes),
        *_missing_doubts(summary, expected),
        *(
            f"not repaired: {subject} {year}"
            for subject, year in sorted(expected.repaired - summary.repairs.keys())
        ),
    )


def write_summary(summary: Summary) -> Iterator[str]:
    """Yield the lines that tell a reader what the two crawls found, the first of each kind."""
    yield f"Reports found: {len(summary.reports)} (from {summary.captures} captures)"
    yield from _first(
        f"{one.portal:<12} {one.subject} {one.year}  {one.form}" for one in summary.reports
    )
    yield f"Pages repaired: {len(summary.repairs)}"
    yield from _first(
        f"{subject} {year}: " + ", ".join(f"{n} × {rule}" for rule, n in sorted(rules.items()))
        for (subject, year), rules in sorted(summary.repairs.items())
    )
    yield f"Doubts: {len(summary.doubts)}"
    yield from _first(
        f"{one.subject} {one.year}  {one.rule}: {one.message}" for one in summary.doubts
    )
    yield f"Changes between the editions: {len(summary.changes)}"
    yield from _first(
        f"{one.subject} {one.year}  {one.kind} {one.item}: "
        + " → ".join(part or "—" for part in (one.before, one.after))
        for one in summary.changes
    )


def _first(lines: Iterable[str]) -> Iterator[str]:
    """Yield the first lines, how many more there are, and an empty one."""
    rest = iter(lines)
    yield from (f"  {line}" for line in islice(rest, LISTED))
    more = sum(1 for _ in rest)
    yield from (f"  … and {more} more", "") if more else ("",)


def _rows(db: Database, table: str) -> Iterable[Mapping[str, Any]]:
    return db[table].rows


def _name(report: Mapping[str, Any]) -> tuple[str, int]:
    """Whose report of which year; what was not read stands as empty and 0."""
    return str(report["subject"] or ""), int(report["year"] or 0)


def _path(text: str | None) -> str:
    """A change's value; of an address only the path and query, since the port varies."""
    if text is None or not text.startswith("http://"):
        return text or ""
    parts = urlsplit(text)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _differences(noun: str, expected: Iterable[object], found: Iterable[object]) -> Iterator[str]:
    wanted, counted = Counter(expected), Counter(found)
    for thing in wanted - counted:
        yield f"missing {noun}: {thing}"
    for thing in counted - wanted:
        yield f"unexpected {noun}: {thing}"


def _missing_doubts(summary: Summary, expected: Expected) -> Iterator[str]:
    """Planted contradictions without a finding, and findings where nothing was planted."""
    planted = {(subject, year) for subject, year, _ in expected.contradictions}
    explained = planted | expected.repaired
    for subject, year, fields in expected.contradictions:
        if not any(
            (doubt.subject, doubt.year) == (subject, year) and set(fields) <= set(doubt.fields)
            for doubt in summary.doubts
        ):
            yield f"no finding about {', '.join(fields)}: {subject} {year}"
    for doubt in summary.doubts:
        if (doubt.subject, doubt.year) not in explained:
            yield f"unexpected doubt: {doubt.subject} {doubt.year} {doubt.rule}: {doubt.message}"
