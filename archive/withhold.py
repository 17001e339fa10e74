"""One decision not to show something, carried out: written down, obeyed, its records sealed.

``withhold`` decides the order, which holds when power fails in between: once the decision is
written every command obeys it, and withholding the same target again finishes what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive import manifest
from archive.disk import DISK
from archive.ingest import Ingest
from archive.sealing import seal
from archive.withholding import Withholding, Withholdings, read_withholdings, write_withholding
from parsers.errors import ReportError
from parsers.model import RecordRef


class NothingToWithhold(ReportError):
    """Nothing in the archive is known by the name ``target``."""

    def __init__(self, target: str) -> None:
        super().__init__(f"{target}: no report, document, address or record of the archive")
        self.target = target


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was withheld: the addresses of the documents, and the records that were sealed."""

    documents: tuple[str, ...]
    records: tuple[RecordRef, ...]


def withhold(directory: Path, target: str, reason: str, decided_on: str, decider: str) -> Withheld:
    """Withhold a report, document, address or record, and everything that shows it.

    Raises:
        NothingToWithhold: the archive knows no such thing.
        BrokenArchive: a record cannot be sealed; the decision holds nevertheless.
    """
    known = next((d for d in read_withholdings(directory).decisions if d.target == target), None)
    with closing(Ingest(directory)) as ingest:
        decision = known or Withholding(target, reason, decided_on, decider)
        keys, addresses = _find(ingest, decision)
        if not keys:
            raise NothingToWithhold(target)
        records = [RecordRef(*place) for key in keys for place in ingest.store.records_of(key)]
    if known is None:
        write_withholding(
            directory, Withholding(target, reason, decided_on, decider, tuple(addresses))
        )
    Ingest(directory).close()
    for ref in records:
        seal(directory, ref)
    for file in sorted({ref.file for ref in records}):
        _leave_out(directory, file, {str(ref.offset) for ref in records if ref.file == file})
    _enter_again(directory, {ref.file for ref in records})
    return Withheld(tuple(addresses), tuple(records))


def _leave_out(directory: Path, file: str, offsets: set[str]) -> None:
    """Take sealed records out of the index of a file, so that no replay finds them."""
    path = directory / "cdxj" / f"{file}.cdxj"
    if path.exists():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = (
            line for line in lines if json.loads(line.split(" ", 2)[2])["offset"] not in offsets
        )
        DISK.replace(path, "".join(kept).encode())


def _enter_again(directory: Path, files: set[str]) -> None:
    """Say in the manifest that files are no longer what they were, and why."""
    entered = manifest.entries(directory)
    for name in sorted(files & entered.keys()):
        path = directory / "warc" / name
        manifest.enter(directory, path, entered[name].captures, reason="records were sealed")


def _find(ingest: Ingest, decision: Withholding) -> tuple[Sequence[str], Sequence[str]]:
    """Keys and addresses of the documents that a decision is about, withheld already or not."""
    about = Withholdings([decision])
    found = {
        key: url
        for key, url, *names in ingest.store.captured_documents()
        if about.cover(key, url, *names)
    }
    return sorted(found), sorted(set(found.values()))
