"""The page /search for Datasette, and Chinese words in the search boxes of its tables.

This module decides what the page offers and says, in English and Chinese.  What is found, in
which order, and what of a text is shown is decided by ``archive.search``.  ``scrapy browse``
loads it; with plain Datasette it needs ``--plugins-dir archive/site/plugins``, ``--template-dir
archive/site/templates`` and ``--static assets:archive/site/static``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from datasette import Response, hookimpl  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils import sqlite_timelimit  # type: ignore[import-untyped]
from datasette.utils.asgi import Request  # type: ignore[import-untyped]

from archive.search import (
    Found,
    Hit,
    Part,
    Query,
    find,
    mark,
    read_query,
    region_prefix,
    search_query,
    search_snippet,
    snippet,
)
from parsers.regions import region_of

HITS_ON_A_PAGE = 20
LAST_PAGE = 50
# The page has no script and asks nobody else; a browser is to see to it that this stays so.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
LABELS = {
    "en": {
        "title": "Search the reports",
        "home": "Archive",
        "words": "Words",
        "search": "Search",
        "year": "Year of report",
        "every_year": "every year",
        "region": "Region",
        "every_region": "everywhere",
        "found": "reports found.",
        "by_year": "Newest first: the words stand in more than a fifth of all reports.",
        "by_rank": "Best match first; a word in the title counts for more.",
        "none": "No report has all of these words.",
        "slow": "This search took too long. Add a word, a year or a region.",
        "withdrawn": "no longer at its address",
        "mirror": "known from a mirror only",
        "unknown_year": "year unknown",
        "previous": "Previous page",
        "next": "Next page",
        "pages": "Pages of hits",
        "help": "What is found",
        "help_words": "A report is found when all words stand in its latest text or title,"
        " each with its characters in a row: 民政 also in 人民政府.",
        "help_same": "Traditional and simplified characters, full-width and half-width, capital and"
        " small letters are the same. Which signs stand between words does not count:"
        " 公开，申请 is found as 公开、申请.",
        "help_more": 'A minus leaves out: 复议 -诉讼. Quotation marks keep words together: "信访 复议".',
        "other_language": "中文",
    },
    "zh": {
        "title": "检索年报",
        "home": "档案首页",
        "words": "检索词",
        "search": "检索",
        "year": "报告年度",
        "every_year": "全部年度",
        "region": "地区",
        "every_region": "全部地区",
        "found": "份年报。",
        "by_year": "检索词见于五分之一以上的年报，按年度由近及远排列。",
        "by_rank": "按相关程度排列，标题中的词权重较高。",
        "none": "没有年报包含全部检索词。",
        "slow": "检索超时，请增加检索词，或限定年度、地区。",
        "withdrawn": "原网址已不可见",
        "mirror": "仅见于镜像",
        "unknown_year": "年度不明",
        "previous": "上一页",
        "next": "下一页",
        "pages": "结果分页",
        "help": "检索规则",
        "help_words": "最新正文或标题包含全部检索词的年报才会列出；字须相连，故检索“民政”也会找到“人民政府”。",
        "help_same": "繁简、全半角、大小写视为相同；词间用何标点不计：“公开，申请”也会找到“公开、申请”。",
        "help_more": "减号表示排除：复议 -诉讼；引号表示连用：“信访 复议”。",
        "other_language": "English",
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a page asks for; what makes no sense there is not asked for."""

    words: str
    year: int | None
    region: str | None
    page: int
    language: str

    def address(self, **changes: object) -> str:
        """Return the address of the same search but for ``changes``."""
        asked = {
            "q": self.words,
            "year": self.year,
            "region": self.region,
            "page": self.page if self.page > 1 else None,
            "lang": self.language,
        }
        kept = {name: value for name, value in {**asked, **changes}.items() if value is not None}
        return "?" + urlencode(kept, errors="replace")


@dataclass(frozen=True, slots=True)
class Entry:
    """A hit as the page shows it."""

    url: str
    title: tuple[Part, ...]
    places: tuple[Part, ...]
    subject: str | None
    year: int | None
    region: str | None
    region_name: str | None
    is_withdrawn: bool
    is_mirrored: bool


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]  # after Datasette's own function of this name
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Let every search box and every query find Chinese words."""
    for name, arguments, function in (
        ("escape_fts", 1, search_query),
        ("search_query", 1, search_query),
        ("search_snippet", 2, search_snippet),
    ):
        conn.create_function(name, arguments, function, deterministic=True)


@hookimpl  # type: ignore[untyped-decorator]
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """Return the entry in the menu of every page."""
    return [{"href": datasette.urls.path("/search"), "label": "Search 检索"}]


def read_request(arguments: Mapping[str, str], accepted: str) -> Asked:
    """Return what is asked for, in the language asked for, else in one the browser accepts."""
    year = arguments.get("year") or ""
    page = arguments.get("page") or ""
    region = arguments.get("region") or ""
    language = arguments.get("lang") or ("zh" if accepted.lower().startswith("zh") else "en")
    return Asked(
        words=(arguments.get("q") or "").strip(),
        year=int(year) if _is_number(year) else None,
        region=region if region_prefix(region) else None,
        page=min(max(int(page), 1), LAST_PAGE) if _is_number(page) else 1,
        language=language if language in LABELS else "en",
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


async def search_page(datasette: Datasette, request: Request) -> Response:
    """Return the page: the form, and the hits where words were given."""
    asked = read_request(request.args, request.headers.get("accept-language") or "")
    query = read_query(asked.words)
    database = datasette.get_database()

    def answer(conn: sqlite3.Connection) -> tuple[dict[str, object], Found | None, list[Entry]]:
        with sqlite_timelimit(conn, datasette.setting("sql_time_limit_ms")):
            found = _find(conn, asked, query) if query.wanted else None
            hits = found.hits if found else ()
            entries = [_entry(conn, datasette, query, hit) for hit in hits]
            return _choices(conn, asked), found, entries

    try:
        choices, found, entries = await database.execute_fn(answer)
        is_slow = False
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        choices, found, entries, is_slow = {}, None, [], True
    context = {
        **choices,
        "asked": asked,
        "labels": LABELS[asked.language],
        "found": found,
        "entries": entries,
        "is_slow": is_slow,
        "other": "en" if asked.language == "zh" else "zh",
        "has_next": bool(found)
        and asked.page * HITS_ON_A_PAGE < found.count
        and asked.page < LAST_PAGE,
        "home": datasette.urls.instance(),
        "style": datasette.urls.path("/assets/site.css"),
    }
    text = await datasette.render_template("search.html", context, request=request)
    return Response.html(text, status=503 if is_slow else 200, headers=HEADERS)


def _find(conn: sqlite3.Connection, asked: Asked, query: Query) -> Found:
    return find(
        conn,
        query,
        year=asked.year,
        region=asked.region,
        limit=HITS_ON_A_PAGE,
        offset=(asked.page - 1) * HITS_ON_A_PAGE,
    )


def _entry(conn: sqlite3.Connection, datasette: Datasette, query: Query, hit: Hit) -> Entry:
    row = (
        conn.execute(
            "SELECT subject, year, region_code, region_name, status, source_quality FROM reports"
            " WHERE key = ?",
            [hit.report],
        ).fetchone()
        or (None,) * 6
    )
    subject, year, region, region_name, status, quality = row
    return Entry(
        url=datasette.urls.path(f"/report/{quote(hit.report)}"),
        title=mark(hit.title or hit.report, query),
        places=snippet(hit.text, query),
        subject=subject,
        year=year,
        region=region,
        region_name=region_name,
        is_withdrawn=status == "withdrawn",
        is_mirrored=quality == "mirror",
    )


def _choices(conn: sqlite3.Connection, asked: Asked) -> dict[str, object]:
    """Return the years and provinces to choose from, and the region that is chosen."""
    years = conn.execute(
        "SELECT DISTINCT year FROM report_texts WHERE year IS NOT NULL ORDER BY year DESC"
    ).fetchall()
    codes = conn.execute(
        "SELECT DISTINCT substr(region_code, 1, 2) || '0000' AS code FROM report_texts"
        " WHERE region_code IS NOT NULL ORDER BY code"
    ).fetchall()
    chosen = {asked.region} if asked.region else set()
    return {
        "years": [year for (year,) in years],
        "regions": [(code, _name(code)) for code in sorted({c for (c,) in codes} | chosen)],
    }


def _name(code: str) -> str:
    region = region_of(code)
    return region.name if region else code
