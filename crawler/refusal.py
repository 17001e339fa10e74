"""Requests that we do not make, or answers that we do not follow, each with its outcome.

Outcomes: ``robots_disallowed``, ``robots_unreachable``, ``blocked:<system>``, ``host_budget``,
``asked_to_wait``, ``night_window``, ``visit_time``, ``refused_address``, ``refused_port``,
``refused_scheme``, ``pause_too_short``, ``offsite``, ``link_flood``, ``stopping``.
"""

from __future__ import annotations

from typing import Literal

from scrapy.exceptions import IgnoreRequest

STOPPING = "stopping"
"""Outcome of what a crawl still had in hand when a person stopped it; the next one asks for it."""

OWN_LIMITS = frozenset({"host_budget", "asked_to_wait", "night_window", "visit_time", STOPPING})
"""Outcomes of requests that may be made at another time: the portal has not failed."""


class Refused(IgnoreRequest):
    """A request dropped on purpose; ``outcome`` is recorded, ``reason`` is for people."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason


def missed_because(
    error: BaseException | None,
) -> Literal["partial", "blocked", "unreachable", "robots_disallowed"]:
    """Return how a walk ends whose list page could not be had for this reason."""
    if not isinstance(error, Refused):
        return "unreachable"
    if error.outcome == "robots_disallowed":
        return "robots_disallowed"
    if error.outcome.startswith("blocked:"):
        return "blocked"
    return "partial" if error.outcome in OWN_LIMITS else "unreachable"
