"""What is planted on the farm: that it can be reached, and how a crawl of it is judged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.breadth_first import Crawl, crawl_breadth_first
from bench.farm_score import Peer, missed_goals, table
from crawler.demo import farm
from crawler.demo.farm import FarmPortal
from crawler.demo.farm.judging import Holdings, Score, Walk, judge, read_holdings
from crawler.demo.farm.plan import Spec, make_plan, read_specs
from crawler.demo.farm.sites import build_sites
from crawler.demo.farm.truth import describe
from crawler.demo.farm.web import Answer, Site, ask_for
from tests.servers import PROJECT, run_scrapy

SPECS = {spec.host: spec for file in ("portals", "late") for spec in read_specs(file)}
API_ONLY = frozenset({"hanweb", "jpaas", "gkmlpt"})
"""Families whose lists no link leads through."""
SCRIPT_ONLY = "www.daye.test"
"""The portal whose lists open their lines by a script."""


def small(spec: Spec) -> tuple[FarmPortal, dict[str, Site]]:
    """Return a portal with little news around its reports, and its sites."""
    plan = make_plan(replace(spec, news_share=0.02))
    return describe(plan), build_sites(plan)


def canonical(url: str) -> str:
    """Return an address without what changes from visit to visit."""
    return re.sub(r";jsessionid=\w+|[?&]rnd=[\d.]+", "", url.replace("https://", "http://"))


def crawl(portal: FarmPortal, sites: dict[str, Site], limit: int = 4000) -> Crawl:
    """Follow every link of a portal."""

    def fetch(url: str) -> Answer:
        return sites[urlsplit(url).hostname or ""].answer(ask_for(url))

    keys = {report.key for report in portal.reports}
    return crawl_breadth_first(fetch, portal.home, portal.hosts, keys, limit, canonical)


@pytest.mark.parametrize(
    "host",
    [
        one.host
        for one in SPECS.values()
        if one.family not in {*API_ONLY, "xxgk"} and one.host != SCRIPT_ONLY
    ],
)
def test_links_lead_to_every_report(host: str) -> None:
    """Following links from the home page shows every planted report, through all detours."""
    portal, sites = small(SPECS[host])
    assert crawl(portal, sites).found.keys() == {report.key for report in portal.reports}


@pytest.mark.parametrize(
    "host",
    [one.host for one in SPECS.values() if one.family in API_ONLY or one.host == SCRIPT_ONLY],
)
def test_some_families_hide_their_lists_behind_an_api(host: str) -> None:
    """Where the lists are an API's, links lead to the columns and to no report."""
    portal, sites = small(SPECS[host])
    assert crawl(portal, sites, limit=600).found == {}


def test_the_annual_report_module_shows_the_latest_year_to_links() -> None:
    """On an xxgk portal links reach the government's latest report, the others need its scripts."""
    portal, sites = small(SPECS["www.jinyun.test"])
    latest = [one.key for one in portal.reports if one.subject == portal.name and one.year == 2024]
    assert (
        set(latest)
        <= crawl(portal, sites, limit=600).found.keys()
        < {one.key for one in portal.reports}
    )


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda one: one.host)
def test_every_planted_address_answers_with_its_report(spec: Spec) -> None:
    """Each report stands where the truth says, its files answer, and dead links show nothing."""
    portal, sites = small(spec)

    def answer(url: str) -> Answer:
        return sites[urlsplit(url).hostname or ""].answer(ask_for(url))

    pages = [one for one in portal.reports if one.medium != "pdf"]
    assert all(one.key in answer(one.url).reports for one in pages)
    assert all(answer(file).status == 200 for one in pages for file in one.files[:1])
    assert not any(answer(url).reports for url in portal.dead)


def test_the_truth_is_the_same_on_every_run() -> None:
    """Two plans of a portal say the same."""
    spec = SPECS["www.pinghu.test"]
    assert describe(make_plan(spec)) == describe(make_plan(spec))


def test_the_farm_has_what_crawls_stumble_over() -> None:
    """Every family, layout, route, medium and quirk that the data names is in use."""
    media = {medium for spec in SPECS.values() for medium in spec.media.values()}
    assert {spec.layout for spec in SPECS.values()} == {"one", "split", "tabs", "years"}
    assert {"menu", "landing", "deep", "picture", "more"} <= {spec.route for spec in SPECS.values()}
    assert {spec.missing for spec in SPECS.values()} == {"404", "soft", "home", "home_page"}
    assert media == {
        "attachment", "pdf", "docx", "xlsx", "viewer", "window_open", "image", "compilation",
    }  # fmt: skip
    assert sum(len(portal.reports) for portal in farm.portals()) > 1000


# ---- judging a crawl --------------------------------------------------------------------------


def holdings(kinds: dict[str, str], *walks: Walk) -> Holdings:
    """Return what an archive with these documents holds."""
    return Holdings(kinds, frozenset(kinds), walks)


def test_a_report_is_found_when_its_page_and_files_are_there() -> None:
    """A page without the file that holds its text does not count, with it it does."""
    portal = next(one for one in farm.portals() if one.host == "www.feixi.test")
    page = next(one for one in portal.reports if one.medium == "attachment")
    with farm.serve([portal]) as served:
        without, lines = judge(portal, served, holdings({page.url: "annual_report"}))
        kinds = {page.url: "annual_report", page.files[0]: "annual_report"}
        whole, _ = judge(portal, served, holdings(kinds))
    assert (without.found, whole.found) == (0, 1)
    assert (whole.claimed, whole.right) == (2, 2)
    assert f"not found: attachment {page.url}" in lines


def test_a_page_wrongly_called_a_report_costs_precision() -> None:
    """What is read as an annual report and was not planted is wrong; other kinds are not judged."""
    portal = next(one for one in farm.portals() if one.host == "www.feixi.test")
    kinds = {
        portal.reports[0].url: "annual_report",
        portal.home: "annual_report",
        portal.columns[0]: "other",
    }
    with farm.serve([portal]) as served:
        score, lines = judge(portal, served, holdings(kinds))
    assert (score.claimed, score.right, score.precision) == (2, 1, 0.5)
    assert f"no report: {portal.home}" in lines


def test_a_report_in_a_compilation_is_found_by_its_part() -> None:
    """The page alone shows none of its reports; a part shows that of its own body and year."""
    portal = next(one for one in farm.portals() if one.host == "www.linzhou.test")
    planted = [one for one in portal.reports if one.medium == "compilation"]
    page, part = planted[0].url, f"{planted[0].url}#d1:~:text=x"
    named = {part: (planted[0].subject, planted[0].year)}
    with farm.serve([portal]) as served:
        whole, _ = judge(portal, served, holdings({page: "other"}))
        held = replace(holdings({page: "other", part: "annual_report"}), bodies=named)
        split, _ = judge(portal, served, held)
        wrong = replace(held, bodies={part: ("林州市水利局", planted[0].year)})
        mistaken, lines = judge(portal, served, wrong)
    assert len(planted) == 6
    assert (whole.found, split.found, mistaken.found) == (0, 1, 0)
    assert (split.claimed, split.right, mistaken.right) == (1, 1, 0)
    assert f"no report: {part}" in lines


def test_a_walk_is_whole_at_its_declared_end() -> None:
    """Neither a partial walk nor one that found less than was declared is whole."""
    walks = [
        Walk("u", "complete", 58, 58, ""),
        Walk("u", "complete", None, 3, ""),
        Walk("u", "complete", 58, 57, ""),
        Walk("u", "partial", 58, 58, "an empty page"),
    ]
    assert [walk.is_whole for walk in walks] == [True, True, False, False]


@pytest.mark.parametrize(
    ("score", "peer", "missed"),
    [
        (Score(100, 98, 98, 98, 2, 2, 196), Peer(1000, 100), []),
        (Score(100, 97, 97, 97, 2, 2, 97), Peer(1000, 100), ["a recall of 98%"]),
        (Score(100, 100, 103, 100, 2, 2, 100), Peer(1000, 100), ["a precision of 99%"]),
        (Score(100, 100, 100, 100, 2, 1, 100), Peer(1000, 100), ["every walk whole"]),
        (Score(100, 100, 100, 100, 2, 2, 300), Peer(1000, 100), ["5 times fewer requests"]),
    ],
)
def test_goals_are_met_or_named(score: Score, peer: Peer, missed: list[str]) -> None:
    """The score names each goal that it misses, and no other."""
    assert missed_goals(score, peer) == missed


def test_the_table_has_a_line_per_family() -> None:
    """Each family's figures stand in one line under the head."""
    lines = list(table({"trs": (Score(10, 10, 10, 10, 1, 1, 20), Peer(100, 10))}))
    assert lines[2].split("|")[1:4] == [" trs ", " 10 ", " 10 "]
    assert lines[2].endswith("| 5.0 |")
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")


def test_a_crawl_of_a_column_is_judged_by_its_archive(tmp_path: Path) -> None:
    """After a real crawl of one column its reports are found, and the requests are counted."""
    portal = next(one for one in farm.portals() if one.host == "www.menghai.test")
    folder = tmp_path / "portals"
    folder.mkdir()
    with farm.serve([portal]) as served:
        (folder / "menghai.toml").write_text(
            f'id = "menghai"\nname = "勐海县人民政府"\nhome = "{served.url(portal.home)}"\n'
            f'region = "532822"\nofficial = true\n[[columns]]\nurl = "{served.url(portal.columns[0])}"\n',
            "utf-8",
        )
        resolver = "crawler.demo.resolver.LoopbackResolver"
        hosts = json.dumps(served.test_hosts())
        settings = {"TWISTED_DNS_RESOLVER": resolver, "TEST_HOSTS": hosts}
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
        score, _ = judge(portal, served, read_holdings(tmp_path))
    assert done.returncode == 0, done.stderr
    assert (score.planted, score.found) == (31, 31)
    assert (score.walks, score.whole_walks) == (1, 1)
    assert score.requests >= 31 + 4


def test_the_demo_finds_the_farm_from_its_home_pages(tmp_path: Path) -> None:
    """``scrapy demo --farm`` finds the columns and reports of a portal of every family."""
    pytest.importorskip("crawler.spiders.discover")
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "demo",
        "--farm",
        "-s",
        f"ARCHIVE_DIR={tmp_path}/farm",
    ]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^ *579 +\d+ +\d+  all$", done.stdout, re.MULTILINE)
