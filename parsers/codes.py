"""Codes on a page: index numbers, document numbers, site codes, telephone area codes.

Decides whether a code is well formed, whether its check digit holds, and which region of the
register it points to.  Leaves to ``bodies`` how much that proves: a department may be registered
with the level above, and an area code covers whole prefectures.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from unicodedata import normalize

from parsers.regions import region_of

# 115323000151673132/2018-0111001: a unified code of an organ at the head of an index number
_UNIFIED_CODE = re.compile(r"(?<![0-9A-Z])11[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}(?![0-9A-Z])")
_CODE_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# 014416330/2018-04736, 115323000151673132/2018-0111001, 001000/2018-00003
_INDEX_NUMBER = re.compile(
    r"(?P<organ>[0-9A-Z]{3,18})[/-](?P<year>(?:19|20)[0-9]{2})(?P<month>[01][0-9])?"
    r"-(?P<serial>[0-9]{1,8})"
)
_ORGAN_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_OPEN, _CLOSE = r"[〔\[【(（〈﹝［]", r"[〕\]】)）〉﹞］]"
# 甘政办发〔2017〕136号, 赣府厅字[2017]50号, 某审[2011]第1号; without its brackets and sign 〔202130
_NUMBERED = re.compile(
    rf"(?P<prefix>[\u4e00-\u9fff]{{2,12}}){_OPEN}(?P<year>(?:19|20)\d\d){_CLOSE}?"
    r"第?(?P<number>\d{1,5})号?"
)
# 国务院令第492号, 某省人民政府令第12号
_ORDER = re.compile(r"(?P<prefix>[\u4e00-\u9fff]{2,20}令)第?(?P<number>\d{1,5})号")
# 2018年第3号公告, 某市人民政府公告2018年第3号
_ANNOUNCEMENT = re.compile(
    r"(?P<prefix>[\u4e00-\u9fff]{0,20})(?P<year>(?:19|20)\d\d)年第?(?P<number>\d{1,5})号"
    r"(?P<kind>公告|通告|令)?"
)
# 联系电话:0523-86236519, (0523)86236519, 0523 86236519
_TELEPHONE = re.compile(
    r"(?<![0-9])[(（]?(?P<area>0(?:10|2[0-9]|[3-9][0-9]{2}))[)）\-－—–\s]{1,2}[1-9][0-9]{6,7}(?![0-9])"
)


class IndexNumber(NamedTuple):
    """An index number taken apart.

    ``holds`` says whether the check digit of its organ's code agrees; ``None`` where the code
    is a local one that has no check digit.  ``region`` is a division of the register.
    """

    organ: str
    year: int
    serial: str
    holds: bool | None
    region: str | None


class DocumentNumber(NamedTuple):
    """A document number taken apart; an order (国务院令第492号) has no year."""

    prefix: str
    year: int | None
    number: int
    normal: str


def normal_index_number(printed: str) -> str:
    """Return an index number as it can be compared: half-width capitals without spaces."""
    return normalize("NFKC", "".join(printed.split())).upper()


def normal_document_number(printed: str) -> str | None:
    """Return the normal form of a document number, ``None`` for what is none."""
    found = read_document_number(printed)
    return found.normal if found else None


def read_index_number(printed: str) -> IndexNumber | None:
    """Return the parts of an index number, or ``None`` for one of no national grammar.

    A front of 9 characters may be an organisation code (GB 11714) or a local number: only
    one whose check digit holds is told from a local one.  Source: GB 32100-2015, GB 11714-1997.
    """
    found = _INDEX_NUMBER.fullmatch(normal_index_number(printed))
    if found is None:
        return None
    organ = found["organ"]
    holds: bool | None = None
    if len(organ) == 18:
        holds = _unified_holds(organ)
    elif len(organ) == 9 and _organ_code_holds(organ):
        holds = True
    region = organ[2:8] if holds and len(organ) == 18 and region_of(organ[2:8]) else None
    return IndexNumber(organ, int(found["year"]), found["serial"], holds, region)


def read_document_number(printed: str) -> DocumentNumber | None:
    """Return the parts of a document number and its normal form, or ``None`` for no number.

    ``"赣府厅发[2017] 1 号"`` gives ``赣府厅发〔2017〕1号``; so does one that has lost a bracket.
    """
    bare = "".join(printed.split())
    if found := _NUMBERED.fullmatch(bare):
        year, number = int(found["year"]), int(found["number"])
        return DocumentNumber(
            found["prefix"], year, number, f"{found['prefix']}〔{year}〕{number}号"
        )
    if found := _ORDER.fullmatch(bare):
        number = int(found["number"])
        return DocumentNumber(found["prefix"], None, number, f"{found['prefix']}第{number}号")
    if found := _ANNOUNCEMENT.fullmatch(bare):
        year, number = int(found["year"]), int(found["number"])
        prefix, kind = found["prefix"], found["kind"] or ""
        if prefix or kind:
            return DocumentNumber(
                prefix or kind, year, number, f"{prefix}{year}年第{number}号{kind}"
            )
    return None


def registering_place(index_number: str) -> str | None:
    """Return the GB/T 2260 code inside the unified code of an index number, check digit verified.

    ``"115323000151673132/2018-0111001"`` gives ``532300``.  A department may be registered with
    the level above: evidence, not proof.  Source: GB 32100-2015.
    """
    for match in _UNIFIED_CODE.finditer(index_number.upper()):
        code = match.group()
        if _unified_holds(code) and region_of(code[2:8]):
            return code[2:8]
    return None


def site_region(site_code: str) -> str | None:
    """Return the division in the first six digits of a site code, if there is such a division.

    ``"1304000009"`` gives ``130400``; ``"3590000001"`` gives ``None``.
    """
    code = site_code.strip()[:6]
    return code if region_of(code) else None


def telephone_regions(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the regions of every telephone number with an area code: 0523 is 泰州市."""
    known = _area_codes()
    for match in _TELEPHONE.finditer(text):
        area = match["area"]
        regions = known.get(area) or known.get(area[:3]) or known.get(area[:2])
        if regions:
            yield regions


def _unified_holds(code: str) -> bool:
    if any(digit not in _CODE_DIGITS for digit in code):
        return False
    total = sum(_CODE_DIGITS.index(digit) * pow(3, i, 31) for i, digit in enumerate(code[:17]))
    return _CODE_DIGITS[-total % 31] == code[17]


def _organ_code_holds(code: str) -> bool:
    """Return whether the ninth character checks the eight before it (A is 10, Z is 35)."""
    total = sum(
        int(digit, 36) * weight for digit, weight in zip(code, _ORGAN_WEIGHTS, strict=False)
    )
    return "0X987654321"[total % 11] == code[8]


@cache
def _area_codes() -> Mapping[str, tuple[str, ...]]:
    with files("parsers").joinpath("data/area_codes.csv").open(encoding="utf-8") as lines:
        return {row["area_code"]: tuple(row["regions"].split()) for row in csv.DictReader(lines)}
