"""``scrapy withhold``: a decision not to show something, written down and carried out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from scrapy.exceptions import UsageError

from archive.errors import NoArchive
from archive.store import DATABASE
from archive.withhold import withhold
from crawler.archive_command import ArchiveCommand, to_json


def today() -> str:
    """Return the date in Beijing."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


class Command(ArchiveCommand):
    """Takes something out of everything that is shown; the record is sealed, not destroyed."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "--reason WORDS --decider NAME [--date DATE] [--json] REPORT|DOCUMENT|URL|RECORD"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Withhold a report, document or capture, and seal its records"

    def add_options(self, parser: ArgumentParser) -> None:
        """Add who decided, when and why."""
        super().add_options(parser)
        parser.add_argument("--reason", help="why it is not to be shown")
        parser.add_argument("--decider", help="who decided")
        parser.add_argument("--date", default=today(), help="when it was decided (today)")

    def work(self, args: list[str], opts: Namespace) -> None:
        """Withhold; exit 1 where the archive knows no such thing or a record cannot be sealed."""
        if len(args) != 1 or not opts.reason or not opts.decider:
            raise UsageError("name one target, --reason and --decider")
        try:
            date.fromisoformat(opts.date)
        except ValueError as error:
            raise UsageError(f"--date: {error}") from error
        if not (self.archive_dir / DATABASE).is_file():
            raise NoArchive(str(self.archive_dir / DATABASE))
        done = withhold(self.archive_dir, args[0], opts.reason, opts.date, opts.decider)
        if opts.json:
            print(to_json(asdict(done)))
            return
        print("\n".join(done.documents))
        print(f"{len(done.documents)} documents withheld, {len(done.records)} records sealed")
