"""The database ``archive.db``: opened, made, and brought up to date, migration by migration.

This module decides how a database gets the tables of today, which stand in ``tables.sql``, and
how it is opened to write or to read.  It leaves views to ``views``, the tables that are the
package's own data to ``codebook``, rows to ``store`` and descriptions for readers to
``descriptions.toml``.

SQLite is derived, WARC is the truth: a migration may drop and refill anything but the files
beside the WARC folder (``ids.jsonl``, ``reviews.jsonl``,
``rereadings.jsonl``, ``withholdings.toml``).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from sqlite_utils import Database, Migrations

from archive.codebook import write_codebook
from archive.views import VIEWS, write_views

PATIENCE_MS = 60_000  # how long one crawl waits for another's transaction
PAGES_IN_LOG = 4000  # of 4 KB; a report changes about 15, many of them again with the next one

migrations = Migrations("archive")

_TABLES = (files("archive") / "tables.sql").read_text("utf-8")

_RELEASE = """
CREATE TABLE release (
  version TEXT PRIMARY KEY,
  released_on TEXT NOT NULL,
  first_captured TEXT,
  last_captured TEXT,
  software TEXT NOT NULL,
  parser TEXT NOT NULL,
  licence TEXT NOT NULL
) STRICT
"""


_PART_OF = "CREATE INDEX documents_part_of ON documents(part_of) WHERE part_of IS NOT NULL"


@migrations()
def create_tables(db: Database) -> None:
    """Create every table of the contract."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations()
def doubt_absences(db: Database) -> None:
    """Let a document be gone without being withdrawn, and a change be one of a whole portal.

    Databases made since have been created so.
    """
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'unsettled_portals'").fetchone():
        return
    db.execute("PRAGMA legacy_alter_table = ON")  # other tables go on referring to the new ones
    for table in ("lists", "unsettled_portals"):
        _create(db, table)
    for table in ("walks", "documents", "reports", "changes"):
        names = db.execute(f"PRAGMA table_info({table})").fetchall()
        columns = ", ".join(f'"{name}"' for _, name, *_ in names)
        db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
        _create(db, table)
        db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM old_{table}")
        db.execute(f"DROP TABLE old_{table}")
        _create(db, table, "INDEX")
    db.execute("PRAGMA legacy_alter_table = OFF")
    db.execute(
        "INSERT INTO unsettled_portals"
        " SELECT DISTINCT portal FROM captures WHERE portal IS NOT NULL"
    )


def _create(db: Database, table: str, what: str = "TABLE") -> None:
    """Create a table as it is today, or its indexes."""
    begins = f"CREATE TABLE {table} (" if what == "TABLE" else "CREATE INDEX"
    for statement in _TABLES.split(";\n"):
        text = statement.strip()
        if text.startswith(begins) and (what == "TABLE" or f" ON {table}(" in text):
            db.execute(text)


@migrations()
def create_release(db: Database) -> None:
    """Create the table that says what a published database is; in a working one it is empty."""
    db.execute(_RELEASE)


@migrations()
def add_parts(db: Database) -> None:
    """Let a document be a part of a compilation, whose revisions say where it lies.

    Databases made since have been created so.
    """
    if all(name != "part_of" for _, name, *_ in db.execute("PRAGMA table_info(documents)")):
        db.execute("ALTER TABLE documents ADD COLUMN part_of TEXT REFERENCES documents(key)")
        db.execute(_PART_OF)
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'parts'").fetchone():
        _create(db, "parts")
        _create(db, "parts", "INDEX")


@migrations()
def add_parsers_of_changes(db: Database) -> None:
    """Let a change say which versions of our parser read a document differently.

    Databases made since have been created so.
    """
    known = {name for _, name, *_ in db.execute("PRAGMA table_info(changes)")}
    for column in ("old_parser", "new_parser"):
        if column not in known:
            db.execute(f"ALTER TABLE changes ADD COLUMN {column} TEXT")


@migrations()
def add_tls(db: Database) -> None:
    """Let a capture say what its server's certificate was worth.

    Databases made since have been created so.
    """
    if all(name != "tls" for _, name, *_ in db.execute("PRAGMA table_info(captures)")):
        db.execute("ALTER TABLE captures ADD COLUMN tls TEXT")


_OUTERMOST = ("BEGIN IMMEDIATE", ("ROLLBACK",), "COMMIT")
_NESTED = ("SAVEPOINT part", ("ROLLBACK TO part", "RELEASE part"), "RELEASE part")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction that is the only writer from its first statement on.

    A transaction that begins by reading and then writes would fail at once, without waiting,
    when another process has written in between.  Inside another one it is a part of it that is
    undone alone.
    """
    begin, undo, end = _NESTED if db.in_transaction else _OUTERMOST
    db.execute(begin)
    try:
        yield
    except BaseException:
        for statement in undo:
            db.execute(statement)
        raise
    db.execute(end)


def open_database(path: str) -> sqlite3.Connection:
    """The archive database at ``path``, created or migrated to the newest schema."""
    # One thread at a time uses it, but not always the same one.
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    db.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    _use_wal(db)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA wal_autocheckpoint = {PAGES_IN_LOG}")
    with transaction(db):
        migrations.apply(Database(db))
        write_codebook(db)
        write_views(db)
    return db


def open_to_read(path: Path) -> sqlite3.Connection:
    """The archive database at ``path`` to read from; one of an older version is migrated first."""
    db = open_as_it_is(path)
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if migrations.pending(Database(db)) or not names >= VIEWS.keys():
        db.close()
        open_database(str(path)).close()
        db = open_as_it_is(path)
    return db


def open_as_it_is(path: Path) -> sqlite3.Connection:
    """The database at ``path`` to read from, whatever wrote it: a published one, or an old one.

    Readers of a log beside the database lay a file there themselves.  In a folder where they may
    not, a database without a log does not change: that is how a copy on a read-only disk is read.
    """
    log = path.with_name(f"{path.name}-wal")
    is_still = not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    options = "mode=ro&immutable=1" if is_still else "mode=ro"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{options}", uri=True)


def _use_wal(db: sqlite3.Connection) -> None:
    """Set write-ahead logging, once the process that sets it at this moment is done.

    SQLite does not wait for its lock here, whatever ``busy_timeout`` says.
    """
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_read_only = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY
            if is_read_only or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
