"""Lists by Hanweb jpaas: pieces of HTML in JSON, built by ``jpaas-publish-server``.

The list page names the piece in ``queryData`` and the server in ``url``; pages are asked for
by ``paramJson={"pageNo":2,"pageSize":15}`` (a bare ``pageNo`` is not obeyed).
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, unquote, urlencode

from crawler.listings.addresses import absolute_url, parameter, with_parameter
from crawler.listings.page import ListPage, ListSource, Step, read_common, read_records
from crawler.listings.scripts import number_of, read_json, read_object

# queryData="{'webId':'1','pageId':'2','parseType':'bulidstatic',…}"
_QUERY = re.compile(r"queryData\s*=\s*\"(?=\{)")
# url="/api-gateway/jpaas-publish-server/front/page/build/unit"
_SERVER = re.compile(r"[\"'](/[\w./-]*jpaas-publish-server/[\w./-]+)[\"']")
# <div class="pagination" rows="15" count="132">
_ROWS = re.compile(r"\brows\s*=\s*[\"']?(\d{1,4})")
_COUNT = re.compile(r"\bcount\s*=\s*[\"']?(\d{1,6})")
USUAL_ROWS = 15


def read_list(source: ListSource) -> ListPage:
    """Return what a list page, or an answer of the server, lists."""
    if "jpaas-publish-server" in source.url:
        return _read_answer(source)
    query, server = _QUERY.search(source.text), _SERVER.search(source.text)
    if query is None or server is None:
        return read_common(source)
    url = absolute_url(source.url, server.group(1), source.encoding)
    if url is None:
        return read_common(source)
    asked = f"{url}?{urlencode(read_object(source.text, query.end()))}"
    return ListPage(steps=(_step(asked, 1, _number(_ROWS, source.text), source.url),))


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found.group(1)) if found else None


def _step(url: str, page: int, rows: int | None, referer: str | None) -> Step:
    json = f'{{"pageNo":{page},"pageSize":{rows or USUAL_ROWS}}}'
    return Step(with_parameter(url, "paramJson", quote(json, safe="")), referer=referer)


def _read_answer(source: ListSource) -> ListPage:
    answer = read_json(source.text)
    data = answer.get("data") if isinstance(answer, dict) else None
    html = data.get("html") if isinstance(data, dict) else None
    if not isinstance(html, str):
        return ListPage()
    items = read_records(replace(source, text=html), html)
    total, rows = _number(_COUNT, html), _number(_ROWS, html) or USUAL_ROWS
    asked = read_object(unquote(parameter(source.url, "paramJson") or ""), 0)
    page = number_of(asked.get("pageNo")) or 1
    referer = source.step.referer if source.step else None
    has_more = bool(items) and (total is None or page * rows < total)
    steps = (_step(source.url, page + 1, rows, referer),) if has_more else ()
    return ListPage(items, steps, page, declared_total=total, entries_only=True)
