"""The page /codebook: what every table, column and field means, and how well it is read.

This module decides the order: how to read a value, what was measured, tables, fields by section.
Entries are those of ``archive.release.codebook``; each has an anchor (``#table-reports``,
``#field-proactive_total``) that other pages may lead to.
"""

from __future__ import annotations

import re
import sqlite3
from itertools import groupby

from archive.descriptions import Description
from archive.release.codebook import (
    ABOUT_ACCURACY,
    MISSING,
    ColumnEntry,
    FieldEntry,
    Measured,
    describe_columns,
    describe_fields,
    measured_forms,
    read_accuracy,
)
from archive.site.frame import Facts, Page, page_view
from parsers.forms import BREAKS, RATES

_CODE = re.compile(r"`([^`]+)`")


def read_codebook(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows."""
    tables = conn.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'report\\_search%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " AND name <> '_sqlite_migrations' ORDER BY name"
    ).fetchall()
    accuracy = read_accuracy()
    measured: dict[str, dict[str, Measured]] = {}
    for form, measure, figure in measured_forms(accuracy):
        measured.setdefault(measure, {})[form] = figure
    columns = describe_columns(conn, [name for (name,) in tables])
    sections: dict[str, list[FieldEntry]] = {}
    for one in describe_fields(accuracy):
        sections.setdefault(one.section, []).append(one)

    def told(meaning: Description) -> str:
        return meaning.en if page.language == "en" else meaning.zh

    return {
        "told": told,
        "missing": _CODE.split(told(MISSING)),
        "about_accuracy": told(ABOUT_ACCURACY),
        "measured": measured,
        "measured_forms": list(
            dict.fromkeys(form for figures in measured.values() for form in figures)
        ),
        "tables_described": [
            (table, told(entries[0].meaning), entries[1:])
            for table, found in groupby(columns, key=_table_of)
            for entries in [list(found)]
        ],
        "sections": sections.items(),
        "breaks": BREAKS,
        "rates": RATES.values(),
    }


def _table_of(entry: ColumnEntry) -> str:
    return entry.table


codebook_page = page_view("codebook.html", read_codebook)
