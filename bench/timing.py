"""How long decoding and repair take: the best of many, in strict decodes of the same text.

This module decides what is timed; ``text`` prints it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from bench.damage import DAMAGES, random_annotations
from bench.sending import page
from crawler.demo.damage import damage_like_gansu
from parsers.charset import decode
from parsers.mojibake import repair

_ENOUGH = 0.5  # seconds for one figure
_SLOW = (
    "utf8_as_cp936", "utf8_as_gb18030", "utf8_as_cp1252", "utf8_as_cp936_twice", "gbk_as_latin1",
    "gbk_as_big5", "gbk_as_references", "lost_byte", "repeated_pinyin", "kangxi",
)  # fmt: skip


def best_of(work: Callable[[], object]) -> float:
    """Return the least time of one call, over at least three calls."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < _ENOUGH:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def clean_page(lines: Sequence[str], size: int, codec: str) -> bytes:
    """Return a page of about ``size`` bytes in the encoding."""
    random = Random("clean page")
    chosen: list[str] = []
    for line in random.sample(lines, len(lines)):
        chosen.append(line)
        body = page(chosen).encode(codec)
        if len(body) >= size:
            break
    return body


def our_ratio(body: bytes, codec: str) -> float:
    """Return the time of decoding and the damage check on one page, in strict decodes."""
    text = body.decode(codec)
    same = text.encode("gb18030")
    repair(text)  # data files are read once, not once a page

    def read() -> None:
        repair(decode(body, None, "text/html").text)

    return best_of(read) / best_of(lambda: same.decode("gb18030"))


def peer_ratios(body: bytes, suffix: str, python: Path) -> dict[str, float]:
    """Return the same for every other library, in its own environment."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / f"page{suffix}", Path(name) / "times"
        source.write_bytes(body)
        script = Path(__file__).with_name("peers.py")
        subprocess.run([python, script, "time", source, target], check=True)
        return dict(json.loads(target.read_text("utf-8")))


def slowest_repair(lines: Sequence[str], readings: Mapping[str, str]) -> tuple[float, str, int]:
    """Return the milliseconds of the slowest repair of 6,000 characters, its kind, its size."""
    random = Random("damaged page")
    chosen = random.sample(lines, len(lines))
    table = random_annotations(random, readings)
    pages = {"gansu": damage_like_gansu("\n".join(chosen), table)}
    for name in _SLOW:
        broken = (DAMAGES[name](line, random) for line in chosen)
        pages[name] = "\n".join(one.received for one in broken if one)
    times = {}
    for name, text in pages.items():
        cut = text[:6000]
        repair(cut)
        times[name] = 1000 * best_of(lambda cut=cut: repair(cut))  # type: ignore[misc]
    slowest = max(times, key=lambda name: times[name])
    return times[slowest], slowest, 6000
