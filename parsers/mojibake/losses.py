"""Finds text that is lost for good and says so; nothing is invented for it.

U+FFFD marks bytes that no decoder could read; 锟斤拷 is U+FFFD in UTF-8 read as GBK;
烫烫烫 and 屯屯屯 are memory that was never written.  Digits that touch U+FFFD are masked: a
part of a number is no number.
"""

from __future__ import annotations

import re

from parsers.model import Finding

_LOSSES = (
    ("replacement_character", "\ufffd", "characters could not be decoded"),
    ("replaced_bytes", "锟斤拷", "places hold 锟斤拷: their bytes were replaced and are lost"),
    ("unwritten_memory", "烫烫烫", "places hold 烫烫烫: memory that was never written"),
    ("unwritten_memory", "屯屯屯", "places hold 屯屯屯: memory that was never written"),
)
# "1\ufffd3" · "\ufffd017"
_BROKEN_NUMBER = re.compile(r"[\d.,]*\ufffd[\ufffd\d.,]*")


def find_losses(received: str) -> list[Finding]:
    """Return a finding for each kind of loss in a text as received."""
    return [
        Finding(rule, "warning", f"{received.count(mark)} {message}")
        for rule, mark, message in _LOSSES
        if mark in received
    ]


def find_masks(text: str) -> list[tuple[int, int]]:
    """Return the spans of ``text`` whose digits are not whole."""
    if "\ufffd" not in text:
        return []
    return [found.span() for found in _BROKEN_NUMBER.finditer(text)]
