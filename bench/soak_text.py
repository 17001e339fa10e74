"""``make soak``: fuzzes decoding and repair for a set time, and fails on the first rule broken.

The rules: nothing raises; repair twice equals once; undoing the repairs gives the received text
back, making them again the repaired one; 100,000 characters take under 2 seconds.  Inputs are
random bytes, real pages mutated, real paragraphs damaged several times over, and strings made to
be expensive: every odd piece and every two of them, over and over.  Time is CPU time, so that a
busy machine breaks no rule.  What breaks a rule is kept in ``build/soak`` and printed.

``python -m bench.soak_text --minutes 20 --seed 1``
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle, permutations
from pathlib import Path
from random import Random, SystemRandom
from types import FrameType

from bench.corpus import CORPUS, ROOT, paragraphs
from bench.damage import DAMAGES, readings
from bench.sending import page
from parsers.charset import decode
from parsers.mojibake import apply, repair, undo

KEPT = ROOT / "build" / "soak"
LONGEST = 100_000
LIMIT = 2.0  # seconds of CPU, however many characters up to LONGEST
GIVE_UP = 20  # seconds of CPU after which one input is stopped
_CODECS = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "cp1252", "hz", "iso2022_kr")
_DECLARED = ("utf-8", "gb2312", "big5", "hz-gb-2312", "iso-2022-cn", "utf-16", "utf-7", "x", "")
# What repair looks for, alone, in long runs and in any order.
_PIECES = (
    "?", "??", "(", ")", "()", "（", "）", "\ufffd", "€", "。", "，", ",", "&#196;", "&#", ";", "\n", " ",
    "\u3000", "\xa0", "\u200b", "\xad", "\ufeff", "\ue0a6", "\ue46a", "\uf8f5", "⼈", "\uf900", "锟斤拷", "烫",
    "屯", "鏀垮簻", "銆", "鐨", "锛", "æ”¿", "Õþ¸®", "Ã¦", "淉葬", "ㄒ唬┕", "?。ㄒ唬┕\ue0a6_", "務(wù)", "(wù)",
    "è)P", "?yè)P", "公(gong)(gong)", "zhang.san@li.gov.cn", "(a", "a)", "mobile288-365", "365bet", "_", "娱乐城",
    "政府", "公開", "経", "1", "2018", "%", "é", "ü", "ǚ", "\U00020164", "\x80", "\x85", "\x00", "\ud800",
)  # fmt: skip
_INVISIBLES = "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\xad"
_SEPARATORS = "\t\r\v\f\x1c\u2028\u2029\udc00[]{}【】〔〕《》“”&#@:;、；："


@dataclass(slots=True)
class Tally:
    """What one kind of input has come to."""

    runs: int = 0
    characters: int = 0
    slowest: float = 0.0
    slowest_size: int = 0
    broken: list[str] = field(default_factory=list)


class BrokenRuleError(AssertionError):
    """A rule that does not hold; the message names it."""


# -- inputs --------------------------------------------------------------------------------------


@cache
def _lines() -> tuple[str, ...]:
    if not CORPUS.is_dir():
        return ("政府信息公开工作年度报告", "（一）主动公开政府信息1234条，其中：规范性文件5件。")
    entries = [*paragraphs(CORPUS, "tuning"), *paragraphs(CORPUS, "measured")]
    return tuple(entry.text for entry in entries)


def _size(random: Random) -> int:
    """Return a length: mostly short, one in ten the longest."""
    return LONGEST if random.random() < 0.1 else int(10 ** random.uniform(0, 4.3))


def _random_bytes(random: Random) -> bytes:
    size = _size(random)
    low, high = random.choice(((0, 255), (0x80, 0xFF), (0xA0, 0xFF), (0x40, 0xFE), (0, 0x8F)))
    return bytes(random.choices(range(low, high + 1), k=size))


def _repeated_bytes(random: Random) -> bytes:
    unit = random.randbytes(random.randint(1, 6))
    return (unit * (_size(random) // len(unit) + 1))[:LONGEST]


def _real_page(random: Random) -> bytes:
    lines = random.choices(_lines(), k=random.randint(1, 60))
    text = page(lines) if random.random() < 0.7 else "\n".join(lines)
    return text.encode(random.choice(_CODECS), "ignore")[:LONGEST]


def _mutated_page(random: Random) -> bytes:
    body = bytearray(_real_page(random))
    for _ in range(random.choice((1, 3, 30, 300))):
        at = random.randrange(len(body) + 1)
        how = random.randrange(5)
        if how == 0:
            del body[at : at + random.randint(1, 3)]
        elif how == 1:
            body[at:at] = random.randbytes(random.randint(1, 4))
        elif how == 2 and at < len(body):
            body[at] = random.randrange(256)
        elif how == 3:
            body[at:at] = _real_page(random)[: random.randint(1, 400)]
        else:
            body[at:at] = body[: random.randint(0, 50)]
    return bytes(body[:LONGEST])


def _random_text(random: Random) -> str:
    size = _size(random)
    blocks = ((0x20, 0x7E), (0x80, 0xFF), (0x3000, 0x30FF), (0x4E00, 0x9FA5), (0xE000, 0xE765))
    low, high = random.choice(blocks)
    return "".join(map(chr, random.choices(range(low, high + 1), k=size)))


def _pieces(random: Random) -> str:
    chosen = random.sample(_PIECES, random.randint(1, 8))
    count = max(1, _size(random) // 3)
    return "".join(random.choices(chosen, k=count))[:LONGEST]


def _repeated_piece(random: Random) -> str:
    unit = "".join(random.choices(_PIECES, k=random.randint(1, 4)))
    return (unit * (_size(random) // len(unit) + 1))[:LONGEST]


@cache
def _units() -> Iterator[str]:
    """Return every piece and every two pieces, in an order of no meaning, without end."""
    pieces = tuple(dict.fromkeys((*_PIECES, *_INVISIBLES, *_SEPARATORS)))
    units = [*pieces, *map("".join, permutations(pieces, 2))]
    Random("units").shuffle(units)
    return cycle(units)


def _one_unit(random: Random) -> str:
    del random
    unit = next(_units())
    return (unit * (LONGEST // len(unit) + 1))[:LONGEST]


def _pinyin(random: Random) -> str:
    chars = random.choices(sorted(readings()), k=max(1, _size(random) // 6))
    marks = random.choice(("({})", "({0})({0})", "（{}）", "?{})", "{}", "({}", "{}@x.cn "))
    return "".join(char + marks.format(readings()[char][0]) for char in chars)[:LONGEST]


def _damaged(random: Random) -> str:
    lines = random.choices(_lines(), k=random.randint(1, 40))
    for _ in range(random.randint(1, 3)):
        damage = DAMAGES[random.choice(list(DAMAGES))]
        broken = [damage(line, random) if line else None for line in lines]
        lines = [new.received if new else old for old, new in zip(lines, broken, strict=True)]
    return "\n".join(lines)[:LONGEST]


def _spliced(random: Random) -> str:
    text = _damaged(random)
    for _ in range(random.choice((1, 5, 50))):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice(_PIECES) + text[at + random.randint(0, 2) :]
    return text[:LONGEST]


BYTES: dict[str, Callable[[Random], bytes]] = {
    "random bytes": _random_bytes,
    "repeated bytes": _repeated_bytes,
    "real pages": _real_page,
    "mutated pages": _mutated_page,
}
TEXTS: dict[str, Callable[[Random], str]] = {
    "random characters": _random_text,
    "hostile pieces": _pieces,
    "hostile repetition": _repeated_piece,
    "one unit, longest": _one_unit,
    "pinyin in brackets": _pinyin,
    "damaged paragraphs": _damaged,
    "damaged and spliced": _spliced,
}


# -- rules ---------------------------------------------------------------------------------------


def check_bytes(body: bytes, random: Random) -> float:
    """Decode and repair a page; return the seconds, raise where a rule is broken."""
    declared = random.choice(_DECLARED)
    content_type = f"text/html; charset={declared}" if declared else None
    start = time.process_time()
    text = decode(body, content_type, "text/html").text
    spent = time.process_time() - start
    _check_time(spent, len(body), "decode")
    return max(spent, check_text(text))


def check_text(received: str) -> float:
    """Repair a text; return the seconds, raise where a rule is broken."""
    start = time.process_time()
    repaired = repair(received)
    spent = time.process_time() - start
    _check_time(spent, len(received), "repair")
    if apply(received, repaired.repairs) != repaired.text:
        raise BrokenRuleError("making the repairs does not give the repaired text")
    if undo(repaired.text, repaired.repairs) != received:
        raise BrokenRuleError("undoing the repairs does not give the received text")
    if repaired.repairs and repair(repaired.text).text != repaired.text:
        raise BrokenRuleError("repairing twice is not repairing once")
    return spent


def _check_time(spent: float, size: int, what: str) -> None:
    if spent > LIMIT:
        raise BrokenRuleError(f"{what} took {spent:.2f} s for {size} characters")


def _give_up(number: int, frame: FrameType | None) -> None:
    del number
    function = frame.f_code.co_qualname if frame else "?"
    raise BrokenRuleError(f"stopped after {GIVE_UP} s of CPU in {function}")


def _keep(kind: str, given: bytes | str, number: int) -> Path:
    KEPT.mkdir(parents=True, exist_ok=True)
    raw = given if isinstance(given, bytes) else given.encode("utf-8", "surrogatepass")
    path = KEPT / f"{kind.replace(' ', '-')}-{number}"
    path.write_bytes(raw)
    return path


def run_once(kind: str, tally: Tally, random: Random) -> None:
    """Make one input of a kind, check it, and enter it in the tally."""
    given: bytes | str = BYTES[kind](random) if kind in BYTES else TEXTS[kind](random)
    tally.runs += 1
    tally.characters += len(given)
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVE_UP)
    try:
        spent = check_bytes(given, random) if isinstance(given, bytes) else check_text(given)
    except Exception as error:  # noqa: BLE001
        """Any exception of ours is what is looked for."""
        path = _keep(kind, given, len(tally.broken))
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        tally.broken.append(f"{told}, kept as {path.relative_to(ROOT)}")
        return
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    if spent > tally.slowest:
        tally.slowest, tally.slowest_size = spent, len(given)


def main() -> None:
    """Fuzz until the time is over, print the table, fail if a rule was broken."""
    parser = argparse.ArgumentParser(description="Fuzz decoding and repair.")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
    random = Random(options.seed)
    tallies = {kind: Tally() for kind in (*BYTES, *TEXTS)}
    signal.signal(signal.SIGVTALRM, _give_up)
    check_text("務(wù)經(jīng)濟(jì)")  # data files are read once
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end:
        for kind, tally in tallies.items():
            run_once(kind, tally, random)
    print(f"{'input':22}{'runs':>9}{'characters':>15}{'slowest s':>11}{'of size':>9}{'broken':>8}")
    for kind, tally in tallies.items():
        print(
            f"{kind:22}{tally.runs:>9,}{tally.characters:>15,}{tally.slowest:>11.3f}"
            f"{tally.slowest_size:>9,}{len(tally.broken):>8,}"
        )
    broken = [f"{kind}: {told}" for kind, tally in tallies.items() for told in tally.broken]
    for told in broken[:40]:
        print(told)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
