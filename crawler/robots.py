"""What an answer to robots.txt allows.

This module decides what a status and a body mean (``docs/decisions/0004-robots.md``); fetching
is left to ``middlewares.robots``.

Source: RFC 9309, Robots Exclusion Protocol.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from datetime import UTC

from protego import Protego

from crawler.software import PRODUCT
from crawler.windows import Window

PARSED_BYTES = 500 * 1024
"""RFC 9309 2.5: at least this much must be parsed; we parse no more."""

NOT_NOW = frozenset({401, 403, 407, 408, 421, 423, 425, 429, 451})
"""Refusals that RFC 9309 counts as "no robots.txt" and that we count as "not now"."""

# "Visit-time: 1400-2400", an hour that no clock shows and Protego drops
_MIDNIGHT = re.compile(r"(?im)^(\s*visit-time\s*:\s*\d{4}\s*-\s*)2400\b")


@dataclass(frozen=True, slots=True)
class RobotRules:
    """The rules of a host: ``refusal`` is set when nothing may be asked for now."""

    parsed: Protego | None = None
    refusal: str | None = None

    def allows(self, url: str) -> bool:
        """Return whether the address may be asked for."""
        if self.refusal is not None:
            return False
        return self.parsed is None or self.parsed.can_fetch(url, PRODUCT)

    def pause(self) -> float:
        """Return the pause in seconds that the host asks for: Crawl-delay or Request-rate."""
        if self.parsed is None:
            return 0.0
        delay = self.parsed.crawl_delay(PRODUCT)
        rate = self.parsed.request_rate(PRODUCT)
        paced = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(float(delay or 0.0), paced)

    def visit_time(self) -> Window | None:
        """Return the hours (UTC) at which the host wants to be visited."""
        hours = self.parsed.visit_time(PRODUCT) if self.parsed else None
        return None if hours is None else Window(hours.start_time, hours.end_time, UTC)


def read_robots(status: int, body: bytes) -> RobotRules:
    """Return what a final answer, redirects followed, allows."""
    if 200 <= status < 300:
        head = body[:PARSED_BYTES]
        if len(body) > PARSED_BYTES:  # no half rule at the end
            head = head[: head.rfind(b"\n") + 1]
        encoding = "utf-16" if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
        text = _MIDNIGHT.sub(r"\g<1>2359", head.decode(encoding, errors="ignore"))
        return RobotRules(Protego.parse(text))
    if 400 <= status < 500 and status not in NOT_NOW:
        return RobotRules()
    return RobotRules(refusal=f"robots.txt answered HTTP {status}")
