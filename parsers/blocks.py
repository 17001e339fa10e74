"""Recognising the page of an anti-bot system instead of the page asked for.

This module decides by status and by signatures in small bodies, which are data in
``blocks.toml``; nothing here or elsewhere answers a challenge.  A cookie that such a system
sets on open pages too is no sign of a block.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SMALL_BODY = 8 * 1024
"""Challenges are small; a signature inside a large page is only quoted there."""

REFUSING = frozenset({403, 405, 468, 491})
"""Statuses whose small body may be a firewall's in plain words."""

EVADING = frozenset({202, 400})
TINY_BODY = 1024
"""An answer of this kind, that sets a system's cookie, is its page even without its script."""


@dataclass(frozen=True, slots=True)
class _System:
    name: str
    status: frozenset[int]
    headers: re.Pattern[bytes] | None
    location: re.Pattern[bytes] | None
    body: re.Pattern[bytes] | None
    refusal: re.Pattern[bytes] | None
    cookies: re.Pattern[bytes] | None


def _any_of(patterns: Iterable[bytes]) -> re.Pattern[bytes] | None:
    joined = b"|".join(patterns)
    return re.compile(joined) if joined else None


def _words(words: Iterable[str]) -> list[bytes]:
    return [re.escape(word.encode(codec)) for word in words for codec in ("utf-8", "gb18030")]


def _system(table: Mapping[str, list[str]]) -> _System:
    headers = [name.encode() for name in table.get("headers", ())]
    patterns = [pattern.encode() for pattern in table.get("body", ())]
    return _System(
        name=str(table["name"]),
        status=frozenset(map(int, table.get("status", ()))),
        headers=_any_of(rb"(?im:^" + re.escape(name) + rb")" for name in headers),
        location=_any_of(
            rb"(?im:^location:.*" + re.escape(word.encode()) + rb")"
            for word in table.get("location", ())
        ),
        body=_any_of(_local_flags(p) for p in (*patterns, *_words(table.get("words", ())))),
        refusal=_any_of(_words(table.get("refusal_words", ()))),
        cookies=_any_of(
            rb"(?m:^(?i:set-cookie): *" + pattern.encode() + rb"=)"
            for pattern in table.get("refusal_cookies", ())
        ),
    )


def _local_flags(pattern: bytes) -> bytes:
    """``(?i)x`` as ``(?i:x)``, since flags may stand at the beginning of a whole pattern only."""
    return b"(?i:" + pattern[4:] + b")" if pattern.startswith(b"(?i)") else pattern


@cache
def _systems() -> tuple[_System, ...]:
    text = files("parsers").joinpath("blocks.toml").read_text("utf-8")
    return tuple(_system(table) for table in tomllib.loads(text)["system"])


def find_block(status: int, headers: bytes, body: bytes) -> str | None:
    """Return the name of the system whose page this is, or ``None`` for an honest answer.

    ``headers`` are the header lines as bytes, ``body`` is decompressed.
    """
    small = 0 < len(body) < SMALL_BODY
    moved = 300 <= status < 400
    for system in _systems():
        if status in system.status:
            return system.name
        if (
            system.headers
            and (status in REFUSING or not body)
            and not moved
            and system.headers.search(headers)
        ):
            return system.name
        if moved and system.location and system.location.search(headers):
            return system.name
        if (
            status in EVADING
            and len(body) < TINY_BODY
            and system.cookies
            and system.cookies.search(headers)
        ):
            return system.name
        if small and system.body and system.body.search(body):
            return system.name
        if small and system.refusal and status in REFUSING and system.refusal.search(body):
            return system.name
    return None
