"""Which figures are read from tables and sentences, and which are not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.charset import decode
from parsers.checks import assess, check_statistics
from parsers.document import read_document
from parsers.forms import detect_form
from parsers.model import Document, FormName, Number, Statistic
from parsers.statistics import read_statistics
from tests.hailing import HAILING

APPLICATION_ROWS = (
    ("granted", "（一）予以公开", ""),
    ("partial", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", ""),
    ("denied_state_secret", "（三）不予公开", "1.属于国家秘密"),
    ("denied_law_prohibited", "（三）不予公开", "2.其他法律行政法规禁止公开"),
    ("denied_security_stability", "（三）不予公开", "3.危及“三安全一稳定”"),
    ("denied_third_party", "（三）不予公开", "4.保护第三方合法权益"),
    ("denied_internal_affairs", "（三）不予公开", "5.属于三类内部事务信息"),
    ("denied_process_info", "（三）不予公开", "6.属于四类过程性信息"),
    ("denied_enforcement_file", "（三）不予公开", "7.属于行政执法案卷"),
    ("denied_admin_query", "（三）不予公开", "8.属于行政查询事项"),
    ("unable_not_held", "（四）无法提供", "1.本机关不掌握相关政府信息"),
    ("unable_needs_creation", "（四）无法提供", "2.没有现成信息需要另行制作"),
    ("unable_still_unclear", "（四）无法提供", "3.补正后申请内容仍不明确"),
    ("notproc_petition", "（五）不予处理", "1.信访举报投诉类申请"),
    ("notproc_duplicate", "（五）不予处理", "2.重复申请"),
    ("notproc_publication", "（五）不予处理", "3.要求提供公开出版物"),
    ("notproc_excessive", "（五）不予处理", "4.无正当理由大量反复申请"),
    ("notproc_confirm_reissue", "（五）不予处理", "5.要求行政机关确认或重新出具已获取信息"),
    (
        "other_overdue_correction",
        "（六）其他处理",
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    ),
    (
        "other_overdue_fee",
        "（六）其他处理",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    ),
    ("other_other", "（六）其他处理", "3.其他"),
    ("result_total", "（七）总计", ""),
)
COLUMNS = (
    "natural_person",
    "org_business",
    "org_research",
    "org_public_welfare",
    "org_legal_service",
    "org_other",
    "total",
)
REVIEW = ("upheld", "corrected", "other", "pending", "total")


def cells(*texts: object) -> str:
    """One row of plain cells."""
    return "<tr>" + "".join(f"<td>{escape(str(t))}</td>" for t in texts) + "</tr>"


def disclosure_html() -> str:
    """Section two of the form of 2021, each block a full-width row over its own head."""
    rows = [
        '<tr><td colspan="4">第二十条第（一）项</td></tr>',
        cells("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        cells("规章", 0, 1, 12),
        cells("行政规范性文件", 7, 3, 40),
        '<tr><td colspan="4">第二十条第（五）项</td></tr>',
        '<tr><td>信息内容</td><td colspan="3">本年处理决定数量</td></tr>',
        '<tr><td>行政许可</td><td colspan="3">2,629</td></tr>',
        '<tr><td colspan="4">第二十条第（六）项</td></tr>',
        '<tr><td>信息内容</td><td colspan="3">本年处理决定数量</td></tr>',
        '<tr><td>行政处罚</td><td colspan="3">1330</td></tr>',
        '<tr><td>行政强制</td><td colspan="3">/</td></tr>',
        '<tr><td colspan="4">第二十条第（八）项</td></tr>',
        '<tr><td>信息内容</td><td colspan="3">本年收费金额（单位：万元）</td></tr>',
        '<tr><td>行政事业性收费</td><td colspan="3">5949.088667</td></tr>',
    ]
    return f"<table>{''.join(rows)}</table>"


def applications_html(values: Mapping[str, tuple[object, ...]]) -> str:
    """Section three of the form of 2021: vertical group cells, seven value columns."""
    zero = (0,) * 7
    head = (
        '<tr><td colspan="3" rowspan="3">（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加'
        '第四项之和）</td><td colspan="7">申请人情况</td></tr>'
        '<tr><td rowspan="2">自然人</td><td colspan="5">法人或其他组织</td><td rowspan="2">总计</td></tr>'
        + cells("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    )

    def numbers(name: str) -> str:
        return "".join(f"<td>{v}</td>" for v in values.get(name, zero))

    rows = [
        f'<tr><td colspan="3">一、本年新收政府信息公开申请数量</td>{numbers("new_received")}</tr>',
        f'<tr><td colspan="3">二、上年结转政府信息公开申请数量</td>{numbers("carried_in")}</tr>',
    ]
    groups = [group for _, group, _ in APPLICATION_ROWS]
    for index, (name, group, item) in enumerate(APPLICATION_ROWS):
        row = '<td rowspan="22">三<br>、<br>本年度办理结果</td>' if index == 0 else ""
        if not item:
            row += f'<td colspan="2">{group}</td>'
        elif groups.index(group) == index:
            row += f'<td rowspan="{groups.count(group)}">{group}</td><td>{item}</td>'
        else:
            row += f"<td>{item}</td>"
        rows.append(f"<tr>{row}{numbers(name)}</tr>")
    rows.append(f'<tr><td colspan="3">四、结转下年度继续办理</td>{numbers("carried_out")}</tr>')
    return f"<table>{head}{''.join(rows)}</table>"


def review_html(*values: object) -> str:
    """Section four: three groups of five over one row of fifteen cells."""
    five = "".join(
        f"<td>{t}</td>" for t in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    )
    tall = five.replace("<td>", '<td rowspan="2">')
    return (
        '<table><tr><td colspan="5">行政复议</td><td colspan="10">行政诉讼</td></tr>'
        f'<tr>{tall}<td colspan="5">未经复议直接起诉</td><td colspan="5">复议后起诉</td></tr>'
        f"<tr>{five}{five}</tr>{cells(*values)}</table>"
    )


def page(*parts: str) -> Document:
    """A page of these parts as a document."""
    body = f"<html><body><div id='zoom'>{''.join(parts)}</div></body></html>".encode()
    return read_document(decode(body, "text/html; charset=utf-8", "text/html"))


def text_document(text: str) -> Document:
    """A plain text as a document."""
    return read_document(decode(text.encode(), "text/plain; charset=utf-8", "text/plain"))


def read(document: Document, year: int | None = 2017) -> tuple[FormName, tuple[Statistic, ...]]:
    """The form and the statistics of a document, each span checked against the text."""
    form = detect_form(document.text, document.tables)
    statistics, _ = read_statistics(document, form, year, "unknown")
    for one in statistics:
        assert one.start is not None
        assert one.end is not None
        assert document.text[one.start : one.end].strip() == one.raw
    return form, statistics


def values(
    statistics: tuple[Statistic, ...], source: str = "narrative"
) -> dict[str, Number | None]:
    """The first value of each field from one source."""
    found: dict[str, Number | None] = {}
    for one in statistics:
        if one.source == source:
            found.setdefault(one.field, one.value)
    return found


def seed(corpus: Path, number: str) -> Document:
    """A real document by the number that its name begins with."""
    body = next((corpus / "seeds").glob(f"{number}_*")).read_bytes()
    return read_document(decode(body, None, "text/plain"))


NEW_21 = {
    "new_received": (80, 1, 0, 0, 0, 0, 81),
    "granted": (22, 0, 0, 0, 0, 0, 22),
    "partial": (19, 1, 0, 0, 0, 0, 20),
    "unable_not_held": (37, 0, 0, 0, 0, 0, 37),
    "other_overdue_correction": (1, 0, 0, 0, 0, 0, 1),
    "other_other": (1, 0, 0, 0, 0, 0, 1),
    "result_total": (80, 1, 0, 0, 0, 0, 81),
    "carried_out": ("", "", "", "", "", "", "0"),
}


def test_the_form_of_2021_is_read_cell_by_cell() -> None:
    """All 200 cells of the form of 2021 take their own ids, whatever cells span."""
    document = page(
        "<p>二、主动公开政府信息情况</p>",
        disclosure_html(),
        "<p>三、收到和处理政府信息公开申请情况</p>",
        applications_html(NEW_21),
        "<p>四、政府信息公开行政复议、行政诉讼情况</p>",
        review_html(1, 1, 0, 0, 2, 4, 0, 0, 1, 5, 1, 0, 1, 0, 2),
    )
    form, statistics = read(document, 2023)
    tables = {f: v for n in (1, 2, 3) for f, v in values(statistics, f"table{n}").items()}
    assert form == "national_2021"
    assert len(tables) == len([s for s in statistics if s.source.startswith("table")]) == 200
    for name, row in NEW_21.items():
        printed = [None if v == "" else int(v) for v in map(str, row)]
        assert [tables[f"req_{name}_{c}"] for c in COLUMNS] == printed, name
    assert [tables[f"recon_{c}"] for c in REVIEW] == [1, 1, 0, 0, 2]
    assert [tables[f"lit_direct_{c}"] for c in REVIEW] == [4, 0, 0, 1, 5]
    assert [tables[f"lit_after_recon_{c}"] for c in REVIEW] == [1, 0, 1, 0, 2]
    assert tables["a20_1_regulation_repealed"] == 1
    assert tables["a20_1_normative_in_force"] == 40
    assert tables["a20_5_licensing_decisions"] == 2629
    assert tables["a20_8_fee_amount"] == Decimal("59490886.67")


def test_blank_and_na_cells_are_no_zeros() -> None:
    """A blank cell and a slash keep their state and have no value."""
    document = page(disclosure_html(), applications_html(NEW_21))
    by_field = {s.field: s for s in read(document)[1] if s.source.startswith("table")}
    assert by_field["req_carried_out_natural_person"].state == "blank"
    assert by_field["req_carried_out_natural_person"].value is None
    assert by_field["a20_6_coercion_decisions"].state == "na"
    assert by_field["req_carried_out_total"].value == 0


def test_the_three_tables_may_come_as_one() -> None:
    """Tables merged into one are read by their rows."""
    merged = (disclosure_html() + applications_html(NEW_21) + review_html(*range(15))).replace(
        "</table><table>", ""
    )
    _, statistics = read(page(merged))
    found = values(statistics, "table1")
    assert found["req_new_received_total"] == 81
    assert found["a20_6_penalty_decisions"] == 1330
    assert found["lit_after_recon_total"] == 14


def test_a_table_split_over_pages_goes_on_where_it_stopped() -> None:
    """A block heading at the end of one table holds for the rows of the next."""
    whole = disclosure_html()
    head, tail = whole.split("<tr><td>行政处罚</td>")
    _, statistics = read(
        page(head + "</table>", "<p>续表</p>", f"<table><tr><td>行政处罚</td>{tail}")
    )
    assert values(statistics, "table2")["a20_6_penalty_decisions"] == 1330


def test_the_form_of_2019_has_its_own_columns() -> None:
    """Signed changes, amounts with their unit in the cell, and one row of other handling."""
    document = page(
        "<table><tr><td colspan='4'>第二十条第（一）项</td></tr>",
        cells("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"),
        cells("规章", 0, 0, 7),
        cells("规范性文件", 77, 77, 166),
        "<tr><td colspan='4'>第二十条第（六）项</td></tr>",
        cells("信息内容", "上一年项目数量", "本年增/减", "处理决定数量"),
        cells("行政处罚", 2648, "-18", 538),
        cells("行政强制", 126, "+2", "无"),
        "<tr><td colspan='4'>第二十条第（九）项</td></tr>",
        cells("信息内容", "采购项目数量", "采购总金额", ""),
        cells("政府集中采购", 39, "573802895.90元", ""),
        "</table>",
    )
    form, statistics = read(document, 2020)
    found = values(statistics, "table1")
    assert form == "national_2019"
    assert found["a20_1_normative_total_disclosed"] == 166
    assert found["a20_6_penalty_items_change"] == -18
    assert found["a20_6_coercion_items_change"] == 2
    assert found["a20_6_coercion_decisions"] == 0
    assert found["a20_9_procurement_amount"] == Decimal("573802895.90")


def test_a_row_is_known_by_label_and_parent_never_by_numeral() -> None:
    """Inserted rows, other numerals and one wrong character do not shift the national rows."""
    rows = (
        ("统计指标", "单位", "统计数"),
        ("一、主动公开情况", "—", "—"),
        ("主动公开政府信息总数", "条", "1,024"),
        ("其中：主动公开规范性文件数", "条", ""),
        ("三、依申请公开情况", "", ""),
        ("（一）收到申请数", "件", "9"),
        ("①当面申请数", "件", "/"),
        ("5.视频申请数", "件", "4"),
        ("七、行政复议数量", "件", "3"),
        ("（二）被依法纠错数", "件", "1"),
        ("八、行政诉讼数量", "件", "5"),
        ("（一）维持具有行政行为或者驳回原告诉讼请求数", "件", "2"),
        ("（二）被依法纠错数", "件", "无"),
        ("九、依申请公开信息收取的费用", "万元", "0.5"),
        (
            "十、政府信息公开专项经费（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）",
            "元",
            "90",
        ),
    )
    form, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"))
    found = values(statistics, "table1")
    extra = [s for s in statistics if s.field.startswith("x_")]
    assert form == "national_2014"
    assert found.pop(extra[0].field) == 4
    assert extra[0].field.startswith("x_requests_")
    assert extra[0].label == "5.视频申请数"
    assert found == {
        "proactive_total": 1024,
        "proactive_normative_docs_disclosed": None,
        "requests_received_total": 9,
        "requests_in_person": None,
        "reconsideration_total": 3,
        "reconsideration_corrected": 1,
        "litigation_total": 5,
        "litigation_upheld_or_dismissed": 2,
        "litigation_corrected": 0,
        "request_fees_collected": 5000,
        "special_funding": 90,
    }


def test_a_local_table_keeps_the_year_and_the_cumulative_column_apart() -> None:
    """历年累计 has ids of its own."""
    rows = (
        ("指标名称", "计量单位", "2015年度", "历年累计"),
        ("主动公开文件数", "条", "2949", "81916"),
        ("受理依申请公开信息总数", "条", "0", "1"),
        ("其中：1、当面申请数", "条", "0", "0"),
        ("政府信息公开收费减免金额", "元", "0", "0"),
    )
    form, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"), 2015)
    found = values(statistics, "table1")
    assert form == "local_table"
    assert found["proactive_total"] == 2949
    assert found["proactive_total_cumulative"] == 81916
    assert found["requests_received_total"] == 0
    assert found["requests_received_total_cumulative"] == 1
    assert found["loc_fees_reduced"] == 0


def test_three_value_columns_keep_their_names() -> None:
    """Columns of parts without a total are kept side by side, each with its heading."""
    rows = (
        ("统计指标", "单位", "区政府", "区直单位", "乡镇街道"),
        ("收到申请数", "件", "1", "2", "3"),
        ("制发规范性文件总数", "件", "4", "5", "6"),
    )
    _, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"))
    received = [s for s in statistics if s.field == "requests_received_total"]
    assert [(s.ordinal, s.value, s.flags) for s in received] == [
        (0, 1, ("column:区政府",)),
        (1, 2, ("column:区直单位",)),
        (2, 3, ("column:乡镇街道",)),
    ]


def test_columns_beside_their_sum_are_kept_apart() -> None:
    """Where 合计 is printed it is the value, and its parts keep ids of their own."""
    rows = (
        ("统计指标", "单位", "县政府", "乡镇街道", "合计"),
        ("收到申请数", "件", "1", "2", "3"),
        ("制发规范性文件总数", "件", "4", "5", "9"),
    )
    _, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"))
    known = [(s.field, s.value) for s in statistics if not s.field.startswith("x_")]
    assert known == [("requests_received_total", 3), ("normative_docs_issued_total", 9)]
    assert [s.value for s in statistics if s.field.startswith("x_")] == [1, 2, 4, 5]


def test_a_form_in_two_halves_side_by_side_is_read_half_by_half() -> None:
    """The right half has labels and values of its own."""
    rows = (
        ("统计指标", "单位", "统计数", "统计指标", "单位", "统计数"),
        ("主动公开政府信息数", "条", "120", "收到申请数", "件", "6"),
        ("制发规范性文件总数", "件", "7", "1.当面申请数", "件", "2"),
        ("行政复议数量", "件", "1", "", "", ""),
        ("（二）被依法纠错数", "件", "0", "三、行政诉讼数量", "件", "4"),
    )
    _, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"))
    assert values(statistics, "table1") == {
        "proactive_total": 120,
        "normative_docs_issued_total": 7,
        "reconsideration_total": 1,
        "reconsideration_corrected": 0,
        "requests_received_total": 6,
        "requests_in_person": 2,
        "litigation_total": 4,
    }


@pytest.mark.parametrize(
    ("label", "fee"), [("收取费用总数（元）", "12.5"), ("收取费用总数（万元）", "125000")]
)
def test_the_unit_of_a_label_holds_for_all_its_columns(label: str, fee: str) -> None:
    """Money takes the unit in the brackets of its label where no column prints one."""
    rows = (
        ("指标名称", "2012年度", "历年累计"),
        ("主动公开信息数", "9", "90"),
        ("当面申请数", "1", "2"),
        (label, "0", "12.5"),
    )
    _, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"), 2012)
    found = values(statistics, "table1")
    assert found["request_fees_collected"] == 0
    assert found["request_fees_collected_cumulative"] == Decimal(fee)


TYPOS = [
    ("one row only is near", ("同意部分公开答复数", "同意公开答囗数"), {"reply_partially_granted": 1, "reply_granted": 2}),
    ("the other row is spelled out", ("同意公开答复数", "同意分公开答复数"), {"reply_granted": 1, "reply_partially_granted": 2}),
    ("two rows are as near", ("收到申请数", "政务微囗公开政府信息数"), {"requests_received_total": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "expected"), [t[1:] for t in TYPOS], ids=[t[0] for t in TYPOS])
def test_a_mistyped_label_is_read_where_it_can_mean_one_row(
    labels: tuple[str, str], expected: dict[str, int]
) -> None:
    """A label half way between two rows names neither, and its figure is kept."""
    rows = (
        ("统计指标", "单位", "统计数"),
        ("三、申请答复数", "件", "3"),
        (labels[0], "", "1"),
        (labels[1], "", "2"),
    )
    document = page("<table>", *(cells(*row) for row in rows), "</table>")
    statistics, _ = read_statistics(document, "national_2014", 2017, "unknown")
    found = values(statistics, "table1")
    assert {f: v for f, v in found.items() if not f.startswith("x_")} == {
        "replies_total": 3
    } | expected
    assert sorted(found.values(), key=str) == [1, 2, 3]


def test_a_row_that_a_province_added_to_the_applications_is_kept() -> None:
    """属于工作秘密 keeps its seven figures under ids of its own, marked as results."""
    added = "<tr><td></td><td>9.属于工作秘密</td>" + "<td>1</td>" * 7 + "</tr>"
    html = applications_html(NEW_21).replace('rowspan="22"', 'rowspan="23"')
    place = html.index("<tr>", html.index("8.属于行政查询事项"))
    _, statistics = read(page(html[:place] + added + html[place:]), 2023)
    extra = [s for s in statistics if s.field.startswith("x_")]
    assert len({s.field for s in extra}) == 7
    assert extra[0].label == "9.属于工作秘密 自然人"
    assert extra[-1].flags == ("among:req_result_total_total",)
    assert values(statistics, "table1")["req_unable_not_held_total"] == 37


REVIEW_ROW = (1, 1, 0, 0, 2, 4, 0, 0, 1, 5, 1, 0, 1, 0, 2)
FIVE = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
GROUPS = ("行政复议",) * 5 + ("行政诉讼",) * 10
HALVES = FIVE + ("未经复议直接起诉",) * 5 + ("复议后起诉",) * 5
MOVED = FIVE + ("复议后起诉",) * 5 + ("未经复议直接起诉",) * 5
REVIEWS: list[tuple[str, list[tuple[object, ...]], bool]] = [
    ("as printed", [GROUPS, HALVES, FIVE * 3, REVIEW_ROW], True),
    ("without the row of groups", [GROUPS, FIVE * 3, REVIEW_ROW], True),
    ("without any groups", [FIVE * 3, REVIEW_ROW], True),
    ("mistyped", [GROUPS, HALVES, ("结果维特", *FIVE[1:3], "尚末审结", "合计") * 3, REVIEW_ROW], True),
    ("after a label", [("", *GROUPS), ("", *HALVES), ("", *FIVE * 3), ("件数", *REVIEW_ROW)], True),
    ("总计 repeated", [GROUPS[:5] + GROUPS[4:], HALVES[:5] + HALVES[4:], (*FIVE, "总计", *FIVE, *FIVE),
                    REVIEW_ROW[:5] + REVIEW_ROW[4:]], True),
    ("halves exchanged", [GROUPS, MOVED, FIVE * 3, (*REVIEW_ROW[:5], *REVIEW_ROW[10:], *REVIEW_ROW[5:10])], True),
    ("a cell too many", [FIVE * 3, (*REVIEW_ROW[:5], 9, *REVIEW_ROW[5:])], False),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "is_read"), [r[1:] for r in REVIEWS], ids=[r[0] for r in REVIEWS])
def test_the_row_of_fifteen_counts_is_read_by_its_headings(
    rows: list[tuple[object, ...]], *, is_read: bool
) -> None:
    """Headings decide, order where they are lost, and what neither decides is a finding."""
    document = page("<table>", *(cells(*row) for row in rows), "</table>")
    statistics, findings = read_statistics(document, "national_2021", 2023, "unknown")
    found = values(tuple(statistics), "table1")
    names = [f"{g}_{c}" for g in ("recon", "lit_direct", "lit_after_recon") for c in REVIEW]
    if is_read:
        assert [found[name] for name in names] == list(REVIEW_ROW)
        assert not findings
    else:
        assert not found.keys() & set(names)
        assert [f.rule for f in findings] == ["review_row_unclear"]


def test_a_mistyped_heading_or_row_of_the_disclosure_table_is_read() -> None:
    """One wrong character in a long label does not lose the cells."""
    html = (
        disclosure_html()
        .replace("本年废止件数", "本年废止件效")
        .replace("行政规范性文件", "行政规范姓文件")
    )
    found = values(read(page(html, applications_html(NEW_21)), 2023)[1], "table1")
    assert found["a20_1_normative_repealed"] == 3
    assert found["a20_1_regulation_repealed"] == 1


def test_an_unreadable_cell_is_a_finding_and_no_number() -> None:
    """Two numbers in one cell are not chosen between."""
    rows = (("统计指标", "单位", "统计数"), ("收到申请数", "件", "3/5"), ("按时办结数", "件", "1"))
    document = page("<table>", *(cells(*row) for row in rows), "</table>")
    statistics, findings = read_statistics(document, "national_2014", 2017, "unknown")
    assert [(s.value, s.state) for s in statistics[:1]] == [(None, "unreadable")]
    assert [f.rule for f in findings] == ["unreadable_number"]


HEAD = "一、概述\n{0}\n"
SECTIONS = {
    "overview": "一、概述\n",
    "proactive": "二、主动公开政府信息情况\n",
    "requests": "三、依申请公开政府信息情况\n",
    "consultation": "四、政府信息公开咨询处理情况\n",
    "reconsideration_litigation": "五、行政复议、行政诉讼情况\n",
    "fees": "六、政府信息公开收费情况\n",
    "other": "七、其他需要报告的事项\n",
    "body": "八、推进商事制度改革\n",
}
SENTENCES: list[tuple[str, str, dict[str, Number]]] = [
    ("requests", "共受理政府信息公开申请9件，其中当面申请1件，信函申请1件，网上申请7件。",
     {"requests_received_total": 9, "requests_in_person": 1, "requests_by_mail": 1, "requests_online": 7}),
    ("overview", "全市累计收到公民政府信息公开申请1,071件。", {"requests_received_total": 1071}),
    ("requests", "我局收到申请十一件，均已答复。", {"requests_received_total": 11}),
    ("requests", "本机关受理政府信息公开申请0，", {"requests_received_total": 0}),
    ("requests", "在已经答复的9件申请中“同意公开”的7件，“部分公开”的2件。",
     {"replies_total": 9, "reply_granted": 7, "reply_partially_granted": 2}),
    ("proactive", "主动公开政府信息近8100条，全文电子化率达80%。",
     {"proactive_total": 8100, "proactive_fulltext_electronic_rate": 80}),
    ("proactive", "通过政府网站公开政府信息300条，通过政务微博公开20条，通过微信公众号发布政府信息5条。",
     {"proactive_by_website": 300, "proactive_by_weibo": 20, "proactive_by_wechat": 5}),
    ("consultation", "共接受市民咨询24100次，其中咨询电话接听9000次，当面咨询接待9100人次，网上咨询6000次。",
     {"consult_total": 24100, "consult_phone": 9000, "consult_onsite": 9100, "consult_online": 6000}),
    ("consultation", "政府信息公开专栏访问量为1.2万次。", {"website_visits": 12000}),
    ("reconsideration_litigation", "发生行政复议3件，被依法纠错1件；行政诉讼5件，被依法纠错2件。",
     {"reconsideration_total": 3, "reconsideration_corrected": 1, "litigation_total": 5, "litigation_corrected": 2}),
    ("reconsideration_litigation", "行政复议、行政诉讼均为0件。", {"reconsideration_total": 0, "litigation_total": 0}),
    ("reconsideration_litigation", "全年未发生因政府信息公开引起的行政复议、行政诉讼案件。",
     {"reconsideration_total": 0, "litigation_total": 0}),
    ("reconsideration_litigation", "未产生有关的举报投诉。", {"complaints_total": 0}),
    ("fees", "未收取任何费用。", {"request_fees_collected": 0}),
    ("fees", "依申请提供政府信息收取检索费共计400元。", {"request_fees_collected": 400}),
    ("overview", "为此配备了100(全职、兼职)工作人员。", {"staff_total": 100}),
    ("overview", "发布213条政策解读，在线访谈6期，召开新闻发布会4场。",
     {"interpretation_articles": 213, "online_interview_total": 6, "press_conference_total": 4}),
    ("requests", "全年未收到政府信息公开申请。", {"requests_received_total": 0}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("section", "sentence", "expected"), SENTENCES, ids=[s[1][:24] for s in SENTENCES]
)
def test_a_sentence_gives_its_fields(
    section: str, sentence: str, expected: dict[str, Number]
) -> None:
    """A sentence gives exactly the fields that its words name."""
    _, statistics = read(text_document(SECTIONS[section] + sentence + "\n"))
    found = values(statistics)
    assert {f: v for f, v in found.items() if not f.startswith("x_")} == expected


NOT_READ = [
    ("body", "其中咨询件2011件，办结2011件，办结率100%。"),
    ("body", "共接到消费者投诉、举报电话5067个。"),
    ("body", "全县公共企事业单位平台主动公开各类信息7725条。"),
    ("fees", "全年没有发生与诉讼(行政复议、行政申诉)有关的费用支出。"),
    ("requests", "无正当理由不予受理申请的，责任到人。"),
    ("overview", "尚无发现应主动公开而未予公开的情况。"),
    ("overview", "联系电话：0523-86236519，邮编225300，2017年12月31日印发〔2017〕24号。"),
    ("overview", "第一次会议、第3期简报、第三方评估，条例第九至十二条。"),
    ("fees", "停止了没有收费依据的项目。"),
    ("requests", "提高了工作人员办理申请的水平。"),
]


@pytest.mark.parametrize(("section", "sentence"), NOT_READ, ids=[s[1][:20] for s in NOT_READ])
def test_a_sentence_about_something_else_gives_no_field(section: str, sentence: str) -> None:
    """Other subjects, expenses, duties, telephone and document numbers give no known field."""
    _, statistics = read(text_document(SECTIONS[section] + sentence + "\n"))
    assert [s.field for s in statistics if not s.field.startswith("x_")] == []


def test_dates_and_numbers_of_things_are_no_statistics() -> None:
    """Telephone numbers, postcodes, years, dates and document numbers give nothing at all."""
    text = "一、概述\n电话：0523-86236519，邮编225300，2017年12月31日，泰政发〔2017〕24号，12345热线。\n"
    assert read(text_document(text))[1] == ()


def test_a_figure_of_no_known_field_is_kept() -> None:
    """A figure that no field knows has an x_ id of its section, the same every year."""
    first = read(text_document("八、推进改革\n共梳理政务服务事项3667项。\n"))[1]
    later = read(text_document("八、推进改革\n共梳理政务服务事项12项。\n"))[1]
    assert [(s.value, s.unit, s.raw) for s in first] == [(3667, "项", "3667项")]
    assert first[0].field == later[0].field
    assert first[0].field.startswith("x_body_")


def test_numbers_in_reports_of_the_new_form_take_its_ids() -> None:
    """What the form has a row for is named by that row, also in a sentence."""
    document = page(
        "<p>一、总体情况</p><p>（二）依申请公开情况。全年新收政府信息公开申请81件。共受理政府信息公开申请81件，",
        "引起的行政复议案件2件。</p>",
        "<p>六、其他需要报告的事项</p><p>全年收取信息处理费共计400元。</p>",
        applications_html(NEW_21),
    )
    form, statistics = read(document, 2023)
    found = values(statistics)
    assert form == "national_2021"
    assert found["req_new_received_total"] == 81
    assert found["recon_total"] == 2
    assert found["processing_fee_amount"] == 400


PERIODS = [
    ("上半年共受理政府信息公开申请5件。", "2017-01-01", "2017-06-30"),
    ("1-8月份共受理政府信息公开申请5件。", "2017-01-01", "2017-08-31"),
    ("截至12月15日，受理政府信息公开申请5件。", None, "2017-12-15"),
    ("截止到7月底受理政府信息公开申请5件。", None, "2017-07-31"),
    ("截至2016年底累计受理政府信息公开申请5件。", None, "2016-12-31"),
    ("2017年1月至今受理政府信息公开申请5件。", "2017-01-01", None),
    ("2016年共受理政府信息公开申请5件。", "2016-01-01", "2016-12-31"),
    ("2017年共受理政府信息公开申请5件。", None, None),
    ("2017年1月至12月受理政府信息公开申请5件。", None, None),
]


@pytest.mark.parametrize(("sentence", "start", "end"), PERIODS, ids=[p[0][:12] for p in PERIODS])
def test_a_part_year_is_said(sentence: str, start: str | None, end: str | None) -> None:
    """A count over less, more or another time than the year carries its period."""
    _, statistics = read(text_document(SECTIONS["requests"] + sentence + "\n"))
    assert [(s.value, s.period_start, s.period_end) for s in statistics] == [(5, start, end)]


SCOPES = [
    ("全县共受理政府信息公开申请5件。", "jurisdiction"),
    ("市本级共受理政府信息公开申请5件。", "own_level"),
    ("市政府共受理政府信息公开申请5件。", "own_level"),
    ("我局共受理政府信息公开申请5件。", "own_organ"),
    ("共受理政府信息公开申请5件。", "unknown"),
    ("在市政府网站上，共受理政府信息公开申请5件。", "unknown"),
]


@pytest.mark.parametrize(("sentence", "scope"), SCOPES, ids=[s[0][:8] for s in SCOPES])
def test_scope_words_are_kept(sentence: str, scope: str) -> None:
    """Whose number it is follows from the words before it."""
    _, statistics = read(text_document(SECTIONS["requests"] + sentence + "\n"))
    assert [s.scope for s in statistics] == [scope]


# The rows that the province put into the real table of 2017, written down from the page.
HAILING_EXTENSIONS = {
    "suggestion_box_letters": 534,
    "materials_transferred_to_reading_points": 3018,
    "requester_party_gov_organ": 0,
    "requester_social_group": 3,
    "requester_enterprise": 0,
    "requester_media": 0,
    "requester_research_education": 0,
    "requester_citizen": 48,
    "requester_citizen_lawyer": 0,
    "requester_citizen_researcher": 0,
    "requester_citizen_journalist": 0,
    "requester_other": 3,
    "loc_service_items": 17344,
    "loc_service_cases_licensing": 45992,
    "loc_service_cases_levy": 203,
    "loc_service_cases_adjudication": 0,
    "loc_service_cases_confirmation": 6128,
    "loc_service_cases_reward": 0,
    "loc_service_cases_other_power": 3494,
    "loc_no_meeting_items": 11864,
    "loc_no_meeting_share": 100,
    "loc_unified_auth_items": 14371,
    "loc_unified_auth_share": Decimal("84.18"),
    "loc_online_items": 17104,
    "loc_online_share": 100,
    "loc_ecert_templates": 34,
    "loc_ecert_submitted": 10164,
}


def test_a_real_flattened_table_gives_all_58_fields(corpus: Path) -> None:
    """A real table that lost its cells gives the 58 national fields and its local rows."""
    form, statistics = read(seed(corpus, "002"))
    assert form == "national_2014"
    assert len(HAILING) == 58
    assert values(statistics, "table1") == HAILING | HAILING_EXTENSIONS


def test_a_real_second_table_is_read_beside_the_first(corpus: Path) -> None:
    """Applications by source: counts and shares of the second table have their own source."""
    found = values(read(seed(corpus, "002"))[1], "table2")
    assert found["requester_citizen"] == 64
    assert found["requester_citizen_share"] == Decimal("91.4")
    assert found["requester_social_group_share"] == Decimal("4.3")
    assert found["requester_other"] == 3
    assert found["requester_total"] == 70


def test_real_sentences_beside_a_table_are_kept(corpus: Path) -> None:
    """What the text of 2017 says is read beside what its table says."""
    found = values(read(seed(corpus, "002"))[1])
    expected = {
        "interpretation_articles": 213,
        "response_hot_issue_total": 64,
        "online_interview_total": 6,
        "proactive_total": 2613,
        "proactive_by_wechat": 1195,
        "proactive_by_weibo": 1275,
        "requests_received_total": 70,
        "requests_in_person": 3,
        "requests_by_fax": 0,
        "requests_online": 44,
        "requests_by_mail": 23,
        "request_fees_collected": 0,
        "reconsideration_total": 3,
        "reconsideration_corrected": 1,
        "litigation_total": 5,
        "litigation_corrected": 0,
    }
    assert {f: v for f, v in found.items() if not f.startswith("x_")} == expected


def test_a_real_narrative_of_2011_is_read(corpus: Path) -> None:
    """A narrative report gives its counts, and nothing out of a planted brand name."""
    form, statistics = read(seed(corpus, "003"), 2011)
    found = values(statistics)
    by_field = {s.field: s for s in statistics}
    expected = {
        "staff_total": 100,
        "proactive_total": 8100,
        "proactive_fulltext_electronic_rate": 80,
        "requests_received_total": 9,
        "requests_in_person": 1,
        "requests_by_mail": 1,
        "requests_online": 7,
        "replies_total": 9,
        "reply_granted": 9,
        "consult_total": 24100,
        "consult_phone": 9000,
        "consult_onsite": 9100,
        "consult_online": 6000,
        "website_visits": 720000,
        "reconsideration_total": 0,
        "request_fees_collected": 0,
    }
    assert form == "narrative"
    assert {f: v for f, v in found.items() if not f.startswith("x_")} == expected
    assert by_field["proactive_total"].qualifier == "just_below"
    assert by_field["reconsideration_total"].state == "zero_phrase"
    assert by_field["request_fees_collected"].state == "zero_phrase"
    assert not {288, 365} & set(found.values())


def test_a_real_narrative_of_2017_is_read(corpus: Path) -> None:
    """41 applications, 30 online and 11 in person, and zeros that sentences say."""
    found = values(read(seed(corpus, "000"))[1])
    expected = {
        "requests_received_total": 41,
        "requests_online": 30,
        "requests_in_person": 11,
        "proactive_total": 96463,
        "proactive_by_website": 96463,
        "website_visits": 5440000,
        "press_conference_total": 17,
        "press_conference_by_principal": 12,
        "request_fees_collected": 0,
        "reconsideration_total": 5,
        "litigation_total": 2,
        "litigation_upheld_or_dismissed": 2,
        "complaints_total": 0,
    }
    assert {f: v for f, v in found.items() if not f.startswith("x_")} == expected


def test_a_real_circular_gives_the_figures_of_its_province(corpus: Path) -> None:
    """A repaired circular gives its applications, replies and channels."""
    found = values(read(seed(corpus, "001"), 2016)[1])
    expected = {
        "requests_received_total": 2071,
        "requests_in_person": 852,
        "requests_by_fax": 33,
        "requests_online": 826,
        "requests_by_mail": 360,
        "proactive_total": 1563668,
        "proactive_by_gazette": 3566,
        "proactive_by_website": 776211,
        "proactive_by_weibo": 92754,
        "proactive_by_wechat": 55257,
        "proactive_by_other": 635880,
        "reply_already_public": 563,
        "reply_granted": 1044,
        "reply_partially_granted": 87,
        "reply_refused_total": 69,
        "reply_not_this_agency": 192,
        "reply_info_not_exist": 17,
        "reply_asked_to_amend": 10,
        "reply_other_channel": 89,
        "consult_total": 500000000,
        "consult_onsite": 4760000,
        "consult_phone": 300000,
    }
    assert {f: v for f, v in found.items() if not f.startswith("x_")} == expected


@pytest.mark.parametrize("year", [2017, None])
def test_a_real_report_of_another_kind_counts_no_applications(
    corpus: Path, year: int | None
) -> None:
    """A report on carrying out key points has many figures and no applications."""
    _, statistics = read(seed(corpus, "004"), year)
    assert not [s.field for s in statistics if s.field.startswith(("requests_", "repl", "req_"))]
    assert len(statistics) > 100


# The rows that print more than zeros: all by natural persons.
HONGZE = {
    "new_received": 21,
    "partial": 4,
    "denied_state_secret": 1,
    "denied_process_info": 1,
    "denied_enforcement_file": 1,
    "unable_not_held": 10,
    "unable_needs_creation": 3,
    "notproc_petition": 1,
    "result_total": 21,
}


def test_a_real_pdf_of_the_mixed_form_is_read_as_printed(corpus: Path) -> None:
    """Applications balance; the review row stays as printed though it does not add up."""
    body = (corpus / "data" / "reports" / "hongze" / "hongze_2023.pdf").read_bytes()
    document = read_document(decode(body, "application/pdf", "application/pdf"))
    form, statistics = read(document, 2023)
    found = {s.field: s.value for s in statistics if s.source != "narrative"}
    assert form == "mixed"
    assert found["req_new_received_total"] == found["req_result_total_total"] == 21
    assert found["req_carried_in_total"] == found["req_carried_out_total"] == 0
    assert found["req_other_handling_total"] == 0
    assert found["req_unable_not_held_natural_person"] == 10
    assert found["req_denied_law_prohibited_total"] == 0
    assert found["a20_8_fee_amount"] == 77302800
    review = [found[f"{g}_{c}"] for g in ("recon", "lit_direct", "lit_after_recon") for c in REVIEW]
    assert review == [10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]
    sizes = {prefix: sum(f.startswith(prefix) for f in found) for prefix in ("a20_", "req_")}
    assert sizes == {"a20_": 10, "req_": 161}
    assert len(found) == 161 + 15 + 10
    assert not any(f.startswith("req_other_o") and "handling" not in f for f in found)
    applied = {f.removeprefix("req_"): v for f, v in found.items() if f.startswith("req_") and v}
    rows = {row: applied[f"{row}_total"] for row in HONGZE}
    assert rows == HONGZE
    assert applied == {
        f"{r}_{c}": v for r, v in HONGZE.items() for c in ("natural_person", "total")
    }
    disclosed = ("regulation_issued", "regulation_repealed", "regulation_in_force",
                 "normative_issued", "normative_repealed", "normative_in_force")  # fmt: skip
    assert [found[f"a20_1_{d}"] for d in disclosed] == [0, 0, 0, 0, 5, 5]
    assert found["a20_5_licensing_decisions"] == 550
    assert [found[f"a20_6_{kind}_decisions"] for kind in ("penalty", "coercion")] == [4119, 195]
    checks = assess("mixed", statistics)
    balances = {
        c.outcome for c in checks if c.rule == "applications_balance" and c.source == "table2"
    }
    assert balances == {"holds"}
    broken = [(f.rule, f.fields[0]) for f in check_statistics("mixed", statistics)]
    assert broken == [("review_sum", "recon_total"), ("review_sum", "lit_after_recon_total")]
    said = {s.field: s.value for s in statistics if s.source == "narrative"}
    assert said["req_new_received_total"] == 21
    assert said["processing_fee_amount"] == 0


GLUED = (
    "三、收到和处理政府信息公开申请情况一、本年新收政府信息公开申请数量801000081"
    "二、上年结转政府信息公开申请数量0000000三、本年度办理结果（一）予以公开220000022"
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）191000020（三）不予公开1.属于国家秘密0000000"
    "2.其他法律行政法规禁止公开0000000（四）无法提供1.本机关不掌握相关政府信息390000039"
    "（七）总计801000081四、结转下年度继续办理0000000"
)


def test_a_row_of_glued_digits_is_split_where_its_sums_decide() -> None:
    """220000022 may be 22 or 2 and 20 applicants; the results of the column leave only 22."""
    _, statistics = read(text_document(f"一、总体情况\n全年工作平稳。\n{GLUED}\n"), 2023)
    found = values(statistics, "table1")
    assert [found[f"req_new_received_{c}"] for c in COLUMNS] == [80, 1, 0, 0, 0, 0, 81]
    assert [found[f"req_granted_{c}"] for c in COLUMNS] == [22, 0, 0, 0, 0, 0, 22]
    assert [found[f"req_partial_{c}"] for c in COLUMNS] == [19, 1, 0, 0, 0, 0, 20]
    assert [found[f"req_carried_out_{c}"] for c in COLUMNS] == [0] * 7
    assert [s for s in statistics if s.source == "narrative"] == []


def test_glued_digits_that_nothing_decides_have_no_value() -> None:
    """2949/81916 or 294/981916: both stand in a finding and neither is a value."""
    text = (
        "附表：政府信息公开情况统计表指标名称计量单位2015年度历年累计主动公开文件数条294981916"
        "其中：1、政府网站公开数条2949819162、政府公报公开数条00受理依申请公开信息总数条01\n"
    )
    document = text_document(text)
    statistics, findings = read_statistics(document, "local_table", 2015, "unknown")
    found = values(statistics, "table1")
    assert "proactive_total" not in found
    assert found["requests_received_total"] == 0
    assert found["requests_received_total_cumulative"] == 1
    (first, _) = [f for f in findings if f.rule == "ambiguous_split"]
    assert "2949 / 81916" in first.message
    assert "294 / 981916" in first.message


PINGTAN = [
    ("2019_80576", "national_2019", 23, 0),
    ("2020_80595", "national_2019", 21, 0),
    ("2023_87885", "national_2021", 81, 0),
]


@pytest.mark.parametrize(("name", "form", "received", "out"), PINGTAN)
def test_real_reports_without_cells_still_balance(
    corpus: Path, name: str, form: str, received: int, out: int
) -> None:
    """Real tables glued into one line give the applications that are known to be true."""
    body = (corpus / "data" / "reports" / "pingtan" / f"{name}.txt").read_bytes()
    document = read_document(decode(body, None, "text/plain"))
    found_form, statistics = read(document, int(name[:4]))
    found = values(statistics, "table1")
    assert found_form == form
    assert found["req_new_received_total"] == found["req_result_total_total"] == received
    assert found["req_carried_in_total"] == found["req_carried_out_total"] == out


def test_a_real_local_table_is_split_by_its_parts(corpus: Path) -> None:
    """4251516 is 425 and 1516, for the website and the gazette add up to them."""
    path = corpus / "data" / "reports" / "pingtan" / "2011_pingtanxian_80716.txt"
    document = read_document(decode(path.read_bytes(), None, "text/plain"))
    found = values(read(document, 2011)[1], "table1")
    assert found["proactive_total"] == 425
    assert found["proactive_total_cumulative"] == 1516
    assert found["proactive_by_website"] == 418
    assert found["requests_received_total"] == 0


def test_two_real_local_tables_in_one_text_are_read_apart(corpus: Path) -> None:
    """Each has its own source; what no identity splits is a finding for each."""
    folder = corpus / "data" / "reports" / "pingtan"
    body = (folder / "2018_80529_and_2015_80445_stat_tables.txt").read_bytes()
    document = read_document(decode(body, None, "text/plain"))
    statistics, findings = read_statistics(document, "local_table", 2018, "unknown")
    first, second = (values(statistics, f"table{n}") for n in (1, 2))
    for found in (first, second):
        assert "proactive_total" not in found
        assert found["requests_received_total"] == found["reconsideration_total"] == 0
    assert first["requests_received_total_cumulative"] == 0
    assert second["requests_received_total_cumulative"] == 1
    assert second["loc_requests_by_mail_or_fax_cumulative"] == 1
    split = [f.message for f in findings if f.rule == "ambiguous_split"]
    assert len(split) == 4
    assert sum("206912106" in m for m in split) == sum("294981916" in m for m in split) == 2


def test_every_column_of_an_unknown_table_is_kept() -> None:
    """A table of no form keeps each figure under an id of its row and column; phones are none."""
    rows = (
        ("序号", "单位名称", "发布数", "得分", "联系电话"),
        ("1", "教育局", "120", "95.5", "86236519"),
        ("2", "财政局", "80", "—", "86236520"),
    )
    form, statistics = read(page("<table>", *(cells(*row) for row in rows), "</table>"))
    assert form == "narrative"
    assert [(s.label, s.value) for s in statistics] == [
        ("教育局 发布数", 120),
        ("教育局 得分", Decimal("95.5")),
        ("财政局 发布数", 80),
    ]
    assert len({s.field for s in statistics}) == 3


PIECES = st.sampled_from(
    ("一、概述\n", "三、依申请公开情况\n", "受理", "政府信息公开申请", "收到", "未收取", "费用", "件", "条", "12",
     "3,456", "-", ".", "近", "万", "余", "%", "。", ",", "；", "\n", " ", "\u3000", "（", "）", "行政复议", "没有",
     "截至", "2017年", "13月", "上半年", "本年新收政府信息公开申请数量", "0000", "总计", "计量单位", "历年累计",
     "主动公开文件数", "第二十条第(一)项信息内容", "规章", "其他", "□", "\u2028", "é", "0")
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from((None, 2017)))
def test_any_text_is_read_without_failing(text: str, year: int | None) -> None:
    """Whatever the words, nothing is raised and every span holds what it says."""
    document = Document("text/plain", None, None, {}, {}, text, text)
    statistics, _ = read_statistics(document, detect_form(text, ()), year, "unknown")
    for one in statistics:
        assert one.start is not None
        assert text[one.start : one.end] == one.raw


@given(st.lists(st.lists(PIECES, min_size=1, max_size=11), max_size=8))
def test_any_table_is_read_without_failing(rows: list[list[str]]) -> None:
    """Whatever the cells, nothing is raised."""
    width = max(map(len, rows), default=0)
    padded = [row + [""] * (width - len(row)) for row in rows]
    document = page("<table>", *(cells(*row) for row in padded), "</table>")
    form = detect_form(document.text, document.tables)
    read_statistics(document, form, 2017, "unknown")
