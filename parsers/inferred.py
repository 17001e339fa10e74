"""Blanks that an identity of the form proves to be zero: rows of their own beside the blank.

This module decides when a blank or struck-out cell must be zero: counts are never negative, so
where the printed parts already make the total, what is left blank is nothing.  A blank is never
written over, and where two identities would give it different values there is no inferred row.
Source: the 勾稽关系 printed in the forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from parsers.checks import Source, columns_of
from parsers.forms import RULES, Rule
from parsers.model import FormName, Number, Statistic

_BLANK = frozenset(("blank", "na"))


def infer_zeros(form: FormName, statistics: Sequence[Statistic]) -> list[Statistic]:
    """The inferred zeros of a form, in the order of the blanks they explain.

    Each repeats the place of its blank, with ``value`` 0, ``source`` ``inferred`` and the rule
    that proves it as ``from:<rule>``.
    """
    blanks = [s for s in statistics if s.state in _BLANK and s.source.startswith("table")]
    if not blanks:
        return []
    rules = [r for r in RULES.get(form, ()) if r.severity == "error"]
    proven: dict[int, str] = {}
    for source in columns_of([s for s in statistics if s.source.startswith("table")]):
        for field, name in _prove(source, rules).items():
            proven[id(source.cells[field])] = name
    count: dict[str, int] = {}
    found = []
    for blank in blanks:
        if rule := proven.get(id(blank)):
            ordinal = count.get(blank.field, 0)
            count[blank.field] = ordinal + 1
            found.append(_inferred(blank, rule, ordinal))
    return found


def _inferred(blank: Statistic, rule: str, ordinal: int) -> Statistic:
    return Statistic(
        blank.field,
        blank.label,
        0,
        blank.unit,
        blank.state,
        blank.raw,
        "inferred",
        blank.quote,
        scope=blank.scope,
        ordinal=ordinal,
        row=blank.row,
        col=blank.col,
        start=blank.start,
        end=blank.end,
        flags=(f"from:{rule}",),
        scope_words=blank.scope_words,
    )


def _prove(source: Source, rules: Sequence[Rule]) -> Mapping[str, str]:
    """The blanks of one column that must be zero, with the rule that says so.

    One zero may prove the next, so rules are read until nothing is added; what then makes a
    rule fail that says something else is taken back.
    """
    values = dict(source.values)
    if None not in values.values():
        return {}
    useful = [
        r
        for r in rules
        if r.kind in _PROOFS and r.total not in source.added and _touches_blank(r, values)
    ]
    proven: dict[str, str] = {}
    added = True
    while added:
        added = False
        for rule in useful:
            for field in _PROOFS[rule.kind](rule, values):
                values[field] = 0
                proven[field] = rule.id
                added = True
    doubtful = {f for r in useful if _fails(r, values) for f in _fields(r) if f in proven}
    return {field: rule for field, rule in proven.items() if field not in doubtful}


def _fields(rule: Rule) -> tuple[str, ...]:
    return (rule.total, *rule.parts, *rule.also)


def _touches_blank(rule: Rule, values: Mapping[str, Number | None]) -> bool:
    return any(f in values and values[f] is None for f in _fields(rule))


def _split(
    fields: Sequence[str], values: Mapping[str, Number | None]
) -> tuple[Number, list[str]] | None:
    """The sum of what is printed and the blanks; ``None`` where a row is missing altogether."""
    total: Number = 0
    blanks = []
    for field in fields:
        if field not in values:
            return None
        value = values[field]
        if value is None:
            blanks.append(field)
        else:
            total = total + value
    return total, blanks


def _prove_sum(rule: Rule, values: Mapping[str, Number | None]) -> Iterator[str]:
    """Parts that already make the total leave nothing; all parts zero make the total zero."""
    parts = _split((*rule.parts, *(f for f in rule.also if f in values)), values)
    if parts is None or rule.total not in values:
        return
    added, blanks = parts
    total = values[rule.total]
    if total is None and not blanks and added == 0:
        yield rule.total
    elif total == added:
        yield from blanks


def _prove_pair(rule: Rule, values: Mapping[str, Number | None]) -> Iterator[str]:
    """Where both sides are already equal, blanks that stand on one side only are nothing."""
    left, right = _split(rule.parts, values), _split(rule.also, values)
    if left is None or right is None or left[0] != right[0]:
        return
    if not left[1] or not right[1]:
        yield from (*left[1], *right[1])


def _prove_at_most(rule: Rule, values: Mapping[str, Number | None]) -> Iterator[str]:
    """A part of nothing is nothing."""
    (part,) = rule.parts
    if values.get(rule.total) == 0 and part in values and values[part] is None:
        yield part


_PROOFS = {"sum": _prove_sum, "pair": _prove_pair, "at_most": _prove_at_most}


def _fails(rule: Rule, values: Mapping[str, Number | None]) -> bool:
    """Whether a rule whose numbers are all known does not hold."""
    if any(values.get(f) is None for f in (rule.total, *rule.parts)):
        return False
    left = sum(values[f] or 0 for f in rule.parts)
    if rule.kind == "pair":
        return left != sum(values.get(f) or 0 for f in rule.also)
    total = values[rule.total] or 0
    if rule.kind == "at_most":
        return left > total
    return left + sum(values.get(f) or 0 for f in rule.also) != total
