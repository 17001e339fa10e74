"""What each portal of the farm publishes, worked out from ``portals.toml``.

This module decides columns, their lines, titles, dates and addresses.  It draws nothing:
pages are the families' (``lists``, ``hanweb``, ``gkmlpt`` …); what is planted is ``truth``'s.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from random import Random
from typing import Any, Literal

Kind = Literal["report", "noise", "news", "dead"]
_CHINESE_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
_MIGRATED = date(2019, 6, 28)
_MIGRATED_UNTIL = 2017
_LATEST = date(2025, 4, 11)
DOORS = frozenset({"column_script", "column_refresh", "column_iframe", "column_redirect"})
FILE_ENDINGS = {
    "pdf": "pdf", "attachment": "pdf", "viewer": "pdf", "window_open": "pdf", "docx": "docx",
    "xlsx": "xlsx", "image": "png",
}  # fmt: skip


@cache
def read_data(name: str) -> dict[str, Any]:
    """Return a data file of the farm."""
    return tomllib.loads(files("crawler.demo.farm").joinpath(f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Style:
    """How a CMS writes addresses and lists; the fields are format strings (``styles.toml``).

    ``first`` and ``other`` are the addresses of list pages, ``number`` the query parameter that
    counts them, where the server counts; ``links`` is how a list writes the addresses of its
    lines.  ``program``: its pages are made when they are asked for, and are no files on a disk.
    """

    article: str
    first: str
    other: str = ""
    number: str = ""
    pager: str = ""
    item: str = (
        '<li><a href="{href}" title="{title}" target="_blank">{shown}</a><span>{day}</span></li>'
    )
    day: str = "%Y-%m-%d"
    links: Literal["relative", "root", "absolute"] = "root"
    file: str = "/uploadfile/{y4}/{id}.{ending}"
    charset: str = "utf-8"
    announced: bool = True
    shell: str = "modern"
    article_page: str = "article_trs"
    list_page: str = "list_plain"
    alias: str = ""
    program: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    """One portal as ``portals.toml`` describes it."""

    host: str
    family: str
    style: str
    place: str
    region: str
    layout: Literal["one", "split", "tabs", "years"] = "split"
    route: str = "landing"
    root: str = "/zwgk/"
    slug: str = "xxgknb"
    column_name: str = "政府信息公开年报"
    departments: int = 4
    towns: int = 0
    first_year: int = 2012
    last_year: int = 2024
    department_year: int = 2019
    page_size: int = 15
    news_size: int = 20
    news_share: float = 1.0
    media: Mapping[str, str] = field(default_factory=dict)
    quirks: tuple[str, ...] = ()
    server: str = "nginx"
    missing: Literal["404", "soft", "home", "home_page"] = "404"
    dead: int = 0
    noise: int = 5
    robots: str = "User-agent: *\nDisallow: /search/\n"
    report_host: str = ""
    department_hosts: bool = False
    titles: tuple[str, ...] = ()
    group: str = "good"
    expect: str = "reports"
    news_style: str = ""
    trap: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list; ``subjects`` are the bodies and years of which it is the report."""

    serial: int
    title: str
    day: date
    shown_day: date
    kind: Kind = "news"
    medium: str = "html"
    subjects: tuple[tuple[str, int], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its lines, newest first; ``owner`` is the body whose column it is."""

    key: int
    name: str
    path: str
    owner: str
    org: str
    host: str
    items: tuple[Item, ...]
    reports: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a portal publishes."""

    spec: Spec
    styles: Mapping[bool, Style]
    government: str
    departments: tuple[str, ...]
    news: tuple[Column, ...]
    columns: tuple[Column, ...]

    def style(self, column: Column) -> Style:
        """Return how the column is written: reports may lie in another system than news."""
        return self.styles[column.reports]

    def address(self, column: Column, item: Item) -> str:
        """Return the path (and query) of the page of a line, or of its file."""
        if item.medium == "pdf":
            return self.file(column, item)
        return self.style(column).article.format_map(_facts(column, item))

    def file(self, column: Column, item: Item, number: int = 0) -> str:
        """Return the path of a file that the page of a line attaches."""
        facts = _facts(column, replace(item, serial=item.serial + 50_000 * number))
        style = self.style(column)
        facts["folder"] = style.article.format_map(facts).rpartition("/")[0]
        return style.file.format_map(facts | {"ending": FILE_ENDINGS[item.medium]})

    def first(self, column: Column) -> str:
        """Return the path of the first list page of a column."""
        return self.page_of(column, 1)

    def page_of(self, column: Column, number: int) -> str:
        """Return the path of a list page of a column; ``number`` counts from 1."""
        style = self.style(column)
        places = _places(column)
        first = style.first.format_map(places)
        if number == 1:
            return first
        if style.number:
            counted = number - 1 if "counts_from_0" in self.spec.quirks else number
            return f"{first}{'&' if '?' in first else '?'}{style.number}={counted}"
        return style.other.format_map(places | {"n": number, "k": number - 1})

    def door(self, column: Column) -> str:
        """Return where menus lead to when they mean the column."""
        if column.reports and set(self.spec.quirks) & DOORS:
            return column.path.rstrip("/") + ".html"
        return self.first(column)

    def key(self, subject: str, year: int) -> str:
        """Return the name of a planted report."""
        return f"{self.spec.host}/{subject}/{year}"


def _places(column: Column) -> dict[str, object]:
    """What addresses say of a column; ``base`` is the prefix of a department's platform."""
    base = column.path.rstrip("/").rpartition("/")[0] if column.org != "001" else ""
    return {"path": column.path, "key": column.key, "org": column.org, "base": base}


def _facts(column: Column, item: Item) -> dict[str, object]:
    day = item.day
    digest = hashlib.md5(f"{column.path}{item.serial}".encode(), usedforsecurity=False)
    return _places(column) | {
        "id": item.serial,
        "hex": digest.hexdigest(),
        "a": item.serial // 100_000,
        "b": item.serial // 1000,
        "y4": day.year,
        "m": day.month,
        "d": day.day,
        "ym": f"{day:%Y%m}",
        "ymd": f"{day:%Y%m%d}",
        "mmdd": f"{day:%m-%d}",
    }


def read_specs(name: str) -> tuple[Spec, ...]:
    """Return the portals of a data file, in its order, each upon the file's defaults."""
    data = read_data(name)
    return tuple(_read_spec(data.get("defaults", {}) | row) for row in data["portal"])


def _read_spec(row: Mapping[str, Any]) -> Spec:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return Spec(**values)


def read_style(name: str) -> Style:
    """Return a style by name; ``like`` takes over what another says."""
    row = dict(read_data("styles")[name])
    base = row.pop("like", None)
    return replace(read_style(base), **row) if base else Style(**row)


def make_plan(spec: Spec) -> Plan:
    """Return everything that a portal publishes."""
    words = read_data("words")
    random = Random(spec.host)  # noqa: S311  which departments and days, the same on every run
    government = f"{spec.place}人民政府"
    departments = tuple(
        spec.place + name for name in random.sample(words["departments"], spec.departments)
    )
    towns = tuple(spec.place + name for name in random.sample(words["towns"], spec.towns))
    serials = count(random.randrange(2_000, 90_000))
    news = tuple(_news(spec, serials))
    columns = tuple(_report_columns(spec, government, departments, towns, random, serials))
    styles = {True: read_style(spec.style), False: read_style(spec.news_style or spec.style)}
    return Plan(spec, styles, government, departments, news, columns)


def _news(spec: Spec, serials: Iterator[int]) -> Iterator[Column]:
    words = read_data("words")
    for number, (name, slug, size) in enumerate(words["columns"], start=101):
        random = Random(f"{spec.host}/{slug}")  # noqa: S311
        yearly = words["yearly"].get(slug)
        items, day = [], _LATEST
        for place in range(max(5, int(size * spec.news_share))):
            day -= timedelta(days=random.randrange(0, 4) if yearly is None else 365)
            pattern = yearly or random.choice(words["happenings"])
            topic = random.choice(words["topics"])
            title = pattern.format(place=spec.place, topic=topic, year=_LATEST.year - 1 - place)
            items.append(Item(next(serials), title, day, day, text=topic))
        yield Column(number, name, f"/{slug}/", spec.place, "001", spec.host, tuple(items))


def _report_columns(
    spec: Spec,
    government: str,
    departments: tuple[str, ...],
    towns: tuple[str, ...],
    random: Random,
    serials: Iterator[int],
) -> Iterator[Column]:
    """The columns of reports as the portal's layout divides them."""
    own = _government_items(spec, government, random, serials)
    others = {
        body: [
            _report_item(spec, body, year, random, serials, bare=False)
            for year in range(max(spec.department_year, spec.first_year), spec.last_year + 1)
        ]
        for body in (*departments, *towns)
    }
    host, path = spec.report_host or spec.host, f"{spec.root}{spec.slug}/"
    if spec.layout == "one":
        everything = [*own, *(item for items in others.values() for item in items)]
        yield _column(201, spec.column_name, path, government, "001", host, everything)
    elif spec.layout == "years":
        everything = [*own, *(item for items in others.values() for item in items)]
        for number, year in enumerate(
            range(spec.last_year, spec.first_year - spec.dead - 1, -1), start=202
        ):
            items = [item for item in everything if _year_of(item) == year]
            yield _column(number, f"{year}年", f"{path}{year}n/", government, "001", host, items)
    elif spec.layout == "tabs":
        yield _column(202, "政府年报", f"{path}zfnb/", government, "001", host, own)
        for number, name, slug, bodies in (
            (203, "部门年报", "bmnb", departments), (204, "乡镇年报", "xznb", towns)
        ):  # fmt: skip
            items = [item for body in bodies for item in others[body]]
            if items:
                yield _column(number, name, f"{path}{slug}/", government, "001", host, items)
    else:
        yield _column(201, spec.column_name, path, government, "001", host, own)
        for number, body in enumerate((*departments, *towns), start=301):
            org, root = f"{number - 298:03d}", f"/bmxxgk/dept{number - 300:02d}/"
            if spec.department_hosts:
                host, root = f"bm{number - 300:02d}.{spec.host.removeprefix('www.')}", "/"
            yield _column(
                number, spec.column_name, f"{root}{spec.slug}/", body, org, host, others[body]
            )


def _column(
    key: int, name: str, path: str, owner: str, org: str, host: str, items: list[Item]
) -> Column:
    newest = sorted(items, key=lambda item: (item.shown_day, item.serial), reverse=True)
    return Column(key, name, path, owner, org, host, tuple(newest), reports=True)


def _year_of(item: Item) -> int:
    return item.subjects[0][1] if item.subjects else item.day.year - 1


def _government_items(
    spec: Spec, government: str, random: Random, serials: Iterator[int]
) -> list[Item]:
    """The government's own reports, and what stands among them."""
    words = read_data("words")
    items = []
    for year in range(spec.first_year, spec.last_year + 1):
        item = _report_item(spec, government, year, random, serials, bare=random.random() < 0.3)
        if item.medium == "compilation":
            title = f"{year}年{spec.place}各单位政府信息公开工作年度报告汇编"
            bodies = [spec.place + name for name in words["departments"][-5:]]
            subjects = tuple((body, year) for body in (government, *bodies))
            item = replace(item, title=title, subjects=subjects)
        items.append(item)
    for _ in range(spec.noise):
        title, text = random.choice(words["noise"])
        year = random.randrange(spec.first_year, spec.last_year + 1)
        day = _day_after(year, random)
        title = title.format(place=spec.place, year=year)
        items.append(Item(next(serials), title, day, day, "noise", text=text))
    for year in range(spec.first_year - spec.dead, spec.first_year):
        dead = _report_item(spec, government, year, random, serials, bare=False)
        items.append(replace(dead, kind="dead", medium="html", subjects=()))
    return items


def _report_item(
    spec: Spec, body: str, year: int, random: Random, serials: Iterator[int], *, bare: bool
) -> Item:
    words = read_data("words")
    usual = words["bare_titles"] if bare else words["titles"]
    pattern = random.choice(spec.titles or usual)
    chinese = str(year).translate(_CHINESE_DIGITS)
    title = pattern.format(body=body, place=spec.place, year=year, cn=chinese)
    published = _day_after(year, random)
    migrated = "migrated" in spec.quirks and year <= _MIGRATED_UNTIL
    medium = spec.media.get(str(year), "html") if body.endswith("人民政府") else "html"
    return Item(
        serial=next(serials),
        title=title,
        day=published,
        shown_day=_MIGRATED if migrated else published,
        kind="report",
        medium=medium,
        subjects=((body, year),),
    )


def _day_after(year: int, random: Random) -> date:
    return date(year + 1, 1, 8) + timedelta(days=random.randrange(0, 75))
