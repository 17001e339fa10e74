"""Marks what black-hat mirrors add to a copied page: lines of search words, exchanged signs.

Nothing is restored or deleted here.  A line of gambling or pornographic keywords at the top is
masked, so that no number is read out of it; punctuation that was exchanged at random is only
reported, for what stood there is not known.
"""

from __future__ import annotations

import re

from parsers.model import Finding

_TOP = 600  # characters in which a line of search words stands
_FEWEST_WORDS = 4
_FEWEST_BAD_WORDS = 2
_BAD_SHARE = 0.5
_FEWEST_EXCHANGED = 2
_MISFITS = ("，。", "。，", "、。", "。、", "，、", "、，")
_PLENTY = 4000  # characters of a page that tell how its signs are
_JOINTS = "_,|｜/ "
_JOINT = re.compile(f"[{_JOINTS}]+")
_BAD_WORD = re.compile(
    "博彩|彩票|棋牌|娱乐城|娛樂城|娱乐平台|娱乐官网|赌|賭|投注|体育平台|体育app|体育投注|体育官网|真人"
    "|葡京|皇冠|亚博|必威|万博|比分|威廉希尔|时时彩|六合彩|老虎机|百家乐|捕鱼|电竞|下注"
    "|365(?=bet|体育|在线|投注|$)|bet[0-9]|[0-9]bet"
    "|一本道|无码|有码|成人|色情|色图|情色|三级|伦理|黄片|乱伦|高清在线|在线观看|免费看|av|精品国产|国产精品|亚洲综合|欧美性",
    re.IGNORECASE,
)
# ，。 · 。， · 、。 · .， · 公开.信息
_EXCHANGED = re.compile(
    r"[，、,][。、.]|[。.][，、]|、[，,]|[\u4e00-\u9fff][.](?=[\u4e00-\u9fff]|$)", re.MULTILINE
)
# 公开.信息; sought quickly
_DOT = re.compile(r"\.(?<=[\u4e00-\u9fff][.])(?=[\u4e00-\u9fff]|$)", re.MULTILINE)


def find_marks(text: str) -> tuple[list[tuple[int, int]], list[Finding]]:
    """Return the spans of lines of search words at the top, and what was found."""
    spans = _search_lines(text)
    findings = []
    if spans:
        message = f"{len(spans)} lines of search words stand at the top of the page"
        findings.append(Finding("search_words", "warning", message))
    exchanged = _count_exchanged(text)
    if exchanged:
        message = f"signs of punctuation do not fit together in {exchanged} places"
        findings.append(Finding("exchanged_punctuation", "notice", message))
    return spans, findings


def _search_lines(text: str) -> list[tuple[int, int]]:
    spans = []
    at = 0
    for line in text[:_TOP].split("\n"):
        joints = sum(line.count(joint) for joint in _JOINTS)
        if joints + 1 >= _FEWEST_WORDS and "。" not in line and _is_search_line(line):
            end = text.find("\n", at)
            spans.append((at, end if end >= 0 else len(text)))
        at += len(line) + 1
    return spans


def _is_search_line(line: str) -> bool:
    words = [word for word in _JOINT.split(line) if word]
    bad = sum(_BAD_WORD.search(word) is not None for word in words)
    return len(words) >= _FEWEST_WORDS and bad >= max(_FEWEST_BAD_WORDS, _BAD_SHARE * len(words))


def _count_exchanged(text: str) -> int:
    """Return how many signs of a text do not fit, 0 where it is too few to tell."""
    text = text[:_PLENTY]
    if not _DOT.search(text) and not any(pair in text for pair in _MISFITS):
        return 0
    count = sum(1 for _ in _EXCHANGED.finditer(text))
    signs = sum(text.count(sign) for sign in "，。、")
    return count if count >= _FEWEST_EXCHANGED and count * 10 >= signs else 0
