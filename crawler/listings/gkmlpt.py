"""Lists by gkmlpt (Guangdong): a tree of categories in the page, their entries from a JSON API.

``find_columns`` gives the lists of the categories that hold annual reports, ``read_list`` a
page of one.  The tree's script is not JSON, so that site number and categories are taken by
pattern; an outside address (``jump_url``) is left to whoever follows links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from crawler.listings.addresses import absolute_url, parameter, with_parameter
from crawler.listings.page import ListItem, ListPage, ListSource, Step, read_common
from crawler.listings.scripts import number_of, read_json, text_of

# "SID: '755001'", "\"SID\":\"755001\""
_SITE = re.compile(r"\bSID[\"']?\s*:\s*[\"']?(\w{1,20})")
# {"id":2811,"name":"政府信息公开年报", and where a category leads outside
_CATEGORY = re.compile(
    r"\{[^{}\[\]]{0,200}?[\"']?\bid[\"']?\s*:\s*[\"']?(\d{1,9})[\"']?\s*,[^{}\[\]]{0,200}?"
    r"[\"']?\bname[\"']?\s*:\s*[\"']([^\"'{}]{1,80})[\"']"
)
_REPORTS = re.compile(r"年报|年度(?:工作)?报告")
_FOREIGN = re.compile(r"网站|法治|统计|财务|预算|决算")
_API = "/gkmlpt/api/all/"
PER_PAGE = 100
_BEIJING = timezone(timedelta(hours=8))
# "\u5e74\u62a5" as the scripts of these pages write names
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the tree: its name, and the address of its first list page."""

    name: str
    url: str


def find_columns(source: ListSource) -> tuple[Category, ...]:
    """Return the categories of a page's tree that hold annual reports."""
    site = _SITE.search(source.text)
    prefix = source.url.partition("/gkmlpt")[0]
    if site is None or prefix == source.url:
        return ()
    found: dict[str, Category] = {}
    for number, written in _CATEGORY.findall(source.text):
        name = _ESCAPE.sub(lambda code: chr(int(code.group(1), 16)), written)
        if _REPORTS.search(name) and not _FOREIGN.search(name):
            url = f"{prefix}{_API}{number}?page=1&sid={site.group(1)}"
            found.setdefault(url, Category(name, url))
    return tuple(found.values())


def read_list(source: ListSource) -> ListPage:
    """Return what an answer of the API lists; a page with a tree leads to its first category."""
    if _API in source.url:
        return _read_answer(source)
    columns = find_columns(source)
    if columns:
        return ListPage(steps=tuple(Step(column.url, referer=source.url) for column in columns))
    return read_common(source)


def _read_answer(source: ListSource) -> ListPage:
    answer = read_json(source.text)
    if not isinstance(answer, dict):
        return ListPage()
    articles = answer.get("articles")
    rows = articles if isinstance(articles, list) else []
    items = tuple(_items(source, rows))
    classify = answer.get("classify")
    counted = classify.get("post_count") if isinstance(classify, dict) else None
    total = number_of(answer.get("total"))
    total = number_of(counted) if total is None else total
    page = number_of(parameter(source.url, "page")) or 1
    has_more = bool(rows) and (total is None or page * max(len(rows), PER_PAGE) < total)
    following = Step(with_parameter(source.url, "page", page + 1))
    return ListPage(
        items, (following,) if has_more else (), page, declared_total=total, entries_only=True
    )


def _items(source: ListSource, rows: list[object]) -> Iterator[ListItem]:
    for row in rows:
        if not isinstance(row, dict):
            continue
        address = text_of(row.get("url")) or text_of(row.get("post_url"))
        url = absolute_url(source.url, address, source.encoding)
        title = " ".join(text_of(row.get("title")).split())
        if url and title:
            yield ListItem(url, title, _date(row))


def _date(row: dict[str, object]) -> str | None:
    """Return the day of publication in Beijing, from Unix seconds or as printed."""
    for name in ("first_publish_time", "display_publish_time", "date"):
        seconds = row.get(name)
        if isinstance(seconds, int) and 0 < seconds < 2**33:
            return datetime.fromtimestamp(seconds, UTC).astimezone(_BEIJING).strftime("%Y-%m-%d")
    return text_of(row.get("created_at"))[:10] or None
