"""Undoes bytes that were written as numeric character references.

``&#213;&#254;&#184;&#174;`` is 政府: each byte of its GBK form stands as the reference of a
Latin-1 letter, which no reader of HTML takes for a byte.  This module decides where references
stand for bytes and in which encoding; references that stand for themselves stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    for found in _STRETCH.finditer(received):
        for end in (found.end(), found.end() - 1):  # its last letter may be a byte or itself
            before = received[found.start() : end]
            after = _read(before) if before[-1] == ";" or end == found.end() else None
            if after is not None:
                yield Repair(found.start(), end, before, after, RULE, exact=True)
                break


def _read(stretch: str) -> str | None:
    """Return the Chinese that the bytes are, ``None`` where they are none."""
    raw = _NUMBER.sub(lambda found: chr(int(found[1])), stretch).encode("latin-1")
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
            best = mean, text
    return best[1] if best is not None else None
