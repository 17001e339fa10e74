"""The farm on loopback: many names, one port, a log for every host.

This module decides the wire: which address a name has, the port in the addresses that pages
write, ``https`` on the same port (told apart by the first byte, as a TLS greeting begins with
0x16), and what the log keeps.  Pages are the sites', validators ``webserver``'s.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from crawler.demo.farm.tls import server_context
from crawler.demo.farm.truth import FarmPortal
from crawler.demo.farm.web import Answer, Ask, Site, ask_for
from crawler.demo.farm.webserver import WebServer, is_known, may_pack, pack, version_of

LOOPBACK = "127.0.0.1"
_TLS_GREETING = b"\x16"
_PATIENCE = 30.0
_HEAD_BYTES = 71
"""The status line, Server, Date and the empty line."""

# "//www.pinghu.test/", "\/\/www.pinghu.test\/", "//www.pinghu.test\"": a name without a port
_NAME = re.compile(rb"(?<=//)([a-z0-9.-]+\.test)(?![a-z0-9.:-])")
_NAME_IN_JSON = re.compile(rb"(?<=\\/\\/)([a-z0-9.-]+\.test)(?![a-z0-9.:-])")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it; ``at`` is its own monotonic clock.

    ``sent`` are the bytes of its answer, head included; ``reports`` are the planted reports that
    the answer showed.
    """

    at: float
    method: str
    path: str
    status: int
    sent: int
    reports: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class Farm:
    """The served portals: where each host answers, and what it was asked."""

    def __init__(
        self,
        hosts: Sequence[str],
        sites: Mapping[str, Site],
        servers: Mapping[str, WebServer],
    ) -> None:
        self.sites = sites
        self.servers = servers
        self.places: dict[str, tuple[str, int]] = {}
        self.log: dict[str, list[Request]] = {host: [] for host in hosts}
        self.closing = threading.Event()

    def url(self, address: str) -> str:
        """Return an address of the farm with the port that is served."""
        parts = urlsplit(address)
        port = self.places[parts.hostname or ""][1]
        return parts._replace(netloc=f"{parts.hostname}:{port}").geturl()

    def test_hosts(self) -> dict[str, str]:
        """Return the setting ``TEST_HOSTS``: the address of every host of the farm."""
        return {host: address for host, (address, _) in self.places.items()}

    def identify(self, url: str) -> tuple[str, ...]:
        """Return the planted reports that the answer at an address shows."""
        host = urlsplit(url).hostname or ""
        return self.sites[host].answer(ask_for(url)).reports if host in self.log else ()


@contextmanager
def serve(
    portals: Sequence[FarmPortal],
    sites: Mapping[str, Site],
    *,
    addresses: Mapping[str, str] | None = None,
    servers: Mapping[str, WebServer] | None = None,
    port: int = 0,
) -> Iterator[Farm]:
    """Serve the portals until the block ends; hosts without an address share 127.0.0.1."""
    hosts = [host for portal in portals for host in portal.hosts]
    farm = Farm(hosts, sites, servers or {})
    chosen = addresses or {}
    with ExitStack() as stack:
        for address in sorted({chosen.get(host, LOOPBACK) for host in hosts}):
            server = stack.enter_context(_running(farm, address, port))
            for host in hosts:
                if chosen.get(host, LOOPBACK) == address:
                    farm.places[host] = (address, int(server.server_address[1]))
        stack.callback(farm.closing.set)
        yield farm


@contextmanager
def _running(farm: Farm, address: str, port: int) -> Iterator[ThreadingHTTPServer]:
    server = _Server((address, port), _answering(farm))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        farm.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """Speaks TLS to those who begin with it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def finish_request(self, request: object, client_address: object) -> None:
        """Answer one connection, in its own thread."""
        assert isinstance(request, socket.socket)
        request.settimeout(_PATIENCE)
        try:
            if request.recv(1, socket.MSG_PEEK) == _TLS_GREETING:
                request = server_context().wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except (OSError, ssl.SSLError):
            return  # the client went away
        finally:
            if isinstance(request, ssl.SSLSocket):
                request.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients of hostile sites hang up."""


def _answering(farm: Farm) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # heads and bodies are written apart
        server_version = "nginx"
        sys_version = ""

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode("utf-8", "replace")
            form = (
                {"": body}
                if body.startswith("{")
                else dict(parse_qsl(body, keep_blank_values=True))
            )
            self._answer(form)

        do_HEAD = do_GET  # noqa: N815  the base class calls it so

        def _answer(self, form: Mapping[str, str]) -> None:
            at = time.monotonic()
            host = self.headers.get("Host", "").partition(":")[0].lower()
            if host not in farm.log:
                self.send_error(404)
                return
            asked = ask_for(f"http://{host}{self.path}", form if self.command == "POST" else None)
            answer = farm.sites[host].answer(
                Ask(host, asked.path, asked.query, form, _titled(self.headers), self.command)
            )
            if answer.misbehave is not None:
                self._note(host, at, answer, 0)
                self.close_connection = True
                answer.misbehave(self.wfile, farm.closing.wait)  # type: ignore[arg-type]
                return
            self._send(host, at, answer)

        def _send(self, host: str, at: float, answer: Answer) -> None:
            asked, server = _titled(self.headers), farm.servers.get(host, WebServer())
            packed = may_pack(answer, asked)
            version = version_of(answer, urlsplit(self.path).path, server, packed=packed)
            body = _with_port(answer, farm.places[host][1])
            if is_known(asked, version):
                answer, body = Answer(status=304, reports=answer.reports), b""
            elif packed:
                answer = pack(answer, body)
                body = answer.body
            headers = [*version.headers.items(), *answer.headers]
            if answer.status != 304:
                headers += [
                    ("Content-Type", answer.content_type),
                    ("Content-Length", str(len(body))),
                ]
            port = rb"\1:%d" % farm.places[host][1]
            lines = [(name, _NAME.sub(port, value.encode("latin-1"))) for name, value in headers]
            head = _HEAD_BYTES + sum(len(name) + len(value) + 4 for name, value in lines)
            self._note(host, at, answer, head + len(body))
            self.send_response(answer.status)
            for name, line in lines:
                self.send_header(name, line.decode("latin-1"))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _note(self, host: str, at: float, answer: Answer, sent: int) -> None:
            farm.log[host].append(
                Request(
                    at, self.command, self.path, answer.status, sent, answer.reports,
                    _titled(self.headers),
                )
            )  # fmt: skip

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the farm has its own log."""

    return Answering


def _titled(headers: Message) -> dict[str, str]:
    """The header fields of a request, their names in one spelling."""
    return {name.title(): value for name, value in headers.items()}


def _with_port(answer: Answer, port: int) -> bytes:
    """The body with the port behind every name of the farm."""
    if not answer.content_type.startswith(("text/", "application/json")):
        return answer.body
    body = _NAME.sub(rb"\1:%d" % port, answer.body)
    return _NAME_IN_JSON.sub(rb"\1:%d" % port, body) if b"\\/" in body else body
