"""The lists of the CMS families: what each says, and which request brings its next page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import unquote

import pytest

from crawler.listings import FAMILIES, ListItem, ListSource, Step, first_step, read_list
from crawler.listings.addresses import clean_url, identity, shown_file
from crawler.listings.families import families, recognise
from crawler.listings.gkmlpt import find_columns
from crawler.portals import Column
from crawler.walk import Walk

HOST = "http://www.example.gov.cn"


def title(year: int) -> str:
    """Return the title of a report."""
    return f"某某区{year}年政府信息公开工作年度报告"


def li(year: int) -> str:
    """Return a row of a list."""
    return f"<li><a href='/art/{year}.html'>{title(year)}</a><span>{year + 1}-01-15</span></li>"


def items(*years: int) -> tuple[ListItem, ...]:
    """Return what such rows say."""
    return tuple(ListItem(f"{HOST}/art/{y}.html", title(y), f"{y + 1}-01-15") for y in years)


@dataclass
class Server:
    """A made-up server: answers by step, and what was asked."""

    answers: dict[str, str]
    asked: list[Step]

    def answer(self, step: Step) -> str | None:
        """Return the first answer whose key is in the request."""
        self.asked.append(step)
        request = unquote(f"{step.url} {step.form or ''} ")
        return next((text for key, text in self.answers.items() if key in request), None)


def walk(column: str, answers: dict[str, str], family: str = "auto") -> tuple[Walk, Server]:
    """Return the walk of a column over a server."""
    done, server = Walk("p", Column(column, family), 20), Server(answers, [])
    step: Step | None = done.first_step()
    while step is not None:
        text = server.answer(step)
        if text is None:
            done.miss("unreachable", "HTTP 404")
        else:
            source = ListSource(text, step.url, "utf-8", step, done.declared)
            done.take(read_list(family, source))
        step = done.next_step()
    return done, server


# Hanweb

NEW_PAGE = (
    "<div id='42'></div><script type='text/xml'><datastore><recordset>{records}</recordset>"
    "</datastore></script><script>$('#42').jpage({{totalRecord:{total}, perPage:2, groupSize:1,"
    "proxyUrl:'/module/web/jpage/dataproxy.jsp',\n ajaxParam:{{col:1,webid:3,path:'/',columnid:282,"
    "unitid:42,webname:'某某'}}}});</script>"
)
HANWEB = f"{HOST}/col/col282/index.html"


def records(*years: int) -> str:
    """Return records of a Hanweb list."""
    return "".join(f"<record><![CDATA[{li(year)}]]></record>" for year in years)


def test_hanweb_is_asked_for_the_entries_after_those_in_the_page() -> None:
    """A proxy that counts entries is asked from the first missing one on, with its Referer."""
    page = NEW_PAGE.format(records=records(2019, 2018), total=5)
    done, server = walk(
        HANWEB,
        {
            "startrecord=3": f"<totalrecord>5</totalrecord><recordset>{records(2017, 2016)}",
            "startrecord=5": f"<datastore>{records(2015)}&nbsp;</datastore>",
            "index.html": page,
        },
    )
    assert (done.outcome, len(done.seen), len(server.asked)) == ("complete", 5, 3)
    second = server.asked[1]
    assert second.referer == HANWEB
    assert "columnid=282&unitid=42" in second.url
    assert second.url.endswith("startrecord=3&endrecord=4&perpage=2")


def test_hanweb_is_asked_by_page_where_it_ignores_entries() -> None:
    """A proxy that answers a range with the first entries again is then asked by page."""
    page = NEW_PAGE.format(records=records(2019, 2018), total=5)
    done, server = walk(
        HANWEB,
        {
            "startrecord": records(2019, 2018),
            "page=2 ": records(2017, 2016),
            "page=3 ": records(2015),
            "index.html": page,
        },
    )
    assert (done.outcome, len(done.seen)) == ("complete", 5)
    assert len(server.asked) == 4


def test_hanweb_of_old_keeps_its_entries_in_a_script() -> None:
    """An array of strings is read; a record that the site has commented out is not."""
    rows = ",".join(f'"{li(year)}"' for year in (2012, 2011))
    page = (
        f"<script>var InitData7 = [{rows}];\n$('#7').jpage({{dataStore:InitData7,totalRecord:3,"
        "perPage:2,proxyUrl:'/module/jslib/jquery/jpage/dataproxy.jsp',ajaxParam:{unitid:7}});"
        "</script>"
    )
    answer = f"<!-- {records(1999)} --><recordset>{records(2010)}</recordset>"
    done, _ = walk(HANWEB, {"dataproxy": answer, "index.html": page})
    assert done.outcome == "complete"
    assert len(done.seen) == 3
    assert all(identity(f"{HOST}/art/{year}.html") in done.seen for year in (2012, 2011, 2010))


# jpaas

JPAAS = f"{HOST}/col/col9/index.html"
JPAAS_PAGE = (
    "<div class='unit' queryData=\"{'webId':'3','pageId':'9','parseType':'bulidstatic',"
    "'tagId':'列表','tplSetId':'x'}\" url=\"/api-gateway/jpaas-publish-server/front/page/build/unit\">"
)


def jpaas_answer(*years: int) -> str:
    """Return an answer of the publish server: HTML in JSON."""
    rows = "".join(map(li, years))
    html = f'<ul>{rows}</ul><div class=\\"pagination\\" rows=\\"2\\" count=\\"3\\"></div>'
    return f'{{"success":true,"data":{{"html":"{html}"}}}}'


def test_jpaas_is_paged_by_json_in_a_parameter() -> None:
    """The piece named in the page is built page by page until its count is reached."""
    done, server = walk(
        JPAAS,
        {
            '"pageNo":1': jpaas_answer(2019, 2018),
            '"pageNo":2,"pageSize":2': jpaas_answer(2017),
            "index.html": JPAAS_PAGE,
        },
    )
    assert (done.outcome, done.declared, len(done.seen)) == ("complete", 3, 3)
    assert "webId=3&pageId=9" in server.asked[1].url
    assert len(server.asked) == 3


# gkmlpt

GKMLPT = f"{HOST}/gkmlpt/index"
TREE = (
    '<script>window._CONFIG = { SID: \'755001\', TREE: [ {"id":1,"name":"政策文件","children":[]},'
    ' {"id":2811,"name":"政府信息公开年报","jump_url":"","post_count":3},'
    ' {"id":2900,"name":"政府网站年报"} ], };</script>'
)
ARTICLES = (
    '{"classify":{"id":2811,"post_count":1},"total":1,"articles":[{"id":1,"title":"%s",'
    '"url":"http:\\/\\/www.example.gov.cn\\/art\\/2019.html","first_publish_time":1579104000}]}'
)


def test_gkmlpt_gives_the_categories_of_annual_reports() -> None:
    """The tree's category of annual reports is a list of the API; those of web sites are not."""
    (column,) = find_columns(ListSource(TREE, GKMLPT))
    assert column.name == "政府信息公开年报"
    assert column.url == f"{HOST}/gkmlpt/api/all/2811?page=1&sid=755001"


def test_gkmlpt_lists_come_as_json() -> None:
    """Titles, addresses and Beijing dates are read from the API, which the page leads to."""
    done, _ = walk(GKMLPT, {"/api/all/2811": ARTICLES % title(2019), "index": TREE})
    assert (done.outcome, len(done.seen), done.declared) == ("complete", 1, 1)
    api = f"{HOST}/gkmlpt/api/all/2811?page=1&sid=755001"
    page = read_list("auto", ListSource(ARTICLES % title(2019), api))
    assert page.items == (ListItem(f"{HOST}/art/2019.html", title(2019), "2020-01-16"),)


# Hanweb xxgk

SEARCH = f"{HOST}/module/xxgk/search.jsp?infotypeId=A02&area=11331100"


def search_page(number: int, *years: int) -> str:
    """Return an answer of the search: rows of a table, and the number of pages."""
    rows = "".join(
        f"<tr class='tr_main_value_odd'><td><a href='/art/{y}.html'>{title(y)}</a></td>"
        f"<td>{y + 1}-01-15</td></tr>"
        for y in years
    )
    return f"<a href='/help.html'>如何使用本目录</a><table>{rows}</table>第{number}页 共2页"


def test_xxgk_is_asked_by_posting_its_form() -> None:
    """A column written as an address becomes a POST of the search form, page by page."""
    answers = {"currpage=1&": search_page(1, 2019, 2018), "currpage=2&": search_page(2, 2017)}
    done, server = walk(SEARCH, answers, "xxgk")
    assert (done.outcome, len(done.seen)) == ("complete", 3)
    assert [
        ("currpage=2&" in (s.form or ""), "area=11331100" in (s.form or "")) for s in server.asked
    ] == [
        (False, True),
        (True, True),
    ]
    assert first_step("xxgk", f"{HOST}/col/index.html") == Step(f"{HOST}/col/index.html")


def test_the_annual_report_module_is_asked_year_by_year() -> None:
    """A year without a report is not the end; before 2008 there is nothing to ask for."""
    module = f"{HOST}/module/xxgk/xxgkAnnualReport.jsp?area=11331100"
    years = [2012, 2011, 2009]
    answers = {f"fbtime={year} ": f"<ul>{li(year)}</ul>" for year in years}
    answers |= {f"fbtime={year} ": "<ul></ul>" for year in (2010, 2008)}
    done, server = walk(f"{module}&fbtime=2012", answers, "xxgk")
    assert len(done.seen) == 3
    asked = [step.url.rpartition("=")[2] for step in server.asked]
    assert list(dict.fromkeys(asked)) == ["2012", "2011", "2010", "2009", "2008"]


# Lonsun, TRS with a search server, plain pages

LONSUN = f"{HOST}/public/column/001?type=4&catId=201&action=list"


def test_lonsun_is_counted_on_until_nothing_new_comes() -> None:
    """Rows whose date stands in a list item of its own are read; the page number is counted on."""
    row = "<ul><li class='mc'><a href='/public/001/{0}.html'>{1}</a></li><li>{2}-01-15</li></ul>"
    pages = [row.format(y, title(y), y + 1) for y in (2019, 2018)]
    menu = "<a href='/zwgk/zn.html'>政府信息公开指南</a>"
    done, server = walk(
        LONSUN,
        {"pageIndex=2": menu + pages[1], "pageIndex=3": menu + pages[1], "column": menu + pages[0]},
    )
    assert (done.outcome, len(done.seen), len(server.asked)) == ("complete", 2, 3)


def test_the_search_server_has_the_other_half_of_a_list() -> None:
    """A script that writes out the search address leads on from the static first page."""
    page = (
        f"<ul>{li(2019)}</ul>共3条<script>$.get('/was5/web/search?channelid=29&page='+n+'&perpage=1',"
        "function(d){});</script>"
    )
    answers = {"page=2": f"<ul>{li(2018)}</ul>", "page=3": f"<ul>{li(2017)}</ul>"}
    done, _ = walk(f"{HOST}/gknb/", {**answers, "page=4": f"<ul>{li(2017)}</ul>", "gknb": page})
    assert (done.outcome, len(done.seen)) == ("complete", 3)


def test_a_list_may_count_its_pages_from_0() -> None:
    """Where page=1 is the second page, no page is lost or taken for a wrong one."""
    foot = "页次：{0}/3页 <a href='/l.php?c=1&PageNo={1}'>下一页</a>"
    done, _ = walk(
        f"{HOST}/l.php?c=1",
        {
            "PageNo=1": li(2018) + foot.format(2, 2),
            "PageNo=2": li(2017) + foot.format(3, 2),
            "c=1 ": li(2019) + foot.format(1, 1),
        },
    )
    assert (done.outcome, len(done.seen), done.pages) == ("complete", 3, 3)


def test_a_day_with_slashes_is_no_number_of_pages() -> None:
    """A date before 页次 is no page number; the list has the one page that it prints."""
    text = (
        f"<table><tr><td><a href='/a.html'>{title(2019)}</a></td><td>2024/02/20</td></tr></table>"
    )
    page = read_list("generic", ListSource(f"{text}页次：1/1页", HOST))
    assert page.declared_pages == 1


# shells, frames, redirects


LEADS = {
    "inner frame": "<iframe src='/count/visitcount.jsp'></iframe><iframe src='list.html'></iframe>",
    "frames": "<frameset><frame name='left' src='menu.html'><frame name='main' src='list.html'></frameset>",
    "meta refresh": '<meta http-equiv="Refresh" content="0; url=list.html">',
    "script": "<script>window.location.replace('list.html');</script>",
    "menu around a frame": "<a href='/a'>网站首页</a><a href='/b'>联系我们</a><iframe src='list.html'></iframe>",
}


@pytest.mark.parametrize("text", LEADS.values(), ids=LEADS)
def test_a_shell_leads_to_its_list(text: str) -> None:
    """Frames and redirects of a page without a list are followed, counters and menus are not."""
    column = f"{HOST}/gknb/index.html"
    done, server = walk(column, {"list.html": f"<ul>{li(2019)}</ul>", "index.html": text})
    assert done.outcome == "complete"
    assert [step.url for step in server.asked] == [column, f"{HOST}/gknb/list.html"]


def test_a_frame_elsewhere_is_no_lead() -> None:
    """A frame of another host is not the list of this column."""
    source = ListSource("<iframe src='http://ads.example.com/list.html'></iframe>", HOST)
    assert read_list("auto", source).steps == ()


# which family a page is of


def test_every_family_with_a_reader_can_be_read() -> None:
    """The families of the data file and the readers agree."""
    assert {family.name for family in families() if family.reader} | {"generic"} == set(FAMILIES)


UNREAD = {
    "epoint": "<script src='/js/webBuilderCommon.js'></script>",
    "truecms": "<script>var u='/messageController/getMessage.do';</script>",
    "nfcms": "<script>var NFCMS_SITE_ID = 3;</script>",
    "aspx": "<a href=\"javascript:__doPostBack('pager','2')\">2</a>",
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_family_that_nothing_reads_is_named(name: str) -> None:
    """The list of such a family is read as far as it goes, and the walk says what is missing."""
    done, _ = walk(f"{HOST}/list.html", {"list": f"<ul>{li(2019)}</ul>{UNREAD[name]}"})
    assert (done.outcome, done.reason, len(done.seen)) == ("partial", f"needs_adapter:{name}", 1)


def test_a_family_is_known_by_its_address_too() -> None:
    """An answer without any mark is known by the path that gave it."""
    url = f"{HOST}/module/web/jpage/dataproxy.jsp?page=2"
    assert recognise("", url)[0].name == "hanweb"
    assert recognise("<p>政府信息公开</p>", HOST) == ()


# walks


def test_an_empty_page_is_asked_again() -> None:
    """A page that comes empty once is asked for a second time, and the list goes on."""
    walked = Walk("p", Column(f"{HOST}/list.html"), 10)
    first = ListSource(f"<ul>{li(2019)}</ul><a href='2.html'>下一页</a>", f"{HOST}/list.html")
    walked.first_step()
    walked.take(read_list("auto", first))
    second = walked.next_step()
    walked.take(read_list("auto", replace(first, text="<ul></ul>", url=f"{HOST}/2.html")))
    assert walked.next_step() == second
    walked.take(
        read_list("auto", replace(first, text=f"<ul>{li(2018)}</ul>", url=f"{HOST}/2.html"))
    )
    assert walked.next_step() is None
    assert (walked.outcome, len(walked.seen)) == ("complete", 2)


def test_session_ids_do_not_make_a_page_new() -> None:
    """A last page that repeats under new session ids ends the list."""

    def page(session: str) -> str:
        row = li(2019).replace(".html", f".html;jsessionid={session}")
        return f"<ul>{row}</ul><a href='list.jsp;jsessionid={session}?page=2&rnd=0.1{session}99'>下一页</a>"

    done, server = walk(f"{HOST}/list.jsp", {"page=2": page("22"), "list.jsp": page("11")})
    assert (done.outcome, len(done.seen), len(server.asked)) == ("complete", 1, 2)


def test_a_list_that_never_ends_is_left_as_partial() -> None:
    """A calendar whose every page has news stops at the limit and says so."""

    class Calendar(dict[str, str]):
        def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
            self.day = getattr(self, "day", 0) + 1
            row = f"<li><a href='/d{self.day}.html'>第{self.day}天的政务动态</a>2020-01-01</li>"
            return [("", f"{row}<a href='?page={self.day}'>下一页</a>")]

    done, _ = walk(f"{HOST}/calendar.jsp", Calendar())
    assert done.outcome == "partial"
    assert "LIST_PAGES_MAX" in str(done.reason)


ADDRESSES = {
    "http://a.cn/x;jsessionid=1A?b=1": "http://a.cn/x?b=1",
    "http://a.cn/x?PHPSESSID=1&b=1&_=1700000000000": "http://a.cn/x?b=1",
    "http://a.cn/x?t=0.7364512": "http://a.cn/x",
    "http://a.cn/x?id=1700000000000000": "http://a.cn/x?id=1700000000000000",
    "http://a.cn/x?sid=755001#2811": "http://a.cn/x?sid=755001",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_cleans_addresses(url: str) -> None:
    """Session ids, random numbers and fragments go; what names the page stays."""
    assert clean_url(url) == ADDRESSES[url]


def test_http_and_https_are_one_page() -> None:
    """Twins of an address are one document; another path or query is another."""
    assert identity("https://A.gov.cn/x?b=1") == identity("http://a.gov.cn:80/x?b=1")
    assert identity("http://a.gov.cn/x?b=1") != identity("http://a.gov.cn/x?b=2")
    assert identity("http://a.gov.cn/X") != identity("http://a.gov.cn/x")


def test_a_viewer_stands_for_the_file_that_it_shows() -> None:
    """The file in the address of a viewer is taken; other addresses stay."""
    viewer = f"{HOST}/pdfjs/web/viewer.html?file=%2Ffiles%2F2019.pdf"
    assert shown_file(viewer) == f"{HOST}/files/2019.pdf"
    assert shown_file(f"{HOST}/a.html?file=b.pdf") == f"{HOST}/a.html?file=b.pdf"
