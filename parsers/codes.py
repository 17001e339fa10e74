"""Codes on a page that point to a region: unified codes in index numbers, site codes.

Decides whether a code is well formed and in the register.  Leaves to ``bodies`` how much it
proves: a department may be registered with the level above.
"""

from __future__ import annotations

import re

from parsers.regions import region_of

# 115323000151673132/2018-0111001: a unified code of an organ at the head of an index number
_UNIFIED_CODE = re.compile(r"(?<![0-9A-Z])11[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}(?![0-9A-Z])")
_CODE_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def registering_place(index_number: str) -> str | None:
    """Return the GB/T 2260 code inside the unified code of an index number, check digit verified.

    ``"115323000151673132/2018-0111001"`` gives ``532300``.  A department may be registered with
    the level above: evidence, not proof.  Source: GB 32100-2015.
    """
    for match in _UNIFIED_CODE.finditer(index_number.upper()):
        code = match.group()
        total = sum(_CODE_DIGITS.index(digit) * pow(3, i, 31) for i, digit in enumerate(code[:17]))
        if _CODE_DIGITS[-total % 31] == code[17] and region_of(code[2:8]):
            return code[2:8]
    return None


def site_region(site_code: str) -> str | None:
    """Return the division in the first six digits of a site code, if there is such a division.

    ``"1304000009"`` gives ``130400``; ``"3590000001"`` gives ``None``.
    """
    code = site_code.strip()[:6]
    return code if region_of(code) else None
