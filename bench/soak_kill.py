"""Kills at random moments: what is left, taken up and finished must equal an undisturbed crawl.

Portals of the farm are crawled once in peace, then again and again by processes that are killed
without warning after a random number of requests.  ``python -m bench.soak_kill [--kills 20]``
prints what it did; 1 where an archive differs.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.soak_crawl import ROOT, write_portals
from crawler.demo import farm
from crawler.demo.farm import Farm

HOSTS = ("www.menghai.test", "www.feixi.test", "www.haiyan.test")
KILLS_OF_AN_ARCHIVE = 5
_QUERIES = {
    "captures": "SELECT url, status, role, parent_url, link_text FROM captures WHERE role <> 'robots'",
    "reports": "SELECT subject, year, kind, form, title, region_code, status FROM reports",
    "documents": "SELECT url, status, title FROM documents",
    "statistics": "SELECT d.url, s.field, s.source, s.ordinal, s.value, s.raw FROM statistics s"
    " JOIN documents d ON d.latest_revision = s.revision",
    "changes": "SELECT kind, item, before, after FROM changes",
}


def contents(archive: Path) -> Mapping[str, Counter[tuple[object, ...]]]:
    """Return what an archive holds, without what differs from run to run."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        return {name: Counter(map(tuple, db.execute(query))) for name, query in _QUERIES.items()}


def start(served: Farm, archive: Path) -> subprocess.Popen[bytes]:
    """Return a crawl that has just begun."""
    settings = {
        "ALLOW_LOOPBACK": "1",
        "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
        "TEST_HOSTS": json.dumps(served.test_hosts()),
        "ARCHIVE_DIR": str(archive),
        "PORTALS_DIRS": str(archive / "portals"),
        "DOWNLOAD_DELAY": "0.01",
        "AUTOTHROTTLE_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
    }
    options = [part for pair in settings.items() for part in ("-s", "=".join(pair))]
    command = [sys.executable, "-m", "scrapy", "crawl", "reports", *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def kill_after(served: Farm, archive: Path, requests: int) -> bool:
    """Kill a crawl after so many requests; return whether it was still running."""
    goal = asked(served) + requests
    running = start(served, archive)
    while asked(served) < goal and running.poll() is None:
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.1))
    was_running = running.poll() is None
    running.kill()
    running.wait()
    return was_running


def asked(served: Farm) -> int:
    """Return how many requests the servers have seen."""
    return sum(map(len, served.log.values()))


def main() -> int:
    """Kill, finish, compare; 1 where an archive differs from the undisturbed one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    given = options.parse_args()
    portals = [portal for portal in farm.portals() if portal.host in HOSTS]
    with TemporaryDirectory() as folder, farm.serve(portals) as served:
        whole = Path(folder) / "whole"
        write_portals(whole / "portals", served, portals)
        if start(served, whole).wait() != 0:
            return 1
        expected, requests = contents(whole), asked(served)
        kills, archives, differing = 0, 0, 0
        while kills < given.kills:
            archive = Path(folder) / str(archives)
            write_portals(archive / "portals", served, portals)
            before, killed = asked(served), 0
            while killed < min(KILLS_OF_AN_ARCHIVE, given.kills - kills):
                moment = random.randint(1, requests // (KILLS_OF_AN_ARCHIVE + 1))
                if not kill_after(served, archive, moment):
                    break
                killed += 1
            finished = start(served, archive).wait() == 0
            found = contents(archive)
            parts = [name for name in expected if found[name] != expected[name]]
            print(
                f"archive {archives}: {killed} kills, {asked(served) - before} requests"
                f" for {requests}, {'differs in ' + ', '.join(parts) if parts else 'equal'}",
                flush=True,
            )
            differing += bool(parts) or not finished
            kills, archives = kills + killed, archives + 1
    print(f"{kills} kills over {archives} archives, {differing} not as the undisturbed one.")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
