"""A ZIP file of documents as one layout: its readable members in order, each under its name.

Decides which members are read and how deep; what each says is decided by the extractor that
comes in as an argument.  Members that cannot be read are findings by name.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace

from parsers.attachments.package import Locked, Package, printed_name
from parsers.errors import UnreadableSource
from parsers.layout import Grid, Layout, is_blank
from parsers.model import Block, Finding

_MAX_READ = 60
_MAX_DEPTH = 3

LayOut = Callable[[bytes, str, int], Layout]
"""Body, name and depth to layout."""


def lay_out_bundle(package: Package, lay_out: LayOut, depth: int) -> Layout:
    """The layout of every document in a ZIP file.

    ``depth`` counts the ZIP files around this one.
    """
    if depth >= _MAX_DEPTH:
        return Layout(findings=(Finding("nested_too_deep", "error", "ZIP files lie too deep"),))
    parts: list[tuple[str, Layout]] = []
    findings: list[Finding] = []
    entries = [entry for entry in package.file.infolist() if _is_document(entry)]
    for entry in entries[:_MAX_READ]:
        name = printed_name(entry)
        try:
            layout = lay_out(package.read(entry.filename), name, depth + 1)
        except Locked:
            layout = Layout(findings=(Finding("encrypted", "error", "it asks for a password"),))
        except UnreadableSource as error:
            layout = Layout(findings=(Finding("damaged_file", "error", error.reason),))
        findings += (replace(f, message=f"{name}: {f.message}") for f in layout.findings)
        if not is_blank(layout.received):
            parts.append((name.rpartition("/")[2], layout))
    if len(entries) > _MAX_READ:
        message = f"of {len(entries)} files in the package only the first {_MAX_READ} were read"
        findings.append(Finding("package_cut", "error", message))
    if not entries:
        findings.append(Finding("empty_package", "error", "the package holds no document"))
    return replace(join_layouts(parts), findings=tuple(findings))


def join_layouts(parts: Iterable[tuple[str, Layout]]) -> Layout:
    """One layout of several, each under a line with its name; a single one stays as it is."""
    named = list(parts)
    if len(named) == 1:
        return named[0][1]
    received: list[str] = []
    blocks: list[Block] = []
    grids: list[Grid] = []
    start = 0
    for name, layout in named:
        blocks.append(Block("paragraph", start, start + len(name)))
        received.append(name)
        start += len(name) + 1
        for block in layout.blocks:
            number = None if block.table is None else block.table + len(grids)
            blocks.append(Block(block.kind, block.start + start, block.end + start, number))
        grids += [_shift(grid, start) for grid in layout.grids]
        received.append(layout.received)
        start += len(layout.received) + 1
    return Layout(
        received="\n".join(received),
        blocks=tuple(blocks),
        grids=tuple(grids),
        header=tuple(line for _, layout in named for line in layout.header),
        heading=next((layout.heading for _, layout in named if layout.heading), None),
        attachments=tuple(link for _, layout in named for link in layout.attachments),
        links=tuple(link for _, layout in named for link in layout.links),
    )


def _shift(grid: Grid, by: int) -> Grid:
    rows = tuple(tuple((start + by, end + by) for start, end in row) for row in grid.rows)
    return Grid(grid.start + by, grid.end + by, rows)


def _is_document(entry: zipfile.ZipInfo) -> bool:
    """Not a folder, not what Mac and Word leave beside files."""
    name = entry.filename.rpartition("/")[2]
    return not (
        entry.is_dir()
        or entry.filename.startswith("__MACOSX/")
        or name.startswith((".", "~$"))
        or name.lower() == "thumbs.db"
    )
