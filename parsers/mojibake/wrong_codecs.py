"""Turns characters back into the bytes that a wrong decoder made them from.

This module decides which bytes stand behind a character of GBK, Big5, Latin-1 or Windows-1252,
and which bytes may have been lost where a decoder wrote U+FFFD or ``?``.  What the bytes meant
is left to ``rereading``.

A wrong decoder is rarely the one of the standard: Windows puts ``€`` for byte 80 and
private-use characters for the codes that GBK and Big5 leave to users, so those are known too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_HIGH_BYTES = range(0x80, 0x100)
# cp1252 knows 27 characters for 80-9F; its five holes stay controls.
_CP1252 = {
    bytes((byte,)).decode("cp1252"): bytes((byte,))
    for byte in range(0x80, 0xA0)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_CP1252_TO_LATIN1 = {ord(char): raw[0] for char, raw in _CP1252.items()}
SINGLE_BYTE_CHARS = "".join(map(chr, _HIGH_BYTES)) + "".join(_CP1252)
# Windows code page 950: the user-defined areas and the first of their private-use characters,
# 157 characters to a lead byte.
_BIG5_USER_AREAS = ((0xE000, 0xFA, 0), (0xE311, 0x8E, 0), (0xEEB8, 0x81, 0), (0xF6B1, 0xC6, 63))
_BIG5_USER_ENDS = (0xE311, 0xEEB8, 0xF6B1, 0xF849)
# Two characters have two codes; the second is what GBK bytes make of a shifted 、.
_BIG5_DOUBLES = {"十": (b"\xa2\xcc", b"\xa4\x51"), "卅": (b"\xa2\xce", b"\xa4\xca")}
_BIG5_TRAILS = bytes((*range(0x40, 0x7F), *range(0xA1, 0xFF)))


@dataclass(frozen=True, slots=True)
class WrongCodec:
    """A decoder that was wrong: how to take its work back."""

    name: str
    encode: Callable[[str], bytes | None]  # a whole text, None where a character has no bytes
    choices: Callable[[str], tuple[bytes, ...]]  # every reading of one character
    decodes: Callable[[bytes], bool]


def _encode_gbk(text: str) -> bytes | None:
    try:
        raw = b"\x80".join(part.encode("gb18030") for part in text.split("€"))
    except UnicodeEncodeError:
        return None
    plain = len(text.encode("ascii", "ignore"))
    euros = text.count("€")
    return raw if len(raw) == 2 * len(text) - plain - euros else None  # no four-byte codes


@cache
def _gbk_choices(char: str) -> tuple[bytes, ...]:
    if char == "€":
        return b"\x80", b"\xa2\xe3"
    raw = _encode_gbk(char)
    return (raw,) if raw is not None else ()


def _encode_big5(text: str) -> bytes | None:
    if not _BIG5_DOUBLES.keys() & set(text):
        try:
            return text.encode("big5hkscs")
        except UnicodeEncodeError:
            pass
    parts = [_big5_choices(char) for char in text]
    return b"".join(part[0] for part in parts) if all(parts) else None


@cache
def _big5_choices(char: str) -> tuple[bytes, ...]:
    if char in _BIG5_DOUBLES:
        return _BIG5_DOUBLES[char]
    for codec in ("big5hkscs", "cp950"):
        try:
            raw = char.encode(codec)
        except UnicodeEncodeError:
            continue
        if len(raw) <= 2:
            return (raw,)
    user = _big5_user_bytes(char)
    return (user,) if user is not None else ()


def _big5_user_bytes(char: str) -> bytes | None:
    for (first, lead, skipped), end in zip(_BIG5_USER_AREAS, _BIG5_USER_ENDS, strict=True):
        if first <= ord(char) < end:
            row, column = divmod(ord(char) - first + skipped, len(_BIG5_TRAILS))
            return bytes((lead + row, _BIG5_TRAILS[column]))
    return None


def _encode_single(text: str) -> bytes | None:
    try:
        return text.translate(_CP1252_TO_LATIN1).encode("latin-1")
    except UnicodeEncodeError:
        return None


@cache
def _single_choices(char: str) -> tuple[bytes, ...]:
    if char == " ":
        return b" ", b"\xa0"  # whoever tidied the text folded its no-break spaces
    raw = _encode_single(char)
    return (raw,) if raw is not None else ()


def _decodes(codec: str) -> Callable[[bytes], bool]:
    def decodes(raw: bytes) -> bool:
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            return False
        return True

    return decodes


GBK = WrongCodec("gbk", _encode_gbk, _gbk_choices, _decodes("gbk"))
GB18030 = WrongCodec("gb18030", _encode_gbk, _gbk_choices, _decodes("gb18030"))
BIG5 = WrongCodec("big5", _encode_big5, _big5_choices, _decodes("big5hkscs"))
SINGLE_BYTE = WrongCodec("cp1252", _encode_single, _single_choices, _decodes("cp1252"))

# The marks that decoders write for what they cannot read: the last two of a run are one.
LOST_MARK = re.compile("\ufffd\ufffd(?!\ufffd)|[\ufffd?]")


@cache
def lost_bytes(wrong: WrongCodec, following: int | None, count: int = 1) -> tuple[bytes, ...]:
    """Return the bytes that ``wrong`` cannot read, one by one, before the byte ``following``.

    ``None`` stands for a following byte that is lost itself, or the end of the text.
    """
    if count > 1:
        last = lost_bytes(wrong, following, count - 1)
        return tuple(raw + rest for rest in last for raw in lost_bytes(wrong, rest[0]))
    raws = (bytes((byte,)) for byte in _HIGH_BYTES)
    if following is None:
        return tuple(raws)
    return tuple(raw for raw in raws if not wrong.decodes(raw + bytes((following,))))
