"""Compilations in the archive: each part a document and a report of its own, nothing counted twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from archive.known import known_urls
from archive.rebuild import rebuild
from archive.search import find, read_query, refresh
from archive.trace import trace
from archive.verify import verify
from archive.visits import visited_documents
from archive.withhold import withhold
from tests.golden import PAGES
from tests.rows import public_rows
from tests.test_compilation import ORGANS, PLACE, TITLE, html, report, titled
from tests.test_ingest import Archive
from tests.test_search_page import ask

PAGE = "/hb.html"
PARTS = (
    "SELECT r.subject, r.year, l.value FROM documents d JOIN reports r ON r.key = d.report"
    " JOIN latest_statistics l ON l.report = r.key AND l.field = 'requests_received_total'"
    " WHERE d.part_of IS NOT NULL AND d.status = 'live' ORDER BY l.value"
)
THREE = [(f"{PLACE}{organ}", 2012, count) for count, organ in enumerate(ORGANS, 1)]


def page(
    counts: Sequence[int] = (1, 2, 3), order: Sequence[int] = (0, 1, 2), front: str = "前言"
) -> bytes:
    """A compilation of the three bureaux; ``counts`` are their applications."""
    lines = [front]
    for place in order:
        lines += [titled(ORGANS[place]), *report(ORGANS[place], counts[place])]
    return html(lines)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive that has seen the compilation once."""
    archive = Archive(tmp_path)
    assert archive.see(PAGE, page()) == "new"
    yield archive
    with suppress(sqlite3.ProgrammingError):  # a test may have closed it
        archive.close()


def test_every_part_is_a_report_of_its_own_body(archive: Archive) -> None:
    """Bodies, years and figures are those of the parts; the whole has no figures."""
    assert archive.rows(PARTS) == THREE
    assert archive.rows(
        "SELECT kind, kind_detail, title FROM reports WHERE kind <> 'annual_report'"
    ) == [("other", "compilation", TITLE)]
    ((whole,),) = archive.rows("SELECT latest_revision FROM documents WHERE part_of IS NULL")
    assert archive.rows(f"SELECT count(*) FROM statistics WHERE revision = {whole}") == [(0,)]
    assert (
        len(archive.rows("SELECT DISTINCT body FROM coverage WHERE state LIKE 'published%'")) == 3
    )


def test_a_part_says_where_it_lies_in_the_whole(archive: Archive) -> None:
    """Start and end cut the text of the part out of that of the whole."""
    rows = archive.rows(
        'SELECT substr(w.text, p.start + 1, p."end" - p.start), v.text FROM parts p'
        " JOIN revisions w ON w.id = p.whole JOIN revisions v ON v.id = p.revision"
    )
    assert len(rows) == 3
    assert all(cut == text for cut, text in rows)


def test_no_view_counts_a_figure_of_a_compilation_twice(archive: Archive) -> None:
    """The panel has each report once, and its totals are the sums of the three."""
    assert archive.rows(
        "SELECT sum(value), count(*) FROM panel WHERE concept = 'applications_received'"
    ) == [(6, 3)]
    assert archive.rows(
        "SELECT value, bodies FROM panel_totals WHERE concept = 'applications_received'"
    ) == [(6, 3)]


def test_a_change_in_one_part_is_a_change_of_its_body_alone(archive: Archive) -> None:
    """The other parts keep their revision, and the whole has another one without a change."""
    assert archive.see(PAGE, page((1, 5, 3))) == "changed"
    changed = archive.rows(
        "SELECT DISTINCT r.subject FROM changes c JOIN reports r ON r.key = c.report"
    )
    assert changed == [(f"{PLACE}民政局",)]
    assert (5,) in archive.rows(
        "SELECT value FROM latest_statistics WHERE field = 'requests_received_total'"
    )
    revisions = archive.rows(
        "SELECT d.title, count(*) FROM documents d JOIN revisions v ON v.document = d.key"
        " GROUP BY d.key ORDER BY 2 DESC, 1"
    )
    assert dict(revisions) == {
        TITLE: 2,
        titled("民政局"): 2,
        titled("教育局"): 1,
        titled("水利局"): 1,
    }


def test_parts_in_another_order_are_no_change(archive: Archive) -> None:
    """A part is known by its body and year, wherever it stands."""
    archive.see(PAGE, page(order=(2, 0, 1)))
    assert archive.changes() == []
    assert archive.rows(PARTS) == THREE


def test_a_change_of_the_front_is_no_change_of_a_part(archive: Archive) -> None:
    """What stands around the parts is the compilation's own."""
    archive.see(PAGE, page(front="修订说明。"))
    (changed,) = archive.rows(
        "SELECT DISTINCT r.kind_detail FROM changes c JOIN reports r ON r.key = c.report"
    )
    assert changed == ("compilation",)


def test_a_part_taken_out_is_gone_then_withdrawn_and_its_return_restores_it(
    archive: Archive,
) -> None:
    """Of the page that holds it no longer a second look a week later withdraws that report only."""
    status = "SELECT subject, status FROM reports WHERE kind = 'annual_report' AND status <> 'live'"
    for day in range(8):
        archive.see("/other.html", html([titled("林业局"), *report("林业局", 4)], titled("林业局")))
        archive.see(PAGE, page(order=(0, 1)))
        archive.ingest.settle()
        expected = "withdrawn" if day >= 4 else "gone"  # two captures a day
        assert archive.rows(status) == [(f"{PLACE}水利局", expected)]
    archive.see(PAGE, page())
    archive.ingest.settle()
    assert archive.rows(status) == []
    assert [item for kind, item, *_ in archive.changes() if kind == "status"] == [
        "withdrawn",
        "restored",
    ]


def test_a_page_that_is_gone_takes_its_parts_with_it_and_counts_once(archive: Archive) -> None:
    """A 404 takes the compilation and every report in it, which is no move of the whole portal."""
    for number in range(6):
        name = f"第{'一二三四五六'[number]}中学"
        archive.see(f"/{number}.html", html([titled(name), *report(name, 4)], titled(name)))
    archive.see(PAGE, status=404)
    archive.ingest.settle()
    assert archive.rows("SELECT status, count(*) FROM documents GROUP BY 1 ORDER BY 1") == [
        ("gone", 4),
        ("live", 6),
    ]
    assert "portal_reorganised" not in {item for _, item, *_ in archive.changes()}


def test_a_part_is_never_asked_for_by_itself(archive: Archive) -> None:
    """Spiders know the page only."""
    address = f"http://a.test{PAGE}"
    assert known_urls(archive.directory, "a") == {address}
    assert [one.url for one in visited_documents(archive.directory, "a")] == [address]


def test_a_number_of_a_part_leads_to_the_bytes_of_the_page(archive: Archive) -> None:
    """Trace goes from the statistic by way of the whole to the capture, and verify agrees."""
    ((key,),) = archive.rows(f"SELECT key FROM reports WHERE subject = '{PLACE}民政局'")
    archive.writer.close()
    found = trace(archive.directory, str(key), "requests_received_total")
    assert found.digest_holds
    assert found.body == page()
    assert [cell.value for cell in found.cells] == [2]
    assert [p for p in verify(archive.directory) if p.rule != "manifest_broken"] == []


def test_a_rebuilt_compilation_equals_the_live_one(archive: Archive) -> None:
    """Parts, their sightings and changes follow from the WARC files alone, with two workers."""
    archive.see(PAGE, page((1, 5, 3)))
    archive.see(PAGE, page((1, 5, 3), order=(1, 0)))
    archive.see(PAGE, page())
    archive.close()
    database = archive.directory / "archive.db"
    live = public_rows(database)
    database.unlink()
    rebuild(archive.directory, jobs=2)
    assert public_rows(database) == live
    assert len(live["parts"]) == 3 + 3 + 2


def test_a_word_of_a_part_is_found_in_its_report_alone(archive: Archive) -> None:
    """Search shows the report of the body and not the compilation beside it."""
    refresh(archive.ingest.store.db)
    with closing(sqlite3.connect(archive.directory / "archive.db")) as db:
        found = find(db, read_query("民政局根据"))
    assert [hit.title for hit in found.hits] == [titled("民政局")]


def test_what_is_withheld_of_a_part_is_withheld_with_its_page(archive: Archive) -> None:
    """The record that holds the part is sealed, and the reports in it are shown no more."""
    ((key,),) = archive.rows(f"SELECT key FROM reports WHERE subject = '{PLACE}民政局'")
    archive.close()
    done = withhold(archive.directory, str(key), "a complaint", "2026-11-22", "the editors")
    assert done.documents == (f"http://a.test{PAGE}",)
    with closing(sqlite3.connect(archive.directory / "archive.db")) as db:
        assert db.execute("SELECT DISTINCT status FROM documents").fetchall() == [("withheld",)]
        assert db.execute("SELECT count(*) FROM revisions").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM parts").fetchone() == (0,)


def test_a_compilation_in_an_attachment_gives_reports_of_their_own(archive: Archive) -> None:
    """The parts of a Word file belong to their bodies, not to the report of the page beside it."""
    body = (PAGES / "compilation-2012-docx" / "body.docx").read_bytes()
    archive.see("/p.html", html(["详见附件。"], "宁海县各单位2012年政府信息公开年度报告汇编"))
    page = "http://a.test/p.html"
    assert archive.see("/hb.docx", body, role="attachment", parent=page) == "new"
    found = archive.rows(
        "SELECT r.subject, r.year FROM documents d JOIN reports r ON r.key = d.report"
        " JOIN documents w ON w.key = d.part_of WHERE w.url LIKE '%.docx' ORDER BY 1"
    )
    assert found == [("宁海县审计局", 2012), ("宁海县西店镇人民政府", 2012), ("宁海县财政局", 2012)]


def test_an_older_reading_is_read_again_with_its_parts(archive: Archive) -> None:
    """When the parser is newer, the parts of the page seen last are read again, and no others stay."""
    archive.ingest.store.db.execute("UPDATE revisions SET parser = '0'")
    assert archive.see(PAGE, page((1, 5, 3))) == "changed"
    assert archive.rows(
        "SELECT DISTINCT parser FROM revisions WHERE id IN (SELECT revision FROM parts)"
    ) == [("1",)]
    assert archive.rows("SELECT count(*) FROM revisions") == [(6,)]
    changed = archive.rows(
        "SELECT DISTINCT r.subject FROM changes c JOIN reports r ON r.key = c.report"
    )
    assert changed == [(f"{PLACE}民政局",)]


@pytest.mark.parametrize(
    ("quality", "address"),
    [
        ("mirror", "http://a.test/hb.html <small>(非发布机关网站，不设链接)</small>"),
        ("official", '<a href="http://a.test/hb.html" rel="noreferrer noopener nofollow">http'),
    ],
)
def test_the_page_of_a_part_leads_to_the_whole_and_its_other_parts(
    archive: Archive, quality: str, address: str
) -> None:
    """Both pages list all parts; a part names the address of the whole, linked if it may be."""
    archive.close()
    with closing(sqlite3.connect(archive.directory / "archive.db")) as db, db:
        db.execute("UPDATE documents SET source_quality = ? WHERE part_of IS NULL", [quality])
        parts = db.execute(
            "SELECT report FROM documents WHERE part_of IS NOT NULL ORDER BY report"
        ).fetchall()
        ((whole,),) = db.execute("SELECT report FROM documents WHERE part_of IS NULL")
    keys = [key for (key,) in parts]
    part, all_of_them = ask(archive.directory, f"/report/{keys[0]}", f"/report/{whole}?lang=en")
    assert f'<a href="/report/{whole}">本报告是一份汇编的一部分</a>：{address}' in part.text
    assert "汇编中的报告（3）" in part.text
    assert 'aria-current="page">平湖市' in part.text
    assert "Part of a compilation" not in all_of_them.text
    assert "Reports in the compilation (3)" in all_of_them.text
    for key in keys:
        assert f'<a href="/report/{key}?lang=en">平湖市' in all_of_them.text
        assert (f'<a href="/report/{key}">平湖市' in part.text) == (key != keys[0])
