"""Golden pages as files: PDF, Word, Excel, plain text.

This module decides how the lines of a page source stand on paper; ``draw`` says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from zipfile import ZipFile, ZipInfo

from docx import Document as NewWordFile
from openpyxl import Workbook
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, SimpleDocTemplate, Table, TableStyle
from reportlab.platypus import Paragraph as Printed

from crawler.demo.grids import Grid
from tests.pages.draw import Line, flat_lines
from tests.pages.source import Source, unmarked

_FONT = "STSong-Light"
_A4 = (595.28, 841.89)
_MARGIN = 50
_TAG = re.compile(r"<[^<>]*>")
_BODY = ParagraphStyle(
    "body", fontName=_FONT, fontSize=11, leading=18, firstLineIndent=22, wordWrap="CJK"
)
_HEADING = ParagraphStyle("heading", _BODY, fontSize=12, firstLineIndent=0, spaceBefore=8)
_TITLE = ParagraphStyle("title", _BODY, fontSize=15, leading=26, alignment=1, firstLineIndent=0)
_CLOSING = ParagraphStyle("closing", _BODY, alignment=2, firstLineIndent=0)
_CELL = ParagraphStyle("cell", _BODY, fontSize=8, leading=10, firstLineIndent=0)
_STYLES = {"heading": _HEADING, "closing": _CLOSING, "title": _TITLE}
_GRID = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
_CHROME = "演示数据，并非真实报告"


def draw_text(source: Source, lines: Sequence[Line]) -> str:
    """Return the page as plain text."""
    texts = [source.text("title"), _CHROME, ""]
    for line in lines:
        texts += flat_lines(line.table) if line.table else [_TAG.sub("", unmarked(line.text))]
    return "\n".join(texts) + "\n"


def draw_pdf(source: Source, lines: Sequence[Line]) -> bytes:
    """Return the page as a PDF file whose tables run on over the pages."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    file = BytesIO()
    paper = SimpleDocTemplate(
        file, pagesize=_A4, leftMargin=_MARGIN, rightMargin=_MARGIN,
        title=source.text("title"), invariant=1,
    )  # fmt: skip
    story: list[Flowable] = [Printed(source.text("title"), _TITLE)]
    for line in lines:
        if line.table:
            story.append(_draw_table(line.table.grid, ruled=source.facts.get("ruled", True)))
        else:
            text = _TAG.sub("", unmarked(line.text))
            story.append(Printed(text, _STYLES.get(line.kind, _BODY)))
    paper.build(story, onFirstPage=_draw_frame, onLaterPages=_draw_frame)
    return file.getvalue()


def _draw_frame(canvas: Canvas, paper: SimpleDocTemplate) -> None:
    canvas.setFont(_FONT, 8)
    canvas.drawCentredString(_A4[0] / 2, _A4[1] - 36, _CHROME)
    canvas.drawCentredString(_A4[0] / 2, 28, f"- {paper.page} -")


def _places(grid: Grid) -> tuple[list[list[str]], list[tuple[int, int, int, int]]]:
    """Return the texts by grid cell, and row, column, last row, last column of the spans."""
    width = sum(box.colspan for box in grid[0])
    texts = [[""] * width for _ in grid]
    covered: set[tuple[int, int]] = set()
    spans = []
    for row, boxes in enumerate(grid):
        column = 0
        for box in boxes:
            while (row, column) in covered:
                column += 1
            bottom, right = row + box.rowspan - 1, column + box.colspan - 1
            covered |= {(r, c) for r in range(row, bottom + 1) for c in range(column, right + 1)}
            texts[row][column] = box.text.replace("&nbsp;", "")
            if bottom > row or right > column:
                spans.append((row, column, bottom, right))
    return texts, spans


def _draw_table(grid: Grid, *, ruled: bool) -> Table:
    texts, spans = _places(grid)
    width = len(texts[0])
    shares = (1, 2.2, 6, *[1.6] * 7) if width == 10 else (4, *[1] * (width - 1))
    if width == 15:
        shares = (1,) * 15
    room = (_A4[0] - 2 * _MARGIN) / sum(shares)
    cells = [[Printed(text, _CELL) for text in row] for row in texts]
    table = Table(cells, colWidths=[room * share for share in shares], repeatRows=0)
    commands = [("SPAN", (left, top), (right, bottom)) for top, left, bottom, right in spans]
    table.setStyle(TableStyle([*(_GRID if ruled else ()), *commands]))
    return table


def draw_word(source: Source, lines: Sequence[Line]) -> bytes:
    """Return the page as a Word file with merged cells."""
    file = NewWordFile()
    file.sections[0].header.paragraphs[0].text = _CHROME
    file.add_paragraph(source.text("title"), style="Title")
    for line in lines:
        if line.table is None:
            file.add_paragraph(_TAG.sub("", unmarked(line.text)))
            continue
        texts, spans = _places(line.table.grid)
        table = file.add_table(len(texts), len(texts[0]), style="Table Grid")
        for top, left, bottom, right in spans:
            table.cell(top, left).merge(table.cell(bottom, right))
        for row, cells in enumerate(texts):
            for column, text in enumerate(cells):
                if text:
                    table.cell(row, column).text = text
    return _saved(file)


def draw_zip(source: Source, lines: Sequence[Line]) -> bytes:
    """Return the page as a Word file in a ZIP archive, its name in GBK as old tools write it."""
    file = BytesIO()
    name = f"{source.text('title')}.docx".encode("gbk").decode("cp437")
    with ZipFile(file, "w") as archive:
        archive.writestr(ZipInfo(name), draw_word(source, lines))
    return file.getvalue()


def draw_sheet(source: Source, lines: Sequence[Line]) -> bytes:
    """Return the page as an Excel file: its sentences and tables one below the other."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "统计表"
    sheet.append([source.text("title")])
    sheet.append([_CHROME])
    for line in lines:
        if line.table is None:
            sheet.append([_TAG.sub("", unmarked(line.text))])
            continue
        texts, spans = _places(line.table.grid)
        first = sheet.max_row + 1
        for row in texts:
            sheet.append([int(text) if text.isdigit() else text for text in row])
        for top, left, bottom, right in spans:
            sheet.merge_cells(None, first + top, left + 1, first + bottom, right + 1)
    return _saved(book)


def _saved(file: object) -> bytes:
    buffer = BytesIO()
    file.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()
