"""The numerals that Word prints before list paragraphs: "一、", "（二）", "3.".

Decides what the counter of a list shows at a paragraph.  A heading numbered by Word has its
numeral nowhere in its text, so without this "一、总体情况" reads "总体情况".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from parsers.attachments.package import attribute, local_name

_DIGITS = "〇一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_CHINESE = {
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
    "taiwaneseCountingThousand", "ideographLegalTraditional", "koreanCounting",
}  # fmt: skip
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
# "%1.%2" in "第%1章"
_SLOT = re.compile(r"%(\d)")
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
          (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    style: str
    text: str


@dataclass(slots=True)
class Numbering:
    """The lists of a document and how far each has counted."""

    abstract: dict[str, dict[int, _Level]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def label(self, list_id: str, level: int) -> str:
        """What is printed before the next paragraph of this list and level; may be empty."""
        of = self.lists.get(list_id)
        levels = self.abstract.get(of or "")
        if of is None or not levels or level not in levels:
            return ""
        counts = self._counts.setdefault(of, {})
        if list_id not in self._begun:
            self._begun.add(list_id)
            for (owner, at), start in self.starts.items():
                if owner == list_id:
                    counts[at] = start - 1
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        if levels[level].style == "bullet":
            return ""

        def show(slot: re.Match[str]) -> str:
            at = int(slot[1]) - 1
            shown = levels.get(at, levels[level])
            return format_numeral(counts.get(at, shown.start), shown.style)

        return _SLOT.sub(show, levels[level].text)


def read_numbering(root: Element) -> Numbering:
    """The lists that ``numbering.xml`` defines."""
    numbering = Numbering()
    for node in root:
        kind = local_name(node)
        if kind == "abstractNum":
            levels = (_read_level(level) for level in node if local_name(level) == "lvl")
            numbering.abstract[attribute(node, "abstractNumId") or ""] = dict(levels)
        elif kind == "num":
            number = attribute(node, "numId") or ""
            for child in node:
                if local_name(child) == "abstractNumId":
                    numbering.lists[number] = attribute(child, "val") or ""
                elif local_name(child) == "lvlOverride":
                    for start in child:
                        if local_name(start) == "startOverride":
                            at = _int(attribute(child, "ilvl"), 0)
                            numbering.starts[number, at] = _int(attribute(start, "val"), 1)
    return numbering


def _read_level(node: Element) -> tuple[int, _Level]:
    values = {local_name(child): attribute(child, "val") or "" for child in node}
    level = _Level(_int(values.get("start"), 1), values.get("numFmt", "decimal"),
                   values.get("lvlText", ""))  # fmt: skip
    return _int(attribute(node, "ilvl"), 0), level


def _int(printed: str | None, otherwise: int) -> int:
    return int(printed) if printed and printed.isdecimal() and len(printed) < 9 else otherwise


def format_numeral(number: int, style: str) -> str:
    """A counter in a numeral style of Word.

    >>> [format_numeral(12, style) for style in ("chineseCounting", "upperRoman", "decimal")]
    ['十二', 'XII', '12']
    """
    if style == "none":
        return ""
    if style in _CHINESE:
        return _chinese(number)
    if style in ("ideographDigital", "japaneseDigitalTenThousand"):
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if style == "ideographTraditional" and 0 < number <= len(_STEMS):
        return _STEMS[number - 1]
    if style.startswith("decimalEnclosedCircle") and 0 < number <= len(_CIRCLED):
        return _CIRCLED[number - 1]
    if style in ("upperLetter", "lowerLetter") and number > 0:
        letters = chr(65 + (number - 1) % 26) * (1 + (number - 1) // 26)
        return letters if style == "upperLetter" else letters.lower()
    if style in ("upperRoman", "lowerRoman") and 0 < number < 4000:
        return _roman(number) if style == "upperRoman" else _roman(number).lower()
    if style.startswith("decimalFullWidth"):
        return str(number).translate(_FULL_WIDTH)
    return f"{number:02}" if style == "decimalZero" else str(number)


def _chinese(number: int) -> str:
    if number < 10:
        return _DIGITS[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _roman(number: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        times, number = divmod(number, value)
        letters += letter * times
    return letters
