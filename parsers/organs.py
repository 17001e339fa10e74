"""Organs: what stands behind the name of a region in the name of a body.

Decides which kind of organ the words name (government, its office, department, vertical body,
institution), which full name a short one stands for (``parsers/data/organs.toml``), and whether
they make the body a zone or a township.  Leaves regions to ``bodies``.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from parsers.model import Level, OrganType

_GOVERNMENT = re.compile(r"(?:人民)?(?:政府)?")
# 人民政府办公室, 政府办, 人民政府办公厅, 府办
_GENERAL_OFFICE = re.compile(r"(?:人民政府|政府|府)?办公?(?P<kind>[室厅])?")
# 政务公开办, 政府信息公开工作领导小组办公室, 政府办公室信息公开科: it signs for its government
_DISCLOSURE_OFFICE = re.compile(
    r"(?:.{0,10}(?:政务|信息)公开.{0,14}(?:办公室|办|小组|科|处)|电子政务.{0,4}办(?:公室)?)"
)
_VERTICAL = re.compile(
    r"税务|国税|地税|海关|气象局|烟草专卖|邮政管理|人民银行|银保监|银监|证监|保监|通信管理局|海事局"
    r"|检验检疫|调查总?队|煤矿安全监察|矿山安全监察|外汇管理|金融监督?管理?总局|监管分局|支行$"
)
_INSTITUTION = re.compile(r"(?:中心|医院|大学|学院|学校|研究院|研究所|公司|馆|集团|联合会|总工会)$")
_DEPARTMENT = re.compile(
    r"(?:局|委|委员会|厅|办|办公厅|室|院|处|站|支队|大队|总队|组|科|部|署|供销社|残联)$"
)
# 综合实验区, 经济技术开发区管委会, 工业园区管理委员会办公室, 新区
ZONE = re.compile(
    r"(?P<zone>[\u4e00-\u9fff]{0,14}?(?:开发区|实验区|试验区|示范区|工业园区|产业园区|科技园区|园区"
    r"|工业园|产业园|度假区|保税港?区|名胜区|风景区|管理区|合作区|高新区|经开区|经济区|生态城|科技城|科学城|物流园|新区|新城))"
    r"(?P<board>(?:党工委)?(?:管理?委(?:员)?会)?)(?P<office>(?:党政)?办公?室?)?"
)
# 城东街道办事处, 大通镇人民政府, 下窝乡
_TOWNSHIP = re.compile(
    r"(?P<place>[\u4e00-\u9fff]{1,10}?(?P<kind>街道|镇|乡|苏木))"
    r"(?:人民政府|政府|办事处|街道办|街道办事处|办)?(?P<office>(?:党政)?办公室)?"
)


class Organ(NamedTuple):
    """An organ by its normal name; ``level`` only where it is not that of the region."""

    name: str
    organ_type: OrganType
    level: Level | None = None


def read_organ(text: str) -> Organ | None:
    """Return the organ that stands behind a region's name, or ``None`` where it is none."""
    if _GOVERNMENT.fullmatch(text):
        return Organ("人民政府", "government")
    if office := _GENERAL_OFFICE.fullmatch(text):
        return Organ(f"人民政府办公{office['kind'] or '室'}", "general_office")
    if _DISCLOSURE_OFFICE.fullmatch(text):
        return Organ(text, "general_office")
    if _VERTICAL.search(text):
        return Organ(text, "vertical")
    if zone := ZONE.fullmatch(text):
        board = zone["zone"] + "管委会"
        if zone["office"]:
            return Organ(board + "办公室", "general_office", "zone")
        return Organ(board, "government", "zone")
    if town := _TOWNSHIP.fullmatch(text):
        kind = "办事处" if town["kind"] == "街道" else "人民政府"
        return Organ(town["place"] + kind, "government", "township")
    text = text.removeprefix("人民政府")
    if _INSTITUTION.search(text):
        return Organ(text, "institution")
    if not _DEPARTMENT.search(text):
        return None
    zone = ZONE.match(text)
    if zone and not zone["board"]:
        return Organ(zone["zone"] + full_name(text[zone.end("zone") :]), "department", "zone")
    return Organ(full_name(text), "department")


def full_name(text: str) -> str:
    """Return the full name of a department: 发改委 is 发展和改革委员会."""
    known = _known_names()
    if text in known.names:
        return known.names[text]
    if found := known.short.fullmatch(text):
        text = known.words[found["word"]] + found["kind"]
    return text + "员会" if text.endswith("委") and len(text) > 2 else text


def organ_without_place(text: str) -> Organ | None:
    """Return the organ of a name that tells no region: 教育局, a township, a zone; else ``None``."""
    organ = read_organ(text)
    if organ is None or organ.level in ("township", "zone"):
        return organ
    return organ if _known_names().usual.fullmatch(text) else None


class _Known(NamedTuple):
    words: dict[str, str]
    names: dict[str, str]
    short: re.Pattern[str]
    usual: re.Pattern[str]


@cache
def _known_names() -> _Known:
    """Return short words, short names, and the patterns of short and of usual departments."""
    data = tomllib.loads(files("parsers").joinpath("data/organs.toml").read_text("utf-8"))
    words, names = dict(data["words"]), dict(data["names"])
    usual = "|".join(map(re.escape, data["usual"].split()))
    either = "|".join(map(re.escape, words))
    return _Known(
        words,
        names,
        re.compile(rf"(?P<word>{either})(?P<kind>局|厅|委|委员会)"),
        re.compile(rf"(?:{usual})(?:局|委|委员会)"),
    )
