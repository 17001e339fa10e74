"""What no page may do, whatever was crawled: policy, limits, addresses that lead nowhere.

Crawled text is never trusted.  Templates escape it; this module decides what holds should one
fail to: which scripts a browser may run, how large a value a query may make, that no captured
address in a table is a link and no cell of a CSV a formula, what robots may read, and that
nobody is told of the machine.  What pages say is theirs, time and row limits are ``browse``'s.
Archived pages are never served, only text that was read from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response, hookimpl  # type: ignore[import-untyped]
from datasette import handle_exception as of_datasette
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils.asgi import Base400, NotFound, Request  # type: ignore[import-untyped]
from datasette.views.base import DatasetteError  # type: ignore[import-untyped]

from archive.site.frame import render
from archive.spreadsheet import inert_line

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# The inline scripts of Datasette 0.65: menus, the editor of SQL, whether facets are allowed.
SCRIPTS = (
    "sha256-DMtesc2dB3xCZhCWIkDIjRY30AJia2dU9R83J/BG2Y4=",
    "sha256-uEjwHx6B6TylDkwnKXY5NeNNPyI38FvghD4BDhzZMRc=",
    "sha256-fyi5q99UcdjzV8X7vfr/UYD4dsV4ViDDhotcy8GQ6PM=",
)
_JOINED = "' '".join(SCRIPTS)
# Its pages have colours in style attributes, too, and a picture in a style.
_TABLES = (
    "default-src 'none'; "
    f"script-src 'self' '{_JOINED}'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# A page that sets one of these itself keeps its own.
HEADERS = {
    b"content-security-policy": _TABLES.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
# Time limits stop a loop, not one call of a function.
LONGEST_VALUE = 8_000_000  # bytes; hex(zeroblob(4e8)) took 8 s and 2 GB
LONGEST_PATTERN = 1_000  # bytes; LIKE with 40,000 took 20 s on a text of 100,000
# Tables, queries and narrowed lists are for people; robots read the pages that these lead to.
ROBOTS = """\
User-agent: *
Disallow: /{database}
Disallow: /search
Disallow: /-/
Disallow: /*?
Allow: /*?lang=en$
Crawl-delay: 5
"""
# Where rich is installed, Datasette has it draw every refused query with all values at hand into
# the log, which takes long, and fails on an address that nothing answers.
of_datasette.rich = None


@hookimpl  # type: ignore[untyped-decorator]
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Awaitable[Response] | None:
    """Return the page that says there is nothing, or that something failed and not what."""
    if request.path.endswith(".json") or isinstance(exception, DatasetteError):
        return None
    if isinstance(exception, NotFound):
        return _notice(datasette, request, "not_found", 404)
    return None if isinstance(exception, Base400) else _notice(datasette, request, "failed", 500)


async def _notice(datasette: Datasette, request: Request, notice: str, status: int) -> Response:
    return await render(datasette, request, "notice.html", {"notice": notice}, status=status)


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Limit what one call of a function can cost, and take away the one that tells addresses."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
    for arguments in (1, 2):
        conn.create_function("fts3_tokenizer", arguments, lambda *_: None)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: object, datasette: Datasette) -> str | None:
    """Return an address as text: one that a page or a mirror gave may lead anywhere."""
    if not (isinstance(value, str) and value.strip().startswith(("http://", "https://"))):
        return None
    most = datasette.setting("truncate_cells_html")
    return value[:most] + "…" if most and len(value) > most else value


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Datasette) -> list[tuple[str, object]]:
    """Return what robots ask for first."""
    text = ROBOTS.format(database=datasette.get_database().name)
    return [(r"^/robots\.txt$", lambda: Response.text(text))]


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Return what stands around every answer."""
    about_the_machine = datasette.urls.path("/-/")
    static = datasette.urls.path("/-/static/")

    def wrap(app: App) -> App:
        async def answer(scope: Message, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            if path.startswith(about_the_machine) and not path.startswith(static):
                await Response.text("Not found", status=404).asgi_send(_guarded(send))
            elif path.endswith(".csv"):
                await app(scope, receive, _without_formulas(_guarded(send)))
            else:
                await app(scope, receive, _guarded(send))

        return answer

    return wrap


def _guarded(send: Send) -> Send:
    """Return ``send`` with the headers that an answer has not set itself."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            missing = [(name, value) for name, value in HEADERS.items() if name not in own]
            message = {**message, "headers": [*message["headers"], *missing]}
        await send(message)

    return guarded


def _without_formulas(send: Send) -> Send:
    """Return ``send`` with cells that a spreadsheet only shows; Datasette sends row by row."""
    is_table = False

    async def guarded(message: Message) -> None:
        nonlocal is_table
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message["headers"] if name == b"content-type"]
            is_table = any(kind.startswith((b"text/csv", b"text/plain")) for kind in kinds)
        elif is_table:
            message = {**message, "body": inert_line(message["body"].decode()).encode()}
        await send(message)

    return guarded
