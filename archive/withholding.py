"""Decisions not to show something: ``withholdings.toml``, beside the WARC files.

This module decides how a decision is written down and what it is about: a document by its key or
address, a capture by its record id, or a report by its key together with the documents that
showed it.  It is obeyed by ``ingest``, and so by everything that reads the database; a tombstone
(the row of ``withholdings``, a document without content) stays.  Where the record itself goes
is ``sealing``'s.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from archive.errors import BrokenArchive
from archive.identity import document_name

WITHHOLDINGS = "withholdings.toml"
_HEAD = "# Decisions not to show something; obeyed by every command. Undo one by removing it, then\n# run `scrapy rebuild`; a sealed record stays in sealed/.\n"


@dataclass(frozen=True, slots=True)
class Withholding:
    """One decision; ``documents`` are the addresses that showed a withheld report."""

    target: str
    reason: str
    decided_on: str
    decider: str
    documents: tuple[str, ...] = ()


class Withholdings:
    """The decisions of one archive, asked by what they are about."""

    def __init__(self, decisions: Iterable[Withholding] = ()) -> None:
        self.decisions = tuple(decisions)
        self._about = {
            document_name(name) for one in self.decisions for name in (one.target, *one.documents)
        }

    def cover(self, *names: str | None) -> bool:
        """Whether one of these keys, addresses or record ids is withheld."""
        return bool(self._about) and any(
            document_name(name) in self._about for name in names if name is not None
        )


def read_withholdings(directory: Path) -> Withholdings:
    """Return the decisions of an archive directory; none where there is no file.

    Raises:
        BrokenArchive: the file cannot be understood; nothing may be shown until it can.
    """
    path = directory / WITHHOLDINGS
    if not path.exists():
        return Withholdings()
    try:
        return Withholdings(_decisions(tomllib.loads(path.read_text("utf-8"))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenArchive(WITHHOLDINGS, None, f"cannot be understood: {error}") from error


def _decisions(tables: dict[str, Any]) -> Iterator[Withholding]:
    for entry in tables.pop("withholding", []):
        told = {name: entry.pop(name) for name in ("target", "reason", "decided_on", "decider")}
        documents = entry.pop("documents", [])
        if entry:
            raise ValueError(f"unknown key {', '.join(entry)} beside target {told['target']}")
        if not isinstance(documents, list) or not isinstance(told["decided_on"], date):
            raise TypeError(f"decided_on or documents of {told['target']}")
        told["decided_on"] = told["decided_on"].isoformat()
        yield Withholding(**told, documents=tuple(map(str, documents)))
    if tables:
        raise ValueError(f"unknown: {', '.join(tables)}")


def write_withholding(directory: Path, decision: Withholding) -> None:
    """Add a decision to the file, on the platter when this returns."""
    date.fromisoformat(decision.decided_on)
    told = {
        "target": _quoted(decision.target),
        "reason": _quoted(decision.reason),
        "decided_on": decision.decided_on,
        "decider": _quoted(decision.decider),
        "documents": f"[{', '.join(map(_quoted, decision.documents))}]",
    }
    path = directory / WITHHOLDINGS
    head = "" if path.exists() else _HEAD
    lines = "".join(f"{name} = {value}\n" for name, value in told.items())
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{head}\n[[withholding]]\n{lines}")
        file.flush()
        os.fsync(file.fileno())


def _quoted(text: str) -> str:
    # A TOML string is written like one of JSON, but DEL is escaped, too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
