"""What docs/queries.md shows is what the commands print."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from scripts.refresh_queries import Question, command_of, read_questions
from scripts.refresh_readme import run_query
from tests.conftest import DemoRun

QUESTIONS = read_questions()
VARYING = 30  # shows times and places in WARC files, which no two crawls share


def test_there_are_thirty_questions() -> None:
    """They are numbered from 1 to 30, and asked in English and in Chinese."""
    assert [one.number for one in QUESTIONS] == list(range(1, 31))
    for one in QUESTIONS:
        assert one.question.endswith("?")
        assert re.match(r"[一-鿿]", one.remarks), one.number


@pytest.mark.parametrize("one", QUESTIONS, ids=lambda one: one.number)
def test_a_question_has_the_answer_that_is_shown(one: Question, demo_run: DemoRun) -> None:
    """The command is the SQL above it and prints the answer below it, on a fresh demo archive."""
    assert one.command == f".venv/bin/sqlite-utils {command_of(one.sql)}"
    program = str(Path(sys.executable).with_name("sqlite-utils"))
    answer = run_query(command_of(one.sql), program, str(demo_run.archive / "archive.db"))
    if one.number == VARYING:
        assert one.answer is not None
        answer, shown = (text.split("\n") for text in (answer, one.answer))
        assert answer[0].split() == shown[0].split()
        assert len(answer) == len(shown)
    else:
        assert answer == one.answer


def test_most_questions_have_an_answer() -> None:
    """An answer without rows is the exception, and the text says what it means."""
    empty = [one for one in QUESTIONS if one.answer is None or one.answer.count("\n") <= 2]
    assert all("No rows:" in one.remarks for one in empty)
    assert len(empty) <= 1


def test_a_command_is_one_that_a_shell_can_take() -> None:
    """Values and functions are given where the SQL needs them; what a shell would eat is refused."""
    sql = "-- q = 信访 事项\nselect 1\nwhere search_query(:q)\n"
    assert command_of(sql) == (
        "query data/demo/archive.db \"select 1 where search_query(:q)\" -p q '信访 事项'"
        " --functions archive/site/functions.py --table"
    )
    with pytest.raises(ValueError, match="not to be quoted"):
        command_of('select "title" from reports')
