"""The errors of the archive: what keeps evidence from being read.

``BrokenArchive`` means stop: the file needs a person or ``warcio recompress``.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.errors import ReportError


class BrokenArchive(ReportError):
    """A file of the archive cannot be read, a WARC file from ``offset`` on."""

    def __init__(self, file: str, offset: int | None, reason: str) -> None:
        place = "" if offset is None else f" at byte {offset}"
        super().__init__(f"{file}{place}: {reason}")
        self.file = file
        self.offset = offset
        self.reason = reason


class NoArchive(ReportError):
    """There is no archive database at ``path``."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no archive at {path}: crawl something first, for instance `scrapy demo`")
        self.path = path


class NotPublished(ReportError):
    """The file at ``path`` is no published database."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} is no published database ({reason}): name one that `scrapy export` wrote"
        )
        self.path = path
        self.reason = reason


class PublishedOtherwise(ReportError):
    """Another version published the file at ``path``, without tables or columns of today."""

    def __init__(self, path: str, software: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"{path} was published by {software} and lacks what is shown today"
            f" ({', '.join(missing)}): serve it with that version, or write it anew from the"
            " archive with `scrapy export`"
        )
        self.path = path
        self.software = software
        self.missing = tuple(missing)


class UnknownReport(ReportError):
    """No report, or more than one, has the key or the words that were asked for.

    ``known`` are the keys of those that fit, with their titles.
    """

    def __init__(self, asked: str, known: Sequence[str]) -> None:
        listed = "".join(f"\n  {one}" for one in known)
        reason = f"more than one report fits, name one:{listed}" if known else "no such report"
        super().__init__(f"{asked}: {reason}")
        self.asked = asked
        self.known = tuple(known)


class UnknownState(ReportError):
    """A report has no state of this number."""

    def __init__(self, report: str, number: int, count: int) -> None:
        super().__init__(f"{report}: no state {number}; the history has states 1 to {count}")
        self.report = report
        self.number = number


class ArchiveInUse(ReportError):
    """The database at ``path`` cannot be replaced while another process has it open."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is open in another process: end it, then try again")
        self.path = path


class NotARelease(ReportError):
    """The folder at ``path`` holds something, and it is no release."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is no release: name a new folder, or one that `scrapy export` wrote"
        )
        self.path = path
