"""Portals that block, pretend or attack: the same sites with a trap in them.

This module decides what a trap does.  Which portal has which trap, where, and what a crawl
must make of it, is data (``hostile.toml``); challenges, walls and shells are answers written
there, attacks are the functions below.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import count, pairwise
from typing import Any, BinaryIO

from crawler.demo.farm.frame import draw_page
from crawler.demo.farm.plan import Plan
from crawler.demo.farm.web import HTML, Answer, Ask, Site

Wait = Callable[[float], bool]
"""Waits some seconds; true when the farm closes."""

_MIB = 1024 * 1024
_BOMB_MIB = 300
_FLOOD = 20_000
_HEADER_LINES = 4_000
_counter = count(1)


@dataclass(frozen=True, slots=True)
class Trap:
    """What a portal does, and to which requests.

    ``path`` is a pattern of the paths that spring it.  Without an ``act`` the answer is the
    one given here; ``framed`` puts its body into a page of the portal.
    """

    path: str = ".*"
    act: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    target: str = ""


class TrappedSite(Site):
    """A site of which some requests spring a trap."""

    def __init__(self, site: Site, plan: Plan, trap: Trap) -> None:
        super().__init__(site.missing)
        self.pages = site.pages
        self.plan = plan
        self.trap = trap
        self.pattern = re.compile(trap.path)
        self.asked: Counter[str] = Counter()

    def answer(self, ask: Ask) -> Answer:
        """Return the trap's answer, or what the portal says elsewhere."""
        if ask.path == "/robots.txt" or not self.pattern.fullmatch(ask.path):
            return super().answer(ask)
        self.asked[ask.path] += 1
        if self.trap.act:
            return _ACTS[self.trap.act](self, ask)
        return _written(self.trap)

    def honest(self, ask: Ask) -> Answer:
        """Return what the portal would say without the trap."""
        return super().answer(ask)


def read_trap(row: Mapping[str, Any]) -> Trap:
    """Return the trap that a table of ``hostile.toml`` describes."""
    values = dict(row)
    values["headers"] = tuple((name, value) for name, value in values.get("headers", ()))
    return Trap(**values)


def _written(trap: Trap) -> Answer:
    return Answer(trap.body.encode(), f"{HTML}; charset=utf-8", trap.status, trap.headers)


# ---- answers that need the portal's own pages ----


def _framed(site: TrappedSite, _: Ask) -> Answer:
    """A page of the portal whose main part is the trap's body: shells of other systems."""
    plan = site.plan
    return draw_page(plan, plan.spec.column_name, site.trap.body, plan.columns[0])


def _with_headers(site: TrappedSite, ask: Ask) -> Answer:
    """An honest page with the cookies of a firewall: no block."""
    answer = site.honest(ask)
    return replace(answer, headers=(*answer.headers, *site.trap.headers))


def _injected(site: TrappedSite, ask: Ask) -> Answer:
    """An honest page into which somebody has put advertising."""
    answer = site.honest(ask)
    body = answer.body.replace(b"<body>", b"<body>" + site.trap.body.encode(), 1)
    return replace(answer, body=body)


def _busy(site: TrappedSite, ask: Ask) -> Answer:
    """Too busy when first asked for a page, honest afterwards."""
    return _written(site.trap) if site.asked[ask.path] == 1 else site.honest(ask)


def _scripted(site: TrappedSite, ask: Ask) -> Answer:
    """A list that a script fills with what an interface answers.

    The trap's body is what the script does first; with a status of its own the interface answers
    that, with the target as its body.
    """
    column = site.plan.columns[0]
    if ask.path.endswith(".js"):
        script = files("crawler.demo.farm.templates").joinpath("list.js").read_bytes()
        return Answer(site.trap.body.encode() + script, "application/javascript; charset=utf-8")
    if ask.path.startswith("/api/") and site.trap.status != 200:
        return replace(_written(site.trap), body=site.trap.target.encode())
    if ask.path.startswith("/api/"):
        rows = [
            {"title": one.title, "url": site.plan.address(column, one), "day": str(one.shown_day)}
            for one in column.items
        ]
        return Answer(json.dumps({"total": len(rows), "rows": rows}).encode(), "application/json")
    shell = '<ul id="app"><li>{{ item.title }}</li></ul><script src="/assets/js/list.js"></script>'
    return draw_page(site.plan, column.name, shell, column)


def _redirect(site: TrappedSite, _: Ask) -> Answer:
    return Answer(status=302, headers=(("Location", site.trap.target),))


def _redirect_on(_: TrappedSite, ask: Ask) -> Answer:
    """A redirect to an address never seen before, without end."""
    return Answer(status=302, headers=(("Location", f"{ask.path}?step={next(_counter)}"),))


def _link_flood(site: TrappedSite, _: Ask) -> Answer:
    """A page of links that each promise reports and lead to more of the same."""
    start = next(_counter) * _FLOOD
    lines = "".join(
        f'<li><a href="{site.trap.target}{number}/">{number}年政府信息公开年报</a></li>'
        for number in range(start, start + _FLOOD)
    )
    return draw_page(site.plan, "政府信息公开年报", f"<ul>{lines}</ul>", site.plan.columns[0])


def _entity_bomb(site: TrappedSite, _: Ask) -> Answer:
    """A list as XML that grows a billionfold, and asks for a file of the reader's machine."""
    names = [f"lol{n}" for n in range(10)]
    entities = '<!ENTITY lol0 "年报">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)
    )
    total = len(site.plan.columns[0].items)
    text = (
        f'<?xml version="1.0"?><!DOCTYPE datastore [{entities}'
        '<!ENTITY passwd SYSTEM "file:///etc/passwd">]><datastore>'
        f"<totalrecord>{total}</totalrecord><recordset><record>&lol9;&passwd;</record>"
        "</recordset></datastore>"
    )
    return Answer(text.encode(), "text/xml; charset=utf-8")


def _file_names(site: TrappedSite, ask: Ask) -> Answer:
    """A report page whose attachments are named to be written elsewhere."""
    answer = site.honest(ask)
    links = "".join(
        f'<p>附件：<a href="{name}">{name[:60]}</a></p>'
        for name in site.trap.body.split("\n")
        if name
    )
    if ask.path.endswith(".pdf"):
        disposition = ("Content-Disposition", f'attachment; filename="{site.trap.target}"')
        return Answer(b"%PDF-1.4\n%%EOF\n", "application/pdf", headers=(disposition,))
    return replace(answer, body=answer.body.replace(b"</h1>", b"</h1>" + links.encode(), 1))


# ---- answers that are no HTTP any more ----


def _bomb(_: TrappedSite, __: Ask) -> Answer:
    body = _bomb_bytes()
    return Answer(body, HTML, headers=(("Content-Encoding", "gzip"),))


@cache
def _bomb_bytes() -> bytes:
    """A small answer that unpacks to hundreds of megabytes."""
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        for _ in range(_BOMB_MIB):
            file.write(bytes(_MIB))
    return packed.getvalue()


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def _endless_body(out: BinaryIO, wait: Wait) -> None:
    """A body without end, as fast as it is read."""
    out.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"<p>....</p>\n"[:8] * 8192 + b"\r\n"
    while not wait(0):
        out.write(chunk)


def _slow_drip(out: BinaryIO, wait: Wait) -> None:
    """A body of which one byte comes a second."""
    out.write(_HEAD + b"Content-Length: 100000\r\n\r\n")
    while not wait(1):
        out.write(b"<")
        out.flush()


def _slow_head(out: BinaryIO, wait: Wait) -> None:
    """A head of which one byte comes a second."""
    out.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not wait(1):
        out.write(b"a")
        out.flush()


def _huge_headers(out: BinaryIO, _: Wait) -> None:
    """Megabytes of header lines."""
    out.write(_HEAD)
    out.writelines(b"X-Filler-%d: %s\r\n" % (number, b"a" * 512) for number in range(_HEADER_LINES))
    out.write(b"Content-Length: 2\r\n\r\nok")


def _cut_off(out: BinaryIO, _: Wait) -> None:
    """Half of what was promised."""
    out.write(_HEAD + b"Content-Length: 4000\r\n\r\n" + b"<html><body>" + b"." * 1988)


def _hang_up(out: BinaryIO, _: Wait) -> None:
    """No answer at all."""
    out.flush()


def _by_wire(misbehave: Callable[[BinaryIO, Wait], None]) -> Callable[[TrappedSite, Ask], Answer]:
    return lambda _, __: Answer(misbehave=misbehave)


_ACTS: Mapping[str, Callable[[TrappedSite, Ask], Answer]] = {
    "framed": _framed,
    "scripted": _scripted,
    "with_headers": _with_headers,
    "injected": _injected,
    "busy": _busy,
    "redirect": _redirect,
    "redirect_on": _redirect_on,
    "link_flood": _link_flood,
    "entity_bomb": _entity_bomb,
    "file_names": _file_names,
    "bomb": _bomb,
    "endless_body": _by_wire(_endless_body),
    "slow_drip": _by_wire(_slow_drip),
    "slow_head": _by_wire(_slow_head),
    "huge_headers": _by_wire(_huge_headers),
    "cut_off": _by_wire(_cut_off),
    "hang_up": _by_wire(_hang_up),
}
