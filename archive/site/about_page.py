"""The page /about: what the archive is, how numbers are read, what doubts mean, where it ends.

This module decides in which order things are told and where each leads; the words are those of
``messages/about.toml``.
"""

from __future__ import annotations

import sqlite3

from archive.site.frame import Facts, Page, page_view

# Each part, and the pages of the navigation that show what it tells of.
PARTS: dict[str, tuple[str, ...]] = {
    "what": ("home", "regions"),
    "sources": (),
    "numbers": ("codebook",),
    "repair": (),
    "compare": (),
    "doubts": ("findings",),
    "changes": ("changes",),
    "coverage": ("coverage",),
    "limits": (),
    "cite": ("downloads",),
    "correct": ("corrections",),
    "rights": (),
}


def read_about(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return the parts, each with its paragraphs and the pages that it leads to."""
    del conn
    return {
        "parts": [
            (name, page.say(f"about.{name}_text").strip().split("\n\n"), pages)
            for name, pages in PARTS.items()
        ]
    }


about_page = page_view("about.html", read_about)
