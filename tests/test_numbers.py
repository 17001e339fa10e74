"""What a printed number says, in a cell and in a sentence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.model import Number, Qualifier, State
from parsers.numbers import (
    find_chinese_expressions,
    find_expressions,
    fold,
    in_yuan,
    read_cell,
    read_chinese,
    read_match,
)

CELLS: list[tuple[str, Number | None, str | None, State, Qualifier]] = [
    ("0", 0, None, "printed", "exact"),
    ("1234", 1234, None, "printed", "exact"),
    ("1,234,567", 1234567, None, "printed", "exact"),
    ("１，２３４", 1234, None, "printed", "exact"),
    ("007", 7, None, "printed", "exact"),
    (" 12 ", 12, None, "printed", "exact"),
    ("90.2", Decimal("90.2"), None, "printed", "exact"),
    ("80.0", 80, None, "printed", "exact"),
    ("84.18%", Decimal("84.18"), "%", "printed", "exact"),
    ("１００％", 100, "%", "printed", "exact"),
    ("+3", 3, None, "printed", "exact"),
    ("-2", -2, None, "printed", "exact"),
    ("－1851", -1851, None, "printed", "exact"),
    ("增3", 3, None, "printed", "exact"),
    ("减少2", -2, None, "printed", "exact"),
    ("↓4", -4, None, "printed", "exact"),
    ("12件", 12, "件", "printed", "exact"),
    ("251000元", 251000, "元", "printed", "exact"),
    ("1,234.5万元", 12345000, "元", "printed", "exact"),
    ("3亿元", 300000000, "元", "printed", "exact"),
    ("二百三十", 230, None, "printed", "exact"),
    ("约3千件", 3000, "件", "printed", "about"),
    ("100余", 100, None, "printed", "more_than"),
    ("50以上", 50, None, "printed", "at_least"),
    ("", None, None, "blank", "exact"),
    ("\u3000\u00a0", None, None, "blank", "exact"),
    ("/", None, None, "na", "exact"),
    ("-", None, None, "na", "exact"),
    ("——", None, None, "na", "exact"),
    ("----", None, None, "na", "exact"),
    ("无", 0, None, "zero_phrase", "exact"),
    ("持平", 0, None, "zero_phrase", "exact"),
    ("+3/-1", None, None, "unreadable", "exact"),
    ("O", None, None, "unreadable", "exact"),
    ("1 234", None, None, "unreadable", "exact"),
    ("见附件", None, None, "unreadable", "exact"),
    ("12,34", None, None, "unreadable", "exact"),
]


@pytest.mark.parametrize(
    ("text", "value", "unit", "state", "qualifier"), CELLS, ids=[repr(c[0]) for c in CELLS]
)
def test_a_cell_says_one_exact_number_or_why_not(
    text: str, value: Number | None, unit: str | None, state: State, qualifier: Qualifier
) -> None:
    """A cell is read exactly, or is blank, not applicable or unreadable, never guessed."""
    read = read_cell(text)
    assert (read.value, read.unit, read.state, read.qualifier) == (value, unit, state, qualifier)
    assert read.value is None or type(read.value) is type(value)


@pytest.mark.parametrize(("text", "low", "high"), [("3-5", 3, 5), ("3至5件", 3, 5)])
def test_a_range_has_two_ends_and_no_value(text: str, low: int, high: int) -> None:
    """A range is kept as a range."""
    read = read_cell(text)
    assert (read.value, read.low, read.high, read.qualifier) == (None, low, high, "range")


def test_a_blank_cell_is_not_zero() -> None:
    """Blank and zero stay apart."""
    assert read_cell("").value is None
    assert read_cell("0").value == 0


EXPRESSIONS: list[tuple[str, list[tuple[str, Number | None, str | None, Qualifier]]]] = [
    ("信息近8100条", [("近8100条", 8100, "条", "just_below")]),
    ("公开1,563,668条,通过", [("1,563,668条", 1563668, "条", "exact")]),
    ("咨询476万余人次", [("476万余人次", 4760000, "人次", "more_than")]),
    ("达5亿余人次", [("5亿余人次", 500000000, "人次", "more_than")]),
    ("数据100多万笔", [("100多万笔", 1000000, "笔", "more_than")]),
    ("10余万人", [("10余万人", 100000, "人", "more_than")]),
    ("1.2万条", [("1.2万条", 12000, "条", "exact")]),
    ("资料28085(张)次", [("28085(张)次", 28085, "次", "exact")]),
    ("费12150.73万元", [("12150.73万元", 121507300, "元", "exact")]),
    ("约90%是", [("约90%", 90, "%", "about")]),
    ("6个以上", [("6个以上", 6, "个", "at_least")]),
    ("9件,其中1件", [("9件", 9, "件", "exact"), ("1件", 1, "件", "exact")]),
    ("20,30件", [("20", 20, None, "exact"), ("30件", 30, "件", "exact")]),
    ("不足3件", [("不足3件", 3, "件", "just_below")]),
    ("第3期", []),
    ("〔2017〕24号", [("24", 24, None, "exact")]),
    ("B2G平台", []),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS, ids=[e[0] for e in EXPRESSIONS])
def test_an_expression_is_matched_as_one_unit(
    text: str, expected: list[tuple[str, Number | None, str | None, Qualifier]]
) -> None:
    """Modifier, number, multiplier and unit are one expression; ordinals and names are none."""
    found = [(m.group(), read_match(m, m.group())) for m in find_expressions(text)]
    assert [(raw, q.value, q.unit, q.qualifier) for raw, q in found] == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("四", 4),
        ("十一", 11),
        ("二十", 20),
        ("二百三十", 230),
        ("一千零五", 1005),
        ("二〇一一", 2011),
    ],
)
def test_chinese_numerals_have_their_value(text: str, value: int) -> None:
    """Positional and spelled-out Chinese numerals are both read."""
    assert read_chinese(text) == value


def test_a_chinese_number_needs_a_unit_and_no_ordinal() -> None:
    """第一件 is an ordinal and 一 alone is no count; 十一件 is eleven."""
    found = [m.group() for m in find_chinese_expressions("第一件事,一是收到十一件,共二百余人次")]
    assert found == ["十一件", "二百余人次"]


def test_money_takes_the_unit_of_its_heading_unless_it_has_its_own() -> None:
    """90.2 under 万元 is 902000 元; 251000元 under 万元 stays as printed."""
    assert in_yuan(read_cell("90.2"), "万元").value == 902000
    assert in_yuan(read_cell("251000元"), "万元").value == 251000
    assert in_yuan(read_cell(""), "万元").value is None
    assert in_yuan(read_cell("5949.088667"), "万元").value == Decimal("59490886.67")


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    """Folding is character for character."""
    assert len(fold(text)) == len(text)


@given(st.text(max_size=30))
def test_any_cell_can_be_read(text: str) -> None:
    """No cell text raises, and only printed cells and zero phrases have a value."""
    read = read_cell(text)
    assert read.value is None or read.state in ("printed", "zero_phrase")


@given(st.integers(min_value=0, max_value=10**12), st.booleans())
def test_a_printed_integer_reads_back(number: int, separators: bool) -> None:  # noqa: FBT001
    """An integer printed with or without thousands separators keeps its value."""
    assert read_cell(f"{number:,}" if separators else str(number)).value == number
