"""Repairs text as a filter: ``python -m parsers.mojibake < broken > repaired``.

This module decides the command line and the exit status: 0 the text was repaired or needed no
repair, 1 the input or the recipe cannot be used, 2 usage.  Text is UTF-8; pages in other
encodings are read by ``scrapy read``.  What is repaired is left to the package.

``--explain`` tells the recipe (``recipe``) and, below it, each doubt as an object with a
``finding``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from parsers.errors import ReportError, UnreadableSource
from parsers.model import Repaired
from parsers.mojibake import repair
from parsers.mojibake.recipe import recipe_to_json, replay

_TO_STDERR = "-"


def explain(repaired: Repaired) -> str:
    """Return the recipe of a repaired text, then its doubts, as JSON lines."""
    doubts = (
        {"finding": doubt.rule, "severity": doubt.severity, "message": doubt.message}
        for doubt in repaired.findings
    )
    told = "".join(json.dumps(doubt, ensure_ascii=False) + "\n" for doubt in doubts)
    return recipe_to_json(repaired.repairs) + told


def main(arguments: Sequence[str] | None = None) -> int:
    """Filter standard input to standard output and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        received = _read(sys.stdin.buffer.read(), "the text")
        if options.replay is not None:
            text = replay(received, _read(options.replay.read_bytes(), "the recipe"))
        else:
            repaired = repair(received)
            text = repaired.text
            if options.explain is not None:
                _tell(explain(repaired), options.explain)
    except (ReportError, OSError) as error:
        sys.stderr.write(f"mojibake: {error}\n")
        return 1
    _write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m parsers.mojibake",
        description="Repair damaged Chinese text: standard input to standard output, in UTF-8.",
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--explain",
        nargs="?",
        const=_TO_STDERR,
        metavar="FILE",
        help="write the recipe, one repair a line as JSON, to FILE or to standard error",
    )
    way.add_argument(
        "--replay", type=Path, metavar="RECIPE", help="make the repairs of a recipe, no others"
    )
    return parser


def _read(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}"
        raise UnreadableSource(what, reason, "`scrapy read` for other encodings") from error


def _tell(lines: str, target: str) -> None:
    if target == _TO_STDERR:
        sys.stderr.buffer.write(lines.encode())
    else:
        Path(target).write_text(lines, "utf-8", newline="")


def _write(text: str) -> None:
    """Write the text, to a reader that may stop reading."""
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # `python -m parsers.mojibake < page | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
