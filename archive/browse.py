"""Datasette on the working database: tables, their meaning, and queries to begin with.

This module decides what the local site says and which limits its queries have.  Rows come from
``store``, meanings from ``descriptions.toml``, titles and queries from ``site/metadata.json``.
Nothing is asked of any other host.
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
from archive.schema import open_database
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


def archive_site(archive_dir: Path) -> Datasette:
    """Return the site on ``archive.db``, which stays open to writers meanwhile.

    Raises:
        NoArchive: there is no database yet.
    """
    database = archive_dir / DATABASE
    if not database.is_file():
        raise NoArchive(str(database))
    site = Path(str(files("archive"))) / "site"
    return Datasette(
        [str(database)],
        metadata=site_metadata(database),
        settings=SETTINGS,
        plugins_dir=str(site / "plugins"),
        template_dir=str(site / "templates"),
        static_mounts=[("assets", str(site / "static"))],
    )


def serve(archive_dir: Path, host: str, port: int, *, open_browser: bool) -> None:
    """Serve the site until interrupted, its search brought up to date before.

    Raises:
        NoArchive: there is no database yet.
    """
    site = archive_site(archive_dir)
    try:
        with closing(open_database(str(archive_dir / DATABASE))) as db:
            refresh(db)
    except sqlite3.OperationalError as error:  # a copy that cannot be written can still be read
        logger.warning("the search is as old as it was: %s", error)
    if open_browser and port:
        webbrowser.open(f"http://{host}:{port}/archive")
    uvicorn.run(site.app(), host=host, port=port, log_level="info", lifespan="on", workers=1)


def site_metadata(database: Path) -> dict[str, object]:
    """Return Datasette's metadata: the site's own, with every table and column described."""
    text = (files("archive") / "site" / "metadata.json").read_text("utf-8")
    metadata = cast("dict[str, object]", json.loads(text))
    databases = cast("dict[str, dict[str, dict[str, dict[str, object]]]]", metadata["databases"])
    tables = databases["archive"]["tables"]
    meanings = describe_tables()
    for name, columns in _columns_of(database).items():
        entry = tables.setdefault(name, {})
        if name in meanings:
            entry["description_html"] = _paragraphs(meanings[name].text)
        entry["columns"] = {column: html.escape(str(meaning)) for column, meaning in columns}
    return metadata


def _columns_of(database: Path) -> dict[str, list[tuple[str, Description]]]:
    """Return the described columns of every table and view; fields describe themselves."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
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
