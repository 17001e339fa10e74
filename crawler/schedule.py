"""When a known document is asked for again, and in which order.

This module decides the interval from the age of what the page shows and from how often it has
changed: most corrections come soon after publication, and pages that have changed before
change again.  A report of 2009 is old on the day on which it is first fetched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from archive.visits import Visited

DAY = timedelta(days=1)
STAGES = ((14 * DAY, 1 * DAY), (180 * DAY, 7 * DAY))
"""Age of the state shown, and the interval up to that age; after the last, quarterly."""

QUARTERLY = 91 * DAY
VERIFY_AFTER = 365 * DAY
"""A body older than this is asked for in full: a server's validators may be wrong."""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def shown_since(visited: Visited) -> datetime:
    """Return since when a document shows what it shows, as far as that is known."""
    first = _moment(visited.changed_at or visited.first_asked)
    if visited.changes or visited.published is None:
        return first
    try:
        printed = datetime.fromisoformat(visited.published[:10]).replace(tzinfo=UTC)
    except ValueError:  # only a year or a month
        return first
    return min(first, printed)


def interval(visited: Visited, now: datetime) -> timedelta:
    """Return how long to leave a document alone: shorter when it is new or has changed often."""
    age = now - shown_since(visited)
    stage = next((pause for limit, pause in STAGES if age < limit), QUARTERLY)
    return max(DAY, stage / (1 + visited.changes))


def overdue(visited: Visited, now: datetime) -> float:
    """Return how many intervals ago a document was last asked for; it is due from 1 on."""
    return (now - _moment(visited.last_asked)) / interval(visited, now)


def choose_due(documents: Iterable[Visited], now: datetime, most: int) -> list[Visited]:
    """Return the documents that are due, the most overdue first, no more than ``most``."""
    waiting = sorted((-overdue(visited, now), visited.url, visited) for visited in documents)
    return [visited for late, _, visited in waiting if late <= -1][:most]


def must_verify(visited: Visited, now: datetime) -> bool:
    """Return whether the body itself must be seen again, whatever the server says."""
    held = visited.held
    return held is not None and now - _moment(held.original.captured_at) > VERIFY_AFTER
