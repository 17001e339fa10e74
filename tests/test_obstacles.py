"""Blocks and soft errors: recognised, kept as evidence, stopped at, and never taken for content."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.ingest import Ingest
from archive.reading import read
from archive.warc import WarcWriter, read_records
from parsers.model import Capture, Context
from parsers.obstacles import find_obstacle, find_obstacle_in, is_home_address
from tests.golden import page_folders, read_golden, read_page
from tests.servers import HTML_UTF8, Page, PageServer, run_scrapy, write_portal

TITLE = "示例区2019年政府信息公开工作年度报告"
LINKS = "".join(f'<li><a href="/n/{n}.html">新闻{n}</a></li>' for n in range(40))
COLUMNS = "".join(f'<h3>栏目{n}</h3><a href="/c/{n}/">更多&gt;&gt;</a>' for n in range(6))
HOME = (
    f"<html><head><title>示例区人民政府门户网站</title></head><body><ul>{LINKS}</ul></body></html>"
)


def page(text: str, title: str = "") -> str:
    """Return a small page."""
    return f"<html><head><title>{title}</title></head><body><p>{text}</p></body></html>"


# page -> what it is
PAGES = {
    "soft 404": (page("对不起，您访问的页面不存在！"), "soft_404"),
    "soft 404 in a title": (page("返回首页", "404 Not Found"), "soft_404"),
    "wrong parameters": (page("参数错误"), "soft_404"),
    "deleted": (page("您要查看的信息不存在或已被删除。"), "soft_404"),
    "under construction": (page("网站建设中，敬请期待……"), "under_construction"),
    "maintenance": (page("系统维护中，给您带来不便，敬请谅解。"), "under_construction"),
    "login": (page("请先登录后再查看。用户名 密码"), "login_wall"),
    "abroad": (page("本网站仅限境内访问，您的境外IP已被限制。"), "geo_block"),
    "home page": (HOME, "home_page"),
    "home page without a name": (
        f"<body>{COLUMNS}<h3>信息公开年报</h3>{LINKS}</body>",
        "home_page",
    ),
    "an article among columns": (
        f"<body><p>全区共收到政府信息公开申请12件，均已答复。</p>{COLUMNS}{LINKS}</body>",
        None,
    ),
    "a form to log in": (page("用户名： 密码：", "用户登录"), "login_wall"),
    "a report": (page("全区共收到政府信息公开申请12件，均已答复。", TITLE), None),
    "a report that quotes an error": (
        page("有3件申请因信息不存在未予提供，网站建设中的问题已解决。", TITLE),
        None,
    ),
    "a long text that quotes an error": (page("页面不存在。" + "本局认真开展工作。" * 90), None),
    "a report that is an attachment": (
        '<html><body><p>详见附件，敬请期待</p><a href="/f/2019.pdf">2019年年报.pdf</a></body></html>',
        None,
    ),
    "empty": (page(""), None),
}


@pytest.mark.parametrize("case", PAGES.values(), ids=PAGES)
def test_tells_what_stands_in_the_place_of_a_report(case: tuple[str, str | None]) -> None:
    """Error pages in words are named; reports, long texts and attachments are content."""
    html, wanted = case
    url = "http://www.example.gov.cn/art/1.html"
    reading = read(html.encode(), content_type="text/html; charset=utf-8", context=Context(url=url))
    assert find_obstacle_in(reading.document, reading.report) == wanted


@pytest.mark.parametrize("folder", page_folders(), ids=lambda folder: folder.name)
def test_no_golden_page_is_an_obstacle(folder: Path) -> None:
    """None of the golden pages, reports and other papers alike, is taken for an error page."""
    reading = read_page(read_golden(folder))
    assert find_obstacle_in(reading.document, reading.report) is None


STATUSES = [(401, "", "login_wall"), (451, "", "geo_block"), (403, "Forbidden", None)]


@pytest.mark.parametrize(("status", "text", "wanted"), STATUSES)
def test_some_statuses_say_it(status: int, text: str, wanted: str | None) -> None:
    """401 asks for a login and 451 is a legal bar; a plain 403 says neither."""
    assert find_obstacle(status, text) == wanted


ADDRESSES = {
    "http://a.gov.cn": True,
    "http://a.gov.cn/": True,
    "http://a.gov.cn/index.html": True,
    "http://a.gov.cn/Default.aspx": True,
    "http://a.gov.cn/zwgk/": True,
    "http://a.gov.cn/?id=3": False,
    "http://a.gov.cn/zwgk/index.html": False,
    "http://a.gov.cn/art/1.html": False,
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_knows_home_addresses(url: str) -> None:
    """The root of a host and the portal's own home are home pages; columns are not."""
    assert is_home_address(url, "http://a.gov.cn/zwgk") is ADDRESSES[url]


# in the archive


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to the request for a report, and what the archive makes of it."""

    outcome: str
    body: bytes
    status: int = 200
    headers: str = "Content-Type: text/html; charset=utf-8\r\n"
    path: str = "/r.html"


JSL = b"<script>document.cookie='__jsl_clearance_s=1';location.href=location.pathname</script>"
ANSWERS = {
    "jsl with 521": Answer("blocked:jsl", JSL, 521),
    "jsl with 200": Answer("blocked:jsl", JSL),
    "jsl, compressed": Answer(
        "blocked:jsl", gzip.compress(JSL), headers="Content-Encoding: gzip\r\n"
    ),
    "ruishu with 412": Answer("blocked:ruishu", b"", 412),
    "ruishu with 202": Answer("blocked:ruishu", b"<script>$_ts=window['$_ts'];</script>", 202),
    "ruishu, meta": Answer("blocked:ruishu", b'<meta content="x" r="m"><body></body>'),
    "yunsuo": Answer(
        "blocked:yunsuo", b"<script>self.location='/?security_verify_data=1'</script>"
    ),
    "yunsuo, cookie": Answer("blocked:yunsuo", b"document.cookie='security_session_verify=1'"),
    "wzws with 493": Answer("blocked:wzws", b"x", 493),
    "wzws, words": Answer("blocked:wzws", "请开启JavaScript并刷新该页".encode("gb18030")),
    "aliyun": Answer("blocked:aliyun", b"<script>var arg1='5F8B';</script>"),
    "firewall": Answer("blocked:waf", "您的请求带有不合法参数".encode(), 405),
    "slider": Answer("blocked:waf", "请拖动滑块完成验证".encode(), 403),
    "abroad with 403": Answer("geo_block", "<p>禁止境外IP访问</p>".encode(), 403),
    "login with 401": Answer("login_wall", b"", 401),
    "soft 404": Answer("soft_404", page("您访问的页面不存在").encode()),
    "home page": Answer("home_page", HOME.encode()),
    "home address": Answer("home_page", HOME.encode(), path="/"),
    "forbidden": Answer("failed", b"<h1>Forbidden</h1>", 403),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_obstacles_are_kept_and_are_no_reports(answer: Answer, tmp_path: Path) -> None:
    """The capture says what it met and keeps its bytes; no document is read and no report made."""
    about = {"software": "t", "collector": "t", "vantage": "t", "robots": "t"}
    writer, ingest = WarcWriter(tmp_path / "warc", run="r", **about), Ingest(tmp_path)
    head = f"HTTP/1.1 {answer.status} X\r\n{answer.headers}\r\n".encode()
    capture = Capture(
        url=f"http://www.example.gov.cn{answer.path}",
        captured_at="2026-11-22T00:00:00.000Z",
        status=answer.status,
        header_block=head,
        body=answer.body,
        run="r",
        role="document",
        link_text=TITLE,
    )
    ingest.capture(writer.write(capture, b"GET / HTTP/1.1\r\n\r\n"))
    writer.close()
    ingest.close()
    with sqlite3.connect(tmp_path / "archive.db") as db:
        rows = db.execute("SELECT outcome, revision FROM captures").fetchall()
        reports = db.execute("SELECT count(*) FROM reports").fetchone()
    db.close()
    assert (rows, reports) == ([(answer.outcome, None)], (0,))
    [kept] = [record for file in (tmp_path / "warc").iterdir() for record in read_records(file)]
    assert isinstance(kept, Capture)
    assert (kept.status, kept.body) == (answer.status, answer.body)


# whole crawls


def test_every_kind_of_failure_has_its_own_name(tmp_path: Path) -> None:
    """Blocked, unreachable and not found stay apart, and each run says from where it looked."""
    listing = f'<ul><li><a href="/r.html">{TITLE}</a> 2020-01-02</li></ul>'
    lists: dict[str, Page] = {
        "blocked": Page(JSL, 521),
        "missing": Page(b"404", 404),
        "silent": Page(drop=True),
        "plain": Page(listing.encode(), headers=(HTML_UTF8,)),
    }
    with ExitStack() as stack:
        for number, (name, answer) in enumerate(lists.items(), 2):
            pages = {"/robots.txt": Page(b"User-agent: *\nDisallow:"), "/list": answer}
            pages["/r.html"] = Page(page("页面不存在").encode(), headers=(HTML_UTF8,))
            server = stack.enter_context(PageServer(pages, f"127.0.0.{number}"))
            write_portal(tmp_path / "portals", server, name, ("/list", "generic"))
            if name == "plain":  # and the same server asked for TLS, which it does not speak
                write_portal(tmp_path / "portals", server, "tls", ("/list", "generic"))
        file = tmp_path / "portals" / "tls.toml"
        file.write_text(file.read_text("utf-8").replace("http://", "https://"), "utf-8")
        settings = {"VANTAGE": "Lanzhou, mobile"}
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "archive.db") as db:
        walks = dict(db.execute("SELECT portal, outcome FROM walks").fetchall())
        pages_met = db.execute("SELECT outcome FROM captures WHERE role = 'document'").fetchall()
        failures = db.execute("SELECT failure FROM captures WHERE portal = 'tls'").fetchall()
        vantages = db.execute("SELECT facts ->> 'vantage' FROM runs").fetchall()
    db.close()
    assert walks == {
        "blocked": "blocked",
        "missing": "unreachable",
        "silent": "unreachable",
        "plain": "complete",
        "tls": "unreachable",
    }
    assert pages_met == [("soft_404",)]
    assert failures
    assert all("SSL" in failure for (failure,) in failures)
    assert vantages == [("Lanzhou, mobile",)]


ORGANS = {
    "blocked": "泰州市海陵区教育局",
    "broken": "泰州市海陵区民政局",
    "silent": "泰州市海陵区财政局",
    "walled": "泰州市海陵区司法局",
    "unfinished": "泰州市海陵区水利局",
    "forbidden": "泰州市海陵区审计局",
    "elsewhere": "泰州市海陵区统计局",
    "passed on": "泰州市海陵区体育局",
}


def report_page(organ: str, year: int) -> Page:
    """Return a short report."""
    title = f"{organ}{year}年政府信息公开工作年度报告"
    text = f"<h1>{title}</h1><p>{year}年，收到政府信息公开申请12件，均已答复。</p>"
    return Page(f"<title>{title}</title>{text}".encode(), headers=(HTML_UTF8,))


def list_page(organ: str, links: dict[int, str]) -> Page:
    """Return a list of reports by year."""
    rows = [
        f'<li><a href="{url}">{organ}{year}年政府信息公开工作年度报告</a> {year + 1}-01-02</li>'
        for year, url in links.items()
    ]
    return Page(f"<ul>{''.join(rows)}</ul>".encode(), headers=(HTML_UTF8,))


def test_a_report_that_a_list_names_is_never_not_found(tmp_path: Path) -> None:
    """What stood in the way of a listed report is its state, also where nothing was asked."""
    answers = {
        "blocked": Page(JSL, 521),
        "broken": Page(b"oops", 500),
        "silent": Page(drop=True),
        "walled": Page(b"", 401),
        "unfinished": Page(page("网站建设中，敬请期待").encode(), headers=(HTML_UTF8,)),
        "passed on": Page(status=302, headers=[(b"Location", b"/hop/0")]),
    }
    hops = {
        f"/hop/{n}": Page(status=302, headers=[(b"Location", b"/hop/%d" % (n + 1))])
        for n in range(9)
    }
    addresses = {"forbidden": "/secret/2019.html", "elsewhere": "http://127.0.0.99/2019.html"}
    with ExitStack() as stack:
        for number, (name, organ) in enumerate(ORGANS.items(), 2):
            address = addresses.get(name, "/2019.html")
            pages = {
                "/robots.txt": Page(b"User-agent: *\nDisallow: /secret/"),
                "/list": list_page(organ, {2020: "/2020.html", 2019: address, 2018: "/2018.html"}),
                "/2020.html": report_page(organ, 2020),
                "/2018.html": report_page(organ, 2018),
                "/2019.html": answers.get(name, Page(status=404)),
            } | hops
            server = stack.enter_context(PageServer(pages, f"127.0.0.{number}"))
            write_portal(tmp_path / "portals", server, name, ("/list", "generic"))
        for days in (0, 15):
            done = run_scrapy(
                "crawl", "reports", archive=tmp_path, settings={"CLOCK_SHIFT_DAYS": days}
            )
            assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "archive.db") as db:
        rows = db.execute(
            "SELECT b.name, v.year, v.state FROM coverage v JOIN bodies b ON b.id = v.body"
            " WHERE v.year BETWEEN 2017 AND 2019"
        ).fetchall()
    db.close()
    states = {(body, year): state for body, year, state in rows}
    names = {name: organ.removeprefix("泰州市") for name, organ in ORGANS.items()}
    assert {name: states[organ, 2019] for name, organ in names.items()} == {
        "blocked": "blocked",
        "broken": "unreachable",
        "silent": "unreachable",
        "walled": "unreachable",
        "unfinished": "unreachable",
        "forbidden": "not_looked",
        "elsewhere": "not_looked",
        "passed on": "unreachable",
    }
    # after a block nothing more is asked, and a year that no list names is not found
    assert (states[names["blocked"], 2018], states[names["broken"], 2017]) == (
        "blocked",
        "not_found",
    )


NEWS = "".join(
    f'<li><a href="/n/{n}.html">本区召开第{n}次经济工作会议</a> 2024-01-02</li>' for n in range(40)
)


def test_an_error_page_is_no_end_of_a_list(tmp_path: Path) -> None:
    """A walk that meets an error page, the home page or half a page has not seen its list whole."""
    html = (HTML_UTF8,)
    first = list_page("泰州市海陵区教育局", {2020: "/2020.html"})
    first = replace(first, body=first.body + '<a href="/list/2">下一页</a>'.encode())
    login = page('请先登录。<a href="/register">注册新的用户</a>', "登录")
    wrong = page('您访问的页面不存在 <a href="/">返回网站首页</a>', "错误")
    to_home = Page(status=302, headers=[(b"Location", b"/")])
    lists: dict[str, dict[str, Page]] = {
        "login": {"/list": Page(login.encode(), headers=html)},
        "moved": {"/list": to_home},
        "second wrong": {"/list": first, "/list/2": Page(wrong.encode(), headers=html)},
        "second moved": {"/list": first, "/list/2": to_home},
        "cut off": {"/list": replace(first, length=len(first.body) + 9), "/list/2": first},
        "at home": {"/list": Page(status=302, headers=[(b"Location", b"/index.html")])},
    }
    with ExitStack() as stack:
        for number, (name, pages) in enumerate(lists.items(), 2):
            home = Page(f"<title>海陵区</title><ul>{NEWS}</ul>".encode(), headers=html)
            own = {"/": home, "/2020.html": report_page("泰州市海陵区教育局", 2020), **pages}
            own["/index.html"] = list_page("泰州市海陵区教育局", {2020: "/2020.html"})
            server = stack.enter_context(PageServer(own, f"127.0.0.{number}"))
            write_portal(tmp_path / "portals", server, name, ("/list", "auto"))
        done = run_scrapy("crawl", "reports", archive=tmp_path)
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "archive.db") as db:
        rows = db.execute("SELECT portal, outcome, reason FROM walks").fetchall()
    db.close()
    ends = {portal: (outcome, (reason or "").partition(":")[0]) for portal, outcome, reason in rows}
    assert ends == {
        "login": ("unreachable", "login_wall"),
        "moved": ("unreachable", "home_page"),
        "second wrong": ("partial", "soft_404"),
        "second moved": ("partial", "home_page"),
        "cut off": ("partial", "cut off"),
        "at home": ("complete", ""),
    }
