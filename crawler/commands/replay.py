"""``scrapy replay``: a copy of the WARC files that may be shown with replay tools."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from scrapy.exceptions import UsageError

from archive.replay import write_replay
from crawler.archive_command import ArchiveCommand, to_json


class Command(ArchiveCommand):
    """Writes a replay collection without what is withheld, personal numbers masked."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--json] DIR"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Write a copy of the WARC files that may be shown, for pywb and other replay tools"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "The WARC files of an archive are evidence and hold every byte that was sent. The copy"
            " leaves out what is withheld and files that nobody could read, and masks mobile and"
            " ID numbers and the names beside them in pages; a page or file where that cannot be"
            " done is left out. DIR must be new or empty; `wayback` (pywb) started in it replays it."
        )

    def work(self, args: list[str], opts: Namespace) -> None:
        """Write the copy; exit 1 where there is no archive or the folder is in use."""
        if len(args) != 1:
            raise UsageError("name one folder")
        told = write_replay(self.archive_dir, Path(args[0]))
        if opts.json:
            print(to_json(asdict(told)))
            return
        print(f"{told.copied} records copied, {told.masked} with personal numbers masked")
        for reason, count in sorted(told.left_out.items()):
            print(f"{count} left out: {reason}")
