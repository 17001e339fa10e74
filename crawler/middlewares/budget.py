"""How many requests one host may get from us on one day.

This module decides when a host has had enough.  The count is kept beside the archive as the
length of a file per host and Beijing day, so that it outlives crashes and is shared by crawls
that run at once.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request
from scrapy.utils.httpobj import urlparse_cached

from crawler.refusal import Refused

BEIJING = ZoneInfo("Asia/Shanghai")
_UNSAFE = re.compile(r"[^\w.-]")  # "[::1]" -> "___1_"


def spend_request(folder: Path, host: str, day: str, budget: int) -> bool:
    """Count one request, and return whether the budget still covered it."""
    path = folder / day / _UNSAFE.sub("_", host)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        if os.fstat(descriptor).st_size >= budget:
            return False
        os.write(descriptor, b".")
        return True
    finally:
        os.close(descriptor)


class BudgetMiddleware:
    """Drops requests to a host that has had its share of the day."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        self.folder = Path(crawler.settings.get("ARCHIVE_DIR")) / "requests"
        self.budget = crawler.settings.getint("HOST_DAILY_BUDGET")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the budget of one crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Count the request, or drop it."""
        host = urlparse_cached(request).hostname or ""
        day = datetime.now(BEIJING).strftime("%Y-%m-%d")
        if not spend_request(self.folder, host, day, self.budget):
            reason = f"{host} has had {self.budget} requests on {day} (HOST_DAILY_BUDGET)"
            raise Refused("host_budget", reason)
