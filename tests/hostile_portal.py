"""A portal whose every text tries to become code: pages, lists and addresses for a real crawl.

This module decides what is tried and where.  Each attempt says in its text where it stood, so
that a test can tell which one got through.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from urllib.parse import quote

from crawler.demo.editions import first_edition
from crawler.demo.pages import build_site
from tests.servers import HTML_UTF8, Page

YEARS = (2021, 2022, 2023)
FORMULA = "=cmd|' /C calc'!A"


def attempts(place: str) -> tuple[str, ...]:
    """Return texts of which each runs a script where a page does not escape it."""
    told = f"alert('{place}')"
    return (
        f"<script>{told}</script>",
        f"<img src=x onerror={told}>",
        f'"><svg onload={told}>',
        f"'><a href=\"javascript:{told}\">",
        f"</textarea></title></style><script>{told}</script>",
        f'<iframe srcdoc="<script>parent.{told}</script>"></iframe>',
        f"<img src=http://127.0.0.1:9/{place}>",
        f"\ue000<script>{told}</script>\ue001",
        f"{{{{ 7 * 7 }}}}{{% raw %}}{place}",
    )  # fmt: skip


def attack(place: str) -> str:
    """Return all attempts in one line of text."""
    return " ".join(attempts(place))


def shown(text: str) -> str:
    """Return HTML that shows the text as it is: the portal escapes it, the archive reads it raw."""
    return escape(text)


@cache
def the_tables() -> list[str]:
    """Return the tables of a report of the demo, which are those of the national form of 2021."""
    edition = first_edition()
    path = next(one.path for one in edition.reports if one.id == "trs-2023")
    body = build_site(edition)["www.demo-trs.test", path].body.decode()
    return re.findall(r"<table.*?</table>", body, re.DOTALL)


def report(year: int, edition: int) -> bytes:
    """Return a report of a year, with the figures of an edition and attempts in every part."""
    place = f"{year}-{edition}"
    name = f"海陵区{attempts('body')[year % 3]}局"
    title = f"{name if year == 2023 else '海陵区'}{year}年政府信息公开工作年度报告"
    tables = "".join(the_tables())
    for label in ("其他处理", "行政许可", "行政强制"):
        tables = tables.replace(label, f"{label}{shown(attack(f'label-{place}'))}", 1)
    numbers = iter((shown(FORMULA + str(edition)), shown(attack(f"cell-{place}")), str(edition)))
    tables = re.sub(r"(?<=>)\d+(?=<)", lambda found: next(numbers, found[0]), tables)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8">
<title>{shown(title + attack(f"title-{place}"))}</title>
<meta name="ArticleTitle" content="{shown(title + attack(f"meta-{place}"))}">
<meta name="ContentSource" content="{shown(name)}">
<meta name="PubDate" content="{year + 1}-01-20">
<meta name="Keywords" content="{shown(attack(f"keywords-{place}"))}">
</head><body><h1>{shown(title + attack(f"heading-{place}"))}</h1>
<p>发布机构：{shown(name)}</p><p>索引号：{shown(attack(f"index-{place}"))}</p>
<p>一、总体情况。{shown(attack(f"text-{place}"))}</p>
<p>二、全年收到政府信息公开申请{10 * edition + year % 100}件，{shown(FORMULA)}，上年结转0件。</p>
{tables}
<p>附件：<a href="/files/{quote(f"<script>alert(1)</script>{edition}.pdf")}">{shown(attack(f"file-{place}"))}.pdf</a>
<a href="javascript:alert('link')">{shown(attack(f"link-{place}"))}.xlsx</a></p>
</body></html>""".encode()


def hostile_pages(edition: int) -> dict[str, Page]:
    """Return the portal in an edition: a list and a report of each year."""
    paths = {year: f"/{quote(f'<script>alert({year})</script>')}/{year}.html" for year in YEARS}
    items = "".join(
        f'<li><a href="{path}">海陵区{year}年政府信息公开工作年度报告{shown(attack(f"list-{year}"))}'
        f"</a><span>{year + 1}-01-20</span></li>"
        for year, path in paths.items()
    )
    pages = {path: Page(report(year, edition), headers=[HTML_UTF8]) for year, path in paths.items()}
    listing = f'<html><meta charset="utf-8"><ul>{items}</ul></html>'.encode()
    return {"/list/": Page(listing, headers=[HTML_UTF8]), **pages}
