"""The five real documents are read from bytes to report as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.charset import decode
from parsers.codes import read_index_number
from parsers.document import read_document
from parsers.metadata import METADATA_IDS
from parsers.model import Context, Document, Report, Statistic
from parsers.report import read_report
from tests.hailing import HAILING

ReadSeed = Callable[[str], tuple[Document, Report]]

# Fields whose sentence and table row print different figures: sentence, table.
HAILING_TOLD_TWICE = {
    "requests_in_person": (3, 15),
    "requests_online": (44, 32),
    "reconsideration_total": (3, 26),
    "reconsideration_corrected": (1, 3),
    "litigation_total": (5, 39),
    "litigation_corrected": (0, 2),
    "interpretation_articles": (213, 114),
    "online_interview_total": (6, 20),
}
HEADS: dict[str, dict[str, object]] = {
    "000": {
        "kind": "annual_report",
        "year": 2017,
        "form": "narrative",
        "subject": "萍乡市人民政府",
        "subject_key": "360300/人民政府",
        "region_code": "360300",
        "level": "prefecture",
        "organ_type": "government",
        "compiler": None,
        "uploader": None,
        "published": None,
        "written": None,
        "region_name": "萍乡市",
        "scope": "unknown",
        "scope_words": "我市、市政府",
        "source_quality": "unknown",
    },
    "001": {
        "kind": "circular",
        "kind_detail": "assessment",
        "year": 2016,
        "form": "narrative",
        "subject": "甘肃省人民政府",
        "subject_key": "620000/人民政府",
        "compiler": "甘肃省人民政府办公厅",
        "uploader": None,
        "region_code": "620000",
        "organ_type": "government",
        "level": "province",
        "scope": "jurisdiction",
        "written": "2017-08-11",
        "published": "2017-08-16",
        "source_quality": "mirror",
    },
    "002": {
        "kind": "annual_report",
        "year": 2017,
        "form": "national_2014",
        "subject": "海陵区人民政府",
        "subject_key": "321202/人民政府",
        "compiler": "泰州市海陵区政府信息公开领导小组办公室",
        "uploader": "海陵区政府",
        "region_code": "321202",
        "region_name": "海陵区",
        "level": "county",
        "organ_type": "government",
        "scope": "jurisdiction",
        "published": "2018-02-27",
        "written": None,
        "source_quality": "unknown",
    },
    "003": {
        "kind": "annual_report",
        "year": 2011,
        "form": "narrative",
        "subject": "安乡县人民政府",
        "subject_key": "430721/人民政府",
        "compiler": "安乡县政务公开办",
        "uploader": "县政务公开办",
        "region_code": "430721",
        "level": "county",
        "organ_type": "government",
        "scope": "jurisdiction",
        "published": "2012-03-24",
        "written": "2012-03-20",
        "source_quality": "compromised",
    },
    "004": {
        "kind": "implementation_report",
        "year": 2017,
        "form": "narrative",
        "subject": "楚雄彝族自治州人民政府",
        "subject_key": "532300/人民政府",
        "compiler": "楚雄州人民政府办公室",
        "uploader": "楚雄州人民政府办公室",
        "region_code": "532300",
        "region_name": "楚雄彝族自治州",
        "level": "prefecture",
        "organ_type": "government",
        "scope": "jurisdiction",
        "published": "2018-01-08",
        "written": "2017-12-22",
        "source_quality": "unknown",
    },
}


# What the header of each page prints; everything else of it is empty.
HEADERS: dict[str, dict[str, str]] = {
    "000": {},
    "001": {
        "document_number": "甘政办发〔2017〕136号",
        "publish_date": "2017-08-16",
        "clicks": "94",
    },
    "002": {
        "index_number": "001000/2018-00003",
        "publisher": "海陵区政府",
        "document_date": "2018-02-27",
    },
    "003": {"publish_date": "2012-03-24", "source": "县政务公开办"},
    "004": {
        "index_number": "115323000151673132/2018-0111001",
        "title": "楚雄州2017年政务公开工作要点落实情况报告",
        "subject_category": "政府信息公开年报",
        "publisher": "楚雄州人民政府办公室",
        "publish_date": "2018-01-08 09:06:51",
    },
}
TITLES = {
    "000": None,
    "001": "甘肃省人民政府办公厅关于2016年政务公开工作考核情况的通报",
    "002": "2017年海陵区政务公开工作年度报告",
    "003": "2011年度安乡县政府信息公开工作年度报告",
    "004": "楚雄州2017年政务公开工作要点落实情况报告",
}


@pytest.fixture(scope="module")
def read_seed(corpus: Path) -> ReadSeed:
    """Return a function that reads a seed, by its number, each only once."""
    done: dict[str, tuple[Document, Report]] = {}

    def read(number: str) -> tuple[Document, Report]:
        if number not in done:
            (path,) = (corpus / "seeds").glob(f"{number}_*.txt")
            document = read_document(decode(path.read_bytes(), None, "text/plain"))
            done[number] = document, read_report(document, Context())
        return done[number]

    return read


def printed(report: Report, source: str) -> dict[str, Statistic]:
    """Return the first statistic of every field from one source."""
    found = (s for s in reversed(report.statistics) if s.source == source)
    return {statistic.field: statistic for statistic in found}


def doubted(report: Report) -> list[frozenset[str]]:
    """Return the sets of fields that the findings are about."""
    return [frozenset(finding.fields) for finding in report.findings if finding.fields]


@pytest.mark.parametrize("number", HEADS)
def test_reads_the_head_of_every_seed(read_seed: ReadSeed, number: str) -> None:
    """Kind, year, form, bodies, dates and trust are those that a reader of the page would state."""
    report = read_seed(number)[1]
    assert {name: getattr(report, name) for name in HEADS[number]} == HEADS[number]


@pytest.mark.parametrize("number", HEADERS)
def test_reads_title_and_header_of_every_seed(read_seed: ReadSeed, number: str) -> None:
    """Printed labels have their values, empty ones are null, and no label swallows the next."""
    document = read_seed(number)[0]
    assert document.title == TITLES[number]
    assert set(document.metadata) == set(METADATA_IDS)
    assert {name: value for name, value in document.metadata.items() if value} == HEADERS[number]


def test_the_index_number_of_chuxiong_proves_its_place(read_seed: ReadSeed) -> None:
    """The unified code inside holds its check digit and names the prefecture."""
    document, report = read_seed("004")
    number = read_index_number(document.metadata["index_number"] or "")
    assert number is not None
    assert (number.holds, number.region, number.year) == (True, "532300", 2018)
    assert report.region_code == number.region


@pytest.mark.parametrize("number", HEADS)
def test_every_offset_shows_what_was_printed(read_seed: ReadSeed, number: str) -> None:
    """The span of a statistic in the text holds its raw value, and none lies in a masked span."""
    document, report = read_seed(number)
    assert report.statistics
    for statistic in report.statistics:
        assert statistic.start is not None
        assert statistic.end is not None
        assert document.text[statistic.start : statistic.end] == statistic.raw
        for start, end in document.masked:
            assert statistic.end <= start or statistic.start >= end


def test_reads_the_table_of_hailing(read_seed: ReadSeed) -> None:
    """All 58 fields of the national form come from table1 as printed; sentences stand beside."""
    report = read_seed("002")[1]
    table = printed(report, "table1")
    assert len(HAILING) == 58
    assert {field: table[field].value for field in HAILING} == HAILING
    assert all(table[field].state == "printed" for field in HAILING)
    assert table["suggestion_box_letters"].value == 534
    assert table["requester_citizen"].value == 48
    assert table["loc_unified_auth_share"].value == Decimal("84.18")
    assert printed(report, "table2")["requester_citizen"].value == 64


@pytest.mark.parametrize(("field", "figures"), HAILING_TOLD_TWICE.items())
def test_keeps_both_figures_where_sentence_and_table_differ(
    read_seed: ReadSeed, field: str, figures: tuple[int, int]
) -> None:
    """A figure printed twice differently is kept twice, and a finding says they do not agree."""
    report = read_seed("002")[1]
    told = printed(report, "narrative")[field].value, printed(report, "table1")[field].value
    assert told == figures
    messages = [f.message for f in report.findings if field in f.fields]
    assert any("agree" in message for message in messages)


# Every contradiction of that report, found by hand: rule and what it is about.
HAILING_DOUBTS: set[tuple[str, str]] = {
    # 2 + 17 + 4 + 5 + 3 + 15 + 4 + 5 = 55, replies 70
    ("replies_sum", "replies_total"),
    # 0 + 0 + 1 + 0 + 8 + 6 = 15, refusals 5
    ("refused_sum", "reply_refused_total"),
    # 0 + 3 + 0 + 0 + 0 + 48 + 3 = 54, requests 70
    ("requesters_sum", "requests_received_total"),
    # 48 citizens in the first table, 64 in the second
    ("table_table_mismatch", "requester_citizen"),
    # 8468 of 1117 documents disclosed; 8468 + 1117 = 9585, though neither is a part of it
    ("normative_docs_disclosed_at_most_issued", "proactive_normative_docs_disclosed"),
    ("normative_docs_misread_as_partition", "proactive_total"),
    # 10732 items by website, 9585 by all channels
    ("proactive_channels_cover", "proactive_by_website"),
    # of 17344 items 11864 are 68.4 % (printed 100), 14371 are 82.86 (84.18), 17104 are 98.62 (100)
    ("no_meeting_share", "loc_no_meeting_share"),
    ("unified_auth_share", "loc_unified_auth_share"),
    ("online_share", "loc_online_share"),
    # sentence and table: 2613 and 9585, 1195 and 1500, 1275 and 1043, 213 and 114, 6 and 20, 3 and 15,
    # 44 and 32, 3 and 26, 1 and 3, 5 and 39, 0 and 2
    ("narrative_table_mismatch", "proactive_total"),
    ("narrative_table_mismatch", "proactive_by_wechat"),
    ("narrative_table_mismatch", "proactive_by_weibo"),
    ("narrative_table_mismatch", "interpretation_articles"),
    ("narrative_table_mismatch", "online_interview_total"),
    ("narrative_table_mismatch", "requests_in_person"),
    ("narrative_table_mismatch", "requests_online"),
    ("narrative_table_mismatch", "reconsideration_total"),
    ("narrative_table_mismatch", "reconsideration_corrected"),
    ("narrative_table_mismatch", "litigation_total"),
    ("narrative_table_mismatch", "litigation_corrected"),
}


def test_doubts_what_does_not_agree_in_hailing_and_nothing_else(read_seed: ReadSeed) -> None:
    """Every contradiction found by hand is one finding; sums and figures that agree have none."""
    findings = read_seed("002")[1].findings
    assert {(f.rule, f.fields[0]) for f in findings} == HAILING_DOUBTS
    assert len(findings) == len(HAILING_DOUBTS)
    assert all("does not agree" in f.message for f in findings)
    differences = {
        (f.rule, f.fields[0]): re.search(r"difference ([\d.]+)", f.message) for f in findings
    }
    printed = {key: match[1] for key, match in differences.items() if match}
    assert printed["replies_sum", "replies_total"] == "15"
    assert printed["refused_sum", "reply_refused_total"] == "10"
    assert printed["requesters_sum", "requests_received_total"] == "16"
    assert printed["narrative_table_mismatch", "litigation_total"] == "34"


@pytest.mark.parametrize("number", ["000", "001", "003", "004"])
def test_doubts_no_figure_where_all_agree(read_seed: ReadSeed, number: str) -> None:
    """The figures of the other four documents add up: no finding is about a number."""
    assert doubted(read_seed(number)[1]) == []


def test_adds_up_the_requests_of_anxiang(read_seed: ReadSeed) -> None:
    """The nine requests of 安乡县 are one in person, one by mail, seven online; no brand is a number."""
    document, report = read_seed("003")
    told = printed(report, "narrative")
    parts = [told[f"requests_{way}"].value for way in ("in_person", "by_mail", "online")]
    assert (told["requests_received_total"].value, parts) == (9, [1, 1, 7])
    assert (told["proactive_total"].value, told["proactive_total"].qualifier) == (
        8100,
        "just_below",
    )
    assert told["website_visits"].value == 720000
    assert told["reconsideration_total"].state == "zero_phrase"
    assert {s.value for s in report.statistics}.isdisjoint({288, 365})
    assert "《安乡县人民政府工作规则》" in document.text


def test_reads_gansu_simplified_and_without_annotations(read_seed: ReadSeed) -> None:
    """The broken circular is simplified Chinese again, and every partition of its figures holds."""
    document, report = read_seed("001")
    assert document.metadata["document_number"] == "甘政办发〔2017〕136号"
    assert not re.search(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]+\)", document.text)
    assert not set("務開關經國務屬應級條") & set(document.text)
    told = printed(report, "narrative")
    ways = ("in_person", "by_fax", "online", "by_mail")
    assert [told[f"requests_{way}"].value for way in ways] == [852, 33, 826, 360]
    assert told["requests_received_total"].value == 852 + 33 + 826 + 360 == 2071
    channels = ("gazette", "website", "weibo", "wechat", "other")
    assert [told[f"proactive_by_{name}"].value for name in channels] == [
        3566, 776211, 92754, 55257, 635880,
    ]  # fmt: skip
    assert told["proactive_total"].value == 1563668
    replies = [s.value for s in report.statistics if s.field.startswith("reply_")]
    assert replies == [563, 1044, 87, 69, 192, 17, 10, 89]


def test_finds_no_request_in_the_implementation_report(read_seed: ReadSeed) -> None:
    """The 楚雄州 paper in the column of annual reports is none and has no count of requests."""
    report = read_seed("004")[1]
    fields = {statistic.field for statistic in report.statistics}
    counts = {f for f in fields if re.match(r"requests_|replies_|reply_|req_", f)}
    assert counts == set()


def test_adds_up_the_requests_of_pingxiang(read_seed: ReadSeed) -> None:
    """萍乡市 received 41 requests, 30 online and 11 in person."""
    told = printed(read_seed("000")[1], "narrative")
    assert told["requests_received_total"].value == 41
    assert (told["requests_online"].value, told["requests_in_person"].value) == (30, 11)
    assert told["reconsideration_total"].value == 5
    assert (told["complaints_total"].value, told["complaints_total"].state) == (0, "zero_phrase")


@given(st.sampled_from(sorted(HEADS)), st.floats(0, 1), st.floats(0, 1))
def test_reads_any_piece_of_a_seed(corpus: Path, number: str, first: float, last: float) -> None:
    """A page cut anywhere, even inside a character, gives a report and never an exception."""
    (path,) = (corpus / "seeds").glob(f"{number}_*.txt")
    body = path.read_bytes()[:12_000]
    piece = body[int(first * len(body)) : int(last * len(body))]
    report = read_report(read_document(decode(piece, None, "text/plain")))
    assert all(finding.message for finding in report.findings)
