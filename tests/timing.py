"""How much CPU an action takes, told apart from what else the machine does."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

TRIES = 3


def takes_less_than(seconds: float, action: Callable[[], object]) -> bool:
    """Return whether an action takes less CPU than that, in the best of three runs.

    Processes that share a core slow a run down; nothing makes one faster.
    """

    def cost() -> float:
        start = process_time()
        action()
        return process_time() - start

    return any(cost() < seconds for _ in range(TRIES))
