"""Characters of a page gathered into lines of text.

Decides which characters stand on one line and where a gap between them is a space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from parsers.attachments.pdf_page import Char

_GAP = 0.2  # of the type size; a wider gap between words is a space
_WIDE = 1.4  # of the type size; a wider gap parts columns
_SAME_LINE = 0.45  # of the type size
_SAME_PLACE = 0.25
_SPACES = " \t\xa0\u3000"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line between wide gaps."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its place and the size of its first character."""

    text: str
    x0: float
    x1: float
    top: float
    size: float
    segments: tuple[Segment, ...]


def gather_lines(chars: Sequence[Char]) -> list[Line]:
    """The lines that print something, from top to bottom."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: char.base):
        if rows and char.base - rows[-1][0].base <= _SAME_LINE * max(rows[-1][0].size, 1.0):
            rows[-1].append(char)
        else:
            rows.append([char])
    return [line for line in map(_read_line, rows) if line is not None]


def _read_line(row: list[Char]) -> Line | None:
    printed = _printed(row)
    if not printed:
        return None
    pieces: list[list[Char]] = [[printed[0]]]
    for last, char in pairwise(printed):
        if char.start - last.end > _WIDE * max(char.size, last.size):
            pieces.append([])
        pieces[-1].append(char)
    spaces = [char.x0 for char in row if char.text in _SPACES]
    segments = tuple(
        Segment(join_chars(piece, spaces), piece[0].x0, piece[-1].x1) for piece in pieces
    )
    return Line(
        text=" ".join(segment.text for segment in segments),
        x0=printed[0].x0,
        x1=max(char.x1 for char in printed),
        top=min(char.base - char.size for char in printed),
        size=round(printed[0].size, 1),
        segments=segments,
    )


def _printed(row: list[Char]) -> list[Char]:
    """The visible characters from left to right; what is printed twice for boldness once."""
    printed: list[Char] = []
    for char in sorted(row, key=lambda char: char.x0):
        if char.text in _SPACES:
            continue
        last = printed[-1] if printed else None
        if last and last.text == char.text and char.x0 - last.x0 < _SAME_PLACE * char.size:
            continue
        printed.append(char)
    return printed


def join_chars(chars: Sequence[Char], spaces: Sequence[float]) -> str:
    """The text of a piece of a line.

    Between Latin letters and digits a space is a space; between Chinese, justified lines leave
    gaps that mean nothing, and only one wider than a character is kept.
    """
    text = chars[0].text
    for last, char in pairwise(chars):
        gap = (char.start - last.end) / max(char.size, last.size, 1.0)
        if _is_latin(last.text) and _is_latin(char.text):
            spaced = gap > _GAP or any(last.x0 < at < char.x0 for at in spaces)
        else:
            spaced = gap > 1
        text += " " + char.text if spaced else char.text
    return text


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
