"""Lists by the xxgk module of Hanweb: a search form, and a module for annual reports.

``search.jsp`` answers a POST with a table of rows and the number of its pages;
``xxgkAnnualReport.jsp?area=<organ>&fbtime=<year>`` shows the reports of one year, whose years
are counted down.  A column of the search is written as an address with its form fields in the
query, which ``first_step`` turns into the POST.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.listings.addresses import absolute_url, parameter, with_parameter
from crawler.listings.page import ListPage, ListSource, Step, find_links, parse_page, read_common
from crawler.listings.scripts import number_of

SEARCH = "/module/xxgk/search.jsp"
ANNUAL = "/module/xxgk/xxgkAnnualReport.jsp"
FIRST_YEAR = 2008
"""The regulation came into force in 2008; there is no report of an earlier year.

Source: 政府信息公开条例 (国务院令第492号).
"""

_FIELDS = (
    "infotypeId", "jdid", "area", "divid", "vc_title", "vc_number", "sortfield", "currpage",
    "vc_filenumber", "vc_all", "texttype", "fbtime",
)  # fmt: skip
# "fbtime=2019", "<option value=\"2019\">"
_YEAR = re.compile(r"fbtime=(20\d\d)|<option[^<>]*\bvalue=[\"']?(20\d\d)\b")
# "/module/xxgk/search.jsp", the target of the shell's form or script
_TARGET = re.compile(r"[\"'](/?[\w./-]*module/xxgk/search\.jsp[^\"'\s]*)[\"']")
# "infotypeId='A0203'", "area: \"11331100\"", "name=\"jdid\" value=\"38\""
_VALUE = r"[\"']?\s*(?:[=:]\s*[\"']([\w-]{{1,40}})[\"']|[^<>]{{0,60}}\bvalue\s*=\s*[\"']([\w-]{{1,40}})[\"'])"


def first_step(url: str) -> Step:
    """Return the request for the first page of a column: of a search, the POST of its form."""
    return _search(url, 1, url) if url.partition("?")[0].endswith(SEARCH) else Step(url)


def _search(url: str, page: int, referer: str) -> Step:
    """Return the POST for one page; its address says the page too, so that answers are told apart."""
    values = {name: parameter(url, name) or "" for name in _FIELDS} | {"currpage": str(page)}
    form = "&".join(f"{name}={value}" for name, value in values.items())
    return Step(with_parameter(url, "currpage", page), form, referer)


def read_list(source: ListSource) -> ListPage:
    """Return what an answer of the search, a year's page or a shell of either lists."""
    if ANNUAL in source.url:
        return _read_year(source)
    if SEARCH in source.url:
        return _read_answer(source)
    return _read_shell(source)


def _read_answer(source: ListSource) -> ListPage:
    selector = parse_page(source.text)
    rows = selector.css("tr.tr_main_value_odd, tr.tr_main_value_even")
    page = read_common(source)
    if rows:
        own = {item.url: item for item in find_links(source, selector)}
        kept = find_links(
            source, parse_page("".join(f"<table>{row.get()}</table>" for row in rows))
        )
        page = replace(page, items=tuple(own.get(item.url, item) for item in kept))
    current = number_of(parameter(source.url, "currpage")) or 1
    has_more = rows and current < (page.declared_pages or current + 1)
    following = _search(source.url, current + 1, source.base)
    return replace(
        page,
        current=current,
        entries_only=bool(rows),
        steps=(following,) if has_more else (),
        needs=None,
    )


def _read_year(source: ListSource) -> ListPage:
    """Return the reports of one year; the year before it comes next, down to the first one."""
    page = read_common(source)
    years = sorted({int(a or b) for a, b in _YEAR.findall(source.text)}, reverse=True)
    year = number_of(parameter(source.url, "fbtime"))
    following = _year_after(years, year)
    steps = (Step(with_parameter(source.url, "fbtime", following)),) if following else ()
    return replace(
        page, steps=steps, declared_pages=None, declared_total=None, sparse=True, needs=None
    )


def _year_after(years: list[int], year: int | None) -> int | None:
    """Return the year to ask for next: the next older one named, else the one before."""
    if year is None:
        return years[0] if years else None
    older = next((named for named in years if named < year), year - 1)
    return older if older >= FIRST_YEAR else None


def _read_shell(source: ListSource) -> ListPage:
    """Return what the page around a search lists, which may be nothing but its form."""
    target = _TARGET.search(source.text)
    if target is None:
        return read_common(source)
    url = absolute_url(source.url, target.group(1), source.encoding)
    values = {name: _printed(source, name) for name in ("infotypeId", "area", "jdid", "divid")}
    for name, value in values.items():
        if url and value and not parameter(url, name):
            url = with_parameter(url, name, value)
    return ListPage(steps=(replace(first_step(url), referer=source.url),) if url else ())


def _printed(source: ListSource, name: str) -> str:
    found = re.search(rf"\b{name}{_VALUE.format()}", source.text)
    asked = parameter(source.url, name) or ""
    return asked or ((found.group(1) or found.group(2)) if found else "")
