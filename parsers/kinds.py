"""What kind of paper a page is: an annual report, a circular, an implementation report, another.

Decides by the title, and by the text only where the title does not tell.  A notice that asks
for annual reports is no annual report, and the column that a page stands in proves nothing.
Says also whose figures are statistics at all: a guide and a notice have none.  Leaves the year
and the body to ``report``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from parsers.model import FormName, Kind


class KindRead(NamedTuple):
    """A kind; ``detail`` says more about circulars and other papers."""

    kind: Kind
    detail: str | None = None


COMPILATION = KindRead("other", "compilation")
"""A paper that holds the reports of several bodies; the figures are those of its parts."""


# (图片版), (PDF版), 【图解】 behind a title
_SUFFIX = re.compile(r"[(（\[【〔][^()（）\[\]【】〔〕]{0,12}[)）\]】〕]\s*$")
_PUBLIC = r"(?:政府信息|政务|政府政务|信息)公开"
_REPORT = r"(?:报告|总结|年报)"

# In order; the first pattern found in the title decides.
_TITLES: tuple[tuple[str, Kind, str | None], ...] = (
    # 关于报送2017年度政府信息公开工作年度报告的通知
    (r"(?:通知|公告|公示|启事|通告)$", "other", "notice"),
    # 2012年全县各单位政府信息公开工作年度报告汇编
    (r"(?:汇编|合集)$", *COMPILATION),
    (r"(?:考核|评估|测评|检查|督查|抽查).*通报", "circular", "assessment"),
    (r"通报$", "circular", None),
    # 2017年政务公开工作要点落实情况报告, 关于落实2017年政务公开工作要点情况的报告
    (
        r"(?:要点|重点工作|任务|分工|方案|意见).*落实.*(?:报告|总结|汇报)?$|落实.*(?:要点|任务).*(?:情况|报告|总结|汇报)",
        "implementation_report",
        None,
    ),
    (r"公开.*落实情况", "implementation_report", None),
    # 2019年政府网站工作年度报表 (but 某某政府网站2017年政府信息公开年度报告)
    (
        r"(?:政府网站|政务新媒体|门户网站)(?!.*信息公开).*(?:报表|年报|年度报告|工作报告)|网站.*报表",
        "other",
        "website_report",
    ),
    (r"法治政府|依法行政|法治建设", "other", "rule_of_law_report"),
    (r"行政执法.*(?:报告|年报|数据|统计)", "other", "law_enforcement_report"),
    (r"统计公报|统计年报", "other", "statistics_bulletin"),
    (r"[预决]算|三公经费|绩效(?:评价|自评)", "other", "budget"),
    (r"政府工作报告", "other", "government_work_report"),
    (
        r"上半年|下半年|季度|[1-9]-\d{1,2}月|\d{1,2}月份|[一二三四五六七八九十]月份",
        "other",
        "part_year_report",
    ),
    # 2017年政务公开第三方评估报告, 政务公开自查报告
    (
        r"(?:评估|考核|调研|自查|自评|检查|督查|整改|审查)(?:情况|工作|结果)?(?:的)?(?:报告|总结|汇报|结果)",
        "other",
        "assessment",
    ),
    # 《2017年政府信息公开工作年度报告》解读, 一图读懂
    (r"(?:解读|问答|答记者问)$|一图读懂", "other", "interpretation"),
    (r"(?:指南|须知|流程|流程图|收费标准|说明|模板|格式|样式|范本)$", "other", "guide"),
    (r"(?:目录|清单|一览表|汇总|专栏|列表)$", "other", "catalogue"),
    (r"(?:条例|办法|规定|细则|制度|规范|规程|规则|标准)$", "other", "regulation"),
    (r"(?:要点|方案|计划|规划|纲要|预案)$", "other", "plan"),
    (r"(?:意见|批复|决定|命令|令|函|纪要|议案|决议)$", "other", "policy"),
    (r"(?:申请表|申请书|申请|答复书|告知书|登记表|回执)$", "other", "application"),
    (r"(?:讲话|致辞|发言|发言稿)$", "other", "speech"),
    (r"统计表$|情况表$|统计数据$", "other", "statistics_table"),
    # 2017年度政府信息公开工作年度报告, 政府信息公开工作2017年度报告, 信息公开年报
    (_PUBLIC + r".{0,14}(?:年度|工作).{0,6}" + _REPORT, "annual_report", None),
    (_PUBLIC + r".{0,8}(?:年报|报告)", "annual_report", None),
    (r"年度?.{0,20}" + _PUBLIC + r".{0,10}" + _REPORT, "annual_report", None),
    # 某局2017年工作总结, 2017年度工作报告
    (r"(?<!公开)工作(?:总结|报告|汇报)$", "other", "work_summary"),
    (r"(?:召开|举办|举行|开展|启动|荣获|部署).{2,}", "other", "news"),
)

_TITLE_PATTERNS = tuple((re.compile(title), kind, detail) for title, kind, detail in _TITLES)

# 一、主动公开政府信息情况 on a line of its own
_HEADING = re.compile(
    r"^[ \t\u3000\xa0]*[一二三四五六七八九十]{1,2}[、.．]\s*(?P<words>[^\n。；]{2,44})$",
    re.MULTILINE,
)
_SECTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"主动公开",
        r"依申请公开|政府信息公开申请",
        r"收费|收取费用",
        r"复议|诉讼",
        r"存在.{0,4}(?:问题|不足)|改进",
        r"其他需要报告|其它相关工作|需要说明",
    )
)
_ENOUGH_SECTIONS = 3
_HEAD = 600
_LONGEST_TITLE = 160
# 2017年, 二○一七年, 2017度
_YEAR = re.compile(r"20\d\d|[二2][〇○零0OＯo][〇○零一二三四五六七八九\dOＯo]{2}年")
# 关于公布2017年政府信息公开工作年度报告的公告: the report may stand in it
_PUBLISHED = re.compile(
    r"(?:公布|发布|公开|印发)?.*" + _PUBLIC + r".*" + _REPORT + r".*(?:公告|公示|通告)$"
)
# 本报告根据《中华人民共和国政府信息公开条例》…编制
_PREFACE = re.compile(r"本(?:年度)?报告.{0,60}信息公开条例")
_DISCLOSURE = re.compile(_PUBLIC)
_CIRCULAR = re.compile(r"(?:情况)?通报如下")
_IMPLEMENTATION = re.compile(r"落实情况.{0,4}(?:报告|汇报)如下")
# What the first words of other papers say where no title does, in order.
_HEADS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), detail)
    for pattern, detail in (
        (r"网站标识码[\s\S]{0,600}(?:独立用户访问总量|信息发布)", "website_report"),
        (r"本指南|公开指南》|编制本机关?(?:政府)?信息公开指南", "guide"),
        (r"通知如下|请.{0,30}(?:前|底前|之前)(?:报送|上报)", "notice"),
        (r"^\s*第[一1]条|(?:\n|。)\s*第[一1]条", "regulation"),
        (r"收入支出决算|收支预算总表|部门决算|部门预算", "budget"),
    )
)
# A row of a list: a title with its day behind it, the title of a report, or a day by itself
_LIST_ROW = re.compile(
    r"^[^\n。；;]{0,60}(?:20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])）]?"
    r"|20\d\d[^\n。；;]{0,40}(?:报告|年报|通知|通报|公告))[ \t\u3000\xa0]*$",
    re.MULTILINE,
)
_FEWEST_ROWS = 3
_LIST_SHARE = 0.6
_MOST_SENTENCES = 3

# Papers that print figures of the disclosure work itself; the figures of all other kinds of
# ``other`` paper are about something else, or are examples.
_WITH_FIGURES = frozenset(
    {None, "part_year_report", "statistics_table", "assessment", "work_summary", "interpretation"}
)


def read_kind(title: str | None, text: str) -> KindRead:
    """Return the kind of the paper with this title and text."""
    by_title = _kind_by_title(title or "")
    if _is_list(text):
        return KindRead("other", "list")
    if by_title is None:
        return _kind_by_text(text)
    if by_title.detail == "notice" and _PUBLISHED.search(title or "") and has_sections(text):
        return KindRead("annual_report")
    return by_title


def prints_statistics(kind: KindRead, form: FormName, title: str | None, text: str) -> bool:
    """Return whether the figures of a paper are statistics of the disclosure work.

    Annual reports print them; other papers only where a statistics table, the title or the
    first words show that they are about that work.
    """
    if kind.kind == "annual_report":
        return True
    if kind.kind == "other" and kind.detail not in _WITH_FIGURES:
        return False
    return form != "narrative" or _DISCLOSURE.search(f"{title} {text[:_HEAD]}") is not None


@lru_cache(maxsize=16)  # a title is looked at more than once
def _kind_by_title(title: str) -> KindRead | None:
    """Return the kind that the title tells; a column's name (政府信息公开年报) tells none."""
    whole = re.sub(r"\s+", "", title[:_LONGEST_TITLE])
    bare = _SUFFIX.sub("", whole)
    for pattern, kind, detail in _TITLE_PATTERNS:
        if pattern.search(bare):
            is_column = kind == "annual_report" and not _YEAR.search(whole)
            return None if is_column else KindRead(kind, detail)
    return None


def _kind_by_text(text: str) -> KindRead:
    """Return the kind that the first words and the headings show."""
    head = text[:_HEAD]
    if _IMPLEMENTATION.search(head):
        return KindRead("implementation_report")
    if _CIRCULAR.search(head):
        return KindRead("circular")
    for pattern, detail in _HEADS:
        if pattern.search(head):
            return KindRead("other", detail)
    if has_sections(text):
        return KindRead("annual_report")
    return KindRead("other")


def count_topics(text: str) -> int:
    """Return how many of the topics of an annual report a text speaks of."""
    return sum(1 for section in _SECTIONS if section.search(text))


def has_sections(text: str) -> bool:
    """Return whether a text has the headings of an annual report, its opening words counted in."""
    headings = " ".join(match["words"] for match in _HEADING.finditer(text))
    sections = sum(1 for section in _SECTIONS if section.search(headings))
    enough = 1 if _PREFACE.search(text[:_HEAD]) else _ENOUGH_SECTIONS
    return sections >= enough


def _is_list(text: str) -> bool:
    """Return whether most of a text is rows of a list: titles with years, and no sentences."""
    if text.count("。") > _MOST_SENTENCES:
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    rows = sum(1 for _ in _LIST_ROW.finditer(text))
    return rows >= _FEWEST_ROWS and rows >= _LIST_SHARE * len(lines)
