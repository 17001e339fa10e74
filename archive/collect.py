"""WARC and WACZ files, ours or others', taken into the archive.

``collect`` copies a file into the archive, stores what it holds, and enters it into the manifest.
What a foreign capture means is decided in ``foreign``.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.errors import BrokenArchive
from archive.foreign import bring_in, read
from archive.ingest import Ingest
from archive.plan import foreign_files
from archive.recovery import finish
from parsers.model import Capture


@dataclass(frozen=True, slots=True)
class Collected:
    """One file as it lies in the archive now: outcomes of its captures, and what is damaged."""

    file: str
    outcomes: Mapping[str, int]
    damage: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        return "\n  ".join([f"{self.file}: {told or 'no captures'}", *self.damage])


def collect(path: Path, directory: Path) -> list[Collected]:
    """Return what became of a WARC file, or of each WARC file in a WACZ file.

    Raises:
        BrokenArchive: nothing of it can be read, and why.
        OSError: the file cannot be opened, or the archive cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    files = bring_in(path, directory)
    foreign = foreign_files(directory)
    with closing(Ingest(directory)) as ingest:
        collected = [_store(ingest, file, foreign) for file in files]
    finish(directory)
    return collected


def _store(ingest: Ingest, path: Path, others: Iterable[Path]) -> Collected:
    outcomes: Counter[str] = Counter()
    damage: list[str] = []
    for noun in read(path, *others):
        if isinstance(noun, BrokenArchive):
            damage.append(str(noun))
            continue
        try:
            if isinstance(noun, Capture):
                outcomes[ingest.capture(noun).name] += 1
            else:
                ingest.note(noun)
        except (OSError, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001 - one page must not keep the rest from being read
            offset = noun.ref.offset if noun.ref else 0
            damage.append(f"{path.name} at byte {offset}: could not be interpreted: {error!r}")
    return Collected(path.name, dict(outcomes), tuple(damage))
