"""Which CMS families there are and how their pages are told apart: data in ``families.toml``.

This module decides which families a page carries the marks of.  How a family's lists are read
is left to its module.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Family:
    """A CMS family; ``reader`` names the module that reads its lists, ``None`` where none does."""

    name: str
    title: str
    reader: str | None
    marks: tuple[re.Pattern[str], ...]
    paths: tuple[re.Pattern[str], ...]

    def made(self, text: str, url: str) -> bool:
        """Return whether a page carries a mark of this family."""
        return any(mark.search(text) for mark in self.marks) or any(
            path.search(url) for path in self.paths
        )


@cache
def families() -> tuple[Family, ...]:
    """Return all families in the order in which their marks are tried."""
    table = tomllib.loads(files("crawler.listings").joinpath("families.toml").read_text("utf-8"))
    return tuple(
        Family(
            name=row["name"],
            title=row["title"],
            reader=row.get("reader"),
            marks=tuple(map(re.compile, row.get("marks", ()))),
            paths=tuple(map(re.compile, row.get("paths", ()))),
        )
        for row in table["family"]
    )


def recognise(text: str, url: str) -> tuple[Family, ...]:
    """Return the families whose marks a page carries, the most telling first."""
    return tuple(family for family in families() if family.made(text, url))
