"""Writing WARC files: each exchange and each note on disk before anything is interpreted.

This module decides how captures and notes lie in WARC/1.1: a request, a response and one JSON
``metadata`` record with what the crawler knows and the bytes do not say.  What to fetch is left
to the crawler; finding records again to ``archive.warc``.

Records are written here and not by the WARC library, whose writer percent-encodes header
bytes that are not ASCII and drops the header block of a revisit.

Source: ISO 28500:2017 (WARC/1.1).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from parsers.model import Capture, Note, RecordRef

OPEN_SUFFIX = ".open"
CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
WITHHELD = "https://open-report-archive.invalid/warc/revisit/withheld"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
CAPTURE_FORMAT = "open-report-archive/capture/1"
NOTE_FORMAT = "open-report-archive/note/1"

_Headers = list[tuple[str, str]]
_RESPONSE = "application/http; msgtype=response"
_REQUEST = "application/http; msgtype=request"
# "run 7/a" -> "run-7-a": a run may have any name, a file may not.
_NOT_FOR_NAMES = re.compile(r"[^A-Za-z0-9.]+")
# "http://a.test/x y" -> "http://a.test/x%20y": nothing may end a header line early.
_NOT_FOR_URIS = re.compile(r"[\x00-\x20\x7f]")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _uri(text: str) -> str:
    return _NOT_FOR_URIS.sub(lambda found: f"%{ord(found[0]):02X}", text)


def _json(facts: Mapping[str, object]) -> bytes:
    # A lone surrogate becomes "\udXXX", which is how JSON itself escapes it.
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "backslashreplace")


def _record(kind: str, record_id: str, date: str, extra: _Headers, block: bytes) -> bytes:
    """Return one record as a gzip member of its own."""
    named = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        *extra,
        ("WARC-Block-Digest", _sha1(block)),
        ("Content-Length", str(len(block))),
    ]
    lines = "".join(f"{name}: {value}\r\n" for name, value in named)
    head = f"WARC/1.1\r\n{lines}\r\n".encode("utf-8", "surrogatepass")
    return gzip.compress(head + block + b"\r\n\r\n", 6, mtime=0)


def split_block(block: bytes) -> tuple[bytes, bytes]:
    """Return the header block with its empty line, and what follows it."""
    found = _END_OF_HEADERS.search(block)
    end = found.end() if found else len(block)
    return block[:end], block[end:]


class WarcWriter:
    """Writes captures and notes of one run into WARC files of its own.

    A file is named ``<UTC timestamp>-<run>-<serial>.warc.gz`` and carries the suffix ``.open``
    until it is finished; a reference already holds the final name.  Files of other writers
    are never touched.  With ``fsync`` each capture is on the platter before ``write`` returns;
    without it, it is with the operating system.
    """

    def __init__(
        self,
        directory: Path,
        *,
        run: str,
        software: str,
        collector: str,
        vantage: str,
        robots: str,
        max_bytes: int = 1_000_000_000,
        fsync: bool = False,
        settings: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._directory = directory
        self._info = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": CONFORMS_TO,
            "robots": robots,
            "operator": collector,
            "run": run,
            "vantage": vantage,
        } | {f"setting-{name}": value for name, value in sorted((settings or {}).items())}
        self._run = _NOT_FOR_NAMES.sub("-", run).strip("-.") or "run"
        self._max_bytes = max_bytes
        self._fsync = fsync
        self._clock = clock
        self._serial = 0
        self._name = ""
        self._info_id = ""
        self._file: BinaryIO | None = None

    def write(self, capture: Capture, request_block: bytes) -> Capture:
        """Return the capture with the place of its records, which are on disk by then.

        ``request_block`` is the request as sent.  A failed attempt (status 0) leaves one
        ``metadata`` record only; a 304 without a body is a ``revisit``.

        Raises:
            ValueError: the header block does not end with its one empty line.
        """
        if capture.status == 0:
            return self._write_failure(capture)
        if split_block(capture.header_block) != (capture.header_block, b"") or not (
            _END_OF_HEADERS.search(capture.header_block)
        ):
            raise ValueError(f"{capture.url}: a header block ends with its one empty line")
        response_id = _new_id()
        self._open_if_needed()
        about = self._about(capture)
        asked = [
            *about,
            ("Content-Type", _REQUEST),
            ("WARC-Concurrent-To", response_id),
            ("WARC-Payload-Digest", _sha1(split_block(request_block)[1])),
        ]
        knowledge = [
            *about,
            ("Content-Type", "application/json"),
            ("WARC-Concurrent-To", response_id),
            ("WARC-Refers-To", response_id),
        ]
        date = capture.captured_at
        response = _response_record(capture, response_id, about)
        (_, answer, _) = self._append(
            [
                (_record("request", _new_id(), date, asked, request_block), ""),
                (response, response_id),
                (_record("metadata", _new_id(), date, knowledge, _json(_facts(capture))), ""),
            ]
        )
        return replace(capture, ref=answer)

    def write_note(self, note: Note) -> Note:
        """Return the note with the place of its ``metadata`` record."""
        self._open_if_needed()
        facts: dict[str, object] = {
            "format": NOTE_FORMAT,
            "topic": note.topic,
            "about": note.about,
            "run": note.run,
            "facts": dict(note.facts),
        }
        extra = [
            ("WARC-Target-URI", _uri(note.about)),
            ("WARC-Warcinfo-ID", self._info_id),
            ("Content-Type", "application/json"),
        ]
        record_id = _new_id()
        record = _record("metadata", record_id, note.recorded_at, extra, _json(facts))
        (ref,) = self._append([(record, record_id)])
        return replace(note, ref=ref)

    def close(self) -> None:
        """Finish the file that is open: on the platter, under its final name."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        final = self._directory / self._name
        final.with_name(final.name + OPEN_SUFFIX).rename(final)

    def _write_failure(self, capture: Capture) -> Capture:
        self._open_if_needed()
        record_id = _new_id()
        extra = [*self._about(capture), ("Content-Type", "application/json")]
        block = _json(_facts(capture))
        record = _record("metadata", record_id, capture.captured_at, extra, block)
        (ref,) = self._append([(record, record_id)])
        return replace(capture, ref=ref)

    def _about(self, capture: Capture) -> _Headers:
        known_ip = [("WARC-IP-Address", capture.ip)] if capture.ip else []
        return [
            ("WARC-Target-URI", _uri(capture.url)),
            *known_ip,
            ("WARC-Warcinfo-ID", self._info_id),
        ]

    def _open_if_needed(self) -> None:
        """Start a file under a name nobody else holds, beginning with its ``warcinfo``."""
        if self._file is not None:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        moment = self._clock()
        while self._file is None:
            self._serial += 1
            self._name = f"{moment:%Y%m%d%H%M%S}-{self._run}-{self._serial:05d}.warc.gz"
            working = self._directory / (self._name + OPEN_SUFFIX)
            try:
                self._file = working.open("xb")
            except FileExistsError:
                continue
            if (self._directory / self._name).exists():
                self._file.close()
                working.unlink()
                self._file = None
        lines = (f"{key}: {' '.join(text.split())}\r\n" for key, text in self._info.items())
        self._info_id = _new_id()
        extra = [("WARC-Filename", self._name), ("Content-Type", "application/warc-fields")]
        block = "".join(lines).encode("utf-8", "surrogatepass")
        record = _record("warcinfo", self._info_id, _stamp(moment), extra, block)
        self._append([(record, self._info_id)])

    def _append(self, records: list[tuple[bytes, str]]) -> list[RecordRef]:
        """Write members in one go; where the disk refuses, the file ends where it ended before."""
        file = cast("BinaryIO", self._file)
        start = file.tell()
        try:
            file.write(b"".join(member for member, _ in records))
            file.flush()
            if self._fsync:
                os.fsync(file.fileno())
        except OSError:
            os.truncate(file.fileno(), start)
            raise
        refs = []
        offset = start
        for member, record_id in records:
            refs.append(RecordRef(self._name, offset, len(member), record_id))
            offset += len(member)
        if offset >= self._max_bytes:
            self.close()
        return refs


def _response_record(capture: Capture, record_id: str, about: _Headers) -> bytes:
    extra = [*about, ("Content-Type", _RESPONSE)]
    if capture.truncated:
        extra.append(("WARC-Truncated", capture.truncated))
    if capture.status == 304 and not capture.body:
        extra.append(("WARC-Profile", NOT_MODIFIED))
        return _record("revisit", record_id, capture.captured_at, extra, capture.header_block)
    extra.append(("WARC-Payload-Digest", _sha1(capture.body)))
    block = capture.header_block + capture.body
    return _record("response", record_id, capture.captured_at, extra, block)


def _facts(capture: Capture) -> dict[str, object]:
    return {
        "format": CAPTURE_FORMAT,
        "url": capture.url,
        "method": capture.method,
        "run": capture.run,
        "portal": capture.portal,
        "role": capture.role,
        "parent_url": capture.parent_url,
        "link_text": capture.link_text,
        "link_date": capture.link_date,
        "collector": capture.collector,
        "vantage": capture.vantage,
        "failure": capture.failure,
    }
