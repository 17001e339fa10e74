"""From a home page to the columns of annual reports: what to look at next, and what was found.

This module decides which links are worth following, in which order, and when a page is a
column of reports.  It is pure: pages come in as text, requests go out as steps; fetching is
left to ``spiders.discover``, the words that are looked for to ``columns.toml``, writing down
what was found to ``portal_file``.
"""

from __future__ import annotations

import heapq
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import chain, islice
from urllib.parse import urlsplit

from parsel import Selector

from crawler.listings import (
    ListItem,
    ListPage,
    ListSource,
    Step,
    is_report_list,
    is_report_title,
    read_list,
    report_items,
)
from crawler.listings.addresses import absolute_url, identity
from crawler.listings.families import recognise
from crawler.listings.gkmlpt import find_columns
from crawler.listings.leads import find_entrances, written_address
from crawler.listings.page import base_of, parse_page

_SPACE = re.compile(r"\s+")
# onclick="go('/jyj/index.html')"
_OPENED = re.compile(r"[\"'](/[\w./?=&%-]{1,200}|https?://[^\"'\s]{4,300})[\"']")
# {id:"12", pId:"1", name:"政府信息公开年报", url:"/col/col12/index.html"}
_NODE = re.compile(r"\{[^{}]{0,400}\}")
_NODE_NAME = re.compile(r"\b(?:name|title|text)[\"']?\s*:\s*[\"']([^\"']{2,60})[\"']")
_NODE_URL = re.compile(r"\b(?:url|href|link|jump_url)[\"']?\s*:\s*[\"']([^\"']{2,300})[\"']")
# "更多>>", "MORE +", "查看更多"
_MORE = re.compile(r"(?:查看|阅读)?(?:更多|more)[>»›.…+]*", re.IGNORECASE)
# The heading beside a link, or the nearest one before it
_ABOVE = (
    "string((ancestor::*[position() <= 3]/*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5"
    " or self::strong or self::dt or contains(@class, 'tit')])[last()])"
)
_LONGEST_HEADING = 30
_TEXTS = 10  # pieces of text that a link is called by
_SECOND_LEVEL = frozenset({"gov", "com", "net", "org", "edu", "ac"})
NAMED = 90
"""A link of this score is called like a column of reports."""

MOST_LINKS = 3000
"""So many links of one page are looked at; more are a flood."""

NEAR = 45
"""A page reached by a link of this score is about disclosure."""


@dataclass(frozen=True, slots=True)
class Clue:
    """What a link may be called, and how promising that is."""

    score: int
    words: re.Pattern[str] | None
    slug: re.Pattern[str] | None

    def fits(self, words: str, slug: str) -> bool:
        """Return whether the text and the address of a link are called so."""
        return all(
            pattern is None or pattern.search(said)
            for pattern, said in ((self.words, words), (self.slug, slug))
        )


@dataclass(frozen=True, slots=True)
class Words:
    """The clues of ``columns.toml``."""

    least: int
    clues: tuple[Clue, ...]
    never: tuple[Clue, ...]
    organ: re.Pattern[str]
    organ_sure: re.Pattern[str]
    organ_near: int
    organ_elsewhere: int
    organ_tries: int
    year: Clue


@dataclass(frozen=True, slots=True)
class Lead:
    """A request worth making: how promising, where it was found, and by which words.

    ``shell`` is the page that a person opens where ``step`` only fills it; ``origin`` is the
    page whose list of bodies led here.
    """

    step: Step
    text: str
    score: int
    depth: int
    parent: str | None = None
    shell: str | None = None
    origin: str | None = None
    is_body: bool = False


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of annual reports, with what shows it.

    ``needs`` says what is missing to read its list (``needs_js``, ``needs_adapter:epoint``).
    """

    url: str
    family: str
    name: str
    found_on: str | None
    entries: tuple[ListItem, ...]
    evidence: tuple[str, ...]
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class Explored:
    """What one page gave: the column that it is, if it is one, and where it leads."""

    column: FoundColumn | None
    leads: tuple[Lead, ...]


@cache
def words() -> Words:
    """Return the clues."""
    table = tomllib.loads(files("crawler").joinpath("columns.toml").read_text("utf-8"))
    return Words(
        least=table["least"],
        clues=tuple(map(_clue, table["clue"])),
        never=tuple(map(_clue, table["never"])),
        organ=re.compile(table["organ"]["words"]),
        organ_sure=re.compile(table["organ"]["sure"]),
        organ_near=table["organ"]["near"],
        organ_elsewhere=table["organ"]["elsewhere"],
        organ_tries=table["organ"]["tries"],
        year=_clue(table["year"]),
    )


def _clue(row: dict[str, object]) -> Clue:
    score = row.get("score", 0)
    found = [row.get(name) for name in ("words", "slug")]
    patterns = [
        re.compile(text, re.IGNORECASE) if isinstance(text, str) else None for text in found
    ]
    return Clue(score if isinstance(score, int) else 0, patterns[0], patterns[1])


def domain_of(host: str) -> str:
    """Return the domain that a government has for itself and its departments.

    >>> domain_of("www.lishui.gov.cn")
    'lishui.gov.cn'
    """
    labels = host.lower().split(".")
    if labels[-1].isdigit() or len(labels) < 3:
        return host.lower()
    kept = 3 if labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-kept:])


def is_within(host: str, domain: str) -> bool:
    """Return whether a host belongs to a domain."""
    return host == domain or host.endswith(f".{domain}")


def score_link(text: str, url: str, parent: Lead) -> tuple[int, bool]:
    """Return how promising a link is, and whether it is a body's; 0 is not worth following."""
    said = _SPACE.sub("", text).lower()
    parts = urlsplit(url)
    slug = f"{parts.path}?{parts.query}" if parts.query else parts.path
    clues = words()
    if is_report_title(said) or any(
        never.slug and never.slug.search(slug) for never in clues.never
    ):
        return (clues.year.score, False) if _is_year(said, parent) else (0, False)
    if _is_year(said, parent):
        return clues.year.score, False
    best = max((clue.score for clue in clues.clues if clue.fits(said, slug)), default=0)
    named = any(c.score >= NAMED for c in clues.clues if c.words and c.words.search(said))
    named = named or bool(clues.organ_sure.search(said))
    if not named and any(never.words and never.words.search(said) for never in clues.never):
        return 0, False
    if best <= clues.organ_near and clues.organ.search(said):
        near = parent.score >= NEAR
        return (clues.organ_near if near else clues.organ_elsewhere), True
    return (best, False) if best >= clues.least else (0, False)


def _is_year(said: str, parent: Lead) -> bool:
    year = words().year.words
    return parent.score >= words().year.score and year is not None and bool(year.search(said))


def explore(source: ListSource, lead: Lead) -> Explored:
    """Return what a page is and where it leads, when it was reached by ``lead``."""
    selector = parse_page(source.text)
    page = read_list("auto", source)
    column = _judge(source, selector, page, lead)
    leads = list(_categories(source, lead))
    leads += _shell_leads(source, page, lead) if not leads else []
    leads += _entrances(source, selector, lead) if not lead.text else []
    for text, url in _links(source, selector):
        score, is_body = score_link(text, url, lead)
        if score:
            origin = source.url if is_body else lead.origin
            leads.append(
                Lead(Step(url), text, score, lead.depth + 1, source.url, None, origin, is_body)
            )
    return Explored(column, tuple(leads))


def _categories(source: ListSource, lead: Lead) -> Iterator[Lead]:
    for category in find_columns(source):
        step = Step(category.url)
        yield Lead(step, category.name, 100, lead.depth + 1, source.url, None, lead.origin)


def _shell_leads(source: ListSource, page: ListPage, lead: Lead) -> Iterator[Lead]:
    """Yield what fills a page that lists nothing itself: frames, redirects, requests of scripts."""
    if page.items:
        return
    for step in page.steps:
        shell = source.url if step.referer else None
        yield replace(lead, step=step, parent=source.url, shell=shell, depth=lead.depth + 1)


def _entrances(source: ListSource, selector: Selector, lead: Lead) -> Iterator[Lead]:
    """Yield what is behind the picture that a home page may consist of."""
    base = base_of(source, selector)
    for url in find_entrances(source.text, selector, base, source.encoding):
        yield replace(lead, step=Step(url), parent=source.url, depth=lead.depth + 1)


def _links(source: ListSource, selector: Selector) -> list[tuple[str, str]]:
    """Return text and address of everything on a page that a person could choose."""
    base = base_of(source, selector)
    found: list[tuple[str, str]] = []
    written = chain(_anchors(selector), _elements(selector), _tree_nodes(source.text))
    for text, address in islice(written, MOST_LINKS):
        if "/" in address or "." in address:  # an option may hold anything
            url = absolute_url(base, address, source.encoding)
            found += [(_SPACE.sub(" ", text).strip(), url)] if url else []
    return found


def _anchors(selector: Selector) -> Iterator[tuple[str, str]]:
    """Yield text and address of the links; "更多" (more) is called like what stands above it."""
    for found in selector.xpath("//a[@href]"):
        anchor = found.root
        said = _SPACE.sub("", anchor.text_content())
        if _MORE.fullmatch(said):
            above = found.xpath(_ABOVE).get() or ""
            said = _SPACE.sub("", above)[:_LONGEST_HEADING]
        pictures = anchor.xpath(".//img/@alt | .//img/@title | @title") if not said else []
        yield said or " ".join(map(str, pictures)), anchor.get("href")


def _elements(selector: Selector) -> Iterator[tuple[str, str]]:
    """Yield text and address of what leads on without being a link."""
    for found in selector.xpath("//*[@onclick] | //a[starts-with(@href, 'javascript:')]"):
        element = found.root
        opened = _OPENED.search(f"{element.get('onclick', '')} {element.get('href', '')}")
        address = written_address(element) or (opened.group(1) if opened else "")
        if address:
            yield "".join(islice(element.itertext(), _TEXTS))[:_LONGEST_HEADING], address
    for found in selector.xpath("//option[@value]"):
        yield found.root.text_content(), found.root.get("value")
    for found in selector.xpath("//area[@href]"):
        yield found.root.get("alt") or found.root.get("title") or "", found.root.get("href")
    for found in selector.xpath("//*[self::frame or self::iframe][contains(@src, 'tree')]"):
        yield "公开目录", found.root.get("src")


def _tree_nodes(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and address of the nodes of a tree that a script, or an answer, holds."""
    for node in _NODE.findall(text):
        name, url = _NODE_NAME.search(node), _NODE_URL.search(node)
        if name and url:
            yield name.group(1), url.group(1).replace("\\/", "/")


def _judge(
    source: ListSource, selector: Selector, page: ListPage, lead: Lead
) -> FoundColumn | None:
    """Return the column that a page is, or ``None``."""
    reports = report_items(page)
    column_type = selector.xpath("string(//meta[@name='ColumnType']/@content)").get() or ""
    printed = selector.xpath("string(//meta[@name='ColumnName']/@content)").get() or ""
    named = [
        f"{what} {text!r}"
        for what, text in (
            ("ColumnType", column_type),
            ("ColumnName", printed),
            ("link text", lead.text),
        )
        if _is_column_name(text)
    ]
    path = urlsplit(source.url).path
    if not named and any(
        c.score >= NAMED and c.slug and c.slug.search(path) for c in words().clues
    ):
        named = [f"address {path}"]
    is_list = is_report_list(page)
    if not is_list and not (named and (reports or page.needs or (page.items and page.steps))):
        return None
    if lead.depth == 0 and not is_list:
        return None
    family = next((f.name for f in recognise(source.text, source.url)), "generic")
    evidence = [*named, f"{len(reports)} of {len(page.items)} entries are titled as reports"]
    if page.declared_total:
        evidence.append(f"the list declares {page.declared_total} entries")
    return FoundColumn(
        url=lead.shell or source.url,
        family=family,
        name=(printed or lead.text or "").strip(),
        found_on=lead.parent,
        entries=reports,
        evidence=tuple(evidence),
        needs=page.needs,
    )


def _is_column_name(text: str) -> bool:
    said = _SPACE.sub("", text)
    return any(c.score >= NAMED and c.words and c.words.search(said) for c in words().clues)


@dataclass(slots=True)
class Exploration:
    """One portal being explored: what is still to be looked at, best first, and what was found.

    ``pages_max`` and ``depth_max`` bound it.  A column whose entries another column shows too
    is the same list under another address.
    """

    home: str
    pages_max: int
    depth_max: int
    pages: int = 0
    columns: list[FoundColumn] = field(default_factory=list)
    families: Counter[str] = field(default_factory=Counter)
    _waiting: list[tuple[int, int, int, Lead]] = field(default_factory=list)
    _met: set[tuple[str, str | None]] = field(default_factory=set)
    _entries: set[str] = field(default_factory=set)
    _tried: Counter[str] = field(default_factory=Counter)
    _rewarded: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.add([Lead(Step(self.home), "", words().least, 0)])

    def add(self, leads: Iterable[Lead]) -> None:
        """Take leads into account, each address once."""
        for lead in leads:
            key = (identity(lead.step.url), lead.step.form)
            if key not in self._met and lead.depth <= self.depth_max:
                self._met.add(key)
                place = (-lead.score, lead.depth, len(self._met), lead)
                heapq.heappush(self._waiting, place)

    def next_lead(self) -> Lead | None:
        """Return the most promising lead, or ``None`` when nothing promising or allowed is left."""
        while self._waiting and self.pages < self.pages_max:
            lead = heapq.heappop(self._waiting)[-1]
            if lead.is_body and lead.origin is not None:
                tried = self._tried[lead.origin]
                if tried >= words().organ_tries and lead.origin not in self._rewarded:
                    continue
                self._tried[lead.origin] += 1
            self.pages += 1
            return lead
        return None

    def take(self, source: ListSource, lead: Lead) -> None:
        """Learn from a page that ``lead`` brought."""
        self._met.add((identity(source.url), None))
        for family in recognise(source.text, source.url)[:1]:
            self.families[family.name] += 1
        explored = explore(source, lead)
        if explored.column is not None:
            self._keep(explored.column, lead)
        self.add(explored.leads)

    def _keep(self, column: FoundColumn, lead: Lead) -> None:
        shown = {identity(entry.url) for entry in column.entries}
        if shown and shown <= self._entries:
            return
        self._entries |= shown
        self.columns.append(column)
        if lead.origin is not None:
            self._rewarded.add(lead.origin)

    def left(self) -> int:
        """Return how many leads have not been followed."""
        return len(self._waiting)
