"""What a spreadsheet shows for a stored number: ``0.8418`` under ``0.00%`` prints 84.18%.

Decides how number formats are shown.  The value of a report is what its page prints, so a cell
is read as displayed; a format that is not understood shows the stored number.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# The formats that files name by number only.  Source: ECMA-376 part 1, 18.8.30.
BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    14: "yyyy-m-d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "yyyy-m-d h:mm",
    27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日",
    36: "yyyy年m月", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00", 49: "@", 50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月",
    53: "m月d日", 54: "m月d日", 55: "yyyy年m月", 56: "m月d日", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
# "[Red]", "[$-804]", "[>=100]"
_BRACKETED = re.compile(r"\[[^\]]*\]")
_CONDITION = re.compile(r"\[[<>=]")
# '"件"', "\\-", "_)", "* " are what a format prints or leaves free beside the number
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.')
# "#,##0.00", "0", "??0.0"
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?")
_DATE_PART = re.compile(r"[yY]+|[mM]+|[dD]+")
_MARK = "\x00{}\x01"
_MARKED = re.compile("\x00([0-9]+)\x01")
_EPOCH = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
_PRECISION = 24  # digits; no sheet holds more than 17
_LAST_DAY = 2_958_465  # 9999-12-31


def show_number(
    stored: float | str, number_format: str = "General", *, from_1904: bool = False
) -> str:
    """The number as the cell displays it; the stored digits where the format says nothing.

    >>> [show_number(0.8418, "0.00%"), show_number(7730.2799999999997), show_number(3.0)]
    ['84.18%', '7730.28', '3']
    >>> [show_number(12, '0"件"'), show_number(0, "0;-0;-"), show_number(43158, "yyyy年m月d日")]
    ['12件', '-', '2018年2月27日']
    """
    try:
        value = Decimal(repr(float(stored)))
    except (ValueError, InvalidOperation, OverflowError):
        return str(stored)
    if not value.is_finite():
        return str(stored)
    plain = show_plain(value)
    if number_format in ("General", "@", "") or _CONDITION.search(number_format):
        return plain
    section = _choose_section(number_format, value)
    bare, literals = _take_literals(_BRACKETED.sub("", section))
    if re.search("[yYdD]", bare) and 0 < value < _LAST_DAY:
        return _restore(_show_date(int(value), bare, from_1904=from_1904), literals)
    if re.search(r"[eE/]|[hHsS]|General", bare):
        return plain
    shown = _show_digits(abs(value) if ";" in number_format else value, bare)
    return _restore(shown, literals).strip()


def show_plain(value: Decimal) -> str:
    """The shortest decimal without an exponent: ``7730.28``, ``3``."""
    return f"{value.to_integral_value():f}" if value == value.to_integral_value() else f"{value:f}"


def _choose_section(number_format: str, value: Decimal) -> str:
    """Positive; negative; zero."""
    sections = number_format.split(";")
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[0]


def _take_literals(section: str) -> tuple[str, list[str]]:
    literals: list[str] = []

    def take(found: re.Match[str]) -> str:
        literals.append(found[1] or found[2] or "")
        return _MARK.format(len(literals) - 1)

    return _LITERAL.sub(take, section), literals


def _restore(shown: str, literals: list[str]) -> str:
    return _MARKED.sub(lambda mark: literals[int(mark[1])], shown)


def _show_digits(value: Decimal, section: str) -> str:
    marked = _MARKED.sub(lambda mark: "\x00" * len(mark[0]), section)  # their digits are no slots
    slots = _DIGITS.search(marked)
    if slots is None:
        return section
    pattern = slots[0]
    if "%" in section:
        value *= 100
    whole, _, fraction = pattern.partition(".")
    if value.adjusted() + len(fraction) > _PRECISION:
        return show_plain(value)
    if whole.endswith(","):
        value /= 1000 ** (len(whole) - len(whole.rstrip(",")))
    shown = f"{value.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP):f}"
    if "," in whole.rstrip(","):
        shown = f"{Decimal(shown):,f}"
    optional = len(fraction) - len(fraction.rstrip("#"))
    while optional and shown[-1] in "0.":
        shown, optional = shown[:-1], optional - 1
    if value == 0 and "0" not in pattern:
        shown = ""
    return section[: slots.start()] + shown.removesuffix(".") + section[slots.end() :]


def _show_date(serial: int, section: str, *, from_1904: bool) -> str:
    day = (_EPOCH_1904 if from_1904 else _EPOCH) + timedelta(days=serial)
    dated = section.partition("h")[0].partition("H")[0].rstrip(" @;")

    def show(part: re.Match[str]) -> str:
        letter, width = part[0][0].lower(), len(part[0])
        if letter == "y":
            return str(day.year) if width > 2 else f"{day.year % 100:02}"
        number = day.month if letter == "m" else day.day
        return f"{number:02}" if width == 2 else str(number)

    return _DATE_PART.sub(show, dated)
