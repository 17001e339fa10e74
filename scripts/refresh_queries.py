"""Writes the command and the real answer under each question of ``docs/queries.md``.

Run by hand after a change of the demo, of the tables or of a question, on a fresh ``make demo``.
``tests/test_queries.py`` runs the same commands and compares.  The SQL is what is written by hand;
a first line ``-- q = 复议`` in it is the value of ``:q``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scripts.refresh_readme import DEMO, ROOT, run_query

QUERIES = ROOT / "docs" / "queries.md"
FUNCTIONS = "archive/site/functions.py"
# ### 1. How many …?, then the same in Chinese with remarks, the SQL, the command with its answer.
QUESTION = re.compile(
    r"^### (?P<number>\d+)\. (?P<question>[^\n]+)\n\n(?P<remarks>[^`][^\n]*(?:\n[^\n]+)*)\n\n"
    r"```sql\n(?P<sql>.*?)```\n(?:\n```console\n\$ (?P<command>[^\n]+)\n(?P<answer>.*?)```\n)?",
    re.MULTILINE | re.DOTALL,
)
_VALUE = re.compile(r"-- q = (.+)\n")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the file, with the command and the answer that stand there."""

    number: int
    question: str
    remarks: str
    sql: str
    command: str | None
    answer: str | None


def read_questions() -> list[Question]:
    """Return the questions in the order of the file."""
    text = QUERIES.read_text(encoding="utf-8")
    return [
        Question(
            int(found["number"]), *found.group("question", "remarks", "sql", "command", "answer")
        )
        for found in QUESTION.finditer(text)
    ]


def command_of(sql: str) -> str:
    """Return the arguments of sqlite-utils that ask ``sql``."""
    value = _VALUE.match(sql)
    line = " ".join(_VALUE.sub("", sql).split())
    if not set(line).isdisjoint('"$`\\'):
        raise ValueError(f"not to be quoted for a shell: {line}")
    given = f" -p q '{value[1]}'" if value else ""
    functions = f" --functions {FUNCTIONS}" if "search_" in line else ""
    return f'query {DEMO} "{line}"{given}{functions} --table'


def main() -> None:
    """Rewrite the file in place."""

    def answered(found: re.Match[str]) -> str:
        command = command_of(found["sql"])
        answer = run_query(command, ".venv/bin/sqlite-utils")
        return (
            f"### {found['number']}. {found['question']}\n\n{found['remarks']}\n\n"
            f"```sql\n{found['sql']}```\n\n"
            f"```console\n$ .venv/bin/sqlite-utils {command}\n{answer}```\n"
        )

    text = QUERIES.read_text(encoding="utf-8")
    QUERIES.write_text(QUESTION.sub(answered, text), encoding="utf-8")
    print(f"{len(read_questions())} questions answered")


if __name__ == "__main__":
    main()
