"""The history of a report and what changed between two of its states, from the demo archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.patch import apply_patch, content_of_lines
from tests.conftest import DemoRun
from tests.test_archive_commands import scrapy


def test_the_history_of_a_report_lists_its_states_in_order(demo_run: DemoRun) -> None:
    """A report whose page was there and then gone has two states, the second without content."""
    answer = json.loads(scrapy(demo_run.archive, "history", "--json", "长丰县", "2015").stdout)
    assert [state["number"] for state in answer["states"]] == [1, 2]
    assert [state["revision"] is None for state in answer["states"]] == [False, True]


def test_a_changed_number_is_shown_with_its_difference(demo_run: DemoRun) -> None:
    """The one number that the second edition changed is the one change, old, new and difference."""
    answer = json.loads(scrapy(demo_run.archive, "diff", "--json", "平湖市人民政府", "2023").stdout)
    (change,) = answer["changes"]
    assert (change["item"], change["before"], change["after"], change["difference"]) == (
        "a20_6_penalty_decisions",
        "3172",
        "3217",
        45,
    )


def test_a_changed_sentence_is_shown_by_its_words(demo_run: DemoRun) -> None:
    """In a terminal the words that differ stand in brackets, the rest of the sentence around."""
    lines = scrapy(demo_run.archive, "diff", "平湖市教育局 2022").stdout.splitlines()
    assert "  - 教育类信息[按学期集中]发布。" in lines
    assert "  + 教育类信息[改为按月]发布[，并增加图解]。" in lines


def test_a_comparison_can_be_kept_as_a_page(demo_run: DemoRun, tmp_path: Path) -> None:
    """The page marks what went and what came, and needs no other file."""
    page = tmp_path / "diff.html"
    scrapy(demo_run.archive, "diff", "平湖市教育局 2022", "--html", str(page))
    text = page.read_text("utf-8")
    assert "<del>按学期集中</del>" in text
    assert "<ins>改为按月</ins>" in text
    assert "src=" not in text
    assert "href=" not in text


def test_a_patch_leads_from_one_state_to_the_other(demo_run: DemoRun, tmp_path: Path) -> None:
    """The lines of a state, patched, are those of the next; the patch shows what differs."""
    patch = tmp_path / "change.patch"
    scrapy(demo_run.archive, "diff", "平湖市教育局 2022", "--patch", str(patch))
    text = patch.read_text("utf-8")
    assert text.splitlines()[0].startswith("--- ")
    assert "-教育类信息按学期集中发布。\n+教育类信息改为按月发布，并增加图解。\n" in text
    old, new = (
        scrapy(
            demo_run.archive, "history", "平湖市教育局 2022", "--text", str(number)
        ).stdout.splitlines()
        for number in (1, 2)
    )
    assert apply_patch(content_of_lines(old), text) == content_of_lines(new)


def test_a_state_does_not_differ_from_itself(demo_run: DemoRun) -> None:
    """A state compared with itself has no changes."""
    answer = scrapy(
        demo_run.archive, "diff", "--json", "--from", "1", "--to", "1", "平湖市教育局 2022"
    )
    assert json.loads(answer.stdout)["changes"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("diff", "平湖市人民政府"), "more than one report fits"),
        (("history", "没有的报告"), "no such report"),
        (("diff", "平湖市人民政府"), "annual_report  平湖市人民政府2019年政府信息公开工作年度报告"),
        (("diff", "--from", "9", "平湖市教育局 2022"), "no state 9; the history has states 1 to 2"),
        (("diff", "--from", "0", "平湖市教育局 2022"), "no state 0; the history has states 1 to 2"),
        (("diff", "--to", "0", "平湖市教育局 2022"), "no state 0; the history has states 1 to 2"),
    ],
)
def test_what_cannot_be_shown_is_said(
    demo_run: DemoRun, words: tuple[str, ...], message: str
) -> None:
    """Words that fit several reports or none, and states that are not there, end with status 1."""
    answer = scrapy(demo_run.archive, *words)
    assert answer.returncode == 1
    assert message in answer.stderr


def test_full_width_letters_and_digits_name_a_report_too(demo_run: DemoRun) -> None:
    """A key or year as a Chinese keyboard writes it is the plain one."""
    plain = scrapy(demo_run.archive, "history", "--json", "平湖市教育局 2022").stdout
    key = json.loads(plain)["report"]
    wide = key.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    for asked in ("平湖市教育局　２０２２", wide):
        assert scrapy(demo_run.archive, "history", "--json", asked).stdout == plain
