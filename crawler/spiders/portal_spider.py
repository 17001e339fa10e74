"""What every spider over portals does: choose them, ask for documents and their attachments.

This module decides how a document is asked for.  Which documents is left to the spiders,
what they say to ``archive.ingest``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.asked import META_KEY, Asked, asked_of, attachments_of
from crawler.portals import Portal, UnusablePortal, select_portals
from crawler.refusal import Refused
from parsers.charset import decode
from parsers.media import sniff_media_type
from parsers.model import Decoded

ARGUMENTS = ("portal", "group")


def decode_response(response: Response) -> Decoded:
    """Return the characters of an answer, by evidence and not by what Scrapy guesses."""
    header = response.headers.get(b"Content-Type")
    content_type = header.decode("latin-1") if header else None
    media_type = sniff_media_type(response.body, content_type, response.url)
    return decode(response.body, content_type, media_type)


class PortalSpider(Spider):
    """A spider over portals chosen with ``-a portal=ID,...`` or ``-a group=NAME``."""

    argument_names: ClassVar[tuple[str, ...]] = ARGUMENTS
    portals: Mapping[str, Portal]
    arguments: Mapping[str, str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider with its portals read and checked."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        chosen = cls.choose_portals(crawler.settings, kwargs)
        spider.portals = {portal.id: portal for portal in chosen}
        spider.arguments = kwargs
        return spider

    @classmethod
    def choose_portals(
        cls, settings: BaseSettings, arguments: Mapping[str, str]
    ) -> Sequence[Portal]:
        """Return the portals that spider arguments name.

        Raises:
            UnusablePortal: an argument or a portal that does not exist.
        """
        for name in arguments:
            if name not in cls.argument_names:
                reason = f"no such argument; known: {', '.join(cls.argument_names)}"
                raise UnusablePortal("arguments", name, reason)
        return select_portals(settings, arguments.get("portal"), arguments.get("group"))

    def document_request(self, url: str, asked: Asked, encoding: str = "utf-8") -> Request:
        """Return the request for a document or attachment."""
        return Request(
            url,
            callback=self.read_document,
            errback=self.note_failure,
            meta={META_KEY: asked},
            encoding=encoding,
            priority=1 if asked.role == "attachment" else 0,
        )

    def read_document(self, response: Response) -> Iterator[Request]:
        """Yield requests for what a page attaches; the page itself has been captured and read."""
        assert response.request is not None
        asked = asked_of(response.request)
        if response.status != 200 or asked.role != "document":
            return
        for link in attachments_of(response.request):
            if link.url.startswith(("http://", "https://")):
                reason = Asked("attachment", asked.portal, response.url, link.text)
                yield self.document_request(link.url, reason)

    def note_failure(self, failure: Failure) -> None:
        """Count a request that was refused or failed; failures have been captured."""
        error = failure.value
        outcome = error.outcome if isinstance(error, Refused) else type(error).__name__
        self.crawler.stats.inc_value(f"refused/{outcome}")
        self.logger.info("%s", failure.getErrorMessage())
