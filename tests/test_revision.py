"""What makes a new revision, and how captures become sightings."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.revision import Seen, content_of, digest_of, find_sightings
from parsers.model import Block, Cell, Document, Link, Table


def _document(*lines: str, clicks: str | None = None, host: str = "a") -> Document:
    text = "\n".join(lines)
    blocks, start = [], 0
    for line in lines:
        blocks.append(Block("paragraph", start, start + len(line)))
        start += len(line) + 1
    return Document(
        media_type="text/html",
        url=None,
        title="甲县2023年年报",
        metadata={"clicks": clicks, "publisher": "甲县人民政府办公室"},
        meta_tags={},
        text=text,
        received=text,
        blocks=tuple(blocks),
        attachments=(Link(f"http://{host}.test/files/table.xls", "附表"),),
    )


def _digest(document: Document) -> str:
    return digest_of(content_of(document))


_BASE = ("甲县2023年年报", "全年收到申请9件。", "点击数：12")


@pytest.mark.parametrize(
    "other",
    [
        _document("甲县2023年年报", "全年收到申请9件。", "点击数：999"),
        _document("甲县2023年年报", "\u3000\u3000全年收到申请9件。 ", "点击数：12"),
        _document(*_BASE, "更新时间：2024-03-01 10:20"),
        _document(*_BASE, "【打印本页】【关闭窗口】"),
        _document(*_BASE, clicks="17"),
        _document(*_BASE, host="b"),
    ],
    ids=["counter", "white space", "update time", "buttons", "clicks label", "other host"],
)
def test_chrome_makes_no_revision(other: Document) -> None:
    """Counters, white space, update times, buttons and a move alone give the same digest."""
    assert _digest(other) == _digest(_document(*_BASE))


@pytest.mark.parametrize(
    "other",
    [
        _document("甲县2023年年报", "全年收到申请10件。", "点击数：12"),
        _document(*_BASE, "访问量为72万次，比上年有所增长。"),
        _document(*_BASE[:1]),
    ],
    ids=["number", "sentence with a counter word", "sentence gone"],
)
def test_content_makes_a_revision(other: Document) -> None:
    """A number, a sentence added or a sentence gone give another digest."""
    assert _digest(other) != _digest(_document(*_BASE))


def test_a_spanned_cell_counts_once() -> None:
    """A cell that spans rows is content where it is first met and empty where it repeats."""
    label, one, two = Cell("总计", 0, 2), Cell("1", 3, 4), Cell("2", 5, 6)
    table = Table(1, ((label, one), (label, two)))
    document = Document("text/html", None, None, {}, {}, "总计\t1\n2", "", tables=(table,))
    assert content_of(document).tables == ((("总计", "1"), ("", "2")),)


def test_a_b_a_is_two_revisions_and_three_sightings() -> None:
    """A document that changes and changes back has three sightings."""
    seen = [Seen(1, "t1", 7), Seen(2, "t2", 8), Seen(3, "t3", 8), Seen(4, "t4", 7)]
    sightings = find_sightings(seen)
    assert [(s.revision, s.seen_from, s.seen_to, s.captures) for s in sightings] == [
        (7, "t1", "t1", 1),
        (8, "t2", "t3", 2),
        (7, "t4", "t4", 1),
    ]


@given(st.lists(st.sampled_from([None, 1, 2]), max_size=12), st.randoms())
def test_sightings_do_not_depend_on_the_order_of_arrival(
    states: list[int | None], random: Random
) -> None:
    """Captures in any order give the sightings of their order in time."""
    seen = [Seen(i, f"{i:03}", state) for i, state in enumerate(states)]
    shuffled = list(seen)
    random.shuffle(shuffled)
    assert find_sightings(shuffled) == find_sightings(seen)
