"""The demo sites on loopback: one port, hosts told apart by name.

This module decides how pages are served and how one edition takes the place of another.  It
leaves the pages to ``pages`` and the names to ``resolver``.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

from crawler.demo.pages import Site, missing_page

USUAL_PORT = 8765


class DemoServer:
    """A running server of demo pages; ``publish`` replaces what it serves."""

    def __init__(self, site: Site, port: int | None = None) -> None:
        """Listen on ``port``; without one on the usual port, or any free one if it is taken."""
        self.site = site
        self._http = _listen(self, port)
        self._thread = Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port that answers."""
        return int(self._http.server_address[1])

    def publish(self, site: Site) -> None:
        """Serve another edition from now on."""
        self.site = site

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _listen(server: DemoServer, port: int | None) -> ThreadingHTTPServer:
    class Answer(BaseHTTPRequestHandler):
        """Answers one connection from the pages that are published now."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # heads and bodies are written apart

        def do_GET(self) -> None:
            """Send the page, or the missing page."""
            host = self.headers.get("Host", "").partition(":")[0]
            page = server.site.get((host, self.path)) or missing_page()
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(page.body)

        do_HEAD = do_GET  # noqa: N815 - the base class calls it so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the crawl has its own log."""

    ports = (port,) if port is not None else (USUAL_PORT, 0)
    for choice in ports[:-1]:
        try:
            return ThreadingHTTPServer(("127.0.0.1", choice), Answer)
        except OSError:  # taken: try the next
            continue
    return ThreadingHTTPServer(("127.0.0.1", ports[-1]), Answer)
