"""What the reports spider fetches with a report, and the lists that need more than a link."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.servers import HTML_UTF8, Page, PageServer, run_scrapy, write_portal

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200
LONG = "全区各单位认真落实条例要求,围绕中心工作,不断加大主动公开力度,及时回应社会关切。" * 8


def page(text: str) -> Page:
    """Return a page in UTF-8."""
    return Page(f"<html><body>{text}</body></html>".encode(), headers=(HTML_UTF8,))


def row(href: str, title: str) -> str:
    """Return a row of a search result."""
    return (
        f'<tr class="tr_main_value_odd"><td><a href="{href}">{title}</a></td>'
        "<td>2020-01-15</td></tr>"
    )


def report(year: int) -> str:
    """Return the title of a report."""
    return f"海陵区{year}年政府信息公开工作年度报告"


SEARCH = "/module/xxgk/search.jsp?infotypeId=A02&area=1"
FORM = f"{SEARCH}&currpage="
LIST = "".join(
    f"<li><a href='/y/{y}.html'>{report(y)}</a> {y + 1}-01-01</li>" for y in (2008, 2009, 2010)
)
PAGES = {
    f"{FORM}1": page(
        f"<table>{row('/text.html', report(2019))}{row('/scan.html', report(2018))}</table>共2页"
    ),
    f"{FORM}2": page(
        f"<table>{row('/viewer.html', report(2017))}{row('/all.html', '2010年度报告')}</table>共2页"
    ),
    "/text.html": page(f"<div id='zoom'><p>{LONG}</p><img src='/photo.jpg' width='600'></div>"),
    "/scan.html": page("<div id='zoom'><img src='/scan1.png'><img src='/scan2.png'></div>"),
    "/viewer.html": page(
        "<div id='zoom'><iframe src='/pdfjs/viewer.html?file=%2F2017.pdf'></iframe></div>"
    ),
    "/all.html": page(f"<ul>{LIST}</ul>"),
    "/2017.pdf": Page(b"%PDF-1.4\nnothing", headers=((b"Content-Type", b"application/pdf"),)),
    **{
        f"/{name}": Page(PNG, headers=((b"Content-Type", b"image/png"),))
        for name in ("photo.jpg", "scan1.png", "scan2.png")
    },
    **{
        f"/y/{year}.html": page(f"<h1>{report(year)}</h1><p>{LONG}</p>")
        for year in (2008, 2009, 2010)
    },
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[str]]:
    """Return role by path of everything captured, and the paths asked for by a second run."""
    archive = tmp_path_factory.mktemp("reports")
    with PageServer(PAGES) as server:
        write_portal(archive / "portals", server, "demo", (SEARCH, "xxgk"))
        done = run_scrapy("crawl", "reports", "-a", "portal=demo", archive=archive)
        assert done.returncode == 0, done.stderr
        server.arrivals.clear()
        assert run_scrapy("crawl", "reports", "-a", "portal=demo", archive=archive).returncode == 0
        second = server.paths()
    return roles(archive), second


def roles(archive: Path) -> dict[str, str]:
    """Return the role of each capture by its path."""
    connection = sqlite3.connect(archive / "archive.db")
    try:
        rows = connection.execute("SELECT url, role FROM captures WHERE status = 200").fetchall()
    finally:
        connection.close()
    return {"/" + url.split("/", 3)[3]: role for url, role in rows}


def test_a_search_is_walked_by_posting_its_form(crawled: tuple[dict[str, str], list[str]]) -> None:
    """Both pages of a search that is asked by POST are captured under addresses of their own."""
    assert [crawled[0].get(f"{FORM}{number}") for number in (1, 2)] == ["list", "list"]


def test_pictures_of_a_report_are_fetched(crawled: tuple[dict[str, str], list[str]]) -> None:
    """A scan is the document and becomes its attachments; a photograph beside a text is kept."""
    found = crawled[0]
    assert [found.get(f"/{name}") for name in ("scan1.png", "scan2.png", "photo.jpg")] == [
        "attachment",
        "attachment",
        "other",
    ]


def test_the_file_in_a_viewer_is_fetched(crawled: tuple[dict[str, str], list[str]]) -> None:
    """The file that a viewer shows is fetched, and the viewer is not."""
    found = crawled[0]
    assert found.get("/2017.pdf") == "attachment"
    assert not any("pdfjs" in path for path in found)


def test_a_page_that_lists_reports_leads_to_them(crawled: tuple[dict[str, str], list[str]]) -> None:
    """An entry that is itself a list of reports is followed one step further."""
    assert [crawled[0].get(f"/y/{year}.html") for year in (2008, 2009, 2010)] == ["document"] * 3


def test_a_second_run_asks_for_the_lists_only(crawled: tuple[dict[str, str], list[str]]) -> None:
    """Neither reports nor their files and pictures are asked for again."""
    assert sorted(crawled[1]) == sorted([f"{FORM}1", f"{FORM}2", "/robots.txt"])
