"""Tables: grids from markup, and grids rebuilt from lines that lost their cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import read_document
from parsers.layout import Draft, SourceCell, place_cells
from parsers.model import Decoded, Document, Table


def read_html(html: str) -> Document:
    """The document in a page."""
    return read_document(Decoded(html.encode(), "text/html", html, "utf-8"))


def read_text(text: str) -> Document:
    """The document in a plain text."""
    return read_document(Decoded(text.encode(), "text/plain", text, "utf-8"))


def texts(table: Table) -> list[list[str]]:
    """The grid as strings."""
    return [[cell.text for cell in row] for row in table.rows]


def only_table(html: str) -> list[list[str]]:
    """The grid of the one table of a page."""
    (table,) = read_html(html).tables
    return texts(table)


def test_a_plain_table_keeps_rows_columns_and_empty_cells() -> None:
    """Cells are trimmed, an empty cell is an empty string, the text has tabs and line feeds."""
    document = read_html(
        "<p>表一</p><table><tr><th> 名称 </th><th>数量</th></tr>"
        "<tr><td>甲</td><td>&nbsp;</td></tr><tr><td>乙</td><td>3</td></tr></table>"
    )
    assert texts(document.tables[0]) == [["名称", "数量"], ["甲", ""], ["乙", "3"]]
    assert document.text == "表一\n名称\t数量\n甲\t\n乙\t3"
    assert document.tables[0].caption == "表一"
    assert [block.kind for block in document.blocks] == ["paragraph", "table"]


def test_spanned_cells_repeat_and_are_printed_once() -> None:
    """The head of the national request table becomes a grid ten columns wide."""
    grid = only_table(
        "<table><tr><td colspan=3 rowspan=3>勾稽</td><td colspan=7>申请人情况</td></tr>"
        "<tr><td rowspan=2>自然人</td><td colspan=5>法人</td><td rowspan=2>总计</td></tr>"
        "<tr><td>商业</td><td>科研</td><td>公益</td><td>法律</td><td>其他</td></tr>"
        "<tr><td rowspan=0>三</td><td rowspan=2>（一）</td><td>1.甲</td>" + "<td>0</td>" * 7
        + "</tr><tr><td>2.乙</td>" + "<td>1</td>" * 7 + "</tr></table>"
    )  # fmt: skip
    assert grid == [
        ["勾稽"] * 3 + ["申请人情况"] * 7,
        ["勾稽"] * 3 + ["自然人"] + ["法人"] * 5 + ["总计"],
        ["勾稽"] * 3 + ["自然人", "商业", "科研", "公益", "法律", "其他", "总计"],
        ["三", "（一）", "1.甲"] + ["0"] * 7,
        ["三", "（一）", "2.乙"] + ["1"] * 7,
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("三<br>、<br/>本<br>年", "三、本年"),
        ("<p>三</p><p>、</p><p>本</p>", "三、本"),
        ("<span>2021</span><span>年</span>", "2021年"),
        ("12<br>34", "12 34"),
        ("<b>合</b>\n计", "合 计"),
        ("<p>&nbsp;</p>", ""),
        ("7<!-- 8 --><script>9</script>", "7"),
    ],
)
def test_joins_the_lines_of_a_cell(cell: str, expected: str) -> None:
    """Chinese broken over lines joins without a separator, two numbers never become one."""
    grid = only_table(
        f"<table><tr><td>甲</td><td>1</td></tr><tr><td>{cell}</td><td>2</td></tr></table>"
    )
    assert grid[1][0] == expected


def test_claims_beyond_the_table_cost_nothing() -> None:
    """colspan=10000 and rowspan=99999 give a grid of the real size."""
    grid = only_table(
        "<table><tr><td colspan=10000>题</td></tr><tr><td>甲</td><td rowspan=99999>1</td></tr>"
        "<tr><td>乙</td></tr></table>"
    )
    assert grid == [["题", "题"], ["甲", "1"], ["乙", "1"]]


def test_a_short_row_is_padded_with_empty_cells() -> None:
    """A row that lost a cell keeps its printed cells in place."""
    grid = only_table(
        "<table><tr><td>甲</td><td>1</td><td>2</td></tr><tr><td>乙</td><td>3</td></tr></table>"
    )
    assert grid == [["甲", "1", "2"], ["乙", "3", ""]]


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>左</td><td>右</td></tr></table>",
        "<table><tr><td>一</td></tr><tr><td>二</td></tr></table>",
        "<table><tr><td>栏</td><td>" + "正文。" * 400 + "</td></tr><tr><td>底</td><td>注</td></tr></table>",
        "<table><tr><td></td><td></td></tr><tr><td></td><td> </td></tr></table>",
        "<table><tr><td>索引号</td><td>A/1</td></tr><tr><td>发布机构</td><td>某局</td></tr></table>",
    ],
    ids=["one row", "one column", "big text", "empty", "header box"],
)  # fmt: skip
def test_other_tables_are_no_data(html: str) -> None:
    """One row, one column, running text, nothing at all, or a header box: no data table."""
    assert read_html(f"<p>前文一段。</p>{html}<p>后文一段。</p>").tables == ()


def test_a_layout_table_is_the_page_and_not_a_table() -> None:
    """Old portals nest tables: only the innermost table of figures counts."""
    document = read_html(
        "<table><tr><td><table><tr><td>首页</td><td>新闻</td></tr></table></td></tr>"
        "<tr><td><p>全年公开信息3条。</p><table><tr><td>名称</td><td>数</td></tr>"
        "<tr><td>甲</td><td>1</td></tr></table><p>完。</p></td></tr></table>"
    )
    assert [texts(table) for table in document.tables] == [[["名称", "数"], ["甲", "1"]]]
    assert "全年公开信息3条。" in document.text


FLAT = """附表
统计指标
单位
合计
一、主动公开情况
(一)主动公开政府信息数
(不同渠道和方式公开相同信息计1条)
9585
其中:主动公开规范性文件数
条
1,117
二、收取的费用
万元
0.5
(二)接受培训人员数(人次)
人次
1802
三、其他
—
—
四、占比
%
84.18
申请来源统计表
申请来源
申请数(件)
占比(%)
一、党政机关
0
0%
六、公民
64
91.4%
七、其他
6
8.6%
申请总数
70
【关闭本页】"""

FIRST_GRID = [
    ["统计指标", "单位", "合计"],
    ["一、主动公开情况", "", ""],
    ["(一)主动公开政府信息数(不同渠道和方式公开相同信息计1条)", "", "9585"],
    ["其中:主动公开规范性文件数", "条", "1,117"],
    ["二、收取的费用", "万元", "0.5"],
    ["(二)接受培训人员数(人次)", "人次", "1802"],
    ["三、其他", "—", "—"],
    ["四、占比", "%", "84.18"],
]
SECOND_GRID = [
    ["申请来源", "申请数(件)", "占比(%)"],
    ["一、党政机关", "0", "0%"],
    ["六、公民", "64", "91.4%"],
    ["七、其他", "6", "8.6%"],
    ["申请总数", "70", ""],
]


def joined(table: Table) -> list[list[str]]:
    """The grid as strings, the line ends between a label and its note left out."""
    return [["".join(cell.text.split()) for cell in row] for row in table.rows]


@pytest.mark.parametrize(
    "document",
    [
        read_text(FLAT),
        read_text(FLAT.replace("\n", "\n\n")),
        read_text(FLAT.replace("\n", "\r\n  ")),
        read_html("".join(f"<p>{line}</p>\n" for line in FLAT.split("\n"))),
        read_html("<p>" + "<br>".join(FLAT.split("\n")) + "</p>"),
    ],
    ids=["lines", "blank lines", "indented", "paragraphs", "breaks"],
)
def test_rebuilds_flattened_tables(document: Document) -> None:
    """One cell per line becomes rows of label, unit and value, however the lines arrive."""
    first, second = document.tables
    assert joined(first) == FIRST_GRID
    assert joined(second) == SECOND_GRID
    assert (first.number, second.number) == (1, 2)
    assert first.rebuilt
    assert second.rebuilt
    assert first.caption == "附表"
    assert second.caption == "申请来源统计表"
    assert [b.table for b in document.blocks if b.kind == "table"] == [1, 2]
    last = document.blocks[-1]
    assert document.text[last.start : last.end].strip() == "【关闭本页】"


def test_a_given_table_between_rebuilt_ones_keeps_document_order() -> None:
    """Numbers follow the text, whether cells were given or rebuilt."""
    flat = "".join(f"<p>{line}</p>" for line in FLAT.split("\n")[:20])
    document = read_html(
        f"{flat}<table><tr><td>甲</td><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>{flat}"
    )
    assert [(table.number, table.rebuilt) for table in document.tables] == [
        (1, True), (2, False), (3, True),
    ]  # fmt: skip
    starts = [table.rows[0][0].start for table in document.tables]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    "text",
    [
        "统计指标\n是衡量工作的尺度。\n全年公开信息3条。",
        "单位\n合计\n一、公开数\n3\n二、申请数\n4\n三、答复数\n4",
        "统计指标\n单位\n合计\n一、公开数\n3\n二、申请数\n4\n以上数据真实。",
        "一、公开数\n3\n二、申请数\n4\n三、答复数\n4",
    ],
    ids=["a word in prose", "no first head", "two rows", "no head"],
)
def test_lines_without_the_pattern_stay_lines(text: str) -> None:
    """Without a recognised head and three rows of values nothing is rebuilt."""
    assert read_text(text).tables == ()


def test_running_text_ends_a_rebuilt_table() -> None:
    """A sentence, and headings without values before it, do not become rows."""
    document = read_text(
        "指标名称\n单位\n本年度\n公开数\n条\n3\n申请数\n件\n4\n答复数\n件\n4\n五、问题\n仍有不足。"
    )
    (table,) = document.tables
    assert texts(table)[-1] == ["答复数", "件", "4"]
    assert [document.text[b.start : b.end] for b in document.blocks[1:]] == [
        "五、问题",
        "仍有不足。",
    ]


def test_rebuilds_the_two_tables_of_a_real_capture(corpus: Path) -> None:
    """The flattened national table has all its rows, and the source table its one-value total."""
    text = next((corpus / "seeds").glob("002_*.txt")).read_text()
    first, second = read_text(text).tables
    rows = {"".join(row[0].text.split()): (row[1].text, row[2].text) for row in first.rows}
    assert rows["(一)主动公开政府信息数(不同渠道和方式公开相同信息计1条)"] == ("", "9585")
    assert rows["八、依申请公开信息收取的费用"] == ("万元", "0")
    assert rows["九、机构建设和保障经费情况"] == ("", "")
    assert rows["(三)接受培训人员数"] == ("人次", "1802")
    assert rows["十六、实现统一认证占比"] == ("%", "84.18")
    assert rows["二十、提交电子证照数"] == ("", "10164")
    values = [row[2].text for row in first.rows[1:] if row[2].text]
    assert len(values) == 85  # lines of digits only, counted in the file itself
    assert texts(second)[-1] == ["政府信息公开申请总数", "70", ""]
    assert texts(second)[6] == ["六、公民", "64", "91.4%"]
    assert second.caption == "2017年度政府信息公开申请来源统计表"


TABBED = """附表
统计指标\t单位\t统计数
一、主动公开情况\t—\t—
（一）主动公开数\t条\t4410
其中：规范性文件数\t条\t
单位负责人：某某"""
BARRED = """附表
┌────┬──┬──┐
│统计指标│单位│统计数│
├────┼──┼──┤
│一、主动公开情况│—│—│
│（一）主动公开数│条│4410│
│其中：规范性文件数│条││
└────┴──┴──┘
单位负责人：某某"""


@pytest.mark.parametrize(
    "text",
    [TABBED, TABBED.replace("\n", "\r\n\r\n"), BARRED, BARRED.replace("│", "|")],
    ids=["tabs", "blank lines", "drawn", "bars"],
)
def test_reads_rows_whose_cells_are_apart(text: str) -> None:
    """Tabs and drawn lines part cells; a cell that prints nothing stays empty."""
    document = read_text(text)
    (table,) = document.tables
    assert texts(table) == [
        ["统计指标", "单位", "统计数"],
        ["一、主动公开情况", "—", "—"],
        ["（一）主动公开数", "条", "4410"],
        ["其中：规范性文件数", "条", ""],
    ]
    assert (table.caption, table.rebuilt) == ("附表", True)
    assert document.text.endswith("单位负责人：某某")
    for row in table.rows:
        assert all(document.text[cell.start : cell.end] == cell.text for cell in row)


def test_a_merged_label_written_once_repeats() -> None:
    """In a row with fewer cells the numbers stand at the right, under their columns."""
    text = "结果\t（一）公开\t甲\t1\t2\t3\n（二）部分\t4\t5\t9\n四、结转\t0\t0\t0\n问题。"
    (table,) = read_text(text).tables
    assert texts(table) == [
        ["结果", "（一）公开", "甲", "1", "2", "3"],
        ["（二）部分", "（二）部分", "（二）部分", "4", "5", "9"],
        ["四、结转", "四、结转", "四、结转", "0", "0", "0"],
    ]


LISTED = """附表：统计表
一、主动公开情况
（一）主动公开数（计1条）：4410条
其中：规范性文件数：18条；
制发文件总数……25 件
三、依申请公开情况
1.当面申请数    2
收取的费用：0.5万元。
联系电话：0713-1234567"""


def test_reads_a_list_of_labels_and_numbers_as_a_table() -> None:
    """Each line is label, unit and value; headings between are rows, a telephone is none."""
    document = read_text(LISTED)
    (table,) = document.tables
    assert texts(table) == [
        ["（一）主动公开数（计1条）", "条", "4410"],
        ["其中：规范性文件数", "条", "18"],
        ["制发文件总数", "件", "25"],
        ["三、依申请公开情况", "", ""],
        ["1.当面申请数", "", "2"],
        ["收取的费用", "万元", "0.5"],
    ]
    assert document.text.endswith("联系电话：0713-1234567")
    for row in table.rows:
        assert all(document.text[cell.start : cell.end] == cell.text for cell in row)


@pytest.mark.parametrize(
    "text",
    [
        "\t一、概述\n\t全年公开3条。\n\t二、问题\n\t不足。",
        "发布机构\t某局\n发布日期\t某日\n文号\t\n主题\t无此类",
        "甲\t1\n乙\t2",
        "\n".join(f"{'文' * 250}\t{i}" for i in range(5)),
        "联系电话：123\n邮编：432800\n索引号：5\n发布日期：2017\n传真：7",
        "申请数：3件\n答复数：3件\n全年未收费。\n诉讼数：0件\n复议数：0件",
        "他说：3\n她说：4\n我说：5\n你说：6",
        "|正文|",
    ],
    ids=[
        "indents",
        "words",
        "two rows",
        "long",
        "addresses",
        "short lists",
        "no counts",
        "one bar",
    ],
)
def test_other_lines_stay_lines(text: str) -> None:
    """Indented prose, boxes of words, addresses and short lists are no tables."""
    document = read_text(text)
    assert document.tables == ()
    assert document.text == text


SPANS = st.integers(min_value=0, max_value=40)
CELLS = st.builds(SourceCell, st.text("甲乙12", max_size=3), SPANS, SPANS)


@given(st.lists(st.lists(CELLS, max_size=5), min_size=1, max_size=6))
def test_any_spans_give_a_rectangle_of_printed_cells(rows: list[list[SourceCell]]) -> None:
    """Whatever cells claim, the grid is rectangular and prints every cell once."""
    draft = Draft()
    draft.add_table(place_cells(rows))
    printed = [cell.text for row in rows for cell in row]
    assert draft.received.replace("\n", "\t").split("\t") == (printed or [""])
    for grid in draft.grids:
        assert len({len(row) for row in grid.rows}) == 1
        spans = {span for row in grid.rows for span in row}
        assert all(0 <= start <= end <= len(draft.received) for start, end in spans)
