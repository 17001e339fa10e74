"""Asking a server only for what has changed.

This module decides which validators go with a request: those of the body that the archive
holds of the same address, never those of a page that redirected here.

Apache since 2.4 puts ``-gzip`` behind the ETag of a page that it compresses, and does not know
the tag again when it comes back, so that every visit would cost the whole page.  The tag of the
page before compression goes along for it: the compressed page is made from that one.

Source: RFC 9110, section 13 (conditional requests); Apache httpd 2.4, mod_deflate,
``DeflateAlterETag AddSuffix`` ("prevents serving HTTP Not Modified (304) responses").
"""

from __future__ import annotations

import re

from scrapy.http import Request

from archive.visits import HeldBody

META_KEY = "held"
# "5f3c-1a2b-gzip"
_SUFFIXED = re.compile(r'((?:W/)?"[^"]+)-(?:gzip|br)"')


def held_of(request: Request) -> HeldBody | None:
    """Return the body that the archive holds of exactly this address."""
    held = request.meta.get(META_KEY)
    if isinstance(held, HeldBody) and held.original.url == request.url.partition("#")[0]:
        return held
    return None


def tags_to_send(etag: str) -> str:
    """Return the field ``If-None-Match`` for a tag: itself, and the one before compression."""
    suffixed = _SUFFIXED.fullmatch(etag)
    return f'{etag}, {suffixed[1]}"' if suffixed else etag


class ValidatorsMiddleware:
    """Sets ``If-None-Match`` and ``If-Modified-Since``, and removes those of another address."""

    def process_request(self, request: Request) -> None:
        """Make the request conditional where the archive holds the page."""
        held = held_of(request)
        validators = {
            "If-None-Match": tags_to_send(held.etag) if held and held.etag else None,
            "If-Modified-Since": held.last_modified if held else None,
        }
        for name, value in validators.items():
            request.headers.pop(name, None)
            if value is not None:
                request.headers[name] = value.encode("latin-1")
