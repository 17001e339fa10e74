"""What a newer parser read differently in bytes that had not changed: our doing, not the source's.

``rereadings.jsonl`` lies beside the WARC files, one line for each difference, append-only: no
record says how an older parser read it, so a rebuild could not know.  This module decides what
differs between two readings of one capture (``compare_readings``), when it is kept (a crawl
reads a document again; a rebuild takes the place of an older database), and how the lines become
rows of ``changes`` with the cause ``parser``.  Differences of two databases that nobody keeps are
``compare``'s.  Only what is withheld is ever taken out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from archive.change import Change, Printed, name_changes
from archive.diff import diff_contents
from archive.disk import DISK
from archive.errors import BrokenArchive
from archive.ids import short_digest
from archive.reading import PARSER, json_number
from archive.revision import Content
from archive.schema import open_to_read
from archive.store import Store, load_revision

REREADINGS = "rereadings.jsonl"
Readings = Mapping[str, tuple[Content, Sequence[Printed]]]
"""What a capture was read as, by document: a page, and each part where it is a compilation."""

_STALE = (
    "SELECT v.parser, v.id, (SELECT c.record_id FROM captures c WHERE c.revision = v.id"
    " ORDER BY c.captured_at, c.id LIMIT 1) FROM revisions v WHERE v.parser <> ? ORDER BY v.id"
)


@dataclass(frozen=True, slots=True)
class Rereading:
    """One difference between what two versions of the parser read in a document.

    ``record_id`` is the WARC record that both read; ``reread_at`` is when the newer one did.
    """

    document: str
    record_id: str
    kind: str
    item: str
    place: str
    before: str | None
    after: str | None
    nature: str
    difference: int | float | str | None
    old_parser: str
    new_parser: str
    reread_at: str

    @property
    def key(self) -> str:
        """The key of the change, the same in every rebuild."""
        parsers = f"{self.old_parser}>{self.new_parser}"
        name = f"{self.document}|{self.record_id}|{self.kind}|{self.item}|{self.place}|{parsers}"
        return "c" + short_digest(name)


def readings_of(db: sqlite3.Connection, revision: int) -> Readings:
    """What a revision says, and each of its parts where it is that of a compilation."""
    [document] = db.execute("SELECT document FROM revisions WHERE id = ?", [revision]).fetchone()
    parts = db.execute("SELECT document, revision FROM parts WHERE whole = ?", [revision])
    return {key: load_revision(db, one) for key, one in [(document, revision), *parts.fetchall()]}


def compare_readings(
    before: tuple[Content, Sequence[Printed]], after: tuple[Content, Sequence[Printed]]
) -> list[Change]:
    """The differences of content, and of statistics that stand in words that are the same."""
    changes = list(name_changes(diff_contents(before[0], after[0]), before[1], after[1]))
    told = {one.item for one in changes if one.kind == "field"}
    was, now = ({(p.field, p.source, p.ordinal): p for p in side[1]} for side in (before, after))
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        if name[0] not in told and _told(old) != _told(new):
            changes.append(_name_statistic(old, new))
    return changes


def _told(one: Printed | None) -> tuple[object, ...] | None:
    return None if one is None else (one.value, one.raw, one.unit)


def _name_statistic(old: Printed | None, new: Printed | None) -> Change:
    """One statistic that is read now, was read before, or is read differently."""
    if old is None or new is None:
        one = old or new
        assert one is not None
        was, now = old.raw if old else None, new.raw if new else None
        return Change("field", one.field, one.source, was, now, "removed" if old else "added")
    was, now = old.raw, new.raw
    if was == now:  # the words are the same, the value is not
        was, now = f"{was} = {old.value}", f"{now} = {new.value}"
    known = old.value is not None and new.value is not None and old.unit == new.unit
    difference = new.value - old.value if known else None  # type: ignore[operator]
    return Change("field", new.field, new.source, was, now, "number", difference)


def find_rereadings(
    before: Readings, after: Readings, record_id: str, parsers: tuple[str, str], at: str
) -> Iterator[Rereading]:
    """Yield what two readings of a record, by two versions of the parser, say differently."""
    for document in sorted(before.keys() & after.keys()):
        for one in compare_readings(before[document], after[document]):
            difference = json_number(one.difference)
            yield Rereading(
                document, record_id, one.kind, one.item, one.place, one.before, one.after,
                one.nature, difference, *parsers, at,
            )  # fmt: skip


def find_all(old: Path, new: sqlite3.Connection, at: str) -> Iterator[Rereading]:
    """Yield what ``new`` reads differently where an older parser had read for the database ``old``."""
    for parser, record_id, before in _stale(old):
        row = new.execute("SELECT revision FROM captures WHERE record_id = ?", [record_id])
        revision = (row.fetchone() or (None,))[0]
        if revision is not None:
            after = readings_of(new, revision)
            yield from find_rereadings(before, after, record_id, (parser, PARSER), at)


def _stale(database: Path) -> Iterator[tuple[str, str, Readings]]:
    """Yield parser, record and readings of what an older parser read.

    A rebuild is what mends a damaged database: from where that cannot be read, it has nothing to say.
    """
    if not database.is_file():
        return
    try:
        with closing(open_to_read(database)) as db:
            for parser, revision, record_id in db.execute(_STALE, [PARSER]):
                if record_id is not None:  # parts are read with their whole
                    yield parser, record_id, readings_of(db, revision)
    except (sqlite3.DatabaseError, ValueError, TypeError):
        return


def read_rereadings(directory: Path) -> Iterator[Rereading]:
    """Yield every line; a torn last one is none.

    Raises:
        BrokenArchive: a line is no rereading.
    """
    path = directory / REREADINGS
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Rereading(**json.loads(line))
            except (ValueError, TypeError) as error:
                message = f"line {number} is no rereading: {error}"
                raise BrokenArchive(REREADINGS, None, message) from error


def keep_rereadings(directory: Path, found: Iterable[Rereading]) -> None:
    """Add lines, on the platter when this returns.

    A difference that was kept before a crash may be found once more: its key is the same.
    """
    lines = map(_line, found)
    first = next(lines, None)
    if first is not None:
        DISK.add_lines(directory / REREADINGS, chain([first], lines))


def settle_rereadings(store: Store, directory: Path) -> None:
    """Make the rows of ``changes`` that the lines mean, and take out lines of withheld documents."""
    withheld = False
    for one in read_rereadings(directory):
        if store.is_withheld(one.document):
            withheld = True
        else:
            store.add_rereading(one.key, asdict(one))
    if withheld:
        _take_out(directory, store.is_withheld)


def _take_out(directory: Path, is_withheld: Callable[[str], bool]) -> None:
    """Write the file anew; nobody adds to it meanwhile, for that takes the database, too."""
    kept = (one for one in read_rereadings(directory) if not is_withheld(one.document))
    DISK.replace(directory / REREADINGS, b"".join(map(_line, kept)))


def _line(one: Rereading) -> bytes:
    return json.dumps(asdict(one), ensure_ascii=False).encode() + b"\n"
