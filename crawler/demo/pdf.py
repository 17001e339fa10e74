"""A demo report as a PDF, with text and table lines that PDF readers find again.

This module decides the paper look.  The same report gives the same bytes on every run.
"""

from __future__ import annotations

from io import BytesIO

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus import Paragraph as Printed

from crawler.demo.compose import Heading, Paragraph, Piece, compose
from crawler.demo.editions import DemoReport
from crawler.demo.grids import Grid

_FONT = "STSong-Light"
_A4 = (595.28, 841.89)
_MARGIN = 48
_SCAN = (320, 220)
_CENTRE, _RIGHT = 1, 2
_BODY = ParagraphStyle(
    "body", fontName=_FONT, fontSize=11, leading=18, firstLineIndent=22, wordWrap="CJK"
)
_CLOSING = ParagraphStyle("closing", _BODY, alignment=_RIGHT, firstLineIndent=0)
_HEADING = ParagraphStyle(
    "heading", _BODY, fontSize=12, firstLineIndent=0, spaceBefore=8, keepWithNext=1
)
_TITLE = ParagraphStyle(
    "title", _BODY, fontSize=15, leading=26, alignment=_CENTRE, firstLineIndent=0
)
_CELL = ParagraphStyle("cell", _BODY, fontSize=8, leading=10, firstLineIndent=0)
_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, "black"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
)
# Shares of the page width: the request table gives its labels more room than its numbers.
_REQUEST_SHARES = (1, 2.2, 6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.6)


def draw_pdf(report: DemoReport, scan: bytes = b"") -> bytes:
    """Return the report as the bytes of a PDF file, with a picture at its end where one is given."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    file = BytesIO()
    paper = SimpleDocTemplate(
        file,
        pagesize=_A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        title=report.title,
        author=report.body,
        invariant=1,
    )
    story: list[Flowable] = [Printed(report.title, _TITLE), Spacer(1, 10)]
    story.extend(_draw_piece(piece) for piece in compose(report))
    if scan:
        story.append(Image(BytesIO(scan), width=_SCAN[0], height=_SCAN[1]))
    paper.build(story, onFirstPage=_draw_frame, onLaterPages=_draw_frame)
    return file.getvalue()


def _draw_piece(piece: Piece) -> Flowable:
    if isinstance(piece, Heading):
        return Printed(piece.text, _HEADING)
    if isinstance(piece, Paragraph):
        return Printed(piece.text, _CLOSING if piece.closing else _BODY)
    return KeepTogether([_draw_table(piece)])


def _draw_table(grid: Grid) -> Table:
    """The grid with its spans; the cells that a span covers stay empty, as reportlab wants."""
    width = sum(box.colspan for box in grid[0])
    texts: list[list[Printed | str]] = [[""] * width for _ in grid]
    covered: set[tuple[int, int]] = set()
    spans: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
    for row, boxes in enumerate(grid):
        column = 0
        for box in boxes:
            while (row, column) in covered:
                column += 1
            right, bottom = column + box.colspan - 1, row + box.rowspan - 1
            covered |= {(r, c) for r in range(row, bottom + 1) for c in range(column, right + 1)}
            texts[row][column] = Printed(box.text, _CELL)
            spans.append(("SPAN", (column, row), (right, bottom)))
    table = Table(texts, colWidths=_widths(width))
    table.setStyle(_GRID)
    table.setStyle(TableStyle(spans))
    return table


def _widths(columns: int) -> list[float]:
    shares = _REQUEST_SHARES if columns == len(_REQUEST_SHARES) else (1,) * columns
    room = _A4[0] - 2 * _MARGIN
    return [room * share / sum(shares) for share in shares]


def _draw_frame(canvas: Canvas, paper: SimpleDocTemplate) -> None:
    canvas.setFont(_FONT, 8)
    canvas.drawCentredString(_A4[0] / 2, _A4[1] - 36, "演示数据，并非真实报告")
    canvas.drawCentredString(_A4[0] / 2, 28, f"{paper.page}")
