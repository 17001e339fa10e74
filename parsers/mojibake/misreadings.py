"""The ways in which bytes are read wrongly: which decoder was wrong, and which was right.

This module decides nothing but the list, and which entries are worth a try on a text; each
entry is the inverse of one misreading.

- UTF-8 read as GBK (鏀垮簻 was 政府), as Big5, as Latin-1 or Windows-1252 (æ”¿åºœ);
- GBK read as Latin-1 or Windows-1252 (Õþ¸®), as Big5 (淉葬);
- Big5 read as Latin-1 or Windows-1252 (¬F©²), as GBK (現).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from parsers.mojibake.oddity import is_common
from parsers.mojibake.wrong_codecs import BIG5, GB18030, GBK, LOST_MARK, SINGLE_BYTE, WrongCodec

_SAMPLE = 240  # characters that stand for a text
_LEAST_RIGHT = 0.7  # of its characters common

# æ”¿åºœä¿¡: three ideographs in UTF-8 in a row, or Latin letters in it
_UTF8_SEQUENCES = re.compile(rb"(?:[\xe2-\xe9\xef][\x80-\xbf]{2}){3}|(?:[\xc2\xc3][\x80-\xbf]){4}")
_UTF8_START = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]|[\xc2\xc3][\x80-\xbf]")
_ASCII = bytes(range(0x80))
_ROUGHLY = {"gbk": "gb18030", "gb18030": "gb18030", "big5": "big5"}
# A decoder that shows the codes which GBK leaves to users as private use has fewer losses.
_USER_CODE = re.compile("[\ue000-\ue765]")


@dataclass(frozen=True, slots=True)
class Misreading:
    """Bytes of ``codec`` that were read by ``wrong``."""

    rule: str
    wrong: WrongCodec
    codec: str

    @property
    def is_utf8(self) -> bool:
        """Tell whether the bytes are UTF-8, whose form alone is nearly proof."""
        return self.codec == "utf-8"

    @property
    def is_paired(self) -> bool:
        """Tell whether every two bytes were one character before and are one after."""
        return self.codec != "utf-8" and self.wrong is not SINGLE_BYTE

    def may_explain(self, text: str) -> bool:
        """Tell whether a closer look is worth its time."""
        if self.is_utf8:
            return _looks_like_utf8(self._rough_bytes(text))
        right = size = 0
        for stretch in LOST_MARK.split(text[:_SAMPLE]):
            raw = self._rough_bytes(stretch)
            # A byte lost before the stretch shifts it.
            right += max(_count_common(raw, self.codec), _count_common(raw[1:], self.codec))
            size += len(raw.decode(self.codec, "ignore")) - raw.count(b" ") if raw else 0
        return right > _LEAST_RIGHT * size

    def _rough_bytes(self, text: str) -> bytes:
        if self.wrong is SINGLE_BYTE:
            return self.wrong.encode("".join(LOST_MARK.split(text))) or b""
        return text.replace("€", "").encode(_ROUGHLY[self.wrong.name], "ignore")

    def read_by(self, text: str) -> WrongCodec:
        """Return the decoder that ``text`` shows to have been at work."""
        return GB18030 if self.wrong is GBK and _shows_user_codes(text) else self.wrong


@lru_cache(maxsize=2)
def _shows_user_codes(text: str) -> bool:
    """Tell whether a text has characters that GBK leaves to users; each line of it asks."""
    return _USER_CODE.search(text) is not None


def shows_utf8_as_gbk(text: str) -> bool:
    """Tell whether a text holds ideographs of UTF-8 in a row that were read as GBK: 鏀垮簻淇℃伅."""
    return _UTF8_SEQUENCES.search(text.encode("gb18030", "ignore")) is not None


def _looks_like_utf8(raw: bytes) -> bool:
    if _UTF8_SEQUENCES.search(raw):
        return True
    # Where each character lost its last byte, or the text is short.
    starts = len(_UTF8_START.findall(raw))
    return starts > 0 and 5 * starts > len(raw.translate(None, _ASCII))


def _count_common(raw: bytes, codec: str) -> int:
    return sum(map(is_common, raw.decode(codec, "ignore")))


MISREADINGS = (
    Misreading("utf8_read_as_gbk", GBK, "utf-8"),
    Misreading("utf8_read_as_big5", BIG5, "utf-8"),
    Misreading("utf8_read_as_cp1252", SINGLE_BYTE, "utf-8"),
    Misreading("gbk_read_as_latin1", SINGLE_BYTE, "gb18030"),
    Misreading("big5_read_as_latin1", SINGLE_BYTE, "big5hkscs"),
    Misreading("gbk_read_as_big5", BIG5, "gb18030"),
    Misreading("big5_read_as_gbk", GBK, "big5hkscs"),
)
