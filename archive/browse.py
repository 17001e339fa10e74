"""Datasette on an archive: tables, their meaning, and queries to begin with.

This module decides what the site says, which limits its queries have, and how a database is
opened: the working one to be read while crawls write it, a published file as one that never
changes.  Rows come from ``store``, meanings from ``descriptions.toml``, titles and queries from
``site/metadata.json``; what a browser may run is left to ``site/safety``.  Nothing is asked of
any other host.
"""

from __future__ import annotations

import html
import json
import logging
import sqlite3
import webbrowser
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import cast

import uvicorn
from datasette.app import Datasette  # type: ignore[import-untyped]

from archive.descriptions import Description, describe_column, describe_tables
from archive.errors import NoArchive
from archive.release.compatibility import check_published
from archive.schema import open_as_it_is, open_database, open_to_read
from archive.search import refresh
from archive.store import DATABASE

logger = logging.getLogger(__name__)

# Facets are chosen by hand in metadata.json: suggesting them costs most of a page's time.
SETTINGS: dict[str, int | bool] = {
    "allow_download": False,
    "default_page_size": 50,
    "facet_time_limit_ms": 1000,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 2000,
    "suggest_facets": False,
    "truncate_cells_html": 300,
}
# Some functions of SQLite take minutes in one call, which no time limit ends: strangers name
# tables and filters, not SQL, and have whole tables from the downloads.
PUBLISHED = {"allow_csv_stream": False, "default_allow_sql": False}


def archive_site(place: Path, *, allow_sql: bool | None = None) -> Datasette:
    """Return the site on the database of an archive folder, or on a published file.

    The one of a folder stays open to writers and takes SQL; a published file is taken to be
    unchangeable and takes SQL only where ``allow_sql`` says so.

    Raises:
        NoArchive: there is no database yet.
        NotPublished: the file is no database of ours.
        PublishedOtherwise: it lacks tables or columns of this version.
    """
    is_published = place.is_file()
    database = place if is_published else place / DATABASE
    if not database.is_file():
        raise NoArchive(str(database))
    if is_published:
        check_published(database)
    with closing(open_as_it_is(database) if is_published else open_to_read(database)) as db:
        metadata = site_metadata(database.stem, db)
    settings = SETTINGS | (PUBLISHED if is_published else {})
    if allow_sql is not None:
        settings["default_allow_sql"] = allow_sql
    site = Path(str(files("archive"))) / "site"
    return Datasette(
        [] if is_published else [str(database)],
        immutables=[str(database)] if is_published else [],
        inspect_data=_counted(database) if is_published else None,
        metadata=metadata,
        settings=settings,
        plugins_dir=str(site / "plugins"),
        template_dir=str(site / "templates"),
        static_mounts=[("assets", str(site / "static"))],
    )


def serve(
    place: Path, host: str, port: int, *, open_browser: bool, allow_sql: bool | None = None
) -> None:
    """Serve the site until interrupted, the search of a folder brought up to date before.

    Only this machine may ask SQL of a folder, unless ``allow_sql`` says otherwise.

    Raises:
        NoArchive, NotPublished, PublishedOtherwise: as ``archive_site`` does.
    """
    if allow_sql is None and host not in ("127.0.0.1", "::1", "localhost"):
        allow_sql = False
    site = archive_site(place, allow_sql=allow_sql)
    try:
        if place.is_dir():
            with closing(open_database(str(place / DATABASE))) as db:
                refresh(db)
    except sqlite3.OperationalError as error:  # a copy that cannot be written can still be read
        logger.warning("the search is as old as it was: %s", error)
    if open_browser and port:
        webbrowser.open(f"http://{host}:{port}/")
    uvicorn.run(site.app(), host=host, port=port, log_level="info", lifespan="on", workers=1)


def site_metadata(name: str, db: sqlite3.Connection) -> dict[str, object]:
    """Return Datasette's metadata: the site's own, with every table and column of ``db`` described.

    ``name`` is that of the database on the site.
    """
    text = (files("archive") / "site" / "metadata.json").read_text("utf-8")
    metadata = cast("dict[str, object]", json.loads(text))
    databases = cast("dict[str, dict[str, dict[str, dict[str, object]]]]", metadata["databases"])
    databases[name] = databases.pop("archive")
    tables = databases[name]["tables"]
    meanings = describe_tables()
    for table, columns in _columns_of(db).items():
        entry = tables.setdefault(table, {})
        if table in meanings:
            entry["description_html"] = _paragraphs(meanings[table].text)
        entry["columns"] = {column: html.escape(str(meaning)) for column, meaning in columns}
    return metadata


def _counted(database: Path) -> dict[str, object] | None:
    """Return what ``datasette inspect`` has counted of a published file, if it lies beside it."""
    told = database.with_name("inspect.json")
    return cast("dict[str, object]", json.loads(told.read_text("utf-8"))) if told.exists() else None


def _columns_of(db: sqlite3.Connection) -> dict[str, list[tuple[str, Description]]]:
    """Return the described columns of every table and view; fields describe themselves."""
    rows = db.execute(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type IN ('table', 'view') ORDER BY m.name, c.cid"
    ).fetchall()
    labels = db.execute("SELECT id, label, label_en FROM fields").fetchall()
    fields = {field: Description(english, label) for field, label, english in labels}
    described: dict[str, list[tuple[str, Description]]] = {}
    for table, column in rows:
        meaning = describe_column(table, column) or fields.get(column)
        described.setdefault(table, []).extend([(column, meaning)] if meaning else [])
    return described


def _paragraphs(meaning: Description) -> str:
    return f'<p>{html.escape(meaning.en)}</p><p lang="zh">{html.escape(meaning.zh)}</p>'
