"""Which captures are one document, which documents one report, and what people decide about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.decisions import Review, read_identity, read_reviews, write_review
from archive.errors import BrokenArchive
from archive.identity import document_name, leads_to_itself
from archive.ingest import Ingest
from archive.rebuild import rebuild
from archive.trace import trace
from archive.verify import verify
from parsers.model import Note
from tests.rows import public_rows
from tests.test_ingest import Archive, _page


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    archive = Archive(tmp_path)
    yield archive
    archive.close()


def _report_of(archive: Archive, path: str) -> str:
    ((report,),) = archive.rows(f"SELECT report FROM documents WHERE url LIKE '%{path}'")
    return str(report)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.test/x", "https://a.test/x", True),
        ("http://a.test:80/x", "https://A.test:443/x#top", True),
        ("http://a.test", "http://a.test/", True),
        ("http://a.test:8080/x", "http://a.test/x", False),
        ("http://a.test/x?id=1", "http://a.test/x?id=2", False),
        ("http://a.test/X", "http://a.test/x", False),
        ("http://www.a.test/x", "http://a.test/x", False),
    ],
)
def test_only_scheme_port_and_fragment_may_differ(one: str, other: str, *, same: bool) -> None:
    """Addresses that a server may answer differently are different documents."""
    assert (document_name(one) == document_name(other)) is same


def test_a_redirect_leads_to_itself_only_at_a_twin_address() -> None:
    """A relative or missing target is understood as a browser would."""
    assert leads_to_itself("http://a.test/x", "https://a.test/x")
    assert not leads_to_itself("http://a.test/x", "/")
    assert not leads_to_itself("http://a.test/x", None)


def test_counties_of_one_name_are_never_one_body(archive: Archive) -> None:
    """The same title on the portals of two cities gives two bodies; on neither, a provisional key."""
    for portal, region in (("a", "320100"), ("b", "350100")):
        facts = {"id": portal, "name": "市政府", "home": "", "region": region, "official": True}
        archive.ingest.note(
            archive.writer.write_note(Note("portal", "x", archive.now(), "run1", facts))
        )
    body = _page().decode().replace("平湖市", "鼓楼区").encode()
    archive.see("/1.html", body)
    archive.see("/1.html", body, host="http://b.test", portal="b")
    archive.see("/1.html", body, host="http://c.test", portal="c")
    reports = archive.rows("SELECT key, body, region_code FROM reports ORDER BY region_code")
    assert len(reports) == 3
    assert [row[2] for row in reports] == [None, "320106", "350102"]
    assert (str(reports[0][0])[0], reports[0][1]) == ("u", None)
    assert ("provisional_key",) in archive.rows("SELECT rule FROM findings")


def test_a_republication_is_a_document_of_the_same_report(archive: Archive) -> None:
    """A copy on another site adds a document and changes nothing of the report."""
    archive.see("/1.html", _page())
    first = archive.rows("SELECT key, document FROM reports")
    archive.see("/copy/1.html", _page(chrome="转载"), host="http://mirror.test")
    archive.ingest.settle()
    assert archive.rows("SELECT key, document FROM reports") == first
    assert archive.rows("SELECT count(*) FROM documents") == [(2,)]
    assert archive.rows("SELECT 1 FROM findings WHERE rule = 'documents_disagree'") == []


def test_documents_of_one_report_that_print_other_numbers_are_a_finding(archive: Archive) -> None:
    """The finding names the other document and the fields, and goes when they agree again."""
    archive.see("/1.html", _page(requests=9))
    archive.see("/2.html", _page(requests=12))
    archive.ingest.settle()
    ((fields, message),) = archive.rows(
        "SELECT fields, message FROM findings WHERE rule = 'documents_disagree'"
    )
    assert json.loads(str(fields)) == ["requests_online", "requests_received_total"]
    assert "http://a.test/2.html" in str(message)
    assert "requests_received_total 9 and 12" in str(message)
    archive.see("/2.html", _page(requests=9))
    archive.ingest.settle()
    assert archive.rows("SELECT 1 FROM findings WHERE rule = 'documents_disagree'") == []


def _decide(archive: Archive, document: str, report: str) -> None:
    """Write a decision and open the archive again."""
    told = {"document": document, "report": report, "reason": "seen by eye", "decider": "editors"}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items())
    (archive.directory / "identity.toml").write_text(f"[[document]]\n{lines}", "utf-8")
    archive.ingest.close()
    archive.ingest = Ingest(archive.directory)
    archive.ingest.settle()


def test_a_document_that_a_person_knows_joins_its_report(archive: Archive) -> None:
    """An unreadable body is settled by a decision, which survives a rebuild."""
    archive.see("/1.html", _page())
    archive.see("/2.html", _page().replace("平湖市".encode(), "某某某".encode()))
    archive.ingest.settle()
    report = _report_of(archive, "/1.html")
    assert _report_of(archive, "/2.html").startswith("u")
    _decide(archive, "https://a.test/2.html", report)
    assert _report_of(archive, "/2.html") == report
    assert archive.rows("SELECT count(*) FROM reports") == [(1,)]
    assert archive.rows("SELECT 1 FROM findings WHERE rule = 'provisional_key'") == []
    archive.close()
    live = public_rows(archive.directory / "archive.db")
    rebuild(archive.directory)
    assert public_rows(archive.directory / "archive.db") == live
    archive.ingest = Ingest(archive.directory)


def test_a_document_that_was_joined_wrongly_can_stand_apart(archive: Archive) -> None:
    """What the page itself says is overruled, and later captures of it stay apart."""
    archive.see("/1.html", _page())
    archive.see("/2.html", _page(requests=12))
    _decide(archive, "http://a.test/2.html", "apart")
    apart = _report_of(archive, "/2.html")
    assert apart.endswith("/apart")
    archive.see("/2.html", _page(requests=13))
    archive.ingest.settle()
    assert _report_of(archive, "/2.html") == apart
    assert archive.rows("SELECT 1 FROM findings WHERE rule = 'documents_disagree'") == []


def test_a_decision_that_cannot_be_met_changes_nothing_and_is_said(archive: Archive) -> None:
    """A mistyped report key makes no report; verify names the decision."""
    archive.see("/1.html", _page())
    before = _report_of(archive, "/1.html")
    _decide(archive, "http://a.test/1.html", "bnobody/2012/annual_report")
    assert _report_of(archive, "/1.html") == before
    assert "decision_not_met" in {problem.rule for problem in verify(archive.directory)}


def test_two_ids_that_mean_one_body_become_one_by_decision(archive: Archive) -> None:
    """Only a person merges bodies; the old id leads to the new one and is never used again."""
    archive.see("/1.html", _page(2012))
    archive.see("/2.html", _page(2013).replace("平湖市".encode(), "海盐县".encode()))
    bodies = archive.rows(
        "SELECT b.id FROM reports r JOIN bodies b ON b.id = r.body ORDER BY r.year"
    )
    new, old = (str(body) for (body,) in bodies)
    told = {"body": old, "same_as": new, "decided_on": "2026-11-22", "reason": "r", "decider": "d"}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items())
    (archive.directory / "identity.toml").write_text(f"[[body]]\n{lines}", "utf-8")
    archive.close()
    assert [p.rule for p in verify(archive.directory) if p.reports] == ["decision_not_met"]
    rebuild(archive.directory)
    archive.ingest = Ingest(archive.directory)
    assert archive.rows("SELECT body, year FROM reports ORDER BY year") == [
        (new, 2012),
        (new, 2013),
    ]
    assert [p for p in verify(archive.directory) if p.rule == "decision_not_met"] == []
    assert trace(archive.directory, f"{old}/2013/annual_report").report.startswith(new)


def test_verdicts_survive_a_rebuild(archive: Archive) -> None:
    """Each line of the file is a row, before and after."""
    archive.see("/1.html", _page())
    review = Review("c123", "wrong", "甲", "2026-11-22T00:00:00Z", "our own error")
    write_review(archive.directory, review)
    archive.close()
    rebuild(archive.directory)
    archive.ingest = Ingest(archive.directory)
    assert archive.rows("SELECT * FROM reviews") == [
        ("c123", "wrong", "甲", "2026-11-22T00:00:00Z", "our own error")
    ]


def test_a_torn_verdict_is_none_and_a_foreign_line_is_refused(tmp_path: Path) -> None:
    """Power may fail within a line; anything else is named by its number."""
    write_review(tmp_path, Review("c1", "confirmed", "甲", "2026-11-22T00:00:00Z"))
    path = tmp_path / "reviews.jsonl"
    with path.open("ab") as file:
        file.write(b'{"target": "c2", "ver')
    assert [one.target for one in read_reviews(tmp_path)] == ["c1"]
    write_review(tmp_path, Review("c3", "unclear", "乙", "2026-11-23T00:00:00Z"))
    assert [one.target for one in read_reviews(tmp_path)] == ["c1", "c3"]
    with path.open("ab") as file:
        file.write(b"no verdict\n")
    with pytest.raises(BrokenArchive, match="line 3"):
        read_reviews(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["[[document]]\ndocument = 'x'\n", "[[documents]]\n", "document = 1\n", "x"],
    ids=["incomplete", "mistyped", "no table", "no TOML"],
)
def test_decisions_that_cannot_be_understood_are_refused(tmp_path: Path, content: str) -> None:
    """A decision is never dropped in silence."""
    (tmp_path / "identity.toml").write_text(content, "utf-8")
    with pytest.raises(BrokenArchive, match=r"identity\.toml"):
        read_identity(tmp_path)
