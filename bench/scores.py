"""What counts as right in the text bench: a case, an answer, and the scores of one against the other.

A score is a pair: how much is right, out of how much.  A case that a measure is not about counts
nothing (out of 0).
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from difflib import SequenceMatcher

from crawler.demo.damage import damage_like_gansu
from parsers.model import Repair
from parsers.mojibake import OffsetMap

_FOLDED = str.maketrans("，（）：；！？％\u3000", ",():;!?% ")
_UNFOLDED = str.maketrans(",():;!?%", "，（）：；！？％")


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes or a text as received, and what was meant.

    ``edge`` and ``host`` are those of ``sending.Sent``; ``lost`` counts the places that nothing
    can restore; ``hit`` says of each line whether its bytes were damaged.
    """

    group: str
    truth: str
    body: bytes | None = None
    text: str | None = None
    content_type: str | None = None
    edge: str = ""
    host: tuple[int, ...] = ()
    lost: int = 0
    hit: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A text, the repairs that led to it, and whether anything was reported."""

    text: str
    repairs: tuple[Repair, ...] = ()
    doubtful: bool = False

    def spans(self, rules: Container[str] | None = None) -> list[tuple[int, int]]:
        """Return the spans of the text that were chosen, or those repaired by some rules."""
        offsets = OffsetMap(self.repairs)
        return [
            (offsets.to_repaired(one.start), offsets.to_repaired(one.end))
            for one in self.repairs
            if (not one.exact if rules is None else one.rule in rules)
        ]


Score = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """A score with its name and its goal in per cent."""

    name: str
    score: Callable[[Case, Answer], Score]
    goal: float | None


def exact(case: Case, answer: Answer) -> Score:
    """Return 1 where the text is right to the last character."""
    return float(_fold(answer.text, case) == _fold(case.truth, case)), 1


def _fold(text: str, case: Case) -> str:
    """Return a text with half-width signs where the damage folded them and no one can know."""
    return text.translate(_FOLDED) if case.group == "gansu" else text


def exact_but_bare_utf16(case: Case, answer: Answer) -> Score:
    """Return 1 where the text is right, UTF-16 without a byte order mark left out."""
    return (0, 0) if case.group in {"utf-16le", "utf-16be"} else exact(case, answer)


def exact_without_loss(case: Case, answer: Answer) -> Score:
    """Return 1 where the text is right, of the cases that lost nothing."""
    return (0, 0) if case.lost else exact(case, answer)


def loss_marked(case: Case, answer: Answer) -> Score:
    """Return 1 where a loss is said to be one or its repair to be chosen."""
    if not case.lost:
        return 0, 0
    return float(bool(answer.spans()) or answer.doubtful or "\ufffd" in answer.text), 1


def characters(case: Case, answer: Answer) -> Score:
    """Return how many characters of the truth the answer has, in order."""
    size = len(case.truth)
    if answer.text == case.truth:
        return size, size
    matcher = SequenceMatcher(None, case.truth, answer.text, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()), size


def host(case: Case, answer: Answer) -> Score:
    """Return 1 where the host's own text is right; bytes shown as U+FFFD do not count."""
    if not case.edge:
        return float(answer.text.replace("\ufffd", "") == case.truth), 1
    own, given = case.truth.split(case.edge), answer.text.split(case.edge)
    same = len(own) == len(given) and all(own[at] == given[at] for at in case.host)
    return float(same), 1


def lines_marked(case: Case, answer: Answer) -> Score:
    """Return the lines that are exact, or differ only where the answer says so."""
    truth, given = _lines(case, case.truth), _lines(case, answer.text)
    if len(truth) != len(given):
        return 0, len(truth)
    right, start, chosen = 0, 0, answer.spans()
    for own, line in zip(truth, given, strict=True):
        marks = [(left - start, end - start) for left, end in chosen]
        marks += [(at, at + 1) for at, char in enumerate(line) if char == "\ufffd"]
        right += own == line or _is_marked(line, own, marks)
        start += len(line) + 1
    return right, len(truth)


def _lines(case: Case, text: str) -> list[str]:
    return _fold(text, case).split("\n")


def byte_damaged_lines(case: Case, answer: Answer) -> Score:
    """Return the exact lines of those whose bytes were damaged."""
    truth, given = _lines(case, case.truth), _lines(case, answer.text)
    if len(truth) != len(given):
        return 0, sum(case.hit)
    right = sum(
        hit and own == other for hit, own, other in zip(case.hit, truth, given, strict=True)
    )
    return right, sum(case.hit)


def _is_marked(line: str, truth: str, marks: list[tuple[int, int]]) -> bool:
    """Return whether every difference touches a marked span."""
    matcher = SequenceMatcher(None, truth, line, autojunk=False)
    return all(
        name == "equal" or any(left <= end and right >= start for left, right in marks)
        for name, _, _, start, end in matcher.get_opcodes()
    )


# The rules of repairs that undo what was done to bytes: signs inside were not folded.
_OF_BYTES = ("shifted_run", "straddled_annotation", "lost_byte")


def given_back(case: Case, answer: Answer) -> Score:
    """Return the lines of a received page that the repaired ones give when damaged again."""
    received = case.truth.split("\n")
    again = damage_like_gansu(unfold(answer)).split("\n")
    if len(received) != len(again):
        return 0, len(received)
    return sum(line == own for line, own in zip(received, again, strict=True)), len(received)


def unfold(answer: Answer) -> str:
    """Return a repaired text with the full-width signs that the storage folded.

    A sign after a character that ends in A1 must have been half-width: it was not cut.
    """
    inside = {at for span in answer.spans(_OF_BYTES) for at in range(*span)}
    text = ""
    for at, char in enumerate(answer.text):
        if at in inside:
            text += "\u3000" if char == " " else char.translate(_UNFOLDED)
        else:
            whole = damage_like_gansu(text[-1:] + "（").endswith("(")
            text += char.translate(_UNFOLDED) if whole else char
    return text
