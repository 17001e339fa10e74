"""Which titles of a list are worth fetching.

This module decides by the words of a link: annual reports and their kin (circulars on the
work, reports on the year's key points, statistics) are kept, notices *about* reports and the
many other things that such columns hold are not.  What a page really is, is decided by
reading it.
"""

from __future__ import annotations

import re

_SPACE = re.compile(r"\s+")
LONGEST = 1000
"""Characters; what is longer is a paragraph within a link."""

# "2017", "二〇一七", "二○0八"
_YEAR = re.compile(r"(?:19|20)\d\d|[二2][〇○零OoＯ0]{1,2}[〇○零一二三四五六七八九十]{1,2}")

# "2017年政府信息公开工作年度报告", "2008年政务公开年报", "2019年信息公开年度…" (cut off by the list)
_REPORT = re.compile(
    r"(?:政府信息|政务|信息)公开.{0,8}"
    r"(?:年度(?:工作)?(?:报告|总结)|年报|报告|年度(?:工作)?(?:…|\.\.))"
)
# "2015年度报告" in a column of annual reports
_BARE_REPORT = re.compile(r"年度(?:工作)?报告|年报")

# "政务公开工作要点落实情况的报告", "政务公开考核情况的通报", "政府信息公开情况统计表", "上半年统计"
_RELATED = re.compile(
    r"(?:政府信息|政务|信息)公开.{0,24}(?:落实情况|通报|统计表|统计数据|半年.{0,6}统计)"
    r"|半年.{0,12}(?:政府信息|政务|信息)公开.{0,12}统计"
)

# "关于编制2019年政府信息公开工作年度报告的通知", "关于做好…年度报告发布工作的通知"
_NOTICE = re.compile(
    r"(?:编制|报送|发布|有关事项|格式).{0,40}通知|通知.{0,6}(?:编制|报送|有关事项|格式)"
)
# "我市2012年政府信息公开年报编制工作获通报表扬", "召开…年报编制工作培训会"
_NEWS = re.compile(
    r"(?:获|受到|荣获|得到).{0,8}(?:表扬|表彰|好评|肯定|奖)|(?:召开|举办|举行|开展|部署|启动).{4,}"
    r"|(?:编制|报送|发布)工作(?!.{0,4}报告)|培训(?:会|班)?|会议|解读|一图读懂"
)
# "…局2016年政府信息公…", "…局政府信息公开工作2024年…": what is left of a title cut off by its list
_CUT = re.compile(
    r"(?:政府|政府信|政府信息|政府信息公|信息公开.{0,14}|政务公开.{0,14})(?:…|\.\.+)$"
)
# "…局政府信息公开工作2…": cut off before its year; a column's name has no body before it
_CUT_EARLY = re.compile(r".{4,}(?:政府信息|政务|信息)公开(?:工作)?\d{0,4}(?:…|\.\.+)$")
# other annual reports and columns beside ours
_FOREIGN = re.compile(
    r"政府网站.{0,6}年度|网站工作年度报表|法治政府|统计公报|预算|决算|公开指南|公开目录"
)
# "政府信息公开申请表", "政府信息公开条例": excluded unless the title is a report's
_FORMS_AND_RULES = re.compile(r"申请|条例|指南|目录")


def is_report_title(title: str) -> bool:
    """Return whether a link of this text, in a column of reports, is worth fetching."""
    title = _SPACE.sub("", title[: 2 * LONGEST])
    if len(title) > LONGEST:
        return False
    unwanted = (_NOTICE, _FOREIGN, _NEWS)
    has_year = _YEAR.search(title) or _CUT_EARLY.search(title)
    if not has_year or any(pattern.search(title) for pattern in unwanted):
        return False
    if (_CUT.search(title) or _CUT_EARLY.search(title)) and not _FORMS_AND_RULES.search(title):
        return True
    if _REPORT.search(title) or _RELATED.search(title):
        return True
    return bool(_BARE_REPORT.search(title)) and not _FORMS_AND_RULES.search(title)
