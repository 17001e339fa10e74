"""Sends clean text as bytes, in every encoding and with every lie the text bench knows.

This module decides what a page looks like as bytes: its encoding, what it declares, where it is
cut, where bytes are bad, which parts are in another encoding.  It leaves damage to characters to
``damage`` and says, with each page, what a perfect reader makes of it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

_WIDER = {"gb2312": "gb18030", "big5": "big5hkscs"}
# Characters of names and places that GBK lacks: four bytes each in GB18030.
_FOUR_BYTES = "䶮㛃㑇㭎㧑㸌㳚䴙䲠㺄𠅤𫖯𨭎𬭊"


@dataclass(frozen=True, slots=True)
class Sent:
    """A page as sent, and the text that a perfect reader gives.

    ``edge`` separates the segments of a page of several encodings; only those in ``host`` are
    asked for, all where it is empty.
    """

    body: bytes
    text: str
    content_type: str | None = None
    edge: str = ""
    host: tuple[int, ...] = ()


def _encode(text: str, codec: str) -> bytes | None:
    """Return the bytes, or ``None`` where the codec lacks a character or has it elsewhere.

    Python's GB2312 and Big5 write a few signs where the tables of the web have others (A1 AA is
    — there and ― here): a text with such a sign is no fair case.
    """
    try:
        raw = text.encode(codec)
    except UnicodeEncodeError:
        return None
    wider = _WIDER.get(codec)
    return raw if wider is None or raw.decode(wider, "replace") == text else None


def _simple(codec: str, mark: bytes = b"") -> Callable[[str, Random], Sent | None]:
    def send(text: str, random: Random) -> Sent | None:
        del random
        raw = _encode(text, codec)
        return None if raw is None else Sent(mark + raw, text)

    return send


def _send_four_bytes(text: str, random: Random) -> Sent | None:
    """Return the text in GB18030 with one to three characters of four bytes."""
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(_FOUR_BYTES) + text[at:]
    return Sent(text.encode("gb18030"), text)


ENCODINGS: dict[str, Callable[[str, Random], Sent | None]] = {
    "utf-8": _simple("utf-8"),
    "utf-8-sig": _simple("utf-8-sig"),
    "gb2312": _simple("gb2312"),
    "gbk": _simple("gbk"),
    "gb18030 with 4-byte characters": _send_four_bytes,
    "big5": _simple("big5"),
    "utf-16le": _simple("utf-16-le"),
    "utf-16be": _simple("utf-16-be"),
    "utf-16le with BOM": _simple("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16be with BOM": _simple("utf-16-be", codecs.BOM_UTF16_BE),
}

_TRUE = {"utf-8": "utf-8", "gb2312": "gbk", "big5": "big5"}
_LIES = ("utf-8", "gb2312", "gbk", "big5", "iso-8859-1", "windows-1252", "utf-16", "shift_jis")
_HEAD = '<meta http-equiv="Content-Type" content="text/html; charset={}">'


def page(paragraphs: Sequence[str], head: str = "", top: str = "") -> str:
    """Return a page of paragraphs; ``head`` stands in its head, ``top`` before everything."""
    body = "\n".join(f"<p>{line}</p>" for line in paragraphs)
    title = paragraphs[0][:20]
    return (
        f"{top}<html>\n<head>\n{head}\n<title>{title}</title>\n"
        f'<link rel="stylesheet" href="/css/style.css">\n</head>\n<body>\n'
        f'<div class="main">\n{body}\n</div>\n</body>\n</html>\n'
    )


def _other(name: str, random: Random) -> str:
    same = {"gb2312": ("gb2312", "gbk")}.get(name, (name,))
    return random.choice([lie for lie in _LIES if lie not in same])


def _lie_in_header(name: str, random: Random) -> tuple[str, str, str | None]:
    return "", "", _other(name, random)


def _lie_in_meta(name: str, random: Random) -> tuple[str, str, str | None]:
    return _HEAD.format(_other(name, random)), "", None


def _lie_in_both(name: str, random: Random) -> tuple[str, str, str | None]:
    lie = _other(name, random)
    return _HEAD.format(lie), "", lie


def _lie_against_true_meta(name: str, random: Random) -> tuple[str, str, str | None]:
    return _HEAD.format(name), "", _other(name, random)


def _lie_against_true_header(name: str, random: Random) -> tuple[str, str, str | None]:
    return _HEAD.format(_other(name, random)), "", name


def _lie_in_script(name: str, random: Random) -> tuple[str, str, str | None]:
    lie = _other(name, random)
    script = (
        f'<script src="/js/a.js" charset="{lie}"></script>\n<script>u=\'?charset={lie}\'</script>'
    )
    return f"{script}\n{_HEAD.format(name)}", "", None


def _lie_in_xml(name: str, random: Random) -> tuple[str, str, str | None]:
    return "", f'<?xml version="1.0" encoding="{_other(name, random)}"?>\n', None


_LYING = {
    "header lies": _lie_in_header,
    "meta lies": _lie_in_meta,
    "header and meta lie": _lie_in_both,
    "header lies, meta is true": _lie_against_true_meta,
    "header is true, meta lies": _lie_against_true_header,
    "charset in a script": _lie_in_script,
    "XML declaration lies": _lie_in_xml,
}
LYING = tuple(_LYING)


def send_lying(paragraphs: Sequence[str], how: str, name: str, random: Random) -> Sent | None:
    """Return a page in the encoding ``name`` that declares another, ``how`` says where."""
    head, top, header = _LYING[how](name, random)
    text = page(paragraphs, head, top)
    raw = _encode(text, _TRUE[name])
    content_type = "text/html" + (f"; charset={header}" if header else "")
    return None if raw is None else Sent(raw, text, content_type)


def send_truncated(text: str, name: str, random: Random) -> Sent | None:
    """Return the text cut in the last third of its bytes, often within a character."""
    raw = _encode(text, _TRUE[name])
    if raw is None or len(raw) < 60:
        return None
    cut = raw[: random.randrange(2 * len(raw) // 3, len(raw))]
    return Sent(cut, cut.decode(_TRUE[name], "ignore"))


def send_bad_bytes(text: str, name: str, random: Random) -> Sent | None:
    """Return the text with one byte in a thousand (at least one) that belongs to nothing."""
    if _encode(text, _TRUE[name]) is None:
        return None
    size = len(text.encode(_TRUE[name]))
    places = sorted(random.randrange(len(text) + 1) for _ in range(max(1, size // 1000)))
    out, done = b"", 0
    for at in places:
        bad = 0xFF if name != "utf-8" else random.choice((0xFF, 0xFE, 0x80, 0xBF, 0xA1, 0xC0))
        out += text[done:at].encode(_TRUE[name]) + bytes((bad,))
        done = at
    return Sent(out + text[done:].encode(_TRUE[name]), text)


_NEIGHBOURS = (("utf-8", "gb2312"), ("gb2312", "utf-8"), ("utf-8", "big5"), ("big5", "utf-8"))


def send_foreign_fragment(
    host: Sequence[str], fragment: str, pair: int, random: Random
) -> Sent | None:
    """Return lines in one encoding with one fragment in another; the host's are asked for."""
    own, foreign = _NEIGHBOURS[pair % len(_NEIGHBOURS)]
    at = random.randrange(len(host) + 1)
    segments = [*host[:at], fragment, *host[at:]]
    names = [*[own] * at, foreign, *[own] * (len(host) - at)]
    sent = _send_segments(segments, names, random)
    others = tuple(number for number in range(len(segments)) if number != at)
    return sent and Sent(sent.body, sent.text, None, sent.edge, others)


def send_mixed(parts: Sequence[str], pair: int, random: Random) -> Sent | None:
    """Return a header, a body and a footer; the body's encoding differs from one or both."""
    own, foreign = _NEIGHBOURS[pair % len(_NEIGHBOURS)]
    names = random.choice(((foreign, own, foreign), (foreign, own, own), (own, own, foreign)))
    return _send_segments(parts, names, random)


def _send_segments(segments: Sequence[str], names: Sequence[str], random: Random) -> Sent | None:
    edge = random.choice(("\n", "</div><div>", "\n<hr>\n"))
    raw = [_encode(text, _TRUE[name]) for text, name in zip(segments, names, strict=True)]
    known = [piece for piece in raw if piece is not None]
    if len(known) < len(raw):
        return None
    return Sent(edge.encode().join(known), edge.join(segments), None, edge)
