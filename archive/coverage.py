"""What is known about each report that is owed: body by year, from what the crawls have met.

This module decides the state of every year for which no report of a body is known.  Years with
a report get theirs from ``ledger``.  A report is ``not_found`` only after two complete walks of
all columns of its portals, at least 14 days apart, both made when it was due; before that the
look at the portal is ``partial_walk``.  A report that a list names and that was never read is not
missing: its state is what stood in the way, at its address (``unreadable``, ``gone_from_known_url``,
``blocked``, ``unreachable``) or before it was asked for (``not_looked`` where robots.txt or the
portal file forbids it, ``partial_walk`` where a limit of ours was reached).  Blocked and
unreachable portals say nothing about what they publish.  "Now" is the latest moment that the
archive knows of.

A year is ``not_owed`` where the yearly lists of divisions show that the body's region did not
stand in any part of it; the years in which it may have been founded or dissolved are owed as any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from archive.store import Store
from parsers.head import year_of_title
from parsers.regions import FIRST_LIST, LAST_LIST
from parsers.series import due_date

State = Literal[
    "not_found", "not_looked", "partial_walk", "unreachable", "blocked", "not_yet_due",
    "not_owed", "unreadable", "gone_from_known_url",
]  # fmt: skip
FIRST_YEAR = 2008  # the regulation came into force on 2008-05-01
APART = timedelta(days=14)
BEIJING = ZoneInfo("Asia/Shanghai")

# What a body with several portals is told: the least that is known about one of them.
_LEAST: tuple[State, ...] = ("blocked", "unreachable", "not_looked", "partial_walk", "not_found")
# Outcomes of captures that a list named as a report, and what they say of its year.
_LISTED: dict[str, State] = {
    "unreadable": "unreadable",
    "gone": "gone_from_known_url",
    "soft_404": "gone_from_known_url",
    "home_page": "gone_from_known_url",
    "blocked": "blocked",
    "failed": "unreachable",
    "geo_block": "unreachable",
    "login_wall": "unreachable",
    "under_construction": "unreachable",
}
# Why such a report was not asked for, as the run's record says it; for other reasons, not_looked.
_NOT_ASKED: dict[str, State] = {
    "blocked": "blocked",
    "redirects": "unreachable",
    "robots_unreachable": "unreachable",
    "asked_to_wait": "partial_walk",
    "host_budget": "partial_walk",
    "link_flood": "partial_walk",
    "night_window": "partial_walk",
    "visit_time": "partial_walk",
}


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


@dataclass(frozen=True, slots=True)
class _Body:
    """A body, the portals that publish its reports, the years with their due dates.

    ``stood`` is the first and the last year of the lists that show its region, under any name.
    """

    id: str
    name: str
    portals: tuple[str, ...]
    dues: tuple[tuple[int, date], ...]
    stood: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A report that a list named, and what was there instead."""

    link_text: str
    state: State
    capture: int | None


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


def may_have_stood(stood: tuple[int, int], year: int) -> bool:
    """Whether a region can have stood in a year, by the first and last list that show it.

    A list may have been made early in its year: the region can be a year older, or younger.
    """
    first, last = stood
    return (first == FIRST_LIST or year >= first - 1) and (last == LAST_LIST or year <= last + 1)


def settle_coverage(store: Store) -> None:
    """Derive the state of every year without a report, for every body."""
    store.db.execute("DELETE FROM coverage WHERE report IS NULL")
    now = _latest_moment(store)
    if now is None:
        return
    looks, listed = _looks(store), _listed(store)
    owing = _bodies(store, now)
    names: defaultdict[str, list[str]] = defaultdict(list)
    for body in owing:
        for portal in body.portals:
            names[portal].append(body.name)
    rows: list[tuple[str, int, State, int | None]] = []
    for body in owing:
        for year, due in body.dues:
            unread = [
                (names_a_body, one)
                for portal in body.portals
                for one in listed[portal, year]
                if (names_a_body := _may_be_of(body.name, names[portal], one.link_text)) is not None
            ]
            one = next((one for is_sure, one in unread if is_sure), None)
            if one is not None:
                rows.append((body.id, year, one.state, one.capture))
            elif not may_have_stood(body.stood, year):
                rows.append((body.id, year, "not_owed", None))
            else:
                state, capture = _state(due, now, [looks[portal] for portal in body.portals])
                if unread and state == "not_found":
                    state, capture = "partial_walk", unread[0][1].capture
                rows.append((body.id, year, state, capture))
    store.db.executemany(
        "INSERT INTO coverage VALUES (?, ?, ?, NULL, ?) ON CONFLICT DO NOTHING", rows
    )


def _may_be_of(name: str, names: Sequence[str], link_text: str) -> bool | None:
    """Whether a link leads to a body's report; ``None`` where it names another body of the portal.

    ``False`` is a link that names none of them: it may be anybody's.
    """
    if len(names) == 1 or name in link_text:
        return True
    return None if any(other in link_text for other in names) else False


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


def _bodies(store: Store, now: datetime) -> list[_Body]:
    rows = store.db.execute(
        "SELECT b.id, b.name, b.level, b.organ_type, b.line, group_concat(DISTINCT d.portal)"
        " FROM bodies b"
        " JOIN reports r ON r.body = b.id AND r.kind = 'annual_report'"
        " JOIN documents d ON d.report = r.key AND d.source_quality <> 'mirror'"
        " WHERE d.portal IS NOT NULL GROUP BY b.id ORDER BY b.id"
    ).fetchall()
    years = range(FIRST_YEAR, now.astimezone(BEIJING).year)
    lists = {
        line.partition("/")[0]: (first, last)
        for line, first, last in store.db.execute(
            "SELECT line, min(first_year), max(last_year) FROM register GROUP BY line"
        ).fetchall()
    }
    bodies = []
    for body, name, level, organ_type, line, portals in rows:
        dues = [(year, due_date(year, level, organ_type)) for year in years]
        known = tuple((year, due) for year, due in dues if due is not None)
        stood = lists.get(line.partition("/")[0], (FIRST_LIST, LAST_LIST))
        bodies.append(_Body(body, name, tuple(portals.split(",")), known, stood))
    return bodies


def _listed(store: Store) -> defaultdict[tuple[str, int], list[_Listed]]:
    """By portal and year, the reports that a list named and that could never be read, newest first."""
    marks = ", ".join("?" * len(_LISTED))
    rows = store.db.execute(
        "SELECT portal, title, outcome, capture FROM ("
        " SELECT c.portal, c.link_text AS title, c.outcome, c.id AS capture, c.captured_at AS at,"
        "  c.url FROM captures c"
        "  WHERE c.role = 'document' AND c.portal IS NOT NULL AND c.link_text IS NOT NULL"
        f"  AND (c.outcome IN ({marks}) OR c.outcome LIKE 'unreadable:%'"
        "   OR c.outcome LIKE 'blocked:%')"
        " UNION ALL"
        " SELECT n.value ->> 'portal', n.value ->> 'title',"
        "  'not_asked:' || (n.value ->> 'outcome'),"
        "  (SELECT max(l.id) FROM captures l WHERE l.run = runs.id AND l.role = 'list'"
        "   AND l.portal = n.value ->> 'portal'),"
        "  runs.ended_at, n.value ->> 'url'"
        "  FROM runs, json_each(runs.facts, '$.not_asked') n"
        ") unread WHERE NOT EXISTS"
        " (SELECT 1 FROM captures s WHERE s.url = unread.url AND s.revision IS NOT NULL)"
        " ORDER BY at DESC, capture DESC",
        list(_LISTED),
    ).fetchall()
    listed: defaultdict[tuple[str, int], list[_Listed]] = defaultdict(list)
    for portal, title, outcome, capture in rows:
        year = year_of_title(title)
        if year is not None:
            listed[portal, year].append(_Listed(title, _state_of(outcome), capture))
    return listed


def _state_of(outcome: str) -> State:
    """What an outcome says of a listed report: ``blocked:jsl``, ``not_asked:blocked:jsl``."""
    kind, _, reason = outcome.partition(":")
    if kind == "not_asked":
        return _NOT_ASKED.get(reason.partition(":")[0], "not_looked")
    return _LISTED[kind]


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
