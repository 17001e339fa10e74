"""Which element of a page holds the document, and what around it is only chrome.

Decides the container (known CMS families first, else the element where the text is dense) and
which parts are menus, tool bars, lists of links or footers.  How the container becomes text is
left to ``html``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lxml.etree import XPath  # type: ignore[import-untyped]
from lxml.etree import _Element as Element

# The containers of the CMS families, most telling first; matched against ids and classes.
_KNOWN = (
    "zoom", "ucap-content", "trs_editor_view", "trs_editor", "trs_uep_editor", "trs_web",
    "custom_unionstyle", "pages_content", "article_content", "article-content", "articlecontent",
    "art_con", "artcontent", "news_content", "newscontent", "nfcms-content", "detail-content",
    "xxgk_content", "zwgk_content", "ewb-article-info", "j-fontcontent", "fontzoom", "mycontent",
    "gkml_content", "view_content", "wzcontent", "conttxt",
)  # fmt: skip
_KNOWN_RANK = {name: rank for rank, name in enumerate(_KNOWN)}
_LIKELY = frozenset(
    ("content", "contents", "article", "main-content", "maincontent", "con", "text", "txt", "detail",
     "details", "nr", "neirong", "xl_content", "article-body", "body", "cont", "article_con"),
)  # fmt: skip
_NAMED = XPath("descendant::*[@id or @class]")
_STYLED = XPath("descendant::*[contains(@style, 'none') or contains(@style, 'hidden')]")
_STRING = XPath("string()")
_BLOCKS = frozenset(("ul", "ol", "dl", "table", "p", "div", "td", "section", "nav", "center"))
_BOXES = frozenset(
    ("body", "div", "td", "section", "article", "main", "center", "form", "table", "tbody", "tr",
     "span", "font", "ucapcontent"),
)  # fmt: skip
_RIVALS = _BOXES | {"aside"}
# class="top-nav", id="footer", "share_box", "breadcrumb", but not "canvas" or "content-footnote"
_CHROME = re.compile(
    r"(?<![a-z])(?:(?:top|main|sub|sx|site|page|left|bottom)?[-_]?(?:navs?|navbar|menus?|breadcrumbs?"
    r"|crumbs?|sidebar|toolbar|foot|footer|copyright)|share|bdshare\w*|bshare|related|relatednews"
    r"|xgwz|xglj|fenxiang|dangqian|weizhi|curpos|position|hotnews|friendlink|links|print|dayin"
    r"|qrcode|ewm|pagination|prenext)(?![a-rt-z])"
)
# style="display: none"
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDDEN_BYTES = re.compile(HIDDEN.pattern.encode())
# "a.pdf", "/module/download/downfile.jsp?filename=1.doc", "viewer.html?file=/x.pdf"
# (in small letters, and each choice begins with a character of its own: Python skips to these)
_FILE_LINK = re.compile(
    r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|rtf|pptx?|zip|rar|7z|csv)(?:$|[?#&'\"])"
    r"|downfile\.jsp|\?file(?:name)?=[^&]+\.\w{2,4}|&file(?:name)?=[^&]+\.\w{2,4}"
)
# "window.open('/files/1.pdf')"
_QUOTED_FILE = re.compile(r"['\"]([^'\"]+)['\"]")
# "/images/icon_pdf.gif", "logo.png", "ewm.jpg", "share_wx.png"
_ICON = re.compile(
    r"\.gif(?:$|\?)|(?:^|[/_.-])(?:icons?|ico|logo|banner|qr\w*|ewm|share|print|spacer|btn|dot|line"
    r"|arrow|head|top|foot|nav|bg|tb\w{0,4}|wx|wb|jubao|jiucuo|gongan|blue)[\w-]*\.\w+"
)
_MIN_PICTURE = 120
_MIN_KNOWN = 40
_MIN_RIVAL = 300
_MAX_RIVALS = 4
_MAX_CANDIDATES = 300
_MAX_STEPS = 100
_DENSE = 0.85
_LINKED = 0.6
_MAX_CHROME = 0.3
_SHORT_CELL = 100


def is_file_link(address: str) -> bool:
    """Whether an address, or a script that opens one, points to a document file."""
    return _FILE_LINK.search(address.lower()) is not None


def hides_something(source: str) -> bool:
    """Whether the source of a page says that part of it is not shown."""
    lower = source.encode("utf-8", "replace").lower()  # cheaper than folding case as it searches
    return (b"none" in lower or b"hidden" in lower) and _HIDDEN_BYTES.search(lower) is not None


def count_text(node: Element) -> int:
    """The number of characters under ``node`` that are not white space."""
    return len("".join(_STRING(node).split()))


class Container(NamedTuple):
    """The element that holds the document.

    ``known`` says that its template is one of those we know; ``rivals`` are parts of an unknown
    one that compete for being the document.
    """

    node: Element
    known: bool
    rivals: tuple[Element, ...] = ()


def find_container(body: Element, marked: Element | None) -> Container:
    """The element that holds the document; ``body`` itself on a page without chrome.

    ``marked`` is the element that holds the content comments of the page, if it has them.
    """
    if marked is not None and marked is not body and count_text(marked) >= _MIN_KNOWN:
        return Container(marked, known=True)
    known = [
        (rank, -count_text(node), i, node)
        for i, (rank, node) in enumerate(islice(_known(body), _MAX_CANDIDATES))
    ]
    known.sort(key=lambda entry: entry[:3])
    full = next((node for _, size, _, node in known if -size >= _MIN_KNOWN), None)
    if full is None:  # "see the attachment" is a whole document too, and so is a picture of one
        full = next((node for *_, node in known if any(file_links(node))), None)
    if full is None:
        full = next((node for *_, node in known if count_pictures(node)), None)
    return _find_dense(body) if full is None else Container(full, known=True)


def find_pictures(node: Element) -> Iterator[Element]:
    """The pictures under ``node`` that may print text: not icons, logos and share buttons."""
    for picture in node.iter("img"):
        sides = [picture.get(side, "").removesuffix("px") for side in ("width", "height")]
        small = any(side.isdecimal() and int(side[:6]) < _MIN_PICTURE for side in sides)
        if not small and not _ICON.search(picture.get("src", "").lower()):
            yield picture


def count_pictures(node: Element) -> int:
    """How many pictures under ``node`` may print text."""
    return sum(1 for _ in find_pictures(node))


def file_links(node: Element) -> Iterator[tuple[str, str]]:
    """Address and text of everything under ``node`` that points to a document file."""
    for link in node.iter("a", "embed", "object", "iframe"):
        for name in ("href", "src", "data", "onclick"):
            address = link.get(name, "")
            if not address or not is_file_link(address):
                continue
            if name == "onclick":
                quoted = _QUOTED_FILE.search(address)
                address = quoted.group(1) if quoted else ""
            if address:
                yield address, " ".join(_STRING(link).split()) or link.get("title", "")
                break


def find_chrome(
    container: Element, *, hidden: bool = True, link_lists: bool = True
) -> set[Element]:
    """The parts of the container that are not the document: tool bars, lists of links, hidden.

    ``hidden`` says that something of the page is not shown (``hides_something``); without
    ``link_lists`` lists of links are document, as on the page of a column.
    """
    total = count_text(container)
    named = _NAMED(container) + (_STYLED(container) if hidden else [])
    candidates = islice(filter(_is_chrome, named), _MAX_CANDIDATES)
    chrome = {node for node in candidates if count_text(node) < _MAX_CHROME * total}
    if link_lists:
        chrome |= set(_link_lists(container))
    return chrome - set(container.iterancestors())


def _link_lists(container: Element) -> Iterator[Element]:
    """The blocks that hold hardly anything but links."""
    count: Counter[Element] = Counter()
    length: Counter[Element] = Counter()
    for link in container.iter("a"):
        if not _leads_away(link):
            continue
        block = next((node for node in link.iterancestors() if node.tag in _BLOCKS), container)
        if block is not container:
            count[block] += 1
            length[block] += count_text(link)
    for block, links in count.items():
        if links > 2 and length[block] > _LINKED * count_text(block):
            yield block


def _known(body: Element) -> Iterator[tuple[int, Element]]:
    for node in body.iterdescendants("*"):
        ranks = _ranks_of(node.get("id", "")) + _ranks_of(node.get("class", ""))
        if ranks:
            yield min(ranks), node


@lru_cache(maxsize=4096)  # the pages of a portal are of one make
def _ranks_of(names: str) -> tuple[int, ...]:
    return tuple(_KNOWN_RANK[name] for name in names.lower().split() if name in _KNOWN_RANK)


def _is_chrome(node: Element) -> bool:
    style = node.get("style")
    if style and HIDDEN.search(style):
        return True
    return _names_chrome(node.get("class", "")) or _names_chrome(node.get("id", ""))


@lru_cache(maxsize=4096)
def _names_chrome(names: str) -> bool:
    return _CHROME.search(names.lower()) is not None


def _leads_away(link: Element) -> bool:
    address = link.get("href", "")
    return bool(address) and not address.startswith("#") and not is_file_link(address)


def _weigh(node: Element) -> int:
    """Text under ``node`` that is neither link nor chrome."""
    if not isinstance(node.tag, str) or node.tag in ("nav", "footer") or _is_chrome(node):
        return 0
    links = sum(count_text(link) for link in node.iter("a") if _leads_away(link))
    return count_text(node) - links


def _find_dense(body: Element) -> Container:
    """Step down while one child holds nearly all the text, then to a part named as content."""
    node = body
    weights: list[tuple[int, Element]] = []
    for _ in range(_MAX_STEPS):
        weights = [(_weigh(child), child) for child in node]
        loose = count_text(node) - sum(count_text(child) for child in node)
        total = loose + sum(weight for weight, _ in weights)
        weight, heaviest = max(weights, key=lambda entry: entry[0], default=(0, None))
        if heaviest is None or heaviest.tag not in _BOXES or not 0 < _DENSE * total <= weight:
            break
        if _is_data_table(heaviest) or _loses(node, heaviest):
            break
        node = heaviest
    rivals = _find_rivals(weights)
    total = _weigh(node)
    for part in islice(filter(_is_named_content, _NAMED(node)), _MAX_CANDIDATES):
        if 2 * _weigh(part) >= total > 0 and not _loses(node, part):
            return Container(part, known=False)
    return Container(node, known=False, rivals=rivals)


def _find_rivals(weights: Sequence[tuple[int, Element]]) -> tuple[Element, ...]:
    """A few heavy boxes of different make side by side: perhaps a document and a side bar.

    Boxes of one make are the sections of one document.
    """
    heavy = [node for weight, node in weights if weight >= _MIN_RIVAL and node.tag in _RIVALS]
    makes = {(node.tag, node.get("class"), node.get("id")) for node in heavy}
    alike = len(makes) < len(heavy) or len(heavy) < 2 or len(heavy) > _MAX_RIVALS
    return () if alike or any(map(_is_data_table, heavy)) else tuple(heavy)


def _is_named_content(node: Element) -> bool:
    names = f"{node.get('id', '')} {node.get('class', '')}".lower().split()
    return node.tag in ("div", "td", "section", "article") and not _LIKELY.isdisjoint(names)


def _loses(whole: Element, part: Element) -> bool:
    """Whether sentences or data tables of ``whole`` stand outside ``part``."""
    if _STRING(whole).count("。") > _STRING(part).count("。"):
        return True
    inside = set(part.iter("table"))
    return any(_is_data_table(table) for table in whole.iter("table") if table not in inside)


def _is_data_table(table: Element) -> bool:
    """Whether this is a table of short cells with no table inside, three rows or more."""
    if table.tag != "table" or next(table.iterdescendants("table"), None) is not None:
        return False
    cells = [len(row) for row in table.iter("tr") if len(row) > 1]
    return len(cells) > 2 and count_text(table) < _SHORT_CELL * sum(cells)
