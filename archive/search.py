"""Full-text search that knows Chinese: every pair of neighbouring characters is a word of the index.

This module decides which texts find each other, how a query is read, what of a text is shown
with a hit, and in which order.  Two texts are the same to it when they differ only in
traditional and simplified characters, in width, in case, and in which signs stand between runs
of letters and digits: 公开、申请 is found by 公開，申請, not by 公开申请.  A word is found wherever its
characters stand in a row, as in a browser's "find in page": 民政 also in 人民政府.  ``refresh``
brings the index up to date; pages are left to ``site``.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from archive.schema import transaction
from parsers.mojibake.characters import first_simplified

FORMAT = 1  # raise it when fold or index_text changes, and refresh fills the index anew
COMMON = 5  # a word in more than one in so many reports is common: no report is about it
_BATCH = 200  # reports in one transaction, so that a crawl waits for moments only
_MOST_WORDS = 32
_LONGEST_QUERY = 1000
# 2023年度 in 公开（2023年度）: letters and digits of any script in a row
_RUN = re.compile(r"[^\W_]+")
# The gap between two of them.
_GAP = r"[\W_]+"
_CODES = f"utf-32-{sys.byteorder[0]}e"
_END = "·"  # no letter, and not ASCII, so that it is part of a word for SQLite
# -"信访 事项", 复议: a word, or several in quotation marks, with or without a minus
_WORD = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_QUOTES = str.maketrans("“”„＂－", '""""-')
# 33 of 330000, 3304 of 330400: what the codes of all regions within begin with
_REGION = re.compile(r"(?!00)(\d\d(?:(?!00)\d\d){0,2})(?:00){0,2}")


@dataclass(frozen=True, slots=True)
class Query:
    """The words that a text must have and must not have, each as its runs of letters."""

    wanted: tuple[tuple[str, ...], ...]
    unwanted: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, as it is printed there; a hit is to be highlighted."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A report that has all the words."""

    report: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the reports that have all the words, and how many do."""

    count: int
    by_year: bool
    hits: tuple[Hit, ...]


class _Folding(dict[int, str]):
    """A table for ``str.translate`` that works out a character when it is first met."""

    def __missing__(self, code: int) -> str:
        narrow = unicodedata.normalize("NFKC", chr(code))
        wide = narrow if len(narrow) == 1 else chr(code)
        half = first_simplified().get(ord(wide), wide)
        simple = first_simplified().get(ord(half), half)  # 薴 by way of 苧
        small = simple.lower()
        self[code] = small if len(small) == 1 else simple
        return self[code]


@cache
def _folding() -> _Folding:
    return _Folding()


def fold(text: str) -> str:
    """Return the text in simplified, narrow, small letters, each in its old place."""
    return text.translate(_folding())


def index_text(text: str) -> str:
    """Return the words of the index: 答复时，是 has 答复 复时 时· 是·, then each letter once.

    A dot after its last letter ends a run; a dot by itself keeps the letters from the last run.
    """
    runs = _RUN.findall(fold(text))
    letters = "".join(runs)
    following = "".join([f"{run[1:]}{_END}" for run in runs])
    # Woven as numbers: a word of the text each would be thousands of strings.
    woven = array("I", [ord(" ")]) * (3 * len(letters))
    woven[0::3] = array("I", letters.encode(_CODES))
    woven[1::3] = array("I", following.encode(_CODES))
    return woven.tobytes().decode(_CODES) + " ".join([_END, *dict.fromkeys(letters)])


def _closed(run: str) -> list[str]:
    return [*_pairs(run), run[-1] + _END]


def _pairs(run: str) -> list[str]:
    return list(map("".join, pairwise(run)))


def read_query(words: str) -> Query:
    """Return what someone looks for: 复议 -诉讼 is a report with the one and without the other."""
    wanted: dict[tuple[str, ...], None] = {}
    unwanted: dict[tuple[str, ...], None] = {}
    asked = words[:_LONGEST_QUERY].translate(_QUOTES)
    for minus, quoted, plain in _WORD.findall(asked)[:_MOST_WORDS]:
        if runs := tuple(_RUN.findall(fold(quoted or plain))):
            (unwanted if minus else wanted)[runs] = None
    return Query(tuple(wanted), tuple(unwanted))


def search_query(words: str) -> str:
    """Return what stands behind MATCH in SQL to find ``words``; nothing is found by no words."""
    return match_expression(read_query(words or ""))


def match_expression(query: Query) -> str:
    """Return the query in the language of FTS5, whatever it was written with."""
    if not query.wanted:
        return '""'
    wanted = " AND ".join(_phrase(word) for word in query.wanted)
    return "".join([f"({wanted})", *(f" NOT {_phrase(word)}" for word in query.unwanted)])


def _phrase(runs: Sequence[str]) -> str:
    """The words of the index for a row of runs; the text may go on behind the last one."""
    last = runs[-1]
    words = [word for run in runs[:-1] for word in _closed(run)] + (_pairs(last) or [last])
    goes_on = " *" if len(last) == 1 < len(runs) else ""
    return f'"{" ".join(words)}"{goes_on}'


def mark(text: str, query: Query) -> tuple[Part, ...]:
    """Return the whole text in parts, of which the wanted words are hits."""
    return tuple(_parts(text, _places(text, query), 0, len(text)))


def snippet(text: str, query: Query, around: int = 40, most: int = 3) -> tuple[Part, ...]:
    """Return the first places of the wanted words, ``around`` characters on either side."""
    places = _places(text, query)
    windows: list[tuple[int, int]] = []
    for start, end in places:
        if windows and start - around <= windows[-1][1]:
            windows[-1] = (windows[-1][0], min(len(text), end + around))
        elif len(windows) < most:
            windows.append((max(0, start - around), min(len(text), end + around)))
        else:
            break
    windows = windows or [(0, min(len(text), 2 * around))]
    parts: list[Part] = []
    for start, end in windows:
        if start > 0:
            parts.append(Part("…", is_hit=False))
        parts += _parts(text, places, start, end)
    if windows[-1][1] < len(text):
        parts.append(Part("…", is_hit=False))
    return tuple(parts)


def search_snippet(text: str, words: str) -> str:
    """Return the snippet as plain text on one line, the words in 【】."""
    parts = snippet(text or "", read_query(words or ""))
    return " ".join("".join(f"【{p.text}】" if p.is_hit else p.text for p in parts).split())


def _places(text: str, query: Query) -> list[tuple[int, int]]:
    if not query.wanted:
        return []
    words = sorted((_GAP.join(runs) for runs in query.wanted), key=len, reverse=True)
    return [found.span() for found in re.finditer("|".join(words), fold(text))]


def _parts(text: str, places: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[Part]:
    at = start
    for first, last in places:
        if first >= start and last <= end:
            if at < first:
                yield Part(text[at:first], is_hit=False)
            yield Part(text[first:last], is_hit=True)
            at = last
    if at < end:
        yield Part(text[at:end], is_hit=False)


# The index --------------------------------------------------------------------------------------

_BASIS = f"json_array({FORMAT}, r.revision, v.digest, v.parser, r.year, r.region_code, r.title)"
_STALE = f"""
SELECT r.key FROM reports r JOIN revisions v ON v.id = r.revision
  LEFT JOIN report_texts t ON t.report = r.key
WHERE t.basis IS NOT {_BASIS}
UNION ALL
SELECT report FROM report_texts
WHERE report NOT IN (SELECT r.key FROM reports r JOIN revisions v ON v.id = r.revision)
"""
_NEW = f"""
SELECT r.key, r.year, r.region_code, {_BASIS}, coalesce(r.title, ''),
  coalesce(substr(v.text, 1, (SELECT min(start) FROM parts WHERE whole = v.id)), v.text)
FROM reports r JOIN revisions v ON v.id = r.revision WHERE r.key = ?
"""
_COUNTS = """
SELECT (SELECT count(*) FROM report_search WHERE report_search MATCH :match),
  (SELECT count(*) FROM report_texts)
"""
_NEWEST = """
SELECT id FROM report_texts {way}
WHERE id IN (SELECT rowid FROM report_search WHERE report_search MATCH :match)
  AND (:year IS NULL OR year = :year)
  AND (:within IS NULL OR substr(region_code, 1, length(:within)) = :within)
ORDER BY year DESC, region_code, id
"""
_RANKS = """
SELECT rowid, bm25(report_search, 5, 1) FROM report_search WHERE report_search MATCH :match
"""


def refresh(db: sqlite3.Connection) -> int:
    """Bring the index up to date; return how many reports were new, other or gone."""
    with transaction(db):
        if db.execute(
            "SELECT 1 FROM report_texts WHERE json_extract(basis, '$[0]') <> ? LIMIT 1", [FORMAT]
        ).fetchone():
            db.execute("INSERT INTO report_search (report_search) VALUES ('delete-all')")
            db.execute("DELETE FROM report_texts")
    stale = [str(key) for (key,) in db.execute(_STALE).fetchall()]
    for at in range(0, len(stale), _BATCH):
        with transaction(db):
            for report in stale[at : at + _BATCH]:
                _refresh_report(db, report)
    return len(stale)


def forget(db: sqlite3.Connection, report: str) -> None:
    """Take what a report shows no more out of the index at once, if it was ever put in."""
    if db.execute("SELECT 1 FROM report_texts WHERE report = ?", [report]).fetchone():
        _refresh_report(db, report)


def _refresh_report(db: sqlite3.Connection, report: str) -> None:
    old = db.execute(
        "SELECT id, title, text FROM report_texts WHERE report = ?", [report]
    ).fetchone()
    if old is not None:
        db.execute(
            "INSERT INTO report_search (report_search, rowid, title, text)"
            " VALUES ('delete', ?, ?, ?)",
            [old[0], index_text(old[1]), index_text(old[2])],
        )
        db.execute("DELETE FROM report_texts WHERE id = ?", [old[0]])
    new = db.execute(_NEW, [report]).fetchone()
    if new is not None:
        cursor = db.execute(
            "INSERT INTO report_texts (report, year, region_code, basis, title, text)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            list(new),
        )
        db.execute(
            "INSERT INTO report_search (rowid, title, text) VALUES (?, ?, ?)",
            [cursor.lastrowid, index_text(new[4]), index_text(new[5])],
        )


def find(
    conn: sqlite3.Connection,
    query: Query,
    *,
    year: int | None = None,
    region: str | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Found:
    """Return the reports that ``query`` finds, of a year and within a region (330000) if given.

    The best come first, a word in the title counting for more; the newest where the words are
    so common that none is better than the other.
    """
    asked = {
        "match": match_expression(query),
        "year": year,
        "within": region_prefix(region) if region else None,
    }
    (everywhere, reports) = conn.execute(_COUNTS, asked).fetchone()
    by_year = everywhere * COMMON > reports
    # Of most reports, the narrow index is read as a whole; of few, their own rows are.
    way = "INDEXED BY report_texts_year" if by_year else "NOT INDEXED"
    ids = [row[0] for row in conn.execute(_NEWEST.format(way=way), asked)]
    if not by_year:
        ranks = dict(conn.execute(_RANKS, asked).fetchall())
        ids.sort(key=lambda one: ranks.get(one, 0))
    rows = [
        conn.execute("SELECT report, title, text FROM report_texts WHERE id = ?", [one]).fetchone()
        for one in ids[offset : offset + limit]
    ]
    # A report may have got another row since its number was read.
    return Found(len(ids), by_year, tuple(Hit(*row) for row in rows if row))


def region_prefix(code: str) -> str | None:
    """Return what the codes of all regions within a region begin with; ``None`` for no code."""
    whole = _REGION.fullmatch(code) if len(code) == 6 else None
    return whole[1] if whole else None
