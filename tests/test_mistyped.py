"""Short labels with a wrong character: read where their place tells the row, else left alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parsers.document import read_document
from parsers.forms import detect_form
from parsers.mistyped import makes_word
from parsers.model import Decoded, Finding, Statistic
from parsers.statistics import read_statistics

HEAD = ("统计指标", "单位", "统计数")
MARKERS = (
    ("政策解读稿件发布数", "篇", "3"),
    ("告知作出更改补充数", "件", "0"),
    ("申请来源", "", ""),
)
KINDS = ("党政机关", "社会团体", "企业", "宣传媒体", "科研院校", "公民", "其他")
BLOCK = ("第二十条第（一）项", "信息内容", "本年制发件数", "本年废止件数", "现行有效件数")


def read(
    rows: Sequence[Sequence[str]],
) -> tuple[dict[str, Statistic], list[Statistic], list[Finding]]:
    """Of a page that is one table: known fields, other figures, and the doubts about labels."""
    grid = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    html = f"<div id=zoom><table border=1>{grid}</table></div>"
    document = read_document(Decoded(b"", "text/html", html, "utf-8"))
    form = detect_form("", document.tables)
    statistics, findings = read_statistics(document, form, 2017, "unknown")
    doubts = [one for one in findings if one.rule == "unclear_label"]
    printed = [one for one in statistics if one.source == "table1"]
    known = {one.field: one for one in printed if not one.field.startswith("x_")}
    return known, [one for one in printed if one.field.startswith("x_")], doubts


def sources(rows: Sequence[tuple[str, str]]) -> list[Sequence[str]]:
    """A table of the form of 2014 with these kinds of applicants."""
    return [HEAD, *MARKERS, *((label, "件", count) for label, count in rows)]


def test_a_wrong_character_in_a_label_of_two_is_read_where_one_row_is_left() -> None:
    """Of the kinds of applicants only 公民 is not named, and 公氏 is no word."""
    rows = [(kind.replace("公民", "公氏"), str(i)) for i, kind in enumerate(KINDS)]
    statistics, _, doubts = read(sources(rows))
    assert statistics["requester_citizen"].value == 5
    assert doubts == []


def test_another_word_in_the_place_of_a_row_is_left_alone_with_a_finding() -> None:
    """公司 may be a row of the province; nothing shows that it was meant to be 公民."""
    rows = [("公司", "5"), *((kind, "1") for kind in KINDS if kind != "公民")]
    statistics, kept, doubts = read(sources(rows))
    assert "requester_citizen" not in statistics
    assert [(one.label, one.value) for one in kept] == [("公司", 5)]
    (doubt,) = doubts
    assert doubt.fields == ("requester_citizen",)
    assert "公司 may mean 公民" in doubt.message


def test_another_word_between_its_neighbours_of_the_form_is_the_row() -> None:
    """Between 科研院校 and 其中:律师 the form has 公民 and nothing else."""
    kinds = [*KINDS[:5], "公明", "其中:律师", "科研人员", "媒体从业人员", "其他"]
    statistics, _, doubts = read(sources([(kind, "2") for kind in kinds]))
    assert makes_word("公明", "公民")
    assert statistics["requester_citizen"].value == 2
    assert doubts == []


def test_another_word_whose_figure_makes_the_sum_is_the_row() -> None:
    """The other kinds leave 5 of 11 applications, and 公司 prints 5."""
    rows = [("公司", "5"), *((kind, "1") for kind in KINDS if kind != "公民")]
    statistics, _, doubts = read([*sources(rows), ("政府信息公开申请总数", "件", "11")])
    assert statistics["requester_citizen"].value == 5
    assert doubts == []


def test_two_labels_that_may_be_one_row_are_both_left_alone() -> None:
    """公氏 and 囗民 cannot both be 公民, and nothing tells which is."""
    rows = [("公氏", "5"), ("囗民", "6"), *((k, "1") for k in KINDS if k != "公民")]
    statistics, _, doubts = read(sources(rows))
    assert "requester_citizen" not in statistics
    assert len(doubts) == 2


@pytest.mark.parametrize(("typo", "apart"), [("囗章", 0), ("规", 0), ("规划", 3)])
def test_a_block_with_one_row_left_takes_a_slip_for_it_and_no_other_word(
    typo: str, apart: int
) -> None:
    """规划 (plans) is not 规章 (rules), whatever row is missing."""
    head, *columns = BLOCK
    rows = [[head] * 4, columns, [typo, "1", "2", "3"], ["行政规范性文件", "4", "5", "6"]]
    statistics, kept, doubts = read(rows)
    assert ("a20_1_regulation_issued" in statistics) is (apart == 0)
    assert statistics["a20_1_normative_in_force"].value == 6
    assert (len(kept), bool(doubts)) == (apart, apart > 0)


def test_a_row_under_other_handling_is_never_taken_for_its_heading() -> None:
    """A row that nobody knows under (六)其他处理 keeps ids of its own."""
    results, other = "三、本年度办理结果", "（六）其他处理"
    fee = "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"
    rows = [
        [results, "（一）予以公开", "（一）予以公开", *"1000001"],
        [results, other, fee, *"0000000"],
        [results, other, "申请人去世", *"2000002"],
    ]
    statistics, kept, _ = read([["属于国家秘密"] * 10, *rows])
    assert not any(name.startswith("req_other_handling") for name in statistics)
    assert sum(one.value or 0 for one in kept) == 4
