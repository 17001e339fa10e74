"""``scrapy read``: the whole line on one file or address, nothing stored.

This module decides where the bytes come from and how the reading is shown to people.  What
they say is left to ``archive.reading``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings, Settings
from twisted.python.failure import Failure

from archive.reading import Reading, read, reading_to_json
from crawler.portals import portal_folders, read_portals
from crawler.repair_lines import repair_lines, show, text_lines
from crawler.terminal import WIDEST, table_lines, terminal_width, wants_colour
from parsers.model import Context, Finding, Report, Statistic

_WEB = re.compile(r"https?://", re.IGNORECASE)
_SEVERITIES = ("notice", "warning", "error")


@dataclass(slots=True)
class Fetched:
    """What one request brought: a body, or why there is none."""

    body: bytes | None = None
    content_type: str | None = None
    url: str = ""
    error: str = ""


@dataclass(slots=True)
class Source:
    """The bytes to read and what is known about them."""

    body: bytes
    name: str
    content_type: str | None
    url: str | None = field(default=None)


class OnePageSpider(Spider):
    """Asks for one address, under the same robots, guard and pace as any crawl."""

    name = "read"

    def __init__(self, fetched: Fetched) -> None:
        super().__init__()
        self.fetched = fetched

    async def start(self) -> AsyncIterator[Any]:
        """Yield the one request."""
        yield Request(self.fetched.url, callback=self.take, errback=self.miss)

    def take(self, response: Response) -> None:
        """Keep the answer."""
        if response.status != 200:
            self.fetched.error = f"HTTP {response.status}"
            return
        header = response.headers.get(b"Content-Type")
        self.fetched.body = response.body
        self.fetched.content_type = header.decode("latin-1") if header else None
        self.fetched.url = response.url

    def miss(self, failure: Failure) -> None:
        """Keep the reason why there is no answer."""
        self.fetched.error = failure.getErrorMessage() or type(failure.value).__name__


def context_of(url: str | None, settings: BaseSettings) -> Context:
    """Return what the portal files say about an address."""
    host = (urlsplit(url).hostname or "") if url else ""
    portals, _ = read_portals(portal_folders(settings)) if host else ([], [])
    owners = [portal for portal in portals if host in portal.hosts]
    if len(owners) != 1:
        return Context(url=url)
    portal = owners[0]
    return Context(url, portal.id, portal.name, portal.region, portal.official)


def _amount(statistic: Statistic) -> str:
    value = statistic.state if statistic.value is None else str(statistic.value)
    qualifier = "" if statistic.qualifier == "exact" else f"{statistic.qualifier} "
    return f"{qualifier}{value} {statistic.unit or ''}".rstrip()


def _statistic_lines(statistics: Sequence[Statistic], *, colour: bool, width: int) -> Iterable[str]:
    """Yield a table of the statistics, fields aligned left and amounts right."""
    yield from table_lines(
        ["field", "amount>", "source", "label"],
        ([one.field, _amount(one), one.source, one.label] for one in statistics),
        colour=colour,
        width=width,
    )


def _finding_line(finding: Finding) -> str:
    return f"  {finding.severity}: {finding.message} [{finding.rule}]"


def lines_of(reading: Reading, *, colour: bool = False, width: int = WIDEST) -> Iterable[str]:
    """Yield a reading as lines for people; the text itself only where it was repaired."""
    decoded, document, report = reading.decoded, reading.document, reading.report
    head = {
        "title": document.title,
        **_head(report),
        "encoding": f"{decoded.encoding or decoded.media_type}, {decoded.undecodable} bytes lost",
    }
    for name, value in head.items():
        yield f"{name:<10}{'unknown' if value is None else value}"
    yield from (f"  {show(evidence)}" for evidence in decoded.evidence)
    yield f"repairs ({len(document.repairs)})"
    yield from repair_lines(document, colour=colour)
    if document.repairs:
        yield f"text, repaired ({len(document.text)} characters)"
        yield from text_lines(document, colour=colour)
    yield from _report_lines(report, colour=colour, width=width)
    if reading.parts:
        yield f"a compilation of {len(reading.parts)} reports"
    for number, part in enumerate(reading.parts, 1):
        start, end = part.document.within or (0, 0)
        yield ""
        yield f"part {number}: {part.document.title} (characters {start} to {end})"
        for name, value in _head(part.report).items():
            yield f"{name:<10}{'unknown' if value is None else value}"
        yield from _report_lines(part.report, colour=colour, width=width)


def _head(report: Report) -> dict[str, object]:
    kind = report.kind + (f" ({report.kind_detail})" if report.kind_detail else "")
    return {
        "kind": kind,
        "year": report.year,
        "body": f"{report.subject or 'unknown'} ({report.region_code or 'region unknown'})",
        "form": report.form,
        "scope": report.scope,
        "published": report.published,
    }


def _report_lines(report: Report, *, colour: bool, width: int) -> Iterable[str]:
    yield f"statistics ({len(report.statistics)})"
    if report.statistics:
        yield from _statistic_lines(report.statistics, colour=colour, width=width)
    yield f"findings ({len(report.findings)})"
    yield from map(_finding_line, report.findings)


def reaches(findings: Iterable[Finding], severity: str | None) -> bool:
    """Return whether a finding is at least as severe as asked."""
    if severity is None:
        return False
    least = _SEVERITIES.index(severity)
    return any(_SEVERITIES.index(finding.severity) >= least for finding in findings)


def _print(text: str) -> None:
    """Print text that may hold half characters, to a reader that may stop reading."""
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `scrapy read ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Command(ScrapyCommand):
    """Reads one source and prints what it says."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return the arguments."""
        return "[--json] [--url U] [--content-type T] [--fail-on error|warning] FILE|URL"

    def short_desc(self) -> str:
        """Return the summary."""
        return "Read one page, text or document, and store nothing"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--url", help="the address the file came from")
        parser.add_argument("--content-type", help="the Content-Type header it came with")
        parser.add_argument(
            "--fail-on", choices=("error", "warning"), help="exit 1 on such a finding or worse"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the source, print the reading, set the exit status."""
        if unknown := [name for name in args if name.startswith("-") and name != "-"]:
            raise UsageError(f"unknown option {unknown[0]}")
        if len(args) != 1:
            raise UsageError("name one file or address")
        assert self.settings is not None
        source = self._fetch(args[0], opts) if _WEB.match(args[0]) else self._open(args[0], opts)
        if source is None:
            self.exitcode = 1
            return
        reading = read(
            source.body,
            content_type=source.content_type,
            name=source.name,
            context=context_of(source.url, self.settings),
        )
        if opts.json:
            _print(json.dumps(reading_to_json(reading), ensure_ascii=False, indent=2))
        else:
            lines = lines_of(reading, colour=wants_colour(), width=terminal_width())
            _print("\n".join(lines))
        reports = (reading.report, *(part.report for part in reading.parts))
        findings = (finding for report in reports for finding in report.findings)
        self.exitcode = 1 if reaches(findings, opts.fail_on) else 0

    def _open(self, name: str, opts: argparse.Namespace) -> Source | None:
        try:
            body = Path(name).read_bytes()
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)
            return None
        return Source(body, Path(name).name, opts.content_type, opts.url)

    def _fetch(self, url: str, opts: argparse.Namespace) -> Source | None:
        assert self.settings is not None
        settings = self.settings.copy()
        settings.setdict({"ARCHIVE_ENABLED": False, "LOG_LEVEL": "WARNING"}, "spider")
        fetched = Fetched(url=url)
        process = AsyncCrawlerProcess(Settings(settings))
        process.crawl(OnePageSpider, fetched=fetched)
        process.start()
        if fetched.body is None:
            print(f"{url}: {fetched.error or 'could not be fetched'}", file=sys.stderr)
            return None
        content_type = opts.content_type or fetched.content_type
        return Source(fetched.body, fetched.url, content_type, opts.url or fetched.url)
