"""Undoes text whose bytes were once read in the wrong encoding and stored so.

Three misreadings are known: UTF-8 read as GBK (鏀垮簻 was 政府), UTF-8 read as Windows-1252
(æ”¿åºœ) and GBK read as Latin-1 (Õþ¸®).  A run of characters is turned back into its bytes and
read again; it is repaired only where that reading is whole and reads as Chinese.  One byte
that is lost (shown as ``?`` or U+FFFD) is chosen by the language model, or left as U+FFFD
where no choice is clear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from parsers.model import Finding, Repair
from parsers.mojibake import language_model
from parsers.mojibake.characters import gbk_bytes, is_text

_LEAST_MEAN = -11.0  # nats a character: Chinese text scores about -6
_CLEAR = 3.0  # nats
_SHORT = 300  # characters of a text in which one clue is enough
_CONTINUATIONS = range(0x80, 0xC0)

# The characters that the first two bytes of a Chinese character in UTF-8 make in GBK.
_CLUES = "".join(
    bytes((lead, trail)).decode("gb18030")
    for lead in range(0xE3, 0xF0)
    for trail in range(0x80, 0xC0)
    if lead < 0xEA or (lead == 0xEF and trail in {0xBC, 0xBD})
)
_CP1252 = "".join(
    bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0)
)


@dataclass(frozen=True, slots=True)
class _Misreading:
    """One way to read bytes wrongly, and how to see it."""

    rule: str
    letters: str  # one of which is there, so that the slower clue need not be looked for
    clue: re.Pattern[str]
    run: re.Pattern[str]
    to_bytes: Callable[[str], bytes | None]
    codec: str


@dataclass(frozen=True, slots=True)
class _Reread:
    """The text that a run stood for."""

    text: str
    exact: bool
    margin: float | None


def _cp1252_byte(char: str) -> bytes | None:
    at = _CP1252.find(char)
    if at >= 0:
        return bytes((0x80 + at,))
    return bytes((ord(char),)) if ord(char) <= 0xFF else None


def _latin1_byte(char: str) -> bytes | None:
    return bytes((ord(char),)) if ord(char) <= 0xFF else None


_MISREADINGS = (
    _Misreading(
        "utf8_read_as_gbk",
        "",
        # 鏀垮簻宸: the clues 鏀 and 宸 stand three apart
        re.compile(f"[{_CLUES}][^\\x00-\\x7f]{{2}}[{_CLUES}]"),
        re.compile(r"[^\x00-\x7f]{2,}\??"),
        gbk_bytes,
        "utf-8",
    ),
    _Misreading(
        "utf8_read_as_cp1252",
        "åæäçèéï",
        # æ”¿
        re.compile(f"[ã-éï][{re.escape(_CP1252)}]{{2}}"),
        re.compile(f"[\\xc0-\\xff{re.escape(_CP1252)}]{{3,}}"),
        _cp1252_byte,
        "utf-8",
    ),
    _Misreading(
        "gbk_read_as_latin1",
        "ÖÏÐÎÕÄÊÈÓÌ",
        # Õþ¸®
        re.compile("[\\xb0-\\xf7][\\xa1-\\xfe][\\xb0-\\xf7][\\xa1-\\xfe]"),
        re.compile("[\\xa1-\\xfe]{4,}"),
        _latin1_byte,
        "gb18030",
    ),
)
_SINGLE_CLUE = re.compile(f"[{_CLUES}]")


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return a repair for each misread run, and a finding that says how many there are."""
    if received.isascii():
        return [], []
    for misreading in _MISREADINGS:
        if not _has_clue(received, misreading):
            continue
        repairs = _reread_runs(received, misreading)
        if repairs:
            message = f"{len(repairs)} runs were read in a wrong encoding before and read again"
            return repairs, [Finding(misreading.rule, "warning", message)]
    return [], []


def _has_clue(text: str, misreading: _Misreading) -> bool:
    if misreading.letters and not any(letter in text for letter in misreading.letters):
        return False
    if misreading.clue.search(text):
        return True
    short = len(text) < _SHORT and misreading.codec == "utf-8"
    return short and _SINGLE_CLUE.search(text) is not None


def _reread_runs(received: str, misreading: _Misreading) -> list[Repair]:
    repairs = []
    for found in misreading.run.finditer(received):
        run = found[0]
        reread = _reread(run, misreading)
        if reread is None and run.endswith("?"):
            run = run[:-1]
            reread = _reread(run, misreading)
        if reread is not None:
            start, end = found.start(), found.start() + len(run)
            repairs.append(
                Repair(start, end, run, reread.text, misreading.rule, reread.exact, reread.margin)
            )
    return repairs


def _reread(run: str, misreading: _Misreading) -> _Reread | None:
    """Return what the bytes of a run stand for, ``None`` where that is no Chinese text."""
    pieces = [None if char in "?\ufffd" else misreading.to_bytes(char) or b"\0" for char in run]
    reread = _decode_whole(pieces, misreading.codec)
    if reread is None and misreading.codec == "utf-8":
        reread = _decode_utf8(pieces)
    return reread if reread and _is_chinese(reread.text, run) else None


def _decode_whole(pieces: list[bytes | None], codec: str) -> _Reread | None:
    try:
        return _Reread(
            b"".join(piece or b"\xff" for piece in pieces).decode(codec), exact=True, margin=None
        )
    except UnicodeDecodeError:
        return None


def _is_chinese(text: str, run: str) -> bool:
    if not any("\u4e00" <= char <= "\u9fff" for char in text) or not all(map(_is_expected, text)):
        return False
    score = language_model.score_text(text)
    return score >= _LEAST_MEAN * len(text) and score > language_model.score_text(run)


def _is_expected(char: str) -> bool:
    return is_text(char) or char.isascii() or char in "\xa0\ufffd" or char > "\uff00"


def _decode_utf8(pieces: list[bytes | None]) -> _Reread | None:
    """Decode UTF-8 in which single bytes are lost (``None``)."""
    stream: list[int | None] = []
    for piece in pieces:
        stream += [None] if piece is None else list(piece)
    sequences = _cut_sequences(stream)
    if sequences is None:
        return None
    options = [_read_sequence(sequence) for sequence in sequences]
    if not all(options):
        return None
    return _choose(options)


def _cut_sequences(stream: list[int | None]) -> list[list[int | None]] | None:
    """Cut a stream before each first byte; ``None`` where a first byte is lost or wrong."""
    sequences: list[list[int | None]] = []
    at = 0
    while at < len(stream):
        first = stream[at]
        if first is None or 0x80 <= first < 0xE3 or first > 0xEF:
            return None
        size = 3 if first >= 0xE3 else 1
        sequences.append(stream[at : at + size])
        at += size
    return sequences


def _read_sequence(sequence: list[int | None]) -> str:
    """Return the characters that the bytes may be, a lost one tried in every value."""
    if len(sequence) == 2:  # cut off at the end of the run
        return "\ufffd"
    tried = [b""]
    for byte in sequence:
        values = _CONTINUATIONS if byte is None else (byte,)
        tried = [known + bytes((value,)) for known in tried for value in values]
    chars = (raw.decode("utf-8", "ignore") for raw in tried)
    return "".join(char for char in chars if len(char) == 1 and _is_expected(char))


def _choose(options: list[str]) -> _Reread:
    """Return the text, each lost byte chosen between its neighbours, or U+FFFD."""
    text = [chars[0] if len(chars) == 1 else "\ufffd" for chars in options]
    margins: list[float] = []
    for at, chars in enumerate(options):
        if len(chars) > 1:
            near = "".join(text[max(0, at - 4) : at]), "".join(text[at + 1 : at + 5])
            char, margin = language_model.choose(near[0], chars, near[1])
            if margin >= _CLEAR:
                text[at] = char
                margins.append(margin)
    exact = all(len(chars) == 1 and chars != "\ufffd" for chars in options)
    return _Reread("".join(text), exact, min(margins) if margins else None)
