"""A demo report as pieces in reading order: headings, paragraphs, tables.

This module decides the words around the numbers (from ``texts.toml``) and where the tables
stand.  It leaves the numbers to ``editions`` and the page to ``pages`` and ``pdf``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from crawler.demo.editions import DemoReport
from crawler.demo.grids import (
    Grid,
    draw_2014,
    draw_cases,
    draw_documents,
    draw_requests,
    flatten,
)

# "{table:requests}"
_TABLE = re.compile(r"\{table:(?P<name>\w+)\}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A section heading."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``closing`` ones (signature, date) stand at the right margin."""

    text: str
    closing: bool = False


Piece = Heading | Paragraph | Grid


@cache
def _texts() -> Mapping[str, tuple[str, ...]]:
    data = tomllib.loads(files("crawler.demo").joinpath("texts.toml").read_text("utf-8"))
    return {form: tuple(entry["lines"]) for form, entry in data.items()}


def compose(report: DemoReport) -> tuple[Piece, ...]:
    """Return the body of the report, from the opening paragraph to the signature and date."""
    facts = {
        **report.printed,
        "compiler": report.body,
        "year": str(report.year),
        "proactive": report.proactive,
        "received": report.received,
        "extra": report.extra,
    }
    pieces: list[Piece] = []
    for line in _texts()[report.form]:
        table = _TABLE.fullmatch(line)
        if table:
            pieces.extend(_place_table(report, table["name"]))
        elif line.startswith("## "):
            pieces.append(Heading(line.removeprefix("## ")))
        else:
            pieces.append(Paragraph(line.format_map(facts)))
    closing = (Paragraph(report.body, closing=True), Paragraph(report.written, closing=True))
    return (*pieces, *closing)


def _place_table(report: DemoReport, name: str) -> tuple[Piece, ...]:
    grid = _draw(report, name)
    if report.flattened:
        return tuple(Paragraph(line) for line in flatten(grid))
    return (grid,)


def _draw(report: DemoReport, name: str) -> Grid:
    match name:
        case "documents":
            return draw_documents(report.printed, report.form)
        case "requests":
            return draw_requests(report.printed, report.form)
        case "cases":
            return draw_cases(report.printed)
        case _:
            return draw_2014(report.printed)
