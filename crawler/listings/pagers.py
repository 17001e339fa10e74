"""The ways to further pages that a list shows a person: a link onward, arrows, numbers, scripts.

This module decides which of a page's links lead to more of its list, and what a script would
ask for that counts pages (``javascript:goPage(3)``): the address it writes, or the form it
sends.  How a family numbers its pages is left to the family's module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote_plus, urlsplit

from lxml.html import HtmlElement  # type: ignore[import-untyped]
from parsel import Selector

from crawler.listings.addresses import absolute_url, with_parameter
from crawler.listings.leads import written_address

# "[下一页]", "下页", "next >"
ONWARD = re.compile(
    r"[\[【<(]?\s*(?:下一?[页頁]|后一页|next\s*(?:page)?)\s*[>»›]*\s*[\]】)]?", re.IGNORECASE
)
_ARROW = re.compile(r"[>›＞]")  # ">>" may be the last page
_NUMBER = re.compile(r"[\[【(]?\s*\d{1,4}\s*[\]】)]?")
_MOST_NUMBERS = 60
_MOST_ONWARD = 4  # above and below the list, for the mouse and for phones
_DIGITS = re.compile(r"\d+")
# "javascript:goPage(3)", "return toPage('3');"
_CALL = re.compile(r"\b([A-Za-z_]\w{0,40})\(\s*[\"']?(\d{1,5})[\"']?\s*\)")
# "function goPage(n){document.pageForm.pn.value=n;document.pageForm.submit();}"
_FUNCTION = r"function\s+{name}\s*\(\s*(\w{{1,30}})\s*\)\s*\{{([^{{}}]{{1,600}})\}}"
# "document.pageForm.pn.value=n", "$('#pn').val(n)"
_SET = r"(\w{{1,40}})[\"'\])]*\.(?:value\s*=\s*|val\(\s*){name}\b"
# "location.href='list.jsp?page='+n+'&cat=2'"
_WRITTEN = (
    r"[\"']([^\"'\s]{{1,200}})[\"']\s*\+\s*{name}\b(?:\s*\+\s*[\"']([^\"'\s]{{0,200}})[\"'])?"
)

Way = tuple[str, str | None]
"""An address, and the body of the form that is posted to it, if one is."""


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a page leads, the likeliest way first; ``is_unread`` if it leads where none can follow."""

    ways: tuple[Way, ...] = ()
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """A list page: its text and elements, its own address, the base and encoding of its links."""

    text: str
    selector: Selector
    here: str
    base: str
    encoding: str


def find_onward(text: str, selector: Selector, here: str, base: str, encoding: str) -> Onward:
    """Return the ways to further pages: the link onward, else the arrow and numbers of a pager."""
    page = _Page(text, selector, here, base, encoding)
    anchors = selector.xpath("//a[@href or @onclick]")
    named = [one.root for one in anchors if ONWARD.fullmatch(_said(one.root))][:_MOST_ONWARD]
    ways = list(islice((way for anchor in named for way in _ways(page, anchor)), 1))
    if not ways:
        ways = list(_pager(page, [found.root for found in anchors]))
    further = dict.fromkeys(way for way in ways if way != (here, None))
    is_unread = not ways and any(_CALL.search(_script(anchor)) for anchor in named)
    return Onward(tuple(further), is_unread)


def _said(anchor: HtmlElement) -> str:
    return anchor.text_content().strip() or (anchor.get("title") or "").strip()


def _script(anchor: HtmlElement) -> str:
    return f"{anchor.get('onclick') or ''} {anchor.get('href') or ''}"


def _pager(page: _Page, anchors: list[HtmlElement]) -> Iterator[Way]:
    """Yield what the arrow and the numbers of a pager lead to; one number makes a pager."""
    numbered = [anchor for anchor in anchors if _NUMBER.fullmatch(_said(anchor))][:_MOST_NUMBERS]
    ways = [way for anchor in numbered for way in _ways(page, anchor) if _is_near(page, way)]
    if ways:
        arrows = [anchor for anchor in anchors if _ARROW.fullmatch(_said(anchor))][:_MOST_ONWARD]
        yield from (way for arrow in arrows for way in _ways(page, arrow) if _is_near(page, way))
        yield from ways


def _is_near(page: _Page, way: Way) -> bool:
    """Return whether an address lies beside or below that of the page."""
    here, there = urlsplit(page.here), urlsplit(way[0])
    folders = [parts.path.rpartition("/")[0] for parts in (here, there)]
    alike = _DIGITS.sub("", folders[0]) == _DIGITS.sub("", folders[1])
    return here.hostname == there.hostname and (alike or folders[1].startswith(folders[0]))


def _ways(page: _Page, anchor: HtmlElement) -> Iterator[Way]:
    """Yield what a link asks for, if that can be known."""
    written = written_address(anchor)
    if written:
        url = absolute_url(page.base, written, page.encoding)
        if url is not None:
            yield url, None
        return
    call = _CALL.search(_script(anchor))
    function = call and re.search(_FUNCTION.format(name=call.group(1)), page.text)
    if call and function:
        yield from _called(page, function.group(1), function.group(2), call.group(2))


def _called(page: _Page, name: str, script: str, number: str) -> Iterator[Way]:
    """Yield what a function asks for whose parameter ``name`` is the number of a page."""
    field = re.search(_SET.format(name=name), script)
    if field:
        yield from _sent(page, field.group(1), number)
        return
    written = re.search(_WRITTEN.format(name=name), script)
    if written:
        address = f"{written.group(1)}{number}{written.group(2) or ''}"
        url = absolute_url(page.base, address, page.encoding)
        if url is not None:
            yield url, None


def _sent(page: _Page, field: str, number: str) -> Iterator[Way]:
    """Yield the request of the form with a field, the field set to a number; none if it is so set."""
    inputs = page.selector.xpath("//form//input[@name=$name or @id=$name]", name=field)
    if not inputs or inputs[0].root.get("value") == number:
        return
    form = next(inputs[0].root.iterancestors("form"))
    url = absolute_url(page.base, form.get("action") or page.here, page.encoding)
    if url is None:
        return
    chosen = inputs[0].root.get("name") or field
    values = {
        each.get("name"): each.get("value") or ""
        for each in form.iter("input")
        if each.get("name") and (each.get("type") or "text").lower() in {"hidden", "text"}
    } | {chosen: number}
    if (form.get("method") or "get").lower() == "post":
        body = "&".join(f"{_quoted(page, n)}={_quoted(page, v)}" for n, v in values.items())
        # The address says the page too, so that answers are told apart.
        yield with_parameter(url, chosen, number), body
        return
    for name, value in values.items():
        url = with_parameter(url, _quoted(page, name), _quoted(page, value))
    yield url, None


def _quoted(page: _Page, value: str) -> str:
    return quote_plus(value, encoding=page.encoding, errors="replace")
