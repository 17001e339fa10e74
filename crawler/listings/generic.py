"""Lists of no known family: dated links and a link to the next page."""

from __future__ import annotations

from crawler.listings.page import ListPage, ListSource, read_common


def read_list(source: ListSource) -> ListPage:
    """Return what a list page lists, and where its 下一页 (next page) link leads."""
    return read_common(source)
