"""What records say: those of one exchange are a capture, ours beside them are notes.

This module decides how records become captures and notes again, those that this software wrote
and those of others.  What a capture means is left to ``archive.ingest``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, cast, get_args

from archive.entity import header
from archive.errors import BrokenArchive
from archive.warc.records import Record, is_answer, unchunk
from archive.warc_writer import (
    CAPTURE_FORMAT,
    FACTS_HEADER,
    NOTE_FORMAT,
    SAID_BY_FILE,
    VISITS_FORMAT,
    WITHHELD,
    id_of_visit,
    split_block,
)
from parsers.model import Capture, Note, Original, Role

Topic = Literal["run", "walk", "portal", "rendering"]

# "HTTP/1.1 200 OK" -> 200
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")


def nouns_of(
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
            info = info_fields(record.block)
        group.append(record)


def _belongs(record: Record, group: list[Record]) -> bool:
    answered = any(is_answer(other) for other in group) and is_answer(record)
    return not answered and any(record.links() & other.links() for other in group)


def count_captures(record: Record) -> int:
    """How many captures a record is: an answer or a failed attempt of ours is one.

    One that lists visits is as many as it lists; others say something of a capture.
    """
    if is_answer(record):
        return 1
    facts = _own_facts(record)
    if facts.get("format") == VISITS_FORMAT:
        return len(cast("list[object]", facts["visits"]))
    return int(record.get("WARC-Refers-To") is None and facts.get("format") == CAPTURE_FORMAT)


def info_fields(block: bytes) -> dict[str, str]:
    """The lines ``name: value`` of a record about a file or an exchange, names in lower case."""
    lines = block.decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {key.strip().lower(): value.strip() for key, colon, value in pairs if colon}


def _noun(group: list[Record], info: Mapping[str, str]) -> Iterator[Capture | Note]:
    answer = next((record for record in group if is_answer(record)), None)
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
    head, body = split_block(record.block) if is_answer(record) else (b"", b"")
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
            return info_fields(record.block).get("via")
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
