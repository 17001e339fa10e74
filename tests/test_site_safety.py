"""What the site refuses: scripts, dear queries, formulas, links to captured addresses, writing."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from archive.browse import archive_site
from archive.schema import open_database
from archive.site.safety import LONGEST_PATTERN, LONGEST_VALUE, SCRIPTS
from archive.spreadsheet import inert, inert_line

FORMULA = "=cmd|' /C calc'!A0"
FIRST_LETTERS = "=+-@\t\r\n＝＋－＠"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive with one portal whose name is a formula and whose home may lead anywhere."""
    place = tmp_path_factory.mktemp("archive")
    with closing(open_database(str(place / "archive.db"))) as db, db:
        db.execute(
            "INSERT INTO portals VALUES ('p', ?, 'http://mirror.test/', NULL, 0, '-5', '-')",
            [FORMULA],
        )
    return place


@pytest.fixture(scope="module")
def published(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same database as a file of its own, as a release has it."""
    file = tmp_path_factory.mktemp("release") / "release-1.db"
    with sqlite3.connect(folder / "archive.db") as db:
        db.execute("VACUUM INTO ?", [str(file)])
    return file


def ask(place: Path, *paths: str, allow_sql: bool | None = None) -> list[Response]:
    """Return the site's answers."""

    async def answers() -> list[Response]:
        site = archive_site(place, allow_sql=allow_sql)
        await site.invoke_startup()
        return [await site.client.get(path) for path in paths]

    return asyncio.run(answers())


def sql(query: str) -> str:
    """Return the address of a query's rows."""
    return "/archive.json?_shape=arrays&sql=" + query.replace("%", "%25").replace("+", "%2B")


def test_the_hashes_are_those_of_the_scripts_of_this_datasette(folder: Path) -> None:
    """Every script that is written into a page of Datasette is one of ours, and each of ours is."""
    paths = (
        "/-no-such-page",
        "/archive",
        "/archive/portals",
        "/archive/portals/p",
        sql("select 1"),
    )
    found = set()
    for answer in ask(folder, *paths, sql("select 1").replace(".json", "")):
        for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL):
            digest = hashlib.sha256(script.encode()).digest()
            found.add("sha256-" + base64.b64encode(digest).decode())
    assert found == set(SCRIPTS)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search",
        "/archive",
        "/archive/portals",
        "/archive/portals.json",
        "/archive/portals.csv",
        "/archive/none",
        "/archive?sql=select+nothing",
        "/assets/site.css",
        "/robots.txt",
        "/-/databases",
    ],
)
def test_every_answer_says_what_a_browser_may_do_with_it(folder: Path, path: str) -> None:
    """Pages, data, files and errors: no foreign script or frame, no guessed type, no referrer."""
    (answer,) = ask(folder, path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts is None or "unsafe" not in scripts[1]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/-/databases", "/-/databases.json", "/-/threads", "/-/metadata", "/-/plugins", "/-/patterns"],
)
def test_nobody_is_told_of_the_machine(folder: Path, path: str) -> None:
    """Paths, threads and versions are nobody's business."""
    (answer,) = ask(folder, path)
    assert answer.status_code == 404
    assert str(folder) not in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/archive/nothing", "/nothing/at/all", "/report/x"])
def test_an_address_without_a_page_is_said_in_the_frame_of_the_site(
    folder: Path, path: str
) -> None:
    """An address that nothing answers leads to a page that helps, in either language."""
    chinese, english = ask(folder, path, f"{path}?lang=en")
    assert (chinese.status_code, english.status_code) == (404, 404)
    assert "没有这个页面" in chinese.text
    assert "There is no such page" in english.text


def test_a_failure_is_said_and_its_cause_is_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours answers 500 without a word of what failed."""

    def fail(*_: object) -> None:
        raise RuntimeError(str(folder))

    monkeypatch.setattr("archive.site.search_page._choices", fail)
    (answer,) = ask(folder, "/search")
    assert answer.status_code == 500
    assert str(folder) not in answer.text


def test_the_files_of_datasette_are_served(folder: Path) -> None:
    """Its style and its script for tables come from the site itself."""
    answers = ask(folder, "/-/static/app.css", "/-/static/table.js")
    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select hex(zeroblob(400000000))", "too big"),
        (f"select length(zeroblob({LONGEST_VALUE + 1}))", "too big"),
        (f"select 'a' like hex(zeroblob({LONGEST_PATTERN}))", "too complex"),
        ("select load_extension('x')", "not authorized"),
        ("with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n", "interrupted"),
        ("delete from portals", "must be a SELECT"),
        ("attach 'x' as y", "must be a SELECT"),
        ("pragma writable_schema = 1", "must be a SELECT"),
    ],
)  # fmt: skip
def test_a_query_that_costs_or_writes_is_refused(folder: Path, query: str, reason: str) -> None:
    """Giant values, endless loops, leaks of addresses and writes end in an error that says so."""
    (answer,) = ask(folder, sql(query))
    assert answer.status_code == 400
    assert reason in answer.text.lower() or reason in answer.text


def test_no_function_tells_an_address_of_the_process(folder: Path) -> None:
    """SQLite's own function of this name returns where the code of a tokenizer is in memory."""
    query = "select fts3_tokenizer('simple'), fts3_tokenizer('simple', x'00')"
    (answer,) = ask(folder, sql(query))
    assert answer.json()["rows"] == [[None, None]]


def test_a_query_returns_a_limited_number_of_rows(folder: Path) -> None:
    """A thousand rows at most, and it is said that there are more."""
    query = "with recursive n(i) as (select 1 union all select i+1 from n where i < 5000) select i from n"
    (answer,) = ask(folder, sql(query).replace("_shape=arrays&", ""))
    assert len(answer.json()["rows"]) == 1000
    assert answer.json()["truncated"] is True


def test_a_captured_address_in_a_table_leads_nowhere(folder: Path) -> None:
    """An address is shown in tables, rows and query results, and is not a link."""
    query = "/archive?sql=select+home+from+portals"
    for answer in ask(folder, "/archive/portals", "/archive/portals/p", query):
        assert "http://mirror.test/" in answer.text
        assert 'href="http://mirror.test' not in answer.text


def test_a_table_as_csv_holds_no_formula(folder: Path) -> None:
    """A cell that a spreadsheet would compute is shown by it; a number stays a number."""
    for answer in ask(folder, "/archive/portals.csv", "/archive/portals.csv?_dl=1&_stream=1"):
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert row["name"] == f"'{FORMULA}"
        assert (row["first_seen"], row["last_seen"]) == ("-5", "-")


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/", True),
        ("/?lang=en", True),
        ("/report/b/2020/annual_report", True),
        ("/report/b/2020/annual_report?lang=en", True),
        ("/report/b/2020/annual_report/changes?from=1&to=2", False),
        ("/findings?rule=late&lang=en", False),
        ("/search?q=x", False),
        ("/archive", False),
        ("/archive/reports", False),
        ("/-/static/app.css", False),
    ],
)
def test_robots_read_pages_and_leave_tables_alone(folder: Path, path: str, may: bool) -> None:  # noqa: FBT001
    """The robots.txt keeps robots from tables, searches and narrowed lists."""
    (answer,) = ask(folder, "/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert Protego.parse(answer.text).can_fetch(path, "anybot") is may


def test_a_published_file_is_taken_to_be_unchangeable(published: Path) -> None:
    """It is opened as immutable, under its own name, with the descriptions of its tables."""
    site = archive_site(published)
    assert [(db.name, db.is_mutable) for db in site.databases.values() if db.path] == [
        ("release-1", False)
    ]
    (answer,) = ask(published, "/release-1/portals")
    assert answer.status_code == 200
    assert "政府网站" in answer.text


def test_a_published_file_can_lie_where_nothing_can_be_written(published: Path) -> None:
    """A folder and a file without any right to write are enough."""
    published.chmod(0o400)
    published.parent.chmod(0o500)
    try:
        (answer,) = ask(published, "/release-1/portals.json?_shape=array")
    finally:
        published.parent.chmod(0o700)
    assert [row["id"] for row in answer.json()] == ["p"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/release-1?sql=select+1", 403),
        ("/release-1.json?sql=select+1", 403),
        ("/release-1/portals?_where=1", 403),
        ("/release-1.db", 403),
        ("/release-1/portals.csv?_stream=1", 400),
        ("/release-1/portals.csv", 200),
    ],
)
def test_strangers_ask_tables_and_not_sql(published: Path, path: str, status: int) -> None:
    """A published file answers for tables; SQL, whole tables and the file itself are elsewhere."""
    assert ask(published, path)[0].status_code == status


def test_sql_can_be_allowed(published: Path, folder: Path) -> None:
    """Who serves it may let visitors ask SQL, or nobody."""
    assert ask(published, "/release-1.json?sql=select+1", allow_sql=True)[0].status_code == 200
    assert ask(folder, "/archive.json?sql=select+1", allow_sql=False)[0].status_code == 403


@pytest.mark.parametrize("letter", FIRST_LETTERS)
def test_a_text_that_begins_like_a_formula_is_shown(letter: str) -> None:
    """An apostrophe before it makes a spreadsheet show it."""
    assert inert(f"{letter}SUM(A1)") == f"'{letter}SUM(A1)"


@pytest.mark.parametrize("text", ["", "-", "--", "-5", "+3.2%", "-1,234.5", "年报", "3=2+1", " =1"])
def test_other_text_stays(text: str) -> None:
    """Numbers, dashes for blanks and words stay what they are."""
    assert inert(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1))
def test_a_row_stays_a_row(cells: list[str]) -> None:
    """Cells of a written row become inert one by one, whatever they hold."""
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    read = next(csv.reader(io.StringIO(inert_line(line.getvalue()), newline="")))
    assert read == [inert(cell) for cell in cells]
