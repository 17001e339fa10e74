"""Pages that hold no list but lead to one: frames, inner frames, redirects by meta or script.

This module decides where such a page leads, the likeliest place first, and where a link leads
that only a script opens.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement  # type: ignore[import-untyped]
from parsel import Selector

from crawler.listings.addresses import absolute_url

STUB_CHARACTERS = 2048
"""A script redirect counts in a page that holds little else."""

# "location.href='./gknb/'", "window.location.replace("list.html");", "location='a.asp'"
_SCRIPT = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.replace\s*\()\s*[\"']([^\"'+]{1,300})[\"']\s*\)?\s*[;<\n}]"
)
# "0;url=./gknb/", "0; URL='list.html'"
_REFRESH = re.compile(r"^\s*\d{1,3}\s*;\s*url\s*=\s*[\"']?([^\"'>]{1,300})", re.IGNORECASE)
# onclick="window.open('/a.htm')", href="javascript:location.href='/xxgk/'"
_OPENS = re.compile(
    r"(?:\bopen\s*\(|\blocation(?:\.href)?\s*=|\blocation\.(?:replace|assign)\s*\()"
    r"\s*[\"']([^\"'\s]{1,300})[\"'](?!\s*\+)"
)
_FEW_WORDS = 20
# what is written upon such a picture, or instead of it
_ENTER = re.compile(r"|.{0,6}(?:进入|enter).{0,6}", re.IGNORECASE)
# counters, logins, share buttons, banners, menus: frames that hold no list
_ASIDE = re.compile(
    r"visitcount|count(?:er)?\.|login|share|foot|bottom|header|banner|tree\.jsp|weather|search"
    r"|(?:^|[/_.-])(?:top|left|menu|nav|head|ad)\d?[._-]",
    re.IGNORECASE,
)
_MAIN = re.compile(r"main|list|content|right|body|info|center", re.IGNORECASE)


def find_leads(text: str, selector: Selector, base: str, encoding: str) -> tuple[str, ...]:
    """Return the addresses a page without a list leads to, the likeliest first."""
    found = [*_redirects(text, selector), *_frames(selector)]
    host = urlsplit(base).hostname
    urls = (absolute_url(base, href, encoding) for href in found)
    return tuple(dict.fromkeys(url for url in urls if url and urlsplit(url).hostname == host))


def find_entrances(text: str, selector: Selector, base: str, encoding: str) -> tuple[str, ...]:
    """Return where a page leads that holds a picture to click upon and little else."""
    words = "".join(selector.xpath("//body//text()[not(parent::script or parent::style)]").getall())
    if len(text) >= STUB_CHARACTERS or len("".join(words.split())) > _FEW_WORDS:
        return ()
    host = urlsplit(base).hostname
    found = selector.xpath("//a[@href or @onclick] | //area[@href] | //*[@onclick]")
    doors = [one.root for one in found if _ENTER.fullmatch(one.root.text_content().strip())]
    urls = (absolute_url(base, written_address(door), encoding) for door in doors)
    return tuple(dict.fromkeys(url for url in urls if url and urlsplit(url).hostname == host))


def written_address(element: HtmlElement) -> str:
    """Return the address that a link names or its script opens; nothing where there is none."""
    href: str = (element.get("href") or "").strip()
    if href and not href.lower().startswith(("#", "javascript:")):
        return href
    opened = _OPENS.search(f"{element.get('onclick') or ''} {href}")
    return opened.group(1) if opened else ""


def _redirects(text: str, selector: Selector) -> list[str]:
    refresh = selector.xpath(
        "//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh']/@content"
    ).getall()
    named = [found.group(1) for content in refresh if (found := _REFRESH.match(content))]
    script = _SCRIPT.search(text) if len(text) < STUB_CHARACTERS else None
    return [*named, *([script.group(1)] if script else [])]


def _frames(selector: Selector) -> list[str]:
    frames = [
        (found.root.get("name") or found.root.get("id") or "", found.root.get("src").strip())
        for found in selector.xpath("//frame[@src] | //iframe[@src]")
    ]
    wanted = [(name, src) for name, src in frames if not _ASIDE.search(f"{name}. {src}")]
    wanted.sort(key=lambda frame: not (_MAIN.search(frame[0]) or _MAIN.search(frame[1])))
    return [src for _, src in wanted]
