"""A server that does not keep to HTTP, for tests of what it can do to us: nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

Say = Callable[[socket.socket, threading.Event], None]


@dataclass(slots=True)
class HostileServer:
    """Answers each path with whatever its function says on the bare socket."""

    says: Mapping[str, Say]
    host: str = "127.0.0.1"
    paths: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    listener: socket.socket = field(init=False)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.listener = socket.create_server((self.host, 0))
        self.listener.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        for thread in self.threads:
            thread.join(10)
        self.listener.close()

    def url(self, path: str = "/") -> str:
        """Return the address of a path on this server."""
        return f"http://{self.host}:{self.listener.getsockname()[1]}{path}"

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            with suppress(TimeoutError):
                connection, _ = self.listener.accept()
                self._start(self._answer, connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with connection, suppress(OSError):
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(4096)
            path = asked.split(b" ", 2)[1].decode()
            self.paths.append(path)
            self.says.get(path, not_found)(connection, self.closing)


def not_found(connection: socket.socket, closing: threading.Event) -> None:
    """Answer that there is nothing."""
    answer(b"", 404)(connection, closing)


def answer(body: bytes, status: int = 200, headers: bytes = b"") -> Say:
    """Return what an honest server says."""
    head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n" % (status, len(body))
    kind = b"" if b"Content-Type" in headers else b"Content-Type: text/html; charset=utf-8\r\n"
    return lambda connection, _: connection.sendall(head + kind + headers + b"\r\n" + body)


def endless(head: bytes, part: bytes, pause: float = 0.0) -> Say:
    """Return one that sends ``part`` for as long as the client listens."""

    def say(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(head)
        while not closing.wait(pause):
            connection.sendall(part)

    return say
