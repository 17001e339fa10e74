"""Sets that keep hashes only: they answer as sets do."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from archive.marks import Marks

TEXTS = st.lists(st.text(max_size=2))


@given(TEXTS, TEXTS, TEXTS)
def test_marks_answer_as_a_set_does(first: list[str], later: list[str], asked: list[str]) -> None:
    """What was given or added is there, once, and nothing else is."""
    marks, known = Marks(first), {*first}
    for one in later:
        marks.add(one)
        known.add(one)
    assert len(marks) == len(known)
    assert [one in marks for one in asked] == [one in known for one in asked]


def test_marks_take_a_dozen_bytes_each() -> None:
    """A hundred thousand addresses take little more than a megabyte."""
    marks = Marks()
    for number in range(100_000):
        marks.add(f"http://www.example.test/{number}.html")
    assert sys.getsizeof(marks._hashes) < 1_200_000
