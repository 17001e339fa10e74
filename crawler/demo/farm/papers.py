"""Files that a farm page attaches: Word, Excel and image files, made by hand.

This module decides the bytes; they are the same on every run.  PDF files are drawn by
``crawler.demo.pdf``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from operator import or_
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from crawler.demo.compose import Heading, Paragraph, compose
from crawler.demo.editions import DemoReport
from crawler.demo.grids import Grid

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "application/vnd.openxmlformats-officedocument"
_SCHEMAS = "http://schemas.openxmlformats.org"
_WORD = f"{_SCHEMAS}/wordprocessingml/2006/main"
_SHEET = f"{_SCHEMAS}/spreadsheetml/2006/main"
_LINKS = f"{_SCHEMAS}/officeDocument/2006/relationships"
_PLAIN = 0b11111110
_GRAIN = bytes(byte & ~_PLAIN & 0xFF for byte in range(256))
_PACKAGE = f"{_SCHEMAS}/package/2006"


def draw_docx(report: DemoReport) -> bytes:
    """Return the report as a Word file."""
    pieces = (_word_piece(piece) for piece in (Heading(report.title), *compose(report)))
    main = f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(pieces)}</w:body></w:document>'
    return _package(
        "word/document.xml",
        f"{_OFFICE}.wordprocessingml.document.main+xml",
        {"word/document.xml": main},
    )


def draw_xlsx(report: DemoReport) -> bytes:
    """Return the tables of the report as an Excel file, one after the other on one sheet."""
    grids = [piece for piece in compose(report) if not isinstance(piece, Heading | Paragraph)]
    rows, merged = _sheet_rows(grids)
    merges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    sheet = (
        f'<worksheet xmlns="{_SHEET}"><sheetData>{rows}</sheetData>'
        f'<mergeCells count="{len(merged)}">{merges}</mergeCells></worksheet>'
    )
    book = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_LINKS}"><sheets>'
        '<sheet name="统计表" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    return _package(
        "xl/workbook.xml",
        f"{_OFFICE}.spreadsheetml.sheet.main+xml",
        {
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": links,
            "xl/worksheets/sheet1.xml": sheet,
        },
        {"xl/worksheets/sheet1.xml": f"{_OFFICE}.spreadsheetml.worksheet+xml"},
    )


def draw_png(name: str, width: int = 640, height: int = 220) -> bytes:
    """Return a picture of coloured bars, different for every name.

    It has the grain of a scan or a photograph, without which it would weigh next to nothing:
    some 100 KB, as pictures on such pages do.
    """
    random = Random(name)  # noqa: S311  a picture, the same on every run
    colours = [bytes(random.randrange(40, 230) & _PLAIN for _ in range(3)) for _ in range(12)]
    line = b"".join(colours[x * 12 // width] for x in range(width))
    blank = b"\xfe\xfe\xfe" * width
    rows = b"".join(
        b"\0" + bytes(map(or_, line if y > 20 else blank, _grain(random, len(line))))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def _grain(random: Random, length: int) -> bytes:
    """A random bit in each byte."""
    return random.randbytes(length).translate(_GRAIN)


def _package(
    main: str, kind: str, parts: Mapping[str, str], kinds: Mapping[str, str] | None = None
) -> bytes:
    """An Office file of the given parts; the clock has no say in its bytes."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{one}"/>'
        for name, one in {main: kind, **(kinds or {})}.items()
    )
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    root = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_LINKS}/officeDocument" Target="{main}"/></Relationships>'
    )
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, text in {"[Content_Types].xml": types, "_rels/.rels": root, **parts}.items():
            archive.writestr(ZipInfo(name, (2020, 1, 1, 0, 0, 0)), _XML + text)
    return file.getvalue()


def _word_piece(piece: Heading | Paragraph | Grid) -> str:
    if isinstance(piece, Heading | Paragraph):
        return f"<w:p><w:r><w:t>{escape(piece.text)}</w:t></w:r></w:p>"
    return f"<w:tbl>{''.join(_word_rows(piece))}</w:tbl>"


def _word_rows(grid: Grid) -> Iterable[str]:
    """Rows as Word writes them: a box over several rows stands in each of them, merged."""
    open_below: dict[int, tuple[int, int]] = {}  # column -> (rows still to come, width)
    for boxes in grid:
        cells, column, waiting = [], 0, list(boxes)
        while waiting or column in open_below:
            if column in open_below:
                left, width = open_below.pop(column)
                cells.append(_word_cell("", width, "<w:vMerge/>"))
                if left > 1:
                    open_below[column] = (left - 1, width)
                column += width
                continue
            box = waiting.pop(0)
            start = '<w:vMerge w:val="restart"/>' if box.rowspan > 1 else ""
            cells.append(_word_cell(box.text, box.colspan, start))
            if box.rowspan > 1:
                open_below[column] = (box.rowspan - 1, box.colspan)
            column += box.colspan
        yield f"<w:tr>{''.join(cells)}</w:tr>"


def _word_cell(text: str, width: int, merge: str) -> str:
    span = f'<w:gridSpan w:val="{width}"/>' if width > 1 else ""
    paragraph = f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
    return f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>{paragraph}</w:tc>"


def _sheet_rows(grids: Iterable[Grid]) -> tuple[str, list[str]]:
    """The rows of the sheet as XML, and the ranges that are merged."""
    rows, merged, top = [], [], 1
    for grid in grids:
        covered: set[tuple[int, int]] = set()
        for offset, boxes in enumerate(grid):
            row, column, cells = top + offset, 0, []
            for box in boxes:
                while (row, column) in covered:
                    column += 1
                bottom, right = row + box.rowspan - 1, column + box.colspan - 1
                covered |= {
                    (y, x) for y in range(row, bottom + 1) for x in range(column, right + 1)
                }
                cells.append(_sheet_cell(f"{_letter(column)}{row}", box.text))
                if (bottom, right) != (row, column):
                    merged.append(f"{_letter(column)}{row}:{_letter(right)}{bottom}")
            rows.append(f'<row r="{row}">{"".join(cells)}</row>')
        top += len(grid) + 2
    return "".join(rows), merged


def _sheet_cell(place: str, text: str) -> str:
    if text.isdigit():
        return f'<c r="{place}"><v>{text}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _letter(column: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]
