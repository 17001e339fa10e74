"""Numbers in sentences: which field a sentence counts, over which period, in which scope.

The number is found first, then the words beside it say what it counts (``forms/narrative.toml``),
inside the sections where those words can be trusted.  Figures of no known field are kept under
``x_`` ids.  Years, dates, telephone numbers and document numbers have no unit of counting and
are never read.  This module decides fields; ``numbers`` decides values, ``prose`` sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parsers.forms import FIELDS, Field
from parsers.forms.sentences import ROW_IDS, ZEROS, NumberPattern, ZeroPattern, find_patterns
from parsers.labels import extra_id
from parsers.model import Document, FormName, Scope, Statistic
from parsers.numbers import (
    YUAN_PER,
    Quantity,
    find_chinese_expressions,
    find_expressions,
    read_match,
)
from parsers.periods import ANNUAL, read_period
from parsers.prose import Prose, clause_start

_WORDS_BEFORE, _WORDS_AFTER, _QUOTE, _CONTEXT = 48, 14, 140, 120
_NEGATION = re.compile("(?:未|没有|没|无|不曾)(?!正当|法|条件|关|发现|锡|线)")
_ENDS = ",。;、()\n!"
# "767年" after 件 is a wrong unit; "2017年" is a year
_WRONG_YEAR = re.compile(r"年(?=[,。;])")
# the last of these words before a number, unless they name a website or a file
_SCOPES = re.compile(
    "(?P<own_level>[市县区州省]本级|[市县区州省]政府)"
    "|(?P<jurisdiction>全[市县区州省旗盟]|各级|我[市县区州省](?!政府|本级))"
    "|(?P<own_organ>[我本][局委厅办]|本机关|本单位)"
)
_SCOPE_NAMES: Mapping[str, Scope] = {
    "own_level": "own_level",
    "jurisdiction": "jurisdiction",
    "own_organ": "own_organ",
}
_FIGURES = re.compile(r"\d[\d,.]*")
_AFTER_CLAUSE = re.compile("[,。;、:\n]")
_NOT_THE_BODY = re.compile("(?:门户)?网|办公|信息|公报|文件")
# review outcomes belong to whichever of the two was named last
_OUTCOMES = {
    "review_corrected": ("reconsideration_corrected", "litigation_corrected"),
    "review_upheld": ("reconsideration_upheld", "litigation_upheld_or_dismissed"),
}


@dataclass(slots=True)
class _Reader:
    """What every number of a document is read with."""

    document: Document
    prose: Prose
    form: FormName
    year: int | None
    scope: Scope

    def field_id(self, name: str) -> str:
        """The id of the form's own row, where it has one."""
        return ROW_IDS.get(self.form, {}).get(name, name)

    def scope_of(self, words: str) -> Scope:
        """The scope that the words before a number show; else that of the report."""
        scope = self.scope
        for match in _SCOPES.finditer(words):
            if not _NOT_THE_BODY.match(words, match.end()):
                scope = _SCOPE_NAMES[match.lastgroup or ""]
        return scope


@dataclass(frozen=True, slots=True)
class _Spot:
    """One number expression in its surroundings."""

    start: int
    end: int
    unit: str | None
    before: str
    after: str
    sentence: tuple[int, int]
    section: str


def read_narrative(
    document: Document, prose: Prose, form: FormName, year: int | None, scope: Scope
) -> list[Statistic]:
    """The statistics that the sentences of a document print, in order of their place."""
    reader = _Reader(document, prose, form, year, scope)
    found = list(_read_numbers(reader))
    found += _read_chinese_numbers(reader)
    found += _read_zeros(reader)
    found.sort(key=lambda s: s.start or 0)
    return found


def _spot(prose: Prose, match: re.Match[str]) -> _Spot | None:
    """The surroundings of a number, or ``None`` where it is no count but a year or a name."""
    text, start, end = prose.text, match.start(), match.end()
    unit = match["u"]
    if prose.is_shut(start):
        return None
    if unit is None:
        wrong = _WRONG_YEAR.match(text, end)
        if wrong and len(match["n"]) < 4 and text[start - 1 : start] == "件":
            unit, end = "件", wrong.end()
        elif text[end : end + 1] not in _ENDS or match["n"][0] == "0" < match["n"][1:2]:
            return None
    elif match["n"][0] == "0" and match["n"][1:2].isdigit():
        return None
    sentence = prose.sentence(start)
    before = text[max(sentence[0], start - _WORDS_BEFORE) : start]
    after = text[end : end + _WORDS_AFTER]
    return _Spot(start, end, unit, before, after, sentence, prose.section(start))


def _read_numbers(reader: _Reader) -> Iterator[Statistic]:
    for match in find_expressions(reader.prose.text):
        spot = _spot(reader.prose, match)
        if spot is None:
            continue
        fields = _fields_of(reader, spot)
        if not fields and match["u"] is None:
            continue
        raw = _raw(reader, spot)
        quantity = _with_unit(read_match(match, raw), spot, fields)
        for one in fields or [_extra_field(reader.prose, spot)]:
            yield _statistic(reader, spot, one, quantity)


def _read_chinese_numbers(reader: _Reader) -> Iterator[Statistic]:
    """Numbers in Chinese numerals, only where the words name a known field."""
    for match in find_chinese_expressions(reader.prose.text):
        spot = _spot(reader.prose, match)
        fields = _fields_of(reader, spot) if spot else []
        if spot and fields:
            quantity = read_match(match, _raw(reader, spot))
            for one in fields:
                yield _statistic(reader, spot, one, quantity)


def _raw(reader: _Reader, spot: _Spot) -> str:
    start, end = reader.prose.span(spot.start, spot.end)
    return reader.document.text[start:end]


def _with_unit(quantity: Quantity, spot: _Spot, fields: list[Field]) -> Quantity:
    if quantity.unit is not None or not fields:
        return quantity
    unit = spot.unit or fields[0].unit
    flag = "unit_replaced" if spot.unit else "unit_inferred"
    return Quantity(
        quantity.value,
        unit,
        quantity.state,
        quantity.raw,
        quantity.qualifier,
        quantity.low,
        quantity.high,
        (flag,),
    )


def _fields_of(reader: _Reader, spot: _Spot) -> list[Field]:
    """The fields that the words beside a number name: one, or two that share it (各0件)."""
    found: list[Field] = []
    for pattern in find_patterns(spot.before):
        if found and not pattern.is_shared:
            continue
        if not _fits(pattern, spot, reader.form):
            continue
        name = _OUTCOMES.get(pattern.field)
        chosen = name[_is_about_litigation(reader, spot)] if name else pattern.field
        field = FIELDS[reader.field_id(chosen)]
        if field not in found:
            found.append(field)
        if not pattern.is_shared:
            break
    return found


def _is_about_litigation(reader: _Reader, spot: _Spot) -> bool:
    """Whether an outcome is of a lawsuit: what it says, else which of the two was named last.

    "行政复议3件,被依法纠错1件;行政诉讼5件,被依法纠错0件": the first outcome is of a reconsideration.
    """
    words = reader.prose.text[spot.sentence[0] : spot.start]
    return words.endswith("诉讼请求") or words.rfind("诉讼") > words.rfind("复议")


def _fits(pattern: NumberPattern, spot: _Spot, form: FormName) -> bool:
    if pattern.sections and spot.section not in pattern.sections:
        return False
    if spot.section in pattern.not_sections or (pattern.forms and form not in pattern.forms):
        return False
    if spot.unit is not None:
        if spot.unit not in pattern.units and not _is_money(pattern, spot.unit):
            return False
    elif "%" in pattern.units:
        return False
    if not pattern.before.search(spot.before):
        return False
    if pattern.after and not pattern.after.match(spot.after):
        return False
    if pattern.sentence and pattern.sentence not in spot.before + spot.after:
        return False
    return not (pattern.unless and pattern.unless.search(spot.before))


def _is_money(pattern: NumberPattern, unit: str) -> bool:
    return "元" in pattern.units and unit in YUAN_PER


def _extra_field(prose: Prose, spot: _Spot) -> Field:
    """A field for a figure that no pattern knows: its clause, without numbers, is its label.

    A clause too short to mean anything ("占") takes the one before it, or the words after.
    """
    text, left = prose.text, max(spot.sentence[0], spot.start - 40)
    start = clause_start(text, left, spot.start)
    if spot.start - start < 2 and start - 1 > left:
        start = clause_start(text, left, start - 1)
    label = _FIGURES.sub("", text[start : spot.start]).strip('",')
    if len(label) < 2:
        label += _AFTER_CLAUSE.split(spot.after)[0]
    name = extra_id(spot.section, label)
    return Field(name, label, "", spot.unit, None, section=spot.section)


def _statistic(reader: _Reader, spot: _Spot, field: Field, quantity: Quantity) -> Statistic:
    prose, text = reader.prose, reader.document.text
    words = _context(prose.text, spot)
    period = read_period(words, reader.year) if "年" in words or "月" in words else ANNUAL
    start, end = prose.span(spot.start, spot.end)
    return Statistic(
        field=field.id,
        label=field.label,
        value=quantity.value,
        unit=quantity.unit or field.unit,
        state=quantity.state,
        raw=quantity.raw,
        source="narrative",
        quote=_quote(prose, text, spot),
        value_low=quantity.low,
        value_high=quantity.high,
        qualifier=quantity.qualifier,
        scope=reader.scope_of(words),
        period_start=period.start,
        period_end=period.end,
        start=start,
        end=end,
        flags=quantity.flags + _change_flags(spot) + period.flags,
    )


def _context(text: str, spot: _Spot) -> str:
    """The words before a number since the last full stop: they name its period and scope."""
    left = max(0, spot.start - _CONTEXT)
    start = max(text.rfind("。", left, spot.start), text.rfind("\n", left, spot.start), left - 1)
    return text[start + 1 : spot.start]


def _change_flags(spot: _Spot) -> tuple[str, ...]:
    # "较2015年增长8.91%" is a rate of change, not a level
    if spot.unit in ("%", "倍") and re.search(
        "(?:增长|增加|上升|提高|下降|减少)(?:了)?$", spot.before
    ):
        return ("change_rate",)
    return ()


def _quote(prose: Prose, text: str, spot: _Spot) -> str:
    """The sentence around the number as printed, or its clauses where it is long."""
    left, right = spot.sentence
    if right - left > _QUOTE:
        left = clause_start(prose.text, left, max(left, spot.start - _QUOTE // 3))
        right = min(right, spot.end + _QUOTE // 3)
    start, end = prose.span(left, max(right, left + 1))
    return text[start:end].strip()


def _read_zeros(reader: _Reader) -> Iterator[Statistic]:
    """What sentences say did not happen, each field once per sentence."""
    prose = reader.prose
    done: set[tuple[int, str]] = set()
    for negation in _NEGATION.finditer(prose.text):
        left, right = prose.sentence(negation.start())
        words = prose.text[negation.end() : min(right, negation.end() + 60)]
        for pattern in ZEROS:
            if pattern.key not in words:
                continue
            section = prose.section(negation.start())
            if pattern.sections and section not in pattern.sections:
                continue
            match = pattern.match.match(words)
            if match is None or _is_guarded(pattern, words, match) or (left, pattern.field) in done:
                continue
            done.add((left, pattern.field))
            end = negation.end() + match.end()
            spot = _Spot(
                negation.start(), end, None, "", prose.text[end : end + 1], (left, right), section
            )
            field = FIELDS[reader.field_id(pattern.field)]
            quantity = Quantity(0, field.unit, "zero_phrase", _raw(reader, spot))
            yield _statistic(reader, spot, field, quantity)


def _is_guarded(pattern: ZeroPattern, words: str, match: re.Match[str]) -> bool:
    """Whether the negation is of something else: an expense, a duty, a number that follows."""
    clause = words[: match.end() + 12]
    if re.match(r"(?:案件|申请|案)?(?:数量|数)?(?:为|共)?[1-9]", words[match.end() :]):
        return True
    return bool(pattern.guard and pattern.guard.search(re.split("[。;,]", clause)[0]))
