"""Reads ISO-2022-CN and HZ: Chinese in seven bits, switched on and off by escapes.

This module decides what the escapes mean; that the source is in such an encoding is decided
by ``parsers.charset``, from its declaration and the escapes themselves. The two planes of
CNS 11643 hold the characters of Big5 in nearly the same order, so they are read through it.

Source: RFC 1922 (ISO-2022-CN), RFC 1843 (HZ).
"""

from __future__ import annotations

import re
from bisect import bisect_right

# ESC $ ) A  designates GB 2312, ESC $ ) G  plane 1 of CNS 11643, ESC $ * H  its plane 2;
# ESC N calls one character of plane 2; 0E and 0F switch between Chinese and ASCII.
_TOKEN = re.compile(
    rb"\x1b\$\)(?P<first>.)|\x1b\$[*+](?P<second>.)|\x1bN(?P<single>..)|(?P<shift>[\x0e\x0f])"
    rb"|(?P<line>\r?\n)",
    re.DOTALL,
)
_GB2312 = b"A"
_UNASSIGNED = -1
# Where a run of CNS 11643 begins (94 a row), and the place in Big5 (157 a row) it begins at.
_RUNS = {
    b"G": (
        (0, 0), (73, 74), (74, 73), (75, 75), (127, 128), (128, 127), (129, 129), (148, 149),
        (149, 148), (150, 150), (154, _UNASSIGNED), (155, 21), (156, 156), (234, _UNASSIGNED),
        (282, 234), (456, _UNASSIGNED), (3290, 471), (4702, 1884), (5126, 1883), (5127, 2308),
        (7003, 4571), (7004, 4184), (7391, 4572), (7916, 5286), (7917, 5097), (8106, 5287),
        (8190, 5517), (8191, 5371), (8245, 5426), (8246, 5425), (8247, 5427), (8337, 5518),
        (8691, _UNASSIGNED),
    ),
    b"H": (
        (0, 6280), (10, 6291), (43, 6372), (44, 6324), (92, 6373), (138, 6586), (139, 6419),
        (306, 6587), (2146, 9074), (2147, 8428), (2255, 8537), (2792, 8427), (2793, 9075),
        (2893, 8536), (2894, 9175), (3293, 9575), (4930, 11761), (4931, 11212), (5077, 11899),
        (5078, 11358), (5365, 12508), (5366, 11645), (5482, 11762), (5619, 11900),
        (5723, 12425), (5724, 12004), (5946, 12227), (6144, 12426), (6226, 12509),
        (6312, 12226), (6313, 12595), (6321, 12604), (6474, 12758), (6530, 13114),
        (6531, 12814), (6644, 12603), (6645, 12927), (6787, 12757), (6788, 13069),
        (6833, 13115), (6904, 13380), (6905, 13186), (7099, 13381), (7589, 13914),
        (7590, 13871), (7633, 13915), (7634, 13917), (7645, 13916), (7646, 13928),
        (7650, _UNASSIGNED),
    ),
}  # fmt: skip


def has_escapes(body: bytes, encoding: str) -> bool:
    """Tell whether a source holds the escapes of the seven-bit encoding it declares."""
    if encoding == "hz":
        return b"~{" in body
    return b"\x1b$)" in body and b"\x0e" in body


def read_escapes(body: bytes, encoding: str) -> tuple[str, int]:
    """Return the text and the number of bytes that are no character."""
    if encoding == "hz":
        text = body.decode("hz", "replace")
        return text, text.count("\ufffd")
    return _read_iso2022(body)


def _read_iso2022(body: bytes) -> tuple[str, int]:
    parts: list[str] = []
    lost = at = 0
    designated, shifted = b"", False
    for token in _TOKEN.finditer(body):
        text, missing = _read_run(body[at : token.start()], designated if shifted else b"")
        parts.append(text)
        lost += missing
        at = token.end()
        if token["first"]:
            designated = token["first"]
        elif token["shift"]:
            shifted = token["shift"] == b"\x0e"
        elif token["line"]:  # the end of a line takes everything back
            designated, shifted = b"", False
            parts.append(token["line"].decode("ascii"))
        elif token["single"]:
            text, missing = _read_run(token["single"], b"H")
            parts.append(text)
            lost += missing
    text, missing = _read_run(body[at:], designated if shifted else b"")
    return "".join([*parts, text]), lost + missing


def _read_run(run: bytes, designated: bytes) -> tuple[str, int]:
    """Return the text of bytes between two escapes: ASCII where nothing is designated."""
    if not designated:
        text = run.decode("ascii", "replace")
        return text, text.count("\ufffd")
    if designated == _GB2312:
        text = bytes(byte | 0x80 for byte in run).decode("gb2312", "replace")
    elif designated in _RUNS:
        text = "".join(_read_cns(run[at : at + 2], designated) for at in range(0, len(run), 2))
    else:
        text = "\ufffd" * len(run[::2])
    return text, 2 * text.count("\ufffd")


def _read_cns(pair: bytes, plane: bytes) -> str:
    """Return the character of two bytes in a plane of CNS 11643."""
    if len(pair) < 2 or not all(0x21 <= byte <= 0x7E for byte in pair):
        return "\ufffd"
    place = (pair[0] - 0x21) * 94 + pair[1] - 0x21
    runs = _RUNS[plane]
    first, start = runs[bisect_right(runs, (place, 1 << 20)) - 1]
    if start == _UNASSIGNED:
        return "\ufffd"
    row, column = divmod(start + place - first, 157)
    return bytes((row + 0xA1, column + (0x40 if column < 63 else 0x62))).decode("big5", "replace")
