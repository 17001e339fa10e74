"""PDF reports: paragraphs, tables over pages, and files that cannot be read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from parsers.attachments.pdf import lay_out_pdf
from parsers.document import read_document
from parsers.model import Decoded, Document

FONT = "STSong-Light"


def open_canvas(target: io.BytesIO, **options: object) -> Canvas:
    """A canvas that can print Chinese."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    return Canvas(target, pagesize=A4, **options)


def draw_table(
    canvas: Canvas, rows: list[list[str]], top: float, spans: list[tuple[int, ...]]
) -> None:
    """A ruled table of fixed width with its upper edge at ``top``."""
    style: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("FONT", (0, 0), (-1, -1), FONT, 9),
    ]
    style += [("SPAN", (x0, y0), (x1, y1)) for x0, y0, x1, y1 in spans]
    table = Table(rows, colWidths=[120, 120, 60, 60], rowHeights=20, style=TableStyle(style))
    _, height = table.wrapOn(canvas, 400, 800)
    table.drawOn(canvas, 80, top - height)


def make_report() -> bytes:
    """Two pages: a large title, a paragraph over two lines, one table cut by the page end."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.setFont(FONT, 22)
    canvas.drawCentredString(297, 780, "某某县人民政府")
    canvas.drawCentredString(297, 750, "2022年政府信息公开工作年度报告")
    canvas.setFont(FONT, 14)
    canvas.drawString(80, 700, "一、总体情况")
    canvas.drawString(108, 675, "全年主动公开政府信息一百二十条，其中规范性文件三件，收")
    canvas.drawString(80, 650, "到申请12件。")
    canvas.drawString(80, 625, "二、公开情况")
    draw_table(canvas, [["指标", "", "数", "总计"], ["三、结果", "（一）公开", "7", "7"],
                        ["", "（二）不公开", "", "5"]], 100, [(0, 0, 1, 0), (0, 1, 0, 2)])  # fmt: skip
    canvas.drawCentredString(297, 20, "- 1 -")
    canvas.showPage()
    canvas.setFont(FONT, 14)
    draw_table(
        canvas, [["", "（三）总计", "12", "12"], ["四、结转", "", "0", "0"]], 800, [(0, 1, 1, 1)]
    )
    canvas.drawString(80, 700, "三、问题")
    canvas.drawCentredString(297, 20, "- 2 -")
    canvas.save()
    return target.getvalue()


def read_pdf(body: bytes) -> Document:
    """The document in a PDF."""
    return read_document(Decoded(body, "application/pdf", "", None))


def grid(document: Document, number: int) -> list[list[str]]:
    """A table as strings."""
    return [[cell.text for cell in row] for row in document.tables[number - 1].rows]


def test_reads_paragraphs_title_and_a_table_over_two_pages() -> None:
    """Broken lines join, page numbers go, the table goes on, a cut label reaches down."""
    document = read_pdf(make_report())
    assert document.title == "某某县人民政府2022年政府信息公开工作年度报告"
    plain = [document.text[b.start : b.end] for b in document.blocks if b.kind != "table"]
    assert plain[2:] == [
        "一、总体情况",
        "全年主动公开政府信息一百二十条，其中规范性文件三件，收到申请12件。",
        "二、公开情况",
        "三、问题",
    ]
    assert grid(document, 1) == [
        ["指标", "指标", "数", "总计"],
        ["三、结果", "（一）公开", "7", "7"],
        ["三、结果", "（二）不公开", "", "5"],
        ["三、结果", "（三）总计", "12", "12"],
        ["四、结转", "四、结转", "0", "0"],
    ]
    assert document.tables[0].caption == "二、公开情况"
    for row in document.tables[0].rows:
        assert all(document.text[cell.start : cell.end] == cell.text for cell in row)


def test_a_blank_below_a_number_stays_blank() -> None:
    """Only label cells reach over a page end: an empty value is never filled from above."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    draw_table(canvas, [["甲", "乙", "3", "4"]], 60, [])
    canvas.showPage()
    draw_table(canvas, [["丙", "丁", "", ""]], 800, [])
    canvas.save()
    assert grid(read_pdf(target.getvalue()), 1) == [["甲", "乙", "3", "4"], ["丙", "丁", "", ""]]


def make_image_page() -> bytes:
    """A page with strokes and not one character."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.rect(100, 100, 300, 400)
    canvas.save()
    return target.getvalue()


def make_locked() -> bytes:
    """A page behind a password."""
    target = io.BytesIO()
    canvas = open_canvas(target, encrypt=StandardEncryption("secret", strength=128))
    canvas.drawString(100, 100, "text")
    canvas.save()
    return target.getvalue()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (make_image_page(), "needs_ocr"),
        (make_locked(), "encrypted"),
        (b"", "damaged_file"),
        (b"%PDF-1.4\n%%EOF", "damaged_file"),
        (b"%PDF-1.7 nothing of the kind" * 50, "damaged_file"),
    ],
    ids=["image", "locked", "empty", "stub", "noise"],
)
def test_files_that_cannot_be_read_say_why(body: bytes, rule: str) -> None:
    """Each gives an empty text and one error, never an exception."""
    layout = lay_out_pdf(body)
    assert layout.received == ""
    assert [(finding.rule, finding.severity) for finding in layout.findings] == [(rule, "error")]


@pytest.mark.parametrize("cut", [40, 300, 1200, 2500])
def test_a_broken_download_never_raises(cut: int) -> None:
    """A PDF cut anywhere gives what could be read, or an error, or both."""
    layout = lay_out_pdf(make_report()[:cut])
    assert layout.received or layout.findings


def test_a_locked_file_is_really_locked() -> None:
    """The sample asks other readers for its password too."""
    assert pypdf.PdfReader(io.BytesIO(make_locked())).is_encrypted


def test_reads_a_real_report(corpus: Path) -> None:
    """The tables of the national form come out whole, figures as printed on the page."""
    document = read_pdf((corpus / "data/reports/hongze/hongze_2023.pdf").read_bytes())
    assert document.title == "洪泽区人民政府2023 年政府信息公开工作年度报告"
    assert [len(table.rows[0]) for table in document.tables] == [4, 10, 15]
    first = grid(document, 1)
    assert ["行政规范性文件", "0", "5", "5"] in first
    assert first[-1] == ["行政事业性收费", "7730.28", "7730.28", "7730.28"]
    assert first[8][:2] == ["信息内容", "本年处理决定数量"]
    requests = grid(document, 2)
    assert len(requests) == 3 + 23
    assert requests[3][2:] == [
        "一、本年新收政府信息公开申请数量",
        "21",
        "0",
        "0",
        "0",
        "0",
        "0",
        "21",
    ]
    assert requests[16][1:4] == ["（四）无法提供", "2.没有现成信息需要另行制作", "3"]
    assert requests[17][:4] == [
        "三、本年度办理结果",
        "（四）无法提供",
        "3.补正后申请内容仍不明确",
        "0",
    ]
    assert requests[24][1:4] == ["（七）总计", "（七）总计", "21"]
    assert grid(document, 3)[3] == ["10", "1"] + ["0"] * 8 + ["5", "0", "0", "0", "0"]
    assert document.tables[2].caption == "四、政府信息公开行政复议、行政诉讼情况"
    assert "- 3 -" not in document.text
    assert "严格执行“分级审核、先审后发”程序" in document.text
