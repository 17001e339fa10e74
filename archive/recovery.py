"""What a run that ended in the middle left behind, brought to a good end.

A run that was killed leaves its WARC file under its open name, perhaps with a last exchange
that is cut off, and perhaps with captures that the database does not know.  This module decides
which open files nobody writes any more, where such a file ends, and which finished files are
read into the database again.  A finished file gets its index and its line in the manifest once
its captures are in the database.

What is cut off is kept beside, in ``torn/``: it holds no whole exchange.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from archive.cdxj import index_line
from archive.disk import DISK, Disk
from archive.errors import BrokenArchive
from archive.foreign import read
from archive.ingest import Ingest
from archive.manifest import enter, entries, warc_files
from archive.store import Store
from archive.warc import count_captures, is_of_ours, read_raw, salvage
from archive.warc_writer import OPEN_SUFFIX
from parsers.model import Capture

_ENDS_OF_EXCHANGES = frozenset({"warcinfo", "metadata", "revisit"})


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found and done about one file; ``problems`` are left as they are."""

    file: str
    ingested: int
    torn_bytes: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{self.ingested} captures were not in the database"] if self.ingested else []
        if self.torn_bytes:
            parts.append(f"a torn end of {self.torn_bytes} bytes was cut off and kept in torn/")
        return f"{self.file}: " + "; ".join([*parts, *self.problems])


def recover(directory: Path, *, disk: Disk = DISK) -> tuple[Recovered, ...]:
    """Return what was amiss with an archive, mended now; files of living runs are left alone.

    To be called before a run begins.  Doing it twice, or in two processes at once, does no harm.

    Raises:
        BrokenArchive: the manifest cannot be read.
        OSError, sqlite3.Error: the disk refuses; nothing is lost, and the next call goes on.
    """
    torn = dict(_finish_open_files(directory, disk))
    files = warc_files(directory)
    if not files:
        return ()
    known = entries(directory)
    with closing(Ingest(directory)) as ingest:
        stored = ingest.store.captures_by_file()
        behind = [
            name
            for name in files
            if name not in known or stored.get(name, 0) < known[name].captures
        ]
        # Notes are not counted: a database that lost captures may have lost later notes too.
        found = [
            _ingest_again(ingest, path, torn.get(name, 0))
            for name, path in files.items()
            if behind and name >= behind[0]
        ]
    finish(directory, disk=disk)
    return tuple(one for one in found if one.ingested or one.torn_bytes or one.problems)


def finish(directory: Path, *, disk: Disk = DISK) -> list[str]:
    """Return the names of the finished files that now have their index and manifest line.

    To be called after a run has ended, once its captures are in the database.
    """
    known = entries(directory)
    new = {name: path for name, path in warc_files(directory).items() if name not in known}
    if not new:
        return []
    with closing(Store(directory)) as store:
        for path in new.values():
            captures = _write_index(directory, path, store, disk)
            enter(directory, path, captures, disk=disk)
    return list(new)


def _write_index(directory: Path, path: Path, store: Store, disk: Disk) -> int:
    """Write the index of a file, as far as it can be read.

    The number of its captures comes back, less those that another file brought.
    """
    lines: list[str] = []
    captures = 0
    ours = is_of_ours(path)
    try:
        for record in read_raw(path):
            if count := count_captures(record):
                new = ours or store.file_of(record.ref.record_id) in (None, path.name)
                captures += count if new else 0
            if line := index_line(record):
                lines.append(line)
    except BrokenArchive:  # said by `recover` and `verify`
        pass
    folder = directory / "cdxj"
    folder.mkdir(exist_ok=True)
    disk.replace(folder / f"{path.name}.cdxj", "".join(f"{line}\n" for line in sorted(lines)))
    return captures


def _finish_open_files(directory: Path, disk: Disk) -> Iterator[tuple[str, int]]:
    """Give the files of dead runs their names; name and length of what was cut off come back."""
    for path in sorted((directory / "warc").glob(f"*{OPEN_SUFFIX}")):
        try:
            file = FileIO(path, "r+b")
        except FileNotFoundError:  # another process has just finished it
            continue
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # its writer lives
                continue
            name = path.name.removesuffix(OPEN_SUFFIX)
            if not path.exists():
                continue
            if path.stat().st_size == 0:
                path.unlink()
                continue
            yield name, _cut_torn_end(directory, path, file, disk)
            disk.rename(path, path.with_name(name))


def _cut_torn_end(directory: Path, path: Path, file: FileIO, disk: Disk) -> int:
    """Cut what follows the last whole exchange, kept aside first; its length comes back.

    Damage with whole records behind it is no torn end: nothing is cut then.
    """
    end, last, torn = 0, 0, False
    try:
        for record in read_raw(path):
            last = record.end
            if record.kind in _ENDS_OF_EXCHANGES:
                end = record.end
    except BrokenArchive:
        torn = True
    size = path.stat().st_size
    if end == size or (torn and _goes_on_after(path, last)):
        return 0
    with path.open("rb") as source:
        source.seek(end)
        folder = directory / "torn"
        folder.mkdir(exist_ok=True)
        disk.replace(folder / f"{path.name}.{end}", source.read())
    disk.cut(file, end)
    disk.sync(file)
    return size - end


def _goes_on_after(path: Path, damage: int) -> bool:
    refs = (noun.ref for noun in salvage(path) if not isinstance(noun, BrokenArchive))
    return any(ref is not None and ref.offset > damage for ref in refs)


def _ingest_again(ingest: Ingest, path: Path, torn_bytes: int) -> Recovered:
    ingested, problems = 0, []
    for noun in read(path):
        if isinstance(noun, BrokenArchive):
            problems.append(str(noun))
            continue
        try:
            if isinstance(noun, Capture):
                ingested += ingest.capture(noun).name != "known"
            else:
                ingest.note(noun)
        except (OSError, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001  another parser may read it, its record is kept
            offset = noun.ref.offset if noun.ref else 0
            problems.append(f"could not interpret the record at byte {offset}: {error!r}")
    return Recovered(path.name, ingested, torn_bytes, tuple(problems))
