"""How likely characters are on a Chinese page, and so how likely a reading of its bytes is.

This module decides what one character costs, in eighths of a nat, and rates a reading of
some bytes by the sum. Readings of the same bytes can be compared, however many characters
each makes of them. Which readings compete is left to ``evidence``, where one ends and the
next begins to ``runs``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

NAT = 8
COMMON = 10 * NAT  # a character that costs less is common
BAD_BYTES = 15 * NAT  # bytes that are no character
_RARE_IDEOGRAPH = 16 * NAT
_ELSE = 19 * NAT

# What the counted words do not hold: signs, and 的, which the dictionary counts too low.
_SIGNS = (
    (28, "的，、。"),
    (26, ' <>/="-.\n'),
    (36, "\r\t'&;:,_()"),
    (44, "　：；（）《》“”"),
    (58, "？！—…·【】〔〕％１２３４５６７８９０"),
    (72, "‘’〇○●■◆★☆※→①②③④⑤⑥⑦⑧⑨⑩－～℃／．﹒•〈〉「」『』　︰│─"),
    (84, "＂＇＋＝＊＜＞｜［］｛｝＿＆＃＠￥€£©®«»°×÷±²³–㎡㎜㎏№ⅠⅡⅢⅣⅤ△▲▼□◇◎﹝﹞﹐﹔﹕↑↓←"),
)
# First, last, cost of the rest.
_RANGES = (
    (0x30, 0x39, 26),
    (0x41, 0x5A, 36),
    (0x61, 0x7A, 26),
    (0x20, 0x7E, 48),
    (0x00, 0x1F, 18 * NAT),
    (0x7F, 0x9F, 20 * NAT),
    (0xA0, 0xA0, 60),
    (0xA1, 0x17F, 96),  # é, ü, ā
    (0x180, 0x24F, 112),  # ǎ of pinyin
    (0x370, 0x3FF, 12 * NAT),
    (0x400, 0x45F, 13 * NAT),
    (0x2010, 0x203F, 12 * NAT),
    (0x2150, 0x2312, 13 * NAT),
    (0x2460, 0x266F, 12 * NAT),
    (0x3001, 0x303F, 13 * NAT),
    (0x3041, 0x30FE, 12 * NAT),  # kana: the row A4 of GBK, the commonest row of Big5
    (0x3105, 0x3129, 14 * NAT),
    (0x3220, 0x32B0, 13 * NAT),
    (0x3400, 0x4DB5, 17 * NAT),
    (0x4E00, 0x9FFF, _RARE_IDEOGRAPH),
    (0xE000, 0xE765, 17 * NAT),  # user-defined characters of cp936
    (0xE766, 0xF8FF, 18 * NAT),
    (0xFE30, 0xFE6B, 12 * NAT),
    (0xFF01, 0xFF5E, 11 * NAT),
    (0xFFFD, 0xFFFD, BAD_BYTES),
    (0x20000, 0x2FA1F, 17 * NAT),
)


class _Costs(dict[str, int]):
    """The cost of every character; those without a count cost what their block costs."""

    def __missing__(self, char: str) -> int:
        code = ord(char)
        cost = next((cost for first, last, cost in _RANGES if first <= code <= last), _ELSE)
        if char <= "\uffff":  # which are few enough to keep
            self[char] = cost
        return cost


@cache
def character_costs() -> dict[str, int]:
    """Return the cost of each character, in eighths of a nat, whatever the character."""
    costs = _Costs()
    for code in (*range(0x180), *range(0x2010, 0x2670), 0xFFFD, *range(0xFF01, 0xFF5F)):
        costs[chr(code)] = costs[chr(code)]
    costs.update(dict.fromkeys(map(chr, range(0x4E00, 0x9FA6)), _RARE_IDEOGRAPH))
    table = files("parsers").joinpath("data", "character_costs.txt").read_text("utf-8")
    for line in table.splitlines():
        eighths, _, chars = line.partition(" ")
        costs.update(dict.fromkeys(chars, int(eighths)))
    for cost, signs in reversed(_SIGNS):
        costs.update(dict.fromkeys(signs, cost))
    return costs


@cache
def _common_characters() -> frozenset[str]:
    return frozenset(
        char for char, cost in character_costs().items() if cost < COMMON and char > "\x7f"
    )


def is_common(char: str) -> bool:
    """Tell whether a character beyond ASCII is common on Chinese pages."""
    return char in _common_characters()


class Rating(NamedTuple):
    """How one reading of some bytes does: what it costs, and its text."""

    cost: int
    encoding: str
    text: str


class Share(NamedTuple):
    """How many of the characters of a text beyond ASCII are common ones."""

    common: int
    characters: int

    def __str__(self) -> str:
        return f"{self.common} of {self.characters} common characters"

    @property
    def is_plausible(self) -> bool:
        """Tell whether the text looks like Chinese rather than chance."""
        return self.common > 0.45 * self.characters


def share_of(text: str) -> Share:
    """Return the share of common characters."""
    common = sum(map(_common_characters().__contains__, text))
    return Share(common, len(text) - len(text.encode("ascii", "ignore")))


def rate(pieces: Iterable[bytes], encoding: str) -> Rating:
    """Return the rating of one encoding for bytes cut out of a page."""
    text = "".join([piece.decode(encoding, "replace") for piece in pieces])
    return Rating(sum(map(character_costs().__getitem__, text)), encoding, text)
