"""TRS lists that are half static (动静结合): the first page in HTML, the others from WAS.

The page's script either writes out the address of the search server but for the number of the
page, or names the channel and the condition of its list.  The server answers in HTML or in JSON,
sometimes with trailing commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from crawler.listings.addresses import absolute_url, parameter, with_parameter
from crawler.listings.page import ListItem, ListPage, ListSource, Step, read_common
from crawler.listings.scripts import number_of, read_json, text_of

_SEARCH = "/was5/web/search"
# $.get("/was5/web/search?channelid=290993&searchword=&page=" + n + "&perpage=8", …
_WRITTEN = re.compile(
    r"[\"']([^\"'\s]{0,80}/was5/web/search\?[^\"'\s]*\bpage=)[\"']\s*\+\s*\w+\s*(?:\+\s*[\"']([^\"'\s]*))?"
)
# "channelid: 200210", "channelid: SiteInfo.searchId" with "searchId: 200210"
_CHANNEL = re.compile(r"(?:channelid|searchId)\s*:\s*[\"']?(\d{3,9})", re.IGNORECASE)
# "classsql: \"\" || \"chnlid=1813\""
_CONDITION = re.compile(r"classsql\s*:\s*(?:[\"'][\"']\s*\|\|\s*)?[\"']([^\"']+)[\"']")
_ORDER = re.compile(r"sortfield\s*:\s*[\"']([^\"']+)[\"']")
_PER_PAGE = re.compile(r"prepage\s*:\s*[\"']?(\d{1,3})")
_TRAILING_COMMA = re.compile(r",\s*(?=[\]}])")
_TITLES = ("doctitle", "title", "DOCTITLE")
_ADDRESSES = ("chnldocurl", "docpuburl", "url", "DOCPUBURL")
_DATES = ("docreltime", "pubdate", "time", "DOCRELTIME")


def read_list(source: ListSource) -> ListPage:
    """Return what the static page, or an answer of the search server, lists."""
    if _SEARCH in source.url:
        return _read_answer(source)
    page = read_common(source)
    address = _written_address(source.text) or _made_address(source.text)
    url = absolute_url(source.url, address, "utf-8") if address else None
    if url is None or (page.declared_total or len(page.items) + 1) <= len(page.items):
        return page
    return replace(page, steps=(Step(url, referer=source.url),), needs=None)


def _written_address(text: str) -> str | None:
    """Return the address of page 2 where the script writes it out."""
    found = _WRITTEN.search(text)
    return f"{found.group(1)}2{found.group(2) or ''}" if found else None


def _made_address(text: str) -> str | None:
    """Return the address of page 2 from channel and condition."""
    channel, condition = _CHANNEL.search(text), _CONDITION.search(text)
    if channel is None or condition is None:
        return None
    order, per_page = _ORDER.search(text), _PER_PAGE.search(text)
    query = [f"channelid={channel.group(1)}", f"classsql={quote(condition.group(1), safe='')}"]
    query += [f"sortfield={quote(order.group(1), safe=',-+')}"] if order else []
    query += [f"prepage={per_page.group(1)}"] if per_page else []
    return f"{_SEARCH}?{'&'.join(query)}&page=2"


def _read_answer(source: ListSource) -> ListPage:
    answer = read_json(_TRAILING_COMMA.sub("", source.text))
    if not isinstance(answer, dict):
        return _read_html(source)
    rows = next((value for value in answer.values() if isinstance(value, list)), [])
    items = tuple(_items(source, rows))
    total = next(filter(None, (number_of(answer.get(n)) for n in ("count", "total"))), None)
    page = number_of(parameter(source.url, "page")) or 1
    per_page = number_of(parameter(source.url, "prepage")) or max(len(rows), 1)
    has_more = bool(rows) and (total is None or page * per_page < total)
    referer = source.step.referer if source.step else None
    following = Step(with_parameter(source.url, "page", page + 1), referer=referer)
    return ListPage(
        items, (following,) if has_more else (), page, declared_total=total, entries_only=True
    )


def _read_html(source: ListSource) -> ListPage:
    """Return what an answer in HTML lists; it is counted on until nothing new comes."""
    page = read_common(source)
    number = number_of(parameter(source.url, "page")) or 1
    referer = source.step.referer if source.step else None
    following = Step(with_parameter(source.url, "page", number + 1), referer=referer)
    is_last = not page.items or number == page.declared_pages
    return replace(page, current=number, steps=() if is_last else (following,), needs=None)


def _items(source: ListSource, rows: list[object]) -> Iterator[ListItem]:
    for row in rows:
        if not isinstance(row, dict):
            continue
        address, title, date = (
            next((text for name in names if (text := text_of(row.get(name)))), "")
            for names in (_ADDRESSES, _TITLES, _DATES)
        )
        url = absolute_url(source.base, address, source.encoding)
        if url and title:
            yield ListItem(url, " ".join(title.split()), date[:10] or None)
