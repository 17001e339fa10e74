"""The entity of an HTTP answer: one header, and the body without its content coding.

This module decides how far a coded body is undone and where it stops.  What the characters
are is left to ``parsers.charset``; the bytes as sent stay in the WARC record.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from parsers.errors import UnreadableSource

try:
    import brotli  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError:  # an optional library of Scrapy
    brotli = None
try:
    from backports import zstd  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError:  # another; files of other collectors have answers in it
    zstd = None  # type: ignore[assignment, unused-ignore]

MAX_ENTITY = 64 * 1024 * 1024
_STEP = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"


def header(header_block: bytes, name: str) -> str | None:
    """Return the first value of a header, or ``None`` where it was not sent.

    Bytes map to the first 256 code points, so ``.encode("latin-1")`` gives them back.
    """
    wanted = name.lower().encode("latin-1")
    for line in header_block.splitlines()[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == wanted:
            return value.strip().decode("latin-1")
    return None


def entity_body(header_block: bytes, body: bytes) -> bytes:
    """Return the body with its content codings undone.

    A body that is plain in spite of its ``Content-Encoding`` comes back as it is; one that
    breaks off comes back as far as it goes.

    Raises:
        UnreadableSource: the coding is unknown here, or the result is larger than 64 MiB.
    """
    codings = (header(header_block, "Content-Encoding") or "").lower().split(",")
    for coding in reversed([name.strip() for name in codings]):
        undo = _CODINGS.get(coding)
        if undo is None:
            raise UnreadableSource("entity", f"content coding {coding!r}", f"a {coding} decoder")
        body = undo(body)
    return body


def _plain(body: bytes) -> bytes:
    return body


def _gunzip(body: bytes) -> bytes:
    return _inflate(body, 31)[0] if body.startswith(_GZIP_MAGIC) else body


def _undeflate(body: bytes) -> bytes:
    # RFC 9110 8.4.1.2: "deflate" is zlib data, but some servers send it without the wrapper.
    # Without a wrapper any text may look like a beginning, so only a whole stream counts.
    wrapped, _ = _inflate(body, zlib.MAX_WBITS)
    bare, whole = (b"", False) if wrapped else _inflate(body, -zlib.MAX_WBITS)
    return wrapped or (bare if whole else body)


def _inflate(body: bytes, wbits: int) -> tuple[bytes, bool]:
    """Return what zlib makes of ``body``, all gzip members of it, and whether it ended well."""
    parts: list[bytes] = []
    size = 0
    rest = body
    whole = False
    while rest:
        stream = zlib.decompressobj(wbits)
        try:
            while not stream.eof and (part := stream.decompress(rest, _STEP)):
                parts.append(part)
                size = _bounded(size + len(part))
                rest = stream.unconsumed_tail
        except zlib.error:
            return b"".join(parts), False
        whole = stream.eof
        rest = stream.unused_data if stream.unused_data.startswith(_GZIP_MAGIC) else b""
    return b"".join(parts), whole


def _unbrotli(body: bytes) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    rest = body
    try:
        while not stream.is_finished() and (
            part := stream.process(rest, output_buffer_limit=_STEP)
        ):
            parts.append(part)
            size = _bounded(size + len(part))
            rest = b""
    except brotli.error:
        return b"".join(parts) or body
    return b"".join(parts)


def _unzstd(body: bytes) -> bytes:
    stream = zstd.ZstdDecompressor()
    parts: list[bytes] = []
    size = 0
    rest = body
    try:
        while not stream.eof and (part := stream.decompress(rest, _STEP)):
            parts.append(part)
            size = _bounded(size + len(part))
            rest = b""
    except zstd.ZstdError:
        return b"".join(parts) or body
    return b"".join(parts)


def _bounded(size: int) -> int:
    if size > MAX_ENTITY:
        raise UnreadableSource("entity", f"decoded body is larger than {MAX_ENTITY} bytes")
    return size


_CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    **({"br": _unbrotli} if brotli else {}),
    **({"zstd": _unzstd} if zstd else {}),
}
