"""``scrapy history``: the states of a report in order of time."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from archive.history import State, find_report, open_archive, read_history
from parsers.errors import ReportError


def line_of(state: State) -> str:
    """Return a state as one line."""
    shown = "gone" if state.digest is None else state.digest[:12]
    times = f"{state.seen_from} to {state.seen_to}"
    return f"{state.number:>3}  {times}  {state.captures:>3} captures  {shown:12}  {state.url}"


class Command(ScrapyCommand):
    """Prints what a report showed, and when."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return the arguments."""
        return "[--json] REPORT"

    def short_desc(self) -> str:
        """Return the summary."""
        return "List the states of a report: when each was first and last seen"

    def long_desc(self) -> str:
        """Return the help text."""
        return "REPORT is the key of a report, or words of its body, title and year that fit one."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the states; exit 1 where there is no archive or no such report."""
        if not args:
            raise UsageError("name a report")
        assert self.settings is not None
        try:
            with open_archive(Path(self.settings.get("ARCHIVE_DIR"))) as db:
                report = find_report(db, " ".join(args))
                states = read_history(db, report)
        except ReportError as error:
            print(error, file=sys.stderr)
            self.exitcode = 1
            return
        if opts.json:
            told = {"report": report, "states": [asdict(state) for state in states]}
            print(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            print("\n".join([report, *map(line_of, states)]))
