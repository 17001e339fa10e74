"""Lists that only a script fills, rendered in a real Chromium: by our rules, or not at all."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from archive.warc import read_records
from crawler.browser import FLAGS, clearance
from crawler.demo import farm
from crawler.demo.farm import FarmPortal, Request
from parsers.model import Capture, Note
from tests.farms import crawl_farm, own_addresses, portal_id, write_farm_portals
from tests.servers import run_scrapy

CHROMIUM = shutil.which("chromium")
PORTALS = {one.host: one for one in farm.portals("shell") if one.host.startswith("rendered")}
PAUSE = 0.05
HANGING = PORTALS.pop("rendered-hang.test")
TEMPLATE = next(one for one in farm.portals("shell") if one.host == "template.test")

with_browser = pytest.mark.skipif(
    CHROMIUM is None or find_spec("scrapy_playwright") is None,
    reason="needs chromium and pip install .[browser]",
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A crawl with a browser, what the servers saw of it, and the run after."""

    archive: Path
    log: dict[str, list[Request]]
    again: dict[str, list[Request]]

    def walk(self, host: str) -> tuple[str, str]:
        """Return how the walk of a portal's column ended in the first run."""
        with closing(sqlite3.connect(self.archive / "archive.db")) as db:
            query = "SELECT outcome, reason FROM walks WHERE portal = ? ORDER BY recorded_at"
            outcome, reason = db.execute(query, [portal_id(PORTALS[host])]).fetchone()
        return outcome, reason or ""

    def records(self) -> list[Capture | Note]:
        """Return everything that the runs have kept."""
        return [
            noun
            for path in sorted((self.archive / "warc").glob("*.warc.gz"))
            for noun in read_records(path)
        ]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Return what a crawl with a browser makes of lists that a script fills."""
    archive = tmp_path_factory.mktemp("rendered")
    portals = [*PORTALS.values(), TEMPLATE]
    settings = {"BROWSER": CHROMIUM, "BROWSER_REQUESTS": 12, "DOWNLOAD_DELAY": PAUSE}
    with farm.serve(portals, addresses=own_addresses(portals)) as served:
        write_farm_portals(archive, served, portals)
        crawl_farm(served, archive, "reports", settings=settings)
        log = {host: list(requests) for host, requests in served.log.items()}
        crawl_farm(
            served, archive, "reports", "-a", "portal=rendered-challenge,rendered-cookie",
            settings=settings,
        )  # fmt: skip
        again = {host: requests[len(log[host]) :] for host, requests in served.log.items()}
    return Rendered(archive, log, again)


def paths(requests: list[Request]) -> list[str]:
    """Return what was asked for, without robots.txt."""
    return [one.path for one in requests if one.path != "/robots.txt"]


def found(archive: Path, portal: FarmPortal) -> int:
    """Return how many annual reports of a portal the archive holds."""
    query = (
        "SELECT count(DISTINCT r.key) FROM reports r JOIN documents d ON d.report = r.key"
        " WHERE d.portal = ? AND r.kind = 'annual_report'"
    )
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        (count,) = db.execute(query, [portal_id(portal)]).fetchone()
    return int(count)


@with_browser
def test_a_list_that_a_script_fills_is_read(rendered: Rendered) -> None:
    """The script's own requests are made, the list is whole, and its reports are fetched."""
    portal = PORTALS["rendered.test"]
    assert rendered.walk("rendered.test") == ("complete", "")
    assert found(rendered.archive, portal) == len(portal.reports)
    asked = paths(rendered.log["rendered.test"])
    assert asked[0] == "/zwgk/xxgknb/"
    assert {"/assets/js/list.js", "/api/list?page=1"} < set(asked)


@with_browser
def test_a_list_that_only_a_script_turns_is_partial(rendered: Rendered) -> None:
    """What stands on the page is read; nothing is clicked, and the rest is missing by number."""
    outcome, reason = rendered.walk("rendered-pager.test")
    assert (outcome, reason) == ("partial", "8 entries declared, 3 seen")
    assert 0 < found(rendered.archive, PORTALS["rendered-pager.test"]) <= 3


@pytest.mark.skipif(find_spec("scrapy_playwright") is None, reason="needs pip install .[browser]")
def test_without_a_browser_the_list_says_so(tmp_path: Path) -> None:
    """A Chromium that cannot be started costs the list and nothing else."""
    with farm.serve([PORTALS["rendered.test"]]) as served:
        write_farm_portals(tmp_path, served, [PORTALS["rendered.test"]])
        crawl_farm(served, tmp_path, "reports", settings={"BROWSER": tmp_path / "chromium"})
        asked = paths(served.log["rendered.test"])
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        ((outcome, reason),) = db.execute("SELECT outcome, reason FROM walks").fetchall()
    assert outcome == "partial"
    assert reason.startswith("needs_js: not rendered, ")
    assert set(asked) == {"/zwgk/xxgknb/"}


@with_browser
def test_a_script_without_end_is_left(tmp_path: Path) -> None:
    """A page that never comes to rest costs its time and is left as it was."""
    settings = {"BROWSER": CHROMIUM, "BROWSER_SECONDS": 5}
    with farm.serve([HANGING]) as served:
        write_farm_portals(tmp_path, served, [HANGING])
        crawl_farm(served, tmp_path, "reports", settings=settings)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        ((outcome, reason),) = db.execute("SELECT outcome, reason FROM walks").fetchall()
    assert outcome == "partial"
    assert reason.startswith("needs_js: not rendered, Timeout")


@with_browser
def test_a_list_that_stays_empty_is_left_as_it_is(rendered: Rendered) -> None:
    """Where nothing appears the walk says so."""
    with closing(sqlite3.connect(rendered.archive / "archive.db")) as db:
        query = "SELECT outcome, reason FROM walks WHERE portal = 'template'"
        assert set(db.execute(query)) == {("partial", "needs_js: nothing appeared")}


@with_browser
def test_a_page_reaches_nothing_but_its_own_host(rendered: Rendered) -> None:
    """Pictures, beacons, sockets, frames, windows, strangers and further pages are not asked for."""
    portal = PORTALS["rendered-leaks.test"]
    reports = {report.url.partition(".test")[2] for report in portal.reports}
    scripts = {f"/assets/js/{name}.js" for name in ("list", "common", "jquery-1.12.4.min")}
    asked = set(paths(rendered.log["rendered-leaks.test"]))
    assert found(rendered.archive, portal) == len(portal.reports)
    assert asked - reports <= {"/zwgk/xxgknb/", "/api/list?page=1", "/api/ping", *scripts}
    assert not {"/stolen", "/socket"} & {one.path for one in rendered.log["rendered.test"]}


@with_browser
def test_the_requests_of_a_page_obey_robots(rendered: Rendered) -> None:
    """What robots.txt forbids is not asked for by scripts either."""
    assert "/api/list?page=1" not in paths(rendered.log["rendered-robots.test"])
    assert rendered.walk("rendered-robots.test") == ("partial", "needs_js: nothing appeared")
    notes = [one for one in rendered.records() if isinstance(one, Note)]
    facts = next(
        one.facts
        for one in notes
        if one.facts.get("portal") == "rendered-robots" and one.topic == "rendering"
    )
    assert "robots_disallowed" in json.dumps(facts["requests"])


@with_browser
def test_the_requests_of_a_page_keep_the_pace(rendered: Rendered) -> None:
    """Scripts do not make the crawl ask a host faster than it may."""
    for log in rendered.log.values():
        starts = sorted(one.at for one in log)
        assert min(b - a for a, b in pairwise(starts)) >= PAUSE - 0.002


@with_browser
def test_the_requests_of_a_page_have_an_end(rendered: Rendered) -> None:
    """A script that never stops asking is cut off at ``BROWSER_REQUESTS``."""
    asked = paths(rendered.log["rendered-leaks.test"])
    assert asked.count("/api/ping") < 12


@with_browser
@pytest.mark.parametrize(
    ("host", "system"), [("rendered-challenge.test", "jsl"), ("rendered-cookie.test", "aliyun")]
)
def test_a_challenge_ends_the_visit(rendered: Rendered, host: str, system: str) -> None:
    """Where an anti-bot system answers a script, or a script sets its cookie, the walk is blocked."""
    outcome, reason = rendered.walk(host)
    assert outcome == "blocked"
    assert reason.startswith(f"blocked:{system}")
    assert found(rendered.archive, PORTALS[host]) == 0
    assert not [path for path in paths(rendered.log[host]) if "/t20" in path]
    assert not any("Cookie" in one.headers for one in rendered.log[host])


@with_browser
@pytest.mark.parametrize("host", ["rendered-challenge.test", "rendered-cookie.test"])
def test_a_portal_that_has_blocked_is_not_rendered_again(rendered: Rendered, host: str) -> None:
    """After a challenge the list is asked for, as any, and its scripts are not."""
    assert set(paths(rendered.again[host])) == {"/zwgk/xxgknb/"}


@with_browser
def test_what_a_browser_showed_is_kept_under_its_name(rendered: Rendered) -> None:
    """The document tree is a labelled record, and so are the requests of the page's scripts."""
    records = rendered.records()
    notes = [one for one in records if isinstance(one, Note) and one.topic == "rendering"]
    note = next(one for one in notes if one.facts["portal"] == "rendered")
    assert "年政府信息公开" in str(note.facts["html"])
    assert str(note.facts["software"]).startswith("Chromium/")
    requests = {
        one["url"].rpartition("/")[2]: one for one in json.loads(json.dumps(note.facts["requests"]))
    }
    assert requests["list?page=1"]["outcome"] == "200"
    assert requests["base.css"]["outcome"] == "not_needed"
    roles = {one.url.rpartition("/")[2]: one.role for one in records if isinstance(one, Capture)}
    assert roles["list.js"] == roles["list?page=1"] == "rendering"


@with_browser
def test_an_archive_with_renderings_can_be_built_again(rendered: Rendered, tmp_path: Path) -> None:
    """A rebuild takes the records for what they are and gives the same database."""
    copy = tmp_path / "archive"
    shutil.copytree(rendered.archive, copy)
    old = copy / "old.db"
    for file in copy.glob("archive.db*"):
        file.rename(copy / file.name.replace("archive", "old"))
    done = run_scrapy("rebuild", "--compare", str(old), archive=copy)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(copy / "archive.db")) as new, closing(sqlite3.connect(old)) as db:
        query = "SELECT url, role, outcome FROM captures ORDER BY url, captured_at"
        assert new.execute(query).fetchall() == db.execute(query).fetchall()


def test_only_cookies_that_let_a_browser_pass_are_a_sign() -> None:
    """Cookies that protected and open sites set alike are none."""
    assert clearance(["__jsl_clearance_s"]) == "jsl"
    assert clearance(["acw_sc__v2"]) == "aliyun"
    assert clearance(["JSESSIONID", "__jsluid_s", "acw_tc", "TS01a1b2c3"]) is None


def test_chromium_itself_reaches_nothing() -> None:
    """Whatever is not answered by the crawl has no name server and no way out."""
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in FLAGS
    assert "--proxy-server=http://127.0.0.1:9" in FLAGS
