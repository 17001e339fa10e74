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
        (["发文日期：2018年2月7日文号：来源：某局"], {"document_date": "2018年2月7日", "source": "某局"}),
        (["发布机构：某区政府来源：某局时效：有效"], {"publisher": "某区政府", "source": "某局", "validity": "有效"}),
        (["【索引号】A/1 【发布机构】某局 【文号】"], {"index_number": "A/1", "publisher": "某局"}),
        (["索引号A/1发布机构某局主题分类年报文号"], {"index_number": "A/1", "publisher": "某局", "subject_category": "年报"}),
        (["索引号\t发布机构\t发文日期\t文号", "A/1\t某局\t2018-02-27\t"],
         {"index_number": "A/1", "publisher": "某局", "document_date": "2018-02-27"}),
        (["索引号\t发布机构\t发文日期", "主题分类：年报\tB\tC"], {"subject_category": "年报"}),
        (["索引号：", "001/2018-3", "发布机构：", "某局", "主题分类：", "政府信息公开年报", "文号：", "来源：本站"],
         {"index_number": "001/2018-3", "publisher": "某局", "subject_category": "政府信息公开年报", "source": "本站"}),
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
        (["发布机构：", "某区政府", "正文"], {}),
        (["主题分类：", "某区2017年政府信息公开年度报告", "来源：本站"], {"source": "本站"}),
        (["文号：", "某区政府", "来源：本站"], {"source": "本站"}),
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


INDEX, ORGAN, DAY, COLUMN = "001/2018-3", "某区政府", "2018年02月27日", "年报"
# One box in the shapes in which sites print it.
BOXES = {
    "definition list": f"<dl><dt>索引号：</dt><dd>{INDEX}</dd><dt>发布机构：</dt><dd>{ORGAN}</dd><dt>发文日期：</dt><dd>{DAY}</dd><dt>文号：</dt><dd></dd><dt>主题分类：</dt><dd>{COLUMN}</dd></dl>",
    "list": f"<ul><li><b>索 引 号：</b>{INDEX}</li><li><b>发布机构：</b>{ORGAN}</li><li><b>发文日期：</b>{DAY}</li><li><b>文　　号：</b></li><li><b>主题分类：</b>{COLUMN}</li></ul>",
    "table of pairs": f"<table><tr><td>索引号</td><td>{INDEX}</td><td>主题分类</td><td>{COLUMN}</td></tr><tr><td>发布机构</td><td>{ORGAN}</td><td>发文日期</td><td>{DAY}</td></tr><tr><td>文号</td><td></td><td></td><td></td></tr></table>",
    "table of cells": f"<table><tr><td>索引号：{INDEX}</td><td>主题分类：{COLUMN}</td></tr><tr><td>发布机构：{ORGAN}</td><td>发文日期：{DAY}</td></tr><tr><td>文号：</td><td></td></tr></table>",
    "table of rows": f"<table><tr><th>索引号</th><td>{INDEX}</td></tr><tr><th>主题分类</th><td>{COLUMN}</td></tr><tr><th>发布机构</th><td>{ORGAN}</td></tr><tr><th>发文日期</th><td>{DAY}</td></tr><tr><th>文号</th><td>&nbsp;</td></tr></table>",
    "table with a head": f"<table><tr><td>索引号</td><td>主题分类</td><td>发布机构</td><td>发文日期</td><td>文号</td></tr><tr><td>{INDEX}</td><td>{COLUMN}</td><td>{ORGAN}</td><td>{DAY}</td><td></td></tr></table>",
    "tables in a table": f"<table><tr><td><table><tr><td>索引号:</td><td>{INDEX}</td></tr></table></td><td><table><tr><td>主题分类:</td><td>{COLUMN}</td></tr></table></td></tr><tr><td><table><tr><td>发布机构:</td><td>{ORGAN}</td></tr></table></td><td><table><tr><td>发文日期:</td><td>{DAY}</td></tr></table></td></tr></table>",
    "spans": f"<div><span>索引号：</span><span>{INDEX}</span><span>主题分类：</span><span>{COLUMN}</span><span>发布机构：</span><span>{ORGAN}</span><span>发文日期：</span><span>{DAY}</span><span>文号：</span><span></span></div>",
    "spans without colons": f"<div><label>索引号</label><span>{INDEX}</span><label>主题分类</label><span>{COLUMN}</span><label>发布机构</label><span>{ORGAN}</span><label>发文日期</label><span>{DAY}</span><label>文号</label><span></span></div>",
    "divisions": f"<div><div>索引号：</div><div>{INDEX}</div></div><div><div>主题分类：</div><div>{COLUMN}</div></div><div><div>发布机构：</div><div>{ORGAN}</div></div><div><div>发文日期：</div><div>{DAY}</div></div><div><div>文号：</div><div></div></div>",
    "brackets": f"<div>【索引号】{INDEX} 【主题分类】{COLUMN} 【发布机构】{ORGAN} 【发文日期】{DAY} 【文号】</div>",
    "paragraphs": f"<p>索引号：{INDEX}</p><p>主题分类：{COLUMN}</p><p>发布机构：{ORGAN}</p><p>发文日期：{DAY}</p><p>文号：</p>",
    "one line": f"<p>索引号：{INDEX}&nbsp;&nbsp;主题分类：{COLUMN} 发布机构：{ORGAN}｜发文日期：{DAY} 文号：</p>",
    "line breaks": f"<div>索引号：{INDEX}<br>主题分类：{COLUMN}<br>发布机构：{ORGAN}<br>发文日期：{DAY}<br>文号：</div>",
    "pieces of a label": f"<table><tr><td><font>索</font><font>引</font><font>号</font>：</td><td><font>{INDEX}</font></td><td>主题分类：</td><td>{COLUMN}</td></tr><tr><td>发布机构：</td><td>{ORGAN}</td><td>发文日期：</td><td>{DAY}</td></tr></table>",
}


@pytest.mark.parametrize("shape", BOXES)
def test_reads_a_box_of_any_shape(shape: str) -> None:
    """However a site prints its box, the four values are the same and the empty 文号 is None."""
    title = "2017年某区政府信息公开工作年度报告"
    text = "<p>一、概述</p><p>" + "本年度各项公开工作有序推进。" * 20 + "</p>"
    page = (
        f"<html><head><title>{title}</title></head><body><div><a href='/'>首页</a></div>"
        f"{BOXES[shape]}<h1>{title}</h1><div>{text}</div></body></html>"
    )
    document = read_document(Decoded(page.encode(), "text/html", page, "utf-8"))
    found = {k: v for k, v in document.metadata.items() if v is not None}
    assert found == {
        "index_number": INDEX,
        "subject_category": COLUMN,
        "publisher": ORGAN,
        "document_date": DAY,
    }
    assert document.title == title


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
