"""The database built again from the WARC files, by any number of workers."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from archive.collect import collect
from archive.errors import ArchiveInUse, BrokenArchive
from archive.plan import Plan, scan, warc_files
from archive.rebuild import rebuild
from archive.search import find, read_query
from parsers.model import Capture
from tests.conftest import DemoRun
from tests.rows import public_rows


def _copy(run: DemoRun, folder: Path) -> Path:
    """A copy of the demo archive that may be changed."""
    return shutil.copytree(run.archive, folder / "archive")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_rebuilt_demo_archive_equals_the_live_one(
    demo_run: DemoRun, tmp_path: Path, jobs: int
) -> None:
    """Every table and view has the same rows, both editions included, with one worker and two."""
    archive = _copy(demo_run, tmp_path)
    live = public_rows(archive / "archive.db")
    (archive / "archive.db").unlink()
    rebuilt = rebuild(archive, jobs=jobs)
    assert (rebuilt.resumed, rebuilt.damage) == (0, ())
    assert public_rows(archive / "archive.db") == live
    assert sum(map(len, live.values())) > 1000
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        assert find(db, read_query("申请")).count > 0


def test_the_order_of_the_files_does_not_matter(demo_run: DemoRun, tmp_path: Path) -> None:
    """A plan gives the same steps in order of time, whichever file was scanned first."""
    files = warc_files(demo_run.archive)
    assert len(files) == 5
    orders = []
    for number, order in enumerate([files, files[::-1]]):
        plan = Plan(tmp_path / f"plan{number}.db")
        for path in order:
            scanned = tmp_path / f"{number}-{path.name}.db"
            assert scan(path, (), scanned) == []
            plan.add(scanned)
        plan.finish()
        orders.append(list(plan.steps()))
        plan.close()
    assert orders[0] == orders[1]
    times = [step.noun.captured_at for step in orders[0] if isinstance(step.noun, Capture)]
    assert times == sorted(times)


def test_each_payload_is_read_once(demo_run: DemoRun, tmp_path: Path) -> None:
    """Bytes that a document showed before are not read again, however often it was visited."""
    archive = _copy(demo_run, tmp_path)
    rebuild(archive)
    plan = Plan(tmp_path / "plan.db")
    for number, path in enumerate(warc_files(archive)):
        scan(path, (), tmp_path / f"{number}.db")
        plan.add(tmp_path / f"{number}.db")
    plan.finish()
    read = [step for step in plan.steps() if step.context is not None]
    plan.close()
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        (payloads,) = db.execute(
            "SELECT count(*) FROM (SELECT DISTINCT document, body_sha256 FROM captures"
            " WHERE revision IS NOT NULL AND status = 200)"
        ).fetchone()
    assert len(read) == payloads


def test_an_interrupted_rebuild_is_continued(demo_run: DemoRun, tmp_path: Path) -> None:
    """The old database stays until the new one is whole, which begins where it was broken off."""
    archive = _copy(demo_run, tmp_path)
    live = public_rows(archive / "archive.db")

    def give_up(done: int, _total: int) -> None:
        if done >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(archive, progress=give_up)
    assert public_rows(archive / "archive.db") == live
    rebuilt = rebuild(archive)
    assert rebuilt.resumed >= 16
    assert public_rows(archive / "archive.db") == live
    assert [path.name for path in archive.glob("archive.db*")] == ["archive.db"]


def test_a_damaged_file_is_named_and_the_rest_is_read(demo_run: DemoRun, tmp_path: Path) -> None:
    """What can be read of a file is in the new database; what cannot is said with its place."""
    archive = _copy(demo_run, tmp_path)
    path = warc_files(archive)[0]
    path.write_bytes(path.read_bytes()[:-200])
    rebuilt = rebuild(archive)
    assert len(rebuilt.damage) == 1
    assert rebuilt.damage[0].startswith(f"{path.name} at byte ")
    assert len(public_rows(archive / "archive.db")["reports"]) >= 14


def test_a_database_that_is_none_any_more_is_replaced(demo_run: DemoRun, tmp_path: Path) -> None:
    """Whatever happened to the old database, the new one comes from the WARC files alone."""
    archive = _copy(demo_run, tmp_path)
    live = public_rows(archive / "archive.db")
    for name in ("archive.db", "archive.db-wal"):
        (archive / name).write_bytes(b"no database" * 1000)
    rebuild(archive)
    assert public_rows(archive / "archive.db") == live
    assert [path.name for path in archive.glob("archive.db*")] == ["archive.db"]


def test_a_database_that_is_open_elsewhere_is_not_replaced(
    demo_run: DemoRun, tmp_path: Path
) -> None:
    """Another user keeps the old database, whether he was there at the beginning or came later."""
    archive = _copy(demo_run, tmp_path)
    others: list[sqlite3.Connection] = []

    def come_in(_done: int, _total: int) -> None:
        if not others:
            others.append(sqlite3.connect(archive / "archive.db"))
            others[0].execute("PRAGMA journal_mode = WAL")
            others[0].execute("SELECT count(*) FROM captures").fetchone()

    for progress in (come_in, lambda _done, _total: None):
        with pytest.raises(ArchiveInUse):
            rebuild(archive, progress=progress)
    others[0].close()
    assert rebuild(archive).resumed > 0
    assert not (archive / "rebuilding").exists()


def test_foreign_files_are_rebuilt_as_they_were_taken_in(corpus: Path, tmp_path: Path) -> None:
    """Captures of other collectors come out with the same rows, bodies in other files included.

    ``example.warc.gz`` holds the records of another file, whose place would be the one kept.
    """
    taken = 0
    for path in sorted((corpus / "data" / "warc").iterdir()):
        if path.name == "example.warc.gz":
            continue
        with suppress(BrokenArchive):
            taken += len(collect(path, tmp_path))
    assert taken > 5
    live = public_rows(tmp_path / "archive.db")
    rebuild(tmp_path)
    assert public_rows(tmp_path / "archive.db") == live
