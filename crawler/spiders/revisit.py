"""Asks again for every known document, to see what changed or has gone.

This module decides which addresses are asked again; what changed is found by comparing
captures in ``archive``.  An answer of 404 or 410 is kept like any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from archive.store import known_documents
from crawler.asked import Asked
from crawler.spiders.portal_spider import PortalSpider
from parsers.model import Role


class RevisitSpider(PortalSpider):
    """``scrapy crawl revisit [-a portal=ID,...] [-a group=NAME]``."""

    name = "revisit"

    async def start(self) -> AsyncIterator[Any]:
        """Yield every document known from the chosen portals."""
        archive_dir = Path(self.settings.get("ARCHIVE_DIR"))
        for portal in self.portals.values():
            for known in known_documents(archive_dir, portal.id):
                role: Role = "attachment" if known.role == "attachment" else "document"
                asked = Asked(role, portal.id, known.parent_url)
                yield self.document_request(known.url, asked)
