"""The folder of the demo archive: fresh on every run, and never someone else's.

This module decides when a folder may be emptied and what portal files the demo crawls by.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from crawler.demo.editions import DemoPortal

MARKER = ".demo-archive"


class NotADemoArchive(Exception):
    """The folder holds something that the demo did not put there."""


def prepare_folder(folder: Path) -> None:
    """Make ``folder`` an empty demo archive; an older demo archive is removed.

    Raises:
        NotADemoArchive: the folder has files and no marker of the demo.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise NotADemoArchive(
            f"{folder} is not empty and was not made by the demo: choose another folder with"
            " -s ARCHIVE_DIR=…"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("made by scrapy demo; removed by its next run\n", "utf-8")


def write_portals(folder: Path, portals: tuple[DemoPortal, ...], port: int) -> Path:
    """Return a new folder with one portal file per demo portal."""
    target = folder / "portals"
    target.mkdir()
    for portal in portals:
        home = f"http://{portal.host}:{port}"
        lines = [
            f"id = {_quoted(portal.id)}",
            f"name = {_quoted(portal.name)}",
            f"home = {_quoted(home + '/')}",
            f"region = {_quoted(portal.region)}",
            f"official = {str(portal.official).lower()}",
            "",
            "[[columns]]",
            f"url = {_quoted(home + portal.column)}",
            f"family = {_quoted(portal.family)}",
        ]
        (target / f"{portal.id}.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return target


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
