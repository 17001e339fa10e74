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

from parsers.model import Level, OrganType
from parsers.regions import LAST_LIST, all_regions, region_of

Relation = Literal["renamed", "upgraded", "merged_into", "split_from", "unknown"]

GOVERNMENT = "人民政府"


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


def register() -> Iterator[BodyRecord]:
    """Yield every government of the register, one record for each name, in order of code."""
    for region in all_regions():
        yield BodyRecord(
            key=f"{region.code}/{GOVERNMENT}",
            name=region.name + GOVERNMENT,
            region_code=region.code,
            region_name=region.name,
            level=region.level,
            organ_type="government",
            parent=f"{region.parent}/{GOVERNMENT}" if region.parent else None,
            first_year=region.first_year,
            last_year=region.last_year,
            lineage=lineage_of(region.code),
        )


def lineage_of(code: str) -> tuple[Succession, ...]:
    """Return every change of a region's name or code and every merger, the oldest first."""
    return _lineage().get(code, ())


def successors_of(code: str) -> tuple[str, ...]:
    """Return the codes that a vanished region goes on under, nearest first; none where unknown."""
    found: list[str] = []
    while stood := region_of(code):
        if stood.last_year == LAST_LIST:
            break
        after = [
            link.after
            for link in lineage_of(code)
            if link.before == code
            and link.after not in (None, code)
            and link.relation != "split_from"
        ]
        if len(after) != 1 or after[0] is None or after[0] in found:
            break
        code = after[0]
        found.append(code)
    return tuple(found)


@cache
def _lineage() -> Mapping[str, tuple[Succession, ...]]:
    links: defaultdict[str, list[Succession]] = defaultdict(list)
    with files("parsers").joinpath("data/lineage.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            link = Succession(
                cast("Relation", row["relation"]),
                row["before"] or None,
                row["before_name"] or None,
                row["after"] or None,
                row["after_name"] or None,
                row["last_list"],
                row["first_list"],
                row["rule"] or None,
            )
            for code in {link.before, link.after} - {None}:
                links[cast("str", code)].append(link)
    return {code: tuple(found) for code, found in links.items()}
