"""``scrapy stamp``: an RFC 3161 time stamp for the manifest, from an authority of one's choice.

This module sends the request.  What is asked and whether the answer holds is left to
``archive.timestamp``.
"""

from __future__ import annotations

import argparse
import sys
import urllib.request
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.errors import BrokenArchive
from archive.timestamp import REQUEST_TYPE, keep, last_line, make_request

_SECONDS = 60
_LARGEST = 1_000_000  # bytes; a stamp has some thousand


class Command(ScrapyCommand):
    """Asks a time stamp authority to stamp the manifest's last line, and keeps the stamp."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return the arguments."""
        return "--authority CERTIFICATES.pem URL"

    def short_desc(self) -> str:
        """Return the summary."""
        return "Have the manifest of WARC files stamped by an RFC 3161 authority"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--authority", type=Path, help="certificates of the authority (PEM)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Send the digest of the last line; nothing else leaves this machine."""
        if len(args) != 1 or not args[0].startswith(("http://", "https://")):
            raise UsageError("name the address of one time stamp authority")
        if opts.authority is None:
            raise UsageError("name the authority's certificates: --authority FILE.pem")
        assert self.settings is not None
        directory = Path(self.settings["ARCHIVE_DIR"])
        try:
            digest = last_line(directory)
            request = urllib.request.Request(  # noqa: S310  its scheme is checked above
                args[0], make_request(digest), {"Content-Type": REQUEST_TYPE}
            )
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                path = keep(directory, digest, answer.read(_LARGEST), opts.authority)
        except (OSError, BrokenArchive) as error:
            print(error, file=sys.stderr)
            self.exitcode = 1
        else:
            print(path)
