"""Bodies: the organs whose work is reported, who sign for it, and who upload it.

Decides which region and which organ a printed name means, at which level, and by which
evidence where regions share a name.  Leaves to ``roles`` which of the printed names is the
subject.  Nothing is guessed: a name that several regions bear, with nothing on the page to
tell them apart, stays unresolved and gives a finding that names the candidates.

Zones (开发区, 新区) and townships have no code in the register: they are bodies under the
code of the region that their name begins with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from parsers.codes import registering_place, site_region
from parsers.model import Finding, Level, OrganType
from parsers.organs import ZONE, Organ, read_organ
from parsers.regions import (
    Named,
    Region,
    ancestors_of,
    find_regions,
    is_within,
    path_of,
    region_at,
    region_of,
    regions_called,
    stem_of,
)

_SPACES = re.compile(r"[\s\u3000\xa0]+")
_LONGEST_NAME = 60
# 国务院办公厅, 国家税务总局, 教育部 (but 宣传部 and 编辑部 are no ministries)
_NATIONAL = re.compile(
    r"国务院(?P<office>办公厅)?|国务院.{2,30}(?:办公室|委员会|局|组)|国家.{2,20}(?:局|委员会|委|署)"
    r"|(?:中华人民共和国)?(?:外交|国防|教育|科学技术|科技|工业和信息化|公安|国家安全|民政|司法|财政|人事"
    r"|人力资源和社会保障|劳动和社会保障|自然资源|国土资源|生态环境|环境保护|住房和城乡建设|建设|交通运输|交通"
    r"|铁道|水利|农业农村|农业|商务|文化和旅游|文化|卫生|退役军人事务|应急管理|信息产业|监察)部"
)
# 县政务公开办, 市人民政府办公室, 省教育厅: the region is the page's own
_RELATIVE = re.compile(
    r"(?P<kind>[省市县区州盟旗])(?=(?:人民)?政府|府办|政务公开|信息公开|.{1,12}[局委办厅会室]$)"
)
_LEVEL_OF_KIND = {
    "省": "province",
    "州": "prefecture",
    "盟": "prefecture",
    "县": "county",
    "区": "county",
    "旗": "county",
}
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

    ``portal_region`` is a GB/T 2260 code; ``text`` is the title and the head of the text.
    """

    text: str = ""
    year: int | None = None
    portal_region: str | None = None
    site_code: str | None = None
    index_number: str | None = None
    document_number: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class BodyMatch:
    """A resolved body; ``evidence`` tells what chose between regions of one name."""

    name: str
    organ: str
    level: Level
    organ_type: OrganType
    region_code: str | None
    region_name: str | None
    evidence: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """Return ``<GB/T 2260 code>/<organ>``; national bodies have no code."""
        return f"{self.region_code}/{self.organ}" if self.region_code else None


class Resolution(NamedTuple):
    """A body, or the finding that says why there is none."""

    match: BodyMatch | None
    finding: Finding | None = None


def resolve_body(name: str, hints: Hints | None = None) -> Resolution:
    """Return the body that a printed name means.

    An empty organ means the government: ``楚雄州`` is 楚雄彝族自治州人民政府.
    """
    hints = hints or Hints()
    printed = _SPACES.sub("", name)
    if len(printed) > _LONGEST_NAME:
        return _unknown(printed[:_LONGEST_NAME] + "…")
    vertical = re.match(r"国家(?:税务总局|统计局)(?=.)|中华人民共和国(?=.{2,6}海关)", printed)
    start = vertical.end() if vertical else 0
    regions, end = _read_regions(printed, start)
    if not regions:
        regions, end = _relative_region(printed, hints)
    if not regions:
        return _without_region(printed)
    organ = read_organ(_organ_text(printed, start, end))
    if organ is None:
        return _unknown(printed)
    chosen, evidence = _choose(regions, hints)
    if len(chosen) > 1:
        names = "、".join(f"{path_of(region)} {region.code}" for region in chosen)
        message = f"{printed}: the page does not tell which body is meant: {names}"
        return Resolution(None, Finding("body_ambiguous", "warning", message))
    return Resolution(_match(chosen[0], organ, evidence))


def government_of(code: str, year: int | None = None) -> BodyMatch | None:
    """Return the people's government of a region, or ``None`` for a code in no register."""
    region = region_of(code, year)
    return _match(region, Organ("人民政府", "government"), ("portal",)) if region else None


def signs_for_government(match: BodyMatch) -> bool:
    """Return whether a body signs and uploads on behalf of the government of its region."""
    return match.organ_type in {"general_office", "government"}


def _read_regions(printed: str, start: int) -> tuple[tuple[Region, ...], int]:
    """Return the regions that a name begins with, narrowed by those before, and where they end."""
    regions: tuple[Region, ...] = ()
    while named := region_at(printed, start):
        inside = _within(named.regions, regions) if regions else named.regions
        # 海南省海南州 goes on; in 吉林市市区 the second word is no region of the first.
        if not inside:
            break
        regions, start = inside, named.end
    return (regions, start) if regions else _read_stem(printed, start)


def _read_stem(printed: str, start: int) -> tuple[tuple[Region, ...], int]:
    """Return the regions of a bare name (萍乡教育局, 平潭综合实验区) that an organ follows."""
    for length in range(min(6, len(printed) - start), 1, -1):
        end = start + length
        regions = regions_called(printed[start:end])
        if regions and read_organ(printed[end:]):
            return regions, end
    return (), start


def _relative_region(printed: str, hints: Hints) -> tuple[tuple[Region, ...], int]:
    """Return the page's own region of the kind that a name like 县政务公开办 begins with."""
    relative = _RELATIVE.match(printed)
    if relative is None:
        return (), 0
    level = _LEVEL_OF_KIND.get(relative["kind"])
    for code in _told_regions(hints):
        for outer in (code, *ancestors_of(code)):
            region = region_of(outer, hints.year)
            if region and (region.level == level or (level is None and region.name.endswith("市"))):
                return (region,), relative.end()
    return (), 0


def _told_regions(hints: Hints) -> Iterator[str]:
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


def _organ_text(printed: str, start: int, end: int) -> str:
    """Return the organ's part of a name; 平潭综合实验区 and 南京海关 are names as a whole."""
    rest = printed[end:]
    by_stem = not region_at(printed, start)
    if rest.startswith("海关") or (by_stem and ZONE.fullmatch(rest)):
        return printed[start:]
    return rest


def _without_region(printed: str) -> Resolution:
    """Return a body that names no region: an organ of the state, or an unknown one."""
    national = _NATIONAL.fullmatch(printed)
    if national is None:
        return _unknown(printed)
    kind: OrganType = "general_office" if national["office"] else "department"
    kind = "government" if printed == "国务院" else kind
    return Resolution(BodyMatch(printed, printed, "national", kind, None, None))


def _unknown(printed: str) -> Resolution:
    message = f"{printed}: no organ of a region in the register is called so"
    return Resolution(None, Finding("body_unknown", "notice", message))


def _match(region: Region, organ: Organ, evidence: tuple[str, ...]) -> BodyMatch:
    return BodyMatch(
        organ.name if organ.name.startswith(stem_of(region)) else region.name + organ.name,
        organ.name,
        organ.level or region.level,
        organ.organ_type,
        region.code,
        region.name,
        evidence,
    )


def _choose(
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
    regions = stood or regions
    last = max(region.last_year for region in regions)
    newest = tuple(region for region in regions if region.last_year == last)
    same_place = len({region.code[:2] for region in regions}) == 1 and len(newest) == 1
    by_code = {region.code: region for region in (newest if same_place else regions)}
    return tuple(by_code.values())


def _within(regions: tuple[Region, ...], outer: tuple[Region, ...]) -> tuple[Region, ...]:
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
    prefix = _NUMBER_PREFIX.match(_SPACES.sub("", hints.document_number or ""))
    if prefix is None:
        return ()
    places = prefix["places"]

    def fits(region: Region) -> bool:
        above = [parent for code in ancestors_of(region.code) if (parent := region_of(code))]
        characters = "".join(stem_of(place) for place in (region, *above))
        characters += "".join(k for k, v in _PROVINCE_BY_CHARACTER.items() if v == region.code[:2])
        return all(character in characters for character in places)

    return tuple(region for region in regions if fits(region))


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
    "domain": _by_domain,
}
