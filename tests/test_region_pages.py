"""Home and the pages of regions: counts with their denominators, and a county in two clicks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.schema import open_database, transaction
from archive.site.counts import SIGNS, STATES, Count
from tests.conftest import DemoRun
from tests.test_search_page import ask
from tests.test_views import BUREAU, COUNTY, OFFICE, TOWNSHIP, Planted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of one county: seven states of coverage, one hostile name."""
    folder = tmp_path_factory.mktemp("regions")
    db = open_database(str(folder / "archive.db"))
    with transaction(db):
        planted = Planted(Database(db))
        planted.body("bevil", "330482/<script>alert(1)</script>", "county", "department", COUNTY)
        for body, year, state in (
            (COUNTY, 2020, "published"),
            (BUREAU, 2020, "published"),
            (OFFICE, 2020, "blocked"),
            (TOWNSHIP, 2020, "not_owed"),
            ("bevil", 2020, "not_found"),
            (COUNTY, 2021, "published_elsewhere"),
            (BUREAU, 2022, "not_yet_due"),
        ):
            report = f"{body}/{year}/annual_report" if state.startswith("published") else None
            db.execute(
                "INSERT INTO coverage VALUES (?, ?, ?, ?, NULL)", [body, year, state, report]
            )
    db.close()
    return folder


def page(folder: Path, path: str) -> str:
    """Return a page that must be there."""
    (answer,) = ask(folder, path)
    assert answer.status_code == 200, path
    return answer.text


def test_what_was_not_due_is_in_no_denominator() -> None:
    """Two of three that were due can be read; nothing due gives no rate."""
    count = Count({"published": 1, "published_elsewhere": 1, "blocked": 1, "not_owed": 4})
    assert (count.shown, count.owed) == (2, 3)
    assert count.share == pytest.approx(66.667, abs=0.001)
    assert count.bar == [("published", 0, 1), ("published_elsewhere", 1, 1), ("blocked", 2, 1)]
    assert Count({"not_yet_due": 2}).share is None


def test_every_state_has_a_sign_of_its_own() -> None:
    """No two states share a sign, so that none is told by its colour alone."""
    assert len(set(SIGNS.values())) == len(STATES) == len(SIGNS)


def test_home_counts_what_was_due(folder: Path) -> None:
    """2020: two of the four that were due; 2022: nothing was due, so there is no cell."""
    text = page(folder, "/")
    assert '<a href="/coverage?region=330000&amp;year=2020">2/4' in text
    assert '<a href="/coverage?region=330000&amp;year=2021">1/1' in text
    assert '<a href="/coverage?year=2020">2/4' in text
    assert "year=2022" not in text
    assert (
        '<a href="/region/330000" lang="zh-CN">浙江省</a> <span class="facts number">3/5</span>'
        in text
    )


def test_home_shows_the_figures_of_the_archive(folder: Path, demo_run: DemoRun) -> None:
    """Bodies are those of the reports; findings are those that the page of findings counts."""
    told = re.compile(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>")
    figures = dict(told.findall(page(folder, "/?lang=en")))
    assert (figures["bodies"], figures["years"], figures["findings"]) == ("0", "3", "0")
    figures = dict(told.findall(page(demo_run.archive, "/?lang=en")))
    assert (figures["reports"], figures["bodies"], figures["findings"]) == ("14", "5", "11")
    assert "11 in all" in page(demo_run.archive, "/findings?lang=en")


def test_invented_reports_are_said_to_be_invented(folder: Path, demo_run: DemoRun) -> None:
    """The demonstration says so on its first page; an archive of nothing invented does not."""
    assert "演示数据" in page(demo_run.archive, "/").partition("<form")[0]
    assert "演示数据" not in page(folder, "/")


def test_an_empty_archive_has_a_home(tmp_path: Path) -> None:
    """Before anything was crawled the page says so."""
    open_database(str(tmp_path / "archive.db")).close()
    assert "档案还是空的" in page(tmp_path, "/")
    assert "The archive is still empty" in page(tmp_path, "/?lang=en")


def test_a_county_is_two_clicks_from_home(demo_run: DemoRun) -> None:
    """From home to its province, from there to the county, whose matrix leads to its reports."""
    home = page(demo_run.archive, "/")
    province = re.search(r'<a href="([^"]+)" lang="zh-CN">浙江省</a>', home)
    assert province is not None
    county = re.search(r'<a href="([^"]+)">平湖市</a>', page(demo_run.archive, province[1]))
    assert county is not None
    text = page(demo_run.archive, county[1])
    reports = re.findall(r'<a class="sign published" href="([^"]+)"', text)
    assert len(reports) == 8
    assert "平湖市" in page(demo_run.archive, reports[0])


def test_the_newest_changes_are_on_the_first_page(demo_run: DemoRun) -> None:
    """A changed number with what it was, and what was withdrawn, each leading to its report."""
    text = page(demo_run.archive, "/?lang=en")
    assert "<del>3172</del> → <ins>3217</ins>" in text
    assert "withdrawn" in text
    link = re.search(r'<a href="(/report/[^"#]+\?lang=en)#changes"', text)
    assert link is not None
    assert 'id="changes"' in page(demo_run.archive, link[1])


def test_a_region_shows_its_own_bodies_the_government_first(folder: Path) -> None:
    """The matrix has a sign for each state, told in words too; blocked is no report."""
    text = page(folder, "/region/330482")
    names = re.findall(r'<a href="/body/(\w+)">', text)
    assert names[0] == COUNTY
    assert set(names) == {COUNTY, BUREAU, OFFICE, TOWNSHIP, "bevil"}
    assert f'href="/report/{COUNTY}/2020/annual_report" aria-label="' in text
    assert '<span class="sign blocked" role="img" aria-label="被拦截"' in text
    assert "2/4 (50.0%)" in text


def test_a_region_lists_the_regions_in_it(folder: Path) -> None:
    """A province shows its prefectures and their counties; those with nothing are no links."""
    text = page(folder, "/region/330000")
    assert re.search(r'<a href="/region/330482">平湖市</a> <span[^>]*>3/5</span>', text)
    assert '<span class="facts">海盐县</span>' in text
    assert '<a href="/region/330400">嘉兴市</a>' in page(folder, "/regions")


def test_a_former_region_says_so(folder: Path) -> None:
    """崇文区 stands in no list after 2009 and went into 东城区."""
    text = page(folder, "/region/110103")
    assert "2002年至2009年" in text
    assert '<a href="/region/110101">东城区</a>' in text


@pytest.mark.parametrize("path", ["/region/999999", "/region/abc", "/region/3304"])
def test_a_code_that_no_list_has_is_not_found(folder: Path, path: str) -> None:
    """An address that names no region answers 404."""
    assert ask(folder, path)[0].status_code == 404


def test_names_are_text(folder: Path) -> None:
    """Markup in the name of a body is shown, not run."""
    text = page(folder, "/region/330482")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
