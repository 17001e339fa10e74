"""Lists that only a script fills, as a browser shows them: the optional extra ``browser``.

This module decides what the browser may do: nothing on the network.  Chromium gets the list page
that the crawl holds already, and what the page's scripts ask for is asked by the crawl itself, so
that guard, robots.txt, pace, budget, block recognition and the archive are those of any other
request.  Scripts, XHR and fetch of the list's own host are asked for, at most
``BROWSER_REQUESTS``; pictures, styles, frames, other hosts, further pages and sockets are not.
Chromium itself can resolve no name and reach no address.

Each visit has a new context: no cookie is kept, none is sent.  A challenge, or a cookie by which
an anti-bot system lets a browser pass, ends the visit as ``blocked``; nothing is solved or hidden.
Which lists are rendered is left to the spider, what is kept of it to ``extensions.run_record``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.asked import META_KEY, Asked
from crawler.gate import gate_of, lanes_of
from crawler.refusal import Refused
from parsers.blocks import find_block

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # what is not answered here goes nowhere
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
ASKED_FOR = frozenset({"script", "xhr", "fetch"})
"""Kinds of sub-requests, in Chromium's words, without which a list stays empty."""

PASSED_ON = frozenset({"accept", "content-type", "x-requested-with"})
"""Headers of a sub-request that its server may need to answer it."""

NOTED = 200
"""Requests of one page that are written down; a script may try without end."""

LARGEST = 8 * 1024 * 1024
"""Characters of a document tree that is kept; a list has no more."""

GRACE = 10.0
"""Seconds for which a page whose scripts never end is waited for beyond its time."""

QUIET = 0.5
CALM = 5.0
"""Seconds without a sub-request: twice the first is enough for a page that calls itself complete,
the second for one that never does."""


class NoBrowser(Exception):
    """A page could not be rendered; the reason is for people."""


@dataclass(frozen=True, slots=True)
class SubRequest:
    """One request of a page's scripts, and its status, or why it was not made."""

    method: str
    url: str
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """A list page after its scripts have run; ``html`` is its document tree written out."""

    url: str
    portal: str
    html: str
    software: str
    seconds: float
    requests: tuple[SubRequest, ...]
    cookies: tuple[str, ...]
    blocked: str | None

    def facts(self) -> dict[str, object]:
        """Return the rendering as JSON values."""
        return {
            "label": "document tree after rendering; no answer of the server",
            "portal": self.portal,
            "html": self.html,
            "software": self.software,
            "seconds": round(self.seconds, 1),
            "requests": [
                {"method": one.method, "url": one.url, "kind": one.kind, "outcome": one.outcome}
                for one in self.requests
            ],
            "cookies": list(self.cookies),
            "blocked": self.blocked,
        }


@dataclass  # without slots: Playwright notes on the object that it calls its method
class _Visit:
    """What one page asks for while it is rendered."""

    crawler: Crawler
    page: Response
    portal: str
    most: int
    seconds: float
    until: float | None = None
    asked: int = 0
    waiting: int = 0
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    blocked: Refused | None = None
    made: list[SubRequest] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        is_late = self.until is not None and time.monotonic() > self.until
        return is_late or self.blocked is not None

    async def take_over(self, page: Page, _: Request) -> None:
        """Let nothing of a page, or of a window that it opens, go to the network."""
        await page.route("**/*", self.answer)
        await page.context.route("**/*", lambda route: route.abort())

    async def answer(self, route: Route) -> None:
        """Answer one request of the page: the page itself, a sub-request, or nothing."""
        from playwright.async_api import Error  # noqa: PLC0415  an extra

        asked = route.request
        if asked.is_navigation_request() and asked.frame.parent_frame is None:
            await self._navigate(route)
        elif reason := self._refusal(asked.resource_type, asked.method, asked.url):
            self._note(route, reason)
            await route.abort()
        else:
            self.asked += 1
            self.waiting += 1
            self.stirred.set()
            with suppress(Error):  # the page may be closed by then
                await self._pass_on(route)
            self.waiting -= 1
            self.stirred.set()

    async def _navigate(self, route: Route) -> None:
        """Give the page itself, once; afterwards it stays where it is."""
        if self.until is not None:
            self._note(route, "not_needed")
            await route.fulfill(status=204)
        else:
            self.until = time.monotonic() + self.seconds
            await route.fulfill(status=200, headers=_kind_of(self.page), body=self.page.body)

    async def _pass_on(self, route: Route) -> None:
        """Answer a sub-request with what the crawl gets for it."""
        assert self.crawler.engine is not None
        asked = route.request
        request = Request(
            asked.url,
            method=asked.method,
            body=asked.post_data_buffer or b"",
            headers={name: text for name, text in asked.headers.items() if name in PASSED_ON},
            meta={META_KEY: Asked("rendering", self.portal, self.page.url)},
            callback=NO_CALLBACK,
        )
        try:
            answer = await self.crawler.engine.download_async(request)
        except Refused as refused:
            if refused.outcome.startswith("blocked:"):
                self.blocked = refused
            self._note(route, refused.outcome)
            await route.abort()
        except Exception as error:  # noqa: BLE001  whatever fails, the page goes without
            self._note(route, type(error).__name__)
            await route.abort()
        else:
            self._note(route, str(answer.status))
            await route.fulfill(status=answer.status, headers=_kind_of(answer), body=answer.body)

    def _refusal(self, kind: str, method: str, url: str) -> str | None:
        if kind not in ASKED_FOR or method not in {"GET", "POST"}:
            return "not_needed"
        if urlsplit(url)[:2] != urlsplit(self.page.url)[:2]:
            return "offsite"
        return "too_many" if self.is_over or self.asked >= self.most else None

    def _note(self, route: Route, outcome: str) -> None:
        if len(self.made) < NOTED:
            asked = route.request
            self.made.append(SubRequest(asked.method, asked.url, asked.resource_type, outcome))

    async def settle(self, page: Page) -> None:
        """Wait until the page is complete and asks for nothing more, or the time is over."""
        calm = 0.0
        while not self.is_over and calm < CALM:
            self.stirred.clear()
            try:
                await asyncio.wait_for(self.stirred.wait(), QUIET)
            except TimeoutError:
                calm = 0.0 if self.waiting else calm + QUIET
                if calm > QUIET and await page.evaluate("document.readyState") == "complete":
                    return
            else:
                calm = 0.0


def _kind_of(response: Response) -> dict[str, str]:
    """The one header that the page needs; cookies stay behind."""
    kind = response.headers.get(b"Content-Type") or b"application/octet-stream"
    return {"content-type": kind.decode("latin-1")}


def clearance(names: Sequence[str]) -> str | None:
    """Return the system whose cookies these are that let a browser pass, ``None`` for others."""
    return find_block(200, b"", "\n".join(names).encode("utf-8", "replace"))


def cookie_names(response: Response) -> tuple[str, ...]:
    """Return the names of the cookies that an answer sets."""
    lines = response.headers.getlist(b"Set-Cookie")
    return tuple(line.partition(b"=")[0].strip().decode("latin-1") for line in lines)


class Browser:
    """One Chromium for a crawl."""

    def __init__(self, crawler: Crawler, executable: str) -> None:
        self.crawler = crawler
        self.executable = executable
        self.seconds = crawler.settings.getfloat("BROWSER_SECONDS")
        self.most = crawler.settings.getint("BROWSER_REQUESTS")
        self.visits = count(1)
        self.alone = asyncio.Lock()
        crawler.signals.connect(self.open, scrapy_signals.spider_opened)
        crawler.signals.connect(self.close, scrapy_signals.spider_closed)

    def open(self) -> None:
        """Make Chromium ready; it is started for the first page."""
        from scrapy_playwright.handler import (  # noqa: PLC0415  an extra
            ScrapyPlaywrightDownloadHandler,
        )

        self.handler = ScrapyPlaywrightDownloadHandler(self.crawler)
        self.handler.config.launch_options = {
            "executable_path": self.executable,
            "headless": True,
            "args": list(FLAGS),
        }

    async def close(self) -> None:
        """End Chromium."""
        await self.handler.close()

    async def render(self, page: Response, portal: str) -> Rendering:
        """Return what the scripts of a list page make of it.

        Raises:
            NoBrowser: Chromium could not show the page.
        """
        if system := clearance(cookie_names(page)):
            return self._blocked(page, portal, system)
        async with self.alone:
            visit = _Visit(self.crawler, page, portal, self.most, self.seconds)
            begun = time.monotonic()
            try:
                async with asyncio.timeout(self.seconds + GRACE):
                    html, cookies = await self._show(visit)
            except Exception as error:
                why = str(error).partition("\n")[0]
                raise NoBrowser(f"{type(error).__name__} {why}".strip()) from error
            if len(html) > LARGEST:
                raise NoBrowser(f"the document tree has {len(html)} characters")
            system = clearance(cookies) or find_block(200, b"", html.encode())
            if visit.blocked is not None:
                system = visit.blocked.outcome.partition(":")[2]
            elif system is not None:
                self._stop(page, system)
            return Rendering(
                page.url, portal, html, f"Chromium/{self.handler.browser.version}",
                time.monotonic() - begun, tuple(visit.made), cookies, system,
            )  # fmt: skip

    async def _show(self, visit: _Visit) -> tuple[str, tuple[str, ...]]:
        """Return the document tree and the names of the cookies that scripts have set."""
        meta: dict[str, Any] = {
            "playwright": True,
            "playwright_context": f"visit {next(self.visits)}",
            "playwright_context_kwargs": {
                "user_agent": self.crawler.settings["USER_AGENT"],
                "locale": "zh-CN",
                "service_workers": "block",
                "accept_downloads": False,
            },
            "playwright_include_page": True,
            "playwright_page_init_callback": visit.take_over,
            # a page that leads elsewhere meanwhile is never said to be loaded
            "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": self.seconds * 1000},
        }
        request = Request(visit.page.url, meta=meta)
        try:
            await self.handler.download_request(request)
            page: Page = request.meta["playwright_page"]
            await visit.settle(page)
            html = await page.content()
            cookies = await page.context.cookies()
        finally:
            if "playwright_page" in request.meta:
                await request.meta["playwright_page"].context.close()
        return html, tuple(str(cookie.get("name")) for cookie in cookies)

    def _blocked(self, page: Response, portal: str, system: str) -> Rendering:
        self._stop(page, system)
        return Rendering(page.url, portal, "", "", 0.0, (), cookie_names(page), system)

    def _stop(self, page: Response, system: str) -> None:
        """Ask nothing more of where a challenge has shown."""
        assert page.request is not None
        reason = f"{page.url} wants a browser to prove itself to {system}"
        gate_of(self.crawler).stop(lanes_of(page.request), Refused(f"blocked:{system}", reason))
