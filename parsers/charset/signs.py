"""Signs that a page in one encoding of Chinese holds a fragment in another.

This module decides nothing about the text: it looks at patterns of bytes that the encoding of
the page has no use for, as fast as bytes can be looked at, so that a clean page need not be
read closely. What to make of a sign is left to ``runs``.
"""

from __future__ import annotations

import re

from parsers.charset.likelihood import is_common


def _classes(**members: bytes) -> bytes:
    table = bytearray(b"." * 256)
    for name, values in members.items():
        for value in values:
            table[value] = ord(name)
    return bytes(table)


def _span(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


# L: lead bytes of Chinese in UTF-8; C and B: bytes that continue them.
# B and H: lead bytes of common Big5; T: letters, which seldom stand between them in GB2312.
_CLASSES = _classes(
    L=_span(0xE3, 0xE9) + b"\xef",
    C=_span(0x80, 0xA3),
    B=_span(0xA4, 0xBF),
    H=_span(0xC0, 0xC6),
    T=_span(0x40, 0x7E),
)
# Both begin with a letter that is rare, and so sought quickly.
_TWO_CHARACTERS = re.compile(rb"L[CB][CB](?=L[CB][CB])")
_LETTER_BETWEEN = re.compile(rb"T(?<=[BH]T)(?=[BH])")
_NOT_GB2312 = _span(0x80, 0xA0)  # half of the bytes that continue UTF-8, rare in double bytes
_CROWD = 3  # so many letters within
_NARROW = 48  # bytes; 甲A乙, X光片 and the like stand apart
# Lead bytes of the rare half of Big5, the common half of GB2312.
_GB_CLASSES = _classes(R=_span(0xC9, 0xFE))
_RARE_IN_BIG5 = b"RRRR"


def holds_utf8(body: bytes) -> bool:
    """Tell whether two common characters of Chinese in UTF-8 stand side by side."""
    return _holds_utf8(body, body.translate(_CLASSES))


def looks_mixed(body: bytes, encoding: str) -> bool:
    """Tell whether text that decodes in a double-byte encoding holds signs of another one."""
    classes = body.translate(_CLASSES)
    if _holds_utf8(body, classes):
        return True
    if encoding == "gb18030":
        return _crowds(classes)
    return _RARE_IN_BIG5 in body.translate(_GB_CLASSES)


def _holds_utf8(body: bytes, classes: bytes) -> bool:
    # 棣电话 in GB18030 is 馵绰 in UTF-8: what is rare in both is chance.
    found = any(
        all(map(is_common, body[pair.start() : pair.start() + 6].decode("utf-8")))
        for pair in _TWO_CHARACTERS.finditer(classes)
    )
    return found and len(body) - len(body.translate(None, _NOT_GB2312)) > 1


def _crowds(classes: bytes) -> bool:
    """Tell whether letters stand between lead bytes often within a few bytes."""
    places = [found.start() for found in _LETTER_BETWEEN.finditer(classes)]
    crowds = zip(places, places[_CROWD - 1 :], strict=False)
    return any(last - first < _NARROW for first, last in crowds)
