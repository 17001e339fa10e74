"""A PDF report as a layout: paragraphs, tables continued over pages, no page numbers.

Decides which characters make a line, where a paragraph goes on in the next line and where a
table goes on over the next page.  Compatibility characters stay as the file has them.  A file
that cannot be read gives a finding: ``encrypted``, ``damaged_file`` or ``needs_ocr``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from parsers.attachments.package import Locked
from parsers.attachments.pdf_grid import NEAR, RuledTable, cluster, find_tables
from parsers.attachments.pdf_lines import Line, gather_lines
from parsers.attachments.pdf_open import find_open_tables
from parsers.attachments.pdf_page import Box, Char, Page, read_pages
from parsers.errors import UnreadableSource
from parsers.layout import (
    Draft,
    Layout,
    PlacedCell,
    Sized,
    find_large_title,
    is_heading,
    join_lines,
)
from parsers.model import Finding

# "- 3 -", "— 12 —", "第 3 页", "第3页/共5页", "3 / 12", "5"
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–－·]*\s*\d{1,3}\s*[-—–－·]*|第\s*\d{1,3}\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?"
    r"|\d{1,3}\s*/\s*\d{1,3})\s*"
)
_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_DIGIT = re.compile(r"\d")
_END_MARK = b"%%EOF"
_TAIL = 2048
_PICTURE_PAGE = 0.3  # a picture over this share of a page may hold a table
_FEW_CHARS = 120
_UNKNOWN = 0.3  # more characters than this that say nothing: the fonts have no table of them


class _Part(NamedTuple):
    """A table on one page: the boxes of its cells with their text."""

    table: RuledTable
    texts: list[str]


def lay_out_pdf(body: bytes) -> Layout:
    """The layout of a PDF; what cannot be read is named in a finding, never raised."""
    findings: list[Finding] = []
    pages: list[Page] = []
    try:
        pages, damage = read_pages(body)
    except Locked:
        return Layout(findings=(_ENCRYPTED,))
    except UnreadableSource as error:
        damage = error
    writer = _Writer()
    for page in pages:
        writer.add_page(page)
    if damage is None and _END_MARK not in body[-_TAIL:]:
        damage = UnreadableSource("PDF", "it has no end")
    if damage is not None:
        message = f"the file breaks off after {len(pages)} readable pages ({damage.reason})"
        findings.append(Finding("damaged_file", "error", message))
    findings += _unread_pages(pages)
    return writer.finish(findings)


_ENCRYPTED = Finding("encrypted", "error", "the file asks for a password; it is kept unread")


def _unread_pages(pages: Sequence[Page]) -> list[Finding]:
    """What is printed only as a picture, or in fonts that do not say their characters."""
    if not pages:
        return []
    if not any(page.chars for page in pages):
        message = "the file prints no characters, only images or strokes"
        return [Finding("needs_ocr", "error", message)]
    findings = []
    pictures = [str(n) for n, page in enumerate(pages, start=1) if _is_picture(page)]
    if pictures:
        message = f"page {', '.join(pictures)}: a picture may hold text or a table"
        findings.append(Finding("needs_ocr", "warning", message))
    chars = [char.text for page in pages for char in page.chars]
    if sum(map(_says_nothing, chars)) > _UNKNOWN * len(chars):
        message = "its fonts do not say which characters they print"
        findings.append(Finding("needs_ocr", "error", message))
    if any(page.invisible and _picture_share(page) > _PICTURE_PAGE for page in pages):
        message = "the text was recognised by a machine under a picture of the page"
        findings.append(Finding("recognised_text", "warning", message))
    return findings


def _says_nothing(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in ("Co", "Cn", "Cc")


def _is_picture(page: Page) -> bool:
    if _picture_share(page) > _PICTURE_PAGE and len(page.chars) < _FEW_CHARS:
        return True
    return not page.chars and bool(page.pictures)


def _picture_share(page: Page) -> float:
    area = sum((box.x1 - box.x0) * (box.bottom - box.top) for box in page.pictures)
    return area / max(1.0, page.width * page.height)


@dataclass(slots=True)
class _Writer:
    """Writes pages into a draft, keeping what may go on over the next page."""

    _draft: Draft = field(default_factory=Draft)
    _paragraph: list[Line] = field(default_factory=list)
    _table: list[_Part] = field(default_factory=list)
    _sized: list[Sized] = field(default_factory=list)
    _running: set[str] = field(default_factory=set)
    _pages: int = 0

    def add_page(self, page: Page) -> None:
        """Paragraphs and tables of one page, from top to bottom."""
        tables = find_tables(page.uprights, page.levels)
        parts, outside = _fill(tables, page.chars)
        lines = self._without_running(_without_numbers(gather_lines(outside)))
        left = min((line.x0 for line in lines), default=0.0)
        right = max((line.x1 for line in lines), default=0.0)
        opened, lines = find_open_tables(lines)
        pieces: list[tuple[float, Line | _Part | list[PlacedCell]]] = [
            *((line.top, line) for line in lines),
            *((part.table.box.top, part) for part in parts),
            *opened,
        ]
        for _, piece in sorted(pieces, key=lambda piece: piece[0]):
            if isinstance(piece, Line):
                self._add_line(piece, left, right)
            elif isinstance(piece, _Part):
                self._add_part(piece)
            else:
                self._end_table()
                self._end_paragraph()
                self._draft.add_table(piece)
        self._sized += (Sized(line.text, line.size) for line in lines)
        self._pages += 1

    def finish(self, findings: Iterable[Finding]) -> Layout:
        """The layout of all pages added."""
        self._end_table()
        self._end_paragraph()
        return Layout(
            received=self._draft.received,
            blocks=self._draft.blocks,
            grids=self._draft.grids,
            heading=find_large_title(self._sized),
            findings=tuple(findings),
        )

    def _without_running(self, lines: list[Line]) -> list[Line]:
        """A running title is printed once, and does not part a table."""
        edges = {line.text for line in (*lines[:1], *lines[-1:])}
        if self._pages:
            repeated = edges & self._running
            return [line for line in lines if line.text not in repeated]
        self._running = edges
        return lines

    def _add_line(self, line: Line, left: float, right: float) -> None:
        """A line goes on with its paragraph where that one filled the page's width.

        A signature at the right margin fills no width.
        """
        self._end_table()
        if self._paragraph:
            last = self._paragraph[-1]
            full = last.x1 > right - 1.6 * last.size and last.x0 < (left + right) / 2
            alike = abs(last.size - line.size) < 1
            if not full or not alike or line.x0 > left + line.size or is_heading(line.text):
                self._end_paragraph()
        self._paragraph.append(line)

    def _add_part(self, part: _Part) -> None:
        self._end_paragraph()
        if self._table and not _same_width(self._table[-1].table.box, part.table.box):
            self._end_table()
        self._table.append(part)

    def _end_paragraph(self) -> None:
        if self._paragraph:
            self._draft.add_line(join_lines(line.text for line in self._paragraph))
            self._paragraph = []

    def _end_table(self) -> None:
        if self._table:
            self._draft.add_table(_place_parts(self._table))
            self._table = []


def _without_numbers(lines: list[Line]) -> list[Line]:
    """The lines of a page without its number at the top or the bottom."""
    ends = {id(line) for line in (*lines[:1], *lines[-1:]) if _PAGE_NUMBER.fullmatch(line.text)}
    return [line for line in lines if id(line) not in ends]


def _fill(tables: list[RuledTable], chars: list[Char]) -> tuple[list[_Part], list[Char]]:
    """The tables with what stands in their cells, and the characters outside."""
    cells = [list(table.cells) for table in tables]
    inside: list[list[list[Char]]] = [[[] for _ in boxes] for boxes in cells]
    outside: list[Char] = []
    for char in chars:
        x, y = (char.x0 + char.x1) / 2, char.base - char.size / 3
        place = _find_cell(tables, cells, x, y)
        if place is None:
            outside.append(char)
        else:
            inside[place[0]][place[1]].append(char)
    parts = [
        _Part(table, [join_lines(line.text for line in gather_lines(c)) for c in contents])
        for table, contents in zip(tables, inside, strict=True)
    ]
    return parts, outside


def _find_cell(
    tables: list[RuledTable], cells: list[list[Box]], x: float, y: float
) -> tuple[int, int] | None:
    for t, table in enumerate(tables):
        box = table.box
        if box.x0 <= x <= box.x1 and box.top <= y <= box.bottom:
            for c, cell in enumerate(cells[t]):
                if cell.x0 <= x <= cell.x1 and cell.top <= y <= cell.bottom:
                    return t, c
    return None


def _same_width(above: Box, below: Box) -> bool:
    return abs(above.x0 - below.x0) < NEAR and abs(above.x1 - below.x1) < NEAR


def _place_parts(parts: list[_Part]) -> list[PlacedCell]:
    """The cells of a table on their grid, the parts from several pages below each other."""
    columns = cluster(
        edge for part in parts for box in part.table.cells for edge in (box.x0, box.x1)
    )
    placed: list[PlacedCell] = []
    height = 0
    open_above = False
    for part in parts:
        rows = cluster(edge for box in part.table.cells for edge in (box.top, box.bottom))
        below = [
            PlacedCell(
                text,
                height + _index(rows, box.top),
                _index(columns, box.x0),
                max(1, _index(rows, box.bottom) - _index(rows, box.top)),
                max(1, _index(columns, box.x1) - _index(columns, box.x0)),
            )
            for box, text in zip(part.table.cells, part.texts, strict=True)
        ]
        if placed:
            below = _without_repeated_head(placed, below, height)
            if open_above and part.table.open_top:
                placed, below = _join_cut_row(placed, below, height)
        placed = _join_parts(placed, below, height)
        height += len(rows)
        open_above = part.table.open_bottom
    printed = {cell.row for cell in placed if cell.text}
    return [cell for cell in placed if cell.row in printed]


def _without_repeated_head(
    above: list[PlacedCell], below: list[PlacedCell], first: int
) -> list[PlacedCell]:
    """The part from the next page without head rows that are printed again."""
    head, again = _row_texts(above), _row_texts(below)
    rows, repeated = sorted(again), sorted(head)
    count = 0
    for mine, theirs in zip(rows, repeated, strict=False):
        if again[mine] != head[theirs] or any(map(_DIGIT.search, again[mine])):
            break
        count += 1
    cut = set(rows[:count])
    if not count or any(
        cell.row in cut and cell.row + cell.rowspan > first + count for cell in below
    ):
        return below
    return [cell for cell in below if cell.row not in cut]


def _row_texts(cells: list[PlacedCell]) -> dict[int, list[str]]:
    rows: dict[int, list[str]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell.text)
    return {row: texts for row, texts in rows.items() if any(texts)}


def _join_cut_row(
    above: list[PlacedCell], below: list[PlacedCell], first: int
) -> tuple[list[PlacedCell], list[PlacedCell]]:
    """A row that the page end cuts, with its two halves in one; unless both print numbers."""
    last = max(cell.row + cell.rowspan for cell in above) - 1
    upper = {(c.col, c.colspan): i for i, c in enumerate(above) if c.row + c.rowspan - 1 == last}
    lower = [cell for cell in below if cell.row == first]
    pairs = [(upper.get((cell.col, cell.colspan)), cell) for cell in lower]
    if any(
        i is None or (cell.text and above[i].text and _is_number(cell.text + above[i].text))
        for i, cell in pairs
    ):
        return above, below
    joined = list(above)
    for i, cell in pairs:
        if i is not None:
            text = join_lines((joined[i].text, cell.text))
            joined[i] = joined[i]._replace(text=text, rowspan=joined[i].rowspan + cell.rowspan - 1)
    return joined, [cell for cell in below if cell.row != first]


def _is_number(text: str) -> bool:
    return _DIGIT.search(text) is not None and _CHINESE.search(text) is None


def _join_parts(above: list[PlacedCell], below: list[PlacedCell], first: int) -> list[PlacedCell]:
    """Both parts; a label cell cut by the page end reaches down over its empty rest.

    Only words reach down: an empty cell below a number stays empty.
    """
    last = max((cell.row + cell.rowspan for cell in above), default=0)
    open_labels = {
        (cell.col, cell.colspan): i
        for i, cell in enumerate(above)
        if cell.row + cell.rowspan == last and _CHINESE.search(cell.text)
    }
    joined = list(above)
    for cell in below:
        i = open_labels.get((cell.col, cell.colspan))
        if i is None or cell.row != first or cell.text:
            joined.append(cell)
        else:
            reach = cell.row + cell.rowspan - joined[i].row
            joined[i] = joined[i]._replace(rowspan=reach)
    return joined


def _index(edges: list[float], edge: float) -> int:
    return bisect_right(edges, edge) - 1
