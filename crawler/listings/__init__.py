"""List pages of columns, one module per CMS family.

Each family is a pure function from a list page to its items and the addresses of the next
list page.  This module decides which family reads a page; walking on is left to
``crawler.walk``, choosing among the items to ``titles``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crawler.listings import generic, plain_asp, trs
from crawler.listings.page import ListItem, ListPage, ListSource
from crawler.listings.titles import is_report_title

__all__ = ["FAMILIES", "ListItem", "ListPage", "ListSource", "is_report_title", "read_list"]

FAMILIES: Mapping[str, Callable[[ListSource], ListPage]] = {
    "trs": trs.read_list,
    "plain_asp": plain_asp.read_list,
    "generic": generic.read_list,
}
_FINGERPRINTS = (("trs", trs.FINGERPRINT), ("plain_asp", plain_asp.FINGERPRINT))


def read_list(family: str, source: ListSource) -> ListPage:
    """Return what a list page lists; ``auto`` picks the family by the page's fingerprints."""
    if family == "auto":
        found = (name for name, pattern in _FINGERPRINTS if pattern.search(source.text))
        family = next(found, "generic")
    return FAMILIES[family](source)
