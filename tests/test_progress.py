"""What a crawl says while it runs: a line in a terminal, and little elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from crawler.extensions.progress import CLEAR_LINE, describe_progress
from tests.servers import HTML_UTF8, PROJECT, Page, PageServer, run_scrapy, write_portal

TITLE = "示例区{}年政府信息公开工作年度报告"
ROWS = "".join(f'<li><a href="/{y}">{TITLE.format(y)}</a> {y + 1}-01-02</li>' for y in (2018, 2019))
PAGES = {"/list": Page(f"<ul>{ROWS}</ul>".encode(), headers=(HTML_UTF8,))} | {
    f"/{year}": Page(
        f"<p>{TITLE.format(year)}</p><p>收到申请3件。</p>".encode(), headers=(HTML_UTF8,)
    )
    for year in (2018, 2019)
}
LAST = r"reports finished: 1/1 portals · 4 requests · 2 new · 0 unchanged · 0 changed · 0 gone · 0 blocked · \d+\.\d/s"


def test_the_line_counts_portals_requests_and_outcomes() -> None:
    """Blocks of all systems are one figure; what has not happened is 0."""
    counts = {"outcomes/new": 3, "refused/blocked:jsl": 2, "refused/blocked:waf": 1, "x": 9}
    line = describe_progress(counts, 4, 7, 50, 20.0)
    assert line == (
        "4/7 portals · 50 requests · 3 new · 0 unchanged · 0 changed · 0 gone · 3 blocked · 2.5/s"
    )
    assert describe_progress({}, 0, 0, 0, 0.0).startswith("0 portals · 0 requests")
    assert "· 7 left for a later visit ·" in describe_progress(
        {"waiting/files": 2, "waiting/pages": 5}, 1, 1, 9, 1.0
    )


def test_logs_are_quiet_without_a_terminal(tmp_path: Path) -> None:
    """A crawl that goes well writes one line to its log."""
    with PageServer(PAGES) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list", "generic"))
        done = run_scrapy("crawl", "reports", archive=tmp_path)
    assert re.fullmatch(LAST + "\n", done.stderr), done.stderr
    assert done.stdout == ""


def test_a_terminal_shows_progress(tmp_path: Path) -> None:
    """In a terminal the line is drawn over itself, and the last one stays."""
    with PageServer(PAGES) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list", "generic"))
        ours, theirs = pty.openpty()
        options = {
            "ARCHIVE_DIR": tmp_path,
            "PORTALS_DIRS": tmp_path / "portals",
            "ALLOW_LOOPBACK": 1,
            "DOWNLOAD_DELAY": 0.3,
        }
        given = [part for name, value in options.items() for part in ("-s", f"{name}={value}")]
        command = [sys.executable, "-m", "scrapy", "crawl", "reports", *given]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = read_all(ours)
        assert process.wait(60) == 0, shown
    assert shown.count(CLEAR_LINE) >= 3
    assert re.search(CLEAR_LINE.replace("[", r"\[") + LAST, shown), shown


def read_all(terminal: int) -> str:
    """Return everything that is written to a terminal until it is closed."""
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    return b"".join(parts).decode("utf-8")
