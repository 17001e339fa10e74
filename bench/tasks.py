"""The tasks of the text bench: which cases each has, how an answer is scored, what is to be reached.

This module decides what counts as right.  Cases come from the measured part of the corpus with
fixed seeds.  It leaves running (ours and others') and printing to ``text``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random

from bench import scores, sending
from bench.corpus import Paragraph
from bench.damage import DAMAGES, converted, random_annotations
from bench.scores import Case, Measure
from crawler.demo.damage import FOLDED_SIGNS, damage_like_gansu

_FOLDS = (FOLDED_SIGNS, "，（）：；\u3000", "，（）", FOLDED_SIGNS)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Task:
    """One row or two of the table: cases of one kind, and what is measured on them."""

    name: str
    cases: tuple[Case, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """The measured paragraphs, and the same in traditional characters.

    ``readings`` has the usual reading of each common character that a converter changes, the
    frequent ones first.
    """

    root: Path
    simplified: tuple[Paragraph, ...]
    traditional: tuple[str, ...]
    readings: Mapping[str, str]

    def texts(self, least: int, *, government: bool = False) -> list[str]:
        """Return the simplified paragraphs with at least so many Chinese characters."""
        return [
            entry.text
            for entry in self.simplified
            if entry.chinese >= least and (entry.government or not government)
        ]

    def big5(self, least: int) -> list[str]:
        """Return the traditional paragraphs that Big5 can write."""
        return [
            text
            for text in self.traditional
            if len(_CHINESE.findall(text)) >= least and _fits(text, "big5")
        ]

    def of(self, name: str, least: int) -> list[str]:
        """Return paragraphs that the encoding ``name`` can write; wide ones get both scripts."""
        if name == "big5":
            return self.big5(least)
        texts = self.texts(least)
        if name.startswith("utf"):
            texts += self.traditional_of(least)[: len(texts) // 3]
        return texts

    def traditional_of(self, least: int) -> list[str]:
        """Return the traditional paragraphs."""
        return [text for text in self.traditional if len(_CHINESE.findall(text)) >= least]


def _fits(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def make_tasks(corpus: Corpus, count: int) -> list[Task]:
    """Return every task; ``count`` cases of each encoding or mechanism, or as many as there are."""
    exact = scores.exact
    return [
        Task(
            "clean, undeclared, >= 50 characters",
            tuple(_encoded(corpus, count)),
            (
                Measure("text right", exact, 99.9),
                Measure("without bare UTF-16", scores.exact_but_bare_utf16, 99.9),
            ),
        ),
        Task(
            "4 to 32 characters",
            tuple(_short(corpus, count)),
            (
                Measure("text right", exact, 99.5),
                Measure("without bare UTF-16", scores.exact_but_bare_utf16, 99.5),
            ),
        ),
        Task(
            "lying header and/or meta",
            tuple(_lying(corpus, count // 4)),
            (Measure("text right", exact, 99.9),),
        ),
        Task(
            "truncated, 0.1 % bad bytes, foreign fragment",
            tuple(_spoilt(corpus, count // 2)),
            (Measure("host text right", scores.host, 99.9),),
        ),
        Task(
            "mixed encodings",
            tuple(_mixed(corpus, count // 3)),
            (Measure("whole text right", exact, 95),),
        ),
        Task(
            "UTF-8 as cp936",
            (
                *_damaged(corpus, ("utf8_as_cp936", "utf8_as_gb18030", "utf8_as_gbk"), count),
                *_damaged(corpus, ("utf8_as_cp936",), count, least=4, whole=True),
            ),
            (
                Measure("characters right", scores.characters, 99.5),
                Measure("paragraphs exact, nothing lost", scores.exact_without_loss, 97),
            ),
        ),
        Task(
            "GBK as Big5, Big5 as GBK, doubles with GBK",
            tuple(_damaged(corpus, _DOUBLES, count // 2)),
            (Measure("characters right", scores.characters, 98),),
        ),
        Task(
            "one lost byte at an unknown place",
            tuple(_damaged(corpus, ("lost_byte", "swallowed_byte"), count, least=20)),
            (Measure("paragraphs exact", exact, 85),),
        ),
        Task(
            "one lost byte, the line on its own page",
            tuple(_on_pages(corpus, _damaged(corpus, ("lost_byte", "swallowed_byte"), count, 20))),
            (Measure("pages exact", exact, 85),),
        ),
        Task(
            "Gansu chain, unseen tables, government text",
            tuple(_gansu(corpus)),
            (
                Measure("lines exact or losses marked", scores.lines_marked, 99.9),
                Measure("lines with byte damage exact", scores.byte_damaged_lines, 95),
            ),
        ),
        Task(
            "the Gansu page itself",
            tuple(_gansu_page(corpus.root)),
            (Measure("lines that damage gives back", scores.given_back, 100),),
        ),
        Task(
            "natural damage",
            tuple(_natural(corpus.root)),
            (
                Measure("rows marked exact are exact", scores.exact_without_loss, 100),
                Measure("others marked lost or chosen", scores.loss_marked, 100),
            ),
        ),
    ]


_DOUBLES = (
    "gbk_as_big5",
    "big5_as_gbk",
    "utf8_as_cp936_twice",
    "utf8_as_gb18030_twice",
    "utf8_as_latin1_then_gb18030",
    "gbk_as_latin1_then_gb18030",
)
_AROUND = 50  # lines on either side that stand on a page
_REPORTED = (
    "gbk_as_utf8",
    "gbk_as_utf8_then_gbk",
    "questions",
    "unwritten_memory",
    "seo_line",
    "brand",
    "shuffled_punctuation",
)
"""What no one can restore from the text alone: it is to be reported, not repaired."""
MECHANISMS = tuple(name for name in DAMAGES if name != "dropped_date_characters")
"""All but the one that is left to the reading of dates."""


def mechanism_task(corpus: Corpus, name: str, count: int) -> Task:
    """Return the task of one mechanism of damage."""
    if name in _REPORTED:
        measures: tuple[Measure, ...] = (Measure("reported", scores.loss_marked, None),)
    else:
        measures = (
            Measure("exact", scores.exact, None),
            Measure("characters", scores.characters, None),
        )
    return Task(name, tuple(_damaged(corpus, (name,), count)), measures)


def _sample(texts: Sequence[str], count: int, random: Random) -> list[str]:
    return random.sample(texts, count) if len(texts) > count else list(texts)


def _case(sent: sending.Sent | None, group: str) -> Iterator[Case]:
    if sent is not None:
        yield Case(
            group,
            sent.text,
            body=sent.body,
            content_type=sent.content_type,
            edge=sent.edge,
            host=sent.host,
        )


def _encoded(corpus: Corpus, count: int) -> Iterator[Case]:
    for name, send in sending.ENCODINGS.items():
        random = Random(f"clean {name}")
        made = 0
        texts = corpus.of(name, 50)
        for text in random.sample(texts, len(texts)):
            cases = list(_case(send(text, random), name))
            made += len(cases)
            yield from cases
            if made == count:
                break


def _short(corpus: Corpus, count: int) -> Iterator[Case]:
    """Yield short lines whole and the beginnings of long ones, with 4 Chinese ones at least."""
    for name, send in sending.ENCODINGS.items():
        random = Random(f"short {name}")
        made = 0
        texts = corpus.of(name, 4)
        for text in random.sample(texts, len(texts)):
            cut = text[: random.randint(4, 32)] if len(text) > 32 else text
            if len(_CHINESE.findall(cut)) >= 4:
                cases = list(_case(send(cut, random), name))
                made += len(cases)
                yield from cases
            if made == count:
                break


def _lying(corpus: Corpus, count: int) -> Iterator[Case]:
    for name in ("utf-8", "gb2312", "big5"):
        texts = corpus.of(name, 50)
        for how in sending.LYING:
            random = Random(f"{how} {name}")
            for _ in range(count):
                lines = random.sample(texts, random.randint(1, 4))
                yield from _case(sending.send_lying(lines, how, name, random), f"{how}: {name}")


def _spoilt(corpus: Corpus, count: int) -> Iterator[Case]:
    for send in (sending.send_truncated, sending.send_bad_bytes):
        for name in ("utf-8", "gb2312", "big5"):
            random = Random(f"{send.__name__} {name}")
            for text in _sample(corpus.of(name, 50), count, random):
                yield from _case(send(text, name, random), f"{send.__name__[5:]}: {name}")
    for pair in range(4):
        random = Random(f"foreign {pair}")
        texts = corpus.big5(50) if pair > 1 else corpus.texts(50)
        for _ in range(count):
            *host, fragment = random.sample(texts, random.randint(3, 5))
            fragment = fragment[: random.randint(8, 40)]
            sent = sending.send_foreign_fragment(host, fragment, pair, random)
            yield from _case(sent, f"foreign fragment: {pair}")


def _mixed(corpus: Corpus, count: int) -> Iterator[Case]:
    for pair in range(4):
        random = Random(f"mixed {pair}")
        texts = corpus.big5(20) if pair > 1 else corpus.texts(20)
        for _ in range(count):
            parts = random.sample(texts, 3)
            yield from _case(sending.send_mixed(parts, pair, random), f"mixed: {pair}")


def _damaged(
    corpus: Corpus, names: Iterable[str], count: int, least: int = 10, *, whole: bool = False
) -> Iterator[Case]:
    """Yield so many cases of each damage; with ``whole`` only those that lost nothing."""
    for name in names:
        random = Random(f"damage {name}")
        texts = corpus.big5(least) if name.startswith("big5") else corpus.texts(least)
        made = 0
        for text in random.sample(texts, len(texts)):
            broken = DAMAGES[name](text, random)
            if broken is None or (whole and broken.lost):
                continue
            meant = text if broken.meant is None else broken.meant
            yield Case(name, meant, text=broken.received, lost=broken.lost)
            made += 1
            if made == count:
                break


def _on_pages(corpus: Corpus, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield each case with the clean lines that stand around its own in its document."""
    entries = corpus.simplified
    places = {entry.text: at for at, entry in reversed(list(enumerate(entries)))}
    for case in cases:
        at = places[case.truth]
        near = range(max(0, at - _AROUND), min(len(entries), at + _AROUND + 1))
        page = [one for one in near if entries[one].document == entries[at].document]
        truth = "\n".join(entries[one].text for one in page)
        received = "\n".join(case.text or "" if one == at else entries[one].text for one in page)
        yield Case(case.group, truth, text=received, lost=case.lost)


def _pages(corpus: Corpus, size: int) -> Iterator[list[str]]:
    """Yield the government paragraphs of each document, so many a page."""
    traditional = {new for old, new in converted().items() if old != new}
    entries = [
        entry
        for entry in corpus.simplified
        if entry.government and traditional.isdisjoint(entry.text)
    ]
    for _, group in groupby(entries, key=lambda entry: entry.document):
        lines = [entry.text for entry in group]
        for at in range(0, len(lines), size):
            if len(lines[at : at + size]) >= 5:
                yield lines[at : at + size]


def _gansu(corpus: Corpus, rounds: int = 4) -> Iterator[Case]:
    """Yield pages line by line through the chain, each with a table of its own."""
    for number in range(rounds):
        random = Random(f"gansu {number}")
        for lines in _pages(corpus, random.randint(20, 60)):
            table = random_annotations(random, corpus.readings)
            folded = _FOLDS[number % len(_FOLDS)]
            received = "\n".join(damage_like_gansu(line, table, folded) for line in lines)
            hit = tuple(_has_byte_damage(line, table, folded) for line in lines)
            yield Case("gansu", "\n".join(lines), text=received, hit=hit)


def _has_byte_damage(line: str, table: Sequence[tuple[str, str]], folded: str) -> bool:
    """Return whether the chain does more to a line than to its characters one by one."""
    alone = "".join(damage_like_gansu(char, table, folded) for char in line)
    return damage_like_gansu(line, table, folded) != alone


def _gansu_page(root: Path) -> Iterator[Case]:
    for path in (root / "seeds").glob("001_*.txt"):
        received = path.read_text("utf-8")
        yield Case("seeds/001", received, text=received)


def _natural(root: Path) -> Iterator[Case]:
    sources: tuple[tuple[str, Callable[[dict[str, str]], bool]], ...] = (
        ("java_comments_utf8_as_gbk", lambda row: row["class"] == "G8"),
        ("region_names_utf8_as_cp936", lambda row: row["status"] == "exact"),
    )
    for name, is_exact in sources:
        path = root / "data" / "mojibake" / f"{name}.jsonl"
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            lost = 0 if is_exact(row) else 1
            yield Case(name, row["repaired"], text=row["broken"], lost=lost)
