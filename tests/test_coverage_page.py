"""The page of coverage: every rate beside its denominator, states told apart, late reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.schema import open_database, transaction
from tests.conftest import DemoRun
from tests.test_search_page import ask
from tests.test_views import BUREAU, COUNTY, OFFICE, Planted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of two provinces: 70 bodies in one, one in the other; one late report."""
    folder = tmp_path_factory.mktemp("coverage")
    db = open_database(str(folder / "archive.db"))
    with transaction(db):
        planted = Planted(Database(db))
        planted.body("bother", "340100/人民政府", "prefecture", "government")
        states = [
            (COUNTY, 2020, "published"),
            (BUREAU, 2020, "blocked"),
            (OFFICE, 2020, "not_owed"),
        ]
        states += [("bother", 2020, "not_found"), ("bother", 2021, "published")]
        for number in range(70):
            planted.body(f"b{number:02}", f"330482/第{number:02}局", "county", "department")
            states.append((f"b{number:02}", 2019, "unreachable"))
        for body, year, state in states:
            db.execute("INSERT INTO coverage VALUES (?, ?, ?, NULL, NULL)", [body, year, state])
        revision = planted.report(COUNTY, 2020, "national_2019", "own_organ")
        key = f"{COUNTY}/2020/annual_report"
        db.execute(
            "UPDATE reports SET region_code = '330482', subject = '<i>某县', published = '2021-05-06'"
        )
        for rule, at in (("late", revision), ("late", revision + 1)):  # the second no longer holds
            db.execute(
                "INSERT INTO findings VALUES (?, ?, ?, ?, 'warning', '', '[]', NULL)",
                [f"f{at}", at, key, rule],
            )
    db.close()
    return folder


def page(folder: Path, path: str) -> str:
    """Return a page that must be there."""
    (answer,) = ask(folder, path)
    assert answer.status_code == 200, path
    return answer.text


def test_each_state_stands_with_its_share_of_what_was_due(folder: Path) -> None:
    """2020: one of three that were due; the body that owed nothing is in no denominator."""
    text = page(folder, "/coverage?year=2020&lang=en")
    assert "can be read / were due: 1/3 (33.3%)" in text
    rows = re.findall(
        r'state=(\w+)[^>]*>[^<]*</a></th><td class="right">(\d+)</td><td class="right">([^<]+)</td>',
        text,
    )
    assert rows == [
        ("published", "1", "33.3%"),
        ("not_found", "1", "33.3%"),
        ("blocked", "1", "33.3%"),
        ("not_owed", "1", "–"),
    ]


def test_a_region_narrows_everything(folder: Path) -> None:
    """In one province: its rate, its prefectures, its bodies, its way up."""
    text = page(folder, "/coverage?region=340000")
    assert "安徽省的覆盖情况" in text
    assert "1/2 (50.0%)" in text
    assert '<a href="/body/bother">' in text
    assert COUNTY not in text
    assert '<option value="340000" selected>安徽省</option>' in text
    assert "region=340100" in text


def test_a_county_can_be_asked_for(folder: Path) -> None:
    """The link from the page of a county keeps it in the form, under its name."""
    assert '<option value="330482" selected>平湖市</option>' in page(
        folder, "/coverage?region=330482"
    )


def test_bodies_come_page_by_page(folder: Path) -> None:
    """74 bodies are on two pages, each once."""
    first, second = (page(folder, f"/coverage?page={one}") for one in (1, 2))
    names = [re.findall(r'<a href="/body/(\w+)"', text) for text in (first, second)]
    assert [len(one) for one in names] == [60, 14]
    assert len({*names[0], *names[1]}) == 74
    assert 'rel="next"' in first
    assert 'rel="next"' not in second


def test_a_state_shows_its_bodies(folder: Path) -> None:
    """Only the body that was blocked, for its year; the link to a state keeps the year."""
    text = page(folder, "/coverage?state=blocked&year=2020")
    assert re.findall(r'<a href="/body/(\w+)"', text) == [BUREAU]
    assert "没有符合条件的机关" in page(folder, "/coverage?state=blocked&year=2019")
    assert "/coverage?state=not_found&amp;year=2020" in text


def test_late_reports_stand_with_both_days(folder: Path) -> None:
    """The day shown and the day due; a finding of an older revision counts no more."""
    text = page(folder, "/coverage?lang=en")
    assert "1 late and 0 perhaps late" in text
    assert "of 2 that can be read" in text
    assert re.search(r'2021-05-06</td><td class="number">2021-03-31</td><td>published late', text)
    assert "&lt;i&gt;某县 2020" in text
    assert "0 late" in page(folder, "/coverage?lang=en&region=340000")


@pytest.mark.parametrize(
    "arguments",
    ["year=x", "region=%27", "region=999999", "state=x", "page=0", "page=9999&year=2020"],
)
def test_nonsense_in_the_address_is_passed_over(folder: Path, arguments: str) -> None:
    """What no region, year, state or page is, is as if it were not there."""
    assert "覆盖情况" in page(folder, f"/coverage?{arguments}")


def test_the_matrix_of_home_leads_here(demo_run: DemoRun) -> None:
    """A cell of the first page opens the region and year with the same numbers."""
    found = re.search(
        r'<a href="(/coverage\?region=[^"]+)">(\d+/\d+)<', page(demo_run.archive, "/")
    )
    assert found is not None
    assert f"{found[2]} (" in page(demo_run.archive, found[1].replace("&amp;", "&"))
