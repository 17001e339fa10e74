"""Numbers in sentences: which field a sentence counts, over which period, in which scope.

The number is found first, then the words beside it say what it counts (``forms/narrative.toml``),
inside the sections where those words can be trusted.  Figures of no known field are kept under
``x_`` ids.  Years, dates, telephone numbers and document numbers have no unit of counting and
are never read.  This module decides fields; ``numbers`` decides values, ``prose`` sections.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from parsers.forms import FIELDS
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
from parsers.prose import Prose

_WORDS_BEFORE, _WORDS_AFTER, _QUOTE, _CONTEXT = 48, 14, 140, 120
_NEGATION = re.compile("(?:未|没有|没|无|不曾)(?!正当|法|条件|关|发现|锡|线)")
_ENDS = ",。;、()\n!"
# "767年" after 件 is a wrong unit; "2017年" is a year
_WRONG_YEAR = re.compile(r"年(?=[,。;])")
# "不予公开信息数1402。": a count that lost its unit
_COUNTED = ("数", "总量", "数量", "共计", "合计")
# "点击:326次", "浏览次数:94次" in the line below a title
_CLICKS = re.compile(r"(?:点击|浏览|阅读|访问)(?:次数|量|数|率)?:$")
# the last of these words before a number, unless they name a website or a file
# (the common first character stands first, so that Python skips to it)
_SCOPES = re.compile(
    "[市县区州省镇乡全各我本](?:"
    "(?P<own_level>(?<=[市县区州省])本级|(?<=[市县区州省镇乡])(?<!乡.)政府)"
    "|(?P<jurisdiction>(?<=全)[市县区州省旗盟镇乡]|(?<=各)级|(?<=我)[市县区州省镇乡](?!政府|本级)"
    "|(?<=[全我])街道)"
    "|(?P<own_organ>(?<=[我本])[局委厅办]|(?<=本)(?<![非于].)(?:机关|单位)))"
)
_SCOPE_NAMES: Mapping[str, Scope] = {
    "own_level": "own_level",
    "jurisdiction": "jurisdiction",
    "own_organ": "own_organ",
}
# "传真:24336410", "咨询电话:12345": how to reach an office counts nothing
_REACHED_AT = re.compile(
    "(?:电话|传真|热线|邮编|邮政编码|邮箱|邮件|号码|账号|微信号?|QQ)(?:号码?)?:?$"
)
_LONGEST_BARE = 6  # more figures without unit, comma or point are a number of a line or a file
_TIMES = re.compile("年|月|季度")
_KINDS = frozenset("省市县区州旗盟镇乡")
_FIGURES = re.compile(r"\d[\d,.]*")
_AFTER_CLAUSE = re.compile("[,。;、:\n]")
_NOT_THE_BODY = re.compile("(?:门户)?网|办公|信息|公报|文件")
# "较2015年增长8.91%" is a rate of change, not a level
_CHANGE = re.compile("(?:增长|增加|上升|提高|下降|减少)了?$")
# "行政复议案件3件" after a negation: a number follows, so it is no zero
_NUMBER_FOLLOWS = re.compile(r"(?:案件|申请|案)?(?:数量|数)?(?:为|共)?[1-9]")
_CLAUSE_ENDS = re.compile("[。;,]")
# review outcomes belong to whichever of the two was named last
_OUTCOMES = {
    "review_corrected": ("reconsideration_corrected", "litigation_corrected"),
    "review_other": ("reconsideration_other", "litigation_other"),
    "review_upheld": ("reconsideration_upheld", "litigation_upheld_or_dismissed"),
}


class _Spot(NamedTuple):
    """One number expression in its surroundings; ``raw`` is the expression as printed."""

    start: int
    end: int
    unit: str | None
    before: str
    after: str
    sentence: tuple[int, int]
    section: str
    span: tuple[int, int]
    raw: str


class _Told(NamedTuple):
    """What a sentence says: the number at a spot is that of a field."""

    spot: _Spot
    field: str
    label: str
    unit: str | None
    quantity: Quantity


@dataclass(slots=True)
class _Reader:
    """What every number of a document is read with; ``scopes`` are scope words by their end."""

    text: str
    prose: Prose
    form: FormName
    year: int | None
    scope: Scope
    rows: Mapping[str, str]
    scope_ends: list[int]
    scopes: list[tuple[int, Scope, str]]
    quotes: dict[tuple[int, int], str]

    def field_id(self, name: str) -> str:
        """The id of the form's own row, where it has one."""
        return self.rows.get(name, name)

    def scope_at(self, start: int, position: int) -> tuple[Scope, str | None]:
        """The scope that words between ``start`` and a number show, and these words."""
        index = bisect_right(self.scope_ends, position) - 1
        if index >= 0 and self.scopes[index][0] >= start:
            return self.scopes[index][1:]
        return self.scope, None


def read_narrative(
    document: Document,
    prose: Prose,
    form: FormName,
    year: int | None,
    scope: Scope,
    area: str | None = None,
) -> list[Statistic]:
    """The statistics that the sentences of a document print, in order of their place.

    Scope words of another kind of region than the body's own ``area`` are those of another
    body: 省政府 in the report of a prefecture.
    """
    others = _KINDS - {area[-1]} if area and area[-1] in _KINDS else frozenset()
    words = [
        m
        for m in _SCOPES.finditer(prose.text)
        if others.isdisjoint(m.group()) and not _NOT_THE_BODY.match(prose.text, m.end())
    ]
    reader = _Reader(
        document.text,
        prose,
        form,
        year,
        scope,
        ROW_IDS.get(form, {}),
        [m.end() for m in words],
        [(m.start(), _SCOPE_NAMES[m.lastgroup or ""], m.group()) for m in words],
        {},
    )
    told = [*_read_numbers(reader), *_read_chinese_numbers(reader), *_read_zeros(reader)]
    told.sort(key=lambda one: one.spot.start)
    count: dict[str, int] = {}
    found = []
    for one in told:
        ordinal = count.get(one.field, 0)
        count[one.field] = ordinal + 1
        found.append(_statistic(reader, one, ordinal))
    return found


def _spot(reader: _Reader, match: re.Match[str]) -> _Spot | None:
    """The surroundings of a number, or ``None`` where it is no count but a year or a name."""
    prose, text = reader.prose, reader.prose.text
    start, end = match.span()
    unit, number = match.group("u", "n")
    if prose.shut and prose.is_shut(start):
        return None
    if unit is None:
        wrong = _WRONG_YEAR.match(text, end)
        if wrong and len(number) < 4 and text[start - 1 : start] == "件":
            unit, end = "件", wrong.end()
        elif not _may_count(text, start, end, number):
            return None
    elif number[0] == "0" and number[1:2].isdigit():
        return None
    return _place(reader, start, end, unit)


def _may_count(text: str, start: int, end: int, number: str) -> bool:
    """Whether a number without a unit may count something: it ends a clause and is no code."""
    if text[end : end + 1] not in _ENDS or number[0] == "0" < number[1:2]:
        return False
    if _REACHED_AT.search(text, max(0, start - 8), start):
        return False
    is_long = number.isdigit() and len(number) > _LONGEST_BARE
    return not is_long or text.endswith(_COUNTED, 0, start)


def _place(reader: _Reader, start: int, end: int, unit: str | None) -> _Spot:
    prose = reader.prose
    sentence = prose.sentence(start)
    left = start - _WORDS_BEFORE
    span = prose.span(start, end)
    return _Spot(
        start,
        end,
        unit,
        prose.text[max(sentence[0], left) : start],
        prose.text[end : end + _WORDS_AFTER],
        sentence,
        prose.section(start),
        span,
        reader.text[span[0] : span[1]],
    )


def _read_numbers(reader: _Reader) -> Iterator[_Told]:
    for match in find_expressions(reader.prose.text):
        spot = _spot(reader, match)
        if spot is None:
            continue
        fields = _fields_of(reader, spot)
        if fields:
            for name in fields:
                yield _known(spot, name, read_match(match, spot.raw))
        elif (spot.unit or spot.before.endswith(_COUNTED)) and not _is_furniture(spot):
            label = _extra_label(reader.prose, spot)
            name = extra_id(spot.section, label)
            quantity = read_match(match, spot.raw)
            if spot.unit and quantity.unit is None:
                quantity = quantity._replace(unit=spot.unit, flags=("unit_replaced",))
            yield _Told(spot, name, label, spot.unit, quantity)


def _is_furniture(spot: _Spot) -> bool:
    """Whether a figure counts the readers of the page itself, in the line below its title."""
    return spot.section == "preface" and bool(_CLICKS.search(spot.before))


def _read_chinese_numbers(reader: _Reader) -> Iterator[_Told]:
    """Numbers in Chinese numerals, only where the words name a known field."""
    for match in find_chinese_expressions(reader.prose.text):
        spot = _spot(reader, match)
        for name in _fields_of(reader, spot) if spot else ():
            if spot:
                yield _known(spot, name, read_match(match, spot.raw))


def _known(spot: _Spot, name: str, quantity: Quantity) -> _Told:
    """A number of a known field, with the unit of the field where it printed none."""
    field = FIELDS[name]
    if quantity.unit is None:
        flag = "unit_replaced" if spot.unit else "unit_inferred"
        quantity = quantity._replace(unit=spot.unit or field.unit, flags=(flag,))
    return _Told(spot, name, field.label, field.unit, quantity)


def _fields_of(reader: _Reader, spot: _Spot) -> list[str]:
    """The fields that the words beside a number name: one, or two that share it (各0件)."""
    found: list[str] = []
    for pattern in find_patterns(spot.before, spot.section, reader.form):
        if (found and not pattern.is_shared) or not _fits(pattern, spot):
            continue
        outcomes = _OUTCOMES.get(pattern.field)
        chosen = outcomes[_is_about_litigation(reader, spot)] if outcomes else pattern.field
        name = reader.field_id(chosen)
        if name not in found:
            found.append(name)
        if not pattern.is_shared:
            break
    return found


def _is_about_litigation(reader: _Reader, spot: _Spot) -> bool:
    """Whether an outcome is of a lawsuit: what it says, else which of the two was named last.

    "行政复议3件,被依法纠错1件;行政诉讼5件,被依法纠错0件": the first outcome is of a reconsideration.
    """
    words = reader.prose.text[spot.sentence[0] : spot.start]
    return words.endswith("诉讼请求") or words.rfind("诉讼") > words.rfind("复议")


def _fits(pattern: NumberPattern, spot: _Spot) -> bool:
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


def _extra_label(prose: Prose, spot: _Spot) -> str:
    """The label of a figure that no pattern knows: its clause, without numbers.

    A clause too short to mean anything ("占") takes the one before it, or the words after.
    """
    text, left = prose.text, max(spot.sentence[0], spot.start - 40)
    start = prose.clause(left, spot.start)
    if spot.start - start < 2 and start - 1 > left:
        start = prose.clause(left, start - 1)
    label = _FIGURES.sub("", text[start : spot.start]).strip('",')
    if len(label) < 2:
        label += _AFTER_CLAUSE.split(spot.after)[0]
    return label


def _statistic(reader: _Reader, told: _Told, ordinal: int) -> Statistic:
    spot, quantity = told.spot, told.quantity
    left = _context(reader.prose.text, spot.start)
    words = reader.prose.text[left : spot.start]
    period = read_period(words, reader.year) if _TIMES.search(words) else ANNUAL
    scope, shown = reader.scope_at(left, spot.start)
    flags = quantity.flags + period.flags
    if spot.unit in ("%", "倍") and _CHANGE.search(spot.before):
        flags += ("change_rate",)
    return Statistic(
        told.field,
        told.label,
        quantity.value,
        quantity.unit or told.unit,
        quantity.state,
        quantity.raw,
        "narrative",
        _quote(reader, spot),
        quantity.low,
        quantity.high,
        quantity.qualifier,
        scope,
        period.start,
        period.end,
        ordinal,
        None,
        None,
        *spot.span,
        flags,
        shown,
    )


def _context(text: str, position: int) -> int:
    """Where the words before a number begin that name its period and scope."""
    left = max(0, position - _CONTEXT)
    return max(text.rfind("。", left, position), text.rfind("\n", left, position), left - 1) + 1


def _quote(reader: _Reader, spot: _Spot) -> str:
    """The sentence around the number as printed, or its clauses where it is long."""
    left, right = spot.sentence
    if right - left > _QUOTE:
        left = reader.prose.clause(left, max(left, spot.start - _QUOTE // 3))
        right = min(right, spot.end + _QUOTE // 3)
    quote = reader.quotes.get((left, right))
    if quote is None:
        start, end = reader.prose.span(left, max(right, left + 1))
        quote = reader.quotes[left, right] = reader.text[start:end].strip()
    return quote


def _read_zeros(reader: _Reader) -> Iterator[_Told]:
    """What sentences say did not happen, each field once per sentence."""
    prose = reader.prose
    done: set[tuple[int, str]] = set()
    for negation in _NEGATION.finditer(prose.text):
        start, after = negation.span()
        if prose.shut and prose.is_shut(start):
            continue
        left, right = prose.sentence(start)
        words = prose.text[after : min(right, after + 60)]
        section = prose.section(start)
        for pattern in ZEROS:
            if pattern.key not in words or (left, pattern.field) in done:
                continue
            if pattern.sections and section not in pattern.sections:
                continue
            match = pattern.match.match(words)
            if match is None or _is_guarded(pattern, words, match):
                continue
            done.add((left, pattern.field))
            name = reader.field_id(pattern.field)
            field = FIELDS[name]
            spot = _place(reader, start, after + match.end(), None)
            quantity = Quantity(0, field.unit, "zero_phrase", spot.raw)
            yield _Told(spot, name, field.label, field.unit, quantity)


def _is_guarded(pattern: ZeroPattern, words: str, match: re.Match[str]) -> bool:
    """Whether the negation is of something else: an expense, a duty, a number that follows."""
    if _NUMBER_FOLLOWS.match(words, match.end()):
        return True
    clause = _CLAUSE_ENDS.split(words[: match.end() + 12], maxsplit=1)[0]
    return bool(pattern.guard and pattern.guard.search(clause))
