"""When a report that its address no longer shows counts as withdrawn.

An address may answer 404 for a night, and a new site may leave all old addresses behind.  This
module decides when an absence is confirmed, when many are one reorganisation of their portal,
and what is said of an absence until then.  Moves, where the same report is found elsewhere, are
left to ``ledger``; what an answer shows to ``ingest``.

Everything is derived from the times of captures and walks, whatever the order of their arrival.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from archive.identity import document_name
from archive.ids import short_digest
from archive.store import Store
from parsers.model import Finding

APART = timedelta(days=7)
"""Two captures so far apart must both have missed a document before it counts as withdrawn."""
NEAR = timedelta(days=1)
"""A portal that answered something else within this time was well."""
FIFTH = 5  # more than one in five reports that vanish together: a reorganisation
LEAST_TOGETHER = 2
RULE = "gone_from_address"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Absence:
    """An interval in which the address of a document, shown before, did not show it.

    ``gone`` are the times of the captures that say so, ``ended`` is when it was there again.  A
    part of a compilation names the report of its ``page``, with which it counts as one;
    ``is_taken_out`` where that page was there without it.
    """

    document: str
    report: str
    url: str
    before: int
    last_seen: str
    gone: tuple[str, ...]
    ended: str | None = None
    after: int | None = None
    has_moved: bool = False
    page: str | None = None
    is_taken_out: bool = False

    @property
    def began(self) -> str:
        """The first capture that missed the document."""
        return self.gone[0]


@dataclass(frozen=True, slots=True)
class Look:
    """A walk of all lists of a portal, with the names of the documents that they listed.

    ``listed`` is ``None`` where the walk did not come to its end or did not say.
    """

    at: str
    listed: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Portal:
    """What is known of a portal: its documents, its answers and looks at it, in order of time.

    ``shown`` has key, report and first sighting of each document (the report of its page for a
    part), ``answers`` time and document of each capture that showed something.
    """

    shown: Sequence[tuple[str, str, str]] = ()
    answers: Sequence[tuple[str, str | None]] = ()
    looks: Sequence[Look] = ()


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """Reports that left their addresses together, of all reports that a portal showed by then."""

    absences: tuple[Absence, ...]
    shown: int

    @property
    def reports(self) -> frozenset[str]:
        """The reports that vanished."""
        return frozenset(one.page or one.report for one in self.absences)

    @property
    def last_seen_before(self) -> str:
        """When the last of them was still there."""
        return max(one.last_seen for one in self.absences)

    @property
    def first_seen_after(self) -> str:
        """When the first of them was missed."""
        return min(one.began for one in self.absences)


@dataclass(slots=True)
class Judged:
    """What is said of the absences of a portal.

    ``doubts`` gives the reason why an absence is not confirmed.
    """

    doubts: dict[Absence, str] = field(default_factory=dict)
    reorganisations: list[Reorganisation] = field(default_factory=list)


def judge(absences: Sequence[Absence], portal: Portal) -> Judged:
    """Tell confirmed absences from doubtful ones, and single ones from those of many together."""
    doubts = {one: doubt for one in absences if (doubt := find_doubt(one, portal))}
    lasting = [one for one in absences if one.ended is None or one not in doubts]
    found = find_reorganisations(lasting, absences, portal.shown)
    told = [one for one in found if any(a.has_moved or a not in doubts for a in one.absences)]
    return Judged(doubts, told)


def find_doubt(absence: Absence, portal: Portal) -> str | None:
    """The reason why an absence is not confirmed; ``None`` once it is.

    Two captures at least ``APART`` missed the document while its portal was well, and the last
    complete walk of its lists about that time did not name it.  Lists say nothing of what was
    taken out of a page that is still there.
    """
    well = [at for at in absence.gone if _is_well(at, absence.document, portal.answers)]
    if not well:
        return "no other page of its portal answered at that time"
    second = [at for at in well if _moment(at) - _moment(well[0]) >= APART]
    if not second:
        return f"a second look at least {APART.days} days later is needed"
    if absence.is_taken_out:
        return None
    looks = [
        look
        for look in portal.looks
        if absence.began <= look.at and (absence.ended is None or look.at < absence.ended)
    ]
    doubt = "no list of its portal has been walked to its end since"
    for moment in sorted({*second, *(look.at for look in looks if look.at > second[0])}):
        by_then = _text(_moment(moment) + NEAR)
        last = next((k for k in reversed(looks) if k.at <= by_then and k.listed is not None), None)
        if last is not None and document_name(absence.url) not in (last.listed or ()):
            return None
        doubt = "a list of its portal still names it" if last is not None else doubt
    return doubt


def _is_well(at: str, document: str, answers: Sequence[tuple[str, str | None]]) -> bool:
    """Whether the portal showed something else about that time; ``answers`` in order of time."""
    moment = _moment(at)
    first = bisect_left(answers, _text(moment - NEAR), key=lambda one: one[0])
    last = _text(moment + NEAR)
    for time, shown in islice(answers, first, None):
        if time > last:
            return False
        if shown != document:
            return True
    return False


def find_reorganisations(
    lasting: Iterable[Absence], absences: Iterable[Absence], shown: Iterable[tuple[str, str, str]]
) -> list[Reorganisation]:
    """The moments at which more than a fifth of a portal's reports may have vanished at once.

    Each absence began at some time after the document was last seen and until it was first
    missed; those that have a moment in common vanished together.  Absences that soon ended do
    not count for this (``lasting``), but their reports were not there to vanish.
    """
    left = list(lasting)
    found: list[Reorganisation] = []
    absences, shown = list(absences), list(shown)
    while left:
        together = [
            Reorganisation(
                tuple(a for a in left if a.last_seen < moment <= a.began),
                len(_reports_at(moment, absences, shown)),
            )
            for moment in sorted({one.began for one in left})
        ]
        most = max(together, key=lambda one: len(one.reports) / max(1, one.shown))
        if len(most.reports) < LEAST_TOGETHER or len(most.reports) * FIFTH <= most.shown:
            break
        found.append(most)
        left = [a for a in left if a not in most.absences]
    return found


def _reports_at(
    moment: str, absences: Iterable[Absence], shown: Iterable[tuple[str, str, str]]
) -> set[str]:
    """The reports that a portal showed just before ``moment``."""
    away = {a.document for a in absences if a.began < moment and (a.ended or "9") > moment}
    return {report for document, report, since in shown if since < moment and document not in away}


def _moment(at: str) -> datetime:
    """A stored time; others may have left its end away (``2006``), and what is none was long ago."""
    try:
        moment = datetime.fromisoformat(f"{at}-01-01" if len(at) == 4 else at)
    except ValueError:
        moment = _LONG_AGO
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ---- in the database --------------------------------------------------------------------------


def settle_absences(store: Store) -> None:
    """Derive what is said of absent documents, for every portal met since it was settled."""
    for (portal,) in store.db.execute("SELECT portal FROM unsettled_portals").fetchall():
        absences = list(_absences(store, portal))
        judged = judge(absences, _portal(store, portal)) if absences else Judged()
        _save_changes(store, portal, absences, judged)
        _save_standing(store, portal, absences, judged)
    store.db.execute("DELETE FROM unsettled_portals")


# Captures of a page without a part of it: whether the page itself was there.
_GONE_PARTS = """
SELECT d.key, c.captured_at, c.revision IS NOT NULL FROM documents d
JOIN captures c ON c.document = d.part_of
LEFT JOIN parts p ON p.whole = c.revision AND p.document = d.key
WHERE d.part_of IS NOT NULL AND d.portal = ? AND d.report IS NOT NULL AND p.revision IS NULL
  AND (c.revision IS NOT NULL OR c.outcome IN ('gone', 'soft_404'))
ORDER BY c.captured_at, c.id
"""
_OURS = "document IN (SELECT key FROM documents WHERE portal = ? AND report IS NOT NULL)"


def _absences(store: Store, portal: str) -> Iterator[Absence]:
    """The absences of a portal's documents, each between its sightings."""
    gone: defaultdict[str, list[str]] = defaultdict(list)
    taken_out: defaultdict[str, list[str]] = defaultdict(list)
    for document, at in store.db.execute(
        "SELECT document, captured_at FROM captures WHERE revision IS NULL"
        f" AND outcome IN ('gone', 'soft_404') AND {_OURS} ORDER BY captured_at, id",
        [portal],
    ):
        gone[document].append(at)
    for document, at, is_there in store.db.execute(_GONE_PARTS, [portal]):
        (taken_out if is_there else gone)[document].append(at)
    if not gone and not taken_out:
        return
    rows = store.db.execute(
        "SELECT d.key, d.report, d.url, d.status, s.revision, s.seen_from, s.seen_to, w.report"
        " FROM documents d JOIN sightings s ON s.document = d.key"
        " LEFT JOIN documents w ON w.key = d.part_of"
        " WHERE d.portal = ? AND d.report IS NOT NULL ORDER BY d.key, s.seq",
        [portal],
    ).fetchall()
    for place, (key, report, url, status, revision, since, until, page) in enumerate(rows):
        before = rows[place - 1] if place and rows[place - 1][0] == key else None
        after = rows[place + 1] if place + 1 < len(rows) and rows[place + 1][0] == key else None
        if revision is not None or before is None:
            continue
        without = [at for at in taken_out[key] if since <= at <= until]
        times = tuple(sorted([*without, *(at for at in gone[key] if since <= at <= until)]))
        ended, shown = (after[5], after[4]) if after else (None, None)
        moved = after is None and status == "moved"
        yield Absence(
            key, report, url, before[4], before[6], times, ended, shown, moved, page, bool(without)
        )


def _portal(store: Store, portal: str) -> Portal:
    shown = store.db.execute(
        "SELECT d.key, coalesce(w.report, d.report), d.first_seen FROM documents d"
        " LEFT JOIN documents w ON w.key = d.part_of WHERE d.portal = ? AND d.report IS NOT NULL",
        [portal],
    ).fetchall()
    answers = store.db.execute(
        "SELECT captured_at, document FROM captures WHERE portal = ? AND status IN (200, 304)"
        " AND outcome IN ('kept', 'new', 'changed', 'same') ORDER BY captured_at, id",
        [portal],
    ).fetchall()
    walks = store.db.execute(
        "SELECT max(w.recorded_at), min(w.outcome = 'complete' AND w.listed IS NOT NULL),"
        " json_group_array(json(l.urls)) FROM walks w LEFT JOIN lists l ON l.digest = w.listed"
        " WHERE w.portal = ? GROUP BY w.run ORDER BY 1",
        [portal],
    ).fetchall()
    return Portal(shown, answers, [_look(*row) for row in walks])


def _look(at: str, is_complete: int, lists: str) -> Look:
    if not is_complete:
        return Look(at, None)
    return Look(at, frozenset(document_name(url) for urls in json.loads(lists) for url in urls))


def _save_changes(store: Store, portal: str, absences: Iterable[Absence], judged: Judged) -> None:
    """Replace the changes that say how documents of a portal vanished and came back."""
    store.db.execute(
        "DELETE FROM changes WHERE kind = 'status' AND (portal = ? OR"
        f" (item IN ('withdrawn', 'restored') AND {_OURS}))",
        [portal, portal],
    )
    together = {a for one in judged.reorganisations for a in one.absences}
    rows = [_reorganised(portal, one) for one in judged.reorganisations]
    for one in absences:
        if one in judged.doubts or one.has_moved:
            continue
        if one not in together:
            rows.append(_vanished(one))
        if one.ended is not None:
            rows.append(_came_back(one))
    store.add_changes(rows)


def _vanished(one: Absence) -> Mapping[str, Any]:
    return _row(one, "withdrawn", one.began) | {
        "before": one.url, "from_revision": one.before, "last_seen_before": one.last_seen,
    }  # fmt: skip


def _came_back(one: Absence) -> Mapping[str, Any]:
    return _row(one, "restored", str(one.ended)) | {
        "after": one.url, "to_revision": one.after, "last_seen_before": one.gone[-1],
    }  # fmt: skip


def _row(one: Absence, item: str, at: str) -> dict[str, Any]:
    key = f"{one.report}|{one.document}|status|{item}|status|{at}"
    return {
        "key": "c" + short_digest(key), "report": one.report, "document": one.document,
        "item": item, "first_seen_after": at,
    }  # fmt: skip


def _reorganised(portal: str, one: Reorganisation) -> Mapping[str, Any]:
    key = f"{portal}|status|portal_reorganised|{one.first_seen_after}"
    gone = len(one.reports)
    return {
        "key": "c" + short_digest(key), "portal": portal, "item": "portal_reorganised",
        "before": str(one.shown), "after": str(one.shown - gone), "difference": -gone,
        "last_seen_before": one.last_seen_before, "first_seen_after": one.first_seen_after,
    }  # fmt: skip


def _save_standing(store: Store, portal: str, absences: Iterable[Absence], judged: Judged) -> None:
    """Replace what is said of the documents of a portal that are not there now, and why."""
    together = {a: one for one in judged.reorganisations for a in one.absences}
    store.clear_document_findings(portal, RULE)
    for one in absences:
        if one.ended is not None or one.has_moved:
            continue
        reason = judged.doubts.get(one)
        if one in together:
            many = together[one]
            reason = (
                f"{len(many.reports)} of {many.shown} reports of its portal left their"
                " addresses together"
            )
        store.set_standing(one.document, one.report, "gone" if reason else "withdrawn")
        if reason:
            message = (
                f"last seen on {one.last_seen[:10]}, missing on {one.began[:10]},"
                f" not said to be withdrawn: {reason}"
            )
            store.add_document_finding(one.document, Finding(RULE, "notice", message))
