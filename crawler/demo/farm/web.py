"""What a site of the farm is asked and answers, and how a request finds its page.

This module decides routing and encoding.  What stands on the pages is left to the families,
the wire (connections, validators, ports) to ``server``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, ParamSpec
from urllib.parse import parse_qsl, unquote, urlsplit

HTML = "text/html"
_Given = ParamSpec("_Given")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: ``query`` and ``form`` keep the last value of a repeated name."""

    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``reports`` are the keys of the planted reports that it shows.

    ``misbehave`` writes to the connection itself, head included, and nothing else is sent.
    ``day`` is the day of the file on the server's disk; what a program makes has none.
    """

    body: bytes = b""
    content_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    reports: tuple[str, ...] = ()
    day: str = ""
    misbehave: Callable[[BinaryIO, Callable[[float], bool]], None] | None = None


Page = Answer | Callable[[Ask], Answer]


def ask_for(url: str, form: Mapping[str, str] | None = None) -> Ask:
    """Return the request for an address, as a browser would send it."""
    parts = urlsplit(url)
    return Ask(
        host=parts.hostname or "",
        path=unquote(parts.path) or "/",
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        form=form or {},
        method="GET" if form is None else "POST",
    )


class Site:
    """The pages of one host.

    A page is known by its path, or by its path and the last parameter of its query
    (``/show.asp?id=7``); whatever else a request's query says is for the page to read.  A session id
    in the path (``;jsessionid=…``) is no part of the address.
    """

    def __init__(self, missing: Page) -> None:
        self.missing = missing
        self.pages: dict[str, Page] = {}

    def add(self, address: str, page: Page) -> None:
        """Let ``page`` answer at ``address``; two pages at one address would hide a mistake."""
        path, mark, query = address.partition("?")
        address = path + mark + query.rpartition("&")[2]
        if address in self.pages:
            raise ValueError(f"two pages at {address}")
        self.pages[address] = page

    def answer(self, ask: Ask) -> Answer:
        """Return what the site answers."""
        path = ask.path.partition(";")[0]
        names = (f"{path}?{name}={value}" for name, value in ask.query.items())
        page = next((self.pages[name] for name in (*names, path) if name in self.pages), None)
        if page is None:
            page = self.missing
        return page if isinstance(page, Answer) else page(ask)


def text_answer(
    text: str, charset: str = "utf-8", *, announced: bool = True, status: int = 200, **more: object
) -> Answer:
    """Return a page of HTML; ``announced`` says whether the header names the charset."""
    named = f"{HTML}; charset={charset.upper()}" if announced else HTML
    codec = "gb18030" if charset.lower() in {"gb2312", "gbk"} else charset
    return Answer(text.encode(codec), named, status, **more)  # type: ignore[arg-type]


def redirect(url: str, status: int = 302) -> Answer:
    """Return a redirect by status."""
    return Answer(status=status, headers=(("Location", url),))


def page(draw: Callable[_Given, Answer], *args: _Given.args, **kwargs: _Given.kwargs) -> Page:
    """Return a page that is drawn when it is asked for, whatever else the request says."""
    return lambda _: draw(*args, **kwargs)
