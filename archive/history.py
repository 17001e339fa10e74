"""The states of a report in order of time, and what changed between two of them.

This module decides how the states of one report are numbered (over all its documents, by the
time at which each was first seen) and how a report is named by a person.  It only reads.  What
counts as a change is left to ``diff`` and ``change``, the evidence of a state to ``verify``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from unicodedata import normalize

from archive.change import Change, name_changes
from archive.diff import diff_contents
from archive.errors import NoArchive, UnknownReport, UnknownState
from archive.patch import Side, make_patch
from archive.reading import json_number
from archive.revision import Content
from archive.schema import open_to_read
from archive.store import DATABASE, load_revision

_MOST_LISTED = 10


@dataclass(frozen=True, slots=True)
class State:
    """What one document of a report showed in an interval; ``revision`` is ``None`` when gone."""

    number: int
    url: str
    seen_from: str
    seen_to: str
    captures: int
    revision: int | None
    digest: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states of a report, the changes that lead from one to the other, and their patch."""

    report: str
    older: State
    newer: State
    changes: tuple[Change, ...]
    patch: str


@contextmanager
def open_archive(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database of an archive, to read from; ``NoArchive`` where there is none."""
    path = folder / DATABASE
    if not path.exists():
        raise NoArchive(str(folder))
    with closing(open_to_read(path)) as db:
        yield db


def find_report(db: sqlite3.Connection, asked: str) -> str:
    """The key of the report that ``asked`` names: a key, or words of its key, body and title.

    Full-width letters and digits, as Chinese keyboards write them, count as the plain ones.
    """
    plain = normalize("NFKC", asked)
    if db.execute("SELECT 1 FROM reports WHERE key = ?", [plain]).fetchone():
        return plain
    words = [(word, normalize("NFKC", word)) for word in asked.split()]
    told = (
        "key || ' ' || ifnull(subject, '') || ' ' || ifnull(title, '') || ' ' || ifnull(year, '')"
    )
    where = " AND ".join([f"(instr({told}, ?) OR instr({told}, ?))"] * len(words)) or "0"
    rows = db.execute(
        f"SELECT key, title FROM reports WHERE {where} ORDER BY key LIMIT {_MOST_LISTED}",
        list(chain.from_iterable(words)),
    ).fetchall()
    if len(rows) != 1:
        raise UnknownReport(asked, [f"{key}  {title or ''}".rstrip() for key, title in rows])
    return str(rows[0][0])


def read_history(db: sqlite3.Connection, report: str) -> list[State]:
    """The states of a report, numbered from 1 in the order in which they were first seen."""
    rows = db.execute(
        "SELECT d.url, s.seen_from, s.seen_to, s.captures, s.revision, r.digest, r.title"
        " FROM documents d JOIN sightings s ON s.document = d.key"
        " LEFT JOIN revisions r ON r.id = s.revision"
        " WHERE d.report = ? ORDER BY s.seen_from, d.url, s.seq",
        [report],
    ).fetchall()
    return [State(number, *row) for number, row in enumerate(rows, start=1)]


def compare(
    db: sqlite3.Connection, report: str, older: int | None = None, newer: int | None = None
) -> Comparison:
    """Two states of a report side by side; the last two that differ where none is named.

    ``UnknownState`` where a number names no state, or one in which the document was gone.
    """
    states = read_history(db, report)
    shown = [state for state in states if state.revision is not None]
    if not shown:
        raise UnknownState(report, next((n for n in (newer, older) if n is not None), 1), 0)
    new = shown[-1] if newer is None else _state(report, states, newer)
    before = [s for s in shown if s.number < new.number and s.digest != new.digest]
    old = (before or [new])[-1] if older is None else _state(report, states, older)
    return _comparison(db, report, old, new)


def content_of_state(db: sqlite3.Connection, report: str, number: int) -> Content:
    """What a report showed in one of its states.

    ``UnknownState`` where there is no such state, or the document was gone.
    """
    state = _state(report, read_history(db, report), number)
    assert state.revision is not None
    return load_revision(db, state.revision)[0]


def _state(report: str, states: Sequence[State], number: int) -> State:
    for state in states:
        if state.number == number and state.revision is not None:
            return state
    raise UnknownState(report, number, len(states))


def _comparison(db: sqlite3.Connection, report: str, older: State, newer: State) -> Comparison:
    assert older.revision is not None
    assert newer.revision is not None
    old, old_printed = load_revision(db, older.revision)
    new, new_printed = load_revision(db, newer.revision)
    changes = name_changes(diff_contents(old, new), old_printed, new_printed)
    names = [
        Side(f"{report} state {state.number}", f"{state.seen_from} {state.digest}")
        for state in (older, newer)
    ]
    return Comparison(report, older, newer, changes, make_patch(old, new, *names))


def comparison_to_json(comparison: Comparison) -> dict[str, object]:
    """A comparison as JSON keeps it."""
    changes = [
        asdict(change) | {"difference": json_number(change.difference)}
        for change in comparison.changes
    ]
    return {
        "report": comparison.report,
        "from": asdict(comparison.older),
        "to": asdict(comparison.newer),
        "changes": changes,
    }
