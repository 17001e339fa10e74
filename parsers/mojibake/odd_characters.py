"""Undoes look-alikes and takes out characters that nobody can see.

Kangxi radicals (⼀ for 一), CJK radicals and compatibility ideographs, as files made from PDF
carry them, become the characters they stand for, by NFKC for these code points only: full-width signs, circled numbers and vertical forms
stay as printed.  Zero-width characters, soft hyphens, byte order marks inside the text and
marks of direction are dropped where they touch Chinese or digits; between emoji and in other
scripts they have work to do.
"""

from __future__ import annotations

import re
import unicodedata

from parsers.model import Finding, Repair
from parsers.mojibake.pages_used import pages_used

# Radicals, then compatibility ideographs; those of plane 2 have the surrogate page D8 or so.
_LOOK_ALIKE_PAGES = frozenset({0x2E, 0x2F, 0xF9, 0xFA, 0xD8, 0xD9, 0xDA, 0xDB})
_LOOK_ALIKE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]+")
_INVISIBLES = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2069\ufeff\u00ad"
)
_SEEN = r"[0-9A-Za-z\u2e80-\u9fff\uf900-\ufaff\uff00-\uff5e]"
_FROM_THE_RIGHT = "\u05be-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
# 政\u200b府 · \ufeff一、 · 年\u00ad; a run is tried from its beginning only
_INVISIBLE = re.compile(
    f"(?<={_SEEN})[{_INVISIBLES}]+|(?<![{_INVISIBLES}])[{_INVISIBLES}]++(?={_SEEN})"
)
_OTHER_SCRIPT = re.compile(f"[{_FROM_THE_RIGHT}\u0900-\u0dff]")


# Radicals without a decomposition, or (U+2F3E) with that of the traditional form.
# Source: Unicode, EquivalentUnifiedIdeograph.txt.
_FORMS = {
    "⺁": "厂", "⺅": "亻", "⺆": "冂", "⺈": "刀", "⺌": "小", "⺍": "小", "⺕": "彐", "⺗": "心",
    "⺘": "扌", "⺙": "攵", "⺝": "月", "⺠": "民", "⺡": "氵", "⺣": "灬", "⺨": "犭", "⺩": "王",
    "⺫": "目", "⺬": "示", "⺭": "礻", "⺮": "竹", "⺯": "糹", "⺰": "纟", "⺳": "网", "⺶": "羊",
    "⺷": "羊", "⺸": "羊", "⺹": "耂", "⺻": "聿", "⺼": "肉", "⺾": "艹", "⻀": "艹", "⻁": "虎",
    "⻂": "衤", "⻃": "覀", "⻄": "西", "⻅": "见", "⻆": "角", "⻉": "贝", "⻋": "车", "⻌": "辶",
    "⻍": "辶", "⻎": "辶", "⻏": "阝", "⻐": "钅", "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门",
    "⻖": "阝", "⻗": "雨", "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食",
    "⻟": "飠", "⻠": "饣", "⻢": "马", "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤",
    "⻨": "麦", "⻩": "黄", "⻪": "黾", "⻬": "齐", "⻮": "齿", "⻰": "龙", "⻱": "龜", "⻲": "龟",
    "⼾": "户", "⾪": "隶", "⿊": "黑",
}  # fmt: skip


def find_repairs(received: str) -> tuple[list[Repair], list[Finding]]:
    """Return a repair for each run of look-alikes or invisible characters."""
    repairs: list[Repair] = []
    if pages_used(received) & _LOOK_ALIKE_PAGES:
        repairs += _find_look_alikes(received)
    if any(char in received for char in _INVISIBLES) and not _OTHER_SCRIPT.search(received):
        repairs += [
            Repair(one.start(), one.end(), one[0], "", "invisible_character", exact=True)
            for one in _INVISIBLE.finditer(received)
        ]
    return sorted(repairs, key=lambda repair: repair.start), []


def _find_look_alikes(received: str) -> list[Repair]:
    repairs = []
    for found in _LOOK_ALIKE.finditer(received):
        for at, char in enumerate(found[0], found.start()):
            plain = meant(char)
            if plain != char:
                repairs.append(Repair(at, at + 1, char, plain, "compatibility_form", exact=True))
    return repairs


def meant(char: str) -> str:
    r"""Return the ordinary character of a radical or compatibility form.

    >>> meant("\u2f42"), meant("\u2ed3"), meant("\u2f3e"), meant("文")
    ('文', '长', '户', '文')
    """
    form = _FORMS.get(char) or unicodedata.normalize("NFKC", char)
    return form if len(form) == 1 else char
