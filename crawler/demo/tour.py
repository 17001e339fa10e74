"""The tour of the demo: publish, crawl, publish the second edition, crawl and revisit, compare.

The visits are dated as if they lay days apart, since a report counts as withdrawn only when it
is missed again a week later.  This module decides the order.  Pages and expectations are those of ``editions``, ``pages`` and
``expected.toml``; what is printed is ``summary``'s.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple, cast

from scrapy.crawler import AsyncCrawlerProcess
from twisted.internet.base import ReactorBase
from twisted.internet.error import ReactorNotRunning

from archive.export import export
from archive.schema import open_database
from archive.search import refresh
from archive.store import DATABASE
from crawler.archive_command import INTERRUPTED
from crawler.demo.archive_folder import NotADemoArchive, prepare_folder, write_portals
from crawler.demo.editions import Edition, first_edition, second_edition
from crawler.demo.pages import build_site
from crawler.demo.plenty import add_plenty
from crawler.demo.server import DemoServer
from crawler.demo.summary import Expected, find_failures, read_expected, read_summary, write_summary


class Visit(NamedTuple):
    """A visit of all portals: how many days ago it plays, which edition it meets, what it runs."""

    days_ago: int
    edition: int
    spiders: tuple[str, ...]


VISITS = (
    Visit(9, 1, ("reports",)),
    Visit(8, 2, ("reports", "revisit")),
    Visit(0, 2, ("reports", "revisit")),
)


def run_tour(
    archive: Path, process: AsyncCrawlerProcess, *, keep_serving: bool, large: bool = False
) -> int:
    """The exit status: 0 when exactly the expected reports and changes were found.

    ``large`` adds some hundred invented reports.
    """
    try:
        prepare_folder(archive)
    except NotADemoArchive as refusal:
        print(f"scrapy demo: {refusal}")
        return 1
    first, second, expected = first_edition(), second_edition(), read_expected()
    if large:
        first, second, expected = add_plenty(first, second, expected)
    with DemoServer(build_site(first)) as server:
        write_portals(archive, first.portals, server.port)
        print(f"Serving {len(first.portals)} demo portals on 127.0.0.1:{server.port}")
        days = ", ".join(str(visit.days_ago) for visit in VISITS)
        print(f"Its visits are dated {days} days ago: a withdrawal is told after a week.")
        if not _crawl(process, server, second):
            print("interrupted: run it again from the beginning")
            return INTERRUPTED
        with closing(open_database(str(archive / DATABASE))) as db:
            refresh(db)
        if large:
            export(archive, archive / "release")
        status = _print_outcome(archive, expected, large=large)
        if keep_serving:
            _serve_until_interrupted(server, second)
    return status


def _crawl(process: AsyncCrawlerProcess, server: DemoServer, second: Edition) -> bool:
    """Run the crawls in one reactor, one after the other; whether none of them was interrupted."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

    portals = ",".join(portal.id for portal in second.portals)

    async def crawl_editions() -> bool:
        try:
            for visit in VISITS:
                if visit.edition == 2:
                    server.publish(build_site(second))
                process.settings.set("CLOCK_SHIFT_DAYS", -visit.days_ago, priority="cmdline")
                for spider in visit.spiders:
                    every = {"all": "1"} if spider == "revisit" else {}
                    crawler = process.create_crawler(spider)
                    await process.crawl(crawler, portal=portals, **every)
                    assert crawler.stats is not None
                    if crawler.stats.get_value("finish_reason") == "shutdown":
                        return False
            return True
        finally:
            with suppress(ReactorNotRunning):  # Ctrl-C has stopped it
                cast("ReactorBase", reactor).stop()

    task = asyncio.get_event_loop().create_task(crawl_editions())
    process.start(stop_after_crawl=False)
    return task.done() and not task.cancelled() and task.result()


def _print_outcome(archive: Path, expected: Expected, *, large: bool) -> int:
    summary = read_summary(archive)
    failures = find_failures(summary, expected)
    print("", *write_summary(summary), sep="\n")
    print(f"The archive is in {archive}: warc/ holds what was served, archive.db what it says.")
    print("Try next:")
    print(f"  {_typed('sqlite-utils')} rows {archive}/archive.db changes --table")
    print(f"  {_typed('scrapy')} browse -s ARCHIVE_DIR={archive}")
    if not large:
        more = "some hundred reports more, for every page of the site"
        print(f"  {_typed('scrapy')} demo --large  ({more})")
    if not failures:
        print("\nEverything that was published was found, and every change was seen.")
        return 0
    print("\nNot as expected:", *failures, sep="\n  ")
    return 1


def _typed(program: str) -> str:
    """A program beside our Python as it is typed here: by name where the shell finds that one."""
    beside = Path(sys.executable).with_name(program)
    return program if shutil.which(program) == str(beside) else os.path.relpath(beside)


def _serve_until_interrupted(server: DemoServer, edition: Edition) -> None:
    print("\nStill serving the second edition; stop with Ctrl-C. For example:")
    portal = edition.portals[0]
    address = f"http://{portal.host}:{server.port}{portal.column}"
    print(f"  curl --resolve {portal.host}:{server.port}:127.0.0.1 {address}", flush=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
