"""The portal farm: what each family's server answers to what the family's own pages would ask."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from urllib.parse import quote, urlencode, urljoin

import pytest
from lxml import html

from archive.reading import read
from crawler.demo import farm
from crawler.demo.farm import FarmPortal
from crawler.demo.farm.web import Answer, Ask, Site, ask_for
from parsers.gkmlpt import find_detail

PORTALS = {portal.host: portal for portal in farm.portals()}


@cache
def sites_of(host: str) -> Mapping[str, Site]:
    """Return the sites of one portal, made once."""
    return farm.sites([PORTALS[host]])


def get(url: str, referer: str = "") -> Answer:
    """Return the answer to a GET."""
    ask = ask_for(url)
    home = next(one.host for one in PORTALS.values() if ask.host in one.hosts)
    headers = {"Referer": referer} if referer else {}
    return sites_of(home)[ask.host].answer(Ask(ask.host, ask.path, ask.query, {}, headers))


def text(url: str, referer: str = "") -> str:
    """Return the answer to a GET as text."""
    answer = get(url, referer)
    return answer.body.decode("utf-8" if "UTF-8" in answer.content_type.upper() else "gb18030")


def links(url: str, page: str) -> list[str]:
    """Return the addresses of the links of a list or a fragment of one."""
    hrefs = html.fromstring(page).xpath("//a/@href")
    return [_plain(urljoin(base_of(url, page), href)) for href in hrefs]


def base_of(url: str, page: str) -> str:
    """Return the address upon which the links of a page stand."""
    return urljoin(url, next(iter(html.fromstring(page).xpath("//base/@href")), ""))


def _plain(url: str) -> str:
    url = re.sub(r";jsessionid=\w+|[?&]rnd=[\d.]+", "", url.replace("https://", "http://"))
    return url.partition("#")[0]


# ---- each family's own way through its lists --------------------------------------------------


def numbered_pages(column: str) -> Iterator[str]:
    """Follow createPageHTML as its script does, in either signature."""
    first = text(column)
    yield from links(column, first)
    call = re.search(
        r"createPageHTML\(('page_div', ?)?(\d+), ?(\d), ?['\"](\w+)['\"], ?['\"](\w+)", first
    )
    assert call is not None
    container, pages, start, base, ending = call.groups()
    assert start == ("1" if container else "0")
    for number in range(1, int(pages)):
        url = urljoin(base_of(column, first), f"{base}_{number + int(start)}.{ending}")
        yield from (*links(url, text(url)), *links(url, text(url)))  # it may be empty at first


def written_out_pages(column: str) -> Iterator[str]:
    """Follow the older script, which writes its links itself."""
    first = text(column)
    yield from links(column, first)
    pages = re.search(r"countPage=(\d+)", first)
    assert pages is not None
    for number in range(1, int(pages[1])):
        url = urljoin(column, f"xlist_{number}.htm")
        yield from links(url, text(url))


def counted_pages(name: str, start: int) -> Callable[[str], Iterator[str]]:
    """Return a way that counts a parameter up from ``start`` until the declared end."""

    def follow(column: str) -> Iterator[str]:
        pages = re.search(r"(?:共|\d/)(\d+)页|共(\d+)条</span>", text(column))
        assert pages is not None
        count = int(pages[1]) if pages[1] else -(-int(pages[2]) // 6)
        for number in range(start, start + count):
            url = f"{column}&{name}={number}"
            yield from links(url, text(url))

    return follow


def onward_pages(column: str) -> Iterator[str]:
    """Follow the link to the next page until it leads nowhere new."""
    url, seen = column, set()
    while url not in seen:
        seen.add(url)
        page = text(url)
        yield from links(url, page)
        tree = html.fromstring(page)
        url = urljoin(url, tree.xpath("//a[text()='下页']/@href")[0])


def proxied(column: str) -> Iterator[str]:
    """Ask the new Hanweb proxy for groups of three pages of records."""
    page = text(column)
    total = int(re.search(r"totalRecord:(\d+)", page)[1])  # type: ignore[index]
    size = int(re.search(r"perPage:(\d+)", page)[1])  # type: ignore[index]
    given = dict(re.findall(r"(\w+):'([^']*)'", re.search(r"ajaxParam:\{(.*?)\}", page)[1]))  # type: ignore[index]
    for first in range(1, total + 1, size * 3):
        asked = {"startrecord": first, "endrecord": first + size * 3 - 1, "perpage": size, **given}
        url = urljoin(column, f"/module/web/jpage/dataproxy.jsp?{urlencode(asked)}")
        yield from _records(column, text(url))


def proxied_by_page(column: str) -> Iterator[str]:
    """Ask a Hanweb proxy page by page, with a Referer."""
    page = text(column)
    proxy = re.search(r"proxyUrl:'([^']+)'", page)[1]  # type: ignore[index]
    total = int(re.search(r"totalRecord:(\d+)", page)[1])  # type: ignore[index]
    size = int(re.search(r"perPage:(\d+)", page)[1])  # type: ignore[index]
    given = dict(re.findall(r"(\w+):'([^']*)'", re.search(r"ajaxParam:\{(.*?)\}", page)[1]))  # type: ignore[index]
    for number in range(1, -(-total // size) + 1):
        url = urljoin(column, f"{proxy}?{urlencode({'page': number, **given})}")
        yield from _records(column, text(url, referer=column))


def _records(column: str, page: str) -> Iterator[str]:
    shown = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    for record in re.findall(r"<record><!\[CDATA\[(.*?)\]\]></record>", shown, re.DOTALL):
        yield from links(column, record)


def built_units(column: str) -> Iterator[str]:
    """Ask jpaas for its pages by paramJson."""
    page = text(column)
    data = dict(re.findall(r"'(\w+)':'([^']*)'", re.search(r'queryData="([^"]*)"', page)[1]))  # type: ignore[index]
    unit = re.search(r' url="([^"]*)"', page)[1]  # type: ignore[index]
    number, count = 0, 1
    while number * 15 < count:
        number += 1
        asked = data | {"paramJson": json.dumps({"pageNo": number, "pageSize": 15})}
        answer = json.loads(text(urljoin(column, f"{unit}?{urlencode(asked)}")))
        fragment = answer["data"]["html"]
        count = int(re.search(r'count="(\d+)"', fragment)[1])  # type: ignore[index]
        yield from links(column, fragment)


def api_articles(column: str) -> Iterator[str]:
    """Ask the API of gkmlpt for the category of the address."""
    index, _, category = column.partition("#")
    sid = re.search(r"SID: '(\d+)'", text(index))[1]  # type: ignore[index]
    number, total = 0, 1
    while number * 100 < total:
        number += 1
        url = f"{index.removesuffix('/index')}/api/all/{category}?page={number}&sid={sid}"
        answer = json.loads(text(url))
        total = answer["total"]
        yield from (article["url"] for article in answer["articles"])


def posted_search(column: str) -> Iterator[str]:
    """Post the form of an xxgk page, page by page."""
    tree = html.fromstring(text(column))
    form = {
        field.get("name"): field.get("value")
        for field in tree.xpath("//form[@method='post']//input")
    }
    number, pages = 0, 1
    while number < pages:
        number += 1
        ask = ask_for(urljoin(column, "/module/xxgk/search.jsp"), form | {"currpage": str(number)})
        fragment = sites_of(ask.host)[ask.host].answer(ask).body.decode()
        pages = int(re.search(r"共(\d+)页", fragment)[1])  # type: ignore[index]
        yield from links(column, fragment)


def searched(column: str) -> Iterator[str]:
    """Read the lines of the page, the others from the search that its script names."""
    page = text(column)
    yield from links(column, page)
    script = re.search(r'"(/was5/web/search\?channelid=\d+&searchword=&page=)"\+n\+"([^"]*)"', page)
    assert script is not None
    for number in range(2, int(re.search(r"共(\d+)页", page)[1]) + 1):  # type: ignore[index]
        yield from links(column, text(urljoin(column, f"{script[1]}{number}{script[2]}")))


WAYS: dict[str, Callable[[str], Iterator[str]]] = {
    "www.pinghu.test": numbered_pages,
    "www.changfeng.test": numbered_pages,
    "www.rugao.test": written_out_pages,
    "www.tonglu.test": searched,
    "www.anji.test": numbered_pages,
    "www.pengzhou.test": numbered_pages,
    "www.yongchun.test": numbered_pages,
    "www.tengzhou.test": numbered_pages,
    "www.guixi.test": numbered_pages,
    "www.laixi.test": numbered_pages,
    "www.haiyan.test": proxied,
    "www.zouping.test": proxied_by_page,
    "www.xinghua.test": proxied_by_page,
    "www.jinyun.test": posted_search,
    "www.jurong.test": built_units,
    "www.gaoyao.test": api_articles,
    "www.sihui.test": api_articles,
    "www.feixi.test": counted_pages("pageIndex", 1),
    "www.wuyuan.test": counted_pages("page", 1),
    "www.linzhou.test": counted_pages("PageNo", 0),
    "www.qianan.test": counted_pages("PageNo", 1),
    "www.menghai.test": onward_pages,
}


@pytest.mark.parametrize("host", WAYS)
def test_the_lists_hold_every_planted_report(host: str) -> None:
    """Going through its columns as a portal's own scripts do shows the address of each report."""
    portal = PORTALS[host]
    listed = {url for column in portal.columns for url in WAYS[host](column)}
    assert {report.url for report in portal.reports} <= listed


@pytest.mark.parametrize("host", ["www.pinghu.test", "www.yongchun.test", "www.jurong.test"])
def test_a_static_page_past_the_end_is_missing(host: str) -> None:
    """A list page number that no page has answers as the portal answers what is missing."""
    column = next(url for url in PORTALS[host].columns)
    assert get(urljoin(column, "index_99.shtml")).status == 404


def test_pages_past_the_end_may_repeat_the_last() -> None:
    """On a portal with that quirk the pages after the last one show its lines again."""
    column = PORTALS["www.changfeng.test"].columns[1]
    pages = int(re.search(r"createPageHTML\((\d+)", text(column))[1])  # type: ignore[index]
    last, beyond = (text(urljoin(column, f"index_{n}.html")) for n in (pages - 1, pages))
    assert links(column, last) == links(column, beyond)


def test_an_old_server_answers_past_the_end_with_the_last_page() -> None:
    """ASP lists know no page past the end: they show the last one, with status 200."""
    column = PORTALS["www.wuyuan.test"].columns[0]
    assert text(f"{column}&page=5") == text(f"{column}&page=77")


def test_index_1_may_be_page_1_again() -> None:
    """The second file of a list may repeat the first, so that page 2 is the third file."""
    column = PORTALS["www.zhucheng.test"].columns[0]
    first, again, second = (
        links(column, text(urljoin(column, file))) for file in ("", "index_1.html", "index_2.html")
    )
    assert first == again
    assert (
        not {report.url for report in PORTALS["www.zhucheng.test"].reports}
        & set(first)
        & set(second)
    )


def test_a_page_may_be_empty_when_first_asked_for() -> None:
    """Page 2 of a list with that quirk has no lines at first and its lines afterwards."""
    fresh = farm.sites([PORTALS["www.changfeng.test"]])["www.changfeng.test"]
    ask = ask_for(urljoin(PORTALS["www.changfeng.test"].columns[1], "index_1.html"))
    empty, full = (fresh.answer(ask).body.count(b'<a href="./20') for _ in range(2))
    assert (empty, full) == (0, 10)


def test_a_proxy_that_counts_pages_ignores_records() -> None:
    """Such a proxy answers startrecord with its first page."""
    column = PORTALS["www.xinghua.test"].columns[1]
    given = f"columnid=203&unitid={203 * 1000 + 7}"
    proxy = urljoin(column, "/module/web/jpage/dataproxy.jsp")
    plain, asked = (text(f"{proxy}?{given}{more}") for more in ("", "&startrecord=16&endrecord=30"))
    assert plain == asked


def test_a_proxy_may_want_a_referer() -> None:
    """Without one the old proxy answers, but with no record."""
    column = PORTALS["www.zouping.test"].columns[0]
    url = urljoin(column, "/module/jslib/jquery/jpage/dataproxy.jsp?page=1&unitid=201007")
    assert list(_records(column, text(url))) == []
    assert len(list(_records(column, text(url, referer=column)))) == 15


def test_an_old_proxy_hides_a_record_in_a_comment() -> None:
    """The answer has no root and a record that no browser would show."""
    column = PORTALS["www.zouping.test"].columns[0]
    url = urljoin(column, "/module/jslib/jquery/jpage/dataproxy.jsp?page=1&unitid=201007")
    answer = text(url, referer=column)
    assert "<datastore>" not in answer
    assert re.search(r"<!-- <record>.*</record> -->", answer)


def test_a_greedy_range_gets_nothing() -> None:
    """A proxy asked for more than a hundred records at once gives none."""
    column = PORTALS["www.haiyan.test"].columns[0]
    proxy = urljoin(column, "/module/web/jpage/dataproxy.jsp?unitid=201007")
    assert "<record>" not in text(f"{proxy}&startrecord=1&endrecord=500&perpage=500")


def test_jpaas_ignores_a_bare_page_number() -> None:
    """Only paramJson turns the page."""
    unit = "http://www.jurong.test/api-gateway/jpaas-publish-server/front/page/build/unit"
    given = f"?parseType=bulidstatic&tagId={quote('当前栏目_list201')}"
    first, bare = (json.loads(text(unit + given + more)) for more in ("", "&pageNo=2"))
    turned = json.loads(text(unit + given + "&paramJson=" + quote('{"pageNo":2,"pageSize":15}')))
    assert first == bare != turned


def test_gkmlpt_answers_only_to_its_own_sid() -> None:
    """The API of a site gives no articles for the id of another."""
    url = "http://www.sihui.test/gkmlpt/api/all/201?page=1&sid="
    assert json.loads(text(url + "1"))["articles"] == []
    assert len(json.loads(text(url + "755001"))["articles"]) == 100


def test_a_gkmlpt_page_holds_its_document_in_a_script() -> None:
    """The body of a report stands as escaped JSON in _CONFIG.DETAIL, nowhere in the markup."""
    page = text(PORTALS["www.gaoyao.test"].reports[-1].url)
    detail = find_detail(page)
    assert detail is not None
    assert "政府信息公开" in detail.content
    assert "<td" not in page


def test_xxgk_lists_answer_post_only() -> None:
    """A GET of the search finds nothing."""
    assert "没有检索到" in text("http://www.jinyun.test/module/xxgk/search.jsp?infotypeId=A0301")


@pytest.mark.parametrize("year", [2012, 2018, 2024])
def test_the_annual_report_module_shows_one_year_a_page(year: int) -> None:
    """xxgkAnnualReport.jsp lists the report of the year that fbtime names."""
    portal = PORTALS["www.jinyun.test"]
    tree = html.fromstring(text("http://www.jinyun.test/zwgk/"))
    frame = tree.xpath("//iframe/@src")[0]
    module = next(
        url
        for url in links(portal.home, text(urljoin(portal.home, frame)))
        if "AnnualReport" in url
    )
    shown = set(links(portal.home, text(f"{module}&fbtime={year}")))
    own = {report.url: report.year for report in portal.reports if report.subject == portal.name}
    assert [own[url] for url in shown & own.keys()] == [year]


# ---- quirks -----------------------------------------------------------------------------------


def test_links_stand_on_the_base_of_the_page() -> None:
    """With <base href> the links of a list mean other addresses than the list's own would."""
    column = PORTALS["www.anji.test"].columns[0]
    page = text(column)
    assert re.search(r'<base href="http://www\.anji\.test/zwgk/xxgknb/">', page)
    assert re.search(r'<a href="20\d{4}/t', page)
    assert not column.startswith("http://www.anji.test/zwgk/")


def test_twins_mix_http_and_https() -> None:
    """The lines of such a list lead to both schemes, and both show the same page."""
    page = text(PORTALS["www.guixi.test"].columns[0])
    schemes = set(re.findall(r'href="(https?)://www\.guixi\.test/zwgk/xxgknb/20', page))
    assert schemes == {"http", "https"}


@pytest.mark.parametrize(
    ("host", "pattern"),
    [("www.xinmi.test", r";jsessionid=\w+"), ("www.laixi.test", r"\?rnd=[\d.]+")],
)
def test_addresses_change_on_every_visit(host: str, pattern: str) -> None:
    """Session ids and random parameters differ from visit to visit; the page is the same."""
    column = PORTALS[host].columns[0]
    first, second = (re.findall(rf'href="([^"]*{pattern}[^"]*)"', text(column)) for _ in range(2))
    assert first[0] != second[0]
    assert get(urljoin(column, first[0])).reports == get(urljoin(column, second[0])).reports != ()


def test_a_calendar_has_no_end() -> None:
    """Every month leads to the one after it."""
    url = "http://www.laixi.test/calendar.jsp?y=2025&m=12"
    for _ in range(3):
        url = links(url, text(url).partition("下一月")[0])[-1]
    assert url.endswith("y=2026&m=3")


def test_old_reports_may_carry_the_day_of_a_move() -> None:
    """A migrated report prints the day of the migration, in the list and as PubDate."""
    old = next(one for one in PORTALS["www.anji.test"].reports if one.year == 2013)
    assert '<meta name="PubDate" content="2019-06-28' in text(old.url)


def test_a_home_page_may_be_a_frameset() -> None:
    """The first page holds frames, the menus stand in one of them."""
    frames = html.fromstring(text("http://www.shexian.test/")).xpath("//frame/@src")
    assert frames == ["/top.htm", "/main.htm"]
    assert "政府信息公开" in text("http://www.shexian.test/main.htm")


@pytest.mark.parametrize(
    ("url", "sign"),
    [
        (
            "http://www.qianan.test/",
            '<meta http-equiv="refresh" content="0;url=/portal/index.html">',
        ),
        ("http://www.guixi.test/", 'window.location.href="/web/main.html"'),
        ("http://www.rugao.test/zwgk/gknb.html", "CONTENT='1; URL=/zwgk/gknb/xlist.htm'"),
        ("http://www.zhucheng.test/zwgk/xxgknb.html", "location.replace('/zwgk/xxgknb/')"),
        (
            "http://www.shexian.test/zwgk/xxgknb/zfnb.html",
            '<iframe id="listframe" src="/xxgk/list.asp',
        ),
    ],
)
def test_doors_lead_on_by_refresh_script_and_frame(url: str, sign: str) -> None:
    """Pages that only lead on do so in the ways of old sites."""
    assert sign in text(url)


def test_a_door_may_redirect_by_status() -> None:
    """The address in the menu is answered with 301."""
    answer = get("http://www.qianan.test/zwgk/xxgknb.html")
    assert (answer.status, answer.headers) == (
        301,
        (("Location", "http://www.qianan.test/index.php?cid=201"),),
    )


@pytest.mark.parametrize(
    ("host", "status", "sign"),
    [
        ("www.pinghu.test", 404, "您访问的页面不存在"),
        ("www.rugao.test", 200, "您访问的页面不存在"),
        ("www.anji.test", 302, ""),
        ("www.tengzhou.test", 200, "政务要闻"),
    ],
)
def test_a_dead_report_is_answered_as_the_portal_does(host: str, status: int, sign: str) -> None:
    """A report that is listed and gone gives 404, an error page with 200, or the home page."""
    dead = PORTALS[host].dead[0]
    answer = get(dead)
    assert (answer.status, answer.reports) == (status, ())
    assert sign in answer.body.decode("gb18030" if host == "www.rugao.test" else "utf-8")


def test_counted_visits_change_a_page() -> None:
    """The number of visits goes up with each."""
    url = PORTALS["www.laixi.test"].reports[0].url
    first, second = (re.search(r'"readcount">(\d+)<', text(url)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert int(first[1]) < int(second[1])


def test_cut_titles_stand_whole_in_an_attribute() -> None:
    """A list with short lines says the whole title in title=."""
    page = text(PORTALS["www.tengzhou.test"].columns[0])
    cut = re.findall(r'title="([^"]+)">([^<]+)…</a>', page)
    assert cut
    assert all(whole.startswith(shown) for whole, shown in cut)


def test_a_compilation_shows_the_reports_of_many_bodies() -> None:
    """One page is the report of six bodies."""
    portal = PORTALS["www.linzhou.test"]
    many = [report for report in portal.reports if report.medium == "compilation"]
    assert len(many) == len({report.subject for report in many}) == 6
    assert len(get(many[0].url).reports) == 6


def test_a_gbk_page_may_not_say_so() -> None:
    """An old portal announces no charset in its header and gb2312 in its page."""
    answer = get(PORTALS["www.wuyuan.test"].columns[0])
    assert answer.content_type == "text/html"
    assert "政府信息公开" in answer.body.decode("gb18030")


@pytest.mark.parametrize(("medium", "least"), [("attachment", 200_000), ("image", 300_000)])
def test_files_weigh_what_real_ones_do(medium: str, least: int) -> None:
    """Scans and PDF files have hundreds of kilobytes, so that shares of bytes mean something."""
    files = {
        file
        for portal in PORTALS.values()
        for report in portal.reports
        if report.medium == medium
        for file in report.files
    }
    assert files
    assert all(least < len(get(file).body) < 500_000 for file in files)


# ---- what is planted can be read --------------------------------------------------------------


def reports_to_read() -> list[tuple[str, str]]:
    """Return one report of every medium and form of every portal, by host and key."""
    chosen: dict[tuple[str, str, int], tuple[str, str]] = {}
    for portal in PORTALS.values():
        for report in portal.reports:
            era = sum(report.year >= start for start in (2014, 2019, 2021))
            if report.medium in {"html", "pdf"}:
                chosen.setdefault((portal.host, report.medium, era), (portal.host, report.key))
    return list(chosen.values())


@pytest.mark.parametrize(("host", "key"), reports_to_read())
def test_a_planted_page_reads_as_its_report(host: str, key: str) -> None:
    """Pages and files of every portal and form are read as the report that they are."""
    report = next(one for one in PORTALS[host].reports if one.key == key)
    answer = get(report.url)
    found = read(answer.body, content_type=answer.content_type, name=report.url).report
    assert (found.kind, found.year) == ("annual_report", report.year)


@pytest.mark.parametrize("medium", ["attachment", "docx", "viewer", "window_open"])
def test_an_attached_file_holds_the_report(medium: str) -> None:
    """The file of a report that is only an attachment is read as that report."""
    report = next(
        one for portal in PORTALS.values() for one in portal.reports if one.medium == medium
    )
    assert report.files[0].partition(".test")[2] in text(report.url)
    answer = get(report.files[0])
    found = read(answer.body, content_type=answer.content_type, name=report.files[0]).report
    assert (found.kind, found.year) == ("annual_report", report.year)


def test_an_attached_sheet_holds_the_tables() -> None:
    """The Excel file beside a report's text has the numbers of its form."""
    report = next(
        one for portal in PORTALS.values() for one in portal.reports if one.medium == "xlsx"
    )
    answer = get(report.files[0])
    read_out = read(answer.body, content_type=answer.content_type, name=report.files[0]).report
    assert read_out.form == "national_2014"
    assert len(read_out.statistics) > 50


def test_noise_is_no_report() -> None:
    """No page that stands among the reports without being one shows a planted report."""
    portal: FarmPortal = PORTALS["www.menghai.test"]
    planted = {report.url for report in portal.reports}
    others = [url for url in links(portal.columns[0], text(portal.columns[0])) if "content_" in url]
    noise = [url for url in others if url not in planted]
    assert noise
    assert all(get(url).reports == () for url in noise)
