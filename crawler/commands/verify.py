"""``scrapy verify``: whether records, rows and manifest agree."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from scrapy.exceptions import UsageError

from archive.verify import verify
from crawler.archive_command import ArchiveCommand, to_json
from crawler.portals import portal_folders, read_portals


class Command(ArchiveCommand):
    """Checks the archive; every problem is named by file, offset and report."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--json]"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Check that every row leads to a record whose digest holds"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "Reads every WARC file and every row: digests, rows without records, records without"
            " rows, the manifest, and what portal files expect. The exit status is 1 where"
            " something does not agree."
        )

    def work(self, args: list[str], opts: Namespace) -> None:
        """Print what does not agree; exit 1 where anything does not."""
        if args:
            raise UsageError("scrapy verify takes no arguments")
        assert self.settings is not None
        portals, _ = read_portals(portal_folders(self.settings))
        expected = {
            portal.id: portal.expectations["reports"]
            for portal in portals
            if portal.expectations and "reports" in portal.expectations
        }
        problems = list(verify(self.archive_dir, expected))
        if opts.json:
            print(to_json({"problems": [asdict(problem) for problem in problems]}))
        else:
            print("\n".join(map(str, problems)) or "everything agrees")
        self.exitcode = 1 if problems else 0
