"""Undoes GBK text that lost one byte, so that what follows was read one byte out of step.

政府信息公开 without its fourth byte is read as 政感畔⒐(and so on).  The shifted run goes on until
ASCII or the end of the line.  There its last byte has no partner and leaves U+FFFD or ``?``, or
it swallows a letter (的Google became 腉oogle), or the last character ended in ASCII itself.
This module decides where the byte was lost and which character it belonged to, by the language
model; where the last character lost a byte too, that one is chosen as well.  A byte lost just
before ASCII leaves one U+FFFD and nothing to choose by: that is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import nlargest
from itertools import accumulate, pairwise
from operator import itemgetter

from parsers.model import Finding, Repair
from parsers.mojibake import shifted
from parsers.mojibake.characters import gbk_bytes, pair_char
from parsers.mojibake.choosing import (
    CLEAR,
    Settled,
    Vocabulary,
    read,
    settle,
    simplify,
)
from parsers.mojibake.language_model import (
    START,
    Context,
    extend,
    followers,
    score_each,
    trace,
)
from parsers.mojibake.losses import UNEXPLAINED
from parsers.mojibake.misreadings import shows_utf8_as_gbk
from parsers.mojibake.oddity import (
    is_odd,
    is_possible,
    lines_of,
    odd_lines,
    share_of_common,
    uncommon_places,
)
from parsers.mojibake.repairing import make_repairs
from parsers.mojibake.rereading import REPLACEMENT, Budget, Piece, weigh

RULE = "lost_byte"
_SHORT = 300  # characters of a text in which every line is worth a look
_MOST_STEPS = 400_000  # of the language model in one look: other damage costs more
_STEPS_PER_RUN = 1_200
_STEPS_PER_PLACE = 900  # most of it for sequences that the model meets for the first time
_LEAST_GAIN = {REPLACEMENT: 6.0, "?": 9.0, "": 11.0}  # nats over the text as received
_NOTHING_ODD = 3.0  # nats more
_LEAST_GAIN_ROUGHLY = 2.0  # nats by the characters alone
_SPACE = "\u3000"
_SHARE_ROUGHLY = 0.5  # of it, before the characters that lost a byte are known
_LEAST_COMMON_ROUGHLY = 0.75
_LEAST_COMMON = 0.9
_LEAST_COMMON_AROUND = 0.75
_MOST_PLACES = 6
_WIDEST_GAP = 8.0  # nats between places that compete
_WIDEST_GAP_OF_CHARACTERS = 12.0  # nats between those at one place; what follows tells more
_COMMONEST = 12  # characters tried at a place, whatever stands beside them
_MOST_CHARACTERS = 180  # tried at a place
_MOST_RANKED = 16  # looked at in context
_MOST_READINGS = 16  # of one place
_NEAR = 4  # characters on either side that bear on a choice
_TAIL = 8  # characters before a question mark that show whether they are shifted
_WIDE = 100  # characters on either side that may open or close a bracket
_JOINED = 3  # characters to the end of a run from which on all of it is one choice

# 下? of 下载, unlike 什么??
_SWALLOWED = re.compile(r"\?(?<=[^\x00-\x7f]\?)(?!\?)")
_LOST = re.compile(REPLACEMENT)
_NO_PAIR = re.compile(r"[\x00-\x7f\ufffd]")
_Form = tuple[str, str]  # a character and its simplified form

# 政感畔⒐\ufffd · 费印?
_RUN = re.compile(r"([^\x00-\x7f\ufffd]+)(\ufffd(?!\ufffd)|\?(?!\?\?)|)")


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters without ASCII, of which some may be shifted, and what surrounds them.

    ``last`` holds what the end may be: the characters of which one byte is known, the letter
    that was swallowed, or the character that ended in ASCII.
    """

    start: int
    text: str
    mark: str
    end: int  # after the mark, or the ASCII that belongs to the last character
    last: tuple[str, ...]
    before: str
    after: str


def find_repairs(received: str, budget: Budget) -> tuple[list[Repair], list[Finding]]:
    """Return the repairs of shifted runs, and a finding for places that stay unclear."""
    lines = _find_lines(received)
    if not lines:
        return [], []
    repairs: list[Repair] = []
    unclear = 0
    most = budget.spent + _MOST_STEPS
    explained: list[tuple[_Run, list[Piece]]] = []
    for run in _find_runs(received, lines):
        pieces = _explain(run, budget)
        if budget.is_spent or budget.spent > most:
            break
        if pieces:
            explained.append((run, pieces))
    page = Vocabulary(_lines_without(received, [run for run, _ in explained]))
    for _, pieces in explained:
        settled = settle(pieces, budget, page)
        if budget.is_spent:
            break  # what was left open for want of time is no repair
        if not _is_unclear(settled):
            unclear += sum(one.margin is not None and one.margin < CLEAR for one in settled)
            repairs += make_repairs(received, settled, RULE)
    unread = [UNEXPLAINED] if budget.spent > most else []
    if not repairs:
        return [], unread
    message = f"{len(repairs)} stretches follow a lost byte"
    findings = [Finding(RULE, "warning", message), *unread]
    if unclear:
        message = f"{unclear} places lost bytes and could be more than one character"
        findings.append(Finding("unclear_character", "warning", message))
    return repairs, findings


def _lines_without(received: str, runs: Sequence[_Run]) -> Iterator[str]:
    """Yield the lines in which none of the runs stands."""
    at = 0
    for run in runs:
        start = received.rfind("\n", 0, run.start) + 1
        if start > at:
            yield from received[at:start].splitlines(keepends=True)
        end = received.find("\n", run.start)
        at = max(at, end if end >= 0 else len(received))
    yield from received[at:].splitlines(keepends=True) if runs else ()


def _is_unclear(settled: Sequence[Settled]) -> bool:
    """Tell whether as many characters of a run are lost as are known."""
    text = "".join(one.text for one in settled if not one.piece.literal)
    return 2 * text.count(REPLACEMENT) >= len(text)


def _find_lines(received: str) -> list[tuple[int, int]]:
    """Return the lines with two odd characters in a row or a lost byte; of short texts, all."""
    if len(received) < _SHORT:
        return list(lines_of(received, re.compile(r"[^\x00-\x7f]")))
    lines = {*odd_lines(received)}
    if REPLACEMENT in received:
        lines.update(lines_of(received, _LOST))
    for found in _SWALLOWED.finditer(received):
        if _ends_shifted(received, found.start()):
            lines.add(_line_at(received, found.start()))
    return sorted(lines)


def _line_at(received: str, at: int) -> tuple[int, int]:
    end = received.find("\n", at)
    return received.rfind("\n", 0, at) + 1, end if end >= 0 else len(received)


def _ends_shifted(received: str, end: int) -> bool:
    """Tell whether the last characters before a question mark make more sense one byte on."""
    text = _NO_PAIR.split(received[max(0, end - _TAIL) : end])[-1]
    pairs = [raw for raw in map(gbk_bytes, text) if raw is not None and len(raw) == 2]
    if len(pairs) != len(text):
        return False
    gains = [weigh(new) - weigh(old) for new, old in zip(_shift(pairs), text, strict=False)]
    return max(accumulate(reversed(gains)), default=0.0) > _LEAST_GAIN_ROUGHLY


def _find_runs(received: str, lines: Iterable[tuple[int, int]]) -> Iterator[_Run]:
    """Yield the runs that end as a shifted one does, of the lines that are worth a look."""
    for start, end in lines:
        if not shows_utf8_as_gbk(received[start:end]):
            yield from _find_runs_in(received, start, end)


def _find_runs_in(received: str, start: int, line_end: int) -> Iterator[_Run]:
    uncommon: list[int] | None = None
    for found in _RUN.finditer(received, start, line_end):
        text, mark = found.groups()
        end = found.end()
        if not mark and not any(is_odd(char) and _is_ideograph(char) for char in text):
            continue
        if received.startswith("。", end):
            continue  # cut at 。: left to ``shifted``
        known = gbk_bytes(text[-1])
        if known is None or len(known) != 2:
            continue
        following = received[end : end + 1]
        if mark:
            last = _characters_led_by(known[1])
        elif known[1] < 0x80:
            last = (chr(known[1]),)
        elif "@" <= following <= "~" and (char := pair_char(known[1], ord(following))):
            last, end = (char,), end + 1
        else:
            continue
        before = received[max(start, found.start() - _WIDE) : found.start()]
        after = received[end : min(end + _WIDE, line_end)]
        run = _Run(found.start(), text, mark, end, last, before, after)
        if uncommon is None:
            uncommon = uncommon_places(received, start, line_end)
        if _is_readable_around(run, uncommon):
            yield run


def _is_readable_around(run: _Run, uncommon: Sequence[int]) -> bool:
    """Tell whether a run stands in text that is not damaged otherwise, and all over."""
    around = run.before + run.after
    foreign = len(around) - len(around.encode("ascii", "ignore")) - around.count(REPLACEMENT)
    left, right = run.start - len(run.before), run.end + len(run.after)
    odd = _count_between(uncommon, left, run.start) + _count_between(uncommon, run.end, right)
    return around.isascii() or (foreign > 0 and odd <= (1 - _LEAST_COMMON_AROUND) * foreign)


def _count_between(places: Sequence[int], start: int, end: int) -> int:
    return bisect_left(places, end) - bisect_left(places, start)


def _explain(run: _Run, budget: Budget) -> list[Piece]:
    """Return what a run and its line may have meant, nothing where no byte was lost in it."""
    pairs = [raw for raw in map(gbk_bytes, run.text) if raw is not None and len(raw) == 2]
    if len(pairs) != len(run.text) or not budget.spend(2 * len(pairs)):
        return []
    meant = _shift(pairs)
    if not _may_be_shifted(run.text, meant):
        return []
    if not budget.spend(_STEPS_PER_RUN + 4 * len(pairs)):
        return []
    as_received = trace(_context_before(run, ""), simplify(run.text))
    as_meant = trace(START, simplify("".join(meant)))
    places = _find_places(run, as_received, as_meant)
    if not places or not budget.spend(_STEPS_PER_PLACE * len(places)):
        return []
    first, last = places[0], places[-1]
    ranked = _rank_middles(meant, pairs, places, as_received, as_meant)
    readings = (run.text[first:at] + char + "".join(meant[at:last]) for at, char in ranked)
    middles = tuple(dict.fromkeys(readings))[:_MOST_READINGS]
    known = "".join(meant[last:])
    if len(run.text) - first <= _JOINED:
        if not budget.spend(len(middles) * len(run.last)):
            return []
        ends = _rank_ends(run, run.text[:first], [one + known for one in middles])
        parts = [(first, ends)]
    else:
        ends = _rank_ends(run, run.text[:first] + middles[0] + known, [""])
        parts = [(first, middles), (last + 1, (known,)), (len(run.text), ends)]
    likeliest = "".join(readings[0] for _, readings in parts)
    if not _is_better(run, as_received, first, likeliest):
        return []
    return list(_cut(run, parts))


def _cut(run: _Run, parts: Sequence[tuple[int, tuple[str, ...]]]) -> Iterator[Piece]:
    """Yield the pieces of a run and of what surrounds it."""
    before = run.before + run.text[: parts[0][0]]
    starts = [run.start + at for at, _ in parts]
    if before:
        yield Piece(starts[0] - len(before), starts[0], (before,), literal=True)
    for (_, readings), start, end in zip(parts, starts, [*starts[1:], run.end], strict=True):
        if end > start or readings != ("",):
            yield Piece(start, end, readings, whole=end == run.end)
    if run.after:
        yield Piece(run.end, run.end + len(run.after), (run.after,), literal=True)


def _is_ideograph(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\ue000" <= char <= "\uf8ff"


def _is_better(run: _Run, as_received: Sequence[Context], first: int, likeliest: str) -> bool:
    """Tell whether a reading from ``first`` on proves that a byte was lost.

    It is far better than what was received; where no U+FFFD stands for the last byte and no
    character is odd, further still.
    """
    stood, replaced = run.text[:first], run.text[first:]
    if share_of_common(stood + likeliest) < _LEAST_COMMON:
        return False
    least = _LEAST_GAIN[run.mark]
    if run.mark != REPLACEMENT and not any(map(is_odd, replaced)):
        least += _NOTHING_ODD
        if _SPACE in replaced:
            return False
    after = run.after[:_NEAR]
    meant = read(as_received[first], likeliest + after)
    return meant.score - read(as_received[-1], run.mark + after).score > least


def _shift(pairs: Sequence[bytes]) -> list[str]:
    """Return the characters that each second byte makes with the next first byte."""
    bytes_between = ((one[1], other[0]) for one, other in pairwise(pairs))
    return [pair_char(lead, trail) or REPLACEMENT for lead, trail in bytes_between]


def _find_places(
    run: _Run, as_received: Sequence[Context], as_meant: Sequence[Context]
) -> list[int]:
    """Return the likeliest characters at which the shift began, none if it did not.

    The contexts are those before each character and after the last.
    """
    # The shift begins at a character: those before it stand, those after it are shifted.
    whole = as_meant[-1].score
    totals = [
        before.score + whole - after.score
        for before, after in zip(as_received, as_meant, strict=False)
    ]
    best = max(range(len(totals)), key=totals.__getitem__)
    if totals[best] < as_received[-1].score + _SHARE_ROUGHLY * _LEAST_GAIN[run.mark]:
        return []
    near = range(max(0, best - _MOST_PLACES // 2), min(len(totals), best + _MOST_PLACES // 2))
    if any(shifted.residue().match(run.text, at) for at in near):
        return []  # cut at 。: left to ``shifted``
    return [at for at in near if totals[at] > totals[best] - _WIDEST_GAP]


def _may_be_shifted(text: str, meant: Sequence[str]) -> bool:
    """Tell whether the end of a run has likelier characters one byte on, each taken alone."""
    gain = best = 0.0
    start = len(text)
    for at in reversed(range(len(text))):
        gain += (weigh(meant[at]) if at < len(meant) else 0.0) - weigh(text[at])
        if gain > best:
            best, start = gain, at
    shifted_back = "".join(meant[start:])
    return best > 0 and share_of_common(shifted_back or "。") >= _LEAST_COMMON_ROUGHLY


def _rank_middles(
    meant: Sequence[str],
    pairs: Sequence[bytes],
    places: Sequence[int],
    as_received: Sequence[Context],
    as_meant: Sequence[Context],
) -> Iterator[tuple[int, str]]:
    """Yield the places with the characters that may have lost a byte there, likeliest first."""
    end = min(places[-1] + _NEAR, len(meant))
    following = simplify("".join(meant[:end]))
    tried = []
    for at in places:
        next_char = following[at : at + 1]
        rest = as_meant[end].score - as_meant[min(at + 1, end)].score
        before = as_received[at]
        plausible = _plausible(before.tail[-1:], pairs[at][0], next_char or "\n")
        scores = score_each(before, (simple for _, simple in plausible))
        floor = max(scores) - _WIDEST_GAP_OF_CHARACTERS
        near = (one for one, score in zip(plausible, scores, strict=True) if score > floor)
        for char, simple in near:
            reached = extend(before, simple + next_char)
            tried.append((reached.score + rest, at, char, reached))
    likely = nlargest(_MOST_RANKED, tried)
    ranked = sorted(
        ((extend(reached, following[at + 1 :]).score, at, char) for _, at, char, reached in likely),
        reverse=True,
    )
    return ((at, char) for _, at, char in ranked)


def _plausible(before: str, byte: int, after: str) -> list[tuple[str, str]]:
    """Return the characters that one byte is part of, with their simplified form.

    All but the commonest are known beside one of their neighbours.
    """
    commonest, others = _characters_with(byte)
    follow = followers(before)
    return commonest + [
        (char, simple)
        for char, simple, followed_by in others
        if simple in follow or after in followed_by
    ]


def _rank_ends(run: _Run, before: str, middles: Sequence[str]) -> tuple[str, ...]:
    """Return what a run may end in after each of ``middles``, the likeliest first."""
    context = _context_before(run, before)
    reached = [(read(context, middle), middle) for middle in middles]
    usual, others = _sort_ends(run.last, run.after[:1] or "\n")
    tried = []
    for one, middle in reached:
        follow = followers(one.tail[-1:])
        known = [*usual, *(end for end in others if end[1] in follow)]
        scores = score_each(one, [simple for _, simple in known])
        tried += [(score, one, middle, end) for score, (end, _) in zip(scores, known, strict=True)]
    likely = nlargest(_MOST_RANKED, tried, key=itemgetter(0))
    after = run.after[:_NEAR] or "\n"
    ranked = sorted(
        ((read(one, end + after).score, middle + end) for _, one, middle, end in likely),
        reverse=True,
    )
    return tuple(dict.fromkeys(text for _, text in ranked))


@lru_cache(maxsize=1 << 10)
def _sort_ends(ends: tuple[str, ...], after: str) -> tuple[list[_Form], list[_Form]]:
    """Return the commonest ends, signs and those known before ``after``; and all others."""
    usual: list[_Form] = []
    others: list[_Form] = []
    for at, end in enumerate(ends):
        simple = simplify(end)
        known = at < _COMMONEST or not _is_ideograph(end) or after in followers(simple)
        (usual if known else others).append((end, simple))
    return usual, others


def _context_before(run: _Run, text: str) -> Context:
    return read(START, (run.before + text)[-_NEAR:] or "\n")


@cache
def _characters_with(byte: int) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Return the commonest characters that one byte is part of, and the others.

    Each has its simplified form, the others what that is followed by as well.
    """
    pairs = [(byte, other) for other in range(0xA1, 0xFF)]
    pairs += [(other, byte) for other in range(0xA1, 0xF8)]
    chars = [(char, simplify(char)) for char in _likeliest_of(pairs)]
    others = [
        (char, simple, followers(simple)) for char, simple in chars[_COMMONEST:_MOST_CHARACTERS]
    ]
    return chars[:_COMMONEST], others


@cache
def _characters_led_by(byte: int) -> tuple[str, ...]:
    """Return the characters that begin with a byte, U+FFFD where there are none."""
    return _likeliest_of((byte, other) for other in range(0xA1, 0xFF)) or (REPLACEMENT,)


def _likeliest_of(pairs: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    chars = (pair_char(lead, trail) for lead, trail in pairs)
    known = dict.fromkeys(char for char in chars if char and is_possible(char))
    return tuple(sorted(known, key=weigh, reverse=True))
