"""A hostile portal goes through crawl, archive and site, and no script of it runs in a browser."""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from datasette import hookimpl
from datasette.plugins import pm
from markupsafe import Markup
from sqlite_utils import Database

from archive.browse import archive_site
from archive.export import export
from archive.schema import open_database
from archive.search import refresh
from archive.site import safety
from archive.spreadsheet import inert
from archive.withhold import withhold
from tests.browser import Chromium, Tab, served
from tests.hostile_portal import FORMULA, YEARS, attack, hostile_pages
from tests.servers import HTML_UTF8, Page, PageServer, run_scrapy, write_portal

csv.field_size_limit(sys.maxsize)
TABLES = [
    "reports",
    "documents",
    "revisions",
    "statistics",
    "changes",
    "captures",
    "bodies",
    "findings",
    "report_texts",
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of a hostile portal that was crawled, then changed, then revisited."""
    folder = tmp_path_factory.mktemp("hostile")
    with PageServer(hostile_pages(1)) as server:
        write_portal(folder / "portals", server, "hostile", ("/list/", "generic"))
        assert run_scrapy("crawl", "reports", archive=folder).returncode == 0
        server.pages.update(hostile_pages(2))
        assert run_scrapy("crawl", "revisit", archive=folder).returncode == 0
    with closing(open_database(str(folder / "archive.db"))) as db:
        refresh(db)
    return folder


@pytest.fixture(scope="module")
def origin(archive: Path) -> Iterator[str]:
    """Yield the address of its site."""
    with served(archive_site(archive)) as address:
        yield address


@pytest.mark.parametrize(
    ("query", "least"),
    [
        ("SELECT count(*) FROM reports WHERE title LIKE '%<script>%'", len(YEARS)),
        ("SELECT count(*) FROM bodies WHERE name LIKE '%<img%'", 1),
        ("SELECT count(*) FROM statistics WHERE label LIKE '%<script>%'", 10),
        ("SELECT count(*) FROM statistics WHERE raw LIKE '=cmd%'", len(YEARS)),
        ("SELECT count(*) FROM documents WHERE url LIKE '%script%'", len(YEARS)),
        ("SELECT count(*) FROM changes WHERE kind = 'attachment' AND after LIKE '%<img%'", 3),
        ("SELECT count(*) FROM changes WHERE kind IN ('field', 'cell')", 6),
    ],
)
def test_the_attempts_are_in_the_archive(archive: Path, query: str, least: int) -> None:
    """Titles, bodies, labels, cells, addresses, attachments and changes hold what was tried."""
    assert next(Database(archive / "archive.db").execute(query))[0] >= least


def official(archive: Path) -> set[str]:
    """Return the addresses of the reports, which their pages may lead to."""
    query = "SELECT d.url FROM documents d JOIN reports r ON r.document = d.key"
    return {url for (url,) in Database(archive / "archive.db").execute(query)}


def misdeeds(tab: Tab) -> list[str]:
    """Return the complaints but those of answers of 400 and more, which are pages too."""
    return [told for told in tab.complaints if "responded with a status" not in told]


def is_quiet(tab: Tab, path: str, leads: Collection[str] = ("https://datasette.io/",)) -> None:
    """Assert that a page did nothing, holds nothing that could, and leads nowhere unexpected."""
    tab.go(path)
    state = tab.state()
    assert misdeeds(tab) == [], path
    assert state["handlers"] == [], path
    assert state["frames"] == 0, path
    outside = {address for address in state["links"] if not address.startswith(f"{tab.origin}/")}
    assert outside <= set(leads), path


def own_pages(tab: Tab, most: int = 2) -> Iterator[str]:
    """Yield every page of the site but tables, as links lead to them, so many of a shape at most."""
    waiting, seen, shapes = ["/", "/?lang=en"], {"/", "/?lang=en"}, Counter[tuple[str, ...]]()
    while waiting:
        path = waiting.pop(0)
        yield path
        for address in tab.state()["links"]:
            parts = urlsplit(str(address))
            link = parts.path + ("?" + parts.query if parts.query else "")
            keys = sorted(pair.partition("=")[0] for pair in parts.query.split("&"))
            shape = (*parts.path.split("/")[:2], str(parts.path.count("/")), *keys)
            is_page = "." not in parts.path and not parts.path.startswith(
                ("/archive", "/downloads/")
            )
            if tab.origin in str(address) and is_page and link not in seen and shapes[shape] < most:
                seen.add(link)
                shapes[shape] += 1
                waiting.append(link)


def test_no_page_runs_what_was_crawled(chromium: Chromium, archive: Path, origin: str) -> None:
    """From the home page along every link, in both languages, no attempt does anything."""
    with chromium.tab(origin) as tab:
        visited, addresses = [], official(archive)
        for path in own_pages(tab):
            is_quiet(tab, path, addresses)
            visited.append(path)
    assert len(visited) > len(YEARS)


def test_no_report_runs_what_was_crawled(chromium: Chromium, archive: Path, origin: str) -> None:
    """Each report, with its changes, shows the attempts as text."""
    keys = [key for (key,) in Database(archive / "archive.db").execute("SELECT key FROM reports")]
    with chromium.tab(origin) as tab:
        for key in keys:
            is_quiet(tab, f"/report/{key}", official(archive))
            assert "<script>alert('text-" in tab.page.inner_text("body")
            is_quiet(tab, f"/report/{key}/changes", official(archive))
            assert "<script>alert(" in tab.page.inner_text("body")


@pytest.mark.parametrize("table", TABLES)
def test_no_table_runs_what_was_crawled(
    chromium: Chromium, archive: Path, origin: str, table: str
) -> None:
    """Tables, rows and queries show the attempts as text; no captured address is a link."""
    with chromium.tab(origin) as tab:
        is_quiet(tab, f"/archive/{table}?_size=20")
        is_quiet(tab, f"/archive?sql=select+*+from+{table}+limit+20")


@pytest.mark.parametrize(
    "path",
    [
        "/search?q={}",
        "/search?q=公开&year={}&region={}&page={}&lang={}",
        "/report/{}",
        "/report/{}/changes?from={}",
        "/changes?kind={}&nature={}&region={}&year={}",
        "/findings?rule={}&severity={}&region={}",
        "/corrections?page={}",
        "/region/{}",
        "/body/{}",
        "/archive/{}",
        "/archive?sql={}",
        "/archive/reports?title={}&_sort={}",
        "/archive/numbers_of_a_report?report={}",
        "/{}",
    ],
)
def test_an_address_runs_nothing(chromium: Chromium, origin: str, path: str) -> None:
    """What stands in an address is text on the page that it leads to, also where it is an error."""
    with chromium.tab(origin) as tab:
        tab.page.goto(origin + path.replace("{}", quote(attack("address"))))
        assert misdeeds(tab) == []
        assert tab.state()["handlers"] == []


def test_the_browser_sees_a_script_that_runs(chromium: Chromium) -> None:
    """The same attempts on a page that does not escape them do run, and are seen to."""
    with (
        PageServer({"/": Page(attack("control").encode(), headers=[HTML_UTF8])}) as server,
        chromium.tab(server.url().rstrip("/")) as tab,
    ):
        tab.go("/")
        assert "script ran: control" in tab.complaints
        assert "left the site: http://127.0.0.1:9/control" in tab.complaints
        assert tab.state()["handlers"] != []
        assert tab.state()["frames"] == 1


class Careless:
    """A plugin that takes captured text for markup."""

    __name__ = "careless"

    @hookimpl(tryfirst=True)
    def render_cell(self, value: object) -> Markup | None:
        """Return text as markup."""
        return Markup(value) if isinstance(value, str) else None


@pytest.mark.parametrize("policy", ["sent", "left out"])
def test_the_policy_alone_stops_a_page_that_does_not_escape(
    chromium: Chromium, archive: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    """Should a page ever show captured text as markup, the browser still runs nothing."""
    if policy == "left out":
        monkeypatch.setattr(safety, "HEADERS", {})
    careless = Careless()
    pm.register(careless, "careless")
    try:
        with served(archive_site(archive)) as address, chromium.tab(address) as tab:
            tab.go("/archive/reports")
            assert tab.state()["handlers"] != []
            has_run = any(told.startswith("script ran") for told in tab.complaints)
            assert has_run is (policy == "left out")
    finally:
        pm.unregister(careless)


@pytest.fixture(scope="module")
def release(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the release that is made of it."""
    folder = tmp_path_factory.mktemp("released") / "release"
    export(archive, folder)
    return folder


def test_the_release_holds_no_formula_and_no_markup(release: Path) -> None:
    """No cell of its CSV files is live, its feed has elements of Atom alone, its papers no tag."""
    texts = [path.read_bytes().decode() for path in release.rglob("*.csv")]
    tables = [csv.reader(io.StringIO(text, newline="")) for text in texts]
    cells = [cell for table in tables for row in table for cell in row]
    assert [cell for cell in cells if inert(cell) != cell] == []
    assert any(cell.startswith(f"'{FORMULA}") for cell in cells)
    (feed,) = release.rglob("*atom*")
    names = {element.tag for element in ET.parse(feed).getroot().iter()}
    assert {name.partition("}")[0] for name in names} == {"{http://www.w3.org/2005/Atom"}
    assert [path for path in release.rglob("*.md") if "<script" in path.read_text("utf-8")] == []


def test_no_page_of_the_published_database_runs_what_was_crawled(
    chromium: Chromium, archive: Path, release: Path
) -> None:
    """The release, served as strangers see it, is as quiet as the working archive."""
    with served(archive_site(release / "archive.db")) as address, chromium.tab(address) as tab:
        for path in own_pages(tab, most=1):
            is_quiet(tab, path, official(archive))


def test_what_is_withheld_is_shown_nowhere(archive: Path, tmp_path: Path) -> None:
    """After a decision no page, table or file of a release has a word of the report."""
    copy = tmp_path / "archive"
    shutil.copytree(archive, copy)
    query = "SELECT key FROM reports WHERE year = 2022"
    key = next(Database(archive / "archive.db").execute(query))[0]
    word = "text-2022-2"
    addresses = [
        "/", "/changes", "/findings", "/search?q=海陵区", f"/report/{key}",
        f"/report/{key}/changes", "/archive/changes?_size=max", "/archive/report_texts.json",
        "/changes.atom", f"/body/{key.partition('/')[0]}",
    ]  # fmt: skip
    assert word in asked(copy, *addresses)
    withhold(copy, key, "a person asked", "2026-11-28", "the editors")
    export(copy, tmp_path / "release")
    assert word not in asked(copy, *addresses)
    assert word not in asked(tmp_path / "release" / "archive.db", *addresses)
    files = [path for path in (tmp_path / "release").rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path.name for path in files if word.encode() in path.read_bytes()] == []


def asked(place: Path, *addresses: str) -> str:
    """Return all that the site answers at these addresses."""

    async def read() -> str:
        site = archive_site(place)
        await site.invoke_startup()
        answers = [await site.client.get(path, follow_redirects=True) for path in addresses]
        return "".join(one.text for one in answers)

    return asyncio.run(read())


@pytest.mark.parametrize("table", TABLES)
def test_no_table_as_csv_holds_a_formula(archive: Path, table: str) -> None:
    """Whatever a cell of the portal begins with, a spreadsheet shows it."""

    async def read() -> str:
        site = archive_site(archive)
        await site.invoke_startup()
        text: str = (await site.client.get(f"/archive/{table}.csv?_stream=1")).text
        return text

    rows = list(csv.reader(io.StringIO(asyncio.run(read()))))
    assert len(rows) > 1
    assert [cell for row in rows for cell in row if inert(cell) != cell] == []
    is_shown = any(cell.startswith(f"'{FORMULA}") for row in rows for cell in row)
    assert is_shown is (table in {"statistics", "changes"})
