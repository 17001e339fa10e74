"""What a second crawl and a revisit of a farm that has not changed ask for, by its own logs.

A second ``reports`` run must fetch no report again, and ``revisit`` must find nothing new.  What it
transfers, heads included, is counted apart for portals whose server can say that a page is
unchanged (ETag, Last-Modified) and for those where it cannot: what nobody confirms has to be had
whole to be compared, so that of old pages a sample is asked for, and files wait for their pages.

From what each document cost comes what ``revisit -a all=1``, and what a year of nightly
``revisit -a due=1``, would transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from archive.schema import open_to_read
from archive.visits import visited_documents
from crawler.demo.farm import Farm, FarmPortal
from crawler.schedule import choose_due, waiting_files
from crawler.settings import REVISITS_PER_PORTAL

SHARE = 0.05
"""A revisit of unchanged portals transfers less of the bytes of the first crawl."""

NIGHTS = 364
"""After a year bodies are asked for in full."""

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


NOTHING = Sent(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Again:
    """What was asked again; ``sent`` is by what portals confirm, as in ``NAMES``.

    ``whole`` are the bytes of the pages that came whole in the revisit: the least that it can cost.
    ``everything`` are the bytes of ``revisit -a all=1``, ``nights`` those of each night of a year in
    which only what is due is asked for; both follow from what each document cost.
    """

    refetched: int
    lists: int
    revisits: int
    sent: Mapping[str, Sent]
    whole: int
    revisions: int
    everything: int
    nights: Sequence[int]

    def lines(self) -> Iterator[str]:
        """Yield the account in words, with a table of the bytes."""
        yield f"Second `reports`: {self.lists} requests, {self.refetched} of them for reports or files."
        yield f"`revisit`: {self.revisits} requests, {self.revisions} new revisions."
        yield "| portals with | number | bytes of the first crawl | of the revisit | share |"
        yield "|---|---|---|---|---|"
        total = sum(self.sent.values(), NOTHING)
        rows = {name: self.sent[kind] for kind, name in NAMES.items() if kind in self.sent} | {
            "all": total
        }
        for name, sent in rows.items():
            yield f"| {name} | {sent.portals} | {sent.first:,} | {sent.again:,} | {sent.share:.1%} |"
        yield (
            f"{self.whole / max(1, total.again):.1%} of what a revisit transfers are pages that nobody"
            " confirms: they have to be had whole to be compared."
        )
        yield f"`revisit -a all=1`: {self.everything / max(1, total.first):.1%} of the first crawl."
        yield (
            f"A year of nightly `revisit -a due=1`: {sum(self.nights) / max(1, total.first):.1%} of the"
            f" first crawl in all, {max(self.nights) / max(1, total.first):.1%} in the fullest night."
        )

    def missed_goals(self) -> list[str]:
        """Return the goals that were missed."""
        total = sum(self.sent.values(), NOTHING)
        goals = {
            "no report fetched again": self.refetched == 0,
            f"less than {SHARE:.0%} of the bytes in a revisit": total.share < SHARE,
            f"less than {SHARE:.0%} in each night": max(self.nights) < SHARE * total.first,
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
        before = sent.get(portal.confirms, NOTHING)
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
        everything=every_document(archive, costs(served)),
        nights=nights(archive, costs(served)),
    )


def costs(served: Farm) -> dict[str, int]:
    """Return what each page or file sent when it was last asked, in bytes."""
    return {f"{host}{one.path}": one.sent for host, log in served.log.items() for one in log}


def cost_of(url: str, sent: Mapping[str, int]) -> int:
    """Return what an address sent; neither scheme nor port make another of it."""
    parts = urlsplit(url)
    return sent[f"{parts.hostname}{urlunsplit(('', '', parts.path, parts.query, ''))}"]


def every_document(archive: Path, cost: Mapping[str, int]) -> int:
    """Return what all documents of an archive transfer."""
    return sum(
        cost_of(one.url, cost)
        for portal in _portals(archive)
        for one in visited_documents(archive, portal)
    )


def nights(archive: Path, cost: Mapping[str, int]) -> list[int]:
    """Return what each night of a year transfers, by the schedule and by what documents cost."""
    portals = [visited_documents(archive, portal) for portal in _portals(archive)]
    begun = max(datetime.fromisoformat(one.last_asked) for known in portals for one in known)
    sent = []
    for night in range(1, NIGHTS + 1):
        now = begun + timedelta(days=night)
        sent.append(0)
        for known in portals:
            left = {file.url for files in waiting_files(known, now).values() for file in files}
            due = {one.url for one in choose_due(known, now, REVISITS_PER_PORTAL)} - left
            sent[-1] += sum(cost_of(url, cost) for url in due)
            known[:] = [
                replace(one, last_asked=now.isoformat()) if one.url in due else one for one in known
            ]
    return sent


def _portals(archive: Path) -> list[str]:
    with closing(open_to_read(archive / "archive.db")) as db:
        return [portal for (portal,) in db.execute("SELECT DISTINCT portal FROM documents")]


def _count_revisions(archive: Path) -> int:
    with closing(open_to_read(archive / "archive.db")) as db:
        (count,) = db.execute("SELECT count(*) FROM revisions").fetchone()
    return int(count)
