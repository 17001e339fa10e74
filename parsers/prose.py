"""The running text of a document, folded and without spaces, cut into sections.

This module decides what counts as prose (everything outside tables and masked spans), which
section each place belongs to, and where a sentence begins and ends.  It leaves the meaning of
numbers to ``narrative``.  Every position can be taken back to ``document.text``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from parsers.forms.source import load
from parsers.model import Document
from parsers.numbers import fold

MASK = "□"
_SECTIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (s["id"], re.compile(s["words"])) for s in load("sections")["sections"]
)
# "三、依申请公开办理情况", "(四)政策解读更加精准", "1、主动公开政府信息": rank 1, 2, 3
_HEADING = re.compile(
    r"(?:(?<=[\n。;\]])|\A)[-*•]?(?:(?P<first>[一二三四五六七八九十]{1,3}、)"
    r"|(?P<second>\([一二三四五六七八九十]{1,3}\)、?)|(?P<third>\d{1,2}[.、](?!\d))"
    r"|(?P<bare>(?=[^\n。;,、]{2,18}:?\n)))(?P<title>[^\n。,;:]{2,30})"
)
_NUMBERED_LINE = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\))")
_GAP = re.compile(r"[^\S\n]+")
_STOP = re.compile(r"[。;!?\n]")
_CLAUSE_STOP = re.compile(r"[。;!?\n,:、]")
PDF = "application/pdf"


@dataclass(slots=True)
class Prose:
    """Compact text with the way back: ``starts[i]`` in it is ``origins[i]`` in the document."""

    text: str
    starts: list[int]
    origins: list[int]
    sections: list[tuple[int, str]] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)
    shut: tuple[tuple[int, int], ...] = ()

    def origin(self, position: int) -> int:
        """The place in ``document.text`` of a character of the prose."""
        piece = bisect_right(self.starts, position) - 1
        return self.origins[piece] + position - self.starts[piece]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in ``document.text`` of a span of the prose."""
        return self.origin(start), self.origin(end - 1) + 1

    def is_shut(self, position: int) -> bool:
        """Whether a place lies in a table lost into the prose, which holds no sentences."""
        return any(start <= position < end for start, end in self.shut)

    def section(self, position: int) -> str:
        """The section in which a place lies; ``preface`` before the first heading."""
        index = bisect_right(self.sections, (position, "\uffff")) - 1
        return self.sections[index][1] if index >= 0 else "preface"

    def sentence(self, position: int) -> tuple[int, int]:
        """The span of the sentence around a place, without its full stop."""
        index = bisect_right(self.stops, position - 1)
        start = self.stops[index - 1] + 1 if index else 0
        end = self.stops[index] if index < len(self.stops) else len(self.text)
        return start, max(end, position)

    def clause(self, start: int, position: int) -> int:
        """Where the clause that ends at ``position`` begins, not before ``start``."""
        index = bisect_right(self.clauses, position) - 1
        return max(start, self.clauses[index]) if index >= 0 else start


def _prose_spans(document: Document) -> Iterator[tuple[int, int]]:
    """The spans outside tables and masks, in order."""
    shut = [(b.start, b.end) for b in document.blocks if b.kind == "table"]
    shut += list(document.masked)
    position = 0
    for start, end in sorted(shut):
        if start > position:
            yield position, start
        position = max(position, end)
    if position < len(document.text):
        yield position, len(document.text)


def _keeps_break(text: str, position: int) -> bool:
    """Whether a line break of a PDF ends a line of its own, not a line of a paragraph."""
    before = text[max(0, position - 60) : position]
    line = before[before.rfind("\n") + 1 :].strip()
    closed = not line or line[-1] in "。;:!?"
    heading = bool(_NUMBERED_LINE.match(line)) and len(line) < 25
    return closed or heading or bool(_NUMBERED_LINE.match(text, position + 1))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of a span between white space; one blank between two digits is kept."""
    position = start
    for gap in _GAP.finditer(text, start, end):
        left, right = gap.span()
        if left > 0 and right < end and text[left - 1].isdigit() and text[right].isdigit():
            left += 1
        if left > position:
            yield position, left
        position = right
    if end > position:
        yield position, end


def _joined_lines(text: str) -> str:
    """The text of a PDF with the breaks inside its paragraphs turned into blanks."""
    breaks = [m.start() for m in re.finditer("\n", text)]
    characters = list(text)
    for position in breaks:
        if not _keeps_break(text, position):
            characters[position] = " "
    return "".join(characters)


def read_prose(document: Document) -> Prose:
    """The prose of a document with its sections and sentence ends."""
    text = fold(document.text)
    if document.media_type == PDF:
        text = _joined_lines(text)
    parts: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    for start, end in _prose_spans(document):
        if parts and not parts[-1].endswith("\n"):
            starts.append(length)
            origins.append(start)
            parts.append(MASK)
            length += 1
        for left, right in _pieces(text, start, end):
            starts.append(length)
            origins.append(left)
            parts.append(text[left:right])
            length += right - left
    prose = Prose("".join(parts), starts, origins)
    prose.stops = [m.start() for m in _STOP.finditer(prose.text)]
    prose.clauses = [m.end() for m in _CLAUSE_STOP.finditer(prose.text)]
    prose.sections = _read_sections(prose.text)
    return prose


@lru_cache(maxsize=4096)  # the forms prescribe most headings
def _section_of(title: str) -> str | None:
    return next((name for name, words in _SECTIONS if words.search(title)), None)


def _read_sections(text: str) -> list[tuple[int, str]]:
    """Where each section begins.

    A heading of the first rank opens a section, ``body`` where its words are unknown; one of a
    lower rank opens its own where its words are known, else goes back to the one above.
    """
    found: list[tuple[int, str]] = []
    first = second = "body"
    for match in _HEADING.finditer(text):
        name = _section_of(match["title"])
        if match["first"] or (match["bare"] is not None and name):
            first = second = name or "body"
        elif match["second"]:
            second = name or first
        elif match["third"]:
            found.append((match.start(), name or second))
            continue
        else:
            continue
        found.append((match.start(), second))
    return found
