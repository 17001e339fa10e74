"""Builds the data files of ``parsers/mojibake`` and of the demo's damage.

Run by hand after a change of the sources below, without arguments; the results are committed.

Sources, which must be installed for this script and are never needed at run time:

- word frequencies: ``jieba/dict.txt`` of jieba 0.42.1 (MIT), and the list
  ``government_words.txt`` beside this script (ours);
- readings of characters: pypinyin 0.55 (MIT);
- traditional and simplified forms: the OpenCC dictionaries ``TSCharacters`` and
  ``STCharacters`` (Apache-2.0) as packaged by opencc-purepy 1.5 and
  opencc-python-reimplemented 0.1.7.

No text of any report goes in.
"""

from __future__ import annotations

import gzip
import math
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from pypinyin import Style, pinyin

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "parsers" / "data"
DEMO = ROOT / "crawler" / "demo" / "traditional.txt"
LONGEST_WORD = 5
RAREST_LONG_WORD = 4  # shorter words are kept however rarely they were counted
LEAST_FREQUENCY = 20  # of a word that the dictionary has, however rarely it was counted
SIGNS = "（）、，。“”《》；："
GOVERNMENT_FREQUENCY = 4000
COSTS_PER_NAT = 8

# The converter of the mirror sites writes 着 as 著, and leaves these as they are.
CONVERTER_FORMS = {"着": "著"}
LEFT_SIMPLIFIED = "于范咨余群征并采后里厘制面系志"


def package_file(package: str, *parts: str) -> Path:
    """Return the path of a file inside an installed package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed")
    return Path(spec.origin).parent.joinpath(*parts)


def is_han(text: str) -> bool:
    """Tell whether ``text`` is one or more ideographs of the basic block."""
    return bool(text) and all("\u4e00" <= char <= "\u9fff" for char in text)


def in_gbk(char: str) -> bool:
    """Tell whether GBK has the character."""
    return len(char.encode("gb18030")) == 2


def gbk_ideographs() -> Iterator[str]:
    """Yield the 20,902 ideographs that GBK has."""
    return (char for char in map(chr, range(0x4E00, 0x9FA6)) if in_gbk(char))


def read_variants(name: str) -> dict[str, list[str]]:
    """Return what both packagings of one OpenCC character table give, in their order."""
    variants: dict[str, list[str]] = defaultdict(list)
    paths = (
        package_file("opencc_purepy", "dicts", name),
        package_file("opencc", "dictionary", name),
    )
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            if not line.startswith("#") and "\t" in line:
                source, targets = line.split("\t")
                known = variants[source]
                known += [char for char in targets.split(" ") if char and char not in known]
    return variants


def simplified_forms() -> dict[str, list[str]]:
    """Return the candidates for each traditional character, the likeliest first.

    A character that the simplified standard keeps (著, 乾) is a candidate for itself.
    """
    to_simplified = read_variants("TSCharacters.txt")
    forms: dict[str, list[str]] = {}
    for source, targets in to_simplified.items():
        forms[source] = [char for char in targets if len(char) == 1 and in_gbk(char)]
    for simple, converted in CONVERTER_FORMS.items():
        if simple != converted:
            known = forms.setdefault(converted, [])
            known += [char for char in (simple, converted) if char not in known]
    return {
        char: targets
        for char, targets in forms.items()
        if len(char) == 1 and targets and targets != [char] and in_gbk(char)
    }


def traditional_forms() -> dict[str, str]:
    """Return the one form that the mirrors' converter writes for a simplified character."""
    to_traditional = read_variants("STCharacters.txt")
    forms = dict(CONVERTER_FORMS)
    for source, targets in to_traditional.items():
        first = next((char for char in targets if len(char) == 1 and in_gbk(char)), source)
        if first != source and len(source) == 1 and source not in LEFT_SIMPLIFIED:
            forms.setdefault(source, first)
    return forms


def word_frequencies() -> dict[str, int]:
    """Return how often jieba counted each word, with the words of government raised."""
    frequencies: dict[str, int] = {}
    for line in package_file("jieba", "dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        often = len(word) <= 3 or int(count) >= RAREST_LONG_WORD
        if is_han(word) and len(word) <= LONGEST_WORD and often:
            frequencies[word] = max(int(count), LEAST_FREQUENCY if len(word) > 1 else 1)
    listed = (Path(__file__).parent / "government_words.txt").read_text("utf-8")
    lines = [line for line in listed.splitlines() if not line.startswith("#")]
    for word in " ".join(lines).split():
        if len(word) <= LONGEST_WORD and all(is_han(char) or char in SIGNS for char in word):
            listed_frequency = GOVERNMENT_FREQUENCY * (1 if is_han(word) else 10)
            frequencies[word] = max(frequencies.get(word, 0), listed_frequency)
    return frequencies


def write_language_model(frequencies: dict[str, int]) -> None:
    """Write the words grouped by cost: ``<eighths of a nat> word word …`` on each line."""
    total = sum(frequencies.values())
    by_cost: dict[int, list[str]] = defaultdict(list)
    for word, count in frequencies.items():
        by_cost[round(-math.log(max(count, 1) / total) * COSTS_PER_NAT)].append(word)
    lines = [f"{cost} {' '.join(sorted(by_cost[cost]))}" for cost in sorted(by_cost)]
    packed = gzip.compress("\n".join(lines).encode("utf-8"), 9, mtime=0)
    (DATA / "words.txt.gz").write_bytes(packed)
    print(f"words.txt.gz: {len(frequencies)} words, {len(packed)} bytes")


def write_readings() -> None:
    """Write ``<reading with tone mark> <characters>`` for every character of GBK."""
    by_reading: dict[str, list[str]] = defaultdict(list)
    for char in gbk_ideographs():
        for reading in pinyin(char, style=Style.TONE, heteronym=True, errors="ignore")[:1]:
            for one in reading:
                by_reading[one].append(char)
    lines = [f"{reading} {''.join(chars)}" for reading, chars in sorted(by_reading.items())]
    (DATA / "readings.txt").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"readings.txt: {len(lines)} readings")


def write_pairs(path: Path, pairs: list[str]) -> None:
    """Write a table of characters, sixteen entries a line."""
    lines = [" ".join(pairs[start : start + 16]) for start in range(0, len(pairs), 16)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{path.name}: {len(pairs)} characters")


def write_common_characters(frequencies: dict[str, int]) -> None:
    """Write the characters that make up most Chinese text: simplified, then traditional."""
    counts: dict[str, int] = defaultdict(int)
    for word, count in frequencies.items():
        for char in word:
            counts[char] += count
    common = sorted(counts, key=lambda char: -counts[char])[:1500]
    to_traditional = traditional_forms()
    traditional = [to_traditional.get(char, char) for char in common]
    traditional += [char for char in common if char not in traditional]
    text = "".join(common) + "\n" + "".join(dict.fromkeys(traditional)) + "\n"
    (DATA / "common_characters.txt").write_text(text, "utf-8")


def main() -> None:
    """Build every file."""
    DATA.mkdir(exist_ok=True)
    frequencies = word_frequencies()
    write_language_model(frequencies)
    write_common_characters(frequencies)
    write_readings()
    simplified = simplified_forms()
    pairs = [char + "".join(targets) for char, targets in sorted(simplified.items())]
    write_pairs(DATA / "simplified.txt", pairs)
    traditional = traditional_forms()
    write_pairs(DEMO, [char + target for char, target in sorted(traditional.items())])


if __name__ == "__main__":
    main()
