"""A document read as a report: its head, its statistics, and everything doubtful about them.

Decides nothing itself but the order: ``head`` says who and which year, ``forms`` which table,
``statistics`` which numbers, ``checks`` whether they agree.  Papers of other kinds (a guide, a
notice) have no statistics.  Bad input gives findings, never an exception.
"""

from __future__ import annotations

from parsers.checks import check_statistics
from parsers.forms import detect_form
from parsers.head import read_head, unusual_form
from parsers.kinds import prints_statistics
from parsers.model import Context, Document, Report
from parsers.statistics import read_statistics

_NOWHERE = Context()


def read_report(document: Document, context: Context = _NOWHERE) -> Report:
    """Return what a document reports: who, which year, which form, which numbers, which doubts.

    ``findings`` are in the order of the line: document, head, statistics, checks.
    """
    head = read_head(document, context)
    subject = head.roles.subject
    form = detect_form(document.text, document.tables)
    statistics, doubts = (
        read_statistics(document, form, head.year, head.scope, subject.area if subject else None)
        if prints_statistics(head.kind, form, document.title, document.text)
        else ((), ())
    )
    findings = (
        *document.findings,
        *head.findings,
        *unusual_form(head.kind.kind, form, head.year),
        *doubts,
        *check_statistics(form, statistics),
    )
    return Report(
        kind=head.kind.kind,
        kind_detail=head.kind.detail,
        year=head.year,
        form=form,
        scope=head.scope,
        scope_words=head.scope_words,
        subject=subject.name if subject else None,
        subject_key=subject.key if subject else None,
        compiler=head.roles.compiler,
        uploader=head.roles.uploader,
        region_code=subject.region_code if subject else None,
        region_name=subject.region_name if subject else None,
        level=subject.level if subject else "unknown",
        organ_type=subject.organ_type if subject else "unknown",
        published=head.published,
        written=head.written,
        source_quality=head.source_quality,
        statistics=statistics,
        findings=findings,
    )
