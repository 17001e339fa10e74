"""The pages of the demo portals as bytes, in the forms that real sites use.

This module decides markup, paging and encoding: a TRS-style site in UTF-8 with the mandated
meta tags, an old ASP site in GBK whose header names no charset, and a copying site whose
article is broken byte by byte.  Every page says in its frame that its data are made up.  It
leaves the reports to ``editions`` and ``compose`` and the serving to ``server``.

Source: 网页设计规范, annex of 国办发〔2017〕47号 (meta tags).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from crawler.demo.compose import Heading, Paragraph, Piece, compose
from crawler.demo.damage import damage_like_gansu
from crawler.demo.editions import DemoNotice, DemoPortal, DemoReport, Edition
from crawler.demo.grids import Grid
from crawler.demo.pdf import draw_pdf

TRS_PAGE_SIZE = 5
ASP_PAGE_SIZE = 4
_VERTICAL = "三、本年度办理结果"

_MENUS = (
    ("首页", "政府信息公开", "政务服务", "互动交流"),
    ("首页", "政府信息公开", "政务服务", "互动交流", "数据开放"),
)
_FOOTER_DATES = ("2024年3月1日", "2025年2月10日")
_UTF8 = "text/html; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a demo site."""

    body: bytes
    content_type: str
    status: int = 200


Site = Mapping[tuple[str, str], Page]
"""Answers by host and path, the query string included."""


def build_site(edition: Edition) -> Site:
    """Return every page of every portal of the edition."""
    pages: dict[tuple[str, str], Page] = {}
    for portal in edition.portals:
        reports = [report for report in edition.reports if report.portal == portal.id]
        notices = [notice for notice in edition.notices if notice.portal == portal.id]
        for path, page in _PAGES[portal.family](portal, reports, notices).items():
            pages[portal.host, path] = page
        pages[portal.host, "/"] = _utf8(_plain(portal.name, f'<a href="{portal.column}">年报</a>'))
    return pages


def missing_page() -> Page:
    """Return the page that stands where nothing is published."""
    return Page(_plain("您访问的页面不存在", "请检查地址是否正确。").encode(), _UTF8, status=404)


def _trs_pages(
    portal: DemoPortal, reports: Sequence[DemoReport], notices: Sequence[DemoNotice]
) -> dict[str, Page]:
    pages = {
        report.path: Page(draw_pdf(report), "application/pdf")
        if report.medium == "pdf"
        else _utf8(_article("trs_article", portal, report, draw_html(compose(report))))
        for report in reports
    }
    pages |= {notice.path: _utf8(_plain(notice.title, notice.text)) for notice in notices}
    chunks = _chunks(_listed(reports, notices), TRS_PAGE_SIZE)
    for index, chunk in enumerate(chunks):
        items = "\n".join(
            f'<li><a href=".{_below(link.path, portal.column)}" target="_blank"'
            f' title="{escape(link.title)}">{escape(link.title)}</a>'
            f"<span>{link.published[:10]}</span></li>"
            for link in chunk
        )
        filled = _fill("trs_list", portal, items=items, pages=str(len(chunks)), index=str(index))
        name = "index.html" if index == 0 else f"index_{index}.html"
        pages[portal.column + name] = _utf8(filled)
    pages[portal.column] = pages[portal.column + "index.html"]
    pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /search/\n", "text/plain")
    return pages


def _asp_pages(
    portal: DemoPortal, reports: Sequence[DemoReport], notices: Sequence[DemoNotice]
) -> dict[str, Page]:
    pages = {
        report.path: _gbk(_article("asp_show", portal, report, draw_html(compose(report))))
        for report in reports
    }
    pages |= {notice.path: _gbk(_plain(notice.title, notice.text, "gb2312")) for notice in notices}
    links = _listed(reports, notices)
    chunks = _chunks(links, ASP_PAGE_SIZE)
    # One page beyond the end answers with the last page, as such sites do.
    for number, chunk in enumerate([*chunks, chunks[-1]], start=1):
        items = "\n".join(
            f'<tr><td>·<a href="{link.path.rpartition("/")[2]}" target="_blank">'
            f"{escape(link.title)}</a></td><td>[{link.published[:10]}]</td></tr>"
            for link in chunk
        )
        shown = min(number, len(chunks))
        page = _fill(
            "asp_list",
            portal,
            items=items,
            page=str(shown),
            total=str(len(links)),
            first=_asp_list(portal, 1),
            previous=_asp_list(portal, max(1, shown - 1)),
            next=_asp_list(portal, shown + 1),
            last=_asp_list(portal, len(chunks)),
        )
        pages[f"{portal.column}&page={number}"] = _gbk(page)
    pages[portal.column] = pages[f"{portal.column}&page=1"]
    return pages


def _mirror_pages(
    portal: DemoPortal, reports: Sequence[DemoReport], notices: Sequence[DemoNotice]
) -> dict[str, Page]:
    pages = {report.path: _mirror_page(portal, report) for report in reports}
    items = "\n".join(
        f'<li><a href="{link.path}">{escape(link.title)}</a> {link.published[:10]}</li>'
        for link in _listed(reports, notices)
    )
    pages[portal.column] = _utf8(_fill("mirror_list", portal, items=items))
    return pages


_PAGES = {"trs": _trs_pages, "plain_asp": _asp_pages, "generic": _mirror_pages}


def mirror_text(report: DemoReport) -> str:
    """Return the clean text of which the mirror shows a broken copy."""
    texts = [report.title, f"时间：{report.published}"]
    texts += [
        piece.text if isinstance(piece, Heading) or piece.closing else f"　　{piece.text}"
        for piece in compose(report)
        if not isinstance(piece, tuple)
    ]
    return "\n".join(texts)


def _mirror_page(portal: DemoPortal, report: DemoReport) -> Page:
    lines = damage_like_gansu(mirror_text(report)).split("\n")
    body = "\n".join(f"<p>{escape(line)}</p>" for line in lines)
    filled = _fill(
        "mirror_article",
        portal,
        title=escape(lines[0]),
        body=body,
        footer_date=_FOOTER_DATES[report.frame],
    )
    return _utf8(filled)


def _article(template: str, portal: DemoPortal, report: DemoReport, body: str) -> str:
    return _fill(
        template,
        portal,
        frame=report.frame,
        title=escape(report.title),
        published=report.published,
        day=report.published[:10],
        source=report.body,
        index=f"{portal.region}/{report.published[:4]}-{_serial(report):05d}",
        hits=str(120 + _serial(report) % 400 + 37 * report.frame),
        footer_date=_FOOTER_DATES[report.frame],
        body=body,
    )


def _serial(report: DemoReport) -> int:
    """A number of the report that stays when it moves."""
    return int(report.published[5:10].replace("-", "")) + report.year % 100


def draw_html(pieces: Sequence[Piece]) -> str:
    """Return the body of a report as HTML, as an editor pastes it."""
    return "\n".join(_html_piece(piece) for piece in pieces)


def _html_piece(piece: Piece) -> str:
    if isinstance(piece, Heading):
        return f"<p><strong>{escape(piece.text)}</strong></p>"
    if isinstance(piece, Paragraph):
        style = "text-align: right" if piece.closing else "text-indent: 2em"
        return f'<p style="{style}">{escape(piece.text)}</p>'
    return _html_table(piece)


def _html_table(grid: Grid) -> str:
    rows: list[str] = []
    for boxes in grid:
        cells: list[str] = []
        for box in boxes:
            spans = f' colspan="{box.colspan}"' if box.colspan > 1 else ""
            spans += f' rowspan="{box.rowspan}"' if box.rowspan > 1 else ""
            # The narrow box of the form is typed one character per line.
            text = "<br>".join(box.text) if box.text == _VERTICAL else escape(box.text)
            cells.append(f"<td{spans}><p>{text}</p></td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return '<table border="1" cellspacing="0"><tbody>\n' + "\n".join(rows) + "\n</tbody></table>"


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of a list page."""

    path: str
    title: str
    published: str


def _listed(reports: Sequence[DemoReport], notices: Sequence[DemoNotice]) -> list[_Listed]:
    """The lines of a list, newest first."""
    items: list[DemoReport | DemoNotice] = [*reports, *notices]
    lines = [_Listed(item.path, item.title, item.published) for item in items]
    return sorted(lines, key=lambda line: (line.published, line.path), reverse=True)


def _chunks(lines: Sequence[_Listed], size: int) -> list[Sequence[_Listed]]:
    return [lines[start : start + size] for start in range(0, len(lines), size)]


def _below(path: str, column: str) -> str:
    """The path relative to its column, as TRS writes it after the dot."""
    return "/" + path.removeprefix(column)


def _asp_list(portal: DemoPortal, number: int) -> str:
    return f"{portal.column.rpartition('/')[2]}&amp;page={number}"


def _plain(title: str, text: str, charset: str = "utf-8") -> str:
    return _template("plain").substitute(title=title, text=text, charset=charset)


def _fill(template: str, portal: DemoPortal, *, frame: int = 0, **values: str) -> str:
    menu = " | ".join(f'<a href="/">{name}</a>' for name in _MENUS[frame])
    return _template(template).substitute(
        values,
        menu=menu,
        site_name=portal.name,
        site_code=portal.site_code,
        host=portal.host,
        column=escape(portal.column),
        column_name=portal.column_name,
    )


@cache
def _template(name: str) -> Template:
    return Template(files("crawler.demo.templates").joinpath(f"{name}.html").read_text("utf-8"))


def _utf8(text: str) -> Page:
    return Page(text.encode(), _UTF8)


def _gbk(text: str) -> Page:
    return Page(text.encode("gbk"), "text/html")
