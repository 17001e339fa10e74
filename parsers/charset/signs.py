"""Signs that a page in one encoding of Chinese holds a fragment in another.

This module decides nothing about the text: it looks at patterns of bytes that the encoding of
the page has no use for, as fast as bytes can be looked at, so that a clean page need not be
read closely. What to make of a sign is left to ``runs``.
"""

from __future__ import annotations


def _classes(**members: bytes) -> bytes:
    table = bytearray(b"." * 256)
    for name, values in members.items():
        for value in values:
            table[value] = ord(name)
    return bytes(table)


def _span(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


# Lead bytes of Chinese in UTF-8 and bytes that continue them.
_UTF8_CLASSES = _classes(L=_span(0xE3, 0xE9) + b"\xef", C=_span(0x80, 0xBF))
_TWO_CHARACTERS = b"LCCLCC"
_NOT_GB2312 = _span(0x80, 0xA0)  # half of the bytes that continue UTF-8, rare in double bytes
# Lead bytes of common Big5, and letters, which seldom stand between them in GB2312.
_BIG5_CLASSES = _classes(H=_span(0xA4, 0xC6), T=_span(0x40, 0x7E))
_LETTER_BETWEEN = b"HTH"
_CROWD = 3  # so many times within
_NARROW = 48  # bytes; 甲A乙, X光片 and the like stand apart
# Lead bytes of the rare half of Big5, the common half of GB2312.
_GB_CLASSES = _classes(R=_span(0xC9, 0xFE))
_RARE_IN_BIG5 = b"RRRR"


def holds_utf8(body: bytes) -> bool:
    """Tell whether two characters of Chinese in UTF-8 stand side by side."""
    low = len(body) - len(body.translate(None, _NOT_GB2312))
    return low > 1 and _TWO_CHARACTERS in body.translate(_UTF8_CLASSES)


def looks_mixed(body: bytes, encoding: str) -> bool:
    """Tell whether text that decodes in a double-byte encoding holds signs of another one."""
    if holds_utf8(body):
        return True
    if encoding == "gb18030":
        return _crowds(body.translate(_BIG5_CLASSES), _LETTER_BETWEEN)
    return _RARE_IN_BIG5 in body.translate(_GB_CLASSES)


def _crowds(classes: bytes, pattern: bytes) -> bool:
    """Tell whether the pattern occurs often within a few bytes."""
    places: list[int] = []
    at = classes.find(pattern)
    while at >= 0:
        places.append(at)
        if len(places) >= _CROWD and at - places[-_CROWD] < _NARROW:
            return True
        at = classes.find(pattern, at + 1)
    return False
