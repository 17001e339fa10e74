"""Records as they lie in a file, each checked for damage.

This module is the only one that knows the WARC library.  What records say is left to
``exchanges``, whether their digests hold to ``digests``.
"""

from __future__ import annotations

import mmap
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]

from archive.errors import BrokenArchive
from parsers.model import RecordRef

MAX_BLOCK = 256 * 1024 * 1024

_GZIP_MEMBER = b"\x1f\x8b\x08"
# A gzip member, or the version line of a record that is not packed
_RECORD_START = re.compile(rb"\x1f\x8b\x08|(?<=\n)WARC/1\.[01]\r?\n")


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it lies in the file, header names in lower case.

    ``cut`` says that the block was longer than we read.
    """

    kind: str
    headers: tuple[tuple[str, str], ...]
    block: bytes
    ref: RecordRef
    cut: bool = False

    def get(self, name: str) -> str | None:
        """The value of a header, ``None`` where it is not there."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    @property
    def end(self) -> int:
        """Where the next record begins."""
        return self.ref.offset + self.ref.length

    def links(self) -> frozenset[str]:
        """The ids of the records that belong to the same exchange, its own among them."""
        linked = ("warc-record-id", "warc-concurrent-to", "warc-refers-to")
        return frozenset(value for key, value in self.headers if key in linked)


def is_http(record: Record) -> bool:
    """Whether the block of a record is a message of HTTP, asked or answered."""
    stated = (record.get("Content-Type") or "").lower().replace(" ", "")
    return stated.startswith("application/http")


def is_answer(record: Record) -> bool:
    """Whether a record holds an answer, or says that it was the same as another."""
    return record.kind in ("response", "revisit") and is_http(record)


def records_from(stream: BinaryIO, name: str, start: int) -> Iterator[Record]:
    """Return the records from ``start`` on; the library is lax, so each is checked for damage."""
    stream.seek(start)
    reader = ArchiveIterator(stream, no_record_parse=True, arc2warc=True)
    with closing(iter(reader)):  # it and the reader hold each other, with all that was unpacked
        while True:
            offset = max(int(reader.offset), start)
            try:
                with redirect_stderr(StringIO()):  # the library talks there about what we raise
                    record = _next_record(reader, name, offset)
            except BrokenArchive:
                raise
            except Exception as error:  # the library raises whatever its parsing trips over
                reason = " ".join(str(error).split()) or type(error).__name__
                raise BrokenArchive(name, offset, reason) from error
            if record is None:
                break
            yield record
    # The library takes the first bytes of a cut gzip member for an empty end of file.
    rest = stream.seek(0, os.SEEK_END) - offset
    if rest:
        raise BrokenArchive(name, offset, f"the last {rest} bytes hold no record")


def _next_record(reader: ArchiveIterator, name: str, offset: int) -> Record | None:
    found = next(reader, None)
    if found is None:
        return None
    headers = tuple((str(key).lower(), str(value)) for key, value in found.rec_headers.headers)
    stated = str(found.rec_headers.get_header("Content-Length") or "").strip()
    if not stated.isdecimal():
        raise BrokenArchive(name, offset, f"Content-Length is {stated!r}")
    length = int(found.length)
    block: bytes = found.raw_stream.read(min(length, MAX_BLOCK))
    size = int(reader.get_record_length())
    if len(block) < min(length, MAX_BLOCK):
        raise BrokenArchive(name, offset, f"the block has {len(block)} of {length} bytes")
    if reader.err_count:
        raise BrokenArchive(name, offset, "the record does not end where it says")
    packed = reader.reader.decompressor
    if packed is not None and not packed.eof:
        raise BrokenArchive(name, offset, "the gzip member does not end with its record")
    stated_id = found.rec_headers.get_header("WARC-Record-ID")
    record_id = str(stated_id or f"<urn:place:{name}:{offset}>")  # others may leave it out
    ref = RecordRef(name, offset, size, record_id)
    return Record(str(found.rec_type), headers, block, ref, cut=length > MAX_BLOCK)


def next_start(stream: BinaryIO, start: int) -> int | None:
    """The next place from ``start`` on where a record begins, ``None`` where there is none."""
    stream.seek(0, os.SEEK_END)
    if start >= stream.tell():
        return None
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for found in _RECORD_START.finditer(data, start):
            if found[0] != _GZIP_MEMBER or _holds_record(data[found.start() : found.start() + 512]):
                return found.start()
    return None


def _holds_record(member: bytes) -> bool:
    """Whether the beginning of a gzip member is that of a record."""
    try:
        return zlib.decompressobj(31).decompress(member, 5) == b"WARC/"
    except zlib.error:
        return False


def unchunk(body: bytes) -> bytes:
    """The body of a chunked answer without its chunks."""
    return _drain(ChunkedDataReader(BytesIO(body)).read)


def _drain(read: Callable[[], bytes]) -> bytes:
    return b"".join(iter(read, b""))
