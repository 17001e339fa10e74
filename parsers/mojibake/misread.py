"""Undoes text whose bytes were once read in the wrong encoding and stored so, even twice.

This module decides where a text was misread and which misreading explains it; ``misreadings``
lists them, ``rereading`` takes them back, ``choosing`` fills lost bytes.  Damage comes in whole
texts, in lines, and in runs inside a line.  A line is looked at only where two odd characters
or Latin letters with signs stand together, and is changed only where what it meant reads as
Chinese and what was received does not.  Once lines of a text are known to be misread in one
way, shorter ones are read so on less evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers.model import Finding, Repair
from parsers.mojibake.choosing import CLEAR, score, settle
from parsers.mojibake.misreadings import MISREADINGS, Misreading
from parsers.mojibake.oddity import (
    count_ideographs,
    has_odd_ideographs,
    is_odd,
    lines_of,
    odd_character,
    odd_lines,
    share_of_common,
)
from parsers.mojibake.repairing import make_repairs
from parsers.mojibake.rereading import REPLACEMENT, Budget, Piece, reread
from parsers.mojibake.wrong_codecs import SINGLE_BYTE, SINGLE_BYTE_CHARS

_LONG = 8  # ideographs from which on UTF-8 that is common throughout needs no other proof
_COMMON = 0.85
_LEAST_COMMON = 0.5
_SURE = 0.9  # worth of an explanation that needs no comparison
_LEAST_MEAN = -9.5  # nats a character: Chinese text has about -5, misread text -15
_LEAST_MEAN_UTF8 = -12.0  # whose form says more than its words
_LEAST_LEAD = 8.0  # nats over the text as received
_LEAST_LEAD_KNOWN = 2.0  # where other lines were misread in the same way
_SAMPLE = 40  # characters that stand for a text
_SHORT = 300  # characters of a text in which one odd character is worth a look
_MOST_DEEP = 2  # misreadings one after the other
_LEAST_PER_ODD = 8  # characters for each odd one, in text that is not misread as a whole
_LEAST_PER_MARK = 3  # characters for each lost byte: more losses than that cannot be read
_TWO_LOST = "锟斤拷"  # of what was U+FFFD before
_STEPS_PER_TRY = 40
_STEPS_PER_JUDGEMENT = 300

_CONTINUATIONS = re.escape("".join(c for c in SINGLE_BYTE_CHARS if not "\xc0" <= c <= "\xff"))
# æ”¿ · Ã¦â€ · Õþ¸® · ¤¤¤å · ¬F©²
_LATIN_CLUE = re.compile(
    "[\xa1-\xfe]"  # the first of two or three bytes; sought quickly
    f"(?:(?<=[\xe2-\xef])[{_CONTINUATIONS}]{{2}}"
    f"|(?<=[\xc2-\xdf])[{_CONTINUATIONS}][\xc2-\xef][{_CONTINUATIONS}]"
    "|[\x40-\x7e\xa1-\xfe][\xa1-\xfe][\x40-\x7e\xa1-\xfe])"
)
_PLAIN_LATIN = bytes((*range(0x80), 0xA0, 0xB7))
# Õþ, but not ·· or °C
_LATIN_PAIR = re.compile(rb"[\xa1-\xb6\xb8-\xff][\x80-\x9f\xa1-\xb6\xb8-\xff]")
_LATIN_STRETCH = re.compile(f"[\x00-\x7f\ufffd{re.escape(SINGLE_BYTE_CHARS)}]+")

Chain = tuple[Misreading, ...]


@dataclass(frozen=True, slots=True)
class _Explanation:
    """What a stretch of text may have meant, and by which misreadings."""

    start: int
    end: int
    chain: Chain
    pieces: tuple[Piece, ...]
    worth: float

    @property
    def rule(self) -> str:
        """The misreadings in the order in which they are taken back."""
        return "+".join(one.rule for one in self.chain)


def find_repairs(received: str, budget: Budget) -> tuple[list[Repair], list[Finding]]:
    """Return a repair for each misread stretch, and findings that say what was done."""
    if received.isascii():
        return [], []
    suspects = _find_suspects(received)
    if not suspects:
        return [], []
    search = _Search(received, budget)
    found: list[_Explanation] = []
    for start, end in suspects:
        if budget.is_spent:
            break
        found += search.explain_line(start, end)
    if found:
        found = sorted([*found, *search.explain_rest(found)], key=lambda one: one.start)
    repairs: list[Repair] = []
    unclear = 0
    for explanation in found:
        settled = settle(explanation.pieces, budget)
        if budget.is_spent:
            break  # what was left open for want of time is no repair
        unclear += sum(one.margin is not None and one.margin < CLEAR for one in settled)
        repairs += make_repairs(received, settled, explanation.rule)
    return repairs, report(repairs, unclear)


def report(repairs: Sequence[Repair], unclear: int) -> list[Finding]:
    """Return the findings for a list of repairs, of which some places stay unclear."""
    findings = []
    for rule in dict.fromkeys(one.rule for one in repairs):
        count = sum(one.rule == rule for one in repairs)
        message = f"{count} runs were read in a wrong encoding before and read again"
        findings.append(Finding(rule, "warning", message))
    if unclear:
        message = f"{unclear} places lost bytes and could be more than one character"
        findings.append(Finding("unclear_character", "warning", message))
    return findings


def _find_suspects(received: str) -> list[tuple[int, int]]:
    """Return the lines in which something stands that hardly anyone writes."""
    lines: set[tuple[int, int]] = set()
    if len(received) <= _SHORT:
        lines.update(lines_of(received, odd_character()))
    else:
        lines.update(odd_lines(received))
    latin = received.encode("latin-1", "ignore")
    if len(latin.translate(None, _PLAIN_LATIN)) > 1 and _LATIN_PAIR.search(latin):
        lines.update(lines_of(received, _LATIN_CLUE))
    return sorted(lines)


class _Search:
    """The search for explanations in one text."""

    def __init__(self, received: str, budget: Budget) -> None:
        self._received = received
        self._budget = budget
        self._usual: Chain = MISREADINGS[:1]  # what explained the last line is tried first

    def explain_line(self, start: int, end: int) -> Iterator[_Explanation]:
        """Yield the explanations of a line, or of the Latin stretches in it."""
        line = self._received[start:end]
        stretches = [one.span() for one in _LATIN_STRETCH.finditer(line) if not one[0].isascii()]
        if stretches != [(0, len(line))]:
            whole = self._explain_stretch(start, end, single_byte=False)
            if whole is not None:
                yield whole
                return
        for first, last in stretches:
            left, right = _trim(line, first, last)
            if _LATIN_CLUE.search(line, left, right):
                found = self._explain_stretch(start + left, start + right, single_byte=True)
                if found is not None:
                    yield found

    def _explain_stretch(self, start: int, end: int, *, single_byte: bool) -> _Explanation | None:
        """Return the best explanation of a stretch, ``None`` where none is convincing."""
        stretch = (Piece(start, end, (self._received[start:end],)),)
        found: list[_Explanation] = []
        if len(self._usual) > 1 and (self._usual[0].wrong is SINGLE_BYTE) == single_byte:
            found += self._explain_by(start, end, self._usual)
        sparse = not single_byte and _is_sparse(stretch[0].readings[0])
        for one in sorted(MISREADINGS, key=lambda one: one is not self._usual[0]):
            if any(better.chain[-1].is_utf8 or better.worth > _SURE for better in found):
                break
            if (one.wrong is SINGLE_BYTE) == single_byte and not (sparse and one.is_paired):
                found += self._follow(stretch, (one,))
        best = max(found, key=lambda one: one.worth, default=None)
        self._usual = best.chain if best is not None else self._usual
        return best

    def _follow(self, pieces: Sequence[Piece], chain: Chain) -> Iterator[_Explanation]:
        """Yield what the pieces mean by the last misreading of ``chain``, and by further ones."""
        again = self._reread(pieces, chain[-1], first=len(chain) == 1)
        if not again:
            return
        start, end = pieces[0].start, pieces[-1].end
        self._budget.spend(_STEPS_PER_JUDGEMENT)
        worth = judge(_preview(again), self._received[start:end], chain)
        if worth is not None:
            yield _Explanation(start, end, chain, tuple(again), worth)
        elif chain[-1].is_utf8 and len(chain) < _MOST_DEEP:
            deeper = self._reread(pieces, chain[-1], first=len(chain) == 1, is_last=False)
            for further in MISREADINGS if deeper else ():
                if deeper and not further.is_paired:
                    yield from self._follow(deeper, (*chain, further))

    def _reread(
        self, pieces: Sequence[Piece], one: Misreading, *, first: bool, is_last: bool = True
    ) -> list[Piece] | None:
        if not self._budget.spend(_STEPS_PER_TRY):
            return None
        text = _preview(pieces)
        marks = text.count("?") + text.count(REPLACEMENT) + 2 * text.count(_TWO_LOST)
        if marks * _LEAST_PER_MARK > len(text) + _LEAST_PER_MARK or not one.may_explain(text):
            return None
        source = self._received if first else None
        wrong = one.read_by(self._received if first else text)
        return reread(pieces, wrong, one.codec, source, self._budget, is_last=is_last)

    def explain_rest(self, found: Sequence[_Explanation]) -> Iterator[_Explanation]:
        """Yield the lines that were misread as others were, though they show it less."""
        chains = list(dict.fromkeys(one.chain for one in found))
        taken = {self._received.rfind("\n", 0, one.start) + 1 for one in found}
        start = 0
        while start < len(self._received):
            end = self._received.find("\n", start)
            end = len(self._received) if end < 0 else end
            if start not in taken and any(map(_is_suspect, self._received[start:end])):
                yield from self._explain_known(start, end, chains)
            start = end + 1

    def _explain_known(
        self, start: int, end: int, chains: Sequence[Chain]
    ) -> Iterator[_Explanation]:
        for chain in chains:
            found = list(self._explain_by(start, end, chain, known=True))
            if found:
                yield from found
                return

    def _explain_by(
        self, start: int, end: int, chain: Chain, *, known: bool = False
    ) -> Iterator[_Explanation]:
        """Yield the explanation of a stretch by this chain alone, if it is one."""
        text = self._received[start:end]
        pieces: list[Piece] | None = [Piece(start, end, (text,))]
        for depth, one in enumerate(chain):
            last = depth + 1 == len(chain)
            pieces = self._reread(pieces, one, first=depth == 0, is_last=last) if pieces else None
        worth = judge(_preview(pieces), text, chain, known=known) if pieces else None
        if pieces and worth is not None:
            yield _Explanation(start, end, chain, tuple(pieces), worth)


def _is_sparse(line: str) -> bool:
    """Tell whether a line has too few odd characters to be misread as a whole."""
    odd = len(odd_character().findall(line))
    return odd * _LEAST_PER_ODD < len(line) - len(line.encode("ascii", "ignore"))


def _is_suspect(char: str) -> bool:
    return "\x80" <= char <= "\xff" or is_odd(char)


def _preview(pieces: Sequence[Piece]) -> str:
    return "".join(piece.readings[0] for piece in pieces)


def _trim(line: str, start: int, end: int) -> tuple[int, int]:
    """Return a Latin stretch without the plain ASCII at its ends, if other text surrounds it."""
    if start > 0:
        while start < end and line[start] < "\x80":
            start += 1
    if end < len(line):
        while end > start and line[end - 1] in " ()[]":
            end -= 1
    return start, end


def judge(text: str, before: str, chain: Chain, *, known: bool = False) -> float | None:
    """Return how good a reading is, ``None`` where it is no better than what was received."""
    ideographs = count_ideographs(text)
    share = share_of_common(text)
    if not ideographs or share < _LEAST_COMMON:
        return None
    if chain[0].is_paired and not has_odd_ideographs(before):
        return None
    proved = all(one.is_utf8 for one in chain) and ideographs >= _LONG and share >= _COMMON
    if proved and share_of_common(before) < share - 0.15:
        return share
    mean = score(text[:_SAMPLE]) / min(len(text), _SAMPLE)
    least_mean = _LEAST_MEAN_UTF8 if all(one.is_utf8 for one in chain) else _LEAST_MEAN
    if mean < least_mean and not known:
        return None
    least = _LEAST_LEAD_KNOWN if known else _LEAST_LEAD
    if mean * min(len(text), _SAMPLE) < _score_as_long(before, text) + least:
        return None
    return share + 0.01 * mean


def _score_as_long(before: str, text: str) -> float:
    """Return the score of as much of ``before`` as became the beginning of ``text``."""
    size = -(-len(before) * min(len(text), _SAMPLE) // len(text))
    return score(before[:size])
