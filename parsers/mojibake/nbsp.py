"""Undoes no-break spaces that were written as question marks.

U+00A0 has no code in GBK, so that re-encoding a page header writes ``?`` for it:
``公开办??发布时间`` was ``公开办  发布时间``.  Only the head of a page is looked at, and only
question marks that stand before the label of a header field: a question is never touched.
"""

from __future__ import annotations

import re

from parsers.model import Finding, Repair

_HEAD = 1500  # characters
# 公开办??发布时间: · 2012-03-24?? 字号【
_LOST_SPACE = re.compile(
    r"\?(?<=[\u4e00-\u9fff0-9】\])）]\?)\?{0,3}(?=[ \u3000]?"
    r"(?:发布|发文|来源|作者|日期|时间|字号|字体|浏览|点击|访问|阅读|编辑|责任编辑|信息来源|索引|文号"
    r"|主题|公开|打印|关闭|分享|成文|生成|生效|录入|审核|更新|添加|【|\[))"
)


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return a repair for each run of question marks that stands for spaces."""
    if received.find("?", 0, _HEAD) < 0:
        return [], []
    repairs = [
        Repair(
            found.start(),
            found.end(),
            found[0],
            " " * len(found[0]),
            "nbsp_question_mark",
            exact=False,
        )
        for found in _LOST_SPACE.finditer(received, 0, _HEAD)
    ]
    return repairs, []
