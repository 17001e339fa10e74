"""Writes repairs as a recipe that anyone can replay on the text as received.

A recipe has one repair a line, a JSON object with the fields of ``Repair``, in the order of
the text.  Lines with a ``finding`` may stand among them and are skipped.  Finding repairs is
left to the package, and how a recipe is kept to whoever keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from types import UnionType
from typing import Any

from parsers.errors import ReportError
from parsers.model import Repair

_FIELDS: dict[str, type | UnionType] = {
    "start": int,
    "end": int,
    "before": str,
    "after": str,
    "rule": str,
    "exact": bool,
    "margin": float | int | None,
}


class RecipeError(ReportError):
    """A recipe cannot be read, or belongs to another text."""


def recipe_to_json(repairs: Sequence[Repair]) -> str:
    """Return the recipe of ``repairs``."""
    return "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in repairs)


def read_recipe(recipe: str) -> tuple[Repair, ...]:
    """Return the repairs of a recipe; ``RecipeError`` where a line is none."""
    repairs = []
    for number, line in enumerate(recipe.split("\n"), 1):
        try:
            entry = json.loads(line) if line.strip() else {"finding": None}
        except ValueError as error:
            raise RecipeError(f"line {number} of the recipe is not JSON: {error}") from error
        if not isinstance(entry, dict):
            raise RecipeError(f"line {number} of the recipe is not an object")
        if "finding" not in entry:
            repairs.append(_read_repair(number, entry))
    return tuple(repairs)


def _read_repair(number: int, entry: dict[str, Any]) -> Repair:
    for name, kind in _FIELDS.items():
        if not isinstance(entry.get(name), kind):
            raise RecipeError(f"line {number} of the recipe has no {name}")
    return Repair(**{name: entry[name] for name in _FIELDS})


def replay(received: str, recipe: str) -> str:
    """Return the text that a recipe makes of ``received``.

    ``RecipeError`` where the recipe does not belong to this text.
    """
    pieces, done = [], 0
    for number, one in enumerate(read_recipe(recipe), 1):
        if one.start < done or received[one.start : one.end] != one.before:
            raise RecipeError(f"repair {number} does not fit the text at {one.start}")
        pieces += [received[done : one.start], one.after]
        done = one.end
    return "".join([*pieces, received[done:]])
