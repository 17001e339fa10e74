"""Repair looks at clean text once, and gives up on hostile text in time and says so."""

from __future__ import annotations

from random import Random

import pytest

from bench.damage import DAMAGES
from parsers.mojibake import language_model, over_converted, repair
from parsers.mojibake.oddity import odd_lines
from parsers.mojibake.pages_used import pages_used

CLEAN = "本单位全年收到政府信息公开申请九件，均已按时答复。\n"


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        pytest.param("鏀簻", True, id="at an even place"),
        pytest.param("政鏀簻", True, id="at an odd place, last"),
        pytest.param("政鏀簻府", True, id="at an odd place"),
        pytest.param("", False, id="nothing"),
        pytest.param("鏀", False, id="one alone"),
        pytest.param("鏀政簻", False, id="apart"),
    ],
)
def test_finds_two_odd_characters_in_a_row(*, text: str, odd: bool) -> None:
    """Where the pair stands makes no difference."""
    assert bool(odd_lines(text)) is odd


def test_tells_the_pages_of_a_text() -> None:
    """Basic ideographs do not count; signs, radicals and rare characters do."""
    assert pages_used("政府，⼈") == {0xFF, 0x2F}
    assert pages_used("\U00020164") == {0xD8, 0xDD}


def test_each_clue_of_word_blind_conversion_is_in_a_wrong_word() -> None:
    """A letter that no wrong word has would send clean pages to the slow pattern."""
    idle = [one for one in over_converted._LETTERS if one not in over_converted._WRONG.pattern]
    assert idle == []


def test_several_characters_score_as_one_by_one() -> None:
    """Reading on by a whole text reaches the context that its characters reach."""
    context = language_model.START
    for char in CLEAN:
        context = language_model.extend(context, char)
    assert language_model.extend(language_model.START, CLEAN) == context


@pytest.mark.parametrize(
    "received",
    [
        pytest.param("鏀垮\ufffd" * 7000, id="a lost byte after each two"),
        pytest.param("?。ㄒ唬┕\ue0a6_" * 3000, id="out of step from end to end"),
    ],
)
def test_says_that_it_gave_up(received: str) -> None:
    """Text that holds more damage than is worth reading stays as received, with one finding."""
    repaired = repair(received)
    assert repaired.text == received
    assert [one.rule for one in repaired.findings].count("unexplained_damage") == 1


def test_does_not_give_up_on_a_damaged_page() -> None:
    """A page that was misread throughout, with a lost byte in each line, is read to its end."""
    broken = DAMAGES["utf8_as_cp936"](CLEAN.strip(), Random(1))
    assert broken is not None
    repaired = repair("\n".join([broken.received] * 600))
    assert repaired.text.split("\n")[-1][:-1] == CLEAN.strip()[:-1]
    assert "unexplained_damage" not in [one.rule for one in repaired.findings]


def test_invisible_characters_beside_nothing_stay_however_many() -> None:
    """A hundred thousand invisible characters with no visible one beside them are left alone."""
    text = "\ufeff" * 100_000
    assert repair(text).text == text
