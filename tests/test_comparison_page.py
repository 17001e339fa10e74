"""The page that compares two states: what it shows first, which states, whose the difference is."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.history import compare, find_report, open_archive
from archive.schema import open_database
from archive.site.comparison_page import file_of, place_of
from archive.site.frame import Page
from tests.conftest import DemoRun
from tests.test_browse import OUTSIDE
from tests.test_search_page import ask

KEPT = ["一、总体情况。", "二、主动公开情况。", "三、依申请公开情况。", "四、存在问题。"]
MOVED = "联系电话见网站首页栏目。"
SENTENCES = {
    1: [*KEPT, "答复按时办理，没有超期情况。", MOVED],
    2: [MOVED, *KEPT, "答复及时办理，没有超期情况。"],
}
TABLES = {1: [[["规章", "5"], ["罚款", "1,000"]]], 2: [[["规章", "7"], ["罚款", "约"]]]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of one report in two states, with every kind of change between them."""
    place = tmp_path_factory.mktemp("compared")
    with closing(open_database(str(place / "archive.db"))) as db, db:
        two_states(db, "b/2020/annual_report", "1", "1", ("aa", "bb"))
        two_states(db, "b/2021/annual_report", "1", "2", ("cc", "cc"))
        two_states(db, "b/2022/annual_report", "1", "2", ("dd", "ee"))
    return place


def two_states(
    db: sqlite3.Connection, key: str, older: str, newer: str, bodies: tuple[str, str]
) -> None:
    """Save a report whose two states parsers of these versions read from these bytes."""
    base = int(key[2:6]) * 10
    url, document = f"http://portal.test/{key}", f"d{base}"
    db.execute(
        "INSERT INTO documents (key, url, report, status) VALUES (?, ?, ?, 'live')",
        [document, url, key],
    )
    db.execute(
        "INSERT INTO reports (key, year, kind, form, scope, title, level, organ_type,"
        " source_quality, status, document, revision, first_seen, last_seen) VALUES"
        " (?, 2020, 'annual_report', 'national_2019', 'unknown', '年度报告', 'county',"
        " 'government', 'official', 'live', ?, ?, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')",
        [key, document, base + 2],
    )
    for number, parser, body in ((1, older, bodies[0]), (2, newer, bodies[1])):
        revision, at = base + number, f"2026-01-0{number}T00:00:00Z"
        db.execute(
            "INSERT INTO revisions VALUES (?, ?, ?, ?, 1, ?, ?, '{}', ?, '', ?, ?, ?, ?, 'utf-8',"
            " '[]', 0)",
            [revision, document, number, f"digest{revision}", parser, key, f"<i>报告{number}</i>",
             json.dumps({"publish_date": f"2021-01-0{number}"}),
             json.dumps(SENTENCES[number]), json.dumps(TABLES[number]),
             json.dumps([f"附件{number}.pdf"])],
        )  # fmt: skip
        db.execute(
            "INSERT INTO statistics VALUES (?, 'fines', 'table1', 0, '罚款', ?, NULL, NULL, '元',"
            " 'exact', 'printed', NULL, NULL, 'unknown', NULL, ?, 1, 1, NULL, NULL, '', '[]')",
            [revision, 1000 if number == 1 else 900, TABLES[number][0][1][1]],
        )
        capture = revision * 10
        db.execute(
            "INSERT INTO captures (id, record_id, url, captured_at, status, role, run, body_bytes,"
            " body_sha256, warc_file, warc_offset, warc_length, document, revision, outcome) VALUES"
            " (?, ?, ?, ?, 200, 'document', 'r', 9, ?, 'a.warc.gz', 12345, 9, ?, ?, 'new')",
            [capture, f"<urn:uuid:{capture}>", url, at, body, document, revision],
        )
        db.execute(
            "INSERT INTO sightings VALUES (?, ?, 'seen', ?, ?, ?, 1, ?, ?)",
            [document, number, revision, at, at, capture, capture],
        )
    db.execute(
        "INSERT INTO changes (key, report, document, kind, item, place, nature, cause,"
        " first_seen_after) VALUES (?, ?, ?, 'status', 'restored', 'status', 'status', 'source',"
        " '2026-01-02T00:00:00Z')",
        [f"c{base}", key, document],
    )


def page(folder: Path, path: str) -> str:
    """Return a page that must be there."""
    (answer,) = ask(folder, path)
    assert answer.status_code == 200, path
    return answer.text


def test_numbers_and_cells_come_first_then_sentences_then_the_rest(folder: Path) -> None:
    """The order is: numbers with their difference, sentences, title and metadata, status."""
    text = page(folder, "/report/b/2020/annual_report/changes?lang=en")
    order = ("Numbers and cells", "Sentences", "Title, metadata, attachments", "Status", "Evidence")
    places = [text.index(f">{heading}") for heading in order]
    assert places == sorted(places)
    for told in ("罚款", "table 1, row 1, column 2", "publish", "restored", "附件"):
        assert told in text
    assert "-100" in text


def test_a_moved_sentence_is_shown_once(folder: Path) -> None:
    """A sentence that stands elsewhere in the same words is no removal and no addition."""
    text = page(folder, "/report/b/2020/annual_report/changes?lang=en")
    assert text.count(MOVED) == 1
    assert "stands elsewhere, in the same words" in text


@pytest.mark.parametrize(("view", "shown"), [("sides", 2), ("inline", 1)])
def test_a_sentence_stands_on_both_sides_or_in_one_line(
    folder: Path, view: str, shown: int
) -> None:
    """Side by side the words that stay are there twice, in one line once."""
    text = page(folder, f"/report/b/2020/annual_report/changes?view={view}")
    assert text.count("，没有超期情况。") == shown
    assert "<del>按</del>" in text
    assert "<ins>及</ins>" in text


@pytest.mark.parametrize(
    ("year", "told"),
    [
        (2020, "One version of our parser read both states"),
        (2021, "Both states were read from the same bytes"),
        (2022, "Different versions of our parser read the two states"),
    ],
)
def test_the_page_says_whose_the_difference_is(folder: Path, year: int, told: str) -> None:
    """The source's, our parser's where the bytes are the same, or perhaps either's."""
    assert told in page(folder, f"/report/b/{year}/annual_report/changes?lang=en")


def test_the_reader_chooses_the_states(folder: Path) -> None:
    """Two states can be compared in either order, and by the time of the newer one."""
    address = "/report/b/2020/annual_report/changes"
    forth, back, at = (
        page(folder, address + asked)
        for asked in ("?from=1&to=2", "?from=2&to=1", "?at=2026-01-02T00:00:00Z")
    )
    assert "<ins>及</ins>" in forth
    assert "<ins>按</ins>" in back
    assert "<ins>及</ins>" in at
    same = page(folder, f"{address}?from=1&to=1&lang=en")
    assert "there is nothing to compare" in same


@pytest.mark.parametrize("asked", ["?from=9", "?to=3", "?from=1&to=7"])
def test_a_state_that_is_not_there_is_not_found(folder: Path, asked: str) -> None:
    """A number that names no state answers 404."""
    (answer,) = ask(folder, f"/report/b/2020/annual_report/changes{asked}")
    assert answer.status_code == 404


def test_each_side_leads_to_its_captures(folder: Path) -> None:
    """Each state names its WARC records, and the page of the report has them all."""
    text = page(folder, "/report/b/2020/annual_report/changes")
    assert len(re.findall(r"a\.warc\.gz", text)) == 2
    assert "12,345" in text
    assert '/report/b/2020/annual_report#evidence"' in text


def test_markup_is_text_and_nothing_comes_from_elsewhere(folder: Path) -> None:
    """Titles and sentences are shown as they are."""
    text = page(folder, "/report/b/2020/annual_report/changes")
    assert "<i>" not in text
    assert "&lt;i&gt;" in text
    assert "<script" not in text
    assert not OUTSIDE.search(text)


@pytest.mark.parametrize(
    ("place", "zh", "en"),
    [
        ("table2:r11c3", "表2第 12 行第 4 列", "table 2, row 12, column 4"),
        ("table2:r11", "表2第 12 行", "table 2, row 12"),
        ("table2", "表2", "table 2"),
        ("sentence:0", "第 1 句", "sentence 1"),
        ("sentence:0>sentence:4", "第 1 句", "sentence 1"),
        ("publish_date", "", ""),
    ],
)
def test_a_place_is_said_in_words(place: str, zh: str, en: str) -> None:
    """Places count from one, as readers do."""
    assert place_of(place, Page("/")) == zh
    assert place_of(place, Page("/", language="en")) == en


def test_the_file_is_the_page_without_links(demo_run: DemoRun) -> None:
    """`scrapy diff --html` writes the same differences, with its style in itself."""
    with open_archive(demo_run.archive) as db:
        key = find_report(db, "平湖市人民政府 2023")
        text = file_of(db, compare(db, key), "en")
    shown = page(demo_run.archive, f"/report/{key}/changes?lang=en")
    table = re.compile(r'<table class="compared">.*?</table>', re.DOTALL)
    assert table.findall(text) == table.findall(shown) != []
    assert "href=" not in text
    assert "table.compared" in text
