"""How slowly hosts, addresses and platforms are asked, at which hours, and how often a day."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.utils.test import get_crawler

from crawler.gate import Gate
from crawler.refusal import Refused, missed_because
from crawler.turns import HOLD_MAX, Share, ShareSpent, Turns
from crawler.windows import BEIJING, Window, read_window, retry_after
from tests.servers import HTML, HTML_UTF8, PROJECT, Page, PageServer, run_scrapy, write_portal

LOCAL_NAMES = {"TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver"}
ANY_SHARE = Share("2026-11-21", 1000)
CHALLENGE = b"<script>document.cookie='__jsl_clearance=1';location.href=location.pathname</script>"


# turns


def test_a_lane_is_taken_until_it_is_given_back(tmp_path: Path) -> None:
    """Another crawl may ask a lane only a pause after the request before has been answered."""
    first, second = Turns(tmp_path), Turns(tmp_path)
    assert first.take(["host:a.cn"], 60.0, ANY_SHARE, 100.0) == 100.0
    assert second.take(["host:a.cn"], 60.0, ANY_SHARE, 101.0) == 160.0
    first.release(["host:a.cn"], 103.0, 102.0)
    assert second.take(["host:a.cn"], 60.0, ANY_SHARE, 102.5) == 103.0
    assert second.take(["host:a.cn"], 60.0, ANY_SHARE, 103.0) == 103.0


def test_a_lane_of_a_crawl_that_died_is_free_after_its_lease(tmp_path: Path) -> None:
    """A lane that nobody gives back is free when its lease is over."""
    assert Turns(tmp_path).take(["host:a.cn"], 60.0, ANY_SHARE, 100.0) == 100.0
    assert Turns(tmp_path).take(["host:a.cn"], 60.0, ANY_SHARE, 160.0) == 160.0


def test_lanes_that_a_request_is_in_all_wait(tmp_path: Path) -> None:
    """Two hosts at one address share its turns; a host elsewhere does not wait."""
    turns = Turns(tmp_path)
    assert turns.take(["host:a.cn", "address:1.2.3.4"], 60.0, ANY_SHARE, 100.0) == 100.0
    assert turns.take(["host:b.cn", "address:1.2.3.4"], 60.0, ANY_SHARE, 100.0) == 160.0
    assert turns.take(["host:c.cn", "address:4.3.2.1"], 60.0, ANY_SHARE, 100.0) == 100.0


def test_a_hold_outlives_the_request_during_which_it_was_set(tmp_path: Path) -> None:
    """What a server asked for is kept when the lane is given back, by whichever crawl."""
    turns = Turns(tmp_path)
    turns.take(["host:a.cn"], 60.0, ANY_SHARE, 100.0)
    Turns(tmp_path).hold(["host:a.cn"], 130.0, 101.0)
    turns.release(["host:a.cn"], 103.0, 102.0)
    assert turns.take(["host:a.cn"], 60.0, ANY_SHARE, 110.0) == 130.0


def test_a_hold_is_kept_and_never_shortened(tmp_path: Path) -> None:
    """A lane on hold waits until the latest moment that anybody named, an hour at most."""
    turns = Turns(tmp_path)
    turns.hold(["host:a.cn"], 150.0, 100.0)
    turns.hold(["host:a.cn"], 120.0, 100.0)
    assert turns.take(["host:a.cn"], 60.0, ANY_SHARE, 100.0) == 150.0
    turns.hold(["host:b.cn"], 1e9, 100.0)
    assert turns.take(["host:b.cn"], 60.0, ANY_SHARE, 100.0) == 100.0 + HOLD_MAX


def test_a_torn_or_absurd_turn_is_forgotten(tmp_path: Path) -> None:
    """A file that holds no moment, or one far ahead of a clock set back, stops nobody."""
    turns = Turns(tmp_path)
    turns.take(["host:a.cn"], 60.0, ANY_SHARE, 1e9)
    assert turns.take(["host:a.cn"], 60.0, ANY_SHARE, 100.0) == 100.0
    (tmp_path / "host_a.cn").write_text("1e", "ascii")
    assert turns.take(["host:a.cn"], 60.0, ANY_SHARE, 300.0) == 300.0


def test_a_share_of_the_day_is_spent_once(tmp_path: Path) -> None:
    """Requests of a day are counted per lane over crawls; lanes and days are apart."""

    def ask(*lanes: str, day: str = "2026-11-21") -> None:
        turns = Turns(tmp_path)
        turns.take(lanes, 60.0, Share(day, 2), 100.0)
        turns.release(lanes, 100.0, 100.0)

    ask("host:a.cn", "address:1.2.3.4")
    ask("host:a.cn", "address:1.2.3.4")
    for lanes in (("host:a.cn", "address:1.2.3.4"), ("host:b.cn", "address:1.2.3.4")):
        with pytest.raises(ShareSpent):
            ask(*lanes)
    ask("host:b.cn")
    ask("host:a.cn", "address:1.2.3.4", day="2026-11-22")


def test_names_of_lanes_stay_in_the_folder(tmp_path: Path) -> None:
    """A host name with path characters names a file of the folder and nothing else."""
    Turns(tmp_path / "in").take(["host:../../[::1]"], 60.0, ANY_SHARE, 100.0)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_lane_is_taken_by_one_of_many_processes(tmp_path: Path) -> None:
    """Of processes that ask for a lane at one moment exactly one gets it."""
    code = (
        "import sys; from pathlib import Path; from crawler.turns import Share, Turns\n"
        "turns, share = Turns(Path(sys.argv[1])), Share('2026-11-22', 9)\n"
        "for n in range(50): print(turns.take([f'host:{n}'], 60.0, share, 100.0))"
    )
    crawls = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    printed = "".join(crawl.communicate(timeout=60)[0] for crawl in crawls)
    assert sorted(printed.split()) == ["100.0"] * 50 + ["160.0"] * 100


# hours, waits

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=BEIJING)

# hours -> whether noon, and whether 23:30 Beijing time lies within
HOURS = {
    "22:00-06:00": (False, True),
    "6:00-22:00": (True, False),
    "00:00-23:59": (True, True),
    "12:00-12:01": (True, False),
    "11:00-12:00": (False, False),
}


@pytest.mark.parametrize("text", HOURS)
def test_reads_hours_in_beijing_time(text: str) -> None:
    """Hours count in Beijing time and may span midnight; their end is not part of them."""
    window = read_window(text)
    assert window is not None
    assert window.zone is BEIJING
    night = NOON + timedelta(hours=11, minutes=30)
    assert (window.covers(NOON), window.covers(night.astimezone(UTC))) == HOURS[text]


def test_no_hours_are_all_hours() -> None:
    """An empty NIGHT_WINDOW is none; what is no window is refused by its name."""
    assert read_window("  ") is None
    for text in ("22-6", "night", "25:00-26:00", "22:00-06:60"):
        with pytest.raises(ValueError, match="NIGHT_WINDOW must be like 22:00-06:00"):
            read_window(text)


WAITS = {
    "120": 120.0,
    " 0 ": 0.0,
    "Sat, 21 Nov 2026 04:02:00 GMT": 120.0,
    "Sat, 21 Nov 2026 03:00:00 GMT": 0.0,
    "soon": None,
    "Sat, 21 Nov 2026 04:02:00 +99999999999999999999": None,
    "Sat, 21 Nov 99999 04:02:00 GMT": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize("value", WAITS)
def test_reads_retry_after(value: str | None) -> None:
    """Seconds and dates are waits, past dates are no wait, anything else says nothing."""
    assert retry_after(value, NOON) == WAITS[value]


# whole crawls


def portal_page(name: str) -> dict[str, Page]:
    """Return the pages of a portal with one list and two reports."""
    rows = "".join(
        f'<li><a href="/{name}{n}.html">示例区{n}年政府信息公开工作年度报告</a> {n + 1}-01-02</li>'
        for n in (2018, 2019)
    )
    text = "<html><body><p>示例区{}年政府信息公开工作年度报告</p><p>收到申请3件。</p></body></html>"
    return {
        "/robots.txt": Page(b"User-agent: *\nDisallow:"),
        f"/{name}/": Page(f"<ul>{rows}</ul>".encode(), headers=(HTML_UTF8,)),
    } | {
        f"/{name}{n}.html": Page(text.format(n).encode(), headers=(HTML_UTF8,))
        for n in (2018, 2019)
    }


def named_portal(archive: Path, server: PageServer, name: str, **more: str) -> None:
    """Write the portal file of ``<name>.test`` on a server."""
    write_portal(archive / "portals", server, name, (f"/{name}/", "generic"))
    file = archive / "portals" / f"{name}.toml"
    lines = "".join(f'{key} = "{value}"\n' for key, value in more.items())
    file.write_text(lines + file.read_text("utf-8").replace("127.0.0.1", f"{name}.test"), "utf-8")


def gaps_of(server: PageServer) -> list[float]:
    """Return the times between the arrivals of requests, by the server's own clock."""
    return [later.at - sooner.at for sooner, later in pairwise(server.arrivals)]


def last_run(archive: Path) -> dict[str, dict[str, object]]:
    """Return what the newest run recorded."""
    connection = sqlite3.connect(archive / "archive.db")
    try:
        query = "SELECT facts FROM runs ORDER BY started_at DESC LIMIT 1"
        [(facts,)] = connection.execute(query).fetchall()
    finally:
        connection.close()
    return dict(json.loads(facts))


def test_names_on_one_address_share_its_pace(tmp_path: Path) -> None:
    """Three hosts at one address are together asked no faster than one; others need not wait."""
    names = ("east", "west", "north")
    pages = {path: page for name in names for path, page in portal_page(name).items()}
    with PageServer(pages) as server, PageServer(portal_page("far"), "127.0.0.2") as other:
        for name in names:
            named_portal(tmp_path, server, name)
        write_portal(tmp_path / "portals", other, "far", ("/far/", "generic"))
        settings = {"DOWNLOAD_DELAY": 0.2, **LOCAL_NAMES}
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
        assert done.returncode == 0, done.stderr
        assert len(server.arrivals) == 12
        assert min(gaps_of(server)) >= 0.2, gaps_of(server)
        assert len(other.arrivals) == 4
        assert other.arrivals[-1].at < server.arrivals[-4].at


def test_two_crawls_of_one_archive_share_the_pace(tmp_path: Path) -> None:
    """Two processes that ask one host at once keep the pause between them."""
    with PageServer(portal_page("east")) as server:
        named_portal(tmp_path, server, "east")
        settings = {"DOWNLOAD_DELAY": 0.25, **LOCAL_NAMES}
        with ThreadPoolExecutor() as pool:
            crawls = [
                pool.submit(run_scrapy, "crawl", "reports", archive=tmp_path, settings=settings)
                for _ in range(2)
            ]
        for crawl in crawls:
            assert crawl.result().returncode == 0, crawl.result().stderr
        assert server.paths().count("/robots.txt") == 2
        assert min(gaps_of(server)) >= 0.25, gaps_of(server)


def test_two_spiders_of_one_process_share_the_pace(tmp_path: Path) -> None:
    """Two crawls in one reactor that ask one host at once keep the pause between them."""
    code = (
        "import sys\n"
        "from scrapy.crawler import AsyncCrawlerProcess\n"
        "from scrapy.utils.project import get_project_settings\n"
        "settings = get_project_settings()\n"
        "settings.setdict(dict(pair.split('=', 1) for pair in sys.argv[1:]), 'cmdline')\n"
        "process = AsyncCrawlerProcess(settings)\n"
        "for _ in range(2): process.crawl('reports')\n"
        "process.start()\n"
    )
    with PageServer(portal_page("east")) as server:
        named_portal(tmp_path, server, "east")
        settings = {
            "ARCHIVE_DIR": tmp_path,
            "PORTALS_DIRS": tmp_path / "portals",
            "ALLOW_LOOPBACK": 1,
            "DOWNLOAD_DELAY": 0.25,
            **LOCAL_NAMES,
        }
        pairs = [f"{name}={value}" for name, value in settings.items()]
        subprocess.run([sys.executable, "-c", code, *pairs], cwd=PROJECT, check=True, timeout=60)
        assert server.paths().count("/robots.txt") == 2
        assert min(gaps_of(server)) >= 0.25, gaps_of(server)


def test_portals_of_a_platform_share_its_pace(tmp_path: Path) -> None:
    """Portals at different addresses that name one platform are asked as slowly as one."""
    with PageServer(portal_page("a")) as one, PageServer(portal_page("b"), "127.0.0.2") as two:
        for server, name in ((one, "a"), (two, "b")):
            write_portal(tmp_path / "portals", server, name, (f"/{name}/", "generic"))
            file = tmp_path / "portals" / f"{name}.toml"
            file.write_text('platform = "province"\n' + file.read_text("utf-8"), "utf-8")
        slow = {"DOWNLOAD_DELAY": 0.2}
        assert run_scrapy("crawl", "reports", archive=tmp_path, settings=slow).returncode == 0
        both = sorted(arrival.at for arrival in (*one.arrivals, *two.arrivals))
    assert len(both) == 8
    assert min(later - sooner for sooner, later in pairwise(both)) >= 0.2


def test_a_block_stops_the_address_and_the_portal(tmp_path: Path) -> None:
    """After a block page no other name at the address is asked; another address goes on."""
    pages = portal_page("east") | portal_page("west") | {"/east/": Page(CHALLENGE, 521)}
    with PageServer(pages) as server, PageServer(portal_page("far"), "127.0.0.2") as other:
        named_portal(tmp_path, server, "east")
        named_portal(tmp_path, server, "west")
        write_portal(tmp_path / "portals", other, "far", ("/far/", "generic"))
        settings = {"DOWNLOAD_DELAY": 0.1, **LOCAL_NAMES}
        assert run_scrapy("crawl", "reports", archive=tmp_path, settings=settings).returncode == 0
        asked = server.paths()
        assert asked[-1] == "/east/"
        assert not any(path.endswith(".html") for path in asked)
        assert len(other.paths()) == 4
    refused = {k for k in last_run(tmp_path)["counts"] if k.startswith("refused/")}
    assert refused == {"refused/blocked:jsl"}


def test_a_server_that_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    """After 429 with Retry-After nothing is asked until then, and then the same page again."""
    pages = portal_page("east")
    first = Page(b"", 429, ((b"Retry-After", b"1"), HTML))
    good, pages["/east/"] = pages["/east/"], first
    with PageServer(pages) as server:
        named_portal(tmp_path, server, "east")
        settings = {"RETRY_TIMES": 1, **LOCAL_NAMES}
        crawl = threading.Thread(
            target=run_scrapy,
            args=("crawl", "reports"),
            kwargs={"archive": tmp_path, "settings": settings},
        )
        crawl.start()
        while "/east/" not in server.paths() and crawl.is_alive():
            crawl.join(0.01)
        pages["/east/"] = good
        crawl.join()
        assert server.paths() == [
            "/robots.txt",
            "/east/",
            "/east/",
            "/east2018.html",
            "/east2019.html",
        ]
        assert gaps_of(server)[1] >= 1.0


def test_a_server_that_asks_for_too_long_a_wait_is_left(tmp_path: Path) -> None:
    """A wait above RETRY_AFTER_MAX ends the visit, and the next crawl still waits."""
    pages = portal_page("east") | {"/east/": Page(b"", 503, ((b"Retry-After", b"900"), HTML))}
    with PageServer(pages) as server:
        named_portal(tmp_path, server, "east")
        settings = {"RETRY_TIMES": 2, **LOCAL_NAMES}
        assert run_scrapy("crawl", "reports", archive=tmp_path, settings=settings).returncode == 0
        assert server.paths() == ["/robots.txt", "/east/"]
    assert last_run(tmp_path)["counts"]["refused/asked_to_wait"] == 1
    turns, now = Turns(tmp_path / "requests"), datetime.now(UTC).timestamp()
    assert turns.take(["host:east.test"], 60.0, ANY_SHARE, now) > now + 800


def test_a_longer_crawl_delay_than_we_wait_ends_the_visit(tmp_path: Path) -> None:
    """A Crawl-delay above RETRY_AFTER_MAX is never undercut: the host is left for this run."""
    robots = Page(b"User-agent: *\nCrawl-delay: 301\nDisallow:")
    with PageServer(portal_page("east") | {"/robots.txt": robots}) as server:
        named_portal(tmp_path, server, "east")
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=LOCAL_NAMES)
        assert done.returncode == 0, done.stderr
        assert server.paths() == ["/robots.txt"]
    run = last_run(tmp_path)
    assert run["counts"]["refused/asked_to_wait"] == 1
    [decision] = run["robots"].values()
    assert decision["decision"] == "not_now"
    assert "301 s" in decision["reason"]


def test_a_pause_is_as_long_as_it_was_asked_for(tmp_path: Path) -> None:
    """The gate keeps a pause of five minutes as it keeps one of two seconds."""
    gate = Gate(get_crawler(settings_dict={"ARCHIVE_DIR": str(tmp_path), "NIGHT_WINDOW": ""}))
    for seconds in (2.0, 300.0, 5.0):
        gate.lengthen("host:east.test", seconds)
    assert gate.pauses == {"host:east.test": 300.0}


def beijing_hours(begin: int, end: int) -> str:
    """Return hours that begin and end so many hours from now."""
    moments = [datetime.now(BEIJING) + timedelta(hours=hours) for hours in (begin, end)]
    return "-".join(f"{moment:%H:%M}" for moment in moments)


def test_nothing_is_asked_outside_the_night_window(tmp_path: Path) -> None:
    """Outside NIGHT_WINDOW not even robots.txt is asked for; inside it the crawl goes on."""
    with PageServer(portal_page("east")) as server:
        named_portal(tmp_path, server, "east")
        for hours, asked in ((beijing_hours(2, 4), 0), (beijing_hours(-1, 2), 4)):
            settings = {"NIGHT_WINDOW": hours, **LOCAL_NAMES}
            done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
            assert done.returncode == 0, done.stderr
            assert len(server.arrivals) == asked, hours


def test_hours_that_are_none_are_a_usage_error(tmp_path: Path) -> None:
    """A NIGHT_WINDOW that cannot be read ends with status 2 before anything is asked."""
    done = run_scrapy("crawl", "reports", archive=tmp_path, settings={"NIGHT_WINDOW": "25:00-6"})
    assert done.returncode == 2
    assert "NIGHT_WINDOW must be like 22:00-06:00" in done.stderr
    assert "Traceback" not in done.stderr


def test_visit_times_of_robots_are_kept(tmp_path: Path) -> None:
    """Outside the Visit-time (UTC) of robots.txt its host is not asked; the run records it."""
    now = datetime.now(UTC)
    hours = [f"{now + timedelta(hours=hours):%H%M}" for hours in (2, 4)]
    robots = f"User-agent: *\nVisit-time: {hours[0]}-{hours[1]}\nRequest-rate: 1/3s\n"
    with PageServer(portal_page("east") | {"/robots.txt": Page(robots.encode())}) as server:
        named_portal(tmp_path, server, "east")
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=LOCAL_NAMES)
        assert done.returncode == 0, done.stderr
        assert server.paths() == ["/robots.txt"]
    run = last_run(tmp_path)
    assert run["counts"]["refused/visit_time"] == 1
    [decision] = run["robots"].values()
    begin, end = (f"{hour[:2]}:{hour[2:]}" for hour in hours)
    assert decision == {"decision": "rules", "pause": 3.0, "visit_time": f"{begin}-{end} UTC"}


def test_the_share_of_an_address_is_hard(tmp_path: Path) -> None:
    """Names at one address spend one daily share, over runs."""
    pages = portal_page("east") | portal_page("west")
    with PageServer(pages) as server:
        for name in ("east", "west"):
            named_portal(tmp_path, server, name)
        settings = {"HOST_DAILY_BUDGET": 5, **LOCAL_NAMES}
        for _ in range(2):
            done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
            assert done.returncode == 0, done.stderr
        assert len(server.arrivals) == 5


def test_hours_say_when_they_are() -> None:
    """Hours are written with their zone, as reasons quote them."""
    assert str(Window(time(6), time(8, 45), UTC)) == "06:00-08:45 UTC"


# why a list page could not be had -> how its walk ends
MISSED = {
    "blocked:jsl": "blocked",
    "robots_disallowed": "robots_disallowed",
    "robots_unreachable": "unreachable",
    "refused_address": "unreachable",
    "host_budget": "partial",
    "asked_to_wait": "partial",
    "night_window": "partial",
    "visit_time": "partial",
}


@pytest.mark.parametrize("outcome", MISSED)
def test_our_own_limits_do_not_count_against_a_portal(outcome: str) -> None:
    """A walk that we broke off is partial; the portal was neither blocked nor unreachable."""
    assert missed_because(Refused(outcome, "")) == MISSED[outcome]
    assert missed_because(TimeoutError()) == "unreachable"
