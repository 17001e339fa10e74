"""The whole database again from the WARC files, in parallel.

``rebuild`` is ``Ingest`` in order of time: worker processes read ahead (``reading.read`` is
pure), one writer stores, so neither the number of workers nor the order of the files matters.
The new database grows beside the old one under a name that says from what it is made; one that
was interrupted is continued, and a finished one takes the place of the old in one step.  Where an
older parser had read for the old one, what is read differently now is kept (``rereading``).
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Self, TypeVar

from archive.decisions import read_identity
from archive.entity import entity_body, header
from archive.errors import ArchiveInUse, BrokenArchive
from archive.ingest import Ingest, Prepared
from archive.plan import Plan, Step, foreign_files, scan, warc_files
from archive.reading import PARSER, read
from archive.rereading import find_all, keep_rereadings
from archive.revision import NORMALISATION
from archive.search import refresh
from archive.store import DATABASE
from archive.warc import read_body
from archive.warc_writer import utc_now
from archive.withholding import read_withholdings
from parsers.errors import ReportError
from parsers.model import Capture, Note

SCRATCH = "rebuilding"
CHUNK = 16
"""Steps that a worker takes at a time; a transaction of the writer holds as many."""
_NEW_OBJECTS_BETWEEN_COLLECTIONS = 50_000

Progress = Callable[[int, int], None]
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: steps in all, those found done already, and what could not be read."""

    steps: int
    resumed: int
    damage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A step with its body and, where one was asked for, its reading."""

    noun: Capture | Note
    prepared: Prepared | None = None


def rebuild(
    directory: Path, *, jobs: int = 1, progress: Progress = lambda _done, _all: None
) -> Rebuilt:
    """Build ``archive.db`` anew from the WARC files of ``directory``, ``jobs`` workers reading.

    Raises:
        ArchiveInUse: another process has the old database open, or rebuilds it; what has been
            built is kept for the next call.
    """
    with _alone(directory) as folder, _Workers(jobs) as pool:
        files = warc_files(directory)
        name = f"{DATABASE}.rebuild-{_fingerprint(directory, files)}"
        _clear_away(directory, name)
        damage, plan = _make_plan(directory, files, folder, pool)
        with closing(plan):
            total = plan.finish()
            resumed, unread = _write(directory, name, plan, pool, lambda n: progress(n, total))
        _close_for_good(directory / name)
        _put_in_place(directory / name, directory / DATABASE)
    return Rebuilt(total, resumed, (*map(str, damage), *unread))


@contextmanager
def _alone(directory: Path) -> Iterator[Path]:
    """A scratch folder, for the one rebuild that may be under way; nobody has the database open."""
    folder = directory / SCRATCH
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveInUse(str(directory / DATABASE)) from error
        if (directory / DATABASE).exists():
            _close_for_good(directory / DATABASE)  # said now rather than after hours
        yield folder
        shutil.rmtree(folder)


def _clear_away(directory: Path, name: str) -> None:
    """Remove what an interrupted rebuild has left, but the database ``name``."""
    for path in (directory / SCRATCH).glob("*.db"):
        path.unlink()
    for path in directory.glob(f"{DATABASE}.rebuild-*"):
        if not path.name.startswith(name):
            path.unlink()


def _fingerprint(directory: Path, files: Iterable[Path]) -> str:
    """A name for what a database is made from: files, parser, rules, decisions."""
    facts = [PARSER, str(NORMALISATION), *(f"{path.name} {path.stat().st_size}" for path in files)]
    facts += [str(read_withholdings(directory).decisions), str(read_identity(directory))]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


class _Workers:
    """Processes that read ahead; with one job everything happens in this process.

    No more is read ahead than the writer can take soon, so memory does not grow with the
    archive.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool = (
            ProcessPoolExecutor(jobs, get_context("spawn"), collect_rarely) if jobs > 1 else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Return the results of ``work`` in the order of ``tasks``."""
        if self._pool is None:
            yield from map(work, tasks)
            return
        source = iter(tasks)
        waiting: deque[Future[Result]] = deque()
        for task in islice(source, 3 * self._jobs):
            waiting.append(self._pool.submit(work, task))
        while waiting:
            done = waiting.popleft().result()
            for task in islice(source, 1):
                waiting.append(self._pool.submit(work, task))
            yield done


def collect_rarely() -> None:
    """Let Python look for cycles less often: a page is thousands of objects and no cycle."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_BETWEEN_COLLECTIONS)


def _make_plan(
    directory: Path, files: Iterable[Path], folder: Path, workers: _Workers
) -> tuple[list[BrokenArchive], Plan]:
    """Return the plan, and what kept files from being read to their end."""
    foreign = foreign_files(directory)
    tasks = [(path, foreign, folder / f"{number}.db") for number, path in enumerate(files)]
    plan = Plan(folder / "plan.db")
    damage: list[BrokenArchive] = []
    for (*_, scanned), broken in zip(tasks, workers.map(_scan, tasks), strict=True):
        plan.add(scanned)
        scanned.unlink()
        damage += broken
    return damage, plan


def _scan(task: tuple[Path, Sequence[Path], Path]) -> list[BrokenArchive]:
    return scan(*task)


def _write(
    directory: Path, name: str, plan: Plan, workers: _Workers, progress: Callable[[int], None]
) -> tuple[int, list[str]]:
    """Store every step; return how many were stored before, and what could not be interpreted."""
    ingest = Ingest(directory, name)
    ingest.store.db.execute("PRAGMA synchronous = OFF")
    done, unread = 0, []
    with closing(ingest):
        resumed = ingest.store.count_records()
        steps = (step for step in plan.steps() if not ingest.knows(step.noun))
        for chunk in workers.map(partial(_make_ready, directory), _chunks(steps)):
            with ingest.store.atomic():
                unread += [reason for ready in chunk if (reason := _store(ingest, ready))]
            done += len(chunk)
            progress(resumed + done)
        now = utc_now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        keep_rereadings(directory, find_all(directory / DATABASE, ingest.store.db, now))
        ingest.settle()
        refresh(ingest.store.db)
    return resumed, unread


def _chunks(steps: Iterable[Step]) -> Iterator[tuple[Step, ...]]:
    source = iter(steps)
    return iter(lambda: tuple(islice(source, CHUNK)), ())


def _store(ingest: Ingest, ready: Ready) -> str | None:
    """Store one step; return why it could not be interpreted, as a crawl would have logged it."""
    noun = ready.noun
    try:
        if isinstance(noun, Note):
            ingest.note(noun)
        else:
            ingest.capture(noun, ready.prepared)
    except (OSError, sqlite3.Error):
        raise
    except Exception as error:  # noqa: BLE001 - one page must not keep all others from being read
        ref = noun.ref
        where = f"{ref.file} at byte {ref.offset}" if ref else "?"
        return f"{where}: could not be interpreted: {type(error).__name__}: {error}"
    return None


def _make_ready(directory: Path, steps: Iterable[Step]) -> list[Ready]:
    return [_ready(directory, step) for step in steps]


def _ready(directory: Path, step: Step) -> Ready:
    """Return the step with its body and its reading."""
    noun = step.noun
    if isinstance(noun, Note) or step.body is None:
        return Ready(noun)
    noun = replace(noun, body=read_body(directory / "warc", step.body))
    if step.context is None:
        return Ready(noun)
    try:
        body = entity_body(noun.header_block, noun.body)
    except ReportError:
        return Ready(noun)
    content_type = header(noun.header_block, "Content-Type")
    try:
        reading = read(body, content_type=content_type, name=noun.url, context=step.context)
    except Exception:  # noqa: BLE001 - the writer meets it again, and says where
        return Ready(noun)
    return Ready(noun, Prepared(step.context, reading))


def _close_for_good(database: Path) -> None:
    """Take the log of a database in, so that nothing of it is left beside the file.

    Raises:
        ArchiveInUse: somebody has it open.
    """
    with closing(sqlite3.connect(database, timeout=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # granted to the last user only
        except sqlite3.OperationalError as error:
            raise ArchiveInUse(str(database)) from error
        except sqlite3.DatabaseError:  # no database any more: its log is worth nothing
            for suffix in ("-wal", "-shm"):
                Path(f"{database}{suffix}").unlink(missing_ok=True)


def _put_in_place(new: Path, database: Path) -> None:
    """Let the new database take the place of the old one, with nothing left of the old."""
    if database.exists():
        _close_for_good(database)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(database)
