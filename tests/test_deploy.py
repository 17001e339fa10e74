"""The schedule: its systemd units, its crontab line, and the one lock over the three spiders."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import PROJECT

DEPLOY = PROJECT / "deploy"
PLACE = "/opt/open-report-archive"


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """The service and its timer, with their folder set to this one, are valid units."""
    units = []
    for name in ("open-report-archive.service", "open-report-archive.timer"):
        text = (DEPLOY / name).read_text("utf-8").replace(PLACE, str(PROJECT))
        (tmp_path / name).write_text(text, "utf-8")
        units.append(str(tmp_path / name))
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "open-report-archive" in line]
    assert (done.returncode, complaints) == (0, [])


def test_the_timer_is_set_in_beijing_time() -> None:
    """The timer starts at night where the portals are."""
    timer = (DEPLOY / "open-report-archive.timer").read_text("utf-8")
    assert re.search(r"^OnCalendar=\*-\*-\* 22:00:00 Asia/Shanghai$", timer, re.MULTILINE)


def test_the_crontab_line_runs_the_same_script() -> None:
    """The line of the crontab has a time, a user and the script that holds the lock."""
    lines = (DEPLOY / "crontab").read_text("utf-8").splitlines()
    [line] = [line for line in lines if line and not line.startswith("#")]
    assert re.fullmatch(rf"(?:[\d*/,-]+ ){{5}}\w+ {PLACE}/deploy/crawl", line)


def run_script(folder: Path, **environment: str) -> tuple[list[str], int, str]:
    """Return what the script asked Scrapy for, its status and what it said."""
    asked = folder / "asked"
    scrapy = folder / "scrapy"
    scrapy.write_text(f'#!/bin/sh\necho "$@" >> {asked}\ntest "$2" != "$FAILS"\n', "ascii")
    scrapy.chmod(0o755)
    done = subprocess.run(
        [str(DEPLOY / "crawl")],
        env={
            **os.environ,
            "SCRAPY": str(scrapy),
            "ARCHIVE_DIR": str(folder),
            "FAILS": "",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    lines = asked.read_text("utf-8").splitlines() if asked.exists() else []
    return lines, done.returncode, done.stderr


def test_the_script_runs_the_spiders_in_order(tmp_path: Path) -> None:
    """Discover on its day and if asked for, then reports, then what is due."""
    today = subprocess.run(["date", "+%u"], capture_output=True, text=True, check=True)
    asked, status, _ = run_script(
        tmp_path, DISCOVER="portal=demo", DISCOVER_DAY=today.stdout.strip(), CONTACT="me"
    )
    common = f"-s ARCHIVE_DIR={tmp_path} -s CONTACT=me"
    assert asked == [
        f"crawl discover -a portal=demo {common}",
        f"crawl reports {common}",
        f"crawl revisit -a due=1 {common}",
    ]
    assert status == 0


def test_a_spider_that_fails_does_not_keep_the_next_from_running(tmp_path: Path) -> None:
    """After a failed spider the others run, and the script reports the failure."""
    asked, status, _ = run_script(tmp_path, FAILS="reports")
    assert [line.split()[1] for line in asked] == ["reports", "revisit"]
    assert status == 1


def test_two_crawls_do_not_run_at_once(tmp_path: Path) -> None:
    """While the lock is held a second start does nothing and says so."""
    with (tmp_path / "crawl.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asked, status, said = run_script(tmp_path)
    assert (asked, status) == ([], 0)
    assert "another crawl" in said
