"""The addresses /changes.atom and /changes.json: the newest changes, for a feed reader.

What is news is decided by ``archive.feeds``; an entry leads to the report's page on this site.
"""

from __future__ import annotations

from datasette import Response  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils.asgi import Request  # type: ignore[import-untyped]

from archive.feeds import Entry, newest_changes, to_atom, to_json_feed
from archive.site.frame import HEADERS, read

_NEVER = "1970-01-01T00:00:00Z"


async def atom_feed(datasette: Datasette, request: Request) -> Response:
    """Return the changes as Atom."""
    entries, site = await _newest(datasette, request)
    body = to_atom(entries, site, _NEVER).decode()
    return Response(body, headers=HEADERS, content_type="application/atom+xml; charset=utf-8")


async def json_feed(datasette: Datasette, request: Request) -> Response:
    """Return the changes as a JSON Feed."""
    entries, site = await _newest(datasette, request)
    body = to_json_feed(entries, site).decode()
    return Response(body, headers=HEADERS, content_type="application/feed+json; charset=utf-8")


async def _newest(datasette: Datasette, request: Request) -> tuple[list[Entry], str]:
    site = datasette.absolute_url(request, datasette.urls.path("/"))
    return await read(datasette, newest_changes), str(site)
