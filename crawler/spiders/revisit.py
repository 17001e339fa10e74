"""Asks again for known documents, to see what changed or has gone.

This module decides which addresses are asked again: every known one, or with ``-a due=1``
those that ``crawler.schedule`` finds due, at most ``REVISITS_PER_PORTAL`` of a portal.  What
changed is found by comparing captures in ``archive``.  An answer of 404 or 410 is kept like
any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.http import Request

from archive.visits import Visited, visited_documents
from crawler.asked import Asked
from crawler.middlewares.validators import META_KEY
from crawler.schedule import choose_due, must_verify
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
            if only_due:
                known = choose_due(known, datetime.now(UTC), most)
            for visited in known:
                yield self.visit(portal.id, visited)

    def visit(self, portal: str, visited: Visited) -> Request:
        """Return the request for a document, conditional where the archive holds it."""
        role: Role = "attachment" if visited.role == "attachment" else "document"
        request = self.document_request(visited.url, Asked(role, portal, visited.parent_url))
        if not must_verify(visited, datetime.now(UTC)):
            request.meta[META_KEY] = visited.held
        return request
