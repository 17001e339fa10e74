"""Hanweb: lists as islands of XML or JavaScript, the rest behind a proxy.

This module decides what the proxies answer: old and new JCMS (``dataproxy.jsp``) and jpaas.
They differ in which parameters they obey; a portal's quirks say which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape

from crawler.demo.farm.frame import crumbs, draw_page, fill, side
from crawler.demo.farm.lists import draw_item, draw_items, page_size
from crawler.demo.farm.plan import Column, Item, Plan
from crawler.demo.farm.web import Answer, Ask, Site, page, text_answer

NEW_PROXY = "/module/web/jpage/dataproxy.jsp"
SHORT_PROXY = "/module/jpage/dataproxy.jsp"
OLD_PROXY = "/module/jslib/jquery/jpage/dataproxy.jsp"
BUILD_UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"
_GROUP = 3
_MOST = 100


def add_island_lists(site: Site, plan: Plan, columns: Sequence[Column]) -> None:
    """Add the list pages of columns, and the one proxy that serves them all."""
    by_unit = {str(_unit(column)): column for column in columns}
    for column in columns:
        site.add(plan.first(column), page(_draw, plan, column))
    site.add(_proxy(plan), lambda ask: _answer_proxy(plan, by_unit, ask))


def _proxy(plan: Plan) -> str:
    if "short_proxy" in plan.spec.quirks:
        return SHORT_PROXY
    return OLD_PROXY if _is_old(plan) else NEW_PROXY


def _is_old(plan: Plan) -> bool:
    return "old_proxy" in plan.spec.quirks


def _unit(column: Column) -> int:
    return column.key * 1000 + 7


def _draw(plan: Plan, column: Column) -> Answer:
    island = _old_island(plan, column) if _is_old(plan) else _new_island(plan, column)
    return _list_page(plan, column, island)


def _list_page(plan: Plan, column: Column, island: str) -> Answer:
    body = fill(
        "list_hanweb",
        crumbs=crumbs(plan, column),
        side=side(plan, column),
        column_name=escape(column.name),
        island=island,
    )
    head = f'<meta name="i_columnid" content="{column.key}">'
    return draw_page(plan, column.name, body, column, head=head)


def _new_island(plan: Plan, column: Column) -> str:
    """The first group of records in the page, as XML that browsers do not show."""
    size, unit = page_size(plan, column), _unit(column)
    names = _parameters(plan, column)
    following = "&amp;".join(f"{name}={value}" for name, value in {"page": "1", **names}.items())
    records = "\n".join(_record(plan, column, one) for one in column.items[: size * _GROUP])
    ajax = ",".join(f"{name}:'{value}'" for name, value in {"col": "1", **names}.items())
    return (
        f'<div id="{unit}" class="default_pgContainer"></div>\n<script type="text/xml"><datastore>\n'
        f'<nextgroup><![CDATA[<a href="{_proxy(plan)}?{following}"></a>]]></nextgroup>\n'
        f"<recordset>\n{records}\n</recordset></datastore></script>\n"
        f"<script>$('#{unit}').jpage({{totalRecord:{len(column.items)}, perPage:{size}, groupSize:{_GROUP},"
        f" proxyUrl:'{_proxy(plan)}',\n ajaxParam:{{{ajax}}}}});</script>"
    )


def _old_island(plan: Plan, column: Column) -> str:
    """The first page of records as a JavaScript array."""
    size, unit = page_size(plan, column), _unit(column)
    records = (draw_item(plan, column, one).replace("'", "\\'") for one in column.items[:size])
    array = ",\n".join(f"'{one}'" for one in records)
    ajax = ",".join(f"{name}:'{value}'" for name, value in _parameters(plan, column).items())
    return (
        f'<div id="{unit}"></div>\n<script language="javascript">\nvar InitData{unit}=[\n{array}\n];\n'
        f"$(document).ready(function(){{$('#{unit}').jpage({{dataStore:InitData{unit},openCookies:false,"
        f"totalRecord:{len(column.items)},perPage:{size},groupSize:1,showMode:'full',"
        f"proxyUrl:'{_proxy(plan)}',ajaxParam:{{{ajax}}}}});}});\n</script>"
    )


def _parameters(plan: Plan, column: Column) -> dict[str, str]:
    return {
        "appid": "1",
        "webid": "3",
        "path": "/",
        "columnid": str(column.key),
        "sourceContentType": "1",
        "unitid": str(_unit(column)),
        "webname": f"{plan.government}门户网站",
        "permissiontype": "0",
    }


def _record(plan: Plan, column: Column, item: Item) -> str:
    return f"<record><![CDATA[{draw_item(plan, column, item)}]]></record>"


def _answer_proxy(plan: Plan, columns: Mapping[str, Column], ask: Ask) -> Answer:
    """A group of records; an unknown unit, a missing Referer or a greedy range get none."""
    given = {**ask.query, **ask.form}
    column = columns.get(given.get("unitid", ""))
    items: Sequence[Item] = ()
    if column is not None and (
        "needs_referer" not in plan.spec.quirks or ask.headers.get("Referer")
    ):
        first, last = _range(plan, column, given)
        items = column.items[max(0, first - 1) : last] if last - first < _MOST else ()
    total = len(column.items) if column else 0
    records = "\n".join(_record(plan, column, item) for item in items) if column else ""
    style = plan.styles[True]
    if _is_old(plan):  # no root, a record that is commented out, an entity that XML does not know
        hidden = "<!-- <record><![CDATA[<a href='/art/2009/1/1/art_1_1.html'>撤下的信息</a>]]></record> -->"
        text = f"<totalrecord>{total}</totalrecord>&nbsp;<recordset>\n{hidden}\n{records}\n</recordset>"
    else:
        text = f"<?xml version='1.0' encoding='UTF-8'?><datastore>\n<totalrecord>{total}</totalrecord>\n<totalpage>{-(-total // plan.spec.page_size)}</totalpage>\n<recordset>\n{records}\n</recordset></datastore>"
    return text_answer(text, style.charset, announced=True)


def _range(plan: Plan, column: Column, given: Mapping[str, str]) -> tuple[int, int]:
    """Which records are asked for, counted from 1, in the parameters that this proxy obeys."""
    size = page_size(plan, column)

    def number(name: str, otherwise: int) -> int:
        text = given.get(name, "")
        return int(text) if text.isdigit() else otherwise

    if "proxy_by_page" not in plan.spec.quirks and "startrecord" in given:
        first = number("startrecord", 1)
        return first, number("endrecord", first + number("perpage", size) - 1)
    page = number("page", 1)
    return (page - 1) * size + 1, page * size


def add_jpaas_lists(site: Site, plan: Plan, columns: Sequence[Column]) -> None:
    """Add list pages that hold no line, and the API that gives them."""
    by_tag = {_tag(column): column for column in columns}
    for column in columns:
        site.add(plan.first(column), page(_draw_empty, plan, column))
    site.add(BUILD_UNIT, lambda ask: _answer_unit(plan, by_tag, ask))


def _tag(column: Column) -> str:
    return f"当前栏目_list{column.key}"


def _query_data(column: Column) -> dict[str, str]:
    return {
        "webId": "c4c8a1bf00d44f0f8e5f5d1d84e0b7a3",
        "pageId": f"page{column.key}a1b2c3",
        "parseType": "bulidstatic",
        "pageType": "column",
        "tagId": _tag(column),
        "tplSetId": "60d6a5f3ab6e4b1f",
    }


def _draw_empty(plan: Plan, column: Column) -> Answer:
    data = (
        "{" + ",".join(f"'{name}':'{value}'" for name, value in _query_data(column).items()) + "}"
    )
    island = (
        '<div class="page-content"><script type="text/javascript" src="/script/0/jpaas-publish.js"'
        f' parseType="bulidstatic" url="{BUILD_UNIT}" queryData="{data}"></script></div>'
    )
    return _list_page(plan, column, island)


def _answer_unit(plan: Plan, columns: Mapping[str, Column], ask: Ask) -> Answer:
    """A page of lines as JSON; only ``paramJson`` turns the page."""
    column = columns.get(ask.query.get("tagId", ""))
    if column is None or ask.query.get("parseType") != "bulidstatic":
        return Answer(
            b'{"success":false,"code":"500","message":"\\u53c2\\u6570\\u9519\\u8bef"}',
            "application/json",
        )
    try:
        number = int(json.loads(ask.query.get("paramJson") or "{}").get("pageNo", 1))
    except (ValueError, TypeError, AttributeError):
        number = 1
    size = page_size(plan, column)
    items = draw_items(plan, column, column.items[(number - 1) * size : number * size])
    html = f'<ul class="list">{items}</ul><div class="pagination" rows="{size}" count="{len(column.items)}"></div>'
    body = json.dumps({"success": True, "code": "200", "data": {"html": html}}, ensure_ascii=False)
    return Answer(body.encode(), "application/json;charset=UTF-8")
