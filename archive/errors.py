"""The errors of the archive: what keeps evidence from being read.

``BrokenArchive`` means stop: the file needs a person or ``warcio recompress``.
"""

from __future__ import annotations

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


class ArchiveInUse(ReportError):
    """The database at ``path`` cannot be replaced while another process has it open."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is open in another process: end it, then try again")
        self.path = path
