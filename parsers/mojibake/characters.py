"""What is known about single characters: GBK bytes, readings, simplified forms.

This module decides how bytes pair up into characters and whether a reading fits one; what
to make of that is left to the mechanisms.  The tables are built by
``scripts/build_language_model.py`` and read on first use only.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files

FIRST_LEAD = 0x81
LAST_LEAD = 0xFE
EURO_BYTE = b"\x80"

SYLLABLE = "[a-züāáǎàēéěèêīíǐìōóǒòūúǔùǖǘǚǜńňǹḿɡ]{1,6}"
"""Matches one syllable of pinyin, with or without its tone."""


def _read_table(name: str) -> str:
    return files("parsers").joinpath("data", name).read_text("utf-8")


@cache
def simplified_forms() -> dict[str, str]:
    """Return the simplified candidates of each traditional character, likeliest first."""
    return {entry[0]: entry[1:] for entry in _read_table("simplified.txt").split()}


@cache
def first_simplified() -> dict[int, str]:
    """Return a ``str.translate`` table to the likeliest simplified form."""
    return {ord(char): forms[0] for char, forms in simplified_forms().items()}


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Return the readings of each character, the usual one first."""
    usual: dict[str, tuple[str, ...]] = {}
    other: dict[str, tuple[str, ...]] = {}
    for line in _read_table("readings.txt").splitlines():
        reading, chars, seldom = line.split(" ")
        usual.update(dict.fromkeys(chars, (reading,)))
        for char in seldom:
            other[char] = (*other.get(char, ()), reading)
    return {char: readings + other.get(char, ()) for char, readings in usual.items()}


@cache
def strip_tone(reading: str) -> str:
    """Return the syllable without its tone mark: ``lǚ`` gives ``lü``, ``qiáng`` ``qiang``."""
    letters = unicodedata.normalize("NFD", reading)
    kept = "".join(c for c in letters if not unicodedata.combining(c) or c == "\u0308")
    return unicodedata.normalize("NFC", kept)


@cache
def has_reading(char: str, reading: str) -> bool:
    """Tell whether the character can be read so, with exactly this tone."""
    return reading in _readings().get(char, ())


@cache
def may_have_reading(char: str, reading: str) -> bool:
    """Tell whether the character can be read so, whatever the tone."""
    bare = strip_tone(reading)
    known = _readings().get(char, ())
    if any(strip_tone(one) == bare for one in known):
        return True
    simple = first_simplified().get(ord(char), char) if char else char
    return simple != char and may_have_reading(simple, reading)


def usual_reading(char: str) -> str:
    """Return how the character is usually read."""
    return _readings().get(char, ("",))[0]


@cache
def common_characters() -> frozenset[str]:
    """Return the characters that make up most Chinese text, simplified and traditional."""
    return frozenset(_read_table("common_characters.txt").replace("\n", ""))


@cache
def pair_char(lead: int, trail: int) -> str | None:
    """Return the GBK character of two bytes, private-use codes included."""
    try:
        char = bytes((lead, trail)).decode("gb18030")
    except UnicodeDecodeError:
        return None
    return char if len(char) == 1 else None


@cache
def gbk_bytes(char: str) -> bytes | None:
    """Return the one or two bytes of a character in GBK, ``None`` where it has none."""
    if char == "€":
        return EURO_BYTE
    try:
        raw = char.encode("gb18030")
    except UnicodeEncodeError:
        return None
    return raw if len(raw) <= 2 else None


@cache
def chars_with_lead(lead: int) -> tuple[tuple[int, str], ...]:
    """Return every (trail byte, ideograph) of one lead byte."""
    pairs = ((trail, pair_char(lead, trail)) for trail in range(0x40, 0xFF))
    return tuple((trail, char) for trail, char in pairs if char and is_text(char))


@cache
def chars_with_trail(trail: int) -> tuple[tuple[int, str], ...]:
    """Return every (lead byte, ideograph) of one trail byte."""
    pairs = ((lead, pair_char(lead, trail)) for lead in range(FIRST_LEAD, LAST_LEAD + 1))
    return tuple((lead, char) for lead, char in pairs if char and is_text(char))


def is_text(char: str) -> bool:
    """Tell whether a report may hold the character: an ideograph or common punctuation."""
    return "\u4e00" <= char <= "\u9fff" or char in _SIGNS


# Signs of GBK that reports print, the full-width forms of ASCII among them.
RARE_SIGNS = "！？％…·—○〇×●■□★△▲◆◇①②③④⑤⑥⑦⑧⑨⑩⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩ⅠⅡⅢⅣⅤⅥ"
_SIGNS = frozenset("\u3000。、《》“”‘’〔〕【】「」『』，（）：；" + RARE_SIGNS).union(
    map(chr, range(0xFF01, 0xFF5F))
)
