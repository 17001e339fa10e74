"""WARC files read back: captures and notes as they were written, or what is damaged.

This module decides how records become captures again, and is the only one that knows the WARC
library.  Writing is in ``archive.warc_writer``; what a capture means is left to
``archive.ingest``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mmap
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, redirect_stderr, suppress
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast, get_args

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]

from archive.entity import entity_body, header
from archive.errors import BrokenArchive
from archive.warc_writer import (
    CAPTURE_FORMAT,
    FACTS_HEADER,
    NOTE_FORMAT,
    OPEN_SUFFIX,
    SAID_BY_FILE,
    VISITS_FORMAT,
    WITHHELD,
    WarcWriter,
    id_of_visit,
    split_block,
)
from parsers.model import Capture, Note, Original, RecordRef, Role

__all__ = [
    "Record",
    "WarcWriter",
    "check_warc",
    "count_captures",
    "entity_body",
    "header",
    "is_of_ours",
    "read_body",
    "read_capture",
    "read_raw",
    "read_records",
    "salvage",
    "unchunk",
]

MAX_BLOCK = 256 * 1024 * 1024
Topic = Literal["run", "walk", "portal", "rendering"]

# "HTTP/1.1 200 OK" -> 200
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_GZIP_MEMBER = b"\x1f\x8b\x08"
# A gzip member, or the version line of a record that is not packed
_RECORD_START = re.compile(rb"\x1f\x8b\x08|(?<=\n)WARC/1\.[01]\r?\n")
# A digest as in sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ
_DIGEST = re.compile(r"(sha1|sha256|sha512|md5):([A-Za-z0-9+/=_-]+)")


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


def read_records(path: Path) -> Iterator[Capture | Note]:
    """Return the captures and notes of one WARC file, in order.

    Files of other writers give captures of role ``other``; where such a file points to a body
    kept elsewhere (``revisit``), ``failure`` says so.

    Raises:
        BrokenArchive: after everything that can be read before the damage.
    """
    with path.open("rb") as stream:
        yield from _nouns(_records(stream, path.name.removesuffix(OPEN_SUFFIX), 0))


def read_raw(path: Path) -> Iterator[Record]:
    """Return the records of one WARC file as they lie there.

    Raises:
        BrokenArchive: after everything that can be read before the damage.
    """
    with path.open("rb") as stream:
        yield from _records(stream, path.name.removesuffix(OPEN_SUFFIX), 0)


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
                yield from _nouns(_records(stream, name, start), info)
            except BrokenArchive as broken:
                yield broken
                start = _next_start(stream, max(start, broken.offset or 0) + 1)
            else:
                return


def _next_start(stream: BinaryIO, start: int) -> int | None:
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


def read_capture(directory: Path, ref: RecordRef) -> Capture:
    """Return the one capture whose ``ref`` this is, also from a file still being written.

    Raises:
        BrokenArchive: the record cannot be read or is no capture.
    """
    with _path_of(directory, ref).open("rb") as stream:
        info = _info_of_file(stream, ref.file)
        for noun in _nouns(_records(stream, ref.file, ref.offset), info):
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
        record = next(_records(stream, ref.file, ref.offset), None)
    if record is not None and _is_answer(record):
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
        first = next(_records(stream, name, 0), None)
    return _info_fields(first.block) if first and first.kind == "warcinfo" else {}


def is_of_ours(path: Path) -> bool:
    """Whether a file was written by this software, as its first record says."""
    with path.open("rb") as stream:
        return "run" in _info_of_file(stream, path.name)


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


def _digest_problems(record: Record) -> Iterator[str]:
    where = f"{record.ref.file} at byte {record.ref.offset}: {record.kind} {record.ref.record_id}"
    payload = split_block(record.block)[1] if _is_http(record) else record.block
    # Writers disagree whether the payload of a chunked answer is taken with its chunks.
    named = {
        "WARC-Block-Digest": [record.block],
        "WARC-Payload-Digest": [payload, unchunk(payload)],
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


def _is_http(record: Record) -> bool:
    stated = (record.get("Content-Type") or "").lower().replace(" ", "")
    return stated.startswith("application/http")


def unchunk(body: bytes) -> bytes:
    """The body of a chunked answer without its chunks."""
    return _drain(ChunkedDataReader(BytesIO(body)).read)


def _drain(read: Callable[[], bytes]) -> bytes:
    return b"".join(iter(read, b""))


def _records(stream: BinaryIO, name: str, start: int) -> Iterator[Record]:
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


def _nouns(
    records: Iterable[Record], info: Mapping[str, str] | None = None
) -> Iterator[Capture | Note]:
    """Return captures and notes from records, those of one exchange taken together."""
    info = info or {}
    group: list[Record] = []
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


def _belongs(record: Record, group: list[Record]) -> bool:
    answered = any(_is_answer(other) for other in group) and _is_answer(record)
    return not answered and any(record.links() & other.links() for other in group)


def count_captures(record: Record) -> int:
    """How many captures a record is: an answer or a failed attempt of ours is one.

    One that lists visits is as many as it lists; others say something of a capture.
    """
    if _is_answer(record):
        return 1
    facts = _own_facts(record)
    if facts.get("format") == VISITS_FORMAT:
        return len(cast("list[object]", facts["visits"]))
    return int(record.get("WARC-Refers-To") is None and facts.get("format") == CAPTURE_FORMAT)


def _is_answer(record: Record) -> bool:
    return record.kind in ("response", "revisit") and _is_http(record)


def _info_fields(block: bytes) -> dict[str, str]:
    lines = block.decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}


def _noun(group: list[Record], info: Mapping[str, str]) -> Iterator[Capture | Note]:
    answer = next((record for record in group if _is_answer(record)), None)
    facts: dict[str, object] = {}
    for record in group:
        own = _own_facts(record)
        if own.get("format") == NOTE_FORMAT:
            yield _note(record, own)
        elif own.get("format") == VISITS_FORMAT:
            yield from _visits(record, own, info)
        elif own:
            facts = {name: info.get(key) for name, key in SAID_BY_FILE.items()} | own
            answer = answer or record
    if answer is None:
        return
    if not facts:
        yield _foreign_capture(answer, group, info)
    elif answer.kind == "metadata" and answer.get("WARC-Refers-To"):
        raise BrokenArchive(answer.ref.file, answer.ref.offset, "its response record is missing")
    else:
        yield _own_capture(answer, facts)


def _own_facts(record: Record) -> dict[str, object]:
    """Return what one of our records says beside the bytes; empty for any other record."""
    stated: str | bytes | None = None
    if record.kind == "metadata" and record.get("Content-Type") == "application/json":
        stated = record.block
    elif record.kind == "revisit":
        stated = record.get(FACTS_HEADER)
    try:
        facts = json.loads(stated or b"null")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(facts, dict):
        return {}
    if record.kind == "revisit":
        facts = {"format": CAPTURE_FORMAT} | facts
    if facts.get("format") == VISITS_FORMAT and not isinstance(facts.get("visits"), list):
        return {}
    return facts if facts.get("format") in (CAPTURE_FORMAT, NOTE_FORMAT, VISITS_FORMAT) else {}


def _visits(record: Record, facts: Mapping[str, Any], info: Mapping[str, str]) -> Iterator[Capture]:
    """The visits that a record lists, each as its own ``revisit`` record would have it."""
    said = {name: info.get(key) for name, key in SAID_BY_FILE.items()}
    for number, visit in enumerate(facts["visits"]):
        try:
            head = visit["head"].encode("latin-1")
            first, date, *url = visit["repeats"]
            yield replace(
                _told(said | visit, visit["url"], visit["at"]),
                status=_status(head),
                header_block=head,
                ip=visit["ip"],
                original=Original(first, url[0] if url else visit["url"], date),
                ref=replace(record.ref, record_id=id_of_visit(record.ref.record_id, number)),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"visit {number} cannot be understood: {error!r}"
            raise BrokenArchive(record.ref.file, record.ref.offset, reason) from error


def _note(record: Record, facts: Mapping[str, object]) -> Note:
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


def _own_capture(record: Record, facts: Mapping[str, object]) -> Capture:
    original = _original(record)
    head, body = split_block(record.block) if _is_answer(record) else (b"", b"")
    told = _told(facts, record.get("WARC-Target-URI") or "", record.get("WARC-Date") or "")
    return replace(
        told,
        status=_status(head),
        header_block=head,
        body=body,
        ip=record.get("WARC-IP-Address"),
        failure="withheld" if record.get("WARC-Profile") == WITHHELD else told.failure,
        truncated=_truncated(record),
        original=original if original and original.record_id else None,
        ref=record.ref,
    )


def _told(facts: Mapping[str, object], url: str, captured_at: str) -> Capture:
    """A capture with nothing but what the crawler knew of it."""

    def text(name: str) -> str | None:
        value = facts.get(name)
        return value if isinstance(value, str) else None

    role = facts.get("role")
    return Capture(
        url=text("url") or url,
        captured_at=captured_at,
        status=0,
        header_block=b"",
        body=b"",
        run=text("run") or "",
        portal=text("portal"),
        role=cast("Role", role) if role in get_args(Role) else "other",
        parent_url=text("parent_url"),
        link_text=text("link_text"),
        link_date=text("link_date"),
        collector=text("collector"),
        vantage=text("vantage"),
        failure=text("failure"),
        method=text("method") or "GET",
        tls=text("tls"),
    )


def _original(record: Record) -> Original | None:
    """What a revisit says of the record that it repeats; others may leave all of it out."""
    if record.kind != "revisit":
        return None
    url, date = record.get("WARC-Refers-To-Target-URI"), record.get("WARC-Refers-To-Date")
    return Original(record.get("WARC-Refers-To") or "", url or "", date or "")


def _via(group: list[Record]) -> str | None:
    """The address that led to an exchange, as Heritrix or the request itself names it."""
    for record in group:
        if record.kind == "metadata" and record.get("Content-Type") == "application/warc-fields":
            return _info_fields(record.block).get("via")
    asked = (record.block for record in group if record.kind == "request")
    return next((header(block, "Referer") for block in asked), None)


def _foreign_capture(answer: Record, group: list[Record], info: Mapping[str, str]) -> Capture:
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
        body=unchunk(body) if "chunked" in coding else body,
        run=info.get("run", ""),
        collector=info.get("operator") or info.get("software"),
        vantage=info.get("vantage"),
        ip=answer.get("WARC-IP-Address"),
        failure=f"revisit: the body is kept elsewhere ({digest})" if elsewhere else None,
        truncated=_truncated(answer),
        method=method if method.isalpha() else "GET",
        parent_url=_via(group),
        original=_original(answer),
        ref=answer.ref,
    )


def _status(head: bytes) -> int:
    found = _STATUS.match(head)
    return int(found[1]) if found else 0


def _truncated(record: Record) -> str | None:
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
