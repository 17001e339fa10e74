"""Finds foreign brand names that were put in the place of a word.

A site tool of gambling networks replaces a common word by a brand: 《mobile288-365工作规则》.
Where title and signature name the government that the page is about, and what follows shows
how it was named, the name is restored (and marked as chosen); elsewhere the word is lost.
Either way the span is masked: a brand's digits are no figures.  Words that a report may well
use (彩票, 博彩, 澳门) are no proof by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from parsers.model import Finding, Repair

RESTORED = "brand_restored"
"""The rule of a name that was put back; its span stays masked, as where it was not."""

_REACH = 24  # characters either side of a clue
# By the rarest character of each: looking for one character costs next to nothing.
_CLUES = {
    "5": ("365",),
    "廉": ("威廉希尔",),
    "播": ("比分直播",),
    "葡": ("葡京",),
    "冠": ("皇冠",),
    "娱": ("娱乐城",),
    "威": ("必威",),
    "博": ("万博", "亚博"),
    "m": ("mobile",),
    "M": ("Mobile",),
}
# mobile288-365 · 365bet苹果版_365服务热线_bet体育365 · 365BETAPP官网 · 皇冠288 · 比分直播,篮球比分直播
_BRAND = re.compile(
    r"(?:mobile[-_ ]?\d{2,4}[-_ ]?\d{0,3}"
    r"|\d{2,4}[-_]365(?!\d)"
    r"|365_?bet[a-z]*|bet_?(?:体育)?_?365|(?<![0-9])365体育(?:投注|平台|在线)\w{0,2}?"
    r"|365服务热线(?=_|[\u4e00-\u9fff]{2,8}(?:政府|办公室|委员会))"
    r"|威廉希尔(?:体育)?|皇冠(?:体育)?\d{2,4}|(?:澳门)?(?:新)?葡京(?:娱乐|赌场|国际)?"
    r"|(?:必威|万博|亚博)(?:体育|app)|真人娱乐城?|娱乐城"
    r"|(?:篮球|足球)?比分直播)",
    re.IGNORECASE,
)
# Between two brands of one chain: 苹果版_365服务热线_
_CHAIN = re.compile(r"(?:[\w]{0,8}[_,，])?[\w]{0,12}[_,，]")

_HEAD = 160  # characters in which the title stands
_TAIL = 200  # characters in which the signature stands
_GOVERNMENT = "人民政府"
# 2011年度安乡县政府信息公开 · 安乡县政务公开办 · 安乡县人民政府办公室
_NAMED = re.compile(
    r"(?<![\u4e00-\u9fff])(?:年度?|关于)?"
    r"([\u4e00-\u9fff]{2,7}?(?:自治[区州县]|[省市州盟县区旗镇乡]))(?=人民政府|政府|政务公开|办公)"
)
# What follows the whole name of a government, and what follows the name of its region alone.
_AFTER_GOVERNMENT = re.compile("工作规则|办公[室厅]|常务会议|令第|关于|文件|门户网站|网站|公报")
_AFTER_REGION = re.compile("人民政府|政府|政务公开|委员会|人大|政协|市直|县直|区直|各")


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return a repair for each brand in whose place the page's own government was named."""
    brands = _find_brands(received)
    region = _region_of(received) if brands else None
    if region is None:
        return [], []
    repairs = []
    for start, end in brands:
        name = _name_before(received, end, region)
        if name:
            before = received[start:end]
            repairs.append(Repair(start, end, before, name, RESTORED, exact=False))
    if not repairs:
        return [], []
    message = (
        f"foreign names stand in {len(repairs)} places for a government that title and "
        f"signature name as {region}: {', '.join(sorted({one.before for one in repairs}))}"
    )
    return repairs, [Finding("brand_substitution", "warning", message)]


def _region_of(text: str) -> str | None:
    """Return the one region that the title and the signature name."""
    head, tail = text.lstrip()[:_HEAD], text.rstrip()[-_TAIL:]
    title, signature = _named_in(head), _named_in(tail)
    named = title & signature or title or signature
    return named.pop() if len(named) == 1 else None


def _named_in(text: str) -> set[str]:
    return {found[1] for found in _NAMED.finditer(text) if not _BRAND.search(found[0])}


def _name_before(text: str, at: int, region: str) -> str | None:
    """Return the name that stood before what follows at ``at``, ``None`` where it is not clear."""
    if text.startswith(region, at):
        return None
    if _AFTER_REGION.match(text, at):
        return region
    return region + _GOVERNMENT if _AFTER_GOVERNMENT.match(text, at) else None


def find_masks(text: str) -> tuple[list[tuple[int, int]], list[Finding]]:
    """Return the spans of brand names in ``text``, and one finding for all of them."""
    spans = _find_brands(text)
    if not spans:
        return [], []
    names = sorted({text[start:end] for start, end in spans})
    message = f"foreign names stand in {len(spans)} places of the text: {', '.join(names[:5])}"
    return list(spans), [Finding("brand_substitution", "warning", message)]


@lru_cache(maxsize=2)
def _find_brands(text: str) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for start, end in _clue_windows(text):
        for brand in _BRAND.finditer(text, start, end):
            if spans and _CHAIN.fullmatch(text, spans[-1][1], brand.start()):
                spans[-1] = (spans[-1][0], brand.end())
            else:
                spans.append(brand.span())
    return tuple(spans)


def _clue_windows(text: str) -> list[tuple[int, int]]:
    """Return the stretches around clues, for the pattern is too slow for a whole page."""
    clues = [clue for letter, clues in _CLUES.items() if letter in text for clue in clues]
    windows: list[tuple[int, int]] = []
    for at in sorted(at for clue in clues for at in _find_all(text, clue)):
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
