"""Plain text as a layout: the text itself, one block for each line that prints something.

Tables that lost their cells are found later, by ``tables``, in the repaired text.
"""

from __future__ import annotations

from parsers.layout import Layout, is_blank, kind_of
from parsers.model import Block


def lay_out_text(text: str) -> Layout:
    """The layout of a plain text: line ends become line feeds, nothing else is changed."""
    received = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks: list[Block] = []
    start = 0
    for line in received.split("\n"):
        if not is_blank(line):
            blocks.append(Block(kind_of(line), start, start + len(line)))
        start += len(line) + 1
    return Layout(received=received, blocks=tuple(blocks))
