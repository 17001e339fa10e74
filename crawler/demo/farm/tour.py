"""``scrapy demo --farm``: serve the farm, find its columns and reports, say what was found.

This module decides the order and what is printed; the crawl is the project's own.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from scrapy.crawler import AsyncCrawlerProcess
from twisted.internet.base import ReactorBase

from crawler.demo import farm
from crawler.demo.archive_folder import NotADemoArchive, prepare_folder
from crawler.demo.farm.judging import Score, judge, read_holdings
from crawler.demo.farm.server import Farm
from crawler.demo.farm.truth import FarmPortal

USUAL_PORT = 8766
GOAL = 0.98


def serve_farm() -> int:
    """Serve every portal of the farm until interrupted."""
    portals = [one for group in ("good", "shell", "hostile") for one in farm.portals(group)]
    with farm.serve(portals, port=_free_port()) as served:
        print("Serving the portal farm; stop with Ctrl-C.")
        for portal in portals:
            print(f"  {portal.group:<8}{portal.family:<12}{served.url(portal.home)}")
        host, (address, port) = next(iter(served.places.items()))
        print(
            f"For example: curl --resolve {host}:{port}:{address} http://{host}:{port}/", flush=True
        )
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()
    return 0


def _free_port() -> int:
    """The usual port, or any where that is taken."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", USUAL_PORT)) == 0 else USUAL_PORT


def choose_portals() -> tuple[FarmPortal, ...]:
    """Return one portal of every family: the first of each in ``portals.toml``."""
    first: dict[str, FarmPortal] = {}
    for portal in farm.portals():
        first.setdefault(portal.family, portal)
    return tuple(first.values())


def run_farm(archive: Path, process: AsyncCrawlerProcess) -> int:
    """Crawl a portal of every family; 0 when nearly everything planted was found."""
    try:
        prepare_folder(archive)
    except NotADemoArchive as refusal:
        print(f"scrapy demo: {refusal}")
        return 1
    (archive / "portals").mkdir()
    portals = choose_portals()
    with farm.serve(portals) as served:
        print(f"Serving {len(portals)} portals of the farm on loopback; crawling them…", flush=True)
        _crawl(process, [served.url(portal.home) for portal in portals])
        total = _print_outcome(portals, served, archive)
    return 0 if total.recall >= GOAL else 1


def _crawl(process: AsyncCrawlerProcess, homes: Sequence[str]) -> None:
    """Run both spiders in one reactor, one after the other."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

    async def crawl() -> None:
        try:
            await process.crawl("discover", url=",".join(homes))
            await process.crawl("reports", group="discovered")
        finally:
            cast("ReactorBase", reactor).stop()

    task = asyncio.get_event_loop().create_task(crawl())
    process.start(stop_after_crawl=False)
    if task.done() and not task.cancelled():
        task.result()


def _print_outcome(portals: Sequence[FarmPortal], served: Farm, archive: Path) -> Score:
    held = read_holdings(archive)
    total = Score()
    print("\nplanted  found  requests  portal")
    for portal in portals:
        score, lines = judge(portal, served, held)
        total += score
        print(_line(score, f"{portal.host} ({portal.family}, {portal.name})"))
        for line in lines:
            print(f"{'':26}{line}")
    print(_line(total, "all"))
    print(*_next_steps(archive), sep="\n")
    return total


def _line(score: Score, name: str) -> str:
    return f"{score.planted:>7}  {score.found:>5}  {score.requests:>8}  {name}"


def _next_steps(archive: Path) -> Iterator[str]:
    yield f"\nThe archive is in {archive}; the columns found are in {archive}/portals/discovered."
    yield "Try next:"
    yield f"  scrapy portals -s PORTALS_DIRS={archive}/portals"
    yield f"  scrapy browse -s ARCHIVE_DIR={archive}"
    yield "  make farm-score"
