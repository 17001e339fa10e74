"""Search: what stands in a text is found, what does not is not, and no query breaks anything."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from archive.schema import open_database
from archive.search import (
    Found,
    Part,
    find,
    fold,
    index_text,
    mark,
    match_expression,
    read_query,
    refresh,
    region_prefix,
    search_query,
    search_snippet,
    snippet,
)
from parsers.mojibake.characters import first_simplified
from tests.conftest import ROOT, DemoRun

LETTERS = "公开政府信息答复申请诉讼民的〇年㐂𠮷２2０0aAzＺ"
GAPS = "，。 \n\t、（）·-_*\"'\u3000"
texts = st.text(alphabet=LETTERS + GAPS, max_size=40)
words = st.text(alphabet=LETTERS, min_size=1, max_size=6)


def save_report(
    db: Database, key: str, text: str, *, title: str = "", year: int = 2020, region: str = "330482"
) -> None:
    """Store a report with one revision of this text, or let it have this text from now on."""
    with db.atomic():
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("DELETE FROM revisions WHERE document = ?", [key])
        revision = db.execute(
            "INSERT INTO revisions VALUES (NULL, ?, 1, ?, 1, 'p', ?, '{}', ?, ?, '{}', '[]', '[]',"
            " '[]', NULL, '{}', 0)",
            [key, f"digest of {text}", key, title, text],
        ).lastrowid
        db.table("reports").upsert(
            {
                "key": key,
                "year": year,
                "kind": "annual_report",
                "form": "narrative",
                "scope": "unknown",
                "title": title,
                "region_code": region,
                "level": "county",
                "organ_type": "government",
                "source_quality": "official",
                "revision": revision,
                "status": "live",
                "first_seen": "2026-11-21T08:00:00Z",
                "last_seen": "2026-11-21T08:00:00Z",
            },
            pk="key",
        )


def runs(text: str) -> str:
    """Return what of a text is compared: letters and digits, one gap between their runs."""
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def found(db: Database, asked: str) -> set[str]:
    """Return the texts of the reports that a query finds."""
    return {hit.text for hit in find(db.conn, read_query(asked), limit=1000).hits}


def shown(parts: Sequence[Part]) -> str:
    """Return parts with the hits in square brackets."""
    return "".join(f"[{p.text}]" if p.is_hit else p.text for p in parts)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """Return an empty archive database."""
    database = Database(open_database(str(tmp_path / "archive.db")))
    yield database
    database.close()


def index_of(texts: list[str]) -> sqlite3.Connection:
    """Return a database that holds nothing but an index like the archive's over ``texts``."""
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(text, tokenize='ascii')")
    conn.executemany("INSERT INTO t (text) VALUES (?)", [(index_text(text),) for text in texts])
    return conn


def rows_of(conn: sqlite3.Connection, asked: str) -> list[int]:
    """Return the numbers of the texts, from 1, that a query finds."""
    matching = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid"
    return [row[0] for row in conn.execute(matching, [search_query(asked)])]


@given(st.lists(texts, min_size=1, max_size=8), words)
def test_a_word_is_found_exactly_where_it_stands(stored: list[str], word: str) -> None:
    """The hits of a word of any length are the texts in which its characters stand in a row."""
    expected = [n for n, text in enumerate(stored, 1) if fold(word) in fold(text)]
    assert rows_of(index_of(stored), word) == expected


@given(st.lists(texts, min_size=1, max_size=8), st.data())
def test_every_piece_of_a_text_is_found(stored: list[str], data: st.DataObject) -> None:
    """Any piece, in quotation marks, finds all the texts that have it, whatever the gaps."""
    whole = data.draw(st.sampled_from(stored))
    start = data.draw(st.integers(0, len(whole)))
    piece = whole[start : data.draw(st.integers(start, len(whole)))].replace('"', " ")
    asked = runs(piece)
    expected = [n for n, text in enumerate(stored, 1) if asked and asked in runs(text)]
    assert rows_of(index_of(stored), f'"{piece}"') == expected


@given(st.lists(texts, min_size=1, max_size=8), words, words)
def test_words_are_joined_and_excluded(stored: list[str], one: str, other: str) -> None:
    """Two words find the texts with both; a minus leaves out the texts with the second."""
    conn = index_of(stored)
    has_one, has_other = set(rows_of(conn, one)), set(rows_of(conn, other))
    assert set(rows_of(conn, f"{one}\u3000{other}")) == has_one & has_other
    assert set(rows_of(conn, f"{one} -{other}")) == has_one - has_other


@given(st.text(max_size=60))
def test_no_query_raises(asked: str) -> None:
    """Any text whatever is a query that SQLite takes."""
    rows_of(index_of(["公开", asked]), asked)
    snippet(asked, read_query(asked))


HOSTILE = [
    "",
    " ",
    '"',
    '""',
    '"公开',
    "-",
    "--",
    "-公开",
    "*",
    "公*",
    "^公开",
    "title:公开",
    "title : 公开",
    "{title text} : 公",
    "NEAR(公开 申请, 2)",
    "AND",
    "公开 OR",
    "NOT 公开",
    "(公开",
    "公开)",
    "'; DROP TABLE reports; --",
    "公\x00开",
    "公开\ud800",
    "%_%",
    "\\",
    "公" * 5000,
    "公 " * 5000,
    "(" * 5000,
    "\u202e公开",
]


@pytest.mark.parametrize("asked", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_words_like_others(asked: str) -> None:
    """Operators, quotation marks, NUL, lone surrogates and endless queries find or find not."""
    assert rows_of(index_of(["公开", "甲"]), asked) in ([], [1])


def test_the_operators_of_fts5_are_words() -> None:
    """A query that reads like FTS5 looks for the word itself."""
    conn = index_of(["near and not", "公开"])
    assert rows_of(conn, "NOT") == [1]
    assert rows_of(conn, "公开 OR near") == []


def test_the_index_has_pairs_ends_of_runs_and_letters() -> None:
    """Pairs for words of two letters and more, run by run, then each letter once."""
    assert index_text("依法答复。20，A复") == "依法 法答 答复 复· 20 0· a复 复· · 依 法 答 复 2 0 a"


def test_a_letter_is_folded_in_its_place() -> None:
    """Traditional, full-width and capital letters are folded one to one; nothing else moves."""
    assert fold("資訊公開２０２３Ａ：①㈱ﬁ") == "资讯公开2023a:1㈱ﬁ"


def test_simplified_letters_stay() -> None:
    """What a traditional letter is folded to is not folded further, so both find each other."""
    table = first_simplified()
    assert [t for t, s in table.items() if fold(s) != fold(chr(t))] == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("政府信息公開", True),
        ("政府信息公开", True),
        ("２０２３", True),
        ("023年", True),
        ("OA", True),
        ("公开，申请", True),
        ("公开申请", False),
        ("政府公开", False),
        ("2024", False),
    ],
)
def test_what_is_the_same_word(asked: str, *, expected: bool) -> None:
    """Script, width and case do not count, order and neighbourhood do."""
    conn = index_of(["2023年政府信息公开。申请经oa系统办理"])
    assert bool(rows_of(conn, asked)) is expected


def test_hits_are_highlighted_as_they_are_printed() -> None:
    """The hit is shown in the script of the page, with the gaps that it has there."""
    parts = mark("依申請公開，答復12件；答复", read_query("公开答复 答复"))
    assert shown(parts) == "依申請公開，[答復]12件；[答复]"
    assert shown(mark("依申請公開，答復", read_query('"公开 答复"'))) == "依申請[公開，答復]"


def test_a_snippet_is_cut_around_its_hits() -> None:
    """Near hits share a window, further ones get their own, cuts are shown."""
    text = "甲" * 9 + "信访" + "乙" * 3 + "信访" + "丙" * 30 + "信访"
    parts = snippet(text, read_query("信访"), around=2)
    assert shown(parts) == "…甲甲[信访]乙乙乙[信访]丙丙…丙丙[信访]"
    assert "".join(p.text for p in snippet("短", read_query("信访"))) == "短"


def test_a_snippet_for_the_command_line_is_one_line() -> None:
    """The SQL function marks the words with brackets and breaks no line."""
    assert search_snippet("一、\n收到\t申请", "申请") == "一、 收到 【申请】"


@given(texts, words)
def test_a_snippet_changes_no_letter(text: str, word: str) -> None:
    """The parts of a marked text make the text, and each hit is the word."""
    parts = mark(text, read_query(word))
    assert "".join(p.text for p in parts) == text
    assert {fold(p.text) for p in parts if p.is_hit} <= {fold(word)}


def test_refresh_takes_only_what_is_new(db: Database) -> None:
    """The first time every report, then only the one that was added, then none."""
    save_report(db, "r1", "公开")
    save_report(db, "r2", "申请")
    assert refresh(db.conn) == 2
    save_report(db, "r3", "答复")
    assert refresh(db.conn) == 1
    assert refresh(db.conn) == 0
    assert found(db, "答复") == {"答复"}


def test_a_new_text_replaces_the_old_one(db: Database) -> None:
    """After a change the report is found by its latest text only."""
    save_report(db, "r1", "行政复议两件")
    refresh(db.conn)
    save_report(db, "r1", "行政诉讼两件")
    assert refresh(db.conn) == 1
    assert found(db, "复议") == set()
    assert found(db, "诉讼") == {"行政诉讼两件"}


def test_a_report_that_is_gone_is_not_found(db: Database) -> None:
    """A report without a row, or without its revision, leaves the index and its text with it."""
    save_report(db, "r1", "公开")
    save_report(db, "r2", "公开")
    refresh(db.conn)
    with db.atomic():
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("DELETE FROM reports WHERE key = 'r1'")
        db.execute("DELETE FROM revisions WHERE document = 'r2'")
    assert refresh(db.conn) == 2
    assert found(db, "公开") == set()
    assert db.execute("SELECT count(*) FROM report_texts").fetchone() == (0,)
    words = "SELECT count(*) FROM report_search WHERE report_search MATCH '公开'"
    assert db.execute(words).fetchone() == (0,)


def test_an_index_of_another_format_is_filled_anew(db: Database) -> None:
    """Where an older version filled the index, refresh begins again and nothing old is left."""
    save_report(db, "r1", "公开")
    refresh(db.conn)
    with db.atomic():
        db.execute("UPDATE report_texts SET basis = json_set(basis, '$[0]', 0), text = '旧'")
    assert refresh(db.conn) == 1
    assert found(db, "公开") == {"公开"}


def test_the_index_is_sound_after_many_refreshes(db: Database) -> None:
    """SQLite finds nothing wrong, and no word of a replaced text is left."""
    for text in ("甲乙", "丙丁", "戊己"):
        for report in ("r1", "r2", "r3"):
            save_report(db, report, text + report)
        refresh(db.conn)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert found(db, "甲乙") == found(db, "丙") == set()
    assert len(found(db, "戊己")) == 3


def test_year_and_region_narrow_the_search(db: Database) -> None:
    """A year keeps that year; a province keeps its counties, a county itself."""
    save_report(db, "r1", "公开一", year=2020, region="330482")
    save_report(db, "r2", "公开二", year=2021, region="330400")
    save_report(db, "r3", "公开三", year=2021, region="340100")
    refresh(db.conn)

    def keys(year: int | None, region: str | None) -> list[str]:
        answer = find(db.conn, read_query("公开"), year=year, region=region)
        assert answer.count == len(answer.hits)
        return sorted(hit.report for hit in answer.hits)

    assert keys(2021, None) == ["r2", "r3"]
    assert keys(None, "330000") == ["r1", "r2"]
    assert keys(None, "330482") == ["r1"]
    assert keys(2020, "340000") == []


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("330000", "33"), ("330400", "3304"), ("330482", "330482"), ("33", None), ("", None)],
)
def test_a_region_holds_what_begins_like_it(code: str, prefix: str | None) -> None:
    """A code of a province is two digits and zeros, one of a county all six digits."""
    assert region_prefix(code) == prefix


def test_common_words_come_by_year_and_others_by_relevance(db: Database) -> None:
    """A word of more than a fifth of the reports: the newest first; else the best first."""
    for year in range(2008, 2020):
        save_report(db, f"r{year}", f"政府{year}", year=year)
    save_report(db, "dense", "信访信访", title="信访", year=2007)
    save_report(db, "thin", "信访" + "甲" * 200, year=2019)
    refresh(db.conn)

    def order(asked: str) -> tuple[bool, list[str]]:
        answer: Found = find(db.conn, read_query(asked), limit=2)
        return answer.by_year, [hit.report for hit in answer.hits]

    assert order("政府") == (True, ["r2019", "r2018"])
    assert order("信访") == (False, ["dense", "thin"])


def test_pages_of_hits_follow_each_other(db: Database) -> None:
    """Offset and limit cut the same order into pages without gap or overlap."""
    for number in range(5):
        save_report(db, f"r{number}", "公开", year=2015 + number)
    refresh(db.conn)
    query = read_query("公开")
    pages = [find(db.conn, query, limit=2, offset=at) for at in (0, 2, 4)]
    assert [page.count for page in pages] == [5, 5, 5]
    assert [hit.report for page in pages for hit in page.hits] == ["r4", "r3", "r2", "r1", "r0"]


def test_no_words_find_nothing(db: Database) -> None:
    """An empty query, or one of exclusions only, finds no report."""
    save_report(db, "r1", "公开")
    refresh(db.conn)
    assert found(db, "") == found(db, "-申请") == found(db, "，") == set()
    assert match_expression(read_query("")) == '""'


@pytest.fixture(scope="module")
def searchable(demo_run: DemoRun) -> Iterator[str]:
    """Return a copy of the demo archive with its index filled."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        source = Database(str(demo_run.archive / "archive.db"))
        source.execute("VACUUM INTO ?", [str(path)])
        source.close()
        copy = Database(open_database(str(path)))
        refresh(copy.conn)
        copy.close()
        yield str(path)


def sqlite_utils(*arguments: str) -> str:
    """Return what a sqlite-utils command prints."""
    program = str(Path(sys.executable).with_name("sqlite-utils"))
    done = subprocess.run(
        [program, *arguments], capture_output=True, encoding="utf-8", check=True, cwd=ROOT
    )
    return done.stdout


def test_plain_sqlite_utils_finds_words_of_two_letters(searchable: str) -> None:
    """`sqlite-utils search` needs no function for a word of one or two characters."""
    assert "长丰县" in sqlite_utils("search", searchable, "report_texts", "丰", "-c", "title")
    assert "长丰县" in sqlite_utils("search", searchable, "report_texts", "长丰", "-c", "title")
    assert sqlite_utils("search", searchable, "report_texts", "冰箱", "-c", "title") == "[]\n"


def test_sqlite_utils_finds_any_words_with_the_functions(searchable: str) -> None:
    """`sqlite-utils query` with the two SQL functions finds and shows words of any length."""
    answer = sqlite_utils(
        "query",
        searchable,
        "select report, search_snippet(text, :q) as place from report_texts where id in"
        " (select rowid from report_search where report_search match search_query(:q))",
        "-p",
        "q",
        "長豐縣人民政府",
        "--functions",
        "archive/site/functions.py",
    )
    assert "【长丰县人民政府】" in answer
    assert "平湖" not in answer


def test_real_words_of_the_demo_are_found_as_like_finds_them(searchable: str) -> None:
    """Every piece of one to six letters of the demo's reports finds what LIKE finds."""
    conn = sqlite3.connect(searchable)
    stored = [row[0] for row in conn.execute("SELECT text FROM report_texts")]
    pieces = [
        run[at : at + length]
        for text in stored
        for run in re.findall(r"[一-鿿]{6,}", text)[:20:5]
        for at, length in enumerate(range(1, 7))
        if at + length <= len(run)
    ]
    assert len(pieces) > 100
    for piece in set(pieces):
        hits = find(conn, read_query(piece), limit=1000).hits
        truth = conn.execute(
            "SELECT report FROM report_texts WHERE title LIKE ?1 OR text LIKE ?1", [f"%{piece}%"]
        ).fetchall()
        assert {hit.report for hit in hits} >= {row[0] for row in truth}, piece
    conn.close()
