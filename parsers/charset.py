"""Decides which characters the bytes of a source stand for, and says on what evidence.

What the bytes themselves show beats what the header or the page declares; a declaration
decides only between readings that are about as likely.  Bytes that no reading explains
become U+FFFD and are counted; they never change the encoding of the rest.  Lines in a
foreign encoding (a GBK header over a UTF-8 body) are read in their own.  This module leaves
to others what kind of file the bytes are (``media``) and every corruption that happened
before they were written (``mojibake``).

A strict decode proves little: 写 in GB18030 is valid UTF-8, and every Big5 text is valid
GB18030.  Candidates are therefore compared by how many common characters they show.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from parsers.model import Decoded

_SAMPLE = 2000  # bytes looked at, twice, where candidates compete
_CLOSE = 0.08  # difference in score that a declaration may decide
_PLAUSIBLE = 0.45
_MOST_ERRORS = 2000  # after that many, the rest is read without a look at each

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "euc-cn": "gb18030",
    "gb_2312-80": "gb18030",
    "gb-2312": "gb18030",
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
}
# charset=gb2312 · charset="utf-8"
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# <meta charset="gbk"> · <meta http-equiv="Content-Type" content="text/html; charset=gb2312">
_META_CHARSET = re.compile(
    rb"<meta\b[^>]{0,200}?\bcharset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
# <?xml version="1.0" encoding="GB2312"?>
_XML_ENCODING = re.compile(rb"^\s*<\?xml\b[^>]{0,100}?\bencoding\s*=\s*[\"']([\w.:-]+)")
_SCRIPT = re.compile(rb"<script\b.*?(?:</script>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
# iso8859-5 · cp1251 · shift_jis · euc_kr: what pages declare and Python decodes
_FOREIGN = re.compile(
    r"iso8859-\d+|cp(?:125\d|874|932|949)|koi8-[ru]|shift_jis|euc_(?:jp|kr)|mac-\w+"
)
_HEAD = 4096  # bytes in which a declaration may stand

_CHINESE_LEADS = bytes(range(0xE3, 0xEA))  # first bytes of U+3000 to U+9FFF in UTF-8
# Three characters of Chinese in UTF-8: E4 BF A1 E6 81 AF E5 85 AC
_UTF8_RUN = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){3}")
_HIGH = bytes(range(128, 256))
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_SIGNS = frozenset("\xa0©®«»·°×§±²³–—‘’“”•…€™")
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
    evidence: list[str] = []
    declared = _find_declarations(body, content_type, evidence)
    encoding, start = _choose(body, declared, evidence)
    text, undecodable = _decode_lines(body[start:], encoding, evidence)
    if undecodable:
        evidence.append(f"{undecodable} bytes that {encoding} does not explain")
    return Decoded(body, media_type, text, encoding, tuple(evidence), undecodable)


def _find_declarations(body: bytes, content_type: str | None, evidence: list[str]) -> list[str]:
    """Return the encodings declared, the header first, and note each as it is printed."""
    found: list[tuple[str, str]] = []
    if content_type and (header := _HEADER_CHARSET.search(content_type)):
        found.append(("header", header[1]))
    head = body[:_HEAD]
    if xml := _XML_ENCODING.match(head.removeprefix(codecs.BOM_UTF8)):
        found.append(("xml declaration", xml[1].decode("ascii", "replace")))
    if b"charset" in head or b"CHARSET" in head or b"Charset" in head:
        meta = _META_CHARSET.search(_SCRIPT.sub(b"", head))
        if meta:
            found.append(("meta", meta[1].decode("ascii", "replace")))
    evidence += [f"{place} declares {name.lower()}" for place, name in found]
    names = (_canonical(name) for _, name in found)
    return [name for name in names if name]


@cache
def _canonical(name: str) -> str | None:
    """Return our name of a declared encoding, ``None`` for one that is no text encoding."""
    name = name.strip().lower()
    if name in _NAMES:
        return _NAMES[name]
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    known = _NAMES.get(info.name, info.name)
    return known if known in _NAMES.values() or _FOREIGN.fullmatch(known) else None


def _choose(body: bytes, declared: list[str], evidence: list[str]) -> tuple[str, int]:
    """Return the encoding of the page and the length of its byte order mark."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            evidence.append(f"byte order mark of {encoding}")
            return encoding, len(mark)
    if b"\0" in body[:_HEAD] and (wide := _find_utf16(body[:_HEAD])):
        evidence.append(f"zero bytes as in {wide}")
        return wide, 0
    if body.isascii():
        evidence.append("only ASCII")
        return "utf-8", 0
    if _is_chinese_utf8(body):
        evidence.append("utf-8 decodes strictly")
        return "utf-8", 0
    return _compare(body, declared, evidence), 0


def _find_utf16(sample: bytes) -> str | None:
    """Return the byte order of UTF-16 that the places of zero bytes show."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd < 2:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) > 0.3 * max(even, odd):  # 开 and 一 end in a zero byte, too
        return None
    text = sample[: len(sample) & ~1].decode(encoding, "replace")
    readable = sum(char in "\r\n\t" or " " <= char <= "~" or _is_cjk(char) for char in text)
    return encoding if readable > 0.8 * len(text) else None


def _is_cjk(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u303f" or char > "\uff00"


def _is_chinese_utf8(body: bytes) -> bool:
    """Tell whether the body is UTF-8 throughout and mostly in the three bytes of Chinese."""
    high = len(body) - len(body.translate(None, _HIGH))
    chinese = len(body) - len(body.translate(None, _CHINESE_LEADS))
    return chinese >= 30 and chinese * 3 >= high * 0.6 and _is_utf8(body)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One reading of a sample: how much of it is common text."""

    encoding: str
    score: float
    note: str


def _compare(body: bytes, declared: list[str], evidence: list[str]) -> str:
    """Return the candidate whose reading shows the most common characters."""
    if _is_utf8(body) and ("utf-8" in declared or _has_only_signs(body.decode("utf-8"))):
        evidence.append("utf-8 decodes strictly")
        return "utf-8"
    sample = _sample(body)
    candidates = sorted(
        (_rate(sample, encoding) for encoding in ("utf-8", "gb18030", "big5hkscs")),
        key=lambda candidate: -candidate.score,
    )
    best = candidates[0]
    evidence.append(best.note)
    close = [one for one in candidates if best.score - one.score <= _CLOSE]
    if best.score >= _PLAUSIBLE and len(close) == 1:
        return best.encoding
    for one in close:
        if one.encoding in declared and one.score >= _PLAUSIBLE / 2:
            return one.encoding
    if best.score >= _PLAUSIBLE:
        return best.encoding
    return _settle_foreign(body, sample, declared, best, evidence)


def _has_only_signs(text: str) -> bool:
    """Tell whether all beyond ASCII are signs that English pages use, such as ©."""
    return all(char in _SIGNS for char in text if char > "\x7f")


def _sample(body: bytes) -> bytes:
    """Return bytes from the first one beyond ASCII, and from a line in the middle."""
    first = _HIGH_BYTE.search(body)
    start = first.start() if first else 0
    sample = body[start : start + _SAMPLE]
    middle = body.find(b"\n", max(start + _SAMPLE, len(body) // 2))
    return sample if middle < 0 else sample + body[middle : middle + _SAMPLE]


def _settle_foreign(
    body: bytes, sample: bytes, declared: list[str], best: _Candidate, evidence: list[str]
) -> str:
    """Return the encoding of a page that does not read as Chinese."""
    if _is_utf8(body):
        evidence.append("utf-8 decodes strictly")
        return "utf-8"
    for encoding in declared:
        if not encoding.startswith("utf-16") and _decodes(sample, encoding):
            return encoding
    if best.score >= _PLAUSIBLE / 2:
        return best.encoding
    if voice := _ask_charset_normalizer(sample):
        evidence.append(f"charset-normalizer says {voice}")
        return voice
    return declared[0] if declared and not declared[0].startswith("utf-16") else "utf-8"


def _decodes(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, "replace")
    return text.count("\ufffd") <= 0.02 * len(text)


def _ask_charset_normalizer(sample: bytes) -> str | None:
    # Slow to import and to run, and met only where nothing else has an answer.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(sample[:4000]).best()
    return _canonical(best.encoding) if best is not None else None


@cache
def _common_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Return the common characters of simplified and of traditional text."""
    text = files("parsers").joinpath("data", "common_characters.txt").read_text("utf-8")
    simplified, traditional = text.splitlines()
    signs = "　、。，；：？！（）《》“”‘’〔〕【】·—…％"
    return frozenset(simplified + signs), frozenset(traditional + signs)


def _rate(sample: bytes, encoding: str) -> _Candidate:
    # The sample may cut its last character.
    text = sample.decode(encoding, "replace").removesuffix("\ufffd")
    characters = [char for char in text if char > "\x7f"]
    if not characters:
        return _Candidate(encoding, 0.0, f"{encoding}: no characters beyond ASCII")
    common = max(sum(char in known for char in characters) for known in _common_characters())
    score = common / len(characters)
    note = f"{encoding}: {common} of {len(characters)} common characters"
    return _Candidate(encoding, score, note)


def _decode_lines(body: bytes, encoding: str, evidence: list[str]) -> tuple[str, int]:
    """Return the text and the number of bytes lost, foreign lines read in their own encoding."""
    if encoding == "gb18030" and _UTF8_RUN.search(body):
        return _decode_mixed(body, "gb18030", "utf-8", evidence)
    try:
        return body.decode(encoding), 0
    except UnicodeDecodeError:
        pass
    if encoding == "utf-8":
        return _decode_mixed(body, "utf-8", "gb18030", evidence)
    return _decode_around(body, encoding)


def _decode_mixed(body: bytes, own: str, foreign: str, evidence: list[str]) -> tuple[str, int]:
    """Decode line by line; lines that only ``foreign`` explains are read in it."""
    parts: list[str] = []
    lost = foreign_lines = 0
    for line in _split_lines(body):
        if line.isascii():
            parts.append(line.decode("ascii"))
        elif _is_foreign(line, own, foreign):
            foreign_lines += 1
            parts.append(line.decode(foreign))
        else:
            text, missing = _decode_around(line, own)
            parts.append(text)
            lost += missing
    if foreign_lines:
        evidence.append(f"{foreign_lines} lines in {foreign}")
    return "".join(parts), lost


def _split_lines(body: bytes) -> Iterator[bytes]:
    """Yield the lines with their ends; only LF ends a line, as 0A is no part of any character."""
    start = 0
    while (end := body.find(b"\n", start)) >= 0:
        yield body[start : end + 1]
        start = end + 1
    yield body[start:]


def _is_foreign(line: bytes, own: str, foreign: str) -> bool:
    """Tell whether a line is text in ``foreign`` and none in ``own``."""
    try:
        line.decode(foreign)
    except UnicodeDecodeError:
        return False
    there, here = _rate(line, foreign), _rate(line, own)
    return there.score >= 0.7 and there.score > here.score + 0.3


def _decode_around(body: bytes, encoding: str) -> tuple[str, int]:
    """Decode as much as there is; what is no character becomes U+FFFD and is counted."""
    view = memoryview(body)
    parts: list[str] = []
    lost = at = 0
    for _ in range(_MOST_ERRORS):
        try:
            return "".join([*parts, str(view[at:], encoding)]), lost
        except UnicodeDecodeError as error:
            start, end = at + error.start, at + error.end
            parts.append(str(view[at:start], encoding))
            if encoding == "gb18030" and body[start] == 0x80:
                parts.append("€")  # as in Windows code page 936
                at = start + 1
            else:
                parts.append("\ufffd")
                lost += end - start
                at = end
    rest = str(view[at:], encoding, "replace")
    return "".join([*parts, rest]), lost + rest.count("\ufffd")
