"""WARC files: what is written comes back byte for byte, and damage is said."""

from __future__ import annotations

import gc
import gzip
import threading
import zlib
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd
from fastwarc.warc import ArchiveIterator as OtherReader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.checker import Checker  # type: ignore[import-untyped]

from archive.disk import DISK, Disk
from archive.entity import MAX_ENTITY, entity_body, header
from archive.errors import BrokenArchive
from archive.warc import (
    WarcWriter,
    check_warc,
    read_body,
    read_capture,
    read_records,
)
from parsers.errors import UnreadableSource
from parsers.model import Capture, Note, RecordRef

GBK_HEADERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="
    + "公开年报.pdf".encode("gbk")
    + b"\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n"
)
ASKED = b"GET /a HTTP/1.1\r\nHost: portal.test\r\nUser-Agent: open-report-archive/0.1\r\n\r\n"
PAGE = Capture(
    url="http://portal.test/a?id=7",
    captured_at="2026-11-21T08:00:00Z",
    status=200,
    header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
    body="<title>年度报告</title>".encode("gbk"),
    run="run-1",
    portal="portal-a",
    role="document",
    parent_url="http://portal.test/list.asp?page=2",
    link_text="2020年政府信息公开工作年度报告",
    link_date="2021-01-28",
    collector="open-report-archive",
    vantage="loopback",
    ip="127.0.0.1",
)
NOT_MODIFIED = replace(
    PAGE, status=304, header_block=b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', body=b""
)
FAILURE = Capture(
    url="http://portal.test/gone",
    captured_at="2026-11-21T08:00:01Z",
    status=0,
    header_block=b"",
    body=b"",
    run="run-1",
    portal="portal-a",
    role="attachment",
    collector="open-report-archive",
    vantage="loopback",
    failure="TimeoutError: no answer within 30 seconds",
)
WALK = Note(
    topic="walk",
    about="http://portal.test/list.asp",
    recorded_at="2026-11-21T08:00:02Z",
    run="run-1",
    facts={"declared": 12, "found": 12, "outcome": "complete", "栏目": "年度报告", "pages": [1, 2]},
)


def writer(
    folder: Path,
    run: str = "run-1",
    *,
    max_bytes: int = 1_000_000_000,
    fsync: bool = True,
    disk: Disk = DISK,
) -> WarcWriter:
    """Return a writer whose clock stands still."""
    return WarcWriter(
        folder,
        run=run,
        software="open-report-archive/0.1.0",
        collector="open-report-archive",
        vantage="loopback",
        robots="obey",
        max_bytes=max_bytes,
        fsync=fsync,
        disk=disk,
        clock=lambda: datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    )


def written(folder: Path, *nouns: Capture | Note) -> tuple[Path, list[Capture | Note]]:
    """Return the finished file that holds ``nouns`` and the nouns with their places."""
    out = writer(folder)
    placed = [out.write(n, ASKED) if isinstance(n, Capture) else out.write_note(n) for n in nouns]
    out.close()
    (path,) = folder.iterdir()
    return path, placed


def test_captures_and_notes_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Every kind of noun is read back equal, with its place, in the order of writing."""
    path, placed = written(tmp_path, PAGE, NOT_MODIFIED, FAILURE, WALK, PAGE)
    assert list(read_records(path)) == placed
    assert [replace(noun, ref=None) for noun in placed] == [PAGE, NOT_MODIFIED, FAILURE, WALK, PAGE]
    assert path.name == "20261121080000000-run-1-00001.warc.gz"


def test_each_capture_is_found_by_its_reference(tmp_path: Path) -> None:
    """A reference alone leads back to its capture, whether the file is finished or still open."""
    out = writer(tmp_path)
    placed = [out.write(capture, ASKED) for capture in (PAGE, FAILURE, NOT_MODIFIED)]
    for capture in placed:
        assert capture.ref is not None
        assert read_capture(tmp_path, capture.ref) == capture
    out.close()
    for capture in placed:
        assert capture.ref is not None
        assert read_capture(tmp_path, capture.ref) == capture


@pytest.mark.parametrize("read", [read_capture, read_body])
def test_reading_one_capture_leaves_nothing_in_memory(
    tmp_path: Path, read: Callable[[Path, RecordRef], object]
) -> None:
    """What was unpacked is gone with the last use of it, and waits for no search for cycles."""
    _, placed = written(tmp_path, PAGE, PAGE)
    ref = placed[0].ref
    assert ref is not None
    gc.collect()
    gc.disable()
    try:
        read(tmp_path, ref)
        assert not [one for one in gc.get_objects() if isinstance(one, ArchiveIterator)]
    finally:
        gc.enable()


def test_the_body_is_that_of_the_whole_capture(tmp_path: Path) -> None:
    """A body by itself is the one that comes with its capture, with chunks undone alike."""
    chunked = replace(PAGE, header_block=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _, placed = written(tmp_path, PAGE, chunked, NOT_MODIFIED, FAILURE)
    refs = [cast("RecordRef", noun.ref) for noun in placed]
    assert [read_body(tmp_path, ref) for ref in refs] == [PAGE.body, PAGE.body, b"", b""]


def test_a_capture_is_on_disk_before_write_returns(tmp_path: Path) -> None:
    """Another reader sees the whole capture while the file is still open."""
    out = writer(tmp_path)
    placed = out.write(PAGE, ASKED)
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(".warc.gz.open")
    assert list(read_records(path)) == [placed]
    out.close()


def test_an_independent_reader_sees_the_same_header_bytes(tmp_path: Path) -> None:
    """A raw GBK file name in a header survives byte for byte, as another library reads it."""
    path, _ = written(tmp_path, replace(PAGE, header_block=GBK_HEADERS, body=b"%PDF-1.4\n"))
    with path.open("rb") as stream:
        blocks = {
            record.headers["WARC-Type"]: (dict(record.headers), record.reader.read())
            for record in OtherReader(stream, parse_http=False)
        }
    headers, block = blocks["response"]
    assert block == GBK_HEADERS + b"%PDF-1.4\n"
    assert headers["WARC-IP-Address"] == "127.0.0.1"
    assert headers["WARC-Date"] == "2026-11-21T08:00:00Z"
    assert blocks["request"][1] == ASKED
    assert blocks["metadata"][0]["WARC-Refers-To"] == headers["WARC-Record-ID"]
    assert blocks["request"][0]["WARC-Concurrent-To"] == headers["WARC-Record-ID"]
    assert b"format: WARC File Format 1.1\r\n" in blocks["warcinfo"][1]
    assert b"run: run-1\r\n" in blocks["warcinfo"][1]


def test_every_record_is_a_gzip_member_of_version_1_1(tmp_path: Path) -> None:
    """A place is one gzip member that starts with the version line."""
    path, (page, failure) = written(tmp_path, PAGE, FAILURE)
    data = path.read_bytes()
    for noun in (page, failure):
        assert noun.ref is not None
        member = gzip.decompress(data[noun.ref.offset : noun.ref.offset + noun.ref.length])
        assert member.startswith(b"WARC/1.1\r\n")
        assert member.endswith(b"\r\n\r\n")
        assert noun.ref.record_id.encode() in member


def test_the_reference_checker_finds_nothing_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`warcio check` and our own check accept a file with every kind of record."""
    path, _ = written(tmp_path, PAGE, NOT_MODIFIED, FAILURE, WALK, replace(PAGE, body=b""))
    assert Checker(Namespace(inputs=[str(path)], verbose=True)).process_all() == 0
    assert "failed" not in capsys.readouterr().out
    assert check_warc(path) == []


def test_a_truncated_body_is_marked(tmp_path: Path) -> None:
    """A body cut by the crawler says so in the record and after reading."""
    cut = replace(PAGE, truncated="length")
    path, (placed,) = written(tmp_path, cut)
    assert list(read_records(path)) == [placed]
    assert b"WARC-Truncated: length\r\n" in gzip.decompress(path.read_bytes())


def test_304_is_a_revisit_and_a_failure_is_metadata_only(tmp_path: Path) -> None:
    """A 304 becomes a server-not-modified revisit; a failed attempt leaves no response."""
    path, _ = written(tmp_path, NOT_MODIFIED, FAILURE)
    text = gzip.decompress(path.read_bytes())
    assert b"WARC-Type: revisit\r\n" in text
    assert b"warc/1.1/revisit/server-not-modified\r\n" in text
    assert b"WARC-Type: response\r\n" not in text
    assert text.count(b"WARC-Type: metadata\r\n") == 1


def test_writers_do_not_touch_each_other(tmp_path: Path) -> None:
    """Two writers of one run, started in the same second, fill two files of their own."""
    first, second = writer(tmp_path), writer(tmp_path)
    placed = [first.write(PAGE, ASKED), second.write(FAILURE, ASKED), first.write_note(WALK)]
    first.close()
    third = writer(tmp_path)
    placed.append(third.write(PAGE, ASKED))
    second.close()
    third.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"20261121080000000-run-1-0000{serial}.warc.gz" for serial in (1, 2, 3)]
    found = [noun for name in names for noun in read_records(tmp_path / name)]
    assert len(found) == len(placed)
    assert all(noun in placed for noun in found)


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Writers in parallel threads end with one finished file each and all their captures."""

    def crawl() -> None:
        out = writer(tmp_path)
        for _ in range(3):
            out.write(PAGE, ASKED)
        out.close()

    threads = [threading.Thread(target=crawl) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(list(read_records(path))) for path in tmp_path.glob("*.warc.gz")] == [3] * 6
    assert not list(tmp_path.glob("*.open"))


def test_a_full_file_is_followed_by_the_next(tmp_path: Path) -> None:
    """A file over its size is finished; the next capture starts a new one."""
    out = writer(tmp_path, max_bytes=1000)
    placed = [out.write(PAGE, ASKED) for _ in range(3)]
    out.close()
    assert [capture.ref.file for capture in placed if capture.ref] == [
        f"20261121080000000-run-1-0000{serial}.warc.gz" for serial in (1, 2, 3)
    ]


def test_a_run_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    """Separators in a run name do not become folders; the run itself is kept as it is."""
    out = writer(tmp_path / "warc", run="../夜 1")
    out.write_note(replace(WALK, run="../夜 1"))
    out.close()
    (path,) = (tmp_path / "warc").iterdir()
    assert path.name == "20261121080000000-1-00001.warc.gz"
    assert [noun.run for noun in read_records(path)] == ["../夜 1"]


def test_a_header_block_without_its_end_is_refused(tmp_path: Path) -> None:
    """A block that could not be told from the body is refused before anything is written."""
    for block in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\nX: 1\r\n\r\n"):
        with pytest.raises(ValueError, match="empty line"):
            writer(tmp_path).write(replace(PAGE, header_block=block), ASKED)
    assert not list(tmp_path.iterdir())


def test_line_ends_in_an_address_do_not_end_a_header(tmp_path: Path) -> None:
    """An address with line ends adds no header of its own and comes back as it was."""
    odd = replace(PAGE, url="http://portal.test/a\r\nWARC-Type: warcinfo", ip=None)
    path, (placed,) = written(tmp_path, odd)
    assert list(read_records(path)) == [placed]
    assert gzip.decompress(path.read_bytes()).count(b"\r\nWARC-Type: warcinfo\r\n") == 1


# Anything a server may send on a header line, except what ends the line.
header_bytes = st.binary(max_size=40).map(lambda raw: raw.translate(None, b"\r\n"))
text = st.none() | st.text(max_size=20)


@given(
    values=st.lists(header_bytes, max_size=4),
    body=st.binary(max_size=200),
    link_text=text,
    parent_url=text,
    status=st.integers(100, 599).filter(lambda status: status != 304),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_bytes_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[bytes],
    body: bytes,
    link_text: str | None,
    parent_url: str | None,
    status: int,
) -> None:
    """Arbitrary header values, bodies and link texts survive writing and reading."""
    lines = b"".join(b"X-%d: %s\r\n" % (number, value) for number, value in enumerate(values))
    capture = replace(
        PAGE,
        status=status,
        header_block=b"HTTP/1.1 %d Said\r\n%s\r\n" % (status, lines),
        body=body,
        link_text=link_text,
        parent_url=parent_url,
    )
    path, (placed,) = written(tmp_path_factory.mktemp("warc"), capture)
    assert list(read_records(path)) == [placed]
    assert replace(placed, ref=None) == capture
    assert check_warc(path) == []


def collect(path: Path) -> tuple[list[Capture | Note], BrokenArchive | None]:
    """Return what a file yields one by one, and the damage that ended it."""
    found: list[Capture | Note] = []
    records = read_records(path)
    while True:
        try:
            found.append(next(records))
        except StopIteration:
            return found, None
        except BrokenArchive as error:
            return found, error


def test_a_cut_file_gives_what_is_whole_and_then_says_so(tmp_path: Path) -> None:
    """Cut anywhere inside the second capture, a file still yields the first and names the place."""
    path, placed = written(tmp_path, PAGE, replace(PAGE, url="http://portal.test/b"))
    data = path.read_bytes()
    second = placed[1].ref
    assert second is not None
    for end in range(second.offset + 1, second.offset + second.length):
        path.write_bytes(data[:end])
        found, broken = collect(path)
        assert found == placed[:1]
        assert broken is not None
        assert (broken.file, broken.offset) == (path.name, second.offset)


def test_a_response_whose_metadata_was_cut_is_kept(tmp_path: Path) -> None:
    """A crash between response and metadata leaves a capture of role other, run known."""
    path, (placed,) = written(tmp_path, PAGE)
    assert placed.ref is not None
    path.write_bytes(path.read_bytes()[: placed.ref.offset + placed.ref.length])
    (found,) = read_records(path)
    assert isinstance(found, Capture)
    assert (found.url, found.body, found.role, found.run) == (PAGE.url, PAGE.body, "other", "run-1")


@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
@settings(max_examples=150)
def test_a_damaged_byte_is_never_another_error(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    """A changed byte anywhere gives the untouched nouns and at most a BrokenArchive."""
    path, placed = written(tmp_path_factory.mktemp("warc"), PAGE, WALK, FAILURE)
    data = bytearray(path.read_bytes())
    position %= len(data)
    data[position] = value
    path.write_bytes(data)
    found, broken = collect(path)
    assert found == placed or broken is not None
    assert all(noun in placed or noun.run == "run-1" for noun in found)


def test_a_changed_body_is_found_by_its_digest(tmp_path: Path) -> None:
    """A record rewritten with another body reads well but does not agree with its digests."""
    path, (placed,) = written(tmp_path, PAGE)
    ref = placed.ref
    assert ref is not None
    data = path.read_bytes()
    member = gzip.decompress(data[ref.offset : ref.offset + ref.length])
    forged = gzip.compress(member.replace(b"<title>", b"<TITLE>"))
    path.write_bytes(data[: ref.offset] + forged + data[ref.offset + ref.length :])
    assert [problem.rsplit(": ", 1)[1] for problem in check_warc(path)] == [
        "WARC-Block-Digest does not agree",
        "WARC-Payload-Digest does not agree",
    ]


@pytest.mark.parametrize(
    ("name", "forge"),
    [
        ("garbage", lambda data: b"not a WARC file\r\n" * 9),
        ("garbage after", lambda data: data + b"garbage"),
        ("one member", lambda data: gzip.compress(gzip.decompress(data))),
        ("cut to a byte", lambda data: data[:1]),
    ],
)
def test_other_damage_is_said(tmp_path: Path, name: str, forge: Callable[[bytes], bytes]) -> None:
    """Files that are no WARC files, or not of one member a record, are BrokenArchive."""
    path, _ = written(tmp_path, PAGE)
    path.write_bytes(forge(path.read_bytes()))
    assert collect(path)[1] is not None, name
    assert len(check_warc(path)) == 1


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    """A file that was opened and never written to holds no nouns and no damage."""
    (tmp_path / "x.warc.gz.open").touch()
    assert list(read_records(tmp_path / "x.warc.gz.open")) == []


def test_a_reference_to_something_else_is_said(tmp_path: Path) -> None:
    """A reference into the middle of a record, or to a note, is BrokenArchive."""
    path, (page, note) = written(tmp_path, PAGE, WALK)
    assert page.ref is not None
    assert note.ref is not None
    for offset in (page.ref.offset + 3, note.ref.offset):
        with pytest.raises(BrokenArchive):
            read_capture(tmp_path, RecordRef(path.name, offset, 1, ""))
    with pytest.raises(BrokenArchive, match="the file is missing"):
        read_capture(tmp_path, RecordRef("deleted.warc.gz", 0, 1, ""))


def test_files_of_other_writers_can_be_read_or_are_broken(corpus: Path) -> None:
    """Real files of other writers give captures of role other, or BrokenArchive, nothing else."""
    seen = 0
    for path in sorted((corpus / "data" / "warc").iterdir()):
        found, _ = collect(path)
        seen += len(found)
        for noun in found:
            assert isinstance(noun, Capture)
            assert (noun.role, noun.portal, noun.run) == ("other", None, "")
            assert noun.url.startswith("http")
            assert noun.status or noun.failure
        assert isinstance(check_warc(path), list)
    assert seen >= 5


def test_a_chunked_answer_of_another_writer_is_unchunked(corpus: Path) -> None:
    """A foreign body comes without its chunks, as our own bodies do, with its collector."""
    (page,) = read_records(corpus / "data" / "warc" / "example-iana.org-chunked.warc")
    assert isinstance(page, Capture)
    assert header(page.header_block, "transfer-encoding") == "chunked"
    assert entity_body(page.header_block, page.body).lstrip().startswith(b"<!doctype html>")


def test_a_foreign_revisit_is_not_taken_for_an_empty_page(corpus: Path) -> None:
    """A revisit record without its body says where the body is."""
    (page,) = read_records(corpus / "data" / "warc" / "example-url-agnostic-revisit.warc.gz")
    assert isinstance(page, Capture)
    assert page.failure is not None
    assert page.failure.startswith("revisit: the body is kept elsewhere (sha1:")


HTML = "<p>收到申请 12 件</p>".encode()


def with_coding(coding: str) -> bytes:
    """Return a header block that claims a content coding."""
    return f"HTTP/1.1 200 OK\r\ncontent-encoding:  {coding} \r\n\r\n".encode()


def raw_deflate(data: bytes) -> bytes:
    """Return deflate data without the zlib wrapper, as some servers send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", HTML),
        ("identity", HTML),
        ("gzip", gzip.compress(HTML, mtime=0)),
        ("x-gzip", gzip.compress(HTML[:9], mtime=0) + gzip.compress(HTML[9:], mtime=0)),
        ("GZip", gzip.compress(HTML, mtime=0) + b"\0\0"),
        ("deflate", zlib.compress(HTML)),
        ("deflate", raw_deflate(HTML)),
        ("br", brotli.compress(HTML)),
        ("zstd", zstd.compress(HTML)),
        ("deflate, gzip", gzip.compress(zlib.compress(HTML), mtime=0)),
        ("gzip", HTML),
        ("deflate", HTML),
        ("br", HTML),
    ],
)
def test_content_codings_are_undone(coding: str, body: bytes) -> None:
    """Each coding is undone; a body that is plain in spite of its header stays as it is."""
    assert entity_body(with_coding(coding), body) == HTML


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, brotli.compress, zstd.compress])
def test_a_bomb_is_refused(pack: Callable[[bytes], bytes]) -> None:
    """A body that unpacks to more than the limit is refused without being unpacked."""
    names = {
        gzip.compress: "gzip",
        zlib.compress: "deflate",
        brotli.compress: "br",
        zstd.compress: "zstd",
    }
    with pytest.raises(UnreadableSource, match="larger"):
        entity_body(with_coding(names[pack]), pack(bytes(MAX_ENTITY + 1)))


def test_an_unknown_coding_says_what_is_needed() -> None:
    """A coding nobody here can undo is an error that names it."""
    with pytest.raises(UnreadableSource, match="compress"):
        entity_body(with_coding("compress"), HTML)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "deflate, br"]))
def test_any_coded_bytes_are_survived(body: bytes, coding: str) -> None:
    """Whatever bytes come under whatever coding, some bytes come back."""
    for damaged in (body, b"\x1f\x8b\x08" + body, gzip.compress(body)[:-3] + body):
        assert isinstance(entity_body(with_coding(coding), damaged), bytes)


def test_a_cut_gzip_body_comes_as_far_as_it_goes() -> None:
    """A gzip body that breaks off yields its beginning."""
    page = HTML * 500
    part = entity_body(with_coding("gzip"), gzip.compress(page)[:-20])
    assert part
    assert page.startswith(part)


def test_a_header_is_found_in_any_spelling_and_keeps_its_bytes() -> None:
    """Header names ignore case, the first value counts, raw bytes can be had back."""
    assert header(GBK_HEADERS, "content-type") == "application/pdf"
    assert header(GBK_HEADERS, "x-twice") == "1"
    assert header(GBK_HEADERS, "HTTP/1.1 200 OK") is None
    assert header(GBK_HEADERS, "missing") is None
    disposition = header(GBK_HEADERS, "Content-Disposition")
    assert disposition is not None
    assert disposition.encode("latin-1").endswith("公开年报.pdf".encode("gbk"))
