"""From captures on disk to rows, changes and back: the archive's one path."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from archive.ingest import Ingest
from archive.known import known_urls
from archive.schema import open_database
from archive.store import DATABASE
from archive.visits import visited_documents
from archive.warc import WarcWriter, read_records
from parsers.model import Capture, Note, Original, Role
from tests.rows import make_older

_PAGE = """<html><head><meta charset="utf-8"><title>{title}</title></head><body>
<div class="nav">{chrome}</div>
<h1>{title}</h1>
<div id="zoom"><p>一、依申请公开情况</p>
<p>{year}年，全县共收到政府信息公开申请{requests}件，其中当面申请2件，网上申请{online}件。</p>
<p>{sentence}</p><p>平湖市人民政府办公室</p></div></body></html>"""


def _page(
    year: int = 2012,
    requests: int = 9,
    sentence: str = "各项工作有序开展。",
    chrome: str = "首页",
) -> bytes:
    return _PAGE.format(
        title=f"平湖市{year}年政府信息公开工作年度报告",
        chrome=chrome,
        year=year,
        requests=requests,
        online=requests - 2,
        sentence=sentence,
    ).encode()


class Archive:
    """A WARC writer and an ingest on one directory, with a clock that ticks a day per capture."""

    def __init__(self, directory: Path, run: str = "run1") -> None:
        self.directory = directory
        self.days = itertools.count(1)
        self.run = run
        self.ingest = Ingest(directory)
        self.writer = self._writer()

    def _writer(self) -> WarcWriter:
        return WarcWriter(
            self.directory / "warc",
            run=self.run,
            software="test",
            collector="test",
            vantage="test",
            robots="none",
        )

    def new_run(self, run: str) -> None:
        """Begin another run with a file of its own."""
        self.writer.close()
        self.run = run
        self.writer = self._writer()

    def now(self) -> str:
        """The next day."""
        return f"2026-01-{next(self.days):02}T00:00:00.000Z"

    def see(
        self,
        path: str,
        body: bytes = b"",
        status: int = 200,
        role: Role = "document",
        parent: str | None = None,
        link: str | None = None,
        host: str = "http://a.test",
        portal: str | None = "a",
        location: str | None = None,
        original: Original | None = None,
    ) -> str:
        """Capture an answer, ingest it, and return the name of the outcome."""
        more = f"Location: {location}\r\n" if location else ""
        block = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\n{more}\r\n".encode()
        capture = Capture(
            url=host + path,
            captured_at=self.now(),
            status=status,
            header_block=block,
            body=body,
            run=self.run,
            portal=portal,
            role=role,
            parent_url=parent,
            link_text=link,
            original=original,
        )
        kept = self.writer.write(capture, b"GET / HTTP/1.1\r\n\r\n")
        return self.ingest.capture(kept).name

    def walk(self, outcome: str = "complete") -> None:
        """Note the end of a walk."""
        facts = {"portal": "a", "outcome": outcome, "declared": 1, "found": 1, "reason": None}
        note = Note("walk", "http://a.test/list", self.now(), self.run, facts)
        self.ingest.note(self.writer.write_note(note))

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self.ingest.store.db.execute(sql).fetchall()]

    def changes(self) -> list[tuple[object, ...]]:
        """Kind, item, before and after of every change, in order of time."""
        return self.rows("SELECT kind, item, before, after FROM changes ORDER BY first_seen_after")

    def close(self) -> None:
        """Close files and database."""
        self.writer.close()
        self.ingest.close()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    archive = Archive(tmp_path)
    yield archive
    archive.close()


def test_a_report_becomes_rows_that_lead_back_to_its_record(archive: Archive) -> None:
    """A page becomes a report, its statistics, and a capture with file, offset and digest."""
    assert archive.see("/1.html", _page()) == "new"
    assert archive.rows("SELECT year, kind, subject, status FROM reports") == [
        (2012, "annual_report", "平湖市人民政府", "live")
    ]
    values = {row[0]: row[1] for row in archive.rows("SELECT field, value FROM latest_statistics")}
    assert values["requests_received_total"] == 9
    assert values["requests_in_person"] == 2
    assert values["requests_online"] == 7
    ((file, offset),) = archive.rows("SELECT warc_file, warc_offset FROM captures")
    archive.writer.close()
    (capture,) = read_records(archive.directory / "warc" / str(file))
    assert isinstance(capture, Capture)
    assert capture.ref is not None
    assert (capture.ref.offset, capture.body) == (offset, _page())


def test_ingesting_twice_adds_nothing(archive: Archive) -> None:
    """Every record ingested again is known, and no table grows."""
    archive.see("/1.html", _page())
    archive.see("/1.html", _page(requests=10))
    archive.writer.close()
    tables = ("captures", "revisions", "sightings", "statistics", "changes", "reports")
    before = [archive.rows(f"SELECT * FROM {table}") for table in tables]
    for path in sorted((archive.directory / "warc").iterdir()):
        for record in read_records(path):
            assert isinstance(record, Capture)
            assert archive.ingest.capture(record).name == "known"
    assert [archive.rows(f"SELECT * FROM {table}") for table in tables] == before


@pytest.mark.parametrize(
    ("second", "changes"),
    [
        (_page(), []),
        (_page(chrome="首页 | 新栏目 | 今日访问 123"), []),
        (
            _page(sentence="各项工作扎实开展。"),
            [("text", "text", "各项工作有序开展。", "各项工作扎实开展。")],
        ),
        (
            _page(requests=10),
            [
                ("field", "requests_received_total", "9件", "10件"),
                ("field", "requests_online", "7件", "8件"),
            ],
        ),
    ],
    ids=["identical", "chrome only", "one sentence", "two numbers"],
)
def test_a_second_capture_gives_exactly_its_changes(
    archive: Archive, second: bytes, changes: list[tuple[str, ...]]
) -> None:
    """Chrome is no change; a sentence is one of text; a number is one of its field."""
    archive.see("/1.html", _page())
    archive.see("/1.html", second)
    assert sorted(map(str, archive.changes())) == sorted(map(str, changes))


def test_a_page_that_is_gone_is_no_change_yet_and_can_come_back(archive: Archive) -> None:
    """After one 404 a report is gone and not withdrawn; seen again it is as it was."""
    archive.see("/1.html", _page())
    assert archive.see("/1.html", status=404) == "gone"
    archive.ingest.settle()
    assert archive.rows("SELECT status FROM reports") == [("gone",)]
    assert archive.rows("SELECT state FROM coverage") == [("gone_from_known_url",)]
    archive.see("/1.html", _page())
    archive.ingest.settle()
    assert archive.changes() == []
    assert archive.rows("SELECT status FROM reports") == [("live",)]


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_failure_says_nothing_about_the_document(archive: Archive, status: int) -> None:
    """A refused or failed request changes no state."""
    archive.see("/1.html", _page())
    assert archive.see("/1.html", status=status) == "failed"
    assert archive.changes() == []
    assert archive.rows("SELECT status FROM documents") == [("live",)]


def test_an_address_that_was_never_read_is_no_report(archive: Archive) -> None:
    """A document that was gone from the start leaves a capture and an unread document."""
    archive.see("/1.html", status=404)
    assert archive.rows("SELECT count(*) FROM reports") == [(0,)]
    assert archive.rows("SELECT status FROM documents") == [("unread",)]
    assert known_urls(archive.directory, "a") == set()
    assert [d.url for d in visited_documents(archive.directory, "a")] == ["http://a.test/1.html"]


@pytest.mark.parametrize("gone_first", [True, False], ids=["gone first", "new address first"])
def test_a_report_at_a_new_address_has_moved(archive: Archive, *, gone_first: bool) -> None:
    """Old address gone and the same report at a later one is one move, in either order."""
    archive.see("/1.html", _page())
    archive.walk()
    archive.new_run("run2")
    steps: list[Callable[[], str]] = [
        lambda: archive.see("/1.html", status=404),
        lambda: archive.see("/2.html", _page()),
    ]
    for step in steps if gone_first else reversed(steps):
        step()
    assert archive.changes() == [
        ("status", "moved", "http://a.test/1.html", "http://a.test/2.html")
    ]
    assert archive.rows("SELECT status FROM reports") == [("live",)]


@pytest.mark.parametrize(("outcome", "expected"), [("complete", ["published"]), ("partial", [])])
def test_a_report_is_new_only_after_a_complete_walk_without_it(
    archive: Archive, outcome: str, expected: list[str]
) -> None:
    """Reports of the first run are not new; later ones are, if the earlier walk saw the end."""
    archive.see("/1.html", _page(2012))
    archive.walk(outcome)
    archive.new_run("run2")
    archive.see("/2.html", _page(2013))
    assert [change[1] for change in archive.changes()] == expected


def test_a_report_of_an_unknown_body_keeps_a_provisional_key(archive: Archive) -> None:
    """Without a known body the key comes from the address and a finding says so."""
    body = _page().replace("平湖市".encode(), "某某某".encode())
    archive.see("/1.html", body)
    ((key, owner),) = archive.rows("SELECT key, body FROM reports")
    assert str(key).startswith("u")
    assert owner is None
    assert ("provisional_key",) in archive.rows("SELECT rule FROM findings")


def test_a_revisit_reads_a_page_with_the_text_of_the_link_that_led_to_it(archive: Archive) -> None:
    """A page that names no year keeps the year of its list entry when it is asked for again."""
    body = _page().replace("2012年".encode(), b"")
    archive.see("/1.html", body, link="平湖市2012年政府信息公开工作年度报告")
    archive.see("/1.html", body.replace("首页".encode(), "新首页".encode()))
    assert archive.rows("SELECT year FROM reports") == [(2012,)]
    assert archive.changes() == []


def test_an_address_that_leads_elsewhere_is_known(archive: Archive) -> None:
    """A listed address that only redirects is not asked for again as if it were new."""
    archive.see("/1.html", status=301)
    assert known_urls(archive.directory, "a") == {"http://a.test/1.html"}


def test_what_an_older_archive_knows_is_known(tmp_path: Path) -> None:
    """A database made before compilations were split tells what was asked for, and by which run."""
    with closing(open_database(str(tmp_path / DATABASE))) as db:
        without = ("DROP INDEX documents_part_of", "ALTER TABLE documents DROP COLUMN part_of")
        make_older(db, "add_parts", *without)
        db.execute(
            "INSERT INTO documents (key, url, portal, status)"
            " VALUES ('d1', 'http://a.test/1', 'a', 'live')"
        )
    assert known_urls(tmp_path, "a") == {"http://a.test/1"}


def test_an_attachment_without_a_name_of_its_own_belongs_to_its_page(archive: Archive) -> None:
    """A file that names neither body nor year is a document of the report that links it."""
    archive.see("/1.html", _page())
    archive.see(
        "/files/1.html", "<p>附表一</p>".encode(), role="attachment", parent="http://a.test/1.html"
    )
    assert archive.rows("SELECT count(DISTINCT report), count(*) FROM documents") == [(1, 2)]
    assert archive.rows("SELECT count(*) FROM reports") == [(1,)]


def test_the_database_can_be_built_again_from_the_warc_files(
    archive: Archive, tmp_path: Path
) -> None:
    """Reading the WARC files into an empty directory gives the same rows but for row ids."""
    archive.see("/1.html", _page())
    archive.walk()
    archive.see("/1.html", _page(requests=12))
    archive.new_run("run2")
    archive.see("/2.html", _page(2013))
    archive.see("/1.html", status=404)
    archive.writer.close()
    (tmp_path / "again").mkdir()
    again = Ingest(tmp_path / "again")
    for path in sorted((archive.directory / "warc").iterdir()):
        for record in read_records(path):
            if isinstance(record, Capture):
                again.capture(record)
            else:
                again.note(record)
    queries = (
        "SELECT key, body, year, kind, status, document, first_seen, last_seen FROM reports",
        "SELECT key, report, kind, item, before, after, first_seen_after FROM changes ORDER BY key",
        "SELECT document, seq, digest, parser FROM revisions ORDER BY 1, 2",
        "SELECT field, value, raw FROM latest_statistics ORDER BY 1, 2",
        "SELECT document, seq, state, seen_from, seen_to, captures FROM sightings",
        "SELECT run, portal, column_url, outcome FROM walks",
    )
    for query in queries:
        rebuilt = [tuple(row) for row in again.store.db.execute(query).fetchall()]
        assert rebuilt == archive.rows(query), query
    again.close()


def test_a_body_stands_below_the_governments_above_it(archive: Archive) -> None:
    """A bureau brings the governments of its county, prefecture and province, each once."""
    bureau = _page().replace("平湖市2012年".encode(), "平湖市教育局2012年".encode())
    for _ in range(2):
        archive.see("/1.html", bureau)
        archive.see("/2.html", _page())
    assert archive.rows(
        "SELECT b.name, b.level, b.organ_type, a.name FROM bodies b"
        " LEFT JOIN bodies a ON a.id = b.parent ORDER BY b.subject_key"
    ) == [
        ("浙江省人民政府", "province", "government", None),
        ("嘉兴市人民政府", "prefecture", "government", "浙江省人民政府"),
        ("平湖市人民政府", "county", "government", "嘉兴市人民政府"),
        ("平湖市教育局", "county", "department", "平湖市人民政府"),
    ]


def test_the_years_of_a_renamed_county_can_be_joined(archive: Archive) -> None:
    """姜堰市 became 姜堰区 under another code: two bodies, one line, and one follows the other."""
    for year, name in ((2011, "姜堰市"), (2014, "姜堰区")):
        body = _page(year).replace("平湖市".encode(), name.encode())
        archive.see(f"/{year}.html", body)
    assert archive.rows(
        "SELECT l.year, b.name FROM latest_statistics l JOIN bodies b ON b.id = l.body"
        " WHERE b.line = '321204/人民政府' AND l.field = 'requests_received_total' ORDER BY l.year"
    ) == [(2011, "姜堰市人民政府"), (2014, "姜堰区人民政府")]
    assert archive.rows(
        "SELECT n.name, s.relation, s.first_list FROM bodies b"
        " JOIN successors s ON s.body = b.id JOIN bodies n ON n.id = s.successor"
        " WHERE b.name = '姜堰市人民政府'"
    ) == [("姜堰区人民政府", "upgraded", "2013")]


def test_a_county_and_what_it_is_the_sum_of_are_read_as_different_scopes(archive: Archive) -> None:
    """The 30 of the city are the 12, 10 and 8 of two bureaux and a town: no total adds them."""
    figures = {"平湖市": ("全市", 30), "平湖市教育局": ("我局", 12), "平湖市财政局": ("我局", 10)}
    figures["平湖市乍浦镇"] = ("我镇", 8)
    for number, (name, (whose, requests)) in enumerate(figures.items()):
        page = _page(requests=requests).decode().replace("平湖市2012年", f"{name}2012年")
        archive.see(f"/{number}.html", page.replace("全县", whose).encode())
    query = (
        "SELECT organ_type, scope, value FROM panel WHERE concept = 'applications_received'"
        " ORDER BY value DESC"
    )
    assert archive.rows(query) == [
        ("government", "jurisdiction", 30),
        ("department", "own_organ", 12),
        ("department", "own_organ", 10),
        ("government", "jurisdiction", 8),
    ]
    totals = "SELECT value, bodies FROM panel_totals WHERE concept = 'applications_received'"
    assert sorted(archive.rows(totals)) == [(8, 1), (22, 2), (30, 1)]


@pytest.mark.parametrize("years", [(2008, 2012), (2012, 2008)], ids=["in order", "later first"])
def test_a_county_renamed_in_place_is_one_body(archive: Archive, years: tuple[int, int]) -> None:
    """潞西市 and 芒市 bear one code: one body under its latest name, whichever is met first."""
    for year in years:
        name = "潞西市" if year < 2010 else "芒市"
        archive.see(f"/{year}.html", _page(year).replace("平湖市".encode(), name.encode()))
    query = "SELECT name, region_name FROM bodies WHERE subject_key = '533103/人民政府'"
    assert archive.rows(query) == [("芒市人民政府", "芒市")]
    assert archive.rows("SELECT count(DISTINCT body), count(*) FROM reports") == [(1, 2)]
    assert archive.rows(
        "SELECT name, first_year, last_year FROM register"
        " WHERE subject_key = '533103/人民政府' ORDER BY first_year"
    ) == [("潞西市人民政府", 2002, 2009), ("芒市人民政府", 2010, 2026)]


def test_the_register_is_stored_once(tmp_path: Path) -> None:
    """Opening a database again neither doubles nor loses the register and the lineage."""
    counts = []
    for _ in range(2):
        archive = Archive(tmp_path)
        counts.append(
            archive.rows("SELECT (SELECT count(*) FROM register), (SELECT count(*) FROM lineage)")
        )
        archive.ingest.store.db.execute("DELETE FROM lineage WHERE relation = 'split_from'")
        archive.ingest.store.db.commit()
        archive.close()
    assert counts[0] == counts[1]
    assert min(counts[0][0]) > 600  # type: ignore[type-var]


def test_numbers_of_the_header_are_stored_in_their_normal_form_too(archive: Archive) -> None:
    """Spaces, brackets and full-width signs of 索引号 and 文号 fall away; the printed ones stay."""
    box = "<p>索 引 号：０１４４１６３３０／2018-04736</p><p>文　　号：平政办发[2013] 7 号</p>"
    body = _page().replace(b'<div id="zoom">', f'<div id="zoom">{box}'.encode())
    archive.see("/1.html", body)
    assert archive.rows("SELECT index_number, document_number FROM documents") == [
        ("014416330/2018-04736", "平政办发〔2013〕7号")
    ]
    ((metadata,),) = archive.rows("SELECT metadata FROM revisions")
    printed = json.loads(str(metadata))
    assert printed["document_number"] == "平政办发[2013] 7 号"


def test_a_revision_of_an_older_parser_is_read_again_before_it_is_compared(
    archive: Archive,
) -> None:
    """What a newer parser reads differently in old bytes is not a change of the source."""
    archive.see("/1.html", _page())
    store = archive.ingest.store
    store.db.execute("UPDATE revisions SET parser = '0', digest = 'old', sentences = '[\"x\"]'")
    assert archive.see("/1.html", _page(chrome="新版首页")) == "same"
    assert archive.changes() == []
    assert archive.rows("SELECT count(*), min(parser <> '0') FROM revisions") == [(1, 1)]
    archive.ingest.settle()
    told = archive.rows("SELECT DISTINCT cause, old_parser FROM changes")
    assert told == [("parser", "0")]  # kept, as our own doing


def test_every_json_column_holds_json(archive: Archive) -> None:
    """What the schema calls JSON can be loaded."""
    archive.see("/1.html", _page())
    ((head, evidence),) = archive.rows("SELECT head, evidence FROM revisions")
    assert json.loads(str(head))["year"] == 2012
    assert isinstance(json.loads(str(evidence)), list)


@pytest.mark.parametrize("order", [(2012, 2013), (2013, 2012)], ids=["in order", "later first"])
def test_what_two_years_say_about_each_other_is_a_finding_of_the_later_one(
    archive: Archive, order: tuple[int, int]
) -> None:
    """Figures that come back unchanged are doubted in the later report, whichever arrives first."""
    sentence = "主动公开政府信息1320条。全年接受咨询5600人次。"
    for year in order:
        archive.see(f"/{year}.html", _page(year, requests=90, sentence=sentence))
    archive.ingest.settle()
    found = archive.rows(
        "SELECT r.year, f.rule, o.year FROM findings f JOIN reports r ON r.key = f.report"
        " JOIN reports o ON o.key = f.other_report WHERE f.rule = 'figures_copied'"
    )
    assert found == [(2013, "figures_copied", 2012)]
    archive.see("/2013.html", _page(2013, requests=91, sentence="主动公开政府信息1467条。"))
    archive.ingest.settle()
    assert archive.rows("SELECT 1 FROM findings WHERE rule = 'figures_copied'") == []


def test_two_crawls_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    """Two ingests that open and fill one archive at the same time both store everything."""

    def crawl(name: str) -> None:
        archive = Archive(tmp_path, run=name)
        for year in range(2010, 2022):
            archive.see(f"/{name}/{year}.html", _page(year))
        archive.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(crawl, name) for name in ("a", "b")]:
            done.result()
    archive = Archive(tmp_path)
    assert archive.rows("SELECT count(*) FROM documents") == [(24,)]
    assert archive.rows("SELECT count(*) FROM reports") == [(12,)]
    archive.close()


def test_http_and_https_are_one_document(archive: Archive) -> None:
    """A site that changes to https has not moved its pages, and a redirect there is no end."""
    archive.see("/1.html", _page())
    archive.see("/1.html", status=301, location="https://a.test/1.html")
    archive.see("/1.html", _page(), host="https://a.test")
    assert archive.rows("SELECT count(*), status, url FROM documents") == [
        (1, "live", "https://a.test/1.html")
    ]
    assert archive.changes() == []


def test_years_are_compared_again_when_either_is_revised(archive: Archive) -> None:
    """A text that two years share is a finding of the later one until one of them is rewritten."""

    def text(words: str) -> str:
        parts = (f"第{n}，{words}{n}次，形成{words}材料并向社会公布。" for n in range(1, 30))
        return "".join(parts)

    def shared() -> list[tuple[object, ...]]:
        archive.ingest.settle()
        return archive.rows(
            "SELECT DISTINCT r.year FROM findings f JOIN reports r ON r.key = f.report"
            " WHERE f.other_report IS NOT NULL AND f.rule LIKE '%_copied'"
        )

    archive.see("/2.html", _page(2013, 19, sentence=text("组织培训")))
    archive.see("/1.html", _page(2012, sentence=text("组织培训")))
    assert shared() == [(2013,)]
    archive.see("/1.html", _page(2012, sentence=text("接受群众来访咨询")))
    assert shared() == []
    archive.see("/2.html", _page(2013, 19, sentence=text("接受群众来访咨询")))
    assert shared() == [(2013,)]


@pytest.mark.parametrize("foreign_first", [True, False])
def test_a_document_belongs_to_the_portal_that_first_listed_it(
    archive: Archive, *, foreign_first: bool
) -> None:
    """Captures of others, which know no portal, take it from nobody, whatever arrives first."""
    if foreign_first:
        archive.see("/1.html", _page(), portal=None)
    archive.see("/1.html", _page(), parent="http://a.test/list")
    archive.see("/1.html", _page(), portal="b", parent="http://b.test/list")
    assert archive.rows("SELECT portal, parent_url FROM documents") == [("a", "http://a.test/list")]


def test_a_redirect_to_another_address_is_an_end(archive: Archive) -> None:
    """A page that leads to the home page is gone."""
    archive.see("/1.html", _page())
    assert archive.see("/1.html", status=302, location="/") == "gone"
    assert archive.rows("SELECT status FROM documents") == [("gone",)]


@pytest.mark.parametrize("path", ["/1.html", "/copy.html"], ids=["same address", "another"])
def test_a_record_that_repeats_a_body_shows_what_the_first_one_showed(
    archive: Archive, path: str
) -> None:
    """A revisit record without a body has the digest and the revision of its original."""
    archive.see("/1.html", _page())
    ((record_id, url, time),) = archive.rows("SELECT record_id, url, captured_at FROM captures")
    archive.see(path, original=Original(str(record_id), str(url), str(time)))
    assert archive.rows("SELECT count(*), count(DISTINCT body_sha256) FROM captures") == [(2, 1)]
    assert archive.rows("SELECT count(DISTINCT digest) FROM revisions") == [(1,)]
    assert archive.rows("SELECT count(*) FROM reports") == [(1,)]


def test_a_link_text_is_kept_without_what_is_personal(archive: Archive) -> None:
    """What the list printed beside a link is masked like the page itself."""
    archive.see("/1.html", _page(), link="平湖市2012年年报 联系人：李四 13812345678")
    assert archive.rows("SELECT link_text FROM captures") == [
        ("平湖市2012年年报 联系人：李* 138********",)
    ]
