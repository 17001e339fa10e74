"""``scrapy review``: a person's verdict on a finding or a change."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import get_args

from scrapy.exceptions import UsageError

from archive.decisions import Review, Verdict
from archive.history import find_report, open_archive
from archive.review import Reviewable, add_review, list_reviewable
from crawler.archive_command import ArchiveCommand, to_json


def lines_of(found: Iterable[Reviewable]) -> Iterator[str]:
    """Yield what can be reviewed, one thing a line: key, verdict so far, what it says."""
    for one in found:
        said = f"{one.verdict} by {one.reviewer}" if one.verdict else "machine only"
        yield f"{one.key}  {said:<20}  {one.kind}: {one.words}"


class Command(ArchiveCommand):
    """Adds a verdict, or lists what can be reviewed about a report."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--json] REPORT | KEY --verdict V --reviewer NAME [--note WORDS]"

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Say whether a finding or change is confirmed, wrong or unclear"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "With a report it lists its findings and changes with their keys. With the key of one"
            " it adds a verdict to reviews.jsonl, where it stays; the latest one counts."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the verdict, who gave it and why."""
        super().add_options(parser)
        parser.add_argument("--verdict", choices=get_args(Verdict), help="what the person found")
        parser.add_argument("--reviewer", help="who found it")
        parser.add_argument("--note", help="why")

    def work(self, args: list[str], opts: Namespace) -> None:
        """List or add; exit 1 where the archive knows no such report, finding or change."""
        if (
            not args
            or bool(opts.verdict) != bool(opts.reviewer)
            or (opts.note and not opts.verdict)
        ):
            raise UsageError("name a report, or one key, --verdict and --reviewer")
        if opts.verdict:
            now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            review = Review(" ".join(args), opts.verdict, opts.reviewer, now, opts.note)
            add_review(self.archive_dir, review)
            print(to_json(asdict(review)) if opts.json else f"{review.target}: {opts.verdict}")
            return
        with open_archive(self.archive_dir) as db:
            found = list_reviewable(db, find_report(db, " ".join(args)))
        print(to_json([asdict(one) for one in found]) if opts.json else "\n".join(lines_of(found)))
