"""Portals as data: one TOML file each, read and checked.

This module decides what a portal file may say.  It leaves walking its columns to the spiders.
Files lie under ``crawler/portals/``, grouped by folder (``fujian/pingtan.toml`` is in group
``fujian``), and under the folders of the setting ``PORTALS_DIRS``.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from crawler.listings import FAMILIES
from crawler.turns import HOLD_MAX
from parsers.errors import ReportError
from parsers.model import Level
from parsers.regions import region_of

OWN_FOLDER = Path(__file__).parent / "portals"
FAMILY_NAMES = ("auto", *FAMILIES)


class UnusablePortal(ReportError):
    """A portal file, or a choice of portals, cannot be used as it is.

    ``line`` is the line of the file that is to be corrected, where there is one.
    """

    def __init__(self, where: str, key: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{where}{'' if line is None else f':{line}'}: {key}: {reason}")
        self.where = where
        self.key = key
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Column:
    """A list of reports on a portal, and the family of list pages it belongs to.

    ``name`` and ``evidence`` are for people: what the column is called, what showed it.
    """

    url: str
    family: str = "auto"
    name: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """A government web site that publishes reports.

    ``region`` is a GB/T 2260 code; ``hosts`` are all hosts it may be asked for; ``pause`` is the
    least number of seconds between requests to it (a shorter one than the crawler's is without
    effect); portals of one ``platform`` are asked as slowly as one; ``site_code`` is the code of
    the site (网站标识码) and ``site_code_checked`` the date on which somebody compared it, which
    makes hosts outside gov.cn official; ``expectations`` say what a healthy walk finds.
    ``level`` is that of its government.  An ``unverified`` portal has been checked by nobody; it
    never makes a page official, whatever ``official`` says.
    """

    id: str
    name: str
    home: str
    region: str
    official: bool
    columns: tuple[Column, ...]
    hosts: frozenset[str]
    group: str
    file: str
    enabled: bool = True
    pause: float = 0.0
    platform: str = ""
    site_code: str = ""
    site_code_checked: str = ""
    contact: str = ""
    notes: str = ""
    expectations: Mapping[str, int] | None = None
    level: str = ""
    unverified: bool = False

    def facts(self) -> dict[str, object]:
        """Return the portal as JSON values, without the place of its file."""
        facts = asdict(self)
        del facts["file"]
        official = None if self.unverified and self.official else self.official
        return facts | {"portal": self.id, "hosts": sorted(self.hosts), "official": official}


_KEYS: Mapping[str, type] = {
    "id": str,
    "name": str,
    "home": str,
    "region": str,
    "official": bool,
    "enabled": bool,
    "columns": list,
    "hosts": list,
    "pause": float,
    "platform": str,
    "site_code": str,
    "site_code_checked": str,
    "contact": str,
    "notes": str,
    "expectations": dict,
    "level": str,
    "unverified": bool,
}
_REQUIRED = ("id", "name", "home", "region", "official")
_COLUMN_KEYS = ("url", "family", "name", "evidence")
_LEVELS = ("", *get_args(Level))
# columns[2].family
_COLUMN = re.compile(r"columns\[(\d+)\](?:\.(\w+))?")
# [[columns]], [expectations]
_TABLE = re.compile(r"\s*\[{1,2}\s*(\w+)\s*\]{1,2}\s*(?:#|$)")
# "Invalid value (at line 2, column 6)"
_TOML_LINE = re.compile(r"at line (\d+)")
# 2026-11-22
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _check_keys(where: str, table: Mapping[str, object]) -> None:
    for key in _REQUIRED:
        if key not in table:
            raise UnusablePortal(where, key, "is missing; add it")
    for key, value in table.items():
        if key not in _KEYS:
            known = ", ".join(_KEYS)
            raise UnusablePortal(where, key, f"is not a key of a portal file; known: {known}")
        wanted = (int, float) if _KEYS[key] is float else _KEYS[key]
        if not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool)):
            raise UnusablePortal(where, key, f"must be a {_KEYS[key].__name__}, is {value!r}")


def web_host(url: object) -> str | None:
    """Return the host of an http or https address, ``None`` for anything that is none."""
    with suppress(ValueError):  # no port, no IPv6 address
        parts = urlsplit(url if isinstance(url, str) else "")
        if parts.scheme in {"http", "https"} and parts.port != 0:
            return parts.hostname or None
    return None


def _host(where: str, key: str, url: object) -> str:
    host = web_host(url)
    if host is None:
        raise UnusablePortal(where, key, f"must be an http or https address, is {url!r}")
    return host


def _columns(where: str, tables: object) -> tuple[Column, ...]:
    columns = []
    for number, table in enumerate(tables if isinstance(tables, list) else [], 1):
        key = f"columns[{number}]"
        if not isinstance(table, dict) or not set(table) <= set(_COLUMN_KEYS):
            raise UnusablePortal(where, key, f"may only have the keys {', '.join(_COLUMN_KEYS)}")
        _host(where, f"{key}.url", table.get("url"))
        family = table.get("family", "auto")
        if family not in FAMILY_NAMES:
            known = ", ".join(FAMILY_NAMES)
            raise UnusablePortal(where, f"{key}.family", f"{family!r} is not one of: {known}")
        name, evidence = str(table.get("name", "")), str(table.get("evidence", ""))
        columns.append(Column(str(table["url"]), str(family), name, evidence))
    return tuple(columns)


def _line_of(text: str, key: str) -> int | None:
    """Return the line on which a key (``region``, ``columns[2].family``) stands.

    It is that of the table where the key is missing there, or is a table itself.
    """
    column = _COLUMN.match(key)
    number, name = (int(column[1]), column[2] or "") if column else (0, key)
    at = 0
    header = None
    for line, written in enumerate(text.splitlines(), 1):
        table = _TABLE.match(written)
        if table:
            at += table[1] == "columns"
            if (number and at == number) or table[1] == name:
                header = header or line
        elif at == number and written.partition("=")[0].strip() == name:
            return line
    return header


def _check_official(where: str, table: Mapping[str, object], hosts: Iterable[str]) -> None:
    """Refuse hosts outside gov.cn, unless somebody has checked the site code and says when."""
    checked = str(table.get("site_code_checked", ""))
    with suppress(ValueError):
        if table.get("site_code") and _DATE.fullmatch(checked) and date.fromisoformat(checked):
            return
    for host in hosts:
        if not is_government_host(host):
            reason = f"{host} is not under gov.cn; add site_code and site_code_checked (a date)"
            raise UnusablePortal(where, "official", reason)


def is_government_host(host: str) -> bool:
    """Return whether a name belongs to the government's domain, or can only be this machine."""
    name = host.lower()
    if name == "gov.cn" or name.endswith((".gov.cn", ".test")):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def parse_portal(text: str, where: str, group: str) -> Portal:
    """Return the portal that a TOML text describes.

    Raises:
        UnusablePortal: naming the file, the line, the key, and what to do.
    """
    try:
        return _parse(text, where, group)
    except UnusablePortal as error:
        told = _TOML_LINE.search(error.reason) if error.key == "TOML" else None
        line = int(told[1]) if told else _line_of(text, error.key)
        raise UnusablePortal(where, error.key, error.reason, line) from error


def _parse(text: str, where: str, group: str) -> Portal:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnusablePortal(where, "TOML", str(error)) from error
    _check_keys(where, table)
    region = table["region"]
    if not (len(region) == 6 and region.isascii() and region.isdigit()):
        raise UnusablePortal(where, "region", f"must be six digits of GB/T 2260, is {region!r}")
    if region_of(region) is None and not table.get("unverified", False):
        raise UnusablePortal(where, "region", f"{region} is no code of GB/T 2260")
    level = table.get("level", "")
    if level not in _LEVELS:
        raise UnusablePortal(where, "level", f"{level!r} is not one of: {', '.join(_LEVELS[1:])}")
    expected = table.get("expectations", {})
    if any(key != "reports" or not isinstance(least, int) for key, least in expected.items()):
        reason = f"may only say how many reports there are at least, says {expected}"
        raise UnusablePortal(where, "expectations", reason)
    columns = _columns(where, table.get("columns", []))
    if not columns and not table.get("unverified", False):
        reason = "is missing: only a portal marked unverified may have none yet"
        raise UnusablePortal(where, "columns", reason)
    if not table["id"].strip():
        raise UnusablePortal(where, "id", "must not be empty")
    hosts = [_host(where, "home", table["home"]), *table.get("hosts", [])]
    for host in hosts[1:]:
        if not isinstance(host, str) or web_host(f"http://{host}/") != host.lower():
            reason = f"must be names of hosts like www.example.gov.cn, holds {host!r}"
            raise UnusablePortal(where, "hosts", reason)
    hosts += [_host(where, "columns", column.url) for column in columns]
    if table["official"]:
        _check_official(where, table, hosts)
    pause = float(table.get("pause", 0))
    if not 0 <= pause <= HOLD_MAX:
        raise UnusablePortal(where, "pause", f"must be 0 to {HOLD_MAX:.0f} seconds, is {pause}")
    return Portal(
        id=table["id"],
        name=table["name"],
        home=table["home"],
        region=region,
        official=table["official"],
        columns=columns,
        hosts=frozenset(host.lower() for host in hosts),
        group=group,
        file=where,
        enabled=table.get("enabled", True),
        pause=pause,
        platform=table.get("platform", ""),
        site_code=table.get("site_code", ""),
        site_code_checked=table.get("site_code_checked", ""),
        contact=table.get("contact", ""),
        notes=table.get("notes", ""),
        expectations=table.get("expectations"),
        level=level,
        unverified=table.get("unverified", False),
    )


def portal_folders(settings: BaseSettings) -> list[Path]:
    """Return the folders that hold portal files, ours first."""
    return [OWN_FOLDER, *_other_folders(settings)]


def discovered_folder(settings: BaseSettings) -> Path:
    """Return the folder in which discover writes portal files."""
    return _other_folders(settings)[0] / "discovered"


def _other_folders(settings: BaseSettings) -> list[Path]:
    """The folders of ``PORTALS_DIRS``; without any, one in the archive."""
    named = [Path(folder) for folder in settings.getlist("PORTALS_DIRS")]
    return named or [Path(settings.get("ARCHIVE_DIR", "data")) / "portals"]


def read_portals(folders: Iterable[Path]) -> tuple[list[Portal], list[UnusablePortal]]:
    """Return the usable portals, ordered by group and id, and what is wrong with the others.

    A file with columns takes the place of an earlier one of the same id that has none yet.
    """
    portals: dict[str, Portal] = {}
    unusable: list[UnusablePortal] = []
    for folder in folders:
        for path in sorted(folder.rglob("*.toml")):
            inner = path.relative_to(folder).parent.as_posix()
            group = folder.name if inner == "." else inner
            try:
                portal = parse_portal(path.read_text("utf-8"), str(path), group)
            except UnusablePortal as error:
                unusable.append(error)
                continue
            except (OSError, UnicodeDecodeError) as error:
                unusable.append(UnusablePortal(str(path), "file", str(error)))
                continue
            first = portals.setdefault(portal.id, portal)
            if portal.columns and not first.columns:
                portals[portal.id] = portal
            elif first is not portal:
                reason = f"{portal.id!r} is taken by {first.file}"
                unusable.append(UnusablePortal(str(path), "id", reason))
    return sorted(portals.values(), key=lambda portal: (portal.group, portal.id)), unusable


def select_portals(
    settings: BaseSettings, ids: str | None = None, group: str | None = None
) -> Sequence[Portal]:
    """Return the portals to crawl: the named ones, else the enabled ones with columns.

    ``ids`` is a comma-separated list; a portal named in it is taken even if it is disabled.

    Raises:
        UnusablePortal: an id or group that no usable file has.
    """
    portals, unusable = read_portals(portal_folders(settings))
    if ids is not None:
        if group is not None:
            raise UnusablePortal("arguments", "group", "give -a portal=ID,... or -a group=NAME")
        by_id = {portal.id: portal for portal in portals}
        wanted = [name.strip() for name in ids.split(",") if name.strip()]
        if not wanted:
            raise UnusablePortal("arguments", "portal", "names no portal")
        for name in wanted:
            if name not in by_id:
                broken = "".join(f"; unusable: {error}" for error in unusable)
                known = ", ".join(by_id) or "none"
                raise UnusablePortal("portal", name, f"no such portal; known: {known}{broken}")
        return [by_id[name] for name in dict.fromkeys(wanted)]
    chosen = [p for p in portals if p.enabled and p.columns and group in {None, p.group}]
    if not chosen:
        raise UnusablePortal("portal", group or "all", "no enabled portal has report columns")
    return chosen
