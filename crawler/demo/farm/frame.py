"""What surrounds every page of a portal: head, menus, search box, footer; and the home page.

This module decides the chrome and how a home page leads to the columns of reports
(``Spec.route``).  Lists and articles are drawn by ``lists`` and ``articles``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from crawler.demo.farm.plan import Column, Item, Plan, read_data
from crawler.demo.farm.web import Answer, text_answer

_BUILT = "2025-04-11"
_NEW_WINDOW = ' target="_blank"'
_HOME_BLOCKS = 8
_BLOCK_LINES = 8
_MENU_COLUMNS = 5


@cache
def _template(name: str) -> Template:
    return Template(
        files("crawler.demo.farm.templates").joinpath(f"{name}.html").read_text("utf-8")
    )


def fill(template: str, **values: object) -> str:
    """Return a template with its places filled."""
    return _template(template).substitute(values)


def link(url: str, text: str, extra: str = "") -> str:
    """Return an anchor as these sites write it."""
    return f'<a href="{escape(url)}"{extra}>{escape(text)}</a>'


def info_home(plan: Plan) -> str:
    """Return where a portal begins its pages on open government."""
    if plan.spec.report_host:
        return f"http://{plan.spec.report_host}/"
    return plan.spec.root


def draw_page(
    plan: Plan,
    title: str,
    body: str,
    column: Column | None = None,
    item: Item | None = None,
    *,
    head: str = "",
    shell: str = "",
    reports: tuple[str, ...] = (),
    status: int = 200,
) -> Answer:
    """Return a whole page of the portal."""
    style = plan.styles[True]
    site_name = f"{plan.government}门户网站"
    text = fill(
        shell or style.shell,
        charset=style.charset,
        title=escape(f"{title}-{site_name}" if style.shell == "old" else f"{title}_{site_name}"),
        metas=_metas(plan, site_name, column, item),
        head=head,
        menu=_menu(plan, old=(shell or style.shell) == "old"),
        hot="、".join(link(f"/search/?q={word}", word) for word in ("社保", "公积金", "不动产")),
        footer_links=" | ".join(
            link(f"/about/{n}.html", name)
            for n, name in enumerate(read_data("words")["links"]["footer"], start=1)
        ),
        body=body,
        site_name=site_name,
        site_code=site_code(plan),
        government=plan.government,
        place=plan.spec.place,
    )
    day = item.day.isoformat() if item else _BUILT
    return text_answer(
        text,
        style.charset,
        announced=style.announced,
        status=status,
        day="" if style.program else day,
        reports=reports,
    )


def site_code(plan: Plan) -> str:
    """Return the code that the footer and the head print."""
    return f"{plan.spec.region}0001"


def _metas(plan: Plan, site_name: str, column: Column | None, item: Item | None) -> str:
    """The mandated tags; old sites and some others have none."""
    if "no_metas" in plan.spec.quirks:
        return ""
    tags = [
        ("SiteName", site_name),
        ("SiteDomain", plan.spec.host),
        ("SiteIDCode", site_code(plan)),
    ]
    if column is not None:
        kind = "信息公开年报" if column.reports else column.name
        tags += [
            ("ColumnName", column.name),
            ("ColumnDescription", f"{plan.spec.place}{column.name}栏目"),
            ("ColumnKeywords", column.name),
            ("ColumnType", kind),
        ]
    if item is not None:
        tags += [
            ("ArticleTitle", item.title),
            ("PubDate", f"{item.shown_day:%Y-%m-%d} 09:{item.serial % 60:02d}"),
            ("ContentSource", item.subjects[0][0] if item.subjects else plan.government),
        ]
    return "\n".join(f'<meta name="{name}" content="{escape(value)}">' for name, value in tags)


def _menu(plan: Plan, *, old: bool) -> str:
    """The menu on top of every page; modern ones drop down."""
    about = read_data("words")["links"]["about"]
    news = plan.news[:_MENU_COLUMNS]
    entries: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("/", "首页", []),
        (
            "/zjbd/",
            f"走进{plan.spec.place}",
            [(f"/zjbd/{n}.html", name) for n, name in enumerate(about, 1)],
        ),
        (plan.door(news[0]), "新闻中心", [(plan.door(one), one.name) for one in news]),
        (info_home(plan), "政府信息公开", _info_entries(plan)),
        ("/zwfw/", "政务服务", []),
        ("/hdjl/", "互动交流", []),
    ]
    cell = "<td>{}</td>" if old else "<li>{}</li>"
    rows = []
    for url, name, below in entries:
        sub = "".join(f"<dd>{link(u, n)}</dd>" for u, n in below)
        rows.append(cell.format(link(url, name) + (f'<dl class="sub">{sub}</dl>' if sub else "")))
    return "\n".join(rows)


def _info_entries(plan: Plan) -> list[tuple[str, str]]:
    entries = [(f"{info_home(plan)}zn.html", "政府信息公开指南")]
    entries += [(plan.door(one), one.name) for one in plan.news[4:6]]
    if plan.spec.route == "menu":
        entries.append((report_door(plan), plan.spec.column_name))
    return entries


def report_door(plan: Plan) -> str:
    """Return where links to the government's reports lead."""
    first = plan.columns[0]
    prefix = f"http://{first.host}" if first.host != plan.spec.host else ""
    if plan.spec.layout in {"tabs", "years"}:
        return f"{prefix}{plan.spec.root}{plan.spec.slug}/"
    return prefix + plan.door(first)


def crumbs(plan: Plan, column: Column) -> str:
    """Return the line that says where in the site a column stands."""
    middle = [link(info_home(plan), "政府信息公开")] if column.reports else []
    here = link(plan.door(column), column.name)
    return " &gt; ".join([link("/", "首页"), *middle, here])


def side(plan: Plan, column: Column) -> str:
    """Return the panel beside a list: the neighbours of its column."""
    if not column.reports:
        around = [(plan.door(one), one.name) for one in plan.news[:10]]
    elif column.owner != plan.government:
        around = department_entries(plan, column)
    else:
        around = info_tree(plan)
    items = "".join(f"<li>{link(url, name)}</li>" for url, name in around)
    return f'<ul class="tree">{items}</ul>'


def info_tree(plan: Plan) -> list[tuple[str, str]]:
    """Return the panel of the pages on open government."""
    home = info_home(plan)
    tree = [(f"{home}zn.html", "政府信息公开指南"), (f"{home}zd.html", "政府信息公开制度")]
    tree += [(plan.door(one), one.name) for one in plan.news[4:12]]
    if plan.spec.route in {"landing", "menu"}:
        tree.append((report_door(plan), plan.spec.column_name))
    if plan.spec.route == "deep":
        tree.append((f"{home}xxgkml/", "政府信息公开目录"))
    if any(one.owner != plan.government for one in plan.columns):
        tree.append((f"{home}bm/", "部门信息公开"))
    return [*tree, (f"{home}ysqgk.html", "依申请公开")]


def department_entries(plan: Plan, column: Column) -> list[tuple[str, str]]:
    """Return the panel of a department's own pages."""
    root = department_home(column)
    return [
        (root, f"{column.owner}首页"),
        (f"{root}jgzn.html", "机构职能"),
        (f"{root}ldxx.html", "领导信息"),
        (f"{root}zcwj.html", "政策文件"),
        (plan.door(column), column.name),
    ]


def department_home(column: Column) -> str:
    """Return where the pages of the department begin whose column it is."""
    return column.path.rstrip("/").rpartition("/")[0] + "/"


def draw_home(plan: Plan) -> Answer:
    """Return the home page: news in blocks, services, departments, links to other sites."""
    blocks = [
        _block(
            one.name,
            plan.door(one),
            [(_from_home(plan, one, item), item.title) for item in one.items[:_BLOCK_LINES]],
        )
        for one in plan.news[:_HOME_BLOCKS]
    ]
    services = read_data("words")["links"]["services"]
    blocks.append(
        _block(
            "政务服务", "/zwfw/", [(f"/zwfw/{n}.html", one) for n, one in enumerate(services, 1)]
        )
    )
    more = [(plan.door(one), one.name) for one in plan.news[_HOME_BLOCKS:]]
    blocks.append(
        _block(
            "专题专栏",
            "/ztzl/",
            [
                *more,
                *(
                    (f"/ztzl/{n}/", f"{topic}专题")
                    for n, topic in enumerate(read_data("words")["topics"][:8], 1)
                ),
            ],
        )
    )
    blocks.append(_info_block(plan))
    others = "".join(
        f'<option value="http://www.{slug}.invalid/">{name}</option>'
        for name, slug in (("中国政府网", "centre"), ("省政府网站", "province"))
    )
    blocks.append(
        f'<div class="friend">友情链接：<select onchange="window.open(this.value)">{others}</select></div>'
    )
    flash = '<div class="focus"><a href="javascript:;"><img src="/assets/images/focus1.jpg" alt="图片新闻"></a></div>'
    return draw_page(plan, "首页", flash + "\n".join(blocks))


def _from_home(plan: Plan, column: Column, item: Item) -> str:
    return plan.address(column, item)


def _block(title: str, url: str, lines: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<li>{link(u, t, _NEW_WINDOW)}</li>" for u, t in lines)
    return f'<div class="block"><div class="bt"><h3>{escape(title)}</h3><a class="more" href="{escape(url)}">更多&gt;&gt;</a></div><ul>{items}</ul></div>'


def _info_block(plan: Plan) -> str:
    """The block of the home page on open government, in the ways real ones have."""
    door = report_door(plan)
    lines = [
        (info_home(plan), "政府信息公开"),
        (f"{info_home(plan)}zn.html", "公开指南"),
        (f"{info_home(plan)}ysqgk.html", "依申请公开"),
    ]
    picture = ""
    if plan.spec.route == "picture":
        picture = f'<a href="{escape(door)}"><img src="/assets/images/nb.png" alt="{plan.spec.column_name}" border="0"></a>'
    if plan.spec.route == "more":
        return picture + _block("年报", door, [])
    return picture + _block("信息公开", info_home(plan), lines)


def draw_texts(plan: Plan, title: str, body: str) -> Answer:
    """Return an ordinary page of text (guide, rules, services)."""
    return draw_page(plan, title, f"<h1>{escape(title)}</h1><div class='con'>{body}</div>")


def draw_links(
    plan: Plan, title: str, entries: Sequence[tuple[str, str]], above: str = ""
) -> Answer:
    """Return a page that only leads on: departments, years, a directory."""
    items = "".join(f"<li>{link(url, name)}</li>" for url, name in entries)
    tree = "".join(f"<li>{link(url, name)}</li>" for url, name in info_tree(plan))
    body = f'{above}<div class="left"><ul class="tree">{tree}</ul></div><div class="con"><h2>{escape(title)}</h2><ul>{items}</ul></div>'
    return draw_page(plan, title, body)
