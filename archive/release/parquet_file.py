"""Numbers as Parquet: statistics by year, and one wide table with a column for each field.

This module decides columns, types and order of what is loaded into DuckDB, pandas or R.  A value
is a 64-bit float there, which holds every integer up to 2^53; what was printed is in ``raw``.
Reports of an unknown year are in the partition that Hive has for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from archive.release.database import columns_of

BATCH = 50_000
UNKNOWN_YEAR = "__HIVE_DEFAULT_PARTITION__"
_TYPES = {"INTEGER": pa.int64(), "REAL": pa.float64(), "ANY": pa.float64(), "TEXT": pa.string()}

_STATISTICS = """
SELECT v.report, v.document, v.seq, s.* FROM revisions v
LEFT JOIN reports r ON r.key = v.report JOIN statistics s ON s.revision = v.id
WHERE r.year IS ? ORDER BY s.field, s.revision, s.source, s.ordinal
"""
_YEARS = "SELECT year FROM reports UNION SELECT NULL ORDER BY year"
_LATEST = "SELECT * FROM latest_statistics WHERE year IS ? ORDER BY field, report"
_REPORTS = """
SELECT r.key AS report, r.body, b.name AS body_name, b.line, r.region_code, r.region_name, r.level,
  r.organ_type, b.parent, r.year, r.form, r.scope, r.source_quality, r.published
FROM reports r LEFT JOIN bodies b ON b.id = r.body
WHERE r.kind = 'annual_report' ORDER BY r.key
"""
# As in report_wide_*: what is of the whole year and of the scope of the report.
_WHOLE = """
SELECT l.field, l.value FROM latest_statistics l JOIN reports r ON r.key = l.report
WHERE l.report = ? AND l.is_whole AND l.scope = r.scope AND l.value IS NOT NULL
"""


def write_statistics(db: sqlite3.Connection, folder: Path) -> Iterator[Path]:
    """Write ``statistics`` and ``latest_statistics``, a file for each year; yield every file."""
    years = [year for (year,) in db.execute(_YEARS)]
    keys = [("report", "TEXT"), ("document", "TEXT"), ("seq", "INTEGER")]
    for table, query, more in (
        ("statistics", _STATISTICS, keys),
        ("latest_statistics", _LATEST, []),
    ):
        kept = [(name, kind) for name, kind, *_ in columns_of(db, table)]
        schema = _schema([*more, *kept])
        for year in years:
            path = (
                folder / table / f"year={UNKNOWN_YEAR if year is None else year}" / "part.parquet"
            )
            rows = db.execute(query, [year])
            if _write(path, schema, rows, without="year"):
                yield path


def write_panel(db: sqlite3.Connection, path: Path) -> Path:
    """Write the panel as it is: a row for each body, year and concept."""
    schema = _schema([(name, kind) for name, kind, *_ in columns_of(db, "panel")])
    _write(path, schema, db.execute("SELECT * FROM panel ORDER BY body, year, concept, report"))
    return path


def write_wide_panel(db: sqlite3.Connection, path: Path) -> Path:
    """Write the wide panel: a row for each annual report, a column for each field of a form."""
    fields = [field for (field,) in db.execute("SELECT id FROM fields ORDER BY rowid")]
    reports = db.execute(_REPORTS)
    names = [column[0] for column in reports.description]
    kinds = [(name, "INTEGER" if name == "year" else "TEXT") for name in names]
    schema = _schema([*kinds, *((field, "ANY") for field in fields)])

    def rows() -> Iterator[Sequence[object]]:
        for report in reports:
            values = dict(db.execute(_WHOLE, [report[0]]))
            yield [*report, *map(values.get, fields)]

    _write(path, schema, rows())
    return path


def _schema(columns: Iterable[tuple[str, str]]) -> pa.Schema:
    return pa.schema([(name, _TYPES[kind]) for name, kind in columns])


def _write(
    path: Path, schema: pa.Schema, rows: Iterable[Sequence[object]], without: str | None = None
) -> int:
    """Write rows in batches; return how many there were, and write no file where there were none."""
    found, count = iter(rows), 0
    writer: pq.ParquetWriter | None = None
    kept = [at for at, name in enumerate(schema.names) if name != without]
    schema = pa.schema([schema.field(at) for at in kept])
    while batch := list(islice(found, BATCH)):
        if writer is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, schema, compression="zstd")
        columns = list(zip(*batch, strict=True))
        arrays = [
            pa.array(columns[at], type=field.type, from_pandas=False)
            for at, field in zip(kept, schema, strict=True)
        ]
        writer.write_batch(pa.record_batch(arrays, schema=schema))
        count += len(batch)
    if writer is not None:
        writer.close()
    return count
