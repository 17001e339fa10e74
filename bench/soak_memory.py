"""The memory of a long crawl and a long rebuild: that of 20,000 pages is hardly more than of 2,000.

A made-up portal with columns of a thousand reports is crawled; the resident memory of the crawl is
read when a tenth of the pages have been served, and when all have.  Then its database is built
again: the memory when a tenth of the captures are stored, and the most of all.
``python -m bench.soak_memory [--pages 20000]`` prints them; 1 where one grows by 10 % or more.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from archive.rebuild import collect_rarely, rebuild
from bench.soak_crawl import ROOT

GROWTH = 0.10
PER_PAGE = 50
PER_COLUMN = 1000
YEARS = range(2008, 2025)
_RSS = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


def title(number: int) -> str:
    """Return the title of one of the reports; no two are alike."""
    town, year = divmod(number, len(YEARS))
    return f"海陵区第{town}街道{YEARS[year]}年政府信息公开工作年度报告"


def draw_list(column: int, page: int) -> str:
    """Return a list page, counted from 1, of a column, counted from 0."""
    first, pages = column * PER_COLUMN + (page - 1) * PER_PAGE, PER_COLUMN // PER_PAGE
    rows = "".join(
        f'<li><a href="/r/{n}.html">{title(n)}</a><span>2025-01-{n % 28 + 1:02d}</span></li>'
        for n in range(first, first + PER_PAGE)
    )
    onward = f'<a href="/{column}/{page + 1}.html">下一页</a>' if page < pages else ""
    return f"<html><body><ul>{rows}</ul>第{page}/{pages}页 {onward}</body></html>"


def draw_report(number: int) -> str:
    """Return a report of some length."""
    text = "".join(
        f"<p>{part}、主动公开政府信息{number % 900 + part}条，收到申请{number % 90}件，均已答复。</p>"
        for part in range(1, 30)
    )
    return f"<html><head><title>{title(number)}</title></head><body><h1>{title(number)}</h1>{text}</body></html>"


class _Served(ThreadingHTTPServer):
    daemon_threads = True
    reports = 0


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # heads and bodies are written apart
    server: _Served

    def do_GET(self) -> None:
        found = re.fullmatch(r"/(r|\d+)/(\d+)\.html", self.path)
        text, status = "", 200 if found else 404
        if found and found[1] != "r":
            text = draw_list(int(found[1]), int(found[2]))
        elif found:
            text = draw_report(int(found[2]))
            self.server.reports += 1
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        """Say nothing."""


@contextmanager
def serve() -> Iterator[_Served]:
    """Serve the portal until the block ends."""
    server = _Served(("127.0.0.1", 0), _Answering)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def start(server: _Served, archive: Path, reports: int) -> subprocess.Popen[bytes]:
    """Return a crawl of so many reports of the portal that has just begun."""
    root = f"http://127.0.0.1:{server.server_address[1]}"
    (archive / "portals").mkdir(parents=True)
    (archive / "portals" / "long.toml").write_text(
        f'id = "long"\nname = "long"\nhome = "{root}/"\nregion = "321202"\nofficial = true\n'
        + "".join(
            f'[[columns]]\nurl = "{root}/{column}/1.html"\nfamily = "generic"\n'
            for column in range(reports // PER_COLUMN)
        ),
        "utf-8",
    )
    settings = {
        "ALLOW_LOOPBACK": "1",
        "ARCHIVE_DIR": str(archive),
        "PORTALS_DIRS": str(archive / "portals"),
        "DOWNLOAD_DELAY": "0",
        "AUTOTHROTTLE_ENABLED": "0",
        "HOST_DAILY_BUDGET": "1000000",
        "LOG_LEVEL": "ERROR",
    }
    options = [part for pair in settings.items() for part in ("-s", "=".join(pair))]
    command = [sys.executable, "-m", "scrapy", "crawl", "reports", *options]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def memory(process: int | str) -> int:
    """Return the resident memory of a process in kB; 0 when it has ended."""
    try:
        found = _RSS.search(Path(f"/proc/{process}/status").read_text("ascii"))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def rebuild_alone(archive: Path) -> None:
    """Rebuild, and print the memory at a tenth of the way and the most of all, in kB."""
    at: list[int] = []

    def note(done: int, total: int) -> None:
        if not at and done >= total // 10:
            at.append(memory("self"))

    collect_rarely()
    rebuild(archive, progress=note)
    print(json.dumps([*at, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))


def is_flat(what: str, first: int, last: int) -> bool:
    """Print how memory (kB) grew; whether it stays below the goal."""
    growth = last / first - 1
    print(f"{what}: {first / 1024:.0f} MB at a tenth of the way, {last / 1024:.0f} MB in the end")
    print(f"Growth: {growth:.1%} (less than {GROWTH:.0%} is the goal).")
    return growth < GROWTH


def main() -> int:
    """Print the memory at a tenth of the way and at its end; 1 where it grew."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=20000, help="a multiple of 1,000")
    options.add_argument("--rebuild", type=Path, help="rebuild this archive and print figures")
    given = options.parse_args()
    if given.rebuild:
        rebuild_alone(given.rebuild)
        return 0
    at: dict[int, int] = {}
    with TemporaryDirectory() as folder, serve() as server:
        running = start(server, Path(folder) / "archive", given.pages)
        while running.poll() is None:
            time.sleep(0.05)
            kilobytes = memory(running.pid)
            if kilobytes and server.reports >= given.pages // 10:
                at.setdefault(given.pages // 10, kilobytes)
                at[server.reports] = kilobytes
        reached = max(at, default=0)
        if running.returncode != 0 or reached < given.pages:
            print(f"The crawl ended after {reached} of {given.pages} pages.")
            return 1
        command = [sys.executable, "-m", "bench.soak_memory", "--rebuild", f"{folder}/archive"]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    crawl_is_flat = is_flat("crawl", at[given.pages // 10], at[reached])
    return 0 if is_flat("rebuild", *json.loads(done.stdout)) and crawl_is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
