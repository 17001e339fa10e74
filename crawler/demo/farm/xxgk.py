"""The Hanweb module for open government: a tree, lists by POST, a module for annual reports.

This module decides what ``/module/xxgk/`` answers.  The government's reports stand in the
annual-report module, one year a page; the departments' in lists that only a form asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from crawler.demo.farm.frame import crumbs, draw_page, link, side
from crawler.demo.farm.plan import Column, Plan
from crawler.demo.farm.web import Answer, Ask, Site, page, text_answer

_IN_PARENT = ' target="_parent"'
TREE = "/module/xxgk/tree.jsp"
SEARCH = "/module/xxgk/search.jsp"
ANNUAL = "/module/xxgk/xxgkAnnualReport.jsp"


def area(plan: Plan, column: Column) -> str:
    """Return the code under which the module knows the body that owns a column."""
    return f"11{plan.spec.region}002{column.org}555A"


def add_lists(site: Site, plan: Plan, columns: Sequence[Column]) -> None:
    """Add the tree, the forms, the search and the annual-report module."""
    by_type = {_type(column): column for column in columns}
    by_area = {area(plan, column): column for column in columns}
    for column in columns:
        site.add(plan.first(column), page(_draw, plan, column))
    site.add(TREE, lambda ask: _answer_tree(plan, by_area, ask))
    site.add(SEARCH, lambda ask: _answer_search(plan, by_type, ask))
    site.add(ANNUAL, lambda ask: _answer_annual(plan, by_area, ask))


def _type(column: Column) -> str:
    return f"A{column.key:04d}"


def panel(plan: Plan, column: Column) -> str:
    """Return the frame in which an organ's page shows its tree."""
    return f'<iframe src="{TREE}?area={area(plan, column)}&amp;div=div{column.key}" width="210" height="600" frameborder="0"></iframe>'


def _answer_tree(plan: Plan, columns: Mapping[str, Column], ask: Ask) -> Answer:
    """The tree of one organ: what it must publish, and its annual reports."""
    column = columns.get(ask.query.get("area", ""))
    if column is None:
        return text_answer("<html><body>参数错误</body></html>")
    code = area(plan, column)
    nodes = [
        ("/xxgkzn/", "信息公开指南"),
        ("/xxgkml/", "信息公开目录"),
        (
            f"{ANNUAL}?area={code}" if column.owner == plan.government else plan.first(column),
            "信息公开年报",
        ),
        ("/ysqgk/", "依申请公开"),
    ]
    items = "".join(f"<li>{link(url, name, _IN_PARENT)}</li>" for url, name in nodes)
    return text_answer(f'<html><body class="tree"><ul id="tree">{items}</ul></body></html>')


def _draw(plan: Plan, column: Column) -> Answer:
    """A page without lines: its form says what to ask the search for."""
    fields = {
        "infotypeId": _type(column),
        "jdid": "3",
        "area": area(plan, column),
        "divid": f"div{column.key}",
        "vc_title": "",
        "vc_number": "",
        "sortfield": "compaltedate:0",
        "currpage": "1",
        "vc_filenumber": "",
        "vc_all": "",
        "texttype": "0",
        "fbtime": "-1",
    }
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items()
    )
    body = (
        f'<div class="position">{crumbs(plan, column)}</div>{side(plan, column)}'
        f'<form id="searchForm" name="searchForm" action="{SEARCH}" method="post">{inputs}</form>'
        f'<div id="div{column.key}">正在加载……</div>'
        f"<script>$.post('{SEARCH}', $('#searchForm').serialize(),"
        f" function(d){{$('#div{column.key}').html(d);}});</script>"
    )
    return draw_page(plan, column.name, body, column)


def _answer_search(plan: Plan, columns: Mapping[str, Column], ask: Ask) -> Answer:
    """A page of lines as a table; only POST is answered, past the end there are no rows."""
    column = columns.get(ask.form.get("infotypeId", ""))
    if ask.method != "POST" or column is None or ask.form.get("area") != area(plan, column):
        return text_answer("<table><tr><td>没有检索到相关信息</td></tr></table>")
    page = ask.form.get("currpage", "1")
    number, size = int(page) if page.isdigit() else 1, plan.spec.page_size
    pages = max(1, -(-len(column.items) // size))
    rows = "\n".join(
        f'<tr class="tr_main_value_{"odd" if place % 2 else "even"}"><td>{number * size - size + place}</td>'
        f'<td><a href="{plan.address(column, item)}" target="_blank" mc="{escape(item.title)}">{escape(item.title)}</a></td>'
        f"<td>{item.shown_day}</td></tr>"
        for place, item in enumerate(column.items[(number - 1) * size : number * size], start=1)
    )
    pager = f'<tr><td class="tb_title" colspan="3">共{pages}页&nbsp;第{number}页 共{len(column.items)}条</td></tr>'
    return text_answer(f'<table class="tb_main" width="100%">\n{rows}\n{pager}</table>')


def _answer_annual(plan: Plan, columns: Mapping[str, Column], ask: Ask) -> Answer:
    """The annual reports of one organ of one year, the latest without ``fbtime``."""
    column = columns.get(ask.query.get("area", ""))
    if column is None:
        return text_answer("<html><body>参数错误</body></html>")
    years = sorted({item.subjects[0][1] for item in column.items if item.subjects}, reverse=True)
    asked = ask.query.get("fbtime", "")
    year = int(asked) if asked.isdigit() else years[0]
    options = "".join(f'<option value="{one}">{one}年</option>' for one in years)
    lines = "".join(
        f'<li><a href="{plan.address(column, item)}" title="{escape(item.title)}">{escape(item.title)}</a><span>{item.shown_day}</span></li>'
        for item in column.items
        if (item.subjects[0][1] if item.subjects else item.day.year - 1) == year
    )
    body = (
        '<div class="nb"><h2>信息公开年报</h2><select id="fbtime" name="fbtime"'
        f" onchange=\"location.href='{ANNUAL}?area={area(plan, column)}&fbtime='+this.value\">{options}</select>"
        f'<ul class="nblist">{lines or "<li>暂无信息</li>"}</ul></div>'
    )
    return draw_page(plan, "信息公开年报", body, column)
