"""The page of one line of a list: a report in its medium, a notice, news.

This module decides what stands on the page; its frame is ``frame``'s, where it stands in the
site ``sites``'.
"""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from itertools import count
from random import Random

from crawler.demo.compose import compose
from crawler.demo.editions import DemoReport
from crawler.demo.farm import papers
from crawler.demo.farm.figures import make_report
from crawler.demo.farm.frame import crumbs, draw_page, fill, link, site_code
from crawler.demo.farm.gkmlpt import draw_tree
from crawler.demo.farm.plan import Column, Item, Plan, read_data
from crawler.demo.farm.web import Answer
from crawler.demo.pages import draw_html
from crawler.demo.pdf import draw_pdf

_PICTURE, _PAPER, _SCAN = (640, 220), (640, 880), (640, 440)
"""Pixels of a picture on a page, of a page as a picture, of the seal in a PDF file: 100 to 400 KB."""

_RELATED = 5
_visits = count(131)
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
}


def draw_article(plan: Plan, column: Column, item: Item) -> Answer:
    """Return the page of a line."""
    style = plan.style(column)
    source = item.subjects[0][0] if item.subjects else plan.government
    time = f"{item.shown_day:%Y-%m-%d} 09:{item.serial % 60:02d}"
    values = {
        "crumbs": crumbs(plan, column),
        "title": escape(item.title),
        "day": item.shown_day.isoformat(),
        "time": time,
        "source": source,
        "index": f"11{plan.spec.region}002{item.serial:06d}X/{item.day.year}-{item.serial % 99999:05d}",
        "hits": str(next(_visits)) if "counter" in plan.spec.quirks else "",
        "column_name": column.name,
        "related": _related(plan, column, item),
        "site_code": site_code(plan),
        "serial": str(item.serial),
    }
    if style.article_page == "article_gkmlpt":
        values |= {"tree": draw_tree(column), "detail": _detail(plan, column, item)}
    else:
        values["content"] = draw_content(plan, column, item)
    keys = tuple(plan.key(*subject) for subject in item.subjects)
    return draw_page(
        plan, item.title, fill(style.article_page, **values), column, item, reports=keys
    )


def report_of(plan: Plan, item: Item, place: int = 0) -> DemoReport:
    """Return the report that a line stands for."""
    body, year = item.subjects[place]
    return _report(plan.spec.host, body, year, item.shown_day.isoformat())


@lru_cache(maxsize=4096)
def _report(host: str, body: str, year: int, published: str) -> DemoReport:
    return make_report(host, body, year, published, f"/{year}")


def draw_file(plan: Plan, item: Item, ending: str, number: int = 0) -> Answer:
    """Return a file that a page attaches, or that stands in the list itself."""
    keys = tuple(plan.key(*subject) for subject in item.subjects) if item.medium == "pdf" else ()
    name = f"{item.serial}/{number}"
    match ending:
        case "png":
            size = _PAPER if item.medium == "image" else _PICTURE
            body = papers.draw_png(name, *size)
        case "pdf":
            body = draw_pdf(report_of(plan, item), papers.draw_png(name, *_SCAN))
        case "docx":
            body = papers.draw_docx(report_of(plan, item))
        case _:
            body = papers.draw_xlsx(report_of(plan, item))
    return Answer(body, MEDIA_TYPES[ending], day=item.day.isoformat(), reports=keys)


def draw_content(plan: Plan, column: Column, item: Item) -> str:
    """Return the main text of a page."""
    if item.kind == "news":
        return _news(plan, item)
    if item.kind == "noise":
        return f"<p>{escape(item.text)}</p><p>{escape(plan.government)}办公室</p>"
    return _MEDIA[item.medium](plan, column, item)


def _news(plan: Plan, item: Item) -> str:
    random = Random(item.serial)  # noqa: S311  the same article on every run
    chosen = random.choices(read_data("words")["sentences"], k=random.randrange(5, 14))
    facts = {"place": plan.spec.place, "topic": item.text}
    texts = (
        one.format(n=random.randrange(3, 40), m=random.randrange(100, 3000), **facts)
        for one in chosen
    )
    return "\n".join(f'<p style="text-indent: 2em">{text}</p>' for text in texts)


def _text(plan: Plan, column: Column, item: Item) -> str:
    text = draw_html(compose(report_of(plan, item)))
    if "images" in plan.spec.quirks:
        folder = plan.address(column, item).rpartition("/")[0]
        text += (
            f'\n<p align="center"><img src="{folder}/W0{item.serial}.png" alt="" width="640"></p>'
        )
    return text


def _attached(plan: Plan, column: Column, item: Item) -> str:
    name = escape(f"{item.title}.{plan.file(column, item).rpartition('.')[2]}")
    url = escape(plan.file(column, item))
    return f'<p>{escape(item.title)}，详见附件。</p><p>附件：<a href="{url}" target="_blank">{name}</a></p>'


def _with_tables(plan: Plan, column: Column, item: Item) -> str:
    """The text on the page, its tables in an Excel file."""
    pieces = tuple(one for one in compose(report_of(plan, item)) if not isinstance(one, tuple))
    url = escape(plan.file(column, item))
    return f'{draw_html(pieces)}\n<p>附件：<a href="{url}">附表.xlsx</a></p>'


def _viewer(plan: Plan, column: Column, item: Item) -> str:
    url = escape(plan.file(column, item))
    return f'<iframe src="/pdfjs/web/viewer.html?file={url}" width="100%" height="900" frameborder="0"></iframe>'


def _window_open(plan: Plan, column: Column, item: Item) -> str:
    url = escape(plan.file(column, item))
    return (
        f'<p>全文请<a href="javascript:void(0)" onclick="window.open(\'{url}\')">点击下载</a></p>'
    )


def _images(plan: Plan, column: Column, item: Item) -> str:
    return "\n".join(
        f'<p><img src="{escape(plan.file(column, item, number))}" border="0"></p>'
        for number in range(2)
    )


def _compilation(plan: Plan, column: Column, item: Item) -> str:  # noqa: ARG001  as its kin
    parts = []
    for place, (body, year) in enumerate(item.subjects):
        title = f"{body}{year}年政府信息公开工作年度报告"
        text = draw_html(compose(report_of(plan, item, place)))
        parts.append(f'<h2 style="text-align: center">{title}</h2>\n{text}')
    return "\n<hr>\n".join(parts)


_MEDIA = {
    "html": _text,
    "attachment": _attached,
    "docx": _attached,
    "xlsx": _with_tables,
    "viewer": _viewer,
    "window_open": _window_open,
    "image": _images,
    "compilation": _compilation,
}


def _related(plan: Plan, column: Column, item: Item) -> str:
    """Links to the neighbours in the list."""
    place = column.items.index(item)
    around = [one for one in column.items[place + 1 : place + 1 + _RELATED] if one.kind != "dead"]
    lines = (f"<li>{link(plan.address(column, one), one.title)}</li>" for one in around)
    return f"<ul>{''.join(lines)}</ul>"


def _detail(plan: Plan, column: Column, item: Item) -> str:
    """The document as the script of a gkmlpt page holds it: JSON with an HTML string."""
    detail = {
        "id": item.serial,
        "title": item.title,
        "identifier": f"007{plan.spec.region}/{item.day.year}-{item.serial % 99999:05d}",
        "publisher": item.subjects[0][0] if item.subjects else plan.government,
        "document_number": "",
        "created_at": f"{item.shown_day:%Y-%m-%d} 10:00:00",
        "content": draw_content(plan, column, item),
        "attachment": [],
    }
    if item.medium in {"attachment", "docx"}:
        url = f"http://{column.host}{plan.file(column, item)}"
        detail["content"] = f"<p>{escape(item.title)}，详见附件。</p>"
        detail["attachment"] = [{"name": f"{item.title}.{url.rpartition('.')[2]}", "url": url}]
    text = json.dumps(detail, ensure_ascii=True)
    return text.replace("<", "\\u003C").replace(">", "\\u003E")
