"""The period that the words before a number name, where it is not the year of the report.

This module decides part years, cumulative counts and other years.  Whether a report covers its
whole year is for the head of the report to say.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day; ``None`` where the words leave it open."""

    start: str | None = None
    end: str | None = None
    flags: tuple[str, ...] = ()


ANNUAL = Period()
_CUMULATIVE = ("cumulative",)
# "上半年", "前三季度", "第一季度", "下半年"
_PART = re.compile("(上半年|下半年|前三季度|第?一季度|第?二季度|第?三季度|第?四季度)")
_PARTS = {
    "上半年": (1, 6),
    "下半年": (7, 12),
    "前三季度": (1, 9),
    "一季度": (1, 3),
    "二季度": (4, 6),
    "三季度": (7, 9),
    "四季度": (10, 12),
}
# "1-8月份", "2017年5月至12月"
_MONTHS = re.compile(r"(?:(20\d\d)年)?(\d{1,2})月?[-~至到](\d{1,2})月(?!\d)")
# "截至12月15日", "截止到7月底", "截至2017年10月底", "到2011年底"
_UNTIL = re.compile(
    r"(?:截至|截止到?|到)(?:(20\d\d)年)?(?:(\d{1,2})月(?:(\d{1,2})日|底|末)?|(底|末))?"
)
# "自2008年5月1日《条例》施行至2012年底", "2008年5月1日至12月31日"
_FROM_TO = re.compile(
    r"(?P<from>[自从])?(?P<y1>20\d\d)年(?:(?P<m1>\d{1,2})月(?:(?P<d1>\d{1,2})日)?)?[^,。;\d]{0,14}?"
    r"[至到-](?:(?P<y2>20\d\d)年)?(?:(?P<m2>\d{1,2})月(?:(?P<d2>\d{1,2})日)?)?"
)
# "2017年1月至今", "2015年以来"
_SINCE = re.compile(r"(20\d\d)年(?:(\d{1,2})月)?(?:至今|以来)")
_YEAR = re.compile(r"(?<![较比至\d])(20\d\d)年(?!度?(?:相比|同期|工作|至今|以来|底))")


def _last_day(year: int, month: int) -> str:
    return f"{year}-{month:02}-{monthrange(year, month)[1]:02}"


def _months(year: int | None, first: int, last: int) -> Period:
    if year is None or not (1 <= first <= last <= 12):
        return ANNUAL
    return Period(f"{year}-{first:02}-01", _last_day(year, last), ("part_year",))


def _until(match: re.Match[str], year: int | None) -> Period:
    named = int(match[1]) if match[1] else year
    if named is None:
        return Period(None, None, _CUMULATIVE)
    last = _day(named, int(match[2] or 12), int(match[3] or 31))
    return Period(None, last, _CUMULATIVE) if last else ANNUAL


def _from_to(match: re.Match[str]) -> Period | None:
    """The period between two dates: an open count where it spans years, else a part year.

    "由2011年增加到2012年" names no period, nor does "2011年5月至8月", which is left to others.
    """
    first, last = int(match["y1"]), int(match["y2"] or match["y1"])
    if not (match["d1"] or match["d2"] or (match["from"] and match["y2"])) or last < first:
        return None
    since = _day(first, int(match["m1"] or 1), int(match["d1"] or 1))
    until = _day(last, int(match["m2"] or 12), int(match["d2"] or 31))
    if since is None or until is None or until < since:
        return None
    if first < last:
        return Period(since, until, _CUMULATIVE)
    whole = since.endswith("-01-01") and until.endswith("-12-31")
    return ANNUAL if whole else Period(since, until, ("part_year",))


def _day(year: int, month: int, day: int) -> str | None:
    """A day as a date, the last of its month where the month is shorter."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return min(f"{year}-{month:02}-{day:02}", _last_day(year, month))


def read_period(words: str, year: int | None) -> Period:
    """The period that ``words`` name for a number after them, ``ANNUAL`` where none.

    "截至2011年底" is cumulative up to 2011-12-31; "上半年" of 2011 is 2011-01-01 to 2011-06-30.
    """
    part = _PART.search(words) if "半年" in words or "季度" in words else None
    if part:
        return _months(year, *_PARTS[part[1].removeprefix("第")])
    spans = _FROM_TO.search(words) if "至" in words or "到" in words else None
    if spans and (period := _from_to(spans)):
        return period
    months = _MONTHS.search(words) if "月" in words else None
    if months:
        named = int(months[1]) if months[1] else year
        whole = (int(months[2]), int(months[3])) == (1, 12)
        return ANNUAL if whole else _months(named, int(months[2]), int(months[3]))
    since = _SINCE.search(words) if "至今" in words or "以来" in words else None
    if since:
        return Period(f"{since[1]}-{int(since[2] or 1):02}-01", None, _CUMULATIVE)
    if "截" in words or "到20" in words:
        for until in _UNTIL.finditer(words):
            if until[1] or until[2]:
                return _until(until, year)
    if "历年累计" in words or "条例》施行以来" in words:
        return Period(None, None, _CUMULATIVE)
    named_years = _YEAR.findall(words)
    if year and named_years and int(named_years[-1]) != year:
        other = named_years[-1]
        return Period(f"{other}-01-01", f"{other}-12-31", ("other_year",))
    return ANNUAL
