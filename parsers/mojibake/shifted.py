"""Undoes runs that were decoded one byte out of step, on pages without annotations.

A splitter of bytes took the end of one character and the start of ``（`` for ``。``, so that
``各省（区`` became ``各?。ㄇ``.  This module decides which lines have such a run, by what
follows the false full stop; the reading is left to ``lattice``, and is taken only where it is
far better Chinese than what was received.
"""

from __future__ import annotations

import re
from functools import cache

from parsers.model import Finding, Repair
from parsers.mojibake import language_model
from parsers.mojibake.characters import pair_char
from parsers.mojibake.choosing import count_shared
from parsers.mojibake.lattice import read_line
from parsers.mojibake.losses import UNEXPLAINED
from parsers.mojibake.pages_used import pages_used
from parsers.mojibake.readback import findings_of, repair_line
from parsers.mojibake.rereading import REPLACEMENT, Budget

_LEAST_GAIN = 20.0  # nats
_STEPS_PER_CHARACTER = 6  # that its score costs
_NEAR = 4  # characters on either side that bear on a score
_SECOND_BYTES = (0xA8, 0xA9)  # of （ and ）, which begin rows of signs no report prints


def find_repairs(received: str, budget: Budget) -> tuple[list[Repair], list[Finding]]:
    """Return the repairs of each line with a run out of step."""
    if not pages_used(received) & _residue_pages() or not residue().search(received):
        return [], []
    fold = received.count(",") > received.count("，")
    repairs: list[Repair] = []
    at = 0
    for line in received.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        if residue().search(body):
            repairs += _read_better(body, at, budget, fold=fold)
        at += len(line)
    unread = [UNEXPLAINED] if budget.is_spent else []
    if not repairs:
        return [], unread
    message = f"{len(repairs)} runs were decoded one byte out of step and read again"
    return repairs, [Finding("shifted_run", "warning", message), *findings_of(repairs), *unread]


def _read_better(line: str, at: int, budget: Budget, *, fold: bool) -> list[Repair]:
    steps = read_line(line, budget)
    if steps is None:
        return []
    text = "".join(step.text for step in steps)
    received, meant = _differing(line, text)
    if not budget.spend(_STEPS_PER_CHARACTER * (len(received) + len(meant))):
        return []
    gain = language_model.score_text(meant) - language_model.score_text(received)
    if gain < _LEAST_GAIN or text.count(REPLACEMENT) > 2:
        return []
    return list(repair_line(line, at, steps, fold=fold, simplify=False))


def _differing(one: str, other: str) -> tuple[str, str]:
    """Return two texts without what both begin and end with, but for what bears on the rest."""
    start = max(0, count_shared((one, other)) - _NEAR)
    one, other = one[start:], other[start:]
    alike = max(0, count_shared((one[::-1], other[::-1])) - _NEAR)
    return one[: len(one) - alike], other[: len(other) - alike]


@cache
def _residue_chars() -> str:
    pairs = (pair_char(lead, trail) for lead in _SECOND_BYTES for trail in range(0x80, 0xFF))
    return "".join(char for char in pairs if char and not "\u2500" <= char <= "\u2503")


@cache
def residue() -> re.Pattern[str]:
    """Return the pattern of what a cut at a false full stop leaves: 。ㄒ."""
    # ?。ㄒ唬┕ · 。▍^
    return re.compile(f"。[{re.escape(_residue_chars())}]")


@cache
def _residue_pages() -> frozenset[int]:
    return frozenset(ord(char) >> 8 for char in _residue_chars())
