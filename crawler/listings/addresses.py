"""Addresses as they are asked for, and when two of them mean the same page.

This module decides which parts of an address say nothing about the page: session ids, random
numbers against caches, the fragment.  They are cut off before anything is asked, or a list
would never be known to repeat itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

from w3lib.url import safe_url_string

_SPACE = re.compile(r"\s+")
# "/list.jsp;jsessionid=0A1B?page=2"
_PATH_SESSION = re.compile(r";(?:jsessionid|sessionid)=[^/?#]*", re.IGNORECASE)
# "PHPSESSID=x", "ASPSESSIONIDQSTBARDC=x", "_=1700000000000", "rnd=0.2837"
_IDLE_NAME = re.compile(
    r"(?:php|j)?sess(?:ion)?_?id|aspsessionid\w*|cfid|cftoken|_|_t|rnd|rand|random|nocache"
    r"|timestamp|visitcount",
    re.IGNORECASE,
)
# "t=0.60239581", "time=1700000000000": what scripts add against caches, whatever its name
_IDLE_VALUE = re.compile(r"0\.\d{5,}|1\d{12}")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def _is_idle(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return bool(_IDLE_NAME.fullmatch(name) or _IDLE_VALUE.fullmatch(value))


def clean_url(url: str) -> str:
    """Return an address without its session ids, random numbers and fragment.

    >>> clean_url("http://a.cn/list.jsp;jsessionid=7F?page=2&rnd=0.123456#top")
    'http://a.cn/list.jsp?page=2'
    """
    url = _PATH_SESSION.sub("", url.partition("#")[0])
    head, mark, query = url.partition("?")
    kept = [parameter for parameter in query.split("&") if not _is_idle(parameter)]
    return f"{head}?{'&'.join(kept)}" if mark and any(kept) else head


@lru_cache(maxsize=4096)  # a long crawl keeps one of each, and not one for each who asks
def identity(url: str) -> str:
    """Return what two addresses of one page have in common: not http or https, nor the port.

    >>> identity("https://www.A.gov.cn:443/a/index.html") == identity("http://www.a.gov.cn/a/index.html")
    True
    """
    scheme, mark, rest = clean_url(url).partition("://")
    if not mark:
        return url
    host, slash, path = rest.partition("/")
    return host.lower().removesuffix(_DEFAULT_PORT.get(scheme, "")) + (slash or "/") + path


def absolute_url(base: str, href: str, encoding: str) -> str | None:
    """Return the web address a link stands for, escaped as a browser would, or ``None``."""
    href = _SPACE.sub("", href)
    if not href or href.startswith("#") or href.lower().startswith(("javascript:", "mailto:")):
        return None
    try:
        url = clean_url(safe_url_string(urljoin(base, href), encoding))
        has_host = bool(urlsplit(url).hostname)
    except (ValueError, LookupError):
        return None
    return url if has_host and url.startswith(("http://", "https://")) else None


def with_parameter(url: str, name: str, value: object) -> str:
    """Return an address whose query says ``name=value``, in place where it said so before.

    >>> with_parameter("http://a.cn/list?org=1&page=2", "page", 3)
    'http://a.cn/list?org=1&page=3'
    """
    head, _, query = url.partition("?")
    parameters = query.split("&") if query else []
    said = f"{name}={value}"
    places = [n for n, old in enumerate(parameters) if old.partition("=")[0] == name]
    if places:
        parameters[places[0]] = said
    else:
        parameters.append(said)
    return f"{head}?{'&'.join(parameters)}"


def parameter(url: str, name: str) -> str | None:
    """Return what the query of an address says under a name, as written, or ``None``."""
    for said in urlsplit(url).query.split("&"):
        key, equals, value = said.partition("=")
        if key == name and equals:
            return value
    return None


def shown_file(url: str) -> str:
    """Return the file that a viewer page shows; of any other address, the address itself.

    >>> shown_file("http://a.cn/pdfjs/web/viewer.html?file=%2Fdocs%2F2019.pdf")
    'http://a.cn/docs/2019.pdf'
    """
    if "viewer" not in urlsplit(url).path.lower():
        return url
    file = parameter(url, "file")
    return absolute_url(url, unquote(file), "utf-8") or url if file else url
