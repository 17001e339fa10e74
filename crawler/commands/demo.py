"""``scrapy demo``: the whole line on portals of our own, from crawl to change.

This module decides the settings of the demo.  What it does is left to ``crawler.demo.tour`` and,
for ``--farm``, to ``crawler.demo.farm.tour``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import cast

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

_GIVEN = SETTINGS_PRIORITIES["cmdline"]
_DEMO_SETTINGS = {
    "ARCHIVE_DIR": "data/demo",
    "LOG_LEVEL": "WARNING",
    "ALLOW_LOOPBACK": True,
    "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
    "DOWNLOAD_DELAY": 0.01,
    "AUTOTHROTTLE_ENABLED": False,
    "HOST_DAILY_BUDGET": 1_000_000,  # all its portals share one address, this machine's
    "VANTAGE": "demo",
    "CONTACT": "demo on this machine",
}


class Command(ScrapyCommand):
    """Crawls the embedded demo portals in two editions and compares what was found."""

    requires_project = True

    def syntax(self) -> str:
        """Return the arguments as the usage line shows them."""
        return "[--large] [--keep-serving] | --farm [--serve]"

    def short_desc(self) -> str:
        """Return one line for the list of commands."""
        return "Crawl the embedded demo portals twice and print what was found and changed"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "Serves three demo portals on loopback, crawls them into data/demo, publishes their"
            " second edition, crawls again, revisits, and prints the reports found, the pages"
            " repaired, the doubts, and every change between the editions. Exit status 0 means"
            " that exactly the expected reports and changes were found. With --farm it serves"
            " portals of every CMS family instead, finds their columns and reports from their"
            " home pages alone, into data/farm, and prints what was planted and what was found."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the demo's own option."""
        super().add_options(parser)
        parser.add_argument(
            "--keep-serving",
            action="store_true",
            help="serve the second edition until interrupted, after the summary",
        )
        parser.add_argument(
            "--large",
            action="store_true",
            help="some hundred invented reports more, into data/large, in about a minute",
        )
        parser.add_argument(
            "--farm", action="store_true", help="crawl a portal of every CMS family instead"
        )
        parser.add_argument(
            "--serve", action="store_true", help="with --farm: only serve it, until interrupted"
        )

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Set the demo's settings, save those given on the command line."""
        super().process_options(args, opts)
        if args:
            raise UsageError("scrapy demo takes no arguments")
        if (opts.serve and not opts.farm) or (opts.farm and opts.keep_serving):
            raise UsageError("--serve goes with --farm, --keep-serving with the demo portals")
        if opts.farm and opts.large:
            raise UsageError("--large goes with the demo portals, not with --farm")
        if opts.large and (self._settings.getpriority("ARCHIVE_DIR") or 0) < _GIVEN:
            self._settings.set("ARCHIVE_DIR", "data/large", priority="cmdline")
        if opts.farm and (self._settings.getpriority("ARCHIVE_DIR") or 0) < _GIVEN:
            self._settings.set("ARCHIVE_DIR", "data/farm", priority="cmdline")
        for name, value in _DEMO_SETTINGS.items():
            if (self._settings.getpriority(name) or 0) < _GIVEN:
                self._settings.set(name, value, priority="cmdline")
        self._settings.set("PORTALS_DIRS", [str(self._archive / "portals")], priority="cmdline")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002
        """Run the demo; the exit status says whether everything expected was found."""
        process = cast("AsyncCrawlerProcess", self.crawler_process)
        if opts.farm:
            from crawler.demo.farm.tour import run_farm, serve_farm  # noqa: PLC0415 - as below

            self.exitcode = serve_farm() if opts.serve else run_farm(self._archive, process)
            return
        from crawler.demo.tour import run_tour  # noqa: PLC0415 - no other command draws pages

        self.exitcode = run_tour(
            self._archive, process, keep_serving=opts.keep_serving, large=opts.large
        )

    @property
    def _settings(self) -> BaseSettings:
        return cast("BaseSettings", self.settings)

    @property
    def _archive(self) -> Path:
        return Path(self._settings["ARCHIVE_DIR"])
