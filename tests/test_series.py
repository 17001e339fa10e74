"""What one report of a body says beside the next, and which report is late."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.forms import BREAKS, CONCEPTS, FIELDS, RATES
from parsers.forms.source import load
from parsers.model import FormName, Level, Number, OrganType, Qualifier, Scope, State, Statistic
from parsers.series import (
    Edition,
    Shown,
    canonical,
    compare_years,
    doubtful_dates,
    due_date,
    find_lateness,
)


def stated(
    field: str,
    value: Number | None,
    source: str = "table1",
    *,
    quote: str = "",
    flags: tuple[str, ...] = (),
    qualifier: Qualifier = "exact",
    ordinal: int = 0,
) -> Statistic:
    """One statistic as printed."""
    state: State = "blank" if value is None else "printed"
    return Statistic(
        field, field, value, "件", state, "", source, quote,
        qualifier=qualifier, flags=flags, ordinal=ordinal,
    )  # fmt: skip


def edition(
    year: int,
    values: Mapping[str, Number],
    form: FormName = "national_2021",
    scope: Scope = "unknown",
    sentences: tuple[str, ...] = (),
) -> Edition:
    """A report of one year with the values of one table."""
    statistics = tuple(stated(f, v) for f, v in values.items())
    return Edition(year, form, statistics, scope, sentences)


def rules(before: Edition, after: Edition) -> list[str]:
    """The rules of the findings about two editions."""
    return [f.rule for f in compare_years(before, after)]


RELATIONS: list[tuple[str, dict[str, Number], dict[str, Number], list[str]]] = [
    ("carried over as said", {"req_carried_out_total": 3}, {"req_carried_in_total": 3}, []),
    ("carried over otherwise", {"req_carried_out_total": 3}, {"req_carried_in_total": 5},
     ["carried_over"]),
    ("nothing said last year", {}, {"req_carried_in_total": 5}, []),
    ("in force", {"a20_1_normative_in_force": 40},
     {"a20_1_normative_in_force": 44, "a20_1_normative_issued": 7, "a20_1_normative_repealed": 3}, []),
    ("not in force", {"a20_1_normative_in_force": 40},
     {"a20_1_normative_in_force": 45, "a20_1_normative_issued": 7, "a20_1_normative_repealed": 3},
     ["normative_documents_in_force"]),
    ("items of last year", {"a20_6_penalty_items_prev_year": 100, "a20_6_penalty_items_change": -18},
     {"a20_6_penalty_items_prev_year": 82}, []),
    ("other items", {"a20_6_penalty_items_prev_year": 100, "a20_6_penalty_items_change": -18},
     {"a20_6_penalty_items_prev_year": 100}, ["penalty_items"]),
    ("cumulative grows", {"proactive_total_cumulative": 1000},
     {"proactive_total": 50, "proactive_total_cumulative": 1050}, []),
    ("cumulative falls", {"proactive_total_cumulative": 1000},
     {"proactive_total": 50, "proactive_total_cumulative": 900}, ["cumulative_grows"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"), [r[1:] for r in RELATIONS], ids=[r[0] for r in RELATIONS]
)
def test_what_carries_over_from_year_to_year(
    before: dict[str, Number], after: dict[str, Number], expected: list[str]
) -> None:
    """A count that the year before foretells is compared with it, and only where both are printed."""
    assert rules(edition(2022, before), edition(2023, after)) == expected


def test_a_finding_between_years_names_both_numbers_and_the_difference() -> None:
    """The message says which number of which year does not agree with which."""
    (finding,) = compare_years(
        edition(2022, {"a20_1_regulation_in_force": 12}),
        edition(
            2023,
            {
                "a20_1_regulation_in_force": 15,
                "a20_1_regulation_issued": 2,
                "a20_1_regulation_repealed": 1,
            },
        ),
    )
    assert finding.message == (
        "a20_1_regulation_in_force 15 of 2023 does not agree with 12 of 2022 + 2 - 1 = 13;"
        " difference 2"
    )
    assert finding.severity == "warning"


@pytest.mark.parametrize(("year", "after"), [(2022, 2022), (2020, 2022), (2023, 2022)])
def test_only_years_that_follow_one_another_are_compared(year: int, after: int) -> None:
    """A gap in the series is no contradiction."""
    old = edition(year, {"req_carried_out_total": 3})
    assert rules(old, edition(after, {"req_carried_in_total": 5})) == []


def test_reports_of_different_scopes_are_not_compared() -> None:
    """What a government says for itself does not contradict what it says for its county."""
    own = edition(2022, {"req_carried_out_total": 3}, scope="own_level")
    whole = {"req_carried_in_total": 5}
    assert rules(own, edition(2023, whole, scope="jurisdiction")) == []
    assert rules(own, edition(2023, whole, scope="own_level")) == ["carried_over"]


JUMPS: list[tuple[str, FormName, dict[str, Number], FormName, dict[str, Number], bool]] = [
    ("ten times", "national_2021", {"req_new_received_total": 20}, "national_2021",
     {"req_new_received_total": 250}, True),
    ("twice", "national_2021", {"req_new_received_total": 200}, "national_2021",
     {"req_new_received_total": 400}, False),
    ("small numbers", "national_2021", {"req_new_received_total": 1}, "national_2021",
     {"req_new_received_total": 40}, False),
    ("from nothing", "national_2021", {"req_new_received_total": 0}, "national_2021",
     {"req_new_received_total": 140}, True),
    ("down", "national_2021", {"req_granted_total": 900}, "national_2021",
     {"req_granted_total": 4}, True),
    ("an exact concept across a new form", "national_2014", {"requests_received_total": 9},
     "national_2019", {"req_new_received_total": 1000}, True),
    ("an approximate concept across a new form", "national_2014", {"reply_granted": 9},
     "national_2019", {"req_granted_total": 1000}, False),
    ("a sum with a part missing", "national_2021", {"lit_direct_total": 1}, "national_2021",
     {"lit_direct_total": 900}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "old", "after", "new", "jumps"), [j[1:] for j in JUMPS], ids=[j[0] for j in JUMPS]
)
def test_an_unusual_jump_is_a_notice(
    before: FormName,
    old: dict[str, Number],
    after: FormName,
    new: dict[str, Number],
    *,
    jumps: bool,
) -> None:
    """Many times as much as the year before is remarked on where the two measure the same."""
    year = 2019 if before != after else 2023
    found = compare_years(edition(year - 1, old, before), edition(year, new, after))
    assert [(f.rule, f.severity) for f in found] == ([("unusual_jump", "notice")] if jumps else [])


WORDS = tuple(f"第{n}项工作按照要求及时更新栏目内容并做好政策解读" for n in "一二三四五六七八九十")


def test_a_text_that_comes_back_whole_is_a_notice() -> None:
    """Years do not count, and a text of which a third is new is not copied."""
    old = edition(2020, {}, sentences=tuple(f"2020年{w}" for w in WORDS))
    same = edition(2021, {}, sentences=tuple(f"2021年{w}" for w in WORDS))
    fresh = tuple(f"新的内容{w}" for w in WORDS[:4])
    assert rules(old, same) == ["text_copied"]
    assert rules(old, edition(2021, {}, sentences=(*same.sentences[4:], *fresh))) == []


def test_figures_that_come_back_with_their_sentences_are_a_notice() -> None:
    """The same sentence with the same figures twice is remarked on, one alone or zeros are not."""

    def said(year: int, *figures: int) -> Edition:
        told = tuple(
            stated(f"x_body_{n}", v, "narrative", quote=f"{year}年开展第{n}类检查{v}次")
            for n, v in enumerate(figures)
        )
        return Edition(year, "narrative", told)

    assert rules(said(2020, 12, 345, 7), said(2021, 12, 345, 8)) == ["figures_copied"]
    assert rules(said(2020, 12, 345), said(2021, 12, 346)) == []
    assert rules(said(2020, 1, 2, 3, 4), said(2021, 1, 2, 3, 4)) == []


LATENESS: list[
    tuple[str, int | None, Level, OrganType, str | None, str | None, tuple[str, str] | None]
] = [
    ("the last day is in time", 2017, "county", "government", "2018-03-31", None, None),
    ("a day later", 2017, "county", "government", "2018-04-01", None, ("late", "warning")),
    ("a department to 2018", 2018, "county", "department", "2019-03-31", None, None),
    ("a department from 2019", 2019, "county", "department", "2020-02-01", None, ("late", "warning")),
    ("a government from 2019", 2019, "county", "government", "2020-03-31", None, None),
    ("a township from 2019", 2019, "township", "government", "2020-12-01", None, None),
    ("a township to 2018", 2015, "township", "government", "2016-12-01", None, ("late", "warning")),
    ("a zone from 2019", 2020, "zone", "government", "2021-06-01", None, None),
    ("a vertical body from 2019", 2020, "county", "vertical", "2021-06-01", None, None),
    ("signed late too", 2017, "county", "government", "2018-05-02", "2018-04-20", ("late", "warning")),
    ("signed in time, shown soon", 2017, "county", "government", "2018-04-20", "2018-03-20",
     ("late", "warning")),
    ("signed in time, shown long after", 2011, "county", "government", "2014-08-01", "2012-03-20",
     ("date_uncertain", "notice")),
    ("unsigned, years later", 2011, "county", "government", "2016-08-01", None,
     ("date_uncertain", "notice")),
    ("a month that ends after", 2017, "county", "government", "2018-03", None, None),
    ("a month of which it is in", 2017, "county", "department", "2018", None,
     ("date_uncertain", "notice")),
    ("no date", 2017, "county", "government", None, "2018-05-02", None),
    ("no year", None, "county", "government", "2018-05-02", None, None),
    ("no real date", 2017, "county", "government", "2018-13-40", None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("year", "level", "organ", "published", "written", "expected"),
    [case[1:] for case in LATENESS],
    ids=[case[0] for case in LATENESS],
)
def test_lateness_is_told_with_its_doubt(
    year: int | None,
    level: Level,
    organ: OrganType,
    published: str | None,
    written: str | None,
    expected: tuple[str, str] | None,
) -> None:
    """31 March to 2018 and for governments, 31 January for departments from 2019, doubts apart."""
    found = find_lateness(year, level, organ, published, written)
    assert [(f.rule, f.severity) for f in found] == ([expected] if expected else [])


def test_a_date_that_the_portal_makes_doubtful_is_uncertain() -> None:
    """Signed in time and shown 58 days later among serials out of order: not simply late."""
    case: tuple[int, Level, OrganType, str, str] = (
        2011, "county", "government", "2012-04-18", "2012-02-20",
    )  # fmt: skip
    assert [f.rule for f in find_lateness(*case)] == ["late"]
    assert [f.rule for f in find_lateness(*case, is_date_doubtful=True)] == ["date_uncertain"]


def test_a_duty_that_nobody_knows_has_no_date() -> None:
    """Townships and zones have no certain date from 2019."""
    assert due_date(2020, "township", "government") is None
    assert due_date(2020, "unknown", "unknown") is None
    assert str(due_date(2020, "province", "department")) == "2021-01-31"


def test_serials_out_of_order_make_a_date_doubtful() -> None:
    """The page whose serial does not follow the dates of the others is the migrated one."""
    pages = [
        ("t20160112_80445.htm", 2015, "2016-01-12"),
        ("t20190110_80529.htm", 2018, "2019-01-10"),
        ("t20200120_80576.htm", 2019, "2020-01-20"),
        ("t20120418_80716.htm", 2011, "2012-04-18"),
        ("t20240308_87885.htm", 2023, "2024-03-08"),
    ]
    shown = [Shown(f"https://a.test/{u}", y, d) for u, y, d in pages]
    assert doubtful_dates(shown) == {"https://a.test/t20120418_80716.htm"}
    assert doubtful_dates(shown[:3]) == frozenset()


def test_many_years_on_one_day_make_their_dates_doubtful() -> None:
    """Three reports of three years on one day were put there together."""
    shown = [Shown(f"https://a.test/{y}/content.htm", y, "2015-06-01") for y in (2010, 2011, 2012)]
    assert doubtful_dates(shown) == {s.url for s in shown}
    assert doubtful_dates(shown[:2]) == frozenset()


@given(st.lists(st.tuples(st.integers(2008, 2025), st.integers(1000, 9999), st.integers(1, 28))))
def test_dates_in_the_order_of_their_serials_are_trusted(days: list[tuple[int, int, int]]) -> None:
    """Where dates rise with the serials nothing is doubted but shared days."""
    dates = sorted(f"{y + 1}-01-{d:02}" for y, _, d in days)
    serials = sorted(s for _, s, _ in days)
    pairs = zip(dates, serials, strict=True)
    shown = [Shown(f"https://a.test/{d}/{s}.htm", int(d[:4]) - 1, d) for d, s in pairs]
    assert doubtful_dates(shown) == frozenset()


def test_one_value_stands_for_a_field() -> None:
    """A number before none, a whole year before a part, print before inference, table before text."""
    field = "requests_received_total"
    blank, inferred = stated(field, None), stated(field, 0, "inferred")
    part = stated(field, 3, "narrative", flags=("part_year",))
    said, later = stated(field, 5, "narrative"), stated(field, 6, "table2")
    first = stated(field, 7)
    order = [first, later, said, inferred, part, blank]
    for place, expected in enumerate(order):
        assert canonical(reversed(order[place:]))[field] is expected


def test_rounded_numbers_are_not_reckoned_with() -> None:
    """近1000条 is compared with no sum."""
    old = Edition(2022, "local_table", (stated("proactive_total_cumulative", 1000),))
    rounded = stated("proactive_total", 50, qualifier="just_below")
    total = stated("proactive_total_cumulative", 2000)
    assert rules(old, Edition(2023, "local_table", (rounded, total))) == []


def test_the_data_of_series_name_existing_fields_and_concepts() -> None:
    """Relations, rates and breaks point to fields and concepts that exist, in the order of years."""
    named = {
        f
        for r in load("series")["relations"]
        for f in (r["now"], *r["before"], *r.get("plus", ()), *r.get("less", ()))
    }
    assert named <= FIELDS.keys()
    assert {c for b in BREAKS for c in b.concepts} <= CONCEPTS.keys()
    assert {c for r in RATES.values() for c in (r.numerator, r.denominator)} <= CONCEPTS.keys()
    assert {f for r in RATES.values() for f in r.less} <= FIELDS.keys()
    assert [b.year for b in BREAKS] == sorted(b.year for b in BREAKS)
    assert [b.year for b in BREAKS] == [2014, 2017, 2019, 2021, 2021, 2024]
    assert all(b.note_en and b.note_zh for b in BREAKS)


def test_decimal_amounts_are_compared_exactly() -> None:
    """0.1 and 0.2 make 0.3."""
    old = {"proactive_total_cumulative": Decimal("0.1")}
    new = {"proactive_total": Decimal("0.2"), "proactive_total_cumulative": Decimal("0.3")}
    assert rules(edition(2022, old), edition(2023, new)) == []
