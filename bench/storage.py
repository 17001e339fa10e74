"""What ten visits of an unchanged site cost on disk, beside one.

``python -m bench.storage --pages 1000`` serves report pages of 30 KB and more, crawls them once
and asks for all of them again nine times, each time in a run of its own.  One site answers 304
where nothing has changed, another sends every page again.  What counts is what lies in ``warc/``.

The made-up pages repeat themselves more than real ones, of which gzip leaves a quarter (57 pages
of gov.cn: 22 KB, 5.5 KB packed).  A comment of random digits makes up for that.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import random
import tempfile
from email.utils import formatdate
from pathlib import Path

from bench.pages import make_site
from tests.servers import Page, PageServer, run_scrapy, write_portal

VISITS, GOAL = 10, 0.15


def site(count: int, *, has_validators: bool) -> dict[str, Page]:
    """The pages of a site and its list."""
    pages: dict[str, Page] = {}
    for number, (path, page) in enumerate(make_site(count).items()):
        tag = hashlib.sha256(page.body).hexdigest()[:13]
        validators = (
            (b"ETag", f'"{tag}"'.encode()),
            (b"Last-Modified", formatdate(1_500_000_000 + 7919 * number, usegmt=True).encode()),
        )
        headers = ((b"Content-Type", page.content_type.encode()),)
        noise = "".join(random.Random(number).choices("0123456789abcdef", k=10_600))
        body = page.body if path.endswith("/") else page.body + f"<!-- {noise} -->".encode()
        pages[path] = Page(body, headers=(*headers, *(validators if has_validators else ())))
    return pages


def measure(count: int, *, has_validators: bool) -> tuple[int, int, int, int]:
    """Bytes of WARC after one visit and after ten; mean size of a page, plain and packed."""
    pages = site(count, has_validators=has_validators)
    column = next(path for path in pages if path.endswith("/"))
    reports = [page.body for path, page in pages.items() if path != column]
    plain = sum(map(len, reports)) // len(reports)
    packed = sum(len(gzip.compress(body, 6)) for body in reports) // len(reports)
    settings = {"DOWNLOAD_DELAY": 0, "HOST_DAILY_BUDGET": 10**9, "AUTOTHROTTLE_ENABLED": 0}
    sizes = []
    with tempfile.TemporaryDirectory() as name, PageServer(pages) as server:
        archive = Path(name)
        write_portal(archive / "portals", server, "site", (column, "auto"))
        for visit in range(VISITS):
            spider = "revisit" if visit else "reports"
            done = run_scrapy("crawl", spider, archive=archive, settings=settings)
            if done.returncode:
                raise SystemExit(done.stderr)
            sizes.append(sum(path.stat().st_size for path in (archive / "warc").iterdir()))
    return sizes[0], sizes[-1], plain, packed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare ten visits with one on disk.")
    parser.add_argument("--pages", type=int, default=100)
    options = parser.parse_args()
    for name, has_validators in (("answers 304", True), ("sends all again", False)):
        once, ten, plain, packed = measure(options.pages, has_validators=has_validators)
        print(
            f"{name}: {options.pages} pages of {plain:,} bytes ({packed:,} packed): one visit"
            f" {once:,} bytes, {VISITS} visits {ten:,} bytes, {(ten - once) / once:+.1%}"
            f" (goal: less than {GOAL:.0%}); {(ten - once) // (9 * options.pages)} a page and visit"
        )


if __name__ == "__main__":
    main()
