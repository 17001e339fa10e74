"""One report of a body beside the next: what carries over, what jumps, what was copied, what is late.

Pure functions over the statistics and dates of reports that others have chosen as consecutive.
This module decides which relations hold between two years and when a report was due; it leaves
to ``archive`` which documents stand for a year.  A relation that does not hold is a doubt about
two reports, never a correction of one.
Source: Regulation of 2007 art. 31; revised Regulation of 2019 arts. 49 and 50.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple, TypeVar

from parsers.forms import BREAKS, CONCEPTS
from parsers.forms.source import load
from parsers.model import (
    Finding,
    FormName,
    Level,
    Number,
    OrganType,
    Qualifier,
    Scope,
    State,
    Statistic,
)
from parsers.numbers import fold

_INCOMPARABLE = frozenset(("part_year", "cumulative", "other_year", "change_rate"))
_CUMULATIVE = "_cumulative"
_FIRST_YEAR_OF_NEW_RULE = 2019
_MIGRATION_GAP = timedelta(days=60)
_MIGRATION_DELAY = timedelta(days=365)
_LEVELS_WITH_DEPARTMENTS = frozenset(("national", "province", "prefecture", "county"))
_SAME_DAY = 3
_LEAST_SENTENCE, _LEAST_SENTENCES, _COPIED_SHARE = 15, 10, 0.8
_LEAST_FIGURE, _COPIED_FIGURES = 10, 2
# "2017年", "2017—2019年" differ between reports and say nothing
_YEARS = re.compile(r"20\d\d")
# ".../t20120418_80716.htm", ".../post_7943260.html", ".../art_46355_1634538.html"
_SERIAL = re.compile(r"(\d{4,9})\.[a-z]{3,5}$")


class Figure(NamedTuple):
    """What relations between years need of a ``Statistic``; its fields mean the same."""

    field: str
    value: Number | None
    qualifier: Qualifier
    state: State
    source: str
    ordinal: int
    quote: str
    flags: tuple[str, ...]


F = TypeVar("F", bound=Figure | Statistic)


@dataclass(frozen=True)
class Edition:
    """The report of one body for one year, as relations between years need it.

    It is compared with the year before and with the year after: what both need is kept.
    """

    year: int
    form: FormName
    statistics: Sequence[Figure] | Sequence[Statistic]
    scope: Scope = "unknown"
    sentences: Sequence[str] = ()

    @cached_property
    def exact(self) -> dict[str, Number]:
        """The canonical values that may be reckoned with: exact counts of the whole year."""
        usable = [
            one
            for one in self.statistics
            if one.qualifier == "exact" and _INCOMPARABLE.isdisjoint(one.flags)
        ]
        return {f: s.value for f, s in canonical(usable).items() if s.value is not None}

    @cached_property
    def plain(self) -> list[str]:
        """The sentences without spaces and years."""
        return _plain(self.sentences)

    @cached_property
    def told(self) -> dict[str, tuple[tuple[str, Number], ...]]:
        """The figures of each sentence that prints any of two digits or more, by its words."""
        printed = [
            (one.quote, one.field, one.value)
            for one in self.statistics
            if one.source == "narrative" and one.state == "printed" and one.value is not None
        ]
        quotes = list(dict.fromkeys(quote for quote, *_ in printed))
        plain = dict(zip(quotes, _plain(quotes), strict=True))
        found: dict[str, tuple[tuple[str, Number], ...]] = {}
        for quote, field, value in printed:
            found[plain[quote]] = (*found.get(plain[quote], ()), (field, value))
        return {
            quote: values
            for quote, values in found.items()
            if any(v >= _LEAST_FIGURE for _, v in values)
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as a portal shows it: its address, the year it covers and the day on the page."""

    url: str
    year: int
    published: str


def canonical(statistics: Iterable[F]) -> dict[str, F]:
    """The one value of each field that stands for the report.

    A number before none, a whole year before a part of one, a printed number before an inferred
    one, a table before a sentence, the first before later ones.
    """
    best: dict[str, F] = {}
    for one in statistics:
        known = best.get(one.field)
        if known is None or _rank(one) < _rank(known):
            best[one.field] = one
    return best


def _rank(one: Figure | Statistic) -> tuple[object, ...]:
    return (
        one.value is None,
        not _INCOMPARABLE.isdisjoint(one.flags),
        one.source == "inferred",
        one.source == "narrative",
        len(one.source),
        one.source,
        one.ordinal,
    )


def compare_years(before: Edition, after: Edition) -> tuple[Finding, ...]:
    """The findings about two reports of one body, the second for the year after the first.

    Empty where the years do not follow one another.  Reports of two known and different scopes
    are compared by their words only.
    """
    if after.year != before.year + 1:
        return ()
    found = list(_find_copied(before, after))
    if before.scope == after.scope or "unknown" in (before.scope, after.scope):
        found += _check_relations(before.year, before.exact, after.exact)
        found += _check_cumulative(before.year, before.exact, after.exact)
        found += _find_jumps(before, after)
    return tuple(found)


def _check_relations(
    year: int, old: Mapping[str, Number], new: Mapping[str, Number]
) -> Iterator[Finding]:
    for relation in load("series")["relations"]:
        now, before = relation["now"], relation["before"]
        plus, less = relation.get("plus", []), relation.get("less", [])
        if not all(f in new for f in (now, *plus, *less)) or not all(f in old for f in before):
            continue
        expected: Number = 0
        for field in before:
            expected = expected + old[field]
        for field in plus:
            expected = expected + new[field]
        for field in less:
            expected = expected - new[field]
        if new[now] != expected:
            terms = _terms(year, [old[f] for f in before], [new[f] for f in plus])
            terms += "".join(f" - {new[f]}" for f in less)
            yield _mismatch(relation["id"], now, (year, new[now], terms, expected), (*plus, *less))


def _terms(year: int, old: Sequence[Number], new: Sequence[Number]) -> str:
    printed = " + ".join(str(v) for v in old)
    return " + ".join((f"{printed} of {year}", *(str(v) for v in new)))


def _mismatch(
    rule: str, field: str, numbers: tuple[int, Number, str, Number], others: Sequence[str]
) -> Finding:
    year, value, terms, expected = numbers
    message = (
        f"{field} {value} of {year + 1} does not agree with {terms} = {expected};"
        f" difference {abs(value - expected)}"
    )
    return Finding(rule, "warning", message, (field, *others))


def _check_cumulative(
    year: int, old: Mapping[str, Number], new: Mapping[str, Number]
) -> Iterator[Finding]:
    """历年累计 grows by the count of the year."""
    for field, value in new.items():
        base = field.removesuffix(_CUMULATIVE)
        if base == field or base not in new or field not in old:
            continue
        expected = old[field] + new[base]
        if value != expected:
            terms = _terms(year, [old[field]], [new[base]])
            yield _mismatch("cumulative_grows", field, (year, value, terms, expected), (base,))


def _find_jumps(before: Edition, after: Edition) -> Iterator[Finding]:
    """Concepts that are many times what they were, where the two years may be compared."""
    jump = load("series")["jump"]
    broken = {c for b in BREAKS if before.year < b.year <= after.year for c in b.concepts}
    for concept in CONCEPTS.values():
        if concept.id in broken and concept.comparability != "exact":
            continue
        fields = concept.fields.get(before.form, ()), concept.fields.get(after.form, ())
        one, other = _sum_of(fields[0], before.exact), _sum_of(fields[1], after.exact)
        if one is None or other is None:
            continue
        low, high = sorted((one, other))
        if high - low >= jump["least"] and high >= jump["ratio"] * max(low, 1):
            message = (
                f"{concept.id} is {other} for {after.year} and {one} for {before.year},"
                f" which does not agree with the usual course; difference {high - low}"
            )
            yield Finding("unusual_jump", "notice", message, fields[1])


def _sum_of(fields: Sequence[str], values: Mapping[str, Number]) -> Number | None:
    total: Number = 0
    for field in fields:
        if field not in values:
            return None
        total = total + values[field]
    return total if fields else None


def _plain(sentences: Sequence[str]) -> list[str]:
    """Sentences without spaces and years, by which they are known again."""
    joined = "\0".join(sentence.replace("\0", "") for sentence in sentences)
    plain = _YEARS.sub("", "".join(fold(joined).split()))
    return plain.split("\0") if sentences else []


def _find_copied(before: Edition, after: Edition) -> Iterator[Finding]:
    """Sentences that come back: with the same figures, or nearly all of the text."""
    old, new = before.told, after.told
    figures = [quote for quote, values in new.items() if old.get(quote) == values]
    if len(figures) >= _COPIED_FIGURES:
        message = (
            f"{len(figures)} sentences repeat their figures of {before.year}, which does not agree"
            f" with a count of {after.year}: {figures[0][:60]}"
        )
        fields = dict.fromkeys(f for quote in figures for f, _ in new[quote])
        yield Finding("figures_copied", "notice", message, tuple(fields))
    known = set(before.plain)
    now = [sentence for sentence in after.plain if len(sentence) >= _LEAST_SENTENCE]
    same = sum(s in known for s in now)
    if len(now) >= _LEAST_SENTENCES and same >= _COPIED_SHARE * len(now):
        message = f"{same} of {len(now)} sentences are those of {before.year}"
        yield Finding("text_copied", "notice", message)


def due_date(year: int, level: Level, organ_type: OrganType) -> date | None:
    """The last day on which the report of a year is in time; ``None`` where the duty is unclear.

    Townships, zones, institutions and vertical bodies have a certain date for the years to 2018 only.
    Source: Regulation of 2007 art. 31; revised Regulation art. 49 (departments, 31 January) and
    art. 50 (governments, 31 March).
    """
    if year < _FIRST_YEAR_OF_NEW_RULE:
        return date(year + 1, 3, 31)
    if level not in _LEVELS_WITH_DEPARTMENTS:
        return None
    if organ_type in ("department", "general_office"):
        return date(year + 1, 1, 31)
    return date(year + 1, 3, 31) if organ_type == "government" else None


def find_lateness(
    year: int | None,
    level: Level,
    organ_type: OrganType,
    published: str | None,
    written: str | None,
    *,
    is_date_doubtful: bool = False,
) -> tuple[Finding, ...]:
    """A finding where a report was shown after it was due: ``late``, or ``date_uncertain``.

    Shown dates are often those of a migration.  Lateness is uncertain where the portal makes the
    date doubtful (``doubtful_dates``), where a signature in time is more than 60 days older than
    the shown date, where an unsigned report is shown a year late or more, and where the shown
    date is a month or a year in which the report was due.
    """
    shown, signed = _days(published), _days(written)
    due = due_date(year, level, organ_type) if year else None
    if shown is None or due is None or shown[1] <= due:
        return ()
    late = f"shown {published}, due {due}"
    if signed and signed[0] > due:
        return (Finding("late", "warning", f"{late}, signed {written}"),)
    if shown[0] <= due:
        reason = "only the month or year is shown"
    elif is_date_doubtful:
        reason = "the portal shows other reports out of order or on the same day"
    elif signed and shown[0] - signed[1] > _MIGRATION_GAP:
        reason = f"signed {written}, in time and more than 60 days before"
    elif not signed and shown[0] - due > _MIGRATION_DELAY:
        reason = "more than a year late and without a signature"
    else:
        words = f", signed {written} in time" if signed else ""
        return (Finding("late", "warning", late + words),)
    return (Finding("date_uncertain", "notice", f"{late}: {reason}"),)


def _days(printed: str | None) -> tuple[date, date] | None:
    """The first and last day that a date of any precision may mean."""
    parts = [int(p) for p in (printed or "")[:10].split("-") if p.isdigit()]
    try:
        match parts:
            case [year]:
                return date(year, 1, 1), date(year, 12, 31)
            case [year, month]:
                return date(year, month, 1), date(year, month, monthrange(year, month)[1])
            case [year, month, day]:
                return date(year, month, day), date(year, month, day)
    except ValueError:
        return None
    return None


def doubtful_dates(shown: Sequence[Shown]) -> frozenset[str]:
    """The addresses of one portal whose shown date is likely that of a migration.

    Reports of three or more years on one day, and serial numbers that do not follow the dates
    of the others.
    """
    days = Counter(day for day, _ in {(s.published, s.year) for s in shown})
    doubtful = {s.url for s in shown if days[s.published] >= _SAME_DAY}
    serial = [(int(m[1]), s) for s in shown if (m := _SERIAL.search(s.url)) and s.published]
    serial.sort(key=lambda pair: (pair[0], pair[1].published))
    kept = _longest_rising([s.published for _, s in serial])
    return frozenset(doubtful | {s.url for i, (_, s) in enumerate(serial) if i not in kept})


def _longest_rising(values: Sequence[str]) -> set[int]:
    """The places of a longest run of values that never fall."""
    tails: list[str] = []
    last: list[int] = []
    back: list[int] = []
    for index, value in enumerate(values):
        at = bisect_right(tails, value)
        back.append(last[at - 1] if at else -1)
        tails[at : at + 1] = [value]
        last[at : at + 1] = [index]
    kept: set[int] = set()
    index = last[-1] if last else -1
    while index >= 0:
        kept.add(index)
        index = back[index]
    return kept
