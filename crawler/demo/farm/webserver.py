"""What the web server before a portal does to its answers: validators, 304 and compression.

This module decides the headers by which a client may ask again for changes only.  Which server a
portal has, and what each says, is data (``portals.toml``, ``servers.toml``).

Source: RFC 9110, sections 8.8 and 13; the documentation of nginx (ngx_http_gzip_module), Apache
httpd 2.4 (mod_deflate, DeflateAlterETag) and IIS.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import Literal

from crawler.demo.farm.plan import read_data
from crawler.demo.farm.web import HTML, Answer

_PROGRAM = re.compile(r"\.(?:aspx?|php|jsp|do|action)$")
_PACKED = ("text/", "application/json")
_PACKED_FROM = 256


@dataclass(frozen=True, slots=True)
class WebServer:
    """One of ``servers.toml``."""

    pages: Sequence[str] = ()
    files: Sequence[str] = ()
    tag: str = ""
    packed: Literal["", "weak", "suffix"] = ""
    clock: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What a server says of one version of a file; ``known`` are the tags that it answers to."""

    headers: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


def is_made(path: str) -> bool:
    """Return whether the path of an address names a program, which makes what it answers."""
    return _PROGRAM.search(path.partition(";")[0]) is not None


@cache
def read_server(name: str) -> WebServer:
    """Return a web server by name."""
    row = read_data("servers")[name]
    return WebServer(**row)


def version_of(answer: Answer, path: str, server: WebServer, *, packed: bool) -> Version:
    """Return what a server says of the file at a path; nothing of what a program makes.

    It is worked out before the port is put into a page, so that it is the same on every run.
    """
    if answer.status != 200:
        return Version()
    if not answer.day or is_made(path):
        now = format_datetime(datetime.now(UTC), usegmt=True)
        return Version({"Last-Modified": now} if server.clock else {})
    kinds = server.pages if answer.content_type.startswith(HTML) else server.files
    day = datetime.fromisoformat(answer.day).replace(hour=1, tzinfo=UTC)
    headers, known = {}, frozenset[str]()
    if "etag" in kinds:
        tag = server.tag.format(modified=int(day.timestamp()), length=len(answer.body))
        known = frozenset({f'"{tag}"'})
        headers["ETag"] = _packed_tag(tag, server) if packed else f'"{tag}"'
    if "modified" in kinds:
        headers["Last-Modified"] = format_datetime(day, usegmt=True)
    return Version(headers, known)


def _packed_tag(tag: str, server: WebServer) -> str:
    return {"weak": f'W/"{tag}"', "suffix": f'"{tag}-gzip"'}.get(server.packed, f'"{tag}"')


def is_known(asked: Mapping[str, str], version: Version) -> bool:
    """Return whether the client has what it asks for (RFC 9110, section 13.2.2)."""
    given = asked.get("If-None-Match")
    if given is not None:
        tags = {one.strip().removeprefix("W/") for one in given.split(",")}
        return not tags.isdisjoint(version.known)
    since, changed = asked.get("If-Modified-Since"), version.headers.get("Last-Modified")
    if since is None or changed is None:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except ValueError:
        return False


def may_pack(answer: Answer, asked: Mapping[str, str]) -> bool:
    """Return whether the server compresses an answer for this client."""
    return (
        "gzip" in asked.get("Accept-Encoding", "")
        and answer.content_type.startswith(_PACKED)
        and len(answer.body) >= _PACKED_FROM
        and not any(name == "Content-Encoding" for name, _ in answer.headers)
    )


def pack(answer: Answer, body: bytes) -> Answer:
    """Return an answer with its body compressed."""
    headers = (*answer.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return replace(answer, body=gzip.compress(body, 6, mtime=0), headers=headers)
