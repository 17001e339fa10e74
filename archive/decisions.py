"""What people have decided about the archive, beside the WARC files: it survives every rebuild.

``reviews.jsonl`` holds verdicts on findings and changes, one line each, append-only.
``identity.toml`` says to which report a document belongs where the documents themselves do not
say, or that it stands apart, and which two ids mean one body.  This module decides how both are written; ``settle_identity``
applies the second after everything else, so the order in which captures arrive does not matter.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from archive.disk import DISK
from archive.errors import BrokenArchive
from archive.identity import document_name
from archive.ids import short_digest
from archive.ledger import refresh_document
from archive.store import Store

REVIEWS = "reviews.jsonl"
IDENTITY = "identity.toml"
APART = "apart"
Verdict = Literal["confirmed", "wrong", "unclear"]


@dataclass(frozen=True, slots=True)
class Review:
    """A person's verdict on a finding or change, by its key."""

    target: str
    verdict: Verdict
    reviewer: str
    reviewed_at: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A decision that two ids mean one body, whose reports stand under ``same_as``."""

    body: str
    same_as: str
    decided_on: str
    reason: str
    decider: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The decisions of ``identity.toml``."""

    assignments: tuple[Assignment, ...] = ()
    merges: tuple[Merge, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A decision that a document (key or address) belongs to ``report``, or stands ``apart``."""

    document: str
    report: str
    reason: str
    decider: str


def read_reviews(directory: Path) -> list[Review]:
    """Return every verdict; a torn last line is none.

    Raises:
        BrokenArchive: a line is no verdict.
    """
    path = directory / REVIEWS
    whole, _, _ = (path.read_bytes() if path.exists() else b"").rpartition(b"\n")
    return [_review(line, number) for number, line in enumerate(whole.splitlines(), 1) if line]


def _review(line: bytes, number: int) -> Review:
    try:
        review = Review(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise BrokenArchive(REVIEWS, None, f"line {number} is no verdict: {error}") from error
    if review.verdict not in get_args(Verdict):
        raise BrokenArchive(REVIEWS, None, f"line {number}: {review.verdict!r} is no verdict")
    return review


def write_review(directory: Path, review: Review) -> None:
    """Add a verdict, on the platter when this returns; what is left of a torn line is cut off."""
    line = json.dumps(asdict(review), ensure_ascii=False).encode() + b"\n"
    DISK.add_lines(directory / REVIEWS, [line])


def read_identity(directory: Path) -> Identity:
    """Return the decisions about bodies and about the reports of documents.

    Raises:
        BrokenArchive: the file cannot be understood.
    """
    path = directory / IDENTITY
    if not path.exists():
        return Identity()
    try:
        return _identity(tomllib.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise BrokenArchive(IDENTITY, None, f"cannot be understood: {error}") from error


def _identity(tables: dict[str, Any]) -> Identity:
    assignments = tuple(Assignment(**entry) for entry in tables.pop("document", []))
    merges = tuple(
        Merge(**entry | {"decided_on": str(entry.get("decided_on"))})
        for entry in tables.pop("body", [])
    )
    if tables:
        raise ValueError(f"unknown: {', '.join(tables)}")
    return Identity(assignments, merges)


def settle_identity(store: Store, assignments: Sequence[Assignment]) -> None:
    """Move documents to the reports they were assigned to; ``verify`` says which cannot be."""
    for one in assignments:
        document = store.document_named(one.document, document_name(one.document))
        known = one.report == APART or store.has_body(one.report)
        if document is not None and known and store.assign_document(document, target_of(one)):
            refresh_document(store, document)


def target_of(assignment: Assignment) -> str:
    """Return the report key that an assignment means."""
    if assignment.report != APART:
        return assignment.report
    return f"u{short_digest(document_name(assignment.document))}/{APART}"
