"""What a damage of the generator gives back.

This module is shared by ``damage`` and the modules behind it and decides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Broken:
    """A damaged text.

    ``meant`` is the text that a perfect repair gives, where it is not the clean text itself
    (a bracket that the damage folded to half width stays folded).  ``lost`` counts the places
    whose bytes are gone for good.
    """

    received: str
    lost: int = 0
    meant: str | None = None


Damage = Callable[[str, Random], Broken | None]


def write(text: str, codec: str) -> bytes | None:
    """Return the bytes of ``text``, or ``None`` where the codec lacks a character."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None
