"""Archives that may be read and not written, and commands that cannot do what they are for."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from argparse import Namespace
from contextlib import closing
from pathlib import Path

import pytest

from archive import schema
from archive.schema import open_as_it_is, open_database
from crawler.archive_command import ArchiveCommand
from tests.conftest import ROOT, DemoRun
from tests.servers import run_scrapy, scrapy_command


@pytest.fixture
def database(demo_run: DemoRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working database alone in a folder where nothing may be written."""
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be root
    return shutil.copy(demo_run.archive / "archive.db", tmp_path / "archive.db")


def test_a_copy_on_a_read_only_disk_is_read_without_a_file_beside_it(database: Path) -> None:
    """SQLite's readers lay files beside a working database, which such a disk refuses."""
    with closing(open_as_it_is(database)) as db:
        assert db.execute("SELECT count(*) FROM reports").fetchone() == (14,)
        assert list(database.parent.iterdir()) == [database]


def test_what_stands_in_a_log_is_read_wherever_it_lies(database: Path) -> None:
    """A database that another is writing is not taken for one that does not change."""
    with closing(open_database(str(database))) as writer:
        writer.execute("DELETE FROM changes")
        with closing(open_as_it_is(database)) as db:
            assert db.execute("SELECT count(*) FROM changes").fetchone() == (0,)


def test_a_read_only_database_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting is for another process that is just setting the log, not for this."""
    monkeypatch.setattr(time, "sleep", pytest.fail)
    plain = tmp_path / "plain.db"
    sqlite3.connect(plain).execute("CREATE TABLE t (a)").connection.close()
    reading = sqlite3.connect(f"{plain.as_uri()}?mode=ro", uri=True)
    with closing(reading) as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        schema._use_wal(db)


@pytest.mark.parametrize("command", ["history", "diff", "trace", "review", "coverage", "verify"])
def test_a_database_that_is_none_is_named_in_one_line(tmp_path: Path, command: str) -> None:
    """No command answers with the places in our code."""
    (tmp_path / "archive.db").write_bytes(b"no database" * 100)
    words = [] if command in {"coverage", "verify"} else ["平湖市 2022"]
    done = run_scrapy(command, *words, archive=tmp_path)
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path / 'archive.db'}: file is not a database\n"


def test_an_interrupted_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is one line and the status that shells know."""

    class Endless(ArchiveCommand):
        def short_desc(self) -> str:
            return ""

        def work(self, args: list[str], opts: Namespace) -> None:
            raise KeyboardInterrupt

    command = Endless()
    command.run([], Namespace())
    assert (command.exitcode, capsys.readouterr().err) == (130, "interrupted\n")


def test_a_reader_that_stops_reading_is_no_failure(demo_run: DemoRun) -> None:
    """``scrapy coverage | head`` ends quietly."""
    reader, writer = os.pipe()
    os.close(reader)
    command = scrapy_command("coverage", archive=demo_run.archive)
    done = subprocess.run(command, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
