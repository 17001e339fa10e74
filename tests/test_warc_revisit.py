"""Visits that found nothing new: small records that lead to the body, also for other readers."""

from __future__ import annotations

import random
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as OtherReader
from warcio.checker import Checker  # type: ignore[import-untyped]

from archive.warc import check_warc, read_capture, read_records
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


def test_nine_more_visits_of_unchanged_pages_cost_less_than_15_percent(tmp_path: Path) -> None:
    """Ten visits of pages that fill 50 KB on disk cost little more than one."""
    random_bytes = random.Random(6)
    out = writer(tmp_path, fsync=False)
    firsts = []
    for number in range(20):
        url = f"http://portal.test/xxgk/2026/t2026_{number}.html"
        page = replace(PAGE, url=url, body=random_bytes.randbytes(50_000))
        firsts.append(out.write(page, ASKED))
    once = sum(path.stat().st_size for path in tmp_path.iterdir())
    for visit in range(1, 10):
        for first in firsts:
            captured_at = f"2026-11-{21 + visit}T08:00:00.{random_bytes.randrange(1000):03}Z"
            again = replace(first, captured_at=captured_at, original=originals(first))
            unchanged = replace(again, status=304, header_block=NOT_MODIFIED.header_block, body=b"")
            out.write(again if visit % 2 else unchanged, ASKED)
    out.close()
    ten_times = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert ten_times < 1.15 * once
    assert (ten_times - once) / (9 * 20) < 600
