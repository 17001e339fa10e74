"""Damages text by writing it in one codec and reading it in another, once or twice.

This module decides how each wrong reader behaves (what it swallows, what it shows for a byte it
cannot read).  Bytes and characters that go missing otherwise are left to ``damage``.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from bench.broken import Broken, Damage, write


def read_as_cp936(raw: bytes, *, swallow: bool = False) -> tuple[str, int]:
    """Return bytes as Windows reads them in code page 936, and the number of bytes lost.

    80 is the euro sign, the user-defined areas are private use, and a lead byte without its
    trail becomes ``?``; with ``swallow`` an ASCII character after it is lost as well.
    """
    chars, at, lost = [], 0, 0
    while at < len(raw):
        byte = raw[at]
        if byte <= 0x80:
            chars.append("€" if byte == 0x80 else chr(byte))
            at += 1
            continue
        pair = raw[at : at + 2]
        try:
            chars.append(pair.decode("gb18030"))
            at += 2
        except UnicodeDecodeError:
            chars.append("?")
            taken = 2 if swallow and len(pair) == 2 else 1
            lost += taken
            at += taken
    return "".join(chars), lost


def read_as_big5(raw: bytes) -> tuple[str, int]:
    """Return bytes as read in Big5 with the Hong Kong characters, and the number of losses."""
    text = raw.decode("big5hkscs", "replace")
    return text, text.count("\ufffd")


def read_as_gb18030(raw: bytes) -> tuple[str, int]:
    """Return bytes as read in GB18030, and the number of losses."""
    text = raw.decode("gb18030", "replace")
    return text, text.count("\ufffd")


def read_as_gbk(raw: bytes) -> tuple[str, int]:
    """Return bytes as read in GBK, which knows no byte 80, and the number of losses."""
    text = raw.decode("gbk", "replace")
    return text, text.count("\ufffd")


def read_as_latin1(raw: bytes) -> tuple[str, int]:
    """Return bytes as read in Latin-1, which loses nothing."""
    return raw.decode("latin-1"), 0


def read_as_cp1252(raw: bytes) -> tuple[str, int]:
    """Return bytes as browsers read Windows-1252: its five gaps are controls, nothing is lost."""
    chars = (bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in raw)
    return "".join(chars), 0


def read_as_utf8(raw: bytes) -> tuple[str, int]:
    """Return bytes as read in UTF-8, and the number of losses."""
    text = raw.decode("utf-8", "replace")
    return text, text.count("\ufffd")


def _misread(*steps: tuple[str, Callable[[bytes], tuple[str, int]]]) -> Damage:
    """Return the damage of writing in one codec and reading in another, step after step."""

    def damage(clean: str, random: Random) -> Broken | None:
        del random
        text, lost = clean, 0
        for codec, read in steps:
            raw = write(text, codec)
            if raw is None:
                return None
            text, more = read(raw)
            lost += more
        return None if text == clean else Broken(text, lost)

    return damage


def _read_as_cp936_swallowing(raw: bytes) -> tuple[str, int]:
    return read_as_cp936(raw, swallow=True)


def write_references(clean: str, random: Random) -> Broken | None:
    """Return every byte above 7F of the GBK form as a numeric character reference."""
    del random
    raw = write(clean, "gbk")
    if raw is None or clean.isascii():
        return None
    return Broken("".join(chr(byte) if byte < 0x80 else f"&#{byte};" for byte in raw))


DAMAGES: dict[str, Damage] = {
    "utf8_as_cp936": _misread(("utf-8", read_as_cp936)),
    "utf8_as_cp936_swallowing": _misread(("utf-8", _read_as_cp936_swallowing)),
    "utf8_as_gb18030": _misread(("utf-8", read_as_gb18030)),
    "utf8_as_gbk": _misread(("utf-8", read_as_gbk)),
    "utf8_as_big5": _misread(("utf-8", read_as_big5)),
    "utf8_as_latin1": _misread(("utf-8", read_as_latin1)),
    "utf8_as_cp1252": _misread(("utf-8", read_as_cp1252)),
    "utf8_as_cp936_twice": _misread(("utf-8", read_as_cp936), ("utf-8", read_as_cp936)),
    "utf8_as_gb18030_twice": _misread(("utf-8", read_as_gb18030), ("utf-8", read_as_gb18030)),
    "utf8_as_latin1_twice": _misread(("utf-8", read_as_latin1), ("utf-8", read_as_latin1)),
    "utf8_as_cp1252_twice": _misread(("utf-8", read_as_cp1252), ("utf-8", read_as_cp1252)),
    "utf8_as_latin1_then_gb18030": _misread(("utf-8", read_as_latin1), ("utf-8", read_as_gb18030)),
    "gbk_as_latin1_then_gb18030": _misread(("gb18030", read_as_latin1), ("utf-8", read_as_gb18030)),
    "gbk_as_latin1_twice": _misread(("gb18030", read_as_latin1), ("utf-8", read_as_latin1)),
    "gbk_as_latin1": _misread(("gb18030", read_as_latin1)),
    "gbk_as_cp1252": _misread(("gb18030", read_as_cp1252)),
    "big5_as_latin1": _misread(("big5hkscs", read_as_latin1)),
    "big5_as_cp1252": _misread(("big5hkscs", read_as_cp1252)),
    "gbk_as_big5": _misread(("gbk", read_as_big5)),
    "big5_as_gbk": _misread(("big5hkscs", read_as_gb18030)),
    "big5_as_cp936": _misread(("big5hkscs", read_as_cp936)),
    "gbk_as_utf8": _misread(("gbk", read_as_utf8)),
    "gbk_as_utf8_then_gbk": _misread(("gbk", read_as_utf8), ("utf-8", read_as_gbk)),
    "gbk_as_references": write_references,
}
