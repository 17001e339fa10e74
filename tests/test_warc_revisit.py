"""Visits that found nothing new: small records that lead to the body, also for other readers."""

from __future__ import annotations

import random
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as OtherReader
from warcio.checker import Checker  # type: ignore[import-untyped]

from archive.errors import BrokenArchive
from archive.warc import check_warc, read_capture, read_records, salvage
from archive.warc_writer import VISITS_FORMAT, VISITS_TOGETHER, pack_record
from parsers.model import Capture, Original
from tests.test_warc import ASKED, NOT_MODIFIED, PAGE, writer

LATER = "2026-12-21T08:00:00Z"


def originals(first: Capture) -> Original:
    """Return what a later capture says of the one that holds the body."""
    assert first.ref is not None
    return Original(first.ref.record_id, first.url, first.captured_at)


def visited(folder: Path, *later: Capture) -> tuple[Path, list[Capture]]:
    """Return a file with a page and later visits to it, and the captures with their places."""
    out = writer(folder)
    placed = [out.write(PAGE, ASKED)]
    for capture in later:
        placed.append(out.write(replace(capture, original=originals(placed[0])), ASKED))
    out.close()
    (path,) = folder.iterdir()
    return path, placed


AGAIN = replace(PAGE, captured_at=LATER)
UNCHANGED = replace(NOT_MODIFIED, captured_at=LATER)


def test_a_visit_that_found_nothing_new_comes_back_with_its_original(tmp_path: Path) -> None:
    """A 304 and the same bytes again are read as they were seen, but for the body kept before."""
    path, placed = visited(tmp_path, UNCHANGED, AGAIN)
    found = list(read_records(path))
    assert found == [placed[0], placed[1], replace(placed[2], body=b"")]
    for capture in found:
        assert isinstance(capture, Capture)
        assert capture.ref is not None
        assert read_capture(tmp_path, capture.ref) == capture


@pytest.mark.parametrize(
    "odd",
    [
        replace(AGAIN, collector="someone else", vantage=None, run="another"),
        replace(AGAIN, url="http://portal.test/a b\r\nX: 1", link_text='"年报"\n\ud800'),
        replace(AGAIN, portal=None, link_text=None, parent_url=None, method="POST", role="list"),
    ],
    ids=["not as the file says", "awkward text", "little known"],
)
def test_what_the_crawler_knows_of_a_visit_survives(tmp_path: Path, odd: Capture) -> None:
    """Facts are kept where they differ from the file's own, and no text can end a header."""
    path, placed = visited(tmp_path, odd)
    assert list(read_records(path))[1] == replace(placed[1], body=b"")
    assert check_warc(path) == []


def test_a_visit_can_be_read_where_the_first_record_is_damaged(tmp_path: Path) -> None:
    """Without the file's own record only what stands there is missing."""
    path, (_, placed) = visited(tmp_path, UNCHANGED)
    data = bytearray(path.read_bytes())
    data[30] ^= 0xFF
    path.write_bytes(data)
    assert placed.ref is not None
    found = read_capture(tmp_path, placed.ref)
    assert found == replace(placed, run="", collector=None, vantage=None)


def test_other_readers_find_the_original_of_a_visit(tmp_path: Path) -> None:
    """Another library reads profile, original, digest and headers; `warcio check` agrees."""
    path, placed = visited(tmp_path, UNCHANGED, AGAIN)
    assert placed[0].ref is not None
    with path.open("rb") as stream:
        visits = [
            (dict(record.headers), record.reader.read())
            for record in OtherReader(stream, parse_http=False)
            if record.headers["WARC-Type"] == "revisit"
        ]
    profiles = [headers["WARC-Profile"].rsplit("/", 1)[1] for headers, _ in visits]
    assert profiles == ["server-not-modified", "identical-payload-digest"]
    for headers, block in visits:
        assert headers["WARC-Refers-To"] == placed[0].ref.record_id
        assert headers["WARC-Refers-To-Target-URI"] == PAGE.url
        assert headers["WARC-Refers-To-Date"] == PAGE.captured_at
        assert block in (UNCHANGED.header_block, AGAIN.header_block)
    assert "WARC-Payload-Digest" in visits[1][0]
    assert Checker(Namespace(inputs=[str(path)], verbose=True)).process_all() == 0


@pytest.mark.parametrize("answers_304", [True, False], ids=["304", "sends all again"])
def test_nine_more_visits_of_unchanged_pages_cost_less_than_15_percent(
    tmp_path: Path, *, answers_304: bool
) -> None:
    """Ten visits of pages of 40 KB that gzip packs to 8 KB cost little more than one."""
    random_bytes = random.Random(6)
    out = writer(tmp_path, fsync=False)
    firsts = []
    for number in range(VISITS_TOGETHER):
        url = f"http://portal.test/xxgk/2026/t2026_{number}.html"
        body = b"<li><a href='/xxgk/'></a></li>" * 1000 + random_bytes.randbytes(8_000)
        firsts.append(out.write(replace(PAGE, url=url, body=body), ASKED))
    once = sum(path.stat().st_size for path in tmp_path.iterdir())
    for visit in range(1, 10):
        for first in firsts:
            captured_at = f"2026-11-{21 + visit}T08:00:00.{random_bytes.randrange(1000):03}Z"
            again = replace(first, captured_at=captured_at, original=originals(first))
            if answers_304:
                head = NOT_MODIFIED.header_block
                again = replace(again, status=304, header_block=head, body=b"")
            if visit == 1:
                out.write(again, ASKED)
            else:
                out.list_visit(again)
        out.flush()
    out.close()
    ten_times = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert ten_times < 1.15 * once


def listed(folder: Path, *later: Capture) -> tuple[Path, list[Capture]]:
    """Return a file with a page and visits that stand in one record, and those with their places."""
    out = writer(folder)
    first = out.write(PAGE, ASKED)
    for capture in later:
        assert out.list_visit(replace(capture, original=originals(first))) == []
    placed = [first, *out.flush()]
    out.close()
    (path,) = folder.iterdir()
    return path, placed


def test_visits_of_one_record_come_back_one_by_one(tmp_path: Path) -> None:
    """Each visit is read with all that was seen of it, alone or with the others of its record."""
    odd = replace(UNCHANGED, url="http://portal.test/a b", link_text='"年报"\n\ud800', portal=None)
    path, placed = listed(tmp_path, UNCHANGED, AGAIN, odd, replace(AGAIN, run="x", ip=None))
    assert [one.original for one in placed[1:]] == [originals(placed[0])] * 4
    assert [one.body for one in placed[1:]] == [b""] * 4
    assert list(read_records(path)) == placed
    for capture in placed:
        assert capture.ref is not None
        assert read_capture(tmp_path, capture.ref) == capture
    assert len({capture.ref.record_id for capture in placed if capture.ref}) == 5
    assert len({capture.ref.offset for capture in placed if capture.ref}) == 2


def test_a_record_of_visits_is_one_that_others_read(tmp_path: Path) -> None:
    """It is a metadata record as any other: for warcio, for fastwarc, for our own check."""
    path, _ = listed(tmp_path, *[UNCHANGED] * 10)
    assert check_warc(path) == []
    with path.open("rb") as stream:
        kinds = [record.headers["WARC-Type"] for record in OtherReader(stream, parse_http=False)]
    assert kinds == ["warcinfo", "request", "response", "metadata", "metadata"]
    arguments = Namespace(inputs=[str(path)], verbose=False)
    assert Checker(arguments).process_all() == 0


def test_visits_wait_until_there_are_enough_or_the_file_ends(tmp_path: Path) -> None:
    """The last of sixty-four brings all of them to disk; closing brings the rest."""
    out = writer(tmp_path)
    visit = replace(UNCHANGED, original=originals(out.write(PAGE, ASKED)))
    told = [len(out.list_visit(visit)) for _ in range(VISITS_TOGETHER + 1)]
    assert told == [*[0] * (VISITS_TOGETHER - 1), VISITS_TOGETHER, 0]
    out.close()
    (path,) = tmp_path.iterdir()
    assert len(list(read_records(path))) == VISITS_TOGETHER + 2


def test_only_visits_that_found_nothing_new_are_listed(tmp_path: Path) -> None:
    """A page with a body of its own, or one that was cut off, has a record of its own."""
    out = writer(tmp_path)
    first = out.write(PAGE, ASKED)
    for wrong in (PAGE, replace(AGAIN, original=originals(first), truncated="disconnect")):
        with pytest.raises(ValueError, match="only a whole visit"):
            out.list_visit(wrong)
    out.close()


@pytest.mark.parametrize(
    "visit", ["{}", '{"url": "u", "at": "t", "ip": null, "head": 7, "repeats": []}', "7"]
)
def test_a_visit_that_cannot_be_understood_is_damage_with_its_place(
    tmp_path: Path, visit: str
) -> None:
    """What is no visit is reported, and reading goes on behind its record."""
    block = f'{{"format": "{VISITS_FORMAT}", "visits": [{visit}]}}'.encode()
    extra = [("Content-Type", "application/json")]
    path = tmp_path / "x.warc.gz"
    path.write_bytes(pack_record("metadata", "<urn:uuid:1>", LATER, extra, block))
    (broken,) = salvage(path)
    assert isinstance(broken, BrokenArchive)
    assert "visit 0 cannot be understood" in broken.reason


def test_a_long_history_of_an_unchanged_page_is_small(tmp_path: Path) -> None:
    """Eight listed visits of a page on its own cost less than two revisit records."""
    one, _ = visited(tmp_path / "a", UNCHANGED)
    two, _ = visited(tmp_path / "b", UNCHANGED, UNCHANGED)
    many, _ = listed(tmp_path / "c", *[UNCHANGED] * 8)
    alone, _ = listed(tmp_path / "d")
    a_revisit = two.stat().st_size - one.stat().st_size
    assert many.stat().st_size - alone.stat().st_size < 2 * a_revisit
