"""Why a request is made: what the spider knows and the exchange will not say.

This module decides how that knowledge travels with a request.  It leaves storing it to
``middlewares.capture``.
"""

from __future__ import annotations

from dataclasses import dataclass

from scrapy.http import Request

from archive.ingest import Outcome
from archive.reading import Reading
from parsers.model import Link, Role

META_KEY = "asked"
OUTCOME_KEY = "outcome"  # what archive.ingest made of the capture


@dataclass(frozen=True, slots=True)
class Asked:
    """The reason for one request; it stays the same over retries and redirects."""

    role: Role = "other"
    portal: str | None = None
    parent_url: str | None = None
    link_text: str | None = None
    link_date: str | None = None


def asked_of(request: Request) -> Asked:
    """Return the reason given with the request, or an empty one."""
    asked = request.meta.get(META_KEY)
    return asked if isinstance(asked, Asked) else Asked()


def outcome_of(request: Request) -> str | None:
    """Return what became of the capture, if it was ingested now."""
    outcome = request.meta.get(OUTCOME_KEY)
    return outcome.name if isinstance(outcome, Outcome) else None


def reading_of(request: Request) -> Reading | None:
    """Return the page as read when its capture was ingested, if it was."""
    outcome = request.meta.get(OUTCOME_KEY)
    return outcome.reading if isinstance(outcome, Outcome) else None


def attachments_of(request: Request) -> tuple[Link, ...]:
    """Return what the page attaches."""
    reading = reading_of(request)
    return reading.document.attachments if reading else ()
