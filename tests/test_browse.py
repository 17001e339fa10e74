"""Browsing: Datasette answers for every table, says what it means, and asks nobody else."""

from __future__ import annotations

import asyncio
import html
import re
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.browse import archive_site, serve
from archive.descriptions import describe_column, describe_tables, shared_columns
from archive.errors import NoArchive, NotPublished, PublishedOtherwise
from archive.release.database import Release, build_database
from archive.schema import open_database
from tests.rows import make_older
from tests.servers import run_scrapy

SHADOWS = re.compile(r"report_search_\w+|_sqlite_migrations|sqlite_\w+")
# <script src="//elsewhere/x.js">, <img src="https://…">, <link rel="stylesheet" href="http://…">
OUTSIDE = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
    r"|<link rel=[\"'](?!alternate)[^>]*\bhref=[\"']?(?:https?:)?//|@import|url\([\"']?(?:https?:)?//"
)


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive folder with one hostile report in its database."""
    folder = tmp_path_factory.mktemp("archive")
    db = Database(open_database(str(folder / "archive.db")))
    with db.atomic():
        db.table("reports").insert(
            {
                "key": "b1/2020/annual_report",
                "body": "b1",
                "year": 2020,
                "kind": "annual_report",
                "form": "national_2019",
                "scope": "unknown",
                "title": "<script>alert(1)</script>年度报告",
                "level": "county",
                "organ_type": "government",
                "source_quality": "official",
                "status": "live",
                "first_seen": "2026-11-21T08:00:00Z",
                "last_seen": "2026-11-21T08:00:00Z",
            }
        )
    db.close()
    return folder


def columns_of(folder: Path) -> dict[str, list[str]]:
    """Return the columns of every table and view people see."""
    with closing(sqlite3.connect(folder / "archive.db")) as db:
        rows = db.execute(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type IN ('table', 'view')"
        ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column in rows:
        if not SHADOWS.fullmatch(table):
            found.setdefault(table, []).append(column)
    return found


def get(folder: Path, *paths: str) -> list[tuple[int, str]]:
    """Return status and text of pages of the site."""

    async def ask() -> list[tuple[int, str]]:
        site = archive_site(folder)
        await site.invoke_startup()
        answers = [await site.client.get(path, follow_redirects=True) for path in paths]
        return [(answer.status_code, answer.text) for answer in answers]

    return asyncio.run(ask())


def test_every_table_and_column_is_described_in_two_languages(archive_dir: Path) -> None:
    """Each table, view and column has a meaning in English and Chinese."""
    with closing(sqlite3.connect(archive_dir / "archive.db")) as db:
        fields = {row[0] for row in db.execute("SELECT id FROM fields")}
    tables = describe_tables()
    for table, columns in columns_of(archive_dir).items():
        assert table in tables, table
        for column in columns:
            meaning = describe_column(table, column)
            assert meaning or (table.startswith("report_wide_") and column in fields), (
                table,
                column,
            )
    meanings = [entry.text for entry in tables.values()] + list(shared_columns().values())
    meanings += [meaning for entry in tables.values() for meaning in entry.columns.values()]
    for meaning in meanings:
        assert meaning.en.isascii() or "…" in meaning.en or re.search(r"[一-鿿]", meaning.en)
        assert re.search(r"[一-鿿]", meaning.zh), meaning.zh


def test_nothing_is_described_that_does_not_exist(archive_dir: Path) -> None:
    """Descriptions name only tables and columns of the schema."""
    columns = columns_of(archive_dir)
    assert set(describe_tables()) == set(columns)
    for table, entry in describe_tables().items():
        assert set(entry.columns) <= set(columns[table]), table
    assert set(shared_columns()) <= {name for names in columns.values() for name in names}


def test_home_and_every_table_answer(archive_dir: Path) -> None:
    """The home page and every table and view answer with title and meaning in both languages."""
    tables = sorted(columns_of(archive_dir))
    pages = get(archive_dir, "/", "/archive", *(f"/archive/{name}" for name in tables))
    assert [status for status, _ in pages] == [200] * len(pages)
    assert "政府信息公开年报档案" in pages[0][1]
    assert "报告原文的权利归发布机关" in pages[0][1]
    assert "rights of their publishers" in pages[1][1]
    for name, (_, text) in zip(tables, pages[2:], strict=True):
        meaning = describe_tables()[name].text
        assert html.escape(meaning.en) in text
        assert html.escape(meaning.zh) in text


def test_columns_say_what_they_mean(archive_dir: Path) -> None:
    """A table page lists the meaning of its columns; a wide view that of its fields."""
    (_, reports), (_, wide) = get(archive_dir, "/archive/reports", "/archive/report_wide_2021")
    assert "Year covered by the report, which is not the year of publication." in reports
    assert "报告所覆盖的年度" in reports
    with closing(sqlite3.connect(archive_dir / "archive.db")) as db:
        (label,) = db.execute(
            "SELECT label FROM fields WHERE forms LIKE '%national_2021%' LIMIT 1"
        ).fetchone()
    assert html.escape(label) in wide


def test_queries_answer(archive_dir: Path) -> None:
    """Each ready-made query runs on the schema as it is."""
    pages = get(
        archive_dir,
        "/archive/numbers_of_a_report.json?report=b1/2020/annual_report",
        "/archive/history_of_a_report.json?report=b1/2020/annual_report",
        "/archive/evidence_of_a_document.json?url=http://portal.test/a",
        "/archive/reports.json?_facet=year",
    )
    assert [status for status, _ in pages] == [200] * 4


def test_no_page_asks_another_host(archive_dir: Path) -> None:
    """No page loads a script, style or picture from anywhere else."""
    for _, text in get(archive_dir, "/", "/archive", "/archive/reports", "/archive?sql=select+1"):
        assert not OUTSIDE.search(text)


def test_page_text_is_not_run(archive_dir: Path) -> None:
    """Markup in a captured title is shown, not executed."""
    ((_, text),) = get(archive_dir, "/archive/reports")
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_writing_is_refused(archive_dir: Path) -> None:
    """The site cannot change the archive and does not offer the whole file."""
    pages = get(archive_dir, "/archive.json?sql=delete+from+reports", "/archive.db")
    assert [status for status, _ in pages] == [400, 403]


def test_the_archive_can_be_written_while_it_is_browsed(archive_dir: Path) -> None:
    """A row stored after the site was opened shows on its next page."""

    async def ask() -> list[dict[str, object]]:
        site = archive_site(archive_dir)
        await site.client.get("/archive/portals")
        with closing(sqlite3.connect(archive_dir / "archive.db")) as db, db:
            db.execute(
                "INSERT OR REPLACE INTO portals VALUES ('p9', '新门户', NULL, NULL, 1, 'a', 'b')"
            )
        rows: list[dict[str, object]] = (
            await site.client.get("/archive/portals.json?_shape=array")
        ).json()
        return rows

    assert [row["name"] for row in asyncio.run(ask())] == ["新门户"]


def test_an_older_archive_is_brought_up_to_date_before_it_is_shown(tmp_path: Path) -> None:
    """A column that the database of a folder lacked is there, and described."""
    with closing(open_database(str(tmp_path / "archive.db"))) as db:
        make_older(db, "add_tls", "ALTER TABLE captures DROP COLUMN tls")
    ((status, text),) = get(tmp_path, "/archive/captures")
    assert status == 200
    assert "服务器证书可追溯到抓取机器信任的根" in text


def test_no_archive_is_said(tmp_path: Path) -> None:
    """Without a database the error says what to do."""
    with pytest.raises(NoArchive, match="scrapy demo"):
        serve(tmp_path, "127.0.0.1", 0, open_browser=False)


def browse(folder: Path, port: int = 0) -> subprocess.Popen[str]:
    """Start `scrapy browse`, on a free port unless one is given."""
    command = [sys.executable, "-m", "scrapy", "browse", "-s", f"ARCHIVE_DIR={folder}"]
    return subprocess.Popen(
        [*command, "--no-open", "--port", str(port)],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_command_serves_the_archive(archive_dir: Path) -> None:
    """`scrapy browse` answers on loopback and stops when it is told to."""
    with browse(archive_dir) as server:
        assert server.stdout is not None
        lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stdout)
        url = next(found[0] for found in lines if found)
        with urllib.request.urlopen(f"{url}/archive/reports", timeout=30) as answer:
            assert "年度报告" in answer.read().decode()
        server.terminate()
        server.stdout.read()
    assert server.returncode in (0, -15)


def test_the_command_without_an_archive_fails(tmp_path: Path) -> None:
    """`scrapy browse` without a database exits with 1 and says what to do."""
    with browse(tmp_path) as server:
        output, _ = server.communicate()
    assert server.returncode == 1
    assert "scrapy demo" in output


def test_a_taken_port_is_said(archive_dir: Path) -> None:
    """`scrapy browse` on a port that is in use exits with 1 and says why."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        browse(archive_dir, taken.getsockname()[1]) as server,
    ):
        output, _ = server.communicate()
    assert server.returncode == 1
    assert "in use" in output


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nothing.db"], "nothing.db: no such file"),
        (["a.db", "b.db"], "name one file at most"),
        (["--port", "65536"], "--port is a number from 0 to 65535"),
    ],
)
def test_what_cannot_be_served_is_wrong_usage(
    archive_dir: Path, words: list[str], reason: str
) -> None:
    """A file that is not there, a second one and a port that is none are named; the status is 2."""
    done = run_scrapy("browse", *words, "--no-open", archive=archive_dir)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"scrapy: error: {reason}")


@pytest.fixture
def published(archive_dir: Path, tmp_path: Path) -> Path:
    """Return a published file that may be changed."""
    file = tmp_path / "published.db"
    release = Release("1", "2026-01-02", None, None, "open-report-archive/0.0.9", "7", "CC0")
    build_database(archive_dir / "archive.db", file, release)
    return file


def test_a_published_file_is_served(published: Path) -> None:
    """One with every table and column of today opens, whatever else it holds."""
    with closing(sqlite3.connect(published)) as db:
        db.execute("CREATE TABLE tomorrow (x)")
        db.execute("ALTER TABLE captures ADD COLUMN tomorrow TEXT")
    ((status, text),) = get(published, "/published/reports")
    assert status == 200
    assert "年度报告" in text


def test_a_file_that_an_older_version_published_is_refused(published: Path) -> None:
    """`scrapy browse FILE` exits with 1 and says the file, its version, what lacks, what to do."""
    with closing(sqlite3.connect(published)) as db:
        db.execute("DROP TABLE finding_totals")
        db.execute("DROP TABLE report_search")
        db.execute("ALTER TABLE captures DROP COLUMN tls")
    done = run_scrapy("browse", str(published), "--no-open", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{published} was published by open-report-archive/0.0.9 and lacks what is shown today"
        " (captures.tls, finding_totals, report_search): serve it with that version, or write it"
        " anew from the archive with `scrapy export`\n"
    )


def test_an_index_that_lacks_refuses_nothing(published: Path) -> None:
    """Pages of a file without an index of today are slower and right."""
    with closing(sqlite3.connect(published)) as db:
        db.execute("DROP INDEX captures_url")
    assert [status for status, _ in get(published, "/published/captures")] == [200]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no such table: release"),
        ("SQLite is not what this is " * 40, "file is not a database"),
        ("CREATE TABLE release (version, parser)", "no such column: software"),
        ("CREATE TABLE bodies (id)", "no such table: release"),
    ],
)
def test_what_is_no_published_database_is_refused(
    tmp_path: Path, content: str, reason: str
) -> None:
    """Empty files, other files and databases of others are told by name, with the reason."""
    file = tmp_path / "other.db"
    if content.startswith("CREATE"):
        with closing(sqlite3.connect(file)) as db:
            db.execute(content)
    else:
        file.write_text(content)
    with pytest.raises(NotPublished) as refused:
        archive_site(file)
    assert str(refused.value) == (
        f"{file} is no published database ({reason}): name one that `scrapy export` wrote"
    )


def test_a_copy_of_an_older_working_database_is_refused(archive_dir: Path, tmp_path: Path) -> None:
    """It names no release, so that only what it lacks can be said."""
    file = tmp_path / "copy.db"
    with closing(sqlite3.connect(archive_dir / "archive.db")) as db:
        db.execute("VACUUM INTO ?", [str(file)])
    assert [status for status, _ in get(file, "/copy/reports")] == [200]
    with closing(sqlite3.connect(file)) as db:
        db.execute("DROP VIEW finding_totals")
    with pytest.raises(PublishedOtherwise, match=r"by another version.*\(finding_totals\)"):
        archive_site(file)


def test_the_command_refuses_what_is_no_published_database(tmp_path: Path) -> None:
    """`scrapy browse FILE` exits with 1 and one line."""
    (tmp_path / "notes.txt").write_text("no database at all, but long enough to be one " * 30)
    done = run_scrapy("browse", str(tmp_path / "notes.txt"), "--no-open", "--port", "0")
    assert done.returncode == 1
    assert done.stderr == (
        f"{tmp_path / 'notes.txt'} is no published database (file is not a database):"
        " name one that `scrapy export` wrote\n"
    )
