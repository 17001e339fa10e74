"""What a diff of two contents finds, names and can undo."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.change import Change, Printed, find_runs, name_changes, nature_of
from archive.diff import apply_edits, diff_contents
from archive.patch import (
    PatchDoesNotApply,
    Side,
    apply_patch,
    content_of_lines,
    lines_of,
    make_patch,
)
from archive.reading import read
from archive.revision import Content, content_of

OLD, NEW = Side("b1/2020/annual_report state 1", "2026-01-01"), Side("state 2", "2026-02-01")
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
    return Printed(field, source, 0, raw, row, col, raw, int(raw.rstrip("件")), "件")


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
    assert changes == (
        Change("field", "a20_6_penalty_decisions", "table1:r0c1", "12", "15", "number", 3),
    )


def test_a_changed_cell_without_a_statistic_is_a_change_of_the_cell() -> None:
    """A label that changed in a table is a change of the cell."""
    changes = _named(_content(tables=((("甲", "1"),),)), _content(tables=((("乙", "1"),),)), [], [])
    assert changes == (Change("cell", "table1", "table1:r0c0", "甲", "乙", "wording"),)


def test_a_changed_sentence_is_one_change_of_text() -> None:
    """One sentence that changed among others is one change, with both wordings."""
    before = _content("工作有序推进。", "成效明显。", "再接再厉。")
    after = _content("工作有序推进。", "成效初显。", "再接再厉。")
    assert _named(before, after, [], []) == (
        Change("text", "text", "sentence:1", "成效明显。", "成效初显。", "wording"),
    )


def test_a_changed_number_in_a_sentence_is_a_change_of_the_field_alone() -> None:
    """A sentence that differs in a statistic only gives no second change for its words."""
    changes = _named(
        _content("全年收到申请9件。"),
        _content("全年收到申请19件。"),
        [_number("requests_received_total", "9件")],
        [_number("requests_received_total", "19件")],
    )
    assert changes == (
        Change("field", "requests_received_total", "sentence:0", "9件", "19件", "number", 10),
    )


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


@pytest.mark.parametrize(
    ("before", "after", "nature"),
    [
        ("受理申请12件。", "受理申请15件。", "number"),
        ("占84.18%。", "占84.2%。", "number"),
        ("收到申请1,563件，办结9件。", "收到申请1,653件，办结8件。", "number"),
        ("信息公开条列。", "信息公开条例。", "typo"),
        ("依法依法公开。", "依法公开。", "wording"),
        ("的的确确公开了的的信息。", "的的确确公开了的信息。", "typo"),
        ("公开政信府息。", "公开政府信息。", "typo"),
        ("按时办结，无投诉。", "按时办结。无投诉。", "typo"),
        ("按时 办结（12件）。", "按时办结(12件)。", "formatting"),
        ("按时&nbsp;办结。", "按时&amp;bsp;办结。", "formatting"),
        ("同意公开。", "不同意公开。", "wording"),
        ("数量增加。", "数量减少。", "wording"),
        ("受理十二件。", "受理12件。", "wording"),
        (None, "新增一句。", "added"),
        (None, "&amp;bsp;", "formatting"),
        ("删去一句。", None, "removed"),
    ],
)
def test_a_rewriting_has_its_nature(before: str | None, after: str | None, nature: str) -> None:
    """Numbers, words, slips of the pen and mere formatting are told apart."""
    assert nature_of(before, after) == nature


def test_runs_show_whole_numbers_and_words() -> None:
    """What differs inside a sentence is shown by whole numbers, never by single digits."""
    assert find_runs("收到申请1563件，同比增长5%。", "收到申请1653件，同比下降5%。") == [
        ("收到申请", "收到申请"),
        ("1563", "1653"),
        ("件，同比", "件，同比"),
        ("增长", "下降"),
        ("5%。", "5%。"),
    ]


@given(st.text(max_size=40), st.text(max_size=40))
def test_runs_hold_all_of_both_texts(before: str, after: str) -> None:
    """The stretches of two texts, put together again, are the two texts."""
    runs = find_runs(before, after)
    assert ("".join(r.before for r in runs), "".join(r.after for r in runs)) == (before, after)


def test_a_sentence_put_in_before_a_changed_one_leaves_the_change_where_it_is() -> None:
    """A new sentence and a changed one beside it are two changes, not two changed sentences."""
    before = _content("全年受理申请12件，均已办结。", "特此报告。")
    after = _content("今年工作扎实。", "全年受理申请15件，均已办结。", "特此报告。")
    assert [(c.place, c.before, c.nature) for c in _named(before, after, [], [])] == [
        ("sentence:0", None, "added"),
        ("sentence:0", "全年受理申请12件，均已办结。", "number"),
    ]


def test_a_sentence_found_elsewhere_has_moved() -> None:
    """A sentence that is gone here and stands there, word for word, is one move."""
    moved = "组织业务培训两次，参加人员一百人。"
    before = _content(moved, "公开目录更新完毕。", "答复口径统一。")
    after = _content("公开目录更新完毕。", "答复口径统一。", moved)
    assert _named(before, after, [], []) == (
        Change("text", "text", "sentence:0>sentence:3", moved, moved, "moved"),
    )


def test_a_short_phrase_that_is_gone_and_there_has_not_moved() -> None:
    """A phrase that may stand anywhere is a removal and an addition."""
    before = _content("特此报告。", "公开目录更新完毕。", "答复口径统一。")
    after = _content("公开目录更新完毕。", "答复口径统一。", "特此报告。")
    natures = [change.nature for change in _named(before, after, [], [])]
    assert sorted(natures) == ["added", "removed"]


def test_a_row_put_in_and_a_cell_changed_are_two_changes() -> None:
    """In a table that grew by a row, the changed cell below is still a change of that cell."""
    before = _content(tables=((("指标", "数量"), ("受理", "12"), ("办结", "9")),))
    after = _content(tables=((("指标", "数量"), ("受理", "12"), ("其中网络", "4"), ("办结", "8")),))
    assert _named(before, after, [], []) == (
        Change("cell", "table1", "table1:r2", None, "其中网络\t4", "added"),
        Change("cell", "table1", "table1:r2c1", "9", "8", "number"),
    )


def test_a_changed_cell_below_a_new_row_is_a_change_of_its_field() -> None:
    """The statistic of a cell is found by where it stands now."""
    before = _content(tables=((("受理", "12"), ("办结", "9")),))
    after = _content(tables=((("受理", "12"), ("其中网络", "4"), ("办结", "8")),))
    changes = _named(
        before, after, [_number("closed_total", "9", 1, 1)], [_number("closed_total", "8", 2, 1)]
    )
    assert changes[-1] == Change("field", "closed_total", "table1:r1c1", "9", "8", "number", -1)


def test_a_table_put_in_first_leaves_the_others_as_they_are() -> None:
    """A new first table is one change; the tables after it are known again."""
    old = (("受理", "12"), ("办结", "9"))
    new = (("公开指南", "1"), ("公开目录", "2"))
    changes = _named(_content(tables=(old,)), _content(tables=(new, old)), [], [])
    assert [(c.item, c.nature) for c in changes] == [("table1", "added")]


def _contents_of(corpus: Path, pair: dict[str, str]) -> tuple[Content, Content]:
    pages = (corpus / "data/pages/govcn" / pair[side] for side in ("a", "b"))
    old, new = (
        content_of(read(page.read_bytes(), content_type="text/html", name=page.name).document)
        for page in pages
    )
    return old, new


def test_real_pages_fetched_twice_differ_only_where_the_page_did(corpus: Path) -> None:
    """Of eleven pages fetched on two days ten show nothing new, one an entity written wrong."""
    lines = (corpus / "data/revisions/govcn_recrawl_pairs.jsonl").read_text("utf-8").splitlines()
    natures = []
    for pair in map(json.loads, lines):
        old, new = _contents_of(corpus, pair)
        changes = name_changes(diff_contents(old, new), [], [])
        assert bool(changes) == (not pair["identical_text"]), pair["url"]
        natures += [change.nature for change in changes]
    assert natures == ["formatting"]


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_real_document_edited_at_random_is_followed(corpus: Path, data: st.DataObject) -> None:
    """Whatever is cut, doubled or rewritten in a real report, applying the diff gives the result."""
    seed = next((corpus / "seeds").glob("002_*"))
    before = content_of(read(seed.read_bytes(), content_type=None, name=seed.name).document)
    sentences = list(before.sentences)
    rows = [list(grid) for grid in before.tables]
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(sentences) - 1))
        word = data.draw(st.sampled_from(["", "新增一句。", sentences[at] + "补充", sentences[-1]]))
        sentences[at : at + 1] = [word] if word else []
        grid = rows[data.draw(st.integers(0, len(rows) - 1))]
        at = data.draw(st.integers(0, len(grid) - 1))
        grid[at:at] = [tuple(data.draw(st.sampled_from(["7", cell])) for cell in grid[at])]
    after = replace(before, sentences=tuple(sentences), tables=tuple(map(tuple, rows)))
    assert apply_edits(before, diff_contents(before, after)) == after
    assert apply_patch(before, make_patch(before, after, OLD, NEW)) == after


_ANY = st.text(st.sampled_from("甲1 #\\\n\r\t\x0b\u2028:-+@"), max_size=6)
_ANYTHING = st.builds(
    Content,
    title=_ANY,
    metadata=st.dictionaries(st.sampled_from(["source", "publisher"]), _ANY),
    sentences=st.lists(_ANY, max_size=5).map(tuple),
    tables=st.lists(
        st.lists(st.lists(_ANY, max_size=2).map(tuple), max_size=3).map(tuple), max_size=2
    ).map(tuple),
    attachments=st.lists(_ANY, max_size=2).map(tuple),
)


@given(_ANYTHING)
def test_the_lines_of_a_content_hold_all_of_it(content: Content) -> None:
    """A content comes back from its lines, whatever signs stand in it; its own patch is empty."""
    assert content_of_lines(lines_of(content)) == content
    assert make_patch(content, content, OLD, NEW) == ""


@given(_ANYTHING, _ANYTHING)
def test_a_patch_turns_one_content_into_the_other(before: Content, after: Content) -> None:
    """Applying the patch of a and b to a gives b, whatever a and b are."""
    assert apply_patch(before, make_patch(before, after, OLD, NEW)) == after


def test_a_patch_for_another_content_is_refused() -> None:
    """A patch whose removed or kept lines stand elsewhere does not apply, and says where."""
    patch = make_patch(_content("一句。", "二句。"), _content("一句。", "三句。"), OLD, NEW)
    with pytest.raises(PatchDoesNotApply, match="another line stands here") as refused:
        apply_patch(_content("一句。", "四句。"), patch)
    assert patch.split("\n")[refused.value.line - 1] == "-二句。"
    with pytest.raises(PatchDoesNotApply, match="ends early"):
        apply_patch(_content("一句。"), "@@ -1,2 +1,2 @@\n # title\n")


@pytest.mark.skipif(shutil.which("patch") is None, reason="the program patch is not installed")
@given(before=_CONTENTS, after=_CONTENTS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_program_patch_applies_it(tmp_path: Path, before: Content, after: Content) -> None:
    """Every unified diff of ours is one for ``patch``, too, with the same result."""
    file = tmp_path / "a.txt"
    file.write_text("".join(f"{line}\n" for line in lines_of(before)), "utf-8")
    text = make_patch(before, after, OLD, NEW)
    command = ["patch", "--silent", "--no-backup-if-mismatch", str(file)]
    subprocess.run(command, input=text.encode(), check=True)
    assert content_of_lines(file.read_text("utf-8").split("\n")[:-1]) == after
