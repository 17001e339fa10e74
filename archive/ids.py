"""Public keys: minted once in the append-only ``ids.jsonl``, never reused.

This module decides what a key looks like: one letter for the kind and ten base32 characters of
the sha256 of what it was first minted for, so that two archives mint the same key for the
same thing.  What a key stands for is looked up in the ledger first.  Where two keys turn out to mean
one thing, a line of kind ``redirect`` says which of them is used from then on.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Literal

from archive.errors import BrokenArchive
from archive.marks import Marks

KeyKind = Literal["body", "document"]
_LETTER: Mapping[str, str] = {"body": "b", "document": "d"}


def short_digest(text: str) -> str:
    """Ten lower-case base32 characters of the sha256 of ``text``."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode("ascii")[:10].lower()


def _derive(kind: str, name: str) -> str:
    return _LETTER.get(kind, "") + short_digest(f"{kind}:{name}")


class Ids:
    """The ledger beside the WARC files.

    Of a key that follows from what it stands for only its hash (64 bits) is kept in memory: an
    archive has hundreds of thousands.

    Raises:
        BrokenArchive: a line of the ledger is not what this class writes.  A torn last line
            (power failed while it was written) is cut off: its key is minted again, the same.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._minted = Marks()
        self._others: dict[tuple[str, str], str] = {}
        self._file: FileIO | None = None
        if path.exists():
            self._read()

    def _read(self) -> None:
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                entry = json.loads(line)
                self._remember(entry["key"], entry["kind"], entry["for"])
            except (ValueError, KeyError, TypeError) as error:
                raise BrokenArchive(
                    str(self._path), None, f"line {number} is no ledger entry: {error}"
                ) from error

    def known(self, kind: KeyKind, name: str) -> str | None:
        """The key of ``name``, ``None`` where none was minted."""
        derived = _derive(kind, name)
        key = self._others.get((kind, name), derived if derived in self._minted else None)
        return None if key is None else self.current(key)

    def redirect(self, old: str, new: str, decided_on: str) -> None:
        """Let ``old`` mean ``new`` from now on; ``old`` is never used for anything else.

        Raises:
            ValueError: ``new`` means ``old`` already.
        """
        if self.current(new) == old:
            raise ValueError(f"{old} and {new} would each mean the other")
        if self.current(old) != self.current(new):
            self._write(new, "redirect", old, decided_on)

    def current(self, key: str) -> str:
        """The key that is used today for what ``key`` was minted for."""
        while (later := self._others.get(("redirect", key))) is not None:
            key = later
        return key

    def key(self, kind: KeyKind, name: str, minted_at: str) -> str:
        """The key of ``name``, minted now (with the time of the capture) if it is new."""
        known = self.known(kind, name)
        if known is not None:
            return known
        key = _derive(kind, name)
        self._write(key, kind, name, minted_at)
        return key

    def _write(self, key: str, kind: str, name: str, minted_at: str) -> None:
        line = json.dumps(
            {"key": key, "kind": kind, "for": name, "minted_at": minted_at}, ensure_ascii=False
        )
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        self._file.write(line.encode("utf-8", "surrogatepass") + b"\n")
        self._remember(key, kind, name)

    def _remember(self, key: str, kind: str, name: str) -> None:
        if key == _derive(kind, name):
            self._minted.add(key)
        else:
            self._others[kind, name] = key

    def close(self) -> None:
        """Finish the ledger: what was minted is on the platter."""
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
