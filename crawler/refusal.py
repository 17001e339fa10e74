"""Requests that we do not make, or answers that we do not follow, each with its outcome.

Outcomes: ``robots_disallowed``, ``robots_unreachable``, ``blocked:<system>``, ``host_budget``,
``asked_to_wait``, ``night_window``, ``visit_time``, ``refused_address``, ``refused_port``,
``refused_scheme``, ``pause_too_short``, ``offsite``.
"""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class Refused(IgnoreRequest):
    """A request dropped on purpose; ``outcome`` is recorded, ``reason`` is for people."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason
