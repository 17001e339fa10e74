"""The pictures in the main content of a page: some reports, and many tables, are nothing else.

This module decides which pictures are fetched with a page.  Which part of a page is its main
content is left to ``parsers.content``.
"""

from __future__ import annotations

from itertools import islice

from lxml import etree  # type: ignore[import-untyped]

from crawler.listings.addresses import absolute_url
from crawler.listings.page import ListSource, base_of, parse_page
from parsers.content import find_container, find_pictures
from parsers.model import Link

MOST_PICTURES = 60
"""A scanned report of more pages than this is looked at by a person."""


def find_picture_links(source: ListSource) -> tuple[Link, ...]:
    """Return the pictures of a page's main content, in order, each once."""
    if "<img" not in source.text.lower():
        return ()
    selector = parse_page(source.text)
    body = selector.root.find("body")
    if body is None:
        return ()
    etree.strip_elements(body, etree.Comment, "script", "style", "noscript", with_tail=False)
    base = base_of(source, selector)
    found: dict[str, Link] = {}
    for picture in islice(find_pictures(find_container(body, None).node), MOST_PICTURES):
        url = absolute_url(base, picture.get("src", ""), source.encoding)
        if url is not None:
            found.setdefault(url, Link(url, picture.get("alt", "") or picture.get("title", "")))
    return tuple(found.values())
