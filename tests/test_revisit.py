"""Asking again: only for what changed, as often as it changes, and on record."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import docx
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from archive.ingest import Ingest
from archive.visits import HeldBody, Visited, visited_documents
from archive.warc import WarcWriter, check_warc, read_records
from archive.warc_writer import IDENTICAL, NOT_MODIFIED
from crawler.middlewares.validators import tags_to_send
from crawler.schedule import choose_due, interval, must_verify, overdue, rests_on_page
from parsers.model import Capture, Original, RecordRef
from tests.servers import HTML_UTF8, NOT_FOUND, Page, PageServer, run_scrapy, write_portal

ETAG = (b"ETag", b'"first"')
DATED = (b"Last-Modified", b"Wed, 15 Jan 2020 02:00:00 GMT")
ABOUT = {"software": "t", "collector": "t", "vantage": "t", "robots": "t"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def report(year: int, *headers: tuple[bytes, bytes], applications: int = 3) -> Page:
    """Return a report page of our own."""
    title = f"示例区{year}年政府信息公开工作年度报告"
    text = f"<p>{title}</p><p>{year}年，全区共收到政府信息公开申请{applications}件。</p>"
    page = f"<html><head><title>{title}</title></head><body>{text}</body></html>"
    return Page(page.encode(), headers=(HTML_UTF8, *headers))


def rows_of(archive: Path, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query on the archive's database."""
    connection = sqlite3.connect(archive / "archive.db")
    try:
        return [tuple(row) for row in connection.execute(query)]
    finally:
        connection.close()


def paths_asked(server: PageServer, archive: Path, *arguments: str) -> list[str]:
    """Return the paths that a crawl with these arguments asks for, in order."""
    server.arrivals.clear()
    done = run_scrapy("crawl", *arguments, archive=archive)
    assert done.returncode == 0, done.stderr
    return server.paths()


@dataclass(frozen=True, slots=True)
class Revisited:
    """An archive after a crawl, a revisit of the unchanged portal, and one of a changed one."""

    archive: Path
    conditions: tuple[Mapping[str, tuple[str | None, str | None]], ...]
    due: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def revisited(tmp_path_factory: pytest.TempPathFactory) -> Revisited:
    """Return what a portal saw of two revisits, and of two that only ask for what is due."""
    archive = tmp_path_factory.mktemp("revisited")
    names = {"etag": 2016, "dated": 2017, "plain": 2018, "moving": 2019}
    links = "".join(
        f'<li><a href="/{name}">示例区{year}年政府信息公开工作年度报告</a> {year + 1}-01-02</li>'
        for name, year in names.items()
    )
    pages = {
        "/list": Page(f"<ul>{links}</ul>".encode(), headers=(HTML_UTF8,)),
        "/etag": report(2016, ETAG),
        "/dated": report(2017, DATED),
        "/plain": report(2018),
        "/moving": report(2019, ETAG),
    }
    seen = []
    with PageServer(pages) as server:
        write_portal(archive / "portals", server, "demo", ("/list", "generic"))

        crawl = partial(paths_asked, server, archive)

        def conditions() -> dict[str, tuple[str | None, str | None]]:
            return {
                arrival.path: (
                    arrival.headers.get("If-None-Match"),
                    arrival.headers.get("If-Modified-Since"),
                )
                for arrival in server.arrivals
            }

        crawl("reports")
        crawl("revisit")
        seen.append(conditions())
        pages["/etag"] = report(2016, (b"ETag", b'"second"'), applications=4)
        pages["/moving"] = Page(b"", 302, ((b"Location", b"/moved"),))
        pages["/moved"] = report(2019)
        crawl("revisit")
        seen.append(conditions())
        fresh = crawl("revisit", "-a", "due=1")
        with sqlite3.connect(archive / "archive.db") as db:
            old = "2026-01-01T00:00:00.000Z"
            db.execute("UPDATE captures SET captured_at = ? WHERE url LIKE '%/plain'", [old])
        db.close()
        late = crawl("revisit", "-a", "due=1")
    return Revisited(archive, tuple(seen), (fresh, late))


def test_asks_with_the_servers_own_validators(revisited: Revisited) -> None:
    """ETag and Last-Modified go back as they came; a page without them is asked for plainly."""
    assert revisited.conditions[0] == {
        "/robots.txt": (None, None),
        "/etag": ('"first"', None),
        "/dated": (None, "Wed, 15 Jan 2020 02:00:00 GMT"),
        "/plain": (None, None),
        "/moving": ('"first"', None),
    }


@pytest.mark.parametrize(
    ("etag", "sent"),
    [
        ('"5f3c-1a2b"', '"5f3c-1a2b"'),
        ('W/"5f3c-1a2b"', 'W/"5f3c-1a2b"'),
        ('"5f3c-1a2b-gzip"', '"5f3c-1a2b-gzip", "5f3c-1a2b"'),
        ('W/"5f3c-br"', 'W/"5f3c-br", W/"5f3c"'),
        ("-gzip", "-gzip"),
    ],
)
def test_the_tag_before_compression_goes_along(etag: str, sent: str) -> None:
    """Apache forgets the tag that it gave to a compressed page and knows the one of the page."""
    assert tags_to_send(etag) == sent


def test_a_redirect_takes_no_validators_along(revisited: Revisited) -> None:
    """The address that a page redirects to is not asked with the validators of the page."""
    assert revisited.conditions[1]["/moving"] == ('"first"', None)
    assert revisited.conditions[1]["/moved"] == (None, None)


def test_an_unchanged_page_adds_no_revision(revisited: Revisited) -> None:
    """304 and the same bytes again are sightings of the revision that the archive holds."""
    query = (
        "SELECT d.url, count(*), count(DISTINCT c.revision) FROM captures c"
        " JOIN documents d ON d.key = c.document WHERE c.status IN (200, 304) GROUP BY d.url"
    )
    shown = {
        str(url).rsplit("/", 1)[1]: counts for url, *counts in rows_of(revisited.archive, query)
    }
    assert shown["dated"] == [3, 1]
    assert shown["plain"][1] == 1
    assert shown["etag"] == [3, 2]


def test_a_changed_page_is_a_revision(revisited: Revisited) -> None:
    """A page under a new ETag is fetched whole, and its change is found."""
    query = "SELECT outcome FROM captures WHERE url LIKE '%/etag' ORDER BY id"
    assert rows_of(revisited.archive, query) == [("new",), ("same",), ("changed",)]
    assert rows_of(revisited.archive, "SELECT 1 FROM changes WHERE kind <> 'status'")


def revisit_records(archive: Path) -> dict[str, dict[str, str]]:
    """Return the headers of revisit records by path, as an independent reader sees them."""
    found = {}
    for file in sorted((archive / "warc").iterdir()):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.revisit):
                path = record.headers["WARC-Target-URI"].rsplit("/", 1)[1]
                found.setdefault(path, dict(record.headers.items()))
    return found


def test_confirmations_are_revisit_records(revisited: Revisited) -> None:
    """They name their profile and the record, address and time of the body they confirm."""
    found = revisit_records(revisited.archive)
    assert found["etag"]["WARC-Profile"] == found["dated"]["WARC-Profile"] == NOT_MODIFIED
    assert found["plain"]["WARC-Profile"] == IDENTICAL
    assert "WARC-Payload-Digest" in found["plain"]
    query = "SELECT record_id, url, captured_at FROM captures WHERE url LIKE '%/dated'"
    first = rows_of(revisited.archive, query + " ORDER BY id LIMIT 1")[0]
    names = ("WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date")
    assert tuple(found["dated"][name] for name in names) == first


def test_revisit_records_satisfy_checkers(revisited: Revisited) -> None:
    """Neither our own check nor that of the WARC library finds fault with the files."""
    files = sorted((revisited.archive / "warc").iterdir())
    assert [check_warc(file) for file in files] == [[]] * len(files)
    command = [sys.executable, "-m", "warcio.cli", "check", *map(str, files)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_an_archive_with_revisits_can_be_built_again(revisited: Revisited, tmp_path: Path) -> None:
    """From the WARC files alone come the same captures, outcomes, digests and revisions."""
    (tmp_path / "warc").symlink_to(revisited.archive / "warc")
    ingest = Ingest(tmp_path)
    # Names have the second in which a crawl began, which two of these may share.
    for file in sorted((tmp_path / "warc").iterdir()):
        for record in read_records(file):
            if isinstance(record, Capture):
                ingest.capture(record)
            else:
                ingest.note(record)
    ingest.close()
    query = (
        "SELECT c.url, c.status, c.outcome, c.body_sha256, c.body_bytes, c.etag, c.original,"
        " v.digest FROM captures c LEFT JOIN revisions v ON v.id = c.revision ORDER BY c.record_id"
    )
    assert rows_of(tmp_path, query) == rows_of(revisited.archive, query)


def test_only_what_is_due_is_asked_for(revisited: Revisited) -> None:
    """With due=1 a page asked for today is left alone, one not asked for since January is not."""
    assert revisited.due == ([], ["/robots.txt", "/plain"])


def test_the_store_knows_the_body_it_holds(revisited: Revisited) -> None:
    """The validators are those of the newest body; a page that is gone has none."""
    known = {
        visited.url.rsplit("/", 1)[1]: visited
        for visited in visited_documents(revisited.archive, "demo")
    }
    assert known["etag"].held is not None
    assert known["etag"].held.etag == '"second"'
    assert known["etag"].changes == 1
    assert known["moving"].held is None
    assert visited_documents(revisited.archive, "elsewhere") == []
    assert visited_documents(revisited.archive / "nowhere", "demo") == []


# old pages that only come whole


def test_of_old_pages_without_validators_a_visit_asks_for_some(tmp_path: Path) -> None:
    """Twelve are asked for, then the others; when one has changed, or with all=1, all of them.

    One that was gone before is no change.
    """
    years = range(2004, 2024)
    pages = {f"/{year}.asp": report(year) for year in years}
    links = "".join(
        f'<li><a href="/{year}.asp">示例区{year}年政府信息公开工作年度报告</a> {year + 1}-03-02</li>'
        for year in years
    )
    dated = '<meta name="PubDate" content="{}-03-02 09:00">'
    for year in years:
        head = f"<head>{dated.format(year + 1)}".encode()
        page = pages[f"/{year}.asp"]
        pages[f"/{year}.asp"] = replace(page, body=page.body.replace(b"<head>", head))
    pages["/list"] = Page(f"<ul>{links}</ul>".encode(), headers=(HTML_UTF8,))
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list", "generic"))

        def crawl(*arguments: str) -> set[str]:
            asked = paths_asked(server, tmp_path, *arguments)
            return {path for path in asked if path.endswith(".asp")}

        every = crawl("reports")
        assert len(every) == 20
        first, second = crawl("revisit"), crawl("revisit")
        assert (len(first), len(second), first | second) == (12, 12, every)
        pages["/2010.asp"] = NOT_FOUND
        assert crawl("revisit", "-a", "all=1") == every
        assert len(crawl("revisit") - {"/2010.asp"}) == 12
        for path in every - {"/2010.asp"}:
            old = pages[path]
            pages[path] = replace(old, body=old.body.replace("3件".encode(), "4件".encode()))
        assert crawl("revisit") == every


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("due=1", "all=1"), "due=1 and all=1 exclude each other"),
        (("due=maybe",), "due: give 1 or 0"),
    ],
)
def test_arguments_that_cannot_be_used_are_said(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Two that exclude each other, or one that is neither 1 nor 0, are a usage error."""
    given = [part for argument in arguments for part in ("-a", argument)]
    done = run_scrapy("crawl", "revisit", *given, archive=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


# files that only come whole


FILE = "/download.jsp?filename=2019.docx"


@dataclass(frozen=True, slots=True)
class Waited:
    """What was asked of a page with a file from a download program, visit by visit."""

    archive: Path
    unchanged: list[str]
    changed: list[str]
    a_quarter_later: list[str]
    page_gone: list[str]


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory) -> Waited:
    """Return what revisits ask for while the page stays as it is, has changed, and is gone."""
    archive = tmp_path_factory.mktemp("waited")
    link = '<li><a href="/page">示例区2019年政府信息公开工作年度报告</a> 2020-01-02</li>'

    def page(tag: bytes, applications: int) -> Page:
        shown = report(2019, (b"ETag", tag), applications=applications)
        attached = f'<p>附件：<a href="{FILE}">2019年统计表.docx</a></p></body>'.encode()
        return replace(shown, body=shown.body.replace(b"</body>", attached))

    buffer = BytesIO()
    letter = docx.Document()
    letter.add_paragraph("2019年，示例区收到政府信息公开申请3件。")
    letter.save(buffer)
    pages = {
        "/list": Page(f"<ul>{link}</ul>".encode(), headers=(HTML_UTF8,)),
        "/page": page(b'"first"', 3),
        FILE: Page(buffer.getvalue(), headers=((b"Content-Type", b"application/octet-stream"),)),
    }
    with PageServer(pages) as server:
        write_portal(archive / "portals", server, "demo", ("/list", "generic"))

        crawl = partial(paths_asked, server, archive)

        def make_older(days: int) -> None:
            with closing(sqlite3.connect(archive / "archive.db")) as db, db:
                then = (datetime.now(UTC) - timedelta(days=days)).isoformat()
                db.execute("UPDATE captures SET captured_at = ? WHERE url LIKE '%.docx'", [then])
                db.execute("UPDATE sightings SET seen_from = ?", [then])

        assert crawl("reports") == ["/robots.txt", "/list", "/page", FILE]
        unchanged = crawl("revisit")
        pages["/page"] = page(b'"second"', 4)
        changed = crawl("revisit")
        make_older(106)
        later = crawl("revisit")
        pages["/page"] = NOT_FOUND
        gone = crawl("revisit")
    return Waited(archive, unchanged, changed, later, gone)


def test_a_file_without_validators_waits_for_its_page(waited: Waited) -> None:
    """As long as the page is confirmed, a file that has to be had whole is not asked for."""
    assert waited.unchanged == ["/robots.txt", "/page"]


def test_a_changed_page_asks_for_its_files(waited: Waited) -> None:
    """When the page is another, or gone, its files are asked for at once."""
    assert waited.changed == ["/robots.txt", "/page", FILE]
    assert waited.page_gone == ["/robots.txt", "/page", FILE]


def test_a_file_without_validators_is_seen_once_a_quarter(waited: Waited) -> None:
    """After a quarter the file is asked for whatever the page says."""
    assert sorted(waited.a_quarter_later) == [FILE, "/page", "/robots.txt"]


def test_a_file_that_waited_is_compared_with_the_one_held(waited: Waited) -> None:
    """The same bytes again are no second copy in the archive."""
    query = "SELECT original IS NULL FROM captures WHERE url LIKE '%.docx' ORDER BY id"
    assert rows_of(waited.archive, query) == [(1,), (0,), (0,), (0,)]


# last modified, role, page; captured at 2026-11-12 -> whether only the page can confirm it
FILES = {
    "a file of a program": (None, "attachment", "http://a.test/", True),
    "changed long ago": ("Mon, 05 Jan 2026 02:00:00 GMT", "attachment", "http://a.test/", False),
    "changed as it was sent": (
        "Thu, 12 Nov 2026 00:00:00 GMT",
        "attachment",
        "http://a.test/",
        True,
    ),
    "in no time zone": ("Mon, 05 Jan 2026 02:00:00", "attachment", "http://a.test/", False),
    "beyond all time zones": (
        "Mon, 05 Jan 2026 02:00:00 +99999999999999",
        "attachment",
        "http://a.test/",
        True,
    ),
    "without a date": ("yesterday", "attachment", "http://a.test/", True),
    "a page": (None, "document", "http://a.test/", False),
    "of no page": (None, "attachment", None, False),
}


@pytest.mark.parametrize("case", FILES.values(), ids=FILES)
def test_validators_that_hold_confirm_a_file(
    case: tuple[str | None, str, str | None, bool],
) -> None:
    """No validator, or the very moment at which a file was sent, confirms nothing."""
    modified, role, parent, expected = case
    known = visited(10, 10)
    assert known.held is not None
    held = replace(known.held, last_modified=modified)
    assert rests_on_page(replace(known, held=held, role=role, parent_url=parent)) is expected


# the schedule


def visited(first: int, asked: int, changes: int = 0, changed: int | None = None) -> Visited:
    """Return a document with moments as days before now."""

    def moment(days: int) -> str:
        return (NOW - timedelta(days=days)).isoformat()

    original = Original("<urn:uuid:1>", f"http://a.test/{first}", moment(first))
    held = HeldBody(original, "00", None, None, RecordRef("a", 0, 1, "<urn:uuid:1>"))
    latest = moment(first if changed is None else changed)
    return Visited(
        original.url, "document", None, moment(first), moment(asked), changes, latest, held
    )


# days since first seen, changes, days since the latest -> days until the next visit
INTERVALS = {
    "new": (3, 0, None, 1),
    "some weeks old": (30, 0, None, 7),
    "old": (400, 0, None, 91),
    "old, changed once": (400, 1, 300, 45.5),
    "old, changed often": (400, 12, 300, 7),
    "old, changed lately": (400, 1, 3, 1),
    "never more than daily": (3, 9, 3, 1),
}


@pytest.mark.parametrize("case", INTERVALS.values(), ids=INTERVALS)
def test_intervals_follow_age_and_changes(case: tuple[int, int, int | None, float]) -> None:
    """New pages are visited daily, then weekly, then quarterly; those that change sooner."""
    first, changes, changed, days = case
    assert interval(visited(first, 1, changes, changed), NOW) == timedelta(days=days)


# date printed, days since first seen, changes -> days until the next visit; today is 2026-11-22
PRINTED = {
    "a report of years ago, met today": ("2010-03-20", 0, 0, 91),
    "of last month": ("2026-10-20 09:12", 0, 0, 7),
    "of this week": ("2026-11-20", 0, 0, 1),
    "of tomorrow": ("2026-11-23", 30, 0, 7),
    "of some day of a year": ("2010", 0, 0, 1),
    "of years ago, changed today": ("2010-03-20", 0, 1, 1),
}


@pytest.mark.parametrize("case", PRINTED.values(), ids=PRINTED)
def test_an_old_report_is_old_when_it_is_first_met(case: tuple[str, int, int, float]) -> None:
    """The age is that of the report, not of our acquaintance with it, until it changes."""
    printed, first, changes, days = case
    met = replace(visited(first, 0, changes), published=printed)
    assert interval(met, NOW) == timedelta(days=days)


def test_what_appears_later_is_new_whatever_it_prints(tmp_path: Path) -> None:
    """Dates count for what the first look at a portal found, not for what is put up afterwards."""
    writer = WarcWriter(tmp_path / "warc", run="r", **ABOUT)
    ingest = Ingest(tmp_path)
    for year, at in ((2018, "2026-11-01T08:00:00Z"), (2019, "2026-11-02T09:00:00Z")):
        page = report(year, (b"X-Kept", b"1"))
        meta = f'<meta name="PubDate" content="{year + 1}-03-20 09:00">'.encode()
        ingest.capture(
            writer.write(
                Capture(
                    url=f"http://p.test/{year}.html",
                    captured_at=at,
                    status=200,
                    header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
                    body=page.body.replace(b"<head>", b"<head>" + meta),
                    run="r",
                    portal="p",
                    role="document",
                ),
                b"GET / HTTP/1.1\r\n\r\n",
            )
        )
    writer.close()
    ingest.close()
    known = visited_documents(tmp_path, "p")
    assert [(one.published or "")[:10] for one in known] == ["2019-03-20", ""]


def test_the_most_overdue_come_first_and_no_more_than_allowed() -> None:
    """Documents are ordered by how many of their intervals have passed; others wait."""
    fresh, daily, weekly, old = visited(4, 0), visited(5, 3), visited(40, 8), visited(500, 70)
    assert choose_due([fresh, weekly, old, daily], NOW, 9) == [daily, weekly]
    assert choose_due([fresh, weekly, old, daily], NOW, 1) == [daily]


def test_a_quarter_ends_in_different_nights() -> None:
    """Old pages that were asked for in one night come due over four weeks, about as many a night."""
    known = [replace(visited(500, 0), url=f"http://a.test/{n}.html") for n in range(2900)]
    nights = [
        sum(overdue(page, NOW + day * timedelta(days=1)) >= 1 for page in known)
        for day in range(76, 107)
    ]
    fresh = [after - before for before, after in pairwise(nights)]
    assert (nights[0], nights[-1]) == (0, 2900)
    assert max(fresh) < 2 * 100


def test_a_page_is_due_in_every_night_of_its_first_weeks() -> None:
    """A run that begins at its usual hour finds pages due that it reached later the night before."""
    last_night = replace(
        visited(4, 1), last_asked=(NOW - timedelta(hours=23, minutes=50)).isoformat()
    )
    assert choose_due([last_night], NOW, 9) == [last_night]


def test_a_body_is_seen_again_once_a_year() -> None:
    """After a year the page is asked for whole, whatever its validators say."""
    assert must_verify(visited(366, 1), NOW)
    assert not must_verify(visited(364, 1), NOW)
