"""``scrapy export``: a release of the archive, in one folder."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from scrapy.exceptions import UsageError

from crawler.archive_command import ArchiveCommand, to_json


class Command(ArchiveCommand):
    """Writes the published database and its files."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--previous DIR] [--release VERSION] [--site URL] [--excel] [--json] DIR"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Write a release: database, CSV, Parquet, codebook, feeds, checksums"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "Writes the published database of ARCHIVE_DIR and its files into DIR. They are written"
            " beside it and take their place when all are whole, so a release that stands there"
            " is replaced in one step; a folder with anything else in it is refused. The same"
            " archive gives the same files. What is withheld is in none of them."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument(
            "--previous", metavar="DIR", type=Path, help="the release before, for the changelog"
        )
        parser.add_argument(
            "--release", metavar="VERSION", help="default: the date of the latest capture"
        )
        parser.add_argument("--site", metavar="URL", default="", help="address that feeds lead to")
        parser.add_argument(
            "--excel", action="store_true", help="begin CSV files with a byte order mark"
        )

    def work(self, args: list[str], opts: Namespace) -> None:
        """Write the release; exit 1 where it cannot be."""
        if len(args) != 1:
            raise UsageError("name one folder")
        # Scrapy imports every command for any command.
        from archive.export import export  # noqa: PLC0415

        def say(what: str) -> None:
            if sys.stderr.isatty():
                print(what, file=sys.stderr)

        done = export(
            self.archive_dir,
            Path(args[0]),
            version=opts.release,
            previous=opts.previous,
            site=opts.site,
            with_bom=opts.excel,
            progress=say,
        )
        if opts.json:
            print(to_json(asdict(done)))
        else:
            print(f"release {done.version}: {done.files} files, {done.bytes:,} bytes in {args[0]}")
