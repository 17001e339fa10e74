"""Tables in a terminal, and the commands that print them."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
import unicodedata
from contextlib import closing, suppress

import pytest

from archive.store import DATABASE
from crawler.terminal import table_lines
from tests.conftest import ROOT, DemoRun
from tests.test_archive_commands import scrapy

INK = re.compile(r"\x1b\[[0-9;]*m")


def width(text: str) -> int:
    """Columns of a text in a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def test_columns_are_in_line_whatever_stands_in_them() -> None:
    """A Chinese character takes two columns; numbers end in the same one."""
    lines = list(table_lines(["name", "n>"], [["平湖市人民政府", 5], ["abc", 12345], ["ｗ，", -1]]))
    assert {width(line) for line in lines[2:]} == {width(lines[0])}
    assert lines[2].endswith(" 5")
    assert lines[3].endswith(" 12345")


def test_what_was_crawled_is_no_markup_and_moves_no_cursor() -> None:
    """Brackets stay, and characters that a terminal obeys are spelled out."""
    (line,) = list(table_lines(["x"], [["[red]a[/red] :smile: \x1b[2J"]]))[2:]
    assert line == "[red]a[/red] :smile: <U+001B>[2J"


def test_nothing_is_cut_where_nobody_looks() -> None:
    """A long cell is one line; in a narrow terminal it is wrapped and all there."""
    long = "长" * 500
    (line,) = list(table_lines(["x"], [[long]]))[2:]
    assert line == long
    narrow = list(table_lines(["x"], [[long]], width=40))[2:]
    assert len(narrow) > 10
    assert "".join(narrow) == long


def test_colour_is_ink_only() -> None:
    """The lines are the same but for the ink."""
    rows = [["a", 1], ["中", 2]]
    plain, coloured = (list(table_lines(["x", "n>"], rows, colour=ink)) for ink in (False, True))
    assert [INK.sub("", line).rstrip() for line in coloured] == plain
    assert any(INK.search(line) for line in coloured)


@pytest.mark.parametrize(
    ("more", "has_ink"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)]
)
def test_a_terminal_has_colour_unless_told_otherwise(
    demo_run: DemoRun, more: dict[str, str], *, has_ink: bool
) -> None:
    """On a pseudo-terminal the table has ink, with NO_COLOR it has none; a pipe never has."""
    mine, theirs = pty.openpty()
    words = ["coverage", "平湖市", "-s", f"ARCHIVE_DIR={demo_run.archive}"]
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-m", "scrapy", *words],
        cwd=ROOT, stdout=theirs, stdin=subprocess.DEVNULL, env={**os.environ, **more},
    ):  # fmt: skip
        os.close(theirs)
        with suppress(OSError), open(mine, "rb", buffering=0) as file:  # noqa: PTH123
            while part := file.read(65536):
                shown += part
    assert bool(INK.search(shown.decode())) is has_ink
    assert "平湖市人民政府" in shown.decode()
    assert not INK.search(scrapy(demo_run.archive, "coverage", "平湖市").stdout)


def test_coverage_tells_states_and_rates_with_denominators(demo_run: DemoRun) -> None:
    """As JSON it is the ledger; in a table every sign is explained and every rate has its two numbers."""
    said = json.loads(scrapy(demo_run.archive, "coverage", "--region", "330000", "--json").stdout)
    told = {
        (one["body"], int(year), of_year["state"], of_year["report"])
        for one in said["bodies"]
        for year, of_year in one["years"].items()
    }
    with closing(sqlite3.connect(demo_run.archive / DATABASE)) as db:
        ledger = db.execute(
            "SELECT c.body, c.year, c.state, c.report FROM coverage c JOIN bodies b ON b.id = c.body"
            " WHERE b.region_code LIKE '33%'"
        ).fetchall()
    assert told == set(ledger)
    text = scrapy(demo_run.archive, "coverage", "平湖市", "--year", "2022").stdout
    assert re.search(r"2022 +3 of 3 +100\.0 +3 published", text)
    assert "● published" in text


def test_coverage_says_where_nothing_fits(demo_run: DemoRun) -> None:
    """Exit status 1 and a line; a code that is none is wrong usage."""
    nothing = scrapy(demo_run.archive, "coverage", "nowhere")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert scrapy(demo_run.archive, "coverage", "--region", "33").returncode == 2
    unheard = scrapy(demo_run.archive, "coverage", "--state", "missing")
    assert (unheard.returncode, "not_found" in unheard.stderr) == (2, True)
    assert scrapy(demo_run.archive, "coverage", "--state", "published").returncode == 0


def test_a_report_is_traced_by_words(demo_run: DemoRun) -> None:
    """Place and year name it as they do for diff; a field may stand among them."""
    done = scrapy(
        demo_run.archive, "trace", "--json", "平湖市人民政府", "2023", "a20_6_penalty_decisions"
    )
    said = json.loads(done.stdout)
    assert [one["raw"] for one in said["statistics"]] == ["3217"]
    again = scrapy(demo_run.archive, "trace", said["report"], "a20_6_penalty_decisions", "--json")
    assert json.loads(again.stdout) == said
    several = scrapy(demo_run.archive, "trace", "平湖市")
    assert (several.returncode, "more than one report fits" in several.stderr) == (1, True)
