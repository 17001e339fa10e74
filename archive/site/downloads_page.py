"""The page /downloads and the files that it leads to: those of the release beside the database.

This module decides which folder that is (the one of a published database, or ``release`` beside
a working one) and how its files are told apart.  A file is sent only if ``SHA256SUMS`` names it,
and always as a download, never as a page.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from datasette import Response  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils.asgi import Request, asgi_send_file  # type: ignore[import-untyped]

from archive.descriptions import describe_tables
from archive.export import PACKAGE, SUMS, is_release
from archive.site.frame import Facts, Page, page_of, page_view, render, rows

BESIDE = "release"
CHUNK = 1 << 20
_HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'"}


@dataclass(frozen=True, slots=True)
class Offered:
    """A file of the release: name below its folder, bytes, digest in hex."""

    name: str
    size: int
    sha256: str


class Download:
    """A file as an answer that a browser saves."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def asgi_send(self, send: object) -> None:
        """Send the file."""
        await asgi_send_file(
            send, self.path, self.path.name, "application/octet-stream", CHUNK, dict(_HEADERS)
        )


def release_beside(database: Path) -> Path | None:
    """The folder of the release that goes with a database; ``None`` where there is none."""
    for folder in (database.parent, database.parent / BESIDE):
        if is_release(folder):
            return folder
    return None


def offered_files(folder: Path) -> Mapping[str, Offered]:
    """The files of a release by name, as ``SHA256SUMS`` tells them."""
    return _offered(folder, (folder / SUMS).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _offered(folder: Path, changed: int) -> Mapping[str, Offered]:
    del changed
    lines = (folder / SUMS).read_text("utf-8").splitlines()
    named = (line.split("  ", 1) for line in lines)
    return {
        name: Offered(name, (folder / name).stat().st_size, digest)
        for digest, name in named
        if (folder / name).is_file()
    }


def read_downloads(conn: sqlite3.Connection, page: Page) -> Facts:
    """Return what the page shows."""
    [(_, _, file)] = conn.execute("PRAGMA database_list").fetchall()[:1]
    folder = release_beside(Path(file))
    if folder is None:
        return {"groups": []}
    offered = offered_files(folder)
    package = json.loads((folder / PACKAGE).read_text("utf-8"))
    return {
        "version": package["version"],
        "released_on": package["created"][:10],
        "release": rows(conn, "SELECT * FROM release"),
        "sums": SUMS,
        "groups": [(group, list(found)) for group, found in _groups(offered, page)],
        "total": sum(one.size for one in offered.values()),
    }


def _groups(
    offered: Mapping[str, Offered], page: Page
) -> Iterator[tuple[str, Iterator[tuple[Offered, str]]]]:
    """The files in four groups, each with what it holds."""
    for group, prefixes in (
        ("begin", ("archive.db", "parquet/panel", "codebook", "README")),
        ("csv", ("csv/",)),
        ("parquet", ("parquet/",)),
        ("papers", ("",)),
    ):
        found = [one for name, one in offered.items() if name.startswith(prefixes)]
        offered = {name: one for name, one in offered.items() if one not in found}
        yield group, ((one, _holds(one.name, page)) for one in found)


def _holds(name: str, page: Page) -> str:
    stem = name.rpartition("/")[2].partition(".")[0]
    table = name.split("/")[1] if name.startswith("parquet/") and name.count("/") > 1 else stem
    meaning = describe_tables().get(table)
    if meaning and name.count("/"):
        return meaning.text.en if page.language == "en" else meaning.text.zh
    return page.may_say(f"downloads.{name.rpartition('/')[2].replace('.', '_')}", "")


downloads_page = page_view("downloads.html", read_downloads)


async def download(datasette: Datasette, request: Request) -> Download | Response:
    """Return a file of the release."""
    folder = release_beside(Path(datasette.get_database().path))
    name = page_of(datasette, request).named["name"]
    if folder is None or (name != SUMS and name not in offered_files(folder)):
        return await render(datasette, request, "notice.html", {"notice": "not_found"}, status=404)
    return Download(folder / name)
