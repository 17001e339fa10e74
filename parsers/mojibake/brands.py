"""Finds foreign brand names that were put in the place of a word.

A site tool of gambling networks replaces a common word by a brand: 《mobile288-365工作规则》.
The word is lost, so that nothing is restored here: the span is masked, for its digits are no
figures.  Words that a report may well use (彩票, 博彩, 澳门) are no proof by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.model import Finding

_REACH = 24  # characters either side of a clue
_CLUES = (
    "365",
    "obile",
    "bet",
    "BET",
    "Bet",
    "威廉希尔",
    "比分直播",
    "葡京",
    "皇冠",
    "娱乐城",
    "必威",
    "万博",
    "亚博",
)
# mobile288-365 · 365bet苹果版_365服务热线_bet体育365 · 365BETAPP官网 · 皇冠288 · 比分直播,篮球比分直播
_BRAND = re.compile(
    r"(?:mobile[-_ ]?\d{2,4}[-_ ]?\d{0,3}"
    r"|\d{2,4}[-_]365(?!\d)"
    r"|365_?bet[a-z]*|bet_?(?:体育)?_?365|(?<![0-9])365体育(?:投注|平台|在线)\w{0,2}?"
    r"|威廉希尔(?:体育)?|皇冠(?:体育)?\d{2,4}|(?:澳门)?(?:新)?葡京(?:娱乐|赌场|国际)?"
    r"|(?:必威|万博|亚博)(?:体育|app)|真人娱乐城?|娱乐城"
    r"|(?:篮球|足球)?比分直播)",
    re.IGNORECASE,
)
# Between two brands of one chain: 苹果版_365服务热线_
_CHAIN = re.compile(r"(?:[\w]{0,8}[_,，])?[\w]{0,12}[_,，]")


def find_masks(text: str) -> tuple[list[tuple[int, int]], list[Finding]]:
    """Return the spans of brand names in ``text``, and one finding for all of them."""
    spans: list[tuple[int, int]] = []
    for start, end in _clue_windows(text):
        for brand in _BRAND.finditer(text, start, end):
            if spans and _CHAIN.fullmatch(text, spans[-1][1], brand.start()):
                spans[-1] = (spans[-1][0], brand.end())
            else:
                spans.append(brand.span())
    if not spans:
        return [], []
    names = sorted({text[start:end] for start, end in spans})
    message = f"foreign names stand in {len(spans)} places of the text: {', '.join(names[:5])}"
    return spans, [Finding("brand_substitution", "warning", message)]


def _clue_windows(text: str) -> list[tuple[int, int]]:
    """Return the stretches around clues, for the pattern is too slow for a whole page."""
    windows: list[tuple[int, int]] = []
    for at in sorted(at for clue in _CLUES for at in _find_all(text, clue)):
        start, end = max(0, at - _REACH), at + _REACH
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _find_all(text: str, clue: str) -> Iterator[int]:
    at = text.find(clue)
    while at >= 0:
        yield at
        at = text.find(clue, at + 1)
