"""Undoes machine conversion to annotated traditional Chinese: 經(jīng)濟(jì) was 经济.

This module decides whether a page was annotated by a machine; the reading of byte-damaged
lines is left to ``lattice``, the repairs to ``readback``.  A page is touched only where the
annotations fit, the same characters carry them every time, these are common characters that
no reader needs help with, and they are a small part of the text.  A pinyin lesson, a
traditional page or English in brackets fails at least one of these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from parsers.model import Finding, Repair
from parsers.mojibake.characters import (
    common_characters,
    first_simplified,
    may_have_reading,
    simplified_forms,
    usual_reading,
)
from parsers.mojibake.lattice import ANNOTATION, Step, read_line
from parsers.mojibake.readback import findings_of, repair_line
from parsers.mojibake.rereading import Budget

_FEWEST_KINDS = 3
_FEWEST_MIXED_KINDS = 4  # where characters are annotated that conversion does not change
_FEWEST_TIMES = 4  # that a single character carries its reading, however it is read
_LARGEST_SHARE = 0.45
_FEWEST_COMMON = 0.8
_FEWEST_CONSISTENT = 0.8
_FEWEST_TRADITIONAL = 0.05  # share of a converted text
# 表?yè)P(yáng) · ㄒ唬┕ · U+E0A6 · €(gè): what decoding out of step leaves behind
_OUT_OF_STEP = re.compile("[?€\u3105-\u312f\u2500-\u259f\ue000-\uf8ff]")
# 表?yè)P: the opening bracket went with the byte before it
_STRADDLED = re.compile(r"\?[a-zü]{0,5}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-zü]{0,5}\)")
_LESSON = re.compile(
    "读音|讀音|拼音|注音|读作|讀作|读成|讀成|念作|念成|生字|生词|生詞|发音|發音|声调|聲調|"
    "多音|轻声|輕聲|汉语课|漢語課|字典|词典|詞典|这个字|這個字|課文|课文|第.课|第.課"
)


def find_repairs(received: str, budget: Budget) -> tuple[list[Repair], list[Finding]]:
    """Return the repairs of a page that was converted and annotated by machine."""
    if ")" not in received or not _is_annotated(received):
        return [], []
    fold = received.count(",") >= received.count("，")
    simplify = is_traditional(received)
    repairs: list[Repair] = []
    at = 0
    unread = 0
    for line in received.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        steps = read_line(body, budget) if _is_byte_damaged(body) else list(_plain_steps(body))
        if steps is None:
            unread += 1
            steps = list(_plain_steps(body))
        repairs += repair_line(body, at, steps, fold=fold, simplify=simplify)
        at += len(line)
    return repairs, _findings(repairs, unread)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the annotations of a text look like."""

    noted: Counter[str]  # characters that carry a reading of their own
    times_seen: int  # of these characters, with a reading or without
    ideographs: int
    usual: bool  # every one its usual reading
    straddled: int
    repeated: int  # 公(gong)(gong)
    lesson: bool

    @property
    def converted(self) -> list[str]:
        """The annotated characters that simplified Chinese does not use."""
        return [char for char in self.noted if char in simplified_forms()]


def _is_annotated(text: str) -> bool:
    notes = list(ANNOTATION.finditer(text))
    straddled = len(_STRADDLED.findall(text))
    if not notes and not straddled:
        return False
    seen = _weigh(text, notes, straddled)
    times = sum(seen.noted.values())
    if seen.repeated:
        return True
    if times > _LARGEST_SHARE * seen.ideographs or times < _FEWEST_CONSISTENT * seen.times_seen:
        return False
    kinds = len(seen.noted) + straddled
    converted = len(seen.converted) + straddled
    if converted < 0.9 * kinds:
        fewest = _FEWEST_KINDS if is_traditional(text) else _FEWEST_MIXED_KINDS
        return kinds >= fewest and not seen.lesson and _are_common(seen.noted)
    if kinds >= _FEWEST_KINDS:
        return not seen.lesson or kinds >= 2 * _FEWEST_KINDS
    if seen.lesson or not kinds or not is_traditional(text):
        return False
    telling = seen.usual or times >= _FEWEST_TIMES
    return straddled > 0 or (telling and _are_common(seen.noted))


def _weigh(text: str, notes: Iterable[re.Match[str]], straddled: int) -> _Evidence:
    noted: Counter[str] = Counter()
    repeated = 0
    usual = True
    for note in notes:
        char = text[note.start() - 1] if note.start() else ""
        if "\u4e00" <= char <= "\u9fff" and may_have_reading(char, note[1]):
            noted[char] += 1
            repeated += note[0].count("(") > 1
            usual &= usual_reading(char) == note[1]
    return _Evidence(
        noted,
        sum(text.count(char) for char in noted),
        count_ideographs(text),
        usual,
        straddled,
        repeated,
        _LESSON.search(text) is not None,
    )


def _are_common(chars: Iterable[str]) -> bool:
    known = common_characters()
    found = [char in known for char in chars]
    return sum(found) >= _FEWEST_COMMON * len(found)


def count_ideographs(text: str) -> int:
    """Return how many basic ideographs a text has."""
    return sum("\u4e00" <= char <= "\u9fff" for char in text)


def is_traditional(text: str) -> bool:
    """Tell whether a good part of a text is in traditional characters."""
    simple = first_simplified()
    changed = sum(ord(char) in simple for char in text)
    return changed > _FEWEST_TRADITIONAL * count_ideographs(text)


def _is_byte_damaged(line: str) -> bool:
    if _OUT_OF_STEP.search(line):
        return True
    return any(
        note.start() == 0 or not may_have_reading(line[note.start() - 1], note[1])
        for note in ANNOTATION.finditer(line)
    )


def _plain_steps(line: str) -> Iterator[Step]:
    """Read a line whose characters are in step: only annotations are dropped."""
    done = 0
    for note in ANNOTATION.finditer(line):
        start = note.start()
        if start and may_have_reading(line[start - 1], note[1]):
            yield Step(None, line[done:start], done, start)
            yield Step(None, "", start, note.end())
            done = note.end()
    yield Step(None, line[done:], done, len(line))


def _findings(repairs: list[Repair], unread: int) -> list[Finding]:
    findings = []
    if repairs:
        message = (
            "the page was converted to traditional characters and annotated by a machine; "
            f"{len(repairs)} places were read back"
        )
        findings = [Finding("machine_converted", "warning", message), *findings_of(repairs)]
    if unread:
        message = f"{unread} lines hold more damage than is worth reading; they stay as received"
        findings.append(Finding("unexplained_damage", "warning", message))
    return findings
