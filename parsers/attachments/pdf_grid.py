"""The ruled tables of a page: from lines to cells.

Decides which lines belong to one table and which areas between them are cells: two neighbouring
fields of the grid are one cell where no line parts them.  A side that is not ruled (a table cut
by the page end, a table open at the left) closes where its lines end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parsers.attachments.pdf_page import Box, Rule

NEAR = 5.0  # points; edges closer than this are one edge
_TOUCH = 3.0  # points; lines closer than this meet
_MAX_RULES = 6_000
_MAX_FIELDS = 20_000


@dataclass(frozen=True, slots=True)
class RuledTable:
    """The cells of one ruled table, and whether its upper and lower sides are ruled."""

    box: Box
    cells: tuple[Box, ...]
    open_top: bool
    open_bottom: bool


def find_tables(uprights: Sequence[Rule], levels: Sequence[Rule]) -> list[RuledTable]:
    """The ruled tables with two columns or more."""
    uprights, levels = _merge(uprights), _merge(levels)
    if not uprights or len(uprights) + len(levels) > _MAX_RULES:
        return []
    tables = []
    for group_up, group_level in _groups(uprights, levels):
        table = _read_table(group_up, group_level)
        if table is not None:
            tables.append(table)
    return tables


def cluster(edges: Iterable[float], near: float = NEAR) -> list[float]:
    """The distinct edges: of those closer than ``near`` to each other the first."""
    kept: list[float] = []
    for edge in sorted(edges):
        if not kept or edge - kept[-1] > near:
            kept.append(edge)
    return kept


def _merge(rules: Sequence[Rule]) -> list[Rule]:
    """Lines on one place that touch, as one: dashes, double strokes, cell by cell borders."""
    merged: list[Rule] = []
    lanes = cluster((rule.at for rule in rules), _TOUCH)
    by_lane: dict[int, list[Rule]] = {}
    for rule in rules:
        by_lane.setdefault(_nearest(lanes, rule.at), []).append(rule)
    for lane, members in by_lane.items():
        members.sort(key=lambda rule: rule.start)
        start, end = members[0].start, members[0].end
        for rule in members[1:]:
            if rule.start > end + _TOUCH:
                merged.append(Rule(lanes[lane], start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        merged.append(Rule(lanes[lane], start, end))
    return [rule for rule in merged if rule.end - rule.start > _TOUCH]


def _nearest(edges: Sequence[float], edge: float) -> int:
    i = bisect_left(edges, edge)
    if i == len(edges) or (i and edge - edges[i - 1] < edges[i] - edge):
        return i - 1
    return i


def _groups(
    uprights: Sequence[Rule], levels: Sequence[Rule]
) -> Iterable[tuple[list[Rule], list[Rule]]]:
    """Lines that meet, directly or through others."""
    owner = list(range(len(uprights) + len(levels)))

    def find(i: int) -> int:
        while owner[i] != i:
            owner[i] = owner[owner[i]]
            i = owner[i]
        return i

    for i, up in enumerate(uprights):
        for j, level in enumerate(levels, start=len(uprights)):
            meets = (
                level.start - _TOUCH <= up.at <= level.end + _TOUCH
                and up.start - _TOUCH <= level.at <= up.end + _TOUCH
            )
            if meets:
                owner[find(i)] = find(j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate((*uprights, *levels)):
        groups.setdefault(find(i), ([], []))[i >= len(uprights)].append(rule)
    return [group for group in groups.values() if group[0] and group[1]]


def _read_table(uprights: list[Rule], levels: list[Rule]) -> RuledTable | None:
    left = min(*(r.start for r in levels), uprights[0].at, *(r.at for r in uprights))
    right = max(*(r.end for r in levels), uprights[0].at, *(r.at for r in uprights))
    top = min(*(r.start for r in uprights), levels[0].at, *(r.at for r in levels))
    bottom = max(*(r.end for r in uprights), levels[0].at, *(r.at for r in levels))
    xs = cluster([left, right, *(rule.at for rule in uprights)])
    ys = cluster([top, bottom, *(rule.at for rule in levels)])
    if len(xs) < 3 or len(ys) < 2 or len(xs) * len(ys) > _MAX_FIELDS:
        return None
    cells = _join_fields(xs, ys, uprights, levels)
    ruled = [rule.at for rule in levels]
    return RuledTable(
        Box(left, top, right, bottom),
        tuple(cells),
        open_top=min(ruled) > top + NEAR,
        open_bottom=max(ruled) < bottom - NEAR,
    )


def _join_fields(
    xs: list[float], ys: list[float], uprights: list[Rule], levels: list[Rule]
) -> list[Box]:
    """The cells between the edges: fields joined where no line parts them."""
    wide, high = len(xs) - 1, len(ys) - 1
    walls = _covered(xs, ys, uprights)  # walls[i]: rows j where the edge xs[i] is ruled
    floors = _covered(ys, xs, levels)
    cells: list[Box] = []
    taken = [[False] * wide for _ in range(high)]
    for j in range(high):
        for i in range(wide):
            if taken[j][i]:
                continue
            i_end = i + 1
            while i_end < wide and j not in walls[i_end] and not taken[j][i_end]:
                i_end += 1
            j_end = j + 1
            while j_end < high and not floors[j_end] & set(range(i, i_end)):
                inner = (walls[x] for x in range(i + 1, i_end))
                if any(j_end in wall for wall in inner) or any(taken[j_end][i:i_end]):
                    break
                outer = (i == 0 or j_end in walls[i]) and (i_end == wide or j_end in walls[i_end])
                if not outer:
                    break
                j_end += 1
            for y in range(j, j_end):
                taken[y][i:i_end] = [True] * (i_end - i)
            cells.append(Box(xs[i], ys[j], xs[i_end], ys[j_end]))
    return cells


def _covered(edges: list[float], across: list[float], rules: list[Rule]) -> list[set[int]]:
    """For each edge the fields along it that have a line."""
    covered: list[set[int]] = [set() for _ in edges]
    for rule in rules:
        on = covered[_nearest(edges, rule.at)]
        for field in range(len(across) - 1):
            middle = (across[field] + across[field + 1]) / 2
            if rule.start - _TOUCH <= middle <= rule.end + _TOUCH:
                on.add(field)
    return covered
