"""What a diff of two contents finds, names and can undo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.diff import Change, Printed, apply_edits, diff_contents, name_changes
from archive.revision import Content

_WORDS = st.text(alphabet="政府信息公开甲乙丙12", min_size=1, max_size=4)
_ROWS = st.lists(st.lists(_WORDS, min_size=2, max_size=2).map(tuple), min_size=1, max_size=4)
_CONTENTS = st.builds(
    Content,
    title=_WORDS,
    metadata=st.dictionaries(st.sampled_from(["source", "publisher", "validity"]), _WORDS),
    sentences=st.lists(_WORDS, max_size=6).map(tuple),
    tables=st.lists(_ROWS.map(tuple), max_size=3).map(tuple),
    attachments=st.lists(_WORDS, max_size=3).map(tuple),
)


def _content(
    *sentences: str, tables: tuple[tuple[tuple[str, ...], ...], ...] = (), title: str = "年报"
) -> Content:
    return Content(title, {}, sentences, tables, ())


def _number(field: str, raw: str, row: int | None = None, col: int | None = None) -> Printed:
    source = "narrative" if row is None else "table1"
    return Printed(field, source, 0, raw, row, col, raw)


@given(_CONTENTS)
def test_a_content_does_not_differ_from_itself(content: Content) -> None:
    """The diff of a content with itself is empty."""
    assert diff_contents(content, content) == ()


@given(_CONTENTS, _CONTENTS)
def test_applying_a_diff_gives_the_second_content(before: Content, after: Content) -> None:
    """Applying diff(a, b) to a gives b, whatever a and b are."""
    assert apply_edits(before, diff_contents(before, after)) == after


def _named(
    before: Content, after: Content, old: list[Printed], new: list[Printed]
) -> tuple[Change, ...]:
    return name_changes(diff_contents(before, after), old, new)


def test_a_changed_cell_with_a_statistic_is_a_change_of_that_field() -> None:
    """One number changed in a table is one change, of the field that stands there."""
    before = _content(tables=((("行政处罚", "12"), ("行政强制", "3")),))
    after = _content(tables=((("行政处罚", "15"), ("行政强制", "3")),))
    changes = _named(
        before,
        after,
        [_number("a20_6_penalty_decisions", "12", 0, 1)],
        [_number("a20_6_penalty_decisions", "15", 0, 1)],
    )
    assert changes == (Change("field", "a20_6_penalty_decisions", "table1:r0c1", "12", "15"),)


def test_a_changed_cell_without_a_statistic_is_a_change_of_the_cell() -> None:
    """A label that changed in a table is a change of the cell."""
    changes = _named(_content(tables=((("甲", "1"),),)), _content(tables=((("乙", "1"),),)), [], [])
    assert changes == (Change("cell", "table1", "table1:r0c0", "甲", "乙"),)


def test_a_changed_sentence_is_one_change_of_text() -> None:
    """One sentence that changed among others is one change, with both wordings."""
    before = _content("工作有序推进。", "成效明显。", "再接再厉。")
    after = _content("工作有序推进。", "成效初显。", "再接再厉。")
    assert _named(before, after, [], []) == (
        Change("text", "text", "sentence:1", "成效明显。", "成效初显。"),
    )


def test_a_changed_number_in_a_sentence_is_a_change_of_the_field_alone() -> None:
    """A sentence that differs in a statistic only gives no second change for its words."""
    changes = _named(
        _content("全年收到申请9件。"),
        _content("全年收到申请19件。"),
        [_number("requests_received_total", "9件")],
        [_number("requests_received_total", "19件")],
    )
    assert changes == (Change("field", "requests_received_total", "sentence:0", "9件", "19件"),)


def test_a_changed_number_among_changed_words_is_both() -> None:
    """A sentence whose number and words differ is a change of the field and of the text."""
    changes = _named(
        _content("全年收到申请9件。"),
        _content("全县收到申请19件。"),
        [_number("requests_received_total", "9件")],
        [_number("requests_received_total", "19件")],
    )
    assert [change.kind for change in changes] == ["field", "text"]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (_content("一。"), _content("一。", title="总结"), "metadata"),
        (_content("一。", "二。"), _content("一。"), "text"),
        (_content(tables=((("a", "b"),),)), _content(), "cell"),
        (_content(tables=((("a", "b"),),)), _content(tables=((("a", "b"), ("c", "d")),)), "cell"),
    ],
    ids=["title", "sentence removed", "table removed", "row added"],
)
def test_each_other_difference_has_its_kind(before: Content, after: Content, kind: str) -> None:
    """Titles, removed sentences, tables and rows are each one change of their kind."""
    assert [change.kind for change in _named(before, after, [], [])] == [kind]
