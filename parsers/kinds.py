"""What kind of paper a page is: an annual report, a circular, an implementation report, another.

Decides by the title, and by the text only where the title does not tell.  A notice that asks
for annual reports is no annual report, and the column that a page stands in proves nothing.
Leaves the year and the body to ``report``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from parsers.model import Kind


class KindRead(NamedTuple):
    """A kind; ``detail`` says more about circulars and other papers."""

    kind: Kind
    detail: str | None = None


# (图片版), (PDF版), 【图解】 behind a title
_SUFFIX = re.compile(r"[(（\[【〔][^()（）\[\]【】〔〕]{0,12}[)）\]】〕]\s*$")
_PUBLIC = r"(?:政府信息|政务|政府政务|信息)公开"

# In order; the first pattern found in the title decides.
_TITLES: tuple[tuple[str, Kind, str | None], ...] = (
    # 关于报送2017年度政府信息公开工作年度报告的通知
    (r"(?:通知|公告|启事)$", "other", "notice"),
    (r"(?:考核|评估|测评|检查|督查).*通报", "circular", "assessment"),
    (r"通报$", "circular", None),
    # 2017年政务公开工作要点落实情况报告
    (
        r"(?:要点|重点工作|任务|分工|方案|意见).*落实.*(?:报告|总结|汇报)?$",
        "implementation_report",
        None,
    ),
    (r"公开.*落实情况", "implementation_report", None),
    (r"政府网站.*(?:年度)?.*(?:报表|年报|年度报告)", "other", "website_report"),
    (r"法治政府|依法行政", "other", "rule_of_law_report"),
    (r"统计公报", "other", "statistics_bulletin"),
    (r"[预决]算", "other", "budget"),
    (r"上半年|下半年|季度|[1-9]-\d{1,2}月", "other", "part_year_report"),
    (r"(?:指南|须知)$", "other", "guide"),
    (r"(?:目录|清单)$", "other", "catalogue"),
    (r"(?:条例|办法|规定|细则|制度|规范)$", "other", "regulation"),
    (r"(?:要点|方案|计划)$", "other", "plan"),
    (r"(?:申请表|申请书|申请)$", "other", "application"),
    (r"统计表$|情况表$|统计数据$", "other", "statistics_table"),
    # 2017年度政府信息公开工作年度报告, 政府信息公开工作2017年度报告, 信息公开年报
    (_PUBLIC + r".{0,14}(?:年度|工作).{0,6}(?:报告|总结|年报)", "annual_report", None),
    (_PUBLIC + r".{0,8}(?:年报|报告)", "annual_report", None),
    (r"年度?.{0,20}" + _PUBLIC + r".{0,10}(?:报告|总结|年报)", "annual_report", None),
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
# 本报告根据《中华人民共和国政府信息公开条例》…编制
_PREFACE = re.compile(r"本(?:年度)?报告.{0,60}信息公开条例")
_CIRCULAR = re.compile(r"(?:情况)?通报如下")
_IMPLEMENTATION = re.compile(r"落实情况.{0,4}(?:报告|汇报)如下")


def read_kind(title: str | None, text: str) -> KindRead:
    """Return the kind of the paper with this title and text."""
    return _kind_by_title(title or "") or _kind_by_text(text)


def _kind_by_title(title: str) -> KindRead | None:
    """Return the kind that the title tells; a column's name (政府信息公开年报) tells none."""
    bare = _SUFFIX.sub("", re.sub(r"\s+", "", title[:_LONGEST_TITLE]))
    for pattern, kind, detail in _TITLE_PATTERNS:
        if pattern.search(bare):
            is_column = kind == "annual_report" and not _YEAR.search(bare)
            return None if is_column else KindRead(kind, detail)
    return None


def _kind_by_text(text: str) -> KindRead:
    """Return the kind that the first words and the headings show."""
    head = text[:_HEAD]
    if _IMPLEMENTATION.search(head):
        return KindRead("implementation_report")
    if _CIRCULAR.search(head):
        return KindRead("circular")
    headings = " ".join(match["words"] for match in _HEADING.finditer(text))
    sections = sum(1 for section in _SECTIONS if section.search(headings))
    if sections >= _ENOUGH_SECTIONS or (_PREFACE.search(head) and sections):
        return KindRead("annual_report")
    return KindRead("other")
