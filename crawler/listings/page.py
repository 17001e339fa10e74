"""What any list page has in common: links with titles and dates, totals, a way onward.

This module decides what counts as an item of a list and what a page declares about the size
of its list.  How a family numbers its pages is left to the family's module, which links lead
to further pages to ``pagers``, pages that only lead elsewhere (frames, redirects) to ``leads``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin

from lxml.html import HtmlElement  # type: ignore[import-untyped]
from parsel import Selector

from crawler.listings.addresses import absolute_url
from crawler.listings.leads import find_leads, written_address
from crawler.listings.pagers import ONWARD, find_onward
from crawler.listings.titles import is_report_title

_SPACE = re.compile(r"\s+")
# "2018-02-27", "2018/2/27", "2018年2月27日"
_DATE = re.compile(r"(?:19|20)\d\d(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)")
_TAGS = r"(?:\s|&nbsp;|<[^<>]{0,120}>){0,8}"
# "共12页", "共<b>12</b>页", "页次:1/12页", "countPage = 7"
_PAGES = re.compile(
    rf"共{_TAGS}(\d{{1,5}}){_TAGS}页|(?<![\d/])\d{{1,5}}{_TAGS}/{_TAGS}(\d{{1,5}}){_TAGS}页(?!次)"
    r"|\b(?:countPage|totalPage|pageCount)\s*[=:]\s*['\"]?(\d{1,5})"
)
# "共58条", "共有 58 条记录", "totalRecord:58", "recordCount: '20'"
_TOTAL = re.compile(
    rf"共有?{_TAGS}(\d{{1,6}}){_TAGS}[条篇]"
    r"|\b(?:totalRecord|recordCount|totalCount)s?\s*[=:]\s*['\"]?(\d{1,6})"
)
# marks of lists that a script fills: "{{ item.title }}", v-for, "<?=el.link?>", ms-repeat
_SCRIPTED = re.compile(r"\{\{|v-for=|<\?=|ms-repeat|id=[\"']app[\"']")
_SEEN = "//title//text() | //body//text()[not(parent::script or parent::style)]"
ROW_ANCHORS = 3
"""A row of a list holds at most this many links (a category, the title, a download)."""

# A list with a single link may be a row: <ul><li>title</li><li>date</li></ul>
_LIST_TAGS = frozenset({"ul", "ol", "table", "tbody", "thead"})
_WHOLE = frozenset({"form", "body", "html"})
_CLIMB = 4


@dataclass(frozen=True, slots=True)
class Step:
    """The request for one page of a list; with ``form`` it is a POST of that body.

    ``referer`` is the page whose script would make the request, where the server wants to
    know it; links in the answer are relative to it.
    """

    url: str
    form: str | None = None
    referer: str | None = None


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list page: its text, its final address, the encoding that its links are written in.

    ``step`` is the request that brought it, ``declared`` the size of the list as an earlier
    page declared it.
    """

    text: str
    url: str
    encoding: str = "utf-8"
    step: Step | None = None
    declared: int | None = None

    @property
    def base(self) -> str:
        """The address that links of an answer without a page of its own are relative to."""
        return (self.step.referer if self.step else None) or self.url


@dataclass(frozen=True, slots=True)
class ListItem:
    """One link of a list: absolute address, title, and the date printed beside it."""

    url: str
    title: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """What a list page says.

    ``steps`` are requests that may bring the next page, the likeliest first.  ``current`` is
    the number the page gives itself, in whatever way its family counts.  ``entries_only``
    says that the items are the entries of the list and nothing else of the page, so that they
    may be counted; ``sparse`` that a page without entries is not the end (a page per year).
    ``needs`` names what is missing to read the list (``needs_js``, ``needs_adapter:epoint``).
    """

    items: tuple[ListItem, ...] = ()
    steps: tuple[Step, ...] = ()
    current: int | None = None
    declared_pages: int | None = None
    declared_total: int | None = None
    entries_only: bool = False
    sparse: bool = False
    needs: str | None = None


def _first_number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(next(group for group in found.groups() if group)) if found else None


def _title(anchor: HtmlElement) -> str:
    text = _SPACE.sub(" ", anchor.text_content()).strip()
    full = _SPACE.sub(" ", anchor.get("title") or "").strip()
    return full if len(full) > len(text.rstrip(".…")) else text


def _printed_date(anchor: HtmlElement) -> str | None:
    """Return the date printed in the same row as the link, but not inside it."""
    own = anchor.text_content()
    node = anchor.getparent()
    for _ in range(_CLIMB):
        most = 1 if node is not None and node.tag in _LIST_TAGS else ROW_ANCHORS
        if node is None or node.tag in _WHOLE or len(tuple(islice(node.iter("a"), 4))) > most:
            return None
        found = _DATE.search(node.text_content().replace(own, " ", 1))
        if found:
            return found.group()
        node = node.getparent()
    return None


def parse_page(text: str) -> Selector:
    """Return the elements of a page, or of a piece of one."""
    return Selector(text=text or " ", type="html")


def visible_text(text: str) -> str:
    """Return the characters of a page that a person sees, its title included."""
    return " ".join(parse_page(text).xpath(_SEEN).getall())


def base_of(source: ListSource, selector: Selector) -> str:
    """Return the address that the links of a page are relative to."""
    href: str = selector.xpath("string(//base/@href)").get() or ""
    return urljoin(source.base, href.strip())


def find_links(source: ListSource, selector: Selector) -> tuple[ListItem, ...]:
    """Return every link of a page once, in order, with its title and the date of its row."""
    base = base_of(source, selector)
    items: dict[str, ListItem] = {}
    for found in selector.xpath("//a[@href or @onclick]"):
        anchor = found.root
        title = _title(anchor)
        url = absolute_url(base, written_address(anchor), source.encoding)
        if url is None or not title or url == source.url or ONWARD.fullmatch(title):
            continue
        known = items.get(url)
        if known is None or (known.date is None and len(title) > len(known.title)):
            items[url] = ListItem(url, title, _printed_date(anchor))
    return tuple(items.values())


def find_items(source: ListSource, selector: Selector) -> tuple[ListItem, ...]:
    """Return the dated links of a page; all links where none is dated."""
    links = tuple(item for item in find_links(source, selector) if len(item.title) > 3)
    return tuple(item for item in links if item.date) or links


def read_records(source: ListSource, fragments: str) -> tuple[ListItem, ...]:
    """Return the links of a piece of markup that holds entries of a list and nothing else."""
    links = find_links(source, parse_page(fragments))
    return tuple(item for item in links if len(item.title) > 1)


def declared_pages(text: str) -> int | None:
    """Return the number of list pages that a page prints or its script says."""
    return _first_number(_PAGES, text)


def declared_total(text: str) -> int | None:
    """Return the number of entries that a page prints or its script says."""
    return _first_number(_TOTAL, text)


def read_common(source: ListSource) -> ListPage:
    """Return what can be read from any list page, whatever its family."""
    selector = parse_page(source.text)
    items = find_items(source, selector)
    base = base_of(source, selector)
    onward = find_onward(source.text, selector, source.url, base, source.encoding)
    referer = source.step.referer if source.step else None
    steps = tuple(Step(url, form, source.url if form else referer) for url, form in onward.ways)
    is_list = any(item.date or is_report_title(item.title) for item in items)
    if not steps and not is_list:
        leads = find_leads(source.text, selector, base, source.encoding)
        steps = tuple(Step(url) for url in leads if url != source.url)
        if steps:  # the links of a shell are its menu
            return ListPage(steps=steps)
    scripted = not steps and not is_list and _SCRIPTED.search(source.text)
    pages, total = declared_pages(source.text), declared_total(source.text)
    is_stuck = onward.is_unread and not steps and pages is None and total is None
    return ListPage(
        items=() if scripted else items,
        steps=steps,
        declared_pages=pages,
        declared_total=total,
        needs="needs_js" if scripted else "needs_adapter:pager" if is_stuck else None,
    )
