"""The header box and the mandated meta tags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parsers.document import read_document
from parsers.metadata import METADATA_IDS, header_lines, is_box, read_metadata
from parsers.model import Decoded, Document


def printed(lines: list[str], **meta_tags: str) -> dict[str, str]:
    """The ids that have a value."""
    return {k: v for k, v in read_metadata(lines, meta_tags).items() if v is not None}


def read_file(path: Path, media_type: str) -> Document:
    """The document in a UTF-8 file of the corpus."""
    body = path.read_bytes()
    return read_document(Decoded(body, media_type, body.decode(), "utf-8"))


def test_every_id_is_present_and_empty_without_a_box() -> None:
    """A page without a header gives every id of the contract, in its order, as None."""
    metadata = read_metadata([], {})
    assert tuple(metadata) == METADATA_IDS
    assert set(metadata.values()) == {None}
    assert METADATA_IDS[:3] == ("index_number", "title", "subject_category")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["索 引 号: 001/2018-3 主题分类:", "发布机构: 某区政府 发文日期: 2018-02-27", "文 号:"],
         {"index_number": "001/2018-3", "publisher": "某区政府", "document_date": "2018-02-27"}),
        (["索引号：A/1\u3000公开目录：年报\u3000发布机构：某州办", "主题词： 发布日期：2018-01-08 09:06:51 文\u3000\u3000号："],
         {"index_number": "A/1", "subject_category": "年报", "publisher": "某州办",
          "publish_date": "2018-01-08 09:06:51"}),
        (["来源:某县办  发布时间:2012-03-24   字号【"], {"source": "某县办", "publish_date": "2012-03-24"}),
        (["  • 时间:2017-08-16", "  • 点击:94", "  • 来源:"], {"publish_date": "2017-08-16", "clicks": "94"}),
        (["索引号\tA/1\t发布机构\t某局", "文号\t\t有效性\t有效"],
         {"index_number": "A/1", "publisher": "某局", "validity": "有效"}),
        (["索 引 号：\tA/1\t主题分类：\t农业\\畜牧"], {"index_number": "A/1", "subject_category": "农业\\畜牧"}),
        (["标　　题：某局报告\t发布日期：2020-01-02"], {"title": "某局报告", "publish_date": "2020-01-02"}),
        (["发文字号：某政发〔2019〕3号 有效性：有效"], {"document_number": "某政发〔2019〕3号", "validity": "有效"}),
        (["发布机构：某局 所属栏目：年报 来源：本站"], {"publisher": "某局", "source": "本站"}),
        (["更新时间：2020-05-05 发布时间：2020-01-01"], {"publish_date": "2020-01-01"}),
        (["信息来源：某网 作者：张某 [打印]"], {"source": "某网", "author": "张某"}),
    ],
)  # fmt: skip
def test_splits_a_box_by_its_labels(lines: list[str], expected: dict[str, str]) -> None:
    """Each label takes the text up to the next label or page tool, and nothing more."""
    assert printed(lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["标 题:", "某州2017年工作报告"], {"title": "某州2017年工作报告"}),
        (["文 号:", "2017年某区政务公开工作年度报告"], {}),
        (["文号：", "某政办发〔2017〕8号"], {"document_number": "某政办发〔2017〕8号"}),
        (["发布日期：", "2019-01-02"], {"publish_date": "2019-01-02"}),
        (["发布机构：", "一个句子"], {}),
        (["标题：", "文号：1号"], {"document_number": "1号"}),
        (["索引号", "11341702486344515H/202110-00013"], {"index_number": "11341702486344515H/202110-00013"}),
    ],
)  # fmt: skip
def test_takes_the_next_line_only_where_its_shape_shows_it(
    lines: list[str], expected: dict[str, str]
) -> None:
    """An empty label above the page title stays empty; a 标题 may stand above its value."""
    assert printed(lines) == expected


@pytest.mark.parametrize(
    "line",
    [
        "数据来源：抽样调查",
        "本部门来源：",
        "会议时间长",
        "申请来源",
        "统计时间段",
        "关于文号管理的规定",
    ],
)
def test_other_words_are_no_labels(line: str) -> None:
    """A label inside another word, or without a colon, takes nothing."""
    assert printed([line]) == {}


def test_a_document_number_alone_on_a_line_is_the_number() -> None:
    """The number under the title of a circular counts; one inside a sentence does not."""
    assert printed(["通报", "某政办发〔2017〕136号"]) == {
        "document_number": "某政办发〔2017〕136号"
    }
    assert printed(["根据某政办发〔2017〕136号文件精神"]) == {}


def test_meta_tags_are_trusted_first_for_title_and_date() -> None:
    """ArticleTitle and PubDate win over the box, ContentSource only fills a gap."""
    box = ["标题：旧题 发布日期：2019-01-01 来源：某局"]
    tags = {"articletitle": "新题", "pubdate": "2020-02-02 10:00", "contentsource": "别处"}
    assert printed(box, **tags) == {
        "title": "新题", "publish_date": "2020-02-02 10:00", "source": "某局",
    }  # fmt: skip
    assert printed([], **tags)["source"] == "别处"


def test_an_empty_meta_tag_leaves_the_box_alone() -> None:
    """Blank tags and a PubDate without a digit say nothing."""
    box = ["标题：题 发布日期：2019-01-01"]
    assert printed(box, articletitle=" ", pubdate="{date}") == {
        "title": "题", "publish_date": "2019-01-01",
    }  # fmt: skip


def test_the_header_ends_where_the_text_begins() -> None:
    """A heading or a sentence ends the header, so that labels in the body are not read."""
    top = ["某县报告", "来源：本站"]
    assert header_lines([*top, "一、概述", "来源：不是"]) == top
    assert header_lines([*top, "本报告依法编制。", "作者：不是"]) == top
    assert header_lines([*top, "", " ", "文号："]) == [*top, "文号："]


@pytest.mark.parametrize("cells", [["索引号", "1", "发布机构", "2"], ["索 引 号：1", "文号："]])
def test_two_labels_make_a_box(cells: list[str]) -> None:
    """Two labels that no data table has make a box, with their values inside or beside."""
    assert is_box(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["名称", "时间", "作者"],
        ["指标名称", "单位", "合计"],
        ["申请来源", "申请数(件)"],
        ["信息内容", "本年制发件数"],
        ["索引号", "1", "2"],
    ],
)
def test_the_head_of_a_data_table_is_no_box(cells: list[str]) -> None:
    """Words that head columns everywhere, or one label alone, make none."""
    assert not is_box(cells)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("000", {}),
        ("001", {"publish_date": "2017-08-16", "clicks": "94",
                 "document_number": "甘政办发〔2017〕136号"}),
        ("002", {"index_number": "001000/2018-00003", "publisher": "海陵区政府",
                 "document_date": "2018-02-27"}),
        ("003", {"source": "县政务公开办", "publish_date": "2012-03-24"}),
        ("004", {"index_number": "115323000151673132/2018-0111001",
                 "subject_category": "政府信息公开年报", "publisher": "楚雄州人民政府办公室",
                 "publish_date": "2018-01-08 09:06:51"}),
    ],
)  # fmt: skip
def test_reads_the_boxes_of_real_reports(corpus: Path, name: str, expected: dict[str, str]) -> None:
    """The five seeds give what a reader finds in their headers, and nothing else."""
    document = read_file(next((corpus / "seeds").glob(f"{name}_*.txt")), "text/plain")
    found = {k: v for k, v in document.metadata.items() if v is not None and k != "title"}
    assert found == expected


def test_reads_the_boxes_of_the_state_council(corpus: Path) -> None:
    """索引号, issuer, 文号 and title of every stored policy page agree with their index."""
    folder = corpus / "data/pages/govcn"
    rows = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]
    stored = [row for row in rows if (folder / row["file"]).exists()]
    assert len(stored) > 20
    for row in stored:
        document = read_file(folder / row["file"], "text/html")
        metadata = document.metadata
        found = (metadata["index_number"], metadata["publisher"], metadata["document_number"])
        assert found == (row["index_number"], row["issuer"], row["doc_no"]), row["file"]
        assert document.title == row["title"]


def test_reads_mandated_meta_tags(corpus: Path) -> None:
    """A real page gives its tags by lower-case name, and its box as metadata."""
    document = read_file(corpus / "data/pages/handan/details.jsp", "text/html")
    assert document.meta_tags["siteidcode"] == "1304000009"
    assert document.metadata["index_number"] == "000014348/2020-35147"
    assert document.metadata["publisher"] == "邯郸市教育局"
    assert document.metadata["publish_date"] == "2020年08月02日"
