"""What a newer parser reads differently is kept as our own doing, apart from what the source changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archive.change import Printed
from archive.errors import BrokenArchive
from archive.ingest import Ingest
from archive.rebuild import rebuild
from archive.rereading import (
    REREADINGS,
    compare_readings,
    keep_rereadings,
    read_rereadings,
)
from archive.revision import Content
from archive.schema import open_database
from archive.withhold import withhold
from tests.conftest import DemoRun
from tests.rows import make_older, public_rows

FIELD = "req_new_received_total"
CONTENT = Content("年报", {}, ("收到申请12件。",), (), ())
TWELVE = Printed(FIELD, "narrative", 0, "12件", None, None, "收到申请12件", 12, "件")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([TWELVE], [TWELVE], []),
        ([], [TWELVE], [("added", None, "12件", None)]),
        ([TWELVE], [], [("removed", "12件", None, None)]),
        ([replace(TWELVE, value=10)], [TWELVE], [("number", "12件 = 10", "12件 = 12", 2)]),
        ([replace(TWELVE, value=0)], [TWELVE], [("number", "12件 = 0", "12件 = 12", 12)]),
        ([replace(TWELVE, raw="1", value=1)], [TWELVE], [("number", "1", "12件", 11)]),
        ([replace(TWELVE, value=None)], [TWELVE], [("number", "12件 = None", "12件 = 12", None)]),
        ([replace(TWELVE, unit="条")], [TWELVE], [("number", "12件 = 12", "12件 = 12", None)]),
    ],
    ids=["same", "added", "removed", "value", "zero", "words", "unread", "unit"],
)
def test_statistics_in_words_that_are_the_same_are_compared(
    before: list[Printed], after: list[Printed], told: list[tuple[object, ...]]
) -> None:
    """A number that is read now, no more, or as another value is a change of its field."""
    found = compare_readings((CONTENT, before), (CONTENT, after))
    assert [(one.nature, one.before, one.after, one.difference) for one in found] == told
    assert {(one.kind, one.item, one.place) for one in found} <= {("field", FIELD, "narrative")}


def test_other_words_are_compared_as_ever() -> None:
    """A sentence that the newer parser repaired, with the number in it, is named once."""
    was = replace(CONTENT, sentences=("收到申请1件。",))
    one = replace(TWELVE, raw="1件", quote="收到申请1件", value=1)
    found = compare_readings((was, [one]), (CONTENT, [TWELVE]))
    assert [(one.kind, one.item) for one in found] == [("field", FIELD)]


@pytest.fixture
def archive(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A demo archive that a parser of version 0 had read, one number and one title otherwise."""
    folder = shutil.copytree(demo_run.archive, tmp_path / "archive")
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE revisions SET parser = '0'")
        db.execute(
            "UPDATE statistics SET raw = '7', value = 7 WHERE field = ? AND source = 'table2'"
            " AND revision = (SELECT revision FROM reports WHERE subject = '平湖市人民政府'"
            " AND year = 2022)",
            [FIELD],
        )
    return folder


def corrections(archive: Path) -> list[tuple[object, ...]]:
    """Return what our parser changed."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        return db.execute(
            "SELECT r.subject, r.year, c.kind, c.item, c.before, c.after, c.old_parser,"
            " c.new_parser <> '0' FROM changes c JOIN reports r ON r.key = c.report"
            " WHERE c.cause = 'parser'"
        ).fetchall()


def test_a_rebuild_keeps_what_is_read_differently(archive: Path) -> None:
    """With both versions, among the changes of our parser only; a second rebuild tells the same."""
    told = "SELECT count(*) FROM changes WHERE cause = 'source'"
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        source = db.execute(told).fetchone()
    rebuild(archive)
    assert corrections(archive) == [
        ("平湖市人民政府", 2022, "field", FIELD, "7", "48", "0", 1),
    ]
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        assert db.execute(told).fetchone() == source
    first = public_rows(archive / "archive.db")
    rebuild(archive)
    assert public_rows(archive / "archive.db") == first
    assert len((archive / REREADINGS).read_text("utf-8").splitlines()) == 1


def test_an_older_database_without_todays_tables_is_heard(archive: Path) -> None:
    """What a version without compilations had read is compared like anything else."""
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        make_older(db, "add_parts", "DROP TABLE parts")
    rebuild(archive)
    assert corrections(archive) == [
        ("平湖市人民政府", 2022, "field", FIELD, "7", "48", "0", 1),
    ]


@pytest.mark.parametrize("broken", ["all", "statistics", "sentences"])
def test_a_database_that_is_lost_or_broken_has_nothing_to_say(archive: Path, broken: str) -> None:
    """The rebuild goes on without it, wherever the damage is met."""
    if broken == "all":
        (archive / "archive.db").write_bytes(b"no database" * 100)
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        if broken == "statistics":
            db.execute("PRAGMA legacy_alter_table = ON")
            db.execute("ALTER TABLE statistics RENAME TO lost")
        elif broken == "sentences":
            db.execute("PRAGMA ignore_check_constraints = ON")
            db.execute("UPDATE revisions SET sentences = '[\"torn'")
    rebuild(archive)
    assert corrections(archive) == []
    assert not (archive / REREADINGS).exists()


def test_a_line_that_a_power_cut_tore_is_none_and_a_broken_one_is_named(archive: Path) -> None:
    """What was whole counts; what cannot be understood is said with its line."""
    rebuild(archive)
    path = archive / REREADINGS
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert len(list(read_rereadings(archive))) == 1
    (line,) = read_rereadings(archive)
    keep_rereadings(archive, [replace(line, item="another")])
    assert [one.item for one in read_rereadings(archive)] == [FIELD, "another"]
    path.write_bytes(whole + b'{"document": 1}\n')
    with pytest.raises(BrokenArchive, match="line 2 is no rereading"):
        list(read_rereadings(archive))


def test_what_is_withheld_is_taken_out(archive: Path) -> None:
    """Neither the ledger nor the database tells what a withheld document said."""
    rebuild(archive)
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        [report] = db.execute("SELECT report FROM changes WHERE cause = 'parser'").fetchone()
    withhold(archive, report, "asked for", "2026-01-01", "the archive")
    Ingest(archive).close()
    assert corrections(archive) == []
    assert (archive / REREADINGS).read_bytes() == b""
    rebuild(archive)
    assert corrections(archive) == []


def test_a_database_of_before_gets_the_columns(tmp_path: Path) -> None:
    """An older archive is brought up to date in place."""
    path = str(tmp_path / "archive.db")
    with closing(open_database(path)) as db:
        for column in ("old_parser", "new_parser"):
            db.execute(f"ALTER TABLE changes DROP COLUMN {column}")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'add_parsers_of_changes'")
    with closing(open_database(path)) as db:
        names = [name for _, name, *_ in db.execute("PRAGMA table_info(changes)")]
        assert names[-2:] == ["old_parser", "new_parser"]


def test_lines_are_json_that_people_can_read(archive: Path) -> None:
    """A line names document, record, both readings and both versions."""
    rebuild(archive)
    (line,) = (archive / REREADINGS).read_text("utf-8").splitlines()
    told = json.loads(line)
    assert told["record_id"].startswith("<urn:uuid:")
    assert (told["old_parser"], told["before"], told["item"]) == ("0", "7", FIELD)
