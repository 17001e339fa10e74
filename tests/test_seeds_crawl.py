"""The five seeds, served as web pages and crawled, say what they say when read as text."""

from __future__ import annotations

import html
import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from archive.reading import Reading, json_number, read
from parsers.model import Context
from tests.servers import HTML, HTML_UTF8, Page, PageServer, run_scrapy, write_portal

# seed -> what a list would print for it
TITLES = {
    "000": "某市2017年政府信息公开工作年度报告",
    "001": "关于2016年政务公开工作考核情况的通报",
    "002": "2017年某区政务公开工作年度报告",
    "003": "2011年度某县政府信息公开工作年度报告",
    "004": "某州2017年政务公开工作要点落实情况报告",
}
ENCODINGS = {"utf-8": HTML_UTF8, "gb18030": HTML}


def as_page(text: str, encoding: str) -> Page:
    """Return a text as an HTML page without chrome, one paragraph per line."""
    lines = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line.strip())
    page = f"<html><head></head><body>{lines}</body></html>"
    return Page(page.encode(encoding), headers=(ENCODINGS[encoding],))


@pytest.fixture(scope="module")
def crawled(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of one crawl of the seeds, each served in UTF-8 and in GBK."""
    archive = tmp_path_factory.mktemp("seeds")
    pages: dict[str, Page] = {}
    for encoding in ENCODINGS:
        rows = ""
        for seed, title in TITLES.items():
            text = next((corpus / "seeds").glob(f"{seed}_*.txt")).read_text("utf-8")
            pages[f"/{encoding}/{seed}.html"] = as_page(text, encoding)
            rows += f'<li><a href="{seed}.html">{title}</a><span>2018-03-01</span></li>'
        page = f"<html><body><ul>{rows}</ul></body></html>"
        pages[f"/{encoding}/list.html"] = Page(page.encode(encoding), headers=(HTML,))
    with PageServer(pages) as server:
        columns = [(f"/{encoding}/list.html", "generic") for encoding in ENCODINGS]
        write_portal(archive / "portals", server, "seeds", *columns)
        done = run_scrapy("crawl", "reports", archive=archive)
        assert done.returncode == 0, done.stderr
        assert "ingest/errors" not in done.stderr
    return archive


def from_text(corpus: Path, seed: str) -> Reading:
    """Return the reading of the seed's own file, known from the same list."""
    body = next((corpus / "seeds").glob(f"{seed}_*.txt")).read_bytes()
    context = Context(
        portal="seeds",
        portal_name="seeds portal",
        portal_region="321202",
        official=True,
        link_text=TITLES[seed],
        link_date="2018-03-01",
    )
    return read(body, name=f"{seed}.txt", context=context)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("seed", TITLES)
def test_a_crawled_seed_says_the_same(
    corpus: Path, crawled: Path, seed: str, encoding: str
) -> None:
    """Form, kind, year and every statistic in SQLite are those of the text file."""
    connection = sqlite3.connect(crawled / "archive.db")
    found = connection.execute(
        "SELECT c.revision, v.head FROM captures c JOIN revisions v ON v.id = c.revision"
        " WHERE c.url LIKE ?",
        [f"%/{encoding}/{seed}.html"],
    ).fetchall()
    assert len(found) == 1
    [(revision, head_text)] = found
    rows = connection.execute(
        "SELECT field, source, value, unit, qualifier, state, raw FROM statistics"
        " WHERE revision = ?",
        [revision],
    ).fetchall()
    connection.close()
    expected = from_text(corpus, seed)
    head = json.loads(head_text)
    report = expected.report
    assert (head["form"], head["kind"], head["year"]) == (report.form, report.kind, report.year)
    assert Counter(rows) == Counter(
        (s.field, s.source, json_number(s.value), s.unit, s.qualifier, s.state, s.raw)
        for s in report.statistics
    )


def test_a_crawled_seed_names_its_encoding(crawled: Path) -> None:
    """The GBK pages, which declare nothing, are known as GB18030, the others as UTF-8."""
    connection = sqlite3.connect(crawled / "archive.db")
    rows = connection.execute(
        "SELECT DISTINCT substr(c.url, -15), v.encoding FROM captures c"
        " JOIN revisions v ON v.id = c.revision"
    ).fetchall()
    connection.close()
    assert {encoding for url, encoding in rows if "18030" in url} == {"gb18030"}
    assert {encoding for url, encoding in rows if "utf-8" in url} == {"utf-8"}
