"""What it takes to say what changed in a long document, ours beside ``difflib`` on characters.

``python -m bench.diff`` puts sentences of the measured documents together to 20,000 characters,
edits sixty places at random, and times both on the same pair in the same run.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import chain, cycle, islice

from archive.change import name_changes
from archive.diff import apply_edits, diff_contents
from archive.revision import Content
from bench.corpus import CORPUS, paragraphs

LENGTH, EDITS, SEED = 20_000, 60, 20261122
GOAL_MS, GOAL_RATIO = 20.0, 10.0
_SENTENCE = re.compile(r"[^。；]+[。；]?")


def make_pair() -> tuple[list[str], list[str]]:
    """Return the sentences of a long document before and after sixty edits."""
    lines = (line.text for line in paragraphs(CORPUS, "measured"))
    sentences = chain.from_iterable(map(_SENTENCE.findall, lines))
    before: list[str] = []
    for sentence in islice(cycle(sentences), 2_000):
        before.append(sentence)
        if sum(map(len, before)) >= LENGTH:
            break
    return before, _edit(before, random.Random(SEED))


def _edit(sentences: list[str], rng: random.Random) -> list[str]:
    edited = list(sentences)
    for _ in range(EDITS):
        place = rng.randrange(len(edited))
        sentence = edited[place]
        at = rng.randrange(len(sentence) + 1)
        match rng.randrange(4):
            case 0:
                edited[place] = sentence[:at] + str(rng.randrange(1000)) + sentence[at + 1 :]
            case 1:
                edited[place] = sentence[:at] + "有关部门" + sentence[at:]
            case 2:
                edited.insert(place, f"新增工作{rng.randrange(100)}项。")
            case _:
                del edited[place]
    return edited


def best_ms(work: Callable[[], object], times: int) -> float:
    """Return the best of several timings in milliseconds."""
    return 1000 * min(_time(work) for _ in range(times))


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure_diff() -> None:
    """Print the table."""
    before, after = make_pair()
    old, new = (Content("", {}, tuple(side), (), ()) for side in (before, after))
    edits = diff_contents(old, new)
    if apply_edits(old, edits) != new:
        raise SystemExit("applying the diff does not give the second document")
    ours = best_ms(lambda: name_changes(diff_contents(old, new), (), ()), 5)
    texts = "".join(before), "".join(after)
    theirs = best_ms(lambda: SequenceMatcher(None, *texts).get_opcodes(), 2)
    print(f"a document of {len(texts[0]):,} characters, {EDITS} edits, {len(edits)} changes found")
    print(f"{'archive.diff, by sentence and word':48}{ours:10.1f} ms (goal: at most {GOAL_MS})")
    print(f"{'difflib on characters':48}{theirs:10.1f} ms")
    print(f"{'ratio':48}{theirs / ours:10.1f} (goal: at least {GOAL_RATIO})")


if __name__ == "__main__":
    measure_diff()
