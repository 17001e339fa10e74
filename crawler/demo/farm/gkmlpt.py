"""gkmlpt, the platform of Guangdong: a tree in a script, lists from an API.

This module decides what ``/gkmlpt/`` answers, for the government and, under a prefix of their
own, for its departments.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from crawler.demo.farm.frame import draw_page, site_code
from crawler.demo.farm.plan import Column, Item, Plan
from crawler.demo.farm.web import Answer, Ask, Page, Site, page

SID = "755001"
_MOST = 100
_NEIGHBOURS = ("政府信息公开指南", "机构职能", "政策法规", "财政预算决算", "行政许可")


def add_lists(site: Site, plan: Plan, columns: Sequence[Column]) -> None:
    """Add the platform of every organ: its index page and its API."""
    for column in columns:
        index = plan.first(column).partition("#")[0]
        root = index.removesuffix("/gkmlpt/index")
        site.add(index, page(_draw_index, plan, column))
        site.add(f"{root}/gkmlpt/api/all/{column.key}", _list_api(plan, column))


def _list_api(plan: Plan, column: Column) -> Page:
    return lambda ask: _answer_list(plan, column, ask)


def draw_tree(column: Column) -> str:
    """Return the tree as the script holds it; its values are JSON."""
    nodes = [
        {"id": 2000 + place, "name": name, "children": [], "jump_url": "", "post_count": 3}
        for place, name in enumerate(_NEIGHBOURS)
    ]
    inner = {
        "id": column.key,
        "name": column.name,
        "children": [],
        "jump_url": "",
        "post_count": len(column.items),
    }
    nodes.append(
        {"id": 2100, "name": "政府信息公开", "children": [inner], "jump_url": "", "post_count": 0}
    )
    nodes.append(
        {
            "id": 2200,
            "name": "依申请公开",
            "children": [],
            "jump_url": "http://apply.outside.invalid/",
            "post_count": 0,
        }
    )
    return json.dumps(nodes, ensure_ascii=False)


def _draw_index(plan: Plan, column: Column) -> Answer:
    body = f"""<div id="app"></div>
<script>
window._CONFIG = {{
  SITE_ID: '{site_code(plan)}',
  SID: '{SID}',
  NAME: '{column.owner}',
  TREE: {draw_tree(column)},
  DETAIL: null
}};
</script>
<script src="/gkmlpt/js/app.4f1c.js"></script>"""
    return draw_page(plan, f"{column.owner}政府信息公开目录", body)


def _answer_list(plan: Plan, column: Column, ask: Ask) -> Answer:
    """Up to a hundred articles; none past the end or for another site's id."""
    page = ask.query.get("page", "1")
    number = int(page) if page.isdigit() else 1
    items = column.items[(number - 1) * _MOST : number * _MOST]
    if ask.query.get("sid") != SID:
        items = ()
    answer = {
        "classify": {"id": column.key, "name": column.name, "post_count": len(column.items)},
        "total": len(column.items),
        "articles": [_article(plan, column, item) for item in items],
    }
    return Answer(json.dumps(answer).encode(), "application/json")


def _article(plan: Plan, column: Column, item: Item) -> dict[str, object]:
    seconds = int(datetime(item.day.year, item.day.month, item.day.day, tzinfo=UTC).timestamp())
    return {
        "id": item.serial,
        "title": item.title,
        "url": f"http://{column.host}{plan.address(column, item)}",
        "post_url": "",
        "publisher": item.subjects[0][0] if item.subjects else plan.government,
        "document_number": "",
        "identifier": f"007{plan.spec.region}/{item.day.year}-{item.serial % 99999:05d}",
        "date": seconds,
        "created_at": f"{item.shown_day} 10:00:00",
        "first_publish_time": seconds,
        "display_publish_time": seconds,
        "keywords": "",
        "abstract": "",
        "classify_main_name": column.name,
        "classify_genre_name": "",
        "classify_theme_name": "",
        "is_expired": 0,
        "is_abolished": 0,
        "attachment": [],
        "relation": "",
    }
