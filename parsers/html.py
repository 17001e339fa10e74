"""A web page as a layout: the text of its document, its tables as grids, the box around it.

Decides what of the tree becomes a line, a cell or nothing.  Which element holds the document
is decided by ``content``, what a label in the box means by ``metadata``.  Characters stay as
decoded; only white space is collapsed, as a browser does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from lxml import etree  # type: ignore[import-untyped]
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from parsers import gkmlpt
from parsers.content import (
    Container,
    count_pictures,
    file_links,
    find_chrome,
    find_container,
    hides_something,
)
from parsers.gkmlpt import Detail, find_detail
from parsers.layout import (
    Draft,
    Layout,
    SourceCell,
    is_blank,
    is_data_table,
    join_lines,
    place_cells,
)
from parsers.metadata import has_label, is_box
from parsers.model import Finding, Link
from parsers.unknown import MIN_TEXT, judge, read_unknown

_NEVER_TEXT = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "select", "button",
    "textarea", "svg", "nav", "footer",
)  # fmt: skip
_BLOCKS = frozenset((
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "table", "tbody",
    "thead", "tfoot", "tr", "td", "th", "caption", "section", "article", "main", "header", "aside",
    "center", "blockquote", "form", "fieldset", "hr", "br", "address", "body", "figure",
    "figcaption", "ucapcontent", "pre",
))  # fmt: skip
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
# JSP and ASP code: "<%@ page language="java" %>", "<%-- note --%>"
_SERVER_CODE = re.compile(r"<%.*?%>", re.DOTALL)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*>")
_CONTENT_MARK = etree.XPath("//comment()[contains(., 'ZJEG_RSS.content.begin')]/..")
_STRING = etree.XPath("string()")
_TITLE_CLASS = (
    "contains(' title articletitle article-title art_title xl_title biaoti ucaptitle bt ',"
    " concat(' ', translate(normalize-space(@class), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',"
    " 'abcdefghijklmnopqrstuvwxyz'), ' '))"
)
_TITLE_PATHS = tuple(
    etree.XPath(f"{axis}::{test}")
    for test in ("h1", f"*[@class][{_TITLE_CLASS}]")
    for axis in ("descendant", "preceding")
)
# Lines that site tools leave inside a container.
_TOOL_LINE = re.compile(
    r"\s*(?:[【\[]?(?:关闭|打印|返回)(?:本页|窗口|顶部|首页)?[】\]]?|分享到?[:：]?|扫一扫.{0,16}"
    r"|上一[篇条][:：].*|下一[篇条][:：].*|[【\[]?字[体号][:：]?.{0,16}"
    r"|(?:您)?(?:现在|当前)?(?:所在)?(?:的)?位置[:：].*)(?:[\s\xa0\u3000|]*"
    r"[【\[]?(?:关闭|打印|返回|收藏)(?:本页|窗口|顶部|首页)?[】\]]?)*\s*"
)
# "统计表如下", "详见附表"
# 365体育投注, 澳门真人娱乐城: no name of anything that a government links to
_GAMBLING = re.compile(
    r"365_?bet|bet_?365|体育(?:投注|博彩|下注)|真人(?:娱乐|荷官)|娱乐城|葡京|时时彩|六合彩|百家乐"
    r"|老虎机|网上赌场|亚博(?:体育)?app|威廉希尔",
    re.IGNORECASE,
)
_NAMES_TABLE = re.compile("统计表|附表|下表|情况表")
_MAX_CELL = 300
_HUGE_CELL = 1000
_CELL_GAP = "\x1f"
_SHORT_PART = 100


def lay_out_html(text: str, url: str | None = None) -> Layout:
    """The layout of a page or a fragment of one."""
    root, findings = _parse(text)
    if root is None:
        return Layout(findings=findings)
    detail = find_detail(text) if gkmlpt.MARK in text else None
    body = _find_body(root, detail)
    marked = next(iter(_CONTENT_MARK(root)), None) if "ZJEG_RSS" in text else None
    base = _find_base(root, url)
    files = (*(detail.files if detail else ()), *file_links(body))
    unread = (etree.Comment, etree.ProcessingInstruction, *_NEVER_TEXT)
    etree.strip_elements(body, *unread, with_tail=False)
    injected = _injected_links(body, base)
    found = Container(body, known=True) if detail else find_container(body, marked)
    judged = judge(text, found.rivals) if found.rivals else None
    container = found.node if judged is None else judged
    page = _write_page(container, body, text, known=found.known)
    draft: Draft | Layout = page.draft
    if len(draft.received) < MIN_TEXT and not found.known:
        draft = read_unknown(text, body) or draft
    return Layout(
        received=draft.received,
        blocks=draft.blocks,
        grids=draft.grids,
        header=(*(detail.header if detail else ()), *_read_around(body, container), *page.box),
        heading=_find_heading(container),
        page_title=_clean(root.findtext(".//title") or "") or None,
        meta_tags=_read_meta_tags(root),
        attachments=_read_links(files, base),
        links=_read_links(
            ((address, _clean(_STRING(node))) for address, node in _links_away(container)), base
        ),
        findings=findings + injected + _unread_pictures(container, draft),
    )


def _find_body(root: Element, detail: Detail | None) -> Element:
    """The body of the page, or of the document that a script of it holds."""
    body = root.find("body")
    if detail:
        fragment, _ = _parse(detail.content)
        body = fragment.find("body") if fragment is not None else None
    return root.makeelement("body") if body is None else body  # a frameset has none


def _write_page(container: Element, body: Element, text: str, *, known: bool) -> _Writer:
    """The lines and tables of the container.

    Where a known template holds nothing but a list of links, that is the document: a column.
    """
    hidden = hides_something(text)
    for link_lists in (True, False):
        chrome = find_chrome(container, hidden=hidden, link_lists=link_lists)
        page = _Writer(chrome, drop_tools=container is not body)
        page.write(container)
        page.end_line()
        if not known or len(page.draft.received) >= MIN_TEXT:
            break
    return page


def _unread_pictures(container: Element, draft: Draft | Layout) -> tuple[Finding, ...]:
    """What a page prints as pictures: the whole document, or the table that its text names."""
    received = draft.received
    if len(received) >= MIN_TEXT and (draft.grids or not _NAMES_TABLE.search(received)):
        return ()
    count = count_pictures(container)
    if not count:
        return ()
    if len(received) < MIN_TEXT:
        message = f"the document is {count} pictures; their text needs OCR"
        return (Finding("needs_ocr", "error", message),)
    message = f"the text names a table and prints none; {count} pictures may be it"
    return (Finding("needs_ocr", "warning", message),)


def _parse(text: str) -> tuple[Element | None, tuple[Finding, ...]]:
    """The tree of the page; no tree where the text has neither markup nor characters."""
    if "<%" in text:
        text = _SERVER_CODE.sub("", text)
    declaration = _XML_DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    source = text.encode("utf-8", "replace")  # lone surrogates stop libxml2
    root, fatal = _grow(source, etree.HTMLParser(encoding="utf-8"))
    if fatal:  # nested deeper than 256: try 2048
        root, fatal = _grow(source, etree.HTMLParser(encoding="utf-8", huge_tree=True))
    cut = [Finding("page_cut", "error", f"read only in part: {message}") for message in fatal]
    return root, tuple(cut[:1])


def _grow(source: bytes, parser: etree.HTMLParser) -> tuple[Element | None, list[str]]:
    """The tree, and what stopped the parser.

    Plain elements: the classes of ``lxml.html`` cost a call of Python for every element.
    """
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError:
        return None, []
    return root, [entry.message for entry in parser.error_log.filter_from_fatals()]


class _Writer:
    """Writes elements into a draft: lines, tables, and boxes beside them."""

    def __init__(self, chrome: set[Element], *, drop_tools: bool) -> None:
        self.draft = Draft()
        self.box: list[str] = []
        self._chrome = chrome
        self._drop_tools = drop_tools
        self._run: list[str] = []
        self._heading = False

    def add_text(self, text: str | None) -> None:
        """Inline text; runs join without a separator."""
        if text:
            self._run.append(text)

    def end_line(self) -> None:
        """The end of a line: what was collected becomes a block if it prints anything."""
        if self._run:
            line = _clean("".join(self._run))
            self._run.clear()
            if not is_blank(line) and not (self._drop_tools and _TOOL_LINE.fullmatch(line)):
                self.draft.add_line(line.replace(_CELL_GAP, "\t"), heading=self._heading)

    def write(self, top: Element) -> None:
        """Everything under ``top``, without its tail."""
        walk = etree.iterwalk(top, events=("start", "end"))
        chrome = self._chrome
        for event, node in walk:
            tag = node.tag
            if event == "start":
                if chrome and node in chrome:
                    walk.skip_subtree()
                    continue
                if tag in _BLOCKS:
                    self._open(tag)
                    if tag == "table" and self._write_table(node):
                        walk.skip_subtree()
                        continue
                    if tag == "pre":
                        self._write_lines(node)
                        walk.skip_subtree()
                        continue
                elif tag == "dd":
                    self._run.append(_CELL_GAP)
                if node.text:
                    self._run.append(node.text)
            else:
                if tag in _BLOCKS or tag == "dd":
                    self._close(tag)
                if node.tail and node is not top:
                    self._run.append(node.tail)

    def _open(self, tag: str) -> None:
        self.end_line()
        self._heading = tag in _HEADINGS

    def _close(self, tag: str) -> None:
        if tag != "dt":  # the dd beside it belongs to the same line
            self.end_line()
        if tag in _HEADINGS:
            self._heading = False

    def _write_lines(self, node: Element) -> None:
        for line in _STRING(node).split("\n"):
            self.add_text(line)
            self.end_line()

    def _write_table(self, table: Element) -> bool:
        """Write a data table or a box; ``False`` where the table only arranges the page."""
        if next(table.iterdescendants("table"), None) is not None:
            return False
        rows = [
            [_read_cell(cell) for cell in row if cell.tag in ("td", "th")]
            for row in table.iter("tr")
        ]
        texts = [cell.text for row in rows for cell in row]
        if sum(map(len, texts)) < _HUGE_CELL and is_box(texts):
            self.box.extend("\t".join(cell.text for cell in row) for row in rows)
            return True
        cells = place_cells(rows)
        if not is_data_table(cells):
            return False
        caption = table.find("caption")
        if caption is not None:
            self.add_text(_STRING(caption))
            self.end_line()
        self.draft.add_table(cells)
        return True


def _read_cell(cell: Element) -> SourceCell:
    text = _lone_text(cell)
    if text is not None:
        text = _one_line(text)
    else:
        text = join_lines(_SPACE.sub(" ", piece) for piece in _pieces(cell))
    return SourceCell(text, _read_span(cell.get("rowspan")), _read_span(cell.get("colspan")))


def _lone_text(cell: Element) -> str | None:
    """The text of a cell where it stands in one nest of elements: <td><p><span>5</span></p></td>."""
    node = cell
    while len(node) == 1:
        child = node[0]
        if (node.text and not node.text.isspace()) or (child.tail and not child.tail.isspace()):
            return None
        node = child
    return None if len(node) else node.text or ""


@lru_cache(maxsize=4096)  # most cells print a small number or a label of the form
def _one_line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


@lru_cache(maxsize=256)
def _read_span(printed: str | None) -> int:
    if printed is None:
        return 1
    printed = printed.strip()
    return int(printed) if printed.isdecimal() and len(printed) < 6 else 1


def _pieces(cell: Element) -> Iterator[str]:
    """The lines of a cell, inline runs joined."""
    run: list[str] = [cell.text or ""]
    for event, node in etree.iterwalk(cell, events=("start", "end")):
        if node is cell:
            continue
        if node.tag in _BLOCKS:
            yield "".join(run)
            run.clear()
        run.append((node.text if event == "start" else node.tail) or "")
    yield "".join(run)


def _clean(text: str) -> str:
    words = text.split(None, 1)
    if words and len(words[0]) == len(text):  # most lines have no white space at all
        return text
    return _SPACE.sub(" ", text).strip(" ")


def _read_around(body: Element, container: Element) -> list[str]:
    """The lines before the container, of those parts that are short or print header labels."""
    path = [container]
    while path[-1] is not body:
        path.append(path[-1].getparent())
    writer = _Writer(set(), drop_tools=False)
    for outer, inner in pairwise(reversed(path)):
        writer.add_text(outer.text)
        for child in outer:
            if child is inner:
                break
            text = _STRING(child)
            if child.tag not in _BLOCKS or len(text) < _SHORT_PART or has_label(text):
                writer.write(child)
            else:
                writer.end_line()
            writer.add_text(child.tail)
        writer.end_line()
    return [*writer.draft.received.split("\n"), *writer.box]


def _find_heading(container: Element) -> str | None:
    """The h1 of the document: in the container, else the last one above it."""
    for path in _TITLE_PATHS:
        for node in reversed(path(container)):
            line = _clean(_STRING(node))
            if not is_blank(line) and len(line) <= _MAX_CELL:
                return line
    return None


def _read_meta_tags(root: Element) -> dict[str, str]:
    """Content by lower-case name; of a repeated name the first that says something."""
    tags: dict[str, str] = {}
    for node in root.iter("meta"):
        name = (node.get("name") or "").strip().lower()
        content = _clean(node.get("content") or "")
        if name and not tags.get(name):
            tags[name] = content
    return tags


def _find_base(root: Element, url: str | None) -> str | None:
    declared = next((node.get("href") for node in root.iter("base") if node.get("href")), None)
    return _join_url(url, declared) if declared else url


def _links_away(container: Element) -> Iterator[tuple[str, Element]]:
    """Addresses of pages and files, with their elements."""
    for node in container.iter("a"):
        address = (node.get("href") or "").strip()
        if address and not address.lower().startswith(("#", "javascript:", "mailto:", "tel:")):
            yield address, node


def _injected_links(body: Element, base: str | None) -> tuple[Finding, ...]:
    """A finding where a page links gambling on foreign hosts, shown or hidden."""
    own = _host_of(base or "")
    named = [
        text
        for address, node in _links_away(body)
        if "//" in address
        and (host := _host_of(address)) not in {None, own}
        and not f".{host}".endswith(".gov.cn")
        and _GAMBLING.search(text := _clean(_STRING(node)))
    ]
    if not named:
        return ()
    message = f"the page links to foreign hosts as {'、'.join(named[:3])}: somebody has put that in"
    return (Finding("injected_links", "warning", message),)


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _read_links(found: Iterable[tuple[str, str]], base: str | None) -> tuple[Link, ...]:
    """Links in page order, absolute where a base is known, each address once."""
    links: dict[str, Link] = {}
    for address, text in found:
        absolute = _join_url(base, address.strip())
        if absolute not in links or (text and not links[absolute].text):
            links[absolute] = Link(absolute, text)
    return tuple(links.values())


def _join_url(base: str | None, address: str) -> str:
    try:
        return urljoin(base, address) if base else address
    except ValueError:  # "http://[" is no address, but it is what the page says
        return address
