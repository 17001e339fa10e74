"""The signed list of finished WARC files: each line holds the hash of the one before it.

``manifest.jsonl`` beside the WARC folder names every finished file with its size and sha256.
A line is signed with the archive's own Ed25519 key and cannot be changed, moved or left out
without breaking the lines after it.  This module decides what a line says and when the chain
holds; what that proves, and what it does not, is said in ``docs/evidence.md``.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from archive.disk import DISK, Disk
from archive.errors import BrokenArchive
from archive.warc_writer import OPEN_SUFFIX, utc_now

MANIFEST = "manifest.jsonl"
KEY = "signing-key.pem"
PUBLIC_KEY = "signing-key.pub"
BEFORE_THE_FIRST = "0" * 64

Rule = Literal[
    "line_unreadable",
    "line_torn",
    "chain_broken",
    "signature_wrong",
    "key_unknown",
    "file_missing",
    "file_changed",
    "not_entered",
    "stamp_wrong",
    "stamp_without_line",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a finished file as it was when it was entered.

    A later line for the same name takes the place of the earlier one and says why
    (``reason``); ``previous`` is the sha256 of the line before.
    """

    name: str
    size: int
    sha256: str
    captures: int
    entered_at: str
    previous: str
    key: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in which manifest and files do not agree; ``line`` counts from 1."""

    rule: Rule
    message: str
    file: str | None = None
    line: int | None = None


def warc_files(directory: Path) -> dict[str, Path]:
    """The finished WARC files of an archive by name, oldest name first."""
    found = sorted((directory / "warc").glob("*.warc*"))
    return {path.name: path for path in found if not path.name.endswith(OPEN_SUFFIX)}


def sha256_of(path: Path) -> str:
    """The sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def entries(directory: Path) -> dict[str, Entry]:
    """The newest line of each file, by name.

    Raises:
        BrokenArchive: a line cannot be read; a torn last line is none.
    """
    path = directory / MANIFEST
    whole, _, _ = (path.read_bytes() if path.exists() else b"").rpartition(b"\n")
    found: dict[str, Entry] = {}
    for number, line in enumerate(whole.split(b"\n") if whole else [], 1):
        signed = _read_line(line)
        if signed is None:
            raise BrokenArchive(MANIFEST, None, f"line {number} is no entry")
        found[signed[0].name] = signed[0]
    return found


def enter(
    directory: Path,
    path: Path,
    captures: int,
    *,
    reason: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    disk: Disk = DISK,
) -> Entry | None:
    """Return the new line of a finished file; ``None`` where it is entered as it is.

    ``captures`` is how many captures the file holds.  The signing key lies beside the manifest,
    or is a link from there to a safer place; it is made when it is first needed.
    """
    with _locked(directory / MANIFEST) as (file, last):
        private = _signing_key(directory)
        size, digest = path.stat().st_size, sha256_of(path)
        known = entries(directory).get(path.name)
        if known is not None and (known.size, known.sha256) == (size, digest):
            return None
        entry = Entry(
            name=path.name,
            size=size,
            sha256=digest,
            captures=captures,
            entered_at=clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            previous=last,
            key=_public_text(private.public_key()),
            reason=reason,
        )
        said = asdict(entry)
        signature = base64.b64encode(private.sign(_canonical(said))).decode("ascii")
        disk.append(file, _canonical(said | {"signature": signature}) + b"\n")
        disk.sync(file)
        disk.sync_folder(directory)
    return entry


def check(directory: Path, key: str | None = None) -> tuple[Problem, ...]:
    """What is wrong with the chain of an archive, and with the files it names; else nothing.

    ``key`` is the public key that the signatures must be of, from a source that whoever
    changed the archive could not change; by default the one that lies beside the manifest.
    Every file is read.
    """
    path = directory / MANIFEST
    content = path.read_bytes() if path.exists() else b""
    trusted = key or _stored_public_key(directory)
    newest: dict[str, tuple[int, Entry]] = {}
    problems: list[Problem] = []
    previous = BEFORE_THE_FIRST
    lines = content.split(b"\n")
    if lines.pop():
        problems.append(Problem("line_torn", "the last line has no end", line=len(lines) + 1))
    for number, line in enumerate(lines, 1):
        signed = _read_line(line)
        if signed is None:
            problems.append(Problem("line_unreadable", "this line is no entry", line=number))
        else:
            problems += _line_problems(number, signed, previous, trusted)
            newest[signed[0].name] = (number, signed[0])
        previous = hashlib.sha256(line).hexdigest()
    problems += _file_problems(newest, warc_files(directory))
    return tuple(problems)


def _line_problems(
    number: int, signed: tuple[Entry, bytes], previous: str, trusted: str | None
) -> Iterator[Problem]:
    entry, signature = signed
    if entry.previous != previous:
        message = "this line does not follow the one before it"
        yield Problem("chain_broken", message, entry.name, number)
    if entry.key != trusted:
        message = f"signed with a key that is not the archive's: {entry.key}"
        yield Problem("key_unknown", message, entry.name, number)
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(entry.key))
        public.verify(signature, _canonical(asdict(entry)))
    except (ValueError, InvalidSignature):
        yield Problem("signature_wrong", "the signature does not agree", entry.name, number)


def _file_problems(
    newest: Mapping[str, tuple[int, Entry]], files: Mapping[str, Path]
) -> Iterator[Problem]:
    for name, (number, entry) in newest.items():
        path = files.get(name)
        if path is None:
            yield Problem("file_missing", f"{entry.size} bytes are missing", name, number)
        elif path.stat().st_size != entry.size:
            message = f"{path.stat().st_size} bytes, not {entry.size}"
            yield Problem("file_changed", message, name, number)
        elif sha256_of(path) != entry.sha256:
            yield Problem("file_changed", "its sha256 does not agree", name, number)
    for name in files.keys() - newest.keys():
        yield Problem("not_entered", "a finished file that is not in the manifest", name)


def _canonical(facts: Mapping[str, object]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode("ascii")


def _read_line(line: bytes) -> tuple[Entry, bytes] | None:
    """A line and its signature, ``None`` where it is not written as we write."""
    try:
        facts = json.loads(line)
        signature = base64.b64decode(facts.pop("signature"), validate=True)
        entry = Entry(**facts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    texts = (entry.name, entry.sha256, entry.entered_at, entry.previous, entry.key)
    numbers = (entry.size, entry.captures)
    whole = all(isinstance(t, str) for t in texts) and all(isinstance(n, int) for n in numbers)
    return (entry, signature) if whole else None


@contextmanager
def _locked(path: Path) -> Iterator[tuple[FileIO, str]]:
    """The manifest for appending, ours alone, and the sha256 of its last line.

    A line that its writer could not finish is cut off: its file is entered again.
    """
    with FileIO(path, "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.ftruncate(file.fileno(), len(whole))
        last = whole[:-1].rpartition(b"\n")[2]
        yield file, hashlib.sha256(last).hexdigest() if whole else BEFORE_THE_FIRST


def _signing_key(directory: Path) -> Ed25519PrivateKey:
    path = directory / KEY
    if path.exists():
        private = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(private, Ed25519PrivateKey):
            raise BrokenArchive(path.name, None, "the signing key is no Ed25519 key")
    else:
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        DISK.replace(path, pem, mode=0o600)
    public = directory / PUBLIC_KEY
    if not public.exists():
        DISK.replace(public, _public_text(private.public_key()) + "\n")
    return private


def _public_text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")


def _stored_public_key(directory: Path) -> str | None:
    path = directory / PUBLIC_KEY
    return path.read_text("ascii", "replace").strip() if path.exists() else None
