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
    month = int(match[2]) if match[2] else 12
    if not 1 <= month <= 12:
        return ANNUAL
    last = _last_day(named, month)
    if match[3] and 1 <= int(match[3]) <= int(last[-2:]):
        last = f"{last[:8]}{int(match[3]):02}"
    return Period(None, last, _CUMULATIVE)


def read_period(words: str, year: int | None) -> Period:
    """The period that ``words`` name for a number after them, ``ANNUAL`` where none.

    "截至2011年底" is cumulative up to 2011-12-31; "上半年" of 2011 is 2011-01-01 to 2011-06-30.
    """
    part = _PART.search(words) if "半年" in words or "季度" in words else None
    if part:
        return _months(year, *_PARTS[part[1].removeprefix("第")])
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
