"""A page is told to be an annual report or one of its neighbours, and neighbours have no figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import read_document
from parsers.kinds import KindRead, prints_statistics, read_kind
from parsers.model import Decoded, Document, Report
from parsers.report import read_report

TITLES = {
    "2017年海陵区政务公开工作年度报告": ("annual_report", None),
    "某某县人民政府信息公开工作2017年度报告": ("annual_report", None),
    "二○一一年度安乡县政府信息公开年报(图解)": ("annual_report", None),
    "某某县政府信息公开工作年度报告(2011年度)": ("annual_report", None),
    "关于2017年度政府信息公开工作情况的报告": ("annual_report", None),
    "2017年政务公开工作总结": ("annual_report", None),
    "某某市教育局2021年政府信息公开工作年度报告": ("annual_report", None),
    "【图解】2020年某某区政府信息公开年度报告": ("annual_report", None),
    "某某市政府网站2012年政府信息公开年度报告": ("annual_report", None),
    "2008年某某县政府信息公开工作报告": ("annual_report", None),
    "甘肃省人民政府办公厅关于2016年政务公开工作考核情况的通报": ("circular", "assessment"),
    "关于2019年第一季度政府网站抽查情况的通报": ("circular", "assessment"),
    "某某市2018年政府信息公开工作情况通报": ("circular", None),
    "楚雄州2017年政务公开工作要点落实情况报告": ("implementation_report", None),
    "关于贯彻落实2018年政务公开重点工作任务的报告": ("implementation_report", None),
    "关于落实2016年政务公开工作要点情况的汇报": ("implementation_report", None),
    "某某局政府信息公开条例贯彻落实情况": ("implementation_report", None),
    "关于报送2017年度政府信息公开工作年度报告的通知": ("other", "notice"),
    "关于做好2018年政府信息公开年度报告编制发布工作的通知": ("other", "notice"),
    "关于公布2019年政府信息公开工作年度报告的公告": ("other", "notice"),
    "2019年政府网站工作年度报表": ("other", "website_report"),
    "某某县人民政府网站2020年度工作报表": ("other", "website_report"),
    "某某市政府网站监管年度报表（2019年度）": ("other", "website_report"),
    "2021年度政务新媒体年度报告": ("other", "website_report"),
    "2018年法治政府建设年度报告": ("other", "rule_of_law_report"),
    "某某局2016年依法行政工作报告": ("other", "rule_of_law_report"),
    "2019年度行政执法统计年报": ("other", "law_enforcement_report"),
    "某市2017年国民经济和社会发展统计公报": ("other", "statistics_bulletin"),
    "2020年度部门决算公开": ("other", "budget"),
    "某某局2021年部门预算": ("other", "budget"),
    "2018年度三公经费情况说明": ("other", "budget"),
    "2017年某某区政府工作报告": ("other", "government_work_report"),
    "2017年上半年政府信息公开工作总结": ("other", "part_year_report"),
    "某某县2015年第三季度政务公开情况": ("other", "part_year_report"),
    "1-10月固定资产投资运行情况": ("other", "part_year_report"),
    "2018年某某市政务公开第三方评估报告": ("other", "assessment"),
    "某某局2016年政府信息公开自查报告": ("other", "assessment"),
    "《2022年政府信息公开工作年度报告》解读": ("other", "interpretation"),
    "政府信息公开指南": ("other", "guide"),
    "某某区政府信息公开指南（2020年修订）": ("other", "guide"),
    "依申请公开办理流程": ("other", "guide"),
    "政府信息公开工作年度报告格式模板": ("other", "guide"),
    "某某市政府信息公开目录": ("other", "catalogue"),
    "某某局权责清单": ("other", "catalogue"),
    "某某县政府信息公开工作考核办法": ("other", "regulation"),
    "政府信息公开保密审查制度": ("other", "regulation"),
    "2017年政务公开工作要点": ("other", "plan"),
    "某某市2019年政务公开工作实施方案": ("other", "plan"),
    "国务院关于促进某产业发展的若干意见": ("other", "policy"),
    "国务院关于某城市总体规划的批复": ("other", "policy"),
    "政府信息公开申请表": ("other", "application"),
    "政府信息公开申请答复书": ("other", "application"),
    "在全市政务公开工作会议上的讲话": ("other", "speech"),
    "2016年政府信息公开情况统计表": ("other", "statistics_table"),
    "某某局2017年工作总结": ("other", "work_summary"),
    "我市召开2018年政务公开工作推进会": ("other", "news"),
    "政府信息公开年报": ("other", None),
    "信息公开年度报告": ("other", None),
    "一、概述": ("other", None),
    "首页": ("other", None),
    "": ("other", None),
}

SECTIONS = "一、主动公开情况\n略\n二、依申请公开情况\n略\n三、存在的主要问题及改进情况\n略"
TEXTS = {
    SECTIONS: ("annual_report", None),
    "一、主动公开情况\n略": ("other", None),
    "本年度报告根据《中华人民共和国政府信息公开条例》编制。\n一、主动公开情况\n略": (
        "annual_report",
        None,
    ),
    "现将2016年考核情况通报如下：\n一、主动公开情况": ("circular", None),
    "现将2017年工作要点落实情况报告如下。": ("implementation_report", None),
    "为方便公众，编制本指南。\n" + SECTIONS: ("other", "guide"),
    "现将有关事项通知如下：\n" + SECTIONS: ("other", "notice"),
    "请各单位于1月20日前报送年度报告。\n" + SECTIONS: ("other", "notice"),
    "第一条 为了规范公开工作，制定本办法。\n" + SECTIONS: ("other", "regulation"),
    "部门决算说明。\n一、收入支出决算总体情况": ("other", "budget"),
    "网站名称\t某县政府网\n网站标识码\t1234567890\n独立用户访问总量\t900": (
        "other",
        "website_report",
    ),
    "某县2019年政府信息公开年度报告\n某县2018年政府信息公开年度报告\n某县2017年年报": (
        "other",
        "list",
    ),
    "关于甲的通知 2020-01-02\n关于乙的通知 2020-01-03\n关于丙的意见 [2020-01-04]\n下一页": (
        "other",
        "list",
    ),
    "关于甲的通知\n2020-01-02\n关于乙的通知\n2020-01-03\n关于丙的通知\n2020-01-04": (
        "other",
        None,
    ),
    "天气晴好。": ("other", None),
    "": ("other", None),
}


@pytest.mark.parametrize(("title", "expected"), TITLES.items())
def test_tells_the_kind_by_the_title(title: str, expected: tuple[str, str | None]) -> None:
    """A title tells annual reports from circulars, notices about reports and other papers."""
    assert read_kind(title, "") == expected


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_tells_the_kind_by_the_text(text: str, expected: tuple[str, str | None]) -> None:
    """Without a title the first words, the sections or the rows of a list tell the kind."""
    assert read_kind(None, text) == expected
    assert read_kind("政府信息公开年报", text) == expected


def test_a_list_is_no_report_although_its_first_row_is_the_title() -> None:
    """The rows of a list page, each with its day, are no report, whatever the first one says."""
    rows = "\n".join(
        f"某县{year}年政府信息公开年度报告 {year + 1}-03-0{year % 7}" for year in (2017, 2018, 2019)
    )
    assert read_kind("某县2019年政府信息公开年度报告", rows) == ("other", "list")


def test_a_notice_that_publishes_the_report_is_the_report() -> None:
    """A page titled 公告 that carries the sections of the report is one; the bare notice is not."""
    title = "关于公布2019年政府信息公开工作年度报告的公告"
    assert read_kind(title, SECTIONS).kind == "annual_report"
    asking = "关于报送2019年政府信息公开工作年度报告的通知"
    assert read_kind(asking, SECTIONS) == ("other", "notice")


@pytest.mark.parametrize(
    ("kind", "form", "title", "is_about_disclosure"),
    [
        (KindRead("annual_report"), "narrative", "某局年报", True),
        (KindRead("circular"), "narrative", "某市政务公开情况通报", True),
        (KindRead("circular"), "narrative", "安全生产事故通报", False),
        (KindRead("implementation_report"), "narrative", "政务公开要点落实情况", True),
        (KindRead("other", "part_year_report"), "narrative", "上半年政务公开情况", True),
        (KindRead("other", "part_year_report"), "narrative", "1-10月固定资产投资", False),
        (KindRead("other", "statistics_table"), "national_2014", "统计表", True),
        (KindRead("other", "guide"), "national_2021", "政府信息公开年报格式", False),
        (KindRead("other", "notice"), "narrative", "关于政府信息公开的通知", False),
        (KindRead("other", "website_report"), "local_table", "政府网站年度报表", False),
        (KindRead("other", "list"), "narrative", "政府信息公开年报", False),
        (KindRead("other"), "narrative", "新闻", False),
        (KindRead("other"), "national_2019", "附件1", True),
    ],
)
def test_says_whose_figures_are_statistics(
    kind: KindRead, form: str, title: str, *, is_about_disclosure: bool
) -> None:
    """Figures of a paper about something else, and examples in guides, are no statistics."""
    assert prints_statistics(kind, form, title, "") is is_about_disclosure  # type: ignore[arg-type]


@given(
    st.text(max_size=120),
    st.text(alphabet="2017年度政府信息公开报告通知。\n、一二主动", max_size=300),
)
def test_tells_some_kind_of_whatever_comes(title: str, text: str) -> None:
    """Any title and text have a kind, never an exception."""
    assert read_kind(title, text).kind in {
        "annual_report",
        "circular",
        "implementation_report",
        "other",
    }


def read_page(path: Path) -> tuple[Document, Report]:
    """The document and the report in a UTF-8 page of the corpus."""
    body = path.read_bytes()
    document = read_document(Decoded(body, "text/html", body.decode("utf-8", "replace"), "utf-8"))
    return document, read_report(document)


def test_no_policy_paper_is_an_annual_report(corpus: Path) -> None:
    """Of the stored pages of the State Council none is an annual report or has a statistic."""
    folder = corpus / "data/pages/govcn"
    names = [json.loads(line)["file"] for line in (folder / "index.jsonl").read_text().splitlines()]
    stored = [folder / name for name in names if (folder / name).exists()]
    assert len(stored) > 20
    for path in stored:
        document, report = read_page(path)
        assert report.kind in {"other", "circular"}, document.title
        assert report.statistics == ()


@pytest.mark.parametrize(
    "name",
    [
        "pages/handan/details.jsp",
        "pages/handan/list.jsp",
        "pages/handan/index.jsp",
        "pages/handan/gkzn.jsp",
        "pages/gne/cmse.gov.cn.html",
        "pages/gne/gzggw_deqing_stats.html",
        "pages/gne/shanxi_province_portal.html",
        "reports/pingtan/list_page_excerpt.html",
    ],
)
def test_no_other_page_is_an_annual_report(corpus: Path, name: str) -> None:
    """Notices, lists, guides and news of real portals are no reports and have no statistics."""
    report = read_page(corpus / "data" / name)[1]
    assert report.kind == "other"
    assert report.statistics == ()


@pytest.mark.parametrize(
    "name",
    [
        "2011_pingtanxian_80716.txt",
        "2019_80576.txt",
        "2020_80595.txt",
        "2023_87885.txt",
    ],
)
def test_the_reports_beside_them_are(corpus: Path, name: str) -> None:
    """Real annual reports with tables stay annual reports with statistics."""
    body = (corpus / "data/reports/pingtan" / name).read_bytes()
    report = read_report(read_document(Decoded(body, "text/plain", body.decode(), "utf-8")))
    assert (report.kind, report.year) == ("annual_report", int(name[:4]))
    assert len(report.statistics) > 50
