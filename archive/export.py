"""A release: the published database and its files, in a folder that appears whole or not at all.

``export`` names the steps: what is withheld is obeyed and the search brought up to date, then
the database is built (``release.database``), files are written from it alone, and the folder
takes its name at the end.  The same archive gives the same files, byte for byte: a release knows
no other time than that of the latest capture.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

from archive import feeds
from archive.errors import BrokenArchive, NoArchive, NotARelease
from archive.ingest import Ingest
from archive.reading import PARSER
from archive.release import codebook
from archive.release.csv_file import write_csv
from archive.release.database import (
    Release,
    build_database,
    columns_of,
    order_of,
    published_tables,
)
from archive.release.package import TableFile, describe_package, sha256_of
from archive.release.papers import LICENCE, compare_releases, write_papers
from archive.schema import open_as_it_is, open_database
from archive.search import refresh
from archive.store import DATABASE

PRODUCT = "open-report-archive"
SUMS = "SHA256SUMS"
PACKAGE = "datapackage.json"
INSPECTED = "inspect.json"
# Not in a spreadsheet: all values of all revisions (Parquet has them), and long texts.
_NOT_AS_CSV = ("statistics", "report_texts")
_LEFT_OUT = {
    "revisions": ("head", "text", "metadata", "sentences", "tables", "attachments", "evidence")
}

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the version, the files with their bytes, the rows of the tables."""

    version: str
    files: int
    bytes: int


def export(
    directory: Path,
    target: Path,
    *,
    version: str | None = None,
    previous: Path | None = None,
    site: str = "",
    with_bom: bool = False,
    progress: Progress = lambda _what: None,
) -> Exported:
    """Write a release of the archive in ``directory`` to the folder ``target``.

    ``version`` is by default the date of the latest capture; ``previous`` is the folder of the
    release before; ``site`` the address that feeds lead to.  A release that stands at ``target``
    is replaced, anything else is left alone.

    Raises:
        NoArchive: there is no database.
        NotARelease: ``target`` holds something else, or ``previous`` no release.
        BrokenArchive: a row leads to one that is not there.
    """
    if not (directory / DATABASE).is_file():
        raise NoArchive(str(directory / DATABASE))
    if target.exists() and not is_release(target) and any(target.iterdir()):
        raise NotARelease(str(target))
    if previous is not None and not is_release(previous):
        raise NotARelease(str(previous))
    progress("what is withheld, the search")
    Ingest(directory).close()
    with closing(open_database(str(directory / DATABASE))) as working:
        refresh(working)
        release = _release(working, version)
    with _appearing(target) as folder:
        build_database(directory / DATABASE, folder / DATABASE, release, progress)
        with closing(open_as_it_is(folder / DATABASE)) as db:
            _check(db)
            _write_files(db, folder, release, previous, site, progress, with_bom=with_bom)
        _write_sums(folder)
        files = [path for path in folder.rglob("*") if path.is_file()]
        return Exported(release.version, len(files), sum(path.stat().st_size for path in files))


def is_release(folder: Path) -> bool:
    """Whether a folder holds a whole release."""
    return (folder / SUMS).is_file() and (folder / DATABASE).is_file()


def _release(db: sqlite3.Connection, version: str | None) -> Release:
    first, last = db.execute("SELECT min(captured_at), max(captured_at) FROM captures").fetchone()
    day = (last or "1970-01-01")[:10]
    return Release(
        version=version or day.replace("-", "."),
        released_on=day,
        first_captured=first,
        last_captured=last,
        software=f"{PRODUCT}/{version_of(PRODUCT)}",
        parser=PARSER,
        licence=LICENCE,
    )


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A folder beside ``target`` that takes its place at the end; one left by a dead run is removed."""
    target = target.resolve()
    partial, old = (target.with_name(f".{target.name}.{end}") for end in ("partial", "old"))
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in (partial, old):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _check(db: sqlite3.Connection) -> None:
    """Refuse what would be published with a key that leads nowhere."""
    found = db.execute("PRAGMA foreign_key_check").fetchone()
    if found:
        raise BrokenArchive(
            DATABASE, None, f"a row of {found[0]} leads to a row that {found[2]} has not"
        )


def _write_files(
    db: sqlite3.Connection,
    folder: Path,
    release: Release,
    previous: Path | None,
    site: str,
    progress: Progress,
    *,
    with_bom: bool,
) -> None:
    # It takes a quarter of a second to load, and every command is imported for each.
    from archive.release import parquet_file  # noqa: PLC0415

    tables = published_tables(db)
    progress("papers")
    write_papers(db, folder, release)
    before = previous / DATABASE if previous else None
    (folder / "CHANGELOG.md").write_text(compare_releases(db, release, before), "utf-8")
    _write_codebook(db, folder, tables, with_bom=with_bom)
    entries = feeds.newest_changes(db)
    updated = release.last_captured or release.released_on
    (folder / "changes.atom").write_bytes(feeds.to_atom(entries, site, updated))
    (folder / "changes.json").write_bytes(feeds.to_json_feed(entries, site))
    written = []
    (folder / "csv").mkdir()
    for table in tables:
        if table not in _NOT_AS_CSV:
            progress(f"csv/{table}.csv")
            written.append(
                _write_table(db, folder / "csv" / f"{table}.csv", table, with_bom=with_bom)
            )
    parquet = folder / "parquet"
    for path in parquet_file.write_statistics(db, parquet):
        progress(path.relative_to(folder).as_posix())
    for path in (
        parquet_file.write_panel(db, parquet / "panel.parquet"),
        parquet_file.write_wide_panel(db, parquet / "panel_wide.parquet"),
    ):
        progress(path.relative_to(folder).as_posix())
    progress("digests")
    (folder / INSPECTED).write_text(inspect(folder / DATABASE), "utf-8")
    described = {one.path for one in written}
    others = [path for path in _files(folder) if path not in described]
    package = describe_package(db, folder, release, written, others, with_bom=with_bom)
    (folder / PACKAGE).write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _write_table(db: sqlite3.Connection, path: Path, table: str, *, with_bom: bool) -> TableFile:
    left_out = _LEFT_OUT.get(table, ())
    names = tuple(name for name, *_ in columns_of(db, table) if name not in left_out)
    listed = ", ".join(f'"{name}"' for name in names)
    rows = db.execute(f'SELECT {listed} FROM "{table}" ORDER BY {order_of(db, table)}')
    write_csv(path, names, rows, with_bom=with_bom)
    return TableFile(table, path, names)


def _write_codebook(
    db: sqlite3.Connection, folder: Path, tables: Iterable[str], *, with_bom: bool
) -> None:
    accuracy = codebook.read_accuracy()
    fields = list(codebook.describe_fields(accuracy))
    columns = list(codebook.describe_columns(db, tables))
    lines = codebook.write_markdown(fields, columns, accuracy)
    (folder / "codebook.md").write_text("\n".join(lines), "utf-8")
    for name, names, rows in (
        ("codebook", codebook.FIELD_NAMES, map(codebook.field_row, fields)),
        ("codebook_columns", codebook.COLUMN_NAMES, map(codebook.column_row, columns)),
    ):
        write_csv(folder / f"{name}.csv", names, rows, with_bom=with_bom)


def inspect(database: Path) -> str:
    """What ``datasette inspect`` says of a database: its digest and the rows of its tables."""
    from datasette.cli import inspect_  # type: ignore[import-untyped]  # noqa: PLC0415

    told = asyncio.run(inspect_([str(database)], []))
    for one in told.values():
        one["file"] = database.name
    return json.dumps(told, indent=2) + "\n"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_sums(folder: Path) -> None:
    """Write the digest of every file, then see that all of them are on the disk."""
    lines = [
        f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)
    ]
    (folder / SUMS).write_text("".join(lines), "utf-8")
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
