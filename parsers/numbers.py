"""One reader for every printed number: in a table cell or inside a sentence.

This module decides what a number expression says: value, range, unit, how exact it is, and
whether the cell is blank, not applicable or beyond reading.  It leaves to ``statistics`` and
``narrative`` which field a number belongs to.  Values are exact: ``int`` where integral, else
``Decimal``; nothing is rounded, and blank is never zero.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from parsers.model import Number, Qualifier, State

MULTIPLIERS = {
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
YUAN_PER = {"元": 1, "万元": 10_000, "亿元": 100_000_000}
UNITS = (
    "个工作日|个月|人次|条次|期次|场次|批次|件次|户次|册次|次数|万元|亿元|公里|平方米|元"
    "|条|件|次|人|名|位|个|项|篇|期|份|册|户|家|场|宗|起|例|页|批|天|亩|倍|笔|张|处|部|套|幅|组|类|%"
    "|M(?![A-Za-z])"
)

_DASHES = "−—–―‐‑─"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\ufeff\u00ad\u2060"


def _fold_table() -> dict[int, str]:
    """The character-for-character folding: every key becomes exactly one character."""
    table: dict[int, str] = {}
    for first, last in ((0xFF01, 0xFFE6), (0x2E80, 0x2FDF), (0xF900, 0xFAFF)):
        for code in range(first, last + 1):
            folded = unicodedata.normalize("NFKC", chr(code))
            if len(folded) == 1 and folded != chr(code):
                table[code] = folded
    table |= {ord(c): "-" for c in _DASHES}
    table |= {ord(c): " " for c in _SPACES + _INVISIBLE + "\u3000\t\r\x0b\x0c"}
    table |= {ord(c): '"' for c in "“”„「」『』"}
    table |= {ord("〜"): "~", ord("﹒"): ".", ord("·"): ".", ord("•"): ".", ord("･"): "."}
    table |= {ord("﹑"): "、", ord("○"): "〇", ord("\u2028"): "\n", ord("\u2029"): "\n"}
    return table


_TABLE = _fold_table()
# indexed by code: a list answers without the exception that a dict raises for each plain character
_FOLD: list[int | str] = [_TABLE.get(code, code) for code in range(0x10000)]
# A long text is folded sign by sign, and one character after the other only if it holds more.
_LONG = 200
_USUAL = tuple((sign, _TABLE[ord(sign)]) for sign in "，；：（）“”—！？％\u3000\u00a0\t")
_FOLDED = re.compile(f"[{re.escape(''.join(map(chr, _TABLE)))}]")


def fold(text: str) -> str:
    """The text with full-width forms, dashes, quotes and spaces folded, one character each.

    Offsets stay valid: ``len(fold(text)) == len(text)``.
    """
    if len(text) < _LONG:
        return text.translate(_FOLD)
    for sign, folded in _USUAL:
        text = text.replace(sign, folded)
    return text.translate(_FOLD) if _FOLDED.search(text) else text


class Quantity(NamedTuple):
    """A number as read; ``value`` is ``None`` for blank, na and unreadable cells.

    A range has ``low`` and ``high`` and no single value.  ``unit`` is as the value is given:
    money has the multiplier applied and is in 元.
    """

    value: Number | None
    unit: str | None
    state: State
    raw: str
    qualifier: Qualifier = "exact"
    low: Number | None = None
    high: Number | None = None
    flags: tuple[str, ...] = ()


_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_CHINESE = r"[〇零一二两三四五六七八九十百千]+"
_MUL = "十万|百万|千万|万|亿|千|百"
_PRE = "将近|接近|近|大约|约|超过|超|逾|突破|不足|至少|不少于"
_POST = "以上|左右|以内|以下"

# "近8100条", "1,563,668条", "476万余人次", "28085(张)次", "3-5件", "十一件"
EXPRESSION = re.compile(
    rf"(?<![\d.A-Za-z第〔\[_-])(?P<pre>(?<![最附])(?:{_PRE}))?"
    rf"(?P<n>{_ARABIC})(?:(?P<to>[-~至])(?P<n2>{_ARABIC}))?"
    rf"(?P<y1>[余多])?(?P<mul>{_MUL})?(?P<y2>[余多])?"
    rf"(?:(?:\([^()]{{1,3}}\)|大)?(?P<u>{UNITS}))?(?P<post>{_POST})?"
)
_PRE_ENDS = frozenset(word[-1] for word in _PRE.split("|"))
_PRE_BEFORE = re.compile(rf"(?<![最附])(?:{_PRE})$")
_DIGITS_FOUND = re.compile(r"\d+")
# "十一件", "二百余人次"
_CHINESE_EXPRESSION = re.compile(
    r"(?P<n>[〇零一二两三四五六七八九十百千][〇零一二两三四五六七八九十百千]*)(?P<pre>$^)?(?P<n2>$^)?"
    rf"(?P<y1>[余多])?(?P<mul>万|亿)?(?P<y2>[余多])?(?P<u>人次|条|件|次|份|宗|项|起|例|篇|场|期)"
    rf"(?P<post>{_POST})?"
)
# "+3", "减2", "1,234.5万元", "84.18%", "约3千件"
_CELL = re.compile(
    rf"(?P<sign>[+-]|增加|增|减少|减|↑|↓)?(?P<pre>{_PRE})?"
    rf"(?P<n>{_ARABIC}|{_CHINESE})(?:(?P<to>[-~至])(?P<n2>{_ARABIC}))?"
    rf"(?P<y1>[余多])?(?P<mul>{_MUL})?(?P<y2>[余多])?"
    rf"(?:\([^()]{{1,3}}\))?(?P<u>{UNITS})?(?P<post>{_POST})?"
)
_NOTHING = re.compile(r"[-/\\~]+|不适用|N/?A", re.IGNORECASE)
_NONE_PRINTED = frozenset(("无", "没有", "暂无", "未发生", "零", "未收取", "未收到", "无此类情况"))
_UNCHANGED = frozenset(("持平", "无变化", "不变", "无增减"))
_NEGATIVE = frozenset(("-", "减少", "减", "↓"))
_QUALIFIERS: dict[str, Qualifier] = {
    "将近": "just_below",
    "接近": "just_below",
    "近": "just_below",
    "不足": "just_below",
    "以内": "just_below",
    "以下": "just_below",
    "大约": "about",
    "约": "about",
    "左右": "about",
    "超过": "more_than",
    "超": "more_than",
    "逾": "more_than",
    "突破": "more_than",
    "余": "more_than",
    "多": "more_than",
    "至少": "at_least",
    "不少于": "at_least",
    "以上": "at_least",
}
_PLAIN = (None, None, None, None)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1_000}


def read_chinese(text: str) -> int:
    """The value of a Chinese numeral below 万: 二百三十 is 230, 二〇一一 is 2011."""
    if not any(c in _PLACES for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in _PLACES:
            total += (digit or 1) * _PLACES[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


def exact(number: Decimal) -> Number:
    """An ``int`` where the number is whole, else the ``Decimal`` as printed."""
    whole = int(number)
    return whole if number == whole else number


def _scaled(printed: str, factor: int) -> Number:
    if printed[0] not in "0123456789":
        return read_chinese(printed) * factor
    if "." not in printed:
        return int(printed.replace(",", "")) * factor
    return exact(Decimal(printed.replace(",", "")) * factor)


def read_match(match: re.Match[str], raw: str) -> Quantity:
    """What a match of a number expression says; ``raw`` is the expression as printed."""
    number, second, unit, mul = match.group("n", "n2", "u", "mul")
    factor = MULTIPLIERS[mul] if mul else 1
    if unit in YUAN_PER:
        factor *= YUAN_PER[unit]
        unit = "元"
    value = _scaled(number, factor)
    if second:
        return Quantity(None, unit, "printed", raw, "range", value, _scaled(second, factor))
    words = match.group("pre", "post", "y1", "y2")
    if words == _PLAIN:
        return Quantity(value, unit, "printed", raw)
    word = next(w for w in words if w)
    return Quantity(value, unit, "printed", raw, _QUALIFIERS[word])


@lru_cache(maxsize=4096)
def read_cell(text: str) -> Quantity:
    """What a table cell says: a number, a zero phrase, blank, not applicable or unreadable.

    "+3" is 3 and "减2" is -2; "251000元" is 251000 元; "无" is 0 by a zero phrase; "" is
    blank, never 0; "+3/-1" is unreadable, for it prints two numbers.
    """
    raw = text.strip()
    folded = "".join(fold(raw).split())
    if not folded:
        return Quantity(None, None, "blank", raw)
    if _NOTHING.fullmatch(folded):
        return Quantity(None, None, "na", raw)
    if folded in _NONE_PRINTED or folded in _UNCHANGED:
        return Quantity(0, None, "zero_phrase", raw)
    match = _CELL.fullmatch(folded)
    if match is None or len(folded) > len("".join(raw.split())) or re.search(r"\d\s+\d", raw):
        return Quantity(None, None, "unreadable", raw)
    quantity = read_match(match, raw)
    if match["sign"] in _NEGATIVE and quantity.value is not None:
        return quantity._replace(value=-quantity.value)
    return quantity


def in_yuan(quantity: Quantity, printed_unit: str) -> Quantity:
    """The quantity in 元, where its column is headed in ``printed_unit`` (元, 万元, 亿元).

    A unit printed in the cell itself wins over the heading of the column.
    """
    if quantity.value is None or quantity.unit == "元":
        return quantity._replace(unit="元")
    value = exact(Decimal(quantity.value) * YUAN_PER[printed_unit])
    return quantity._replace(value=value, unit="元")


def find_expressions(text: str) -> Iterator[re.Match[str]]:
    """The number expressions in Arabic figures of a folded sentence, in order."""
    done = 0
    for digits in _DIGITS_FOUND.finditer(text):
        start = digits.start()
        if start < done:
            continue
        if start > done and text[start - 1] in _PRE_ENDS:
            word = _PRE_BEFORE.search(text, max(done, start - 4), start)
            start = word.start() if word else start
        match = EXPRESSION.match(text, start)
        if match is not None:
            done = match.end()
            yield match


def find_chinese_expressions(text: str) -> Iterator[re.Match[str]]:
    """The number expressions in Chinese numerals that carry a unit of counting."""
    for match in _CHINESE_EXPRESSION.finditer(text):
        if text[match.start() - 1 : match.start()] not in "第0123456789" or match.start() == 0:
            yield match
