"""From a number to its bytes, and its citation."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archive.citation import STYLES, Source, cite_bibtex, cite_gbt7714
from archive.trace import NotTraced, trace
from tests.conftest import DemoRun
from tests.test_archive_commands import scrapy

SOURCE = Source(
    key="babc/2019/annual_report",
    title="某县2019年政府信息公开工作年度报告",
    author="某县人民政府",
    published="2020-01-20",
    url="http://www.example.test/a_1.html?x=1&y=2",
    captured_at="2026-11-21T08:00:00.000Z",
    collector="open-report-archive/0.1.0",
    sha256="0" * 64,
    record_id="<urn:uuid:1>",
)


def _statistics(run: DemoRun) -> list[tuple[str, str, str]]:
    """Report, field and printed form of numbers of every kind of source."""
    with closing(sqlite3.connect(run.archive / "archive.db")) as db:
        return db.execute(
            "SELECT r.key, s.field, s.raw FROM reports r JOIN statistics s ON s.revision = r.revision"
            " WHERE s.value > 0 AND s.source <> 'inferred' GROUP BY r.key, s.source"
        ).fetchall()


def test_every_number_leads_to_bytes_with_the_digest_of_its_row(demo_run: DemoRun) -> None:
    """For numbers of all reports and sources, the record is read and its digest holds."""
    statistics = _statistics(demo_run)
    assert len({report for report, _, _ in statistics}) >= 14
    for report, field, raw in statistics:
        found = trace(demo_run.archive, report, field)
        assert found.digest_holds
        assert raw in [cell.raw for cell in found.cells]
        assert found.source.sha256 == hashlib.sha256(found.body).hexdigest()
        assert found.capture.ref is not None
        assert found.capture.ref.record_id == found.source.record_id


def test_an_archive_of_an_older_version_is_brought_up_to_date(
    demo_run: DemoRun, tmp_path: Path
) -> None:
    """Where views are missing, a command that only reads makes them first."""
    report, field, _ = _statistics(demo_run)[0]
    old = shutil.copytree(demo_run.archive, tmp_path / "archive")
    with closing(sqlite3.connect(old / "archive.db")) as db:
        db.execute("DROP VIEW shown")
    assert trace(old, report, field) == trace(demo_run.archive, report, field)


def test_a_report_and_a_field_that_do_not_exist_are_named(demo_run: DemoRun) -> None:
    """The error says what there is instead."""
    report, field, _ = _statistics(demo_run)[0]
    body = report.split("/", maxsplit=1)[0]
    with pytest.raises(NotTraced, match=re.escape(report)):
        trace(demo_run.archive, f"{body}/1999/annual_report")
    with pytest.raises(NotTraced, match=r"no field nothing in .*; it has, for instance: "):
        trace(demo_run.archive, report, "nothing")
    assert trace(demo_run.archive, report, field).cells
    done = scrapy(demo_run.archive, "trace", "平湖市教育局", "2022", "req_received")
    assert "no field req_received in " in done.stderr


def test_bytes_that_are_not_those_of_the_row_are_said(demo_run: DemoRun, tmp_path: Path) -> None:
    """A digest that does not hold is an exit status of 1."""
    report, field, _ = _statistics(demo_run)[0]
    archive = shutil.copytree(demo_run.archive, tmp_path / "archive")
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("UPDATE captures SET body_sha256 = 'x' WHERE body_sha256 IS NOT NULL")
    done = scrapy(archive, "trace", report, field)
    assert (done.returncode, "DOES NOT HOLD" in done.stdout) == (1, True)


def test_the_command_prints_the_place_and_saves_the_bytes(
    demo_run: DemoRun, tmp_path: Path
) -> None:
    """JSON names file, offset and record; ``--save`` writes the body that the digest is of."""
    report, field, raw = _statistics(demo_run)[0]
    body = tmp_path / "body"
    done = scrapy(demo_run.archive, "trace", "--json", "--save", str(body), report, field)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["statistics"][0]["raw"] == raw
    assert set(said["record"]) == {"file", "offset", "length", "record_id"}
    assert hashlib.sha256(body.read_bytes()).hexdigest() == said["capture"]["sha256"]
    assert set(said["citations"]) == {"plain", "gbt7714", "bibtex"}


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_names_key_digest_time_and_collector(style: str) -> None:
    """What makes a citation checkable stands in each of them."""
    said = STYLES[style](SOURCE).replace("\\", "")
    for fact in (SOURCE.key, SOURCE.sha256, SOURCE.captured_at, SOURCE.collector, SOURCE.url):
        assert str(fact) in said


def test_the_chinese_style_is_that_of_the_standard() -> None:
    """Author, title with its marker, dates and address in the order of GB/T 7714."""
    assert cite_gbt7714(SOURCE).startswith(
        "某县人民政府. 某县2019年政府信息公开工作年度报告[EB/OL]. (2020-01-20)[2026-11-21]."
        " http://www.example.test/a_1.html?x=1&y=2."
    )
    bare = cite_gbt7714(replace(SOURCE, author=None, published=None, collector=None))
    assert bare.startswith("某县2019年政府信息公开工作年度报告[EB/OL]. [2026-11-21].")
    assert "采集者：不详" in bare


def test_tex_is_not_broken_by_what_was_printed() -> None:
    """Special characters of a title are escaped, and braces are balanced."""
    entry = cite_bibtex(replace(SOURCE, title="50% of {all} & \\more_"))
    assert "50\\% of \\{all\\} \\& /more\\_" in entry
    plain = entry.replace("\\{", "").replace("\\}", "")
    assert plain.count("{") == plain.count("}")
    assert entry.startswith("@misc{babc-2019-annual-report,\n")
