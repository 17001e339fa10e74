"""The page /search: it finds, narrows and highlights, in two languages, without script or guest."""

from __future__ import annotations

import asyncio
import html
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from httpx import Response
from sqlite_utils import Database

from archive.browse import archive_site
from archive.schema import open_database
from archive.search import refresh
from tests.conftest import ROOT
from tests.test_browse import OUTSIDE, browse
from tests.test_search import HOSTILE, save_report


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of 30 reports: a common word, a rare one, a hostile text."""
    folder = tmp_path_factory.mktemp("archive")
    db = Database(open_database(str(folder / "archive.db")))
    for number in range(28):
        year = 2008 + number % 4
        save_report(db, f"b{number}/{year}", f"政府工作{number}", title="年报", year=year)
    save_report(
        db, "b/evil", "<script>alert(1)</script>行政复议<b>", title="<i>年报</i>", region="340100"
    )
    save_report(db, "b/gone", "行政復議與信訪", title="2020年报", year=2020)
    with db.atomic():
        db.execute("UPDATE reports SET status = 'withdrawn' WHERE key = 'b/gone'")
    refresh(db.conn)
    db.close()
    return folder


def ask(folder: Path, *paths: str, language: str = "") -> list[Response]:
    """Return the answers of the site."""

    async def answers() -> list[Response]:
        site = archive_site(folder)
        await site.invoke_startup()
        headers = {"accept-language": language}
        return [await site.client.get(path, headers=headers) for path in paths]

    return asyncio.run(answers())


def search(folder: Path, words: str, language: str = "en", **filters: object) -> Response:
    """Return the page of a search."""
    asked = urlencode({"q": words, "lang": language, **filters}, errors="replace")
    (answer,) = ask(folder, f"/search?{asked}")
    return answer


def test_a_word_is_found_and_highlighted(archive_dir: Path) -> None:
    """Simplified words find a traditional text too, each shown as it is printed."""
    page = search(archive_dir, "行政复议")
    assert page.status_code == 200
    assert "<strong>2</strong> reports found" in page.text
    assert "<mark>行政复议</mark>" in page.text
    assert "<mark>行政復議</mark>與信訪" in page.text
    assert "no longer at its address" in page.text
    assert "Best match first" in page.text


def test_a_hit_leads_to_its_report(archive_dir: Path) -> None:
    """The link of a hit opens the page of the report."""
    link = re.search(r'<h2[^>]*><a href="([^"]+)">', search(archive_dir, "信访").text)
    assert link is not None
    (report,) = ask(archive_dir, html.unescape(link[1]))
    assert report.status_code == 200
    assert "b/gone" in report.text


def test_common_words_are_said_to_come_by_year(archive_dir: Path) -> None:
    """The page says why the newest come first, and leads to the next page and back."""
    first = search(archive_dir, "政府")
    assert "<strong>28</strong>" in first.text
    assert "Newest first" in first.text
    assert first.text.count("<h2 ") == 20
    assert 'rel="next"' in first.text
    assert 'rel="prev"' not in first.text
    second = search(archive_dir, "政府", page=2)
    assert second.text.count("<h2 ") == 8
    assert 'start="21"' in second.text
    assert 'rel="next"' not in second.text


def test_year_and_region_can_be_chosen(archive_dir: Path) -> None:
    """The form offers the years and provinces of the archive and keeps what was chosen."""
    page = search(archive_dir, "政府", year=2009, region="330000").text
    assert "<strong>7</strong>" in page
    assert "<option selected>2009</option>" in page
    assert '<option value="330000" selected>浙江省</option>' in page
    assert '<option value="340000">安徽省</option>' in page
    assert "No report has all" in search(archive_dir, "政府", region="340000").text


def test_a_narrower_region_is_offered_where_it_is_chosen(archive_dir: Path) -> None:
    """A county from the link of a hit stands in the form under its name."""
    page = search(archive_dir, "政府", region="330482").text
    assert '<option value="330482" selected>平湖市</option>' in page


def test_the_page_speaks_two_languages(archive_dir: Path) -> None:
    """Chinese unless the address says otherwise, whatever the browser prefers."""
    for path in ("/search", "/search?lang=xx"):
        (chinese,) = ask(archive_dir, path, language="fr")
        assert '<html lang="zh-CN">' in chinese.text
        assert "检索年报" in chinese.text
    (english,) = ask(archive_dir, "/search?lang=en", language="zh-CN")
    assert '<html lang="en">' in english.text
    assert "Search the reports" in english.text


def test_nothing_is_said_to_be_found_before_something_is_asked(archive_dir: Path) -> None:
    """Without words there is the form and the help, no result."""
    page = search(archive_dir, "").text
    assert 'role="status"' not in page
    assert "民政" in page


@pytest.mark.parametrize("words", ["alert", '"><script>alert(1)</script>'])
def test_markup_is_text(archive_dir: Path, words: str) -> None:
    """Markup in a text, a title or a query is shown, not run; nor would a browser run it."""
    page = search(archive_dir, words)
    assert "<script" not in page.text
    assert "<i>" not in page.text
    assert "&lt;i&gt;" in page.text
    assert "<mark>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_no_script_and_no_other_host(archive_dir: Path) -> None:
    """The page has no script, and everything that it loads is there."""
    page = search(archive_dir, "政府").text
    assert "<script" not in page
    assert not OUTSIDE.search(page)
    style = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert style is not None
    (sheet,) = ask(archive_dir, style[1])
    assert sheet.status_code == 200
    assert "prefers-color-scheme: dark" in sheet.text
    assert not OUTSIDE.search(sheet.text)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_answered(archive_dir: Path, words: str) -> None:
    """No query breaks the page."""
    assert search(archive_dir, words[:2000]).status_code == 200


@pytest.mark.parametrize(
    "arguments",
    [
        "year=x",
        "year=9999999999999",
        "page=-1",
        "page=x",
        "page=999",
        "region=%27",
        "lang=xx",
        "q=",
    ],
)
def test_nonsense_in_the_address_is_passed_over(archive_dir: Path, arguments: str) -> None:
    """A year, page, region or language that is none is as if it were not there."""
    (page,) = ask(archive_dir, f"/search?q={quote('政府')}&{arguments}")
    assert page.status_code == 200


def test_the_search_boxes_of_tables_find_chinese_words(archive_dir: Path) -> None:
    """Datasette's own search box, too, finds words of any length."""
    path = f"/archive/report_texts.json?_shape=array&_search={quote('行政複議')}"
    (answer,) = ask(archive_dir, path)
    assert sorted(row["report"] for row in answer.json()) == ["b/evil", "b/gone"]


def test_queries_have_the_functions(archive_dir: Path) -> None:
    """SQL on the site may use the two functions that the command line has."""
    sql = (
        "select search_snippet(text, 'x 信访') as place from report_texts where id in (select rowid"
        " from report_search where report_search match search_query('信访'))"
    )
    (answer,) = ask(archive_dir, f"/archive.json?_shape=array&sql={quote(sql)}")
    assert answer.json() == [{"place": "行政復議與【信訪】"}]


def test_every_page_leads_to_the_search(archive_dir: Path) -> None:
    """The menu of Datasette's own pages has the search, the first page its box."""
    home, page = ask(archive_dir, "/", "/archive/reports")
    assert '<form role="search" action="/search">' in home.text
    assert 'href="/search"' in page.text


def test_browsing_fills_the_index_first(tmp_path: Path) -> None:
    """What was crawled since the last time is found as soon as `scrapy browse` serves."""
    db = Database(open_database(str(tmp_path / "archive.db")))
    save_report(db, "b/new", "新近抓取")
    db.close()
    with browse(tmp_path) as server:
        assert server.stdout is not None
        lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stdout)
        url = next(found[0] for found in lines if found)
        with urllib.request.urlopen(f"{url}/search?q={quote('抓取')}", timeout=30) as answer:
            assert "<mark>抓取</mark>" in answer.read().decode()
        server.terminate()
        server.stdout.read()


def test_plain_datasette_has_the_page_too(archive_dir: Path) -> None:
    """`datasette archive.db` with the files of the site named answers like `scrapy browse`."""
    site = ROOT / "archive" / "site"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("datasette")),
            str(archive_dir / "archive.db"),
            f"--plugins-dir={site / 'plugins'}",
            f"--template-dir={site / 'templates'}",
            f"--static=assets:{site / 'static'}",
            f"--get=/search?q={quote('信访')}",
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
    )
    assert "<mark>信訪</mark>" in done.stdout
