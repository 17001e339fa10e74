"""Records that nobody may see, moved out of the WARC files without breaking them.

``seal`` copies the gzip member of a response as it is into ``sealed/`` and puts another of the
same length in its place: a ``revisit`` record with the same id, time and address that says the
body is withheld and keeps its digest.  No other record moves, so every place in the database and
in indexes still holds.  ``check_sealed`` says whether the sealed records are still what they were.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archive.errors import BrokenArchive
from archive.warc_writer import WITHHELD, split_block
from parsers.model import RecordRef

SEALED = "sealed"
INDEX = "index.jsonl"
_KEPT = (
    "WARC-Record-ID",
    "WARC-Date",
    "WARC-Target-URI",
    "WARC-IP-Address",
    "WARC-Payload-Digest",
    "Content-Type",
)
# "WARC-Date: 2026-11-21T08:00:00Z"
_HEADER = re.compile(rb"([^:\r\n]+):[ \t]*([^\r\n]*)\r\n")


def seal(directory: Path, ref: RecordRef) -> None:
    """Move one response record to ``sealed/``; a record without a body stays where it is.

    Raises:
        BrokenArchive: there is no such record, or no room for what would stand in its place.
    """
    path = directory / "warc" / ref.file
    if not path.exists():
        reason = "is being written or missing; withhold again once the run has ended"
        raise BrokenArchive(ref.file, ref.offset, reason)
    with path.open("rb") as file:
        file.seek(ref.offset)
        member = file.read(ref.length)
    try:
        head, block = split_block(gzip.decompress(member))
    except (OSError, EOFError, zlib.error) as error:
        raise BrokenArchive(ref.file, ref.offset, f"cannot be sealed: {error}") from error
    headers = {name.decode("latin-1"): value for name, value in _HEADER.findall(head)}
    if headers.get("WARC-Record-ID", b"").decode("latin-1") != ref.record_id:
        raise BrokenArchive(ref.file, ref.offset, f"{ref.record_id} is not here")
    if headers.get("WARC-Type") != b"response":  # sealed already, or without a body
        return
    tombstone = _member(_tombstone(headers, block), len(member))
    if tombstone is None:
        raise BrokenArchive(ref.file, ref.offset, "too small to be sealed in its place")
    _keep(directory / SEALED, ref, member)
    _replace(path, ref.offset, tombstone)


def _tombstone(headers: dict[str, bytes], block: bytes) -> bytes:
    """The record that stands in the place of a sealed one; of its answer the status line stays."""
    status = block.split(b"\r\n", 1)[0] + b"\r\n\r\n"
    lines = [b"WARC/1.1", b"WARC-Type: revisit", b"WARC-Profile: " + WITHHELD.encode()]
    lines += [name.encode() + b": " + headers[name] for name in _KEPT if name in headers]
    lines += [b"Content-Length: %d" % len(status)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + status + b"\r\n\r\n"


def _member(record: bytes, length: int) -> bytes | None:
    """A gzip member of exactly ``length`` bytes, padded by its comment; ``None`` if too long."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(record) + packer.flush()
    tail = zlib.crc32(record).to_bytes(4, "little") + len(record).to_bytes(4, "little")
    room = length - 10 - len(packed) - len(tail)
    if room < 0:
        return None
    # RFC 1952 2.3: flag 16 says that a comment follows, which a zero byte ends.
    comment = b" " * (room - 1) + b"\0" if room else b""
    head = b"\x1f\x8b\x08" + (b"\x10" if room else b"\0") + b"\0\0\0\0\x02\xff"
    return head + comment + packed + tail


def _keep(folder: Path, ref: RecordRef, member: bytes) -> None:
    """Append the record to its sealed file and to the index, on the platter, for us alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if any(entry["record_id"] == ref.record_id for entry in _entries(folder)):
        return  # power failed before the record was replaced
    offset = _append(folder / ref.file, member)
    entry = {
        "record_id": ref.record_id,
        "file": ref.file,
        "offset": offset,
        "length": len(member),
        "sha256": hashlib.sha256(member).hexdigest(),
    }
    _append(folder / INDEX, json.dumps(entry).encode() + b"\n")


def _append(path: Path, content: bytes) -> int:
    """Append to a file that only its owner may read; return where it begins."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:  # noqa: PTH123
        offset = file.tell()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return offset


def _replace(path: Path, offset: int, member: bytes) -> None:
    """Put ``member`` at ``offset`` of a file, all of it or nothing."""
    draft = path.with_name(f".{path.name}.sealing")
    shutil.copy2(path, draft)
    with draft.open("r+b") as file:
        file.seek(offset)
        file.write(member)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _entries(folder: Path) -> Iterator[dict[str, str]]:
    path = folder / INDEX
    for line in path.read_bytes().splitlines() if path.exists() else ():
        with suppress(ValueError):  # a torn last line: its record is sealed again
            yield json.loads(line)


def check_sealed(directory: Path) -> Iterator[BrokenArchive]:
    """Return each sealed record that is missing or not what it was."""
    folder = directory / SEALED
    for entry in _entries(folder):
        path, offset, length = folder / entry["file"], int(entry["offset"]), int(entry["length"])
        name = f"{SEALED}/{entry['file']}"
        if not path.exists():
            yield BrokenArchive(name, offset, f"the sealed record {entry['record_id']} is missing")
            continue
        with path.open("rb") as file:
            file.seek(offset)
            digest = hashlib.sha256(file.read(length)).hexdigest()
        if digest != entry["sha256"]:
            reason = f"the sealed record {entry['record_id']} is not what it was"
            yield BrokenArchive(name, offset, reason)
