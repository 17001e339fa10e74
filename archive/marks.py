"""A set of texts in little memory: which addresses, keys or fingerprints have been met.

This module decides how they are told apart: by hashes of 64 bits, so that among a million texts
a new one is taken for a known one with a chance of one in 20 trillion.  What they
are marks of is left to whoever asks.  A set of the texts themselves would take some 150 bytes
for each, and a crawl meets hundreds of thousands.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterable


class Marks:
    """Texts that have been met, eight bytes each; they cannot be listed again.

    The hashes differ from process to process, so nothing of this is ever stored.
    """

    __slots__ = ("_hashes",)

    def __init__(self, texts: Iterable[Hashable] = ()) -> None:
        self._hashes = array("q", sorted({hash(text) for text in texts}))

    def __contains__(self, text: Hashable) -> bool:
        place = bisect_left(self._hashes, mark := hash(text))
        return place < len(self._hashes) and self._hashes[place] == mark

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, text: Hashable) -> None:
        """Note that a text has been met."""
        place = bisect_left(self._hashes, mark := hash(text))
        if place == len(self._hashes) or self._hashes[place] != mark:
            self._hashes.insert(place, mark)
