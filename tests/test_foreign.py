"""WARC and WACZ files of others: their captures with their own time and collector."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from archive.entity import entity_body
from archive.errors import BrokenArchive
from archive.foreign import bring_in, read
from archive.ingest import Ingest
from archive.manifest import check
from archive.recovery import recover
from parsers.model import Capture, Note
from tests.servers import Page, PageServer
from tests.test_warc import PAGE, WALK, written

TITLE = "平湖市2012年政府信息公开工作年度报告"
REPORT = (
    f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div id='zoom'>"
    "<p>2012年，全县共收到政府信息公开申请9件，其中当面申请2件。</p>"
    "<p>平湖市人民政府办公室</p></div></body></html>"
).encode("gb18030")
SOFTWARE = "Browsertrix-Crawler 1.5 (with warcio.js 2.4)"


class Other:
    """A WARC file as other tools write it: a record of one kind after the other."""

    def __init__(self) -> None:
        self.data = b""
        self.record("warcinfo", f"software: {SOFTWARE}\r\n".encode(), [])

    def record(self, kind: str, block: bytes, headers: list[tuple[str, str]]) -> str:
        """Add a record and return its id."""
        record_id = f"<urn:uuid:00000000-0000-4000-8000-{len(self.data):012}>"
        named = [("WARC-Type", kind), ("WARC-Record-ID", record_id), *headers]
        lines = "".join(f"{name}: {value}\r\n" for name, value in named)
        head = f"WARC/1.0\r\n{lines}Content-Length: {len(block)}\r\n\r\n".encode()
        self.data += gzip.compress(head + block + b"\r\n\r\n")
        return record_id

    def answer(
        self,
        url: str,
        date: str,
        body: bytes = REPORT,
        *,
        head: bytes = b"200 OK\r\nContent-Type: text/html",
        asked: bytes = b"",
        of: tuple[str, str] | None = None,
    ) -> None:
        """Add an answer and its request, or that it was the same as that to ``of`` at a time."""
        headers = [
            ("WARC-Target-URI", url),
            ("WARC-Date", date),
            ("WARC-IP-Address", "192.0.2.7"),
            ("Content-Type", "application/http; msgtype=response"),
            ("WARC-Payload-Digest", hashlib.sha1(body, usedforsecurity=False).hexdigest()),
        ]
        head = b"HTTP/1.1 " + head + b"\r\n\r\n"
        if of is None:
            record_id = self.record("response", head + body, headers)
        else:
            profile = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
            refers = [("WARC-Refers-To-Target-URI", of[0]), ("WARC-Refers-To-Date", of[1])]
            headers += [("WARC-Profile", profile), *(pair for pair in refers if pair[1])]
            record_id = self.record("revisit", head, headers)
        linked = [*headers[:2], ("WARC-Concurrent-To", record_id)]
        self.record(
            "request",
            b"GET / HTTP/1.1\r\nHost: a.test\r\n" + asked + b"\r\n",
            [*linked, ("Content-Type", "application/http; msgtype=request")],
        )

    def save(self, path: Path) -> Path:
        """Return the file."""
        path.write_bytes(self.data)
        return path


def captures(found: list[Capture | Note | BrokenArchive]) -> list[Capture]:
    """Return the captures among what was read."""
    return [noun for noun in found if isinstance(noun, Capture)]


def test_a_file_of_wget_becomes_reports_with_its_own_time_and_collector(tmp_path: Path) -> None:
    """A page that wget kept is a document here, read in its own encoding, and known as wget's."""
    if shutil.which("wget") is None:
        pytest.skip("wget is not installed")
    pages = {
        "/list.html": Page(b'<a href="/2012.html">x</a><img src="/logo.png">'),
        "/2012.html": Page(b"", 302, ((b"Location", b"/new/2012.html"),)),
        "/new/2012.html": Page(REPORT),
        "/logo.png": Page(b"\x89PNG", headers=((b"Content-Type", b"image/png"),)),
    }
    with PageServer(pages) as server:
        subprocess.run(
            ["wget", "-q", "-r", "-p", "-e", "robots=off", "--warc-file=wget", server.url("/list.html")],
            cwd=tmp_path,
            timeout=60,
            check=False,
        )  # fmt: skip
    archive = tmp_path / "archive"
    (kept,) = bring_in(tmp_path / "wget.warc.gz", archive)
    found = {noun.url.split("/", 3)[3]: noun for noun in captures(list(read(kept)))}
    assert {path: noun.role for path, noun in found.items()} == {
        "list.html": "other",
        "2012.html": "other",
        "new/2012.html": "document",
        "logo.png": "other",
    }
    page = found["new/2012.html"]
    assert page.body == REPORT
    assert (page.collector or "").startswith("Wget/")
    assert page.parent_url in (found["2012.html"].url, found["list.html"].url)
    assert [one.problems for one in recover(archive)] == [()]
    with closing(Ingest(archive)) as ingest:
        rows = ingest.store.db.execute(
            "SELECT c.captured_at, c.collector, v.encoding, r.year FROM captures c"
            " JOIN revisions v ON v.id = c.revision JOIN reports r ON r.key = v.report"
        ).fetchall()
    assert [tuple(row) for row in rows] == [(page.captured_at, page.collector, "gb18030", 2012)]


def test_revisits_and_redirects_are_resolved(tmp_path: Path) -> None:
    """A revisit has the body it refers to, also from another file; a target knows who led to it."""
    first, second = Other(), Other()
    first.answer("http://a.test/1", "2020-01-01T00:00:00Z")
    first.answer("http://a.test/1", "2020-02-01T00:00:00Z", of=("http://a.test/1", ""))
    moved_head = b"301 Moved\r\nLocation: /2"
    second.answer("http://a.test/old", "2020-03-01T00:00:00Z", b"", head=moved_head)
    original = ("http://a.test/1", "2020-01-01T00:00:00Z")
    second.answer("http://a.test/2", "2020-03-01T00:00:01Z", of=original)
    one, two = first.save(tmp_path / "1.warc.gz"), second.save(tmp_path / "2.warc.gz")
    page, again = captures(list(read(one)))
    moved, elsewhere = captures(list(read(two, one)))
    assert [noun.body for noun in (page, again, elsewhere)] == [REPORT] * 3
    assert [noun.failure for noun in (again, elsewhere)] == [None, None]
    assert again.original is not None
    assert page.ref is not None
    assert again.original.record_id == page.ref.record_id
    assert (elsewhere.role, elsewhere.parent_url) == ("document", moved.url)
    (_, unresolved) = captures(list(read(two)))
    assert unresolved.body == b""
    assert unresolved.failure is not None
    assert "the body is kept elsewhere" in unresolved.failure


def test_who_led_to_a_page_is_known_where_others_say_it(tmp_path: Path) -> None:
    """The Referer of a request, or what Heritrix notes, is the address that linked a page."""
    other = Other()
    asked = b"Referer: http://a.test/list\r\n"
    other.answer("http://a.test/1", "2020-01-01T00:00:00Z", asked=asked)
    (page,) = captures(list(read(other.save(tmp_path / "x.warc.gz"))))
    assert (page.parent_url, page.ip) == ("http://a.test/list", "192.0.2.7")
    assert page.collector == SOFTWARE
    page_id = page.ref.record_id if page.ref else ""
    via = b"via: http://a.test/start\r\nhopsFromSeed: L\r\n"
    kind = ("Content-Type", "application/warc-fields")
    other.record("metadata", via, [kind, ("WARC-Concurrent-To", page_id)])
    (page,) = captures(list(read(other.save(tmp_path / "y.warc.gz"))))
    assert page.parent_url == "http://a.test/start"


def test_a_wacz_is_unpacked_into_the_archive(tmp_path: Path) -> None:
    """The WARC files in a WACZ lie in the archive afterwards, once, each under a name of its own."""
    other = Other()
    other.answer("http://a.test/1", "2020-01-01T00:00:00Z")
    path = tmp_path / "crawl.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/data.warc.gz", other.data)
        package.writestr("pages/pages.jsonl", "{}")
        package.writestr("datapackage.json", "{}")
    kept = bring_in(path, tmp_path / "archive")
    assert bring_in(path, tmp_path / "archive") == kept
    assert [one.name.rpartition("-")[0] for one in kept] == ["crawl-data"]
    assert kept[0].read_bytes() == other.data
    assert [noun.role for noun in captures(list(read(kept[0])))] == ["document"]
    assert [one.ingested for one in recover(tmp_path / "archive")] == [1]


def test_our_own_files_are_read_as_they_are(tmp_path: Path) -> None:
    """What our crawler knew of a capture is not judged again."""
    path, placed = written(tmp_path, PAGE, WALK)
    assert list(read(path)) == placed


def test_a_file_that_the_archive_holds_is_not_copied_again(tmp_path: Path) -> None:
    """Its own file, brought back under any name, stays one file."""
    path, _ = written(tmp_path / "archive" / "warc", PAGE, WALK)
    copy = shutil.copy(path, tmp_path / "from-a-colleague.warc.gz")
    assert bring_in(Path(copy), tmp_path / "archive") == [path]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.warc.gz", b"", "no WARC file"),
        ("x.warc", b"<html>", "no WARC file"),
        ("x.warc.gz", gzip.compress(b"<html>", mtime=0), "no WARC file"),
        (
            "x.arc.gz",
            gzip.compress(b"filedesc://x.arc 0.0.0.0 2008 text/plain 76\n", mtime=0),
            "an ARC file",
        ),
        ("x.warc.gz", b"\x1f\x8b\x08rest", "no WARC file"),
    ],
)
def test_what_is_no_warc_file_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    """Files of other kinds leave nothing in the archive."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BrokenArchive, match=reason):
        bring_in(tmp_path / name, tmp_path / "archive")
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []


def test_a_zip_file_without_warc_files_is_refused(tmp_path: Path) -> None:
    """Any other ZIP file is refused, a damaged one too."""
    path = tmp_path / "x.wacz"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "no")
    with pytest.raises(BrokenArchive, match="without WARC files"):
        bring_in(path, tmp_path / "archive")


# What the files of others in the corpus hold: captures, and the place of what is damaged.
OTHERS: dict[str, tuple[int, int | None]] = {
    "example-bad-non-chunked.warc.gz": (2, None),
    "example-digest.warc": (0, None),
    "example-iana.org-chunked.warc": (1, None),
    "example-trunc.warc": (0, 1197),
    "example-url-agnostic-orig.warc.gz": (1, None),
    "example-url-agnostic-revisit.warc.gz": (1, None),
    "example-wrong-chunks.warc.gz": (1, None),
    "example.warc.gz": (2, None),
}


def test_each_file_of_others_is_ingested_or_its_damage_is_named(
    corpus: Path, tmp_path: Path
) -> None:
    """Every real file gives what is whole of it, with time and collector, and names the rest."""
    found: dict[str, tuple[int, int | None]] = {}
    kept = {}
    for path in sorted((corpus / "data" / "warc").iterdir()):
        (kept[path.name],) = bring_in(path, tmp_path)
        nouns = list(read(kept[path.name]))
        damage = [noun.offset for noun in nouns if isinstance(noun, BrokenArchive)]
        found[path.name] = (len(captures(nouns)), damage[0] if damage else None)
        for noun in captures(nouns):
            assert noun.captured_at.startswith("201")
            assert noun.url.startswith("http")
    assert found == OTHERS
    revisit, original = (kept[f"example-url-agnostic-{n}.warc.gz"] for n in ("revisit", "orig"))
    (page,) = captures(list(read(revisit, original)))
    assert (len(page.body), page.truncated, page.failure) == (1270, None, None)
    for noun in captures(list(read(kept["example.warc.gz"]))):
        assert b"Example Domain" in entity_body(noun.header_block, noun.body)
    recover(tmp_path)
    with closing(Ingest(tmp_path)) as ingest:
        (count,) = ingest.store.db.execute("SELECT count(*) FROM captures").fetchone()
    assert count == 6  # two of the files hold the same two records
    assert recover(tmp_path) == ()
    assert {problem.rule for problem in check(tmp_path)} == set()
