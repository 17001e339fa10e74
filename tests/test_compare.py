"""What two databases read differently from the same records."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.compare import compare
from tests.conftest import DemoRun


@pytest.mark.parametrize(
    ("older", "items"),
    [
        ("UPDATE revisions SET parser = '0', id = id + 1000", []),
        ("UPDATE statistics SET value = 7 WHERE field = 'req_new_received_total'", ["statistic"]),
        ("UPDATE revisions SET text = text || 'x', title = 'y'", ["text", "title"]),
        ("DELETE FROM findings", ["finding"]),
        ("DELETE FROM captures WHERE role = 'robots'", ["capture"]),
    ],
    ids=["same", "number", "text", "findings", "record"],
)
def test_only_what_is_read_differently_is_listed(
    demo_run: DemoRun, tmp_path: Path, older: str, items: list[str]
) -> None:
    """Internal ids and parser versions are no difference; numbers, texts and findings are."""
    old = Path(shutil.copy(demo_run.archive / "archive.db", tmp_path / "old.db"))
    with closing(sqlite3.connect(old)) as db, db:
        if "id + 1000" in older:
            db.execute("UPDATE captures SET revision = revision + 1000")
            for table in ("statistics", "findings", "repairs"):
                db.execute(f"UPDATE {table} SET revision = revision + 1000")
        db.execute(older)
    found = {one.item.split(" ")[0] for one in compare(old, demo_run.archive / "archive.db")}
    assert sorted(found) == items


def test_a_difference_reads_as_before_and_after(demo_run: DemoRun, tmp_path: Path) -> None:
    """Each line names the document, the thing, and both readings."""
    old = Path(shutil.copy(demo_run.archive / "archive.db", tmp_path / "old.db"))
    with closing(sqlite3.connect(old)) as db, db:
        db.execute("UPDATE revisions SET title = 'y' WHERE id = (SELECT min(id) FROM revisions)")
    (one,) = compare(old, demo_run.archive / "archive.db")
    assert str(one) == f"{one.url}  title: y -> {one.after}"
