"""Text that was read in a wrong encoding is read again, and only such text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.model import Repair
from parsers.mojibake import apply, chain, language_model, repair, rereading, undo

REPORT = "全市各级行政机关主动公开政府信息，及时回应社会关切，各项工作取得新的进展。"
TRADITIONAL = "本府於民國一百零六年公開資訊，製作統計表，並於網站公告，歡迎民眾查詢。"


def read_as_cp1252(raw: bytes) -> str:
    """Read bytes as browsers read Windows-1252: its gaps are controls."""
    return "".join(bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in raw)


def read_as_cp936(raw: bytes) -> str:
    """Read bytes as Windows reads GBK, where byte 80 is the euro sign."""
    text = raw.decode("gb18030", "surrogateescape")
    return text.replace("\udc80", "€")


SOUND = "政府信息公开工作年度报告"  # an even number of characters: nothing is lost in GBK

MISREAD = {
    "utf8_read_as_gbk": (SOUND, read_as_cp936(SOUND.encode())),
    "utf8_read_as_cp1252": (REPORT, read_as_cp1252(REPORT.encode())),
    "utf8_read_as_cp1252 (controls)": (REPORT, REPORT.encode().decode("latin-1")),
    "gbk_read_as_latin1": (REPORT, REPORT.encode("gbk").decode("latin-1")),
    "gbk_read_as_latin1 (cp1252)": (REPORT, read_as_cp1252(REPORT.encode("gbk"))),
    "big5_read_as_latin1": (TRADITIONAL, TRADITIONAL.encode("big5").decode("latin-1")),
    "big5_read_as_gbk": (TRADITIONAL, TRADITIONAL.encode("big5").decode("gb18030")),
    "gbk_read_as_big5": (
        "政府信息公开工作年度报告主动公开",
        "政府信息公开工作年度报告主动公开".encode("gbk").decode("big5hkscs"),
    ),
    "utf8_read_as_cp1252+utf8_read_as_cp1252": (
        REPORT,
        read_as_cp1252(read_as_cp1252(REPORT.encode()).encode()),
    ),
    "utf8_read_as_gbk+gbk_read_as_latin1": (
        REPORT,
        REPORT.encode("gbk").decode("latin-1").encode().decode("gb18030"),
    ),
    "bytes_as_references": (
        "政府信息公开",
        "".join(f"&#{byte};" for byte in "政府信息公开".encode("gbk")),
    ),
}


@pytest.mark.parametrize("label", MISREAD)
def test_reads_misread_text_again_exactly(label: str) -> None:
    """Where no byte is lost the text comes back whole, exact, under the name of its damage."""
    meant, received = MISREAD[label]
    repaired = repair(received)
    assert repaired.text == meant
    assert all(one.exact for one in repaired.repairs)
    assert {one.rule for one in repaired.repairs} == {label.partition(" ")[0]}
    assert undo(repaired.text, repaired.repairs) == received


def test_reads_one_damaged_line_among_clean_ones() -> None:
    """The lines around a misread one stay, and a short misread one is known by the others."""
    lines = [REPORT, read_as_cp1252(REPORT.encode()), TRADITIONAL, read_as_cp1252("共9件".encode())]
    received = "\n".join(lines)
    assert repair(received).text == f"{REPORT}\n{REPORT}\n{TRADITIONAL}\n共9件"


def test_chooses_a_lost_byte_and_says_so() -> None:
    """A byte lost before a digit is chosen by the words around it, apart from what is exact."""
    meant = "本报告统计期限为2015年1月1日至2015年12月31日"
    received = meant.encode().decode("gb18030", "replace")
    repaired = repair(received)
    assert repaired.text == meant
    chosen = [one for one in repaired.repairs if not one.exact]
    assert chosen
    assert all(one.margin is not None and one.margin > 0 for one in chosen)
    assert undo(repaired.text, repaired.repairs) == received


def lose_byte(text: str, character: int, byte: int) -> str:
    """Read the GBK form of a text without one byte of one of its characters."""
    raw = text.encode("gbk")
    at = len(text[:character].encode("gbk")) + byte
    return (raw[:at] + raw[at + 1 :]).decode("gb18030", "replace")


@pytest.mark.parametrize("byte", [0, 1])
def test_finds_where_a_byte_was_lost(byte: int) -> None:
    """The shifted run after a lost byte is put in step again, and the character is chosen."""
    received = lose_byte(REPORT, 10, byte)
    assert "\ufffd" in received
    repaired = repair(received)
    assert repaired.text == REPORT
    assert {one.rule for one in repaired.repairs} == {"lost_byte"}
    assert not any(one.exact for one in repaired.repairs)
    assert undo(repaired.text, repaired.repairs) == received


def test_the_rest_of_the_page_tells_what_a_lost_byte_made() -> None:
    """A name that only its own page has is chosen where another line of the page prints it."""
    line = "第三，要求漳浦县转告熊育竹同志到场。"
    clean = f"{REPORT}\n熊育竹同志主持会议，各部门负责人参加。\n"
    broken = lose_byte(line, 12, 0)
    assert repair(broken).text != line
    assert repair(clean + broken).text == clean + line


def test_finds_a_swallowed_byte_on_a_long_page() -> None:
    """One question mark after a Chinese character is worth a look, however long the page."""
    line = "将政务公开工作纳入各单位年度考核标准,切实加大监督检查力度。"
    broken = lose_byte(line, 12, 0).replace("\ufffd", "?")
    clean = f"{REPORT}\n" * 10
    assert broken.count("?") == 1
    assert repair(clean + broken).text == clean + line


@pytest.mark.parametrize(
    ("line", "end"),
    [("所称财产转让所得包括下列各项所得：", "："), ("（三）股息、红利等权益性投资收益；", "；")],
)
def test_the_kind_of_line_tells_its_last_sign(line: str, end: str) -> None:
    """What announces a list ends in a colon, and its entries in semicolons."""
    assert repair(lose_byte(line, len(line) - 4, 0)).text[-1] == end


CLEAN = (
    REPORT,
    TRADITIONAL,
    "馬鈴薯、花生、棉花、苜蓿與鬱金香；氤氳、翡翠、囍字。",
    "朱镕基、张昀、王喆、李珺珺、陈赟等同志出席，尉犁县、盱眙县、鄠邑区、婺源县参加。",
    "Café Müller（德国）举办“naïve”画展，气温25°C，误差±0.5％，面积100×200㎡。",
    "コンソール アプリケーションの概要、ひらがなとカタカナ。",
    "Привет, мир! Русский текст рядом с 中文。",
    "┌──┬──┐│表│格│└──┴──┘",
    "注音：ㄅㄆㄇㄈ、ㄉㄊㄋㄌ。希腊字母：αβγδ、ΑΒΓΔ。",
    "已解码失败的字符\ufffd保持原样，共\ufffd3件\ufffd",
    "图标\ue600\ue601与文字。",
    "f(x)=∑aᵢxⁱ，其中∀ε>0，∃δ>0。",
    "实体 &#20013;&#25991; 与 caf&#233;、&#160;&#183;&#160; 不动。",
    "工作满意吗？您好吗??什么是公开?",
)


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_clean_text_alone(text: str) -> None:
    """Rare names, other scripts, formulas and marks of old losses are no damage to undo."""
    assert repair(text).repairs == ()


HOSTILE = {
    "lost bytes": "鏀\ufffd" * 50_000,
    "questions": "鏀?" * 50_000,
    "odd": "鏀垮簻锛?" * 20_000,
    "odd lines": "鏀垮\ufffd簻?\n" * 16_000,
    "Latin": "Õþ¸®Ð" * 20_000,
    "Latin lost": "Ã¦\ufffdâ?" * 20_000,
    "Big5": "淉葬陓洘\ufffd鼠羲" * 14_000,
    "private use": "\ue000\ue001\ufffd" * 33_000,
    "references": "&#213;" * 16_000,
    "shifted": "ㄖ韵\ufffd\n" * 25_000,
    "signs between losses": "\ufffd《" * 50_000,
    "shifted, far apart": "。ㄒ唬" + "天地玄黄宇宙洪荒" * 12_000 + "。ㄒ唬",
    "straddled": "易?yì)襛?nóng)辈?bèi)岄?yuè)" * 4_500,
}


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_text_ends_in_time(label: str) -> None:
    """A hundred thousand characters made to be expensive take less than two seconds."""
    repair("鏀垮簻")
    start = time.process_time()
    repaired = repair(HOSTILE[label])
    assert time.process_time() - start < 2
    assert undo(repaired.text, repaired.repairs) == HOSTILE[label]


@given(
    st.text(alphabet="鏀垮簻锛?\ufffd€\ue195æ”¿å®Õþ¸淉葬陓ㄛ政府信息，。1a\n&#213;", max_size=50)
)
def test_any_text_can_be_read_again_and_undone(received: str) -> None:
    """Whatever the text, its repairs are in order, can be made, and can be undone."""
    repaired = repair(received)
    assert apply(received, repaired.repairs) == repaired.text
    assert undo(repaired.text, repaired.repairs) == received


DAMAGED = [
    REPORT,
    SOUND.encode().decode("gb18030", "replace"),
    REPORT.encode().decode("gb18030", "replace"),
    REPORT.encode("gbk").decode("latin-1"),
    lose_byte(REPORT, 10, 0),
    lose_byte(SOUND, 3, 1),
    *(received for _, received in MISREAD.values()),
]


@given(
    st.lists(st.sampled_from(DAMAGED), min_size=1, max_size=4), st.sampled_from(["\n", "1", "。"])
)
def test_repairing_twice_is_repairing_once(parts: list[str], joint: str) -> None:
    """Whatever was damaged and however it is mixed, a repaired text needs no further repair."""
    received = joint.join(parts)
    repaired = repair(received)
    assert apply(received, repaired.repairs) == repaired.text
    assert undo(repaired.text, repaired.repairs) == received
    assert repair(repaired.text).text == repaired.text


HOSTILE_PIECES = (
    *(
        "?",
        "??",
        "(",
        ")",
        "\ufffd",
        "€",
        "。",
        "，",
        "&#213;",
        "&#",
        "\n",
        "\u3000",
        "\u200b",
        "锟斤拷",
    ),
    *(
        "鏀垮簻",
        "銆",
        "鐨",
        "锛",
        "æ”¿",
        "Õþ¸®",
        "Ã¦",
        "淉葬",
        "ㄒ唬┕",
        "?。ㄒ唬┕\ue0a6_",
        "è)P",
        "務(wù)",
    ),
    *(
        "經(jīng)",
        "濟(jì)",
        "公(gong)(gong)",
        "方麵",
        "⼈",
        "政府",
        "公開",
        "365bet",
        "1",
        "é",
        "\x80",
        "\ud800",
    ),
)


@given(st.lists(st.sampled_from(HOSTILE_PIECES), max_size=40).map("".join))
def test_repairing_hostile_text_twice_is_repairing_once(received: str) -> None:
    """What looks like damage of many kinds at once comes to rest in one call, and is undone."""
    repaired = repair(received)
    assert undo(repaired.text, repaired.repairs) == received
    assert repair(repaired.text).text == repaired.text


def test_a_text_that_costs_too_much_stays_and_says_so() -> None:
    """Where not all damage can be undone in time, none of it is, and a finding tells."""
    received = "\n".join(f"{REPORT}{at}".encode().decode("gbk", "ignore") for at in range(1500))
    repaired = repair(received)
    assert repair(repaired.text).text == repaired.text
    assert repaired.text == received
    assert "unexplained_damage" in {one.rule for one in repaired.findings}


def test_repairs_damage_under_damage() -> None:
    """What one repair brings to light is repaired too, in one step of the recipe."""
    received = lose_byte(REPORT, 10, 0).replace("\ufffd", "\u200b\ufffd")
    repaired = repair(received)
    assert repaired.text == REPORT
    assert undo(repaired.text, repaired.repairs) == received


def test_joins_repairs_of_the_same_characters() -> None:
    """Two looks that touch the same characters make one repair; the others only move."""
    received = "abcdef"
    first = [Repair(1, 3, "bc", "X", "one", exact=True), Repair(5, 6, "f", "", "one", exact=True)]
    again = [
        Repair(0, 2, "aX", "Y", "two", exact=False, margin=2.0),
        Repair(3, 4, "e", "E", "two", exact=True),
    ]
    joined = chain(received, first, again)
    assert apply(received, joined) == apply(apply(received, first), again) == "YdE"
    assert joined[0] == Repair(0, 3, "abc", "Y", "one+two", exact=False, margin=2.0)


def test_a_clean_line_with_a_rare_name_needs_no_language_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What can be read in one way only is not weighed: the model takes time and 50 MB to load."""
    rereading._reach.cache_clear()
    rereading.weigh.cache_clear()
    monkeypatch.setattr(language_model, "score_text", lambda _text: pytest.fail("weighed"))
    line = "发布时间：2009-01-26 09:30 来源：邛崃市人民政府 浏览次数：497"
    assert repair(line).text == line
