"""What a second crawl and a revisit of a farm that has not changed ask for, by its own logs.

A second ``reports`` run must fetch no report again, and ``revisit`` must find nothing new.  What it
transfers, heads included, is counted apart for portals whose server can say that a page is
unchanged (ETag, Last-Modified) and for those where it cannot: there every page has to be had
again to be compared, and only files beside the pages are spared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.demo.farm import Farm, FarmPortal

SHARE = 0.05
"""A revisit of unchanged portals that confirm their pages transfers less of the bytes."""

NAMES = {
    "all": "pages and files with validators",
    "pages": "only pages with validators (files come through a program)",
    "files": "only files with validators (pages by a program, or put together as they are sent)",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that some portals sent: in the first crawl, and again in a revisit."""

    portals: int
    first: int
    again: int

    @property
    def share(self) -> float:
        """The share of the first crawl's bytes that was sent again."""
        return self.again / max(1, self.first)

    def __add__(self, other: Sent) -> Sent:
        return Sent(
            self.portals + other.portals, self.first + other.first, self.again + other.again
        )


@dataclass(frozen=True, slots=True)
class Again:
    """What was asked again; ``sent`` is by what portals confirm, as in ``NAMES``.

    ``whole`` are the bytes of the pages that came whole in the revisit: the least that it can cost.
    """

    refetched: int
    lists: int
    revisits: int
    sent: Mapping[str, Sent]
    whole: int
    revisions: int

    def lines(self) -> Iterator[str]:
        """Yield the account in words, with a table of the bytes."""
        yield f"Second `reports`: {self.lists} requests, {self.refetched} of them for reports or files."
        yield f"`revisit`: {self.revisits} requests, {self.revisions} new revisions."
        yield "| portals with | number | bytes of the first crawl | of the revisit | share |"
        yield "|---|---|---|---|---|"
        total = sum(self.sent.values(), Sent(0, 0, 0))
        rows = {name: self.sent[kind] for kind, name in NAMES.items() if kind in self.sent} | {
            "all": total
        }
        for name, sent in rows.items():
            yield f"| {name} | {sent.portals} | {sent.first:,} | {sent.again:,} | {sent.share:.1%} |"
        yield (
            f"{self.whole / max(1, total.again):.1%} of what a revisit transfers are pages that nobody"
            " confirms: they have to be had whole to be compared."
        )

    def shortfalls(self) -> list[str]:
        """Return what is not reached and not expected to be, for lack of validators."""
        share = sum(self.sent.values(), Sent(0, 0, 0)).share
        return (
            []
            if share < SHARE
            else [f"less than {SHARE:.0%} of all bytes in a revisit: {share:.1%}"]
        )

    def missed_goals(self) -> list[str]:
        """Return the goals that were missed."""
        able = self.sent.get("all", Sent(0, 0, 0))
        goals = {
            "no report fetched again": self.refetched == 0,
            f"less than {SHARE:.0%} of the bytes in a revisit": able.share < SHARE,
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
    lists = {host: served.log[host][first[host] : second[host]] for host in hosts}
    files = {file for portal in portals for report in portal.reports for file in report.files}
    sent: dict[str, Sent] = {}
    whole = 0
    for portal in portals:
        logs = [(served.log[host], first[host], second[host]) for host in portal.hosts]
        begun = sum(one.sent for log, end, _ in logs for one in log[:end])
        revisit = [one for log, _, start in logs for one in log[start:]]
        again = sum(one.sent for one in revisit)
        whole += sum(one.sent for one in revisit if one.status == 200 and one.path != "/robots.txt")
        before = sent.get(portal.confirms, Sent(0, 0, 0))
        sent[portal.confirms] = before + Sent(1, begun, again)
    return Again(
        refetched=sum(
            bool(one.reports) or f"http://{host}{one.path}" in files
            for host, log in lists.items()
            for one in log
        ),
        lists=sum(map(len, lists.values())),
        revisits=sum(len(served.log[host]) - second[host] for host in hosts),
        sent=sent,
        whole=whole,
        revisions=_count_revisions(archive) - revisions,
    )


def _count_revisions(archive: Path) -> int:
    with closing(sqlite3.connect(archive / "archive.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM revisions").fetchone()
    return int(count)
