"""Organs: what stands behind the name of a region in the name of a body.

Decides which kind of organ the words name (government, its office, department, vertical body,
institution) and whether they make the body a zone or a township.  Leaves regions to ``bodies``.
"""

from __future__ import annotations

import re
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
    r"|检验检疫|调查总?队|煤矿安全监察|外汇管理|金融监督管理局"
)
_INSTITUTION = re.compile(r"(?:中心|医院|大学|学院|学校|研究院|研究所|公司|馆|集团|联合会|总工会)$")
_DEPARTMENT = re.compile(
    r"(?:局|委|委员会|厅|办|办公室|办公厅|院|处|站|支队|大队|总队|组|科|部|署)$"
)
# 综合实验区, 经济技术开发区管委会, 工业园区管理委员会办公室, 新区
ZONE = re.compile(
    r"(?P<zone>[\u4e00-\u9fff]{0,14}?(?:开发区|实验区|试验区|示范区|工业园区|产业园区|科技园区|园区"
    r"|工业园|产业园|度假区|保税港?区|名胜区|风景区|管理区|合作区|高新区|经开区|新区|新城))"
    r"(?P<board>(?:党工委)?(?:管理?委(?:员)?会)?)(?P<office>(?:党政)?办公?室?)?"
)
# 城东街道办事处, 大通镇人民政府, 下窝乡
_TOWNSHIP = re.compile(
    r"(?P<place>[\u4e00-\u9fff]{1,10}?(?P<kind>街道|镇|乡|苏木))"
    r"(?:人民政府|政府|办事处|街道办|街道办事处|办)?(?P<office>(?:党政)?办公室)?"
)

# 发改委, 发展改革委 and 发展和改革委员会 are one organ: the usual short words by the full ones.
_FULL_WORDS = {
    "发改": "发展和改革",
    "发展改革": "发展和改革",
    "人社": "人力资源和社会保障",
    "住建": "住房和城乡建设",
    "城建": "城乡建设",
    "国资": "国有资产监督管理",
    "卫计": "卫生和计划生育",
    "卫生计生": "卫生和计划生育",
    "卫健": "卫生健康",
    "工信": "工业和信息化",
    "经信": "经济和信息化",
    "环保": "环境保护",
    "国土": "国土资源",
    "安监": "安全生产监督管理",
    "食药监": "食品药品监督管理",
    "市监": "市场监督管理",
    "市场监管": "市场监督管理",
    "质监": "质量技术监督",
    "工商": "工商行政管理",
    "城管": "城市管理",
    "民宗": "民族宗教事务",
    "文广新": "文化广电新闻出版",
    "教": "教育",
    "农": "农业",
}
_SHORT_DEPARTMENT = re.compile(rf"(?P<word>{'|'.join(_FULL_WORDS)})(?P<kind>局|厅|委|委员会)")


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
    return Organ(_full_department(text), "department") if _DEPARTMENT.search(text) else None


def _full_department(text: str) -> str:
    """Return the full name of a department: 发改委 is 发展和改革委员会."""
    if short := _SHORT_DEPARTMENT.fullmatch(text):
        text = _FULL_WORDS[short["word"]] + short["kind"]
    return text + "员会" if text.endswith("委") and len(text) > 2 else text
