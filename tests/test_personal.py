"""What is personal is masked, with every offset kept; what is public stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reading import read
from parsers.personal import mask_text


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("联系电话：13812345678。", "联系电话：138********。"),
        ("手机138-1234-5678", "手机138**********"),
        ("电话+86 13812345678", "电话+86 138********"),
        ("１３８１２３４５６７８", "１３８********"),
        ("身份证号110101199003072316，", "身份证号110***************，"),
        ("11010119900307231X", "110***************"),
        ("申请人张三（身份证号：110101199003072316）", "申请人张*（身份证号：110***************）"),
        ("李小明先生，手机：13912345678", "李**先生，手机：139********"),
        ("13912345678（王芳）反映", "139********（王*）反映"),
        ("联系人：陈某某 13912345678", "联系人：陈** 139********"),
    ],
)
def test_personal_numbers_and_names_are_masked(printed: str, shown: str) -> None:
    """Mobile numbers, ID numbers and the names beside them keep only their beginning."""
    assert mask_text(printed) == shown


@pytest.mark.parametrize(
    "printed",
    [
        "办公电话：0736-4316027，传真：0736-4316028",
        "监督电话：13812345678",
        "服务热线12345、12388",
        "公共财政支出13812345678元",
        "涉及资金 13812345678 元",
        "索引号：11330781002593501X/2019-00001",
        "统一社会信用代码 12430721MB0X5678XY",
        "序号20190101138123456789012",
        "局长李四出席会议",
        "申请人张三对答复不服",
        "0.13812345678",
        "2019年收到申请138件，答复1234件，占5678",
        "294981916138123456789",
    ],
)
def test_what_is_public_or_counts_something_stays(printed: str) -> None:
    """Lines of offices, amounts, index numbers, officials and names without a number stay."""
    assert mask_text(printed) == printed


def test_an_official_beside_a_mobile_number_keeps_the_name() -> None:
    """The number is a person's, the name is that of an office holder."""
    assert mask_text("局长：李四 13812345678") == "局长：李四 138********"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="张三李四手机电话：（）13812345678９Xx019 \n申请人", max_size=80))
def test_masking_keeps_every_offset_and_is_done_once(text: str) -> None:
    """The text keeps its length, and masking it again changes nothing."""
    masked = mask_text(text)
    assert len(masked) == len(text)
    assert mask_text(masked) == masked


def test_a_page_is_masked_wherever_it_prints_a_number() -> None:
    """Text, title, table cells, quotes and link texts of a reading hold no personal number."""
    page = (
        "<title>张三13812345678的公开申请答复</title><h1>张三13812345678的公开申请答复</h1>"
        "<p>平湖市2012年收到申请9件。申请人张三，手机13812345678，反映3件。</p>"
        "<table><tr><td>联系人</td><td>13812345678</td></tr><tr><td>件数</td><td>9</td></tr></table>"
        "<a href='a.doc'>张三13812345678.doc</a>"
    )
    reading = read(page.encode(), content_type="text/html; charset=utf-8")
    document, report = reading.document, reading.report
    shown = [document.text, str(document.title), *(link.text for link in document.attachments)]
    shown += [cell.text for table in document.tables for row in table.rows for cell in row]
    shown += [text for one in report.statistics for text in (one.quote, one.raw, one.label)]
    assert [text for text in shown if "12345678" in text] == []
    assert "138********" in document.text
    for table in document.tables:
        for row in table.rows:
            assert all(document.text[cell.start : cell.end] == cell.text for cell in row)
