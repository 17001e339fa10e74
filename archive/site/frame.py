"""The frame of every page: its language, its links, the navigation, and how a page is answered.

This module decides how a page is put together; what stands on it is the page's own.  A page is
a function of a connection and a `Page` that returns what its template shows, or ``None`` where
there is no such thing.  To add one:

1. ``archive/site/NAME_page.py``: ``def read_NAME(conn, page) -> Facts | None`` and
   ``NAME_page = page_view("NAME.html", read_NAME)``;
2. ``templates/NAME.html``, which begins with ``{% extends "frame.html" %}`` and fills the blocks
   ``title`` and ``main`` (no name of Datasette's own templates: base, index, table, row, …);
3. ``messages/NAME.toml`` with its words in both languages, ``say("NAME.word")`` in the template;
4. a line in ``plugins/pages.py``; the navigation shows an entry of `NAVIGATION` once its address
   answers.

Links are made by ``link("/region/330000", year=2020)`` and ``here(page=2)``, which keep the
language.  Chinese needs no argument, English is ``?lang=en``: an address shows everybody the same.
No page has a script, an inline style or anything from another host; the policy in `HEADERS`
forbids them.  Queries stop at Datasette's ``sql_time_limit_ms``: read by index or from a rollup,
never all statistics.
"""

from __future__ import annotations

import re
import sqlite3
import string
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar, cast
from urllib.parse import quote, unquote, urlencode, urlsplit
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from datasette import Response  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.plugins import pm  # type: ignore[import-untyped]
from datasette.utils import sqlite_timelimit  # type: ignore[import-untyped]
from datasette.utils.asgi import Request  # type: ignore[import-untyped]
from jinja2 import Environment

T = TypeVar("T")
Language = Literal["zh", "en"]
Facts = Mapping[str, object]
View = Callable[[Datasette, Request], Awaitable[Response]]

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
NAVIGATION = {
    "home": "/",
    "regions": "/regions",
    "search": "/search",
    "changes": "/changes",
    "findings": "/findings",
    "corrections": "/corrections",
    "coverage": "/coverage",
    "codebook": "/codebook",
    "downloads": "/downloads",
    "about": "/about",
}
_HTML_LANGUAGES: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}
_BEIJING = ZoneInfo("Asia/Shanghai")
_TEMPLATES: WeakKeyDictionary[Datasette, Environment] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: the path below the site's root, names in it, arguments, language."""

    path: str
    named: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    language: Language = "zh"
    root: str = "/"
    database: str = "archive"

    @property
    def html_language(self) -> str:
        """The language as the ``lang`` attribute names it."""
        return _HTML_LANGUAGES[self.language]

    @property
    def other_language(self) -> Language:
        """The language that the reader may change to."""
        return "en" if self.language == "zh" else "zh"

    def say(self, key: str, **facts: object) -> str:
        """Return the words of ``key`` (``home.title``) in the language of the page, facts filled in.

        Raises:
            KeyError: the catalogue has no such words, or they need a fact that is not given.
        """
        return catalogue()[key][self.language].format(**facts)

    def may_say(self, key: str, otherwise: str) -> str:
        """Return the words of ``key``, or ``otherwise`` where the catalogue has none."""
        words = catalogue().get(key)
        return words[self.language] if words else otherwise

    def link(self, path: str, **arguments: object) -> str:
        """Return the address of a page in the same language; ``None`` is no argument."""
        told = {name: value for name, value in arguments.items() if value is not None}
        if self.language == "en":
            told.setdefault("lang", "en")
        asked = urlencode(told, errors="replace")
        return (
            self.root.rstrip("/") + quote(path, errors="replace") + ("?" + asked if asked else "")
        )

    def here(self, **changes: object) -> str:
        """Return the address of this page with other arguments."""
        kept = {name: value for name, value in self.arguments.items() if name != "lang"}
        return self.link(self.path, **{**kept, **changes})

    def elsewhere(self, language: Language) -> str:
        """Return the address of this page in a language."""
        kept = {name: value for name, value in self.arguments.items() if name != "lang"}
        return Page(self.path, language=language, root=self.root).link(self.path, **kept)

    def number(self, name: str, *, least: int = 0, most: int = 9999) -> int | None:
        """Return the argument as a whole number in these bounds; nonsense is as if not there."""
        asked = self.arguments.get(name, "")
        if not (asked.isascii() and asked.isdigit() and len(asked) <= len(str(most))):
            return None
        return int(asked) if least <= int(asked) <= most else None


def page_view(template: str, gather: Callable[[sqlite3.Connection, Page], Facts | None]) -> View:
    """Return the view of a page: what ``gather`` reads, in the template; 404 where it is ``None``."""

    async def view(datasette: Datasette, request: Request) -> Response:
        page = page_of(datasette, request)
        try:
            facts = await read(datasette, lambda conn: gather(conn, page))
        except TimeoutError:
            return await render(datasette, request, "notice.html", {"notice": "slow"}, status=503)
        if facts is None:
            return await render(
                datasette, request, "notice.html", {"notice": "not_found"}, status=404
            )
        return await render(datasette, request, template, facts)

    return view


def page_of(datasette: Datasette, request: Request) -> Page:
    """Return what a request asks for."""
    root = datasette.urls.path("/")
    path = unquote(request.path)
    return Page(
        path="/" + path.removeprefix(root.rstrip("/")).lstrip("/"),
        named={name: unquote(value) for name, value in request.url_vars.items() if value},
        arguments={name: request.args[name] for name in request.args},
        language="en" if request.args.get("lang") == "en" else "zh",
        root=root,
        database=datasette.get_database().name,
    )


async def read(datasette: Datasette, ask: Callable[[sqlite3.Connection], T]) -> T:
    """Return what ``ask`` reads from the archive.

    Raises:
        TimeoutError: it took longer than the site allows.
    """

    def within(conn: sqlite3.Connection) -> T:
        with sqlite_timelimit(conn, datasette.setting("sql_time_limit_ms")):
            return ask(conn)

    try:
        return cast("T", await datasette.get_database().execute_fn(within))
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TimeoutError from error


async def render(
    datasette: Datasette, request: Request, template: str, facts: Facts, *, status: int = 200
) -> Response:
    """Return a page in the frame, with the headers that keep it safe."""
    page = page_of(datasette, request)
    context = {
        **facts,
        "page": page,
        "say": page.say,
        "may_say": page.may_say,
        "link": page.link,
        "here": page.here,
        "day": day,
        "number": in_thousands,
        "navigation": navigation(datasette),
        "style": datasette.urls.path("/assets/site.css"),
        "tables": datasette.urls.database(page.database),
    }
    text = templates_of(datasette).get_template(template).render(context)
    return Response.html(text, status=status, headers=HEADERS)


def templates_of(datasette: Datasette) -> Environment:
    """Return Datasette's templates to be filled in at once: nothing in ours waits for anything.

    Those that may wait (for the menus of plugins) take twice the time on pages of many cells.
    """
    if datasette not in _TEMPLATES:
        _TEMPLATES[datasette] = datasette.jinja_env.overlay(enable_async=False)
    return _TEMPLATES[datasette]


def rows(conn: sqlite3.Connection, sql: str, *values: object) -> list[dict[str, object]]:
    """Return the rows of a query, each by the names of its columns."""
    cursor = conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def navigation(datasette: Datasette) -> dict[str, str]:
    """Return the entries of the navigation for which a plugin has a page, with their paths."""
    routes = [route for some in pm.hook.register_routes(datasette=datasette) for route in some]
    return {
        name: path
        for name, path in NAVIGATION.items()
        if any(re.match(pattern, path) for pattern, _ in routes)
    }


def day(moment: object) -> str:
    """Return the Beijing date of a moment stored in UTC: 2026-11-28T17:00:00Z -> 2026-11-29."""
    text = str(moment or "")
    if not text.endswith("Z"):
        return text[:10]
    return datetime.fromisoformat(text).astimezone(_BEIJING).date().isoformat()


def is_invented(address: object) -> bool:
    """Return whether a host is one of the demonstration: no name that ends in .test is real."""
    try:
        host = urlsplit(str(address or "")).hostname or ""
    except ValueError:  # "http://[": crawled text is no address for certain
        return False
    return host.endswith(".test")


def in_thousands(value: object) -> str:
    """Return a number with its thousands apart: 12345 -> 12,345."""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


@cache
def catalogue() -> Mapping[str, Mapping[Language, str]]:
    """Return all words of the site by file and name, each in both languages.

    Raises:
        ValueError: words are missing in one language, or take other facts there.
    """
    words = {
        f"{file.name.removesuffix('.toml')}.{name}": both
        for file in (files("archive") / "site" / "messages").iterdir()
        for name, both in tomllib.loads(file.read_text("utf-8")).items()
    }
    for key, both in words.items():
        if set(both) != {"zh", "en"} or len({_facts_of(text) for text in both.values()}) != 1:
            raise ValueError(f"{key}: {both}")
    return words


def _facts_of(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
