"""Tells text from characters that no one writes side by side.

This module decides which characters are common in Chinese text, simplified or traditional, how
much of a text is made of them, and where characters stand together that are not.  It knows
nothing of how they came about.

Common are the 3,755 ideographs of the first level of GB 2312 and what they are in traditional
text, with the usual signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby

from parsers.mojibake.characters import simplified_forms

_FIRST_LEVEL = "".join(
    bytes((lead, trail)).decode("gb2312", "ignore")
    for lead in range(0xB0, 0xD8)
    for trail in range(0xA1, 0xFF)
)
_TAIWANESE = "妳祂牠線裡著啟峰羣"  # that the tables of forms do not have
# General punctuation, letterlike and technical signs, circled numbers, shapes; CJK punctuation;
# full-width forms.
_SIGN_RANGES = (
    (0x2010, 0x2027),
    (0x2030, 0x2044),
    (0x2103, 0x22FF),
    (0x2460, 0x249B),
    (0x24B6, 0x24FF),
    (0x25A0, 0x26FF),
    (0x3000, 0x3020),
    (0xFF01, 0xFF5E),
    (0xFFE0, 0xFFE5),
)
_SIGNS = frozenset(chr(code) for first, last in _SIGN_RANGES for code in range(first, last + 1))
_LATIN_SIGNS = frozenset("\xa0§°±·×÷")


@cache
def common_characters() -> frozenset[str]:
    """Return the ideographs that are common in simplified or traditional text."""
    known = set(_FIRST_LEVEL)
    known.update(char for char, forms in simplified_forms().items() if forms[0] in known)
    return frozenset(known).union(_TAIWANESE)


@cache
def _expected() -> frozenset[str]:
    return common_characters() | _SIGNS | _LATIN_SIGNS


def is_odd(char: str) -> bool:
    """Tell whether a character is neither common nor a sign nor a Latin letter."""
    return char > "\u024f" and char not in _expected()


def is_common(char: str) -> bool:
    """Tell whether a character is a common ideograph, a sign, or ASCII."""
    return char <= "\x7f" or char in _expected()


def is_possible(char: str) -> bool:
    """Tell whether text may have the character at all: ASCII, an ideograph or a sign."""
    return (
        " " <= char <= "~"
        or "\u4e00" <= char <= "\u9fa5"
        or char in "\n\t\ufffd"
        or char in _expected()
    )


@cache
def _odd_class() -> str:
    odd = (code for code in range(0x250, 0x10000) if is_odd(chr(code)))
    ranges = []
    for _, run in groupby(enumerate(odd), key=lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        ranges.append(f"{chr(codes[0])}-{chr(codes[-1])}")
    return "".join(ranges)


@cache
def odd_character() -> re.Pattern[str]:
    """Return the pattern of an odd character: 鏀."""
    return re.compile(f"[{_odd_class()}]")


@cache
def odd_pair() -> re.Pattern[str]:
    """Return the pattern of two odd characters in a row: 鏀垮簻."""
    return re.compile(f"[{_odd_class()}][{_odd_class()}]")


@lru_cache(maxsize=4)
def odd_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Return the lines with two odd characters in a row; several mechanisms ask it of one text."""
    return tuple(lines_of(text, odd_pair())) if _has_odd_pair(text) else ()


def _has_odd_pair(text: str) -> bool:
    for found in odd_character().finditer(text[::2]):  # one of the two is at an even place
        at = 2 * found.start()
        if is_odd(text[at + 1 : at + 2]) or (at > 0 and is_odd(text[at - 1])):
            return True
    return False


def lines_of(received: str, clue: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each line in which ``clue`` is found."""
    at = 0
    while found := clue.search(received, at):
        start = received.rfind("\n", 0, found.start()) + 1
        end = received.find("\n", found.start())
        end = len(received) if end < 0 else end
        yield start, end
        at = max(end, found.end())


@cache
def _uncommon() -> re.Pattern[str]:
    """Return the pattern of what is neither ASCII nor expected."""
    latin = "".join(char for char in map(chr, range(0x80, 0x250)) if char not in _expected())
    return re.compile(f"[{re.escape(latin)}{_odd_class()}\U00010000-\U0010ffff]")


def uncommon_places(text: str, start: int, end: int) -> list[int]:
    """Return where characters stand that ``share_of_common`` does not count as common."""
    return [
        found.start() for found in _uncommon().finditer(text, start, end) if found[0] != "\ufffd"
    ]


def share_of_common(text: str) -> float:
    """Return the share of common characters and signs among those that are not ASCII."""
    lost = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", "ignore")) - lost
    return 1 - (len(_uncommon().findall(text)) - lost) / foreign if foreign else 0.0


def has_odd_ideographs(text: str) -> bool:
    """Tell whether ideographs or private-use characters are a good part of what is odd.

    In Japanese, Russian or a drawing of lines they are not.
    """
    odd = [char for char in text if is_odd(char) and char != "\ufffd"]
    ideographs = sum("\u3400" <= char <= "\u9fff" or "\ue000" <= char <= "\uf8ff" for char in odd)
    return ideographs >= 2 and 5 * ideographs >= len(odd)


def count_ideographs(text: str) -> int:
    """Return how many ideographs a text has."""
    return sum("\u3400" <= char <= "\u9fff" for char in text)
