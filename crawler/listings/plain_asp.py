"""Old ASP, PHP and JSP lists: pages counted by a parameter of the address.

History: servers of this kind answer a page number past the end with the last page and status
200, so that a list ends where a page repeats (``crawler.walk``), whatever it says of itself.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.listings.page import ListPage, ListSource, Step, read_common

# "list.asp?classid=12&page=3", "index.php?PageNo=2"
_PAGE_PARAMETER = re.compile(
    r"(?<=[?&])(page|pageno|curpage|currpage|pn|p)=(\d{1,5})(?=&|#|$)", re.IGNORECASE
)


# "页次：2/6页", "第2页/共6页": the addresses of some servers count from 0
_PRINTED = re.compile(
    r"页次\s*[:：]?(?:\s|<[^<>]*>)*(\d{1,5})(?:\s|<[^<>]*>)*/|第\s*(\d{1,5})\s*页"
)


def read_list(source: ListSource) -> ListPage:
    """Return what a list page lists; a missing 下一页 link is replaced by counting on."""
    page = read_common(source)
    numbered = _PAGE_PARAMETER.search(source.url)
    printed = _PRINTED.search(source.text)
    asked = int(numbered.group(2)) if numbered else 1
    current = int(printed.group(1) or printed.group(2)) if printed else None
    page = replace(page, current=current)
    if page.steps or (current or asked) >= (page.declared_pages or 0):
        return page
    return replace(page, steps=(Step(_counted_on(source.url, numbered, asked + 1)),))


def _counted_on(url: str, numbered: re.Match[str] | None, number: int) -> str:
    if numbered:
        return f"{url[: numbered.start(2)]}{number}{url[numbered.end(2) :]}"
    return f"{url}{'&' if '?' in url else '?'}page={number}"
