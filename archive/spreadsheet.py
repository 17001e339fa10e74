"""Text in a cell of a CSV file that a spreadsheet shows and never computes.

This module decides what a spreadsheet might take for a formula: ``inert`` for one text,
``inert_line`` for a written CSV row.  Numbers and lone dashes stay as they are.
"""

from __future__ import annotations

import re

# "=cmd|' /C calc'!A0", "@SUM(1)", "\t=1", and full width "＝1", which Excel takes for "=1"
_BEGINS_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# "-5", "+3.2%", "-1,234.50", "-", "--"
_IS_PLAIN = re.compile(r"[+\-＋－]?\d[\d,]*(?:\.\d+)?[%％]?|[-－]+")
# a field of a CSV row: quoted, with quotes doubled inside, or bare
_FIELD = re.compile(r'"[^"]*(?:""[^"]*)*"|[^,"\r\n]+')


def inert(text: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet might compute it."""
    return f"'{text}" if _BEGINS_FORMULA.match(text) and not _IS_PLAIN.fullmatch(text) else text


def inert_line(line: str) -> str:
    """Return a row as ``csv`` writes it with every field inert."""
    return _FIELD.sub(_inert_field, line)


def _inert_field(field: re.Match[str]) -> str:
    text = field[0]
    return f'"{inert(text[1:-1])}"' if text.startswith('"') else inert(text)
