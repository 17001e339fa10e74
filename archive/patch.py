"""What changed as a patch: a unified diff that people read and ``patch`` applies.

A content is written as lines, each sentence, table row, piece of metadata and attachment on a
line of its own below the name of its part (``lines_of``), and can be read back from them
(``content_of_lines``).  This module decides that form; what a difference means is left to
``change``.

Source of the patch format: POSIX.1-2017, diff, "Diff -u Output Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from typing import NamedTuple

from archive.revision import Content
from parsers.errors import ReportError

# A backslash, an end of a line or cell, or a first "#": none may be taken for one of ours
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile(r"[\\\n\r\t]")
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {escape[1]: sign for sign, escape in _ESCAPES.items()} | {"#": "#"}
_NO_CELLS = "\\0"
# "@@ -12,3 +12,4 @@"; a count of one may be left out
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class PatchDoesNotApply(ReportError):
    """A patch is about another content, or is none; ``line`` is its line, from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"the patch does not apply: {reason} (line {line} of it)")
        self.line = line


class Side(NamedTuple):
    """What a patch calls the content on one side: a name, and when it was seen."""

    name: str
    seen: str


def lines_of(content: Content) -> list[str]:
    """A content as lines without their ends, which hold all of it."""
    lines = ["# title", _escape(content.title), "# metadata"]
    lines += [f"{name}: {_escape(value)}" for name, value in sorted(content.metadata.items())]
    lines += ["# text", *map(_escape, content.sentences)]
    for number, grid in enumerate(content.tables, 1):
        lines.append(f"# table {number}")
        lines += ["\t".join(map(_escape, row)) if row else _NO_CELLS for row in grid]
    return [*lines, "# attachments", *map(_escape, content.attachments)]


def content_of_lines(lines: Iterable[str]) -> Content:
    """The content that lines hold; the inverse of :func:`lines_of`."""
    parts: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("# "):
            part = parts.setdefault(line.removeprefix("# "), [])
        else:
            part.append(line)
    pairs = (line.partition(": ") for line in parts["metadata"])
    return Content(
        title=_meant(parts["title"][0]),
        metadata={name: _meant(value) for name, _, value in pairs},
        sentences=tuple(map(_meant, parts["text"])),
        tables=tuple(
            tuple(map(_row, rows)) for name, rows in parts.items() if name.startswith("table ")
        ),
        attachments=tuple(map(_meant, parts["attachments"])),
    )


def _row(line: str) -> tuple[str, ...]:
    return () if line == _NO_CELLS else tuple(map(_meant, line.split("\t")))


def _escape(text: str) -> str:
    escaped = _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)
    return f"\\{escaped}" if escaped.startswith("#") else escaped


def _meant(text: str) -> str:
    return _ESCAPED.sub(lambda found: _MEANT[found[1]], text)


def make_patch(before: Content, after: Content, old: Side, new: Side) -> str:
    """The unified diff from ``before`` to ``after``; empty where they are equal."""
    lines = unified_diff(
        lines_of(before), lines_of(after), old.name, new.name, old.seen, new.seen, lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)


def apply_patch(content: Content, patch: str) -> Content:
    """``content`` with a patch applied; nothing is guessed where it does not fit.

    Raises:
        PatchDoesNotApply: a line that the patch keeps or removes is another one here.
    """
    lines = lines_of(content)
    result: list[str] = []
    done = 0
    for start, removed, added in _hunks(patch.split("\n")):
        for there, (place, line) in enumerate(removed, start):
            if there < done or lines[there : there + 1] != [line]:
                raise PatchDoesNotApply(place, "another line stands here")
        result += [*lines[done:start], *added]
        done = start + len(removed)
    return content_of_lines([*result, *lines[done:]])


def _hunks(
    lines: Sequence[str],
) -> Iterator[tuple[int, list[tuple[int, str]], list[str]]]:
    """Where each hunk begins, the lines it takes away (with their place in the patch), and gives."""
    place = 0
    while place < len(lines):
        found = _HUNK.match(lines[place])
        place += 1
        if found is None:
            continue
        taken, given = int(found[2] or 1), int(found[3] or 1)
        start = int(found[1]) - (1 if taken else 0)
        removed: list[tuple[int, str]] = []
        added: list[str] = []
        while len(removed) < taken or len(added) < given:
            line = lines[place] if place < len(lines) else ""
            place += 1
            if line[:1] not in {" ", "-", "+"}:
                raise PatchDoesNotApply(place, "a hunk ends early")
            if line[0] != "+":
                removed.append((place, line[1:]))
            if line[0] != "-":
                added.append(line[1:])
        yield start, removed, added
