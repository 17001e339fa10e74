"""A document read as a report: its head, its statistics, and everything doubtful about them.

Decides nothing itself but the order: ``head`` says who and which year, ``forms`` which table,
``statistics`` which numbers, ``checks`` whether they agree.  Papers of other kinds (a guide, a
notice) have no statistics.  Bad input gives findings, never an exception.
"""

from __future__ import annotations

from dataclasses import replace

from parsers.checks import check_statistics
from parsers.forms import detect_form
from parsers.head import front_of, read_head, unusual_form, year_of_title
from parsers.kinds import prints_statistics
from parsers.model import Context, Document, Report
from parsers.roles import title_body
from parsers.statistics import read_statistics

_NOWHERE = Context()


def read_report(document: Document, context: Context = _NOWHERE) -> Report:
    """Return what a document reports: who, which year, which form, which numbers, which doubts.

    ``findings`` are in the order of the line: document, head, statistics, checks.
    """
    head = read_head(document, context)
    subject = head.roles.subject
    document = front_of(document)
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


def context_of_part(part: Document, whole: Report, context: Context = _NOWHERE) -> Context:
    """What is known about a part of a compilation before it is read: place and year of the whole.

    A heading that is the bare name of an organ (县教育局) stands for the title of its report.
    """
    organ = title_body(part.title or "") or part.title or ""
    year = year_of_title(part.title) or whole.year
    title = f"{organ}{f'{year}年' if year else ''}政府信息公开工作年度报告"
    region = context.portal_region or whole.region_code
    return replace(context, link_text=title, portal_region=region)
