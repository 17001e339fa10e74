"""``scrapy rebuild``: the whole database again from the WARC files."""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from scrapy.exceptions import UsageError

from archive.compare import Difference, compare, snapshot
from archive.errors import NoArchive
from archive.plan import warc_files
from archive.rebuild import Rebuilt, collect_rarely, rebuild
from archive.store import DATABASE
from crawler.archive_command import ArchiveCommand, ProgressLine, to_json


class Command(ArchiveCommand):
    """Builds ``archive.db`` anew; the old one stays until the new one is whole."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--jobs N] [--compare OLD.db] [--json]"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Build the database anew from the WARC files"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "Reads every WARC file of ARCHIVE_DIR and builds archive.db anew, which then takes the"
            " place of the old one. A rebuild that was interrupted is continued. The exit status"
            " is 1 where a record could not be read."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument(
            "--jobs", type=int, default=os.cpu_count() or 1, help="processes that read (all cores)"
        )
        parser.add_argument(
            "--compare",
            metavar="OLD.db",
            type=Path,
            help="list what the new database reads differently from the same records;"
            " the archive's own archive.db may be named",
        )

    def work(self, args: list[str], opts: Namespace) -> None:
        """Rebuild, compare, print; exit 1 where something could not be read."""
        if args or opts.jobs < 1:
            raise UsageError("scrapy rebuild takes no arguments, and --jobs is at least 1")
        if opts.compare is not None and not opts.compare.is_file():
            raise UsageError(f"{opts.compare}: no such database")
        directory = self.archive_dir
        if not warc_files(directory):
            raise NoArchive(str(directory / "warc"))
        with ExitStack() as stack:
            old = opts.compare
            if old is not None and old.resolve() == (directory / DATABASE).resolve():
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                old = snapshot(old, Path(folder) / DATABASE)
            collect_rarely()
            rebuilt = rebuild(directory, jobs=opts.jobs, progress=ProgressLine("records"))
            differences = [] if old is None else list(compare(old, directory / DATABASE))
        _print(rebuilt, differences, as_json=opts.json, compared=old is not None)
        self.exitcode = 1 if rebuilt.damage else 0


def _print(
    rebuilt: Rebuilt, differences: list[Difference], *, as_json: bool, compared: bool
) -> None:
    if as_json:
        shown = asdict(rebuilt) | {"differences": [asdict(one) for one in differences]}
        print(to_json(shown))
        return
    for damage in rebuilt.damage:
        print(damage, file=sys.stderr)
    again = f", {rebuilt.resumed} of them before" if rebuilt.resumed else ""
    print(f"{rebuilt.steps} records read{again}; {len(rebuilt.damage)} could not be read")
    if compared:
        print("\n".join(map(str, differences)) or "nothing is read differently")
