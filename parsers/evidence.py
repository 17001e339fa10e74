"""What else a page says that tells regions of one name apart (鼓楼区, 城关区, 朝阳区).

Decides by parent, site code, index number, document number, telephone area code and domain,
the surest first, and says which of them it was.  What leaves several regions stays open.
Leaves to ``bodies`` what the name itself says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from parsers.codes import registering_place, site_region, telephone_regions
from parsers.regions import Named, Region, ancestors_of, find_regions, is_within, region_of, stem_of
from parsers.register import successors_of

# 甘政办发, 萍府办字, 泰海政办函: the places before 政 or 府
_NUMBER_PREFIX = re.compile(r"(?P<places>[\u4e00-\u9fff]{1,3}?)(?:政|府)")
# fmt: off
_PROVINCE_BY_CHARACTER = {
    "京": "11", "津": "12", "冀": "13", "晋": "14", "内": "15", "辽": "21", "吉": "22", "黑": "23",
    "沪": "31", "苏": "32", "浙": "33", "皖": "34", "闽": "35", "赣": "36", "鲁": "37", "豫": "41",
    "鄂": "42", "湘": "43", "粤": "44", "桂": "45", "琼": "46", "渝": "50", "川": "51", "黔": "52",
    "云": "53", "藏": "54", "陕": "61", "甘": "62", "青": "63", "宁": "64", "新": "65",
}
_PROVINCE_BY_DOMAIN = {
    "beijing": "11", "bj": "11", "tj": "12", "hebei": "13", "hebgov": "13", "shanxi": "14",
    "nmg": "15", "ln": "21", "jl": "22", "hlj": "23", "shanghai": "31", "sh": "31", "js": "32",
    "jiangsu": "32", "zj": "33", "ah": "34", "fujian": "35", "fj": "35", "jiangxi": "36",
    "jx": "36", "shandong": "37", "sd": "37", "henan": "41", "hubei": "42", "hunan": "43",
    "gd": "44", "gxzf": "45", "hainan": "46", "cq": "50", "sc": "51", "guizhou": "52", "yn": "53",
    "xizang": "54", "shaanxi": "61", "gansu": "62", "qinghai": "63", "qh": "63", "nx": "64",
    "xinjiang": "65", "xj": "65",
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Hints:
    """What else the page says about where it comes from; each may be missing.

    ``portal_region`` is a GB/T 2260 code; ``text`` is the title and the head of the text,
    ``whole`` all of it.
    """

    text: str = ""
    year: int | None = None
    portal_region: str | None = None
    site_code: str | None = None
    index_number: str | None = None
    document_number: str | None = None
    url: str | None = None
    whole: str = ""


def told_regions(hints: Hints) -> Iterator[str]:
    """Yield the codes of the regions that the hints name outright, best evidence first."""
    yield from (named.regions[0].code for named in _unique_names(hints.text))
    if hints.index_number and (place := registering_place(hints.index_number)):
        yield place
    if hints.site_code and (place := site_region(hints.site_code)):
        yield place
    if hints.portal_region and region_of(hints.portal_region):
        yield hints.portal_region


def _unique_names(text: str) -> Iterator[Named]:
    return (n for n in find_regions(text) if len({region.code for region in n.regions}) == 1)


def choose_region(
    regions: tuple[Region, ...], hints: Hints
) -> tuple[tuple[Region, ...], tuple[str, ...]]:
    """Return the regions that the hints leave, and the names of the hints that told them apart."""
    regions = _standing(regions, hints.year)
    evidence: list[str] = []
    for name, judge in _JUDGES.items():
        if len(regions) == 1:
            break
        left = judge(regions, hints)
        if 0 < len(left) < len(regions):
            regions = left
            evidence.append(name)
    return regions, tuple(evidence)


def _standing(regions: tuple[Region, ...], year: int | None) -> tuple[Region, ...]:
    """Return the regions that stood in the year; of one place under several codes the last."""
    stood = tuple(region for region in regions if year is not None and region.stood_in(year))
    by_code = {region.code: region for region in stood or regions}
    if len(by_code) == 1:
        return tuple(by_code.values())
    return tuple(
        region
        for code, region in by_code.items()
        if not any(later in by_code for later in successors_of(code))
    )


def within(regions: tuple[Region, ...], outer: tuple[Region, ...]) -> tuple[Region, ...]:
    """Return those regions that lie in one of ``outer``."""
    return tuple(
        r for r in regions if any(is_within(r.code, o.code) for o in outer if o.code != r.code)
    )


def _inside_code(regions: tuple[Region, ...], code: str | None) -> tuple[Region, ...]:
    """Return the regions in a code's division, or else those in its province."""
    if not code:
        return ()
    near = tuple(region for region in regions if is_within(region.code, code))
    return near or tuple(region for region in regions if region.code[:2] == code[:2])


def _by_index_number(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    return _inside_code(regions, registering_place(hints.index_number or ""))


def _by_site_code(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    return _inside_code(regions, site_region(hints.site_code or ""))


def _by_portal(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    return _inside_code(regions, hints.portal_region)


def _by_text(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    """Return the regions whose parent is named, first in the text where several are."""
    for named in _unique_names(hints.text):
        outer = named.regions[0].code
        left = tuple(r for r in regions if outer in ancestors_of(r.code) or r.code == outer)
        if left:
            return left
    return ()


def _by_document_number(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    """Return the regions whose names the number abbreviates: 泰海政办函 is 泰州 and 海陵."""
    prefix = _NUMBER_PREFIX.match("".join((hints.document_number or "").split()))
    if prefix is None:
        return ()
    places = prefix["places"]

    def fits(region: Region) -> bool:
        above = [parent for code in ancestors_of(region.code) if (parent := region_of(code))]
        characters = "".join(stem_of(place) for place in (region, *above))
        characters += "".join(k for k, v in _PROVINCE_BY_CHARACTER.items() if v == region.code[:2])
        return all(character in characters for character in places)

    return tuple(region for region in regions if fits(region))


def _by_telephone(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    """Return the regions that a printed telephone number can belong to (0523 is 泰州)."""
    for codes in telephone_regions(hints.whole):
        left = tuple(r for r in regions if any(is_within(r.code, code) for code in codes))
        if left:
            return left
    return ()


def _by_domain(regions: tuple[Region, ...], hints: Hints) -> tuple[Region, ...]:
    labels = (urlsplit(hints.url or "").hostname or "").split(".")
    codes = {_PROVINCE_BY_DOMAIN[label] for label in labels[:-2] if label in _PROVINCE_BY_DOMAIN}
    return tuple(region for region in regions if region.code[:2] in codes)


_Judge = Callable[[tuple[Region, ...], Hints], tuple[Region, ...]]
_JUDGES: dict[str, _Judge] = {
    "index_number": _by_index_number,
    "site_code": _by_site_code,
    "portal": _by_portal,
    "text": _by_text,
    "document_number": _by_document_number,
    "telephone": _by_telephone,
    "domain": _by_domain,
}
