"""When a report that its address no longer shows counts as withdrawn."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.absence import Absence, Look, Portal, find_doubt, find_reorganisations
from archive.feeds import newest_changes, to_atom
from archive.foreign import read
from archive.ingest import Ingest
from archive.rebuild import rebuild
from archive.schema import open_database
from archive.warc import WarcWriter
from parsers.model import Capture, Note
from tests.rows import public_rows

HOST = "http://a.test"
_PAGE = """<html><head><meta charset="utf-8"><title>平湖市{year}年政府信息公开工作年度报告</title></head>
<body><h1>平湖市{year}年政府信息公开工作年度报告</h1><p>一、依申请公开情况</p>
<p>{year}年，全县共收到政府信息公开申请{requests}件。</p><p>平湖市人民政府办公室</p></body></html>"""
YEARS = tuple(range(2009, 2021))


def page(year: int, requests: int = 9) -> bytes:
    """A report of ours."""
    return _PAGE.format(year=year, requests=requests).encode()


class Portal1:
    """A portal that is looked at on days of January 2026, its list first, then each address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ingest = Ingest(folder)

    def visit(
        self,
        day: int,
        missing: dict[int, int] | None = None,
        listed: set[int] | None = None,
        *,
        outcome: str = "complete",
        look: bool = True,
        years: tuple[int, ...] = YEARS,
        moved: tuple[int, ...] = (),
    ) -> None:
        """Look at the portal: ``missing`` gives the status of years that are not shown."""
        run = f"run{day}"
        writer = WarcWriter(
            self.folder / "warc", run=run, software="t", collector="t", vantage="t", robots="none"
        )
        gone = missing or {}
        names = {y: f"{HOST}/{'new' if y in moved else 'nb'}/{y}.html" for y in years}
        asked = [(f"{HOST}/nb/{y}.html", gone.get(y, 404 if y in moved else 200), y) for y in years]
        asked += [(names[y], 200, y) for y in moved]
        for second, (url, status, year) in enumerate(asked):
            at = f"2026-01-{day:02}T01:00:{second:02}.000Z"
            head = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\n\r\n".encode()
            capture = Capture(
                url=url, captured_at=at, status=status, header_block=head,
                body=page(year) if status == 200 else b"", run=run, portal="a", role="document",
            )  # fmt: skip
            self.ingest.capture(writer.write(capture, b"GET / HTTP/1.1\r\n\r\n"))
        if look:
            there = set(years) - gone.keys() if listed is None else listed
            facts = {
                "portal": "a", "outcome": outcome, "declared": None, "found": len(there),
                "reason": None, "listed": [names[y] for y in years if y in there],
            }  # fmt: skip
            at = f"2026-01-{day:02}T02:00:00.000Z"
            self.ingest.note(writer.write_note(Note("walk", HOST + "/list", at, run, facts)))
        writer.close()
        self.ingest.settle()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self.ingest.store.db.execute(sql).fetchall()]

    def changes(self) -> list[tuple[object, ...]]:
        """Item, before, after and time of every change of status."""
        return self.rows(
            "SELECT item, replace(before, 'http://a.test', ''), replace(after, 'http://a.test',"
            " ''), substr(first_seen_after, 9, 2) FROM changes WHERE kind = 'status'"
            " ORDER BY first_seen_after, item"
        )

    def doubts(self) -> list[str]:
        """What is said of absent documents."""
        rows = self.rows("SELECT message FROM findings WHERE rule = 'gone_from_address'")
        return [str(message).split(": ")[-1] for (message,) in rows]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal1]:
    """A portal with twelve reports, all seen on the first day."""
    one = Portal1(tmp_path)
    one.visit(1)
    yield one
    one.ingest.close()


def test_an_absence_is_a_doubt_for_a_week_and_then_a_withdrawal(portal: Portal1) -> None:
    """Missed once, the report is gone; missed again 7 days later, it was withdrawn at the first."""
    portal.visit(5, {2012: 404})
    assert portal.changes() == []
    assert portal.doubts() == ["a second look at least 7 days later is needed"]
    assert portal.rows("SELECT count(*) FROM reports WHERE status = 'gone'") == [(1,)]
    assert portal.rows("SELECT state FROM coverage WHERE year = 2012") == [("gone_from_known_url",)]
    portal.visit(12, {2012: 410})
    assert portal.changes() == [("withdrawn", "/nb/2012.html", None, "05")]
    assert portal.doubts() == []
    assert portal.rows("SELECT year FROM reports WHERE status = 'withdrawn'") == [(2012,)]


@pytest.mark.parametrize(
    ("second", "doubt"),
    [
        ({"day": 11, "missing": {2012: 404}}, "a second look at least 7 days later is needed"),
        (
            {"day": 12, "missing": {2012: 404}, "listed": set(YEARS)},
            "a list of its portal still names it",
        ),
        (
            {"day": 12, "missing": dict.fromkeys(YEARS, 404)},
            "a second look at least 7 days later is needed",
        ),
        ({"day": 12, "missing": {2012: 403}}, "a second look at least 7 days later is needed"),
    ],
    ids=["too early", "still listed", "nothing else answers", "blocked"],
)
def test_what_confirms_nothing_leaves_the_doubt(
    portal: Portal1, second: dict[str, object], doubt: str
) -> None:
    """A look that comes too early, a list with the report, a portal that is not well: no proof."""
    portal.visit(5, {2012: 404})
    portal.visit(**second)  # type: ignore[arg-type]
    assert portal.changes() == []
    assert doubt in portal.doubts()


def test_without_a_complete_walk_the_doubt_stays(portal: Portal1) -> None:
    """Where no list was walked to its end, nobody knows whether it still names the report."""
    portal.visit(5, {2012: 404}, look=False)
    portal.visit(12, {2012: 404}, outcome="partial")
    assert portal.changes() == []
    assert portal.doubts() == ["no list of its portal has been walked to its end since"]


def test_a_flicker_is_no_change(portal: Portal1) -> None:
    """A report that is missing for three days was neither withdrawn nor restored."""
    portal.visit(5, {2012: 404})
    portal.visit(8)
    assert portal.changes() == []
    assert portal.doubts() == []
    assert portal.rows("SELECT DISTINCT status FROM reports") == [("live",)]
    assert portal.rows("SELECT count(*) FROM sightings WHERE state = 'gone'") == [(1,)]


def test_what_was_withdrawn_can_be_restored(portal: Portal1) -> None:
    """A report that comes back after a confirmed absence is restored, and the history stays."""
    portal.visit(5, {2012: 404})
    portal.visit(12, {2012: 404})
    portal.visit(20)
    assert [change[0] for change in portal.changes()] == ["withdrawn", "restored"]
    assert portal.rows("SELECT DISTINCT status FROM reports") == [("live",)]


def test_many_that_vanish_together_are_one_reorganisation(portal: Portal1) -> None:
    """Three of twelve reports that are gone at once are a change of the portal, not of reports."""
    three = dict.fromkeys((2012, 2013, 2014), 404)
    portal.visit(5, three)
    assert portal.changes() == []
    portal.visit(12, three)
    assert portal.changes() == [("portal_reorganised", "12", "9", "05")]
    assert portal.rows("SELECT portal, report, difference FROM changes") == [("a", None, -3)]
    assert portal.rows("SELECT count(*) FROM documents WHERE status = 'gone'") == [(3,)]
    (entry,) = newest_changes(portal.ingest.store.db)
    assert (entry.report, entry.lines) == (
        None,
        ("status 状态: portal_reorganised [status]: 12 → 9 (-3)",),
    )
    assert b"/report/" not in to_atom([entry], "http://site.test", entry.at)
    assert portal.doubts() == ["3 of 12 reports of its portal left their addresses together"] * 3


def test_two_of_twelve_are_two_withdrawals(portal: Portal1) -> None:
    """A fifth or less of the reports of a portal are single withdrawals."""
    two = dict.fromkeys((2012, 2013), 404)
    portal.visit(5, two)
    portal.visit(12, two)
    assert [change[0] for change in portal.changes()] == ["withdrawn"] * 2


def test_withdrawals_at_different_times_are_no_reorganisation(portal: Portal1) -> None:
    """Reports that vanish one after the other, each seen in between, did not vanish together."""
    for place, year in enumerate((2012, 2013, 2014, 2015)):
        portal.visit(3 + place, dict.fromkeys(range(2012, year + 1), 404))
    portal.visit(20, dict.fromkeys(range(2012, 2016), 404))
    assert [change[0] for change in portal.changes()] == ["withdrawn"] * 4


def test_a_night_without_the_portal_says_nothing_about_one_that_was_withdrawn(
    portal: Portal1,
) -> None:
    """Reports that were missing for a night do not make a withdrawal of that night a redesign."""
    portal.visit(5, dict.fromkeys((2011, 2012, 2013, 2014), 404))
    portal.visit(6, {2012: 404})
    portal.visit(13, {2012: 404})
    assert [change[:2] for change in portal.changes()] == [("withdrawn", "/nb/2012.html")]


def test_a_redesign_that_moves_the_reports_is_told_as_moves(portal: Portal1) -> None:
    """Reports found again at new addresses have moved; what is not found again is no withdrawal."""
    portal.visit(5, {2020: 404}, moved=YEARS[:10])
    portal.visit(12, {2020: 404}, moved=YEARS[:10])
    assert sorted(str(change[0]) for change in portal.changes()) == [
        *["moved"] * 10, "portal_reorganised",
    ]  # fmt: skip
    assert portal.rows("SELECT year FROM reports WHERE status = 'gone'") == [(2020,)]


def test_a_rebuild_judges_absences_as_the_crawls_did(tmp_path: Path) -> None:
    """From the WARC files alone come the same changes, doubts and standings, row by row."""
    one = Portal1(tmp_path)
    one.visit(1)
    one.visit(3, {2010: 404})
    one.visit(5, {2010: 404, **dict.fromkeys((2012, 2013, 2014), 404)}, moved=(2016,))
    one.visit(14, {2010: 404, **dict.fromkeys((2012, 2013, 2014), 404)}, moved=(2016,))
    one.visit(20, {2013: 404, 2018: 404}, moved=(2016,))
    one.ingest.close()
    live = public_rows(tmp_path / "archive.db")
    assert {row[4] for row in live["changes"]} >= {"withdrawn", "restored", "portal_reorganised"}
    rebuild(tmp_path)
    assert public_rows(tmp_path / "archive.db") == live


def test_files_may_arrive_in_any_order(tmp_path: Path) -> None:
    """The order in which WARC files are ingested changes no row."""
    source = Portal1(tmp_path / "a")
    for day, missing in ((1, {}), (5, {2012: 404}), (12, {2012: 404}), (15, {2012: 404})):
        source.visit(day, missing)
    source.ingest.close()
    live = public_rows(tmp_path / "a" / "archive.db")
    files = sorted((tmp_path / "a" / "warc").iterdir())
    Random(7).shuffle(files)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "ids.jsonl").write_bytes((tmp_path / "a" / "ids.jsonl").read_bytes())
    for file in files:
        ingest = Ingest(tmp_path / "b")
        for noun in read(file):
            (ingest.note if isinstance(noun, Note) else ingest.capture)(noun)  # type: ignore[operator,arg-type]
        ingest.close()
    found = public_rows(tmp_path / "b" / "archive.db")
    for table in ("changes", "sightings", "documents", "reports", "revisions", "findings"):
        assert found[table] == live[table], table
    assert found["coverage"] == live["coverage"]


def _absence(report: str, last_seen: str, *gone: str) -> Absence:
    return Absence(report, report, f"{HOST}/{report}", 1, last_seen, gone)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 8)), max_size=10), st.randoms())
def test_reorganisations_do_not_depend_on_the_order(
    spans: list[tuple[int, int]], random: Random
) -> None:
    """Absences in any order give the same reorganisations, each of more than a fifth."""
    absences = [
        _absence(f"r{n}", f"2026-01-{since:02}", f"2026-01-{since + days:02}")
        for n, (since, days) in enumerate(spans)
    ]
    shown = [(f"r{n}", f"r{n}", "2025-01-01") for n in range(20)]
    found = find_reorganisations(absences, absences, shown)
    shuffled = random.sample(absences, len(absences))
    again = find_reorganisations(shuffled, shuffled, shown)
    assert {frozenset(one.absences) for one in found} == {frozenset(o.absences) for o in again}
    assert all(len(one.reports) * 5 > one.shown for one in found)
    for one, other in product(found, found):
        assert one is other or not set(one.absences) & set(other.absences)


@pytest.mark.parametrize("at", ["2006", "yesterday", "", "2026-01-02T00:00:00"])
def test_a_time_that_is_none_confirms_nothing_and_breaks_nothing(at: str) -> None:
    """Other people's files may hold any time; it is judged, and no error."""
    absence = _absence("r1", "2005-01-01", at)
    assert find_doubt(absence, Portal((), [("2026-01-02T01", "x")], ())) is not None


def test_the_list_that_counts_is_the_last_one_by_then() -> None:
    """A list that names the report again after missing it once leaves the doubt."""
    absence = _absence("r1", "2026-01-01", "2026-01-02", "2026-01-12")
    answers = [("2026-01-02T01", "x"), ("2026-01-12T01", "x")]
    without, named = frozenset[str](), frozenset({"//a.test/r1"})
    looks = [Look("2026-01-03", without), Look("2026-01-11", named)]
    assert find_doubt(absence, Portal((), answers, looks)) == "a list of its portal still names it"
    later = [*looks, Look("2026-01-13", without)]
    assert find_doubt(absence, Portal((), answers, later)) is None


def test_an_archive_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """A database made before absences were doubted keeps its rows and takes the new ones."""
    path = tmp_path / "archive.db"
    with closing(open_database(str(path))) as db:
        db.execute(
            "INSERT INTO documents (key, url, status) VALUES ('d1', 'http://a.test/1', 'live')"
        )
    with sqlite3.connect(path) as old:
        old.execute("DELETE FROM _sqlite_migrations WHERE name = 'doubt_absences'")
        old.executescript(
            "DROP TABLE lists; DROP TABLE unsettled_portals; ALTER TABLE walks DROP COLUMN listed;"
        )
    with closing(open_database(str(path))) as db:
        db.execute("UPDATE documents SET status = 'gone'")
        assert db.execute("SELECT key FROM documents").fetchall() == [("d1",)]
        assert db.execute("SELECT listed FROM walks").fetchall() == []
        assert db.execute("SELECT * FROM lists, unsettled_portals").fetchall() == []
        named = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'documents_report'"
        assert db.execute(named).fetchall() == [(1,)]
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
