"""The generator breaks text in the ways it names, and what it breaks without loss is undone."""

from __future__ import annotations

from random import Random

import pytest

from bench.damage import DAMAGES, random_annotations
from bench.mirrors import toneless
from bench.misreading import read_as_cp936
from bench.sending import ENCODINGS, LYING, send_bad_bytes, send_lying, send_mixed, send_truncated
from parsers.charset import decode

TEXT = "本单位严格执行国家规定，网络监督机制较为完善，2018年2月7日发布报告。"
WIDE_TEXT = "本單位嚴格執行國家規定，網路監督機制較為完善，二月七日發布報告。"


@pytest.mark.parametrize(
    ("name", "clean", "broken"),
    [
        ("utf8_as_cp936", "政府", "鏀垮簻"),
        ("utf8_as_cp936", "上海市", "涓婃捣甯?"),
        ("utf8_as_gb18030", "上海市", "涓婃捣甯�"),
        ("utf8_as_cp1252", "政府", "æ”¿åºœ"),
        ("utf8_as_latin1", "政", "æ\x94¿"),
        ("gbk_as_latin1", "政府信息公开", "Õþ¸®ÐÅÏ¢¹«¿ª"),
        ("gbk_as_big5", "政府信息公开", "淉葬陓洘鼠羲"),
        ("gbk_as_references", "政府", "&#213;&#254;&#184;&#174;"),
        ("gbk_as_utf8_then_gbk", "政府", "锟斤拷锟斤拷"),
        ("gansu", "表扬", "表?yè)P(yáng)"),
        ("questions", "共3件", "?3?"),
        ("dropped_date_characters", "2018年2月7日", "201827"),
    ],
)
def test_breaks_text_in_the_known_way(name: str, clean: str, broken: str) -> None:
    """Each codec confusion gives the letters that real pages show."""
    damaged = DAMAGES[name](clean, Random(0))
    assert damaged is not None
    assert damaged.received == broken


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_changes_the_text_or_says_that_it_cannot(name: str) -> None:
    """A damage gives a different text, the same for the same seed, or none."""
    text = WIDE_TEXT if name.startswith("big5") else f"关于{TEXT}安乡县人民政府"
    damaged = DAMAGES[name](text, Random(1))
    assert damaged is not None
    assert damaged.received != text
    assert damaged == DAMAGES[name](text, Random(1))


@pytest.mark.parametrize("name", DAMAGES)
def test_text_without_chinese_is_left_or_refused(name: str) -> None:
    """No damage fails on plain ASCII."""
    damaged = DAMAGES[name]("Annual report 2018", Random(1))
    assert damaged is None or damaged.received


def test_swallows_what_the_older_decoder_swallowed() -> None:
    """A lead byte alone is one question mark; the swallowing reader takes the next sign too."""
    raw = "中".encode() + b"1"
    assert read_as_cp936(raw) == ("涓?1", 1)
    assert read_as_cp936(raw, swallow=True) == ("涓?", 2)
    assert read_as_cp936(b"\x80") == ("€", 0)


def test_random_tables_hold_changed_characters_with_readings() -> None:
    """A random table annotates characters as converted, each once, with a tone mark or none."""
    usual = {"务": "wù", "网": "wǎng", "经": "jīng", "济": "jì"}
    table = random_annotations(Random(3), usual)
    assert sorted(char for char, _ in table) == sorted("務網經濟")
    assert all(toneless(reading).isascii() for _, reading in table)


@pytest.mark.parametrize("name", ENCODINGS)
def test_sends_text_in_every_encoding(name: str) -> None:
    """What is sent under an encoding reads back, where the text fits it."""
    text = WIDE_TEXT if name == "big5" else TEXT
    sent = ENCODINGS[name](text, Random(1))
    assert sent is not None
    assert decode(sent.body, None, "text/plain").text == sent.text


@pytest.mark.parametrize("name", ["gb2312", "gbk", "big5"])
def test_refuses_text_that_an_encoding_lacks(name: str) -> None:
    """A character the codec lacks gives no page instead of a wrong one."""
    assert ENCODINGS[name]("𠮷", Random(1)) is None


@pytest.mark.parametrize("how", LYING)
def test_a_lying_page_declares_another_encoding(how: str) -> None:
    """Somewhere in the page or its header stands a charset that its bytes are not in."""
    sent = send_lying([TEXT], how, "gb2312", Random(2))
    assert sent is not None
    assert sent.body.decode("gbk") == sent.text
    shown = f"{sent.text} {sent.content_type}"
    names = ("utf-8", "big5", "iso-8859-1", "windows-1252", "utf-16", "shift_jis")
    assert any(f"={mark}{name}" in shown for name in names for mark in ("", '"'))


def test_spoils_pages_at_the_end_and_within() -> None:
    """A truncated page is a beginning of the page; a bad byte is added between characters."""
    raw = TEXT.encode("gbk")
    cut = send_truncated(TEXT, "gb2312", Random(5))
    assert cut is not None
    assert raw.startswith(cut.body)
    bad = send_bad_bytes(TEXT, "gb2312", Random(5))
    assert bad is not None
    assert bad.body.replace(b"\xff", b"") == raw


def test_mixed_pages_hold_two_encodings() -> None:
    """No single codec reads a mixed page; its parts are joined by ASCII."""
    sent = send_mixed([TEXT, TEXT, TEXT], 0, Random(5))
    assert sent is not None
    readings = [sent.body.decode(codec, "replace") for codec in ("utf-8", "gb18030")]
    assert sent.text not in readings
    assert sent.text.split(sent.edge) == [TEXT, TEXT, TEXT]
