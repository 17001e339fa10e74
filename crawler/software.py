"""Which software this is, as written into requests and archives.

This module decides the product name and finds the version; the number itself is kept once, in
``pyproject.toml``.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

PRODUCT = "open-report-archive"
"""The product token of the user agent; robots.txt rules are matched against it."""


@cache
def software_version() -> str:
    """Return the version of this software, installed or run from its source folder."""
    source = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if source.is_file():
        version = tomllib.loads(source.read_text("utf-8"))["project"]["version"]
        return str(version)
    return metadata.version(PRODUCT)


def software_name() -> str:
    """Return product and version, ``open-report-archive/0.1.0``."""
    return f"{PRODUCT}/{software_version()}"
