"""``scrapy crawl``: Scrapy's own command, with an exit status that can be relied on.

0 when the run ended by itself, 1 when it was stopped or could not write, 2 for arguments that
no spider or portal file knows.
"""

from __future__ import annotations

import argparse
import gc
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from scrapy import Spider
from scrapy.commands import crawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.extensions.run_record import RECORDED_SETTINGS
from crawler.spiders.portal_spider import PortalSpider
from crawler.windows import read_window
from parsers.errors import ReportError

# A page becomes thousands of small objects that no cycle holds: looking for cycles as often as
# Python does by default takes a tenth of the time of a run.
NEW_OBJECTS_BETWEEN_COLLECTIONS = 100_000


class Command(crawl.Command):
    """Runs a spider."""

    running: Crawler | None = None

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "discover takes -a url=HOME or -a portal=ID,... and writes portal files; reports takes"
            " -a portal=ID,... or -a group=NAME, else all enabled portals with report columns;"
            " revisit takes the same, and -a due=1 or -a all=1. The exit status is 0 when the run"
            " ended by itself, 1 when it was stopped, 2 for arguments that cannot be used."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, run the spider, set the exit status."""
        assert self.crawler_process is not None
        assert self.settings is not None
        known = self.crawler_process.spider_loader.list()
        if len(args) != 1 or args[0] not in known:
            raise UsageError(f"name one spider of: {', '.join(known)}", print_help=False)
        try:
            read_window(self.settings.get("NIGHT_WINDOW"))
        except ValueError as error:
            raise UsageError(str(error), print_help=False) from error
        for name, read in RECORDED_SETTINGS.items():
            try:
                read(self.settings, name)
            except ValueError as error:
                raise UsageError(f"{name}: {error}", print_help=False) from error
        if not self.settings.getbool("ARCHIVE_ENABLED"):
            raise UsageError("ARCHIVE_ENABLED: a crawl keeps what it sees", print_help=False)
        if self.settings.get("BROWSER") and find_spec("scrapy_playwright") is None:
            raise UsageError("BROWSER needs the extra: pip install .[browser]", print_help=False)
        spider = self.crawler_process.spider_loader.load(args[0])
        if issubclass(spider, PortalSpider):
            try:
                portals = spider.choose_portals(self.settings, opts.spargs)
            except ReportError as error:
                raise UsageError(str(error), print_help=False) from error
            bare = ",".join(portal.id for portal in portals if not portal.columns)
            if bare and args == ["reports"]:
                found = f"`scrapy crawl discover -a portal={bare}` looks for them"
                raise UsageError(f"{bare}: no report columns; {found}", print_help=False)
        archive = Path(self.settings.get("ARCHIVE_DIR"))
        try:
            archive.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=archive).close()
        except OSError as error:
            raise UsageError(f"ARCHIVE_DIR: {error}", print_help=False) from error
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS_BETWEEN_COLLECTIONS)
        super().run(args, opts)
        stats = self.running.stats.get_stats() if self.running else {}
        if stats.get("finish_reason") != "finished":
            self.exitcode = 1

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        self.running = super()._create_crawler(spidercls)
        return self.running
