"""Builds ``parsers/data/area_codes.csv``: which regions share a telephone area code.

Decides nothing about bodies: an area code only tells apart regions of one name.  Source: the
geographic prefixes of ``phonenumbers`` (Apache-2.0, after libphonenumber).  Run by hand::

    python -m scripts.build_area_codes
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from phonenumbers.geodata import GEOCODE_DATA

from parsers.regions import Region, is_within, regions_called, regions_named
from parsers.register import successors_of

TARGET = Path(__file__).parent.parent / "parsers" / "data" / "area_codes.csv"
COUNTRY = "86"
# Prefixes that begin with 1, but for 10, are mobile numbers.
MOBILE = "861"
BEIJING = "8610"
LONGEST = len("86") + 3
# Prefectures that the descriptions leave out (or misspell: 株州市), by the code that they share.
ADDED = {
    "0371": ("410200",), "0558": ("341600",), "0692": ("533100",), "0731": ("430200",),
    "0772": ("451300",), "0774": ("451100",), "0775": ("450800",), "0887": ("533400",),
    "0898": ("460300", "460400"), "0935": ("620300",), "0937": ("620200",),
}  # fmt: skip


def rows() -> Iterator[tuple[str, str]]:
    """Yield every area code, or the beginning that several share, with its regions."""
    for prefix, names in sorted(GEOCODE_DATA.items()):
        mobile = prefix.startswith(MOBILE) and prefix != BEIJING
        if not prefix.startswith(COUNTRY) or mobile or len(prefix) > LONGEST or "zh" not in names:
            continue
        area_code = "0" + prefix.removeprefix(COUNTRY)
        codes = {*regions_of(names["zh"]), *ADDED.get(area_code, ())}
        if codes:
            yield area_code, " ".join(sorted(codes))


def regions_of(printed: str) -> list[str]:
    """Return the codes of the places in ``辽宁省沈阳市、铁岭市``, as they stand now."""
    province = province_of(printed)
    codes = set()
    for place in printed.split("、"):
        name = _without(place, province) or place
        found = [r for r in (*regions_named(name), *regions_called(name)) if near(r, province)]
        highest = [r for r in found if r.level != "county"] or found
        if highest:
            region = max(highest, key=lambda region: region.last_year)
            codes.add((region.code, *successors_of(region.code))[-1])
    return sorted(codes)


def province_of(printed: str) -> Region:
    """Return the province that a description begins with."""
    for length in range(2, 9):
        for region in (*regions_named(printed[:length]), *regions_called(printed[:length])):
            if region.level == "province" and printed.startswith((region.name, stem(region))):
                return region
    raise ValueError(printed)


def _without(place: str, province: Region) -> str:
    for name in (province.name, stem(province)):
        if place.startswith(name):
            return place.removeprefix(name)
    return place


def stem(region: Region) -> str:
    """Return 内蒙古 of 内蒙古自治区."""
    return region.name[:3] if region.name[:1] in "内黑" else region.name[:2]


def near(region: Region, province: Region) -> bool:
    """Return whether a region is the province or lies in it."""
    return is_within(region.code, province.code)


if __name__ == "__main__":
    with TARGET.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("area_code", "regions"))
        writer.writerows(rows())
