"""What the pages say about coverage: which bodies owed a report, and what became of it.

This module decides how states are counted (a rate stands beside its denominator, and what is
not owed or not yet due is in none) and which bodies and years stand in a matrix.  How a state
comes about is decided by ``archive.coverage``.

Counts by region are read from ``region_years`` (a view of the working database that counts all
of ``coverage``, a table with an index on ``region_code`` in a published one).
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from archive.site.frame import rows
from parsers.regions import LAST_LIST, Region, all_regions, region_of

EVERYWHERE = "000000"
# In the order in which readers are told of them.
STATES = (
    "published", "published_elsewhere", "gone_from_known_url", "unreadable", "not_found",
    "partial_walk", "not_looked", "unreachable", "blocked", "not_yet_due", "not_owed",
)  # fmt: skip
SHOWN = ("published", "published_elsewhere")
NOT_DUE = ("not_yet_due", "not_owed")
# One sign for each state: never told by colour alone.
SIGNS = {
    "published": "●",
    "published_elsewhere": "◐",
    "gone_from_known_url": "†",
    "unreadable": "?",
    "not_found": "○",
    "partial_walk": "◌",
    "not_looked": "·",
    "unreachable": "×",
    "blocked": "■",
    "not_yet_due": "…",
    "not_owed": "–",
}
_ORGANS = ("government", "general_office", "department", "vertical", "institution", "unknown")
_ORDER_OF_ORGANS = "CASE organ_type {} END".format(
    " ".join(f"WHEN '{organ}' THEN {place}" for place, organ in enumerate(_ORGANS))
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many bodies stand in which state, for one region and year or for several."""

    by_state: Mapping[str, int] = field(default_factory=dict)

    @property
    def shown(self) -> int:
        """Reports that the archive can show."""
        return sum(self.by_state.get(state, 0) for state in SHOWN)

    @property
    def owed(self) -> int:
        """The denominator: reports that were due, whatever is known about them."""
        return sum(count for state, count in self.by_state.items() if state not in NOT_DUE)

    @property
    def share(self) -> float | None:
        """Shown per hundred owed; none where nothing was owed."""
        return 100 * self.shown / self.owed if self.owed else None

    @property
    def parts(self) -> list[tuple[str, int]]:
        """Each state that occurs with its count, in the order of `STATES`."""
        return [(state, self.by_state[state]) for state in STATES if self.by_state.get(state)]

    @property
    def bar(self) -> list[tuple[str, int, int]]:
        """The states of what was owed, each with where its part of a bar begins and its length."""
        parts, at = [], 0
        for state, count in self.parts:
            if state not in NOT_DUE:
                parts.append((state, at, count))
                at += count
        return parts


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of one year of one body, and the report where there is one."""

    state: str
    report: str | None

    @property
    def sign(self) -> str:
        """The sign of the state."""
        return SIGNS.get(self.state, "")


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A body in a matrix, with what is known of each of its years."""

    id: str
    name: str
    level: str
    organ_type: str
    region_code: str | None
    cells: Mapping[int, Cell]


def count_regions(conn: sqlite3.Connection, codes: Sequence[str]) -> dict[str, dict[int, Count]]:
    """Return the counts of each year, of every region of ``codes`` that has any."""
    found: defaultdict[str, defaultdict[int, dict[str, int]]]
    found = defaultdict(lambda: defaultdict(dict))
    for code, year, state, bodies in conn.execute(
        "SELECT region_code, year, state, bodies FROM region_years"
        f" WHERE region_code IN ({marks(codes)})",
        list(codes),
    ):
        found[code][year][state] = bodies
    return {
        code: {year: Count(states) for year, states in years.items()}
        for code, years in found.items()
    }


def total(counts: Iterable[Count]) -> Count:
    """Return counts added up: each body once a year."""
    added: Counter[str] = Counter()
    for count in counts:
        added.update(count.by_state)
    return Count(added)


def read_bodies(conn: sqlite3.Connection, code: str, limit: int = 1000) -> list[BodyRow]:
    """Return the bodies of exactly this region, the government first, each with its years."""
    bodies = rows(
        conn,
        "SELECT id, name, level, organ_type, region_code FROM bodies WHERE region_code = ?"
        f" ORDER BY level IN ('township', 'zone'), {_ORDER_OF_ORGANS}, name LIMIT ?",
        code,
        limit,
    )
    return matrix(conn, bodies)


def matrix(conn: sqlite3.Connection, bodies: Sequence[Mapping[str, object]]) -> list[BodyRow]:
    """Return these bodies with what is known of their years."""
    cells: defaultdict[str, dict[int, Cell]] = defaultdict(dict)
    ids = [str(body["id"]) for body in bodies]
    for body, year, state, report in conn.execute(
        f"SELECT body, year, state, report FROM coverage WHERE body IN ({marks(ids)})", ids
    ):
        cells[body][year] = Cell(state, report)
    return [
        BodyRow(
            str(one["id"]),
            str(one["name"]),
            str(one["level"]),
            str(one["organ_type"]),
            None if one["region_code"] is None else str(one["region_code"]),
            cells[str(one["id"])],
        )
        for one in bodies
    ]


def years_of(known: Iterable[int]) -> list[int]:
    """Return the years from the first to the last that is known, without gaps."""
    years = sorted(set(known))
    return list(range(years[0], years[-1] + 1)) if years else []


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value of a list."""
    return ", ".join("?" * len(values))


def name_of(code: str) -> str:
    """Return the last name of a region, or the code where the register has none."""
    region = region_of(code)
    return region.name if region else code


@cache
def children_of(code: str | None) -> tuple[Region, ...]:
    """Return the regions right below one (``None``: the provinces), under their last names."""
    return tuple(region for region in _regions() if region.parent == code)


@cache
def _regions() -> tuple[Region, ...]:
    last = {region.code: region for region in all_regions()}
    return tuple(last[code] for code in sorted(last))


def still_stands(region: Region) -> bool:
    """Return whether the newest list has the region."""
    return region.last_year == LAST_LIST
