"""Which relations printed values break, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.charset import decode
from parsers.checks import assess, check_statistics
from parsers.document import read_document
from parsers.inferred import infer_zeros
from parsers.model import Finding, FormName, Number, Qualifier, Scope, Statistic
from parsers.statistics import read_statistics


def printed(
    field: str,
    value: Number | None,
    source: str = "table1",
    *,
    qualifier: Qualifier = "exact",
    flags: tuple[str, ...] = (),
    scope: Scope = "unknown",
    place: tuple[int, int] | None = None,
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
        scope=scope,
        row=place[0] if place else None,
        col=place[1] if place else None,
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
        "table1: 17 + 110 = 127 does not agree with the total 128 (staff_total); difference 1",
        ("staff_total", "staff_full_time", "staff_part_time"),
    )


def test_a_finding_names_the_places_of_its_numbers() -> None:
    """Rows and columns are counted from 1, and a number in the text has its offset."""
    values = {"staff_full_time": 17, "staff_part_time": 110, "staff_total": 128}
    cells = [printed(f, v, place=(row, 2)) for row, (f, v) in enumerate(values.items(), 54)]
    (finding,) = check_statistics("national_2014", cells)
    assert finding.message.endswith("(staff_total); difference 1; rows 57 55 56, column 3")
    said = printed("staff_total", 130, "narrative")._replace(start=812)
    (finding, *_) = check_statistics("national_2014", (cells[2], said))
    assert finding.message.endswith("128 in table1; difference 2; at 812 and row 57, column 3")


OUTCOMES: list[tuple[str, Mapping[str, Number | None], list[tuple[str, str]]]] = [
    ("holds", {"staff_total": 3, "staff_full_time": 1, "staff_part_time": 2}, [("staff_sum", "holds")]),
    ("does not", {"staff_total": 4, "staff_full_time": 1, "staff_part_time": 2},
     [("staff_sum", "does_not_agree")]),
    ("a part is blank", {"staff_total": 4, "staff_full_time": 1, "staff_part_time": None},
     [("staff_sum", "not_assessable")]),
    ("a part is not printed", {"staff_total": 4, "staff_full_time": 1}, [("staff_sum", "not_assessable")]),
    ("the total is blank", {"staff_total": None, "staff_full_time": 1, "staff_part_time": 2},
     [("staff_sum", "not_assessable")]),
    ("blank as zero", {"staff_total": 1, "staff_full_time": 1, "staff_part_time": None},
     [("staff_sum", "holds")]),
    ("nothing at all", {"meetings_held": 4}, []),
    ("funding of a billion", {"special_funding": 10**9}, [("funding_looks_like_yuan", "does_not_agree")]),
    ("more lawyers than citizens", {"requester_citizen": 2, "requester_citizen_lawyer": 3},
     [("lawyers_at_most_citizens", "does_not_agree")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "outcomes"), [c[1:] for c in OUTCOMES], ids=[c[0] for c in OUTCOMES]
)
def test_every_comparison_has_an_outcome(
    values: Mapping[str, Number | None], outcomes: list[tuple[str, str]]
) -> None:
    """A comparison holds, does not agree or cannot be assessed; one that nobody prints is none."""
    asked = {
        (c.rule, c.outcome)
        for c in assess("national_2014", table(values))
        if c.rule.startswith(("staff", "funding", "lawyers"))
    }
    assert asked == set(outcomes)


def test_findings_are_the_comparisons_that_do_not_agree() -> None:
    """Each finding is one comparison, with its difference."""
    values = table({"staff_full_time": 17, "staff_part_time": 110, "staff_total": 128})
    (check,) = [c for c in assess("national_2014", values) if c.outcome == "does_not_agree"]
    (finding,) = check_statistics("national_2014", values)
    assert (check.difference, check.source) == (-1, "table1")
    assert finding == Finding(check.rule, check.severity, check.message, check.fields)


def test_the_cumulative_column_is_checked_by_itself() -> None:
    """历年累计 adds up or not, whatever the year does, and the finding names its fields."""
    values: dict[str, Number | None] = {
        "replies_total": 3, "reply_granted": 3, "reply_partially_granted": 0, "reply_refused_total": 0,
        "replies_total_cumulative": 9, "reply_granted_cumulative": 8,
        "reply_partially_granted_cumulative": 0, "reply_refused_total_cumulative": 0,
    }  # fmt: skip
    (finding,) = check_statistics("local_table", table(values))
    assert finding.rule == "replies_sum"
    assert finding.fields[:2] == ("replies_total_cumulative", "reply_granted_cumulative")
    assert "历年累计" in finding.message


def test_named_columns_are_checked_each_by_itself() -> None:
    """区政府 adds up and 乡镇街道 does not."""
    rows = {"staff_full_time": (1, 2), "staff_part_time": (2, 2), "staff_total": (3, 5)}
    cells = [
        printed(field, value, flags=(f"column:{name}",))
        for field, pair in rows.items()
        for name, value in zip(("区政府", "乡镇街道"), pair, strict=True)
    ]
    (finding,) = check_statistics("national_2014", cells)
    assert finding.message.startswith("table1 乡镇街道: 2 + 2 = 4")


def test_a_row_that_a_province_added_may_be_among_the_parts() -> None:
    """Results with an added row hold with it or without it, and are doubted only where neither does."""
    values = {"req_granted_total": 4, "req_partial_total": 1, "req_result_total_total": 6}
    added = printed("x_requests_00000000", 1, flags=("among:req_result_total_total",))
    other = printed("x_requests_00000000", 2, flags=("among:req_result_total_total",))
    full = {f"req_{name}_total": 0 for name in ZERO_RESULTS} | values
    assert found("national_2021", *table(full), added) == []
    assert found("national_2021", *table(full), other) == [
        ("results_sum", "req_result_total_total")
    ]
    assert found("national_2021", *table(full | {"req_result_total_total": 5}), added) == []


ZERO_RESULTS = (
    "denied_state_secret", "denied_law_prohibited", "denied_security_stability", "denied_third_party",
    "denied_internal_affairs", "denied_process_info", "denied_enforcement_file", "denied_admin_query",
    "unable_not_held", "unable_needs_creation", "unable_still_unclear", "notproc_petition",
    "notproc_duplicate", "notproc_publication", "notproc_excessive", "notproc_confirm_reissue",
    "other_overdue_correction", "other_overdue_fee", "other_other",
)  # fmt: skip


@pytest.mark.parametrize(("said", "agrees"), [(7, True), (5, False)])
def test_lawsuits_in_a_sentence_are_those_of_both_kinds(said: int, *, agrees: bool) -> None:
    """行政诉讼7件 agrees with 5 brought directly and 2 after reconsideration; 5 does not."""
    cells = table({"lit_direct_total": 5, "lit_after_recon_total": 2})
    sentence = printed("litigation_total", said, "narrative")
    findings = check_statistics("national_2021", (*cells, sentence))
    assert [f.rule for f in findings] == ([] if agrees else ["narrative_table_mismatch"])
    if findings:
        assert "5 + 2 = 7" in findings[0].message
        assert findings[0].fields == (
            "litigation_total",
            "lit_direct_total",
            "lit_after_recon_total",
        )


def test_refusals_in_a_sentence_are_compared_only_with_all_their_rows() -> None:
    """Eight rows make the refusals; with one of them missing nothing is said."""
    rows: dict[str, Number | None] = {f"req_{n}_total": 1 for n in ZERO_RESULTS if "denied" in n}
    sentence = printed("reply_refused_total", 7, "narrative")
    assert found("national_2021", *table(rows), sentence) == [
        ("narrative_table_mismatch", "reply_refused_total")
    ]
    rows.pop("req_denied_admin_query_total")
    assert found("national_2021", *table(rows), sentence) == []


SCOPES: list[tuple[str, Scope, list[tuple[int, Scope]], bool]] = [
    ("the same scope", "jurisdiction", [(20, "jurisdiction")], True),
    ("another scope", "jurisdiction", [(20, "own_level")], False),
    ("unknown beside known", "jurisdiction", [(20, "unknown")], True),
    (
        "a scope that a sentence confirms",
        "unknown",
        [(70, "jurisdiction"), (20, "own_level")],
        False,
    ),
    ("a scope that nothing confirms", "unknown", [(20, "own_level")], True),
]


@pytest.mark.parametrize(
    ("scope", "said", "doubted"), [s[1:] for s in SCOPES], ids=[s[0] for s in SCOPES]
)
def test_a_sentence_of_another_scope_is_no_contradiction(
    scope: Scope, said: list[tuple[int, Scope]], *, doubted: bool
) -> None:
    """市本级20件 does not contradict 全市70件 in the table."""
    cell = printed("requests_received_total", 70, scope=scope)
    sentences = [printed("requests_received_total", v, "narrative", scope=s) for v, s in said]
    assert bool(found("national_2014", cell, *sentences)) is doubted


def inferred(form: FormName, statistics: tuple[Statistic, ...]) -> dict[str, str]:
    """The rule that proves each inferred zero."""
    zeros = infer_zeros(form, statistics)
    assert all((s.value, s.source, s.raw) == (0, "inferred", "") for s in zeros)
    return {s.field: s.flags[0] for s in zeros}


def test_blanks_that_a_sum_leaves_nothing_for_are_zero() -> None:
    """9 = 2 + 7 leaves nothing for fax and mail; 9 = 2 + 5 leaves something somewhere."""
    total = {"requests_received_total": 9}
    assert inferred("national_2014", table(by_channel(2, None, 7, None) | total)) == {
        "requests_by_fax": "from:requests_by_channel_sum",
        "requests_by_mail": "from:requests_by_channel_sum",
    }
    assert inferred("national_2014", table(by_channel(2, None, 5, None) | total)) == {}
    assert inferred("national_2014", table(by_channel(2, None, 8, None) | total)) == {}


def test_a_row_that_is_not_there_is_not_inferred() -> None:
    """What a page does not print at all stays absent, and lets nothing be proven."""
    values: dict[str, Number | None] = {"requests_in_person": 9, "requests_online": None}
    assert inferred("national_2014", table(values | {"requests_received_total": 9})) == {}


def test_one_zero_may_prove_the_next() -> None:
    """The balance proves the carried-out total, and that total its row."""
    cells = (
        *row("new_received", 20, 1, 0, 0, 0, 0, 21),
        *row("carried_in", 0, 0, 0, 0, 0, 0, 0),
        *row("result_total", 20, 1, 0, 0, 0, 0, 21),
        *row("carried_out", None, None, None, None, None, None, None),
    )
    assert inferred("national_2021", cells) == {
        f"req_carried_out_{c}": "from:applications_balance" for c in COLUMNS
    }
    assert inferred("national_2021", row("granted", None, None, None, None, None, None, 0)) == {
        f"req_granted_{c}": "from:applicants_sum" for c in COLUMNS[:-1]
    }


def test_blanks_on_both_sides_of_a_balance_prove_nothing() -> None:
    """21 and a blank against 21 and a blank may be anything."""
    cells = table(
        {
            "req_new_received_total": 21,
            "req_carried_in_total": None,
            "req_result_total_total": 21,
            "req_carried_out_total": None,
        }
    )
    assert inferred("national_2021", cells) == {}


def test_a_zero_that_another_identity_denies_is_not_inferred() -> None:
    """The row leaves nothing for the blank, and the column needs one application there."""
    others = (*row("carried_in", *[0] * 7), *row("result_total", 4, 0, 0, 0, 0, 0, 4))
    carried_out = row("carried_out", 1, 0, 0, 0, 0, None, 1)
    agreeing = row("new_received", 5, 0, 0, 0, 0, 0, 5)
    denying = row("new_received", 4, 0, 0, 0, 0, 1, 5)
    assert list(inferred("national_2021", (*agreeing, *others, *carried_out))) == [
        "req_carried_out_org_other"
    ]
    assert inferred("national_2021", (*denying, *others, *carried_out)) == {}


def test_a_part_of_nothing_is_nothing() -> None:
    """No press conference leaves none with the principal; a struck-out cell is a blank too."""
    blank = printed("press_conference_by_principal", None)._replace(state="na", raw="—")
    (zero,) = infer_zeros("national_2014", (printed("press_conference_total", 0), blank))
    assert (zero.value, zero.state, zero.raw) == (0, "na", "—")
    assert zero.flags == ("from:press_conference_by_principal_at_most",)


def test_an_inferred_zero_breaks_no_rule_and_contradicts_no_sentence() -> None:
    """Checks are about what is printed."""
    zero = printed("requests_by_fax", 0)._replace(source="inferred")
    statistics = (
        printed("requests_by_fax", None),
        zero,
        printed("requests_by_fax", 3, "narrative"),
    )
    assert check_statistics("national_2014", statistics) == ()


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


@pytest.mark.parametrize(
    ("online", "expected"),
    [(10, []), (11, [("requests_by_channel_sum", "requests_received_total")])],
)
def test_two_scopes_in_sentences_are_added_up_apart(
    online: int, expected: list[tuple[str, str]]
) -> None:
    """The channels of 市本级 make its own total, not that of 全市."""
    text = (
        "三、依申请公开情况\n全市共收到政府信息公开申请52件，其中市本级收到政府信息公开申请17件，"
        f"当面申请3件，传真申请0件，网络申请{online}件，信函申请4件。\n"
    )
    document = read_document(decode(text.encode(), None, "text/plain"))
    statistics, _ = read_statistics(document, "narrative", 2012, "unknown")
    assert found("narrative", *statistics) == expected


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
