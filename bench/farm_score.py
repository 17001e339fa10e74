"""How much of the portal farm is found from home pages alone, and at what cost.

``make farm-score`` serves the farm on loopback, runs ``scrapy crawl discover`` and ``scrapy crawl
reports`` as anyone would, and prints per CMS family what was planted, what the archive holds,
and the requests spent, beside a crawler that follows every link (``breadth_first``).  The row
``late`` holds the portals of ``late.toml``, which were written after the clients.  Then both
spiders over known portals run again on the unchanged farm (``farm_again``).  It fails below the
goals.  ``--portals HOST,...`` takes only some portals, ``--misses`` lists what is not
as planted, ``--archive DIR`` keeps the archive.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.breadth_first import crawl_breadth_first
from bench.farm_again import ask_again
from crawler.demo import farm
from crawler.demo.farm import Farm, FarmPortal
from crawler.demo.farm.judging import Score, judge, read_holdings
from crawler.demo.farm.web import ask_for

ROOT = Path(__file__).resolve().parent.parent
RECALL, PRECISION, SAVING = 0.98, 0.99, 5.0
PEER_LIMIT = 3000
_HEAD = (
    "| family | planted | found | recall | precision | whole walks | requests | per report"
    " | breadth-first: found | requests | per report | times fewer |"
)
_SETTINGS = {
    "ALLOW_LOOPBACK": "1",
    "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
    "DOWNLOAD_DELAY": "0",
    "AUTOTHROTTLE_ENABLED": "0",
    "HOST_DAILY_BUDGET": "1000000",  # all hosts of the farm share one address
    "LOG_LEVEL": "ERROR",
    "VANTAGE": "farm",
    "CONTACT": "farm on this machine",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """What following every link cost, and how many planted reports it showed."""

    requests: int = 0
    found: int = 0

    def __add__(self, other: Peer) -> Peer:
        return Peer(self.requests + other.requests, self.found + other.found)

    @property
    def cost(self) -> float:
        """Requests for each report, and all of them where none was found."""
        return self.requests / max(1, self.found)


def crawl(served: Farm, archive: Path, spider: str, argument: str = "group=discovered") -> None:
    """Run a spider over the farm; by default over the portals that were discovered."""
    archive.mkdir(parents=True, exist_ok=True)
    settings = {
        **_SETTINGS,
        "ARCHIVE_DIR": str(archive),
        "PORTALS_DIRS": str(archive / "portals"),
        "TEST_HOSTS": json.dumps(served.test_hosts()),
    }
    options = [part for pair in settings.items() for part in ("-s", "=".join(pair))]
    started = time.monotonic()
    command = [sys.executable, "-m", "scrapy", "crawl", spider, "-a", argument, *options]
    subprocess.run(command, cwd=ROOT, check=True)
    seconds = time.monotonic() - started
    asked = sum(map(len, served.log.values()))
    print(f"{spider}: {asked} requests so far, {seconds:.0f} s", file=sys.stderr)


def run_peer(portal: FarmPortal) -> Peer:
    """Return what following every link of a portal costs; it asks the site itself, unserved."""
    sites = farm.sites([portal])
    done = crawl_breadth_first(
        lambda url: sites[urlsplit(url).hostname or ""].answer(ask_for(url)),
        portal.home,
        portal.hosts,
        [report.key for report in portal.reports],
        PEER_LIMIT,
    )
    return Peer(done.requests, len(done.found))


def table(scores: Mapping[str, tuple[Score, Peer]]) -> Iterable[str]:
    """Yield the lines of the table."""
    yield _HEAD
    yield "|" + "---|" * (_HEAD.count("|") - 1)
    for name, (score, peer) in scores.items():
        yield (
            f"| {name} | {score.planted} | {score.found} | {score.recall:.1%}"
            f" | {score.precision:.1%} | {score.whole_walks} of {score.walks} | {score.requests}"
            f" | {score.cost:.2f} | {peer.found} | {peer.requests} | {peer.cost:.1f}"
            f" | {peer.cost / score.cost if score.found else 0:.1f} |"
        )


def missed_goals(score: Score, peer: Peer) -> list[str]:
    """Return the goals that were missed."""
    goals = {
        f"a recall of {RECALL:.0%}": score.recall >= RECALL,
        f"a precision of {PRECISION:.0%}": score.precision >= PRECISION,
        "every walk whole": score.whole_walks == score.walks,
        f"{SAVING:.0f} times fewer requests": peer.cost >= SAVING * score.cost,
    }
    return [goal for goal, is_met in goals.items() if not is_met]


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--portals", help="hosts, with commas between them")
    options.add_argument("--archive", type=Path, help="keep the archive here")
    options.add_argument("--misses", action="store_true", help="list what is not as planted")
    given = options.parse_args()
    wanted = given.portals.split(",") if given.portals else None
    every = [*farm.portals(), *farm.portals("late")]
    portals = [one for one in every if wanted is None or one.host in wanted]
    scores: dict[str, tuple[Score, Peer]] = {}
    total, total_peer = Score(), Peer()
    with TemporaryDirectory() as folder, farm.serve(portals) as served:
        archive = given.archive or Path(folder) / "archive"
        homes = ",".join(served.url(portal.home) for portal in portals)
        crawl(served, archive, "discover", f"url={homes}")
        crawl(served, archive, "reports")
        held = read_holdings(archive)
        for portal in portals:
            score, lines = judge(portal, served, held)
            peer = run_peer(portal)
            row = portal.family if portal.group == "good" else portal.group
            before, peer_before = scores.get(row, (Score(), Peer()))
            scores[row] = (before + score, peer_before + peer)
            total, total_peer = total + score, total_peer + peer
            if given.misses:
                print(f"{portal.host} {portal.family}: {score.found} of {score.planted}")
                print(*(f"  {line}" for line in lines), sep="\n")
        again = ask_again(portals, served, archive, partial(crawl, served, archive))
    print(*table({**scores, "all": (total, total_peer)}), sep="\n")
    print(*again.lines(), sep="\n")
    missed = missed_goals(total, total_peer) + again.missed_goals()
    print("Missed: " + "; ".join(missed) if missed else "Every goal is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
