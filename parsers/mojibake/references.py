"""Undoes bytes that were written as numeric character references.

``&#213;&#254;&#184;&#174;`` is 政府: each byte of its GBK form stands as the reference of a
Latin-1 letter, which no reader of HTML takes for a byte.  This module decides where references
stand for bytes and in which encoding; references that stand for themselves stay.  Signs alone
prove nothing: they are read where words of the same text are bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from parsers.model import Finding, Repair
from parsers.mojibake.choosing import score
from parsers.mojibake.oddity import count_ideographs, share_of_common

RULE = "bytes_as_references"
_CODECS = ("utf-8", "gb18030", "big5hkscs")
_LEAST_COMMON = 0.85
_LEAST_MEAN = -9.5  # nats a character
_SAMPLE = 60  # characters

_REFERENCE = r"&#(?:1(?:2[89]|[3-9]\d)|2[0-4]\d|25[0-5]);"
# &#213;&#254; · &#177;_&#213;&#254;: bytes above 7F as references, plain ASCII between them
_STRETCH = re.compile(rf"{_REFERENCE}(?:[\x20-\x7e]?{_REFERENCE})+[\x40-\x7e]?")
_NUMBER = re.compile(r"&#(\d+);")


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return a repair for each stretch of references that stand for bytes."""
    if "&#" not in received:
        return [], []
    repairs = list(_find(received))
    if not repairs:
        return [], []
    return repairs, [Finding(RULE, "warning", f"{len(repairs)} stretches stand as references")]


def _find(received: str) -> Iterator[Repair]:
    stretches = [found.span() for found in _STRETCH.finditer(received)]
    readings = [_read_stretch(received[start:end], _read) for start, end in stretches]
    codecs = {reading.codec for reading in readings if reading}
    signs = _SIGNS[min(codecs)] if len(codecs) == 1 else None
    for (start, stop), read in zip(stretches, readings, strict=True):
        reading = read or (signs and _read_stretch(received[start:stop], signs))
        if reading:
            end = start + reading.size
            yield Repair(start, end, received[start:end], reading.text, RULE, exact=True)


class _Reading(NamedTuple):
    """What so many characters of a stretch mean, and in which encoding."""

    text: str
    codec: str
    size: int


def _read_stretch(stretch: str, read: Callable[[bytes], tuple[str, str] | None]) -> _Reading | None:
    """Return what a stretch means; its last letter may be a byte or itself."""
    sizes = (len(stretch),) if stretch[-1] == ";" else (len(stretch), len(stretch) - 1)
    for size in sizes:
        raw = _NUMBER.sub(lambda found: chr(int(found[1])), stretch[:size]).encode("latin-1")
        meant = read(raw)
        if meant is not None:
            return _Reading(*meant, size)
    return None


def _read(raw: bytes) -> tuple[str, str] | None:
    """Return the Chinese that bytes are and its encoding, ``None`` where they are none."""
    best = None
    for codec in _CODECS:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        sample = text[:_SAMPLE]
        mean = score(sample) / len(sample)
        common = count_ideographs(text) > 0 and share_of_common(text) >= _LEAST_COMMON
        if common and mean >= _LEAST_MEAN and (best is None or mean > best[0]):
            best = mean, text, codec
    return best[1:] if best is not None else None


def _read_signs(raw: bytes, codec: str) -> tuple[str, str] | None:
    """Return signs of the encoding that the text's words are in: a dash between two numbers."""
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        return None
    return (text, codec) if share_of_common(text) == 1 else None


_SIGNS = {codec: partial(_read_signs, codec=codec) for codec in _CODECS}
