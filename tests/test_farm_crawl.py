"""Crawls of good portals of the farm: the run after, revisits, and many portals at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bench.farm_again import Again, Sent, ask_again
from bench.soak_crawl import PAUSE, SHARED, Paces, measure, missed_goals, place
from crawler.demo import farm
from tests.farms import crawl_farm, own_addresses, write_farm_portals


def test_an_unchanged_farm_costs_lists_and_validators(tmp_path: Path) -> None:
    """A second run fetches no report again; a revisit transfers hardly anything and adds nothing."""
    crowd = {portal.host.partition(".")[0]: portal for portal in farm.crowd(60)}
    portals = [crowd[host] for host in ("p0000", "p0005", "p0018")]
    with farm.serve(portals, addresses=own_addresses(portals)) as served:
        write_farm_portals(tmp_path, served, portals)
        crawl_farm(served, tmp_path, "reports")
        again = ask_again(portals, served, tmp_path, partial(crawl_farm, served, tmp_path))
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        (reports,) = db.execute("SELECT count(*) FROM reports").fetchone()
    assert [portal.confirms for portal in portals] == ["all", "all", "files"]
    assert reports >= sum(len(portal.reports) for portal in portals)
    assert again.lists >= sum(len(portal.columns) for portal in portals)
    assert again.revisits >= reports
    assert again.refetched == again.revisions == 0
    assert again.sent["all"].share < 0.15  # of few list pages and many reports
    assert again.sent["files"].share > 0.5
    assert 0.9 * again.sent["files"].again < again.whole <= again.sent["files"].again


AGAIN = Again(
    refetched=0, lists=4, revisits=9, sent={"all": Sent(2, 100, 4), "files": Sent(1, 100, 5)},
    whole=3, revisions=0, everything=60, nights=(0, 9, 1),
)  # fmt: skip


def test_the_account_of_a_second_crawl_names_what_it_missed() -> None:
    """A report fetched again, bytes sent again and new revisions are goals missed, each by name."""
    bad = Again(
        refetched=1, lists=4, revisits=9, sent={"all": Sent(2, 100, 5)},
        whole=0, revisions=2, everything=60, nights=(5, 0),
    )  # fmt: skip
    assert AGAIN.missed_goals() == []
    assert len(bad.missed_goals()) == 4
    assert [line.rsplit("|", 2)[1].strip() for line in AGAIN.lines() if line.endswith("% |")] == [
        "4.0%", "5.0%", "4.5%",
    ]  # fmt: skip
    whole, every, year = list(AGAIN.lines())[-3:]
    assert every.endswith("30.0% of the first crawl.")
    assert whole.startswith("33.3% of what a revisit transfers")
    assert year.endswith("5.0% of the first crawl in all, 4.5% in the fullest night.")


@pytest.mark.parametrize("count", [8])
def test_portals_at_one_address_share_one_pace(tmp_path: Path, count: int) -> None:
    """Half a crowd at one address is asked a pause apart, the others do not wait for it."""
    portals = farm.crowd(count)
    pause = 0.2
    with farm.serve(portals, addresses=place(portals)) as served:
        write_farm_portals(tmp_path, served, portals)
        crawl_farm(served, tmp_path, "reports", settings={"DOWNLOAD_DELAY": pause})
        paces = measure(served)
        begun: dict[bool, list[float]] = {True: [], False: []}
        for host, log in served.log.items():
            begun[served.places[host][0] == SHARED] += [one.at for one in log]
    assert paces.requests >= sum(len(portal.reports) for portal in portals)
    assert paces.shortest_of_a_host >= pause - 0.002
    assert paces.shortest_of_the_shared >= pause - 0.002
    still_to_go = [at for at in begun[True] if at > max(begun[False])]
    assert len(still_to_go) > len(begun[True]) / 4


def test_a_soak_names_the_goals_that_it_missed() -> None:
    """A pause undercut and a throughput that does not grow are named, and nothing else is."""
    small, large = Paces(100, PAUSE, PAUSE, 10.0), Paces(400, PAUSE, PAUSE, 25.0)
    assert missed_goals(small, large) == []
    hasty = Paces(400, 0.9, 0.5, 15.0)
    assert len(missed_goals(small, hasty)) == 3
    assert len(missed_goals(small, replace(hasty, busy=0.97))) == 2
