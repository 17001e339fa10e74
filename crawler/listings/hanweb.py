"""Lists by Hanweb JCMS (大汉): the first entries in the page, the others from ``dataproxy.jsp``.

The page holds its first entries as an XML island (``<datastore>``) or, in older versions, as
an array of a script (``InitData49468``); ``.jpage({…})`` says how many there are and where the
others come from.  Servers differ in which parameters they obey: some count entries
(``startrecord``, ``endrecord``, ``perpage``), some count groups of pages (``page``), some
pages.  All are offered, for ``crawler.walk`` to try until one brings something new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from crawler.listings.addresses import absolute_url, parameter, with_parameter
from crawler.listings.page import ListItem, ListPage, ListSource, Step, read_common, read_records
from crawler.listings.scripts import number_of, read_object
from crawler.listings.titles import is_report_title

# "$('#423656').jpage({", "jQuery(\"#49468\").jpage( {"
_CALL = re.compile(r"\.jpage\(\s*(?=\{)")
# "dataStore:InitData49468" and "var InitData49468 = ["<li>…</li>", …]"
_STORE = re.compile(r"dataStore\s*:\s*(\w+)")
_STRING = re.compile(r"[\s,]*(?:'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\")")
_AJAX = re.compile(r"ajaxParam\s*:\s*(?=\{)")
# "<totalrecord>58</totalrecord>"
_TOTAL = re.compile(r"<totalrecord>\s*(\d{1,6})\s*</totalrecord>", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")
_USUAL_GROUP = 3
_MOST_BLOCKS = 20  # a page with more lists than that is none that a person reads


@dataclass(frozen=True, slots=True)
class _Block:
    """One list of a page: its entries as markup, its size, and the request for the others."""

    entries: tuple[str, ...]
    total: int | None
    per_page: int
    group: int
    proxy: str | None


def read_list(source: ListSource) -> ListPage:
    """Return what a list page, or an answer of the proxy, lists."""
    if _CALL.search(source.text) is None and "dataproxy" in source.url:
        return _read_answer(source)
    blocks = [_with_items(source, block) for block in _blocks(source)]
    if not blocks:
        return read_common(source)
    block, items = max(blocks, key=lambda found: sum(is_report_title(i.title) for i in found[1]))
    steps: tuple[Step, ...] = ()
    if block.proxy is not None and (block.total is None or block.total > len(block.entries)):
        steps = tuple(_first_steps(block, block.proxy, source.url))
    return ListPage(items, steps, declared_total=block.total, entries_only=True)


def _with_items(source: ListSource, block: _Block) -> tuple[_Block, tuple[ListItem, ...]]:
    return block, read_records(source, "".join(block.entries))


def _blocks(source: ListSource) -> Iterator[_Block]:
    """Yield the lists of a page, each with the entries that stand before its call."""
    text = source.text
    before = 0
    for call in islice(_CALL.finditer(text), _MOST_BLOCKS):
        options = read_object(text, call.end())
        store = _STORE.search(text, call.end(), call.end() + 2000)
        entries = _array(text, store.group(1)) if store else ()
        entries = entries or _records(text[before : call.start()])
        entries = entries or _records(text[call.end() :])  # some versions print them behind it
        yield _Block(
            entries,
            number_of(options.get("totalRecord")),
            number_of(options.get("perPage")) or max(len(entries), 1),
            number_of(options.get("groupSize")) or _USUAL_GROUP,
            _proxy(source, call.end(), options.get("proxyUrl")),
        )
        before = call.end()


def _records(text: str) -> tuple[str, ...]:
    """Return the entries of ``<record><![CDATA[…]]></record>``, the root of which may be missing."""
    pieces = _without_comments(text).split("</record>")[:-1]
    entries = (piece.rpartition("<record>")[2].strip() for piece in pieces)
    return tuple(entry.removeprefix("<![CDATA[").removesuffix("]]>") for entry in entries)


def _without_comments(text: str) -> str:
    """Return the text without what the site has withdrawn: ``<!-- <record>…</record> -->``."""
    kept = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + len("-->")
    return "".join((*kept, text[at:]))


def _array(text: str, name: str) -> tuple[str, ...]:
    """Return the strings of the array that a script assigns to a name."""
    found = re.search(rf"\b{re.escape(name)}\s*=\s*(?:new\s+Array\s*\(|\[)", text)
    strings = []
    at = found.end() if found else len(text)
    while string := _STRING.match(text, at):
        strings.append(_ESCAPED.sub(r"\1", string.group(1) or string.group(2) or ""))
        at = string.end()
    return tuple(strings)


def _proxy(source: ListSource, start: int, address: str | None) -> str | None:
    """Return the address of the proxy with the parameters that the page sends along."""
    url = absolute_url(source.url, address, source.encoding) if address else None
    ajax = _AJAX.search(source.text, start, start + 3000)
    if url is None:
        return None
    for name, value in (read_object(source.text, ajax.end()) if ajax else {}).items():
        url = with_parameter(url, name, quote(value, safe="/", encoding=source.encoding))
    return url


def _first_steps(block: _Block, proxy: str, referer: str) -> Iterator[Step]:
    shown = len(block.entries)
    size = block.per_page * block.group
    last = shown + size if block.total is None else min(shown + size, block.total)
    by_entry = with_parameter(proxy, "startrecord", shown + 1)
    by_entry = with_parameter(by_entry, "endrecord", last)
    yield Step(with_parameter(by_entry, "perpage", block.per_page), referer=referer)
    by_page = with_parameter(proxy, "perpage", block.per_page)
    for number in dict.fromkeys((2, shown // block.per_page + 1)):
        yield Step(with_parameter(by_page, "page", number), referer=referer)


def _read_answer(source: ListSource) -> ListPage:
    """Return what an answer of the proxy lists: XML, often broken, sometimes without a root."""
    entries = _records(source.text)
    items = read_records(source, "".join(entries))
    found = _TOTAL.search(source.text)
    total = int(found.group(1)) if found else None
    step = _next_of(source, len(entries), total or source.declared) if entries else None
    steps = (step,) if step else ()
    return ListPage(items, steps, declared_total=total, entries_only=True)


def _next_of(source: ListSource, count: int, total: int | None) -> Step | None:
    """Return the request after this one, in the way of counting that the server obeyed."""
    url = source.url
    referer = source.step.referer if source.step else None
    start = number_of(parameter(url, "startrecord"))
    if start is None:
        page = number_of(parameter(url, "page")) or 1
        return Step(with_parameter(url, "page", page + 1), referer=referer)
    following = start + count
    if total is not None and following > total:
        return None
    size = (number_of(parameter(url, "endrecord")) or following) - start + 1
    last = following + size - 1
    url = with_parameter(url, "startrecord", following)
    return Step(
        with_parameter(url, "endrecord", last if total is None else min(last, total)),
        referer=referer,
    )
