"""Which relations printed values break, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.charset import decode
from parsers.checks import check_statistics
from parsers.document import read_document
from parsers.model import Finding, FormName, Number, Qualifier, Statistic
from parsers.statistics import read_statistics


def printed(
    field: str,
    value: Number | None,
    source: str = "table1",
    *,
    qualifier: Qualifier = "exact",
    flags: tuple[str, ...] = (),
) -> Statistic:
    """One statistic as printed; ``None`` is a blank cell."""
    return Statistic(
        field=field,
        label=field,
        value=value,
        unit="件",
        state="blank" if value is None else "printed",
        raw="" if value is None else str(value),
        source=source,
        quote="",
        qualifier=qualifier,
        flags=flags,
    )


def found(form: FormName, *statistics: Statistic) -> list[tuple[str, str]]:
    """Rule and first field of each finding."""
    return [(f.rule, f.fields[0]) for f in check_statistics(form, statistics)]


def table(values: Mapping[str, Number | None], source: str = "table1") -> tuple[Statistic, ...]:
    """The statistics of one table."""
    return tuple(printed(f, v, source) for f, v in values.items())


CHANNELS = ("requests_in_person", "requests_by_fax", "requests_online", "requests_by_mail")


def by_channel(*numbers: Number | None) -> dict[str, Number | None]:
    """The four channel rows."""
    return dict(zip(CHANNELS, numbers, strict=True))


OLD: list[tuple[str, Mapping[str, Number | None], list[str]]] = [
    ("channels add up", by_channel(*(1, 0, 7, 1)) | {"requests_received_total": 9}, []),
    ("channels do not", by_channel(*(1, 0, 7, 2)) | {"requests_received_total": 9},
     ["requests_by_channel_sum"]),
    ("a blank channel is zero where the sum then holds",
     by_channel(*(2, None, 7, None)) | {"requests_received_total": 9}, []),
    ("a blank channel may hold the rest",
     by_channel(*(1, None, 7, None)) | {"requests_received_total": 9}, []),
    ("printed channels above the total are too many",
     by_channel(*(5, None, 7, None)) | {"requests_received_total": 9},
     ["requests_by_channel_sum"]),
    ("an email row is a channel too",
     by_channel(*(1, 0, 7, 0)) | {"requests_by_email": 1, "requests_received_total": 9}, []),
    ("a blank total says nothing", by_channel(*(1, 0, 7, 1)) | {"requests_received_total": None}, []),
    ("six refused rows", {
        "reply_refused_total": 5, "refused_state_secret": 0, "refused_trade_secret": 0,
        "refused_personal_privacy": 1, "refused_security_stability": 0,
        "refused_not_government_info": 8, "refused_other_legal": 6}, ["refused_sum"]),
    ("principal more often than held", {"press_conference_total": 4, "press_conference_by_principal": 5},
     ["press_conference_by_principal_at_most"]),
    ("one channel above the total", {
        "proactive_total": 10, "proactive_by_gazette": 1, "proactive_by_website": 11,
        "proactive_by_weibo": 0, "proactive_by_wechat": 0, "proactive_by_other": 0},
     ["proactive_channels_cover"]),
    ("the same item on two channels", {
        "proactive_total": 10, "proactive_by_gazette": 8, "proactive_by_website": 10,
        "proactive_by_weibo": 0, "proactive_by_wechat": 0, "proactive_by_other": 0}, []),
    ("disclosed and issued make the total", {
        "proactive_total": 9585, "proactive_normative_docs_disclosed": 8468, "normative_docs_issued_total": 1117},
     ["normative_docs_disclosed_at_most_issued", "normative_docs_misread_as_partition"]),
    ("fees of a million", {"request_fees_collected": 1_000_000}, ["fees_look_like_yuan"]),
    ("a share", {"loc_service_items": 200, "loc_online_items": 50, "loc_online_share": 25}, []),
    ("another share", {"loc_service_items": 200, "loc_online_items": 50, "loc_online_share": 100},
     ["online_share"]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "rules"), [c[1:] for c in OLD], ids=[c[0] for c in OLD])
def test_the_rules_of_the_form_of_2014(
    values: Mapping[str, Number | None], rules: list[str]
) -> None:
    """Each broken relation of the 2014 form is one finding, and a kept one is none."""
    assert [rule for rule, _ in found("national_2014", *table(values))] == rules


def test_a_finding_names_both_numbers_and_never_says_false() -> None:
    """The message says what does not agree with what."""
    values = table({"staff_full_time": 17, "staff_part_time": 110, "staff_total": 128})
    (finding,) = check_statistics("national_2014", values)
    assert finding == Finding(
        "staff_sum",
        "error",
        "table1: 17 + 110 = 127 does not agree with the total 128 (staff_total)",
        ("staff_total", "staff_full_time", "staff_part_time"),
    )


COLUMNS = (
    "natural_person",
    "org_business",
    "org_research",
    "org_public_welfare",
    "org_legal_service",
    "org_other",
    "total",
)


def row(name: str, *numbers: Number | None) -> tuple[Statistic, ...]:
    """One row of the applications table."""
    return table({f"req_{name}_{c}": n for c, n in zip(COLUMNS, numbers, strict=True)})


def test_applications_balance_in_every_column() -> None:
    """New plus carried in agrees with results plus carried out, column by column."""
    kept = (
        *row("new_received", 20, 1, 0, 0, 0, 0, 21),
        *row("carried_in", 1, 0, 0, 0, 0, 0, 1),
        *row("result_total", 19, 1, 0, 0, 0, 0, 20),
    )
    good = row("carried_out", 2, 0, 0, 0, 0, 0, 2)
    bad = row("carried_out", 2, 1, 0, 0, 0, 0, 3)
    assert found("national_2021", *kept, *good) == []
    assert found("national_2021", *kept, *bad) == [
        ("applications_balance", "req_new_received_org_business"),
        ("applications_balance", "req_new_received_total"),
    ]


def test_a_row_adds_up_to_its_total() -> None:
    """Six kinds of applicants make the total of the row."""
    assert found("national_2021", *row("granted", 3, 1, 0, 0, 0, 0, 4)) == []
    assert found("national_2021", *row("granted", 3, 1, 0, 0, 0, 0, 5)) == [
        ("applicants_sum", "req_granted_total")
    ]
    assert found("national_2021", *row("granted", None, None, None, None, None, None, 5)) == []


@pytest.mark.parametrize("form", ["national_2019", "mixed"])
def test_results_include_the_single_row_of_other_handling(form: FormName) -> None:
    """（六）其他处理 counts among the results where it is a row of its own."""
    names = ("granted", "partial", "denied_state_secret", "unable_not_held", "other_handling")
    values: dict[str, Number | None] = {f"req_{n}_total": 2 for n in names}
    assert found(form, *table(values | {"req_result_total_total": 10})) == []
    assert found(form, *table(values | {"req_result_total_total": 9})) == [
        ("results_sum", "req_result_total_total")
    ]


def test_a_review_group_adds_up_to_its_total() -> None:
    """Upheld, corrected, other and pending make the total of each group."""
    names = ("upheld", "corrected", "other", "pending", "total")
    groups = {"recon": (10, 1, 0, 0, 0), "lit_direct": (0, 0, 0, 1, 1)}
    values: dict[str, Number | None] = {
        f"{g}_{n}": v for g, row_ in groups.items() for n, v in zip(names, row_, strict=True)
    }
    assert found("national_2021", *table(values)) == [("review_sum", "recon_total")]


def test_a_sentence_may_not_agree_with_the_table() -> None:
    """Two numbers for one field are both kept, with one finding that names them."""
    (finding,) = check_statistics(
        "national_2014",
        (printed("requests_online", 32), printed("requests_online", 44, "narrative")),
    )
    assert finding.rule == "narrative_table_mismatch"
    assert "44" in finding.message
    assert "32" in finding.message
    assert "does not agree" in finding.message
    assert finding.fields == ("requests_online",)


@pytest.mark.parametrize(
    ("said", "qualifier", "flags", "agrees"),
    [
        (70, "exact", (), True),
        (71, "exact", (), False),
        (60, "more_than", (), True),
        (80, "more_than", (), False),
        (80, "just_below", (), True),
        (60, "just_below", (), False),
        (72, "about", (), True),
        (30, "exact", ("part_year",), True),
        (900, "exact", ("cumulative",), True),
        (65, "exact", ("other_year",), True),
    ],
)
def test_a_sentence_is_compared_by_what_it_claims(
    said: int, qualifier: Qualifier, flags: tuple[str, ...], *, agrees: bool
) -> None:
    """Rounded numbers and other periods are compared only as far as they go."""
    sentence = printed(
        "requests_received_total", said, "narrative", qualifier=qualifier, flags=flags
    )
    rules = found("national_2014", printed("requests_received_total", 70), sentence)
    assert (rules == []) is agrees


def test_a_partition_in_a_sentence_is_checked() -> None:
    """9 = 1 + 1 + 7 agrees, 9 against 1 + 1 + 8 does not, and channels may be left out."""
    said = {"requests_received_total": 9, "requests_in_person": 1, "requests_by_mail": 1}
    good, bad = said | {"requests_online": 7}, said | {"requests_online": 8}
    assert found("narrative", *(printed(f, v, "narrative") for f, v in good.items())) == []
    assert found("narrative", *(printed(f, v, "narrative") for f, v in said.items())) == []
    assert found("narrative", *(printed(f, v, "narrative") for f, v in bad.items())) == [
        ("requests_by_channel_sum", "requests_received_total")
    ]


def test_two_tables_may_not_agree() -> None:
    """A later table is compared with the first."""
    statistics = (printed("requester_citizen", 48), printed("requester_citizen", 64, "table2"))
    assert found("national_2014", *statistics) == [("table_table_mismatch", "requester_citizen")]


def test_figures_of_no_known_field_are_never_compared() -> None:
    """x_ figures break no rule."""
    statistics = (printed("x_body_00000000", 1), printed("x_body_00000000", 2, "narrative"))
    assert found("national_2014", *statistics) == []


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=4, max_size=4),
    st.one_of(st.none(), st.integers(0, 10**6), st.decimals(0, 100, places=2)),
)
def test_a_finding_means_that_the_printed_numbers_disagree(
    parts: list[int | None], total: int | Decimal | None
) -> None:
    """A sum rule speaks only when no reading of the blanks could make the sum hold."""
    values: dict[str, Number | None] = {**dict(zip(CHANNELS, parts, strict=True))}
    rules = found("national_2014", *table(values | {"requests_received_total": total}))
    numbers = [p for p in parts if p is not None]
    if rules:
        assert total is not None
        assert sum(numbers) > total or (len(numbers) == 4 and sum(numbers) != total)


def test_the_contradictions_of_a_real_report_are_found(corpus: Path) -> None:
    """The real table of 2017 breaks these rules, as reckoned by hand from its rows."""
    body = next((corpus / "seeds").glob("002_*")).read_bytes()
    document = read_document(decode(body, None, "text/plain"))
    statistics, _ = read_statistics(document, "national_2014", 2017, "jurisdiction")
    findings = check_statistics("national_2014", statistics)
    messages = {f.rule: f.message for f in findings}
    assert "0 + 0 + 1 + 0 + 8 + 6 = 15" in messages["refused_sum"]
    assert "total 5 " in messages["refused_sum"]
    assert "= 55 does not agree with the total 70" in messages["replies_sum"]
    assert "8468 + 1117 = 9585" in messages["normative_docs_misread_as_partition"]
    assert "= 54 does not agree with the total 70" in messages["requesters_sum"]
    mismatches = {f.fields[0] for f in findings if f.rule == "narrative_table_mismatch"}
    assert mismatches == {
        "interpretation_articles", "online_interview_total", "proactive_total",
        "proactive_by_wechat", "proactive_by_weibo", "requests_in_person", "requests_online",
        "reconsideration_total", "reconsideration_corrected", "litigation_total",
        "litigation_corrected",
    }  # fmt: skip
    assert "requester_table_sum" not in messages
    assert "reconsideration_sum" not in messages
    assert len(findings) == len(set(findings))
