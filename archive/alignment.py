"""Which items of two sequences stand for one another.

``align`` decides what was kept, replaced, removed and put in; it leaves what the items are
(sentences, rows, tables, characters) and what a difference means to its callers.  Items that
are equal are found by ``difflib``; between them, an item is paired with the one that it most
resembles, in order, so that a sentence put in before a changed one is not taken for the change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeVar

T = TypeVar("T", bound=Hashable)
ALIKE = 0.5  # a pair below this share of common parts is one thing removed and another put in
_MOST_PAIRS = 4_000  # more than 60 sentences by 60 in one place: a new text, not an edited one


class Step(NamedTuple):
    """``before[i1:i2]`` became ``after[j1:j2]``; one item for one item where they are alike."""

    i1: int
    i2: int
    j1: int
    j2: int


def share(before: Sequence[Hashable], after: Sequence[Hashable]) -> float:
    """How much two sequences have in common, order apart: 0 nothing, 1 all."""
    common = (Counter(before) & Counter(after)).total()
    return 2 * common / (len(before) + len(after)) if common else 0.0


def align(before: Sequence[T], after: Sequence[T], alike: Callable[[T, T], float]) -> list[Step]:
    """The steps that turn ``before`` into ``after``, in order; none where they are equal."""
    steps: list[Step] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "replace":
            pairs = _pair(before[i1:i2], after[j1:j2], alike)
            steps += _between([(i1 + i, j1 + j) for i, j in pairs], Step(i1, i2, j1, j2))
        elif tag != "equal":
            steps.append(Step(i1, i2, j1, j2))
    return steps


def _between(pairs: Sequence[tuple[int, int]], block: Step) -> list[Step]:
    """The steps of a replaced block: its pairs, and what stands between them."""
    steps: list[Step] = []
    i, j = block.i1, block.j1
    for left, right in (*pairs, (block.i2, block.j2)):
        if i < left or j < right:
            steps.append(Step(i, left, j, right))
        if left < block.i2 and right < block.j2:
            steps.append(Step(left, left + 1, right, right + 1))
        i, j = left + 1, right + 1
    return steps


def _pair(
    before: Sequence[T], after: Sequence[T], alike: Callable[[T, T], float]
) -> list[tuple[int, int]]:
    """The pairs of alike items, in order in both, whose shares add up to the most."""
    if len(before) * len(after) > _MOST_PAIRS:
        return []
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    shares = [[alike(old, new) for new in after] for old in before]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            paired = shares[i][j] + best[i + 1][j + 1] if shares[i][j] >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(before) and j < len(after) and best[i][j]:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs
