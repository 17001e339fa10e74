"""A real browser for tests of the site: Debian's Chromium, held by one thread of the session.

This module decides how the browser is started, what of a page counts as a complaint, and where
pictures of pages go; what a reader does on them is left to the tests.  A test that takes the
fixture ``chromium`` runs in the browser's thread, as Playwright wants it.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from datasette.app import Datasette
from playwright.sync_api import Browser, Page, expect, sync_playwright

EXECUTABLE = "/usr/bin/chromium"
# A new profile is Playwright's own doing.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
DESKTOP, PHONE = 1280, 390
PATIENCE_MS = 60_000  # many tests run at once
PICTURES = Path(__file__).resolve().parent.parent / "build" / "pictures"
_WEIGHT = """() => ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
  .reduce((sum, one) => sum + one.transferSize, 0)"""
_STATE = """() => ({
  handlers: [...document.querySelectorAll('*')].flatMap(one =>
    one.getAttributeNames().filter(name => name.startsWith('on')).map(name => one.tagName + ' ' + name)),
  links: [...document.querySelectorAll('[href], [action], [src]')].map(one =>
    one.href?.baseVal ?? one.href ?? one.src ?? one.action).filter(one => one),
  frames: document.querySelectorAll('iframe, frame, object, embed, base').length,
  crooked: [...document.querySelectorAll('table')].filter(table => {
    const lines = [...table.rows].filter(row => getComputedStyle(row).display === 'table-row');
    const left = row => [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().left));
    return lines.some(row => row.cells.length === lines[0].cells.length
      && left(row).some((at, n) => Math.abs(at - left(lines[0])[n]) > 1));
  }).map(table => table.className),
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


def missing() -> str | None:
    """Return why no browser can be used here; ``None`` where one can."""
    if not Path(EXECUTABLE).exists():
        return "chromium is not installed"
    if shutil.which("fc-list"):
        fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout
        return None if fonts else "no Chinese font is installed (fonts-noto-cjk)"
    return "fontconfig is not installed"


@dataclass(slots=True)
class Tab:
    """A page in the browser, and what no page may do that it did."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Tab:
        """Open a page of the site."""
        self.page.goto(self.origin + path)
        return self

    def weight(self) -> int:
        """Return the bytes of the page with all that it needs."""
        return int(self.page.evaluate(_WEIGHT))

    def picture(self, name: str) -> None:
        """Keep the whole page as a picture for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def check(self, *, barriers: bool = True) -> None:
        """Assert that everybody can use the page, on this screen, and that it did nothing odd.

        Looking for barriers takes seconds on a long page.
        """
        self.page.wait_for_load_state("load")  # a page without its style sheet is wider
        if barriers:
            found = Axe().run(self.page)
            assert found.violations_count == 0, found.generate_report()
        state = self.page.evaluate(_STATE)
        assert state["overflow"] <= 0, "the page is wider than the screen"
        assert state["crooked"] == [], "cells do not stand under the heads of their columns"
        assert self.complaints == []

    def state(self) -> dict[str, Any]:
        """Return the handlers, addresses and frames that stand in the page."""
        told: dict[str, Any] = self.page.evaluate(_STATE)
        return told


@dataclass(frozen=True, slots=True)
class Chromium:
    """The browser of a session and its thread."""

    browser: Browser
    thread: ThreadPoolExecutor

    @contextmanager
    def tab(self, origin: str, width: int = DESKTOP, scheme: str = "light") -> Iterator[Tab]:
        """Yield a tab of a new visitor; whoever opens it looks at its complaints."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        tab = Tab(context.new_page(), origin)
        listen(tab)
        try:
            yield tab
        finally:
            context.close()


def listen(tab: Tab) -> None:
    """Take down every script that ran, error that was shown and request that left the site."""

    def dialog(shown: Any) -> None:
        tab.complaints.append(f"script ran: {shown.message}")
        shown.dismiss()

    def request(asked: Any) -> None:
        parts = urlsplit(asked.url)
        if f"{parts.scheme}://{parts.netloc}" != tab.origin and parts.scheme != "data":
            tab.complaints.append(f"left the site: {asked.url}")

    def console(message: Any) -> None:
        if message.type in ("error", "warning"):
            tab.complaints.append(f"console: {message.text}")

    tab.page.on("dialog", dialog)
    tab.page.on("request", request)
    tab.page.on("console", console)
    tab.page.on("pageerror", lambda error: tab.complaints.append(f"error: {error}"))


@contextmanager
def started() -> Iterator[Chromium]:
    """Yield the browser, in a thread that nothing else uses."""
    expect.set_options(timeout=PATIENCE_MS)
    with ThreadPoolExecutor(1, "chromium") as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        launch = playwright.chromium.launch
        browser = thread.submit(launch, executable_path=EXECUTABLE, args=FLAGS).result()
        try:
            yield Chromium(browser, thread)
        finally:
            thread.submit(browser.close).result()
            thread.submit(playwright.stop).result()


@contextmanager
def served(site: Datasette) -> Iterator[str]:
    """Yield the origin of a site on a free port of loopback.

    Its queries have time: on a busy machine a good one takes longer than a visitor is let wait.
    """
    site.sql_time_limit_ms = site._settings["sql_time_limit_ms"] = PATIENCE_MS
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        site.app(), log_level="critical", ws="none", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()  # the socket listens already: who asks before the server is up waits
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
