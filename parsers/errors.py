"""The errors of the parsers, by what the caller should do.

::

    ReportError
    ├── UnreadableField   this value: record a finding, go on
    ├── NotAReport        this page: keep the capture, go on
    └── UnreadableSource  this file: keep the capture, say what is needed

An error names the field, the raw text and the reason; it never logs itself.
"""

from __future__ import annotations


class ReportError(Exception):
    """Root of every error that the project raises on purpose."""


class UnreadableField(ReportError):
    """A value is printed but cannot be read without guessing."""

    def __init__(self, field: str, raw: str, reason: str) -> None:
        super().__init__(f"{field}: {reason} (printed: {raw!r})")
        self.field = field
        self.raw = raw
        self.reason = reason


class NotAReport(ReportError):
    """The page is not a report."""


class UnreadableSource(ReportError):
    """The file as a whole cannot be read; ``needs`` names what would help."""

    def __init__(self, name: str, reason: str, needs: str | None = None) -> None:
        super().__init__(f"{name}: {reason}" + (f"; needs {needs}" if needs else ""))
        self.name = name
        self.reason = reason
        self.needs = needs
