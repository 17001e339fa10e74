"""A compilation (汇编): one document that holds the whole reports of several bodies.

This module decides by content whether a document is one, and where each report begins and ends: a
title or the bare name of an organ on a line of its own, followed by the sections of a report.  At
least two bodies (or years) have to follow one another so; a report that quotes other organs,
lists their titles or appends their tables stays one document.  What looks like the title of
another report and is followed by none stays with the report before it, with a finding.  Whose
report a part is, is left to ``report``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from parsers.dates import parse_date
from parsers.head import year_of_title
from parsers.kinds import COMPILATION, KindRead, count_topics, has_sections, read_kind
from parsers.metadata import METADATA_IDS
from parsers.model import Block, Document, Finding, Repair, Table
from parsers.roles import title_body

_LONGEST_TITLE = 80
_LONGEST_NAME = 24
_LONGEST_NUMBERING = 16
_FEWEST_PARTS = 2
_FEWEST_TOPICS = 3
_FEWEST_CHARACTERS = 120
# 附件2：, （三）, 4.
_NUMBERING = re.compile(
    r"(?:附件?[一二三四五六七八九十\d]{0,3}[:：、.]?|第?[一二三四五六七八九十百]{1,4}[、.．章节部篇]分?"
    r"|[（(][一二三四五六七八九十\d]{1,4}[）)]|\d{1,3}[、.．])+"
)
# 2013年1月16日|某局2012年…: the day of the report before ran into the title
_DAY = re.compile(r"\s*20\d\d年\d{1,2}月\d{1,2}日\s*(?=\S)")
# …信息公开工作年度报告, …政务公开年报（2012年度）
_REPORT = re.compile(r"公开.{0,14}(?:报告|年报)(?:[（(〔【].{0,12}[）)〕】])?$")
# 2012年政府信息公开工作年度报告: the second line of a title in two
_NAMELESS = re.compile(r"[（(]?(?:20\d\d|二[〇○零].{2})年?度?.{0,24}$")
# 县教育局, 某某镇人民政府, 某街道办事处
_ORGAN = re.compile(
    r"[\u4e00-\u9fff（）()、]{1,20}(?:局|委员会|委|办公室|办|厅|院|会|处|中心|政府|镇|乡|街道|署|站|社|馆|公司|学校|支队|大队|银行)"
)
# 各部门, 全县各单位, 目录: nobody in particular
_NOBODY = re.compile(r"各|全[省市县区州]|所属|部分|汇编|目录|及其|等\d*[个家]")
# 一、主动公开情况 on a line of its own
_FIRST_SECTION = re.compile(
    r"^[ \t\u3000\xa0]*第?(?P<number>[一二三四五六七八九十]{1,2})[、.．章节部]", re.MULTILINE
)
_COMPILED = re.compile(r"汇编|合集|汇总")
# What the page of the whole says of its parts, too.
_INHERITED = ("publisher", "source", "publish_date")


@dataclass(frozen=True, slots=True)
class _Title:
    """A line that may begin a report: where, as printed, whose and of which year."""

    start: int
    end: int
    printed: str
    organ: str
    year: int | None

    @property
    def who(self) -> tuple[str, int | None]:
        return self.organ, self.year


def split_document(document: Document) -> Document:
    """Return ``document`` with the reports of its bodies as ``parts``, where it is a compilation.

    The parts are documents of their own, ``within`` the whole at the code points that they say,
    in order and without overlap.  Any other document comes back as it is.
    """
    titles = _titles(document)
    if not _may_hold_reports(document.title):  # 通报: what stands under 县教育局 is said of it
        titles = [title for title in titles if "公开" in title.printed]
    if not titles:
        return _not_split(document)
    found = [
        (title, end)
        for title, end in _segments(titles, len(document.text))
        if _is_report(document.text[title.end : end], title)
    ]
    whole = _own(document, titles[0].start)
    if found and whole is not None and _is_report(document.text[: titles[0].start], whole):
        found.insert(0, (whole, titles[0].start))
    if len({title.who for title, _ in found}) < _FEWEST_PARTS:
        return _not_split(document)
    starts = [title.start for title, _ in found]
    spans = pairwise((*starts, len(document.text)))
    parts = tuple(
        _cut(document, title, start, end)
        for (title, _), (start, end) in zip(found, spans, strict=True)
    )
    return replace(document, parts=parts, findings=(*document.findings, *_doubts(titles, found)))


def _may_hold_reports(title: str | None) -> bool:
    """Whether a title leaves room for the reports of bodies under their bare names."""
    kind = read_kind(title, "")
    return kind.kind == "annual_report" or kind in (COMPILATION, KindRead("other"))


def _titles(document: Document) -> list[_Title]:
    """The lines that may begin a report, those of one report one after another only once."""
    found: list[_Title] = []
    lines = [block for block in document.blocks if block.kind != "table"]
    for block, following in pairwise((*lines, None)):
        assert block is not None
        if block.end - block.start > _LONGEST_TITLE:
            continue
        title = _read_title(document, block, following)
        if title is not None and not (found and found[-1].who == title.who):
            found.append(title)
    return found


def _read_title(document: Document, block: Block, following: Block | None) -> _Title | None:
    signed = _DAY.match(document.text, block.start, block.end)
    if signed is not None:
        block = block._replace(start=signed.end())
    printed = "".join(document.text[block.start : block.end].split())
    if "公开" not in printed and len(printed) > _LONGEST_NAME + _LONGEST_NUMBERING:
        return None
    printed = _NUMBERING.sub("", printed, count=1)
    if "公开" in printed:
        organ = title_body(printed) if _REPORT.search(printed) else None
        if not organ or len(organ) > _LONGEST_NAME or _NOBODY.search(organ):
            return None
        return _Title(block.start, block.end, printed, organ, year_of_title(printed))
    if len(printed) > _LONGEST_NAME or not _ORGAN.fullmatch(printed) or _NOBODY.search(printed):
        return None
    end, year = block.end, None
    if following is not None and following.end - following.start <= _LONGEST_TITLE:
        below = "".join(document.text[following.start : following.end].split())
        if parse_date(below):
            return None  # a signature
        if _REPORT.search(below) and _NAMELESS.match(below):
            end, year, printed = following.end, year_of_title(below), printed + below
    return _Title(block.start, end, printed, _organ_of(printed), year)


def _organ_of(printed: str) -> str:
    found = _ORGAN.match(printed)
    return found[0] if found else printed


def _segments(titles: Sequence[_Title], length: int) -> Iterator[tuple[_Title, int]]:
    """Each title with the place of the next one."""
    ends = (*(title.start for title in titles[1:]), length)
    yield from zip(titles, ends, strict=True)


def _is_report(text: str, title: _Title) -> bool:
    """Whether a title is followed by a whole report, whose sections are counted from the first.

    A bare name needs these sections; under the title of a report its topics are enough.
    """
    if len(text) < _FEWEST_CHARACTERS:
        return False
    first = _FIRST_SECTION.search(text)
    if first is not None and first["number"] != "一":
        return False
    return has_sections(text) or ("公开" in title.printed and count_topics(text) >= _FEWEST_TOPICS)


def _own(document: Document, end: int) -> _Title | None:
    """The title of a report that a page prints before those of others."""
    printed = "".join((document.title or "").split())
    organ = title_body(printed)
    if not organ or _NOBODY.search(printed) or end < _FEWEST_CHARACTERS:
        return None
    return _Title(0, 0, printed, organ, year_of_title(printed))


def _not_split(document: Document) -> Document:
    """The document as it is, with a doubt where its title says that it is a compilation."""
    if not _COMPILED.search(document.title or "") or "公开" not in (document.title or ""):
        return document
    message = "the title names a compilation, but the reports in it cannot be told apart"
    doubt = Finding("compilation_not_split", "warning", message)
    return replace(document, findings=(*document.findings, doubt))


def _doubts(titles: Sequence[_Title], found: Sequence[tuple[_Title, int]]) -> Iterator[Finding]:
    """A finding for each title of a report behind the first part that no report follows."""
    parts = {title.who for title, _ in found}
    first = found[0][0].start
    for title in titles:
        if title.start > first and title.who not in parts and "公开" in title.printed:
            message = f"{title.printed} looks like the title of a report, but none follows it"
            yield Finding("part_unclear", "notice", message)


def _cut(document: Document, title: _Title, start: int, end: int) -> Document:
    """The part of ``document`` from ``start`` to ``end`` as a document of its own."""
    start = _outside(document.repairs, start)
    end = start + len(document.text[start : _outside(document.repairs, end)].rstrip())
    repairs, received = _repairs_of(document, start, end)
    tables = _tables_of(document, start, end)
    return Document(
        media_type=document.media_type,
        url=document.url,
        title=title.printed,
        metadata={
            name: document.metadata[name] if name in _INHERITED else None for name in METADATA_IDS
        },
        meta_tags={
            name: value for name, value in document.meta_tags.items() if name == "siteidcode"
        },
        text=document.text[start:end],
        received=received,
        repairs=repairs,
        masked=tuple((a - start, b - start) for a, b in document.masked if start <= a < end),
        blocks=tuple(
            block._replace(
                start=block.start - start,
                end=min(block.end, end) - start,
                table=tables[block.table].number if block.table in tables else None,
            )
            for block in document.blocks
            if start <= block.start < end
        ),
        tables=tuple(tables.values()),
        within=(start, end),
    )


def _tables_of(document: Document, start: int, end: int) -> dict[int | None, Table]:
    """The tables between two places by their old number, counted from 1, cells moved."""
    places = {block.table: block.start for block in document.blocks if block.table is not None}
    inside = [table for table in document.tables if start <= places.get(table.number, -1) < end]
    return {
        table.number: replace(
            table,
            number=number,
            rows=tuple(
                tuple(cell._replace(start=cell.start - start, end=cell.end - start) for cell in row)
                for row in table.rows
            ),
        )
        for number, table in enumerate(inside, 1)
    }


def _spans(repairs: Sequence[Repair]) -> Iterator[tuple[Repair, int, int]]:
    """Each repair with its span in the repaired text."""
    grown = 0
    for one in repairs:
        start = one.start + grown
        yield one, start, start + len(one.after)
        grown += len(one.after) - len(one.before)


def _outside(repairs: Sequence[Repair], place: int) -> int:
    """``place``, or the beginning of the repair that it lies in."""
    inside = (start for _, start, end in _spans(repairs) if start < place < end)
    return next(inside, place)


def _repairs_of(document: Document, start: int, end: int) -> tuple[tuple[Repair, ...], str]:
    """The repairs of a span of the repaired text, moved, and the received text of the span."""
    before = grown = 0
    moved = []
    for one, first, last in _spans(document.repairs):
        size = len(one.after) - len(one.before)
        if first < start:
            before += size
        elif last <= end and first < max(end, start + 1):
            moved.append(one)
            grown += size
    origin = start - before
    received = document.received[origin : end - before - grown]
    return (
        tuple(replace(one, start=one.start - origin, end=one.end - origin) for one in moved),
        received,
    )
