"""Whole crawls against real servers: pace, evidence, paging, what is asked and what is not."""

from __future__ import annotations

import gzip
import json
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.settings import Settings

from archive.warc import read_records
from crawler.politeness import MINIMUM_PAUSE, Politeness
from parsers.model import Capture, Note
from tests.servers import HTML, HTML_UTF8, NOT_FOUND, Page, PageServer, run_scrapy, write_portal


def report(year: int, more: str = "") -> Page:
    """Return a report page of our own in UTF-8."""
    text = f"示例区{year}年政府信息公开工作年度报告"
    body = f"<p>{text}</p><p>{year}年,全区共收到政府信息公开申请12件,均已答复。</p>{more}"
    page = f"<html><head><title>{text}</title></head><body>{body}</body></html>"
    return Page(page.encode(), headers=(HTML_UTF8,))


def row(href: str, year: int, name: str = "示例区") -> str:
    """Return one row of a list."""
    title = f"{name}{year}年政府信息公开工作年度报告"
    return f'<li><a href="{href}">{title}</a><span>{year + 1}-01-15</span></li>'


def listing(*rows: str, foot: str = "") -> str:
    """Return a list page."""
    return f"<html><body><ul>{''.join(rows)}</ul>{foot}</body></html>"


def utf8(text: str) -> Page:
    """Return a page whose header tells its encoding."""
    return Page(text.encode(), headers=(HTML_UTF8,))


def gbk(text: str) -> Page:
    """Return a page in GBK that says so nowhere."""
    return Page(text.encode("gb18030"), headers=(HTML,))


def records(archive: Path) -> list[Capture | Note]:
    """Return all records of an archive, file by file."""
    files = sorted((archive / "warc").iterdir())
    return [record for file in files for record in read_records(file)]


def captures(archive: Path) -> dict[str, Capture]:
    """Return the captures of an archive by the path they asked for."""
    found = [record for record in records(archive) if isinstance(record, Capture)]
    return {"/" + capture.url.split("/", 3)[3]: capture for capture in found}


def rows_of(archive: Path, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query on the archive's database."""
    connection = sqlite3.connect(archive / "archive.db")
    try:
        return [tuple(found) for found in connection.execute(query)]
    finally:
        connection.close()


# pace


def test_starts_are_never_closer_than_the_pause(tmp_path: Path) -> None:
    """Requests to one host, robots.txt and redirects included, keep the configured pause."""
    pages = {
        "/list.html": utf8(listing(row("a", 2019), row("b", 2018), row("moved", 2017))),
        "/a": report(2019),
        "/b": report(2018),
        "/moved": Page(b"", 302, ((b"Location", b"/c"),)),
        "/c": report(2017),
    }
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings={"DOWNLOAD_DELAY": 0.4})
        assert done.returncode == 0, done.stderr
        assert server.paths() == ["/robots.txt", "/list.html", "/a", "/b", "/moved", "/c"]
        gaps = [later.at - sooner.at for sooner, later in pairwise(server.arrivals)]
    assert min(gaps) > 0.36, gaps


def test_a_crawl_delay_lengthens_the_pause(tmp_path: Path) -> None:
    """Crawl-delay in robots.txt is kept, however quickly the host answers."""
    pages = {
        "/robots.txt": Page(b"User-agent: *\nCrawl-delay: 0.5\nDisallow:"),
        "/list.html": utf8(listing(row("a", 2019), row("b", 2018))),
        "/a": report(2019),
        "/b": report(2018),
    }
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        assert run_scrapy("crawl", "reports", archive=tmp_path).returncode == 0
        gaps = [later.at - sooner.at for sooner, later in pairwise(server.arrivals)]
    assert len(gaps) == 3
    assert min(gaps) > 0.46, gaps


def test_a_portal_may_ask_for_a_longer_pause(tmp_path: Path) -> None:
    """The pause in a portal file holds from the first request to its hosts."""
    with PageServer({"/list.html": utf8(listing(row("a", 2019))), "/a": report(2019)}) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        file = tmp_path / "portals" / "demo.toml"
        file.write_text("pause = 0.5\n" + file.read_text("utf-8"), "utf-8")
        assert run_scrapy("crawl", "reports", archive=tmp_path).returncode == 0
        gaps = [later.at - sooner.at for sooner, later in pairwise(server.arrivals)]
    assert len(gaps) == 2
    assert min(gaps) > 0.46, gaps


def politeness(**given: object) -> Settings:
    """Return settings as the add-on leaves them, given on the command line."""
    settings = Settings({"USER_AGENT": "x/1", "CONTACT": "me", "DOWNLOAD_DELAY": 1.0})
    settings.setdict(given, "cmdline")
    Politeness().update_settings(settings)
    return settings


def test_no_setting_loosens_the_pause() -> None:
    """Toward public hosts the command line cannot shorten the pause, blur or parallel it."""
    settings = politeness(
        DOWNLOAD_DELAY="0",
        DOWNLOAD_DELAY_JITTER="0.5",
        CONCURRENT_REQUESTS_PER_DOMAIN="8",
        DOWNLOAD_SLOTS={"www.example.gov.cn": {"delay": 0, "concurrency": 9}},
    )
    assert settings.getfloat("DOWNLOAD_DELAY") == MINIMUM_PAUSE == 1.0
    assert settings.getfloat("DOWNLOAD_DELAY_JITTER") == 0
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert settings.getdict("DOWNLOAD_SLOTS") == {}
    assert settings["USER_AGENT"] == "x/1 (+me)"
    assert politeness(DOWNLOAD_DELAY="nan").getfloat("DOWNLOAD_DELAY") == MINIMUM_PAUSE


def test_a_longer_pause_is_kept() -> None:
    """A pause above the floor stays as given; with ALLOW_LOOPBACK a shorter one does too."""
    assert politeness(DOWNLOAD_DELAY="3").getfloat("DOWNLOAD_DELAY") == 3.0
    brief = politeness(DOWNLOAD_DELAY="0.1", ALLOW_LOOPBACK="1")
    assert brief.getfloat("DOWNLOAD_DELAY") == 0.1


# what is kept


GBK_NAME = "attachment; filename=2019年报.pdf".encode("gb18030")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of one crawl that met every kind of answer."""
    archive = tmp_path_factory.mktemp("kept")
    names = ["ok", "zipped", "gone", "moved", "dropped", "cut", "named"]
    attached = '<p>附件:<a href="/named.pdf">2019年统计表</a></p>'
    pages = {
        "/list.html": utf8(listing(*(row(f"/{n}", 2012 + i) for i, n in enumerate(names)))),
        "/ok": report(2012, attached),
        "/zipped": Page(
            gzip.compress(report(2013).body), headers=(HTML_UTF8, (b"Content-Encoding", b"gzip"))
        ),
        "/moved": Page(b"", 301, ((b"Location", b"/target"),)),
        "/target": report(2015),
        "/dropped": Page(drop=True),
        "/cut": Page(report(2017).body, headers=(HTML_UTF8,), length=90_000),
        "/named": report(2018),
        "/named.pdf": Page(
            b"%PDF-1.4\nnothing", headers=((b"content-disposition", GBK_NAME), (b"X-A", b"1"))
        ),
    }
    with PageServer(pages) as server:
        write_portal(archive / "portals", server, "demo", ("/list.html", "generic"))
        done = run_scrapy("crawl", "reports", archive=archive, settings={"RETRY_TIMES": 1})
        assert done.returncode == 0, done.stderr
        assert server.paths().count("/dropped") == 2
    return archive


def test_header_bytes_survive(kept: Path) -> None:
    """A header value in GBK lies in the WARC file byte for byte."""
    block = captures(kept)["/named.pdf"].header_block
    assert b"Content-Disposition: " + GBK_NAME + b"\r\n" in block
    assert block.startswith(b"HTTP/1.1 200 OK\r\n")
    assert block.endswith(b"\r\n\r\n")


def test_bodies_are_kept_as_sent(kept: Path) -> None:
    """A compressed body is stored compressed, under the header that says so."""
    capture = captures(kept)["/zipped"]
    assert gzip.decompress(capture.body) == report(2013).body
    assert b"Content-Encoding: gzip\r\n" in capture.header_block


def test_every_hop_is_kept(kept: Path) -> None:
    """A redirect and its target are two captures of the same request."""
    found = captures(kept)
    assert (found["/moved"].status, found["/target"].status) == (301, 200)
    assert found["/moved"].link_text == found["/target"].link_text != ""


def test_what_is_gone_or_fails_is_kept(kept: Path) -> None:
    """A 404 keeps its page; each try without an answer is kept with its failure."""
    assert captures(kept)["/gone"].status == 404
    assert captures(kept)["/gone"].body == NOT_FOUND.body
    tries = [
        record
        for record in records(kept)
        if isinstance(record, Capture) and record.url.endswith("/dropped")
    ]
    assert [(t.status, t.body, bool(t.failure)) for t in tries] == [(0, b"", True)] * 2


def test_a_cut_off_body_is_kept_and_marked(kept: Path) -> None:
    """A body shorter than promised is kept as truncated, and not read as the report."""
    capture = captures(kept)["/cut"]
    assert (capture.truncated, capture.body) == ("disconnect", report(2017).body)
    query = "SELECT outcome FROM captures WHERE url LIKE '%/cut'"
    assert rows_of(kept, query) == [("failed",)]


def test_the_crawl_says_why_it_asked(kept: Path) -> None:
    """Role, portal, parent, link text and printed date are kept with each capture."""
    found = captures(kept)
    assert found["/robots.txt"].role == "robots"
    assert found["/list.html"].role == "list"
    page = found["/ok"]
    assert (page.role, page.portal) == ("document", "demo")
    assert page.parent_url == found["/list.html"].url
    assert page.link_text == "示例区2012年政府信息公开工作年度报告"
    assert page.link_date == "2013-01-15"
    assert page.ip == "127.0.0.1"
    attachment = found["/named.pdf"]
    assert (attachment.role, attachment.link_text) == ("attachment", "2019年统计表")
    assert attachment.parent_url == page.url


def test_the_run_is_on_record(kept: Path) -> None:
    """Portal, run and walk are notes in the WARC file, and rows in the database."""
    notes = [record for record in records(kept) if isinstance(record, Note)]
    assert [note.topic for note in notes] == ["run", "portal", "walk", "run"]
    start, portal, walk, end = (note.facts for note in notes)
    assert (start["spider"], start["arguments"]) == ("reports", {})
    assert (portal["id"], portal["region"], portal["official"]) == ("demo", "321202", True)
    assert (walk["outcome"], walk["pages"], walk["found"], walk["new"]) == ("complete", 1, 7, 7)
    assert end["outcome"] == "finished"
    assert rows_of(kept, "SELECT spider, outcome FROM runs") == [("reports", "finished")]
    assert rows_of(kept, "SELECT outcome, found FROM walks") == [("complete", 7)]


def test_each_file_says_what_made_it(kept: Path) -> None:
    """The first record names software, settings, robots policy, vantage and format."""
    (path,) = (kept / "warc").iterdir()
    info = gzip.decompress(path.read_bytes()).split(b"\r\n\r\n", 2)[1].decode()
    said = dict(line.split(": ", 1) for line in info.splitlines())
    assert said["software"].startswith("open-report-archive/")
    assert said["format"] == "WARC File Format 1.1"
    assert said["robots"].startswith("RFC 9309")
    assert said["vantage"] == "unknown"
    assert said["setting-DOWNLOAD_DELAY"] == "0.02"


def test_every_capture_reaches_the_database(kept: Path) -> None:
    """Each capture in WARC is a row that points at its record."""
    in_warc = {
        (record.ref.file, record.ref.offset)
        for record in records(kept)
        if isinstance(record, Capture) and record.ref
    }
    in_database = set(rows_of(kept, "SELECT warc_file, warc_offset FROM captures"))
    assert in_database == in_warc


# lists


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[str]]]:
    """Return the archive of a portal with three kinds of lists, crawled twice, then revisited."""
    archive = tmp_path_factory.mktemp("walked")
    trs = "<script>createPageHTML({}, {}, 'index', 'html');</script>"
    next_link = '<a href="list.asp?page={}">[下一页]</a>'
    asp_last = gbk(listing(row("show.asp?id=31", 2010, "某镇"), foot=next_link.format(4)))
    pages = {
        "/a/": utf8(listing(row("r1.html", 2019, "甲县"), foot=trs.format(3, 0))),
        "/a/index_1.html": utf8(listing(row("r2.html", 2018, "甲县"), foot=trs.format(3, 1))),
        "/a/index_2.html": utf8(listing(row("r3.html", 2017, "甲县"), foot=trs.format(3, 2))),
        "/b/index.html": utf8(
            listing(
                row("r1.html", 2019, "乙县"),
                '<li><a href="n.html">关于编制2019年政府信息公开年度报告的通知</a>2019-11-01</li>',
                foot="<script>createPageHTML('page_div', 2, 1, 'index', 'html', 3);</script>",
            )
        ),
        "/b/index_2.html": utf8(
            listing(
                row("r2.html", 2018, "乙县"),
                foot="<script>createPageHTML('page_div', 2, 2, 'index', 'html', 3);</script>",
            )
        ),
        "/list.asp": gbk(listing(row("show.asp?id=11", 2012, "某镇"), foot=next_link.format(2))),
        "/list.asp?page=2": gbk(
            listing(row("show.asp?id=21", 2011, "某镇"), foot=next_link.format(3))
        ),
        "/list.asp?page=3": asp_last,
        "/list.asp?page=4": asp_last,
        **{f"/a/r{n}.html": report(2020 - n) for n in (1, 2, 3)},
        **{f"/b/r{n}.html": report(2020 - n) for n in (1, 2)},
        **{f"/show.asp?id={n}1": gbk(f"<p>某镇{2013 - n}年年报</p>") for n in (1, 2, 3)},
    }
    columns = [("/a/", "trs"), ("/b/index.html", "auto"), ("/list.asp", "plain_asp")]
    asked = []
    with PageServer(pages) as server:
        write_portal(archive / "portals", server, "demo", *columns)
        for spider in ("reports", "reports", "revisit"):
            server.arrivals.clear()
            done = run_scrapy("crawl", spider, "-a", "portal=demo", archive=archive)
            assert done.returncode == 0, done.stderr
            asked.append(server.paths())
    return archive, asked


@pytest.mark.parametrize(("most", "lists_come_first"), [(2000, True), (3, False)])
def test_a_list_waits_for_its_documents_when_many_wait(
    tmp_path: Path, most: int, *, lists_come_first: bool
) -> None:
    """A list is walked whole before its documents, but not over more requests than are to wait."""
    lists = ["/a/", "/a/index_1.html", "/a/index_2.html"]
    pages: dict[str, Page] = {}
    for number, path in enumerate(lists):
        years = range(1950 + 20 * number, 1970 + 20 * number)
        trs = f"<script>createPageHTML(3, {number}, 'index', 'html');</script>"
        pages[path] = utf8(listing(*(row(f"{y}.html", y, "甲县") for y in years), foot=trs))
        pages |= {f"/a/{year}.html": report(year) for year in years}
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/a/", "trs"))
        settings = ("-s", f"WAITING_MAX={most}", "-s", "CONCURRENT_REQUESTS=1")
        assert run_scrapy("crawl", "reports", *settings, archive=tmp_path).returncode == 0
        asked = [path for path in server.paths() if path != "/robots.txt"]
    assert len(asked) == 63
    places = [asked.index(path) for path in lists]
    assert (places[2] < 9) is lists_come_first
    assert (places[1] > 15) is not lists_come_first


LISTS = {"/a/", "/a/index_1.html", "/a/index_2.html", "/b/index.html", "/b/index_2.html"} | {
    f"/list.asp{query}" for query in ("", "?page=2", "?page=3", "?page=4")
}
REPORTS = {"/a/r1.html", "/a/r2.html", "/a/r3.html", "/b/r1.html", "/b/r2.html"} | {
    f"/show.asp?id={n}1" for n in (1, 2, 3)
}


def test_walks_every_kind_of_list_to_its_end(walked: tuple[Path, list[list[str]]]) -> None:
    """Both TRS numberings and plain ASP are walked whole, each page and report asked for once."""
    archive, asked = walked
    assert sorted(asked[0]) == sorted({"/robots.txt"} | LISTS | REPORTS)
    outcomes = rows_of(
        archive, "SELECT outcome, found FROM walks WHERE run = (SELECT min(run) FROM walks)"
    )
    assert sorted(outcomes) == [("complete", 3)] * 3


def test_a_second_run_fetches_only_the_lists(walked: tuple[Path, list[list[str]]]) -> None:
    """Reports that are in the archive are not asked for again."""
    assert sorted(walked[1][1]) == sorted({"/robots.txt"} | LISTS)


def test_a_revisit_asks_every_known_report_again(walked: tuple[Path, list[list[str]]]) -> None:
    """The revisit asks for known documents and for no list."""
    assert sorted(walked[1][2]) == sorted({"/robots.txt"} | REPORTS)


def test_list_pages_without_a_charset_are_read_by_evidence(
    walked: tuple[Path, list[list[str]]],
) -> None:
    """Titles of a GBK list that declares nothing are Chinese in the archive."""
    query = "SELECT DISTINCT link_text FROM captures WHERE url LIKE '%show.asp?id=11' AND link_text IS NOT NULL"
    assert rows_of(walked[0], query) == [("某镇2012年政府信息公开工作年度报告",)]


# what is not asked


def test_loopback_is_refused_by_default(tmp_path: Path) -> None:
    """Without ALLOW_LOOPBACK nothing is sent to this machine, by address or by name."""
    pages = {"/list.html": utf8(listing(row("a", 2019)))}
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        off = {"ALLOW_LOOPBACK": 0}
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=off)
        assert done.returncode == 0, done.stderr
        assert server.paths() == []
    [(outcome, reason)] = rows_of(tmp_path, "SELECT outcome, reason FROM walks")
    assert outcome == "unreachable"
    assert "refused_address" in str(reason)
    assert not captures(tmp_path)


def test_only_hosts_of_the_portal_are_asked(tmp_path: Path) -> None:
    """Links and redirects that lead to a host the portal does not name are not followed."""
    with PageServer({"/r": report(2018)}, "127.0.0.2") as other:
        pages = {
            "/list.html": utf8(listing(row(other.url("/r"), 2018), row("/out", 2017))),
            "/out": Page(b"", 302, ((b"Location", other.url("/s").encode()),)),
        }
        with PageServer(pages) as server:
            write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
            assert run_scrapy("crawl", "reports", archive=tmp_path).returncode == 0
            assert server.paths() == ["/robots.txt", "/list.html", "/out"]
        assert other.paths() == []
    [(facts,)] = rows_of(tmp_path, "SELECT facts FROM runs")
    assert json.loads(str(facts))["counts"]["refused/offsite"] == 2


@pytest.mark.parametrize("pause", [0.02, "nan"])
def test_a_short_pause_is_for_loopback_only(pause: object, tmp_path: Path) -> None:
    """With ALLOW_LOOPBACK and a short pause, a public address is refused before any request."""
    text = (
        'id = "far"\nname = "far"\nhome = "http://93.184.216.34/"\nregion = "321202"\n'
        'official = false\n[[columns]]\nurl = "http://93.184.216.34/list.html"\n'
    )
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "far.toml").write_text(text, "utf-8")
    settings = {"DOWNLOAD_DELAY": pause}
    assert run_scrapy("crawl", "reports", archive=tmp_path, settings=settings).returncode == 0
    [(reason,)] = rows_of(tmp_path, "SELECT reason FROM walks")
    assert "pause_too_short" in str(reason)
    assert not captures(tmp_path)


def test_a_host_is_left_alone_after_a_block_page(tmp_path: Path) -> None:
    """After one block page nothing more is asked; the page is kept and the run says so."""
    pages = {
        "/list.html": utf8(listing(row("a", 2019), row("b", 2018), row("c", 2017))),
        "/a": report(2019),
        "/b": Page(b"<script>document.cookie='x'</script>", 521),
        "/c": report(2017),
    }
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        assert run_scrapy("crawl", "reports", archive=tmp_path).returncode == 0
        assert server.paths() == ["/robots.txt", "/list.html", "/a", "/b"]
    assert captures(tmp_path)["/b"].status == 521
    [(facts,)] = rows_of(tmp_path, "SELECT facts FROM runs")
    assert json.loads(str(facts))["counts"]["refused/blocked:jsl"] == 2


def test_a_host_gets_no_more_than_its_daily_budget(tmp_path: Path) -> None:
    """The budget holds over runs: the second run may not even ask for robots.txt."""
    pages = {"/list.html": utf8(listing(row("a", 2019), row("b", 2018))), "/a": report(2019)}
    with PageServer(pages) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        for _ in range(2):
            budget = {"HOST_DAILY_BUDGET": 3}
            done = run_scrapy("crawl", "reports", archive=tmp_path, settings=budget)
            assert done.returncode == 0, done.stderr
        assert server.paths() == ["/robots.txt", "/list.html", "/a"]
    assert ("partial",) in rows_of(tmp_path, "SELECT outcome FROM walks")


# asking for the wrong thing


def test_unknown_arguments_are_usage_errors(tmp_path: Path) -> None:
    """A portal nobody knows, an argument or a spider there is not, ends with status 2."""
    for arguments in (["reports", "-a", "portal=nowhere"], ["reports", "-a", "speed=9"], ["fly"]):
        done = run_scrapy("crawl", *arguments, archive=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "warc").exists()


def test_a_portal_without_report_columns_is_sent_to_discover(tmp_path: Path) -> None:
    """It has nothing to walk: the command that finds its columns is named, the status is 2."""
    portal = (
        'id = "new"\nname = "new"\nhome = "http://a.test/"\nregion = "321202"\n'
        "official = true\nunverified = true\n"
    )
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "new.toml").write_text(portal, "utf-8")
    named = run_scrapy("crawl", "reports", "-a", "portal=new", archive=tmp_path)
    assert (named.returncode, "scrapy crawl discover -a portal=new" in named.stderr) == (2, True)
    every = run_scrapy("crawl", "reports", archive=tmp_path)
    assert (every.returncode, "no enabled portal has report columns" in every.stderr) == (2, True)


WRONG_SETTINGS: dict[str, object] = {
    "HOST_DAILY_BUDGET": "many",
    "DOWNLOAD_DELAY": "slow",
    "ARCHIVE_DIR": __file__,
    "ARCHIVE_ENABLED": 0,  # then nothing is kept, and no pace with it
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_settings_that_cannot_be_used_are_usage_errors(name: str, tmp_path: Path) -> None:
    """A number that is none, or an archive that is no folder, is named; the status is 2."""
    with PageServer({}) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        settings = {name: WRONG_SETTINGS[name]}
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
        assert server.paths() == []
    assert done.returncode == 2, done.stderr
    assert f"error: {name}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_cannot_write_fails(tmp_path: Path) -> None:
    """Where the archive cannot be written nothing is asked, and the status is 1."""
    with PageServer({"/list.html": utf8(listing(row("a", 2019)))}) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list.html", "generic"))
        (tmp_path / "warc").write_text("a file where the folder should be", "utf-8")
        done = run_scrapy("crawl", "reports", archive=tmp_path)
        assert server.paths() == []
    assert done.returncode == 1
    assert "archive_unwritable" in done.stderr


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_asked() -> None:
    """A crawl into a read-only folder is a usage error in one line."""
    done = run_scrapy("crawl", "discover", "-a", "url=http://127.0.0.1:9/", archive=Path("/proc"))
    assert done.returncode == 2
    assert "ARCHIVE_DIR: " in done.stderr
    assert "Traceback" not in done.stderr
