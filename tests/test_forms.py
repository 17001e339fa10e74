"""The forms as data, and which form a document uses."""

from __future__ import annotations

import pytest

from parsers.forms import CONCEPTS, FIELDS, RULES, detect_form
from parsers.labels import extra_id, is_shortened, is_within_one_edit, label_key
from parsers.model import Cell, Table


def table(*rows: tuple[str, ...], number: int = 1) -> Table:
    """A table whose cells stand nowhere in particular, each at a place of its own."""
    place = iter(range(0, 1_000_000, 1000))
    cells = tuple(
        tuple(Cell(text, start := next(place), start + len(text)) for text in row) for row in rows
    )
    return Table(number, cells)


@pytest.mark.parametrize(
    ("form", "count"),
    [("national_2014", 58), ("national_2019", 161 + 15 + 22), ("national_2021", 175 + 15 + 10)],
)
def test_a_national_form_has_all_its_fields(form: str, count: int) -> None:
    """Each national form has as many fields as its printed table has cells."""
    assert sum(form in field.forms for field in FIELDS.values()) == count


@pytest.mark.parametrize(
    "name",
    [
        "req_new_received_total",
        "req_other_other_org_other",
        "req_other_handling_total",
        "req_result_total_natural_person",
        "recon_pending",
        "lit_direct_total",
        "lit_after_recon_upheld",
        "a20_1_regulation_issued",
        "a20_5_licensing_decisions",
        "a20_6_coercion_items_change",
        "a20_8_fee_amount",
        "a20_9_procurement_amount",
        "requests_received_total_cumulative",
        "requester_citizen_share",
        "website_visits",
    ],
)
def test_a_public_field_id_exists(name: str) -> None:
    """Field ids are public and keep their names."""
    assert name in FIELDS


def test_every_field_can_be_shown_in_a_codebook() -> None:
    """Every field has a Chinese and an English label, a unit, a type and a form."""
    for field in FIELDS.values():
        assert field.label, field.id
        assert field.label_en, field.id
        assert field.unit, field.id
        assert field.forms, field.id
        assert bool(field.definition) == bool(field.definition_zh), field.id


def test_money_is_kept_in_yuan_whatever_the_column_prints() -> None:
    """A column of 万元 gives a field whose value is in 元."""
    field = FIELDS["special_funding"]
    assert (field.unit, field.printed_unit, field.type) == ("元", "万元", "decimal")


def test_concepts_and_rules_name_existing_fields() -> None:
    """No concept, rule or parent points to a field that does not exist."""
    named = {i for c in CONCEPTS.values() for ids in c.fields.values() for i in ids}
    named |= {i for rules in RULES.values() for r in rules for i in (*r.parts, *r.also, r.total)}
    assert named <= FIELDS.keys()


LABELS = [
    ("1﹒当面申请数", "当面申请数"),
    ("(1)当面申请数", "当面申请数"),
    ("①当面申请数", "当面申请数"),
    ("１．当面申请数", "当面申请数"),
    ("　　1、当面申请数", "当面申请数"),
    ("其中：主动公开规范性文件数", "主动公开规范性文件数"),
    ("其中:1.当面申请数", "当面申请数"),
    ("（一）主动公开政府信息数\n（不同渠道和方式公开相同信息计1条）", "主动公开政府信息数"),
    ("㈠收到申请数", "收到申请数"),
    ("三、本年度\n办理结果", "本年度办理结果"),
    ("3.危及“三安全一稳定”", "危及三安全一稳定"),
]


@pytest.mark.parametrize(("printed", "key"), LABELS, ids=[x[0] for x in LABELS])
def test_a_label_is_known_whatever_its_numbering(printed: str, key: str) -> None:
    """Numbering, 其中, notes, quotes and spaces do not change which row a label names."""
    assert label_key(printed) == key


def test_one_wrong_character_is_one_edit_and_two_are_not() -> None:
    """A changed, lost or added character is one edit."""
    assert is_within_one_edit("维持具有行政行为数", "维持具体行政行为数")
    assert is_within_one_edit("政府信息公开查阅点", "政府信息公开查阅点数")
    assert is_within_one_edit("收取费用总数数", "收取费用总数")
    assert not is_within_one_edit("涉及国家秘密", "涉及商业秘密")
    assert is_shortened("其他法律行政止公开", "其他法律行政法规禁止公开")
    assert not is_shortened("重复申请", "无正当理由大量反复申请")


def test_an_unknown_label_has_a_stable_id() -> None:
    """The id of an unknown label does not depend on its numbering."""
    assert extra_id("requests", "5.其他申请") == extra_id("requests", "（五）其他申请")
    assert extra_id("requests", "其他申请") != extra_id("proactive", "其他申请")


OLD_APPLICATIONS = ("（六）其他处理", "0", "0")
NEW_DISCLOSURE = ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")

FORMS = [
    ("national_2014", (("统计指标", "单位", "统计数"), ("制发规范性文件总数", "件", "3"))),
    ("national_2019", (("第二十条第（一）项",), ("信息内容", "本年新制作数量", "对外公开总数量"))),
    ("national_2021", (("第二十条第（一）项",), NEW_DISCLOSURE)),
    (
        "national_2021",
        (NEW_DISCLOSURE, ("（六）其他处理", "1.…行政机关不再处理其政府信息公开申请", "0")),
    ),
    ("mixed", (NEW_DISCLOSURE, ("（一）予以公开", "1"), OLD_APPLICATIONS)),
    (
        "local_table",
        (("指标名称", "计量单位", "2015年度", "历年累计"), ("主动公开文件数", "条", "1")),
    ),
    ("narrative", (("单位名称", "得分"), ("教育局", "95"))),
    ("narrative", ()),
]


@pytest.mark.parametrize(("form", "rows"), FORMS)
def test_the_form_is_decided_by_the_rows(form: str, rows: tuple[tuple[str, ...], ...]) -> None:
    """The rows of the tables decide the form, whatever the year."""
    assert detect_form("", (table(*rows),) if rows else ()) == form


def test_a_sentence_that_names_a_row_is_no_table() -> None:
    """Words of a form in running text do not make a form."""
    text = "本报告含统计指标说明。不同渠道和方式公开相同信息计1条。制发规范性文件总数见附件。"
    assert detect_form(text, ()) == "narrative"
