"""What discover found, as a portal file that a person can read and correct.

This module decides how such a file is written, and that a file which a person has made their
own is not written over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crawler.discovery import FoundColumn
from crawler.listings import FAMILIES
from crawler.portals import Portal

MARK = "# Written by discover; it will be written anew as long as this line stands."
MOST_ENTRIES = 3


def portal_text(portal: Portal, columns: Sequence[FoundColumn], account: Iterable[str]) -> str:
    """Return a portal file with the columns found; ``account`` says how the search went."""
    lines = [
        MARK,
        "# Correct what is wrong, remove that line, and `unverified` once you have checked it.",
        *(f"# {line}" for line in account),
        "",
        f"id = {_quoted(portal.id)}",
        f"name = {_quoted(portal.name)}",
        f"home = {_quoted(portal.home)}",
        f"region = {_quoted(portal.region)}" + _region_remark(portal.region),
        f"official = {'true' if portal.official else 'false'}",
        "unverified = true",
        f"hosts = {json.dumps(sorted(portal.hosts))}",
    ]
    lines += [f"level = {_quoted(portal.level)}"] if portal.level else []
    for column in columns:
        lines += ["", *_column_lines(column)]
    return "\n".join(lines) + "\n"


def column_lines(text: str) -> set[str]:
    """Return the lines of a file of ours that give the addresses of its columns."""
    return {line for line in text.splitlines() if line.startswith("url = ")}


def _quoted(text: str) -> str:
    """Return a text as a TOML string."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return json.dumps(printable, ensure_ascii=False)


def _region_remark(region: str) -> str:
    return "  # not found on the site; fill it in" if region == "000000" else ""


def _column_lines(column: FoundColumn) -> Iterator[str]:
    if column.found_on:
        yield f"# found on {column.found_on}"
    for entry in column.entries[:MOST_ENTRIES]:
        yield f"# lists {_quoted(entry.title)} {entry.date or ''}".rstrip()
    if column.needs:
        yield f"# its list cannot be read: {column.needs}"
    yield "[[columns]]"
    yield f"url = {_quoted(column.url)}"
    yield f"family = {_quoted(column.family if column.family in FAMILIES else 'auto')}"
    yield f"name = {_quoted(column.name)}"
    yield f"evidence = {_quoted('; '.join(column.evidence))}"


def write_portal(folder: Path, host: str, text: str, *, is_whole: bool = True) -> Path:
    """Return the file that now holds the text: ``<host>.toml``, or beside it ``<host>.toml.new``.

    A file without discover's mark in its first line belongs to a person.  One with columns that
    the text lacks stays unless the search ``is_whole``: they may only not have been seen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{host}.toml"
    before = path.read_text("utf-8", "replace") if path.exists() else MARK
    is_less = not is_whole and not column_lines(before) <= column_lines(text)
    if not before.startswith(MARK) or is_less:
        path = folder / f"{host}.toml.new"
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    part.replace(path)
    return path
