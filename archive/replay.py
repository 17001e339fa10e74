"""A copy of the WARC files that may be shown: nothing withheld, personal numbers masked.

The records of the archive are evidence and keep every byte; whoever replays them shows what was
sent.  ``write_replay`` makes files of their own for replay tools.  This module decides what of a
record may be shown: answers are copied as they are, answers in text with personal numbers are
written anew with the numbers masked, and what is withheld or cannot be masked is left out.  What
is personal is decided by ``parsers.personal``.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archive.cdxj import index_line
from archive.entity import entity_body, header
from archive.errors import BrokenArchive
from archive.history import open_archive
from archive.plan import warc_files
from archive.warc import Record, read_raw, unchunk
from archive.warc_writer import OPEN_SUFFIX, WITHHELD, pack_record, sha1_of, split_block
from archive.withholding import Withholdings, read_withholdings
from parsers.charset import decode
from parsers.errors import ReportError
from parsers.media import sniff_media_type
from parsers.personal import MASK, mask_text

# Tags that may stand inside a number, and all others, which end one
_INLINE = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|font|big|small|sub|sup|o:p)\b[^>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]*>")
# Header lines that are no longer true of a body without its coding
_OF_THE_BODY = re.compile(
    rb"(?im)^(?:content-(?:encoding|length|md5)|transfer-encoding|digest|repr-digest|etag):[^\r\n]*\r?\n"
)
_KEPT = ("warc-target-uri", "warc-ip-address", "content-type",
         "warc-profile", "warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date",
         "warc-truncated")  # fmt: skip
_SHOWN = {"response", "revisit", "resource"}


@dataclass(slots=True)
class Replay:
    """How many records were copied and masked, and why others were left out, by reason."""

    copied: int = 0
    masked: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


class NotShown(Exception):
    """A record may not be shown."""


class _Known:
    """What the database knows of records, and what has been decided about them."""

    def __init__(self, db: sqlite3.Connection, withheld: Withholdings) -> None:
        self._db = db
        self._withheld = withheld

    def is_withheld(self, record: Record) -> bool:
        """Whether a record, its document or the page that shows it is withheld."""
        names = self._db.execute(
            "SELECT document, iif(role = 'document', NULL, parent_url) FROM captures"
            " WHERE record_id = ?",
            [record.ref.record_id],
        ).fetchone()
        refers = record.get("WARC-Refers-To")
        url = record.get("WARC-Target-URI")
        return self._withheld.cover(*(names or ()), url, record.ref.record_id, refers)

    def reading(self, record: Record) -> str | None:
        """Of a document that was read its text; empty where nobody could, ``None`` of others."""
        row = self._db.execute(
            "SELECT ifnull(v.text, '') FROM captures c LEFT JOIN revisions v ON v.id = c.revision"
            " WHERE c.record_id = ? AND c.document IS NOT NULL",
            [record.ref.record_id],
        ).fetchone()
        return None if row is None else str(row[0])


def write_replay(directory: Path, target: Path) -> Replay:
    """Write ``warc/``, ``cdxj/`` and a ``config.yaml`` for pywb into ``target``.

    Raises:
        NoArchive: there is no database.
        FileExistsError: ``target`` holds something already.
    """
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    told = Replay()
    digests: dict[str, str] = {}
    with open_archive(directory) as db:
        known = _Known(db, read_withholdings(directory))
        for folder in ("warc", "cdxj"):
            (target / folder).mkdir(parents=True, exist_ok=True)
        for path in warc_files(directory):
            _copy(path, target, known, digests, told)
    config = {"collections": {"archive": {"index_paths": "cdxj", "archive_paths": "warc/"}}}
    (target / "config.yaml").write_text(json.dumps(config) + "\n", "utf-8")  # JSON is YAML
    return told


def _copy(path: Path, target: Path, known: _Known, digests: dict[str, str], told: Replay) -> None:
    """Write what may be shown of one file, and its index."""
    name = path.name.removesuffix(OPEN_SUFFIX)
    lines: list[str] = []
    with path.open("rb") as source, (target / "warc" / name).open("wb") as out:
        for record in _readable(path, told):
            if record.kind == "warcinfo":
                out.write(_member(source, record))
            if record.kind not in _SHOWN:
                continue
            try:
                changed = _shown(record, known, digests)
            except NotShown as reason:
                told.left_out[str(reason)] = told.left_out.get(str(reason), 0) + 1
                continue
            place = out.tell()
            out.write(_member(source, record) if changed is None else changed)
            told.copied += changed is None
            told.masked += changed is not None
            if line := index_line(record):
                lines.append(_moved(line, place, out.tell() - place, digests))
    (target / "cdxj" / f"{name}.cdxj").write_text("".join(sorted(lines)), "utf-8")


def _readable(path: Path, told: Replay) -> Iterator[Record]:
    try:
        yield from read_raw(path)
    except BrokenArchive:  # said by `verify`
        told.left_out["damaged"] = told.left_out.get("damaged", 0) + 1


def _member(source: BinaryIO, record: Record) -> bytes:
    """The bytes of a record as they lie in the file; packed where they are not."""
    source.seek(record.ref.offset)
    data = source.read(record.ref.length)
    return data if data.startswith(b"\x1f\x8b") else gzip.compress(data, 6, mtime=0)


def _moved(line: str, place: int, length: int, digests: dict[str, str]) -> str:
    """A line of the index for the record where it lies now."""
    key, stamp, facts = line.split(" ", 2)
    told = json.loads(facts)
    told |= {"offset": str(place), "length": str(length)}
    told["digest"] = digests.get(told["digest"], told["digest"])
    return f"{key} {stamp} {json.dumps(told)}\n"


def _shown(record: Record, known: _Known, digests: dict[str, str]) -> bytes | None:
    """The record as it is to be shown; ``None`` where it may be copied as it is.

    Raises:
        NotShown: it may not be shown.
    """
    if record.get("WARC-Profile") == WITHHELD or known.is_withheld(record):
        raise NotShown("withheld")
    digest = record.get("WARC-Payload-Digest") or record.ref.record_id
    if record.kind == "revisit":
        if digest not in digests:
            return None
        if digests[digest] == "":
            raise NotShown("personal")
        return _written(record, record.block, digests[digest])
    try:
        masked = _masked(record, known)
    except NotShown:
        digests[digest] = ""
        raise
    if masked is None:
        return None
    head, body = masked
    digests[digest] = sha1_of(body)
    return _written(record, head + body, digests[digest])


def _masked(record: Record, known: _Known) -> tuple[bytes, bytes] | None:
    """Header block and body with what is personal masked; ``None`` where nothing is."""
    head, sent = split_block(record.block)
    if "chunked" in (header(head, "Transfer-Encoding") or "").lower():
        sent = unchunk(sent)
    try:
        body = entity_body(head, sent)
    except ReportError as error:
        raise NotShown("unreadable") from error
    content_type = header(head, "Content-Type")
    media = sniff_media_type(body, content_type, record.get("WARC-Target-URI") or "")
    decoded = decode(body, content_type, media)
    if decoded.encoding is None:
        told = known.reading(record) if body else None
        if told is not None and (not told or MASK * 3 in told):
            raise NotShown("personal" if told else "unreadable")
        return None
    text = mask_text(decoded.text)
    if _plain(text) != mask_text(_plain(decoded.text)):
        raise NotShown("personal")  # in pieces, between tags or as entities
    if text == decoded.text:
        return None
    try:
        if decoded.text.encode(decoded.encoding) != body:
            raise NotShown("personal")
        body = text.encode(decoded.encoding)
    except (UnicodeError, LookupError) as error:
        raise NotShown("personal") from error
    more = f"Content-Length: {len(body)}\r\nX-Archive-Masked: personal numbers\r\n\r\n"
    return _OF_THE_BODY.sub(b"", head).removesuffix(b"\r\n") + more.encode(), body


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("\n", _INLINE.sub("", text)))


def _written(record: Record, block: bytes, digest: str) -> bytes:
    """The record with another block, under its own id and time."""
    extra = [(name, value) for name, value in record.headers if name in _KEPT]
    extra.append(("WARC-Payload-Digest", digest))
    return pack_record(
        record.kind, record.ref.record_id, record.get("WARC-Date") or "", extra, block
    )
