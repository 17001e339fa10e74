"""Lists whose pages lie at addresses of their own: TRS, UCAP, NFCMS, Lonsun, ASP, PHP, JSP.

This module decides how lines and pagers are written, and what a page number past the end
answers.  How a style writes addresses is data (``styles.toml``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import count

from crawler.demo.farm.articles import draw_article, draw_file
from crawler.demo.farm.frame import crumbs, draw_page, fill, side
from crawler.demo.farm.plan import FILE_ENDINGS, Column, Item, Plan
from crawler.demo.farm.web import Answer, Ask, Page, Site, page

_SHOWN = 20
_visits = count(1)


def page_size(plan: Plan, column: Column) -> int:
    """Return how many lines a list page has."""
    return plan.spec.page_size if column.reports else plan.spec.news_size


def count_pages(plan: Plan, column: Column) -> int:
    """Return how many list pages a column has, at least one."""
    return max(1, -(-len(column.items) // page_size(plan, column)))


def items_on(plan: Plan, column: Column, number: int) -> tuple[Item, ...]:
    """Return the lines on a list page; ``number`` counts from 1."""
    size = page_size(plan, column)
    return column.items[(number - 1) * size : number * size]


def draw_items(plan: Plan, column: Column, items: Sequence[Item]) -> str:
    """Return lines as HTML."""
    return "\n".join(draw_item(plan, column, item) for item in items)


def draw_item(plan: Plan, column: Column, item: Item) -> str:
    """Return one line as HTML."""
    style = plan.style(column)
    shown = item.title
    if "cut_titles" in plan.spec.quirks and len(shown) > _SHOWN:
        shown = shown[: _SHOWN - 1] + "…"
    return style.item.format(
        key=column.key,
        href=escape(_href(plan, column, item)),
        title=escape(item.title),
        shown=escape(shown),
        day=item.shown_day.strftime(style.day),
    )


def _href(plan: Plan, column: Column, item: Item) -> str:
    """The address of a line as its list writes it."""
    path = plan.address(column, item)
    quirks = plan.spec.quirks
    if "twins" in quirks:
        scheme = "https" if item.serial % 2 else "http"
        return f"{scheme}://{column.host}{path}"
    if plan.style(column).links == "relative" and path.startswith(column.path):
        lead = "" if "base" in quirks else "./"
        return lead + path.removeprefix(column.path)
    return _visit(plan, path)


def _visit(plan: Plan, path: str) -> str:
    """The address with what some servers add to it on every visit."""
    quirks = plan.spec.quirks
    if "jsessionid" in quirks:
        place, mark, query = path.partition("?")
        return f"{place};jsessionid={next(_visits):032X}{mark}{query}"
    if "random" in quirks:
        return f"{path}{'&' if '?' in path else '?'}rnd=0.{next(_visits) * 7919 % 10**8:08d}"
    return path


def draw_list(plan: Plan, column: Column, number: int, pages: int = 0) -> Answer:
    """Return a list page; ``number`` counts from 1, ``pages`` is what the pager says."""
    pages = pages or count_pages(plan, column)
    body = fill(
        plan.style(column).list_page,
        crumbs=crumbs(plan, column),
        side=side(plan, column),
        column_name=escape(column.name),
        items=draw_items(plan, column, items_on(plan, column, number)),
        pager=_pager(plan, column, number, pages),
        island="",
    )
    head = ""
    if "base" in plan.spec.quirks:
        head = f'<base href="http://{column.host}{column.path}">'
    return draw_page(plan, column.name, body, column, head=head)


def _pager(plan: Plan, column: Column, number: int, pages: int) -> str:
    def at(other: int) -> str:
        return escape(_visit(plan, plan.page_of(column, other)))

    return plan.style(column).pager.format(
        pages=pages,
        k=number - 1,
        n=number,
        total=len(column.items),
        key=column.key,
        previous_n=max(1, number - 1),
        next_n=min(pages, number + 1),
        numbers=" ".join(f'<a href="{at(one)}">{one}</a>' for one in range(1, pages + 1)),
        first=at(1),
        previous=at(max(1, number - 1)),
        next=at(min(pages + ("next_past_end" in plan.spec.quirks), number + 1)),
        last=at(pages),
    )


def add_lists(site: Site, plan: Plan, column: Column) -> None:
    """Add the list pages of a column."""
    style = plan.style(column)
    quirks = plan.spec.quirks if column.reports else ()
    if style.number:
        site.add(_name(plan, column), _counted_page(plan, column))
        return
    pages = count_pages(plan, column)
    for number in range(1, pages + 1):
        drawn = page(draw_list, plan, column, number)
        if number == 2 and "empty_once" in quirks:
            drawn = _empty_once(plan, column, number)
        site.add(plan.page_of(column, number), drawn)
    if style.alias:
        site.add(style.alias.format(path=column.path), page(draw_list, plan, column, 1))
    if "repeats_last" in quirks:
        for beyond in range(pages + 1, pages + 4):
            site.add(plan.page_of(column, beyond), page(draw_list, plan, column, pages))


def _name(plan: Plan, column: Column) -> str:
    """The name by which the site knows a list: its path, and the parameter with the column's key."""
    path, mark, query = plan.first(column).partition("?")
    pairs = [pair for pair in query.split("&") if pair.endswith(f"={column.key}")]
    return f"{path}{mark}{''.join(pairs)}"


def _counted_page(plan: Plan, column: Column) -> Page:
    """A list whose server counts: a number past the end answers with the last page."""
    name, pages = plan.style(column).number, count_pages(plan, column)
    shift = 1 if "counts_from_0" in plan.spec.quirks else 0

    def answer(ask: Ask) -> Answer:
        asked = ask.query.get(name, "")
        number = int(asked) if asked.isdigit() else 1
        if shift and asked:
            number += shift
        return draw_list(plan, column, min(max(1, number), pages))

    return answer


def _empty_once(plan: Plan, column: Column, number: int) -> Page:
    """A page that is empty when first asked for, as busy databases make them."""
    asked = count()

    def answer(_: Ask) -> Answer:
        shown = replace(column, items=()) if next(asked) == 0 else column
        return draw_list(plan, shown, number, count_pages(plan, column))

    return answer


def add_articles(site: Site, plan: Plan, column: Column) -> None:
    """Add the pages of a column's lines, and the files that they attach."""
    for item in column.items:
        if item.kind == "dead":
            continue
        address = plan.address(column, item)
        if item.medium == "pdf":
            site.add(address, page(draw_file, plan, item, "pdf"))
            continue
        site.add(address, page(draw_article, plan, column, item))
        if item.medium in FILE_ENDINGS:
            ending = FILE_ENDINGS[item.medium]
            for number in range(2 if item.medium == "image" else 1):
                file = page(draw_file, plan, item, ending, number)
                site.add(plan.file(column, item, number), file)
        elif item.kind == "report" and "images" in plan.spec.quirks:
            folder = address.rpartition("/")[0]
            site.add(f"{folder}/W0{item.serial}.png", page(draw_file, plan, item, "png"))
