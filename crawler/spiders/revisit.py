"""Asks again for known documents, to see what changed or has gone.

This module decides which addresses are asked again: every known one but what ``crawler.schedule``
lets wait; with ``-a due=1`` those that it finds due, at most ``REVISITS_PER_PORTAL`` of a portal;
with ``-a all=1`` every one.  What waits for a page, or for any page of the portal, is asked for when
that is no longer what it was.  What changed is found by comparing captures in ``archive``.  An
answer of 404 or 410 is kept like any other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.http import Request, Response

from archive.visits import Visited, visited_documents
from crawler.asked import Asked, asked_of, outcome_of
from crawler.middlewares.capture import CONFIRMED
from crawler.middlewares.validators import META_KEY
from crawler.portals import UnusablePortal
from crawler.schedule import choose_due, left_out, must_verify, waiting_files
from crawler.spiders.portal_spider import ARGUMENTS, PortalSpider
from parsers.model import Role


class RevisitSpider(PortalSpider):
    """``scrapy crawl revisit [-a portal=ID,...] [-a group=NAME] [-a due=1 | -a all=1]``."""

    name = "revisit"
    argument_names = (*ARGUMENTS, "due", "all")
    left: dict[str, list[Visited]]
    """Old pages by portal that are asked for only if another page of it has changed."""

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, str]) -> None:
        """Refuse arguments that the spider does not know, or that exclude each other.

        Raises:
            UnusablePortal: naming the argument and what it takes.
        """
        super().check_arguments(arguments)
        for name in ("due", "all"):
            if arguments.get(name, "0") not in _SWITCH:
                raise UnusablePortal("arguments", name, "give 1 or 0")
        if _is_set(arguments, "due") and _is_set(arguments, "all"):
            raise UnusablePortal("arguments", "all", "due=1 and all=1 exclude each other")

    async def start(self) -> AsyncIterator[Any]:
        """Yield the documents known from the chosen portals."""
        archive_dir = Path(self.settings.get("ARCHIVE_DIR"))
        most = self.settings.getint("REVISITS_PER_PORTAL")
        only_due, everything = (_is_set(self.arguments, name) for name in ("due", "all"))
        self.left = {}
        for portal in self.portals.values():
            known, now = visited_documents(archive_dir, portal.id), datetime.now(UTC)
            waiting = {} if everything else waiting_files(known, now)
            self.left[portal.id] = [] if everything or only_due else left_out(known, now)
            files = [file for group in waiting.values() for file in group]
            self.count_waiting("files", len(files))
            self.count_waiting("pages", len(self.left[portal.id]))
            left = {one.url for one in (*files, *self.left[portal.id])}
            for visited in choose_due(known, now, most) if only_due else known:
                if visited.url not in left:
                    yield self.visit(portal.id, visited, waiting.get(visited.url, ()))

    def count_waiting(self, what: str, count: int) -> None:
        """Count what this run does not ask for."""
        if count:
            self.crawler.stats.inc_value(f"waiting/{what}", count)

    def visit(self, portal: str, visited: Visited, files: Sequence[Visited] = ()) -> Request:
        """Return the request for a document, conditional where the archive holds it.

        ``files`` wait for what it answers.
        """
        role: Role = "attachment" if visited.role == "attachment" else "document"
        request = self.document_request(visited.url, Asked(role, portal, visited.parent_url))
        request.cb_kwargs.update(files=files, was_there=visited.held is not None)
        if not must_verify(visited, datetime.now(UTC)):
            request.meta[META_KEY] = visited.held
        return request

    def read_document(
        self, response: Response, files: Sequence[Visited] = (), *, was_there: bool = False
    ) -> Iterator[Request]:
        """Yield requests for what a page attaches, and for what waits, unless it is as it was."""
        assert response.request is not None
        portal = asked_of(response.request).portal
        outcome = outcome_of(response.request)
        if portal is not None and CONFIRMED not in response.flags and outcome != "same":
            self.count_waiting("files", -len(files))
            yield from (self.visit(portal, file) for file in files)
            if outcome in {"new", "changed"} or (outcome == "gone" and was_there):
                pages = self.left.pop(portal, [])
                self.count_waiting("pages", -len(pages))
                yield from (self.visit(portal, page) for page in pages)
        yield from super().read_document(response)


_SWITCH = {"1": True, "0": False, "": False}


def _is_set(arguments: Mapping[str, str], name: str) -> bool:
    return _SWITCH[arguments.get(name, "0")]
