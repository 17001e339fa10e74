"""The pages of changes, findings and corrections: what is listed, narrowed and told apart."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.schema import open_database
from archive.site.changes_page import CHANGES_ON_A_PAGE, read_changes
from archive.site.findings_page import read_findings
from archive.site.frame import Page
from tests.test_browse import OUTSIDE
from tests.test_search_page import ask

ZHEJIANG, ANHUI = "330482", "340121"
# report, body, region, year
REPORTS = [
    ("a/2020/annual_report", "a", ZHEJIANG, 2020),
    ("a/2021/annual_report", "a", ZHEJIANG, 2021),
    ("b/2021/annual_report", "b", ANHUI, 2021),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive with changes, findings and reviews of every kind."""
    place = tmp_path_factory.mktemp("lists")
    with closing(open_database(str(place / "archive.db"))) as db, db:
        for number, (key, body, region, year) in enumerate(REPORTS):
            plant_report(db, number, key, body, region, year)
        plant_changes(db)
        plant_findings(db)
    return place


def plant_report(
    db: sqlite3.Connection, number: int, key: str, body: str, region: str, year: int
) -> None:
    """Save a report with two revisions: 1, 2; 11, 12; 21, 22; the last read by a newer parser."""
    db.execute(
        "INSERT OR IGNORE INTO bodies VALUES (?, ?, ?, ?, ?, 'county', 'government', NULL, ?)",
        [body, f"{region}/x", f"机关{body}<b>", region, region, body],
    )
    db.execute(
        "INSERT INTO documents (key, url, report, status) VALUES (?, ?, ?, 'live')",
        [f"d{number}", f"http://portal.test/{number}", key],
    )
    db.execute(
        "INSERT INTO reports (key, body, year, kind, form, scope, title, subject, region_code,"
        " level, organ_type, source_quality, status, document, revision, first_seen, last_seen)"
        " VALUES (?, ?, ?, 'annual_report', 'national_2019', 'unknown', '年报', ?, ?, 'county',"
        " 'government', 'official', 'live', ?, ?, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')",
        [key, body, year, f"机关{body}<b>", region, f"d{number}", number * 10 + 2],
    )
    for seq in (1, 2):
        db.execute(
            "INSERT INTO revisions VALUES (?, ?, ?, ?, 1, ?, ?, '{}', '年报', '', '{}', '[]',"
            " '[]', '[]', 'utf-8', '[]', 0)",
            [number * 10 + seq, f"d{number}", seq, str(seq), str(seq if number == 2 else 1), key],
        )
    db.execute(
        "INSERT INTO report_texts (report, year, region_code, basis, title, text)"
        " VALUES (?, ?, ?, '[]', '', '')",
        [key, year, region],
    )


def plant_changes(db: sqlite3.Connection) -> None:
    """Save changes of several kinds at several moments, of the source and of our parser."""
    made = [
        ("c1", 0, "field", "fines", "3172", "3217", "number", 45, "source", "2026-01-02T00:00:00Z"),
        ("c2", 0, "text", "text", "旧<i>", "新", "wording", None, "source", "2026-01-02T00:00:00Z"),
        ("c3", 1, "status", "withdrawn", None, None, "status", None, "source", "2026-01-03T00:00:00Z"),
        ("c4", 2, "field", "fines", "5", "6", "number", 1, "source", "2026-01-04T00:00:00Z"),
        ("c5", 2, "field", "fines", "1", "1000", "number", 999, "parser", "2026-01-05T00:00:00Z"),
    ]  # fmt: skip
    for key, number, kind, item, before, after, nature, difference, cause, at in made:
        db.execute(
            "INSERT INTO changes (key, report, document, kind, item, place, before, after, nature,"
            " difference, cause, from_revision, to_revision, first_seen_after)"
            " VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?)",
            [key, REPORTS[number][0], f"d{number}", kind, item, before, after, nature, difference,
             cause, number * 10 + 1, number * 10 + 2, at],
        )  # fmt: skip
    db.execute("UPDATE changes SET old_parser = '1', new_parser = '2' WHERE cause = 'parser'")


def plant_findings(db: sqlite3.Connection) -> None:
    """Save findings of today and of a state that is gone, and what people said of some."""
    made = [
        ("f1", 2, 0, "results_sum", "error", '["results_total", "granted"]'),
        ("f2", 12, 1, "results_sum", "error", "[]"),
        ("f3", 22, 2, "late", "warning", "[]"),
        ("f4", 22, 2, "text_copied", "notice", "[]"),
        ("f5", 1, 0, "late", "warning", "[]"),
    ]
    for key, revision, number, rule, severity, fields in made:
        db.execute(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            [key, revision, REPORTS[number][0], rule, severity, f"{key} does not agree", fields],
        )
    for field, raw, start in (("results_total", "45", 120), ("granted", "43", None)):
        db.execute(
            "INSERT INTO statistics VALUES (2, ?, 'table1', 0, ?, ?, NULL, NULL, '件', 'exact',"
            " 'printed', NULL, NULL, 'unknown', NULL, ?, 1, 1, ?, ?, '', '[]')",
            [field, f"标签{field}", int(raw), raw, start, start and start + 2],
        )
    for target, verdict, at in (
        ("f1", "unclear", "2026-02-01T00:00:00Z"),
        ("f1", "confirmed", "2026-02-02T00:00:00Z"),
        ("f3", "wrong", "2026-02-03T00:00:00Z"),
        ("c4", "wrong", "2026-02-04T00:00:00Z"),
    ):
        db.execute(
            "INSERT INTO reviews VALUES (?, ?, '<u>读者', ?, '与原件核对')", [target, verdict, at]
        )


def page(folder: Path, path: str) -> str:
    """Return a page that must be there."""
    (answer,) = ask(folder, path)
    assert answer.status_code == 200, path
    return answer.text


def asked(folder: Path, reader: object, **arguments: str) -> dict[str, object]:
    """Return what a page with these arguments is to show."""
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        facts = reader(db, Page("/", arguments=arguments))  # type: ignore[operator]
    return dict(facts)


def changes(folder: Path, **arguments: str) -> list[str]:
    """Return the keys of the changes that are listed, in order."""
    days = asked(folder, read_changes, **arguments)["days"]
    return [one["key"] for _, entries in days for entry in entries for one in entry.changes]  # type: ignore[attr-defined]


def findings(folder: Path, **arguments: str) -> list[str]:
    """Return the keys of the findings that are listed."""
    found = asked(folder, read_findings, **arguments)["findings"]
    return [str(one["key"]) for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({}, ["c4", "c3", "c1", "c2"]),
        ({"kind": "field"}, ["c4", "c1"]),
        ({"nature": "wording"}, ["c2"]),
        ({"region": "340000"}, ["c4"]),
        ({"region": ZHEJIANG, "year": "2021"}, ["c3"]),
        ({"year": "2021"}, ["c4", "c3"]),
        ({"body": "a"}, ["c3", "c1", "c2"]),
        ({"body": "a", "kind": "status", "year": "2020"}, []),
        ({"kind": "nonsense", "year": "x", "region": "999999"}, ["c4", "c3", "c1", "c2"]),
        ({"before": "2026-01-03T00:00:00Z~c3"}, ["c1", "c2"]),
    ],
)
def test_changes_of_the_source_are_listed_newest_first(
    folder: Path, arguments: dict[str, str], keys: list[str]
) -> None:
    """By kind, nature, region, year and body; what makes no sense narrows nothing."""
    assert changes(folder, **arguments) == keys


def test_a_change_of_our_parser_is_a_correction_and_no_change(folder: Path) -> None:
    """What a newer parser reads differently is only among the corrections, with both versions."""
    assert "+999" not in page(folder, "/changes")
    told = page(folder, "/corrections?lang=en")
    assert "1000" in told
    assert "parser 1 → 2" in told


def test_a_number_that_two_parsers_read_is_marked(folder: Path) -> None:
    """The number of the report whose states two versions read says so; the other does not."""
    text = page(folder, "/changes?lang=en")
    assert text.count("read by two versions of our parser") == 1
    assert "read by two versions" not in page(folder, "/changes?lang=en&body=a")


def test_changes_seen_together_lead_to_their_comparison(folder: Path) -> None:
    """The entry of two changes has one link to the two states."""
    text = page(folder, "/changes?body=a&year=2020")
    assert text.count("/report/a/2020/annual_report/changes?at=2026-01-02T00%3A00%3A00Z") == 1
    assert "(+45)" in text


def test_older_changes_are_on_the_next_page(tmp_path: Path) -> None:
    """A page has a hundred; the next begins where it ended, and none is lost or told twice."""
    count = CHANGES_ON_A_PAGE + 20
    with closing(open_database(str(tmp_path / "archive.db"))) as db, db:
        plant_report(db, 0, *REPORTS[0])
        for number in range(count):
            db.execute(
                "INSERT INTO changes (key, report, document, kind, item, place, nature, cause,"
                " first_seen_after) VALUES (?, ?, 'd0', 'status', 'moved', '', 'status', 'source',"
                " '2026-01-02T00:00:00Z')",
                [f"c{number:03}", REPORTS[0][0]],
            )
    first = asked(tmp_path, read_changes)
    seen = changes(tmp_path) + changes(tmp_path, before=str(first["next"]))
    assert sorted(seen) == [f"c{number:03}" for number in range(count)]
    assert asked(tmp_path, read_changes, before=str(first["next"]))["next"] is None


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({}, ["f3", "f4", "f2", "f1"]),
        ({"rule": "results_sum"}, ["f2", "f1"]),
        ({"severity": "warning"}, ["f3"]),
        ({"region": "330000"}, ["f2", "f1"]),
        ({"year": "2020"}, ["f1"]),
        ({"body": "b"}, ["f3", "f4"]),
        ({"told": "machine"}, ["f4", "f2"]),
        ({"told": "confirmed"}, ["f1"]),
        ({"told": "wrong"}, ["f3"]),
        ({"told": "unclear"}, []),
    ],
)
def test_findings_of_today_are_listed(
    folder: Path, arguments: dict[str, str], keys: list[str]
) -> None:
    """By rule, severity, region, year, body and by who says so; the last verdict counts."""
    assert findings(folder, **arguments) == keys


def test_findings_are_counted_by_rule(folder: Path) -> None:
    """Counts are of what is asked for, with how many a person has confirmed."""
    counts = asked(folder, read_findings)["counts"]
    assert [(one["rule"], one["findings"], one["confirmed"], one["reports"]) for one in counts] == [  # type: ignore[attr-defined]
        ("results_sum", 2, 1, 2),
        ("late", 1, 0, 1),
        ("text_copied", 1, 0, 1),
    ]
    for narrowed in ({"rule": "late"}, {"rule": "late", "region": "340000"}):
        (one,) = asked(folder, read_findings, **narrowed)["counts"]  # type: ignore[misc]
        assert (one["rule"], one["findings"], one["reviewed"]) == ("late", 1, 1)


def test_a_finding_stands_beside_its_numbers(folder: Path) -> None:
    """Each number is shown as printed; one whose place is known leads to it."""
    text = page(folder, "/findings?told=confirmed")
    assert '/report/a/2020/annual_report#at-120">45</a>' in text
    assert "<strong>43</strong>" in text
    assert '/report/a/2020/annual_report#f1"' in text


def test_who_says_so_is_told_of_every_finding(folder: Path) -> None:
    """Each finding has one mark: of the machine, or of a person with name, day and note."""
    text = page(folder, "/findings?lang=en")
    marks = re.findall(r'class="tag verdict (\w+)"', text)
    assert sorted(marks) == ["confirmed", "machine", "machine", "wrong"]
    assert "2026-02-02: confirmed by a person" in text
    assert "与原件核对" in text


def test_what_a_person_calls_wrong_is_a_correction(folder: Path) -> None:
    """Findings and changes called wrong stand there with their report, the last first."""
    text = page(folder, "/corrections?lang=en")
    assert text.index("<del>5</del>") < text.index("f3 does not agree")
    assert text.count("a person says the machine is wrong") == 2


@pytest.mark.parametrize("path", ["/changes", "/findings", "/corrections"])
@pytest.mark.parametrize("language", ["", "?lang=en"])
def test_markup_is_text_and_nothing_comes_from_elsewhere(
    folder: Path, path: str, language: str
) -> None:
    """Names and words are shown as they are, in both languages."""
    text = page(folder, path + language)
    assert "&lt;" in text
    for markup in ("<script", "<b>", "<i>", "<u>"):
        assert markup not in text
    assert not OUTSIDE.search(text)


def test_an_empty_archive_says_that_there_is_nothing(tmp_path: Path) -> None:
    """Without changes, findings and reviews the pages say so."""
    open_database(str(tmp_path / "archive.db")).close()
    assert "There is no such change." in page(tmp_path, "/changes?lang=en")
    assert "There is no such finding." in page(tmp_path, "/findings?lang=en")
    assert page(tmp_path, "/corrections?lang=en").count("None so far.") == 2


@pytest.mark.parametrize(
    ("reader", "arguments"),
    [
        (read_changes, {}),
        (read_changes, {"kind": "field", "year": "2021"}),
        (read_changes, {"region": "330000", "nature": "number"}),
        (read_changes, {"body": "a"}),
        (read_findings, {"rule": "late", "severity": "warning"}),
        (read_findings, {"region": "330000"}),
        (read_findings, {"body": "a", "year": "2021"}),
        (read_findings, {"told": "confirmed"}),
    ],
)
def test_lists_are_read_by_index(folder: Path, reader: object, arguments: dict[str, str]) -> None:
    """No query goes through changes or statistics from end to end; lists of newest go by time."""
    told: list[str] = []
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        db.set_trace_callback(told.append)
        reader(db, Page("/", arguments=arguments))  # type: ignore[operator]
        db.set_trace_callback(None)
        plans = [
            str(step[3])
            for query in told
            if query.lstrip().startswith("SELECT")
            for step in db.execute(f"EXPLAIN QUERY PLAN {query}")
        ]
    long = r"SCAN (c|s|f|changes|statistics)\b" if "told" in arguments else r"SCAN (c|s)\b"
    scans = [step for step in plans if re.match(long, step)]
    assert [step for step in scans if "changes_time" not in step] == []
