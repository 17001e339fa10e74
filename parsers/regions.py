"""The register of administrative divisions (行政区划), GB/T 2260, lists of 2002 to 2026.

Decides what a region is called, in full and in short (楚雄彝族自治州, 楚雄州, 楚雄), and
where regions are named in a text.  Leaves to ``bodies`` which of several regions of one name
is meant, and to ``register`` what became of a region.  Source: ``parsers/data/regions.csv``,
built by ``scripts/build_regions.py``.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, cast

RegionLevel = Literal["province", "prefecture", "county"]

FIRST_LIST, LAST_LIST = 2002, 2026

# 楚雄彝族自治州, 巴音郭楞蒙古自治州, 龙胜各族自治县: the peoples between place and kind
_PEOPLES = re.compile(
    r"(?:(?:保安|布朗|布依|朝鲜|傣|达斡尔|侗|东乡|独龙|鄂温克|仡佬|哈尼|回|景颇|拉祜|黎|傈僳|满"
    r"|毛南|蒙古|苗|仫佬|纳西|怒|普米|羌|撒拉|畲|水|土家|土|佤|瑶|彝|裕固|藏|壮|白|各|哈萨克)族"
    r"|蒙古|哈萨克|柯尔克孜|维吾尔|塔吉克|锡伯)*自治(?P<kind>[区州县旗])$"
)
_KIND = re.compile(r"(?:省|市|地区|特别行政区|新区|林区|特区|区|县|州|盟|[左右前后中]?旗)$")
# Names that are also common words; in running text they count only behind their parent.
_COMMON_WORDS = frozenset(
    {"城区", "郊区", "矿区", "新城区", "东城区", "西城区", "城中区", "市中区"}
)


@dataclass(frozen=True, slots=True)
class Region:
    """A division under one name.

    A ``first_year`` of ``FIRST_LIST`` means that it may be older, a ``last_year`` of
    ``LAST_LIST`` that it may still stand.
    """

    code: str
    name: str
    parent: str | None
    level: RegionLevel
    first_year: int
    last_year: int

    def stood_in(self, year: int) -> bool:
        """Return whether the division had this code and name in ``year``."""
        return self.first_year <= min(max(year, FIRST_LIST), LAST_LIST) <= self.last_year


class Named(NamedTuple):
    """A place of a text that names a region; several where regions share the name."""

    start: int
    end: int
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class _Register:
    by_code: Mapping[str, tuple[Region, ...]]
    by_name: Mapping[str, tuple[Region, ...]]
    by_stem: Mapping[str, tuple[Region, ...]]
    lengths: Mapping[str, tuple[int, ...]]


def region_of(code: str, year: int | None = None) -> Region | None:
    """Return the region with a code, under its name of ``year`` or its last name."""
    known = _register().by_code.get(code, ())
    for region in known:
        if year is not None and region.stood_in(year):
            return region
    return known[-1] if known else None


def all_regions() -> Iterator[Region]:
    """Yield every division under every name that it has had, in order of code and year."""
    for known in _register().by_code.values():
        yield from known


def regions_named(name: str) -> tuple[Region, ...]:
    """Return the regions with a full name or an official short one (楚雄州), in code order."""
    return _register().by_name.get(name, ())


def regions_called(stem: str) -> tuple[Region, ...]:
    """Return the regions with a bare name (海陵, 甘肃); the province where there is one."""
    found = _register().by_stem.get(stem, ())
    provinces = tuple(region for region in found if region.level == "province")
    return provinces or found


def stem_of(region: Region) -> str:
    """Return the bare name of a region: 海陵 of 海陵区, 楚雄 of 楚雄彝族自治州."""
    return short_names(region.name)[-1]


@cache
def ancestors_of(code: str) -> tuple[str, ...]:
    """Return the codes above ``code``, nearest first, without itself."""
    region = region_of(code)
    if region is None or region.parent is None:
        return ()
    return (region.parent, *ancestors_of(region.parent))


def is_within(code: str, outer: str) -> bool:
    """Return whether a region is ``outer`` or lies in it."""
    return code == outer or outer in ancestors_of(code)


def path_of(region: Region) -> str:
    """Return the name with those above it: 江苏省泰州市海陵区."""
    above = [region_of(code, region.last_year) for code in reversed(ancestors_of(region.code))]
    return "".join(parent.name for parent in above if parent) + region.name


def region_at(text: str, start: int) -> Named | None:
    """Return the longest region name that begins at ``start``, or ``None``."""
    register = _register()
    for length in register.lengths.get(text[start : start + 2], ()):
        regions = register.by_name.get(text[start : start + length])
        if regions:
            return Named(start, start + length, regions)
    return None


def find_regions(text: str, start: int = 0, end: int | None = None) -> Iterator[Named]:
    """Yield the regions named in a running text, in order, without overlaps.

    Names of two characters and common words (和县, 城区) count only right behind their parent.
    """
    place, stop = start, len(text) if end is None else end
    last = Named(-1, -1, ())
    while place < stop:
        named = region_at(text, place)
        if named and _is_doubtful(text[place : named.end]):
            named = _behind_parent(named, last)
        if named:
            yield named
            last = named
        place = named.end if named else place + 1


def _is_doubtful(name: str) -> bool:
    return len(name) == 2 or name in _COMMON_WORDS


def _behind_parent(named: Named, last: Named) -> Named | None:
    """Return ``named`` with the regions inside the one printed right before it, if any."""
    if named.start != last.end:
        return None
    inside = tuple(
        region
        for region in named.regions
        if any(is_within(region.code, outer.code) for outer in last.regions)
    )
    return named._replace(regions=inside) if inside else None


@cache
def _register() -> _Register:
    by_code: defaultdict[str, list[Region]] = defaultdict(list)
    by_name: defaultdict[str, list[Region]] = defaultdict(list)
    by_stem: defaultdict[str, list[Region]] = defaultdict(list)
    for region in _rows():
        by_code[region.code].append(region)
        *names, stem = short_names(region.name)
        for name in names:
            by_name[name].append(region)
        by_stem[stem].append(region)
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for name in by_name:
        lengths[name[:2]].add(len(name))
    return _Register(
        {code: tuple(regions) for code, regions in by_code.items()},
        {name: tuple(regions) for name, regions in by_name.items()},
        {stem: tuple(regions) for stem, regions in by_stem.items()},
        {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()},
    )


def _rows() -> Iterator[Region]:
    with files("parsers").joinpath("data/regions.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield Region(
                row["code"],
                row["name"],
                row["parent"] or None,
                cast("RegionLevel", row["level"]),
                int(row["first_year"]),
                int(row["last_year"]),
            )


def short_names(name: str) -> tuple[str, ...]:
    """Return the full name, the official short form where there is one, and the stem last."""
    peoples = _PEOPLES.search(name)
    if peoples:
        # 内蒙古自治区 and 东乡族自治县 are called after the people alone.
        stem = name[: peoples.start()] if peoples.start() >= 2 else name[:-3].removesuffix("族")
        # 内蒙古自治区 is written 内蒙古, never 内蒙古区.
        return (name, stem) if peoples["kind"] == "区" else (name, stem + peoples["kind"], stem)
    stem = _KIND.sub("", name)
    return (name, stem if len(stem) >= 2 else name)
