"""PDF reports: paragraphs, tables over pages, and files that cannot be read."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pdfplumber
import pypdf
import pytest
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from parsers.attachments.pdf import lay_out_pdf
from parsers.document import read_document
from parsers.model import Decoded, Document
from tests.timing import takes_less_than

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


def draw_open_table(canvas: Canvas, top: float) -> None:
    """A table that is only aligned: no lines, a label broken over two lines of its column."""
    canvas.setFont(FONT, 10)
    rows = [
        ("统计指标", "单位", "统计数"),
        ("（一）收到申请数", "件", "14"),
        ("1.当面申请数", "件", "2"),
        ("（二）专项经费（不包括用于公报编辑管理", "", ""),
        ("的经费）", "万元", "0.5"),
        ("（三）人员数", "人", "—"),
    ]
    for i, (label, unit, value) in enumerate(rows):
        y = top - 20 * i
        canvas.drawString(80, y, label)
        canvas.drawString(330, y, unit)
        canvas.drawRightString(460, y, value)


def test_rows_without_ruled_lines_are_rebuilt_from_their_places() -> None:
    """Label, unit and value stand in columns; a broken label is one label."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.setFont(FONT, 10)
    canvas.drawString(80, 780, "附表：统计表如下")
    draw_open_table(canvas, 740)
    canvas.drawString(80, 600, "以上数据真实。")
    canvas.save()
    document = read_pdf(target.getvalue())
    assert grid(document, 1) == [
        ["统计指标", "单位", "统计数"],
        ["（一）收到申请数", "件", "14"],
        ["1.当面申请数", "件", "2"],
        ["（二）专项经费（不包括用于公报编辑管理的经费）", "万元", "0.5"],
        ["（三）人员数", "人", "—"],
    ]
    assert document.text.startswith("附表：统计表如下\n")
    assert document.text.endswith("\n以上数据真实。")


def test_a_piece_that_stands_in_two_columns_makes_no_table() -> None:
    """Where a number reaches over two columns nothing is rebuilt, and nothing is lost."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.setFont(FONT, 10)
    rows = [("14", "2"), ("3", "4"), ("5", "6"), ("330000000000000000000000", "")]
    for i, values in enumerate(rows):
        for x, text in zip((80, 300, 400), ("收到申请数", *values), strict=True):
            canvas.drawString(x, 700 - 20 * i, text)
    canvas.save()
    document = read_pdf(target.getvalue())
    assert document.tables == ()
    assert document.text.count("收到申请数") == 4


def test_head_rows_printed_again_are_read_once() -> None:
    """Word repeats the head of a table on every page: it is no row of the second one."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    head = ["指标", "", "本年", "上年"]
    draw_table(canvas, [head, ["甲", "乙", "3", "4"]], 80, [(0, 0, 1, 0)])
    canvas.showPage()
    draw_table(canvas, [head, ["丙", "丁", "5", "6"]], 800, [(0, 0, 1, 0)])
    canvas.save()
    assert grid(read_pdf(target.getvalue()), 1) == [
        ["指标", "指标", "本年", "上年"], ["甲", "乙", "3", "4"], ["丙", "丁", "5", "6"],
    ]  # fmt: skip


def draw_open_box(canvas: Canvas, top: float, bottom: float, cells: list[str], y: float) -> None:
    """A row of two cells without its upper or lower line, as a page end cuts it."""
    canvas.setFont(FONT, 10)
    for x in (80, 300, 400):
        canvas.line(x, top, x, bottom)
    canvas.drawString(85, y, cells[0])
    canvas.drawString(310, y, cells[1])


def test_a_row_cut_by_the_page_end_is_one_row() -> None:
    """Where neither page rules the cut, the halves of a label are one label."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.line(80, 120, 400, 120)
    canvas.line(80, 90, 400, 90)
    draw_open_box(canvas, 120, 90, ["甲", "7"], 100)
    draw_open_box(canvas, 90, 50, ["要求行政机关确认", "3"], 70)
    canvas.drawCentredString(297, 20, "第 1 页")
    canvas.showPage()
    canvas.line(80, 760, 400, 760)
    canvas.line(80, 730, 400, 730)
    draw_open_box(canvas, 800, 760, ["或重新出具", ""], 775)
    draw_open_box(canvas, 760, 730, ["乙", "9"], 740)
    canvas.drawCentredString(297, 20, "第 2 页")
    canvas.save()
    assert grid(read_pdf(target.getvalue()), 1) == [
        ["甲", "7"], ["要求行政机关确认或重新出具", "3"], ["乙", "9"],
    ]  # fmt: skip


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("shown", [0, 90])
def test_turned_tables_are_read_upright(turn: int, shown: int) -> None:
    """A table drawn sideways, or on a page that is shown turned, reads like any other."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.setPageRotation(shown)
    canvas.translate(300, 420)
    canvas.rotate(turn)
    canvas.translate(-260, -200)
    draw_table(canvas, [["指标", "单位", "数", "注"], ["收到申请数", "件", "14", ""]], 180, [])
    canvas.save()
    assert grid(read_pdf(target.getvalue()), 1) == [
        ["指标", "单位", "数", "注"], ["收到申请数", "件", "14", ""],
    ]  # fmt: skip


def test_running_titles_do_not_part_a_table() -> None:
    """What every page prints at its edge is printed once."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    for top, name in ((80, "甲"), (760, "乙")):
        canvas.setFont(FONT, 9)
        canvas.drawString(80, 820, "某县政府信息公开年报")
        draw_table(canvas, [[name, "件", "1", "2"], [name, "条", "3", "4"]], top, [])
        canvas.showPage()
    canvas.save()
    document = read_pdf(target.getvalue())
    assert document.text.count("某县政府信息公开年报") == 1
    assert [row[0] for row in grid(document, 1)] == ["甲", "甲", "乙", "乙"]


def test_a_page_that_is_a_picture_is_named() -> None:
    """A report whose table is scanned says which page needs OCR."""
    target = io.BytesIO()
    canvas = open_canvas(target)
    canvas.setFont(FONT, 12)
    canvas.drawString(80, 700, "统计表见下页。")
    canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (8, 8), 128)), 50, 50, 500, 700)
    canvas.save()
    document = read_pdf(target.getvalue())
    assert document.text == "统计表见下页。"
    assert [(f.rule, f.severity) for f in document.findings] == [("needs_ocr", "warning")]
    assert "page 2" in document.findings[0].message


def test_a_file_without_its_end_is_said_to_be_cut() -> None:
    """What can be read of a broken download is read, and the break is an error."""
    body = make_report()
    cut = lay_out_pdf(body[: body.rindex(b"startxref")])
    assert "damaged_file" in [finding.rule for finding in cut.findings]


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


OUTCOMES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
# The rows of the real report that print anything but zeros: natural persons and total.
NOT_ZERO = {
    "一、本年新收政府信息公开申请数量": "21",
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）": "4",
    "1.属于国家秘密": "1",
    "6.属于四类过程性信息": "1",
    "7.属于行政执法案卷": "1",
    "1.本机关不掌握相关政府信息": "10",
    "2.没有现成信息需要另行制作": "3",
    "1.信访举报投诉类申请": "1",
    "（七）总计": "21",
}


def test_reads_every_cell_of_a_real_report(corpus: Path) -> None:
    """Its 10, 161 and 15 cells come out as printed, over page ends and page numbers."""
    document = read_pdf((corpus / "data/reports/hongze/hongze_2023.pdf").read_bytes())
    assert document.title == "洪泽区人民政府2023年政府信息公开工作年度报告"
    assert document.findings == ()
    assert [row for row in grid(document, 1) if any(map(str.isdigit, row[1]))] == [
        ["规章", "0", "0", "0"],
        ["行政规范性文件", "0", "5", "5"],
        ["行政许可", "550", "550", "550"],
        ["行政处罚", "4119", "4119", "4119"],
        ["行政强制", "195", "195", "195"],
        ["行政事业性收费", "7730.28", "7730.28", "7730.28"],
    ]
    requests = grid(document, 2)
    assert requests[2][3:] == [
        "自然人",
        "商业企业",
        "科研机构",
        "社会公益组织",
        "法律服务机构",
        "其他",
        "总计",
    ]
    printed = {row[2].replace(" ", ""): row[3:] for row in requests[3:]}
    assert len(printed) == len(requests) - 3 == 23
    for label, cells in printed.items():
        number = NOT_ZERO.get(label, "0")
        assert cells == [number, "0", "0", "0", "0", "0", number], label
    assert set(NOT_ZERO) <= set(printed)
    assert [row[1] for row in requests[15:18]] == ["（四）无法提供"] * 3
    assert {row[0] for row in requests[5:25]} == {"三、本年度办理结果"}
    reviews = grid(document, 3)
    assert [cell.replace(" ", "") for cell in reviews[2]] == OUTCOMES * 3
    assert reviews[3] == ["10", "1"] + ["0"] * 8 + ["5", "0", "0", "0", "0"]
    assert document.tables[2].caption == "四、政府信息公开行政复议、行政诉讼情况"
    assert "- 3 -" not in document.text
    assert "严格执行“分级审核、先审后发”程序" in document.text


def test_a_real_report_loses_no_character(corpus: Path) -> None:
    """Another reader of PDF finds the same characters, page numbers apart."""
    body = (corpus / "data/reports/hongze/hongze_2023.pdf").read_bytes()
    with pdfplumber.open(io.BytesIO(body)) as pdf:
        theirs = Counter(char["text"] for page in pdf.pages for char in page.chars)
    ours = Counter(lay_out_pdf(body).received)
    for blank in " \t\n\xa0\u3000":
        del ours[blank], theirs[blank]
    assert theirs - ours == Counter({"-": 10, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1})
    assert ours - theirs == Counter()


def test_six_pages_cost_less_than_half_a_second(corpus: Path) -> None:
    """The real report of five pages and a sixth are read in a tenth of a second or so."""
    body = (corpus / "data/reports/hongze/hongze_2023.pdf").read_bytes()
    assert takes_less_than(0.5 * 5 / 6, lambda: lay_out_pdf(body))
