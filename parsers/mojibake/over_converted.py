"""Undoes conversion to traditional characters by a machine that knows no words: 方麵 was 方面.

This module decides by words that no one writes in traditional Chinese (製度, 全麵, 係統)
whether a text was converted so; genuinely traditional text stays.  The form of each character
is left to ``readback``.
"""

from __future__ import annotations

import re

from parsers.model import Finding, Repair
from parsers.mojibake.lattice import Step
from parsers.mojibake.readback import findings_of, repair_line

_SHARE = 0.75  # of the words that tell, those that are wrong
_FEWEST_IN_LONG_TEXT = 3
_LONG = 400  # characters
_LETTERS = "製麵係裏嚮彆誌曆隻錶傢瞭幹"  # one of which every wrong word has
_LETTER = re.compile(f"[{_LETTERS}]")
# Words converted wrongly; flour (麵粉, 方麵包) and cloth are no such words.
_WRONG = re.compile(
    "[方全局表畫書裏]麵(?![包粉條食團館糊])|(?<![肉湯乾拌炒涼泡拉燴和])麵[對積臨貌嚮]"
    "|(?<![複粗精仿錄])製[度約裁訂衡](?!衣)|[體機控法限編管抑牽節強建專兵]製(?![作造品成])"
    "|係[統列]|[體聯]係|[公海千萬]裏(?=[長程外以的之])|裏程|方嚮|嚮[上前導]|[特區個級]彆|同誌|[經歷]曆史?|曆史"
    "|隻[有要能是]|錶[示明現達揚彰]|[國專大]傢|為瞭|若幹|幹[擾預涉]"
)
# The same words as people write them.
_RIGHT = re.compile(
    "[方全下對局表]面|面[對積向臨]|制[度約裁訂]|[體機控法限編管]制|系[統列]|體系|聯[繫絡]|里程|方向|[特區個]別|同志|歷史|只[有要能是]"
)


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return the repairs of a text that was converted word-blindly."""
    if not any(letter in received for letter in _LETTERS) or not _is_over_converted(received):
        return [], []
    repairs: list[Repair] = []
    at = 0
    for line in received.splitlines(keepends=True):
        repairs += repair_line(line, at, [Step(None, line, 0, len(line))], fold=False)
        at += len(line)
    if not repairs:
        return [], []
    message = (
        "the page was converted to traditional characters by a machine; "
        f"{len(repairs)} places were converted back"
    )
    return repairs, [Finding("machine_converted", "warning", message), *findings_of(repairs)]


def _is_over_converted(text: str) -> bool:
    wrong = sum(_is_wrong(text, found.start()) for found in _LETTER.finditer(text))
    fewest = 1 if len(text) < _LONG else _FEWEST_IN_LONG_TEXT
    return wrong >= fewest and wrong >= _SHARE * (wrong + len(_RIGHT.findall(text)))


def _is_wrong(text: str, at: int) -> bool:
    """Tell whether the letter at ``at`` is in a wrong word, as its first or second."""
    return any(_WRONG.match(text, start) is not None for start in (at, at - 1) if start >= 0)
