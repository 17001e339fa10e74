"""The demo's damage follows the real chain byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.demo.damage import FOLDED_SIGNS, Annotations, damage_like_gansu
from parsers.model import Repaired
from parsers.mojibake import OffsetMap, repair

WIDE = str.maketrans(",():;!?%", "，（）：；！？％")


@pytest.mark.parametrize(
    ("clean", "broken"),
    [
        ("人民", "人民"),
        ("2017年", "2017年"),
        ("网络", "網(wǎng)絡(luò)"),
        ("着力", "著力"),
        ("后里", "后里"),
        ("数字，文字。", "數(shù)字,文字。"),
        ("　　第一，", "  第一,"),
        # 省 ends in A1 and （ begins with A3: the bytes A1 A3 are taken for a full stop.
        ("各省（区）", "各?。▍^(qū))"),
        ("　（一）公开", "?。ㄒ唬┕\ue0a6_"),
        # The second byte of 表 and the first of 揚 are 頁, which carries its reading.
        ("表扬", "表?yè)P(yáng)"),
        ("家库，", "家?guī)?,"),
        ("€\xa0", "€\xa0"),
    ],
)
def test_breaks_known_text_in_the_known_way(clean: str, broken: str) -> None:
    """Each step of the chain shows on text whose bytes are known."""
    assert damage_like_gansu(clean) == broken


@pytest.mark.parametrize(
    ("annotations", "folded", "broken"),
    [
        ((), FOLDED_SIGNS, "數字,文字(網絡)"),
        ((("字", "zì"),), FOLDED_SIGNS, "數字(zì),文字(zì)(網絡)"),
        ((("網", "wǎng"),), "，", "數字,文字（網(wǎng)絡）"),
        ((("絡", "luò"),), "", "數字,文字（網絡(luò)）"),  # the comma went with the split
    ],
)
def test_damages_with_the_table_and_the_widths_of_another_site(
    annotations: Annotations, folded: str, broken: str
) -> None:
    """Which characters carry readings and which signs are folded is the site's own."""
    assert damage_like_gansu("数字，文字（网络）", annotations, folded) == broken


def unfold(repaired: Repaired) -> str:
    """Give back the full-width signs that the mirror's storage folded.

    A sign after a character that ends in A1 must have been half-width: it was not cut.
    """
    cut: set[int] = set()
    offsets = OffsetMap(repaired.repairs)
    for one in repaired.repairs:
        if one.rule in {"shifted_run", "straddled_annotation", "lost_byte"}:
            cut.update(range(offsets.to_repaired(one.start), offsets.to_repaired(one.end)))
    text = ""
    for at, char in enumerate(repaired.text):
        if at in cut:
            text += "\u3000" if char == " " else char.translate(WIDE)
        else:
            whole = damage_like_gansu(text[-1:] + "（").endswith("(")
            text += char.translate(WIDE) if whole else char
    return text


def test_reproduces_the_real_page(corpus: Path) -> None:
    """From the clean text, every line of the real broken page comes out exactly."""
    path = next((corpus / "seeds").glob("001_*.txt"))
    received = path.read_text("utf-8")
    broken = damage_like_gansu(unfold(repair(received)))
    pairs = list(zip(received.split("\n"), broken.split("\n"), strict=True))
    assert [own for own, made in pairs if own != made] == []
