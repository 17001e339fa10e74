"""List pages: what is read from them, which links are followed, where a list ends."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.listings import (
    FAMILIES,
    ListItem,
    ListPage,
    ListSource,
    Step,
    is_report_title,
    read_list,
)
from crawler.listings.trs import find_paging
from crawler.portals import Column
from crawler.walk import Walk

COLUMN = "http://www.example.gov.cn/zwgk/gknb/index.html"


def page(*rows: tuple[str, str, str], script: str = "", foot: str = "") -> str:
    """Return a list page of our own: address, title and date per row."""
    items = "".join(
        f'<li><a href="{href}" title="{title}">{title[:12]}…</a><span>{date}</span></li>'
        for href, title, date in rows
    )
    return f"<html><body><a href='/'>首页</a><ul>{items}</ul>{script}{foot}</body></html>"


REPORT_2019 = ("./202001/t20200115_1.html", "某某区2019年政府信息公开工作年度报告", "2020-01-15")
REPORT_2018 = ("./201903/t20190301_2.html", "某某区2018年政府信息公开工作年度报告", "2019/3/1")

WANTED = [
    "某某区2019年政府信息公开工作年度报告",
    "2017年某某区政务公开工作年度报告",
    "某某县教育局二〇一一年信息公开年报",
    "某某县二○○八年政府信息公开年度总结",
    "某某局2020年政府信息公开年度…",
    "某某镇2015年度报告",
    "关于2016年全省政务公开第三方评估情况的通报",
    "某某州2017年政务公开工作要点落实情况的报告",
    "2014年度某某市政府信息公开情况统计表",
    "某某局2019年上半年政府信息公开工作统计",
    "某某局2012年依申请政府信息公开年度报告",
    "某某局2016年政府信息公…",
    "2024年度某某市人民政府政府信息公开…",
    "某某市财政局政府信息公开工作2…",
    " 某某市 2021年 政府信息公开 年报 ",
]
UNWANTED = [
    "政府信息公开年度报告",
    "关于编制2019年政府信息公开工作年度报告的通知",
    "关于做好2017年度政府信息公开工作年度报告编制和发布工作的通知",
    "关于报送2013年政府信息公开年报的通知",
    "国务院办公厅关于政府信息公开工作年度报告格式的通知 2021",
    "某某市政府网站2019年度工作报表",
    "某某区2020年法治政府建设年度报告",
    "2018年国民经济和社会发展统计公报",
    "某某局2019年部门预算",
    "某某局2019年决算信息公开",
    "某某局政府信息公开指南(2020年)",
    "政府信息公开申请表2019",
    "我市2012年政府信息公开年报编制工作获通报表扬",
    "我局召开2019年政府信息公开年度报告编制培训会",
    "2018年政府信息公开工作年度报告解读",
    "政府信息公开…",
    "中华人民共和国政府信息公开条例（学习资料2019…",
    "中华人民共和国政府信息公开条例(2019年修订)",
    "下一页",
    "",
]


@pytest.mark.parametrize("title", WANTED)
def test_follows_reports_and_their_kin(title: str) -> None:
    """A title that names a year and a report, circular or statistics of the work is followed."""
    assert is_report_title(title)


@pytest.mark.parametrize("title", UNWANTED)
def test_leaves_notices_and_foreign_reports(title: str) -> None:
    """Notices about reports, other kinds of reports, rules and forms are not followed."""
    assert not is_report_title(title)


def test_reads_full_titles_and_printed_dates() -> None:
    """A row gives its absolute address, the full title of a cut-off text, and its date as printed."""
    found = read_list("generic", ListSource(page(REPORT_2019, REPORT_2018), COLUMN))
    assert found.items == (
        ListItem(
            "http://www.example.gov.cn/zwgk/gknb/202001/t20200115_1.html",
            "某某区2019年政府信息公开工作年度报告",
            "2020-01-15",
        ),
        ListItem(
            "http://www.example.gov.cn/zwgk/gknb/201903/t20190301_2.html",
            "某某区2018年政府信息公开工作年度报告",
            "2019/3/1",
        ),
    )


def test_honours_base_and_page_encoding() -> None:
    """Links are resolved against <base href> and escaped in the encoding of their page."""
    text = (
        '<html><head><base href="http://old.example.gov.cn/gk/"></head><body>'
        '<a href="show.asp?name=年报">2009年政府信息公开年报</a></body></html>'
    )
    found = read_list("generic", ListSource(text, COLUMN, "gb18030"))
    assert [item.url for item in found.items] == [
        "http://old.example.gov.cn/gk/show.asp?name=%C4%EA%B1%A8"
    ]


# script on page 1 -> pages, number the page prints, files offered as page 2, entries declared
PAGINGS = {
    "TRS": ('createPageHTML(7, 0, "index", "shtml", "black2", 136);', 7, 0, ["1", "2"], 136),
    "UCAP": ("createPageHTML('page_div', 25, 1, 'index', 'html', 500);", 25, 1, ["2", "1"], 500),
    "TRS, no total": ('createPageHTML(3,0,"index","htm");', 3, 0, ["1", "2"], None),
    "one page": ('createPageHTML(1, 0, "index", "html");', 1, 0, [], None),
    "TRS counted from 1": ('createPageHTML(4, 1, "index", "html");', 4, 1, ["2", "1"], None),
    "definition first": (
        (
            "function createPageHTML(_nPageCount,_nCurrIndex,_sPageName,_sPageExt){}"
            'createPageHTML(2,0,"index","html");'
        ),
        2,
        0,
        ["1", "2"],
        None,
    ),
    "written out": (
        (
            "var currentPage=0; var countPage=56; "
            'document.write("<a href=\\"index"+"_"+nextPage+"."+"html\\">下一页</a>");'
        ),
        56,
        0,
        ["1", "2"],
        None,
    ),
}


@pytest.mark.parametrize("case", PAGINGS.values(), ids=PAGINGS)
def test_reads_both_paging_signatures(
    case: tuple[str, int, int, list[str], int | None],
) -> None:
    """The script's arguments give the pages, and the printed number says which file is next."""
    script, pages, current, numbers, total = case
    text = page(REPORT_2019, script=f"<script>{script}</script>")
    found = read_list("auto", ListSource(text, COLUMN))
    assert (found.declared_pages, found.current, found.declared_total) == (pages, current, total)
    files = [step.url.rsplit("/", 1)[1] for step in found.steps]
    assert [name.split(".")[0] for name in files] == [f"index_{number}" for number in numbers]


def test_counts_on_from_a_numbered_trs_page() -> None:
    """The page after index_3 is index_4, whichever number the script calls itself."""
    text = page(script='<script>createPageHTML(7, 3, "index", "html");</script>')
    found = read_list("trs", ListSource(text, COLUMN.replace("index", "index_3")))
    assert [step.url.rsplit("/", 1)[1] for step in found.steps] == ["index_4.html"]


ASP = "http://www.example.gov.cn/gk/list.asp?classid=12&page=3"


def test_follows_the_next_link_of_plain_asp() -> None:
    """[下一页] leads to the next page, and is not itself taken for a report."""
    foot = '页次:<b>3</b>/4页 <a href="list.asp?classid=12&amp;page=4">[下一页]</a>'
    found = read_list("auto", ListSource(page(REPORT_2018, foot=foot), ASP))
    assert found.steps == (Step("http://www.example.gov.cn/gk/list.asp?classid=12&page=4"),)
    assert (found.declared_pages, found.current, len(found.items)) == (4, 3, 1)


def test_counts_on_where_plain_asp_has_no_next_link() -> None:
    """Without a next link the page number in the address is counted on to the declared end."""
    source = ListSource(page(REPORT_2018, foot="共 4 页"), ASP)
    assert FAMILIES["plain_asp"](source).steps == (Step(ASP.replace("page=3", "page=4")),)
    source = ListSource(page(REPORT_2018, foot="共 3 页"), ASP)
    assert FAMILIES["plain_asp"](source).steps == ()


# markup below a list -> where it leads from page 2 of the list, the likeliest first
PAGERS = {
    "an arrow among numbers": (
        '<a href="index.html">1</a> 2 <a href="index_3.html">3</a> <a href="index_3.html">&gt;</a>',
        ["/gknb/index_3.html", "/gknb/index.html"],
    ),
    "numbers alone": ('<a href="?p=1">[1]</a><a href="?p=3">[3]</a>', ["?p=1", "?p=3"]),
    "numbers beside a dead link onward": (
        '<a href="?p=1">1</a><a href="?p=3">3</a><a href="javascript:;">下一页</a>',
        ["?p=1", "?p=3"],
    ),
    "two pagers": (
        '<a href="index_3.html">下一页</a> <a href="index_9.html">下一页</a>',
        ["/gknb/index_3.html"],
    ),
    "a script that writes an address": (
        """<script>function go(n){ location.href='list_'+n+'.html'; }</script>
        <a href="javascript:go(3)">下一页</a>""",
        ["/gknb/list_3.html"],
    ),
    "a script that opens an address": (
        """<a href="#" onclick="location.href='list.asp?p=3'">下页</a>""",
        ["/gknb/list.asp?p=3"],
    ),
    "a form": (
        """<form id="f" action="/list.jsp"><input type="hidden" name="cat" value="7">
        <input type="hidden" name="pn" id="no" value="2"><input type="submit" name="go"></form>
        <script>function turn(k) {$('#no').val(k); $('#f').submit();}</script>
        <a href="javascript:;" onclick="turn('3')">下一页</a>""",
        ["/list.jsp?cat=7&pn=3"],
    ),
    "an end": ('<a href="index.html">上一页</a> <a href="javascript:;">下一页</a>', []),
    "an end that leads to itself": (
        '<a href="index.html">1</a> <a href="./index_2.html">下一页</a>',
        [],
    ),
    "days of a calendar": ('<a href="/calendar/5.html">5</a><a href="/calendar/6.html">6</a>', []),
    "an arrow between crumbs": ('<a href="/">首页</a> <a href="/zwgk/">&gt;</a>', []),
    "years": ('<a href="2019.html">2019年</a>', []),
}


@pytest.mark.parametrize("case", PAGERS.values(), ids=PAGERS)
def test_finds_the_way_to_further_pages(case: tuple[str, list[str]]) -> None:
    """The link onward counts, else arrow and numbers; scripts are read where they show the way."""
    foot, expected = case
    here = "http://www.example.gov.cn/gknb/index_2.html"
    found = read_list("generic", ListSource(page(REPORT_2019, foot=foot), here))
    assert [step.url for step in found.steps] == [urljoin(here, way) for way in expected]
    assert found.needs is None


def test_a_form_may_be_posted() -> None:
    """A pager whose form posts gives the form's fields as a body, and the page in the address too."""
    foot = (
        '<form name="f" method="POST" action="list.do"><input name="type" value="年报">'
        '<input type="hidden" name="pageNo" value="1"></form>'
        "<script>function jump(n){document.f.pageNo.value = n;document.f.submit();}</script>"
        '<a href="javascript:jump(2)">下一页</a>'
    )
    (step,) = read_list("generic", ListSource(page(REPORT_2019, foot=foot), COLUMN)).steps
    assert step.url == "http://www.example.gov.cn/zwgk/gknb/list.do?pageNo=2"
    assert step.form == "type=%E5%B9%B4%E6%8A%A5&pageNo=2"


def test_a_list_that_leads_on_where_none_can_follow_is_not_whole() -> None:
    """A link onward that calls an unknown script is named, so that the walk ends as partial."""
    foot = '<a href="javascript:nextOf(2)">下一页</a>'
    found = read_list("generic", ListSource(page(REPORT_2019, foot=foot), COLUMN))
    assert found.needs == "needs_adapter:pager"
    walk = Walk("a", Column(COLUMN, "generic"), pages_max=9)
    walk.first_step()
    walk.take(found)
    assert walk.next_step() is None
    assert (walk.outcome, walk.reason) == ("partial", "needs_adapter:pager")


def test_reads_lines_that_a_script_opens() -> None:
    """The address of a line may stand in its onclick instead of its href."""
    line = (
        """<tr><td><a href="javascript:void(0)" onclick="window.open('show.jsp?id=5')">"""
        "某某区2019年政府信息公开工作年度报告</a></td><td>2020-01-15</td></tr>"
    )
    found = read_list("generic", ListSource(f"<table>{line}</table>", COLUMN))
    assert [(item.url, item.date) for item in found.items] == [
        ("http://www.example.gov.cn/zwgk/gknb/show.jsp?id=5", "2020-01-15")
    ]


def test_follows_a_stub_at_the_root_of_a_column() -> None:
    """A page that holds only a script redirect leads to the list."""
    text = "<html><script>location.href='./gknb/list.html';</script></html>"
    found = read_list("auto", ListSource(text, "http://www.example.gov.cn/xxgk/"))
    assert found.steps == (Step("http://www.example.gov.cn/xxgk/gknb/list.html"),)


def test_says_that_a_list_needs_a_script() -> None:
    """A template without rows is reported as needs_js, not as an empty list."""
    text = (
        '<div id="app"><li v-for="item in list"><a :href="item.url">{{ item.title }}</a></li></div>'
    )
    assert read_list("auto", ListSource(text, COLUMN)).needs == "needs_js"


def test_reads_a_real_list_that_hides_half_of_itself(corpus: Path) -> None:
    """The Pingtan list shows 10 of 20 rows: all ten are read and the total is seen."""
    text = (corpus / "data/reports/pingtan/list_page_excerpt.html").read_text("utf-8")
    url = "https://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/nlist.htm"
    found = read_list("auto", ListSource(text, url))
    reports = [item for item in found.items if is_report_title(item.title)]
    assert len(reports) == 10
    assert found.declared_total == 20
    assert reports[2] == ListItem(
        "https://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/202403/t20240308_87885.htm",
        "平潭综合实验区2023年度政府信息公开工作年度报告",
        "2024-03-08",
    )
    walk = Walk("pingtan", Column(url), 10)
    walk.take(found)
    query = "channelid=200210&classsql=chnlid%3D1813&sortfield=-docorderpri,-docreltime&prepage=10"
    search = f"https://www.pingtan.gov.cn/was5/web/search?{query}&page=2"
    assert walk.next_step() == Step(search, referer=url)
    walk.miss("unreachable", "HTTP 404")
    assert walk.next_step() is None
    assert (walk.outcome, walk.declared, len(walk.seen)) == ("partial", 20, 10)


def test_reads_the_paging_of_a_real_list(corpus: Path) -> None:
    """The Handan list writes its paging out in the page: 56 pages, this is the first."""
    text = (corpus / "data/pages/handan/list.jsp").read_text("utf-8")
    url = "http://hdzfxxgk.hd.gov.cn/zfwj/jinqixxgk/index.html"
    paging = find_paging(ListSource(text, url))
    assert paging is not None
    assert (paging.pages, paging.current, paging.base, paging.extension) == (56, 0, "index", "html")


def at(*urls: str) -> tuple[Step, ...]:
    """Return the requests for the given addresses."""
    return tuple(map(Step, urls))


def items(*names: str) -> tuple[ListItem, ...]:
    """Return items with the given addresses."""
    return tuple(ListItem(name, f"{name}年度报告") for name in names)


def test_a_walk_ends_complete_after_the_declared_pages() -> None:
    """Walking every declared page once makes the walk complete, with all items found."""
    walk = Walk("p", Column("c"), 10)
    walk.take(ListPage(items("a", "b"), at("1", "2"), 0, 2, 3))
    assert walk.next_step() == Step("1")
    assert walk.take(ListPage(items("b", "c"), at("2"), 1, 2, 3)) == items("c")
    assert walk.next_step() is None
    assert (walk.outcome, walk.reason, walk.pages, len(walk.seen)) == ("complete", None, 2, 3)


def test_a_walk_tries_the_other_number_when_page_two_repeats() -> None:
    """Where index_1 shows page 1 again, the walk asks for index_2 and loses nothing."""
    walk = Walk("p", Column("c"), 10)
    walk.take(ListPage(items("a"), at("1", "2"), None, 2))
    assert walk.next_step() == Step("1")
    assert walk.take(ListPage(items("a"), at("2"), None, 2)) == ()
    assert walk.next_step() == Step("2")
    assert walk.take(ListPage(items("b"), at(), None, 2)) == items("b")
    assert walk.next_step() is None
    assert walk.outcome == "complete"


def test_a_walk_does_not_skip_a_page() -> None:
    """A page that calls itself the third after the first is not taken for the second."""
    walk = Walk("p", Column("c"), 10)
    walk.take(ListPage(items("a"), at("2", "1"), 1, 3))
    assert walk.next_step() == Step("2")
    assert walk.take(ListPage(items("c"), at("3"), 3, 3)) == ()
    assert walk.next_step() == Step("1")


def test_a_walk_tries_the_other_number_when_page_two_is_missing() -> None:
    """A 404 for one numbering is not the end while the other is untried."""
    walk = Walk("p", Column("c"), 10)
    walk.take(ListPage(items("a"), at("1", "2"), 0, 2))
    assert walk.next_step() == Step("1")
    walk.miss("unreachable", "HTTP 404")
    assert walk.next_step() == Step("2")
    walk.miss("unreachable", "HTTP 404")
    assert walk.next_step() is None
    assert (walk.outcome, walk.reason) == ("partial", "HTTP 404")


def test_a_walk_ends_where_the_last_page_repeats() -> None:
    """A server that answers page 3 of 2 with page 2 again ends the list without a loop."""
    walk = Walk("p", Column("c"), 10)
    walk.take(ListPage(items("a"), at("page=2")))
    assert walk.next_step() == Step("page=2")
    walk.take(ListPage(items("b"), at("page=3")))
    assert walk.next_step() == Step("page=3")
    walk.take(ListPage(items("b"), at("page=4")))
    assert walk.next_step() is None
    assert (walk.outcome, walk.pages) == ("complete", 2)


# pages taken before the end, outcome given -> outcome of the walk
MISSES = {
    "first page gone": (0, "unreachable", "unreachable"),
    "later page gone": (1, "unreachable", "partial"),
    "blocked at once": (0, "blocked", "blocked"),
    "blocked later": (1, "blocked", "blocked"),
    "forbidden by robots.txt": (0, "robots_disallowed", "robots_disallowed"),
}


@pytest.mark.parametrize("case", MISSES.values(), ids=MISSES)
def test_a_walk_says_why_it_stopped(case: tuple[int, str, str]) -> None:
    """A list page that cannot be had gives the walk its outcome and its reason."""
    pages, outcome, expected = case
    walk = Walk("p", Column("c"), 10)
    for _ in range(pages):
        walk.take(ListPage(items("a"), at("1")))
        walk.next_step()
    walk.miss(outcome, "why")  # type: ignore[arg-type]
    assert walk.next_step() is None
    assert (walk.outcome, walk.reason) == (expected, "why")


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=3), max_size=30))
def test_a_walk_always_ends(pages: list[list[str]]) -> None:
    """Whatever a server answers, a walk stops within its limit and knows its outcome."""
    walk = Walk("p", Column("c"), 8)
    steps = 0
    for number, names in enumerate(pages):
        walk.take(ListPage(items(*names), at(str(number % 5), str(number))))
        if walk.next_step() is None:
            break
        steps += 1
    else:
        walk.end("partial", "the test ran out of pages")
    assert walk.outcome is not None
    assert steps <= 2 * 8


@given(st.text(max_size=300), st.sampled_from(["auto", *FAMILIES]))
def test_reading_a_list_never_fails(text: str, family: str) -> None:
    """Any text is a list page, at worst an empty one."""
    assert isinstance(read_list(family, ListSource(text, COLUMN)), ListPage)
