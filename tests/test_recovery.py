"""Runs that end in the middle: nothing acknowledged is lost, nothing half is left."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archive.disk import DISK
from archive.ingest import Ingest
from archive.recovery import recover
from archive.warc import check_warc, read_records
from parsers.model import Capture, Note
from tests.crash import ASKED, FaultyDisk, Mode, act, crash, doubts, mend, nouns, rows
from tests.servers import PROJECT
from tests.test_warc import PAGE, written
from tests.test_warc import writer as page_writer
from tests.test_warc_revisit import LATER

STEPS = 13_000  # bytes and operations of the small crawl


@pytest.mark.parametrize("mode", ["power", "zeros", "full", "read-only"])
@pytest.mark.parametrize("seed", range(3))
def test_a_crawl_that_breaks_off_anywhere_is_mended(tmp_path: Path, mode: Mode, seed: int) -> None:
    """Wherever the disk fails, the next start has every acknowledged capture and nothing half."""
    chance = random.Random(f"{mode}{seed}")
    acknowledged = crash(tmp_path, chance.randrange(STEPS), mode)
    mend(tmp_path, chance if seed == 2 else None)
    assert doubts(tmp_path, acknowledged) == []


def test_a_killed_process_leaves_nothing_half(tmp_path: Path) -> None:
    """After SIGKILL every capture that the process had been told is safe is in the database."""
    assert doubts(tmp_path, kill_a_crawl(tmp_path, 12)) == []


def crawl_aside(directory: Path, name: str, times: int) -> subprocess.Popen[str]:
    """Start crawls in a process of their own."""
    command = [sys.executable, "-m", "tests.crash", str(directory), name, str(times)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def test_two_crawls_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    """Two processes fill one archive, and a third that starts meanwhile mends nothing of theirs."""
    with crawl_aside(tmp_path, "a", 2) as first, crawl_aside(tmp_path, "b", 2) as second:
        assert first.stdout is not None
        assert second.stdout is not None
        first.stdout.readline()
        recover(tmp_path)
        told = [line.strip() for line in (*first.stdout, *second.stdout)]
    assert (first.returncode, second.returncode) == (0, 0)
    recover(tmp_path)
    assert len(told) == 4 * 10 - 1
    assert doubts(tmp_path, told) == []


def kill_a_crawl(directory: Path, after: int, pause: float = 0.0) -> list[str]:
    """Kill a crawl some captures and a pause after its start; mend; return what it was told."""
    with crawl_aside(directory, "run", 1000) as crawl:
        assert crawl.stdout is not None
        told = [crawl.stdout.readline() for _ in range(after)]
        time.sleep(pause)
        crawl.kill()
        told += crawl.stdout.readlines()
    mend(directory)
    return [line.strip() for line in told if line.endswith("\n")]


def opened(directory: Path, count: int = 2) -> tuple[Path, list[Capture]]:
    """Return the file of a run that died with captures in it, and the captures."""
    disk = FaultyDisk(10**9)
    out = page_writer(directory / "warc", disk=disk)
    pages = [noun for noun in nouns("run-1") if isinstance(noun, Capture)][:count]
    placed = [out.write(page, ASKED) for page in pages]
    disk.die()
    (path,) = (directory / "warc").iterdir()
    return path, placed


def test_a_torn_end_is_cut_off_kept_and_reported(tmp_path: Path) -> None:
    """Whatever follows the last whole exchange is moved aside, and the report says how much."""
    path, placed = opened(tmp_path)
    whole = path.stat().st_size
    answer = placed[0].ref
    assert answer is not None
    torn = path.read_bytes()[answer.offset :][:200]
    path.write_bytes(path.read_bytes() + torn)
    (found,) = recover(tmp_path)
    assert (found.torn_bytes, found.ingested, found.problems) == (200, 2, ())
    assert "a torn end of 200 bytes was cut off" in str(found)
    (kept,) = (tmp_path / "torn").iterdir()
    assert kept.read_bytes() == torn
    final = path.with_name(found.file)
    assert (final.stat().st_size, check_warc(final)) == (whole, [])
    assert list(read_records(final)) == placed


def test_an_answer_without_what_was_known_of_it_is_torn(tmp_path: Path) -> None:
    """Request and response whose metadata record never came are no capture."""
    path, placed = opened(tmp_path)
    answer = placed[1].ref
    assert answer is not None
    path.write_bytes(path.read_bytes()[: answer.offset + answer.length])
    (found,) = recover(tmp_path)
    assert found.ingested == 1
    assert list(read_records(path.with_name(found.file))) == placed[:1]


def test_damage_before_whole_records_is_reported_and_nothing_is_cut(tmp_path: Path) -> None:
    """A damaged place is no torn end: what lies behind it is read, and the place is named."""
    path, placed = opened(tmp_path, 3)
    data = bytearray(path.read_bytes())
    damaged = placed[1].ref
    assert damaged is not None
    data[damaged.offset + 40] ^= 0xFF
    path.write_bytes(data)
    (found,) = recover(tmp_path)
    assert (found.torn_bytes, found.ingested) == (0, 2)
    assert f"at byte {damaged.offset}:" in found.problems[0]
    assert path.with_name(found.file).read_bytes() == data


def test_captures_that_the_database_does_not_know_are_ingested(tmp_path: Path) -> None:
    """A database that is lost, or that lost its last transactions, is filled again on start."""
    acknowledged: list[str] = []
    act(tmp_path, DISK, acknowledged)
    before = rows(tmp_path)
    assert recover(tmp_path) == ()
    for path in tmp_path.glob("archive.db*"):
        path.unlink()
    assert sum(found.ingested for found in recover(tmp_path)) == len(acknowledged)
    assert rows(tmp_path) == before


def test_an_older_note_found_later_takes_nothing_back(tmp_path: Path) -> None:
    """What a portal was called last stays, though an older file is ingested after it."""
    (_, portal, *_) = nouns("run-1")
    assert isinstance(portal, Note)
    newer = replace(portal, recorded_at=LATER, facts={**portal.facts, "name": "new name"})
    with closing(Ingest(tmp_path)) as ingest:
        ingest.note(newer)
    written(tmp_path / "warc", portal)
    recover(tmp_path)
    assert [row[1] for row in rows(tmp_path)[-1]] == ["new name"]


def test_the_file_of_a_living_run_is_left_alone(tmp_path: Path) -> None:
    """A start beside a running crawl touches neither its file nor its captures."""
    out = page_writer(tmp_path / "warc")
    out.write(PAGE, ASKED)
    assert recover(tmp_path) == ()
    out.write(PAGE, ASKED)
    out.close()
    assert [found.ingested for found in recover(tmp_path)] == [2]


def test_a_file_that_was_only_opened_is_removed(tmp_path: Path) -> None:
    """A run killed before its first byte leaves nothing."""
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "20261121080000000-run-1-00001.warc.gz.open").touch()
    assert recover(tmp_path) == ()
    assert not list((tmp_path / "warc").iterdir())


def test_a_full_disk_is_an_error_and_leaves_what_was_written(tmp_path: Path) -> None:
    """The capture that does not fit is refused; once there is room, another file begins."""
    disk = FaultyDisk(3500, "full")
    out = page_writer(tmp_path, disk=disk)
    placed = [out.write(PAGE, ASKED), out.write(PAGE, ASKED)]
    with pytest.raises(OSError, match="No space left"):
        out.write(PAGE, ASKED)
    disk.steps = 10**9
    placed.append(out.write(PAGE, ASKED))
    out.close()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".gz", ".open"]
    kept = [noun for path in sorted(tmp_path.iterdir()) for noun in read_records(path)]
    assert kept == placed


def test_a_deleted_file_is_an_error(tmp_path: Path) -> None:
    """Captures are never written into a file that is gone from its folder."""
    out = page_writer(tmp_path)
    out.write(PAGE, ASKED)
    (path,) = tmp_path.iterdir()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="deleted while it was being written"):
        out.write(PAGE, ASKED)


def test_the_index_leads_to_each_record(tmp_path: Path) -> None:
    """Beside each finished file lies a sorted index whose places are its records."""
    path, _ = written(tmp_path / "warc", PAGE, *(n for n in nouns("run-1")))
    recover(tmp_path)
    lines = (tmp_path / "cdxj" / f"{path.name}.cdxj").read_text("utf-8").splitlines()
    assert lines == sorted(lines)
    data = path.read_bytes()
    for line in lines:
        key, stamp, facts = line.split(" ", 2)
        said = json.loads(facts)
        start, length = int(said["offset"]), int(said["length"])
        record = gzip.decompress(data[start : start + length]).decode("utf-8", "replace")
        assert f"WARC-Target-URI: {said['url']}\r\n" in record
        assert said["filename"] == path.name
        assert stamp in ("20261121080000", *(f"202611210000{s:02}" for s in range(60)))
        assert key.startswith(("test,r)/", "test,portal)/a?id=7"))
    shown = [n for n in nouns("run-1") if isinstance(n, Capture) and n.status == 200]
    assert len(lines) == 1 + len(shown)
    assert "304" not in {json.loads(line.split(" ", 2)[2])["status"] for line in lines}
