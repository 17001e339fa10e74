"""Real annual reports beside the five seeds: who, when, which form, and what is no figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.reading import Reading, read

TITLE = "政府信息公开工作年度报告"
# By hand from the files: title, kind, year, form, subject, key, level, published, written.
HEADS: dict[str, tuple[str | int | None, ...]] = {
    "hongze/hongze_2023.pdf": (
        f"洪泽区人民政府2023年{TITLE}", "annual_report", 2023, "mixed",
        "洪泽区人民政府", "320813/人民政府", "county", None, None,
    ),
    "pingtan/2011_pingtanxian_80716.txt": (
        f"平潭县人民政府2011年{TITLE}", "annual_report", 2011, "local_table",
        "平潭县人民政府", "350128/人民政府", "county", "2012-04-18", "2012-02-20",
    ),
    "pingtan/2011_80716_content_fragment.html": (
        f"平潭县人民政府2011年{TITLE}", "annual_report", 2011, "narrative",
        "平潭县人民政府", "350128/人民政府", "county", None, None,
    ),
    "pingtan/2019_80576.txt": (
        f"平潭综合实验区2019年度{TITLE}", "annual_report", 2019, "national_2019",
        "平潭综合实验区管委会", "350128/平潭综合实验区管委会", "zone", "2020-01-20", None,
    ),
    "pingtan/2020_80595.txt": (
        f"平潭综合实验区2020年度{TITLE}", "annual_report", 2020, "national_2019",
        "平潭综合实验区管委会", "350128/平潭综合实验区管委会", "zone", "2021-03-05", None,
    ),
    "pingtan/2023_87885.txt": (
        f"平潭综合实验区2023年度{TITLE}", "annual_report", 2023, "national_2021",
        "平潭综合实验区管委会", "350128/平潭综合实验区管委会", "zone", "2024-03-08", None,
    ),
}  # fmt: skip
# Findings about figures that no table glued into one line is to blame for, by hand: the review of
# 洪泽区 does not add up; in 2020 the results of 平潭 add up to 26 natural persons and 27 in all.
DOUBTS = {
    "hongze/hongze_2023.pdf": ["review_sum", "review_sum"],
    "pingtan/2020_80595.txt": ["results_sum", "results_sum"],
}


def read_report_file(corpus: Path, name: str) -> Reading:
    """The reading of a report of the corpus, from its bytes and name alone."""
    path = corpus / "data" / "reports" / name
    return read(path.read_bytes(), content_type=None, name=path.name)


@pytest.mark.parametrize("name", HEADS)
def test_reads_the_head_of_a_real_report(corpus: Path, name: str) -> None:
    """County and zone of one island are two bodies; dates are those shown and signed."""
    reading = read_report_file(corpus, name)
    one = reading.report
    found = (one.kind, one.year, one.form, one.subject, one.subject_key, one.level)
    assert (reading.document.title, *found, one.published, one.written) == HEADS[name]


@pytest.mark.parametrize("name", HEADS)
def test_doubts_only_what_does_not_agree(corpus: Path, name: str) -> None:
    """Beside rows that can be split in several ways, only real contradictions are findings."""
    findings = read_report_file(corpus, name).report.findings
    doubts = [f.rule for f in findings if f.rule != "ambiguous_split" and f.severity != "notice"]
    assert doubts == DOUBTS.get(name, [])


@pytest.mark.parametrize("name", HEADS)
def test_no_line_to_an_office_is_a_figure(corpus: Path, name: str) -> None:
    """Telephone, fax, post code and mail address of the opening paragraph are no statistics."""
    report = read_report_file(corpus, name).report
    told = {s.raw for s in report.statistics if s.source == "narrative"}
    assert told.isdisjoint({"24336240", "24336410", "350400"})
    assert all(len(raw) < 20 for raw in told)


def test_the_empty_template_reports_nothing(corpus: Path) -> None:
    """The national template has every label and no figure, body or year."""
    report = read_report_file(corpus, "template/annual_report_template_2021.docx").report
    assert (report.kind, report.subject, report.year) == ("other", None, None)
    assert report.statistics == ()
