"""Decisions not to show something: obeyed by ingest and rebuild, with a tombstone."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as OtherReader
from warcio.checker import Checker  # type: ignore[import-untyped]

from archive.errors import BrokenArchive
from archive.ingest import Ingest
from archive.known import known_urls
from archive.plan import warc_files
from archive.rebuild import rebuild
from archive.sealing import seal
from archive.verify import verify
from archive.visits import visited_documents
from archive.warc import check_warc, read_capture
from archive.withhold import NothingToWithhold, Withheld, withhold
from archive.withholding import Withholding, read_withholdings, write_withholding
from parsers.model import RecordRef
from tests.conftest import DemoRun
from tests.rows import public_rows

WHO = ('a complaint 「甲」 "b"', "2026-11-22", "the editors")
REPORT = "SELECT key FROM reports WHERE status = 'live' ORDER BY key LIMIT 1"


@pytest.fixture
def archive(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A copy of the demo archive that may be changed."""
    return shutil.copytree(demo_run.archive, tmp_path / "archive")


def _rows(archive: Path, sql: str, *values: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        return db.execute(sql, values).fetchall()


def _withhold_a_report(archive: Path) -> tuple[str, Withheld]:
    ((key,),) = _rows(archive, REPORT)
    return str(key), withhold(archive, str(key), *WHO)


def test_a_withheld_report_is_nowhere_but_its_tombstone(archive: Path) -> None:
    """No table tells what it said; the decision and the documents without content stay."""
    ((key,),) = _rows(archive, REPORT)
    ((text,),) = _rows(
        archive,
        "SELECT v.title FROM revisions v JOIN reports r ON r.revision = v.id WHERE r.key = ?",
        str(key),
    )
    done = withhold(archive, str(key), *WHO)
    assert len(done.documents) >= 1
    rows = public_rows(archive / "archive.db")
    assert rows["withholdings"] == [(key, WHO[0], WHO[1], WHO[2])]
    assert [
        row for name in rows if name != "withholdings" for row in rows[name] if key in row
    ] == []
    told = [row for table in rows.values() for row in table if str(text) in row]
    assert told == []
    states = _rows(archive, "SELECT status, title, report FROM documents WHERE status = 'withheld'")
    assert states == [("withheld", None, None)] * len(done.documents)


def test_a_rebuild_obeys_a_decision_also_once_the_record_is_sealed(archive: Path) -> None:
    """The rebuilt database equals the one that was made to forget, and verify agrees with both."""
    _withhold_a_report(archive)
    forgot = public_rows(archive / "archive.db")
    assert list(verify(archive)) == []
    rebuilt = rebuild(archive)
    assert rebuilt.damage == ()
    assert public_rows(archive / "archive.db") == forgot
    assert list(verify(archive)) == []


def test_a_sealed_record_is_out_of_its_file_which_stays_whole(archive: Path) -> None:
    """The bytes lie in sealed/ as they were; every reader accepts what stands in their place."""
    ((key,),) = _rows(archive, REPORT)
    places = _rows(
        archive,
        "SELECT c.warc_file, c.warc_offset, c.warc_length, c.record_id FROM captures c"
        " JOIN revisions v ON v.id = c.revision WHERE v.report = ? AND c.status = 200",
        str(key),
    )
    found = [RecordRef(*place) for place in places]  # type: ignore[arg-type]
    refs = [ref for ref in found if read_capture(archive / "warc", ref).body]
    assert refs
    bodies = [read_capture(archive / "warc", ref).body for ref in refs]
    sizes = [path.stat().st_size for path in warc_files(archive)]
    withhold(archive, str(key), *WHO)
    assert [path.stat().st_size for path in warc_files(archive)] == sizes
    for ref, body in zip(refs, bodies, strict=True):
        capture = read_capture(archive / "warc", ref)
        assert (capture.body, capture.failure, capture.status) == (b"", "withheld", 200)
        assert body in gzip.decompress((archive / "sealed" / ref.file).read_bytes())
    for path in warc_files(archive):
        assert check_warc(path) == []
        assert Checker(
            type("Args", (), {"inputs": [str(path)], "verbose": False})()
        ).process_all() in (0, None)
        with path.open("rb") as stream:
            assert sum(1 for _ in OtherReader(stream)) > 3
    assert (archive / "sealed").stat().st_mode & 0o077 == 0
    index = "".join(path.read_text("utf-8") for path in (archive / "cdxj").iterdir())
    assert [
        ref for ref in refs if f'"offset": "{ref.offset}", "filename": "{ref.file}"' in index
    ] == []
    assert len(index.splitlines()) > 20


def test_a_new_capture_of_a_withheld_document_shows_nothing(archive: Path) -> None:
    """What is withheld is not asked for again, and not shown if it is met again."""
    _, done = _withhold_a_report(archive)
    url = done.documents[0]
    (portal,) = next(iter(_rows(archive, "SELECT portal FROM documents WHERE url = ?", url)))
    assert url not in {one.url for one in visited_documents(archive, str(portal))}
    assert url in known_urls(archive, str(portal))


def test_withholding_twice_is_withholding_once(archive: Path) -> None:
    """The second time changes nothing, and neither does sealing a sealed record."""
    key, done = _withhold_a_report(archive)
    again = withhold(archive, key, *WHO)
    assert again.records == done.records
    assert len(read_withholdings(archive).decisions) == 1
    for ref in done.records:
        seal(archive, ref)
    assert list(verify(archive)) == []


def test_a_file_that_is_being_written_is_not_sealed(archive: Path) -> None:
    """The decision holds at once; the records follow when the run has ended."""
    ((key,),) = _rows(archive, REPORT)
    for path in warc_files(archive):
        path.rename(f"{path}.open")
    with pytest.raises(BrokenArchive, match="withhold again once the run has ended"):
        withhold(archive, str(key), *WHO)
    assert _rows(archive, "SELECT 1 FROM reports WHERE key = ?", str(key)) == []
    for path in warc_files(archive):
        path.rename(str(path).removesuffix(".open"))
    assert withhold(archive, str(key), *WHO).records
    assert list(verify(archive)) == []


def test_a_sealed_record_that_was_touched_is_said(archive: Path) -> None:
    """Verify knows where sealed records lie and what they were."""
    _, done = _withhold_a_report(archive)
    path = archive / "sealed" / done.records[0].file
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (problem,) = verify(archive)
    assert (problem.rule, problem.file) == ("sealed_record_damaged", f"sealed/{path.name}")


def test_content_that_should_be_withheld_is_said(archive: Path) -> None:
    """A decision that was written by hand and not yet carried out is a problem, then it is obeyed."""
    ((key,),) = _rows(archive, REPORT)
    write_withholding(archive, Withholding(str(key), *WHO))
    assert {problem.rule for problem in verify(archive)} == {"withheld_but_shown"}
    Ingest(archive).close()
    assert _rows(archive, "SELECT 1 FROM reports WHERE key = ?", str(key)) == []
    assert {problem.rule for problem in verify(archive)} == {"withheld_not_sealed"}


def test_what_the_archive_does_not_know_cannot_be_withheld(archive: Path) -> None:
    """A target that is mistyped is an error and writes no decision."""
    with pytest.raises(NothingToWithhold):
        withhold(archive, "http://nowhere.test/", *WHO)
    assert read_withholdings(archive).decisions == ()


@pytest.mark.parametrize(
    "content",
    [
        "not toml",
        "[[withholding]]\ntarget = 'x'\n",
        "[[withholding]]\ntarget = 'x'\nreason = 'y'\ndecided_on = 'soon'\ndecider = 'z'\n",
        "[[witholding]]\ntarget = 'x'\n",
        "[[withholding]]\ntarget='x'\nreason='y'\ndecided_on=2026-01-01\ndecider='z'\nreport='a'\n",
    ],
    ids=["no TOML", "incomplete", "no date", "mistyped table", "unknown key"],
)
def test_a_file_that_cannot_be_understood_stops_everything(archive: Path, content: str) -> None:
    """Nothing is shown as long as it is unclear what must not be."""
    (archive / "withholdings.toml").write_text(content, "utf-8")
    with pytest.raises(BrokenArchive, match=r"withholdings\.toml"):
        Ingest(archive)
