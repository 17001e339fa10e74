"""The copy of an archive that may be replayed: nothing withheld, personal numbers masked."""

from __future__ import annotations

import gzip
from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.checker import Checker  # type: ignore[import-untyped]

from archive.errors import NoArchive
from archive.ingest import Ingest
from archive.recovery import finish
from archive.replay import write_replay
from archive.verify import verify
from archive.warc import WarcWriter, read_records
from archive.withhold import withhold
from parsers.model import Capture, Original
from tests.servers import run_scrapy
from tests.test_replay import fetched, replayed, with_pywb
from tests.test_warc import ASKED

HOST = "http://portal.test"
PHONE, MASKED = "13812345678", "138********"
_PAGE = """<html><head><meta charset="gbk"><title>平湖市{year}年政府信息公开工作年度报告</title></head>
<body><h1>平湖市{year}年政府信息公开工作年度报告</h1><p>一、依申请公开情况</p>
<p>{year}年，全市共收到政府信息公开申请9件。</p><p>{more}</p><p>平湖市人民政府办公室</p></body></html>"""


def page(year: int, more: str = "各项工作有序开展。") -> bytes:
    """A page of ours in GBK."""
    return _PAGE.format(year=year, more=more).encode("gbk")


class Pages:
    """A small archive that is filled capture by capture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ingest = Ingest(folder)
        self.seconds = iter(range(60))
        self.out = WarcWriter(
            folder / "warc", run="run", software="t", collector="t", vantage="t", robots="none"
        )

    def see(self, path: str, body: bytes, more: bytes = b"", **told: object) -> Capture:
        """Keep and ingest an answer of a document."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + more + b"\r\n"
        at = f"2026-11-21T08:00:{next(self.seconds):02}.000Z"
        capture = Capture(HOST + path, at, 200, head, body, "run", "p", "document")
        kept = self.out.write(replace(capture, **told), ASKED)  # type: ignore[arg-type]
        self.ingest.capture(kept)
        return kept

    def finish(self) -> None:
        """End the run."""
        self.out.close()
        self.ingest.close()
        finish(self.folder)


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """An archive of which nothing has been seen yet."""
    return Pages(tmp_path / "archive")


def shown(target: Path) -> dict[str, Capture]:
    """What a copy holds, by address; revisits not counted."""
    nouns = [noun for path in (target / "warc").iterdir() for noun in read_records(path)]
    return {n.url.removeprefix(HOST): n for n in nouns if isinstance(n, Capture) and n.body}


def test_numbers_of_people_are_masked_and_all_else_stays(pages: Pages, tmp_path: Path) -> None:
    """A mobile number and the name beside it are covered in the page's own encoding, no more."""
    more = f"申请人张三（{PHONE}）已答复，监督电话：0573-85012345。"
    pages.see("/1.html", page(2012))
    pages.see("/2.html", page(2013, more))
    zipped = b"Content-Encoding: gzip\r\n"
    pages.see("/3.html", gzip.compress(page(2014, f"<b>联系人</b>：李四 {PHONE}")), zipped)
    pages.finish()
    told = write_replay(tmp_path / "archive", tmp_path / "copy")
    assert (told.copied, told.masked, told.left_out) == (1, 2, {})
    found = shown(tmp_path / "copy")
    assert found["/1.html"].body == page(2012)
    masked = more.replace(PHONE, MASKED).replace("张三", "张*")
    assert found["/2.html"].body == page(2013, masked)
    assert found["/3.html"].body == page(2014, f"<b>联系人</b>：李* {MASKED}")
    assert b"Content-Encoding" not in found["/3.html"].header_block
    assert b"X-Archive-Masked" in found["/3.html"].header_block
    files = [str(path) for path in (tmp_path / "copy" / "warc").iterdir()]
    assert Checker(Namespace(inputs=files, verbose=False)).process_all() == 0


@pytest.mark.parametrize(
    "more",
    ["联系：138<b>1234</b>5678", "联系：&#49;3812345678", f"申请人<b>张三</b>，{PHONE}"],
    ids=["between tags", "as an entity", "a name between tags"],
)
def test_what_cannot_be_masked_is_left_out(pages: Pages, tmp_path: Path, more: str) -> None:
    """A page in which a number stands in pieces is not in the copy."""
    pages.see("/1.html", page(2012, more))
    pages.finish()
    told = write_replay(tmp_path / "archive", tmp_path / "copy")
    assert told.left_out == {"personal": 1}
    assert shown(tmp_path / "copy") == {}


def test_a_file_that_nobody_could_read_is_left_out(pages: Pages, tmp_path: Path) -> None:
    """A damaged PDF may hold anything; a picture of the page's frame is copied."""
    pdf = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n"
    png = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    pages.see("/1.pdf", b"%PDF-1.7 broken", header_block=pdf)
    pages.see("/logo.png", b"\x89PNG\r\n\x1a\n0123", header_block=png, role="other")
    pages.finish()
    told = write_replay(tmp_path / "archive", tmp_path / "copy")
    assert told.left_out == {"unreadable": 1}
    assert list(shown(tmp_path / "copy")) == ["/logo.png"]


def test_what_is_withheld_is_not_in_the_copy(pages: Pages, tmp_path: Path) -> None:
    """Neither the page nor a picture that it shows, whether sealed or only decided."""
    pages.see("/1.html", page(2012))
    pages.see("/1.png", b"\x89PNG\r\n\x1a\n0123", role="other", parent_url=HOST + "/1.html")
    pages.see("/2.html", page(2013))
    pages.finish()
    withhold(tmp_path / "archive", HOST + "/1.html", "asked for", "2026-11-22", "we")
    told = write_replay(tmp_path / "archive", tmp_path / "copy")
    assert told.left_out == {"withheld": 2}
    assert list(shown(tmp_path / "copy")) == ["/2.html"]


def test_sealing_a_page_leaves_the_visits_of_others_where_they_are(
    pages: Pages, tmp_path: Path
) -> None:
    """A record that lists visits of several pages holds no body and is not sealed for one."""
    for path, year in (("/1.html", 2012), ("/2.html", 2013)):
        first = pages.see(path, page(year))
        assert first.ref is not None
        same = Original(first.ref.record_id, first.url, first.captured_at)
        later = f"2026-12-01T08:00:{next(pages.seconds):02}.000Z"
        pages.out.list_visit(replace(first, ref=None, captured_at=later, original=same))
    for visit in pages.out.flush():
        pages.ingest.capture(visit)
    pages.finish()
    withhold(tmp_path / "archive", HOST + "/1.html", "asked for", "2026-11-22", "we")
    assert list(verify(tmp_path / "archive")) == []
    with closing(Ingest(tmp_path / "archive")) as ingest:
        rows = ingest.store.db.execute(
            "SELECT d.url, s.captures FROM sightings s JOIN documents d ON d.key = s.document"
        ).fetchall()
    assert [tuple(row) for row in rows] == [(HOST + "/2.html", 2)]


@with_pywb
def test_pywb_replays_the_copy_with_numbers_masked(pages: Pages, tmp_path: Path) -> None:
    """The page, and a later visit that found the same bytes, are shown without the number."""
    body = page(2012, f"联系手机{PHONE}。")
    first = pages.see("/1.html", body)
    assert first.ref is not None
    same = Original(first.ref.record_id, first.url, first.captured_at)
    again = pages.see("/1.html", body, original=same)
    pages.finish()
    told = write_replay(tmp_path / "archive", tmp_path / "copy")
    assert (told.copied, told.masked) == (0, 2)
    with replayed(tmp_path / "copy") as collection:
        for visit in (first, again):
            stamp = "".join(filter(str.isdigit, visit.captured_at))[:14]
            text = fetched(f"{collection}/{stamp}id_/{HOST}/1.html").decode("gbk")
            assert MASKED in text
            assert PHONE not in text


def test_the_command_says_what_it_left_out(pages: Pages, tmp_path: Path) -> None:
    """Counts are printed; a folder that is not empty is refused and kept."""
    pages.see("/1.html", page(2012, f"手机{PHONE}"))
    pages.finish()
    words, settings = ("replay", str(tmp_path / "copy")), {"ARCHIVE_DIR": tmp_path / "archive"}
    done = run_scrapy(*words, settings=settings)
    assert (done.returncode, done.stdout) == (
        0,
        "0 records copied, 1 with personal numbers masked\n",
    )
    refused = run_scrapy(*words, settings=settings)
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)


def test_without_an_archive_there_is_no_copy(tmp_path: Path) -> None:
    """Nothing is made where there is nothing to copy."""
    with pytest.raises(NoArchive), closing(Ingest(tmp_path / "other")):
        write_replay(tmp_path / "none", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
