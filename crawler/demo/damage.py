"""Breaks clean text the way a mirror of a Gansu web site did, byte by byte.

This module decides nothing about repair: it is the forward chain, kept beside the demo's
mirror portal and used by the tests.  The chain, on GBK bytes and with no respect for their
two-byte alignment: simplified to traditional, character by character; ``(reading)`` appended
to some eighty fixed byte pairs; a split at every ``A1 A3`` (。) and then at every ``A3 AC``
(，); each piece decoded alone; the pieces joined again; punctuation folded to half width
wherever the decoder was in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

Annotations = Sequence[tuple[str, str]]
"""Characters as converted with their readings, in the order in which the tool adds these."""

# In the order in which the site's tool replaced them: an earlier pair hides a later one.
_GANSU_ENTRIES = (
    "來lái 個gè 內nèi 動dòng 務wù 區qū 問wèn 嚴yán 國guó 執zhí 場chǎng 堅jiān 報bào 學xué 實shí "
    "對duì 導dǎo 強qiáng 復fù 應yīng 揚yáng 據jù 數shù 時shí 會huì 業yè 構gòu 機jī 權quán 準zhǔn "
    "濟jì 現xiàn 發fā 監jiān 細xì 結jié 絡luò 統tǒng 經jīng 網wǎng 級jí 績jī 聯lián 臺tái 萬wàn "
    "號hào 術shù 補bǔ 規guī 見jiàn 覺jué 計jì 訓xùn 設shè 評píng 認rèn 說shuō 請qǐng 謹jǐn "
    "識shí 護hù 負fù 財cái 責zé 費fèi 轉zhuǎn 農nóng 運yùn 過guò 達dá 進jìn 鄉xiāng 長zhǎng "
    "關guān 險xiǎn 當dāng 項xiàng 頁yè 預yù 領lǐng 風fēng 點diǎn"
)
GANSU_ANNOTATIONS: Annotations = tuple((entry[0], entry[1:]) for entry in _GANSU_ENTRIES.split())
FOLDED_SIGNS = "，（）：；！？％\u3000"
"""The full-width signs that the site's storage made half-width where it was in step."""

_WIDTHS = dict(zip(FOLDED_SIGNS, ",():;!?% ", strict=True))
_FULL_STOP = b"\xa1\xa3"
_COMMA = b"\xa3\xac"


def damage_like_gansu(
    clean: str, annotations: Annotations = GANSU_ANNOTATIONS, folded: str = FOLDED_SIGNS
) -> str:
    """Return ``clean`` (simplified, full-width punctuation) as that mirror would show it.

    Another site has other ``annotations`` and stores other signs in half width (``folded``,
    some of ``FOLDED_SIGNS``).  Characters that GBK lacks come through as they are, like the
    entities of the site's template.
    """
    pairs = tuple((char.encode("gbk"), f"({note})".encode("gbk")) for char, note in annotations)
    widths = str.maketrans({sign: _WIDTHS[sign] for sign in folded})
    broken = []
    run = ""
    for char in clean.translate(_traditional()):
        if len(char.encode("gb18030")) <= 2:
            run += char
        else:
            broken += [_damage_run(run, pairs, widths), char]
            run = ""
    return "".join(broken) + _damage_run(run, pairs, widths)


@cache
def _traditional() -> dict[int, str]:
    table = files("crawler.demo").joinpath("traditional.txt").read_text("utf-8")
    return {ord(pair[0]): pair[1] for pair in table.split()}


def _damage_run(text: str, pairs: Sequence[tuple[bytes, bytes]], widths: dict[int, str]) -> str:
    raw = text.encode("gb18030")
    starts = bytes(mark for char in text for mark in _start_marks(char))
    for pair, note in pairs:
        raw, starts = _annotate(raw, starts, pair, note)
    return "。".join(
        ",".join(_decode(*clause, widths) for clause in _split(*sentence, _COMMA))
        for sentence in _split(raw, starts, _FULL_STOP)
    )


def _start_marks(char: str) -> tuple[int, ...]:
    return (1, 0) if len(char.encode("gb18030")) == 2 else (1,)


def _annotate(raw: bytes, starts: bytes, pair: bytes, note: bytes) -> tuple[bytes, bytes]:
    """Append ``note`` after every ``pair``, aligned or not; keep the start marks beside."""
    if pair not in raw:
        return raw, starts
    marks = bytes(mark for char in note.decode("gbk") for mark in _start_marks(char))
    pieces, piece_marks, done = [], [], 0
    while (at := raw.find(pair, done)) >= 0:
        pieces += [raw[done : at + 2], note]
        piece_marks += [starts[done : at + 2], marks]
        done = at + 2
    return b"".join([*pieces, raw[done:]]), b"".join([*piece_marks, starts[done:]])


def _split(raw: bytes, starts: bytes, separator: bytes) -> list[tuple[bytes, bytes]]:
    """Split at every separator, aligned or not."""
    pieces, done = [], 0
    while (at := raw.find(separator, done)) >= 0:
        pieces.append((raw[done:at], starts[done:at]))
        done = at + 2
    return [*pieces, (raw[done:], starts[done:])]


def _decode(raw: bytes, starts: bytes, widths: dict[int, str]) -> str:
    """Decode one piece; an illegal pair is swallowed whole, a lone lead byte gives ``?``."""
    chars, at = [], 0
    while at < len(raw):
        if raw[at] <= 0x80:
            char, size = ("€" if raw[at] == 0x80 else chr(raw[at])), 1
        else:
            char, size = _decode_pair(raw[at : at + 2]), 2
        chars.append(char.translate(widths) if starts[at] else char)
        at += size
    return "".join(chars)


def _decode_pair(pair: bytes) -> str:
    try:
        return pair.decode("gb18030")
    except UnicodeDecodeError:
        return "?"
