"""What holds for whatever text is damaged in whatever way."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.damage import DAMAGES
from parsers.mojibake import apply, repair, undo
from parsers.mojibake.recipe import recipe_to_json, replay

SENTENCES = (
    "2021年，本机关共收到政府信息公开申请37件，其中自然人申请35件，法人或者其他组织申请2件。",
    "全年主动公开政府信息1286条，通过政府网站公开1102条，通过政务新媒体公开184条。",
    "因政府信息公开被申请行政复议3件，结果维持2件，尚未审结1件；未发生行政诉讼案件。",
    "各乡镇、街道要进一步完善工作机制，明确专人负责，及时更新公开目录和公开指南。",
    "下一步，将加强业务培训，提高工作人员依法公开的意识和能力，扩大公众参与。",
    "联系电话：0000-1234567，电子邮箱：office@example.gov.cn（工作日8:30—17:30）。",
    "根据《中华人民共和国政府信息公开条例》第五十条的规定，现公布本年度报告。",
)  # fmt: skip
# These lose nothing that the text itself does not tell.
UNDONE = (
    "utf8_as_latin1",
    "utf8_as_cp1252",
    "utf8_as_latin1_twice",
    "utf8_as_cp1252_twice",
    "utf8_as_latin1_then_gb18030",
    "gbk_as_latin1",
    "gbk_as_cp1252",
    "gbk_as_latin1_twice",
    "gbk_as_latin1_then_gb18030",
    "gbk_as_references",
    "repeated_pinyin",
    "kangxi",
    "invisible_characters",
)
texts = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map("\n".join)


@given(texts)
def test_clean_text_comes_back_as_it_is(text: str) -> None:
    """Whatever clean lines stand together, nothing is repaired."""
    assert repair(text).text == text


@pytest.mark.parametrize("name", sorted(DAMAGES))
@given(text=texts, seed=st.integers(0, 99))
def test_repairs_of_any_damage_come_to_rest_and_lead_both_ways(
    name: str, text: str, seed: int
) -> None:
    """Repairing twice is repairing once; undoing gives the received text, the recipe the other."""
    broken = DAMAGES[name](text.split("\n", maxsplit=1)[0], Random(seed))
    received = text if broken is None else f"{broken.received}\n{text}"
    repaired = repair(received)
    assert repair(repaired.text).text == repaired.text
    assert undo(repaired.text, repaired.repairs) == received
    assert apply(received, repaired.repairs) == repaired.text
    assert replay(received, recipe_to_json(repaired.repairs)) == repaired.text


@pytest.mark.parametrize("name", UNDONE)
@given(sentence=st.sampled_from(SENTENCES), seed=st.integers(0, 99))
def test_damage_without_loss_is_undone(name: str, sentence: str, seed: int) -> None:
    """Every modelled damage that loses nothing gives the sentence back."""
    broken = DAMAGES[name](sentence, Random(seed))
    if broken is None or broken.lost:
        return
    meant = sentence if broken.meant is None else broken.meant
    assert repair(broken.received).text == meant
