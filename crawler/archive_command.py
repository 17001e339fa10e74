"""What the commands on an archive share: its folder, how they fail, JSON, a line of progress.

This module decides that what cannot be done is one line and the status 1, and how progress and
JSON look; what a command does is its own.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from abc import abstractmethod
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.store import DATABASE
from parsers.errors import ReportError

STEP_SECONDS = 0.2
INTERRUPTED = 130  # the exit status that shells give to Ctrl-C


class ArchiveCommand(ScrapyCommand):
    """A command that works on ``ARCHIVE_DIR`` without any network."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def add_options(self, parser: ArgumentParser) -> None:
        """Add ``--json``."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def process_options(self, args: list[str], opts: Namespace) -> None:
        """Refuse options that are none of ours, which Scrapy leaves among the arguments."""
        super().process_options(args, opts)
        if unknown := [name for name in args if name.startswith("-")]:
            raise UsageError(f"unknown option {unknown[0]}")

    def run(self, args: list[str], opts: Namespace) -> None:
        """Do the work; exit 1 with one line that says why where it cannot be done."""
        try:
            self.work(args, opts)
            sys.stdout.flush()
        except BrokenPipeError:  # `scrapy coverage | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            self._fail("interrupted", INTERRUPTED)
        except (ReportError, OSError) as error:
            self._fail(str(error))
        except sqlite3.DatabaseError as error:
            self._fail(f"{self.archive_dir / DATABASE}: {error}")

    def _fail(self, reason: str, status: int = 1) -> None:
        sys.stderr.write(f"{reason}\n")
        self.exitcode = status

    @abstractmethod
    def work(self, args: list[str], opts: Namespace) -> None:
        """Do what the command is for.

        Raises:
            ReportError, OSError, sqlite3.DatabaseError: it cannot be done.
        """

    @property
    def archive_dir(self) -> Path:
        """The folder of the archive."""
        if self.settings is None:
            raise RuntimeError("the command runs inside Scrapy only")
        return Path(self.settings.get("ARCHIVE_DIR", "data"))


def to_json(value: object) -> str:
    """Return ``value`` as the commands print JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2)


class ProgressLine:
    """One line on the terminal that says how far something is; silent where nobody looks."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = time.monotonic()
        self._shown = 0.0
        self._is_seen = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done."""
        now = time.monotonic()
        if not self._is_seen or (done < total and now - self._shown < STEP_SECONDS):
            return
        self._shown = now
        share = 100 * done // max(total, 1)
        pace = done / max(now - self._begun, 0.001)
        line = f"\r{done:,} of {total:,} {self._what}  {share} %  {pace:.0f} a second  "
        sys.stderr.write(line + ("\n" if done >= total else ""))
        sys.stderr.flush()
