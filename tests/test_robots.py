"""robots.txt and block pages: what is allowed, what is not now, and that it is obeyed."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crawler.robots import PARSED_BYTES, read_robots
from parsers.blocks import find_block
from tests.servers import HTML, HTML_UTF8, NOT_FOUND, Page, PageServer, run_scrapy, write_portal

PAGE = "http://www.example.gov.cn/gknb/2019.html"

# status, body -> allowed, and whether this is "not now" rather than a rule
ANSWERS = {
    "missing": (404, b"", True, False),
    "gone": (410, b"", True, False),
    "bad request": (400, b"", True, False),
    "unauthorized": (401, b"", False, True),
    "forbidden": (403, b"", False, True),
    "too many": (429, b"", False, True),
    "legal": (451, b"", False, True),
    "server error": (500, b"", False, True),
    "unavailable": (503, b"User-agent: *\nAllow: /", False, True),
    "redirect without end": (302, b"", False, True),
    "empty": (200, b"", True, False),
    "open": (200, b"User-agent: *\nDisallow:", True, False),
    "closed": (200, b"User-agent: *\nDisallow: /", False, False),
    "closed to others": (200, b"User-agent: OtherBot\nDisallow: /", True, False),
    "closed to us": (
        200,
        b"User-agent: *\nDisallow:\n\nUser-agent: Open-Report-Archive\nDisallow: /gknb/",
        False,
        False,
    ),
    "open to us": (
        200,
        b"User-agent: *\nDisallow: /\n\nUser-agent: open-report-archive\nAllow: /",
        True,
        False,
    ),
    "byte order mark": (200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /gknb/", False, False),
    "GBK comment": (200, b"# \xd6\xd0\xce\xc4\nUser-agent: *\nDisallow: /gknb/", False, False),
    "UTF-16": (200, "\ufeffUser-agent: *\nDisallow: /gknb/".encode("utf-16-le"), False, False),
    "an HTML page": (200, b"<html><body>404</body></html>", True, False),
    "a rule past the limit": (
        200,
        b"#" * (PARSED_BYTES - 1) + b"\nUser-agent: *\nDisallow: /\n",
        True,
        False,
    ),
    "a rule cut by the limit": (
        200,
        b"User-agent: *\nDisallow: /gk" + b"x" * PARSED_BYTES + b"\n",
        True,
        False,
    ),
}


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_reads_robots(case: tuple[int, bytes, bool, bool]) -> None:
    """Rules hold, a missing file allows, a refusal or failure means not now."""
    status, body, allowed, not_now = case
    rules = read_robots(status, body)
    assert (rules.allows(PAGE), rules.refusal is not None) == (allowed, not_now)


def test_only_a_visit_time_is_changed() -> None:
    """A rule whose address ends like such a window forbids that address and no other."""
    rules = read_robots(200, b"User-agent: *\nDisallow: /nb-2400\nVisit-time: 0000 - 2400\n")
    assert not rules.allows("http://www.example.gov.cn/nb-2400")
    assert rules.allows("http://www.example.gov.cn/nb-2359")


@pytest.mark.parametrize("line", [b"Visit-time: 1400-2400", b"visit-time:1400-2400  # UTC"])
def test_visit_times_may_end_at_hour_24(line: bytes) -> None:
    """A window up to 2400 ends at midnight; it is not dropped."""
    hours = read_robots(200, b"User-agent: *\n" + line + b"\nDisallow: /2400\n").visit_time()
    assert hours is not None
    assert hours.covers(datetime(2026, 11, 28, 23, 30, tzinfo=UTC))
    assert not hours.covers(datetime(2026, 11, 28, 0, 30, tzinfo=UTC))
    assert not hours.covers(datetime(2026, 11, 28, 13, 30, tzinfo=UTC))


CHALLENGE = b"<script>document.cookie='__jsl_clearance=1';location.href=location.pathname</script>"

# status, header lines, body -> system
BLOCKS: dict[str, tuple[int, bytes, bytes, str | None]] = {
    "jsl by status": (521, b"Set-Cookie: __jsluid_h=1", CHALLENGE, "jsl"),
    "jsl by its script": (200, b"", CHALLENGE, "jsl"),
    "ruishu by status": (412, b"", b"", "ruishu"),
    "ruishu by its meta": (202, b"", b"<meta content='x' r='m'><script r='m'></script>", "ruishu"),
    "ruishu by its script": (200, b"", b"<script>$_ts=window['$_ts'];</script>", "ruishu"),
    "ruishu by its cookie": (
        202,
        b"Set-Cookie: FSSBBIl1UgzbN7N80S=5x; Path=/",
        b"<html>",
        "ruishu",
    ),
    "such a cookie on an open page": (200, b"Set-Cookie: FSSBBIl1UgzbN7N80S=5x", b"<html>", None),
    "a session of a bad request": (400, b"Set-Cookie: ASPSESSIONIDCQRTSBDP=5x", b"<html>", None),
    "yunsuo": (200, b"", b"<script>window.onload=YunSuoAutoJump;</script>", "yunsuo"),
    "wzws by status": (493, b"", b"x", "wzws"),
    "wzws by header, empty": (200, b"WZWS-Ray: 1145-1", b"", "wzws"),
    "a redirect of a site behind wzws": (302, b"WZWS-Ray: 1145-1", b"", None),
    "an unchanged page behind wzws": (304, b"WZWS-Ray: 1145-1", b"", None),
    "aliyun": (200, b"", b"<script>var arg1='5F8B';acw_sc__v2</script>", "aliyun"),
    "firewall in GBK": (405, b"", "网站防火墙".encode("gb18030"), "waf"),
    "firewall in UTF-8": (403, b"", "请完成安全验证".encode(), "waf"),
    "plain 403": (403, b"", b"<h1>Forbidden</h1>", None),
    "plain 404": (404, b"", b"<h1>Not Found</h1>", None),
    "cookie of a protected but open site": (200, b"Set-Cookie: __jsluid_s=1", b"<html>", None),
    "words in an ordinary page": (200, b"", "<p>网站防火墙建设</p>".encode(), None),
    "a large page that quotes a challenge": (200, b"", CHALLENGE + b" " * 9000, None),
    "empty": (200, b"", b"", None),
}


@pytest.mark.parametrize("case", BLOCKS.values(), ids=BLOCKS)
def test_tells_block_pages_from_answers(case: tuple[int, bytes, bytes, str | None]) -> None:
    """A block page names its system; cookies, words and plain refusals are no block."""
    status, headers, body, system = case
    assert find_block(status, headers, body) == system


LIST = (
    '<html><body><ul><li><a href="r.html">示例区2019年政府信息公开工作年度报告</a> 2020-01-02</li>'
    "</ul></body></html>"
)
REPORT = "<html><body><p>示例区2019年政府信息公开工作年度报告</p><p>收到申请3件。</p></body></html>"


@dataclass(frozen=True, slots=True)
class Crawled:
    """What one crawl over portals with different robots.txt did."""

    paths: dict[str, list[str]]
    walks: dict[str, tuple[str, str | None]]
    counts: dict[str, int]


ROBOTS = {
    "missing": NOT_FOUND,
    "forbidding": Page(b"User-agent: *\nDisallow: /gknb/"),
    "failing": Page(b"", 503),
    "refusing": Page(b"", 403),
    "hanging": Page(hang=True),
    "dropping": Page(drop=True),
    "blocking": Page(CHALLENGE, 200, (HTML,)),
    "redirecting": Page(b"", 301, ((b"Location", b"/hop.txt"),)),
    "cut off": Page(b"User-agent: *\nDisallow: /other/\n", length=500),
    "circling": Page(b"", 302, ((b"Location", b"/robots.txt?again"),)),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """Return what one crawl over ten portals did; each has a loopback address of its own."""
    archive = tmp_path_factory.mktemp("robots")
    with ExitStack() as stack:
        servers = {}
        for number, (name, robots) in enumerate(ROBOTS.items(), 2):
            pages = {
                "/robots.txt": robots,
                "/robots.txt?again": Page(b"", 302, ((b"Location", b"/robots.txt"),)),
                "/hop.txt": Page(b"User-agent: *\nDisallow: /gknb/r.html"),
                "/gknb/list.html": Page(LIST.encode(), headers=(HTML_UTF8,)),
                "/gknb/r.html": Page(REPORT.encode(), headers=(HTML_UTF8,)),
            }
            server = stack.enter_context(PageServer(pages, f"127.0.0.{number}"))
            write_portal(archive / "portals", server, name, ("/gknb/list.html", "generic"))
            servers[name] = server
        chosen = f"portal={','.join(ROBOTS)}"
        timeout = {"DOWNLOAD_TIMEOUT": 1}
        done = run_scrapy("crawl", "reports", "-a", chosen, archive=archive, settings=timeout)
        assert done.returncode == 0, done.stderr
        paths = {name: server.paths() for name, server in servers.items()}
    with sqlite3.connect(archive / "archive.db") as db:
        rows = db.execute("SELECT portal, outcome, reason FROM walks").fetchall()
        counts = db.execute(
            "SELECT key, value FROM runs, json_each(runs.facts, '$.counts')"
        ).fetchall()
    db.close()
    return Crawled(paths, {name: (outcome, why) for name, outcome, why in rows}, dict(counts))


# portal -> paths asked for, outcome of its walk, words in its reason
OBEYED = {
    "missing": (["/robots.txt", "/gknb/list.html", "/gknb/r.html"], "complete", None),
    "forbidding": (["/robots.txt"], "robots_disallowed", "robots_disallowed"),
    "failing": (["/robots.txt"], "unreachable", "HTTP 503"),
    "refusing": (["/robots.txt"], "unreachable", "HTTP 403"),
    "hanging": (["/robots.txt"], "unreachable", "longer than 1"),
    "dropping": (["/robots.txt"], "unreachable", "robots_unreachable"),
    "cut off": (["/robots.txt"], "unreachable", "was cut off"),
    "blocking": (["/robots.txt"], "blocked", "jsl"),
    "redirecting": (["/robots.txt", "/hop.txt", "/gknb/list.html"], "complete", None),
}


@pytest.mark.parametrize("name", OBEYED)
def test_obeys_robots(crawled: Crawled, name: str) -> None:
    """What robots.txt does not clearly allow is not asked for, and the walk says why."""
    paths, outcome, words = OBEYED[name]
    assert crawled.paths[name] == paths
    assert crawled.walks[name][0] == outcome
    assert (words or "") in (crawled.walks[name][1] or "")


def test_gives_up_on_robots_that_redirect_in_circles(crawled: Crawled) -> None:
    """After five redirects the answer is not now, and no page is asked for."""
    assert len(crawled.paths["circling"]) == 6
    assert all(path.startswith("/robots.txt") for path in crawled.paths["circling"])
    assert crawled.walks["circling"][0] == "unreachable"


def test_counts_dropped_requests_by_outcome(crawled: Crawled) -> None:
    """The run record says how many requests were dropped, and why."""
    refused = {k: n for k, n in crawled.counts.items() if k.startswith("refused/")}
    assert refused == {
        "refused/blocked:jsl": 1,
        "refused/robots_disallowed": 2,
        "refused/robots_unreachable": 6,
    }
