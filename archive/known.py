"""What earlier runs have met and learnt, as the next crawl asks for it before it begins.

Everything is read from ``archive.db``, which may not exist yet or be in the hands of another
process.  What becomes of a capture is decided in ``ingest``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.schema import open_to_read
from archive.store import DATABASE
from parsers.model import RecordRef


def rows_of(directory: Path, query: str, *arguments: object) -> list[Any]:
    """The rows of a query on the database of an archive, none where there is no archive yet."""
    path = directory / DATABASE
    if not path.exists():
        return []
    with closing(open_to_read(path)) as db:
        return db.execute(query, arguments).fetchall()


def known_urls(directory: Path, portal: str) -> set[str]:
    """The addresses of a portal's documents that have been read, or that lead elsewhere."""
    rows = rows_of(
        directory,
        "SELECT d.url FROM documents d WHERE d.portal = ? AND d.part_of IS NULL"
        " AND (d.status <> 'unread' OR EXISTS (SELECT 1 FROM captures c"
        " WHERE c.document = d.key AND c.status BETWEEN 300 AND 399 AND c.status <> 304))",
        portal,
    )
    return {url for (url,) in rows}


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as the database knows it; ``facts`` are those of its notes."""

    id: str
    outcome: str | None
    facts: Mapping[str, object]


def past_runs(directory: Path, spider: str, since: str) -> list[PastRun]:
    """The runs of a spider that began after ``since``, in order of time."""
    rows = rows_of(
        directory,
        "SELECT id, outcome, facts FROM runs WHERE spider = ? AND started_at >= ?"
        " ORDER BY started_at, id",
        spider,
        since,
    )
    return [PastRun(run, outcome, json.loads(facts)) for run, outcome, facts in rows]


def answers_of(directory: Path, runs: Sequence[str]) -> list[tuple[str, int, RecordRef]]:
    """Address, status and record of every whole answer that these runs got, in order of time."""
    rows = rows_of(
        directory,
        "SELECT url, status, warc_file, warc_offset, warc_length, record_id FROM captures"
        f" WHERE run IN ({', '.join('?' * len(runs))}) AND status > 0 AND truncated IS NULL"
        " AND role <> 'robots' AND outcome NOT LIKE 'blocked:%'"
        " ORDER BY captured_at, id",
        *runs,
    )
    return [(url, status, RecordRef(*where)) for url, status, *where in rows]
