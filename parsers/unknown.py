"""A second opinion on pages of no known template: trafilatura, asked only where it is needed.

Decides when it is believed: as the reader of a page whose text our own rules lost, unless what
it brings is a menu; and as the judge between parts that compete for being the document.  It is
slow to import and slow to run, so known templates never come here.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree  # type: ignore[import-untyped]
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from parsers.content import count_text
from parsers.layout import Layout
from parsers.plain import lay_out_text

MIN_TEXT = 40
_MIN_UNKNOWN = 300
_MENU = 0.6  # of the text: the share of links that makes a menu
_IN, _OUT = 0.7, 0.3
_SAMPLE = 40
_PIECE = 12
_STRING = etree.XPath("string()")


def read_unknown(text: str, body: Element) -> Layout | None:
    """What trafilatura makes of a page, if that is much and no menu."""
    if count_text(body) < _MIN_UNKNOWN:
        return None
    found = _extract(text)
    if len(found) <= MIN_TEXT:
        return None
    linked = {_squeeze(_STRING(link)) for link in body.iter("a")}
    lines = [_squeeze(line.lstrip("-*# ")) for line in found.split("\n")]
    menu = sum(len(line) for line in lines if line in linked)
    return None if menu > _MENU * sum(map(len, lines)) else lay_out_text(found)


def judge(text: str, rivals: Sequence[Element]) -> Element | None:
    """The one part that trafilatura keeps where it drops the others; ``None`` if it keeps more."""
    kept = _squeeze(_extract(text))
    shares = [_share(_squeeze(_STRING(part)), kept) for part in rivals]
    chosen = [part for part, share in zip(rivals, shares, strict=True) if share > _IN]
    dropped = sum(share < _OUT for share in shares)
    return chosen[0] if len(chosen) == 1 and dropped == len(rivals) - 1 else None


def _extract(text: str) -> str:
    from trafilatura import extract  # noqa: PLC0415 - slow to import, hardly ever needed

    return extract(text, include_comments=False, favor_recall=True) or ""


def _share(part: str, kept: str) -> float:
    """The share of a part that was kept, by pieces taken from all over it."""
    step = max(_PIECE, len(part) // _SAMPLE)
    pieces = [part[i : i + _PIECE] for i in range(0, max(1, len(part) - _PIECE), step)]
    return sum(piece in kept for piece in pieces) / len(pieces)


def _squeeze(text: str) -> str:
    return "".join(text.split())
