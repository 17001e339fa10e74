"""Documents: what kind of file, which part of the page, which text, title and links."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import read_document
from parsers.layout import is_heading
from parsers.media import DOC, DOCX, HTML, PDF, PLAIN, XLSX, sniff_media_type
from parsers.model import Decoded, Document
from parsers.mojibake import undo


def read_html(html: str, url: str | None = None) -> Document:
    """The document in a page."""
    return read_document(Decoded(html.encode("utf-8", "replace"), HTML, html, "utf-8"), url)


def read_text(text: str) -> Document:
    """The document in a plain text."""
    return read_document(Decoded(text.encode("utf-8", "replace"), PLAIN, text, "utf-8"))


def lines_of(document: Document) -> list[str]:
    """The text line by line."""
    return document.text.split("\n")


def check_offsets(document: Document) -> None:
    """Every offset points at what it says, in order, and repairs undo."""
    text = document.text
    for table in document.tables:
        assert len({len(row) for row in table.rows}) == 1
        for row in table.rows:
            assert all(text[cell.start : cell.end] == cell.text for cell in row)
    ends = 0
    for block in document.blocks:
        assert ends <= block.start <= block.end <= len(text)
        ends = block.end
    numbers = [block.table for block in document.blocks if block.kind == "table"]
    assert numbers == [table.number for table in document.tables]
    assert undo(text, document.repairs) == document.received


@pytest.mark.parametrize(
    ("body", "content_type", "name", "expected"),
    [
        (b"%PDF-1.4 ...", "application/octet-stream", "a.html", PDF),
        (b"PK\x03\x04....[Content_Types].xml word/document.xml", None, "a.bin", DOCX),
        (b"PK\x03\x04....xl/workbook.xml", "application/zip", None, XLSX),
        (b"PK\x03\x04....a.txt", None, "a.zip", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), None, None, DOC),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None, "b.xls", "application/vnd.ms-excel"),
        (b"\xff\xd8\xff\xe0", "text/html", "a.htm", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", None, None, "image/png"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", "text/plain", "a.txt", HTML),
        ("<html><body>".encode("utf-16"), None, None, HTML),
        (b"<%@ page %><html>", None, "a.jsp", HTML),
        ("年报<p>正文</p>".encode("gbk"), None, None, HTML),
        ("年报\n正文".encode(), "text/html; charset=utf-8", None, PLAIN),
        ("年报".encode(), "text/plain;charset=gbk", "a.html", PLAIN),
        ("一、概述".encode(), None, "004_b6d4.txt", PLAIN),
        (b"", None, None, PLAIN),
        (b"\x00\x01\x02", None, None, "application/octet-stream"),
        (b'{"a": 1}', "application/json", None, "application/json"),
    ],
)
def test_content_speaks_before_header_and_name(
    body: bytes, content_type: str | None, name: str | None, expected: str
) -> None:
    """Bytes decide; the header only where they are silent, the name only after both."""
    assert sniff_media_type(body, content_type, name) == expected


@given(st.binary(max_size=200), st.none() | st.text(max_size=30), st.none() | st.text(max_size=30))
def test_any_bytes_have_a_type(body: bytes, content_type: str | None, name: str | None) -> None:
    """No bytes, header or name make the sniffer fail."""
    assert sniff_media_type(body, content_type, name) is not None


@pytest.mark.parametrize(
    "line",
    [
        "一、总体情况",
        "　　二、主动公开情况",
        "(三)其他",
        "（十一）收费情况",
        "第二章 附则",
        "十二、附表",
    ],
)
def test_numbered_short_lines_are_headings(line: str) -> None:
    """A Chinese numeral and a few words make a heading."""
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "一是加强领导",
        "(一)加强领导。成立小组,落实责任。",
        "一、以下两项:",
        "2017年度报告",
        "三、" + "很" * 60,
    ],
)
def test_sentences_and_long_lines_are_no_headings(line: str) -> None:
    """A numeral before a sentence, a list opener or a long line is a paragraph."""
    assert not is_heading(line)


def test_plain_text_is_kept_character_by_character() -> None:
    """Only CRLF is changed; lines that print nothing are no blocks."""
    document = read_text("\u3000一、概述\r\n\r\n \u3000\r\n\xa0正文 3 条\t\r\n")
    assert document.received == "\u3000一、概述\n\n \u3000\n\xa0正文 3 条\t\n"
    assert [document.text[b.start : b.end] for b in document.blocks] == [
        "\u3000一、概述",
        "\xa0正文 3 条\t",
    ]
    assert [b.kind for b in document.blocks] == ["heading", "paragraph"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p><span>2021</span><span>年</span><span>9</span>月</p>", ["2021年9月"]),
        ("<p>甲<br>乙<br/>丙</p>", ["甲", "乙", "丙"]),
        ("<p>  甲\n\t乙 </p>\n<p>&nbsp;</p><p> </p><p>丙</p>", ["甲 乙", "丙"]),
        ("<p>\u3000\u3000甲&nbsp;乙\u3000</p>", ["\u3000\u3000甲\xa0乙\u3000"]),
        ("甲<div>乙</div>丙", ["甲", "乙", "丙"]),
        ("<p>甲<script>x</script><style>y</style><!-- z -->乙</p>", ["甲乙"]),
        ("<pre>甲\n  乙</pre>", ["甲", "乙"]),
        ("<ul><li>甲</li><li>乙</li></ul>", ["甲", "乙"]),
        ("<p>甲<p>乙", ["甲", "乙"]),
        ("<p>3&lt;4 &amp; 5</p>", ["3<4 & 5"]),
        ("<%@ page %><p>甲</p><%-- 乙 --%>", ["甲"]),
        ("<?xml version='1.0' encoding='gb2312'?><html><body><p>甲</p></body></html>", ["甲"]),
        ("<p>甲<span style='display:none'>藏</span>" + "乙" * 9 + "</p>", ["甲" + "乙" * 9]),
    ],
)  # fmt: skip
def test_markup_becomes_lines_as_a_browser_shows_them(html: str, expected: list[str]) -> None:
    """Inline runs join, blocks and breaks end lines, only ASCII white space collapses."""
    assert lines_of(read_html(html)) == expected


BODY = "".join(f"<p>第{i}项工作按照要求推进，主动公开政府信息{i}条。</p>" for i in range(1, 9))
NAV = (
    "<div class='nav'><ul>"
    + "".join(f"<li><a href='/{i}'>栏目{i}</a></li>" for i in range(9))
    + "</ul></div>"
)
BOX = "<table><tr><td>索引号：</td><td>A/1</td></tr><tr><td>发布日期：</td><td>2020-01-02</td></tr></table>"
FOOT = "<div class='footer'><p>主办单位：某市政府</p><p>更新日期：2024年5月6日</p></div>"
LINKS = (
    "<ul>"
    + "".join(f"<li><a href='/{word}'>{word}</a></li>" for word in ("上一篇", "栏目", "更多栏目"))
    + "</ul>"
)
CHROME = ("栏目", "主办单位", "更新日期", "打印", "上一篇", "A/1")


@pytest.mark.parametrize(
    "main",
    [
        f"<div class='TRS_Editor'>{BODY}</div>",
        f"<div id='zoom'>{BODY}</div>",
        f"<table><tr><td id='UCAP-CONTENT'>{BODY}</td></tr></table>",
        f"<div class='wrap article-content big'>{BODY}</div>",
        f"<div class='x1'><div class='x2'>{BODY}</div></div>",
        f"<table width=90%><tr><td class=content>{BODY}</td></tr></table>",
        f"<div><!--ZJEG_RSS.content.begin-->{BODY}<!--ZJEG_RSS.content.end--></div>",
        f"<div class='TRS_Editor'>{BODY}<div class='share'>分享到 打印</div></div>",
        f"<div class='x'>{BODY}{LINKS}</div>",
    ],
    ids=["trs", "zoom", "ucap", "class list", "unknown", "old table", "hanweb", "share", "links"],
)
def test_only_the_document_of_a_page_is_text(main: str) -> None:
    """Known and unknown containers give their lines, without menus, tools and footers."""
    page = f"<html><body>{NAV}<div class='main'>{BOX}<h1>某市2020年报告</h1>{main}</div>{FOOT}</body></html>"
    document = read_html(page)
    assert len(lines_of(document)) == 8
    assert not any(word in document.text for word in CHROME)
    assert document.metadata["index_number"] == "A/1"
    assert document.metadata["publish_date"] == "2020-01-02"
    assert document.title == "某市2020年报告"


def test_a_page_of_paragraphs_keeps_every_line() -> None:
    """Without chrome nothing is taken for chrome, not even what looks like it."""
    lines = ["首页", "您现在的位置: 首页 >> 年报", "某县2011年报告", "一、概述", "全文一段。" * 60,
             "2012年3月", "【关闭本页】 【返回顶部】"]  # fmt: skip
    html = "".join(f"<p>{line}</p>\n" for line in lines).replace(">>", "&gt;&gt;")
    assert lines_of(read_html(f"<html><body>{html}</body></html>")) == lines


def test_sentences_and_tables_beside_the_main_part_are_kept() -> None:
    """A part that holds nearly all text is not the document where sentences stand outside."""
    page = f"<body><div>{BODY * 5}</div><div>附：另有一句。</div></body>"
    assert "附：另有一句。" in read_html(page).text
    table = "<table>" + "<tr><td>甲</td><td>1</td></tr>" * 3 + "</table>"
    assert len(read_html(f"<body><div>{BODY * 5}</div>{table}</body>").tables) == 1


@pytest.mark.parametrize(
    "box",
    [
        "<ul><li><b>索引号：</b>A/1</li><li><b>发布机构：</b>某局</li><li><b>文号：</b></li></ul>",
        "<dl><dt>索引号</dt><dd>A/1</dd><dt>发布机构</dt><dd>某局</dd><dt>文号</dt><dd></dd></dl>",
        "<p>索 引 号：A/1&nbsp;&nbsp;发布机构：某局&nbsp;&nbsp;文　号：</p>",
        "<table><tr><th>索引号</th><td>A/1</td><th>发布机构</th><td>某局</td></tr></table>",
        "<span>索引号：</span><span>A/1</span> <span>发布机构：</span><span>某局</span>",
        "<table><tr><td>索引号：A/1</td></tr><tr><td>发布机构：某局</td></tr></table>",
    ],
    ids=["ul", "dl", "line", "table", "spans", "one column"],
)
def test_a_box_beside_the_text_reaches_the_metadata(box: str) -> None:
    """Boxes of every make outside the container are read, and are not text."""
    document = read_html(f"<body>{NAV}<div>{box}</div><div id=zoom>{BODY}</div>{FOOT}</body>")
    found = {k: v for k, v in document.metadata.items() if v}
    assert found == {"index_number": "A/1", "publisher": "某局"}
    assert "A/1" not in document.text


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<meta name=articletitle content='甲'><title>乙</title>", "<h1>丙</h1>", "甲"),
        ("<title>乙</title>", "<p>标题：丁</p><h1>丙</h1>", "丁"),
        ("<title>某县2015年年报_某县政府网</title>", "<h1>某县2015年报告</h1>", "某县2015年报告"),
        (
            "<title>某县2015年年报_某县人民政府网站</title>",
            "<h1>某县人民政府</h1>",
            "某县2015年年报",
        ),
        (
            "<title>政府信息公开</title>",
            "<p>某局二〇一五年工作年度报告</p>",
            "某局二〇一五年工作年度报告",
        ),
        ("<meta name=SiteName content='某县'><title>公告 - 某县</title>", "", "公告"),
        ("", "<div class='title'>某县2015年年报</div>", "某县2015年年报"),
        ("<title> </title>", "", "第1项工作"),
    ],
)
def test_titles_are_trusted_in_order(head: str, body: str, expected: str) -> None:
    """ArticleTitle, then the box, then h1, then the window name without its site."""
    page = f"<html><head>{head}</head><body>{body}<div id='zoom'><p>第1项工作</p>{BODY}</div></body></html>"
    title = read_html(page).title
    assert title == expected


def test_titles_of_plain_text() -> None:
    """The first line that reads like a report; a heading is no title."""
    assert (
        read_text("欢迎访问本网\n某省2016年考核情况的通报\n正文。").title
        == "某省2016年考核情况的通报"
    )
    assert read_text("一、概述\n2017年,某市做好工作。").title is None
    assert read_text("关于某事的函\n正文。").title == "关于某事的函"


def test_attachments_and_links_are_absolute() -> None:
    """Files become attachments, other links of the document links; menus are neither."""
    document = read_html(
        f"<body>{NAV}<div id=zoom>{BODY}<a href='a.PDF'>附件1</a><a href='./t.html'>正文</a>"
        "<a href='javascript:void(0)'>x</a><a href='#top'>y</a>"
        "<a href='/module/download/downfile.jsp?classid=0&filename=1.doc'>附件2</a>"
        "<a onclick=\"open('/f/b.xlsx')\">附件3</a></div><iframe src='v.html?file=/c.pdf'></iframe></body>",
        "http://www.example.test/x/y.html",
    )
    assert [(link.url, link.text) for link in document.attachments] == [
        ("http://www.example.test/x/a.PDF", "附件1"),
        ("http://www.example.test/module/download/downfile.jsp?classid=0&filename=1.doc", "附件2"),
        ("http://www.example.test/f/b.xlsx", "附件3"),
        ("http://www.example.test/x/v.html?file=/c.pdf", ""),
    ]
    assert "http://www.example.test/x/t.html" in {link.url for link in document.links}
    assert all(
        "/1" not in link.url.removeprefix("http://") or "file" in link.url
        for link in document.links
    )


def test_base_addresses_are_honoured_and_bad_ones_kept() -> None:
    """``<base href>`` decides; an address that is none is kept as printed."""
    html = "<head><base href='/d/'></head><body><a href='a.pdf'>甲</a><a href='http://[b.pdf'>乙</a></body>"
    urls = [link.url for link in read_html(html, "http://www.example.test/x").attachments]
    assert urls == ["http://www.example.test/d/a.pdf", "http://[b.pdf"]


@pytest.mark.parametrize(
    ("media_type", "rule"),
    [
        ("image/jpeg", "needs_ocr"),
        (DOC, "needs_converter"),
        ("application/zip", "damaged_file"),
        ("application/x-unheard-of", "unread_media_type"),
    ],
)
def test_files_we_cannot_read_say_so(media_type: str, rule: str) -> None:
    """An image or an office file gives an empty document and one error."""
    document = read_document(Decoded(b"\x00", media_type, "", None))
    assert (document.text, document.tables) == ("", ())
    assert [(finding.rule, finding.severity) for finding in document.findings] == [(rule, "error")]


PICTURE = "<p><img src='./W020230117001.jpg' width=800></p>"
SMALL_TABLE = "<table><tr><td>指标</td><td>数</td></tr><tr><td>公开</td><td>3</td></tr></table>"
ICONS = "<img src='/images/icon_pdf.gif'><img src='share.png'><img src='x.jpg' width='16'>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (PICTURE * 3, ["error"]),
        (f"<p>某局2022年报告</p>{PICTURE}", ["error"]),
        (f"{BODY}<p>统计表如下：</p>{PICTURE}", ["warning"]),
        (f"{BODY}{PICTURE}", []),
        (f"{BODY}<p>详见附表。</p>{ICONS}", []),
        (
            f"{BODY}<p>统计表如下：</p>{PICTURE}{SMALL_TABLE}",
            [],
        ),
    ],
    ids=["only pictures", "a caption", "a table", "an illustration", "icons", "a real table"],
)
def test_pictures_of_text_and_tables_need_ocr(inside: str, expected: list[str]) -> None:
    """A document of pictures is an error, a picture where a table is named is a warning."""
    page = f"<body>{NAV}<h1>某局报告</h1><div class='TRS_Editor'>{inside}</div>{FOOT}</body>"
    document = read_html(page)
    found = [f.severity for f in document.findings if f.rule == "needs_ocr"]
    assert found == expected
    assert not any(word in document.text for word in CHROME)


def test_the_list_of_a_column_is_its_text() -> None:
    """Where a known template holds links and nothing else, the links are what it says."""
    items = "".join(f"<li><a href='{y}.html'>某县{y}年报告</a><span>{y}-03-01</span></li>" for y in (2019, 2020, 2021))  # fmt: skip
    related = "<div class='related'><ul><li><a href='/a'>受理申请12件的说明</a></li></ul></div>"
    page = f"<body>{NAV}<div class='TRS_Editor'><ul>{items}</ul></div>{related}{FOOT}</body>"
    assert lines_of(read_html(page)) == [
        "某县2019年报告2019-03-01", "某县2020年报告2020-03-01", "某县2021年报告2021-03-01",
    ]  # fmt: skip


DETAIL = (
    "<html><head><title>政府信息公开</title></head><body><div id=app></div><script>"
    "window._CONFIG = {BASE: '/gkmlpt', TREE: [], %s: {%s}};</script></body></html>"
)
STRICT = (
    '"id": 7, "title": "某局2020年报告", "publisher": "某局", "identifier": "007/2020-00001",'
    ' "document_number": "", "first_publish_time": 1579485600, "content":'
    ' "\\u003Cp>\\u4e00、总体情况\\u003C/p>\\u003Cp>公开3条。<a href=\\"a.pdf\\">附件\\u003C/a>\\u003C/p>",'
    ' "attachment": [{"name": "表", "url": "/f/b.xlsx"}]'
)
LOOSE = (
    'id: 7, title: "某局2020年报告", publisher: "某局", identifier: "007/2020-00001", views: f(),'
    ' created_at: "2020-01-20 10:00", content: "\\u003Cp>一、总体情况\\u003C/p>公开3条。附件"'
)


@pytest.mark.parametrize(
    ("name", "entries", "files"),
    [
        ("DETAIL", STRICT, ["表", "附件"]),
        ('"DETAIL"', STRICT, ["表", "附件"]),
        ("DETAIL", LOOSE, []),
    ],
    ids=["keys bare", "keys quoted", "no JSON"],
)
def test_a_document_kept_in_a_script_is_unpacked(name: str, entries: str, files: list[str]) -> None:
    """Gkmlpt pages: body, box and files come from ``_CONFIG.DETAIL``, times are Beijing's."""
    document = read_html(DETAIL % (name, entries))
    assert lines_of(document) == ["一、总体情况", "公开3条。附件"]
    assert document.title == "某局2020年报告"
    assert document.metadata["index_number"] == "007/2020-00001"
    assert document.metadata["publisher"] == "某局"
    assert (document.metadata["publish_date"] or "").startswith("2020-01-20 10:00")
    assert document.metadata["document_number"] is None
    assert [link.text for link in document.attachments] == files


@pytest.mark.parametrize("entries", ["", '"content": ""', '"content": 5', '"content": "x', "[[["])
def test_a_script_that_holds_no_document_is_passed_over(entries: str) -> None:
    """A broken or empty DETAIL leaves the page as it is."""
    page = (DETAIL % ("DETAIL", entries)).replace("<div id=app>", "<div id=app><p>正文一段。</p>")
    assert read_html(page).text == "正文一段。"


ARTICLE = "".join(f"<p>本局全年第{i}项工作按照要求推进，主动公开政府信息{i}条，接受群众监督。</p>" for i in range(30))  # fmt: skip
SIDE = "".join(f"<div class='teaser'><h4>动态{i}</h4><span>会议第{i}次召开，部署相关工作，要求抓好落实。</span></div>" for i in range(20))  # fmt: skip


def test_trafilatura_judges_between_parts_of_an_unknown_page() -> None:
    """A side bar with as much text as the document is left out; sections of one make stay."""
    page = (
        "<html><head><title>某局报告</title></head><body><div class='q1'>"
        f"<article class='q2'>{ARTICLE}</article><aside class='q3'>{SIDE}</aside></div></body></html>"
    )
    text = read_html(page).text
    assert text.count("主动公开政府信息") == 30
    assert "会议第" not in text
    sections = "".join(f"<div class='s'>{ARTICLE}</div>" for _ in range(3))
    assert read_html(f"<body>{sections}</body>").text.count("主动公开政府信息") == 90


def test_trafilatura_reads_what_our_rules_lose() -> None:
    """A page whose sentences all stand in links and odd elements still gives its text."""
    words = "".join(
        f"<article><h2><a href='/{i}'>全年第{i}项工作按照要求推进并主动公开，群众满意。</a></h2></article>"
        for i in range(20)
    )
    loose = "".join(f"<p>主动公开政府信息第{i}条，均已按时发布在网站上。</p>" for i in range(30))
    hidden = f"<div class='share'>{loose}</div>"
    page = f"<html><body><div class='share'>{words}</div>{hidden}</body></html>"
    assert "主动公开政府信息第7条" in read_html(page).text


def test_a_menu_is_no_document() -> None:
    """What trafilatura brings back from a page of links alone is not taken."""
    links = "".join(
        f"<li><a href='/{i}'>某某市第{i}个政府部门的名称和链接</a></li>" for i in range(60)
    )
    page = f"<html><body><div class='nav'><ul>{links}</ul></div><p>公开指南</p></body></html>"
    assert read_html(page).text == "公开指南"


@pytest.mark.parametrize(
    ("name", "first", "menu"),
    [
        ("cmse.gov.cn.html", "2012年6月24日", "载人航天工程网"),
        ("gzggw_deqing_stats.html", "\u3000\u30001-10月，全县固定资产投资", "网站地图"),
        ("shanxi_province_portal.html", "图为山西品牌丝路行", "网站标识码"),
    ],
)
def test_menus_of_real_portals_do_not_leak(corpus: Path, name: str, first: str, menu: str) -> None:
    """Three saved pages give their article and not a word of what stands around it."""
    text = read_html((corpus / "data/pages/gne" / name).read_text("utf-8")).text
    assert text.startswith(first)
    assert menu not in text


def test_pages_of_a_real_directory_are_document_or_nothing(corpus: Path) -> None:
    """The detail page is its box; the guide page, a menu and no more, has no document."""
    folder = corpus / "data/pages/handan"
    details = read_html((folder / "details.jsp").read_text("utf-8"))
    assert details.metadata["index_number"] == "000014348/2020-35147"
    assert "首页" not in details.text
    assert "市教育局" not in read_html((folder / "gkzn.jsp").read_text("utf-8")).text


RADICALS = "一、\u2f2f作情况\n主动公开\u653f府信息3条，\u2ea0生类\u2f00条，其他\uf967公开。"


def test_radicals_are_read_as_the_characters_that_they_print() -> None:
    """Kangxi radicals and compatibility forms are exact repairs, and undo."""
    document = read_text(RADICALS)
    assert document.text == "一、工作情况\n主动公开政府信息3条，民生类一条，其他不公开。"
    assert [(r.before, r.after, r.exact) for r in document.repairs] == [
        ("\u2f2f", "工", True), ("\u2ea0", "民", True), ("\u2f00", "一", True),
        ("\uf967", "不", True),
    ]  # fmt: skip
    check_offsets(document)
    title = read_html(f"<title>某县2020年\u2f2f作报告</title><p>{BODY}</p>").title
    assert title == "某县2020年工作报告"


def test_a_page_nested_too_deep_is_said_to_be_cut() -> None:
    """Ten thousand open elements do not fail, and what was not read is an error."""
    document = read_html("<div>" * 10000 + "正文" + "</div>" * 10000)
    assert [finding.rule for finding in document.findings] == ["page_cut"]


@pytest.mark.parametrize(
    "html",
    ["", " ", "<!-- -->", "<frameset><frame src=a></frameset>", "<p>\ud800", "\x00<p>甲", "<"],
)
def test_odd_pages_do_not_fail(html: str) -> None:
    """Empty, framed and broken pages give a document."""
    check_offsets(read_html(html))


WORDS = st.text("甲乙 \u3000\xa0年3件%(（一)。，、:：?\n\t<&", max_size=12)
HEADS = st.sampled_from(
    ["统计指标", "单位", "合计", "申请来源", "一、概述", "3", "%", "(计1条的说明)", ""]
)


@given(st.lists(WORDS | HEADS, max_size=40))
def test_offsets_point_at_their_text_in_any_text(lines: list[str]) -> None:
    """Blocks and cells of a plain text slice it, and repairs undo."""
    check_offsets(read_text("\n".join(lines)))


TREES = st.recursive(
    (WORDS | HEADS).map(lambda text: text.replace("<", "&lt;")),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        st.sampled_from(["p", "div", "td", "tr", "table", "span", "td colspan=3", "td rowspan=2", "ul",
                         "li", "div class=TRS_Editor", "a href=/x", "h1", "dd", "pre"]),
        st.lists(inner, max_size=5),
    ),
    max_leaves=40,
)  # fmt: skip


@given(TREES)
def test_offsets_point_at_their_text_in_any_page(html: str) -> None:
    """Blocks and cells of any nesting of tags slice the text, and nothing fails."""
    check_offsets(read_html(html))


def test_offsets_follow_repairs(corpus: Path) -> None:
    """In the damaged seeds every block still points at its line of the repaired text."""
    for path in sorted((corpus / "seeds").iterdir()):
        text = path.read_text()
        check_offsets(read_text(text))
        check_offsets(read_html("".join(f"<p>{line}</p>" for line in text.splitlines())))


def test_a_seed_as_a_page_reads_like_the_seed(corpus: Path) -> None:
    """The same lines as paragraphs give the same title, metadata and table cells."""
    for path in sorted((corpus / "seeds").iterdir()):
        text = path.read_text()
        lines = [line.replace("&", "&amp;").replace("<", "&lt;") for line in text.splitlines()]
        page = read_html(
            "<html><body>" + "\n".join(f"<p>{line}</p>" for line in lines) + "</body></html>"
        )
        plain = read_text(text)
        assert page.title == plain.title
        assert page.metadata == plain.metadata
        assert len(page.blocks) == len(plain.blocks)
        for one, other in zip(page.tables, plain.tables, strict=True):
            cells = [["".join(cell.text.split()) for cell in row] for row in one.rows]
            assert cells == [["".join(cell.text.split()) for cell in row] for row in other.rows]


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        ("gne/shanxi_province_portal.html", "跨越千山万水", "中国政府网"),
        ("gne/gzggw_deqing_stats.html", "246.79亿元", "网站地图"),
        ("gne/cmse.gov.cn.html", "女士们、先生们", "首页"),
        ("handan/details.jsp", "索引号", "主办单位"),
        ("govcn/a005_5361158.html", "综合保税区", "索 引 号"),
    ],
)
def test_real_pages_give_their_main_text(
    corpus: Path, path: str, inside: str, outside: str
) -> None:
    """The main text of real pages is there, their menus, boxes and footers are not."""
    document = read_html((corpus / "data/pages" / path).read_text())
    assert inside in document.text
    assert outside not in document.text
    check_offsets(document)
