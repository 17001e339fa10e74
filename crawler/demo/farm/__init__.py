"""The portal farm: made-up government portals on loopback that behave as real ones do.

``portals()`` says what is planted where, ``serve()`` serves it.  Portals, families, pages and
quirks are data: ``portals.toml``, ``late.toml``, ``hostile.toml``, ``styles.toml``,
``servers.toml``, ``words.toml`` and the templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from threading import Lock

from crawler.demo.farm.plan import Plan, make_plan, read_specs
from crawler.demo.farm.server import Farm, Request
from crawler.demo.farm.server import serve as _serve
from crawler.demo.farm.sites import build_sites
from crawler.demo.farm.truth import FarmPortal, FarmReport, describe
from crawler.demo.farm.web import Site
from crawler.demo.farm.webserver import read_server

__all__ = ["Farm", "FarmPortal", "FarmReport", "Request", "crowd", "portals", "serve", "sites"]


_LAST_YEAR = 2024
_FILES = {"good": "portals", "late": "late", "hostile": "hostile", "shell": "hostile"}


@cache
def _plans(file: str) -> dict[str, Plan]:
    return {spec.host: make_plan(spec) for spec in read_specs(file)}


def _plan(portal: FarmPortal) -> Plan:
    if portal.group == "crowd":
        return _crowd_plan(portal.host)
    return _plans(_FILES[portal.group])[portal.host]


@cache
def _crowd_plan(host: str) -> Plan:
    """A small portal of the family whose turn it is; the name of its host makes it different.

    Its government reports on each of so many years, a department on all but the first:
    ``p0001.3years.test``.
    """
    name, years, _ = host.split(".")
    first_year = _LAST_YEAR + 1 - int(years.removesuffix("years"))
    specs = [spec for spec in read_specs("portals") if not spec.report_host]
    spec = specs[int(name.removeprefix("p")) % len(specs)]
    return make_plan(
        replace(
            spec,
            host=host,
            group="crowd",
            departments=1,
            towns=0,
            first_year=first_year,
            last_year=_LAST_YEAR,
            department_year=first_year + 1,
            news_share=0.05,
            media={},
            dead=0,
        )
    )


def crowd(count: int, years: int = 3) -> tuple[FarmPortal, ...]:
    """Return any number of small portals, of every family in turn, to crawl at once.

    A portal has twice as many reports as ``years``, less one.
    """
    hosts = (f"p{number:04d}.{years}years.test" for number in range(count))
    return tuple(describe(_crowd_plan(host)) for host in hosts)


@cache
def portals(group: str = "good") -> tuple[FarmPortal, ...]:
    """Return the portals of a group (``good``, ``late``, ``shell``, ``hostile``) with the truth."""
    plans = _plans(_FILES[group]).values()
    return tuple(describe(plan) for plan in plans if plan.spec.group == group)


class _Sites(dict[str, Site]):
    """Sites by host, each built when it is first asked for."""

    def __init__(self, chosen: Sequence[FarmPortal]) -> None:
        super().__init__()
        self.portals = {host: portal for portal in chosen for host in portal.hosts}
        self.building = Lock()

    def __missing__(self, host: str) -> Site:
        portal = self.portals[host]
        with self.building:
            if host not in self:
                self.update(build_sites(_plan(portal)))
        return self[host]


def sites(chosen: Sequence[FarmPortal]) -> Mapping[str, Site]:
    """Return fresh sites of the chosen portals by host."""
    return _Sites(chosen)


def serve(
    chosen: Sequence[FarmPortal],
    *,
    addresses: Mapping[str, str] | None = None,
    port: int = 0,
) -> AbstractContextManager[Farm]:
    """Serve portals until the block ends; ``addresses`` gives hosts other loopback addresses."""
    servers = {
        host: read_server(_plan(portal).spec.server) for portal in chosen for host in portal.hosts
    }
    return _serve(chosen, sites(chosen), addresses=addresses, servers=servers, port=port)
