"""Compilations: one document with the reports of several bodies, split by what it prints."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from archive.reading import Reading, read
from parsers.compilation import split_document
from parsers.document import read_document
from parsers.model import Context, Decoded, Document
from parsers.mojibake import undo
from tests.pages.draw import draw_lines
from tests.pages.paper import draw_pdf
from tests.pages.source import read_sources

PLACE = "平湖市"
ORGANS = ("教育局", "民政局", "水利局")
TITLE = "2012年平湖市各部门政府信息公开工作年度报告汇编"


def report(organ: str, count: int, year: int = 2012) -> list[str]:
    """The lines of a report of an organ, without its title."""
    return [
        f"本报告由{PLACE}{organ}根据《中华人民共和国政府信息公开条例》编制。",
        "一、主动公开政府信息情况",
        f"{year}年，我局主动公开政府信息{count}0条，其中工作动态{count}条。",
        "二、依申请公开政府信息情况",
        f"{year}年，我局共收到政府信息公开申请{count}件，均已按时答复。",
        "三、复议、诉讼情况",
        "未发生针对我局政府信息公开的行政复议和行政诉讼。",
        "四、存在的主要问题和改进措施",
        "公开的内容还不够全面，需要进一步充实。",
        f"{PLACE}{organ}",
        f"{year + 1}年1月1{count}日",
    ]


def titled(organ: str, year: int = 2012) -> str:
    """The whole title of a report."""
    return f"{PLACE}{organ}{year}年政府信息公开工作年度报告"


def html(lines: Sequence[str], title: str = TITLE) -> bytes:
    """A page of these lines under a title."""
    body = "".join(line if line.startswith("<") else f"<p>{line}</p>" for line in lines)
    return (
        f'<html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>'
        f'<div id="zoom">{body}</div></body></html>'
    ).encode()


def compiled(heads: Sequence[str], *, before: Sequence[str] = ()) -> list[str]:
    """The lines of the reports of the three bureaux, each under its own head."""
    lines = list(before)
    for count, (organ, head) in enumerate(zip(ORGANS, heads, strict=True), 1):
        lines += [*head.split("\n"), *report(organ, count)]
    return lines


def told(reading: Reading) -> list[tuple[str | None, int | None, object]]:
    """Subject, year and applications received of each part."""
    return [
        (
            part.report.subject,
            part.report.year,
            next(s.value for s in part.report.statistics if s.field == "requests_received_total"),
        )
        for part in reading.parts
    ]


THREE = [(f"{PLACE}{organ}", 2012, count) for count, organ in enumerate(ORGANS, 1)]


@pytest.mark.parametrize(
    "head",
    [
        "平湖市{}2012年政府信息公开工作年度报告",
        "2012年平湖市{}政府信息公开年度报告",
        "市{}政府信息公开工作年度报告（2012年度）",
        "平湖市{}\n2012年政府信息公开工作年度报告",
        "附件：市{}2012年度政府信息公开工作年度报告",
        "（一）市{}",
        "市{}",
    ],
)
def test_each_report_of_a_compilation_is_a_part_of_its_own(head: str) -> None:
    """Titles, titles in two lines and bare names of organs each begin the report of a body."""
    reading = read(html(compiled([head.format(organ) for organ in ORGANS])))
    assert told(reading) == THREE
    assert (reading.report.kind, reading.report.kind_detail) == ("other", "compilation")
    assert reading.report.statistics == ()


def test_parts_lie_within_the_whole_and_every_figure_within_its_part() -> None:
    """Spans of parts are those of the whole text; spans of figures those of the part's."""
    reading = read(html(compiled([titled(organ) for organ in ORGANS])))
    ends = 0
    for part in reading.parts:
        start, end = part.document.within or (0, 0)
        assert ends <= start < end
        assert reading.document.text[start:end] == part.document.text
        assert part.document.text.startswith(part.document.title or "?")
        for one in part.report.statistics:
            assert one.raw in part.document.text[one.start : one.end]
        for block in part.document.blocks:
            assert part.document.text[block.start : block.end].strip()
        ends = end


def test_a_day_that_ran_into_the_next_title_stays_with_its_report() -> None:
    """Where a line end was lost before a title, the part begins behind the day."""
    lines = compiled([titled(organ) for organ in ORGANS])
    place = lines.index(titled("民政局"))
    lines[place - 1 : place + 1] = [lines[place - 1] + lines[place]]
    reading = read(html(lines))
    assert told(reading) == THREE
    assert [part.report.written for part in reading.parts][:2] == ["2013-01-11", "2013-01-12"]


def test_contents_with_the_titles_of_all_reports_begin_none() -> None:
    """A list of the titles before the reports is no report and makes no doubt."""
    titles = [titled(organ) for organ in ORGANS]
    reading = read(html(compiled(titles, before=["目录", *titles])))
    assert told(reading) == THREE
    assert [f.rule for f in reading.report.findings] == []


def test_tables_of_parts_are_counted_and_placed_anew() -> None:
    """The second table of the page is the first of its part, its cells where that part prints them."""
    rows = (
        ("统计指标", "单位", "统计数"),
        ("政策解读稿件发布数", "篇", "7"),
        ("收到申请数", "件", "{}"),
    )
    lines = []
    for count, organ in enumerate(ORGANS, 1):
        grid = "".join(
            f"<tr>{''.join(f'<td>{cell.format(count)}</td>' for cell in row)}</tr>" for row in rows
        )
        lines += [titled(organ, 2015), *report(organ, count, 2015), f"<table>{grid}</table>"]
    for count, part in enumerate(read(html(lines)).parts, 1):
        cells = {s.field: s for s in part.report.statistics if s.source == "table1"}
        assert part.report.form == "national_2014"
        assert cells["requests_received_total"].value == count
        one = cells["requests_received_total"]
        assert part.document.text[one.start : one.end] == str(count)


def test_a_government_report_with_the_whole_reports_of_its_bureaux_behind_it_is_split() -> None:
    """The page is titled by the government, whose report is the first part."""
    title = "平湖市人民政府2012年政府信息公开工作年度报告"
    lines = [line.replace("我局", "全市") for line in report("人民政府", 9)]
    reading = read(html(lines + compiled([titled(o) for o in ORGANS]), title))
    assert told(reading) == [("平湖市人民政府", 2012, 9), *THREE]


def test_the_reports_of_one_body_over_several_years_are_parts() -> None:
    """A page with the reports of 2010 and 2011 holds two reports of one body."""
    lines = [
        line
        for year in (2010, 2011)
        for line in (titled("教育局", year), *report("教育局", year - 2009, year))
    ]
    reading = read(html(lines, "平湖市教育局历年政府信息公开年报"))
    assert told(reading) == [("平湖市教育局", 2010, 1), ("平湖市教育局", 2011, 2)]


def ordinary() -> list[str]:
    """A report of the government that quotes, lists and appends bureaux."""
    own = [line.replace("我局", "全市") for line in report("人民政府", 9)]
    return [
        *own[:3],
        *(
            f"{PLACE}{organ}主动公开政府信息12条，收到申请1件，均已答复，未收取费用。"
            for organ in ORGANS
        ),
        "市教育局",
        "主动公开政府信息30条，收到依申请公开1件，未发生复议、诉讼。",
        "市民政局",
        "主动公开政府信息20条，收到依申请公开0件，未发生复议、诉讼。",
        *own[3:],
        "附件：",
        *(titled(organ) for organ in ORGANS),
        *(
            f"附表 {PLACE}{organ}政府信息公开情况统计表"
            f"<table><tr><td>统计指标</td><td>单位</td><td>统计数</td></tr>"
            f"<tr><td>收到申请数</td><td>件</td><td>1</td></tr></table>"
            for organ in ORGANS
        ),
    ]


def test_a_report_that_names_quotes_and_appends_organs_is_not_split() -> None:
    """Paragraphs, titles of attachments and tables of bureaux are no reports."""
    reading = read(html(ordinary(), "平湖市人民政府2012年政府信息公开工作年度报告"))
    assert reading.parts == ()
    assert (reading.report.kind, reading.report.subject) == ("annual_report", "平湖市人民政府")


def test_a_circular_that_says_of_each_organ_how_it_did_is_not_split() -> None:
    """Under the name of an organ stands what the assessors found, in sections like a report's."""
    lines = compiled([f"市{organ}" for organ in ORGANS])
    reading = read(html(lines, "关于2012年平湖市政府信息公开工作考核情况的通报"))
    assert reading.parts == ()
    assert reading.report.kind == "circular"


def test_a_report_under_its_title_twice_is_one() -> None:
    """The heading of the page and that of the text name one report."""
    title = titled("教育局")
    assert read(html([title, title, *report("教育局", 1)], title)).parts == ()


def test_a_compilation_that_cannot_be_told_apart_is_a_doubt_and_has_no_figures() -> None:
    """Where no heads stand between the reports, nobody can say whose figures they are."""
    lines = [line for count, organ in enumerate(ORGANS, 1) for line in report(organ, count)]
    reading = read(html(lines))
    assert reading.parts == ()
    assert reading.report.statistics == ()
    assert [f.rule for f in reading.report.findings] == ["compilation_not_split"]


def test_a_title_that_no_report_follows_stays_with_the_part_before_and_is_a_doubt() -> None:
    """An organ of which only the title is printed gets no report and no body."""
    lines = compiled([titled(organ) for organ in ORGANS])
    reading = read(html([*lines, titled("林业局"), "（暂缺）"]))
    assert told(reading) == THREE
    (doubt,) = (f for f in reading.report.findings if f.rule == "part_unclear")
    assert "林业局" in doubt.message


def test_repairs_of_a_part_lead_from_its_received_text() -> None:
    """Undoing the repairs of a part gives the received text of that part."""
    lines = compiled([titled(organ) for organ in ORGANS])
    damaged = [
        line.replace("申请", "申\u200b请").replace("公开的内容", "公開(kāi)的內(nèi)容")
        for line in lines
    ]
    reading = read(html(damaged))
    assert told(reading) == THREE
    assert any(part.document.repairs for part in reading.parts)
    for part in reading.parts:
        assert undo(part.document.text, part.document.repairs) == part.document.received
        assert part.document.received in reading.document.received


def test_a_compilation_as_a_pdf_is_split_behind_right_aligned_signatures() -> None:
    """The day at the right margin does not run into the title of the next report."""
    source = next(one for one in read_sources() if one.id == "compilation-2012-docx")
    context = Context(portal_region="330226")
    reading = read(draw_pdf(source, draw_lines(source)), name="a.pdf", context=context)
    assert told(reading) == [
        ("宁海县财政局", 2012, 5),
        ("宁海县审计局", 2012, 0),
        ("宁海县西店镇人民政府", 2012, 2),
    ]
    assert [part.report.written for part in reading.parts] == [
        "2013-01-16", "2013-01-21", "2013-01-28",
    ]  # fmt: skip


def test_a_text_file_and_a_document_of_one_report_come_back_as_they_are() -> None:
    """Splitting leaves every other document alone."""
    text = "\n".join([titled("教育局"), *report("教育局", 1)])
    document: Document = read_document(Decoded(b"", "text/plain", text, "utf-8"))
    assert split_document(document) is document
