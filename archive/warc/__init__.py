"""WARC files read back: captures and notes as they were written, or what is damaged.

This module decides which file, and from where, is read for what is asked: a whole one, one
record, or what is left of a damaged one.  How records lie there is in ``records``, what they say
in ``exchanges``, whether their digests hold in ``digests``.  Writing is in
``archive.warc_writer``; what a capture means is left to ``archive.ingest``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from archive.entity import header
from archive.errors import BrokenArchive
from archive.warc.digests import check_warc, find_damage
from archive.warc.exchanges import count_captures, info_fields, nouns_of
from archive.warc.records import Record, is_answer, next_start, records_from, unchunk
from archive.warc_writer import OPEN_SUFFIX, WarcWriter, split_block
from parsers.model import Capture, Note, RecordRef

__all__ = [
    "Record",
    "WarcWriter",
    "check_warc",
    "count_captures",
    "find_damage",
    "is_of_ours",
    "read_body",
    "read_capture",
    "read_raw",
    "read_records",
    "salvage",
    "unchunk",
]


def read_records(path: Path) -> Iterator[Capture | Note]:
    """Return the captures and notes of one WARC file, in order.

    Files of other writers give captures of role ``other``; where such a file points to a body
    kept elsewhere (``revisit``), ``failure`` says so.

    Raises:
        BrokenArchive: after everything that can be read before the damage.
    """
    with path.open("rb") as stream:
        yield from nouns_of(records_from(stream, path.name.removesuffix(OPEN_SUFFIX), 0))


def read_raw(path: Path) -> Iterator[Record]:
    """Return the records of one WARC file as they lie there.

    Raises:
        BrokenArchive: after everything that can be read before the damage.
    """
    with path.open("rb") as stream:
        yield from records_from(stream, path.name.removesuffix(OPEN_SUFFIX), 0)


def salvage(path: Path) -> Iterator[Capture | Note | BrokenArchive]:
    """Return what can be read of a damaged file, and in its place whatever cannot.

    After damage reading goes on with the next bytes that are a record.
    """
    name = path.name.removesuffix(OPEN_SUFFIX)
    with path.open("rb") as stream:
        info = _info_of_file(stream, name)
        start: int | None = 0
        while start is not None:
            try:
                yield from nouns_of(records_from(stream, name, start), info)
            except BrokenArchive as broken:
                yield broken
                start = next_start(stream, max(start, broken.offset or 0) + 1)
            else:
                return


def read_capture(directory: Path, ref: RecordRef) -> Capture:
    """Return the one capture whose ``ref`` this is, also from a file still being written.

    Raises:
        BrokenArchive: the record cannot be read or is no capture.
    """
    with _path_of(directory, ref).open("rb") as stream:
        info = _info_of_file(stream, ref.file)
        for noun in nouns_of(records_from(stream, ref.file, ref.offset), info):
            if not (isinstance(noun, Capture) and noun.ref and noun.ref.offset == ref.offset):
                break
            if "#" not in ref.record_id or noun.ref.record_id == ref.record_id:
                return noun
    raise BrokenArchive(ref.file, ref.offset, "no capture begins here")


def read_body(directory: Path, ref: RecordRef) -> bytes:
    """Return the body of the one capture whose ``ref`` this is, without what is said of it.

    Raises:
        BrokenArchive: the record cannot be read or is no capture.
    """
    with _path_of(directory, ref).open("rb") as stream:
        record = next(records_from(stream, ref.file, ref.offset), None)
    if record is not None and is_answer(record):
        head, body = split_block(record.block)
        if header(head, "Transfer-Encoding") is None:
            return body
    return read_capture(directory, ref).body


def _path_of(directory: Path, ref: RecordRef) -> Path:
    path = directory / ref.file
    if not path.exists():
        path = path.with_name(ref.file + OPEN_SUFFIX)
    if not path.exists():
        raise BrokenArchive(ref.file, None, "the file is missing")
    return path


def _info_of_file(stream: BinaryIO, name: str) -> dict[str, str]:
    """What the first record of a file says about all of it; nothing where it cannot be read."""
    first = None
    with suppress(BrokenArchive):
        first = next(records_from(stream, name, 0), None)
    return info_fields(first.block) if first and first.kind == "warcinfo" else {}


def is_of_ours(path: Path) -> bool:
    """Whether a file was written by this software, as its first record says."""
    with path.open("rb") as stream:
        return "run" in _info_of_file(stream, path.name)
