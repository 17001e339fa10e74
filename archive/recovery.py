"""After a run that was killed: what it had written and not yet interpreted.

A killed run leaves its WARC file open, perhaps with a last record that is cut off, and perhaps
with captures that the database does not know.  This module decides which open files nobody
writes any more, and gives them the end that their writer could not.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from archive.errors import BrokenArchive
from archive.ingest import Ingest
from archive.warc import read_records
from archive.warc_writer import OPEN_SUFFIX
from parsers.model import Capture


def recover(directory: Path) -> list[Path]:
    """Return the WARC files of killed runs, now finished and in the database.

    The bytes of a record that was cut off are cut away: they hold no exchange.
    """
    finished = []
    for path in sorted((directory / "warc").glob(f"*{OPEN_SUFFIX}")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # its writer lives
                continue
            if os.fstat(file.fileno()).st_size:  # else a writer may be about to lock it
                finished.append(_finish(directory, path))
    return finished


def _finish(directory: Path, path: Path) -> Path:
    ingest = Ingest(directory)
    try:
        for noun in read_records(path):
            if not isinstance(noun, Capture):
                ingest.note(noun)
            elif noun.portal is not None:  # else what the crawler knew of it was cut off
                ingest.capture(noun)
    except BrokenArchive as broken:
        if broken.offset is None:
            raise
        os.truncate(path, broken.offset)
    finally:
        ingest.close()
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    return path.rename(final)
