"""Relations that printed values should obey; each broken one is a finding.

This module decides what is compared: the rules of the form inside each column of each source,
the sentences against the tables, and one table against another.  Each comparison holds, does not
agree, or cannot be assessed.  It never corrects a number and never says which of two is right.
Blank is counted as zero only where the relation then holds.

Source: the rows' own wording (其中, 总计) and the 勾稽关系 printed in the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from parsers.forms import RULES, TOLD, Rule
from parsers.model import Finding, FormName, Number, Scope, Severity, Statistic

Outcome = Literal["holds", "does_not_agree", "not_assessable"]
NARRATIVE, INFERRED = "narrative", "inferred"
_INCOMPARABLE = frozenset(("part_year", "cumulative", "other_year", "change_rate"))
_NARROWER: frozenset[Scope] = frozenset(("own_organ", "own_level"))
_CUMULATIVE, _AMONG = "_cumulative", "among:"
# printed shares are rounded to one or two decimals
_SHARE_TOLERANCE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison and how it came out.

    ``difference`` is left minus right where the two do not agree; ``message`` then names the
    numbers, their places and the difference.
    """

    rule: str
    severity: Severity
    outcome: Outcome
    source: str
    fields: tuple[str, ...]
    difference: Number | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The values of one column of one source by field; a blank one is present with ``None``.

    ``cells`` holds the statistics themselves; ``suffix`` is that of the ids of the column;
    ``added`` are the rows of no form that were put among the parts of a total.
    """

    name: str
    suffix: str
    values: dict[str, Number | None] = field(default_factory=dict)
    cells: dict[str, Statistic] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)

    def printed(self, fields: Sequence[str]) -> list[tuple[str, Number]]:
        """The fields that have a number here, with it."""
        values = self.values
        return [(f, value) for f in fields if (value := values.get(f)) is not None]

    def holds_any(self, rule: Rule) -> bool:
        """Whether any field of a rule stands here, be it blank."""
        return not self.values.keys().isdisjoint((rule.total, *rule.parts, *rule.also))


def check_statistics(form: FormName, statistics: Sequence[Statistic]) -> tuple[Finding, ...]:
    """The findings of every rule that the statistics break, in a fixed order, without repeats."""
    broken = (c for c in _checks(form, statistics) if c.outcome == "does_not_agree")
    return tuple(dict.fromkeys(Finding(c.rule, c.severity, c.message, c.fields) for c in broken))


def assess(form: FormName, statistics: Sequence[Statistic]) -> tuple[Check, ...]:
    """Every comparison that the statistics invite, with its outcome.

    A rule of which a source prints nothing at all is no comparison; one of which it prints too
    little is not assessable.
    """
    return tuple(_checks(form, statistics))


def _checks(form: FormName, statistics: Sequence[Statistic]) -> Iterator[Check]:
    rules = RULES.get(form, RULES["national_2014"])
    for source in columns_of(statistics):
        for rule in rules:
            check = CHECKS[rule.kind](rule, source)
            if check is not None:
                yield check
    first = _first_in_tables(statistics)
    yield from _compare_sentences(statistics, first)
    yield from _compare_tables(statistics, first)


def columns_of(statistics: Sequence[Statistic]) -> list[Source]:
    """The columns that rules may add up: exact, whole-year values, the first printed of each.

    Named columns (区政府, 区直单位) and 历年累计 are columns of their own, and so is 本级 in
    sentences that count 全市 as well.
    """
    grouped: dict[tuple[str, str], Source] = {}
    apart = _scopes_apart(statistics)
    for one in statistics:
        if one.qualifier != "exact" or one.source == INFERRED or one.state == "unreadable":
            continue
        column = ""
        if one.flags:
            if not _INCOMPARABLE.isdisjoint(one.flags):
                continue
            column = next((f for f in one.flags if f.startswith("column:")), "")
        if apart and one.source == NARRATIVE and one.scope_words and one.scope in apart:
            column = f"column:{one.scope}"
        suffix = _CUMULATIVE if one.field.endswith(_CUMULATIVE) else ""
        source = grouped.get((one.source, column or suffix))
        if source is None:
            name = f"{one.source} {column.removeprefix('column:')}".strip()
            source = Source(f"{name} 历年累计" if suffix else name, suffix)
            grouped[one.source, column or suffix] = source
        base = one.field.removesuffix(_CUMULATIVE) if suffix else one.field
        if base not in source.values:
            source.values[base] = one.value
            source.cells[base] = one
            for flag in one.flags:
                if flag.startswith(_AMONG):
                    source.added.setdefault(flag.removeprefix(_AMONG), []).append(base)
    return list(grouped.values())


def _scopes_apart(statistics: Sequence[Statistic]) -> frozenset[Scope]:
    """The narrower scopes of sentences that name the whole jurisdiction too."""
    named = {s.scope for s in statistics if s.source == NARRATIVE and s.scope_words}
    return _NARROWER & named if "jurisdiction" in named else frozenset()


def _total(found: Sequence[tuple[str, Number]]) -> Number:
    total: Number = 0
    for _, value in found:
        total = total + value
    return total


def _terms(found: Sequence[tuple[str, Number]]) -> str:
    return " + ".join(str(value) for _, value in found)


def _places(cells: Sequence[Statistic]) -> str:
    """Where values stand: rows and columns of a table from 1, or offsets in the text."""
    grid = [(s.row + 1, s.col + 1) for s in cells if s.row is not None and s.col is not None]
    if len(grid) < len(cells):
        offsets = [str(s.start) for s in cells if s.start is not None]
        return f"at {' '.join(offsets)}" if offsets else ""
    rows, columns = dict.fromkeys(r for r, _ in grid), dict.fromkeys(c for _, c in grid)
    shown = [("row", rows), ("column", columns)]
    return ", ".join(f"{name}{'s' * (len(n) > 1)} {' '.join(map(str, n))}" for name, n in shown)


def _located(message: str, difference: Number, *places: str) -> str:
    where = " and ".join(filter(None, places))
    return f"{message}; difference {abs(difference)}{'; ' if where else ''}{where}"


def _held(rule: Rule, source: Source, fields: Sequence[str]) -> Check:
    return Check(rule.id, rule.severity, "holds", source.name, tuple(fields))


def _open(rule: Rule, source: Source) -> Check | None:
    """The check of a rule of which a source prints too little, ``None`` where it prints nothing."""
    if not source.holds_any(rule):
        return None
    fields = (rule.total, *rule.parts)
    return Check(rule.id, rule.severity, "not_assessable", source.name, fields)


def _broken(
    rule: Rule, source: Source, fields: Sequence[str], difference: Number, message: str
) -> Check:
    names = tuple(f"{field}{source.suffix}" for field in fields)
    where = _places([source.cells[field] for field in fields])
    return Check(
        rule.id,
        rule.severity,
        "does_not_agree",
        source.name,
        names,
        difference,
        _located(f"{source.name}: {message}", difference, where),
    )


def _check_sum(rule: Rule, source: Source) -> Check | None:
    total = source.values.get(rule.total)
    if total is None:
        return _open(rule, source)
    found = source.printed((*rule.parts, *rule.also))
    added = _total(found)
    missing = any(source.values.get(part) is None for part in rule.parts)
    if missing and not found and (total or not all(p in source.values for p in rule.parts)):
        return _open(rule, source)
    if added == total:
        return _held(rule, source, (rule.total, *(f for f, _ in found)))
    if missing and added < total:
        return _open(rule, source)
    beside = source.printed(source.added.get(rule.total, ()))
    if beside and added + _total(beside) == total:
        return _held(rule, source, (rule.total, *(f for f, _ in (*found, *beside))))
    message = f"{_terms(found)} = {added} does not agree with the total {total} ({rule.total})"
    return _broken(rule, source, (rule.total, *(f for f, _ in found)), added - total, message)


def _check_pair(rule: Rule, source: Source) -> Check | None:
    left, right = source.printed(rule.parts), source.printed(rule.also)
    if len(left) < len(rule.parts) or len(right) < len(rule.also):
        return _open(rule, source)
    one, other = _total(left), _total(right)
    fields = [f for f, _ in (*left, *right)]
    if one == other:
        return _held(rule, source, fields)
    message = f"{_terms(left)} = {one} does not agree with {_terms(right)} = {other}"
    return _broken(rule, source, fields, one - other, message)


def _check_at_most(rule: Rule, source: Source) -> Check | None:
    part, total = source.values.get(rule.parts[0]), source.values.get(rule.total)
    if part is None or total is None:
        return _open(rule, source)
    fields = (rule.parts[0], rule.total)
    if part <= total:
        return _held(rule, source, fields)
    message = f"{rule.parts[0]} {part} does not agree with {rule.total} {total}: it is larger"
    return _broken(rule, source, fields, part - total, message)


def _check_cover(rule: Rule, source: Source) -> Check | None:
    total, found = source.values.get(rule.total), source.printed(rule.parts)
    if total is None or len(found) < len(rule.parts):
        return _open(rule, source)
    name, largest = max(found, key=lambda part: part[1])
    added = _total(found)
    if largest > total:
        message = f"{name} {largest} does not agree with {rule.total} {total}: it is larger"
        return _broken(rule, source, (name, rule.total), largest - total, message)
    if added < total:
        message = f"{_terms(found)} = {added} does not agree with {rule.total} {total}"
        return _broken(rule, source, (rule.total, *rule.parts), added - total, message)
    return _held(rule, source, (rule.total, *rule.parts))


def _check_telltale(rule: Rule, source: Source) -> Check | None:
    total, found = source.values.get(rule.total), source.printed(rule.parts)
    if not total or len(found) < len(rule.parts):
        return _open(rule, source)
    if _total(found) != total or any(value == 0 for _, value in found):
        return _held(rule, source, (rule.total, *rule.parts))
    message = (
        f"{_terms(found)} = {total} is exactly {rule.total}, which does not agree with the meaning"
        " of the rows: they are no parts of it"
    )
    return _broken(rule, source, (rule.total, *rule.parts), 0, message)


def _check_above(rule: Rule, source: Source) -> Check | None:
    total = source.values.get(rule.total)
    if total is None or rule.limit is None:
        return _open(rule, source)
    if total <= rule.limit:
        return _held(rule, source, (rule.total,))
    message = f"{rule.total} {total} does not agree with the usual size; the unit may be another"
    return _broken(rule, source, (rule.total,), total - rule.limit, message)


def _check_share(rule: Rule, source: Source) -> Check | None:
    part, total = source.values.get(rule.parts[0]), source.values.get(rule.total)
    share = source.values.get(rule.also[0])
    if part is None or share is None or not total:
        return _open(rule, source)
    computed = Decimal(part) * 100 / Decimal(total)
    fields = (rule.also[0], rule.parts[0], rule.total)
    if abs(computed - share) <= _SHARE_TOLERANCE:
        return _held(rule, source, fields)
    message = f"{rule.also[0]} {share} % does not agree with {part} / {total} = {computed:.2f} %"
    return _broken(rule, source, fields, round(share - computed, 2), message)


CHECKS: Mapping[str, Callable[[Rule, Source], Check | None]] = {
    "sum": _check_sum,
    "pair": _check_pair,
    "at_most": _check_at_most,
    "cover": _check_cover,
    "telltale": _check_telltale,
    "above": _check_above,
    "share": _check_share,
}
"""How each kind of rule is checked in one column."""


def _is_comparable(one: Statistic) -> bool:
    is_number = one.value is not None and one.state in ("printed", "zero_phrase")
    known = not one.field.startswith("x_") and one.source != INFERRED
    return is_number and known and _INCOMPARABLE.isdisjoint(one.flags)


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
        if one.source != NARRATIVE and one.ordinal == 0 and _is_comparable(one):
            first.setdefault(one.field, one)
    return first


def _printed_for(field: str, first: Mapping[str, Statistic]) -> list[Statistic]:
    """The cells that say the same as a sentence: the field's own, or the parts that make it."""
    if field in first:
        return [first[field]]
    parts = TOLD.get(field, ())
    return [first[part] for part in parts] if all(part in first for part in parts) else []


def _compare_sentences(
    statistics: Sequence[Statistic], first: Mapping[str, Statistic]
) -> Iterator[Check]:
    """A sentence against the table for the same field, each pair of numbers once.

    A sentence of another scope than the table's is no contradiction of it.
    """
    if not first:
        return
    pairs = [
        (said, cells, _total([(s.field, s.value or 0) for s in cells]))
        for said in statistics
        if said.source == NARRATIVE
        and _is_comparable(said)
        and (cells := _printed_for(said.field, first))
    ]
    confirmed = {said.field: said.scope for said, _, printed in pairs if said.value == printed}
    for said, cells, printed in pairs:
        scope = cells[0].scope if cells[0].scope != "unknown" else confirmed.get(said.field)
        if scope and "unknown" not in (scope, said.scope) and said.scope != scope:
            continue
        yield _comparison(said, cells, printed)


def _comparison(said: Statistic, cells: Sequence[Statistic], printed: Number) -> Check:
    rule: str = "narrative_table_mismatch"
    severity: Severity = "warning"
    fields = tuple(dict.fromkeys((said.field, *(s.field for s in cells))))
    if said.value is None or _agree(said, printed):
        return Check(rule, severity, "holds", NARRATIVE, fields)
    terms = _terms([(s.field, s.value or 0) for s in cells])
    difference = said.value - printed
    message = (
        f"{said.field}: the text says {said.value} ({said.raw}), which does not agree with"
        f" {f'{terms} = ' if len(cells) > 1 else ''}{printed} in {cells[0].source}"
    )
    message = _located(message, difference, _places([said]), _places(cells))
    return Check(rule, severity, "does_not_agree", NARRATIVE, fields, difference, message)


def _compare_tables(
    statistics: Sequence[Statistic], first: Mapping[str, Statistic]
) -> Iterator[Check]:
    """A later table against the first one for the same field."""
    rule: str = "table_table_mismatch"
    severity: Severity = "warning"
    for one in statistics:
        other = first.get(one.field)
        if other is None or one.source in (NARRATIVE, other.source) or not _is_comparable(one):
            continue
        if one.value is None or other.value is None or one.value == other.value:
            yield Check(rule, severity, "holds", one.source, (one.field,))
            continue
        difference = one.value - other.value
        message = (
            f"{one.field}: {one.value} in {one.source} does not agree with {other.value}"
            f" in {other.source}"
        )
        message = _located(message, difference, _places([one]), _places([other]))
        fields = (one.field,)
        yield Check(rule, severity, "does_not_agree", one.source, fields, difference, message)
