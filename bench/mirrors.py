"""Damages text as mirror sites do: readings in brackets, traditional characters, foreign words.

This module decides what each family of mirrors does to a text; the chain of the Gansu page is
``crawler.demo.damage``, which gets its random tables of annotations from here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from random import Random

from bench.broken import Broken, Damage
from crawler.demo.damage import GANSU_ANNOTATIONS, Annotations, damage_like_gansu


@cache
def readings() -> dict[str, tuple[str, ...]]:
    """Return the readings of each character, with tone marks."""
    found: dict[str, tuple[str, ...]] = {}
    for line in files("parsers.data").joinpath("readings.txt").read_text("utf-8").splitlines():
        reading, _, chars = line.partition(" ")
        if not reading.isascii():
            for char in chars:
                found[char] = (*found.get(char, ()), reading)
    return found


@cache
def converted() -> dict[str, str]:
    """Return what each Chinese character becomes in the chain of the Gansu page."""
    chars = (chr(code) for code in range(0x4E00, 0x9FA6))
    return {char: damage_like_gansu(char, ()) for char in chars}


def random_annotations(random: Random, usual: Mapping[str, str]) -> Annotations:
    """Return a table of annotations like the Gansu page's: changed characters, random order.

    ``usual`` holds clean characters that the conversion changes, the frequent ones first, with
    their usual reading; one in ten gets any of its readings.
    """
    size = random.randint(50, 110)
    frequent = list(usual)[: 3 * size]
    table = []
    for char in random.sample(frequent, min(size, len(frequent))):
        changed = converted()[char]
        other = random.random() < 0.1 and changed in readings()
        table.append((changed, random.choice(readings()[changed]) if other else usual[char]))
    return table


def common_changed(texts: Iterable[str]) -> list[str]:
    """Return the characters of texts that the chain converts, the frequent ones first."""
    counts = Counter(char for text in texts for char in text)
    changed = (char for char in counts if converted().get(char, char) != char)
    return sorted(changed, key=lambda char: (-counts[char], char))


def damage_by_gansu(clean: str, random: Random) -> Broken | None:
    """Return the text as the Gansu page's mirror would show it."""
    del random
    received = damage_like_gansu(clean, GANSU_ANNOTATIONS)
    return None if received == clean else Broken(received)


def toneless(reading: str) -> str:
    """Return a reading without its tone mark."""
    plain = unicodedata.normalize("NFD", reading)
    return unicodedata.normalize("NFC", re.sub("[\u0300\u0301\u0304\u030c]", "", plain))


def _annotated(clean: str, random: Random, share: float) -> Iterator[tuple[str, str]]:
    """Yield each character with the reading it gets, or with none; a character always gets it."""
    chosen = {
        char: random.choice(readings()[char])
        for char in sorted(set(clean))
        if char in readings() and random.random() < share
    }
    for char in clean:
        yield char, chosen.get(char, "")


def repeat_pinyin(clean: str, random: Random) -> Broken | None:
    """Return the text as family (b): toneless readings, repeated, after changed characters."""
    times = random.randint(2, 4)
    out = []
    for char, reading in _annotated(clean, random, 0.4):
        changed = converted().get(char, char)
        note = f"({toneless(reading)})" * times if reading and changed != char else ""
        out.append(changed + note)
    received = "".join(out)
    return Broken(received) if ")(" in received else None


def annotate_unchanged(clean: str, random: Random) -> Broken | None:
    """Return the text as family (d): tone readings after unchanged characters too."""
    pairs = _annotated(clean, random, 0.3)
    notes = [converted().get(char, char) + (f"({note})" if note else "") for char, note in pairs]
    received = "".join(notes)
    return Broken(received) if "(" in received else None


_OVER_CONVERTED = str.maketrans("制面系于后里云", "製麵係於後裡雲")


def over_convert(clean: str, random: Random) -> Broken | None:
    """Return the text as family (c): traditional, the one-to-many characters too."""
    del random
    received = "".join(converted().get(char, char) for char in clean.translate(_OVER_CONVERTED))
    return None if received == clean else Broken(received)


_SEO = (
    "在线博彩",
    "棋牌游戏",
    "澳门娱乐城",
    "真人投注",
    "体育平台",
    "彩票官网",
    "365bet",
    "亚博app",
)


def add_seo_line(clean: str, random: Random) -> Broken | None:
    """Return the text below a line of gambling words, family (e)."""
    words = random.choice("_,").join(random.sample(_SEO, random.randint(4, 7)))
    received = f"{words}\n{clean}"
    return Broken(received, 1, received)


_BRANDS = ("mobile288-365", "365bet苹果版_365服务热线", "威廉希尔体育", "比分直播,篮球比分直播")


def insert_brand(clean: str, random: Random) -> Broken | None:
    """Return the text with a brand in place of the government's name, family (f)."""
    # 安乡县人民政府
    name = re.search(r"[\u4e00-\u9fff]{2,6}?(?:省|市|县|区)(?:人民政府)?|关于", clean)
    if name is None:
        return None
    received = clean[: name.start()] + random.choice(_BRANDS) + clean[name.end() :]
    return Broken(received, 1, received)


def shuffle_punctuation(clean: str, random: Random) -> Broken | None:
    """Return the text with its signs exchanged for others, family (g)."""
    received = re.sub("[，。、]", lambda _: random.choice("，。、. "), clean)
    return None if received == clean else Broken(received, 1)


DAMAGES: dict[str, Damage] = {
    "gansu": damage_by_gansu,
    "repeated_pinyin": repeat_pinyin,
    "pinyin_after_unchanged": annotate_unchanged,
    "over_converted": over_convert,
    "seo_line": add_seo_line,
    "brand": insert_brand,
    "shuffled_punctuation": shuffle_punctuation,
}
