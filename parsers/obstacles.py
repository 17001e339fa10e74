"""Recognising a page that stands in the place of the one asked for, and is no block.

This module decides by words (``obstacles.toml``) in short pages, and tells a home page from a
report.  A page with figures of a report is a report, whatever words it holds.  Pages of
anti-bot systems are left to ``blocks``.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from parsers.model import Document, Report

SHORT_TEXT = 600
"""Characters; an error page says little besides."""

MANY_LINKS = 30
"""Links that a home page has at least, and an error page seldom."""

_SPACE = re.compile(r"\s+")
_HOME_PATHS = re.compile(r"/(?:(?:index|default|main|home)\.[a-z]{3,5})?", re.IGNORECASE)
# 某某县人民政府门户网站, 首页_某某区人民政府, 欢迎访问某某市政府网
_HOME_TITLE = re.compile(
    r"(?:首页|欢迎(?:访问|您|光临).*|.{0,30}(?:政府|委员会|管委会|局|厅|办公室)(?:门户|网|网站|站)*(?:首页)?"
    r"|.{0,30}(?:门户网站|政府网|政务网|信息网)(?:首页)?)(?:\s*[-_|—–].*)?"
)

# 更多>>, [更多], 查看更多, MORE+: a page of many columns shows the head of each
_MORE = re.compile(r"[\[【]?(?:查看|阅读)?(?:更多|more)[>»›+.…]*[\]】]?", re.IGNORECASE)
_MANY_COLUMNS = 5

# 示例区2019年政府信息公开工作年度报告, 2012年政务公开工作总结
_REPORT_TITLE = re.compile(r"报告|年报|总结")


@cache
def _obstacles() -> tuple[tuple[str, frozenset[int], re.Pattern[str]], ...]:
    text = files("parsers").joinpath("obstacles.toml").read_text("utf-8")
    return tuple(
        (
            table["name"],
            frozenset(table.get("status", ())),
            re.compile("|".join(map(re.escape, table["phrases"])), re.IGNORECASE),
        )
        for table in tomllib.loads(text)["obstacle"]
    )


def find_obstacle(status: int, text: str) -> str | None:
    """Return what a short answer says instead of what was asked for, ``None`` if nothing such.

    ``text`` are the characters of the page without markup.
    """
    folded = _SPACE.sub(" ", text).strip()
    for name, statuses, phrases in _obstacles():
        if status in statuses or (len(folded) <= SHORT_TEXT and phrases.search(folded)):
            return name
    return None


def is_home_address(url: str, home: str | None) -> bool:
    """Return whether an address is that of a home page: the portal's, or the root of a host."""
    parts = urlsplit(url)
    at_root = not parts.query and _HOME_PATHS.fullmatch(parts.path or "/") is not None
    return at_root or (home is not None and url.rstrip("/") == home.rstrip("/"))


def find_obstacle_in(document: Document, report: Report) -> str | None:
    """Return what a page that was sent with status 200 is instead of a report."""
    if report.statistics or document.tables or document.attachments:
        return None
    if _is_front_page(document):
        return "home_page"
    title = (document.title or "").strip()
    if document.media_type != "text/html" or _REPORT_TITLE.search(title):
        return None  # a stub of a report is a report; that it is short is for others to say
    if len(document.links) >= MANY_LINKS and _HOME_TITLE.fullmatch(title):
        return "home_page"
    return find_obstacle(200, f"{title} {document.text}")


def _is_front_page(document: Document) -> bool:
    """Return whether a page shows the heads of many columns and no sentence of its own."""
    if "。" in document.text or len(document.links) < MANY_LINKS:
        return False
    return sum(bool(_MORE.fullmatch(link.text.strip())) for link in document.links) >= _MANY_COLUMNS
