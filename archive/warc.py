"""WARC files read back: captures and notes as they were written, or what is damaged.

This module decides how records become captures again, and is the only one that knows the WARC
library.  Writing is in ``archive.warc_writer``; what a capture means is left to
``archive.ingest``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal, cast, get_args

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]

from archive.entity import entity_body, header
from archive.errors import BrokenArchive
from archive.warc_writer import (
    CAPTURE_FORMAT,
    NOTE_FORMAT,
    OPEN_SUFFIX,
    WITHHELD,
    WarcWriter,
    split_block,
)
from parsers.model import Capture, Note, RecordRef, Role

__all__ = [
    "WarcWriter",
    "check_warc",
    "entity_body",
    "header",
    "read_capture",
    "read_records",
]

MAX_BLOCK = 256 * 1024 * 1024
Topic = Literal["run", "walk", "portal"]

# "HTTP/1.1 200 OK" -> 200
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
# A digest as in sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ
_DIGEST = re.compile(r"(sha1|sha256|sha512|md5):([A-Za-z0-9+/=_-]+)")


@dataclass(frozen=True, slots=True)
class _Record:
    """One record as it lies in the file; ``cut`` says that the block was longer than we read."""

    kind: str
    headers: tuple[tuple[str, str], ...]
    block: bytes
    ref: RecordRef
    cut: bool = False

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)

    def links(self) -> frozenset[str]:
        linked = ("warc-record-id", "warc-concurrent-to", "warc-refers-to")
        return frozenset(value for key, value in self.headers if key in linked)


def read_records(path: Path) -> Iterator[Capture | Note]:
    """Return the captures and notes of one WARC file, in order.

    Files of other writers give captures of role ``other``; where such a file points to a body
    kept elsewhere (``revisit``), ``failure`` says so.

    Raises:
        BrokenArchive: after everything that can be read before the damage.
    """
    with path.open("rb") as stream:
        yield from _nouns(_records(stream, path.name.removesuffix(OPEN_SUFFIX), 0))


def read_capture(directory: Path, ref: RecordRef) -> Capture:
    """Return the one capture whose ``ref`` this is, also from a file still being written.

    Raises:
        BrokenArchive: the record cannot be read or is no capture.
    """
    path = directory / ref.file
    if not path.exists():
        path = path.with_name(ref.file + OPEN_SUFFIX)
    with path.open("rb") as stream:
        for noun in _nouns(_records(stream, ref.file, ref.offset)):
            if isinstance(noun, Capture) and noun.ref and noun.ref.offset == ref.offset:
                return noun
            break
    raise BrokenArchive(ref.file, ref.offset, "no capture begins here")


def check_warc(path: Path) -> list[str]:
    """Return what is wrong with a WARC file: digests that do not agree, damage; else nothing."""
    problems: list[str] = []
    try:
        with path.open("rb") as stream:
            for record in _records(stream, path.name, 0):
                problems += _digest_problems(record)
    except BrokenArchive as broken:
        problems.append(str(broken))
    return problems


def _digest_problems(record: _Record) -> Iterator[str]:
    where = f"{record.ref.file} at byte {record.ref.offset}: {record.kind} {record.ref.record_id}"
    payload = split_block(record.block)[1] if _is_http(record) else record.block
    # Writers disagree whether the payload of a chunked answer is taken with its chunks.
    named = {
        "WARC-Block-Digest": [record.block],
        "WARC-Payload-Digest": [payload, _unchunk(payload)],
    }
    for name, candidates in named.items():
        stated = record.get(name)
        if not stated or record.cut or (record.kind == "revisit" and len(candidates) > 1):
            continue
        found = _DIGEST.fullmatch(stated)
        if not found:
            yield f"{where}: {name} {stated!r} is of an unknown kind"
        elif not any(_agrees(found[1], found[2], data) for data in candidates):
            yield f"{where}: {name} does not agree"


def _agrees(algorithm: str, stated: str, data: bytes) -> bool:
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    spellings = (
        base64.b32encode(digest).decode(),
        base64.b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).decode(),
    )
    return stated in spellings or stated.lower() == digest.hex()


def _is_http(record: _Record) -> bool:
    stated = (record.get("Content-Type") or "").lower().replace(" ", "")
    return stated.startswith("application/http")


def _unchunk(body: bytes) -> bytes:
    return _drain(ChunkedDataReader(BytesIO(body)).read)


def _drain(read: Callable[[], bytes]) -> bytes:
    return b"".join(iter(read, b""))


def _records(stream: BinaryIO, name: str, start: int) -> Iterator[_Record]:
    """Return the records from ``start`` on; the library is lax, so each is checked for damage."""
    stream.seek(start)
    reader = ArchiveIterator(stream, no_record_parse=True, arc2warc=True)
    while True:
        offset = max(int(reader.offset), start)
        try:
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


def _next_record(reader: ArchiveIterator, name: str, offset: int) -> _Record | None:
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
    record_id = str(found.rec_headers.get_header("WARC-Record-ID") or "")
    ref = RecordRef(name, offset, size, record_id)
    return _Record(str(found.rec_type), headers, block, ref, cut=length > MAX_BLOCK)


def _nouns(records: Iterable[_Record]) -> Iterator[Capture | Note]:
    """Return captures and notes from records, those of one exchange taken together."""
    info: Mapping[str, str] = {}
    group: list[_Record] = []
    broken: BrokenArchive | None = None
    source = iter(records)
    while True:
        try:
            record = next(source, None)
        except BrokenArchive as error:
            record, broken = None, error
        if record is None or not _belongs(record, group):
            yield from _noun(group, info)
            group = []
        if broken is not None:
            raise broken
        if record is None:
            return
        if record.kind == "warcinfo":
            info = _info_fields(record.block)
        group.append(record)


def _belongs(record: _Record, group: list[_Record]) -> bool:
    answered = any(_is_answer(other) for other in group) and _is_answer(record)
    return not answered and any(record.links() & other.links() for other in group)


def _is_answer(record: _Record) -> bool:
    return record.kind in ("response", "revisit") and _is_http(record)


def _info_fields(block: bytes) -> dict[str, str]:
    lines = block.decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}


def _noun(group: list[_Record], info: Mapping[str, str]) -> Iterator[Capture | Note]:
    answer = next((record for record in group if _is_answer(record)), None)
    facts: dict[str, object] = {}
    for record in group:
        own = _own_facts(record)
        if own.get("format") == NOTE_FORMAT:
            yield _note(record, own)
        elif own:
            facts = own
            answer = answer or record
    if answer is None:
        return
    if not facts:
        yield _foreign_capture(answer, group, info)
    elif answer.kind == "metadata" and answer.get("WARC-Refers-To"):
        raise BrokenArchive(answer.ref.file, answer.ref.offset, "its response record is missing")
    else:
        yield _own_capture(answer, facts)


def _own_facts(record: _Record) -> dict[str, object]:
    """Return what one of our metadata records says; empty for any other record."""
    if record.kind != "metadata" or record.get("Content-Type") != "application/json":
        return {}
    try:
        facts = json.loads(record.block)
    except (ValueError, RecursionError):
        return {}
    ours = isinstance(facts, dict) and facts.get("format") in (CAPTURE_FORMAT, NOTE_FORMAT)
    return facts if ours else {}


def _note(record: _Record, facts: Mapping[str, object]) -> Note:
    inner = facts.get("facts")
    if not isinstance(inner, dict) or facts.get("topic") not in get_args(Topic):
        raise BrokenArchive(record.ref.file, record.ref.offset, "the note cannot be understood")
    return Note(
        topic=cast("Topic", facts["topic"]),
        about=str(facts.get("about")),
        recorded_at=record.get("WARC-Date") or "",
        run=str(facts.get("run")),
        facts=inner,
        ref=record.ref,
    )


def _own_capture(record: _Record, facts: Mapping[str, object]) -> Capture:
    def text(name: str) -> str | None:
        value = facts.get(name)
        return value if isinstance(value, str) else None

    role = facts.get("role")
    head, body = split_block(record.block) if _is_answer(record) else (b"", b"")
    return Capture(
        url=text("url") or "",
        captured_at=record.get("WARC-Date") or "",
        status=_status(head),
        header_block=head,
        body=body,
        run=text("run") or "",
        portal=text("portal"),
        role=cast("Role", role) if role in get_args(Role) else "other",
        parent_url=text("parent_url"),
        link_text=text("link_text"),
        link_date=text("link_date"),
        collector=text("collector"),
        vantage=text("vantage"),
        ip=record.get("WARC-IP-Address"),
        failure="withheld" if record.get("WARC-Profile") == WITHHELD else text("failure"),
        truncated=_truncated(record),
        method=text("method") or "GET",
        ref=record.ref,
    )


def _foreign_capture(answer: _Record, group: list[_Record], info: Mapping[str, str]) -> Capture:
    head, body = split_block(answer.block)
    coding = (header(head, "Transfer-Encoding") or "").lower()
    request = next((record.block for record in group if record.kind == "request"), b"")
    method = request.split(b" ", 1)[0].decode("ascii", "replace")
    elsewhere = answer.kind == "revisit" and _status(head) != 304
    digest = answer.get("WARC-Payload-Digest") or "digest not stated"
    return Capture(
        url=answer.get("WARC-Target-URI") or "",
        captured_at=answer.get("WARC-Date") or "",
        status=_status(head),
        header_block=head,
        body=_unchunk(body) if "chunked" in coding else body,
        run=info.get("run", ""),
        collector=info.get("operator") or info.get("software"),
        vantage=info.get("vantage"),
        ip=answer.get("WARC-IP-Address"),
        failure=f"revisit: the body is kept elsewhere ({digest})" if elsewhere else None,
        truncated=_truncated(answer),
        method=method if method.isalpha() else "GET",
        ref=answer.ref,
    )


def _status(head: bytes) -> int:
    found = _STATUS.match(head)
    return int(found[1]) if found else 0


def _truncated(record: _Record) -> str | None:
    return record.get("WARC-Truncated") or ("length" if record.cut else None)


def find_damage(path: Path) -> Iterator[BrokenArchive]:
    """Return what ``check_warc`` says, each with its place; damage that hides the rest is last."""
    name = path.name.removesuffix(OPEN_SUFFIX)
    try:
        with path.open("rb") as stream:
            for record in _records(stream, name, 0):
                where = f"{record.ref.file} at byte {record.ref.offset}: "
                for problem in _digest_problems(record):
                    reason = problem.removeprefix(where)
                    yield BrokenArchive(record.ref.file, record.ref.offset, reason)
    except BrokenArchive as broken:
        yield broken
