"""WARC and WACZ files made by others: their captures, as far as they can be read.

This module decides what a capture of another collector means here: which page of it is a report,
which earlier record holds the body of a revisit, which address led to it.  Time and collector
stay those of the other.  How records lie in a file is left to ``archive.warc``.

Tried with files of wget, warcprox, Webrecorder, browsertrix and Heritrix and with exports of the
Wayback Machine; what they leave out (portal, text of the link) stays unknown.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import IO
from urllib.parse import urljoin, urlsplit

from archive.disk import DISK
from archive.entity import entity_body, header
from archive.errors import BrokenArchive
from archive.reading import read as read_page
from archive.warc import Record, is_of_ours, read_capture, read_raw, salvage
from parsers.errors import ReportError
from parsers.model import Capture, Context, Note, Original, RecordRef, Role

_READABLE = ("text/html", "application/xhtml", "application/pdf", "application/msword",
             "application/vnd.", "text/plain")  # fmt: skip
_WARC_SUFFIXES = (".warc", ".warc.gz")


def bring_in(path: Path, directory: Path) -> list[Path]:
    """Return the WARC files of ``path`` as they now lie in the archive, WACZ files unpacked.

    A file keeps its name and gets the beginning of its sha256, so that no two files are taken for
    one another.  One that lies in the archive already, under whatever name, is not copied again.
    One that was not packed record by record is kept unpacked: its records could not be found
    again otherwise.

    Raises:
        BrokenArchive: nothing of it can be read, and why.
    """
    folder = directory / "warc"
    folder.mkdir(parents=True, exist_ok=True)
    if not zipfile.is_zipfile(path):
        with path.open("rb") as source:
            return [_keep(source, path.name, path.name, folder)]
    try:
        with zipfile.ZipFile(path) as package:
            inside = [name for name in package.namelist() if name.endswith(_WARC_SUFFIXES)]
            if not inside:
                raise BrokenArchive(path.name, None, "a ZIP file without WARC files in it")
            kept = []
            for name in inside:
                with package.open(name) as source:
                    shown = f"{path.stem}-{Path(name).name}"
                    kept.append(_keep(source, f"{path.name}/{name}", shown, folder))
            return kept
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BrokenArchive(path.name, None, f"the ZIP file cannot be read: {error}") from error


def _keep(source: IO[bytes], said: str, name: str, folder: Path) -> Path:
    """Copy a WARC file into the archive under a name of its own."""
    draft = folder.parent / f".{Path(name).name}.draft"
    try:
        _copy(source, draft)
        _refuse(draft, said)
        if _is_packed(draft) and _is_packed_otherwise(draft):
            unpacked = draft.with_suffix(".unpacked")
            with gzip.open(draft) as whole:
                _copy(whole, unpacked)
            unpacked.replace(draft)
        digest = _sha256(draft)
        if known := _find(folder, draft.stat().st_size, digest):
            return known
        suffix = ".warc.gz" if _is_packed(draft) else ".warc"
        stem = Path(name).name.removesuffix(".gz").removesuffix(".warc")
        final = folder / f"{stem}-{digest[:12]}{suffix}"
        DISK.rename(draft, final)
        return final
    finally:
        draft.unlink(missing_ok=True)


def _find(folder: Path, size: int, digest: str) -> Path | None:
    """The finished WARC file of the archive that holds these bytes."""
    files = sorted(path for path in folder.iterdir() if path.name.endswith(_WARC_SUFFIXES))
    alike = (path for path in files if path.stat().st_size == size)
    return next((path for path in alike if _sha256(path) == digest), None)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path) -> None:
    """Copy as far as the source can be read."""
    with FileIO(target, "wb") as file:
        with suppress(EOFError, zlib.error, gzip.BadGzipFile):
            shutil.copyfileobj(source, file)
        DISK.sync(file)


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _is_packed_otherwise(path: Path) -> bool:
    """Whether the first gzip member of a file is not just its first record."""
    try:
        for _ in islice(read_raw(path), 2):
            pass
    except BrokenArchive as broken:
        return broken.offset == 0
    return False


def _refuse(path: Path, said: str) -> None:
    """Raise the reason why a file is none of ours to read, if it is not."""
    with gzip.open(path) if _is_packed(path) else path.open("rb") as file:
        try:
            start = file.read(9)
        except (OSError, EOFError, zlib.error):
            start = b""
    if start == b"filedesc:":
        reason = "an ARC file; `warcio recompress` makes a WARC file of it"
        raise BrokenArchive(said, 0, reason)
    if not start.startswith(b"WARC/"):
        raise BrokenArchive(said, 0, "no WARC file")


def read(path: Path, *others: Path) -> Iterator[Capture | Note | BrokenArchive]:
    """Return what a WARC file holds, ours or another's, and in its place whatever is damaged.

    Bodies of revisits are looked for in the file itself and in ``others``.
    """
    if is_of_ours(path):
        yield from salvage(path)
        return
    bodies: _Bodies | None = None
    led: dict[str, str] = {}
    reports: set[str] = set()
    for noun in salvage(path):
        if not isinstance(noun, Capture):
            yield noun
            continue
        capture = noun
        if capture.original is not None:
            bodies = bodies or _Bodies((path, *others))
            capture = bodies.complete(capture)
        target = header(capture.header_block, "Location")
        if target and 300 <= capture.status < 400:
            led.setdefault(urljoin(capture.url, target), capture.url)
        role = _role(capture, reports)
        yield replace(capture, role=role, parent_url=capture.parent_url or led.get(capture.url))


def _role(capture: Capture, reports: set[str]) -> Role:
    """Say what a page is here; ``reports`` are the addresses that showed one, and grows."""
    if urlsplit(capture.url).path == "/robots.txt":
        return "robots"
    if capture.url not in reports and _shows_report(capture):
        reports.add(capture.url)
    return "document" if capture.url in reports else "other"


def _shows_report(capture: Capture) -> bool:
    content_type = (header(capture.header_block, "Content-Type") or "").lower()
    if capture.status != 200 or not content_type.startswith(_READABLE):
        return False
    try:
        body = entity_body(capture.header_block, capture.body)
        context = Context(url=capture.url)
        page = read_page(body, content_type=content_type, name=capture.url, context=context)
    except ReportError:
        return False
    return page.report.kind != "other"


class _Bodies:
    """Where the bodies that revisits refer to lie: by record id, address and time, or digest."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._folders: dict[str, Path] = {}
        self._places: dict[object, RecordRef] = {}
        self._digests: dict[str, str | None] = {}
        for path in paths:
            self._folders[path.name] = path.parent
            with suppress(BrokenArchive):
                for record in read_raw(path):
                    self._add(record)

    def _add(self, record: Record) -> None:
        if record.kind == "response":
            address = (record.get("WARC-Target-URI"), record.get("WARC-Date"))
            for key in (record.ref.record_id, address, record.get("WARC-Payload-Digest")):
                if key:
                    self._places.setdefault(key, record.ref)
        elif record.kind == "revisit":
            self._digests[record.ref.record_id] = record.get("WARC-Payload-Digest")

    def complete(self, capture: Capture) -> Capture:
        """Return a revisit with the body that it refers to, or as it was where there is none."""
        original = capture.original
        assert original is not None
        assert capture.ref is not None
        address = (original.url, original.captured_at)
        digest = self._digests.get(capture.ref.record_id)
        for key in (original.record_id, address, digest):
            ref = self._places.get(key)
            if ref is not None:
                with suppress(BrokenArchive):
                    return _completed(capture, read_capture(self._folders[ref.file], ref))
        return capture if original.record_id else replace(capture, original=None)


def _completed(capture: Capture, found: Capture) -> Capture:
    """Return a revisit as what it repeats; a 304 has no body of its own."""
    assert found.ref is not None
    original = Original(found.ref.record_id, found.url, found.captured_at)
    body = b"" if capture.status == 304 else found.body
    return replace(capture, original=original, body=body, truncated=found.truncated, failure=None)
