"""A chart of one number over the years, as places on a small sheet: pure geometry.

This module decides where points, lines, breaks and ticks stand.  A line joins two years that
follow one another and can be compared: none crosses a gap, a change of scope or a break after
which the number counts something else; one that crosses a break with rough comparability is
broken.  A blank is a mark below the axis, never a point at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 14, 30
_STEPS = (1, 2, 2.5, 5, 10)
_EVERY_YEAR = 9  # so many years have a tick each

Comparability = Literal["exact", "approximate", "none"]
Number = int | float


@dataclass(frozen=True, slots=True)
class Value:
    """What one report prints for a year; ``None`` where it prints no number."""

    year: int
    value: Number | None
    scope: str = "unknown"
    is_exact: bool = True
    is_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A printed value and its place; ``is_labelled`` where the number stands beside it."""

    x: float
    y: float
    value: Value
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two points; broken where they compare roughly only."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that stands on the sheet, in its units."""

    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    blanks: tuple[tuple[float, int], ...]  # place and year
    breaks: tuple[tuple[float, int], ...]  # place and year
    heights: tuple[tuple[float, Number], ...]  # place and what it stands for
    years: tuple[tuple[float, int], ...]  # place and year, where there is a tick
    floor: float = HEIGHT - BOTTOM
    left: int = LEFT
    right: int = WIDTH - RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def draw(
    values: Sequence[Value],
    years: Sequence[int],
    breaks: Sequence[int],
    comparability: Comparability,
) -> Chart:
    """Return the chart of values over ``years``; ``breaks`` are the first years after each."""
    first, last = min(years), max(years)
    top = round_up(max((one.value for one in values if one.value is not None), default=0))
    wide = WIDTH - LEFT - RIGHT
    high = HEIGHT - TOP - BOTTOM

    def across(year: float) -> float:
        return round(LEFT + wide * ((year - first) / (last - first) if last > first else 0.5), 1)

    def up(value: Number) -> float:
        return round(HEIGHT - BOTTOM - high * value / top, 1)

    printed = sorted((one for one in values if one.value is not None), key=lambda one: one.year)
    labelled = _labelled(printed)
    once = Counter(one.year for one in printed)
    dots = [
        Dot(across(one.year), up(one.value), one, one in labelled)
        for one in printed
        if one.value is not None
    ]
    lines = [
        Line(a.x, a.y, b.x, b.y, comparability != "exact" and _crosses(a.value, b.value, breaks))
        for a, b in pairwise(dots)
        if {once[a.value.year], once[b.value.year]} == {1}
        and _is_joined(a.value, b.value, breaks, comparability)
    ]
    return Chart(
        dots=tuple(dots),
        lines=tuple(lines),
        blanks=tuple((across(one.year), one.year) for one in values if one.value is None),
        breaks=tuple((across(year - 0.5), year) for year in breaks if first < year <= last),
        heights=tuple((up(height), height) for height in (0, *_half(top), top)),
        years=tuple((across(year), year) for year in ticks(first, last)),
    )


def round_up(value: Number) -> Number:
    """Return the round number at or above a value, for the top of a chart; 1 for nothing."""
    if value <= 1:
        return 1
    size = 10 ** (len(str(int(value))) - 1)
    return next(int(step * size) for step in _STEPS if step * size >= value)


def ticks(first: int, last: int) -> list[int]:
    """Return the years that are written below the axis: the last, and each or every third before."""
    step = 1 if last - first < _EVERY_YEAR else 3
    return list(range(last, first - 1, -step))[::-1]


def _half(top: Number) -> tuple[Number, ...]:
    return (int(top // 2),) if top % 2 == 0 else ()


def _labelled(printed: Sequence[Value]) -> list[Value]:
    """The highest and the last value have their number beside them."""
    return [max(printed, key=lambda one: one.value or 0), printed[-1]] if printed else []


def _crosses(before: Value, after: Value, breaks: Sequence[int]) -> bool:
    return any(before.year < year <= after.year for year in breaks)


def _is_joined(
    before: Value, after: Value, breaks: Sequence[int], comparability: Comparability
) -> bool:
    return (
        after.year - before.year == 1
        and before.scope == after.scope
        and not (comparability == "none" and _crosses(before, after, breaks))
    )
