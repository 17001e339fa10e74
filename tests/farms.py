"""The real ``scrapy`` run against portals of the farm.

This module decides how a test crawls the farm: every portal from its known columns, each host
at an address of its own unless the test says otherwise.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from crawler.demo.farm import Farm, FarmPortal
from tests.servers import run_scrapy


def own_addresses(portals: Sequence[FarmPortal]) -> dict[str, str]:
    """Return a loopback address for every portal, shared by its hosts."""
    return {
        host: f"127.0.{1 + number // 200}.{1 + number % 200}"
        for number, portal in enumerate(portals)
        for host in portal.hosts
    }


def portal_id(portal: FarmPortal) -> str:
    """Return the id of a portal's file."""
    return portal.host.removesuffix(".test").replace(".", "-")


def write_farm_portals(archive: Path, served: Farm, portals: Sequence[FarmPortal]) -> None:
    """Write a portal file with the known columns for each portal."""
    folder = archive / "portals"
    folder.mkdir(parents=True, exist_ok=True)
    for portal in portals:
        lines = [
            f'id = "{portal_id(portal)}"',
            f'name = "{portal.name}"',
            f'home = "{served.url(portal.home)}"',
            f'region = "{portal.region}"',
            "official = true",
            f"hosts = {json.dumps(portal.hosts)}",
        ]
        for column in portal.columns:
            lines += ["[[columns]]", f'url = "{served.url(column)}"']
        (folder / f"{portal_id(portal)}.toml").write_text("\n".join(lines) + "\n", "utf-8")


def crawl_farm(
    served: Farm,
    archive: Path,
    *arguments: str,
    settings: Mapping[str, object] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Return the finished ``scrapy crawl`` of the farm, after checking that it succeeded."""
    chosen: dict[str, object] = {
        "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
        "TEST_HOSTS": json.dumps(served.test_hosts()),
        "AUTOTHROTTLE_ENABLED": 0,
    }
    done = run_scrapy("crawl", *arguments, archive=archive, settings=chosen | (settings or {}))
    assert done.returncode == 0, done.stderr
    return done
