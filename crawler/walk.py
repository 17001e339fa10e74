"""The walk of one column from its first list page to its end.

This module decides which list page comes next, when a list has ended and whether it was seen
whole: by its declared size, by an empty page that stays empty when asked again, or by a page
that brings nothing new.  What a page lists is left to ``crawler.listings``, fetching to the
spider.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from archive.marks import Marks
from crawler.listings import first_step
from crawler.listings.addresses import identity
from crawler.listings.page import ListItem, ListPage, Step
from crawler.portals import Column

WalkOutcome = Literal["complete", "partial", "blocked", "unreachable", "robots_disallowed"]


@dataclass(slots=True)
class Walk:
    """How far a column has been walked; ``outcome`` is ``None`` while it goes on."""

    portal: str
    column: Column
    pages_max: int
    pages: int = 0
    declared_pages: int | None = None
    declared: int | None = None
    current: int | None = None
    listed: list[str] = field(default_factory=list)
    """The addresses of the reports that the list names."""
    new: int = 0
    needs: str | None = None
    outcome: WalkOutcome | None = None
    reason: str | None = None
    cut_off: str | None = None
    """A list page that came incomplete."""
    is_dated: bool = False
    step: Step | None = None
    asked: set[Step] = field(default_factory=set)
    twice: set[Step] = field(default_factory=set)
    seen: Marks = field(default_factory=Marks)
    """What the list has named: a list may have tens of thousands of entries."""
    others: list[Step] = field(default_factory=list)

    def first_step(self) -> Step:
        """Return the request for the first list page."""
        self.step = first_step(self.column.family, self.column.url)
        self.asked.add(self.step)
        return self.step

    def take(self, page: ListPage) -> tuple[ListItem, ...]:
        """Return what the page adds to the list; afterwards ``next_step`` knows where to go.

        Once a page had dates beside its links, links without are the menu of a page and no
        entries.
        """
        if self.is_dated and not page.entries_only:
            page = replace(page, items=tuple(item for item in page.items if item.date))
        if self._is_empty(page) and self._asks_again():
            return ()
        if self._is_wrong_page(page):
            return ()
        if not self.pages and not page.items:  # a shell or a redirect that only leads to the list
            self.others[:0] = [step for step in page.steps if step not in self.asked]
            self.needs = page.needs
            return ()
        fresh: dict[str, ListItem] = {}
        for item in page.items:
            name = identity(item.url)
            if name not in self.seen:
                fresh.setdefault(name, item)
        self.others = []
        if not fresh and self.pages and not page.sparse:
            return ()  # past the end, some servers repeat the last page
        self._count(page)
        for name in fresh:
            self.seen.add(name)
        self.is_dated = self.is_dated or any(item.date for item in page.items)
        if not self._is_whole(page):
            self.others = [step for step in page.steps if step not in self.asked]
        return tuple(fresh.values())

    def _is_empty(self, page: ListPage) -> bool:
        onward = page.steps if not self.pages else page.sparse
        return not (page.items or onward or page.needs)

    def _asks_again(self) -> bool:
        """Return whether to ask once more for a page that came empty."""
        if self.step is None or self.step in self.twice:
            return False
        self.twice.add(self.step)
        self.others.insert(0, self.step)
        return True

    def _count(self, page: ListPage) -> None:
        self.pages += 1
        self.current = page.current
        self.needs = page.needs
        self.declared_pages = page.declared_pages or self.declared_pages
        self.declared = page.declared_total or self.declared

    def _is_wrong_page(self, page: ListPage) -> bool:
        """Return whether the page does not continue the list where another address may."""
        if not self.pages or not self.others:
            return False
        skipped = None not in (page.current, self.current) and page.current != self._expected()
        return skipped or all(identity(item.url) in self.seen for item in page.items)

    def _expected(self) -> int:
        return (self.current or 0) + 1

    def _is_whole(self, page: ListPage) -> bool:
        """Return whether nothing can follow, by what the list declares of itself."""
        if page.current is not None and self.pages == self.declared_pages:
            return True
        return page.entries_only and 0 < (self.declared or 0) <= len(self.seen)

    def next_step(self) -> Step | None:
        """Return the request for the next list page, ``None`` after deciding how the walk ended."""
        if self.outcome is not None:
            return None
        if self.others and self.pages < self.pages_max and len(self.asked) < 2 * self.pages_max:
            self.step = self.others.pop(0)
            self.asked.add(self.step)
            return self.step
        self._conclude()
        return None

    def _conclude(self) -> None:
        if self.needs is not None:
            self.end("partial", self.needs)
        elif self.others:
            self.end("partial", f"stopped after {self.pages} list pages (LIST_PAGES_MAX)")
        elif (self.declared_pages or 0) > self.pages:
            self.end("partial", f"{self.declared_pages} list pages declared, {self.pages} walked")
        elif (self.declared or 0) > len(self.seen):
            self.end("partial", f"{self.declared} entries declared, {len(self.seen)} seen")
        elif self.cut_off is not None:
            self.end("partial", f"cut off: {self.cut_off}")
        elif not self.seen:
            self.end("partial", "no entries could be read from the list")
        else:
            self.end("complete", None)

    def miss(self, outcome: WalkOutcome, reason: str) -> None:
        """Take note of a list page that could not be had; another address may still do."""
        if outcome == "unreachable" and self.others:
            return
        if outcome == "unreachable" and self.pages:
            outcome = "partial"
        self.end(outcome, reason)

    def end(self, outcome: WalkOutcome, reason: str | None) -> None:
        """Set how the walk ended."""
        self.outcome = outcome
        self.reason = reason

    def facts(self) -> dict[str, object]:
        """Return the walk as JSON values."""
        return {
            "portal": self.portal,
            "column": self.column.url,
            "family": self.column.family,
            "declared": self.declared,
            "declared_pages": self.declared_pages,
            "pages": self.pages,
            "found": len(self.seen),
            "reports": len(self.listed),
            "listed": self.listed,
            "new": self.new,
            "outcome": self.outcome,
            "reason": self.reason,
        }
