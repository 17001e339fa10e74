"""Which Unicode pages a text uses: one cheap look that spares the slow ones.

A page is the upper byte of a code point (0x25 for U+25xx).  Clean reports use a handful of
pages besides the ideographs, so that most kinds of damage are ruled out at once.
"""

from __future__ import annotations

from functools import lru_cache

_IDEOGRAPHS = bytes(range(0x4E, 0xA0))
_PAGES = bytes(range(0x100))


@lru_cache(maxsize=2)
def pages_used(text: str) -> frozenset[int]:
    """Return the pages of the characters of a text, those of the basic ideographs left out.

    Characters beyond U+FFFF count with the pages of their surrogates (0xD8 to 0xDF).
    """
    upper = text.encode("utf-16-le", "surrogatepass")[1::2]
    unused = _PAGES.translate(None, upper.translate(None, _IDEOGRAPHS))
    return frozenset(_PAGES.translate(None, unused))
