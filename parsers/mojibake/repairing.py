"""Makes the repairs of a stretch whose meaning is settled.

This module decides how a stretch is divided: one repair for what is exact, one for each place
that was chosen, none for what stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers.model import Repair
from parsers.mojibake.choosing import Settled
from parsers.mojibake.rereading import REPLACEMENT


def make_repairs(received: str, settled: Sequence[Settled], rule: str) -> Iterator[Repair]:
    """Yield one repair for each exact stretch and for each chosen place."""
    group: list[Settled] = []
    for at, one in enumerate(settled):
        group.append(one)
        following = settled[at + 1] if at + 1 < len(settled) else None
        if following is not None and not (one.piece.whole and _differs(one, following)):
            continue
        repair = None if one.piece.literal else _make_repair(received, group, rule)
        if repair is not None:
            yield repair
        group = []


def _differs(one: Settled, following: Settled) -> bool:
    """Tell whether two neighbours belong in different repairs."""
    exact = one.margin is None and following.margin is None
    return not exact or one.piece.literal != following.piece.literal


def _make_repair(received: str, group: Sequence[Settled], rule: str) -> Repair | None:
    start, end = group[0].piece.start, group[-1].piece.end
    before, after = received[start:end], "".join(one.text for one in group)
    if before == after:
        return None
    ahead, shorter = 0, min(len(before), len(after))
    while ahead < shorter and before[ahead] == after[ahead] < "\x80":
        ahead += 1
    behind = 0
    while behind < shorter - ahead and before[-1 - behind] == after[-1 - behind] < "\x80":
        behind += 1
    margins = [one.margin for one in group if one.margin is not None]
    exact = not margins and REPLACEMENT not in after
    return Repair(
        start + ahead,
        end - behind,
        before[ahead : len(before) - behind],
        after[ahead : len(after) - behind],
        rule,
        exact,
        min(margins) if margins else None,
    )
