"""The straight line on one source, and its JSON.

``read`` names the steps in order: bytes, text, document without what is personal, its parts, report.  A live crawl, ``scrapy read``
and a rebuild from WARC call this one function.  ``reading_to_json`` gives the shape of
``scrapy read --json`` (``docs/read.schema.json``); nothing here touches disk or network, but
for old office files, which a program of this machine converts (``converters``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from archive.converters import find_converters
from parsers.charset import decode
from parsers.compilation import split_document
from parsers.document import read_document
from parsers.media import sniff_media_type
from parsers.model import Context, Decoded, Document, Finding, Number, Report, Statistic
from parsers.personal import mask_document
from parsers.report import context_of_part, read_report

PARSER = "1"
"""Version of what the parsers read; a higher one may read the same bytes differently."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source says: its text, its document, its report; of a compilation, its parts, too."""

    name: str
    decoded: Decoded
    document: Document
    report: Report
    parts: tuple[Reading, ...] = ()


def read(
    body: bytes,
    *,
    content_type: str | None = None,
    name: str = "",
    context: Context | None = None,
) -> Reading:
    """Everything that ``body`` says, with every doubt as a finding.

    ``name`` is the file name or address; ``content_type`` is the header as sent.
    """
    context = context or Context()
    media_type = sniff_media_type(body, content_type, name)
    decoded = decode(body, content_type, media_type)
    document = mask_document(read_document(decoded, context.url, find_converters()))
    document = split_document(document)
    report = read_report(document, context)
    parts = (
        Reading(name, decoded, part, read_report(part, context_of_part(part, report, context)))
        for part in document.parts
    )
    return Reading(name, decoded, document, report, tuple(parts))


def json_number(value: Number | None) -> int | float | None:
    """``value`` as JSON and SQLite keep it: an int, or the float whose shortest form it prints."""
    return float(value) if isinstance(value, Decimal) else value


def exact_number(stored: float | None) -> Number | None:
    """The number that SQLite keeps as ``stored``: a REAL stands for its shortest decimal form."""
    return Decimal(repr(stored)) if isinstance(stored, float) else stored


def _statistic_to_json(statistic: Statistic) -> dict[str, object]:
    return {
        "field": statistic.field,
        "label": statistic.label,
        "value": json_number(statistic.value),
        "value_low": json_number(statistic.value_low),
        "value_high": json_number(statistic.value_high),
        "unit": statistic.unit,
        "qualifier": statistic.qualifier,
        "state": statistic.state,
        "period_start": statistic.period_start,
        "period_end": statistic.period_end,
        "scope": statistic.scope,
        "raw": statistic.raw,
        "source": statistic.source,
        "ordinal": statistic.ordinal,
        "row": statistic.row,
        "col": statistic.col,
        "start": statistic.start,
        "end": statistic.end,
        "quote": statistic.quote,
        "flags": list(statistic.flags),
    }


def _finding_to_json(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "fields": list(finding.fields),
    }


def report_head(report: Report) -> dict[str, object]:
    """The report without its statistics and findings, as in ``scrapy read --json``."""
    return {
        "kind": report.kind,
        "kind_detail": report.kind_detail,
        "year": report.year,
        "form": report.form,
        "scope": report.scope,
        "subject": report.subject,
        "compiler": report.compiler,
        "uploader": report.uploader,
        "region_code": report.region_code,
        "region_name": report.region_name,
        "level": report.level,
        "organ_type": report.organ_type,
        "published": report.published,
        "written": report.written,
        "source_quality": report.source_quality,
    }


def _document_to_json(document: Document) -> dict[str, object]:
    return {
        "title": document.title,
        "metadata": dict(document.metadata),
        "text": document.text,
        "tables": [
            [[cell.text for cell in row] for row in table.rows] for table in document.tables
        ],
        "attachments": [{"url": link.url, "text": link.text} for link in document.attachments],
    }


def reading_to_json(reading: Reading) -> Mapping[str, object]:
    """The documented JSON of one reading; integers are integers, blank is null."""
    decoded, document = reading.decoded, reading.document
    return {
        "source": {
            "name": reading.name,
            "sha256": hashlib.sha256(decoded.body).hexdigest(),
            "media_type": decoded.media_type,
            "url": document.url,
        },
        "encoding": {
            "name": decoded.encoding,
            "evidence": list(decoded.evidence),
            "undecodable": decoded.undecodable,
        },
        **_content_to_json(reading),
        "parts": [_part_to_json(part) for part in reading.parts],
    }


def _part_to_json(part: Reading) -> dict[str, object]:
    """A report of a compilation, with the span of its text in ``document.text`` of the whole."""
    start, end = part.document.within or (0, 0)
    return {"start": start, "end": end, **_content_to_json(part)}


def _content_to_json(reading: Reading) -> dict[str, object]:
    document, report = reading.document, reading.report
    return {
        "repairs": [
            {
                "start": repair.start,
                "end": repair.end,
                "before": repair.before,
                "after": repair.after,
                "rule": repair.rule,
                "exact": repair.exact,
            }
            for repair in document.repairs
        ],
        "document": _document_to_json(document),
        "report": report_head(report),
        "statistics": [_statistic_to_json(statistic) for statistic in report.statistics],
        "findings": [_finding_to_json(finding) for finding in report.findings],
    }
