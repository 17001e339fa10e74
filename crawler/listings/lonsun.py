"""Lists by Lonsun (龙讯; Anhui, Jiangxi, Qinghai): pages counted by ``pageIndex``.

``/public/column/<org>?type=4&catId=…&action=list`` is a column of the directory of one organ.
Without a link to the next page its number is counted on, to the declared end or until a page
brings nothing new.
"""

from __future__ import annotations

from dataclasses import replace

from crawler.listings.addresses import parameter, with_parameter
from crawler.listings.page import ListPage, ListSource, Step, read_common
from crawler.listings.scripts import number_of


def read_list(source: ListSource) -> ListPage:
    """Return what a list page lists, and the address that counts on."""
    page = read_common(source)
    current = number_of(parameter(source.url, "pageIndex")) or 1
    is_last = page.declared_pages is not None and current >= page.declared_pages
    if page.needs or not page.items or is_last:
        return replace(page, current=current)
    following = Step(with_parameter(source.url, "pageIndex", current + 1))
    return replace(page, current=current, steps=tuple(dict.fromkeys((*page.steps, following))))
