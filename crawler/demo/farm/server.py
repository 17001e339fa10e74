"""The farm on loopback: many names, one port, a log for every host.

This module decides the wire: which address a name has, the port in the addresses that pages
write, ``https`` on the same port (told apart by the first byte, as a TLS greeting begins with
0x16), validators and 304, and what the log keeps.  Pages are the sites'.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from crawler.demo.farm.tls import server_context
from crawler.demo.farm.truth import FarmPortal
from crawler.demo.farm.web import Answer, Ask, Site, ask_for

LOOPBACK = "127.0.0.1"
_TLS_GREETING = b"\x16"
_PATIENCE = 30.0
# "//www.pinghu.test/", "\/\/www.pinghu.test\/", "//www.pinghu.test\"": a name without a port
_NAME = re.compile(rb"(?<=//)([a-z0-9.-]+\.test)(?![a-z0-9.:-])")
_NAME_IN_JSON = re.compile(rb"(?<=\\/\\/)([a-z0-9.-]+\.test)(?![a-z0-9.:-])")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it; ``at`` is its own monotonic clock.

    ``reports`` are the planted reports that the answer showed.
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
        validators: Mapping[str, Sequence[str]],
    ) -> None:
        self.sites = sites
        self.validators = validators
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
    validators: Mapping[str, Sequence[str]] | None = None,
    port: int = 0,
) -> Iterator[Farm]:
    """Serve the portals until the block ends; hosts without an address share 127.0.0.1."""
    hosts = [host for portal in portals for host in portal.hosts]
    farm = Farm(hosts, sites, validators or {})
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
            validators = _validators(answer, farm.validators.get(host, ()))
            if answer.status == 200 and _is_known(_titled(self.headers), validators):
                answer = Answer(status=304, reports=answer.reports)
            body = _with_port(answer, farm.places[host][1])
            self._note(host, at, answer, len(body))
            self.send_response(answer.status)
            if answer.status != 304:
                self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (*validators.items(), *answer.headers):
                named = _NAME.sub(rb"\1:%d" % farm.places[host][1], value.encode("latin-1"))
                self.send_header(name, named.decode("latin-1"))
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


def _validators(answer: Answer, kinds: Sequence[str]) -> dict[str, str]:
    """The headers by which a client may ask again; worked out before the port is put in."""
    found: dict[str, str] = {}
    if answer.status != 200:
        return found
    if "etag" in kinds:
        digest = hashlib.md5(answer.body, usedforsecurity=False).hexdigest()
        found["ETag"] = f'"{digest[:16]}"'
    if "modified" in kinds and answer.day:
        day = datetime.fromisoformat(answer.day).replace(hour=1, tzinfo=UTC)
        found["Last-Modified"] = format_datetime(day, usegmt=True)
    return found


def _is_known(headers: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """Return whether the client has what it asks for (RFC 9110, section 13.2.2)."""
    given, held = headers.get("If-None-Match"), validators.get("ETag")
    if given is not None:
        return held is not None and held in [
            one.strip().removeprefix("W/") for one in given.split(",")
        ]
    since, changed = headers.get("If-Modified-Since"), validators.get("Last-Modified")
    if since is None or changed is None:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except ValueError:
        return False
