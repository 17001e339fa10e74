"""Codebook, downloads and feeds on the site."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from archive.descriptions import describe_tables
from archive.export import export
from archive.feeds import newest_changes, to_atom, to_json_feed
from parsers.forms import FIELDS
from tests.conftest import DemoRun
from tests.test_search_page import ask

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def folder(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo archive with a release beside its database."""
    folder = shutil.copytree(demo_run.archive, tmp_path_factory.mktemp("pages") / "archive")
    export(folder, folder / "release")
    return folder


@pytest.mark.parametrize("place", ["", "release/archive.db"])
def test_the_codebook_tells_everything_in_both_languages(folder: Path, place: str) -> None:
    """Every field and table has a place that can be linked to, on a published file, too."""
    chinese, english = ask(folder / place, "/codebook", "/codebook?lang=en")
    assert (chinese.status_code, english.status_code) == (200, 200)
    for page in (chinese.text, english.text):
        anchors = set(re.findall(r'id="((?:field|table)-\w+)"', page))
        assert {f"field-{field}" for field in FIELDS} <= anchors
        shown = set(describe_tables()) - {"report_search"}
        assert anchors >= {f"table-{name}" for name in shown}
        assert len(page.encode()) < 300_000
    assert FIELDS["req_new_received_total"].label in chinese.text
    assert FIELDS["req_new_received_total"].label_en in english.text
    assert "no estimate of how often an unseen page is read right" in english.text
    assert "不能据以推断未见页面的准确率" in chinese.text
    assert "读出的单元格确为所印的比例" in chinese.text
    assert "<small>不同渠道和方式公开相同信息计1条。</small>" in chinese.text
    assert "<small>The same item on several channels counts once.</small>" in english.text
    assert "several channels" not in chinese.text


@pytest.mark.parametrize("place", ["", "release/archive.db"])
def test_every_file_of_the_release_can_be_downloaded(folder: Path, place: str) -> None:
    """The page has every file with its size and digest, and the files are what was written."""
    (page,) = ask(folder / place, "/downloads?lang=en")
    links = re.findall(r'href="/downloads/([^"?]+)\?', page.text)
    release = folder / "release"
    files = {p.relative_to(release).as_posix(): p for p in release.rglob("*") if p.is_file()}
    assert sorted(map(unquote, links)) == sorted(files)
    names = ["archive.db", "csv/panel.csv", "parquet/statistics/year=2019/part.parquet"]
    for name, answer in zip(
        names, ask(folder / place, *(f"/downloads/{n}" for n in names)), strict=True
    ):
        data = files[name].read_bytes()
        assert answer.content == data
        assert hashlib.sha256(data).hexdigest() in page.text
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "name", ["../ids.jsonl", "%2e%2e/ids.jsonl", "..%2fids.jsonl", "/etc/passwd", "nothing"]
)
def test_nothing_else_can_be_downloaded(folder: Path, name: str) -> None:
    """Only what SHA256SUMS names is sent, wherever the address points."""
    (answer,) = ask(folder, f"/downloads/{name}")
    assert answer.status_code == 404


def test_without_a_release_the_page_says_how_to_make_one(demo_run: DemoRun) -> None:
    """There is a page, the command, and nothing to download."""
    page, file = ask(demo_run.archive, "/downloads", "/downloads/SHA256SUMS")
    assert (page.status_code, file.status_code) == (200, 404)
    assert "scrapy export" in page.text


def test_the_feeds_of_the_site_lead_to_its_pages(folder: Path) -> None:
    """Atom and JSON have the same entries, each with the address of the report on this site."""
    atom, feed, home = ask(folder, "/changes.atom", "/changes.json", "/?lang=en")
    root = ET.fromstring(atom.text)
    entries = root.findall(f"{ATOM}entry")
    items = json.loads(feed.text)["items"]
    assert [one.findtext(f"{ATOM}id") for one in entries] == [one["id"] for one in items]
    assert len(items) >= 5
    assert all(one["url"].startswith("http://localhost/report/") for one in items)
    assert root.findtext(f"{ATOM}updated") == items[0]["date_published"]
    told = "\n".join(one["content_text"] for one in items)
    assert "3172 → 3217 (+45)" in told
    assert 'type="application/atom+xml"' in home.text
    assert atom.headers["content-type"].startswith("application/atom+xml")


@pytest.fixture
def db(demo_run: DemoRun, tmp_path: Path) -> sqlite3.Connection:
    """A copy of the demo database that may be changed."""
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(demo_run.archive / "archive.db")) as live:
        live.execute("VACUUM INTO ?", [str(path)])
    return sqlite3.connect(path)


def test_a_number_that_two_parsers_read_is_no_news(db: sqlite3.Connection) -> None:
    """It enters the feed only where one version read both captures; a text enters all the same."""
    before = {line for one in newest_changes(db) for line in one.lines}
    db.execute(
        "UPDATE revisions SET parser = 'newer' WHERE id IN (SELECT to_revision FROM changes)"
    )
    after = {line for one in newest_changes(db) for line in one.lines}
    assert [line for line in before - after if "3172 → 3217" in line] == list(before - after)
    assert any("教育类信息" in line for line in after)
    db.execute("UPDATE changes SET cause = 'parser'")
    assert newest_changes(db) == []
    db.close()


def test_what_a_page_says_cannot_break_a_feed(db: sqlite3.Connection) -> None:
    """Markup, control characters and very long texts give a feed that can be read."""
    db.execute("UPDATE changes SET after = ?", ["]]><script>\x00\x0b\ufffe" + "长" * 5000])
    entries = newest_changes(db)
    text = ET.fromstring(to_atom(entries, "", "2026-01-01T00:00:00Z")).findtext(
        f"{ATOM}entry/{ATOM}content"
    )
    assert text is not None
    assert "]]><script>" in text
    assert len(text) < 1000
    assert json.loads(to_json_feed(entries, ""))["items"][0]["content_text"] == text
    db.close()


def test_an_empty_feed_is_a_feed(db: sqlite3.Connection) -> None:
    """Without a change there is a time and no entry."""
    db.execute("DELETE FROM changes")
    root = ET.fromstring(to_atom(newest_changes(db), "https://a.test", "2026-01-01T00:00:00Z"))
    assert root.findtext(f"{ATOM}updated") == "2026-01-01T00:00:00Z"
    assert root.findall(f"{ATOM}entry") == []
    db.close()
