"""Dates as they are printed on Chinese government pages.

Decides which characters are a date and how precise it is.  Leaves to others what a date is
about (publication, signature, period).  A date is an ISO string whose length shows its
precision: ``2018``, ``2018-02``, ``2018-02-27``.  A date that no calendar has is no date.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1949, 2099

# The many zeros of a year in words: 二○一七, 二〇一七, 二零一七, 二0一七, 二O一七.
_YEAR_DIGITS = str.maketrans("〇○零ＯOo一二三四五六七八九", "000000123456789")
_UNITS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}

_GAP = r"[ \xa0\u3000]?"
_YEAR = r"(?P<year>[0-9０-９〇○零ＯOo一二三四五六七八九]{4})"
_MONTH = r"(?P<month>[0-9０-９]{1,2}|十[一二]?|[一二三四五六七八九元])"
_DAY = (
    r"(?P<day>[0-9０-９]{1,2}|[二三]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?"
    r"|[一二三四五六七八九])"
)
# 2018年2月27日, 二○一二年二月二十日, 2018 年 2 月, 2018年
_IN_WORDS = re.compile(
    rf"(?<![0-9０-９]){_YEAR}{_GAP}年(?:{_GAP}{_MONTH}{_GAP}月(?:{_GAP}{_DAY}{_GAP}[日号])?)?"
)
# 2018-01-08, 2018/1/8, 2018.01.08, ２０１８－０１－０８, 2018——01——08
_IN_DIGITS = re.compile(
    rf"(?<![0-9０-９])(?P<year>[0-9０-９]{{4}}){_GAP}(?P<mark>[-/.－–―／．]|—{{1,2}}){_GAP}"
    rf"(?P<month>[0-9０-９]{{1,2}}){_GAP}(?P=mark){_GAP}(?P<day>[0-9０-９]{{1,2}})(?![0-9０-９])"
)
# 2018-02 and 2018: dates only where nothing else is printed.
_SHORT = re.compile(r"(?P<year>[0-9０-９]{4})(?:[-/.](?P<month>[0-9０-９]{1,2}))?(?:度)?")
# What may follow a date in its own cell: 09:06:51, T09:06, 星期三, 度 (of 2018年度)
_AFTER = re.compile(
    r"[ \xa0\u3000T]*(?:[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?(?:\.[0-9]+)?)?[ ,]*(?:星期.)?度?"
)


_TIME = re.compile(r"[ \xa0\u3000T]+[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?$")
# 2021926, 20101231, 2021年926日, 20219月26日: every way to part what stands behind the year
_BARE = tuple(
    re.compile(
        rf"(?P<year>[0-9０-９]{{4}})年?(?P<month>[0-9０-９]{{{month}}})月?"
        rf"(?P<day>[0-9０-９]{{{day}}})[日号]?"
    )
    for month in (1, 2)
    for day in (1, 2)
)
_LONGEST_BARE = 11


class FoundDate(NamedTuple):
    """A date in a text: its span and its ISO form."""

    start: int
    end: int
    iso: str


def parse_date(text: str) -> str | None:
    """Return the one date that ``text`` consists of, or ``None``.

    A time of day and a weekday may follow: ``"2018-01-08 09:06:51"`` gives ``2018-01-08``.
    """
    printed = text.strip()
    for pattern in (_IN_DIGITS, _IN_WORDS):
        match = pattern.match(printed)
        if match and _AFTER.fullmatch(printed, match.end()):
            return _iso(match)
    if short := _SHORT.fullmatch(printed):
        return _iso(short)
    without_time = _TIME.sub("", printed)
    if len(without_time) == 8 or not without_time.isdigit():
        return parse_bare_date(without_time)
    return None


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """Return every date in a running text, in order; bare numbers are not dates there."""
    found = [
        FoundDate(match.start(), match.end(), iso)
        for pattern in (_IN_WORDS, _IN_DIGITS)
        for match in pattern.finditer(text)
        if (iso := _iso(match)) is not None
    ]
    return tuple(sorted(found))


def parse_bare_date(printed: str) -> str | None:
    """Return the date that has lost its 年, 月 or 日, or ``None`` where two readings stand.

    For places where only a date can be: ``"2021926"`` and ``"2021年926日"`` are ``2021-09-26``,
    and ``"2021111"`` (1 November or 11 January) is no date.
    """
    bare = re.sub(r"\s", "", printed)
    if len(bare) > _LONGEST_BARE:
        return None
    readings = {
        _compose(int(found["year"]), int(found["month"]), int(found["day"]))
        for pattern in _BARE
        if (found := pattern.fullmatch(bare))
    }
    readings.discard(None)
    return readings.pop() if len(readings) == 1 else None


def _iso(match: re.Match[str]) -> str | None:
    """Return the ISO form of a matched date, or ``None`` where the calendar has no such day."""
    parts = match.groupdict()
    year = parts["year"].translate(_YEAR_DIGITS)
    return _compose(int(year), _number(parts.get("month")), _number(parts.get("day")))


def _compose(year: int, month: int | None, day: int | None) -> str | None:
    """Return the ISO string of a date with the parts that are known."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    known = f"{year:04}"
    if month is not None:
        known += f"-{month:02}"
    return known if day is None else f"{known}-{day:02}"


def _number(printed: str | None) -> int | None:
    """Return a month or day: ``"8"`` and ``"八"`` are 8, ``"二十七"`` and ``"廿七"`` are 27."""
    if printed is None:
        return None
    if printed.isdigit():
        return int(printed)
    if printed == "元":
        return 1
    tens, ten, units = printed.replace("廿", "二十").replace("卅", "三十").rpartition("十")
    return (10 * _UNITS.get(tens, 1) if ten else 0) + _UNITS.get(units, 0)
