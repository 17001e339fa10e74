"""A portal as a site that answers: its pages, its family's lists, its detours and quirks.

This module decides what stands where.  What is published is ``plan``'s, how lists are served
the families'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape

from crawler.demo.farm import gkmlpt, hanweb, lists, xxgk
from crawler.demo.farm.frame import (
    department_entries,
    department_home,
    draw_home,
    draw_links,
    draw_page,
    draw_texts,
    info_home,
    link,
    report_door,
)
from crawler.demo.farm.hostile import TrappedSite, read_trap
from crawler.demo.farm.plan import Column, Plan, read_data
from crawler.demo.farm.web import Answer, Ask, Page, Site, page, redirect, text_answer

Columns = Sequence[Column]
_WAS_CHANNEL = 290792
_ERROR = "<h2>抱歉，您访问的页面不存在或已删除！</h2><p>您可以返回<a href='/'>网站首页</a>。</p>"


def build_sites(plan: Plan) -> dict[str, Site]:
    """Return the site of every host of a portal, with its trap where it has one."""
    sites = _build_honest(plan)
    if not plan.spec.trap:
        return sites
    trap = read_trap(plan.spec.trap)
    return {host: TrappedSite(site, plan, trap) for host, site in sites.items()}


def _build_honest(plan: Plan) -> dict[str, Site]:
    """The sites of a portal's hosts; what is asked of the wrong one is sent to the main one."""
    spec, columns = plan.spec, (*plan.news, *plan.columns)
    found = {
        host: Site(lambda ask: redirect(f"http://{spec.host}{ask.path}", 301))
        for host in (spec.host, spec.report_host, *(column.host for column in columns))
        if host
    }
    found[spec.host].missing = _missing(plan)
    _add_home(found[spec.host], plan)
    _add_chrome(found[spec.host], plan)
    _add_info_pages(found[spec.report_host or spec.host], plan)
    add_lists = _FAMILIES.get(spec.family, _add_static)
    for host, site in found.items():
        own = [column for column in columns if column.host == host]
        add_lists(site, plan, own)
        for column in own:
            lists.add_articles(site, plan, column)
            _add_door(site, plan, column)
            if column.reports and column.owner != plan.government:
                _add_department(site, plan, column)
    return found


def _missing(plan: Plan) -> Page:
    """What stands where nothing is."""
    match plan.spec.missing:
        case "soft":
            return page(draw_page, plan, "出错了", _ERROR)
        case "home":
            return page(redirect, f"http://{plan.spec.host}/")
        case "home_page":
            return page(draw_home, plan)
        case _:
            return text_answer(f"<html><body>{_ERROR}</body></html>", status=404)


def _add_home(site: Site, plan: Plan) -> None:
    quirks = plan.spec.quirks
    where = "/"
    if "home_refresh" in quirks:
        where = "/portal/index.html"
        site.add(
            "/",
            text_answer(
                f'<html><head><meta http-equiv="refresh" content="0;url={where}"></head><body></body></html>'
            ),
        )
    elif "home_script" in quirks:
        where = "/web/main.html"
        site.add(
            "/",
            text_answer(f'<script type="text/javascript">window.location.href="{where}";</script>'),
        )
    elif "home_frames" in quirks:
        where = "/main.htm"
        site.add(
            "/",
            text_answer(
                f'<html><head><title>{plan.government}</title></head><frameset rows="120,*" border="0"><frame src="/top.htm" name="top" noresize scrolling="no"><frame src="{where}" name="main"><noframes><body>您的浏览器不支持框架</body></noframes></frameset></html>',
                "gb2312",
                announced=False,
            ),
        )
        site.add(
            "/top.htm",
            text_answer(
                '<html><body><a href="/main.htm" target="main">首页</a> <a href="javascript:addFav()">收藏</a></body></html>',
                "gb2312",
                announced=False,
            ),
        )
    elif "home_splash" in quirks:
        where = "/default.htm"
        site.add(
            "/",
            text_answer(
                f'<html><head><title>{plan.government}</title></head><body><a href="{where}"><img src="/images/enter.jpg" border="0"></a></body></html>'
            ),
        )
    site.add(where, page(draw_home, plan))


def _add_chrome(site: Site, plan: Plan) -> None:
    """The pages that menus and footers lead to, robots.txt, the calendar."""
    words = read_data("words")["links"]
    texts = "　　".join(
        sentence.format(place=plan.spec.place, topic="民生服务", n=12, m=860)
        for sentence in read_data("words")["sentences"]
    )
    for folder, names in (
        ("zjbd", words["about"]),
        ("zwfw", words["services"]),
        ("about", words["footer"]),
    ):
        for number, name in enumerate(names, start=1):
            title = name.format(place=plan.spec.place)
            site.add(f"/{folder}/{number}.html", page(draw_texts, plan, title, texts))
    for path, title in (
        ("/zjbd/", f"走进{plan.spec.place}"),
        ("/zwfw/", "政务服务"),
        ("/hdjl/", "互动交流"),
        ("/ztzl/", "专题专栏"),
        ("/search/", "站内搜索"),
    ):
        site.add(path, page(draw_texts, plan, title, texts))
    for number, topic in enumerate(read_data("words")["topics"][:8], start=1):
        site.add(f"/ztzl/{number}/", page(draw_texts, plan, f"{topic}专题", texts))
    columns = [(plan.door(one), one.name) for one in plan.news]
    site.add(
        "/sitemap/",
        page(draw_links, plan, "网站地图", [*columns, (info_home(plan), "政府信息公开")]),
    )
    if plan.spec.robots:
        site.add("/robots.txt", Answer(plan.spec.robots.encode(), "text/plain"))
    if "calendar" in plan.spec.quirks:
        site.add("/calendar.jsp", lambda ask: _draw_month(plan, ask))


def _draw_month(plan: Plan, ask: Ask) -> Answer:
    """A month of a calendar that never ends."""
    year, month = (
        int(ask.query.get(name, "")) if ask.query.get(name, "").isdigit() else other
        for name, other in (("y", 2025), ("m", 4))
    )
    before, after = (year * 12 + month - 2, year * 12 + month)
    around = [
        (f"/calendar.jsp?y={one // 12}&m={one % 12 + 1}", name)
        for one, name in ((before, "上一月"), (after, "下一月"))
    ]
    days = [(f"/calendar.jsp?y={year}&m={month}&d={day}", str(day)) for day in range(1, 29)]
    return draw_links(plan, f"按日期浏览{year}年{month}月", [*around, *days])


def _add_info_pages(site: Site, plan: Plan) -> None:
    """The pages on open government, down to the columns of reports."""
    root = "/" if plan.spec.report_host else plan.spec.root
    for file, title in (
        ("zn.html", "政府信息公开指南"),
        ("zd.html", "政府信息公开制度"),
        ("ysqgk.html", "依申请公开"),
    ):
        site.add(root + file, page(draw_texts, plan, title, f"<p>{title}的内容。</p>"))
    site.add(root, page(_draw_info_home, plan))
    entry = (report_door(plan), plan.spec.column_name)
    if plan.spec.route == "deep":
        site.add(
            f"{root}xxgkml/",
            page(draw_links, plan, "政府信息公开目录", [*_directory(plan), entry]),
        )
    if plan.spec.layout in {"tabs", "years"}:
        tabs = [(plan.door(one), one.name) for one in plan.columns]
        site.add(
            f"{plan.spec.root}{plan.spec.slug}/",
            page(draw_links, plan, plan.spec.column_name, tabs),
        )
    owned = [one for one in plan.columns if one.owner != plan.government]
    if owned:
        homes = [(_from(plan, one) + department_home(one), one.owner) for one in owned]
        site.add(f"{root}bm/", page(draw_links, plan, "部门信息公开", homes))


def _from(plan: Plan, column: Column) -> str:
    """What a link to a column's pages must begin with: nothing on the portal's own hosts."""
    at_home = column.host in {plan.spec.host, plan.spec.report_host}
    return "" if at_home else f"http://{column.host}"


def _directory(plan: Plan) -> list[tuple[str, str]]:
    return [(plan.door(one), one.name) for one in plan.news[4:]]


def _draw_info_home(plan: Plan) -> Answer:
    """The first page on open government; some show their tree in a frame, some a picture."""
    above = ""
    if plan.spec.family == "xxgk":
        above = xxgk.panel(plan, plan.columns[0])
    if plan.spec.route == "picture":
        above = f'<a href="{escape(report_door(plan))}"><img src="/images/nb.jpg" alt="{plan.spec.column_name}"></a>'
    if "calendar" in plan.spec.quirks:
        above += link("/calendar.jsp?y=2025&m=4", "按日期浏览")
    latest = [(plan.address(one, one.items[0]), one.items[0].title) for one in plan.news[4:10]]
    return draw_links(plan, "政府信息公开", latest, above)


def _add_department(site: Site, plan: Plan, column: Column) -> None:
    """The home page of a department and its own few pages."""
    home = department_home(column)
    entries = department_entries(plan, column)
    if plan.spec.family == "xxgk":
        entries = entries[:-1]
    frame = xxgk.panel(plan, column) if plan.spec.family == "xxgk" else ""
    site.add(home, page(draw_links, plan, column.owner, entries, frame))
    for file, title in (
        ("jgzn.html", "机构职能"),
        ("ldxx.html", "领导信息"),
        ("zcwj.html", "政策文件"),
    ):
        site.add(
            home + file,
            page(draw_texts, plan, f"{column.owner}{title}", f"<p>{column.owner}{title}。</p>"),
        )


def _add_door(site: Site, plan: Plan, column: Column) -> None:
    """The page by which menus enter a column that lies elsewhere."""
    door, inner = plan.door(column), plan.first(column)
    if door == inner:
        return
    quirks = plan.spec.quirks
    if "column_redirect" in quirks:
        site.add(door, redirect(f"http://{column.host}{inner}", 301))
    elif "column_refresh" in quirks:
        site.add(
            door,
            text_answer(
                f"<html><head><title>正在跳转</title><META HTTP-EQUIV='Refresh' CONTENT='1; URL={inner}'></head><body>页面跳转中，请稍候……</body></html>"
            ),
        )
    elif "column_script" in quirks:
        site.add(
            door,
            text_answer(f"<html><body><script>location.replace('{inner}')</script></body></html>"),
        )
    else:
        decoys = '<iframe src="/tools/visitcount.html" width="0" height="0"></iframe><iframe src="/login/bar.html" height="30"></iframe>'
        frame = f'{decoys}<iframe id="listframe" src="{inner}" width="760" height="900" frameborder="0"></iframe>'
        site.add(door, page(draw_page, plan, column.name, frame, column))


def _add_static(site: Site, plan: Plan, columns: Columns) -> None:
    for column in columns:
        if "was" in plan.spec.quirks and column.reports:
            _add_was(site, plan, column)
        else:
            lists.add_lists(site, plan, column)


def _add_was(site: Site, plan: Plan, column: Column) -> None:
    """A list whose first lines stand in the page and whose others a search gives (TRS WAS)."""
    size, channel = plan.spec.page_size, _WAS_CHANNEL + column.key
    pages = lists.count_pages(plan, column)
    script = f"""<div id="more" class="page">共{len(column.items)}条 共{pages}页</div>
<script>
var channelid={channel}, perpage={size};
function turn(n){{$.get("/was5/web/search?channelid={channel}&searchword=&page="+n+"&perpage={size}&orderby=-DOCRELTIME", function(d){{$(".gl-list").html(d);}});}}
</script>"""
    styles = {
        **plan.styles,
        True: replace(plan.styles[True], pager=script.replace("{", "{{").replace("}", "}}")),
    }
    shown = replace(plan, styles=styles)
    site.add(plan.first(column), page(lists.draw_list, shown, column, 1))

    def answer(ask: Ask) -> Answer:
        page = ask.query.get("page", "1")
        items = lists.items_on(plan, column, int(page) if page.isdigit() else 1)
        return text_answer(
            f'<ul class="result" total="{len(column.items)}">{lists.draw_items(absolute, column, items)}</ul>'
        )

    rooted = {**plan.styles, True: replace(plan.styles[True], links="root")}
    absolute = replace(plan, styles=rooted)
    site.add(f"/was5/web/search?channelid={channel}", answer)


def _parted(
    reports: Callable[[Site, Plan, Columns], None], news: Callable[[Site, Plan, Columns], None]
) -> Callable[[Site, Plan, Columns], None]:
    """A portal whose reports lie in another system than its news."""

    def add(site: Site, plan: Plan, columns: Columns) -> None:
        reports(site, plan, [one for one in columns if one.reports])
        news(site, plan, [one for one in columns if not one.reports])

    return add


_FAMILIES: Mapping[str, Callable[[Site, Plan, Columns], None]] = {
    "hanweb": hanweb.add_island_lists,
    "jpaas": _parted(hanweb.add_jpaas_lists, hanweb.add_island_lists),
    "xxgk": _parted(xxgk.add_lists, hanweb.add_island_lists),
    "gkmlpt": _parted(gkmlpt.add_lists, _add_static),
}
