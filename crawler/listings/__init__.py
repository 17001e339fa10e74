"""List pages of columns, one module per CMS family.

Each reader is a pure function from a list page to its items and the requests that may bring
the next page.  This module decides which reader reads a page; the marks of the families are
data (``families``), walking on is left to ``crawler.walk``, choosing among the items to
``titles``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from crawler.listings import generic, gkmlpt, hanweb, jpaas, lonsun, plain_asp, trs, trsapi, xxgk
from crawler.listings.families import families, recognise
from crawler.listings.page import ListItem, ListPage, ListSource, Step
from crawler.listings.titles import is_report_title

__all__ = [
    "FAMILIES",
    "ListItem",
    "ListPage",
    "ListSource",
    "Step",
    "first_step",
    "is_report_list",
    "is_report_title",
    "read_list",
    "report_items",
]

_FEWEST_REPORTS = 2
_SHARE = 0.3
_SHARE_OF_ONE = 0.8

Reader = Callable[[ListSource], ListPage]

_READERS: Mapping[str, Reader] = {
    "generic": generic.read_list,
    "gkmlpt": gkmlpt.read_list,
    "hanweb": hanweb.read_list,
    "jpaas": jpaas.read_list,
    "lonsun": lonsun.read_list,
    "plain_asp": plain_asp.read_list,
    "trs": trs.read_list,
    "trsapi": trsapi.read_list,
    "xxgk": xxgk.read_list,
}
FAMILIES: Mapping[str, Reader] = {
    **{family.name: _READERS[family.reader] for family in families() if family.reader},
    "generic": generic.read_list,
}
"""The families whose lists can be read."""


def read_list(family: str, source: ListSource) -> ListPage:
    """Return what a list page lists; ``auto`` picks the family by the page's marks.

    A page of a family that nothing reads is read as any page; ``needs`` says so where it does
    not show the way to its next page itself.
    """
    if family != "auto":
        return FAMILIES[family](source)
    found = recognise(source.text, source.url)
    for candidate in found:
        if candidate.reader is not None:
            return FAMILIES[candidate.name](source)
        page = generic.read_list(source)
        if not page.steps:
            entries = (i for i in page.items if i.date or is_report_title(i.title))
            return replace(page, items=tuple(entries), needs=f"needs_adapter:{candidate.name}")
    return generic.read_list(source)


def first_step(family: str, url: str) -> Step:
    """Return the request for the first page of a column."""
    return xxgk.first_step(url) if family == "xxgk" else Step(url)


def report_items(page: ListPage) -> tuple[ListItem, ...]:
    """Return the entries of a page that are titled as reports."""
    return tuple(item for item in page.items if is_report_title(item.title))


def is_report_list(page: ListPage) -> bool:
    """Return whether reports are a good part of what a page lists."""
    reports = len(report_items(page))
    share = reports / max(len(page.items), 1)
    return share >= (_SHARE if reports >= _FEWEST_REPORTS else _SHARE_OF_ONE)
