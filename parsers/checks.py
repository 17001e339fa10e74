"""Relations that printed values should obey; each broken one is a finding.

This module decides what is compared: the rules of the form inside each source, the sentences
against the tables, and one table against another.  It never corrects a number and never says
which of two is right.  Blank is counted as zero only where the relation then holds.

Source: the rows' own wording (其中, 总计) and the 勾稽关系 printed in the forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from parsers.forms import RULES, Rule
from parsers.model import Finding, FormName, Number, Statistic

NARRATIVE = "narrative"
_INCOMPARABLE = frozenset(("part_year", "cumulative", "other_year", "change_rate"))
# printed shares are rounded to one or two decimals
_SHARE_TOLERANCE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class _Source:
    """The values of one source by field; a field printed blank is present with ``None``."""

    name: str
    values: Mapping[str, Number | None]

    def printed(self, fields: Sequence[str]) -> list[tuple[str, Number]]:
        """The fields that have a number here, with it."""
        found = [(f, self.values.get(f)) for f in fields]
        return [(f, value) for f, value in found if value is not None]


def check_statistics(form: FormName, statistics: Sequence[Statistic]) -> tuple[Finding, ...]:
    """The findings of every rule that the statistics break, in a fixed order, without repeats."""
    sources = _sources(statistics)
    findings: list[Finding] = []
    for source in sources:
        for rule in RULES.get(form, RULES["national_2014"]):
            finding = _CHECKS[rule.kind](rule, source)
            if finding is not None:
                findings.append(finding)
    findings += _compare_sentences(statistics)
    findings += _compare_tables(statistics)
    return tuple(dict.fromkeys(findings))


def _sources(statistics: Sequence[Statistic]) -> list[_Source]:
    """The values of each source that rules may add up: exact, whole-year, first printed."""
    grouped: dict[str, dict[str, Number | None]] = {}
    for one in statistics:
        usable = one.qualifier == "exact" and not _INCOMPARABLE.intersection(one.flags)
        if usable and one.state not in ("na", "unreadable") and one.source != "inferred":
            grouped.setdefault(one.source, {}).setdefault(one.field, one.value)
    return [_Source(name, values) for name, values in grouped.items()]


def _total(found: Sequence[tuple[str, Number]]) -> Number:
    total: Number = 0
    for _, value in found:
        total = total + value
    return total


def _terms(found: Sequence[tuple[str, Number]]) -> str:
    return " + ".join(str(value) for _, value in found)


def _finding(rule: Rule, source: _Source, message: str, fields: Sequence[str]) -> Finding:
    return Finding(rule.id, rule.severity, f"{source.name}: {message}", tuple(fields))


def _check_sum(rule: Rule, source: _Source) -> Finding | None:
    total = source.values.get(rule.total)
    found = source.printed((*rule.parts, *rule.also))
    if total is None or not found:
        return None
    added = _total(found)
    missing = any(source.values.get(part) is None for part in rule.parts)
    if added == total or (missing and added < total):
        return None
    message = f"{_terms(found)} = {added} does not agree with the total {total} ({rule.total})"
    return _finding(rule, source, message, (rule.total, *(f for f, _ in found)))


def _check_pair(rule: Rule, source: _Source) -> Finding | None:
    left, right = source.printed(rule.parts), source.printed(rule.also)
    if len(left) < len(rule.parts) or len(right) < len(rule.also):
        return None
    if _total(left) == _total(right):
        return None
    message = f"{_terms(left)} = {_total(left)} does not agree with {_terms(right)} = "
    fields = [f for f, _ in (*left, *right)]
    return _finding(rule, source, f"{message}{_total(right)}", fields)


def _check_at_most(rule: Rule, source: _Source) -> Finding | None:
    part, total = source.values.get(rule.parts[0]), source.values.get(rule.total)
    if part is None or total is None or part <= total:
        return None
    message = f"{rule.parts[0]} {part} does not agree with {rule.total} {total}: it is larger"
    return _finding(rule, source, message, (rule.parts[0], rule.total))


def _check_cover(rule: Rule, source: _Source) -> Finding | None:
    total, found = source.values.get(rule.total), source.printed(rule.parts)
    if total is None or len(found) < len(rule.parts):
        return None
    name, largest = max(found, key=lambda part: part[1])
    if largest > total:
        message = f"{name} {largest} does not agree with {rule.total} {total}: it is larger"
        return _finding(rule, source, message, (name, rule.total))
    if _total(found) < total:
        message = f"{_terms(found)} = {_total(found)} does not agree with {rule.total} {total}"
        return _finding(rule, source, message, (rule.total, *rule.parts))
    return None


def _check_telltale(rule: Rule, source: _Source) -> Finding | None:
    total, found = source.values.get(rule.total), source.printed(rule.parts)
    if not total or len(found) < len(rule.parts) or _total(found) != total:
        return None
    if any(value == 0 for _, value in found):
        return None
    message = (
        f"{_terms(found)} = {total} is exactly {rule.total}, which does not agree with the meaning"
        " of the rows: they are no parts of it"
    )
    return _finding(rule, source, message, (rule.total, *rule.parts))


def _check_above(rule: Rule, source: _Source) -> Finding | None:
    total = source.values.get(rule.total)
    if total is None or rule.limit is None or total <= rule.limit:
        return None
    message = f"{rule.total} {total} does not agree with the usual size; the unit may be another"
    return _finding(rule, source, message, (rule.total,))


def _check_share(rule: Rule, source: _Source) -> Finding | None:
    part, total = source.values.get(rule.parts[0]), source.values.get(rule.total)
    share = source.values.get(rule.also[0])
    if part is None or share is None or not total:
        return None
    computed = Decimal(part) * 100 / Decimal(total)
    if abs(computed - share) <= _SHARE_TOLERANCE:
        return None
    message = f"{rule.also[0]} {share} % does not agree with {part} / {total} = {computed:.2f} %"
    return _finding(rule, source, message, (rule.also[0], rule.parts[0], rule.total))


_CHECKS = {
    "sum": _check_sum,
    "pair": _check_pair,
    "at_most": _check_at_most,
    "cover": _check_cover,
    "telltale": _check_telltale,
    "above": _check_above,
    "share": _check_share,
}


def _is_comparable(one: Statistic) -> bool:
    is_number = one.value is not None and one.state in ("printed", "zero_phrase")
    return (
        is_number and not one.field.startswith("x_") and not _INCOMPARABLE.intersection(one.flags)
    )


def _agree(said: Statistic, printed: Number) -> bool:
    """Whether a number in a sentence can stand for the printed one, given its qualifier."""
    value = said.value
    if value is None or value == printed:
        return True
    if said.qualifier in ("more_than", "at_least"):
        return value <= printed
    if said.qualifier == "just_below":
        return printed <= value
    if said.qualifier == "about":
        return abs(Decimal(value) - Decimal(printed)) * 10 <= abs(Decimal(value))
    return False


def _first_in_tables(statistics: Sequence[Statistic]) -> dict[str, Statistic]:
    first: dict[str, Statistic] = {}
    for one in statistics:
        if one.source.startswith("table") and _is_comparable(one) and one.ordinal == 0:
            first.setdefault(one.field, one)
    return first


def _compare_sentences(statistics: Sequence[Statistic]) -> Iterator[Finding]:
    """A sentence against the table for the same field, each pair of numbers once."""
    first = _first_in_tables(statistics)
    for said in statistics:
        if said.source != NARRATIVE or not _is_comparable(said):
            continue
        table = first.get(said.field)
        if table is None or table.value is None or _agree(said, table.value):
            continue
        yield Finding(
            "narrative_table_mismatch",
            "warning",
            f"{said.field}: the text says {said.value} ({said.raw}), which does not agree with"
            f" {table.value} in {table.source}",
            (said.field,),
        )


def _compare_tables(statistics: Sequence[Statistic]) -> Iterator[Finding]:
    """A later table against the first one for the same field."""
    first = _first_in_tables(statistics)
    for one in statistics:
        other = first.get(one.field)
        if other is None or one.source in (NARRATIVE, other.source) or not _is_comparable(one):
            continue
        if one.value != other.value:
            yield Finding(
                "table_table_mismatch",
                "warning",
                f"{one.field}: {one.value} in {one.source} does not agree with {other.value}"
                f" in {other.source}",
                (one.field,),
            )
