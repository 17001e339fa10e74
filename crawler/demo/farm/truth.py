"""What is planted on the portals of the farm, as a client is judged by it.

This module decides what counts as planted; where it stands is ``plan``'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from crawler.demo.farm.plan import FILE_ENDINGS, Column, Item, Plan
from crawler.demo.farm.webserver import is_made, read_server

Confirms = Literal["all", "pages", "files"]


@dataclass(frozen=True, slots=True)
class FarmReport:
    """A report planted on a portal: what a good crawl has in the end."""

    key: str
    subject: str
    year: int
    url: str
    medium: str
    title: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FarmPortal:
    """A portal of the farm; ``expect`` is what a crawl must conclude about it.

    ``confirms`` is what its server can say to be unchanged: every page and file, only the pages
    (files come through a program, ``downfile.jsp``), only the files (pages are made by a program,
    or nobody knows their day).

    Addresses are without a port: ``server.Farm.url`` puts in the one that is served.
    """

    host: str
    family: str
    home: str
    reports: tuple[FarmReport, ...]
    quirks: tuple[str, ...]
    group: str
    expect: str
    name: str
    region: str
    hosts: tuple[str, ...]
    dead: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    confirms: Confirms = "all"


def describe(plan: Plan) -> FarmPortal:
    """Return a portal with the truth about it."""
    spec = plan.spec
    reports = tuple(
        FarmReport(
            plan.key(subject, year),
            subject,
            year,
            f"http://{column.host}{plan.address(column, item)}",
            item.medium,
            item.title,
            _file_urls(plan, column, item),
        )
        for column in plan.columns
        for item in column.items
        if item.kind == "report"
        for subject, year in item.subjects
    )
    dead = tuple(
        f"http://{column.host}{plan.address(column, item)}"
        for column in plan.columns
        for item in column.items
        if item.kind == "dead"
    )
    return FarmPortal(
        host=spec.host,
        family=spec.family,
        home=f"http://{spec.host}/",
        reports=reports,
        quirks=spec.quirks,
        group=spec.group,
        expect=spec.expect,
        name=plan.government,
        region=spec.region,
        hosts=tuple(dict.fromkeys((spec.host, *(column.host for column in plan.columns)))),
        dead=dead,
        columns=tuple(f"http://{c.host}{plan.first(c)}" for c in plan.columns),
        confirms=_confirmed(plan, reports),
    )


def _confirmed(plan: Plan, reports: Iterable[FarmReport]) -> Confirms:
    if plan.styles[True].program or not read_server(plan.spec.server).pages:
        return "files"
    addresses = [url for report in reports for url in (report.url, *report.files)]
    return "pages" if any(is_made(urlsplit(url).path) for url in addresses) else "all"


def _file_urls(plan: Plan, column: Column, item: Item) -> tuple[str, ...]:
    if item.medium not in FILE_ENDINGS or item.medium == "pdf":
        return ()
    pages = 2 if item.medium == "image" else 1
    return tuple(f"http://{column.host}{plan.file(column, item, n)}" for n in range(pages))
