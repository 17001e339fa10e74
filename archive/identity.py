"""When two addresses are one document.

This module decides the name under which the key of a document is minted: its address without
what a server may change while the page stays the same.  Which report a document belongs to is
left to ``naming``.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

# "http://A.test:80/x#top" -> "http", "A.test", "80", "/x"
_ADDRESS = re.compile(r"(https?)://([^/?#:]+)(?::(\d+))?([^#]*)", re.IGNORECASE)
_PORTS = {"http": "80", "https": "443"}


def document_name(url: str) -> str:
    """Return ``url`` without scheme, default port and fragment; http and https are twins."""
    found = _ADDRESS.match(url)
    if found is None:
        return url
    scheme, host, port, rest = found.groups()
    port = "" if port in (None, _PORTS[scheme.lower()]) else f":{port}"
    return f"//{host.lower()}{port}{rest or '/'}"


def leads_to_itself(url: str, location: str | None) -> bool:
    """Return whether a redirect from ``url`` leads to the same document at a twin address."""
    return location is not None and document_name(urljoin(url, location)) == document_name(url)
