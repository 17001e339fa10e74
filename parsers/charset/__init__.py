"""Decides which characters the bytes of a source stand for, and says on what evidence.

What the bytes themselves show beats what the header or the page declares; a declaration
decides only between readings that are about as likely (``declared``, ``evidence``). Bytes that
no reading explains become U+FFFD and are counted; they never change the encoding of the rest,
and a run in a foreign encoding (a GBK header over a UTF-8 body) is read in its own (``signs``,
``runs``).
This package leaves to others what kind of file the bytes are (``media``) and every corruption
that happened before they were written (``mojibake``).
"""

from __future__ import annotations

import codecs
import re

from parsers.charset.declared import find_declarations
from parsers.charset.evidence import compare, find_utf16, is_certain_utf8
from parsers.charset.iso2022 import has_escapes, read_escapes
from parsers.charset.likelihood import share_of
from parsers.charset.runs import CHINESE, read_runs
from parsers.charset.signs import looks_mixed
from parsers.model import Decoded

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPED = ("hz", "iso-2022-cn")
_TEXT_TYPES = re.compile(
    r"text/|$|application/(?:xhtml\+xml|xml|json|javascript|x-javascript|rtf|[\w.-]+\+(?:xml|json))",
    re.IGNORECASE,
)


def decode(body: bytes, content_type: str | None, media_type: str) -> Decoded:
    """Return the characters of a source and the evidence for its encoding.

    Any bytes are accepted.  ``content_type`` is the HTTP header, ``media_type`` what the file
    was found to be; binary media give no text and no encoding.
    """
    if not _TEXT_TYPES.match(media_type):
        return Decoded(body, media_type, "", None, (f"{media_type} is binary",))
    declarations = find_declarations(body, content_type)
    evidence = [declaration.note for declaration in declarations]
    declared = [one.encoding for one in declarations if one.encoding]
    text, encoding, undecodable = _read(body, declared, evidence)
    if undecodable:
        evidence.append(f"{undecodable} bytes that {encoding} does not explain")
    return Decoded(body, media_type, text, encoding, tuple(evidence), undecodable)


def _read(body: bytes, declared: list[str], evidence: list[str]) -> tuple[str, str, int]:
    """Return the text, the encoding and the number of bytes lost."""
    for mark, marked in _BOMS:
        if body.startswith(mark):
            evidence.append(f"byte order mark of {marked}")
            return _read_in(body[len(mark) :], marked, evidence)
    text = _read_as_utf8(body)
    if text is not None and is_certain_utf8(body, text):
        evidence.append("utf-8 decodes strictly")
        return text, "utf-8", 0
    if wide := find_utf16(body, valid=text is not None):
        zeros = f"zero bytes as in {wide.encoding}"
        evidence.append(zeros if b"\0" in body else f"{wide.encoding}: {share_of(wide.text)}")
        return _read_in(body, wide.encoding, evidence)
    if text is not None and len(text) == len(body):
        return _read_ascii(body, text, declared, evidence)
    encoding = compare(body, declared, evidence, valid=text is not None)
    if text is not None and encoding == "utf-8":
        return text, encoding, 0
    return _read_in(body, encoding, evidence)


def _read_as_utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _read_ascii(
    body: bytes, text: str, declared: list[str], evidence: list[str]
) -> tuple[str, str, int]:
    """Return the text of seven-bit bytes, which may be Chinese only where a page says so."""
    for name in _ESCAPED:
        if name in declared and has_escapes(body, name):
            evidence.append(f"escapes of {name}")
            read, lost = read_escapes(body, name)
            return read, name, lost
    evidence.append("only ASCII")
    return text, "utf-8", 0


def _read_in(body: bytes, encoding: str, evidence: list[str]) -> tuple[str, str, int]:
    """Return the text of a page in this encoding, bad bytes and foreign runs read around."""
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        if encoding not in CHINESE:
            text = body.decode(encoding, "replace")
            return text, encoding, text.count("\ufffd")
    else:
        if encoding not in CHINESE or encoding == "utf-8" or not looks_mixed(body, encoding):
            return text, encoding, 0
    runs = read_runs(body, encoding)
    evidence += [
        f"{count} runs of {runs.foreign_bytes[name]} bytes in {name}"
        for name, count in runs.foreign.items()
    ]
    if runs.unread:
        evidence.append(f"{runs.unread} more doubtful bytes were read in {encoding} alone")
    return "".join(runs.text), encoding, runs.lost
