"""``scrapy trace``: from a number to its bytes, and how to cite it."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import get_args
from unicodedata import normalize

from scrapy.exceptions import UsageError

from archive.citation import STYLES
from archive.history import find_report, open_archive
from archive.trace import Cell, Trace, trace
from crawler.archive_command import ArchiveCommand, to_json
from crawler.terminal import table_lines, terminal_width, wants_colour
from parsers.forms import FIELDS
from parsers.model import Kind

_LIKE_A_FIELD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")


class Command(ArchiveCommand):
    """Prints where a number comes from, down to the WARC record."""

    def syntax(self) -> str:
        """Return the arguments for the usage line."""
        return "[--json] [--cite STYLE] [--save FILE] REPORT [FIELD]"

    def long_desc(self) -> str:
        """Return what ``--help`` says."""
        return (
            "REPORT is the key of a report, or words of its body, title and year that fit one;"
            " FIELD is the id of a field: scrapy trace 平湖市人民政府 2023 req_new_received_total"
        )

    def short_desc(self) -> str:
        """Return the line for the list of commands."""
        return "Trace a number to the bytes it was read from, with a citation"

    def add_options(self, parser: ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--cite", choices=sorted(STYLES), help="print only the citation")
        parser.add_argument(
            "--save", metavar="FILE", type=Path, help="write the body of the capture to a new file"
        )

    def work(self, args: list[str], opts: Namespace) -> None:
        """Trace; exit 1 where nothing is found or the digest does not hold."""
        if not args or ("/" in args[0] and len(args) > 2):
            raise UsageError("name a report and, if you like, one of its fields")
        found = trace(self.archive_dir, *self._named(args))
        if opts.save is not None:
            with opts.save.open("xb") as file:
                file.write(found.body)
        if opts.cite:
            print(STYLES[opts.cite](found.source))
        elif opts.json:
            print(to_json(as_json(found)))
        else:
            print("\n".join(_lines(found, colour=wants_colour(), width=terminal_width())))
        self.exitcode = 0 if found.digest_holds else 1

    def _named(self, args: list[str]) -> tuple[str, str | None]:
        """The key of the report, and the field, whichever way they are told."""
        if "/" in args[0]:
            return normalize("NFKC", args[0]), args[1] if len(args) > 1 else None
        told = " ".join(args).split()
        fields = [word for word in told if _is_field(word)]
        words = " ".join(word for word in told if word not in fields)
        if len(fields) > 1:
            raise UsageError(f"name one field, not {' and '.join(fields)}")
        with open_archive(self.archive_dir) as db:
            return find_report(db, words), fields[0] if fields else None


def _is_field(word: str) -> bool:
    """Whether a word is the id of a field, or can only be meant for one."""
    return word in FIELDS or (
        _LIKE_A_FIELD.fullmatch(word) is not None and word not in get_args(Kind)
    )


def as_json(found: Trace) -> dict[str, object]:
    """Return a trace as JSON values, without the bytes themselves."""
    ref = found.capture.ref
    return {
        "report": found.report,
        "statistics": [asdict(cell) for cell in found.cells],
        "document": found.document,
        "revision": {"seq": found.revision, "digest": found.revision_digest},
        "capture": {
            "url": found.source.url,
            "captured_at": found.source.captured_at,
            "collector": found.source.collector,
            "tls": found.capture.tls,
            "sha256": found.source.sha256,
            "digest_holds": found.digest_holds,
            "bytes": len(found.body),
        },
        "record": asdict(ref) if ref else None,
        "citations": {name: cite(found.source) for name, cite in STYLES.items()},
    }


def _lines(found: Trace, *, colour: bool, width: int) -> Iterator[str]:
    if found.cells:
        yield from table_lines(
            ["field", "as printed>", "label", "place", "words"],
            ([cell.field, cell.raw, cell.label, _place(cell), cell.quote] for cell in found.cells),
            colour=colour,
            width=width,
        )
        yield ""
    source, ref = found.source, found.capture.ref
    yield f"report    {found.report}  {source.title}"
    yield f"document  {found.document}  {source.url}"
    yield f"revision  no. {found.revision}  {found.revision_digest}"
    yield f"capture   {source.captured_at}  {source.collector or '?'}  {len(found.body)} bytes"
    if found.capture.tls is not None:
        yield f"tls       {found.capture.tls}"
    if ref is not None:
        yield f"record    {ref.file} at byte {ref.offset}, {ref.length} bytes, {ref.record_id}"
    holds = "holds" if found.digest_holds else "DOES NOT HOLD"
    yield f"sha256    {source.sha256}  {holds}"
    yield ""
    yield STYLES["gbt7714"](source)


def _place(cell: Cell) -> str:
    if cell.row is not None and cell.col is not None:
        return f"{cell.source}, row {cell.row + 1}, column {cell.col + 1}"
    return f"{cell.source}, characters {cell.start} to {cell.end}"
