"""The data files of the forms, as read from the package.

This module decides only how a file becomes Python values; ``fields``, ``detection`` and
``narrative`` give them their types.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The content of ``<name>.toml``."""
    return tomllib.loads(files("parsers.forms").joinpath(f"{name}.toml").read_text("utf-8"))
