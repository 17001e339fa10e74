"""When a host may be asked: hours of the day, and pauses that a server asks for.

This module decides what ``NIGHT_WINDOW``, a Visit-time in robots.txt and a Retry-After header
mean.  It leaves obeying them to ``crawler.gate``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

# "22:00-06:00"
_TIME = r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*"
_WINDOW = re.compile(f"{_TIME}-{_TIME}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day in one time zone; where it ends before it begins it spans midnight."""

    begin: time
    end: time
    zone: tzinfo

    def covers(self, moment: datetime) -> bool:
        """Return whether a moment lies within the hours."""
        at = moment.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M} {self.zone}"


def read_window(text: str) -> Window | None:
    """Return the hours, Beijing time, that ``22:00-06:00`` names; ``None`` for an empty text.

    Raises:
        ValueError: the text names no hours.
    """
    if not text.strip():
        return None
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"NIGHT_WINDOW must be like 22:00-06:00, is {text!r}")
    hours = [int(part) for part in found.groups()]
    return Window(time(hours[0], hours[1]), time(hours[2], hours[3]), BEIJING)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, ``None`` where it says nothing.

    Source: RFC 9110, 10.2.3 (seconds or an HTTP date).
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """Return the moment that a date in a header names, ``None`` where it is none.

    One without a time zone is in GMT, as all of them should be.

    Source: RFC 9110, 5.6.7.
    """
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
