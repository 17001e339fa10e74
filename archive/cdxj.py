"""The CDXJ index of a finished WARC file: which address was seen when, and where it lies.

This module decides the lines of an index and the key they are sorted by (SURT), as pywb and the
other replay tools expect them.  Records are found by ``archive.warc``.

The key follows the rules of the Internet Archive's ``surt`` library: fragments, user names,
default ports, ``www.``, session ids, trailing slashes and the case of letters do not tell
addresses apart, nor does the order of the query's parts.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from archive.entity import header
from archive.warc import Record
from archive.warc_writer import WITHHELD, split_block

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PRINTABLE = bytes(byte for byte in range(0x21, 0x7F) if byte not in b"#%")
# www.gov.cn, www2.gov.cn
_WWW = re.compile(rb"www\d*\.")
# /(a(abcdefghijklmnopqrstuvwx))/list.aspx
_SESSION_IN_PATH = re.compile(
    rb"(.*/)(?:\((?:[a-z]\([0-9a-z]{24}\))+\)/|\([0-9a-z]{24}\)/)([^?]+\.aspx.*)", re.IGNORECASE
)
# id=7&jsessionid=0123456789abcdef0123456789abcdef&x=1
_SESSIONS = tuple(
    re.compile(rb"(.*)(?:" + session + rb")(?:&(.*))?", re.IGNORECASE)
    for session in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)
_STATUS = re.compile(rb"HTTP/\S+[ \t]+(\d{3})\b")
_NOT_DIGITS = re.compile(r"\D")


def surt(url: str) -> str:
    """Return the sort key of an address, ``cn,gov,example)/xxgk/a.html?id=7``."""
    try:
        parts = urlsplit(url)
    except ValueError:  # http://[bad
        parts = urlsplit("")
    if not parts.hostname:
        return _escape(url.encode("utf-8", "surrogatepass")).decode()
    host = _escape(_WWW.sub(b"", _host(parts.hostname), count=1))
    key = b",".join(reversed(host.split(b"."))).decode()
    try:
        port = parts.port
    except ValueError:
        port = None
    if port and port != _DEFAULT_PORTS.get(parts.scheme.lower()):
        key += f":{port}"
    path = _escape(_short_path(_unescape(parts.path.encode("utf-8", "surrogatepass")))).lower()
    query = _query(parts.query.encode("utf-8", "surrogatepass"))
    return f"{key}){_without_session(path).decode()}" + (f"?{query.decode()}" if query else "")


def _host(name: str) -> bytes:
    raw = _unescape(name.lower().encode("utf-8", "surrogatepass"))
    try:
        return raw.decode("utf-8").encode("idna").strip(b".")
    except ValueError:
        return raw.strip(b".")


def _unescape(text: bytes) -> bytes:
    """``text`` with its percent signs undone, however often it was escaped."""
    while (plain := unquote_to_bytes(text)) != text:
        text = plain
    return text


def _escape(text: bytes) -> bytes:
    return quote_from_bytes(text, safe=_PRINTABLE).encode("ascii")


def _short_path(path: bytes) -> bytes:
    """``path`` without empty, ``.`` and ``..`` steps."""
    *steps, last = path.split(b"/")[1:] or [b""]
    kept: list[bytes] = []
    for step in [*steps, last]:
        if step == b".." and kept:
            kept.pop()
        elif step != b".":
            kept.append(step)
    end = kept.pop() if kept else b""
    return b"/" + b"".join(step + b"/" for step in kept if step) + end


def _without_session(path: bytes) -> bytes:
    found = _SESSION_IN_PATH.fullmatch(path)
    path = found[1] + found[2] if found else path
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _query(query: bytes) -> bytes:
    query = _escape(_unescape(query))
    for session in _SESSIONS:
        if found := session.fullmatch(query):
            query = found[1] + (found[2] or b"")
    arguments = sorted(part.split(b"=", 1) for part in query.lower().split(b"&"))
    return b"&".join(b"=".join(part) for part in arguments)


def index_line(record: Record) -> str | None:
    """Return the line of a record, ``None`` for one that holds nothing to replay.

    A 304 has none: whoever replays it would be told that nothing has changed since a visit that
    he never made.  The page at that time is the one captured before.  A withheld record has none.
    """
    url = record.get("WARC-Target-URI")
    if not url or record.kind not in ("response", "revisit", "resource"):
        return None
    if record.get("WARC-Profile") == WITHHELD:
        return None
    facts = _facts(record, url)
    if record.kind == "revisit" and facts["status"] == "304":
        return None
    return f"{surt(url)} {_stamp(record)} {json.dumps(facts)}"


def _stamp(record: Record) -> str:
    return _NOT_DIGITS.sub("", record.get("WARC-Date") or "")[:14].ljust(14, "0")


def _facts(record: Record, url: str) -> dict[str, str]:
    head = split_block(record.block)[0]
    status = _STATUS.match(head)
    media_type = (header(head, "Content-Type") or "unk").partition(";")[0].strip().lower()
    return {
        "url": url,
        "mime": "warc/revisit" if record.kind == "revisit" else media_type,
        "status": status[1].decode() if status else "-",
        "digest": record.get("WARC-Payload-Digest") or "-",
        "length": str(record.ref.length),
        "offset": str(record.ref.offset),
        "filename": record.ref.file,
    }
