"""Many portals at once: each host and each shared address at its pace, and as fast as that allows.

The farm's crowd is crawled in one run, half of its portals at one address, each of the others
at its own.  The servers' own logs say whether two requests of one host or address ever began
less than a pause apart, and how the throughput over separate addresses grows with their number
until the processors are full, with the crawl or with whatever else the machine does.
``python -m bench.soak_crawl [--portals 100]`` prints a table; 1 where a pause was undercut or
four times as many addresses bring less than twice the requests a second on processors with room.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.demo import farm
from crawler.demo.farm import Farm, FarmPortal

ROOT = Path(__file__).resolve().parent.parent
SHARED = "127.0.0.1"
PAUSE = 1.0
YEARS = 20
"""So many reports that no host runs out of pages within the time of a run."""

FULL = 0.95
"""Share of its processors at which a machine has no room for more."""

TICK = 0.002
"""Seconds by which two clocks may differ: ours waits, the server's notes."""


@dataclass(frozen=True, slots=True)
class Paces:
    """What the servers saw: requests, the shortest time between two starts, requests a second.

    ``cpu`` is the share of one processor that the crawl used, ``busy`` that of all processors
    which the machine used.
    """

    requests: int
    shortest_of_a_host: float
    shortest_of_the_shared: float
    rate_of_the_others: float
    cpu: float = 0.0
    busy: float = 0.0


def place(portals: Sequence[FarmPortal]) -> dict[str, str]:
    """Return the address of each host: every second portal at the shared one."""
    return {
        host: SHARED if number % 2 else f"127.0.{2 + number // 200}.{1 + number % 200}"
        for number, portal in enumerate(portals)
        for host in portal.hosts
    }


def write_portals(folder: Path, served: Farm, portals: Iterable[FarmPortal]) -> None:
    """Write a portal file with the known columns of each portal."""
    folder.mkdir(parents=True, exist_ok=True)
    for portal in portals:
        name = portal.host.removesuffix(".test").replace(".", "-")
        columns = "".join(f'[[columns]]\nurl = "{served.url(url)}"\n' for url in portal.columns)
        (folder / f"{name}.toml").write_text(
            f'id = "{name}"\nname = "{portal.name}"\nhome = "{served.url(portal.home)}"\n'
            f'region = "{portal.region}"\nofficial = true\nhosts = {json.dumps(portal.hosts)}\n{columns}',
            "utf-8",
        )


def crawl(served: Farm, portals: Sequence[FarmPortal], archive: Path, seconds: int) -> None:
    """Run ``scrapy crawl reports`` over the portals, no longer than some seconds."""
    write_portals(archive / "portals", served, portals)
    settings = {
        "ALLOW_LOOPBACK": "1",
        "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
        "TEST_HOSTS": json.dumps(served.test_hosts()),
        "ARCHIVE_DIR": str(archive),
        "PORTALS_DIRS": str(archive / "portals"),
        "DOWNLOAD_DELAY": str(PAUSE),
        "LOG_LEVEL": "ERROR",
    }
    options = [part for pair in settings.items() for part in ("-s", "=".join(pair))]
    command = [sys.executable, "-m", "scrapy", "crawl", "reports", *options]
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        running.kill()  # what counts are the servers' logs
        running.wait()


def measure(served: Farm) -> Paces:
    """Return what the servers' logs say."""
    starts = {host: [one.at for one in log] for host, log in served.log.items() if log}
    shared = [at for host, log in starts.items() if served.places[host][0] == SHARED for at in log]
    others = [at for host, log in starts.items() if served.places[host][0] != SHARED for at in log]
    return Paces(
        requests=len(shared) + len(others),
        shortest_of_a_host=min(map(_shortest, starts.values()), default=0.0),
        shortest_of_the_shared=_shortest(shared),
        rate_of_the_others=len(others) / max(0.001, max(others) - min(others)),
    )


def _shortest(starts: Iterable[float]) -> float:
    return min((b - a for a, b in pairwise(sorted(starts))), default=float("inf"))


def run(count: int, seconds: int) -> Paces:
    """Return how a crowd of so many portals was crawled."""
    portals = farm.crowd(count, YEARS)
    with TemporaryDirectory() as folder, farm.serve(portals, addresses=place(portals)) as served:
        begun, used, ticks = time.monotonic(), _cpu_of_children(), _ticks()
        crawl(served, portals, Path(folder) / "archive", seconds)
        cpu = (_cpu_of_children() - used) / (time.monotonic() - begun)
        idle, every = (after - before for before, after in zip(ticks, _ticks(), strict=True))
        return replace(measure(served), cpu=cpu, busy=1 - idle / max(1, every))


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ticks() -> tuple[int, int]:
    """The idle and all ticks of the machine's processors so far."""
    ticks = [int(one) for one in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def missed_goals(small: Paces, large: Paces) -> list[str]:
    """Return the goals that were missed by a crowd and one of four times its size."""
    goals = {
        "a second between the requests of a host": large.shortest_of_a_host >= PAUSE - TICK,
        "a second between the requests of an address": large.shortest_of_the_shared >= PAUSE - TICK,
        "twice the rate at four times the addresses": large.busy >= FULL
        or large.rate_of_the_others >= 2 * small.rate_of_the_others,
    }
    return [goal for goal, is_met in goals.items() if not is_met]


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--portals", type=int, default=100)
    options.add_argument("--seconds", type=int, default=40, help="for each run")
    given = options.parse_args()
    counts = (given.portals // 4, given.portals // 2, given.portals)
    runs = {count: run(count, given.seconds) for count in counts}
    print(
        "| portals | requests | shortest of a host | of the shared address"
        " | others, per second | of a processor | processors busy |"
    )
    print("|---|---|---|---|---|---|---|")
    for count, paces in runs.items():
        print(
            f"| {count} | {paces.requests} | {paces.shortest_of_a_host:.3f} s"
            f" | {paces.shortest_of_the_shared:.3f} s | {paces.rate_of_the_others:.1f}"
            f" | {paces.cpu:.0%} | {paces.busy:.0%} |"
        )
    small, _, large = runs.values()
    missed = missed_goals(small, large)
    print("Missed: " + "; ".join(missed) if missed else "Every goal is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
