"""Writing WARC files: each exchange and each note on disk before anything is interpreted.

This module decides how captures and notes lie in WARC/1.1: a request, a response and one JSON
``metadata`` record with what the crawler knows and the bytes do not say.  The first visit that
finds nothing new is one ``revisit`` record with the same knowledge in a header of its own; later
ones, which are most of what an archive sees, stand side by side in one ``metadata`` record.  What to fetch is left to the crawler; finding records
again to ``archive.warc``; what counts as on disk to ``archive.disk``.

Records are written here and not by the WARC library, whose writer percent-encodes header
bytes that are not ASCII and drops the header block of a revisit.

Source: ISO 28500:2017 (WARC/1.1).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import cast

from archive.disk import DISK, Disk
from parsers.model import Capture, Note, RecordRef

OPEN_SUFFIX = ".open"
CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
WITHHELD = "https://open-report-archive.invalid/warc/revisit/withheld"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
CAPTURE_FORMAT = "open-report-archive/capture/1"
NOTE_FORMAT = "open-report-archive/note/1"
VISITS_FORMAT = "open-report-archive/visits/1"
VISITS_TOGETHER = 64
"""So many visits that found nothing new wait for one record; a crash may lose those that wait."""
FACTS_HEADER = "X-Capture"

# Facts that a revisit leaves to the ``warcinfo`` of its file where they are the same there.
SAID_BY_FILE = {"run": "run", "collector": "operator", "vantage": "vantage"}

_Headers = list[tuple[str, str]]
_RESPONSE = "application/http; msgtype=response"
_REQUEST = "application/http; msgtype=request"
# "run 7/a" -> "run-7-a": a run may have any name, a file may not.
_NOT_FOR_NAMES = re.compile(r"[^A-Za-z0-9.]+")
# "http://a.test/x y" -> "http://a.test/x%20y": nothing may end a header line early, and
# replay tools expect ASCII.
_NOT_FOR_URIS = re.compile(r"[^\x21-\x7e]+")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sha1_of(data: bytes) -> str:
    """A digest as WARC writes it, ``sha1:`` and base32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _uri(text: str) -> str:
    return _NOT_FOR_URIS.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")),
        text,
    )


def _json(facts: Mapping[str, object]) -> bytes:
    # A lone surrogate becomes "\udXXX", which is how JSON itself escapes it.
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "backslashreplace")


def pack_record(kind: str, record_id: str, date: str, extra: _Headers, block: bytes) -> bytes:
    """Return one record as a gzip member of its own."""
    named = [
        ("WARC-Type", kind),
        ("WARC-Record-ID", record_id),
        ("WARC-Date", date),
        *extra,
        ("WARC-Block-Digest", sha1_of(block)),
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


def open_runs(directory: Path) -> set[str]:
    """The ids of the runs whose files carry the name of an unfinished file."""
    return {path.name.split("-")[1] for path in directory.glob(f"*{OPEN_SUFFIX}")}


class WarcWriter:
    """Writes captures and notes of one run into WARC files of its own.

    A file is named ``<UTC timestamp>-<run>-<serial>.warc.gz`` and carries the suffix ``.open``
    until it is finished; a reference already holds the final name.  A lock on the open file
    tells a living writer from a dead one.  Files of other writers are never touched.

    With ``fsync`` each capture is on the platter before ``write`` returns; without it, it is
    with the operating system.  Where the disk refuses, the capture is not in the archive: the
    file ends where it ended before and is given up, still under its open name, for
    ``archive.recovery`` to finish; the next capture begins another.
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
        fsync: bool = True,
        settings: Mapping[str, object] | None = None,
        clock: Callable[[], datetime] = utc_now,
        disk: Disk = DISK,
    ) -> None:
        self._directory = directory
        info: dict[str, object] = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": CONFORMS_TO,
            "robots": robots,
            "operator": collector,
            "run": run,
            "vantage": vantage,
        } | {f"setting-{name}": value for name, value in sorted((settings or {}).items())}
        self._info = {name: " ".join(str(value).split()) for name, value in info.items()}
        self._run = _NOT_FOR_NAMES.sub("-", run).strip("-.") or "run"
        self._max_bytes = max_bytes
        self._fsync = fsync
        self._clock = clock
        self._disk = disk
        self._serial = 0
        self._name = ""
        self._info_id = ""
        self._end = 0
        self._file: FileIO | None = None
        self._waiting: list[Capture] = []

    def write(self, capture: Capture, request_block: bytes) -> Capture:
        """Return the capture with the place of its records, which are on disk by then.

        ``request_block`` is the request as sent.  A failed attempt (status 0) leaves one
        ``metadata`` record only; a 304 without a body, and an answer that repeats the body of
        its ``original``, leave one ``revisit`` record without a body.

        Raises:
            ValueError: the header block does not end with its one empty line.
            OSError: the disk refuses; the capture is not in the archive.
        """
        if capture.status == 0:
            return self._write_failure(capture)
        if split_block(capture.header_block) != (capture.header_block, b"") or not (
            _END_OF_HEADERS.search(capture.header_block)
        ):
            raise ValueError(f"{capture.url}: a header block ends with its one empty line")
        self._open_if_needed()
        record_id = _new_id()
        if _is_revisit(capture):
            (ref,) = self._append([(self._revisit_record(capture, record_id), record_id)])
        else:
            (_, ref, _) = self._append(self._exchange(capture, record_id, request_block))
        return replace(capture, ref=ref)

    def list_visit(self, capture: Capture) -> list[Capture]:
        """Keep a visit that found nothing new; the captures that are on disk now come back.

        It waits for others, so mostly none is: a visit counts once it has come back from here or
        from :meth:`flush`.

        Raises:
            ValueError: the capture is no visit without a body, or is cut off.
            OSError: the disk refuses; none of those that wait is in the archive.
        """
        if not _is_revisit(capture) or capture.original is None or capture.truncated:
            raise ValueError(f"{capture.url}: only a whole visit that found nothing new is listed")
        self._waiting.append(capture)
        return self.flush() if len(self._waiting) >= VISITS_TOGETHER else []

    def flush(self) -> list[Capture]:
        """Return the visits that waited, which are on disk now.

        Raises:
            OSError: the disk refuses; none of them is in the archive.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        self._open_if_needed()
        record_id = _new_id()
        visits = ",\n".join(_dump(self._visit(capture)) for capture in waiting)
        block = f'{{"format": "{VISITS_FORMAT}", "visits": [\n{visits}\n]}}'.encode()
        extra = [("WARC-Warcinfo-ID", self._info_id), ("Content-Type", "application/json")]
        record = pack_record("metadata", record_id, waiting[-1].captured_at, extra, block)
        (ref,) = self._append([(record, record_id)])
        return [
            replace(capture, body=b"", ref=replace(ref, record_id=id_of_visit(record_id, number)))
            for number, capture in enumerate(waiting)
        ]

    def _visit(self, capture: Capture) -> dict[str, object]:
        """A visit as its record lists it: all that a ``revisit`` record would say."""
        own = {name: self._info[key] for name, key in SAID_BY_FILE.items()}
        own |= {"format": CAPTURE_FORMAT, "method": "GET"}
        facts = {name: value for name, value in _facts(capture).items() if value != own.get(name)}
        assert capture.original is not None
        of = capture.original
        return facts | {
            "at": capture.captured_at,
            "ip": capture.ip,
            "head": capture.header_block.decode("latin-1"),
            "repeats": [of.record_id, of.captured_at, *([of.url] if of.url != capture.url else [])],
        }

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
        record = pack_record("metadata", record_id, note.recorded_at, extra, _json(facts))
        (ref,) = self._append([(record, record_id)])
        return replace(note, ref=ref)

    def close(self) -> None:
        """Finish the file that is open: on the platter, under its final name.

        Visits that wait are written first, and told to nobody: call :meth:`flush` before.

        Raises:
            OSError: the disk refuses; the file keeps its open name and what is in it.
        """
        self.flush()
        self._finish()

    def _finish(self) -> None:
        if self._file is None:
            return
        file, self._file = self._file, None
        final = self._directory / self._name
        with file:
            self._disk.sync(file)
            # Renamed under the lock: nobody takes the file for that of a dead writer.
            self._disk.rename(final.with_name(final.name + OPEN_SUFFIX), final)

    def _exchange(
        self, capture: Capture, response_id: str, request_block: bytes
    ) -> list[tuple[bytes, str]]:
        """Request, response and what the crawler knows, each with its id."""
        about, date = self._about(capture), capture.captured_at
        asked = [
            *about,
            ("Content-Type", _REQUEST),
            ("WARC-Concurrent-To", response_id),
            ("WARC-Payload-Digest", sha1_of(split_block(request_block)[1])),
        ]
        answered = [
            *about,
            ("Content-Type", _RESPONSE),
            *_truncated(capture),
            ("WARC-Payload-Digest", sha1_of(capture.body)),
        ]
        known = [
            *about,
            ("Content-Type", "application/json"),
            ("WARC-Concurrent-To", response_id),
            ("WARC-Refers-To", response_id),
        ]
        answer = capture.header_block + capture.body
        request_id, known_id = _new_id(), _new_id()
        return [
            (pack_record("request", request_id, date, asked, request_block), request_id),
            (pack_record("response", response_id, date, answered, answer), response_id),
            (pack_record("metadata", known_id, date, known, _json(_facts(capture))), known_id),
        ]

    def _revisit_record(self, capture: Capture, record_id: str) -> bytes:
        """The one record of a visit that found nothing new."""
        not_modified = capture.status == 304
        own = {name: self._info[key] for name, key in SAID_BY_FILE.items()}
        own |= {"format": CAPTURE_FORMAT, "url": _uri(capture.url), "method": "GET"}
        facts = {name: value for name, value in _facts(capture).items() if value != own.get(name)}
        payload = [] if not_modified else [("WARC-Payload-Digest", sha1_of(capture.body))]
        extra = [
            *self._about(capture)[:-1],  # the file's warcinfo is the one that applies anyway
            ("Content-Type", _RESPONSE),
            *_truncated(capture),
            *payload,
            ("WARC-Profile", NOT_MODIFIED if not_modified else IDENTICAL),
            *_original(capture),
            (FACTS_HEADER, json.dumps(facts, sort_keys=True)),
        ]
        return pack_record("revisit", record_id, capture.captured_at, extra, capture.header_block)

    def _write_failure(self, capture: Capture) -> Capture:
        self._open_if_needed()
        record_id = _new_id()
        extra = [*self._about(capture), ("Content-Type", "application/json")]
        block = _json(_facts(capture))
        record = pack_record("metadata", record_id, capture.captured_at, extra, block)
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
        if self._file is not None and self._end >= self._max_bytes:
            self._finish()
        if self._file is not None:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        moment = self._clock()
        while self._file is None:
            self._serial += 1
            begun = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"  # names sort by time
            self._name = f"{begun}-{self._run}-{self._serial:05d}.warc.gz"
            self._file = self._create(self._directory / self._name)
        self._end = 0
        lines = (f"{key}: {text}\r\n" for key, text in self._info.items())
        self._info_id = _new_id()
        extra = [("WARC-Filename", self._name), ("Content-Type", "application/warc-fields")]
        block = "".join(lines).encode("utf-8", "surrogatepass")
        record = pack_record("warcinfo", self._info_id, _stamp(moment), extra, block)
        self._append([(record, self._info_id)])

    def _create(self, final: Path) -> FileIO | None:
        """A new file that will end as ``final``, ``None`` where that name is taken."""
        working = final.with_name(final.name + OPEN_SUFFIX)
        try:
            file = self._disk.create(working)
        except FileExistsError:
            return None
        if final.exists():
            file.close()
            working.unlink()
            return None
        return file

    def _append(self, records: list[tuple[bytes, str]]) -> list[RecordRef]:
        """Write members in one go: all of them are on disk, or none counts."""
        file = cast("FileIO", self._file)
        refs = []
        end = self._end
        for member, record_id in records:
            refs.append(RecordRef(self._name, end, len(member), record_id))
            end += len(member)
        try:
            self._disk.append(file, b"".join(member for member, _ in records))
            if self._fsync:
                self._disk.sync(file)
        except OSError:
            self._file = None
            with file, suppress(OSError):  # what cannot be cut now is cut when recovered
                self._disk.cut(file, self._end)
            raise
        self._end = end
        return refs


def id_of_visit(record_id: str, number: int) -> str:
    """The id of one visit of a record that lists many, ``<urn:uuid:…#7>``."""
    return f"{record_id[:-1]}#{number}>"


def _dump(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, sort_keys=True)  # ASCII: a lone surrogate stays one


def _is_revisit(capture: Capture) -> bool:
    return (capture.status == 304 and not capture.body) or capture.original is not None


def _truncated(capture: Capture) -> _Headers:
    return [("WARC-Truncated", capture.truncated)] if capture.truncated else []


def _original(capture: Capture) -> _Headers:
    original = capture.original
    if original is None:
        return []
    return [
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", _uri(original.url)),
        ("WARC-Refers-To-Date", original.captured_at),
    ]


def _facts(capture: Capture) -> dict[str, object]:
    """What the crawler knows of a capture and its bytes do not say."""
    checked = {} if capture.tls is None else {"tls": capture.tls}
    return checked | {
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
