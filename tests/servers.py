"""Real HTTP servers on loopback for tests, and the real ``scrapy`` run against them.

This module decides how a test plays a portal; what the portal shows is left to the tests.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tests.forks import run_fork

PROJECT = Path(__file__).resolve().parent.parent

HTML = (b"Content-Type", b"text/html")
HTML_UTF8 = (b"Content-Type", b"text/html; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: status, raw headers and body; or none at all (``hang``, ``drop``).

    A page with an ETag or Last-Modified is answered with 304 where the request names it.
    """

    body: bytes = b""
    status: int = 200
    headers: Sequence[tuple[bytes, bytes]] = (HTML,)
    hang: bool = False
    drop: bool = False
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as the server saw it; ``at`` is its own monotonic clock."""

    path: str
    at: float
    headers: Mapping[str, str]


NOT_FOUND = Page(b"<html><body>404</body></html>", 404)


@dataclass(slots=True)
class PageServer:
    """A threaded server on a free port of loopback; ``pages`` may be changed while it runs.

    With ``tls`` it speaks nothing else; ``name`` is by what its addresses call it.
    """

    pages: dict[str, Page]
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    name: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    server: ThreadingHTTPServer = field(init=False)
    thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer((self.host, 0), _answer_class(self))
        if self.tls is not None:
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def url(self, path: str = "/") -> str:
        """Return the address of a path on this server."""
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{self.name or self.host}:{self.server.server_address[1]}{path}"

    def paths(self) -> list[str]:
        """Return the paths asked for, in order of arrival."""
        return [arrival.path for arrival in self.arrivals]


def _is_unchanged(page: Page, asked: Mapping[str, str]) -> bool:
    """Return whether the validators of a request are those of the page."""
    pairs = ((b"ETag", "If-None-Match"), (b"Last-Modified", "If-Modified-Since"))
    own = dict(page.headers)
    return any(
        name in own and own[name].decode() == asked.get(condition) for name, condition in pairs
    )


def _answer_class(site: PageServer) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.arrivals.append(Arrival(self.path, time.monotonic(), dict(self.headers)))
            page = site.pages.get(self.path, NOT_FOUND)
            self.close_connection = True
            if page.hang:
                site.closing.wait(30)
                return
            if page.drop:
                return
            if _is_unchanged(page, self.headers):
                page = replace(page, status=304, body=b"")
            length = len(page.body) if page.length is None else page.length
            lines = [b"HTTP/1.1 %d Whatever" % page.status]
            lines += [name + b": " + value for name, value in page.headers]
            lines += [b"Content-Length: %d" % length, b"Connection: close", b"", b""]
            self.wfile.write(b"\r\n".join(lines) + page.body)

        do_POST = do_GET  # noqa: N815  its name there; a form is told by its address

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Keep test output quiet."""

    return Answer


class HasUrl(Protocol):
    """A server that can say where it is."""

    def url(self, path: str = "/") -> str:
        """Return the address of a path."""


def write_portal(folder: Path, server: HasUrl, portal: str, *columns: tuple[str, str]) -> None:
    """Write a portal file for a server; each column is a path and a family."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f'id = "{portal}"',
        f'name = "{portal} portal"',
        f'home = "{server.url()}"',
        'region = "321202"',
        "official = true",
    ]
    for path, family in columns:
        lines += ["[[columns]]", f'url = "{server.url(path)}"', f'family = "{family}"']
    (folder / f"{portal}.toml").write_text("\n".join(lines) + "\n", "utf-8")


def scrapy_command(
    *arguments: str, archive: Path | None = None, settings: Mapping[str, object] | None = None
) -> list[str]:
    """Return the command line of a ``scrapy`` run in the project's folder.

    With ``archive`` the run may ask loopback, pauses briefly and knows the portal files in
    ``archive/portals``.
    """
    chosen: dict[str, object] = {}
    if archive is not None:
        chosen = {
            "ARCHIVE_DIR": archive,
            "PORTALS_DIRS": archive / "portals",
            "ALLOW_LOOPBACK": 1,
            "DOWNLOAD_DELAY": 0.02,
            "DOWNLOAD_TIMEOUT": 5,
            "RETRY_TIMES": 0,
            "CONTACT": "tests@example.org",
        }
    chosen |= settings or {}
    options = [part for name, value in chosen.items() for part in ("-s", f"{name}={value}")]
    return [sys.executable, "-m", "scrapy", *arguments, *options]


def run_scrapy(
    *arguments: str, archive: Path | None = None, settings: Mapping[str, object] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return the finished ``scrapy`` run of ``scrapy_command``, in a fork (``tests.forks``)."""
    _, _, *command = scrapy_command(*arguments, archive=archive, settings=settings)
    return run_fork(command, PROJECT)
