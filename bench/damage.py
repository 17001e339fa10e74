"""Damages clean text by every mechanism that the project undoes: clean text in, broken text out.

This module is the registry: ``DAMAGES`` maps a name to a pure function of the clean text and a
random generator.  It gives ``None`` where the text cannot be damaged so, because a codec lacks
one of its characters or nothing would change.  It decides nothing about repair.  Codecs taken
for one another stand in ``misreading``, mirrors in ``mirrors``, lost bytes and odd characters
here.  Pages as bytes (lying headers, truncation, mixed encodings) are made by ``sending``, the
chain of the Gansu page by ``crawler.demo.damage``.

``python -m bench.damage NAME < clean > broken`` damages a text; without a name it lists all.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from random import Random

from bench import mirrors, misreading
from bench.broken import CHINESE, Broken, Damage, write
from bench.mirrors import common_changed, converted, random_annotations, readings
from bench.misreading import read_as_cp936, read_as_gb18030

__all__ = ["DAMAGES", "Broken", "common_changed", "converted", "random_annotations", "readings"]


def lose_byte(clean: str, random: Random) -> Broken | None:
    """Return the text with one byte of one Chinese character lost in its GBK form."""
    raw = write(clean, "gbk")
    if raw is None:
        return None
    places = [at for at, char in enumerate(clean) if CHINESE.match(char)]
    if not places:
        return None
    at = len(clean[: random.choice(places)].encode("gbk")) + random.randrange(2)
    return Broken(read_as_gb18030(raw[:at] + raw[at + 1 :])[0], 1)


def swallow_byte(clean: str, random: Random) -> Broken | None:
    """Return the text with one byte lost and the rest read as Windows does."""
    raw = write(clean, "gbk")
    places = [at for at, char in enumerate(clean) if CHINESE.match(char)]
    if raw is None or not places:
        return None
    at = len(clean[: random.choice(places)].encode("gbk")) + random.randrange(2)
    return Broken(read_as_cp936(raw[:at] + raw[at + 1 :])[0], 1)


def question_spaces(clean: str, random: Random) -> Broken | None:
    """Return a header line whose no-break spaces became question marks."""
    title = clean[: random.randint(4, 16)].strip("?？ ")
    if len(CHINESE.findall(title)) < 4:
        return None
    marks = "?" * random.randint(1, 3)
    label = random.choice(("发布时间", "信息来源", "作者", "浏览次数", "发布机构"))
    date = f"20{random.randint(10, 23)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    received = f"{title}{marks}{label}：{date}{marks}【打印】"
    return Broken(received, 0, received.replace("?", " "))


def question_characters(clean: str, random: Random) -> Broken | None:
    """Return a text whose Chinese characters all became question marks."""
    del random
    return Broken(CHINESE.sub("?", clean), len(CHINESE.findall(clean)), "")


def show_memory(clean: str, random: Random) -> Broken | None:
    """Return the text with a stretch of uninitialised memory in it."""
    at = random.randrange(len(clean))
    filler = random.choice("烫屯") * random.randint(3, 8)
    received = clean[:at] + filler + clean[at:]
    return Broken(received, 1, received)


def drop_date_characters(clean: str, random: Random) -> Broken | None:
    """Return the text without the 年, 月 and 日 of its dates."""
    del random
    # 2018年2月7日
    dropped = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})日", r"\1\2\3", clean)
    return None if dropped == clean else Broken(dropped)


@cache
def _look_alikes() -> dict[str, str]:
    """Return Kangxi radicals and compatibility ideographs by the character they stand for."""
    codes = (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAD9))
    found: dict[str, str] = {}
    for code in codes:
        found.setdefault(unicodedata.normalize("NFKC", chr(code)), chr(code))
    return {char: form for char, form in found.items() if char != form}


def write_radicals(clean: str, random: Random) -> Broken | None:
    """Return the text with Kangxi radicals and compatibility forms for some characters."""
    out = [_look_alikes().get(char, char) if random.random() < 0.5 else char for char in clean]
    received = "".join(out)
    return None if received == clean else Broken(received)


_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"


def scatter_invisible(clean: str, random: Random) -> Broken | None:
    """Return the text with invisible characters between its Chinese characters."""
    out = [
        char + (random.choice(_INVISIBLE) if CHINESE.match(char) and random.random() < 0.1 else "")
        for char in clean
    ]
    received = "".join(out)
    return None if received == clean else Broken(received)


DAMAGES: dict[str, Damage] = {
    **misreading.DAMAGES,
    **mirrors.DAMAGES,
    "lost_byte": lose_byte,
    "swallowed_byte": swallow_byte,
    "nbsp_as_question": question_spaces,
    "questions": question_characters,
    "unwritten_memory": show_memory,
    "dropped_date_characters": drop_date_characters,
    "kangxi": write_radicals,
    "invisible_characters": scatter_invisible,
}


def main() -> None:
    """Damage standard input line by line, or list the mechanisms."""
    if len(sys.argv) != 2 or sys.argv[1] not in DAMAGES:
        print("\n".join(DAMAGES))
        raise SystemExit(2 if len(sys.argv) > 1 else 0)
    random = Random(0)
    for line in sys.stdin.read().splitlines():
        broken = DAMAGES[sys.argv[1]](line, random) if line else None
        print(broken.received if broken else line)


if __name__ == "__main__":
    main()
