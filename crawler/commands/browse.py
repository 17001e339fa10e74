"""``scrapy browse``: the archive in a web browser, on this machine."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.errors import NoArchive, NotPublished, PublishedOtherwise

DEFAULT_PORT = 8001


class Command(ScrapyCommand):
    """Serve the archive database with Datasette until interrupted."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[options] [FILE]"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Browse the archive: reports, numbers, findings, changes (Datasette)"

    def long_desc(self) -> str:
        """Return the help text."""
        return (
            "Serves ARCHIVE_DIR while crawls write it, or FILE, a published database, as one that "
            "does not change; visitors of a published one cannot ask SQL unless --sql is given."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        """Add where to serve and whether to open a browser."""
        super().add_options(parser)
        parser.add_argument("--host", default="127.0.0.1", help="address to serve on")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to serve on")
        parser.add_argument("--no-open", action="store_true", help="do not open a web browser")
        parser.add_argument(
            "--sql", action=BooleanOptionalAction, default=None, help="whether to answer SQL"
        )

    def run(self, args: list[str], opts: Namespace) -> None:
        """Serve ``ARCHIVE_DIR/archive.db`` or the file named; exit 1 where it cannot be shown."""
        if len(args) > 1:
            raise UsageError("name one file at most", print_help=False)
        if opts.port not in range(65_536):
            raise UsageError("--port is a number from 0 to 65535", print_help=False)
        if args and not Path(args[0]).exists():
            raise UsageError(f"{args[0]}: no such file", print_help=False)
        settings = self.settings
        if settings is None:
            raise RuntimeError("the command runs inside Scrapy only")
        # Scrapy imports every command for any command; Datasette would cost each half a second.
        from archive.browse import serve  # noqa: PLC0415

        place = Path(args[0] if args else settings.get("ARCHIVE_DIR", "data"))
        try:
            serve(place, opts.host, opts.port, open_browser=not opts.no_open, allow_sql=opts.sql)
        except (NoArchive, NotPublished, PublishedOtherwise) as error:
            print(error, file=sys.stderr)
            self.exitcode = 1
        except SystemExit:  # the server leaves like this when the port is taken, having said so
            self.exitcode = 1
