"""Which encoding a source is in, by what its bytes show.

This module decides between the encodings of Chinese pages, and those a page declares, by how
likely the text is that each makes of the same bytes. A declaration weighs as much as one or
two characters do: it settles what is otherwise even. A strict decode alone proves little: 写
in GB18030 is valid UTF-8, and every Big5 text is valid GB18030. How each stretch of the page
is then read is left to ``runs``.

charset-normalizer is asked only about pages that do not read as Chinese. There it earns its
place: of 600 undeclared snippets in Russian, Greek, Thai and Japanese it names the encoding of
580, which nothing here knows. On close calls between encodings of Chinese (4 to 32 characters,
less than 15 nats apart) it was right in 12 of 101, the likelihood in 101, so it has no vote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from parsers.charset.declared import canonical_codec
from parsers.charset.likelihood import BAD_BYTES, NAT, Rating, rate, share_of
from parsers.charset.runs import CHINESE, read_runs

_DECLARED = 5 * NAT
_VALID_UTF8 = 4 * NAT
_WIDE = 3 * NAT  # what UTF-16 must be ahead by: it is rare, and explains any even bytes
_FOREIGN = 4 * NAT  # what Latin must be ahead by where nobody declares it
_ENOUGH = 40  # bytes on which charset-normalizer is asked
_DOUBTFUL = 12 * NAT  # a character of UTF-16, on average
_CERTAIN = 24  # bytes that continue characters of valid UTF-8, and leave no doubt
_BLOCK = 1000
_LOOK = 300
_STRETCHES = 12
_STRETCH = 72
_FIRST_LOOK = 4  # stretches on which a clear case is decided
_CLEAR = 80 * NAT
_FEW_HIGH = 1500  # bytes of a page of which all stretches are looked at
_SPREAD = 240  # bytes that a look here and there must find
_NEAR = 4000  # bytes in which a stretch must begin
_WIDE_ENCODINGS = ("utf-16-le", "utf-16-be")
_SHORT = 64

_HIGH = bytes(range(128, 256))
_LOW = bytes(range(0x80, 0xA1))
_TO_CONTROL = bytes(
    0x43 if value < 0x20 and value not in b"\t\n\r" else 0x2E for value in range(256)
)
_TO_HIGH = bytes(0x48 if value > 0x7F else 0x2E for value in range(256))
# From a first byte beyond ASCII to a byte that ends a character in every encoding.
_CHINESE_STRETCH = re.compile(rb"[\x80-\xff][^\x00-\x2f\x3a-\x3f]*[\x00-\x2f\x3a-\x3f]?")
_FIRST_HIGH = re.compile(rb"[\x80-\xff]")
_SAFE = re.compile(rb"[\x00-\x2f\x3a-\x3f]")
# The more significant byte in UTF-16 of what Chinese pages hold.
_WIDE_LEADS = bytes((0x00, 0x20, 0x22, 0x25, 0x26, 0x30, 0xFF, *range(0x4E, 0xA0)))


def is_certain_utf8(body: bytes, text: str) -> bool:
    """Tell whether valid UTF-8 holds so many long characters that chance is out of question."""
    return len(body) - len(text) >= _CERTAIN and "\0" not in text[:_BLOCK]


def find_utf16(body: bytes, *, valid: bool) -> Rating | None:
    """Return the rating of UTF-16 without a byte order mark, if it explains a source best."""
    if len(body) < 4 or (len(body) > _SHORT and not _may_be_utf16(body)):
        return None
    if valid and len(body) > _SHORT and b"\0" not in body[:_BLOCK]:
        return None
    middle = (len(body) // 2) & ~1
    pieces = [body[:_LOOK], body[max(middle, _LOOK) : middle + _LOOK]]
    even = [piece[: len(piece) & ~1] for piece in pieces]
    best = min(rate(even, encoding) for encoding in _WIDE_ENCODINGS)
    others = min(rate(even, encoding).cost for encoding in CHINESE)
    characters = sum(map(len, even)) // 2
    return best if best.cost + _WIDE < others and best.cost < _DOUBTFUL * characters else None


def _may_be_utf16(body: bytes) -> bool:
    """Tell whether every second byte is one that Chinese text has there."""
    block = body[:_BLOCK]
    if not block.translate(_TO_CONTROL).count(b"C") and _is_mostly_ascii(block):
        return False
    return any(
        len(half.translate(None, _WIDE_LEADS)) < 0.15 * len(half)
        for half in (block[::2], block[1::2])
    )


def _is_mostly_ascii(block: bytes) -> bool:
    return len(block.translate(None, _HIGH)) > 0.8 * len(block)


def compare(body: bytes, declared: list[str], evidence: list[str], *, valid: bool) -> str:
    """Return the encoding whose reading of the page is the likeliest, and say why.

    ``valid`` says whether the whole is valid UTF-8.
    """
    pieces = list(_sample(body))
    bonus = dict.fromkeys(declared, _DECLARED)
    if valid:
        bonus["utf-8"] = bonus.get("utf-8", 0) + _VALID_UTF8
    encodings = dict.fromkeys((*CHINESE, *(name for name in declared if _is_bytewise(name))))
    if not valid and "utf-8" not in declared and not _may_be_utf8(pieces):
        del encodings["utf-8"]
    best, lead = _rank(pieces[:: _STRETCHES // _FIRST_LOOK], encodings, bonus)
    if lead < _CLEAR:
        best, _ = _rank(pieces, encodings, bonus)
    if best.encoding == "utf-8" and valid:
        evidence.append("utf-8 decodes strictly")
        return "utf-8"
    share = share_of(best.text)
    note = f"{best.encoding}: {share}"
    if best.encoding in CHINESE and not share.is_plausible:
        return _settle_unlikely(pieces, declared, best, note, evidence, valid=valid)
    evidence.append(note)
    return best.encoding


def _is_bytewise(name: str) -> bool:
    return not name.startswith(("utf-16", "iso-2022")) and name != "hz"


def _may_be_utf8(pieces: list[bytes]) -> bool:
    """Tell whether there are bytes of which Chinese in UTF-8 has many and GB2312 has none."""
    sample = b"".join(pieces)
    return len(sample) < _BLOCK // 4 or len(sample.translate(None, _LOW)) < 0.95 * len(sample)


def _rank(
    pieces: list[bytes], encodings: Iterable[str], bonus: Mapping[str, int]
) -> tuple[Rating, int]:
    """Return the best rating and how far it lies ahead of the next, bonuses counted."""
    ratings = [_rate(pieces, encoding) for encoding in encodings]
    costs = [rating.cost - bonus.get(rating.encoding, 0) for rating in ratings]
    best, second = sorted(costs)[:2]
    return ratings[costs.index(best)], second - best


def _rate(pieces: list[bytes], encoding: str) -> Rating:
    """Return the rating of an encoding, of its letters where it is not one of Chinese."""
    if encoding in CHINESE:
        return rate(pieces, encoding)
    text = b" ".join(pieces).decode(encoding, "replace")
    beyond = [char for char in text if char > "\x7f"]
    letters = sum(char.isalpha() for char in beyond)
    bad = beyond.count("\ufffd")
    signs = len(beyond) - letters - bad
    cost = 28 * (len(text) - len(beyond)) + 8 * NAT * letters + 12 * NAT * signs + BAD_BYTES * bad
    return Rating(cost, encoding, text)


def _settle_unlikely(
    pieces: list[bytes],
    declared: list[str],
    best: Rating,
    note: str,
    evidence: list[str],
    *,
    valid: bool,
) -> str:
    """Return the encoding of a page that does not read as Chinese in any one encoding."""
    encoding = best.encoding
    sample = b" ".join(pieces)
    if valid:
        encoding, note = "utf-8", "utf-8 decodes strictly"
    elif encoding not in declared and not _is_chinese_in_runs(sample, encoding):
        if len(sample) >= _ENOUGH and (voice := _ask_charset_normalizer(sample)):
            encoding, note = voice, f"charset-normalizer says {voice}"
        elif _rate(pieces, "cp1252").cost + _FOREIGN < best.cost:
            encoding, note = "cp1252", "cp1252: likelier than Chinese"
    evidence.append(note)
    return encoding


def _is_chinese_in_runs(sample: bytes, encoding: str) -> bool:
    """Tell whether the sample is Chinese once each run is read in its own encoding."""
    text = "".join(read_runs(sample, encoding).text)
    return share_of(text).is_plausible


def _ask_charset_normalizer(sample: bytes) -> str | None:
    # Slow to import and to run, and met only where nothing else has an answer.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(sample[:4000]).best()
    name = canonical_codec(best.encoding) if best is not None else None
    return name if name and _is_bytewise(name) else None


def _sample(body: bytes) -> Iterator[bytes]:
    """Yield stretches beyond ASCII from everywhere on the page, all of them if they are few."""
    if len(body) > _FEW_HIGH:
        spread = list(_spread_stretches(body))
        enough = sum(map(len, spread)) >= _SPREAD
        if enough or len(body) - len(body.translate(None, _HIGH)) > _FEW_HIGH:
            yield from spread
            return
    marks = body.translate(_TO_HIGH)
    at = marks.find(b"H")
    while at >= 0 and (stretch := _CHINESE_STRETCH.match(body, at)):
        yield stretch[0]
        at = marks.find(b"H", stretch.end())


def _spread_stretches(body: bytes) -> Iterator[bytes]:
    at = 0
    for number in range(_STRETCHES):
        at = max(at, len(body) * number // _STRETCHES)
        if number and not (safe := _SAFE.search(body, at, at + _NEAR)):
            continue
        if number and safe:
            at = safe.end()
        if first := _FIRST_HIGH.search(body, at, at + _NEAR):
            at = first.start()
            if stretch := _CHINESE_STRETCH.match(body, at, at + _STRETCH):
                yield stretch[0]
                at = stretch.end()
