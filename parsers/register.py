"""The governments of provinces, prefectures and counties as bodies, and what became of them.

Decides what a government is called under each name of its region, whose government stands above
it, and which region followed which.  Lineage holds only what the lists of divisions show beyond
doubt (``scripts/lineage.py``); a region that vanished without such a sign has an ``unknown``
link.  Departments, zones and townships are in no list: they join the bodies as they are met.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from parsers.model import Level, OrganType, Report
from parsers.regions import LAST_LIST, Region, all_regions, ancestors_of, region_of, stem_of

Relation = Literal["renamed", "upgraded", "merged_into", "split_from", "unknown"]

GOVERNMENT = "人民政府"
# The relations by which a region is still the same one, under another name or code.
_SAME = frozenset({"renamed", "upgraded"})


@dataclass(frozen=True, slots=True)
class Succession:
    """What became of a region between two lists; a side that no list shows is ``None``.

    ``last_list`` and ``first_list`` are the lists (2012, 201604) before and after; ``rule``
    says how the two were tied, ``by_hand`` where no list alone shows it.  ``split_from`` is
    read from the later one: 临平区 (``after``) was split from 余杭区 (``before``).
    """

    relation: Relation
    before: str | None
    before_name: str | None
    after: str | None
    after_name: str | None
    last_list: str
    first_list: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """A government under one name of its region; the years are those of the lists.

    ``key`` is a report's ``subject_key``; ``parent`` is the key of the government above.
    """

    key: str
    name: str
    region_code: str
    region_name: str
    level: Level
    organ_type: OrganType
    parent: str | None
    first_year: int
    last_year: int
    lineage: tuple[Succession, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A body that a report has shown, or a government above one, under its name of today.

    ``line`` is the key that the body has in the last list, followed through changes of name and
    code: the years of a renamed county share it.
    """

    key: str
    name: str
    region_code: str
    region_name: str
    level: Level
    organ_type: OrganType
    line: str


def government_key(code: str) -> str:
    """Return the ``subject_key`` of the government of a region."""
    return f"{code}/{GOVERNMENT}"


def register() -> Iterator[BodyRecord]:
    """Yield every government of the register, one record for each name, in order of code."""
    for region in all_regions():
        yield BodyRecord(
            key=government_key(region.code),
            name=region.name + GOVERNMENT,
            region_code=region.code,
            region_name=region.name,
            level=region.level,
            organ_type="government",
            parent=government_key(region.parent) if region.parent else None,
            first_year=region.first_year,
            last_year=region.last_year,
            lineage=lineage_of(region.code),
        )


def lineage_of(code: str) -> tuple[Succession, ...]:
    """Return every change of a region's name or code and every merger, the oldest first."""
    return _lineage().get(code, ())


def successors_of(code: str) -> tuple[str, ...]:
    """Return the codes that a vanished region goes on under, nearest first; none where unknown."""
    return tuple(after for _, after in _follow(code))


def line_of(code: str) -> str:
    """Return the code that a region has in the last list where it is only renamed or upgraded.

    A region that was merged into another, or of which nothing is known, keeps its own last code.
    """
    for relation, after in _follow(code):
        if relation not in _SAME:
            break
        code = after
    return code


def bodies_of(report: Report) -> tuple[Body, ...]:
    """Return the body of a report behind the governments above it, the highest first.

    Without a body in a region of the register there is none.
    """
    region = region_of(report.region_code or "")
    if region is None or report.subject_key is None:
        return ()
    above = tuple(map(_government, (*reversed(ancestors_of(region.code)), region.code)))
    organ = report.subject_key.partition("/")[2]
    if organ == GOVERNMENT:
        return above
    own = Body(
        key=report.subject_key,
        name=organ if organ.startswith(stem_of(region)) else region.name + organ,
        region_code=region.code,
        region_name=region.name,
        level=report.level,
        organ_type=report.organ_type,
        line=f"{line_of(region.code)}/{organ}",
    )
    return (*above, own)


def _government(code: str) -> Body:
    region = cast("Region", region_of(code))
    return Body(
        key=government_key(code),
        name=region.name + GOVERNMENT,
        region_code=code,
        region_name=region.name,
        level=region.level,
        organ_type="government",
        line=government_key(line_of(code)),
    )


def _follow(code: str) -> Iterator[tuple[Relation, str]]:
    """Yield how and under which code a vanished region goes on, nearest first."""
    met: set[str] = set()
    while (stood := region_of(code)) and stood.last_year != LAST_LIST:
        after = [
            (link.relation, link.after)
            for link in lineage_of(code)
            if link.before == code
            and link.after is not None
            and link.after != code
            and link.relation != "split_from"
        ]
        if len(after) != 1 or after[0][1] in met:
            return
        yield after[0]
        code = after[0][1]
        met.add(code)


def successions() -> tuple[Succession, ...]:
    """Return every succession of the lists, the oldest first."""
    with files("parsers").joinpath("data/lineage.csv").open(encoding="utf-8") as lines:
        return tuple(
            Succession(
                cast("Relation", row["relation"]),
                row["before"] or None,
                row["before_name"] or None,
                row["after"] or None,
                row["after_name"] or None,
                row["last_list"],
                row["first_list"],
                row["rule"] or None,
            )
            for row in csv.DictReader(lines)
        )


@cache
def _lineage() -> Mapping[str, tuple[Succession, ...]]:
    links: defaultdict[str, list[Succession]] = defaultdict(list)
    for link in successions():
        for code in {link.before, link.after} - {None}:
            links[cast("str", code)].append(link)
    return {code: tuple(found) for code, found in links.items()}
