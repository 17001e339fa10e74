"""``scrapy read`` shows what was repaired: before, after, exact or chosen, in colour if asked."""

from __future__ import annotations

import re

import pytest

from archive.reading import Reading, read
from crawler.commands.read import lines_of
from crawler.demo.damage import damage_like_gansu
from crawler.repair_lines import repair_lines, show
from parsers.charset import decode
from parsers.document import read_document

# "\x1b[31m"
INK = re.compile("\x1b\\[\\d+m")
PAGE = (
    "示例省人民政府办公厅关于2016年政务公开工作考核情况的通报\n"
    "　　一、总体情况\n"
    "　　（一）公开渠道。各省（区、市）严格执行国家规定，网络监督机制较为完善，"
    "发现问题及时报告，数据对外公布，处理结果被点名表扬，如：设立专家库，发挥作用。\n"
)
BROKEN = damage_like_gansu(PAGE)


def reading_of(text: str) -> Reading:
    """Return the reading of a text file."""
    return read(text.encode(), name="report.txt")


def test_shows_evidence_below_the_encoding() -> None:
    """The lines after the encoding say what it was chosen on."""
    reading = reading_of(PAGE)
    lines = list(lines_of(reading))
    at = next(number for number, line in enumerate(lines) if line.startswith("encoding"))
    assert reading.decoded.evidence
    shown = lines[at + 1 : at + 1 + len(reading.decoded.evidence)]
    assert shown == [f"  {evidence}" for evidence in reading.decoded.evidence]


def test_clean_text_shows_no_repairs_and_no_text() -> None:
    """A page without damage has the one line that says so."""
    lines = list(lines_of(reading_of(PAGE)))
    assert "repairs (0)" in lines
    assert not any(line.startswith("text, repaired") for line in lines)


def test_groups_many_repairs_and_lists_the_chosen_ones() -> None:
    """Many repairs stand in one line a rule; each chosen one has its place and margin."""
    reading = reading_of(BROKEN)
    lines = list(repair_lines(reading.document))
    grouped = [line for line in lines if ", exact, x" in line]
    chosen = [one for one in reading.document.repairs if not one.exact]
    assert any("(guān) → nothing" in line for line in grouped)
    assert len(grouped) == len({one.rule for one in reading.document.repairs if one.exact})
    assert sum("chosen" in line for line in lines) == len(chosen) > 0
    assert len(lines) == len(grouped) + len(chosen)


def test_lists_few_repairs_with_what_stands_around_them() -> None:
    """A single repair is shown in its place."""
    received = "来源:县政务公开办??发布时间:2012-03-24\n正文。\n"
    lines = list(repair_lines(read_document(decode(received.encode(), None, "text/plain"))))
    assert len(lines) == 1
    assert "?? → “  ”" in lines[0]
    assert "政务公开办|发布时间:201" in lines[0]


def test_shows_the_repaired_text() -> None:
    """The clean circular stands below its repairs."""
    lines = list(lines_of(reading_of(BROKEN)))
    assert any(line.startswith("text, repaired (") for line in lines)
    assert any("处理结果被点名表扬,如:设立专家库,发挥作用。" in line for line in lines)


def test_colours_before_and_after() -> None:
    """In colour the lines are the same but for the ink: red before, green or yellow after."""
    document = reading_of(BROKEN).document
    inked = list(repair_lines(document, colour=True))
    assert [INK.sub("", line) for line in inked] == list(repair_lines(document))
    assert "\x1b[31m(guān)\x1b[0m → \x1b[32mnothing\x1b[0m" in "\n".join(inked)
    assert any("\x1b[33m" in line for line in inked)
    plain, coloured = (list(lines_of(reading_of(BROKEN), colour=ink)) for ink in (False, True))
    assert [INK.sub("", line) for line in coloured] == plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("表扬 a", "表扬 a"),
        ("\ue0a6_\u200b", "<U+E0A6>_<U+200B>"),
        ("\x1b[31m", "<U+001B>[31m"),
        ("\ufffd\xa0", "\ufffd<U+00A0>"),
        ("\U00020164", "\U00020164"),
    ],
)
def test_spells_out_what_has_no_shape(text: str, shown: str) -> None:
    """Private use, invisible and control characters are named, so no page drives a terminal."""
    assert show(text) == shown
