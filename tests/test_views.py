"""The views for people never count a figure twice and never mix what must not be added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.schema import open_database
from archive.views import VIEWS

COUNTY, BUREAU, OFFICE, TOWNSHIP, CITY = "bcounty", "bbureau", "boffice", "btown", "bcity"
# id, subject key, level, organ type, parent
BODIES = (
    (CITY, "330400/人民政府", "prefecture", "government", None),
    (COUNTY, "330482/人民政府", "county", "government", CITY),
    (BUREAU, "330482/教育局", "county", "department", COUNTY),
    (OFFICE, "330482/财政局", "county", "department", COUNTY),
    (TOWNSHIP, "330482/乍浦镇人民政府", "township", "government", COUNTY),
)
PLANTED = {COUNTY: 30, BUREAU: 10, OFFICE: 12, TOWNSHIP: 8}
FORMS = {"2014": "requests_received_total", "2019": "req_new_received_total"}
FORMS["2021"] = FORMS["2019"]


class Planted:
    """A database of reports and values put in by hand."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.revisions = 0
        for name, key, level, organ, parent in BODIES:
            self.body(name, key, level, organ, parent)

    def body(self, name: str, key: str, level: str, organ: str, parent: str | None = None) -> None:
        """Put in a body; its line is its own key."""
        row = (name, key, key, key[:6], key[:6], level, organ, parent, key)
        self.db.execute("INSERT INTO bodies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def report(self, body: str | None, year: int, form: str, scope: str) -> int:
        """Put in an annual report and return its revision."""
        self.revisions += 1
        level, organ = self.db.execute(
            "SELECT level, organ_type FROM bodies WHERE id = ?", [body]
        ).fetchone() or ("unknown", "unknown")
        self.db.table("reports").insert(
            {
                "key": f"{body or 'u1'}/{year}/annual_report",
                "body": body,
                "year": year,
                "kind": "annual_report",
                "form": form,
                "scope": scope,
                "level": level,
                "organ_type": organ,
                "source_quality": "official",
                "revision": self.revisions,
                "status": "live",
                "first_seen": "2026-01-01T00:00:00Z",
                "last_seen": "2026-01-01T00:00:00Z",
            }
        )
        return self.revisions

    def value(
        self, revision: int, field: str, value: int, scope: str, source: str = "table1", **more: str
    ) -> None:
        """Put in one statistic."""
        count = self.rows(
            f"SELECT count(*) FROM statistics WHERE (revision, field, source)"
            f" = ({revision}, '{field}', '{source}')"
        )[0][0]
        self.db.table("statistics").insert(
            {
                "revision": revision,
                "field": field,
                "source": source,
                "ordinal": count,
                "label": field,
                "value": value,
                "unit": "件",
                "qualifier": "exact",
                "state": "printed",
                "scope": scope,
                "raw": str(value),
                "quote": "",
                "flags": "[]",
                **more,
            }
        )

    def plant(self, form: str, scopes: dict[str, str] | None = None) -> None:
        """Put in a county and the bureaux and townships that its figure is the sum of."""
        for body, number in PLANTED.items():
            scope = (scopes or {}).get(
                body, "jurisdiction" if body in (COUNTY, TOWNSHIP) else "own_organ"
            )
            revision = self.report(body, 2017, f"national_{form}", scope)
            self.value(revision, FORMS[form], number, scope)
            self.value(revision, FORMS[form], number, scope, "narrative")

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self.db.execute(sql).fetchall()]


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Planted]:
    """A database with five bodies and no report."""
    db = Database(open_database(str(tmp_path / "archive.db")))
    yield Planted(db)
    db.close()


@pytest.mark.parametrize("form", FORMS)
def test_a_county_and_its_bureaux_and_townships_are_never_added_up(
    planted: Planted, form: str
) -> None:
    """No row of any view holds the figure of the county together with one that it contains."""
    planted.plant(form)
    doubled = {
        sum(number for body, number in PLANTED.items() if chosen & 1 << list(PLANTED).index(body))
        for chosen in range(1 << len(PLANTED))
        if chosen & 1 and chosen > 1
    }
    for view in VIEWS:
        cells = {cell for row in planted.rows(f"SELECT * FROM {view}") for cell in row}
        assert not cells & doubled, view
    totals = planted.rows(
        "SELECT level, organ_type, scope, value, bodies FROM panel_totals"
        " WHERE concept = 'applications_received' ORDER BY 1, 2"
    )
    assert totals == [
        ("county", "department", "own_organ", 22, 2),
        ("county", "government", "jurisdiction", 30, 1),
        ("township", "government", "jurisdiction", 8, 1),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_view_has_a_report_once(planted: Planted, form: str) -> None:
    """A figure told in a sentence and in a table is one row of the panel and of the wide view."""
    planted.plant(form)
    panel = planted.rows(
        "SELECT body, value, scope, level, organ_type, parent FROM panel"
        " WHERE concept = 'applications_received' ORDER BY value DESC"
    )
    assert panel == [
        (COUNTY, 30, "jurisdiction", "county", "government", CITY),
        (OFFICE, 12, "own_organ", "county", "department", COUNTY),
        (BUREAU, 10, "own_organ", "county", "department", COUNTY),
        (TOWNSHIP, 8, "jurisdiction", "township", "government", COUNTY),
    ]
    wide = planted.rows(
        f"SELECT body, {FORMS[form]}, scope, level, organ_type FROM report_wide_{form} ORDER BY 2"
    )
    assert wide == [
        (body, number, scope, level, organ)
        for body, number, scope, level, organ, _ in reversed(panel)
    ]


def test_what_has_no_known_scope_is_in_no_total(planted: Planted) -> None:
    """A sum leaves out values whose scope nobody knows; the panel still shows them."""
    planted.plant("2014", dict.fromkeys(PLANTED, "unknown"))
    assert planted.rows("SELECT * FROM panel_totals") == []
    assert planted.rows("SELECT count(*), min(scope) FROM panel") == [(4, "unknown")]


def test_one_level_in_two_scopes_has_two_totals(planted: Planted) -> None:
    """本级 and 全县 of two counties are two sums."""
    planted.body("bother", "330481/人民政府", "county", "government", CITY)
    for body, scope, number in ((COUNTY, "own_level", 5), ("bother", "jurisdiction", 30)):
        revision = planted.report(body, 2017, "national_2014", scope)
        planted.value(revision, FORMS["2014"], number, scope)
    assert planted.rows("SELECT scope, value, bodies FROM panel_totals ORDER BY scope") == [
        ("jurisdiction", 30, 1),
        ("own_level", 5, 1),
    ]


def test_what_is_not_exact_is_in_no_total(planted: Planted) -> None:
    """近30件 is shown as it is and added to nothing."""
    revision = planted.report(COUNTY, 2017, "national_2014", "jurisdiction")
    planted.value(revision, FORMS["2014"], 30, "jurisdiction", qualifier="just_below")
    assert planted.rows("SELECT value, qualifier FROM panel") == [(30, "just_below")]
    assert planted.rows("SELECT * FROM panel_totals") == []


def test_one_body_under_two_codes_is_in_no_total(planted: Planted) -> None:
    """A county whose report of one year stands under its old and its new code is not added up."""
    planted.body("bold", "330483/人民政府", "county", "government", CITY)
    planted.db.execute("UPDATE bodies SET line = '330482/人民政府' WHERE id = 'bold'")
    for body in (COUNTY, "bold"):
        revision = planted.report(body, 2017, "national_2014", "jurisdiction")
        planted.value(revision, FORMS["2014"], 30, "jurisdiction")
    assert planted.rows("SELECT * FROM panel_totals") == []
    assert planted.rows("SELECT count(*), count(DISTINCT line) FROM panel") == [(2, 1)]


def test_a_page_of_an_unknown_body_is_in_no_panel(planted: Planted) -> None:
    """A report with a provisional key may be another's: its figures stay with the page."""
    revision = planted.report(None, 2017, "national_2014", "jurisdiction")
    planted.value(revision, FORMS["2014"], 30, "jurisdiction")
    assert planted.rows("SELECT * FROM panel") == []
    assert planted.rows("SELECT value FROM latest_statistics") == [(30,)]


@pytest.mark.parametrize("flag", ["part_year", "cumulative", "change_rate", "column:区直单位"])
def test_a_part_is_not_the_value_of_the_year(planted: Planted, flag: str) -> None:
    """What counts some months, all years or one column is shown as such and in no panel."""
    revision = planted.report(COUNTY, 2017, "national_2014", "jurisdiction")
    part = {"flags": f'["{flag}"]'}
    planted.value(revision, FORMS["2014"], 99, "jurisdiction", **part)
    query = "SELECT value, is_whole FROM latest_statistics"
    assert planted.rows(query) == [(99, 0)]
    assert planted.rows("SELECT * FROM panel") == planted.rows("SELECT * FROM report_wide_2014")
    planted.value(revision, FORMS["2014"], 30, "jurisdiction", "narrative")
    assert planted.rows(query) == [(30, 1)]
    assert planted.rows("SELECT value FROM panel") == [(30,)]


def test_the_second_table_comes_before_the_tenth(planted: Planted) -> None:
    """Of two tables the first on the page has the canonical value."""
    revision = planted.report(COUNTY, 2017, "national_2014", "jurisdiction")
    planted.value(revision, FORMS["2014"], 31, "jurisdiction", "table10")
    planted.value(revision, FORMS["2014"], 30, "jurisdiction", "table2")
    assert planted.rows("SELECT value, source FROM latest_statistics") == [(30, "table2")]


def test_a_value_of_another_scope_than_its_report_stands_under_its_own(planted: Planted) -> None:
    """本级 told beside 全县: the report's scope is taken first, and no wide view mixes the two."""
    revision = planted.report(COUNTY, 2017, "national_2014", "jurisdiction")
    planted.value(revision, FORMS["2014"], 5, "own_level", "narrative")
    assert planted.rows("SELECT value, scope FROM panel") == [(5, "own_level")]
    assert planted.rows("SELECT * FROM report_wide_2014") == []
    planted.value(revision, FORMS["2014"], 30, "jurisdiction", "narrative")
    assert planted.rows("SELECT value, scope FROM panel") == [(30, "jurisdiction")]
    assert planted.rows(f"SELECT {FORMS['2014']} FROM report_wide_2014") == [(30,)]


def test_a_concept_of_several_fields_in_several_scopes_has_no_known_scope(planted: Planted) -> None:
    """The parts of a sum may be of different scopes: then nobody can say whose figure it is."""
    revision = planted.report(COUNTY, 2017, "national_2014", "jurisdiction")
    planted.value(revision, "reply_not_this_agency", 2, "jurisdiction")
    planted.value(revision, "reply_info_not_exist", 3, "own_level", "narrative")
    assert planted.rows("SELECT concept, value, scope FROM panel") == [
        ("not_held_or_nonexistent", 5, "unknown")
    ]
    assert planted.rows("SELECT * FROM panel_totals") == []


def test_the_coverage_matrix_has_a_body_a_row_and_a_year_a_column(planted: Planted) -> None:
    """Each cell is the state of the year; a year of which nothing is known is empty."""
    for year, state in ((2019, "published"), (2020, "blocked")):
        planted.db.execute(
            "INSERT INTO coverage VALUES (?, ?, ?, NULL, NULL)", [COUNTY, year, state]
        )
    assert planted.rows(
        "SELECT body, region_code, level, y2018, y2019, y2020 FROM coverage_matrix"
    ) == [(COUNTY, "330482", "county", None, "published", "blocked")]


def test_a_region_counts_every_body_within_it_once(planted: Planted) -> None:
    """A county is counted in its prefecture, its province and the country, not in its neighbours."""
    for body in (COUNTY, BUREAU, CITY):
        planted.db.execute("INSERT INTO coverage VALUES (?, 2019, 'published', NULL, NULL)", [body])
    planted.db.execute("INSERT INTO coverage VALUES (?, 2019, 'blocked', NULL, NULL)", [TOWNSHIP])
    assert planted.rows("SELECT * FROM region_years ORDER BY 1, 3") == [
        ("000000", 2019, "blocked", 1),
        ("000000", 2019, "published", 3),
        ("330000", 2019, "blocked", 1),
        ("330000", 2019, "published", 3),
        ("330400", 2019, "blocked", 1),
        ("330400", 2019, "published", 3),
        ("330482", 2019, "blocked", 1),
        ("330482", 2019, "published", 2),
    ]


def test_totals_count_rows(planted: Planted) -> None:
    """Each main table stands there with its rows."""
    assert ("bodies", len(BODIES)) in planted.rows("SELECT * FROM archive_totals")
