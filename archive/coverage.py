"""What is known about each report that is owed: body by year, from what the crawls have met.

This module decides the state of every year for which no report of a body is known.  Years with
a report get theirs from ``ledger``.  A report is ``not_found`` only after two complete walks of
all columns of its portals, at least 14 days apart, both made when it was due; before that the
look at the portal is ``partial_walk``.  Blocked and unreachable portals say nothing about what
they publish.  "Now" is the latest moment that the archive knows of.

A year that somebody may not have owed (a body founded later) is told apart by readers; the
register of bodies has their lineage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from archive.store import Store
from parsers.model import Level, OrganType
from parsers.series import due_date

State = Literal[
    "not_found", "not_looked", "partial_walk", "unreachable", "blocked", "not_yet_due"
]  # fmt: skip
FIRST_YEAR = 2008  # the regulation came into force on 2008-05-01
APART = timedelta(days=14)
BEIJING = ZoneInfo("Asia/Shanghai")

# What a body with several portals is told: the least that is known about one of them.
_LEAST: tuple[State, ...] = ("blocked", "unreachable", "not_looked", "partial_walk", "not_found")
_DERIVED = "('not_found', 'not_looked', 'partial_walk', 'unreachable', 'blocked', 'not_yet_due')"


@dataclass(frozen=True, slots=True)
class Look:
    """One run's look at a portal: how the walks of its columns ended, and the last list it saw."""

    at: datetime
    outcomes: frozenset[str]
    capture: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every column was walked to its end."""
        return self.outcomes == {"complete"}


def judge_looks(looks: Sequence[Look], due: date) -> tuple[State, int | None]:
    """The state of a report that no look has found, and the capture that shows it."""
    after = [look for look in looks if look.at.astimezone(BEIJING).date() > due]
    whole = [look for look in after if look.is_complete]
    if whole and whole[-1].at - whole[0].at >= APART:
        return "not_found", whole[-1].capture
    if not after:
        return "not_looked", None
    last = after[-1]
    for outcome in ("blocked", "unreachable"):
        if outcome in last.outcomes:
            return cast("State", outcome), last.capture
    if last.outcomes == {"robots_disallowed"}:
        return "not_looked", last.capture
    return "partial_walk", last.capture


def settle_coverage(store: Store) -> None:
    """Derive the state of every year without a report, for every body."""
    store.db.execute(f"DELETE FROM coverage WHERE state IN {_DERIVED}")
    now = _latest_moment(store)
    if now is None:
        return
    looks = _looks(store)
    rows = [
        (body, year, state, capture)
        for body, due_dates, portals in _bodies(store, now)
        for year, due in due_dates
        for state, capture in [_state(due, now, [looks[portal] for portal in portals])]
    ]
    store.db.conn.executemany(
        "INSERT INTO coverage VALUES (?, ?, ?, NULL, ?) ON CONFLICT DO NOTHING", rows
    )


def _state(due: date, now: datetime, looks: Sequence[Sequence[Look]]) -> tuple[State, int | None]:
    if now.astimezone(BEIJING).date() <= due:
        return "not_yet_due", None
    told = [judge_looks(of_portal, due) for of_portal in looks]
    return min(told, key=lambda one: _LEAST.index(one[0]), default=("not_looked", None))


def _latest_moment(store: Store) -> datetime | None:
    [(latest,)] = store.db.execute(
        "SELECT max(at) FROM (SELECT max(captured_at) AS at FROM captures"
        " UNION ALL SELECT max(recorded_at) FROM walks)"
    ).fetchall()
    return None if latest is None else datetime.fromisoformat(latest)


def _bodies(store: Store, now: datetime) -> Iterator[tuple[str, list[tuple[int, date]], list[str]]]:
    """Every body with the years it owes, and the portals that publish its reports."""
    rows = store.db.execute(
        "SELECT b.id, b.level, b.organ_type, d.portal FROM bodies b"
        " JOIN reports r ON r.body = b.id AND r.kind = 'annual_report'"
        " JOIN documents d ON d.report = r.key AND d.source_quality <> 'mirror'"
        " WHERE d.portal IS NOT NULL GROUP BY b.id, d.portal ORDER BY b.id, d.portal"
    ).fetchall()
    portals: dict[tuple[str, Level, OrganType], list[str]] = defaultdict(list)
    for body, level, organ_type, portal in rows:
        portals[body, level, organ_type].append(portal)
    years = range(FIRST_YEAR, now.astimezone(BEIJING).year)
    for (body, level, organ_type), of_body in portals.items():
        dues = [(year, due_date(year, level, organ_type)) for year in years]
        yield body, [(year, due) for year, due in dues if due is not None], of_body


def _looks(store: Store) -> defaultdict[str, list[Look]]:
    """What every run saw of each portal, in order of time."""
    rows = store.db.execute(
        "SELECT w.portal, max(w.recorded_at), group_concat(DISTINCT w.outcome),"
        " (SELECT max(c.id) FROM captures c WHERE c.portal = w.portal AND c.run = w.run"
        "  AND c.role IN ('list', 'robots'))"
        " FROM walks w GROUP BY w.portal, w.run ORDER BY 2"
    ).fetchall()
    looks: defaultdict[str, list[Look]] = defaultdict(list)
    for portal, at, outcomes, capture in rows:
        looks[portal].append(
            Look(datetime.fromisoformat(at), frozenset(outcomes.split(",")), capture)
        )
    return looks
