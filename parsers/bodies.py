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
from dataclasses import dataclass
from typing import NamedTuple

from parsers.evidence import Hints, choose_region, told_regions, within
from parsers.model import Finding, Level, OrganType
from parsers.organs import ZONE, Organ, organ_without_place, read_organ
from parsers.regions import (
    FIRST_LIST,
    Region,
    ancestors_of,
    path_of,
    region_at,
    region_of,
    regions_called,
    stem_of,
)

_LONGEST_NAME = 60
# 国务院办公厅, 国家税务总局, 教育部 (but 宣传部 and 编辑部 are no ministries)
_NATIONAL = re.compile(
    r"国务院(?P<office>办公厅)?|国务院.{2,30}(?:办公室|委员会|局|组)|国家.{2,20}(?:局|委员会|委|署)"
    r"|(?:中华人民共和国)?(?:外交|国防|教育|科学技术|科技|工业和信息化|公安|国家安全|民政|司法|财政|人事"
    r"|人力资源和社会保障|劳动和社会保障|自然资源|国土资源|生态环境|环境保护|住房和城乡建设|建设|交通运输|交通"
    r"|铁道|水利|农业农村|农业|商务|文化和旅游|文化|卫生|退役军人事务|应急管理|信息产业|监察)部"
)
# 国家税务总局泰州市海陵区税务局, 中国人民银行泰州市中心支行: the region comes behind
_VERTICAL_HEAD = re.compile(
    r"国家(?:税务总局|统计局|外汇管理局|金融监督管理总局)(?=.)|中国(?:人民银行|银保监会)(?=.)"
    r"|中华人民共和国(?=.{2,6}海关)"
)
_TOWNSHIP_KIND = re.compile(r"街道|镇|乡(?!村)|苏木")
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

    @property
    def area(self) -> str | None:
        """Return the name of the region or township that the body is of: 平湖市, 平湖市乍浦镇."""
        if self.level != "township":
            return self.region_name
        return self.name.removesuffix("人民政府").removesuffix("办事处")


class Resolution(NamedTuple):
    """A body, or the finding that says why there is none."""

    match: BodyMatch | None
    finding: Finding | None = None


def resolve_body(name: str, hints: Hints | None = None) -> Resolution:
    """Return the body that a printed name means.

    An empty organ means the government: ``楚雄州`` is 楚雄彝族自治州人民政府.
    """
    hints = hints or Hints()
    printed = "".join(name.split())
    if len(printed) > _LONGEST_NAME:
        return _unknown(printed[:_LONGEST_NAME] + "…")
    vertical = _VERTICAL_HEAD.match(printed)
    start = vertical.end() if vertical else 0
    regions, end = _read_regions(printed, start, hints.year)
    if not regions:
        regions, end = _relative_region(printed, hints)
    if not regions and (placeless := organ_without_place(printed)):
        regions, end = _region_of_page(placeless, hints), 0
    if not regions:
        return _without_region(printed)
    organ = read_organ(_organ_text(printed, start, end))
    if organ is None:
        return _unknown(printed)
    chosen, evidence = choose_region(regions, hints)
    evidence = ("page", *evidence) if end == 0 else evidence
    if len(chosen) > 1:
        names = "、".join(f"{path_of(region)} {region.code}" for region in chosen)
        message = f"{printed}: the page does not tell which body is meant: {names}"
        return Resolution(None, Finding("body_ambiguous", "warning", message))
    return Resolution(_match(chosen[0], organ, evidence))


def government_of(code: str, year: int | None = None) -> BodyMatch | None:
    """Return the people's government of a region, or ``None`` for a code in no register."""
    region = region_of(code, year)
    return _match(region, Organ("人民政府", "government"), ("portal",)) if region else None


def _read_regions(printed: str, start: int, year: int | None) -> tuple[tuple[Region, ...], int]:
    """Return the regions that a name begins with, narrowed by those before, and where they end."""
    regions: tuple[Region, ...] = ()
    while named := region_at(printed, start):
        there = tuple(region for region in named.regions if not _is_still_zone(region, year))
        inside = within(there, regions) if regions else there
        # 海南省海南州 goes on; in 吉林市市区 the second word is no region of the first.
        if not inside:
            break
        regions, start = inside, named.end
    return (regions, start) if regions else _read_stem(printed, start)


def _is_still_zone(region: Region, year: int | None) -> bool:
    """Return whether a new district (滨海新区, 两江新区) was a zone without a code in the year."""
    if year is None or not region.name.endswith("新区"):
        return False
    return FIRST_LIST <= year < region.first_year


def _read_stem(printed: str, start: int) -> tuple[tuple[Region, ...], int]:
    """Return the regions of a bare name (萍乡教育局, 平潭综合实验区) that an organ follows."""
    for length in range(min(6, len(printed) - start), 1, -1):
        end = start + length
        regions = regions_called(printed[start:end])
        rest = printed[end:]
        # 城东街道 is no organ of 城东区.
        if regions and read_organ(rest) and not _TOWNSHIP_KIND.match(rest):
            return regions, end
    return (), start


def _relative_region(printed: str, hints: Hints) -> tuple[tuple[Region, ...], int]:
    """Return the page's own region of the kind that a name like 县政务公开办 begins with."""
    relative = _RELATIVE.match(printed)
    if relative is None:
        return (), 0
    level = _LEVEL_OF_KIND.get(relative["kind"])
    for code in told_regions(hints):
        for outer in (code, *ancestors_of(code)):
            region = region_of(outer, hints.year)
            if region and (region.level == level or (level is None and region.name.endswith("市"))):
                return (region,), relative.end()
    return (), 0


def _region_of_page(organ: Organ, hints: Hints) -> tuple[Region, ...]:
    """Return the page's own region for an organ without one; a township needs its county."""
    for code in told_regions(hints):
        region = region_of(code, hints.year)
        if region and (region.level == "county" or organ.level != "township"):
            return (region,)
    return ()


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
