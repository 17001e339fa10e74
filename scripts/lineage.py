"""Which division follows which, from two lists that follow each other.

Decides only what the lists themselves show beyond doubt.  A division is a code with a name;
those that vanish from one list to the next and those that appear are tied by, in this order:

* ``same_name``: one of this name vanished in the province and one appeared (庐江县 under 合肥市).
* ``same_stem``: 赣县 and 赣县区, 毕节地区 and 毕节市, under one parent (or its successor).
* ``same_code``: the code stayed with a new name (潞西市 and 芒市).
* ``only_one``: one 县 or 市 vanished and one division of another kind appeared under one parent
  (哈密市 and 伊州区).  Of two urban districts this proves nothing: one was dissolved, the other new.

``renamed`` says that name or code changed and the kind did not, ``upgraded`` that the kind
changed too (县 to 区 or 市, 地区 to 市).  Mergers and splits no list shows: those of
``scripts/mergers.csv`` were written by hand (``by_hand``).  Everything else is ``unknown``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from parsers.regions import short_names

Names = Mapping[str, str]
Division = tuple[str, str]  # code, name
Key = Callable[[Division], Hashable]

LINEAGE_COLUMNS = (
    "relation", "before", "before_name", "after", "after_name", "last_list", "first_list", "rule",
)  # fmt: skip
_LEVELS = ("province", "prefecture", "county")


class Link(NamedTuple):
    """A row of ``lineage.csv``; an unknown side is empty."""

    relation: str
    before: str
    before_name: str
    after: str
    after_name: str
    last_list: str
    first_list: str
    rule: str


class Merger(NamedTuple):
    """A merger or a split that was looked up: ``year`` is that of the first list with it."""

    relation: str
    before: str
    after: str
    year: str


class Tie(NamedTuple):
    """An earlier and a later division, and the rule that ties them."""

    before: Division
    after: Division
    rule: str


def level_of(code: str) -> str:
    """Return the level that a code shows."""
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


def parent_of(code: str, codes: Iterable[str]) -> str | None:
    """Return the code of the division above, or ``None`` for a province."""
    if code.endswith("0000"):
        return None
    prefecture = code[:4] + "00"
    return prefecture if prefecture != code and prefecture in codes else code[:2] + "0000"


def find_links(lists: Sequence[tuple[str, Names]], mergers: Iterable[Merger]) -> Iterator[Link]:
    """Yield what became of every division between each list and the next."""
    looked_up = list(mergers)
    for (last, before), (first, after) in pairwise(lists):
        gone = sorted(before.items() - after.items())
        new = sorted(after.items() - before.items())
        told = [m for m in looked_up if _is_of(m, dict(gone), dict(new), first)]
        for merger in told:
            looked_up.remove(merger)
            old, now = before[merger.before], after[merger.after]
            yield Link(
                merger.relation, merger.before, old, merger.after, now, last, first, "by_hand"
            )
        settled = {(m.before, before[m.before]) for m in told}
        ties = _ties(before, after, [old for old in gone if old not in settled], new)
        for old, now, rule in ties:
            yield Link(_relation(old[1], now[1]), *old, *now, last, first, rule)
        settled |= {tie.before for tie in ties}
        known = {tie.after for tie in ties} | {(m.after, after[m.after]) for m in told}
        for division in gone:
            if division not in settled:
                yield Link("unknown", *division, "", "", last, first, "")
        for division in new:
            if division not in known:
                yield Link("unknown", "", "", *division, last, first, "")
    if looked_up:
        raise ValueError(f"no two lists show {looked_up[0]}")


def _is_of(merger: Merger, gone: Names, new: Names, first: str) -> bool:
    """Return whether a merger happened between two lists: its side that changes is seen there."""
    changed = merger.after in new if merger.relation == "split_from" else merger.before in gone
    return changed and first[:4] == merger.year


def _ties(before: Names, after: Names, gone: list[Division], new: list[Division]) -> list[Tie]:
    """Return the ties between two lists, level by level."""
    ties: list[Tie] = []
    for level in _LEVELS:
        olds = [division for division in gone if level_of(division[0]) == level]
        nows = [division for division in new if level_of(division[0]) == level]
        follows = {tie.before[0]: tie.after[0] for tie in ties}

        def home_before(division: Division, follows: Names = follows) -> str | None:
            parent = parent_of(division[0], before)
            return follows.get(parent or "", parent)

        def home_after(division: Division) -> str | None:
            return parent_of(division[0], after)

        rules: tuple[tuple[str, Key, Key], ...] = (
            ("same_name", _province_and_name, _province_and_name),
            ("same_stem", _and_stem(home_before), _and_stem(home_after)),
            ("same_code", lambda division: division[0], lambda division: division[0]),
            ("only_one", home_before, home_after),
        )
        for rule, key_before, key_after in rules:
            # 庐山区 keeps its code and becomes 濂溪区: the new 庐山市 is another place.
            held = {old for old in olds if rule == "same_stem" and old[0] in after}
            free = [old for old in olds if old not in held]
            for old, now in _only(free, nows, key_before, key_after):
                if rule == "only_one" and not (
                    level == "county" and _relation(old[1], now[1]) == "upgraded"
                ):
                    continue
                ties.append(Tie(old, now, rule))
                olds.remove(old)
                nows.remove(now)
    return ties


def _province_and_name(division: Division) -> Hashable:
    return division[0][:2], division[1]


def _and_stem(home: Callable[[Division], str | None]) -> Key:
    return lambda division: (home(division), short_names(division[1])[-1])


def _only(
    olds: list[Division], nows: list[Division], key_before: Key, key_after: Key
) -> list[tuple[Division, Division]]:
    """Return the divisions that share a key with exactly one on the other side."""
    before, after = _grouped(olds, key_before), _grouped(nows, key_after)
    return [
        (group[0], after[key][0])
        for key, group in before.items()
        if len(group) == 1 and len(after.get(key, ())) == 1
    ]


def _grouped(divisions: Iterable[Division], key: Key) -> dict[Hashable, list[Division]]:
    groups: defaultdict[Hashable, list[Division]] = defaultdict(list)
    for division in divisions:
        groups[key(division)].append(division)
    return groups


def _relation(before: str, after: str) -> str:
    return "renamed" if _kind(before) == _kind(after) else "upgraded"


def _kind(name: str) -> str:
    return "地区" if name.endswith("地区") else name[-1]
