"""A release: whole or not at all, the same twice, readable by others, safe in a spreadsheet."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from archive.errors import BrokenArchive, NoArchive, NotARelease
from archive.export import Exported, export
from archive.rebuild import rebuild
from archive.search import search_query, search_snippet
from archive.withhold import withhold
from parsers.forms import FIELDS
from scripts.refresh_queries import read_questions
from tests.conftest import DemoRun
from tests.rows import public_rows
from tests.servers import PROJECT
from tests.test_archive_commands import scrapy

READERS = PROJECT / ".venv-release" / "bin" / "python"

with_readers = pytest.mark.skipif(
    not READERS.exists(), reason="readers of a release are not set up: make .venv-release/.ready"
)

FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def working(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo archive."""
    return shutil.copytree(demo_run.archive, tmp_path_factory.mktemp("working") / "archive")


@pytest.fixture(scope="module")
def release(working: Path) -> Path:
    """Its release."""
    folder = working.parent / "release"
    export(working, folder, site="https://archive.test/")
    return folder


@pytest.fixture
def archive(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A copy of the demo archive that may be changed."""
    return shutil.copytree(demo_run.archive, tmp_path / "archive")


def _db(folder: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(folder / "archive.db"))


def _write(archive: Path, sql: str, *values: str) -> None:
    with _db(archive) as db, db:
        db.execute(sql, values)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_the_papers_count_the_bodies_of_the_reports(release: Path) -> None:
    """The governments above them, of which there is no report, are not counted."""
    text = (release / "README.md").read_text("utf-8")
    assert "14 reports of 5 bodies," in text
    assert "5 个机关的 14 份年报" in text


def test_an_archive_gives_the_same_files_twice_and_after_a_rebuild(
    archive: Path, tmp_path: Path
) -> None:
    """Every file is the same byte for byte, although a rebuild gives other row numbers."""
    export(archive, tmp_path / "first")
    export(archive, tmp_path / "second")
    rebuild(archive)
    export(archive, tmp_path / "third")
    first, second, third = (_files(tmp_path / name) for name in ("first", "second", "third"))
    assert first == second
    assert first == third


def test_the_published_database_has_the_rows_of_the_working_one(
    working: Path, release: Path
) -> None:
    """Tables and views hold the same rows, and no view is left."""
    ours, published = (public_rows(folder / "archive.db") for folder in (working, release))
    del ours["release"]
    [said] = published.pop("release")
    assert published == ours
    assert said[1] in (said[0].replace(".", "-"), said[3][:10])  # type: ignore[attr-defined,index]
    with _db(release) as db:
        kinds = db.execute("SELECT DISTINCT type FROM sqlite_master ORDER BY 1").fetchall()
        assert kinds == [("index",), ("table",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_the_thirty_questions_have_the_same_answers(working: Path, release: Path) -> None:
    """Every query of the docs runs on a published database as it does on a working one."""
    for one in read_questions():
        value = re.match(r"-- q = (.+)\n", one.sql)
        answers = []
        for folder in (working, release):
            with _db(folder) as db:
                db.create_function("search_query", 1, search_query)
                db.create_function("search_snippet", 2, search_snippet)
                answers.append(db.execute(one.sql, {"q": value and value[1]}).fetchall())
        assert sorted(map(repr, answers[0])) == sorted(map(repr, answers[1])), one.number


def test_a_field_of_all_reports_is_read_in_a_row(release: Path) -> None:
    """The statistics are clustered by field, and found by revision through an index."""
    with _db(release) as db:
        for column, way in (("field", "PRIMARY KEY"), ("revision", "statistics_revision")):
            plan = db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM statistics WHERE {column} = 1")
            assert way in str(plan.fetchall())


@with_readers
def test_the_package_validates_with_its_foreign_keys(release: Path) -> None:
    """The frictionless framework finds types, keys, bytes and digests as they are told."""
    package = json.loads((release / "datapackage.json").read_text("utf-8"))
    tables = {one["name"]: one for one in package["resources"] if one.get("type") == "table"}
    assert {
        (link["fields"][0], link["reference"]["resource"])
        for link in tables["panel"]["schema"]["foreignKeys"]
    } == {("report", "reports"), ("body", "bodies")}
    assert sum(len(one["schema"].get("foreignKeys", ())) for one in tables.values()) > 15
    broken = shutil.copytree(release, release.with_name("broken"))
    few = [tables[name] for name in ("panel", "reports", "bodies")]
    for one in few:
        del one["bytes"], one["hash"]
    (broken / "datapackage.json").write_text(json.dumps({**package, "resources": few}), "utf-8")
    panel = broken / "csv" / "panel.csv"
    panel.write_text(panel.read_text("utf-8").replace("/annual_report", "/nothing"), "utf-8")
    assert _frictionless(release, broken) == [[], ["foreign-key"]]


def _frictionless(*folders: Path) -> list[list[str]]:
    """The kinds of errors that the framework finds in each package."""
    code = (
        "import frictionless, json, os, sys;"
        "print(json.dumps([sorted({t for t, in os.chdir(f) or"
        " frictionless.validate('datapackage.json').flatten(['type'])}) for f in sys.argv[1:]]))"
    )
    done = subprocess.run(
        [str(READERS), "-W", "ignore", "-c", code, *map(str, folders)],
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    kinds: list[list[str]] = json.loads(done.stdout)
    return kinds


@with_readers
def test_duckdb_and_pandas_read_it(working: Path, release: Path) -> None:
    """Parquet and CSV hold every row, years come from folders, numbers are numbers."""
    with _db(working) as db:
        statistics = db.execute("SELECT count(*), sum(value) FROM statistics").fetchone()
        years = db.execute(
            "SELECT year, count(*) FROM latest_statistics GROUP BY year ORDER BY year"
        ).fetchall()
    with duckdb.connect() as reader:
        read = f"read_parquet('{release}/parquet/statistics/*/*.parquet', hive_partitioning=true)"
        assert reader.execute(f"SELECT count(*), sum(value) FROM {read}").fetchone() == statistics
        read = read.replace("/statistics/", "/latest_statistics/")
        assert reader.execute(
            f"SELECT year, count(*) FROM {read} GROUP BY year ORDER BY year"
        ).fetchall() == years  # fmt: skip
        kinds = f"SELECT DISTINCT typeof(value), typeof(year) FROM '{release}/csv/panel.csv'"
        assert reader.execute(kinds).fetchall() == [("BIGINT", "BIGINT")]
    code = (
        "import pandas, sys; p = pandas.read_parquet(sys.argv[1] + '/parquet/panel_wide.parquet');"
        "c = pandas.read_csv(sys.argv[1] + '/csv/report_wide_2021.csv');"
        "print(len(p), p.req_new_received_total.sum(), len(c), c.req_new_received_total.sum())"
    )
    done = subprocess.run(
        [str(READERS), "-W", "ignore", "-c", code, str(release)],
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    with _db(working) as db:
        wide = "SELECT count(*), sum(req_new_received_total) FROM report_wide_2021"
        count, total = db.execute(wide).fetchone()
        (reports,) = db.execute(
            "SELECT count(*) FROM reports WHERE kind = 'annual_report'"
        ).fetchone()
    told = list(map(float, done.stdout.split()))
    assert told[0] == reports
    assert told[1] > told[3]  # the form of 2019 has this field, too
    assert told[2:] == [count, total]


def test_datasette_inspects_the_database(release: Path) -> None:
    """The counts that lie beside the database are those that datasette inspect finds."""
    done = subprocess.run(
        [sys.executable, "-m", "datasette", "inspect", str(release / "archive.db")],
        capture_output=True, encoding="utf-8", check=True, timeout=60,
    )  # fmt: skip
    found = json.loads(done.stdout)["archive"]
    told = json.loads((release / "inspect.json").read_text("utf-8"))["archive"]
    assert (found["hash"], found["tables"]) == (told["hash"], told["tables"])


def test_every_file_has_its_digest(release: Path) -> None:
    """SHA256SUMS names every other file, and the digests hold."""
    lines = (release / "SHA256SUMS").read_text("utf-8").splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = _files(release)
    del files["SHA256SUMS"]
    assert told == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_the_codebook_tells_every_field_in_two_languages_and_how_well_it_is_read(
    release: Path,
) -> None:
    """A row for each field with labels, forms and what was measured; one for each column."""
    fields = {row["field"]: row for row in _rows(release / "codebook.csv")}
    assert fields.keys() == FIELDS.keys()
    assert all(row["label"] and row["label_en"] for row in fields.values())
    row = fields["req_new_received_total"]
    accuracy = json.loads(Path("docs/accuracy.json").read_text("utf-8"))
    measured = accuracy["cells"]["req_new_received_total"]
    assert (row["cells_right"], row["cells_of"]) == (str(measured["right"]), str(measured["of"]))
    assert row["years"] == "2019-2020 2021-"
    assert "applications_received (exact)" in row["concepts"]
    defined = fields["proactive_total"]
    assert defined["definition"] == "The same item on several channels counts once."
    assert defined["definition_zh"] == "不同渠道和方式公开相同信息计1条。"
    columns = list(_rows(release / "codebook_columns.csv"))
    assert all(row["description_en"] and row["description_zh"] for row in columns)
    with _db(release) as db:
        [(count,)] = db.execute(
            "SELECT count(*) FROM sqlite_master m JOIN pragma_table_info(m.name)"
            " WHERE m.type = 'table' AND m.name NOT LIKE 'report_search%'"
            " AND m.name NOT LIKE 'sqlite_%'"
        ).fetchall()
    assert sum(1 for row in columns if row["column"]) == count
    text = (release / "codebook.md").read_text("utf-8")
    assert "| national_2021 | cell accuracy |" in text
    assert f"| {defined['definition']} | {defined['definition_zh']} |" in text
    assert "no estimate of how often an unseen page is read right" in text


def test_no_formula_of_a_page_is_live_in_any_table(archive: Path, tmp_path: Path) -> None:
    """Titles, quotes and changes of a hostile page are text in CSV and unchanged in Parquet."""
    for table, column in (
        ("reports", "title"),
        ("documents", "title"),
        ("statistics", "quote"),
        ("changes", "after"),
        ("captures", "link_text"),
    ):
        _write(archive, f'UPDATE {table} SET "{column}" = ?', FORMULA)
    _write(archive, "UPDATE statistics SET value = -7 WHERE value = 43")
    folder = tmp_path / "release"
    export(archive, folder)
    cells = [
        cell
        for path in [*folder.glob("csv/*.csv"), *folder.glob("*.csv")]
        for row in _rows(path)
        for cell in row.values()
    ]
    number = re.compile(r"[+-]?[\d.]+(?:e-?\d+)?")
    assert [c for c in cells if c[:1] in {*"=+-@\t\r"} and c and not number.fullmatch(c)] == []
    assert f"'{FORMULA}" in cells
    assert "-7" in cells
    with duckdb.connect() as reader:
        found = reader.execute(
            f"SELECT DISTINCT quote FROM '{folder}/parquet/statistics/*/*.parquet'"
        ).fetchall()
    assert found == [(FORMULA,)]


def test_excel_is_told_the_encoding(working: Path, tmp_path: Path) -> None:
    """With a byte order mark on demand, and the package says so."""
    export(working, tmp_path / "release", with_bom=True)
    text = (tmp_path / "release" / "csv" / "reports.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfkey,")
    package = json.loads((tmp_path / "release" / "datapackage.json").read_text("utf-8"))
    tables = [one for one in package["resources"] if one.get("type") == "table"]
    assert {one["encoding"] for one in tables} == {"utf-8-sig"}


def test_what_is_withheld_is_in_no_file(archive: Path, tmp_path: Path) -> None:
    """Not the text, not the numbers, not the title, not a change: only the decision."""
    with _db(archive) as db:
        [(key, title)] = db.execute(
            "SELECT key, title FROM reports WHERE subject = '平湖市教育局'"
        ).fetchall()
    text = "教育类信息改为按月发布"
    withhold(archive, key, "a complaint", "2026-11-22", "the editors")
    export(archive, tmp_path / "release")
    told = {
        name: [word for word in (title, text, key) if word.encode() in data]
        for name, data in _files(tmp_path / "release").items()
    }
    assert {name: words for name, words in told.items() if words} == {
        "archive.db": [key],
        "csv/withholdings.csv": [key],
    }
    with duckdb.connect() as reader:
        read = f"'{tmp_path}/release/parquet/statistics/*/*.parquet'"
        query = f"SELECT count(*) FROM {read} WHERE report = ? OR quote LIKE '%教育局%'"
        assert reader.execute(query, [key]).fetchone() == (0,)


def test_a_decision_that_no_command_has_carried_out_yet_is_obeyed(
    archive: Path, tmp_path: Path
) -> None:
    """A line that somebody wrote into withholdings.toml holds before anything is published."""
    with _db(archive) as db:
        [(key, url)] = db.execute(
            "SELECT d.report, d.url FROM documents d JOIN reports r ON r.key = d.report"
            " WHERE r.subject = '平湖市教育局'"
        ).fetchall()
    (archive / "withholdings.toml").write_text(
        f'[[withholding]]\ntarget = "{url}"\nreason = "x"\ndecided_on = 2026-11-22\ndecider = "y"\n',
        "utf-8",
    )
    export(archive, tmp_path / "release")
    assert key not in (tmp_path / "release" / "csv" / "reports.csv").read_text("utf-8")


def test_a_release_appears_whole_or_not_at_all(archive: Path, tmp_path: Path) -> None:
    """An export that dies leaves the old release as it was, and nothing beside it."""
    folder = tmp_path / "releases" / "now"
    export(archive, folder)
    before = _files(folder)

    def die(what: str) -> None:
        if what == "digests":
            raise KeyboardInterrupt

    _write(archive, "UPDATE reports SET title = 'other'")
    with pytest.raises(KeyboardInterrupt):
        export(archive, folder, progress=die)
    assert _files(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["now"]
    (folder.parent / ".now.partial").mkdir()  # of a run that was killed
    export(archive, folder)
    assert _files(folder) != before
    assert [path.name for path in folder.parent.iterdir()] == ["now"]


def test_nothing_else_is_ever_replaced(archive: Path, tmp_path: Path) -> None:
    """A folder with anything but a release in it is refused, and so is a folder without archive."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(NotARelease, match="mine is no release"):
        export(archive, folder)
    with pytest.raises(NotARelease, match="mine is no release"):
        export(archive, tmp_path / "new", previous=folder)
    with pytest.raises(NoArchive):
        export(folder, tmp_path / "new")
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_a_key_that_leads_nowhere_is_not_published(archive: Path, tmp_path: Path) -> None:
    """The row is named and no release appears."""
    _write(archive, "UPDATE documents SET report = 'b1/1999/annual_report' WHERE rowid = 1")
    with pytest.raises(BrokenArchive, match="documents leads to a row that reports has not"):
        export(archive, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_changelog_counts_against_the_release_before(archive: Path, tmp_path: Path) -> None:
    """Rows of each table before and now, and the reports that came and went."""
    export(archive, tmp_path / "one")
    assert "the first release" in (tmp_path / "one" / "CHANGELOG.md").read_text("utf-8")
    with _db(archive) as db:
        [(key, statistics)] = db.execute(
            "SELECT r.key, count(*) FROM reports r JOIN statistics s ON s.revision IN"
            " (SELECT id FROM revisions WHERE report = r.key)"
            " WHERE r.subject = '平湖市财政局' GROUP BY 1"
        ).fetchall()
        [(before,)] = db.execute("SELECT count(*) FROM statistics").fetchall()
    withhold(archive, key, "x", "2026-11-22", "y")
    export(archive, tmp_path / "two", previous=tmp_path / "one", version="2")
    text = (tmp_path / "two" / "CHANGELOG.md").read_text("utf-8")
    assert f"| statistics | {before:,} | {before - statistics:,} | -{statistics} |" in text
    assert f"Reports no longer there 已不存在的年报: 1\n\n- `{key}`" in text


def test_the_command_prints_what_it_wrote(working: Path, tmp_path: Path) -> None:
    """As JSON on demand; a refused folder is told in one line with exit status 1."""
    done = scrapy(working, "export", str(tmp_path / "new"), "--release", "1.0", "--json")
    assert done.returncode == 0, done.stderr
    said = Exported(**json.loads(done.stdout))
    files = _files(tmp_path / "new")
    assert said == Exported("1.0", len(files), sum(map(len, files.values())))
    refused = scrapy(working, "export", str(working))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert scrapy(working, "export").returncode == 2
