"""Every golden page is read as a person reads it, aspect by aspect."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from archive.reading import Reading
from archive.site.finding_words import finding_words
from bench.accuracy import Measure, below_floor, measure, read_floors
from parsers.metadata import METADATA_IDS
from parsers.model import Finding, Report, Statistic
from tests.conftest import ROOT
from tests.golden import (
    ASPECTS,
    EXPECTED_KEYS,
    PAGES,
    Golden,
    judge_aspect,
    page_folders,
    read_golden,
    read_page,
)
from tests.pages.draw import draw_lines
from tests.pages.make import draw_body, name_body, write_expected, write_response
from tests.pages.source import Source, read_sources

FOLDERS = page_folders()
_KNOWN = tomllib.loads((ROOT / "tests" / "known_failures.toml").read_text("utf-8"))["known"]
KNOWN = {(one["page"], one["aspect"]): one["reason"] for one in _KNOWN}
RESPONSE_KEYS = frozenset(
    {"url", "status", "body", "form", "template", "about", "checked", "headers"}
)
_DRAWN_FROM_TEXT = frozenset({".html", ".txt"})


@cache
def _read(folder: Path) -> tuple[Golden, Reading]:
    golden = read_golden(folder)
    return golden, read_page(golden)


def _cases() -> list[object]:
    return [
        pytest.param(
            folder,
            aspect,
            id=f"{folder.name}-{aspect}",
            marks=[pytest.mark.xfail(reason=KNOWN[folder.name, aspect], strict=True)]
            if (folder.name, aspect) in KNOWN
            else [],
        )
        for folder in FOLDERS
        for aspect in ASPECTS
    ]


@pytest.mark.parametrize(("folder", "aspect"), _cases())
def test_reads_a_golden_page_as_a_person_does(folder: Path, aspect: str) -> None:
    """Every expectation of the page holds, and nothing is read that the page does not say."""
    golden, reading = _read(folder)
    outcomes = judge_aspect(golden, reading, aspect)
    assert [str(one) for one in outcomes if one.verdict != "right"] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_found_on_a_page_has_chinese_words(folder: Path) -> None:
    """Every finding of the page and of its parts is said in Chinese on the site."""
    _, reading = _read(folder)
    reports = (reading.report, *(part.report for part in reading.parts))
    found = [(one.rule, one.message) for report in reports for one in report.findings]
    assert [one for one in found if finding_words().say(*one) is None] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_page_is_judged_by_whole_and_known_expectations(folder: Path) -> None:
    """A page has its bytes, its response and its expectation, and every key of them is read."""
    golden = read_golden(folder)
    assert (folder / golden.response["body"]).is_file()
    assert set(golden.response) >= RESPONSE_KEYS
    assert set(golden.response) <= RESPONSE_KEYS | {"link_text", "portal_region"}
    assert set(golden.expected) <= EXPECTED_KEYS
    assert set(golden.expected["report"]) <= {one.name for one in fields(Report)}
    assert set(golden.expected["metadata"]) <= set(METADATA_IDS)
    assert golden.expected["report"], "a page without expectations proves nothing"


def test_no_file_of_the_golden_set_lies_unread() -> None:
    """A folder holds one body and its notes; an expectation without a page would never be read."""
    for folder in FOLDERS:
        names = {path.name for path in folder.iterdir()}
        body = read_golden(folder).response["body"]
        assert names - {"page.toml"} == {body, "response.toml", "expected.toml"}, folder.name


def test_no_known_failure_is_of_a_page_or_aspect_that_does_not_exist() -> None:
    """Every entry of the known failures names a page, an aspect and a reason."""
    names = {folder.name for folder in FOLDERS}
    for (page, aspect), reason in KNOWN.items():
        assert page in names
        assert aspect in ASPECTS
        assert reason


@pytest.mark.parametrize("source", list(read_sources()), ids=lambda source: source.id)
def test_a_page_is_what_its_source_says(source: Source) -> None:
    """Bytes and expectations are those that the hand-written source draws; neither was edited."""
    folder = ROOT / "tests" / "pages" / source.id
    lines = draw_lines(source)
    name = name_body(source)
    assert (folder / "expected.toml").read_text("utf-8") == write_expected(source, lines)
    assert (folder / "response.toml").read_text("utf-8") == write_response(source)
    if Path(name).suffix in _DRAWN_FROM_TEXT:
        assert (folder / name).read_bytes() == draw_body(source, lines)


def _verdicts(golden: Golden, reading: Reading, *statistics: Statistic) -> list[str]:
    """What the judge says about the statistics of a page, if they were these; right ones aside."""
    report = replace(reading.report, statistics=statistics)
    outcomes = judge_aspect(golden, replace(reading, report=report), "statistics")
    return [f"{one.part} {one.name} {one.verdict}" for one in outcomes if one.verdict != "right"]


def test_the_judge_sees_a_wrong_a_lost_and_an_invented_cell() -> None:
    """One changed, one missing and one added cell of a table are each named, and nothing else."""
    golden, reading = _read(PAGES / "b2014-trs-clean")
    printed = reading.report.statistics
    cell = next(one for one in printed if one.field == "trainees")
    others = [one for one in printed if one is not cell]
    assert _verdicts(golden, reading, *printed) == []
    assert _verdicts(golden, reading, *others) == ["cell trainees missing"]
    for changed in (cell._replace(value=641), cell._replace(value=None, state="blank")):
        assert _verdicts(golden, reading, *others, changed) == ["cell trainees wrong"]
    invented = cell._replace(field="requests_by_email")
    assert _verdicts(golden, reading, *printed, invented) == ["cell requests_by_email extra"]


def test_the_judge_sees_a_wrong_a_lost_and_an_invented_sentence() -> None:
    """A number with another value, unit or qualifier is wrong; one of no sentence is extra."""
    golden, reading = _read(PAGES / "narrative-2008-trs-first-report")
    said = reading.report.statistics
    one = next(each for each in said if each.field == "requests_by_mail")
    others = [each for each in said if each is not one]
    assert _verdicts(golden, reading, *said) == []
    assert _verdicts(golden, reading, *others) == ["sentence requests_by_mail missing"]
    for changed in (
        one._replace(value=4),
        one._replace(unit="人"),
        one._replace(qualifier="about"),
        one._replace(state="zero_phrase"),
    ):
        assert _verdicts(golden, reading, *others, changed) == ["sentence requests_by_mail wrong"]
    invented = one._replace(field="requests_by_fax")
    assert _verdicts(golden, reading, *said, invented) == ["sentence requests_by_fax extra"]


def test_the_judge_sees_a_wrong_scope_period_place_and_quote() -> None:
    """A right number under the wrong scope or period, or with a place elsewhere, is not all right."""
    golden, reading = _read(PAGES / "narrative-2012-trs-two-scopes")
    said = reading.report.statistics
    one = next(each for each in said if each.raw == "66条")
    others = [each for each in said if each is not one]
    assert _verdicts(golden, reading, *said) == []
    for changed, part in (
        (one._replace(scope="own_level"), "scope"),
        (one._replace(period_start=None), "period"),
        (one._replace(period_start=None, period_end=None, flags=()), "period"),
        (one._replace(start=0, end=3), "place"),
        (one._replace(quote="某句"), "place"),
    ):
        wrong = f"{part} interpretation_articles wrong"
        assert _verdicts(golden, reading, *others, changed) == [wrong]


def test_the_judge_sees_a_lost_a_wrong_and_an_invented_zero() -> None:
    """A blank that a sum proves must be told as zero, and no other blank may be."""
    golden, reading = _read(PAGES / "b2015-asp-blanks")
    said = reading.report.statistics
    one = next(s for s in said if s.source == "inferred" and s.field == "requests_by_fax")
    others = [each for each in said if each is not one]
    assert _verdicts(golden, reading, *others) == ["inferred requests_by_fax missing"]
    changed = one._replace(value=1)
    assert _verdicts(golden, reading, *others, changed) == ["inferred requests_by_fax wrong"]
    invented = one._replace(field="litigation_other")
    assert _verdicts(golden, reading, *said, invented) == ["inferred litigation_other extra"]


def test_the_judge_sees_a_missed_and_an_invented_contradiction() -> None:
    """A planted contradiction without its finding is missing; a finding nobody planted is extra."""
    golden, reading = _read(PAGES / "b2017-trs-contradictions")
    found = reading.report.findings
    kept = tuple(one for one in found if one.rule != "staff_sum")
    lost = replace(reading, report=replace(reading.report, findings=kept))
    more = (*found, Finding("closed_at_most_received", "warning", "made up"))
    invented = replace(reading, report=replace(reading.report, findings=more))
    for changed, expected in (
        (lost, "staff_sum missing"),
        (invented, "closed_at_most_received extra"),
    ):
        wrong = [o for o in judge_aspect(golden, changed, "findings") if o.verdict != "right"]
        assert [f"{one.name} {one.verdict}" for one in wrong] == [expected]


@pytest.mark.parametrize(
    ("right", "of", "floor", "lines"),
    [
        (99, 100, 0.99, 0),
        (98, 100, 0.99, 1),
        (0, 0, 0.99, 1),  # what is no longer measured has not been reached
    ],
)
def test_a_measure_below_its_floor_fails(right: int, of: int, floor: float, lines: int) -> None:
    """A share below the recorded floor, or one that nothing measures any more, is reported."""
    assert (
        len(below_floor({"cell_accuracy": Measure(right, of)}, {"cell_accuracy": floor})) == lines
    )


def test_every_measure_has_a_floor() -> None:
    """The floors name exactly the measures of ``make accuracy``."""
    assert set(read_floors()) == set(measure([]))


def test_the_golden_set_is_large_and_varied() -> None:
    """There are at least sixty pages, in every form, many templates and four kinds of file."""
    responses = [read_golden(folder).response for folder in FOLDERS]
    assert len(responses) >= 60
    assert {one["form"] for one in responses} >= {
        "narrative",
        "local_table",
        "national_2014",
        "national_2019",
        "national_2021",
        "mixed",
        "none",
    }
    assert len({one["template"] for one in responses}) >= 12
