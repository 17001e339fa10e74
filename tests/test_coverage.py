"""What the archive says of years without a report, and how sure it may be."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from archive.coverage import Look, judge_looks, may_have_stood
from archive.ingest import Ingest
from archive.warc import WarcWriter
from parsers.model import Capture, Note

DUE = date(2020, 3, 31)
ABOUT = {"software": "t", "collector": "t", "vantage": "t", "robots": "t"}


def looks(*told: tuple[int, str]) -> list[Look]:
    """Return looks by days after the due date and outcomes of walks; capture ids count from 1."""
    due = datetime(2020, 3, 31, 4, tzinfo=UTC)
    return [
        Look(due + timedelta(days=days), frozenset(outcomes.split()), number)
        for number, (days, outcomes) in enumerate(told, 1)
    ]


# looks -> state, capture that shows it
JUDGED: dict[str, tuple[list[Look], str, int | None]] = {
    "never looked": ([], "not_looked", None),
    "looked before it was due only": (
        looks((-40, "complete"), (0, "complete")),
        "not_looked",
        None,
    ),
    "one complete look": (looks((1, "complete")), "partial_walk", 1),
    "two complete looks too close": (looks((1, "complete"), (14, "complete")), "partial_walk", 2),
    "two complete looks": (looks((1, "complete"), (15, "complete")), "not_found", 2),
    "one of them before it was due": (looks((-5, "complete"), (15, "complete")), "partial_walk", 2),
    "with a failure between": (
        looks((1, "complete"), (7, "unreachable"), (15, "complete")),
        "not_found",
        3,
    ),
    "found out before a block": (
        looks((1, "complete"), (15, "complete"), (20, "blocked")),
        "not_found",
        2,
    ),
    "one column of two": (
        looks((1, "complete partial"), (30, "complete partial")),
        "partial_walk",
        2,
    ),
    "blocked": (looks((1, "blocked"), (30, "blocked")), "blocked", 2),
    "blocked in one column": (looks((1, "complete blocked")), "blocked", 1),
    "blocked at last": (looks((1, "complete"), (30, "blocked")), "blocked", 2),
    "unreachable": (looks((1, "unreachable")), "unreachable", 1),
    "forbidden by robots.txt": (looks((1, "robots_disallowed")), "not_looked", 1),
}


@pytest.mark.parametrize("case", JUDGED.values(), ids=JUDGED)
def test_judges_what_looks_have_shown(case: tuple[list[Look], str, int | None]) -> None:
    """Only two complete looks 14 days apart find nothing; the rest says what stood in the way."""
    seen, state, capture = case
    assert judge_looks(seen, DUE) == (state, capture)


class Crawls:
    """An archive of one portal that shows one report, at moments of our choosing."""

    def __init__(self, folder: Path, name: str = "平湖市", region: str = "330482") -> None:
        self.folder, self.name, self.region = folder, name, region
        self.runs = itertools.count(1)

    def run(
        self,
        day: str,
        outcome: str,
        years: Sequence[int] = (),
        dead: Sequence[int] = (),
        organ: str = "人民政府",
        whose: str | None = None,
    ) -> None:
        """Archive one run on a day: its list, its reports, dead links, and how its walk ended.

        The links call the body ``whose`` where they do not call it by its name.
        """
        name, at = f"r{next(self.runs)}", f"{day}T04:00:00.000Z"
        writer, ingest = WarcWriter(self.folder / "warc", run=name, **ABOUT), Ingest(self.folder)
        facts = {"id": "p", "name": f"{self.name}人民政府", "region": self.region, "official": True}
        ingest.note(writer.write_note(Note("portal", "http://p.gov.cn/", at, name, facts)))
        papers = [("list", "/list", "<p>x</p>")]
        for year in years:
            title = f"{self.name}{organ}{year}年政府信息公开工作年度报告"
            text = f"<title>{title}</title><h1>{title}</h1><p>{year}年，收到申请12件。</p>"
            papers.append(("document", f"/{year}.html", text))
        papers += [("document", f"/{year}.html", "<p>页面不存在</p>") for year in dead]
        whose = self.name if whose is None else whose
        for role, path, text in papers:
            capture = Capture(
                url=f"http://p.gov.cn{path}",
                captured_at=at,
                status=200,
                header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
                body=f"<html>{text}</html>".encode(),
                run=name,
                portal="p",
                role="list" if role == "list" else "document",
                link_text=None if role == "list" else f"{whose}{path[1:5]}年政府信息公开年报",
            )
            ingest.capture(writer.write(capture, b"GET / HTTP/1.1\r\n\r\n"))
        walk = {"portal": "p", "outcome": outcome, "declared": 1, "found": 1, "reason": None}
        ingest.note(writer.write_note(Note("walk", "http://p.gov.cn/list", at, name, walk)))
        writer.close()
        ingest.close()

    def coverage(self, since: int) -> dict[int, str]:
        """Return the state of each year since one."""
        with sqlite3.connect(self.folder / "archive.db") as db:
            rows = db.execute(
                "SELECT year, state FROM coverage WHERE year >= ?", [since]
            ).fetchall()
        db.close()
        return dict(rows)


def test_a_missing_year_is_not_found_after_two_walks(tmp_path: Path) -> None:
    """The years beside a report turn from partly looked at to not found; the newest is not due."""
    crawls = Crawls(tmp_path)
    crawls.run("2022-02-01", "complete", [2019])
    state = "partial_walk"
    assert crawls.coverage(2018) == {
        2018: state,
        2019: "published",
        2020: state,
        2021: "not_yet_due",
    }
    crawls.run("2022-02-20", "complete")
    state = "not_found"
    assert crawls.coverage(2018) == {
        2018: state,
        2019: "published",
        2020: state,
        2021: "not_yet_due",
    }
    assert 2007 not in crawls.coverage(2000)
    crawls.run("2022-04-01", "blocked")
    assert crawls.coverage(2020) == {2020: "not_found", 2021: "blocked"}


def test_years_before_a_body_was_founded_are_not_owed(tmp_path: Path) -> None:
    """临平区 was made of a part of 余杭区 in April 2021; the lists show it since that year."""
    crawls = Crawls(tmp_path, "杭州市临平区", "330113")
    crawls.run("2023-05-01", "complete", [2022])
    known = crawls.coverage(2008)
    assert {known[year] for year in range(2008, 2020)} == {"not_owed"}
    assert [known[year] for year in (2020, 2021, 2022)] == [
        "partial_walk", "partial_walk", "published",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stood", "years"),
    [
        ((2002, 2026), (True, True, True, True, True)),
        ((2013, 2026), (False, False, True, True, True)),
        ((2002, 2014), (True, True, True, True, False)),
        ((2014, 2014), (False, False, False, True, False)),
    ],
)
def test_a_region_may_be_a_year_older_or_younger_than_its_lists(
    stood: tuple[int, int], years: tuple[bool, ...]
) -> None:
    """Only what a list of the year before, or of the year after, shows to be missing is missing."""
    assert tuple(may_have_stood(stood, year) for year in (2010, 2011, 2012, 2015, 2016)) == years


def test_a_report_that_appears_is_no_longer_missing(tmp_path: Path) -> None:
    """A late report replaces what was said of its year."""
    crawls = Crawls(tmp_path)
    crawls.run("2022-02-01", "complete", [2019])
    crawls.run("2022-02-20", "complete")
    crawls.run("2022-03-01", "complete", [2020])
    assert crawls.coverage(2019) == {2019: "published", 2020: "published", 2021: "not_yet_due"}


def test_a_state_leads_to_the_capture_that_shows_it(tmp_path: Path) -> None:
    """The list that was seen last stands behind a report that was not found."""
    crawls = Crawls(tmp_path)
    crawls.run("2022-02-01", "complete", [2019])
    crawls.run("2022-02-20", "complete")
    with sqlite3.connect(tmp_path / "archive.db") as db:
        rows = db.execute(
            "SELECT DISTINCT c.url, c.captured_at FROM coverage v JOIN captures c ON c.id = v.capture"
            " WHERE v.state = 'not_found'"
        ).fetchall()
    db.close()
    assert rows == [("http://p.gov.cn/list", "2022-02-20T04:00:00.000Z")]


def test_a_report_that_a_list_names_and_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    """A dead link of a list is no missing report, until the report is read after all."""
    crawls = Crawls(tmp_path)
    crawls.run("2022-02-01", "complete", [2019], dead=[2018])
    assert crawls.coverage(2018)[2018] == "gone_from_known_url"
    crawls.run("2022-02-20", "complete", [2018])
    assert crawls.coverage(2018)[2018] == "published"


def test_a_dead_link_that_names_nobody_may_be_anybodys(tmp_path: Path) -> None:
    """On a portal of many bodies no year is not found while a report of it could not be read."""
    crawls = Crawls(tmp_path)
    crawls.run("2022-02-01", "complete", [2019])
    crawls.run("2022-02-02", "complete", [2020], dead=[2018], organ="教育局", whose="")
    crawls.run("2022-02-20", "complete")
    with sqlite3.connect(tmp_path / "archive.db") as db:
        rows = db.execute(
            "SELECT year, state FROM coverage WHERE year BETWEEN 2017 AND 2018 ORDER BY 1, 2"
        ).fetchall()
    db.close()
    assert rows == [(2017, "not_found")] * 2 + [(2018, "partial_walk")] * 2
