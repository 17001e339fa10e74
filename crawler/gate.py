"""The gate before the wire: no request starts before its turn, and none that may not start.

This module decides at the moment of each start, redirects, retries and robots.txt included:
whether the lanes of a request have been stopped, whether the hour is right, whether the day's
share is used up, and how long to wait.  The files behind it are those of ``crawler.turns``.

The pause counts from the end of an answer.  A start is known to us only as the moment at which
bytes were handed to the operating system; the server may see them later, but not later than
its own answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakKeyDictionary, ref

from scrapy.crawler import Crawler
from scrapy.http import Request

from crawler.asked import asked_of
from crawler.refusal import STOPPING, Refused
from crawler.turns import Share, ShareSpent, Turns
from crawler.windows import BEIJING, Window, read_window

LANES_KEY = "lanes"
LOOK_AGAIN = 0.5
"""Seconds: another crawl may give a lane back before its lease ends."""
GRACE = 5.0
"""Seconds for which a lane stays taken beyond the time limit of a download."""


def lanes_of(request: Request) -> tuple[str, ...]:
    """Return the lanes that the guard has found for a request, its portal's last."""
    lanes: tuple[str, ...] = request.meta.get(LANES_KEY, ())
    portal = asked_of(request).portal
    return (*lanes, f"portal:{portal}") if portal else lanes


class Gate:
    """What one crawl knows of its lanes: longer pauses, hours, and which are stopped."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = ref(crawler)
        self.turns: Turns | None = None
        if settings.getbool("ARCHIVE_ENABLED"):
            self.turns = Turns(Path(settings.get("ARCHIVE_DIR")) / "requests")
        self.budget = settings.getint("HOST_DAILY_BUDGET")
        self.pause = settings.getfloat("DOWNLOAD_DELAY")
        self.lease = settings.getfloat("DOWNLOAD_TIMEOUT") + GRACE
        self.night = read_window(settings.get("NIGHT_WINDOW"))
        self.visit_times: dict[str, Window] = {}
        self.pauses: dict[str, float] = {}
        self.stopped: dict[str, Refused] = {}
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def lengthen(self, lane: str, seconds: float) -> None:
        """Keep at least ``seconds`` between requests of a lane for the rest of the run."""
        self.pauses[lane] = max(seconds, self.pauses.get(lane, 0.0))

    def hold(self, lanes: Iterable[str], seconds: float) -> None:
        """Let nobody ask the lanes for some seconds, other crawls of the archive neither."""
        if self.turns is not None:
            now = time.time()
            self.turns.hold(lanes, now + seconds, now)

    def stop(self, lanes: Iterable[str], refusal: Refused) -> None:
        """Ask nothing more of the lanes in this run."""
        for lane in lanes:
            self.stopped.setdefault(lane, refusal)

    def check(self, request: Request) -> None:
        """Raise ``Refused`` where the request may not start now."""
        crawler = self._crawler()
        if crawler is not None and not crawler.crawling:
            raise Refused(STOPPING, "the crawl is being stopped")
        lanes = lanes_of(request)
        for lane in lanes:
            if lane in self.stopped:
                first = self.stopped[lane]
                raise Refused(first.outcome, f"{lane} was left alone: {first.reason}")
        now = datetime.now(UTC)
        if self.night is not None and not self.night.covers(now):
            raise Refused("night_window", f"the hours to ask are {self.night} (NIGHT_WINDOW)")
        for lane in lanes:
            hours = self.visit_times.get(lane)
            if hours is not None and not hours.covers(now):
                raise Refused("visit_time", f"robots.txt asks for visits at {hours} only")

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait for the request's turn; its lanes are held until the block ends."""
        lanes = sorted(request.meta.get(LANES_KEY, ()))
        if self.turns is None or not lanes:
            self.check(request)
            yield
            return
        pause = max([self.pause, *(self.pauses.get(lane, 0.0) for lane in lanes)])
        async with AsyncExitStack() as turn:
            for lane in lanes:
                await turn.enter_async_context(self.locks[lane])
            self.check(request)
            await self._take(self.turns, lanes)
            try:
                self.check(request)  # the wait may have been long
                yield
            finally:
                now = time.time()
                self.turns.release(lanes, now + pause, now)

    async def _take(self, turns: Turns, lanes: list[str]) -> None:
        """Wait until the lanes are free, of other crawls of the archive too, and take them."""
        while True:
            now = time.time()
            share = Share(datetime.now(BEIJING).strftime("%Y-%m-%d"), self.budget)
            try:
                start = turns.take(lanes, self.lease, share, now)
            except ShareSpent as spent:
                reason = f"{spent.lane} has had {share.most} requests on {share.day}"
                raise Refused("host_budget", f"{reason} (HOST_DAILY_BUDGET)") from None
            if start == now:
                return
            await asyncio.sleep(min(start - now, LOOK_AGAIN))


_GATES: WeakKeyDictionary[Crawler, Gate] = WeakKeyDictionary()


def gate_of(crawler: Crawler) -> Gate:
    """Return the one gate of a crawl, shared by all its components."""
    gate = _GATES.get(crawler)
    if gate is None:
        gate = _GATES[crawler] = Gate(crawler)
    return gate
