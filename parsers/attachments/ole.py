"""The directory of an OLE file (old Office): which streams lie at its root.

Only the root counts: a workbook may hold a Word file inside, and is a workbook.
Source: [MS-CFB], compound file binary format.
"""

from __future__ import annotations

import struct

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_ENTRY = 128
_LAST = 0xFFFFFFFA  # numbers from here on are marks, not sectors
_MAX_SECTORS = 4096
_ENCRYPTED_WORD = 0x0100
_WORD_FLAGS = 10


def root_streams(body: bytes) -> dict[str, int]:
    """The names at the root of an OLE file with their first sectors; empty where damaged."""
    if len(body) < _HEADER or not body.startswith(SIGNATURE):
        return {}
    size = _sector_size(body)
    entries: list[bytes] = []
    sector = int.from_bytes(body[48:52], "little")
    for _ in range(_MAX_SECTORS):
        at = (sector + 1) * size
        if sector >= _LAST or at + size > len(body):
            break
        entries += (body[i : i + _ENTRY] for i in range(at, at + size, _ENTRY))
        sector = _next_sector(body, sector, size)
    return _children(entries)


def is_locked_word(body: bytes) -> bool:
    """Whether a Word file says that it is encrypted."""
    sector = root_streams(body).get("WordDocument")
    if sector is None:
        return False
    at = (sector + 1) * _sector_size(body) + _WORD_FLAGS
    return bool(int.from_bytes(body[at : at + 2], "little") & _ENCRYPTED_WORD)


def _sector_size(body: bytes) -> int:
    return 1 << min(max(int.from_bytes(body[30:32], "little"), 7), 16)


def _next_sector(body: bytes, sector: int, size: int) -> int:
    """The next sector of a chain, from the part of the table that the header names."""
    page, entry = divmod(sector, size // 4)
    if page >= 109:
        return _LAST
    table = int.from_bytes(body[76 + 4 * page : 80 + 4 * page], "little")
    at = (table + 1) * size + 4 * entry
    if table >= _LAST or at + 4 > len(body):
        return _LAST
    return int.from_bytes(body[at : at + 4], "little")


def _children(entries: list[bytes]) -> dict[str, int]:
    """The children of the root: a tree of entries that name their left and right."""
    if not entries:
        return {}
    names: dict[str, int] = {}
    seen: set[int] = set()
    waiting = [int.from_bytes(entries[0][76:80], "little")]
    while waiting:
        number = waiting.pop()
        if number >= len(entries) or number in seen:
            continue
        seen.add(number)
        entry = entries[number]
        length = max(0, min(int.from_bytes(entry[64:66], "little"), 64) - 2)
        start, left, right = struct.unpack("<I", entry[116:120]) + struct.unpack(
            "<II", entry[68:76]
        )
        names[entry[:length].decode("utf-16-le", "replace")] = start
        waiting += (left, right)
    return names
