"""``scrapy ingest``: WARC and WACZ files, ours or others', into the archive."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from scrapy.exceptions import UsageError

from archive.collect import Collected, collect
from archive.errors import BrokenArchive
from crawler.archive_command import ArchiveCommand, to_json


class Command(ArchiveCommand):
    """Copies files into the archive and stores what they hold."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--json] PATH ..."

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Take WARC and WACZ files into the archive, ours or others'"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "Copies each file into ARCHIVE_DIR/warc and stores its captures with their own time"
            " and collector. A file that lies there already adds nothing. The exit status is 1"
            " where a file is refused or damaged; the other files are taken in nevertheless."
        )

    def work(self, args: list[str], opts: Namespace) -> None:
        """Take in each file; exit 1 where one is refused or damaged."""
        if not args:
            raise UsageError("name at least one file")
        collected: list[Collected] = []
        refused: dict[str, str] = {}
        for name in args:
            try:
                collected += collect(Path(name), self.archive_dir)
            except BrokenArchive as error:
                refused[name] = str(error)
            except OSError as error:
                refused[name] = f"{name}: {error.strerror or error}"
        if opts.json:
            print(to_json({"files": [asdict(one) for one in collected], "refused": refused}))
        else:
            for one in collected:
                print(one)
            for reason in refused.values():
                print(reason, file=sys.stderr)
        self.exitcode = 1 if refused or any(one.damage for one in collected) else 0
