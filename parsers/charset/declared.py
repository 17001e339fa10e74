"""Which encodings a source declares, where it says so, and what we call them.

This module decides what counts as a declaration: the header, an XML declaration, a ``meta``
element that stands in no script and no comment. Whether a declaration is true is left to
``evidence``.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import NamedTuple

_NAMES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "euc-cn": "gb18030",
    "x-euc-cn": "gb18030",
    "gb_2312-80": "gb18030",
    "gb-2312": "gb18030",
    "gb": "gb18030",
    "zh-cn": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "utf8": "utf-8",
    "unicode": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "windows-1252": "cp1252",
    "hz": "hz",
    "hz-gb-2312": "hz",
    "iso-2022-cn": "iso-2022-cn",
    "iso-2022-cn-ext": "iso-2022-cn",
    "csiso2022cn": "iso-2022-cn",
}
# iso8859-5 · cp1251 · shift_jis · euc_kr: what pages declare and Python decodes
_FOREIGN = re.compile(
    r"iso8859-\d+|cp(?:125\d|874|932|949)|koi8-[ru]|shift_jis|euc_(?:jp|kr)|mac-\w+"
)
# charset=gb2312 · charset="utf-8"
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# <?xml version="1.0" encoding="GB2312"?>
_IN_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,100}?\bencoding\s*=\s*[\"']([\w.:-]+)")
# charset=gbk · charset = "gb2312" · charset='utf-8
_IN_META = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)")

_HEAD = 16384  # bytes in which a declaration may stand
_MOST_LOOKS = 300
_FARTHEST = 300  # bytes from the start of a meta element to its charset


class Declaration(NamedTuple):
    """One declared encoding: where, as printed, and our name for it if it is one."""

    place: str
    printed: str
    encoding: str | None

    @property
    def note(self) -> str:
        """Return the declaration in words."""
        return f"{self.place} declares {self.printed.lower()}"


def find_declarations(body: bytes, content_type: str | None) -> list[Declaration]:
    """Return the encodings declared, the header first."""
    found: list[tuple[str, str]] = []
    if content_type and (header := _IN_HEADER.search(content_type)):
        found.append(("header", header[1]))
    if xml := _IN_XML.match(body[:_HEAD].removeprefix(codecs.BOM_UTF8)):
        found.append(("xml declaration", xml[1].decode("ascii", "replace")))
    if meta := _find_meta(body[:_HEAD].lower()):
        found.append(("meta", meta))
    return [Declaration(place, name, _canonical(name)) for place, name in found]


def _find_meta(head: bytes) -> str | None:
    """Return the charset of the first meta element outside scripts and comments."""
    at = -1
    for _ in range(_MOST_LOOKS):
        at = head.find(b"charset", at + 1)
        if at < 0:
            return None
        tag = head.rfind(b"<", max(0, at - _FARTHEST), at)
        if tag < 0 or not head.startswith(b"<meta", tag) or b">" in head[tag:at]:
            continue
        hidden = any(
            head.rfind(opens, 0, tag) > head.rfind(closes, 0, tag)
            for opens, closes in ((b"<script", b"</script"), (b"<!--", b"-->"))
        )
        if not hidden and (name := _IN_META.match(head, at)):
            return name[1].decode("ascii", "replace")
    return None


@cache
def _lookup(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _canonical(name: str) -> str | None:
    """Return our name of a declared encoding, ``None`` for one that is no text encoding."""
    name = name.strip().lower()
    if len(name) > 40:
        return None
    return _NAMES.get(name) or canonical_codec(name)


def canonical_codec(name: str) -> str | None:
    """Return our name for one of Python's codecs, ``None`` for one that no page uses."""
    codec = _lookup(name)
    known = _NAMES.get(codec or "", codec or "")
    return known if known in _NAMES.values() or _FOREIGN.fullmatch(known) else None
