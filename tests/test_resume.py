"""A crawl that is killed at any moment goes on where it was: nothing lost, nothing fetched twice."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.known import PastRun
from archive.recovery import recover
from archive.warc import check_warc
from crawler.ledger import unfinished
from tests.servers import (
    HTML_UTF8,
    PROJECT,
    Page,
    PageServer,
    run_scrapy,
    scrapy_command,
    write_portal,
)

YEARS = range(2009, 2021)
PER_PAGE = 4


def page(text: str) -> Page:
    """Return a page in UTF-8."""
    return Page(f"<html><body>{text}</body></html>".encode(), headers=(HTML_UTF8,))


def site() -> dict[str, Page]:
    """Return a portal with a list of three pages, its reports, and a file at every other one."""
    pages: dict[str, Page] = {}
    rows = []
    for year in YEARS:
        title = f"泰州市海陵区{year}年政府信息公开工作年度报告"
        rows.append(f'<li><a href="/r/{year}.html">{title}</a><span>{year + 1}-02-01</span></li>')
        file = f'<p>附件:<a href="/f/{year}.doc">{year}年统计表</a></p>' if year % 2 else ""
        text = f"<h1>{title}</h1><p>{year}年,全区共收到政府信息公开申请{year - 2000}件。</p>"
        pages[f"/r/{year}.html"] = page(text + file)
        pages[f"/f/{year}.doc"] = Page(f"{title}\n受理申请{year - 2000}件".encode())
    last = len(rows) // PER_PAGE
    for number in range(last):
        shown = "".join(rows[number * PER_PAGE : (number + 1) * PER_PAGE])
        script = f'<script>createPageHTML({last},{number},"index","html");</script>'
        name = "/nb/" if number == 0 else f"/nb/index_{number}.html"
        pages[name] = page(f"<ul>{shown}</ul>{script}")
    return pages


def facts(archive: Path) -> dict[str, Counter[tuple[object, ...]]]:
    """Return what an archive holds, without what differs from run to run."""
    queries = {
        "captures": "SELECT url, status, role, parent_url, link_text FROM captures WHERE role <> 'robots'",
        "reports": "SELECT subject, year, kind, form, title, region_code, status FROM reports",
        "documents": "SELECT url, status, title FROM documents",
        "statistics": "SELECT d.url, s.field, s.source, s.ordinal, s.value, s.raw FROM statistics s"
        " JOIN documents d ON d.latest_revision = s.revision",
        "changes": "SELECT kind, item, before, after FROM changes",
    }
    connection = sqlite3.connect(archive / "archive.db")
    try:
        return {name: Counter(map(tuple, connection.execute(q))) for name, q in queries.items()}
    finally:
        connection.close()


def rows(archive: Path, query: str) -> list[Any]:
    """Return the first column of a query."""
    with contextlib.closing(sqlite3.connect(archive / "archive.db")) as db:
        return [row[0] for row in db.execute(query)]


def stop_after(server: PageServer, requests: int, archive: Path) -> int:
    """Stop a crawl politely after so many requests; return how many the server saw afterwards."""
    goal = len(server.arrivals) + requests
    command = scrapy_command(
        "crawl", "reports", "-a", "portal=demo", archive=archive, settings={"DOWNLOAD_DELAY": 0.3}
    )
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL) as running:
        while len(server.arrivals) < goal and running.poll() is None:
            wait(running, 0.001)
        running.send_signal(signal.SIGINT)
        seen = len(server.arrivals)
        running.wait()
    return len(server.arrivals) - seen


def kill_after(server: PageServer, requests: int, archive: Path) -> None:
    """Start a crawl and kill it once the server has seen so many requests more."""
    goal = len(server.arrivals) + requests
    command = scrapy_command("crawl", "reports", "-a", "portal=demo", archive=archive)
    running = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while len(server.arrivals) < goal and running.poll() is None:
            wait(running, 0.001)
        wait(running, random.uniform(0, 0.03))
    finally:
        running.kill()
        running.wait()


def wait(running: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for the end of a process, but not longer."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.wait(seconds)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PageServer, Path]]:
    """Yield a running portal and the archive of one whole crawl of it."""
    archive = tmp_path_factory.mktemp("undisturbed")
    with PageServer(site()) as server:
        write_portal(archive / "portals", server, "demo", ("/nb/", "auto"))
        done = run_scrapy("crawl", "reports", "-a", "portal=demo", archive=archive)
        assert done.returncode == 0, done.stderr
        yield server, archive


@pytest.mark.parametrize("round_", range(3))
def test_a_killed_crawl_ends_like_an_undisturbed_one(
    undisturbed: tuple[PageServer, Path], tmp_path: Path, round_: int
) -> None:
    """Killed twice at random moments and started again, a crawl leaves the archive of a whole one."""
    server, whole = undisturbed
    write_portal(tmp_path / "portals", server, "demo", ("/nb/", "auto"))
    moments = [random.randint(2, 12), random.randint(2, 8)]
    for moment in moments:
        kill_after(server, moment, tmp_path)
    done = run_scrapy("crawl", "reports", "-a", "portal=demo", archive=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sum(facts(whole)["captures"].values()) == 3 + 12 + 6
    assert facts(tmp_path) == facts(whole), f"killed after {moments} requests"
    files = list((tmp_path / "warc").iterdir())
    assert all(file.name.endswith(".warc.gz") for file in files)
    assert [problem for file in files for problem in check_warc(file)] == []


def test_a_crawl_that_is_stopped_asks_for_nothing_more(
    undisturbed: tuple[PageServer, Path], tmp_path: Path
) -> None:
    """Ctrl-C ends a crawl with what is on its way; the next crawl brings what is missing."""
    server, whole = undisturbed
    write_portal(tmp_path / "portals", server, "demo", ("/nb/", "auto"))
    assert stop_after(server, 9, tmp_path) <= 2
    ends = [json.loads(notes)["outcome"] for notes in rows(tmp_path, "SELECT facts FROM runs")]
    assert ends == ["shutdown"]
    assert rows(tmp_path, "SELECT facts ->> '$.not_asked' FROM runs") == ["[]"]
    done = run_scrapy("crawl", "reports", "-a", "portal=demo", archive=tmp_path)
    assert done.returncode == 0, done.stderr
    assert facts(tmp_path) == facts(whole)


def test_the_run_after_asks_for_the_lists_again(
    undisturbed: tuple[PageServer, Path], tmp_path: Path
) -> None:
    """A run that ended is not resumed: the next one asks for the lists, and for no report."""
    server, whole = undisturbed
    archive = tmp_path / "copy"
    shutil.copytree(whole, archive)
    before = len(server.arrivals)
    done = run_scrapy("crawl", "reports", "-a", "portal=demo", archive=archive)
    assert done.returncode == 0, done.stderr
    asked = [path for path in server.paths()[before:] if path != "/robots.txt"]
    assert asked == ["/nb/", "/nb/index_1.html", "/nb/index_2.html"]


def test_a_cut_off_record_is_cut_away(undisturbed: tuple[PageServer, Path], tmp_path: Path) -> None:
    """An open file that ends within a record gets its end before it, and its captures are kept."""
    _, whole = undisturbed
    (source, *_) = sorted((whole / "warc").iterdir())
    left = tmp_path / "warc" / f"{source.name}.open"
    left.parent.mkdir()
    left.write_bytes(source.read_bytes()[:-100])
    assert [found.file for found in recover(tmp_path)] == [source.name]
    assert check_warc(tmp_path / "warc" / source.name) == []
    assert facts(tmp_path)["statistics"] == facts(whole)["statistics"]
    assert recover(tmp_path) == ()


def run(name: str, outcome: str | None, *resumes: str, portal: str = "a") -> PastRun:
    """Return a run of the past."""
    return PastRun(name, outcome, {"arguments": {"portal": portal}, "resumes": list(resumes)})


# past runs -> what is taken up by a run over portal a
PASTS = {
    "nothing before": ([], ()),
    "ended": ([run("1", "finished")], ()),
    "killed": ([run("1", None)], ("1",)),
    "stopped": ([run("1", "shutdown")], ("1",)),
    "killed twice": ([run("1", None), run("2", None, "1")], ("1", "2")),
    "killed, then brought to its end": ([run("1", None), run("2", "finished", "1")], ()),
    "killed after one that ended": ([run("1", "finished"), run("2", None)], ("2",)),
    "another portal": ([run("1", None, portal="b")], ()),
    "another portal ended since": ([run("1", None), run("2", "finished", portal="b")], ("1",)),
}


@pytest.mark.parametrize("case", PASTS.values(), ids=PASTS)
def test_knows_which_runs_are_unfinished(case: tuple[list[PastRun], tuple[str, ...]]) -> None:
    """A run is taken up until a run that resumed it has finished."""
    past, expected = case
    assert unfinished(past, {"portal": "a"}) == expected
