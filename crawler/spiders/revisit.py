"""Asks again for known documents, to see what changed or has gone.

This module decides which addresses are asked again: every known one, or with ``-a due=1``
those that ``crawler.schedule`` finds due, at most ``REVISITS_PER_PORTAL`` of a portal.  A file
that its server cannot confirm waits for its page, and is asked for when that is no longer what
it was.  What changed is found by comparing captures in ``archive``.  An answer of 404 or 410 is
kept like any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.http import Request, Response

from archive.visits import Visited, visited_documents
from crawler.asked import Asked, asked_of
from crawler.middlewares.capture import CONFIRMED
from crawler.middlewares.validators import META_KEY
from crawler.schedule import choose_due, must_verify, waiting_files
from crawler.spiders.portal_spider import ARGUMENTS, PortalSpider
from parsers.model import Role


class RevisitSpider(PortalSpider):
    """``scrapy crawl revisit [-a portal=ID,...] [-a group=NAME] [-a due=1]``."""

    name = "revisit"
    argument_names = (*ARGUMENTS, "due")

    async def start(self) -> AsyncIterator[Any]:
        """Yield the documents known from the chosen portals."""
        archive_dir = Path(self.settings.get("ARCHIVE_DIR"))
        most = self.settings.getint("REVISITS_PER_PORTAL")
        only_due = self.arguments.get("due", "0") not in {"0", ""}
        for portal in self.portals.values():
            known = visited_documents(archive_dir, portal.id)
            now = datetime.now(UTC)
            waiting = waiting_files(known, now)
            left = {file.url for files in waiting.values() for file in files}
            self.crawler.stats.inc_value("waiting/files", len(left))
            for visited in choose_due(known, now, most) if only_due else known:
                if visited.url not in left:
                    yield self.visit(portal.id, visited, waiting.get(visited.url, ()))

    def visit(self, portal: str, visited: Visited, files: Sequence[Visited] = ()) -> Request:
        """Return the request for a document, conditional where the archive holds it.

        ``files`` wait for what it answers.
        """
        role: Role = "attachment" if visited.role == "attachment" else "document"
        request = self.document_request(visited.url, Asked(role, portal, visited.parent_url))
        request.cb_kwargs["files"] = files
        if not must_verify(visited, datetime.now(UTC)):
            request.meta[META_KEY] = visited.held
        return request

    def read_document(self, response: Response, files: Sequence[Visited] = ()) -> Iterator[Request]:
        """Yield requests for what a page attaches, and for files that wait, unless it is as it was."""
        assert response.request is not None
        asked = asked_of(response.request)
        if asked.portal is not None and CONFIRMED not in response.flags:
            for file in files:
                yield self.visit(asked.portal, file)
        yield from super().read_document(response)
