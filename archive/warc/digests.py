"""Whether the bytes of records are still those that were written.

This module decides which digests a record may state of itself, and lists those that do not agree
beside whatever cannot be read.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from archive.errors import BrokenArchive
from archive.warc.records import Record, is_http, records_from, unchunk
from archive.warc_writer import OPEN_SUFFIX, split_block

# A digest as in sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ
_DIGEST = re.compile(r"(sha1|sha256|sha512|md5):([A-Za-z0-9+/=_-]+)")


def check_warc(path: Path) -> list[str]:
    """Return what is wrong with a WARC file: digests that do not agree, damage; else nothing."""
    return list(map(str, find_damage(path)))


def find_damage(path: Path) -> Iterator[BrokenArchive]:
    """Return what is wrong, each with its place; damage that hides the rest is last."""
    try:
        with path.open("rb") as stream:
            for record in records_from(stream, path.name.removesuffix(OPEN_SUFFIX), 0):
                yield from _digest_problems(record)
    except BrokenArchive as broken:
        yield broken


def _digest_problems(record: Record) -> Iterator[BrokenArchive]:
    ref = record.ref
    where = f"{record.kind} {ref.record_id}"
    payload = split_block(record.block)[1] if is_http(record) else record.block
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
            reason = f"{where}: {name} {stated!r} is of an unknown kind"
            yield BrokenArchive(ref.file, ref.offset, reason)
        elif not any(_agrees(found[1], found[2], data) for data in candidates):
            yield BrokenArchive(ref.file, ref.offset, f"{where}: {name} does not agree")


def _agrees(algorithm: str, stated: str, data: bytes) -> bool:
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    spellings = (
        base64.b32encode(digest).decode(),
        base64.b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).decode(),
    )
    return stated in spellings or stated.lower() == digest.hex()
