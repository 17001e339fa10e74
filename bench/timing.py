"""How long decoding and repair take: CPU time, the best of many, in strict decodes of the same text.

This module decides what is timed; ``text`` prints it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from bench.damage import DAMAGES, random_annotations
from bench.sending import page
from crawler.demo.damage import damage_like_gansu
from parsers.charset import decode
from parsers.mojibake import repair

_ENOUGH = 0.5  # seconds for one figure
_SIZE = 6000  # characters of a damaged page


def best_of(work: Callable[[], object]) -> float:
    """Return the least time of one call, over at least three calls."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < _ENOUGH:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
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
    times = {name: _time_of(text) for name, text in _damaged_pages(lines, readings)}
    slowest = max(times, key=lambda name: times[name])
    return 1000 * times[slowest], slowest, _SIZE


def _damaged_pages(lines: Sequence[str], readings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield a page for each mechanism that can damage the lines."""
    random = Random("damaged page")
    chosen = random.sample(lines, len(lines))
    table = random_annotations(random, readings)
    yield "gansu, a whole page", damage_like_gansu("\n".join(chosen), table)
    for name, damage in DAMAGES.items():
        broken = [one.received for line in chosen if (one := damage(line, random)) is not None]
        if broken:
            yield name, "\n".join(broken)


def _time_of(text: str) -> float:
    page = (text * (_SIZE // len(text) + 1))[:_SIZE]
    repair(page)
    return best_of(lambda: repair(page))
