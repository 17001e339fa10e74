"""``scrapy history``: the states of a report in order of time."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from scrapy.exceptions import UsageError

from archive.history import (
    State,
    content_of_state,
    find_report,
    open_archive,
    read_history,
)
from archive.patch import lines_of
from crawler.archive_command import ArchiveCommand, to_json
from crawler.terminal import table_lines, terminal_width, wants_colour


def table_of(states: Iterable[State], *, colour: bool, width: int) -> Iterator[str]:
    """Yield the states as a table."""
    yield from table_lines(
        ["no.>", "first seen", "last seen", "captures>", "digest", "address"],
        (
            [
                state.number,
                state.seen_from,
                state.seen_to,
                state.captures,
                "gone" if state.digest is None else state.digest[:12],
                state.url,
            ]
            for state in states
        ),
        colour=colour,
        width=width,
    )


class Command(ArchiveCommand):
    """Prints what a report showed, and when."""

    def syntax(self) -> str:
        """Return the arguments."""
        return "[--text N] [--json] REPORT"

    def short_desc(self) -> str:
        """Return the summary."""
        return "List the states of a report: when each was first and last seen"

    def long_desc(self) -> str:
        """Return the help text."""
        return "REPORT is the key of a report, or words of its body, title and year that fit one."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument(
            "--text", type=int, metavar="N", help="print what state N showed, line by line"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the states or one; exit 1 where there is no archive, report or state of this name."""
        if not args:
            raise UsageError("name a report")
        with open_archive(self.archive_dir) as db:
            report = find_report(db, " ".join(args))
            if opts.text is not None:
                print("\n".join(lines_of(content_of_state(db, report, opts.text))))
                return
            states = read_history(db, report)
        if opts.json:
            told = {"report": report, "states": [asdict(state) for state in states]}
            print(to_json(told))
        else:
            table = table_of(states, colour=wants_colour(), width=terminal_width())
            print("\n".join([report, *table]))
