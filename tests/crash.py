"""Power failures and full disks for the archive, and what must be true afterwards.

``FaultyDisk`` fails at a chosen byte or operation; ``act`` is a small crawl on it; ``mend`` is
what the next start does; ``doubts`` says what is wrong then.  Used by tests and by ``make soak``.

``python -m tests.crash DIR NAME TIMES`` crawls so often in DIR and prints the id of each record
that it was told is on disk.
"""

from __future__ import annotations

import errno
import random
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Literal

from warcio.checker import Checker  # type: ignore[import-untyped]

from archive import manifest
from archive.disk import DISK, Disk
from archive.ingest import Ingest
from archive.recovery import finish, recover
from archive.warc import WarcWriter, check_warc, read_records
from parsers.model import Capture, Note, Original

Mode = Literal["power", "zeros", "full", "read-only"]
ASKED = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"
PAGE = """<html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>
<div id="zoom"><p>{year}年，全县共收到政府信息公开申请{requests}件，其中当面申请2件。</p>
<p>平湖市人民政府办公室</p></div></body></html>"""

# Each table without its row ids; what points to a row is shown as what that row is.
_ROWS = """
SELECT c.record_id, c.url, c.captured_at, c.status, c.role, c.run, c.warc_file, c.warc_offset,
  c.warc_length, c.body_sha256, c.failure, c.document, c.outcome, v.digest FROM captures c LEFT
  JOIN revisions v ON v.id = c.revision;
SELECT d.key, d.url, d.report, d.status, d.first_seen, d.last_seen, v.digest FROM documents d
  LEFT JOIN revisions v ON v.id = d.latest_revision;
SELECT r.key, r.body, r.year, r.kind, r.status, r.document, r.first_seen, r.last_seen,
  r.unsettled, v.digest FROM reports r LEFT JOIN revisions v ON v.id = r.revision;
SELECT document, digest, parser, report, head, text FROM revisions;
SELECT v.document, v.digest, s.field, s.source, s.ordinal, s.value, s.raw FROM statistics s JOIN
  revisions v ON v.id = s.revision;
SELECT s.document, s.seq, s.state, s.seen_from, s.seen_to, s.captures, v.digest FROM sightings s
  LEFT JOIN revisions v ON v.id = s.revision;
SELECT v.digest, f.key, f.report, f.rule, f.message FROM findings f JOIN revisions v ON v.id =
  f.revision;
SELECT key, report, document, kind, item, before, after, first_seen_after FROM changes;
SELECT body, year, state, report FROM coverage;
SELECT run, portal, column_url, outcome, found FROM walks;
SELECT id, spider, started_at, ended_at, outcome FROM runs;
SELECT id, name, home, first_seen, last_seen FROM portals
"""


class PowerFailure(BaseException):
    """Nothing that the process does after this happens."""


class FaultyDisk(Disk):
    """A disk that fails after so many bytes and operations, and counts them."""

    def __init__(self, steps: int, mode: Mode = "power") -> None:
        self.steps = steps
        self.mode = mode
        self.taken = 0
        self.open_files: list[FileIO] = []

    def _step(self, count: int = 1) -> int:
        """Return how many of ``count`` steps can still be taken."""
        possible = min(count, max(0, self.steps - self.taken))
        self.taken += possible
        return possible

    def _fail(self) -> BaseException:
        if self.mode == "full":
            return OSError(errno.ENOSPC, "No space left on device")
        if self.mode == "read-only":
            return OSError(errno.EROFS, "Read-only file system")
        return PowerFailure()

    def create(self, path: Path) -> FileIO:
        """Create a file, if that is still possible."""
        if not self._step():
            raise self._fail()
        file = super().create(path)
        self.open_files.append(file)
        return file

    def write(self, file: FileIO, data: memoryview) -> int:
        """Write as many bytes as there are steps left."""
        possible = self._step(len(data))
        if possible:
            return super().write(file, data[:possible])
        if self.mode == "zeros":  # the length was written, the bytes were not
            super().write(file, memoryview(bytes(len(data))))
        raise self._fail()

    def sync(self, file: FileIO) -> None:
        """Count; what is written here survives anyway."""
        if not self._step():
            raise self._fail()

    def sync_folder(self, folder: Path) -> None:
        """Count only in ``sync``."""

    def cut(self, file: FileIO, length: int) -> None:
        """Cut a file; a full disk still can."""
        if self.mode != "full" and not self._step():
            raise self._fail()
        super().cut(file, length)

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file, if that is still possible."""
        if not self._step():
            raise self._fail()
        super().rename(old, new)

    def die(self) -> None:
        """Close what the process had open, and with it its locks."""
        for file in self.open_files:
            file.close()


def nouns(run: str, count: int = 3) -> Iterator[Capture | Note]:
    """Return a small crawl: list, reports, one of them edited, a failure, 304s, notes."""
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    home = f"http://{run[0]}.test/"

    def now() -> str:
        nonlocal moment
        moment += timedelta(seconds=1)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def page(year: int, requests: int) -> Capture:
        title = f"平湖市{year}年政府信息公开工作年度报告"
        text = PAGE.format(title=title, year=year, requests=requests)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        url = f"{home}{year}.html"
        return Capture(url, now(), 200, head, text.encode(), run, run[0], "document")

    yield Note("run", f"urn:run:{run}", now(), run, {"spider": "reports", "started_at": now()})
    portal = {"id": run[0], "name": "平湖市", "home": home, "region": "330482"}
    yield Note("portal", home, now(), run, portal | {"official": True})
    yield replace(page(2000, 0), role="list", url=f"{home}list.html")
    for year in range(2010, 2010 + count):
        yield page(year, 9 + year % 7)
    yield Capture(f"{home}x", now(), 0, b"", b"", run, run[0], "document", failure="timeout")
    unchanged = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    yield replace(page(2010, 9), status=304, header_block=unchanged, body=b"")
    yield page(2011, 99)
    for year in (2010, 2010, 2012):
        yield replace(page(year, 9), status=304, header_block=unchanged, body=b"")
    yield Note("walk", f"{home}list", now(), run, {"portal": run[0], "outcome": "complete"})
    yield Note("run", f"urn:run:{run}", now(), run, {"ended_at": now(), "outcome": "finished"})


def act(directory: Path, disk: Disk, acknowledged: list[str], run: str = "run1") -> None:
    """Crawl into ``directory``; the ids of records that are said to be on disk are added."""
    writer = WarcWriter(
        directory / "warc",
        run=run,
        software="test",
        collector="test",
        vantage="test",
        robots="none",
        max_bytes=4000,
        clock=lambda: datetime(2026, 11, 21, tzinfo=UTC),
        disk=disk,
    )
    pages: dict[str, Original] = {}
    firsts: dict[str, Original] = {}
    with closing(Ingest(directory)) as ingest:

        def take(captures: Iterable[Capture]) -> None:
            for kept in captures:
                assert kept.ref is not None
                acknowledged.append(kept.ref.record_id)
                ingest.capture(kept)

        for noun in nouns(run):
            if isinstance(noun, Note):
                ingest.note(writer.write_note(noun))
            elif noun.status == 304 and noun.url in firsts:
                take(writer.list_visit(replace(noun, original=firsts[noun.url])))
            else:
                kept = writer.write(noun, ASKED)
                assert kept.ref is not None
                if noun.status == 304:  # its next visits stand together in one record
                    firsts[noun.url] = pages[noun.url]
                elif noun.body:
                    pages[noun.url] = Original(kept.ref.record_id, noun.url, noun.captured_at)
                take([kept])
        take(writer.flush())
        writer.close()
    finish(directory, disk=disk)


def crash(directory: Path, steps: int, mode: Mode) -> list[str]:
    """Crawl on a disk that fails, and return the ids of the records that were acknowledged."""
    disk = FaultyDisk(steps, mode)
    acknowledged: list[str] = []
    with suppress(PowerFailure, OSError):
        act(directory, disk, acknowledged)
    disk.die()
    return acknowledged


def doubts(directory: Path, acknowledged: list[str]) -> list[str]:
    """Return what is wrong with an archive after it was mended; nothing where all is well."""
    files = sorted((directory / "warc").glob("*"))
    wrong = [f"{path.name} is still open" for path in files if path.suffix == ".open"]
    wrong += [problem for path in files for problem in check_warc(path)]
    inputs = [str(path) for path in files]
    if inputs and Checker(Namespace(inputs=inputs, verbose=False)).process_all():
        wrong.append("warcio check does not agree")
    wrong += [str(problem) for problem in manifest.check(directory)]
    live = rows(directory)
    in_database = {str(row[0]) for row in live[0]}
    wrong += [f"lost: {record}" for record in acknowledged if record not in in_database]
    clean = directory / "clean"
    with closing(Ingest(clean)) as again:
        for path in files:
            for noun in read_records(path):
                if isinstance(noun, Capture):
                    again.capture(noun)
                else:
                    again.note(noun)
    pairs = zip(live, rows(clean), strict=True)
    wrong += [f"differs from a clean rebuild: {ours}" for ours, theirs in pairs if ours != theirs]
    wrong += [f"mended twice: {found}" for found in recover(directory)]
    return wrong


def rows(directory: Path) -> list[list[tuple[object, ...]]]:
    """Return what the database says, without row ids."""
    with closing(Ingest(directory)) as ingest:
        found = [ingest.store.db.execute(query).fetchall() for query in _ROWS.split(";")]
    return [sorted(map(tuple, table), key=repr) for table in found]


def mend(directory: Path, fault: random.Random | None = None) -> None:
    """Do what the next start does; with ``fault`` power fails again in the middle of it."""
    if fault is not None:
        disk = FaultyDisk(fault.randrange(1, 3000))
        with suppress(PowerFailure):
            recover(directory, disk=disk)
        disk.die()
    recover(directory)


if __name__ == "__main__":

    class Telling(list[str]):
        """Prints what is added."""

        def append(self, record: str) -> None:
            """Print at once."""
            print(record, flush=True)  # noqa: T201

    folder, name, times = sys.argv[1:]
    for number in range(int(times)):
        act(Path(folder), DISK, Telling(), run=f"{name}{number}")
