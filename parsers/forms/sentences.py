"""How sentences name fields: the patterns of ``narrative.toml``, compiled.

This module decides which words beside a number, or after a negation, name which field.  It
leaves finding numbers and sections to ``parsers.narrative`` and ``parsers.prose``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from parsers.forms.source import load

# a key word stands within so many characters before its number
_KEY_REACH = 20


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """The words that make a number a value of ``field``.

    A shared pattern may name the same number as another one does (行政复议、行政诉讼各0件).
    """

    field: str
    keys: tuple[str, ...]
    units: frozenset[str]
    before: re.Pattern[str]
    after: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    sentence: str | None
    sections: frozenset[str]
    not_sections: frozenset[str]
    forms: frozenset[str]
    is_shared: bool


@dataclass(frozen=True, slots=True)
class ZeroPattern:
    """The words after a negation that make a sentence say zero of ``field``."""

    field: str
    key: str
    match: re.Pattern[str]
    guard: re.Pattern[str] | None
    sections: frozenset[str]


def _number_pattern(row: Mapping[str, Any]) -> NumberPattern:
    units = load("narrative")["units"].get(row["units"], row["units"])
    return NumberPattern(
        row["field"],
        tuple(row["key"]),
        frozenset(units.split("|")),
        re.compile(f"(?:{'|'.join(row['before'])}):?$"),
        re.compile(row["after"]) if "after" in row else None,
        re.compile("|".join(row["unless"])) if "unless" in row else None,
        row.get("sentence"),
        frozenset(row.get("sections", ())),
        frozenset(row.get("not_sections", ())),
        frozenset(row.get("forms", ())),
        bool(row.get("shared")),
    )


_NUMBERS = tuple(_number_pattern(row) for row in load("narrative")["numbers"])

ZEROS = tuple(
    ZeroPattern(
        row["field"],
        row["key"],
        re.compile(row["match"]),
        re.compile(row["guard"]) if "guard" in row else None,
        frozenset(row.get("sections", ())),
    )
    for row in load("narrative")["zeros"]
)
"""What sentences say did not happen."""

ROW_IDS: Mapping[str, Mapping[str, str]] = load("narrative")["ids"]
"""By form, the ids of its own rows for fields that sentences name."""


@cache
def _index(
    section: str, form: str
) -> tuple[Mapping[str, Sequence[tuple[str, frozenset[int]]]], re.Pattern[str]]:
    """The key words of a section and form by their first character, with their patterns.

    Also what finds these characters.
    """
    found: dict[str, set[int]] = {}
    for number, one in enumerate(_NUMBERS):
        elsewhere = one.sections and section not in one.sections
        if elsewhere or section in one.not_sections or (one.forms and form not in one.forms):
            continue
        for key in one.keys:
            found.setdefault(key, set()).add(number)
    index: dict[str, list[tuple[str, frozenset[int]]]] = {}
    for key, at in found.items():
        index.setdefault(key[0], []).append((key, frozenset(at)))
    return index, re.compile(f"[{re.escape(''.join(index))}]" if index else "$^")


def find_patterns(before: str, section: str, form: str) -> list[NumberPattern]:
    """The patterns of a section whose key words stand near the end of the words before a number.

    They come in the order of ``narrative.toml``.
    """
    index, firsts = _index(section, form)
    near = before[-_KEY_REACH:]
    named: set[int] = set()
    for found in firsts.finditer(near):
        start = found.start()
        for key, at in index[found[0]]:
            if near.startswith(key, start):
                named |= at
    return [_NUMBERS[i] for i in sorted(named)]
