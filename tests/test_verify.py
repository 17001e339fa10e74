"""Rows and records checked against one another."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive.collect import collect
from archive.errors import NoArchive
from archive.plan import warc_files
from archive.verify import Problem, verify
from tests.conftest import DemoRun

REPORT_ROW = (
    "SELECT c.warc_file, c.warc_offset, c.warc_length, v.report FROM captures c"
    " JOIN revisions v ON v.id = c.revision WHERE c.status = 200 ORDER BY c.id LIMIT 1 OFFSET 3"
)


@pytest.fixture
def archive(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A copy of the demo archive that may be damaged."""
    return shutil.copytree(demo_run.archive, tmp_path / "archive")


def _execute(archive: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        return db.execute(sql).fetchall()


def test_a_whole_archive_has_no_problem(archive: Path) -> None:
    """Nothing is said about an archive as a crawl left it."""
    assert list(verify(archive)) == []


def test_a_folder_without_a_database_is_no_archive(tmp_path: Path) -> None:
    """Nothing to verify is an error, not a success."""
    with pytest.raises(NoArchive):
        list(verify(tmp_path))


def _flip(archive: Path, at: Callable[[int, int], int]) -> tuple[str, int, str]:
    """Turn over one byte of a record; return its file, its offset and its report."""
    ((file, offset, length, report),) = _execute(archive, REPORT_ROW)
    path = archive / "warc" / str(file)
    content = bytearray(path.read_bytes())
    content[at(int(str(offset)), int(str(length)))] ^= 0xFF
    path.write_bytes(content)
    return str(file), int(str(offset)), str(report)


def test_a_flipped_byte_is_named_by_file_offset_and_report(archive: Path) -> None:
    """Damage within a record names it and its report, and nothing is said of any other report."""
    file, offset, report = _flip(archive, lambda start, length: start + length // 2)
    problems = list(verify(archive))
    damaged = next(p for p in problems if p.rule == "record_damaged")
    assert (damaged.file, damaged.offset, damaged.reports) == (file, offset, (report,))
    assert str(damaged).startswith(f"{file} at byte {offset}: ")
    assert str(damaged).endswith(f"(report {report})")
    lost = [p for p in problems if p.rule == "row_without_record"]
    assert [(p.file, p.offset, p.reports) for p in lost] == [(file, offset, (report,))]
    assert [p.file for p in problems if p.rule == "manifest_broken"] == [file]
    assert {name for p in problems for name in p.reports} == {report}


def test_a_missing_file_names_every_report_it_showed(archive: Path) -> None:
    """A deleted file is one problem of the rows, with all its reports, and one of the manifest."""
    path = warc_files(archive)[0]
    reports = _execute(
        archive,
        "SELECT DISTINCT v.report FROM captures c JOIN revisions v ON v.id = c.revision"
        f" WHERE c.warc_file = '{path.name}' ORDER BY 1",
    )
    path.unlink()
    problem, entry = verify(archive)
    assert (problem.rule, problem.file) == ("file_missing", path.name)
    assert (entry.rule, entry.file) == ("manifest_broken", path.name)
    assert [(report,) for report in problem.reports] == reports


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("DELETE FROM captures WHERE role = 'robots' AND id = 1", "row_missing"),
        ("UPDATE captures SET body_sha256 = 'x' WHERE id = 1", "digest_wrong"),
        ("UPDATE captures SET warc_offset = warc_offset + 1 WHERE id = 1", "place_wrong"),
        ("UPDATE captures SET record_id = 'urn:x' WHERE id = 1", "row_without_record"),
        ("UPDATE reports SET revision = 999", "row_without_capture"),
        ("DELETE FROM revisions WHERE id = 1", "row_without_capture"),
    ],
    ids=["no row", "digest", "place", "no record", "report without revision", "no revision"],
)
def test_a_row_that_does_not_agree_is_said(archive: Path, damage: str, rule: str) -> None:
    """Each way in which the database may differ from the files is found."""
    _execute(archive, damage)
    assert rule in {problem.rule for problem in verify(archive)}


@pytest.mark.parametrize(("least", "rules"), [(1, []), (99, ["fewer_reports_than_expected"])])
def test_a_portal_with_fewer_reports_than_expected_is_said(
    archive: Path, least: int, rules: list[str]
) -> None:
    """What a portal file expects of a healthy walk is compared with what was found."""
    assert [problem.rule for problem in verify(archive, {"demo-trs": least})] == rules


def test_a_problem_without_a_place_reads_well() -> None:
    """A problem of the database alone begins with its message."""
    assert str(Problem("database_damaged", "archive.db: x")) == "archive.db: x"


def test_a_second_copy_of_a_record_needs_no_row_of_its_own(archive: Path) -> None:
    """A colleague's copy of a capture, in a file of another name, agrees as the first one does."""
    path = warc_files(archive)[0]
    joined = archive.parent / "joined.warc.gz"
    joined.write_bytes(path.read_bytes() + warc_files(archive)[1].read_bytes())
    (told,) = collect(joined, archive)
    assert set(told.outcomes) == {"known"}
    assert list(verify(archive)) == []
