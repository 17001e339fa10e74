"""What findings say in Chinese: every template, by messages as the program makes them."""

from __future__ import annotations

import re
import sqlite3
import time
import tomllib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from archive.site.finding_words import finding_words
from tests.conftest import ROOT, DemoRun
from tests.test_search_page import ask

SAID = [
    (rule, message, chinese)
    for rule, told in tomllib.loads(
        (ROOT / "tests" / "data" / "finding_messages.toml").read_text("utf-8")
    ).items()
    for message, chinese in told.items()
]
TEMPLATES = [
    (group, number)
    for group, templates in finding_words().groups.items()
    for number in range(len(templates))
]
UNKNOWN = "the moon is made of cheese: <b>1 + 1 = 3</b>"
LONG = 100_000


@pytest.mark.parametrize(("rule", "message", "chinese"), SAID)
def test_a_message_is_said_in_chinese(rule: str, message: str, chinese: str) -> None:
    """Each has Chinese words, those that a person wrote for it where somebody did."""
    said = finding_words().say(rule, message)
    assert said is not None
    assert said == (chinese or said)


@pytest.mark.parametrize(("group", "number"), TEMPLATES)
def test_every_template_is_of_use(group: str, number: int) -> None:
    """Without it one of the messages above would be said in other words, or not at all."""
    words = finding_words()
    left = [one for at, one in enumerate(words.groups[group]) if at != number]
    less = replace(words, groups={**words.groups, group: left})
    assert [m for rule, m, _ in SAID if less.say(rule, m) != words.say(rule, m)]


def test_every_rule_of_the_program_has_its_templates() -> None:
    """A finding that is made under a name has a group of its own, not only that of all others."""
    made = {
        rule
        for folder in ("parsers", "archive")
        for file in (ROOT / folder).rglob("*.py")
        for rule in re.findall(r'\bFinding\(\s*"(\w+)"', file.read_text("utf-8"))
    }
    assert len(made) > 30
    assert made - finding_words().rules.keys() == set()


def test_no_finding_is_called_an_error_of_somebody() -> None:
    """The words are those of doubt: not agreeing, never wrong or forged."""
    said = [one.chinese for group in finding_words().groups.values() for one in group]
    assert [words for words in said if re.search("错误|造假|虚假|伪造|有误", words)] == []


def test_a_message_that_no_template_fits_is_left_as_it_is() -> None:
    """Neither an unknown message nor a known one of another rule gets words by accident."""
    say = finding_words().say
    assert say("text_copied", UNKNOWN) is None
    assert say("no_such_rule", UNKNOWN) is None
    assert say("text_copied", "nothing on the page tells the year") is None
    assert say("text_copied", "10 of 12 sentences are those of 2021\n or not") == (
        "12 句中有 10 句与 2021\n or not 年的相同"
    )


@pytest.mark.parametrize(
    "piece", [": ", " or ", ", ", " and ", " does not agree with ", "1 ", "{0}"]
)
def test_a_hostile_message_takes_no_time(piece: str) -> None:
    """A hundred thousand characters made of what templates look for are judged at once."""
    words = finding_words()
    for rule, message, _ in {words.rules.get(one[0]): one for one in SAID}.values():
        for hostile in (piece * (LONG // len(piece)), message + piece * (LONG // len(piece))):
            before = time.process_time()
            said = words.say(rule, hostile)
            assert time.process_time() - before < 1
            assert said is None or len(said) > LONG // 2


def test_pages_show_the_words_of_their_language(demo_run: DemoRun, tmp_path: Path) -> None:
    """Chinese pages say what they can in Chinese, the rest in English, marked and escaped."""
    copy = tmp_path / "archive.db"
    copy.write_bytes((demo_run.archive / "archive.db").read_bytes())
    with closing(sqlite3.connect(copy)) as db, db:
        known, unknown, report = db.execute(
            "SELECT min(f.key), max(f.key), f.report FROM findings f JOIN reports r"
            " ON r.key = f.report AND r.revision = f.revision WHERE r.year = 2020"
            " GROUP BY f.report HAVING count(*) > 1"
        ).fetchone()
        db.execute(
            "UPDATE findings SET rule = 'text_copied', message = ? WHERE key = ?",
            ["10 of 12 sentences are those of <i>", known],
        )
        db.execute("UPDATE findings SET message = ? WHERE key = ?", [UNKNOWN, unknown])
        db.executemany(
            "INSERT INTO reviews VALUES (?, 'wrong', '张三', '2026-11-28T17:00:00Z', NULL)",
            [[known], [unknown]],
        )
    paths = (f"/report/{report}", "/findings?told=wrong", "/corrections")
    chinese, english = (
        "12 句中有 10 句与 &lt;i&gt; 年的相同",
        "10 of 12 sentences are those of &lt;i&gt;",
    )
    left = '<span lang="en">the moon is made of cheese: &lt;b&gt;1 + 1 = 3&lt;/b&gt;</span>'
    for path in paths:
        mark = "&" if "?" in path else "?"
        ours, theirs = ask(tmp_path, path, f"{path}{mark}lang=en")
        assert f"<span>{chinese}</span>" in ours.text
        assert english not in ours.text
        assert left in ours.text
        assert english in theirs.text
        assert chinese not in theirs.text


def test_every_finding_of_the_demo_has_chinese_words(demo_run: DemoRun) -> None:
    """What the demonstration shows is wholly in Chinese."""
    with closing(sqlite3.connect(demo_run.archive / "archive.db")) as db:
        found = db.execute("SELECT rule, message FROM findings").fetchall()
    assert len(found) > 10
    assert [one for one in found if finding_words().say(*one) is None] == []
