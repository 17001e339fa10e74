"""Four journeys of readers through the site in a real browser, in both languages, wide and narrow.

The page that each ends at, and every other, is usable by everybody (axe-core), says nothing in
the console and asks nobody else.  Pictures of the pages are kept under ``build/pictures`` for people to look at.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from archive.browse import archive_site
from archive.export import export
from archive.schema import open_database
from archive.search import refresh
from tests.browser import DESKTOP, PHONE, Chromium, served
from tests.conftest import DemoRun

HEAVIEST = 300_000  # bytes of a first load
# The selects whose chosen words are wider than their box, padding left out.
CUT = """() => [...document.querySelectorAll('main select')].filter(one => {
  const style = getComputedStyle(one), pen = document.createElement('canvas').getContext('2d');
  pen.font = style.font;
  return pen.measureText(one.selectedOptions[0].text).width
    > one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
}).map(one => one.name)"""
WORDS = {
    "zh": {
        "regions": "地区",
        "changes": "变更",
        "compare": "前后对照",
        "inline": "合为一行",
        "downloads": "下载",
        "search": "检索",
        "doubt": "不相符",
    },
    "en": {
        "regions": "Regions",
        "changes": "Changes",
        "compare": "before and after",
        "inline": "in one line",
        "downloads": "Downloads",
        "search": "Search",
        "doubt": "does not agree",
    },
}

every_reader = pytest.mark.parametrize("width", [DESKTOP, PHONE])
both_languages = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture(scope="module")
def folder(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo archive with a release beside it."""
    place = tmp_path_factory.mktemp("site") / "archive"
    shutil.copytree(demo_run.archive, place)
    with closing(open_database(str(place / "archive.db"))) as db:
        refresh(db)
    export(place, place / "release")
    return place


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[str]:
    """Yield the address of its site."""
    with served(archive_site(folder)) as address:
        yield address


def is_looked_at(language: str, width: int) -> bool:
    """Return whether barriers are looked for: in Chinese on a wide screen, in English on a phone."""
    return (language == "zh") == (width == DESKTOP)


def home(language: str) -> str:
    """Return the address of the home page."""
    return "/?lang=en" if language == "en" else "/"


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow the first link of this name in the main part of the page."""
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()


def by_navigation(page: Page, name: str) -> None:
    """Follow a link of the navigation."""
    page.locator("header").get_by_role("link", name=name, exact=True).click()


@every_reader
@both_languages
def test_a_reader_finds_the_refusals_of_her_county(
    chromium: Chromium, origin: str, language: str, width: int
) -> None:
    """From home by region to the county, its report, the number, its doubt and its words."""
    with chromium.tab(origin, width) as tab:
        page = tab.go(home(language)).page
        follow(page, "安徽省")
        follow(page, "长丰县")
        follow(page, "长丰县人民政府")
        follow(page, re.compile("^2016 "))
        expect(page).to_have_url(re.compile("/report/[^/]+/2016/annual_report"))
        row = page.locator("tr#n-reply_refused_total")
        expect(row.locator("td").first).to_contain_text("5")
        expect(row.get_by_role("link", name=WORDS[language]["doubt"])).to_be_visible()
        row.locator("a[href^='#at-']").click()
        place = page.url.partition("#")[2]
        expect(page.locator(f"[id='{place}']")).to_have_text("5")
        tab.picture(f"refusals-{language}-{width}")
        tab.check(barriers=is_looked_at(language, width))


@every_reader
@both_languages
def test_a_reader_sees_what_changed_in_a_report(
    chromium: Chromium, origin: str, language: str, width: int
) -> None:
    """From the newest changes to the two states of a report, then in one line, by keyboard alone."""
    words = WORDS[language]
    with chromium.tab(origin, width) as tab:
        page = tab.go(home(language)).page
        by_navigation(page, words["changes"])
        entry = page.locator("main li", has_text="3172").first
        entry.get_by_role("link", name=re.compile(words["compare"])).focus()
        page.keyboard.press("Enter")
        line = page.locator("table.compared tbody tr")
        expect(line).to_have_count(1)
        for told in ("3172", "3217", "+45"):
            expect(line).to_contain_text(told)
        page.wait_for_load_state("load")  # boxes have their size once styles are there
        assert page.evaluate(CUT) == []
        tab.picture(f"changes-{language}-{width}")
        page.locator("select[name=view]").focus()
        page.keyboard.type(words["inline"][0])
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("view="))
        expect(page.locator("table.compared tbody tr")).to_contain_text("+45")
        tab.check(barriers=is_looked_at(language, width))


@every_reader
@both_languages
def test_a_reader_downloads_the_data(
    chromium: Chromium, folder: Path, origin: str, language: str, width: int
) -> None:
    """The page of downloads gives a file with the digest that it names."""
    with chromium.tab(origin, width) as tab:
        page = tab.go(home(language)).page
        by_navigation(page, WORDS[language]["downloads"])
        tab.picture(f"downloads-{language}-{width}")
        tab.check(barriers=is_looked_at(language, width))
        link = page.locator("main a[href*='panel']").first
        name = link.inner_text()
        with page.expect_download() as waiting:
            link.click()
        got = Path(waiting.value.path()).read_bytes()
        sums = (folder / "release" / "SHA256SUMS").read_text("utf-8")
        assert f"{hashlib.sha256(got).hexdigest()}  {name}" in sums
        assert tab.complaints == []


@every_reader
@both_languages
def test_a_reader_searches_for_a_word_of_two_characters(
    chromium: Chromium, origin: str, language: str, width: int
) -> None:
    """The search box of the home page finds 复议, marks it, and leads to a report that has it."""
    with chromium.tab(origin, width) as tab:
        page = tab.go(home(language)).page
        box = page.get_by_role("searchbox")
        box.fill("复议")
        box.press("Enter")
        hits = page.locator("ol.hits > li")
        expect(hits.first).to_be_visible()
        expect(hits.first.locator("mark").first).to_have_text("复议")
        tab.picture(f"search-{language}-{width}")
        tab.check(barriers=is_looked_at(language, width))
        hits.first.locator("h2 a").click()
        expect(page.locator("main")).to_contain_text("复议")
        assert page.locator("html").get_attribute("lang") == ("en" if language == "en" else "zh-CN")
        assert tab.complaints == []


PAGES = [
    "/", "/regions", "/region/330482", "/body/{body}", "/search", "/changes", "/findings", "/corrections",
    "/coverage", "/codebook", "/downloads", "/about", "/nothing-here",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("zh", DESKTOP, "dark"), ("en", PHONE, "dark")]
)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_used_and_is_light(
    chromium: Chromium, folder: Path, origin: str, path: str, language: str, width: int, scheme: str
) -> None:
    """In the dark, wide and narrow: no barrier, nothing wider than the screen, at most 300 KB."""
    if "{body}" in path:
        with closing(open_database(str(folder / "archive.db"))) as db:
            path = path.format(body=db.execute("SELECT body FROM reports LIMIT 1").fetchone()[0])
    address = f"{path}?lang=en" if language == "en" else path
    with chromium.tab(origin, width, scheme) as tab:
        tab.go(address)
        if path == "/nothing-here":
            tab.complaints.clear()  # the browser tells of the answer 404
        tab.picture(f"page-{path.split('/')[1] or 'home'}-{language}-{width}-{scheme}")
        tab.check(barriers=(path, language) != ("/codebook", "en"))  # it is long and the same
        assert tab.weight() < HEAVIEST
