"""Tables for people in a terminal, with Rich: columns in line also where they hold Chinese.

This module decides when there is colour (on a terminal that shows it and has not been told
otherwise) and how wide a table is: that of the terminal, and as wide as it needs where nobody
looks, so that another program gets whole lines.  Crawled text is never markup.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from crawler.repair_lines import show

WIDEST = 100_000  # columns, for a table that nobody looks at


def wants_colour() -> bool:
    """Whether a person looks at a terminal that shows colour and has not refused it."""
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def terminal_width() -> int:
    """Columns of the terminal; as many as a table needs where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST


def table_lines(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    colour: bool = False,
    width: int = WIDEST,
) -> Iterator[str]:
    """Yield a table line by line; a heading that ends in ``>`` has its column to the right."""
    # It takes a tenth of a second to load, and every command is imported for each.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_edge=False,
        header_style="bold",
    )
    for heading in headings:
        table.add_column(
            heading.removesuffix(">"),
            justify="right" if heading.endswith(">") else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(show("" if cell is None else str(cell))) for cell in row))
    page = StringIO()
    console = Console(
        file=page,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
    )
    console.print(table)
    yield from (line.rstrip() for line in page.getvalue().rstrip("\n").split("\n"))
