"""Finds text that is lost for good and says so; nothing is invented for it.

U+FFFD marks bytes that no decoder could read; 锟斤拷 is U+FFFD in UTF-8 read as GBK;
烫烫烫 and 屯屯屯 are memory that was never written; long runs of ``?`` are Chinese that a
codec could not hold.  The spans are masked: a part of a number is no number.
"""

from __future__ import annotations

import re

from parsers.model import Finding

UNEXPLAINED = Finding(
    "unexplained_damage",
    "warning",
    "the text holds more damage than is worth reading; some of it stays as received",
)
"""What a mechanism finds that has spent what one text is worth."""

_FEWEST_QUESTION_MARKS = 6  # in runs of three and more: people write up to five
# mark to look for, what to count, rule, message
_LOSSES = (
    ("\ufffd", re.compile("\ufffd"), "replacement_character", "characters could not be decoded"),
    (
        "锟",
        re.compile("锟斤拷"),
        "replaced_bytes",
        "places hold 锟斤拷: their bytes were replaced and are lost",
    ),
    (
        "烫",
        re.compile("烫{3,}"),
        "unwritten_memory",
        "places hold 烫烫烫: memory that was never written",
    ),
    (
        "屯",
        re.compile("屯{3,}"),
        "unwritten_memory",
        "places hold 屯屯屯: memory that was never written",
    ),
)
_QUESTION_MARKS = re.compile(r"\?{3,}")
# "1\ufffd3" · "\ufffd017"
_BROKEN_NUMBER = re.compile(r"[\d.,]*\ufffd[\ufffd\d.,]*")
# 锟斤拷锟斤拷 · 烫烫烫烫
_LOST_RUN = re.compile("(?:锟斤拷)+|烫{3,}|屯{3,}")
# 20??年 · ????????
_LOST_DIGITS = re.compile(r"[\d.,]*\?{2,}[\d.,?]*")


def find_losses(received: str) -> list[Finding]:
    """Return a finding for each kind of loss in a text as received."""
    findings = []
    for mark, pattern, rule, message in _LOSSES:
        if mark in received and (places := len(pattern.findall(received))):
            findings.append(Finding(rule, "warning", f"{places} {message}"))
    lost = _count_question_marks(received)
    if lost:
        message = f"{lost} characters became question marks and are lost"
        findings.append(Finding("question_marks", "warning", message))
    return findings


def find_masks(text: str) -> list[tuple[int, int]]:
    """Return the spans of ``text`` that are lost, with the digits that touch them."""
    spans = []
    if "\ufffd" in text:
        spans += [found.span() for found in _BROKEN_NUMBER.finditer(text)]
    if any(mark in text for mark in "锟烫屯"):
        spans += [found.span() for found in _LOST_RUN.finditer(text)]
    if _count_question_marks(text):
        spans += [found.span() for found in _LOST_DIGITS.finditer(text)]
    return spans


def _count_question_marks(text: str) -> int:
    if text.count("?") < _FEWEST_QUESTION_MARKS:
        return 0
    count = sum(len(run) for run in _QUESTION_MARKS.findall(text))
    return count if count >= _FEWEST_QUESTION_MARKS else 0
