"""What a second crawl and a revisit of a farm that has not changed ask for, by its own logs.

A second ``reports`` run must fetch no report again, and ``revisit`` must find nothing new.  What it
transfers is counted apart for portals whose validators (ETag, Last-Modified) hold: the others send
none, or count visits in their pages, and every body has to be had again to be compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.demo.farm import Farm, FarmPortal, Request

SHARE = 0.05
"""A revisit of an unchanged portal whose validators hold transfers less of the bytes."""


@dataclass(frozen=True, slots=True)
class Again:
    """What was asked again; ``sent`` and ``sent_first`` are bytes of portals whose validators hold."""

    refetched: int
    lists: int
    revisits: int
    sent: int
    sent_first: int
    sent_by_others: int
    sent_first_by_others: int
    revisions: int

    @property
    def share(self) -> float:
        """The share of the first crawl's bytes that portals with validators sent again."""
        return self.sent / max(1, self.sent_first)

    def lines(self) -> tuple[str, ...]:
        """Return the account in words."""
        others = self.sent_by_others / max(1, self.sent_first_by_others)
        shares = f"{self.share:.1%} by portals whose validators hold, {others:.1%} by the others"
        return (
            f"Second `reports`: {self.lists} requests, {self.refetched} of them for reports or files.",
            f"`revisit`: {self.revisits} requests, {self.revisions} new revisions.",
            f"Bytes of the first crawl that `revisit` had sent again: {shares}.",
        )

    def missed_goals(self) -> list[str]:
        """Return the goals that were missed."""
        goals = {
            "no report fetched again": self.refetched == 0,
            f"less than {SHARE:.0%} of the bytes in a revisit": self.share < SHARE,
            "no new revision in a revisit": self.revisions == 0,
        }
        return [goal for goal, is_met in goals.items() if not is_met]


def ask_again(
    portals: Sequence[FarmPortal], served: Farm, archive: Path, crawl: Callable[[str], None]
) -> Again:
    """Return what the spiders do on a farm that ``crawl`` has crawled before.

    ``crawl`` runs the spider of a name over the same portals.
    """
    hosts = [host for portal in portals for host in portal.hosts]
    first = {host: len(served.log[host]) for host in hosts}
    crawl("reports")
    second = {host: len(served.log[host]) for host in hosts}
    revisions = _count_revisions(archive)
    crawl("revisit")
    logs = {host: served.log[host] for host in hosts}
    lists = {host: log[first[host] : second[host]] for host, log in logs.items()}
    visits = {host: log[second[host] :] for host, log in logs.items()}
    begun = {host: log[: first[host]] for host, log in logs.items()}
    files = {file for portal in portals for report in portal.reports for file in report.files}
    able = {
        host
        for portal in portals
        for host in portal.hosts
        if served.validators.get(host) and "counter" not in portal.quirks
    }
    others = set(hosts) - able
    return Again(
        refetched=sum(
            bool(one.reports) or f"http://{host}{one.path}" in files
            for host, log in lists.items()
            for one in log
        ),
        lists=sum(map(len, lists.values())),
        revisits=sum(map(len, visits.values())),
        sent=_sent(visits, able),
        sent_first=_sent(begun, able),
        sent_by_others=_sent(visits, others),
        sent_first_by_others=_sent(begun, others),
        revisions=_count_revisions(archive) - revisions,
    )


def _sent(logs: Mapping[str, Sequence[Request]], hosts: Iterable[str]) -> int:
    return sum(one.sent for host in hosts for one in logs[host])


def _count_revisions(archive: Path) -> int:
    with closing(sqlite3.connect(archive / "archive.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM revisions").fetchone()
    return int(count)
