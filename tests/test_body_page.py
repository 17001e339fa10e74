"""The page of a body: its years side by side, nothing added up, nothing drawn that does not compare."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.schema import open_database, transaction
from archive.site.body_page import SECTIONS, read_reports, read_series
from archive.site.charts import Value, draw, round_up, ticks
from parsers.forms import CONCEPTS, FIELDS
from tests.conftest import DemoRun
from tests.test_search_page import ask
from tests.test_views import BUREAU, COUNTY, Planted

YEARS = range(2013, 2023)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of a county with a break, a blank, a gap, a doubt, and its renamed self."""
    folder = tmp_path_factory.mktemp("bodies")
    db = open_database(str(folder / "archive.db"))
    with transaction(db):
        planted = Planted(Database(db))
        planted.body("bold", "330481/人民政府", "county", "government")
        db.execute("UPDATE bodies SET line = '330482/人民政府', name = '=1+1' WHERE id = 'bold'")
        for body, year, form, field, value in (
            ("bold", 2017, "2014", "requests_received_total", 41),
            (COUNTY, 2018, "2014", "requests_received_total", 52),
            (COUNTY, 2019, "2019", "req_new_received_total", 63),
            (COUNTY, 2021, "2021", "req_new_received_total", 74),
            (BUREAU, 2021, "2021", "req_new_received_total", 5),
        ):
            revision = planted.report(body, year, f"national_{form}", "own_organ")
            planted.value(revision, field, value, "own_organ")
            if (body, year) == (COUNTY, 2021):
                planted.value(revision, "req_denied_state_secret_total", 3, "own_organ")
                planted.value(revision, "req_result_total_total", 60, "own_organ")
                planted.value(revision, "req_granted_total", 45, "own_organ")
                db.execute(
                    "INSERT INTO findings VALUES ('f1', ?, ?, 'applications_balance', 'error',"
                    " '<b>', '[\"req_new_received_total\"]', NULL)",
                    [revision, f"{COUNTY}/2021/annual_report"],
                )
        revision = planted.report(COUNTY, 2022, "national_2021", "own_organ")
        planted.value(revision, "req_new_received_total", 0, "own_organ")
        db.execute(
            "UPDATE statistics SET value = NULL, state = 'blank' WHERE revision = ?", [revision]
        )
        db.execute("INSERT INTO coverage VALUES (?, 2020, 'blocked', NULL, NULL)", [COUNTY])
    db.close()
    return folder


def page(folder: Path, path: str) -> str:
    """Return a page that must be there."""
    (answer,) = ask(folder, path)
    assert answer.status_code == 200, path
    return answer.text


def drawn(*values: Value, comparability: str = "exact") -> list[tuple[float, float, bool]]:
    """Return the lines of a chart over ten years with a break in 2019: from, to, broken."""
    chart = draw(values, YEARS, [2019], comparability)  # type: ignore[arg-type]
    place = {dot.x: dot.value.year for dot in chart.dots}
    return [(place[one.x1], place[one.x2], one.is_broken) for one in chart.lines]


def test_a_line_joins_years_that_follow_one_another() -> None:
    """No line runs over a year of which nothing is known."""
    values = [Value(2014, 1), Value(2015, 2), Value(2017, 3)]
    assert drawn(*values) == [(2014, 2015, False)]


@pytest.mark.parametrize(
    ("comparability", "lines"),
    [("exact", [(2018, 2019, False)]), ("approximate", [(2018, 2019, True)]), ("none", [])],
)
def test_a_line_over_a_break_says_how_far_both_sides_compare(
    comparability: str, lines: list[tuple[int, int, bool]]
) -> None:
    """Whole where the number kept its meaning, broken where roughly, none where it changed."""
    assert drawn(Value(2018, 5), Value(2019, 6), comparability=comparability) == lines


def test_no_line_joins_two_scopes_or_two_reports_of_a_year() -> None:
    """What covers the organ and what covers the county are not one series."""
    assert drawn(Value(2014, 1, "own_organ"), Value(2015, 9, "jurisdiction")) == []
    assert drawn(Value(2014, 1), Value(2014, 2), Value(2015, 3)) == []


def test_a_blank_is_drawn_below_the_axis_and_joins_nothing() -> None:
    """A blank has a mark of its own, no point at zero."""
    chart = draw([Value(2014, 0), Value(2015, None), Value(2016, 4)], YEARS, [], "exact")
    assert [year for _, year in chart.blanks] == [2015]
    assert [dot.value.year for dot in chart.dots] == [2014, 2016]
    assert chart.lines == ()
    assert chart.dots[0].y == chart.floor


def test_a_chart_ends_at_a_round_number() -> None:
    """The top is round, stands above every value, and is one where all are zero."""
    tops = [round_up(value) for value in (0, 1, 2, 7, 11, 26, 99, 100, 4831, 3.5)]
    assert tops == [1, 1, 2, 10, 20, 50, 100, 100, 5000, 5]
    assert ticks(2008, 2024) == [2009, 2012, 2015, 2018, 2021, 2024]
    assert ticks(2020, 2023) == [2020, 2021, 2022, 2023]


def test_every_number_of_a_section_exists() -> None:
    """Sections name concepts and fields that the forms have."""
    for ids in SECTIONS.values():
        assert all(one in CONCEPTS or one in FIELDS for one in ids)


def test_a_value_leads_to_its_report(folder: Path) -> None:
    """Each value of each year is on the page, a link to where it was printed."""
    text = page(folder, f"/body/{COUNTY}")
    for body, year, value in (("bold", 2017, 41), (COUNTY, 2018, 52), (COUNTY, 2021, 74)):
        assert f'<a href="/report/{body}/{year}/annual_report">{value}</a>' in text


def test_blank_is_not_zero(folder: Path) -> None:
    """The blank of 2022 is told in words and drawn as a blank."""
    text = page(folder, f"/body/{COUNTY}")
    assert (
        f'<a href="/report/{COUNTY}/2022/annual_report"><span class="facts">空白</span></a>' in text
    )
    assert '<path class="blank" d="' in text
    assert ">0</a>" not in text


def test_a_year_without_a_report_says_why(folder: Path) -> None:
    """2020 was blocked, which says nothing about the report."""
    text = page(folder, f"/body/{COUNTY}?lang=en")
    assert "blocked: the site refused us: this says nothing about the report" in text


def test_bodies_are_not_added_up(folder: Path) -> None:
    """The page of the county has neither the value of its bureau nor the sum of both."""
    text = page(folder, f"/body/{COUNTY}")
    assert ">74</a>" in text
    assert ">5</a>" not in text
    assert ">79</a>" not in text


def test_years_under_a_former_name_are_on_the_page(folder: Path) -> None:
    """Either name shows all years and leads to the other."""
    for body, other in ((COUNTY, "bold"), ("bold", COUNTY)):
        text = page(folder, f"/body/{body}")
        assert f'href="/body/{other}"' in text
        assert ">41</a>" in text
        assert ">74</a>" in text


def test_a_doubted_value_is_marked(folder: Path) -> None:
    """The value that a finding is about is marked in the table and in the chart."""
    text = page(folder, f"/body/{COUNTY}?lang=en")
    assert '>74</a><abbr class="warn" title="does not agree">!</abbr>' in text
    assert text.count('<circle class="doubted"') == 2  # one of them in the key
    assert "<b>" not in text


def test_a_year_counts_the_findings_that_its_report_shows(demo_run: DemoRun) -> None:
    """Notices too: 2023 repeats the text of 2022."""
    with closing(sqlite3.connect(demo_run.archive / "archive.db")) as db:
        (body,) = db.execute(
            "SELECT body FROM reports WHERE subject = '平湖市人民政府' LIMIT 1"
        ).fetchone()
    report = f"{body}/2023/annual_report"
    assert f'href="/report/{report}#doubts">1</a>' in page(demo_run.archive, f"/body/{body}")
    assert "存疑 (1)" in page(demo_run.archive, f"/report/{report}")


def test_a_finding_that_a_person_refuted_marks_nothing(folder: Path, tmp_path: Path) -> None:
    """What a person has called wrong is no doubt any more."""
    copy = tmp_path / "archive.db"
    copy.write_bytes((folder / "archive.db").read_bytes())
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("INSERT INTO reviews VALUES ('f1', 'wrong', 'a', '2026-01-01T00:00:00Z', NULL)")
    assert 'class="warn" title' not in page(tmp_path, f"/body/{COUNTY}")


def test_breaks_are_drawn_and_told(folder: Path) -> None:
    """Each break within the years has a line in the chart and its note below."""
    text = page(folder, f"/body/{COUNTY}?lang=en")
    assert '<path class="break" d="M' in text
    assert "From report year 2019: The revised Regulation" in text
    assert "From report year 2014" not in text


def test_a_rate_stands_with_both_its_numbers(folder: Path) -> None:
    """45 granted of 60 decisions."""
    assert "75.0%<small>45/60</small>" in page(folder, f"/body/{COUNTY}")


def test_the_page_has_the_values_of_the_panel(demo_run: DemoRun) -> None:
    """Every row of the panel of the demo is on the page of its body, and no other value."""
    with closing(sqlite3.connect(demo_run.archive / "archive.db")) as db:
        expected = set(db.execute("SELECT report, concept, value, unit, scope FROM panel"))
        bodies = [body for (body,) in db.execute("SELECT id FROM bodies")]
        series = read_series(db, read_reports(db, bodies), range(2008, 2027))
    found = {
        (figure.report, one.id, figure.value, figure.unit, figure.scope)
        for one in series.values()
        if one.id in CONCEPTS
        for figure in one.figures
    }
    assert len(found) > 50
    assert found == expected


def test_the_values_can_be_had_as_csv(folder: Path) -> None:
    """One line for each value, with a mark for Excel, no formula, and blanks as blanks."""
    (answer,) = ask(folder, f"/body/{COUNTY}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    told = {(one["year"], one["concept"]): (one["value"], one["state"]) for one in lines}
    assert told["2021", "applications_received"] == ("74", "printed")
    assert told["2022", "applications_received"] == ("", "blank")
    assert {one["body_name"] for one in lines} == {"330482/人民政府", "'=1+1"}
    assert {one["field"] for one in lines} == {"", "req_denied_state_secret_total"}


@pytest.mark.parametrize("path", ["/body/none", "/body/none.csv"])
def test_an_unknown_body_is_not_found(folder: Path, path: str) -> None:
    """An id that no body has answers 404."""
    assert ask(folder, path)[0].status_code == 404


def test_a_body_without_reports_has_a_page(folder: Path) -> None:
    """A government that the register put there says that nothing is known yet."""
    assert "还没有该机关的年报" in page(folder, "/body/bcity")


def test_the_page_of_the_demo_is_small(demo_run: DemoRun) -> None:
    """A body of six years stays below 300 KB, without script or style of its own."""
    with closing(sqlite3.connect(demo_run.archive / "archive.db")) as db:
        (body,) = db.execute("SELECT id FROM bodies WHERE name = '平湖市人民政府'").fetchone()
    text = page(demo_run.archive, f"/body/{body}")
    assert len(text.encode()) < 300_000
    assert not re.search(r"<script| style=", text)
    assert text.count("<figure") > 5
