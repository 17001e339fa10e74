"""A PDF report as a layout: paragraphs, tables continued over pages, no page numbers.

Decides which ruled areas are tables and not shaded paragraphs, and where a paragraph goes on in
the next line.  Compatibility characters stay as the file has them.  A file that cannot be read
gives a finding: ``encrypted``, ``damaged_file`` or ``needs_ocr``.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from parsers.layout import Draft, Layout, PlacedCell, is_blank, is_heading, join_lines
from parsers.model import Finding

if TYPE_CHECKING:
    from pdfplumber.page import Page
    from pdfplumber.table import Table

# "- 3 -", "— 12 —", "第 3 页", "3 / 12", "5"
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-—–－·]?\s*\d{1,3}\s*[-—–－·]?|第\s*\d{1,3}\s*页(?:\s*[,，]?\s*共\s*\d+\s*页)?"
    r"|\d{1,3}\s*/\s*\d{1,3})\s*"
)
_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_NEAR = 5.0  # points; edges closer than this are one edge
_RULE = 3.0  # a rectangle thinner than this is a ruled line
_LARGE = 1.15  # type larger than the body text by this factor is a title


class _Line(NamedTuple):
    text: str
    x0: float
    x1: float
    top: float
    size: float


class _Box(NamedTuple):
    """A table cell with its edges on the page."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float


def lay_out_pdf(body: bytes) -> Layout:
    """The layout of a PDF; what cannot be read is named in a finding, never raised."""
    import pdfplumber  # noqa: PLC0415 - slow to import, and most sources are pages
    from pdfminer.pdfdocument import PDFPasswordIncorrect  # noqa: PLC0415

    writer = _Writer()
    findings: tuple[Finding, ...] = ()
    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf:
            for page in pdf.pages:
                writer.add_page(page)
                page.close()
    except Exception as error:  # noqa: BLE001 - pdfminer raises anything on damaged bytes
        encrypted = any(isinstance(e, PDFPasswordIncorrect) for e in (error, *error.args))
        findings = (_ENCRYPTED if encrypted else _damaged(error, writer),)
    return writer.finish(findings)


_ENCRYPTED = Finding("encrypted", "error", "the file asks for a password; it is kept unread")
_NEEDS_OCR = Finding("needs_ocr", "error", "the file prints no characters, only images or strokes")


def _damaged(error: Exception, writer: _Writer) -> Finding:
    kind = type(error.args[0] if error.args and isinstance(error.args[0], Exception) else error)
    message = f"the file breaks off after {writer.pages} readable pages ({kind.__name__})"
    return Finding("damaged_file", "error", message)


class _Writer:
    """Writes pages into a draft, keeping what may go on over the next page."""

    def __init__(self) -> None:
        self.pages = 0
        self._draft = Draft()
        self._paragraph: list[_Line] = []
        self._table: list[list[_Box]] = []
        self._lines: list[_Line] = []
        self._running: set[str] = set()

    def add_page(self, page: Page) -> None:
        """Paragraphs and tables of one page, from top to bottom."""
        tables = _find_tables(page)
        lines = _find_lines(page, [table.bbox for table in tables])
        edges = {line.text for line in (*lines[:1], *lines[-1:])}
        if self.pages:  # a running title is printed once, and does not part a table
            repeated = edges & self._running
            lines = [line for line in lines if line.text not in repeated]
        else:
            self._running = edges
        left = min((line.x0 for line in lines), default=0.0)
        right = max((line.x1 for line in lines), default=0.0)
        parts: list[_Line | list[_Box]] = [*lines, *map(_read_boxes, tables)]
        for part in sorted(parts, key=_top):
            if isinstance(part, list):
                self._add_boxes(part)
            else:
                self._add_line(part, left, right)
        self._lines += lines
        self.pages += 1

    def finish(self, findings: tuple[Finding, ...]) -> Layout:
        """The layout of all pages added."""
        self._end_table()
        self._end_paragraph()
        if not findings and is_blank(self._draft.received):
            findings = (_NEEDS_OCR,)
        return Layout(
            received=self._draft.received,
            blocks=self._draft.blocks,
            grids=self._draft.grids,
            heading=_find_title(self._lines),
            findings=findings,
        )

    def _add_line(self, line: _Line, left: float, right: float) -> None:
        """A line goes on with its paragraph where that one filled the page's width."""
        self._end_table()
        if self._paragraph:
            last = self._paragraph[-1]
            full = last.x1 > right - 1.6 * last.size
            alike = abs(last.size - line.size) < 1
            if not full or not alike or line.x0 > left + line.size or is_heading(line.text):
                self._end_paragraph()
        self._paragraph.append(line)

    def _add_boxes(self, boxes: list[_Box]) -> None:
        self._end_paragraph()
        if self._table and not _same_width(self._table[-1], boxes):
            self._end_table()
        self._table.append(boxes)

    def _end_paragraph(self) -> None:
        if self._paragraph:
            self._draft.add_line(join_lines(line.text for line in self._paragraph))
            self._paragraph = []

    def _end_table(self) -> None:
        if self._table:
            self._draft.add_table(_place_boxes(self._table))
            self._table = []


def _top(part: _Line | list[_Box]) -> float:
    return min(box.top for box in part) if isinstance(part, list) else part.top


def _find_tables(page: Page) -> list[Table]:
    """The ruled tables of a page with two columns or more.

    Shaded paragraphs are no tables, so filled rectangles are left out.  A table cut by the page
    end has no rule there: one is drawn where the first vertical rules begin and the last end.
    """
    ruled = page.filter(
        lambda thing: (
            thing["object_type"] != "rect"
            or thing["stroke"]
            or min(thing["width"], thing["height"]) < _RULE
        )
    )
    uprights = [edge for edge in ruled.edges if edge["orientation"] == "v"]
    if not uprights:
        return []
    page_ends = [min(e["top"] for e in uprights), max(e["bottom"] for e in uprights)]
    tables = ruled.find_tables({"explicit_horizontal_lines": page_ends})
    return [table for table in tables if max(len(row.cells) for row in table.rows) > 1]


def _find_lines(page: Page, tables: list[tuple[float, float, float, float]]) -> list[_Line]:
    """The lines of text outside the tables, without the page number."""
    outside = page.filter(
        lambda thing: (
            thing["object_type"] == "char"
            and not any(
                x0 <= (thing["x0"] + thing["x1"]) / 2 <= x1
                and top <= (thing["top"] + thing["bottom"]) / 2 <= bottom
                for x0, top, x1, bottom in tables
            )
        )
    )
    lines = [
        _Line(line["text"], line["x0"], line["x1"], line["top"], round(line["chars"][0]["size"], 1))
        for line in outside.extract_text_lines()
        if not is_blank(line["text"])
    ]
    numbers = [line for line in lines[:1] + lines[-1:] if _PAGE_NUMBER.fullmatch(line.text)]
    return [line for line in lines if line not in numbers]


def _read_boxes(table: Table) -> list[_Box]:
    boxes = []
    for row, texts in zip(table.rows, table.extract(), strict=True):
        for edges, text in zip(row.cells, texts, strict=True):
            if edges:
                boxes.append(_Box(join_lines((text or "").split("\n")), *edges))
    return boxes


def _same_width(above: list[_Box], below: list[_Box]) -> bool:
    left = min(box.x0 for box in above) - min(box.x0 for box in below)
    right = max(box.x1 for box in above) - max(box.x1 for box in below)
    return abs(left) < _NEAR and abs(right) < _NEAR


def _place_boxes(parts: list[list[_Box]]) -> list[PlacedCell]:
    """The cells of a table on their grid, the parts from several pages below each other."""
    columns = _cluster(edge for boxes in parts for box in boxes for edge in (box.x0, box.x1))
    placed: list[PlacedCell] = []
    height = 0
    for boxes in parts:
        rows = _cluster(edge for box in boxes for edge in (box.top, box.bottom))
        part = [
            PlacedCell(
                box.text,
                height + _index(rows, box.top),
                _index(columns, box.x0),
                max(1, _index(rows, box.bottom) - _index(rows, box.top)),
                max(1, _index(columns, box.x1) - _index(columns, box.x0)),
            )
            for box in boxes
        ]
        placed = _join_parts(placed, part, height)
        height += len(rows)
    printed = {cell.row for cell in placed if cell.text}
    return [cell for cell in placed if cell.row in printed]


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


def _cluster(edges: Iterable[float]) -> list[float]:
    """The distinct edges: of those closer than ``_NEAR`` to each other the first."""
    kept: list[float] = []
    for edge in sorted(edges):
        if not kept or edge - kept[-1] > _NEAR:
            kept.append(edge)
    return kept


def _index(edges: list[float], edge: float) -> int:
    return bisect_right(edges, edge) - 1


def _find_title(lines: list[_Line]) -> str | None:
    """The lines in large type at the top, joined; ``None`` where all type is one size."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    if not sizes:
        return None
    body = sizes.most_common(1)[0][0]
    title = []
    for line in lines[:8]:
        if line.size > _LARGE * body:
            title.append(line.text)
        elif title:
            break
    return join_lines(title) or None
