"""What any list page has in common: links with titles and dates, totals, a way onward.

This module decides what counts as an item of a list and what a page declares about the size
of its list.  How a family numbers its pages is left to the family's module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.html import HtmlElement  # type: ignore[import-untyped]
from parsel import Selector
from w3lib.url import safe_url_string

_SPACE = re.compile(r"\s+")
# "2018-02-27", "2018/2/27", "2018年2月27日"
_DATE = re.compile(r"(?:19|20)\d\d(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)")
_TAGS = r"(?:\s|&nbsp;|<[^<>]{0,120}>){0,8}"
# "共12页", "共<b>12</b>页", "页次:1/12页", "countPage = 7"
_PAGES = re.compile(
    rf"共{_TAGS}(\d{{1,5}}){_TAGS}页|\d{{1,5}}{_TAGS}/{_TAGS}(\d{{1,5}}){_TAGS}页"
    r"|\b(?:countPage|totalPage|pageCount)\s*[=:]\s*['\"]?(\d{1,5})"
)
# "共58条", "共有 58 条记录", "totalRecord:58", "recordCount: '20'"
_TOTAL = re.compile(
    rf"共有?{_TAGS}(\d{{1,6}}){_TAGS}[条篇]"
    r"|\b(?:totalRecord|recordCount|totalCount)s?\s*[=:]\s*['\"]?(\d{1,6})"
)
# "[下一页]", "下页", "next >"
_ONWARD = re.compile(
    r"[\[【<(]?\s*(?:下一?[页頁]|后一页|next\s*(?:page)?)\s*[>»›]*\s*[\]】)]?", re.IGNORECASE
)
# marks of lists that a script fills: "{{ item.title }}", v-for, "<?=el.link?>", ms-repeat
_SCRIPTED = re.compile(r"\{\{|v-for=|<\?=|ms-repeat|id=[\"']app[\"']")
# "location.href='./gknb/'" in a page that holds little else
_STUB = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.replace\s*\()\s*[\"']([^\"'+]{1,300})[\"']\s*\)?\s*[;<\n]"
)
STUB_CHARACTERS = 2048
ROW_ANCHORS = 3
"""A row of a list holds at most this many links (a category, the title, a download)."""

_LIST_TAGS = frozenset({"ul", "ol", "table", "tbody", "thead", "form", "body", "html"})
_CLIMB = 4


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list page: its text, its final address, the encoding that its links are written in."""

    text: str
    url: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class ListItem:
    """One link of a list: absolute address, title, and the date printed beside it."""

    url: str
    title: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """What a list page says.

    ``next_urls`` are the addresses that may hold the next page, the likeliest first.
    ``current`` is the number the page gives itself, in whatever way its family counts.
    ``needs`` names what is missing to read the list (``needs_js``).
    """

    items: tuple[ListItem, ...] = ()
    next_urls: tuple[str, ...] = ()
    current: int | None = None
    declared_pages: int | None = None
    declared_total: int | None = None
    needs: str | None = None


def _first_number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(next(group for group in found.groups() if group)) if found else None


def absolute_url(base: str, href: str, encoding: str) -> str | None:
    """Return the web address a link stands for, escaped as a browser would, or ``None``."""
    href = _SPACE.sub("", href)
    if not href or href.startswith("#") or href.lower().startswith(("javascript:", "mailto:")):
        return None
    try:
        url = safe_url_string(urljoin(base, href), encoding)
    except (ValueError, LookupError):
        return None
    return url.partition("#")[0] if url.startswith(("http://", "https://")) else None


def _title(anchor: HtmlElement) -> str:
    text = _SPACE.sub(" ", anchor.text_content()).strip()
    full = _SPACE.sub(" ", anchor.get("title") or "").strip()
    return full if len(full) > len(text.rstrip(".…")) else text


def _printed_date(anchor: HtmlElement) -> str | None:
    """Return the date printed in the same row as the link, but not inside it."""
    own = anchor.text_content()
    node = anchor.getparent()
    for _ in range(_CLIMB):
        if node is None or node.tag in _LIST_TAGS:
            return None
        if (
            sum(1 for _, __ in zip(range(ROW_ANCHORS + 1), node.iter("a"), strict=False))
            > ROW_ANCHORS
        ):
            return None
        found = _DATE.search(node.text_content().replace(own, " ", 1))
        if found:
            return found.group()
        node = node.getparent()
    return None


def _items(source: ListSource, selector: Selector, base: str) -> tuple[ListItem, ...]:
    items: dict[str, ListItem] = {}
    for found in selector.xpath("//a[@href]"):
        anchor = found.root
        title = _title(anchor)
        url = absolute_url(base, anchor.get("href"), source.encoding)
        if url is None or len(title) < 4 or url == source.url or _ONWARD.fullmatch(title):
            continue
        items.setdefault(url, ListItem(url, title, _printed_date(anchor)))
    dated = tuple(item for item in items.values() if item.date)
    return dated or tuple(items.values())


def _onward(source: ListSource, selector: Selector, base: str) -> tuple[str, ...]:
    for found in selector.xpath("//a[@href]"):
        anchor = found.root
        text = anchor.text_content().strip() or (anchor.get("title") or "").strip()
        if _ONWARD.fullmatch(text):
            url = absolute_url(base, anchor.get("href"), source.encoding)
            if url is not None and url != source.url:
                return (url,)
    return ()


def _stub_target(source: ListSource, base: str) -> tuple[str, ...]:
    found = _STUB.search(source.text) if len(source.text) < STUB_CHARACTERS else None
    url = absolute_url(base, found.group(1), source.encoding) if found else None
    return (url,) if url and url != source.url else ()


def read_common(source: ListSource) -> ListPage:
    """Return what can be read from any list page, whatever its family."""
    selector = Selector(text=source.text or " ", type="html")
    base = urljoin(source.url, selector.xpath("string(//base/@href)").get() or "")
    items = _items(source, selector, base)
    next_urls = _onward(source, selector, base)
    if not items and not next_urls:
        next_urls = _stub_target(source, base)
    total = _first_number(_TOTAL, source.text)
    scripted = not items and not next_urls and bool(_SCRIPTED.search(source.text))
    return ListPage(
        items=items,
        next_urls=next_urls,
        declared_pages=_first_number(_PAGES, source.text),
        declared_total=total,
        needs="needs_js" if scripted else None,
    )
