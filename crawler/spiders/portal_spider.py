"""What every spider over portals does: choose them, ask for documents and their attachments.

This module decides how a document is asked for.  Which documents is left to the spiders,
what they say to ``archive.ingest``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self, cast

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.asked import META_KEY, Asked, asked_of, attachments_of, reading_of
from crawler.listings.addresses import shown_file
from crawler.listings.page import ListSource, Step
from crawler.pictures import find_picture_links
from crawler.portals import Portal, UnusablePortal, select_portals
from crawler.refusal import STOPPING, Refused
from parsers.charset import decode
from parsers.media import HTML, sniff_media_type
from parsers.model import Decoded, Link, Role

ARGUMENTS = ("portal", "group")
NOTED_MAX = 20_000
"""Reports of one run that were not asked for and are noted one by one."""


def decode_response(response: Response) -> Decoded:
    """Return the characters of an answer, by evidence and not by what Scrapy guesses."""
    header = response.headers.get(b"Content-Type")
    content_type = header.decode("latin-1") if header else None
    media_type = sniff_media_type(response.body, content_type, response.url)
    return decode(response.body, content_type, media_type)


def step_request(step: Step, **given: Any) -> Request:
    """Return the request for a page of a list, as the script of the page would make it."""
    headers = {"Referer": step.referer} if step.referer else {}
    if step.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    method = "GET" if step.form is None else "POST"
    # A list page may be asked for twice, and whoever asked must hear back.
    return Request(
        step.url, method=method, body=step.form or "", headers=headers, dont_filter=True, **given
    )


class PortalSpider(Spider):
    """A spider over portals chosen with ``-a portal=ID,...`` or ``-a group=NAME``."""

    argument_names: ClassVar[tuple[str, ...]] = ARGUMENTS
    resumable = False
    """Whether an unfinished run is taken up where it was; then equal answers lead the same way."""
    portals: Mapping[str, Portal]
    arguments: Mapping[str, str]
    not_asked: list[dict[str, str | None]]
    """Reports that a list names and that were refused before anybody asked for them, and why."""
    lie_elsewhere: set[str]
    """Portals that have reports on hosts which their files do not name."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider with its portals read and checked."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        chosen = cls.choose_portals(crawler.settings, kwargs)
        spider.portals = {portal.id: portal for portal in chosen}
        spider.arguments = kwargs
        spider.not_asked = []
        spider.lie_elsewhere = set()
        return spider

    @classmethod
    def choose_portals(
        cls, settings: BaseSettings, arguments: Mapping[str, str]
    ) -> Sequence[Portal]:
        """Return the portals that spider arguments name.

        Raises:
            UnusablePortal: an argument or a portal that does not exist.
        """
        cls.check_arguments(arguments)
        return select_portals(settings, arguments.get("portal"), arguments.get("group"))

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, str]) -> None:
        """Refuse arguments that the spider does not know.

        Raises:
            UnusablePortal: naming the argument and the known ones.
        """
        for name in arguments:
            if name not in cls.argument_names:
                reason = f"no such argument; known: {', '.join(cls.argument_names)}"
                raise UnusablePortal("arguments", name, reason)

    def document_request(self, url: str, asked: Asked, encoding: str = "utf-8") -> Request:
        """Return the request for a document or attachment."""
        return Request(
            url,
            callback=self.read_document,
            errback=self.note_failure,
            meta={META_KEY: asked},
            encoding=encoding,
            priority=0 if asked.role == "document" else 1,
        )

    def read_document(self, response: Response) -> Iterator[Request]:
        """Yield requests for what a page attaches or shows; the page itself has been read."""
        assert response.request is not None
        asked = asked_of(response.request)
        if response.status != 200 or asked.role != "document":
            return
        for link in attachments_of(response.request):
            yield from self.ask_for("attachment", link, response)
        reading = reading_of(response.request)
        if reading is None or reading.decoded.media_type != HTML:
            return
        # Where the parser misses text, the pictures are the document; elsewhere they adorn it.
        unread = any(finding.rule == "needs_ocr" for finding in reading.document.findings)
        encoding = reading.decoded.encoding or "utf-8"
        for link in find_picture_links(ListSource(reading.decoded.text, response.url, encoding)):
            yield from self.ask_for("attachment" if unread else "other", link, response)

    def ask_for(self, role: Role, link: Link, page: Response) -> Iterator[Request]:
        """Yield the request for a file or picture of a page."""
        assert page.request is not None
        url = shown_file(link.url)
        if url.startswith(("http://", "https://")):
            reason = Asked(role, asked_of(page.request).portal, page.url, link.text)
            yield self.document_request(url, reason)

    def note_failure(self, failure: Failure) -> None:
        """Count a request that was refused or failed; failures have been captured."""
        error = failure.value
        outcome = error.outcome if isinstance(error, Refused) else type(error).__name__
        self.crawler.stats.inc_value(f"refused/{outcome}")
        self.logger.info("%s", failure.getErrorMessage())
        if isinstance(error, IgnoreRequest):
            self.note_refusal(cast("Request", failure.request), error)  # type: ignore[attr-defined]

    def note_refusal(self, request: Request, error: IgnoreRequest) -> None:
        """Remember a listed report that was not asked for; say once that one lies elsewhere."""
        outcome = error.outcome if isinstance(error, Refused) else "redirects"
        asked = asked_of(request)
        is_report = asked.role in ("document", "attachment")
        if asked.portal is None or not is_report or outcome == STOPPING:
            return
        if outcome == "offsite" and asked.portal not in self.lie_elsewhere:
            self.lie_elsewhere.add(asked.portal)
            self.logger.warning("%s is part of a report: %s", request.url, error)
        is_listed = asked.role == "document" and asked.link_text is not None
        if is_listed and len(self.not_asked) < NOTED_MAX:
            reason = {"portal": asked.portal, "title": asked.link_text, "outcome": outcome}
            self.not_asked.append(reason | {"url": request.url})
