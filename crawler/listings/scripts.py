"""Values that pages carry in their scripts: objects and calls that are not quite JSON.

This module decides how much of JavaScript is read: string, number and name values of one
level.  Anything else is left out.
"""

from __future__ import annotations

import json
import re

# "columnid:282", "'webId' : 'a1'", "\"rows\": \"15\""
_PAIR = re.compile(
    r"""(?:^|[{,\s])["']?(?P<name>[A-Za-z_]\w{0,40})["']?\s*:\s*"""
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>-?[\w.]+))"""
)
_LONGEST = 4000


def read_object(text: str, start: int) -> dict[str, str]:
    """Return the plain entries of the object whose ``{`` stands at ``start``.

    >>> read_object("({col:1,path:'/',unitid:42})", 1)
    {'col': '1', 'path': '/', 'unitid': '42'}
    """
    depth = 0
    end = start
    for end in range(start, min(len(text), start + _LONGEST)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            break
    return {
        found["name"]: next(
            v for v in (found["double"], found["single"], found["bare"], "") if v is not None
        )
        for found in _PAIR.finditer(text[start : end + 1])
    }


def read_json(text: str) -> object:
    """Return the JSON of an answer, also inside a JSONP call; ``None`` where it is none."""
    begins = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
    if begins < 0:
        return None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text, begins)
    except (ValueError, RecursionError):
        return None
    return found


def text_of(value: object) -> str:
    """Return a JSON value as text: numbers too; nothing for what has no text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def number_of(value: object) -> int | None:
    """Return a JSON value as a count, also where it is written as text."""
    text = text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
