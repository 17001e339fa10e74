"""Lists by TRS WCM (拓尔思), UCAP and their kin: static pages numbered by a script.

``createPageHTML`` comes with two signatures, told apart by whether its first argument is
quoted: (A) pages, current page, base name, extension; (B) container, pages, current page,
base name, extension.  Both may end with the number of entries.  The files are numbered from
the current page that the *first* page prints: where it says 0, page 2 is ``index_1``; where it
says 1, page 2 is ``index_2``.  The other number is offered second, for ``crawler.walk`` to try
when the first turns out to be no new page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from crawler.listings.page import ListPage, ListSource, Step, base_of, parse_page, read_common

# createPageHTML(7, 0, "index", "shtml", "black2", 136);
# createPageHTML('page_div', 25, 1, 'index', 'html', 500);
_CALL = re.compile(r"createPageHTML\(\s*((?:\d|[\"'])[^()]{3,200})\)")
# var currentPage=0; ... var countPage=56  (the older form, written out in the page)
_CURRENT = re.compile(r"\bvar\s+currentPage\s*=\s*(\d{1,5})")
_COUNT = re.compile(r"\bvar\s+countPage\s*=\s*(\d{1,5})")
# href=\"index"+"_"+nextPage+"."+"html\"
_NAMED = re.compile(
    r"([\w-]{1,40})\"\s*\+\s*\"_\"\s*\+\s*nextPage\s*\+\s*\"\.\"\s*\+\s*\"(\w{2,6})"
)


@dataclass(frozen=True, slots=True)
class Paging:
    """What the script of a list page says: how many pages, which this is, their file names."""

    pages: int
    current: int
    base: str
    extension: str
    total: int | None = None


def _call_arguments(text: str) -> Paging | None:
    found = _CALL.search(text)
    if not found:
        return None
    raw = [argument.strip() for argument in found.group(1).split(",")]
    values = raw if raw[0].isdigit() else raw[1:]
    if len(values) < 4 or not (values[0].isdigit() and values[1].isdigit()):
        return None
    base, extension = values[2].strip("\"'"), values[3].strip("\"'").lstrip(".")
    pages = int(values[0])
    last = values[-1]
    total = int(last) if len(values) > 4 and last.isdigit() and int(last) >= pages else None
    return Paging(pages, int(values[1]), base, extension, total)


def _written_out(source: ListSource) -> Paging | None:
    count, current = _COUNT.search(source.text), _CURRENT.search(source.text)
    if not count or not current:
        return None
    named = _NAMED.search(source.text)
    base, extension = named.groups() if named else ("index", _extension(source.url))
    return Paging(int(count.group(1)), int(current.group(1)), base, extension)


def _extension(url: str) -> str:
    name = urlsplit(url).path.rpartition("/")[2]
    return name.rpartition(".")[2] if "." in name else "html"


def find_paging(source: ListSource) -> Paging | None:
    """Return what the page's script says about its list, or ``None``."""
    return _call_arguments(source.text) or _written_out(source)


def next_numbers(url: str, paging: Paging) -> tuple[int, ...]:
    """Return the numbers that the next page's file may carry, the likeliest first."""
    name = urlsplit(url).path.rpartition("/")[2]
    numbered = re.fullmatch(rf"{re.escape(paging.base)}_(\d+)\.\w+", name)
    if numbered:
        number = int(numbered.group(1))
        return (number + 1,) if number < paging.pages else ()
    if paging.pages < 2:
        return ()
    return (1, 2) if paging.current == 0 else (2, 1)


def read_list(source: ListSource) -> ListPage:
    """Return what a list page lists, and where its script leads."""
    page = read_common(source)
    paging = find_paging(source)
    if paging is None:
        return page
    numbers = next_numbers(source.url, paging)
    files = [f"{paging.base}_{number}.{paging.extension}" for number in numbers]
    base = base_of(source, parse_page(source.text))
    return replace(
        page,
        steps=tuple(Step(urljoin(base, file)) for file in files),
        current=paging.current,
        declared_pages=paging.pages,
        declared_total=paging.total or page.declared_total,
        needs=None,
    )
