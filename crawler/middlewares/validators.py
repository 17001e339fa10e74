"""Asking a server only for what has changed.

This module decides which validators go with a request: those of the body that the archive
holds of the same address, never those of a page that redirected here.

Source: RFC 9110, section 13 (conditional requests).
"""

from __future__ import annotations

from scrapy.http import Request

from archive.visits import HeldBody

META_KEY = "held"


def held_of(request: Request) -> HeldBody | None:
    """Return the body that the archive holds of exactly this address."""
    held = request.meta.get(META_KEY)
    if isinstance(held, HeldBody) and held.original.url == request.url.partition("#")[0]:
        return held
    return None


class ValidatorsMiddleware:
    """Sets ``If-None-Match`` and ``If-Modified-Since``, and removes those of another address."""

    def process_request(self, request: Request) -> None:
        """Make the request conditional where the archive holds the page."""
        held = held_of(request)
        validators = {
            "If-None-Match": held.etag if held else None,
            "If-Modified-Since": held.last_modified if held else None,
        }
        for name, value in validators.items():
            request.headers.pop(name, None)
            if value is not None:
                request.headers[name] = value.encode("latin-1")
