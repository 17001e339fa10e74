"""Report pages to measure on: made up from a seed, in the real forms and the real weight.

Tables and opening sentences are those of the demo portals; the numbers are drawn from the
seed; the frame around the report is as heavy as government sites make it, so that a page has
about 30 KB.  Every other page is in GBK without a charset in its header.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from crawler.demo.compose import Heading, Paragraph, compose
from crawler.demo.editions import DemoReport
from crawler.demo.grids import APPLICANTS, Grid, count_2014, count_cases, count_requests
from crawler.demo.labels import RESULTS, ROWS_2014, SUMS_2014
from parsers.regions import region_of, regions_named

SEED = 20261121
PORTAL_PATH = "/xxgk/nianbao/"
FIRST_YEAR, LAST_YEAR = 2008, 2025
# Of each place; the departments only once the reports of the governments are used up.
_ORGANS = (
    "人民政府", "教育局", "民政局", "司法局", "财政局", "自然资源局", "交通运输局", "水利局",
    "农业农村局", "商务局", "审计局", "统计局", "应急管理局", "市场监督管理局", "医疗保障局",
    "信访局", "林业局", "体育局", "住房和城乡建设局", "文化和旅游局", "退役军人事务局",
    "人力资源和社会保障局",
)  # fmt: skip
# County-level cities and counties: codes that end in 21 to 26 or 81 to 86.
_CODES = [
    f"{prefix}{county}"
    for prefix in (3201, 3205, 3206, 3301, 3306, 3307, 3401, 3501, 3502, 3706, 3707, 4101, 5101)
    for county in (*range(21, 27), *range(81, 87))
]
_TOPICS = [
    "财政预决算",
    "重大建设项目",
    "公共资源配置",
    "社会救助",
    "食品药品监管",
    "环境保护",
    "安全生产",
    "教育",
    "医疗卫生",
    "就业创业",
]
_SENTENCES = (
    "围绕{topic}领域，更新公开目录{n}项，发布信息{m}条，解读材料做到与文件同步起草、同步审签、同步发布。",
    "加强{topic}信息的日常维护，组织业务培训{n}次，参加人员{m}人次，答复口径进一步统一。",
    "对照上级关于{topic}公开的要求，开展自查{n}次，整改问题{m}个，栏目内容保持准确、及时、完整。",
    "通过新闻发布会、在线访谈等方式回应{topic}方面的关切{n}次，办理网民留言{m}条，按期办结。",
)


@dataclass(frozen=True, slots=True)
class BenchPage:
    """One answer of the bench portal."""

    path: str
    title: str
    content_type: str
    body: bytes


def make_site(count: int, seed: int = SEED) -> dict[str, BenchPage]:
    """Return ``count`` report pages and their list page, by path."""
    pages = list(make_pages(count, seed))
    listing = "".join(
        f'<li><a href="{page.path}">{escape(page.title)}</a><span>2026-03-01</span></li>\n'
        for page in pages
    )
    text = f"<!DOCTYPE html><title>政府信息公开年报</title><ul>{listing}</ul>演示数据"
    column = BenchPage(PORTAL_PATH, "年报", "text/html; charset=utf-8", text.encode())
    return {page.path: page for page in (column, *pages)}


def make_pages(count: int, seed: int = SEED) -> Iterator[BenchPage]:
    """Yield ``count`` report pages, no two of one report."""
    return map(_make_page, make_reports(count, random.Random(seed)))


def make_reports(count: int, rng: random.Random) -> Iterator[DemoReport]:
    """Yield reports of many bodies and years in every form.

    Raises:
        ValueError: there are not so many bodies.
    """
    names = list(_unmistakable_names())
    pairs = [(name, year) for year in range(FIRST_YEAR, LAST_YEAR + 1) for name in names]
    if count > len(_ORGANS) * len(pairs):
        raise ValueError(f"{count} reports are more than {len(_ORGANS) * len(pairs)}")
    # Every seventh, so that few pages still hold every form.
    for serial in range(count):
        name, year = pairs[serial * 7 % len(pairs)]
        yield _make_report(f"{name}{_ORGANS[serial // len(pairs)]}", year, serial, rng)


def _unmistakable_names() -> Iterator[str]:
    """Return names of divisions that stood in every year and share their name with no other."""
    for code in _CODES:
        region = region_of(code)
        stood = region and region.stood_in(FIRST_YEAR) and region.stood_in(LAST_YEAR)
        if region and stood and len(regions_named(region.name)) == 1:
            yield region.name


def _make_report(body: str, year: int, serial: int, rng: random.Random) -> DemoReport:
    form = _form_of(year)
    printed = _make_numbers(form, rng)
    return DemoReport(
        id=str(serial),
        portal="bench",
        form=form,
        body=body,
        year=year,
        path=f"{PORTAL_PATH}t{serial:05d}.html",
        published=f"{year + 1}-01-{rng.randint(10, 28)} 09:30",
        written=f"{year + 1}年1月{rng.randint(5, 9)}日",
        printed=printed,
        proactive=str(rng.randint(800, 20000)),
        received=printed.get("requests_received_total") or printed.get("new_received.total", "12"),
        extra="".join(make_sentence(rng) for _ in range(4)),
    )


def _form_of(year: int) -> str:
    if year >= 2021:
        return "national_2021"
    if year >= 2019:
        return "national_2019"
    return "national_2014" if year >= 2014 else "narrative_2011"


def _make_numbers(form: str, rng: random.Random) -> Mapping[str, str]:
    """Return numbers whose sums hold, as a careful editor would print them."""
    if form == "narrative_2011":
        return {}
    if form == "national_2014":
        parts = {part for parts in SUMS_2014.values() for part in parts}
        given = {field: str(rng.randint(0, 90)) for field, _, _ in ROWS_2014 if field in parts}
        return count_2014({key: value for key, value in given.items() if key not in SUMS_2014})
    names = [row for _, rows in RESULTS for row, _ in rows]
    rows = {name: [rng.randint(0, 9) for _ in APPLICANTS] for name in names}
    rows["carried_out"] = [10 + rng.randint(0, 9) for _ in APPLICANTS]
    cases = {
        group: [rng.randint(0, 9) for _ in range(4)]
        for group in ("recon", "lit_direct", "lit_after_recon")
    }
    counted = count_requests(rows, form) | count_cases(cases)
    return {key: str(number) for key, number in counted.items()}


def make_sentence(rng: random.Random) -> str:
    """Return a sentence with two figures of no national field."""
    sentence = rng.choice(_SENTENCES)
    return sentence.format(topic=rng.choice(_TOPICS), n=rng.randint(2, 40), m=rng.randint(50, 900))


def _make_page(report: DemoReport) -> BenchPage:
    rng = random.Random(f"{SEED}/{report.id}")
    text = _frame(report, "\n".join(draw(piece, rng) for piece in compose(report)), rng)
    is_gbk = int(report.id) % 2 == 1
    kind = "text/html" if is_gbk else "text/html; charset=UTF-8"
    body = (
        text.replace('charset="utf-8"', 'charset="gb2312"').encode("gbk")
        if is_gbk
        else text.encode()
    )
    return BenchPage(report.path, report.title, kind, body)


def draw(piece: Heading | Paragraph | Grid, rng: random.Random) -> str:
    """Return a piece of a report as the markup that editors leave."""
    font = "font-family: 仿宋_GB2312; font-size: 16pt; line-height: 150%"
    if isinstance(piece, Heading):
        more = "".join(draw(Paragraph(make_sentence(rng)), rng) for _ in range(4))
        return f'<p style="{font}"><strong>{escape(piece.text)}</strong></p>\n{more}'
    if isinstance(piece, Paragraph):
        return f'<p style="text-indent: 32pt"><span style="{font}">{escape(piece.text)}</span></p>'
    rows = (
        "".join(
            f'<td width="60" colspan="{box.colspan}" rowspan="{box.rowspan}">'
            f"<p>{escape(box.text)}</p></td>"
            for box in boxes
        )
        for boxes in piece
    )
    return "<table>" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</table>"


def _frame(report: DemoReport, article: str, rng: random.Random) -> str:
    """Return the page: meta tags, menus, scripts and side lists around the article."""
    menu = "".join(
        f'<li class="nav-{n}"><a href="/channel/{n}/index.html" target="_blank">{_TOPICS[n % 10]}</a></li>\n'
        for n in range(60)
    )
    script = "".join(
        f'$("#tab{n}").hover(function () {{ $(".panel").hide(); $("#panel{n}").show(); }});\n'
        for n in range(40)
    )
    related = "".join(
        f'<li><a href="/xw/{rng.randint(1000, 9999)}.html">{_TOPICS[n % 10]}工作动态</a></li>\n'
        for n in range(30)
    )
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{report.title}_政府网</title>
<meta name="SiteName" content="政府网"><meta name="ColumnType" content="信息公开年报">
<meta name="ArticleTitle" content="{report.title}"><meta name="PubDate" content="{report.published}">
<meta name="ContentSource" content="{report.body}">
<script src="/js/jquery.js"></script><script>
{script}</script></head><body>
<div class="header"><ul>{menu}</ul></div>
<div class="article"><h1>{report.title}</h1>
<div class="tools">发布时间：{report.published} 来源：{report.body} 浏览次数：{rng.randint(10, 999)}</div>
<div class="TRS_Editor">{article}</div></div>
<div class="side"><ul>{related}</ul></div>
<div class="footer">演示数据，并非真实报告</div></body></html>
"""
