"""When a known document is asked for again, and in which order.

This module decides the interval from the age of what the page shows and from how often it has
changed: most corrections come soon after publication, and pages that have changed before
change again.  A report of 2009 is old on the day on which it is first fetched.

What no validators confirm has to be had whole to be compared, and is asked for with restraint.
A file that a download program sends waits for its page, which says where it is: as long as that
stays as it is, the file is asked for once a quarter.  Of old pages that a program makes a visit of
everything asks for a sample, the longest unseen first, and for the others once one page of the
portal is no longer as it was: where one old report is edited, others often are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from zlib import crc32

from archive.visits import HeldBody, Visited
from crawler.windows import http_date

DAY = timedelta(days=1)
STAGES = ((14 * DAY, 1 * DAY), (180 * DAY, 7 * DAY))
"""Age of the state shown, and the interval up to that age; after the last, quarterly."""

QUARTERLY = 91 * DAY
SPREAD_DAYS = 14
"""So many days sooner or later a quarter may end, by address: see ``_turn``."""

VERIFY_AFTER = 365 * DAY
"""A body older than this is asked for in full: a server's validators may be wrong."""

SAMPLE, SAMPLE_LEAST = 5, 12
"""One in so many old pages that nobody confirms is asked for in a visit, and how many at least."""

NIGHTLY_SLACK = timedelta(hours=6)
"""What a nightly run may come sooner to a page than the night before, and still find it due."""

CLOCK_SLACK = timedelta(minutes=1)
"""A body that was changed so shortly before it was sent bears the moment of its making."""


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


def can_be_confirmed(held: HeldBody) -> bool:
    """Return whether the server can say that a body is unchanged, without sending it."""
    if held.etag is not None or held.last_modified is None:
        return held.etag is not None
    modified = http_date(held.last_modified)
    return modified is not None and modified < _moment(held.original.captured_at) - CLOCK_SLACK


def rests_on_page(visited: Visited) -> bool:
    """Return whether only the page of a file can say that nothing about it is new."""
    held = visited.held
    is_file = visited.role == "attachment" and visited.parent_url is not None
    return is_file and held is not None and not can_be_confirmed(held)


def waiting_files(documents: Sequence[Visited], now: datetime) -> Mapping[str, Sequence[Visited]]:
    """Return by page the files that are asked for when it is no longer what it was.

    A file that has not been asked for since its page became what it is does not wait.
    """
    pages = {page.url: page for page in documents if page.role != "attachment"}
    files: dict[str, list[Visited]] = {}
    for file in documents:
        page = pages.get(file.parent_url or "")
        if page is None or not rests_on_page(file) or overdue(file, now) >= 1:
            continue
        if page.changed_at is None or file.last_asked >= page.changed_at:
            files.setdefault(page.url, []).append(file)
    return files


def left_out(documents: Iterable[Visited], now: datetime) -> list[Visited]:
    """Return the old pages that a visit of everything leaves for a later one.

    They are not due, nobody confirms them, and they are not in the sample.
    """
    old = [
        one
        for one in documents
        if one.held is not None
        and not (can_be_confirmed(one.held) or rests_on_page(one))
        and interval(one, now) >= QUARTERLY
    ]
    old.sort(key=lambda one: (one.last_asked, one.url))
    sample = max(SAMPLE_LEAST, ceil(len(old) / SAMPLE))
    return [page for page in old[sample:] if overdue(page, now) < 1]


def interval(visited: Visited, now: datetime) -> timedelta:
    """Return how long to leave a document alone: shorter when it is new or has changed often."""
    age = now - shown_since(visited)
    stages = () if rests_on_page(visited) else STAGES
    stage = next((pause for limit, pause in stages if age < limit), QUARTERLY)
    return max(DAY, stage / (1 + visited.changes))


def _turn(url: str) -> timedelta:
    """Return what makes a quarter shorter or longer for one address.

    A portal that was crawled in one night would otherwise come due in one night, every quarter.
    """
    return (crc32(url.encode()) % (2 * SPREAD_DAYS + 1) - SPREAD_DAYS) * DAY


def overdue(visited: Visited, now: datetime) -> float:
    """Return how many intervals ago a document was last asked for; it is due from 1 on."""
    pause = interval(visited, now)
    if pause >= QUARTERLY:
        pause += _turn(visited.url)
    return (now + NIGHTLY_SLACK - _moment(visited.last_asked)) / pause


def choose_due(documents: Iterable[Visited], now: datetime, most: int) -> list[Visited]:
    """Return the documents that are due, the most overdue first, no more than ``most``."""
    waiting = sorted((-overdue(visited, now), visited.url, visited) for visited in documents)
    return [visited for late, _, visited in waiting if late <= -1][:most]


def must_verify(visited: Visited, now: datetime) -> bool:
    """Return whether the body itself must be seen again, whatever the server says."""
    held = visited.held
    return held is not None and now - _moment(held.original.captured_at) > VERIFY_AFTER
