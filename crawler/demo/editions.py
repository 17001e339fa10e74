"""The demo reports and portals as data, in their first and second edition.

This module decides what a report of the demo says (its printed numbers, its facts) and what
the second edition changes.  It reads ``reports.toml`` and leaves words to ``compose`` and
pages to ``pages``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from crawler.demo.grids import count_2014, count_cases, count_requests

EditKind = Literal["number", "sentence", "frame", "moved", "withdrawn", "new"]


@dataclass(frozen=True, slots=True)
class DemoPortal:
    """A demo web site: its host, its one report column, and the CMS it imitates."""

    id: str
    host: str
    name: str
    region: str
    site_code: str
    official: bool
    family: str
    column: str
    column_name: str


@dataclass(frozen=True, slots=True)
class DemoReport:
    """A report as one edition prints it.

    ``printed`` holds every number of its tables by field id; ``frame`` counts the redesigns of the
    page around the report.
    """

    id: str
    portal: str
    form: str
    body: str
    year: int
    path: str
    published: str
    written: str
    printed: Mapping[str, str]
    proactive: str
    received: str
    extra: str
    medium: Literal["html", "pdf"] = "html"
    flattened: bool = False
    frame: int = 0

    @property
    def title(self) -> str:
        """The title as printed on the page and in the list."""
        return f"{self.body}{self.year}年政府信息公开工作年度报告"


@dataclass(frozen=True, slots=True)
class DemoNotice:
    """A page that stands in the list of reports and is none."""

    portal: str
    path: str
    title: str
    published: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference of the second edition."""

    report: str
    kind: EditKind
    cell: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """What the demo portals publish at one time."""

    portals: tuple[DemoPortal, ...]
    reports: tuple[DemoReport, ...]
    notices: tuple[DemoNotice, ...]


@cache
def load_data() -> dict[str, Any]:
    """Return the data file: portals, reports, notices, edits."""
    return tomllib.loads(files("crawler.demo").joinpath("reports.toml").read_text("utf-8"))


def read_edits() -> tuple[Edit, ...]:
    """Return the differences of the second edition, in the order of the data file."""
    return tuple(Edit(**row) for row in load_data()["edit"])


def first_edition() -> Edition:
    """Return what the portals publish at first."""
    data = load_data()
    return Edition(
        portals=tuple(DemoPortal(**row) for row in data["portal"]),
        reports=tuple(read_report(row) for row in data["report"]),
        notices=tuple(DemoNotice(**row) for row in data["notice"]),
    )


def second_edition() -> Edition:
    """Return what the portals publish later: the first edition with every edit made."""
    first = first_edition()
    edits = {edit.report: edit for edit in read_edits()}
    kept = (
        _edit_report(report, edits[report.id]) if report.id in edits else report
        for report in first.reports
        if report.id not in edits or edits[report.id].kind != "withdrawn"
    )
    added = (read_report(row) for row in load_data()["new_report"])
    return replace(first, reports=(*kept, *added))


def _edit_report(report: DemoReport, edit: Edit) -> DemoReport:
    match edit.kind:
        case "number":
            return replace(report, printed={**report.printed, edit.cell: edit.to})
        case "sentence":
            return replace(report, extra=edit.to)
        case "frame":
            return replace(report, frame=report.frame + 1)
        case "moved":
            return replace(report, path=edit.to)
        case _:
            raise ValueError(f"a {edit.kind} edit changes no published report: {edit.report}")


def read_report(row: Mapping[str, Any]) -> DemoReport:
    """Return the report that a row of the data describes, its totals counted."""
    printed = _print_numbers(row)
    counted = printed.get("requests_received_total") or printed.get("req_new_received_total", "")
    return DemoReport(
        id=row["id"],
        portal=row["portal"],
        form=row["form"],
        body=row["body"],
        year=row["year"],
        path=row["path"],
        published=row["published"],
        written=row["written"],
        printed=printed,
        proactive=str(row.get("proactive", "")),
        received=row.get("received", counted),
        extra=row.get("extra", ""),
        medium=row.get("medium", "html"),
        flattened=row.get("flattened", False),
    )


def _print_numbers(row: Mapping[str, Any]) -> dict[str, str]:
    """Every number of the report's tables: given, counted, and planted over the counted."""
    if row["form"] == "national_2014":
        return count_2014(row["numbers"])
    if not row["form"].startswith("national"):
        return {}
    counted = count_requests(row["requests"], row["form"]) | count_cases(row["cases"])
    return {
        **row["documents"],
        **{key: str(number) for key, number in counted.items()},
        **row.get("planted", {}),
    }
