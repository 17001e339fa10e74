"""Word and Excel files, packages of them, and files that cannot be read."""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
import xlwt
from docx.document import Document as WordFile
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from archive.converters import find_converters
from archive.reading import read
from parsers.attachments.displayed import show_number
from parsers.attachments.numbering import format_numeral
from parsers.attachments.ole import SIGNATURE
from parsers.charset import decode
from parsers.document import read_document
from parsers.errors import UnreadableSource
from parsers.extractors import NO_CONVERTERS, Converters
from parsers.media import DOC, DOCX, MHTML, OFD, OLE, RTF, XLS, XLSX, ZIP, sniff_media_type
from parsers.model import Document


def read_file(body: bytes, name: str = "a.bin", converters: Converters = NO_CONVERTERS) -> Document:
    """The document in a file of which only bytes and name are known."""
    media_type = sniff_media_type(body, "application/octet-stream", name)
    return read_document(decode(body, None, media_type), None, converters)


def grid(document: Document, number: int) -> list[list[str]]:
    """A table as strings."""
    return [[cell.text for cell in row] for row in document.tables[number - 1].rows]


def plain_lines(document: Document) -> list[str]:
    """The lines that are not table."""
    return [document.text[b.start : b.end] for b in document.blocks if b.kind != "table"]


def rules(document: Document) -> list[str]:
    """The rules of the findings."""
    return [finding.rule for finding in document.findings]


# --- Word -----------------------------------------------------------------------------------


def save_word(write: Callable[[WordFile], None]) -> bytes:
    """A Word file with what ``write`` puts into it."""
    file = docx.Document()
    write(file)
    target = io.BytesIO()
    file.save(target)
    return target.getvalue()


def write_request_table(file: WordFile) -> None:
    """The head and some rows of the national request table, merged as Word merges."""
    table = file.add_table(rows=6, cols=5)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "勾稽关系"
    table.cell(0, 2).merge(table.cell(0, 4)).text = "申请人情况"
    for col, label in ((2, "自然人"), (3, "法人"), (4, "总计")):
        table.cell(1, col).text = label
    table.cell(2, 0).merge(table.cell(4, 0)).text = "三\n、\n结\n果"
    for row, label in ((2, "（一）予以公开"), (3, "（二）部分公开"), (4, "（七）总计")):
        table.cell(row, 1).text = label
    table.cell(5, 0).merge(table.cell(5, 1)).text = "四、结转"
    for row, values in ((2, "314"), (3, "   "), (4, "314"), (5, "000")):
        for col, value in enumerate(values, start=2):
            table.cell(row, col).text = value.strip()


def test_a_word_table_with_merged_cells_is_one_grid() -> None:
    """Cells merged across and down repeat, vertical text joins, blank cells stay blank."""
    document = read_file(save_word(write_request_table))
    assert document.media_type == DOCX
    assert grid(document, 1) == [
        ["勾稽关系", "勾稽关系", "申请人情况", "申请人情况", "申请人情况"],
        ["勾稽关系", "勾稽关系", "自然人", "法人", "总计"],
        ["三、结果", "（一）予以公开", "3", "1", "4"],
        ["三、结果", "（二）部分公开", "", "", ""],
        ["三、结果", "（七）总计", "3", "1", "4"],
        ["四、结转", "四、结转", "0", "0", "0"],
    ]
    for row in document.tables[0].rows:
        assert all(document.text[cell.start : cell.end] == cell.text for cell in row)


def add_numbered(file: WordFile, text: str, list_id: str, level: int = 0) -> None:
    """A paragraph that Word numbers."""
    properties = file.add_paragraph(text)._p.get_or_add_pPr()
    number = OxmlElement("w:numPr")
    for tag, value in (("w:ilvl", str(level)), ("w:numId", list_id)):
        child = OxmlElement(tag)
        child.set(qn("w:val"), value)
        number.append(child)
    properties.append(number)


def add_list(file: WordFile, list_id: str, levels: Sequence[tuple[str, str]]) -> None:
    """A list definition: numeral style and pattern of every level."""
    root = file.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), f"9{list_id}")
    for at, (style, pattern) in enumerate(levels):
        level = OxmlElement("w:lvl")
        level.set(qn("w:ilvl"), str(at))
        for tag, value in (("w:start", "1"), ("w:numFmt", style), ("w:lvlText", pattern)):
            child = OxmlElement(tag)
            child.set(qn("w:val"), value)
            level.append(child)
        abstract.append(level)
    number = OxmlElement("w:num")
    number.set(qn("w:numId"), list_id)
    link = OxmlElement("w:abstractNumId")
    link.set(qn("w:val"), f"9{list_id}")
    number.append(link)
    root.insert(0, abstract)
    root.append(number)


def write_numbered(file: WordFile) -> None:
    """Sections numbered by Word on two levels."""
    add_list(file, "77", [("chineseCounting", "%1、"), ("decimal", "(%2)")])
    for text, level in (("总体情况", 0), ("公开3条", 1), ("申请4件", 1), ("问题", 0), ("改进", 1)):
        add_numbered(file, text, "77", level)


def test_numerals_that_word_counts_are_printed() -> None:
    """A list counts per level and starts again below a new number."""
    document = read_file(save_word(write_numbered))
    assert plain_lines(document) == [
        "一、总体情况",
        "(1)公开3条",
        "(2)申请4件",
        "二、问题",
        "(1)改进",
    ]
    assert document.blocks[0].kind == "heading"


@pytest.mark.parametrize(
    ("number", "style", "expected"),
    [
        (10, "chineseCounting", "十"),
        (21, "chineseCountingThousand", "二十一"),
        (11, "ideographDigital", "一一"),
        (3, "decimalEnclosedCircle", "③"),
        (4, "upperRoman", "IV"),
        (28, "lowerLetter", "bb"),
        (7, "decimalZero", "07"),
        (2, "decimalFullWidth", "２"),
        (2, "ideographTraditional", "乙"),
        (5, "something else", "5"),
    ],
)
def test_counters_in_the_styles_of_word(number: int, style: str, expected: str) -> None:
    """Each numeral style prints as Word prints it."""
    assert format_numeral(number, style) == expected


def write_marked(file: WordFile) -> None:
    """A large title, a heading, inserted, deleted and hidden text, a line break."""
    title = file.add_paragraph().add_run("某县2020年政府信息公开工作年度报告")
    title.font.size = Pt(22)
    file.add_heading("总体情况", level=1)
    paragraph = file.add_paragraph("公开")
    paragraph.add_run("藏").font.hidden = True
    for tag, text_tag, text in (("w:del", "w:delText", "9"), ("w:ins", "w:t", "12")):
        change, run, printed = (OxmlElement(t) for t in (tag, "w:r", text_tag))
        printed.text = text
        run.append(printed)
        change.append(run)
        paragraph._p.append(change)
    paragraph.add_run("条。")
    paragraph.add_run().add_break()
    paragraph.add_run("另起一行。")


def test_a_word_text_is_what_word_prints() -> None:
    """Deleted and hidden text is left out, inserted text and breaks are kept, size makes titles."""
    document = read_file(save_word(write_marked))
    assert document.title == "某县2020年政府信息公开工作年度报告"
    assert plain_lines(document)[1:] == ["总体情况", "公开12条。", "另起一行。"]
    assert [block.kind for block in document.blocks] == [
        "paragraph", "heading", "paragraph", "paragraph",
    ]  # fmt: skip


def test_a_text_box_is_read_once() -> None:
    """Word keeps a text box twice, for new and for old readers."""
    box = (
        '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        "<w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent>"
        "<mc:Choice><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    body = save_word(lambda file: file.element.body.insert(0, docx.oxml.parse_xml(box)))
    assert plain_lines(read_file(body)) == ["正文", "框"]


def test_a_layout_table_is_the_page_and_not_a_table() -> None:
    """A table around everything gives its paragraphs and the table inside."""

    def write(file: WordFile) -> None:
        cell = file.add_table(rows=1, cols=1).cell(0, 0)
        cell.text = "全年公开3条。"
        inner = cell.add_table(rows=2, cols=2)
        for i, text in enumerate(("指标", "数", "公开", "3")):
            inner.cell(i // 2, i % 2).text = text

    document = read_file(save_word(write))
    assert plain_lines(document) == ["全年公开3条。"]
    assert grid(document, 1) == [["指标", "数"], ["公开", "3"]]


ARTICLES = [
    ["第二十条第（一）项"] * 4,
    ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
    ["规章", "", "", ""],
    ["行政规范性文件", "", "", ""],
    ["第二十条第（五）项"] * 4,
    ["信息内容", *["本年处理决定数量"] * 3],
    ["行政许可", "", "", ""],
    ["第二十条第（六）项"] * 4,
    ["信息内容", *["本年处理决定数量"] * 3],
    ["行政处罚", "", "", ""],
    ["行政强制", "", "", ""],
    ["第二十条第（八）项"] * 4,
    ["信息内容", *["本年收费金额（单位：万元）"] * 3],
    ["行政事业性收费", "", "", ""],
]
REFUSALS = [
    "1.属于国家秘密", "2.其他法律行政法规禁止公开", "3.危及“三安全一稳定”",
    "4.保护第三方合法权益", "5.属于三类内部事务信息", "6.属于四类过程性信息", "7.属于行政执法案卷",
    "8.属于行政查询事项",
]  # fmt: skip


def test_the_empty_national_form_has_its_three_tables(corpus: Path) -> None:
    """Labels as printed, every other cell blank."""
    path = corpus / "data/reports/template/annual_report_template_2021.docx"
    document = read_file(path.read_bytes(), path.name)
    articles, requests, reviews = (grid(document, number) for number in (1, 2, 3))
    assert articles == ARTICLES
    assert (len(requests), {len(row) for row in requests}) == (28, {10})
    assert requests[2][3:] == [
        "自然人",
        "商业企业",
        "科研机构",
        "社会公益组织",
        "法律服务机构",
        "其他",
        "总计",
    ]
    assert [row[2] for row in requests if row[1] == "（三）不予公开"] == REFUSALS
    assert [row[0] for row in requests[5:27]] == ["三、本年度办理结果"] * 22
    assert requests[24][1:3] == [
        "（六）其他处理",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    ]
    assert requests[26][:3] == ["三、本年度办理结果", "（七）总计", "（七）总计"]
    assert requests[27][:3] == ["四、结转下年度继续办理"] * 3
    assert {cell for row in requests[3:] for cell in row[3:]} == {""}
    outcomes = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    assert reviews == [
        ["行政复议"] * 5 + ["行政诉讼"] * 10,
        outcomes + ["未经复议直接起诉"] * 5 + ["复议后起诉"] * 5,
        outcomes * 3,
        [""] * 15,
    ]
    assert document.title == "政府信息公开工作年度报告格式模板"
    assert document.findings == ()


# --- Excel ----------------------------------------------------------------------------------

SHEET: list[list[Any]] = [
    ["某市2016年政府信息公开情况统计表", None, None],
    ["统计指标", "单位", "统计数"],
    ["（一）主动公开数", "条", 4410],
    ["其中：规范性文件数", "条", None],
    ["全文电子化率", None, 0.8418],
    ["收取的费用", "万元", 0.5],
    ["单位负责人：　审核人：", None, None],
]
SHEET_GRID = [
    ["统计指标", "单位", "统计数"],
    ["（一）主动公开数", "条", "4410"],
    ["其中：规范性文件数", "条", ""],
    ["全文电子化率", "全文电子化率", "84.18%"],
    ["收取的费用", "万元", "0.50"],
]


def fill_sheet(sheet: Worksheet) -> None:
    """The rows of ``SHEET`` with a merged title, a merged label and number formats."""
    for row in SHEET:
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A5:B5")
    sheet["C5"].number_format = "0.00%"
    sheet["C6"].number_format = "0.00"


def make_xlsx() -> bytes:
    """A workbook with a printed, an empty and a hidden sheet."""
    book = openpyxl.Workbook()
    fill_sheet(book.active)
    book.create_sheet("空")
    hidden = book.create_sheet("藏")
    hidden.append(["藏", 1])
    hidden.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def make_xls() -> bytes:
    """The same in the old format."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("表")
    for r, row in enumerate(SHEET):
        for c, value in enumerate(row):
            if value is not None and (r, c) not in ((0, 0), (4, 0)):
                style = xlwt.XFStyle()
                style.num_format_str = {4: "0.00%", 5: "0.00"}.get(r, "General")
                sheet.write(r, c, value, style)
    sheet.write_merge(0, 0, 0, 2, SHEET[0][0])
    sheet.write_merge(4, 4, 0, 1, SHEET[4][0])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("make", "kind"), [(make_xlsx, XLSX), (make_xls, XLS)], ids=["xlsx", "xls"]
)
def test_a_sheet_is_one_grid_as_displayed(make: Callable[[], bytes], kind: str) -> None:
    """Merged cells repeat, numbers print as formatted, title and footer are lines."""
    document = read_file(make(), "报告.doc")
    assert document.media_type == kind
    assert grid(document, 1) == SHEET_GRID
    assert len(document.tables) == 1
    assert plain_lines(document) == [SHEET[0][0], SHEET[6][0]]
    assert document.title == SHEET[0][0]
    assert document.tables[0].caption == SHEET[0][0]


@pytest.mark.parametrize(
    ("stored", "number_format", "expected"),
    [
        ("7730.2799999999997", "General", "7730.28"),
        ("3", "General", "3"),
        ("1234567", "#,##0", "1,234,567"),
        ("0.125", "0%", "13%"),
        ("-3", "0;(0)", "(3)"),
        ("0", '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"??_ ;_ @_ ', "-"),
        ("0", "#", ""),
        ("12", '0"件"', "12件"),
        ("12", '"共"0"1件"', "共121件"),
        ("2.5", "0.##", "2.5"),
        ("2", "0.##", "2"),
        ("43158", "yyyy年m月d日", "2018年2月27日"),
        ("43158", "[$-804]yyyy-mm-dd;@", "2018-02-27"),
        ("5", "[>9]0;0", "5"),
        ("1E-5", "General", "0.00001"),
        ("0.5", "# ?/?", "0.5"),
        ("not a number", "0", "not a number"),
    ],
)
def test_numbers_are_shown_as_displayed(stored: str, number_format: str, expected: str) -> None:
    """The printed form follows the format; without one it is the shortest decimal."""
    assert show_number(stored, number_format) == expected


@given(st.floats() | st.text(max_size=5), st.text('0#?,.%;"件\\_* []ymdhE@-()', max_size=12))
def test_any_number_format_shows_something(stored: float | str, number_format: str) -> None:
    """No format and no stored value fails."""
    assert show_number(stored, number_format) is not None


# --- Packages -------------------------------------------------------------------------------


def zip_of(members: Sequence[tuple[str, bytes]], encoding: str | None = None) -> bytes:
    """A ZIP file; with an encoding its names are stored as such bytes and not marked as UTF-8."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members:
            stored = name if encoding is None else name.encode(encoding).decode("cp437")
            entry = zipfile.ZipInfo(stored)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, body)
    body = target.getvalue()
    return body if encoding is None else _unmark(body)


def _unmark(body: bytes) -> bytes:
    """Names back to the bytes that a Chinese Windows writes, the UTF-8 mark taken away."""
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        names = [entry.filename for entry in file.infolist()]
    for name in names:
        old, new = name.encode(), name.encode("cp437")
        for mark, flag, length, start in ((b"PK\3\4", 6, 26, 30), (b"PK\1\2", 8, 28, 46)):
            at = body.index(mark)
            while body[at + start : at + start + len(old)] != old:
                at = body.index(mark, at + 1)
            head = bytearray(body[at : at + start])
            head[flag : flag + 2] = struct.pack("<H", 0)
            head[length : length + 2] = struct.pack("<H", len(new))
            body = body[:at] + bytes(head) + new + body[at + start + len(old) :]
    return _repoint(body)


def _repoint(body: bytes) -> bytes:
    """The directory of a ZIP file with its places counted anew."""
    locals_at, at = [], body.find(b"PK\3\4")
    while at >= 0:
        locals_at.append(at)
        at = body.find(b"PK\3\4", at + 4)
    entries, at = [], body.find(b"PK\1\2")
    first = at
    while at >= 0:
        entries.append(at)
        at = body.find(b"PK\1\2", at + 4)
    changed = bytearray(body)
    for entry, place in zip(entries, locals_at, strict=True):
        changed[entry + 42 : entry + 46] = struct.pack("<I", place)
    end = body.rindex(b"PK\5\6")
    changed[end + 12 : end + 20] = struct.pack("<II", end - first, first)
    return bytes(changed)


TEXT = "某县2015年年报\n公开政府信息3条。".encode()


@pytest.mark.parametrize("encoding", [None, "gbk", "utf-8"])
def test_a_package_gives_its_members_under_their_names(encoding: str | None) -> None:
    """Names are read as UTF-8 or GBK; every readable member is part of the text, in order."""
    body = zip_of([("年报/正文.txt", TEXT), ("年报/统计表.xlsx", make_xlsx())], encoding)
    document = read_file(body, "附件.rar")
    assert document.media_type == ZIP
    assert plain_lines(document)[:3] == ["正文.txt", *TEXT.decode().split("\n")]
    assert "统计表.xlsx" in plain_lines(document)
    assert grid(document, 1) == SHEET_GRID
    assert document.findings == ()
    for row in document.tables[0].rows:
        assert all(document.text[cell.start : cell.end] == cell.text for cell in row)


def test_a_package_of_one_file_is_that_file() -> None:
    """No name stands above the text of an only member; what Mac and Word add is no member."""
    beside = [("__MACOSX/._a.txt", b"\0"), ("~$a.docx", b"x"), ("Thumbs.db", b"y")]
    document = read_file(zip_of([("a.txt", TEXT), *beside]))
    assert document.text == TEXT.decode()
    assert document.findings == ()


def test_what_a_package_cannot_give_is_named() -> None:
    """A picture and an OFD file inside are findings by name, and the rest is read."""
    ofd = zip_of([("OFD.xml", b"<ofd:OFD/>"), ("Doc_0/Document.xml", b"<x/>")])
    body = zip_of([("表.jpg", b"\xff\xd8\xff\xe0"), ("年报.ofd", ofd), ("a.txt", TEXT)])
    document = read_file(body)
    assert document.text == TEXT.decode()
    assert [(f.rule, f.message.partition(":")[0]) for f in document.findings] == [
        ("needs_ocr", "表.jpg"), ("needs_converter", "年报.ofd"),
    ]  # fmt: skip


def test_packages_within_packages_end() -> None:
    """Three deep is enough; what lies deeper is said to be unread."""
    body = zip_of([("a.txt", TEXT)])
    for _ in range(2):
        body = zip_of([("a.zip", body)])
    assert read_file(body).text == TEXT.decode()
    assert rules(read_file(zip_of([("a.zip", body)]))) == ["nested_too_deep"]


def test_a_bomb_does_not_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that unpacks beyond the bounds is not unpacked to the end, whatever it claims."""
    monkeypatch.setattr("parsers.attachments.package._MAX_MEMBER", 100_000)
    body = zip_of([("a.txt", b"0" * 3_000_000), ("b.txt", TEXT)])
    document = read_file(body)
    assert document.text == TEXT.decode()
    assert rules(document) == ["damaged_file"]
    assert "more than 100000 bytes" in document.findings[0].message


def test_many_members_are_cut() -> None:
    """Only so many members are read, and the finding says so."""
    document = read_file(zip_of([(f"{i}.txt", b"x") for i in range(70)]))
    assert rules(document) == ["package_cut"]


def test_an_empty_package_says_so() -> None:
    """A package without a document is an error of its own."""
    assert rules(read_file(zip_of([("a/", b"")]))) == ["empty_package"]


# --- What cannot be read ----------------------------------------------------------------------


def make_ole(names: Sequence[str], flags: int = 0) -> bytes:
    """An OLE file with empty streams at its root; the first holds the head of a Word file."""
    header = bytearray(512)
    header[:8] = SIGNATURE
    struct.pack_into("<HHHH", header, 24, 0x3E, 3, 0xFFFE, 9)
    struct.pack_into("<II", header, 44, 1, 1)
    struct.pack_into("<I", header, 76, 0)
    table = struct.pack("<III", 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFE) + b"\xff" * 500
    entries = [_entry("Root Entry", child=1)]
    for i, name in enumerate(names):
        entries.append(_entry(name, right=i + 2 if i + 1 < len(names) else None))
    directory = b"".join(entries).ljust(512, b"\0")
    word = (b"\0" * 10 + struct.pack("<H", flags)).ljust(512, b"\0")
    return bytes(header) + table + directory + word


def _entry(name: str, child: int | None = None, right: int | None = None) -> bytes:
    entry = bytearray(128)
    raw = name.encode("utf-16-le")
    entry[: len(raw)] = raw
    none = 0xFFFFFFFF
    struct.pack_into("<H", entry, 64, len(raw) + 2)
    struct.pack_into(
        "<III", entry, 68, none, none if right is None else right, none if child is None else child
    )
    struct.pack_into("<I", entry, 116, 2)
    return bytes(entry)


def make_word97(text: str) -> bytes:
    """A file as Word 97 saves it: a header, the text in one piece, and the table of pieces.

    Source: [MS-DOC] 2.5 (Fib), 2.9.38 (Clx), 2.9.271 (STSH); [MS-CFB] for the streams, none of which is small.
    """
    raw = text.encode("utf-16-le")
    head = bytearray(0x400)
    struct.pack_into("<HH6xHH", head, 0, 0xA5EC, 0xC1, 0x1200, 0xBF)  # pieces are in 1Table
    struct.pack_into("<II", head, 0x18, len(head), len(head) + len(raw))
    struct.pack_into("<I", head, 0x4C, len(text))
    pieces = struct.pack("<BIIIHIH", 2, 16, 0, len(text), 0, len(head), 0)
    struct.pack_into("<II", head, 0x1A2, 0, len(pieces))
    styles = struct.pack("<HHH14x", 18, 1, 10) + b"\0\0"  # the sheet with its one empty style
    struct.pack_into("<II", head, 0xA2, len(pieces), len(styles))
    streams = [
        stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
        for stream in (bytes(head) + raw, pieces + styles)
    ]
    table, entries = [0xFFFFFFFD, 0xFFFFFFFE], bytearray(_entry("Root Entry", child=1))
    entries[66] = 5
    for name, stream, right in zip(("WordDocument", "1Table"), streams, (2, None), strict=True):
        entry = bytearray(_entry(name, right=right))
        entry[66:68] = b"\2\1"
        struct.pack_into("<II", entry, 116, len(table), len(stream))
        entries += entry
        table += [*range(len(table) + 1, len(table) + len(stream) // 512), 0xFFFFFFFE]
    header = bytearray(SIGNATURE.ljust(76, b"\0") + b"\0" * 4 + b"\xff" * 432)
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    sectors = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return bytes(header) + sectors + bytes(entries).ljust(512, b"\0") + b"".join(streams)


def make_locked_zip() -> bytes:
    """A ZIP file whose only member asks for a password."""
    body = bytearray(zip_of([("a.txt", TEXT)]))
    body[6] |= 1
    body[body.index(b"PK\1\2") + 8] |= 1
    return bytes(body)


def swap_main_part(body: bytes, main: bytes) -> bytes:
    """A Word file with another document part."""
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        members = [(e.filename, file.read(e)) for e in file.infolist()]
    return zip_of([(n, main if n == "word/document.xml" else b) for n, b in members])


EMPTY_WORD = save_word(lambda _: None)
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "'
    + b"&a;" * 1000
    + b'">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>" + b"&b;" * 1000 + b"</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize(
    ("body", "name", "kind", "rule", "needs"),
    [
        (make_ole(["WordDocument"]), "a.doc", DOC, "needs_converter", "antiword"),
        (make_ole(["WordDocument"]), "a.wps", DOC, "needs_converter", "converter"),
        (make_ole(["WordDocument"], 0x0100), "a.doc", DOC, "encrypted", "password"),
        (make_ole(["EncryptionInfo", "EncryptedPackage"]), "a.docx", OLE, "encrypted", "password"),
        (make_ole(["Other"]), "a.bin", OLE, "unread_media_type", "ole"),
        (make_xls()[:1500], "a.xls", XLS, "damaged_file", "damaged"),
        (zip_of([("OFD.xml", b"<x/>")]), "a.zip", OFD, "needs_converter", "OFD reader"),
        (b"{\\rtf1 abc}", "a.doc", RTF, "needs_converter", "soffice"),
        (make_locked_zip(), "a.zip", ZIP, "encrypted", "password"),
        (EMPTY_WORD[:2000], "a.docx", DOCX, "damaged_file", "cut off"),
        (swap_main_part(EMPTY_WORD, b"<w"), "a.docx", DOCX, "damaged_file", "damaged"),
        (b"Rar!\x1a\x07\x00", "a.zip", "application/vnd.rar", "needs_converter", "unpacker"),
    ],
    ids=["doc", "wps", "locked doc", "locked docx", "ole", "cut xls", "ofd", "rtf", "locked zip",
         "cut docx", "broken xml", "rar"],
)  # fmt: skip
def test_files_that_cannot_be_read_name_what_is_needed(
    body: bytes, name: str, kind: str, rule: str, needs: str
) -> None:
    """Each gives an empty text and one error that says what would help."""
    document = read_file(body, name)
    assert document.media_type == kind
    assert document.text == ""
    assert [(f.rule, f.severity) for f in document.findings] == [(rule, "error")]
    assert needs in document.findings[0].message


def test_entities_are_not_expanded() -> None:
    """A document part full of nested entities costs nothing."""
    document = read_file(swap_main_part(EMPTY_WORD, BILLION_LAUGHS), "a.docx")
    assert len(document.text) < 10


def test_a_root_stream_decides_and_not_one_inside() -> None:
    """A workbook that mentions a Word stream somewhere is a workbook."""
    body = make_ole(["Workbook"]) + "WordDocument".encode("utf-16-le")
    assert sniff_media_type(body, None, "a.doc") == XLS


def test_a_converter_reads_what_we_do_not() -> None:
    """What a converter makes of an old Word file is read in its place."""
    made = save_word(write_request_table)
    document = read_file(make_ole(["WordDocument"]), "a.doc", {DOC: lambda _: made})
    assert grid(document, 1)[5] == ["四、结转", "四、结转", "0", "0", "0"]
    assert document.findings == ()


def test_a_converter_that_fails_is_a_finding() -> None:
    """The error of a converter is kept; one that gives the same file back does not go on."""

    def fail(_: bytes) -> bytes:
        raise UnreadableSource("doc", "soffice made nothing of it")

    body = make_ole(["WordDocument"])
    assert rules(read_file(body, "a.doc", {DOC: fail})) == ["damaged_file"]
    assert rules(read_file(body, "a.doc", {DOC: lambda same: same})) == ["needs_converter"]


def test_a_saved_page_is_read_as_a_page() -> None:
    """Word saves pages as MHTML under the name .doc: the HTML part is the document."""
    page = "<html><body><p>公开政府信息3条。</p></body></html>".encode("gbk")
    body = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + page
        + b"\r\n--x--\r\n"
    )
    document = read_file(body, "a.doc")
    assert document.media_type == MHTML
    assert document.text == "公开政府信息3条。"


SAMPLES = (save_word(write_request_table), make_xlsx(), make_xls(), zip_of([("a.txt", TEXT)]))


@given(st.sampled_from(SAMPLES), st.integers(0, 40_000), st.binary(max_size=8))
def test_a_broken_file_never_raises(body: bytes, at: int, noise: bytes) -> None:
    """Whatever is cut or overwritten gives text or a finding."""
    at %= len(body)
    for broken in (body[:at], body[:at] + noise + body[at + len(noise) :]):
        document = read_file(broken, "a.docx")
        assert document.text or document.findings or not broken.strip()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder as the only place where programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    find_converters.cache_clear()
    yield folder
    find_converters.cache_clear()


def install(folder: Path, name: str, script: str) -> None:
    """A program of that name."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def test_no_program_no_converter(programs: Path) -> None:
    """Where nothing is installed the file is kept and the finding says what is needed."""
    reading = read(make_ole(["WordDocument"]), name="a.doc")
    assert not list(programs.iterdir())
    assert [f.rule for f in reading.document.findings] == ["needs_converter"]


def test_an_installed_program_converts(programs: Path) -> None:
    """Antiword gives text; LibreOffice, which keeps tables, is preferred where both are there."""
    install(programs, "antiword", "echo 公开政府信息3条。")
    assert read(make_ole(["WordDocument"]), name="a.doc").document.text == "公开政府信息3条。\n"
    find_converters.cache_clear()
    made = programs / "made.docx"
    made.write_bytes(save_word(write_request_table))
    copy = f'while [ $# -gt 1 ]; do [ "$1" = --outdir ] && out=$2; shift; done; /bin/cp {made} "$out/source.docx"'
    install(programs, "soffice", copy)
    assert len(read(make_ole(["WordDocument"]), name="a.doc").document.tables) == 1


@pytest.mark.skipif(shutil.which("antiword") is None, reason="antiword is not installed")
def test_an_old_word_file_is_read_through_a_real_converter() -> None:
    """Antiword itself makes of a file of Word 97 the report that was written into it."""
    lines = [
        "平湖市教育局2012年政府信息公开工作年度报告",
        "一、主动公开政府信息情况",
        "2012年，我局主动公开政府信息318条。" + "各科室按时公开有关信息。" * 300,
        "二、依申请公开政府信息情况",
        "共收到政府信息公开申请7件，其中当面申请5件。",
    ]
    reading = read(make_word97("\r".join([*lines, ""])), name="2012年报.doc")
    values = {one.field: one.value for one in reading.report.statistics}
    assert reading.document.findings == ()
    assert (reading.report.subject, reading.report.year) == ("平湖市教育局", 2012)
    assert values == {
        "proactive_total": 318, "requests_received_total": 7, "requests_in_person": 5,
    }  # fmt: skip


@pytest.mark.parametrize("script", ["exit 3", "exit 0"], ids=["fails", "makes nothing"])
def test_a_program_that_fails_is_a_finding(programs: Path, script: str) -> None:
    """A converter that ends badly or leaves no file gives an error by its name."""
    install(programs, "soffice", script)
    (finding,) = read(make_ole(["WordDocument"]), name="a.doc").document.findings
    assert finding.rule == "damaged_file"
    assert "soffice" in finding.message
