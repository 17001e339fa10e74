"""What two databases read differently from the same records.

A newer parser may read old bytes differently; that is no change of the source.  This module
decides which readings stand side by side (those of the same WARC record) and lists what differs
between them.  Records that only one of the databases knows are listed, too.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.schema import open_to_read

_Facts = Mapping[str, str | None]

_PAIRS = (
    "SELECT n.url, n.document, o.revision, n.revision FROM captures n"
    " JOIN old.captures o ON o.record_id = n.record_id"
    " WHERE o.revision IS NOT NULL OR n.revision IS NOT NULL"
    " GROUP BY o.revision, n.revision ORDER BY n.document, min(n.captured_at)"
)
# A database made before compilations were split has no parts.
_PARTS = (
    "SELECT d.url, d.key, b.revision, a.revision FROM captures n"
    " JOIN old.captures o ON o.record_id = n.record_id"
    " JOIN parts a ON a.whole = n.revision JOIN documents d ON d.key = a.document"
    " JOIN old.parts b ON b.whole = o.revision AND b.document = a.document"
    " GROUP BY b.revision, a.revision ORDER BY d.key, min(n.captured_at)"
)
_ONLY = (
    "SELECT url, document, record_id FROM {one}.captures c WHERE NOT EXISTS"
    " (SELECT 1 FROM {other}.captures x WHERE x.record_id = c.record_id) ORDER BY captured_at, url"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two databases do not say alike about a document."""

    document: str | None
    url: str
    item: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{self.url}  {self.item}: {_shown(self.before)} -> {_shown(self.after)}"


def _shown(value: str | None) -> str:
    return "nothing" if value is None else value if len(value) <= 80 else f"{value[:77]}..."


def snapshot(database: Path, copy: Path) -> Path:
    """Return ``copy``, which now holds what ``database`` holds, its log included."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def compare(old: Path, new: Path) -> Iterator[Difference]:
    """Return what ``new`` reads differently from the records that both databases know."""
    with closing(open_to_read(new)) as db:
        db.execute("ATTACH ? AS old", [f"{old.resolve().as_uri()}?mode=ro"])
        pairs = db.execute(_PAIRS).fetchall()
        if db.execute("SELECT 1 FROM old.sqlite_master WHERE name = 'parts'").fetchone():
            pairs += db.execute(_PARTS).fetchall()
        for url, document, before, after in pairs:
            was, now = _facts(db, "old", before), _facts(db, "main", after)
            for item in sorted(was.keys() | now.keys()):
                if was.get(item) != now.get(item):
                    yield Difference(document, url, item, was.get(item), now.get(item))
        for one, other in (("old", "main"), ("main", "old")):
            for url, document, record in db.execute(_ONLY.format(one=one, other=other)):
                sides = (record, None) if one == "old" else (None, record)
                yield Difference(document, url, "capture", *sides)


def _facts(db: sqlite3.Connection, schema: str, revision: int | None) -> _Facts:
    """Everything that was read of one revision, by name."""
    if revision is None:
        return {}
    report, head, title, text, metadata, encoding = db.execute(
        f"SELECT report, head, title, text, metadata, encoding FROM {schema}.revisions WHERE id = ?",
        [revision],
    ).fetchone()
    facts: dict[str, str | None] = {"title": title, "text": text, "encoding": encoding}
    # A key is minted for good; without one, what it is provisional for is said by its finding.
    facts["report"] = report
    for part, stored in (("report", head), ("metadata", metadata)):
        for name, value in json.loads(stored).items():
            facts[f"{part}.{name}"] = None if value is None else str(value)
    for field, source, ordinal, *told in db.execute(
        "SELECT field, source, ordinal, value, value_low, value_high, unit, qualifier, state,"
        f" scope, raw, flags FROM {schema}.statistics WHERE revision = ?",
        [revision],
    ):
        facts[f"statistic {field} {source} {ordinal}"] = json.dumps(told, ensure_ascii=False)
    for rule, severity, message in db.execute(
        f"SELECT rule, severity, message FROM {schema}.findings"
        " WHERE revision = ? AND other_report IS NULL",
        [revision],
    ):
        facts[f"finding {rule}: {message}"] = severity
    for start, end, before, after, rule in db.execute(
        f'SELECT start, "end", before, after, rule FROM {schema}.repairs WHERE revision = ?',
        [revision],
    ):
        facts[f"repair {start}-{end}"] = f"{before} -> {after} ({rule})"
    return facts
