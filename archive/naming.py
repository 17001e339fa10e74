"""Under which public keys it is kept what a capture shows: report, body, parts.

``Naming`` decides which report a document belongs to, as far as its reading tells body, year and
kind.  What a key looks like is left to ``ids``, when two addresses are one document to
``identity``; people may decide otherwise (``decisions``).
"""

from __future__ import annotations

from dataclasses import dataclass

from archive.identity import document_name
from archive.ids import Ids, short_digest
from archive.reading import Reading
from archive.store import Store
from parsers.codes import normal_document_number
from parsers.model import Capture, Finding, Report
from parsers.register import bodies_of


@dataclass(frozen=True, slots=True)
class Part:
    """A report of a compilation with the keys of its document and its report."""

    key: str
    report: str
    reading: Reading
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """Names what captures show, with the keys of one archive; bodies are stored as they are met."""

    store: Store
    ids: Ids

    def parts(self, capture: Capture, reading: Reading) -> list[Part]:
        """The parts of a compilation with their keys, by body and year, so that they may move."""
        named: dict[str, Part] = {}
        for part in reading.parts:
            report = part.report
            name = f"{report.subject_key or part.document.title}/{report.year}"
            while name in named:
                name += "+"
            key = self.ids.key(
                "document", f"{document_name(capture.url)}#{name}", capture.captured_at
            )
            report_key, findings = self.report_key(capture, part, key)
            named[name] = Part(key, report_key, part, findings)
        return list(named.values())

    def report_key(
        self, capture: Capture, reading: Reading, part: str | None = None
    ) -> tuple[str, tuple[Finding, ...]]:
        """``<body>/<year>/<kind>``, or a provisional key from the address and a finding.

        ``part`` is the key of a part of a compilation, which has no address of its own.
        An attachment that does not name its own body and year belongs to the report of the
        page that links it.
        """
        report = reading.report
        unknown = [
            name
            for name, value in (("body", report.subject_key), ("year", report.year))
            if value is None
        ]
        is_report = report.kind == "annual_report" and not unknown
        if capture.role == "attachment" and not is_report and not part and capture.parent_url:
            parent = self._report_of(capture.parent_url)
            if parent is not None:
                return parent, ()
        if unknown or report.subject_key is None:
            key = f"u{short_digest(part or capture.url)}/{report.year or 'unknown'}/{report.kind}"
            missing = " and ".join(unknown)
            message = f"the {missing} of this report is not known; its key is provisional"
            return key, (Finding("provisional_key", "warning", message),)
        body = self._body(report, report.subject_key, capture.captured_at)
        key = f"{body}/{report.year}/{report.kind}"
        if report.kind != "annual_report":
            number = normal_document_number(reading.document.metadata.get("document_number") or "")
            date = report.written or report.published or ""
            key += "/" + (number or short_digest(f"{reading.document.title}|{date}"))
        return key, ()

    def _body(self, report: Report, subject_key: str, captured_at: str) -> str:
        """The key of the body of a report, stored with the governments above it."""
        parent: str | None = None
        for one in bodies_of(report):
            key = self.ids.key("body", one.key, captured_at)
            self.store.save_body(key, one, parent)
            parent = key
        return self.ids.key("body", subject_key, captured_at)

    def _report_of(self, url: str) -> str | None:
        key = self.ids.known("document", document_name(url))
        return None if key is None else self.store.report_of_document(key)
