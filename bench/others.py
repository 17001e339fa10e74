"""What our crawl is measured against: bare Scrapy, and the pipeline people usually write.

``python -m bench.others bare|naive LIST_URL FOLDER`` crawls the list page and what it links.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, cast

import sqlite_utils
from charset_normalizer import from_bytes
from scrapy import Spider
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.http import Request, Response
from sqlite_utils.db import Table
from trafilatura import bare_extraction
from trafilatura.settings import Document

# The pace and the switches of our own crawl in the same bench, so that the fetching is equal.
PACE: dict[str, Any] = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}


class Bare(Spider):
    """Fetches every page and does nothing with it."""

    name = "bare"
    list_url: str

    async def start(self) -> Any:
        """Yield the request for the list page."""
        yield Request(self.list_url, callback=self.read_list)

    def read_list(self, response: Response) -> Iterator[Request]:
        """Yield a request for every link of the list."""
        for href in response.css("li a::attr(href)").getall():
            yield response.follow(href, callback=self.read_page)

    def read_page(self, response: Response) -> Iterator[dict[str, Any]]:
        """Yield nothing."""
        del response
        yield from ()


def read_naively(url: str, body: bytes) -> dict[str, Any]:
    """Return a page as a row: its encoding guessed, its text and metadata extracted."""
    best = from_bytes(body).best()
    html = str(best) if best else body.decode("utf-8", "replace")
    document = bare_extraction(html, url=url, with_metadata=True)
    found = document.as_dict() if isinstance(document, Document) else {}
    names = ("title", "author", "date", "sitename", "text")
    return {"url": url, **{name: found.get(name) for name in names}}


def store(table: Table, row: dict[str, Any]) -> None:
    """Store a row, one upsert a page."""
    table.upsert(row, pk="url", alter=True)


class Naive(Bare):
    """Guesses the encoding, extracts text and metadata, and upserts one row a page."""

    name = "naive"
    folder: str

    def read_page(self, response: Response) -> Iterator[dict[str, Any]]:
        """Yield one item a page, as the tutorials do."""
        yield read_naively(response.url, response.body)


class Rows:
    """The item pipeline of the naive crawl: one upsert an item."""

    def __init__(self, folder: Path) -> None:
        self.table = sqlite_utils.Database(folder / "naive.db").table("pages")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline with its database open."""
        return cls(Path(cast("Naive", crawler.spider).folder))

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Store the item."""
        store(self.table, item)
        return item


def main() -> None:
    """Run the crawl named on the command line."""
    which, list_url, folder = sys.argv[1:]
    pipelines = {Rows: 100} if which == "naive" else {}
    process = CrawlerProcess({**PACE, "ITEM_PIPELINES": pipelines})
    process.crawl(Naive if which == "naive" else Bare, list_url=list_url, folder=folder)
    process.start()


if __name__ == "__main__":
    main()
