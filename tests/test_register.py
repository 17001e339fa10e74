"""The register has every government with its dates, and says what became of those that vanished."""

from __future__ import annotations

import pytest

from parsers.bodies import Hints, resolve_body
from parsers.regions import LAST_LIST, path_of, region_of
from parsers.register import BodyRecord, line_of, lineage_of, register, successors_of


@pytest.fixture(scope="module")
def records() -> list[BodyRecord]:
    """Every record of the register."""
    return list(register())


def test_has_every_level_as_it_stands(records: list[BodyRecord]) -> None:
    """The last list has 34 provinces, 333 prefectures and their counties, as the country counts."""
    standing = [record for record in records if record.last_year == LAST_LIST]
    count = {
        level: sum(record.level == level for record in standing)
        for level in ("province", "prefecture", "county")
    }
    assert count["province"] == 34
    assert count["prefecture"] == 333
    assert 2840 < count["county"] < 2860
    assert len({record.key for record in standing}) == len(standing)


def test_every_parent_is_in_the_register(records: list[BodyRecord]) -> None:
    """A record's parent is another record; only provinces have none."""
    keys = {record.key for record in records}
    for record in records:
        assert (record.parent is None) == (record.level == "province")
        assert record.parent is None or record.parent in keys
        assert record.first_year <= record.last_year


def test_a_record_is_a_body_as_reports_name_it(records: list[BodyRecord]) -> None:
    """Key and name of a record are those that a printed name is resolved to."""
    hailing = next(record for record in records if record.region_code == "321202")
    match = resolve_body("泰州市海陵区人民政府").match
    assert match is not None
    assert (hailing.key, hailing.name, hailing.level) == (match.key, match.name, match.level)
    assert hailing.parent == "321200/人民政府"


# code, relation, code after, name after, first list
SUCCESSIONS = [
    ("321284", "upgraded", "321204", "姜堰区", "2013"),
    ("320829", "upgraded", "320813", "洪泽区", "201608"),
    ("522401", "upgraded", "520502", "七星关区", "2011"),
    ("533103", "renamed", "533103", "芒市", "2010"),
    ("420600", "renamed", "420600", "襄阳市", "2011"),
    ("360402", "renamed", "360402", "濂溪区", "201612"),
    ("360427", "upgraded", "360483", "庐山市", "201612"),
    ("320602", "renamed", "320613", "崇川区", "2020"),
    ("320611", "merged_into", "320613", "崇川区", "2020"),
    ("110103", "merged_into", "110101", "东城区", "2010"),
    ("120109", "merged_into", "120116", "滨海新区", "2009"),
    ("350427", "upgraded", "350405", "沙县区", "2021"),
    ("540422", "upgraded", "540481", "米林市", "2023"),
    ("500112", "merged_into", "500157", "两江新区", "2026"),
    ("341421", "renamed", "340124", "庐江县", "2011"),
]


@pytest.mark.parametrize(("code", "relation", "after", "name", "first_list"), SUCCESSIONS)
def test_knows_what_became_of_a_region(
    code: str, relation: str, after: str, name: str, first_list: str
) -> None:
    """Known changes of counties and cities stand in the lineage with the first list that has them."""
    links = [
        (link.relation, link.after, link.after_name, link.first_list) for link in lineage_of(code)
    ]
    assert (relation, after, name, first_list) in links


def test_a_split_leaves_the_old_region_standing() -> None:
    """临平区 was split from 余杭区, which goes on: no successor."""
    (link,) = lineage_of("330113")
    assert (link.relation, link.before_name, link.after_name) == ("split_from", "余杭区", "临平区")
    assert successors_of("330110") == ()


@pytest.mark.parametrize("code", ["450404", "230105", "520114", "360105", "340204", "350202"])
def test_two_urban_districts_are_not_tied_by_chance(code: str) -> None:
    """A district dissolved in the year in which another was founded is not said to be that one."""
    assert all(link.rule != "only_one" for link in lineage_of(code))


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("340225", ("340281",)),
        ("522423", ("520522", "520581")),
        ("341400", ()),
        ("321202", ()),
        ("469028", ()),
        ("999999", ()),
    ],
)
def test_follows_a_region_to_where_it_stands_now(code: str, after: tuple[str, ...]) -> None:
    """A vanished code is followed through every list; one that still stands, or is lost, is not."""
    assert successors_of(code) == after


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("321284", "321204"),  # 姜堰市, now 姜堰区
        ("340225", "340281"),  # 无为县, for a time of another prefecture
        ("320602", "320613"),  # 崇川区, renumbered when 港闸区 joined it
        ("320611", "320611"),  # 港闸区 was merged: its years are not those of 崇川区
        ("330110", "330110"),  # 余杭区 goes on after 临平区 was split from it
        ("341400", "341400"),  # 巢湖市 was dissolved
    ],
)
def test_a_line_follows_names_and_codes_and_no_merger(code: str, line: str) -> None:
    """A renamed or upgraded region is the same one; a merged or dissolved one ends."""
    assert line_of(code) == line


def test_what_is_not_known_is_said(records: list[BodyRecord]) -> None:
    """Every region that vanished has a link, if only an unknown one; few are unknown."""
    last = {record.region_code: record for record in records}
    gone = [code for code, record in last.items() if record.last_year < LAST_LIST]
    assert all(lineage_of(code) for code in gone)
    lost = [code for code in gone if not successors_of(code)]
    assert len(lost) < 0.05 * len(gone)
    for code in lost:
        assert "unknown" in {link.relation for link in lineage_of(code)}


# name, year, code
DATED = [
    ("邢台县", 2018, "130521"),
    ("任泽区", 2021, "130505"),
    ("崇川区", 2018, "320602"),
    ("崇川区", 2021, "320613"),
    ("同仁市", 2022, "632301"),
    ("钱塘区", 2023, "330114"),
    ("白杨市", 2024, "659012"),
    ("两江新区", 2026, "500157"),
]


@pytest.mark.parametrize(("name", "year", "code"), DATED)
def test_resolves_names_of_every_year(name: str, year: int, code: str) -> None:
    """A name means the division that bore it in the year of the report."""
    match = resolve_body(name + "人民政府", Hints(year=year)).match
    assert match is not None
    assert match.region_code == code


def test_a_new_district_was_a_zone_before() -> None:
    """Before 滨海新区 had a code its committee was a body of the city."""
    before = resolve_body("天津市滨海新区", Hints(year=2008)).match
    after = resolve_body("天津市滨海新区", Hints(year=2012)).match
    old = resolve_body("上海市浦东新区", Hints(year=2001)).match
    assert before is not None
    assert after is not None
    assert old is not None
    assert (before.key, before.level) == ("120000/滨海新区管委会", "zone")
    assert (after.key, after.level) == ("120116/人民政府", "county")
    assert old.key == "310115/人民政府"


def test_a_misprint_of_one_list_is_no_change() -> None:
    """A name that a later list takes back within a year stands in no row."""
    assert region_of("513201", 2016) == region_of("513201", 2020)


def test_every_name_of_the_register_is_resolved_or_left_open(records: list[BodyRecord]) -> None:
    """The full path of a government is that government; its bare name is never another's.

    In the year of a change both codes stand, and the later one is taken.
    """
    for record in records:
        region = region_of(record.region_code, record.last_year)
        assert region is not None
        year = record.last_year
        later = {record.region_code, *successors_of(record.region_code)}
        full = resolve_body(path_of(region) + "人民政府", Hints(year=year)).match
        short = resolve_body(record.name, Hints(year=year)).match
        assert full is None or full.region_code in later, record.name
        assert short is None or short.region_code in later, record.name


def test_districts_of_one_name_in_one_province_stay_apart() -> None:
    """桥东区 was a district of three cities of one province until two of them were dissolved."""
    assert resolve_body("桥东区", Hints(year=2010)).match is None
    left = resolve_body("桥东区", Hints(year=2022)).match
    assert left is not None
    assert left.region_code == "130702"
