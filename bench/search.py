"""How fast the search answers and what its index weighs, beside the truth of LIKE.

``python -m bench.search --reports 5000`` fills an archive with texts of words as often as they
are in Chinese, and asks for real words of one to six characters.  It prints the size of the
index beside that of the texts, the share of reports found, and the time of a page of hits.
"""

from __future__ import annotations

import argparse
import lzma
import math
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from importlib.resources import files
from itertools import accumulate
from pathlib import Path

from archive.schema import open_database, transaction
from archive.search import find, fold, read_query, refresh

SEED = 20261122
CHARACTERS = 3000  # of a report, on the average
WORDS_ASKED = 200
COSTS_PER_NAT = 8  # as scripts/build_language_model.py writes words.txt.xz


def word_costs() -> dict[str, float]:
    """Return the words of the language model, each with how seldom it is (natural logarithm)."""
    packed = files("parsers").joinpath("data", "words.txt.xz").read_bytes()
    lines = (line.split(" ") for line in lzma.decompress(packed).decode("utf-8").splitlines())
    return {word: int(cost) / COSTS_PER_NAT for cost, *words in lines for word in words}


def make_texts(count: int, chance: random.Random) -> list[str]:
    """Return texts of the given number: words, commas, figures, full stops."""
    costs = word_costs()
    words = list(costs)
    weights = list(accumulate(math.exp(-cost) for cost in costs.values()))
    texts = []
    for _ in range(count):
        length = int(chance.lognormvariate(0, 0.5) * CHARACTERS / 2)
        chosen = chance.choices(words, cum_weights=weights, k=length)
        for at in range(0, length, 9):
            chosen[at] += chance.choice(("，", "。", "\n", str(chance.randrange(2000)), "\t"))
        texts.append("".join(chosen))
    return texts


def fill(db: sqlite3.Connection, texts: list[str]) -> None:
    """Store a report for each text."""
    with transaction(db):
        db.execute("PRAGMA defer_foreign_keys = ON")
        for number, text in enumerate(texts, 1):
            db.execute(
                "INSERT INTO revisions VALUES (?, ?, 1, '', 1, '', ?, '{}', '', ?, '{}', '[]',"
                " '[]', '[]', NULL, '{}', 0)",
                [number, f"d{number}", f"r{number}", text],
            )
            db.execute(
                "INSERT INTO reports (key, year, kind, form, scope, level, organ_type,"
                " source_quality, revision, status, first_seen, last_seen, title)"
                " VALUES (?, ?, '', '', '', '', '', '', ?, 'live', '', '', '')",
                [f"r{number}", 2008 + number % 18, number],
            )


def asked_words(texts: list[str], chance: random.Random) -> list[str]:
    """Return pieces of one to six Chinese characters that stand in the texts."""
    words: list[str] = []
    while len(words) < WORDS_ASKED:
        text = chance.choice(texts)
        start, length = chance.randrange(len(text)), 1 + len(words) % 6
        piece = text[start : start + length]
        if len(piece) == length and piece.isalpha():
            words.append(piece)
    return words


def sizes(conn: sqlite3.Connection) -> tuple[int, int]:
    """Return the bytes of the texts and of their index."""
    row = conn.execute(
        "SELECT (SELECT sum(length(CAST(text AS BLOB))) FROM report_texts),"
        " (SELECT sum(length(block)) FROM report_search_data)"
    ).fetchone()
    return row[0], row[1]


def build(path: Path, texts: list[str]) -> None:
    """Fill a new archive and its index, and print how fast."""
    with closing(open_database(str(path))) as db:
        fill(db, texts)
        began = time.perf_counter()
        refresh(db)
        took = time.perf_counter() - began
    print(f"filled at {len(texts) / took:.0f} reports/s")


def measure(db: sqlite3.Connection, texts: list[str], chance: random.Random) -> None:
    """Print the size of the index, and for words of each length what was found and how fast."""
    text_size, index_size = sizes(db)
    print(f"{len(texts)} reports, {text_size / 1e6:.0f} MB of text")
    print(f"index {index_size / 1e6:.0f} MB, {index_size / text_size:.2f} of the text")
    folded = [fold(text) for text in texts]
    seconds: dict[int, list[float]] = {}
    recall: dict[int, list[bool]] = {}
    for word in asked_words(texts, chance):
        query = read_query(word)
        began = time.perf_counter()
        found = find(db, query)
        seconds.setdefault(len(word), []).append(time.perf_counter() - began)
        truth = sum(fold(word) in text for text in folded)
        recall.setdefault(len(word), []).append(found.count == truth)
    for length, times in sorted(seconds.items()):
        right = sum(recall[length]) / len(recall[length])
        print(
            f"{length} characters: {len(times)} words, {right:.1%} with exactly the right hits,"
            f" median {statistics.median(times) * 1000:.1f} ms, worst {max(times) * 1000:.1f} ms"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=5000)
    parser.add_argument("--keep", type=Path, help="folder for the database, which stays")
    told = parser.parse_args()
    chance = random.Random(SEED)
    texts = make_texts(told.reports, chance)
    with tempfile.TemporaryDirectory() as temporary:
        path = (told.keep or Path(temporary)) / f"search-{told.reports}.db"
        if not path.exists():
            build(path, texts)
        with closing(open_database(str(path))) as db:
            measure(db, texts, chance)


if __name__ == "__main__":
    main()
