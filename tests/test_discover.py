"""From a home page to report columns: which links are followed, what is taken for a column."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest

from crawler import discovery
from crawler.discovery import Exploration, FoundColumn, Lead, domain_of, is_within, score_link
from crawler.listings import ListItem, ListSource, Step
from crawler.portal_file import MARK, portal_text, write_portal
from crawler.portals import Portal, parse_portal, read_portals
from crawler.spiders.discover import name_portal
from tests.servers import HTML_UTF8, Page, PageServer, run_scrapy
from tests.timing import takes_less_than

HOME = "http://www.example.gov.cn/"
ROOT = Lead(Step(HOME), "", 20, 0)
ABOUT = Lead(Step(HOME), "政府信息公开", 75, 1)
YEARLY = Lead(Step(HOME), "政府信息公开年报", 100, 2)


def row(href: str, year: int, name: str = "海陵区") -> str:
    """Return a row of a list of reports."""
    title = f"{name}{year}年政府信息公开工作年度报告"
    return f'<li><a href="{href}">{title}</a><span>{year + 1}-01-15</span></li>'


# text, address, where -> better or worse than being followed at all
FOLLOWED = {
    "the column itself": ("政府信息公开年报", "/a/", ROOT),
    "with blanks": (" 政府信息\n公开年报 ", "/a/", ROOT),
    "by its address": ("", "/zwgk/zfxxgknb/", ROOT),
    "by a parameter": ("查看", "/index.html?tab=gknb", ROOT),
    "the way there": ("政府信息公开", "/a/", ROOT),
    "departments": ("部门信息公开", "/a/", ROOT),
    "a department": ("教育局", "/a/", ABOUT),
    "a department named like a page to leave": ("海陵区统计局", "/a/", ABOUT),
    "a year of the column": ("2019年", "/a/", YEARLY),
    "a year called like a report": ("2019年度报告", "/a/", YEARLY),
}
LEFT = {
    "news": ("新闻中心", "/news/", ROOT),
    "a centre of news": ("新闻中心", "/a/", ABOUT),
    "an opening": ("十四五规划开局", "/a/", ABOUT),
    "the guide": ("政府信息公开指南", "/zn.html", ROOT),
    "applications": ("依申请公开", "/ysq/", ROOT),
    "a report": ("海陵区2019年政府信息公开工作年度报告", "/r.html", ROOT),
    "an article in the right folder": ("海陵区召开会议", "/zfxxgk/202001/t20200115_1.html", ABOUT),
    "the next page": ("下一页", "/gknb/index_1.html", YEARLY),
    "the last page in brackets": ("[尾页]", "/gknb/list.asp?page=9", YEARLY),
    "a number of a page": ("3", "/gknb/index_2.html", YEARLY),
    "a day of a calendar": ("15", "/gk/calendar.jsp?date=2019-01-15", ABOUT),
    "a year without a column": ("2019年", "/a/", ROOT),
    "a file": ("政府信息公开年报", "/a/2019.pdf", ROOT),
}


@pytest.mark.parametrize("case", FOLLOWED.values(), ids=FOLLOWED)
def test_follows_what_leads_to_reports(case: tuple[str, str, Lead]) -> None:
    """Columns, what they hang under, bodies and years are worth a request."""
    text, address, parent = case
    assert score_link(text, f"http://www.example.gov.cn{address}", parent)[0] > 0


@pytest.mark.parametrize("case", LEFT.values(), ids=LEFT)
def test_leaves_what_does_not(case: tuple[str, str, Lead]) -> None:
    """News, guides, articles, files and further pages of lists are not followed."""
    text, address, parent = case
    assert score_link(text, f"http://www.example.gov.cn{address}", parent)[0] == 0


# a home page -> where it leads
HOMES = {
    "a picture to click upon": ('<a href="/default.htm"><img src="/in.jpg"></a>', ["/default.htm"]),
    "a word to click upon": ('<a href="main.asp">点击进入</a>', ["/main.asp"]),
    "a map": ('<img usemap="#m"><map name="m"><area href="/i.htm"></map>', ["/i.htm"]),
    "a picture that a script opens": ("""<img onclick="location='/i.htm'">""", ["/i.htm"]),
    "elsewhere": ('<a href="http://www.example.com/"><img src="/in.jpg"></a>', []),
    "a page with text": (f'<a href="/a.htm"><img src="/in.jpg"></a><p>{"话" * 30}</p>', []),
    "a missing page": ('<p>您访问的页面不存在</p><a href="/b/">返回</a>', []),
}


@pytest.mark.parametrize("case", HOMES.values(), ids=HOMES)
def test_enters_by_a_splash_page(case: tuple[str, list[str]]) -> None:
    """A home page that is hardly more than a picture to click upon leads to what is behind it."""
    body, expected = case
    found = discovery.explore(ListSource(f"<html><body>{body}</body></html>", HOME), ROOT)
    assert [lead.step.url for lead in found.leads] == [urljoin(HOME, way) for way in expected]


def test_the_best_link_is_followed_first() -> None:
    """The column comes before its branch, the branch before bodies, bodies before nothing."""
    exploration = Exploration(HOME, 10, 5)
    home = exploration.next_lead()
    assert home is not None
    text = (
        '<a href="/bm/">部门网站</a><a href="/jyj/">教育局</a><a href="/news/">要闻</a>'
        '<a href="/nb/">政府信息公开年报</a><a href="/xxgk/">政府信息公开</a>'
    )
    exploration.take(ListSource(text, HOME), home)
    order = []
    while lead := exploration.next_lead():
        order.append(lead.step.url.removeprefix(HOME))
    assert order == ["nb/", "xxgk/", "bm/", "jyj/"]


def explore(pages: dict[str, str], pages_max: int = 50) -> Exploration:
    """Return the exploration of a made-up site."""
    exploration = Exploration(HOME, pages_max, 6)
    while lead := exploration.next_lead():
        text = pages.get(lead.step.url.removeprefix(HOME))
        if text is not None:
            exploration.take(ListSource(text, lead.step.url, "utf-8", lead.step), lead)
    return exploration


def test_finds_columns_behind_frames_trees_scripts_and_more() -> None:
    """Columns are found in whatever way a page leads to them, each once."""
    exploration = explore(
        {
            "": '<div><h3>年报</h3><ul></ul><a href="more/">更多&gt;&gt;</a></div>'
            '<a href="javascript:;" onclick="window.open(\'/xxgk/\')">政府信息公开</a>'
            '<select><option value="/jyj/gknb/">教育局</option></select>',
            "more/": f"<ul>{row('/r/1', 2019)}{row('/r/2', 2018)}</ul>",
            "more/index.html": f"<ul>{row('/r/1', 2019)}{row('/r/2', 2018)}</ul>",
            "xxgk/": "<iframe src='tree.jsp?area=1'></iframe><a href='/more/index.html'>公开年报</a>",
            "xxgk/tree.jsp?area=1": 'nodes=[{id:1,name:"政府信息公开年报",url:"/col/1.html"}]',
            "col/1.html": "<iframe src='/list/1.html'></iframe>",
            "list/1.html": f"<ul>{row('/s/1', 2019, '某镇')}</ul>",
            "jyj/gknb/": f"<ul>{row('/jyj/1', 2019, '教育局')}</ul>",
        }
    )
    found = {column.url.removeprefix(HOME) for column in exploration.columns}
    assert found == {"more/", "list/1.html", "jyj/gknb/"}


def test_a_column_that_cannot_be_read_is_found_all_the_same() -> None:
    """A column whose list only a script fills is written down with what it needs."""
    (column,) = explore(
        {
            "": '<a href="nb/">政府信息公开年报</a>',
            "nb/": '<div id="app"><li v-for="item in list">{{ item.title }}</li></div>',
        }
    ).columns
    assert (column.needs, column.entries) == ("needs_js", ())


def test_news_about_a_report_does_not_make_a_column() -> None:
    """One report among many other links is no column."""
    news = "".join(
        f"<li><a href='/n{n}.html'>某项工作扎实推进{n}</a>2020-01-01</li>" for n in range(20)
    )
    exploration = explore(
        {"": f"<a href='/xxgk/'>信息公开</a>{news}", "xxgk/": news + row("/r", 2019)}
    )
    assert exploration.columns == []


def test_bodies_are_given_up_where_none_has_a_column() -> None:
    """After twelve departments without a column the others of that page are not tried."""
    links = "".join(f"<a href='/d{n}/'>{chr(0x4E00 + n)}业局</a>" for n in range(30))
    pages = {"": links} | {f"d{n}/": "<p>局网站</p>" for n in range(30)}
    assert explore(pages).pages == 1 + 12


def test_an_exploration_is_bounded() -> None:
    """Pages that lead on without end are left after the allowed number."""

    class Endless(dict[str, str]):
        def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
            return f'<a href="/{len(key)}/{key}x/">政府信息公开</a>'

    assert explore(Endless(), pages_max=30).pages <= 30


HOSTILE = {
    "lists without end": ".jpage({" * 12_000,
    "a link of a hundred pages": f"<a href='/x'>{'政府信息公开二' * 14_000}</a>",
    "a link of praise": f"<a href='/x'>2019年{'获受到' * 33_000}</a>",
    "boxes in boxes": "<div onclick=\"go('/a/b')\">x" * 4_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_looked_at_in_a_moment(name: str) -> None:
    """Pages made to cost squares of their length cost less than two seconds."""
    assert takes_less_than(2.0, lambda: explore({"": HOSTILE[name]}))


DOMAINS = {
    "www.lishui.gov.cn": "lishui.gov.cn",
    "lishui.gov.cn": "lishui.gov.cn",
    "jyj.lishui.gov.cn": "lishui.gov.cn",
    "www.pinghu.test": "pinghu.test",
    "127.0.0.1": "127.0.0.1",
}


@pytest.mark.parametrize("host", DOMAINS)
def test_knows_the_domain_of_a_government(host: str) -> None:
    """Departments share the domain of their government; other governments do not."""
    assert domain_of(host) == DOMAINS[host]
    assert is_within(host, DOMAINS[host])
    assert not is_within("evil" + DOMAINS[host], DOMAINS[host])


HOMES = {
    "by its meta tags": (
        '<meta name="SiteName" content="海陵区人民政府"><meta name="SiteIDCode" content="3212020001">',
        ("海陵区人民政府", "321202"),
    ),
    "by its title": (
        "<title>首页 - 泰州市海陵区人民政府网站</title>",
        ("泰州市海陵区人民政府", "321202"),
    ),
    "by neither": ("<p>欢迎</p>", (None, None)),
}


@pytest.mark.parametrize("case", HOMES.values(), ids=HOMES)
def test_names_a_portal_by_its_home_page(case: tuple[str, tuple[str | None, str | None]]) -> None:
    """Name and region are taken from the page, and left open where it does not say them."""
    assert name_portal(case[0]) == case[1]


PORTAL = Portal(
    "example.gov.cn", '某"区', HOME, "321202", official=True, columns=(),
    hosts=frozenset({"www.example.gov.cn"}), group="discovered", file="", unverified=True,
)  # fmt: skip
COLUMN = FoundColumn(
    f"{HOME}nb/", "epoint", "年报\n", f"{HOME}xxgk/", (ListItem(f"{HOME}r", '"2019"年报', "2020-01-15"),),
    ("link text '年报'",), "needs_adapter:epoint",
)  # fmt: skip


def test_what_is_written_can_be_read_and_corrected() -> None:
    """The file is a valid portal file; a family that nothing reads becomes auto, with its reason."""
    text = portal_text(PORTAL, [COLUMN], ["3 pages were asked for"])
    portal = parse_portal(text, "x.toml", "discovered")
    assert (portal.name, portal.unverified, portal.facts()["official"]) == ('某"区', True, None)
    assert [(c.url, c.family, c.evidence) for c in portal.columns] == [
        (f"{HOME}nb/", "auto", "link text '年报'")
    ]
    assert "needs_adapter:epoint" in text
    assert "# 3 pages were asked for" in text


def test_a_corrected_file_is_not_written_over(tmp_path: Path) -> None:
    """A file whose first line is no longer ours stays; the new one is put beside it."""
    text = portal_text(PORTAL, [COLUMN], [])
    path = write_portal(tmp_path, "a.cn", text)
    assert write_portal(tmp_path, "a.cn", text) == path == tmp_path / "a.cn.toml"
    mine = text.replace(MARK, "# mine")
    path.write_text(mine, "utf-8")
    assert write_portal(tmp_path, "a.cn", text) == tmp_path / "a.cn.toml.new"
    assert path.read_text("utf-8") == mine
    assert len(read_portals([tmp_path])[0]) == 1


def page(text: str) -> Page:
    """Return a page in UTF-8."""
    head = "<title>泰州市海陵区人民政府门户网站</title>"
    return Page(
        f"<html><head>{head}</head><body>{text}</body></html>".encode(), headers=(HTML_UTF8,)
    )


SITE = {
    "/": page(
        '<a href="/xxgk/">政府信息公开</a><a href="/bm/">部门网站</a><a href="/xw/">新闻</a>'
    ),
    "/xxgk/": page('<a href="nb/">政府信息公开年报</a>'),
    "/xxgk/nb/": page(f"<ul>{row('/r1', 2019)}{row('/r2', 2018)}</ul>"),
    "/bm/": page('<a href="/jyj/">教育局</a><a href="/gone/">城管局</a>'),
    "/jyj/": page('<a href="/jyj/nb.html">信息公开年报</a>'),
    "/jyj/nb.html": page(f"<ul>{row('/jyj/r1', 2019, '海陵区教育局')}</ul>"),
    **{path: page("<p>2019年收到申请3件。</p>") for path in ("/r1", "/r2", "/jyj/r1")},
}


def test_discover_writes_a_portal_that_reports_crawls(tmp_path: Path) -> None:
    """From a home page alone, discover writes a valid file and reports fetches its reports."""
    with PageServer(dict(SITE)) as server:
        done = run_scrapy("crawl", "discover", "-a", f"url={server.url()}", archive=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "/xw/" not in server.paths()
        server.arrivals.clear()
        done = run_scrapy("crawl", "reports", "-a", "group=discovered", archive=tmp_path)
        assert done.returncode == 0, done.stderr
        assert {"/r1", "/r2", "/jyj/r1"} <= set(server.paths())
    portals, unusable = read_portals([tmp_path / "portals"])
    assert not unusable
    (portal,) = portals
    assert (portal.id, portal.name, portal.region) == (
        "127.0.0.1",
        "泰州市海陵区人民政府",
        "321202",
    )
    assert Path(portal.file) == tmp_path / "portals" / "discovered" / "127.0.0.1.toml"
    assert [column.name for column in portal.columns] == ["政府信息公开年报", "信息公开年报"]
    assert "1 could not be had" in Path(portal.file).read_text("utf-8")


def test_nothing_is_written_without_a_home_page(tmp_path: Path) -> None:
    """Where the home page cannot be had there is no portal file."""
    with PageServer({}) as server:
        done = run_scrapy("crawl", "discover", "-a", f"url={server.url()}", archive=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no home page: HTTP 404" in done.stderr
    assert not (tmp_path / "portals").exists()


NO_HOMES = {
    "soft_404": "<p>您访问的页面不存在</p>",
    "login_wall": "<p>请先登录</p>",
    "under_construction": "<p>网站建设中，敬请期待</p>",
}


@pytest.mark.parametrize("obstacle", NO_HOMES)
def test_an_error_page_is_no_home_page(obstacle: str, tmp_path: Path) -> None:
    """An error page in words describes no portal; what it is stands in the message."""
    with PageServer({"/": Page(NO_HOMES[obstacle].encode(), headers=(HTML_UTF8,))}) as server:
        done = run_scrapy("crawl", "discover", "-a", f"url={server.url()}", archive=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"no home page: {obstacle}" in done.stderr
    assert not (tmp_path / "portals").exists()


def test_a_home_page_that_only_a_script_fills_is_said_to_be_one(tmp_path: Path) -> None:
    """Where nothing was found because a browser would be needed, the portal file says it."""
    with PageServer({"/": page('<div id="app"></div><script src="/app.js"></script>')}) as server:
        done = run_scrapy("crawl", "discover", "-a", f"url={server.url()}", archive=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "portals" / "discovered" / "127.0.0.1.toml").read_text("utf-8")
    assert "# its home page shows no links: needs_js" in text


def test_hosts_of_the_reports_found_may_be_asked(tmp_path: Path) -> None:
    """A list of reports on hosts of the government's departments makes these hosts the portal's."""
    names = {"TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver"}
    with PageServer({}, name="www.example.test") as server:
        jyj = server.url("/r1").replace("www.", "jyj.")
        elsewhere = server.url("/r2").replace("www.example", "www.another")
        server.pages |= {
            "/": page('<a href="/nb/">政府信息公开年报</a>'),
            "/nb/": page(f"<ul>{row(jyj, 2019)}{row(elsewhere, 2018)}</ul>"),
            "/r1": page("<p>2019年收到申请3件。</p>"),
        }
        for spider, argument in (
            ("discover", f"url={server.url()}"),
            ("reports", "group=discovered"),
        ):
            done = run_scrapy("crawl", spider, "-a", argument, archive=tmp_path, settings=names)
            assert done.returncode == 0, done.stderr
        assert server.paths()[-1] == "/r1"
    assert "www.another.test" in done.stderr  # a person may add it to the portal file
    portals, _ = read_portals([tmp_path / "portals"])
    assert portals[0].hosts == {"example.test", "www.example.test", "jyj.example.test"}


def test_columns_are_not_lost_by_a_worse_day(tmp_path: Path) -> None:
    """Where a later search lacks columns and pages could not be had, the portal file stays."""
    with PageServer(dict(SITE)) as server:
        for broken in (None, "/jyj/", "/nothing"):
            if broken is not None:
                server.pages = SITE | {broken: Page(b"busy", 503)}
            done = run_scrapy("crawl", "discover", "-a", f"url={server.url()}", archive=tmp_path)
            assert done.returncode == 0, done.stderr
            (portal,), _ = read_portals([tmp_path / "portals"])
            assert len(portal.columns) == 2
            new = tmp_path / "portals" / "discovered" / "127.0.0.1.toml.new"
            assert new.exists() is (broken is not None)
            assert ("127.0.0.1.toml.new" in done.stderr) is (broken == "/jyj/")


def test_two_homes_on_one_host_are_refused(tmp_path: Path) -> None:
    """One host is one portal: the second home page is not dropped without a word."""
    urls = "url=http://a.test/jyj/,http://www.a.test/czj/"
    done = run_scrapy("crawl", "discover", "-a", urls, archive=tmp_path)
    assert done.returncode == 2
    assert "http://www.a.test/czj/" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["-a", "url=ftp://x/"], ["-a", "url=http://x:99999/"], ["-a", "portal=nowhere"]],
)
def test_discover_wants_an_address_or_a_portal(tmp_path: Path, arguments: list[str]) -> None:
    """Without either, or with something that is none, the status is 2."""
    done = run_scrapy("crawl", "discover", *arguments, archive=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
