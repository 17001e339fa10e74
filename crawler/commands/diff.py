"""``scrapy diff``: what changed between two states of a report.

This module decides how changes are shown in a terminal.  What changed is left to ``archive``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from scrapy.exceptions import UsageError

from archive.change import Change, find_runs
from archive.history import Comparison, compare, comparison_to_json, find_report, open_archive
from crawler.archive_command import ArchiveCommand, to_json
from crawler.repair_lines import show
from crawler.terminal import WIDEST, table_lines, terminal_width, wants_colour

_RED, _GREEN, _PLAIN = (f"\x1b[{code}m" for code in (31, 32, 0))


def lines_of(comparison: Comparison, *, colour: bool = False, width: int = WIDEST) -> Iterator[str]:
    """Yield a comparison as lines: the states, a table of numbers, then every other change."""
    yield comparison.report
    for sign, state in (("-", comparison.older), ("+", comparison.newer)):
        yield f"{sign} {state.number}: {state.seen_from} to {state.seen_to}  {state.url}"
    numbers = [change for change in comparison.changes if change.kind == "field"]
    if numbers:
        yield from table_lines(
            ["field", "before>", "after>", "difference>", "nature", "place"],
            (
                [
                    one.item,
                    "–" if one.before is None else one.before,
                    "–" if one.after is None else one.after,
                    "" if one.difference is None else f"{one.difference:+}",
                    one.nature,
                    one.place,
                ]
                for one in numbers
            ),
            colour=colour,
            width=width,
        )
        yield ""
    for change in comparison.changes:
        if change.kind == "field":
            continue
        difference = "" if change.difference is None else f" {change.difference:+}"
        yield f"{change.kind} {change.item} ({change.nature}{difference}) {change.place}"
        yield from _sides(change, colour=colour)
    yield f"{len(comparison.changes)} change{'' if len(comparison.changes) == 1 else 's'}"


def _sides(change: Change, *, colour: bool) -> Iterator[str]:
    if change.nature == "moved":
        yield f"    {show(change.after or '')}"
        return
    runs = find_runs(change.before or "", change.after or "")
    sides = (
        ("-", _RED, change.before, [(run.before, run.is_same) for run in runs]),
        ("+", _GREEN, change.after, [(run.after, run.is_same) for run in runs]),
    )
    for sign, shade, text, parts in sides:
        if text is not None:
            marked = (_marked(part, shade, same=same, colour=colour) for part, same in parts)
            yield f"  {sign} {''.join(marked)}"


def _marked(text: str, shade: str, *, same: bool, colour: bool) -> str:
    if same or not text:
        return show(text)
    return f"{shade}{show(text)}{_PLAIN}" if colour else f"[{show(text)}]"


class Command(ArchiveCommand):
    """Prints the changes between two states of a report."""

    def syntax(self) -> str:
        """Return the arguments."""
        return "[--from N] [--to M] [--html FILE [--lang zh|en]] [--patch FILE] [--json] REPORT"

    def short_desc(self) -> str:
        """Return the summary."""
        return "Show what changed between two states of a report"

    def long_desc(self) -> str:
        """Return the help text."""
        return (
            "REPORT is the key of a report, or words of its body, title and year that fit one. "
            "`scrapy history REPORT` numbers its states; without --from and --to the last two "
            "that differ are compared. `scrapy history REPORT --text N` prints a state as the "
            "lines that a patch is about."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--from", dest="older", type=int, metavar="N", help="the older state")
        parser.add_argument("--to", dest="newer", type=int, metavar="M", help="the newer state")
        parser.add_argument("--html", type=Path, metavar="FILE", help="write a page of it, too")
        parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="of the page")
        parser.add_argument(
            "--patch", type=Path, metavar="FILE", help="write it as a unified diff, too"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the changes; exit 1 where there is no archive, no such report or no such state."""
        if not args:
            raise UsageError("name a report")
        with open_archive(self.archive_dir) as db:
            comparison = compare(db, find_report(db, " ".join(args)), opts.older, opts.newer)
            if opts.html:
                # Scrapy imports every command for any command; the site would cost each.
                from archive.site.comparison_page import file_of  # noqa: PLC0415

                opts.html.write_text(file_of(db, comparison, opts.lang), "utf-8")
        if opts.patch:
            opts.patch.write_text(comparison.patch, "utf-8", newline="")
        if opts.json:
            print(to_json(comparison_to_json(comparison)))
        else:
            lines = lines_of(comparison, colour=wants_colour(), width=terminal_width())
            print("\n".join(lines))
