"""How much of the portal farm is found from home pages alone, and at what cost.

``make farm-score`` serves the farm on loopback, runs ``scrapy crawl discover`` and ``scrapy crawl
reports`` as anyone would, and prints per CMS family what was planted, what the archive holds,
and the requests spent, beside a crawler that follows every link.  It fails below the goals.
``--portals HOST,...`` takes only some portals, ``--misses`` lists what is not as planted,
``--archive DIR`` keeps the archive.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.breadth_first import crawl_breadth_first
from crawler.demo import farm
from crawler.demo.farm import Farm, FarmPortal
from crawler.demo.farm.web import ask_for

ROOT = Path(__file__).resolve().parent.parent
RECALL, PRECISION, SAVING = 0.98, 0.99, 5.0
PEER_LIMIT = 3000
_SETTINGS = {
    "ALLOW_LOOPBACK": "1",
    "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
    "DOWNLOAD_DELAY": "0",
    "AUTOTHROTTLE_ENABLED": "0",
    "LOG_LEVEL": "ERROR",
    "VANTAGE": "farm",
    "CONTACT": "farm on this machine",
}


@dataclass(slots=True)
class Score:
    """What was planted on some portals, what the archive holds of it, what it cost."""

    planted: int = 0
    found: int = 0
    claimed: int = 0
    right: int = 0
    requests: int = 0
    peer_requests: int = 0
    peer_found: int = 0
    walks: int = 0
    whole_walks: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another score in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self) -> float:
        """The share of the planted reports that were found."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """The share of planted reports in what is called an annual report."""
        return self.right / self.claimed if self.claimed else 1.0

    @property
    def cost(self) -> float:
        """Requests for each report found."""
        return self.requests / max(1, self.found)

    @property
    def peer_cost(self) -> float:
        """Requests for each report that the peer found, and all of them where it found none."""
        return self.peer_requests / max(1, self.peer_found)


def crawl(served: Farm, portals: Sequence[FarmPortal], archive: Path) -> None:
    """Find the columns of the portals from their home pages, then their reports."""
    archive.mkdir(parents=True, exist_ok=True)
    homes = ",".join(served.url(portal.home) for portal in portals)
    settings = {
        **_SETTINGS,
        "ARCHIVE_DIR": str(archive),
        "PORTALS_DIRS": str(archive / "portals"),
        "TEST_HOSTS": json.dumps(served.test_hosts()),
    }
    options = [part for pair in settings.items() for part in ("-s", "=".join(pair))]
    for arguments in (["discover", "-a", f"url={homes}"], ["reports", "-a", "group=discovered"]):
        started = time.monotonic()
        command = [sys.executable, "-m", "scrapy", "crawl", *arguments, *options]
        subprocess.run(command, cwd=ROOT, check=True)
        seconds = time.monotonic() - started
        asked = sum(map(len, served.log.values()))
        print(f"{arguments[0]}: {asked} requests so far, {seconds:.0f} s", file=sys.stderr)


def read_claims(archive: Path) -> dict[str, str]:
    """Return every document of the archive by address, with the kind of report it was read as."""
    with sqlite3.connect(archive / "archive.db") as db:
        rows = db.execute(
            "SELECT d.url, coalesce(r.kind, '') FROM documents d LEFT JOIN reports r"
            " ON r.key = d.report"
        )
        return dict(rows.fetchall())


def read_captured(archive: Path) -> set[str]:
    """Return the addresses whose answer is in the archive, without ports."""
    with sqlite3.connect(archive / "archive.db") as db:
        rows = db.execute("SELECT DISTINCT url FROM captures WHERE status = 200")
        return {_without_port(url) for (url,) in rows}


def read_walks(archive: Path) -> list[tuple[str, str, int | None, int, str]]:
    """Return the walks: address of the column, outcome, declared, found, reason."""
    with sqlite3.connect(archive / "archive.db") as db:
        sql = "SELECT column_url, outcome, declared, found, coalesce(reason, '') FROM walks"
        return db.execute(sql).fetchall()


def _without_port(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(scheme="http", netloc=parts.hostname or "").geturl()


def judge(portal: FarmPortal, served: Farm, archive: Path) -> Score:
    """Return how a portal fared."""
    claims, captured = read_claims(archive), read_captured(archive)
    shown: dict[str, tuple[str, ...]] = {
        url: served.identify(url) for url in claims if urlsplit(url).hostname in portal.hosts
    }
    files = {file for report in portal.reports for file in report.files}
    score = Score(planted=len(portal.reports))
    held = {key for keys in shown.values() for key in keys}
    for report in portal.reports:
        if report.key in held and captured.issuperset(report.files):
            score.found += 1
        else:
            score.misses.append(f"not found: {report.medium} {report.url}")
    for url, keys in shown.items():
        if claims[url] != "annual_report":
            continue
        score.claimed += 1
        if keys or _without_port(url) in files:
            score.right += 1
        else:
            score.misses.append(f"no report: {url}")
    for column, outcome, declared, found, reason in read_walks(archive):
        if urlsplit(column).hostname in portal.hosts:
            score.walks += 1
            score.whole_walks += outcome == "complete" and found >= (declared or 0)
            if outcome != "complete" or found < (declared or 0):
                score.misses.append(f"walk {outcome}: {found} of {declared}: {column} {reason}")
    score.requests = sum(len(served.log[host]) for host in portal.hosts)
    return score


def run_peer(portal: FarmPortal) -> tuple[int, int]:
    """Return what following every link costs on a portal, and how many reports it shows."""
    fresh = farm.sites([portal])
    done = crawl_breadth_first(
        lambda url: fresh[urlsplit(url).hostname or ""].answer(ask_for(url)),
        portal.home,
        portal.hosts,
        [report.key for report in portal.reports],
        PEER_LIMIT,
    )
    return done.requests, len(done.found)


def table(scores: Mapping[str, Score]) -> Iterable[str]:
    """Yield the lines of the table."""
    yield (
        "| family | planted | found | recall | precision | walks whole | requests | a report"
        " | breadth-first: found | requests | a report | times fewer |"
    )
    yield "|" + "---|" * 12
    for name, one in scores.items():
        yield (
            f"| {name} | {one.planted} | {one.found} | {one.recall:.1%} | {one.precision:.1%}"
            f" | {one.whole_walks}/{one.walks} | {one.requests} | {one.cost:.2f}"
            f" | {one.peer_found} | {one.peer_requests} | {one.peer_cost:.1f}"
            f" | {one.peer_cost / one.cost if one.found else 0:.1f} |"
        )


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--portals", help="hosts, with commas between them")
    options.add_argument("--archive", type=Path, help="keep the archive here")
    options.add_argument("--misses", action="store_true", help="list what is not as planted")
    given = options.parse_args()
    wanted = given.portals.split(",") if given.portals else None
    portals = [one for one in farm.portals() if wanted is None or one.host in wanted]
    with TemporaryDirectory() as folder, farm.serve(portals) as served:
        archive = given.archive or Path(folder) / "archive"
        crawl(served, portals, archive)
        families: dict[str, Score] = {}
        total = Score()
        for portal in portals:
            score = judge(portal, served, archive)
            score.peer_requests, score.peer_found = run_peer(portal)
            families.setdefault(portal.family, Score()).add(score)
            total.add(score)
            if given.misses:
                print(f"{portal.host} {portal.family}: {score.found} of {score.planted}")
                for line, times in Counter(score.misses).items():
                    print(f"  {line}" + (f" ({times})" if times > 1 else ""))
    print("\n".join(table({**families, "all": total})))
    missed = [
        goal
        for goal, is_met in (
            (f"recall of {RECALL:.0%}", total.recall >= RECALL),
            (f"precision of {PRECISION:.0%}", total.precision >= PRECISION),
            (f"{SAVING:.0f} times fewer requests", total.peer_cost >= SAVING * total.cost),
        )
        if not is_met
    ]
    print("Missed: " + "; ".join(missed) if missed else "Every goal is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
