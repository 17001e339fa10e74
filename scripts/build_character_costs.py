"""Builds ``parsers/data/character_costs.txt``: how unlikely each Chinese character is.

Run by hand after a change of the sources below, without arguments; the result is committed.

Sources, needed by this script only: word frequencies of jieba 0.42.1 (MIT), which give the
simplified characters, and the OpenCC dictionaries (Apache-2.0, as packaged by opencc-purepy
1.5), which turn the same words into traditional ones. The table mixes both halves, since a
page in either script is as welcome. No text of any report goes in.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from build_language_model import DATA, is_han, package_file
from opencc_purepy import OpenCC

EIGHTHS = 8
RAREST = 15.0  # nats; characters without a count are left to the reader of the table


def words() -> Iterator[tuple[str, int]]:
    """Yield the words of jieba's dictionary and their counts."""
    for line in package_file("jieba", "dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        if is_han(word):
            yield word, int(count)


def shares(counted: Iterator[tuple[str, int]]) -> dict[str, float]:
    """Return each character's share of the text."""
    counts: dict[str, int] = defaultdict(int)
    for word, count in counted:
        for char in word:
            counts[char] += count
    total = sum(counts.values())
    return {char: count / total for char, count in counts.items()}


def main() -> None:
    """Write ``<eighths of a nat> <characters>`` on each line, the commonest first."""
    simplified = shares(words())
    convert = OpenCC("s2t").convert
    traditional = shares((convert(word), count) for word, count in words())
    by_cost: dict[int, list[str]] = defaultdict(list)
    for char in simplified.keys() | traditional.keys():
        share = (simplified.get(char, 0.0) + traditional.get(char, 0.0)) / 2
        cost = -math.log(share)
        if len(char) == 1 and cost < RAREST:
            by_cost[round(cost * EIGHTHS)].append(char)
    lines = [f"{cost} {''.join(sorted(by_cost[cost]))}" for cost in sorted(by_cost)]
    path = DATA / "character_costs.txt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{path.name}: {sum(map(len, by_cost.values()))} characters")


if __name__ == "__main__":
    main()
