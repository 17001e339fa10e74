"""What a person wrote about one golden page: ``page.toml`` as typed pieces.

A page source holds the words and numbers of a page and, beside each number, the field that it
is.  This module decides the notation; it leaves the drawing to ``draw`` and ``paper``, and it
knows nothing of the parsers, so that expectations never come from the code they judge.

Notation in ``body``: ``# heading``, ``> signature``, ``@table``, a line that begins with ``<`` is
HTML as it stands.  ``{41件|requests_received_total}`` is a number in a sentence with its field;
a third part gives the value where it is not simply the digits: ``{近8100条|x|8100 just_below}``;
a fourth whose figure it is and when, where that is not the scope of the report and the whole year:
``{15件|requests_received_total||own_level 2012-01-01..2012-06-30}``, or ``cumulative``.
In tables ``_`` is an empty cell and ``1.2万=>12000`` a cell whose value is not simply its digits.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

PAGES = Path(__file__).resolve().parent
DASHES = ("/", "-", "—", "——", "--", "－", "----")
# "{41件|requests_received_total}", "{近8100条|x|8100 just_below}"
_MARK = re.compile(
    r"\{(?P<shown>[^{}|]*)\|(?P<fields>[^{}|]*)(?:\|(?P<value>[^{}|]*))?(?:\|(?P<about>[^{}|]*))?\}"
)
# "1,563,668件": digits and a unit
_PLAIN = re.compile(r"(?P<digits>[\d,]+(?:\.\d+)?)(?P<unit>\D*)")
# "<span>4</span>"
_TAG = re.compile(r"<[^<>]*>")
_SCOPES = frozenset({"own_organ", "own_level", "jurisdiction", "unknown"})
_WORDS = 8


@dataclass(frozen=True, slots=True)
class Said:
    """A number in a sentence: the fields it is a value of and what it says.

    ``words`` is the number as shown with the few characters before it; ``scope`` and ``period``
    are empty where they are those of the report and of its year.
    """

    fields: tuple[str, ...]
    value: str
    state: str = "printed"
    qualifier: str = "exact"
    unit: str | None = None
    scope: str = ""
    period: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A table cell as shown, and what it says: digits, ``blank``, ``na``, ``zero`` or ``unreadable``."""

    shown: str
    says: str


@dataclass(frozen=True, slots=True)
class Source:
    """One page source: ``facts`` as written, its folder's name as ``id``."""

    id: str
    facts: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """Return a fact that is a text."""
        return str(self.facts.get(name, default))


def read_sources() -> Iterator[Source]:
    """Yield the sources of all drawn pages by name."""
    for path in sorted(PAGES.glob("*/page.toml")):
        yield Source(path.parent.name, tomllib.loads(path.read_text("utf-8")))


def unmarked(text: str) -> str:
    """Return the text as the page shows it, without the notes on its numbers."""
    return _MARK.sub(lambda match: match["shown"], text)


def read_marks(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is shown, the field and the value (or nothing) of every note in the text."""
    for match in _MARK.finditer(text):
        yield match["shown"], match["fields"], match["value"] or ""


def read_said(text: str) -> Iterator[Said]:
    """Yield the numbers that the text notes, in order."""
    for match in _MARK.finditer(text):
        shown = _TAG.sub("", match["shown"])
        before = unescape(_TAG.sub("", unmarked(text[: match.start()])))[-_WORDS:]
        about = (match["about"] or "").split()
        yield replace(
            _said(shown, match["fields"], match["value"] or ""),
            scope=next((word for word in about if word in _SCOPES), ""),
            period=next((word for word in about if word not in _SCOPES), ""),
            words=before + unescape(shown),
        )


def _said(shown: str, fields: str, noted: str) -> Said:
    names = tuple(fields.split("+"))
    words = noted.split()
    if words == ["zero"]:
        return Said(names, "0", "zero_phrase")
    plain = _PLAIN.fullmatch(shown.strip())
    if not words and plain is None:
        raise ValueError(f"{shown}: what is its value?")
    value = words[0] if words else plain["digits"].replace(",", "") if plain else ""
    qualifier = words[1] if len(words) > 1 else "exact"
    unit = plain["unit"].strip() or None if plain else None
    return Said(names, value, "printed", qualifier, unit if not words else None)


def read_cell(token: str) -> Printed:
    """Return what a cell shows and says, from its note."""
    shown, arrow, value = token.partition("=>")
    shown = "" if shown == "_" else shown.replace("~", " ")
    if arrow:
        return Printed(shown, value)
    bare = shown.replace("&nbsp;", "").strip()
    if not bare:
        return Printed(shown, "blank")
    if bare in DASHES:
        return Printed(shown, "na")
    plain = _PLAIN.fullmatch(bare)
    if plain is None or plain["unit"]:
        raise ValueError(f"{shown}: what does this cell say?")
    return Printed(shown, bare.replace(",", ""))
