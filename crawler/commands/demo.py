"""``scrapy demo``: the whole line on portals of our own, from crawl to change.

This module decides the order: publish the first edition, crawl, publish the second, crawl and
revisit, compare.  Pages, expectations and the summary are ``crawler.demo``'s.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import threading
from pathlib import Path
from typing import cast

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from twisted.internet.base import ReactorBase

from crawler.demo.archive_folder import NotADemoArchive, prepare_folder, write_portals
from crawler.demo.editions import Edition, first_edition, second_edition
from crawler.demo.pages import build_site
from crawler.demo.server import DemoServer
from crawler.demo.summary import find_failures, read_expected, read_summary, write_summary

_GIVEN = SETTINGS_PRIORITIES["cmdline"]
_DEMO_SETTINGS = {
    "ARCHIVE_DIR": "data/demo",
    "LOG_LEVEL": "WARNING",
    "ALLOW_LOOPBACK": True,
    "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
    "DOWNLOAD_DELAY": 0.01,
    "AUTOTHROTTLE_ENABLED": False,
    "VANTAGE": "demo",
    "CONTACT": "demo on this machine",
}


class Command(ScrapyCommand):
    """Crawls the embedded demo portals in two editions and compares what was found."""

    requires_project = True

    def syntax(self) -> str:
        """Return the arguments as the usage line shows them."""
        return "[--keep-serving]"

    def short_desc(self) -> str:
        """Return one line for the list of commands."""
        return "Crawl the embedded demo portals twice and print what was found and changed"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "Serves three demo portals on loopback, crawls them into data/demo, publishes their"
            " second edition, crawls again, revisits, and prints the reports found, the pages"
            " repaired, the doubts, and every change between the editions. Exit status 0 means"
            " that exactly the expected reports and changes were found."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the demo's own option."""
        super().add_options(parser)
        parser.add_argument(
            "--keep-serving",
            action="store_true",
            help="serve the second edition until interrupted, after the summary",
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Set the demo's settings, save those given on the command line."""
        super().process_options(args, opts)
        if args:
            raise UsageError("scrapy demo takes no arguments")
        for name, value in _DEMO_SETTINGS.items():
            if (self._settings.getpriority(name) or 0) < _GIVEN:
                self._settings.set(name, value, priority="cmdline")
        self._settings.set("PORTALS_DIRS", [str(self._archive / "portals")], priority="cmdline")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002
        """Run the demo; the exit status says whether everything expected was found."""
        try:
            prepare_folder(self._archive)
        except NotADemoArchive as refusal:
            print(f"scrapy demo: {refusal}")
            self.exitcode = 1
            return
        first, second = first_edition(), second_edition()
        with DemoServer(build_site(first)) as server:
            write_portals(self._archive, first.portals, server.port)
            print(f"Serving {len(first.portals)} demo portals on 127.0.0.1:{server.port}")
            self._crawl(server, second)
            self.exitcode = _print_outcome(self._archive)
            if opts.keep_serving:
                _serve_until_interrupted(server, second)

    @property
    def _settings(self) -> BaseSettings:
        return cast("BaseSettings", self.settings)

    @property
    def _archive(self) -> Path:
        return Path(self._settings["ARCHIVE_DIR"])

    def _crawl(self, server: DemoServer, second: Edition) -> None:
        """Run the three crawls in one reactor, one after the other."""
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

        process = cast("AsyncCrawlerProcess", self.crawler_process)
        portals = ",".join(portal.id for portal in second.portals)

        async def crawl_editions() -> None:
            try:
                await process.crawl("reports", portal=portals)
                server.publish(build_site(second))
                await process.crawl("reports", portal=portals)
                await process.crawl("revisit", portal=portals)
            finally:
                cast("ReactorBase", reactor).stop()

        task = asyncio.get_event_loop().create_task(crawl_editions())
        process.start(stop_after_crawl=False)
        if task.done() and not task.cancelled():
            task.result()


def _print_outcome(archive: Path) -> int:
    summary = read_summary(archive)
    failures = find_failures(summary, read_expected())
    print("", *write_summary(summary), "", sep="\n")
    print(f"The archive is in {archive}: warc/ holds what was served, archive.db what it says.")
    print("Try next:")
    print(f"  sqlite-utils rows {archive}/archive.db changes --table")
    print(f"  scrapy browse -s ARCHIVE_DIR={archive}")
    if not failures:
        print("\nEverything that was published was found, and every change was seen.")
        return 0
    print("\nNot as expected:", *failures, sep="\n  ")
    return 1


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
