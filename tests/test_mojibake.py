"""Corruptions are undone where the damage proves itself, recorded, and reversible."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.corpus import Part, paragraphs
from crawler.demo.damage import damage_like_gansu
from parsers.model import Repair
from parsers.mojibake import OffsetMap, apply, repair, undo
from parsers.mojibake.readback import LEAST_MARGIN
from parsers.mojibake.recipe import RecipeError, read_recipe, recipe_to_json, replay

PARTS: tuple[Part, ...] = ("tuning", "measured")

HALF_WIDTH = str.maketrans("，（）：；！？％\u3000", ",():;!?% ")

# Our own sentences in the manner of a report, with the places where the chain cuts.
REPORT = """\
　　某市人民政府办公室关于2015年政府信息公开工作的报告
　　一、概述
　　2015年，全市各级行政机关坚持以公开为常态、不公开为例外，进一步完善工作机制，强化监督检查，各项工作取得新的进展。
　　（一）组织领导进一步加强。市政府调整了政务公开领导小组，各县（市、区）、市直各部门均明确了分管领导和专职人员。
　　（二）公开渠道进一步拓宽。对门户网站进行了改版，开设专题栏目，全年访问量达到12.5万人次。
　　（三）制度建设进一步健全。制定了信息发布协调、保密审查等制度，并纳入绩效考核。
　　（四）业务培训进一步深入。举办培训班4期，培训320人次。
　　二、主动公开政府信息情况
　　全年主动公开政府信息8,431条，其中：通过政府网站公开6120条，通过微博公开1311条，通过其他方式公开1000条。
　　（五）重点领域信息公开。围绕财政预决算、公共资源配置、重大建设项目、社会公益事业等领域，及时发布信息。
　　三、依申请公开办理情况
　　全年收到申请57件，其中当面申请12件，网络申请40件，信函申请5件，均在法定时限内答复。
　　（六）答复情况。同意公开的41件，同意部分公开的3件，不同意公开的2件，信息不存在的11件。
　　四、复议、诉讼情况
　　因政府信息公开被申请行政复议1件，被提起行政诉讼0件。
　　（七）收费情况。未收取任何费用。
　　五、存在的问题和改进措施
　　一是个别单位对政务公开工作认识不够；二是有的部门信息更新不及时；三是专业人员缺乏。
　　（八）下一步，将建立农业专家库，并对工作成效显著的单位点名表扬。
　　（九）进一步学习兄弟省（区、市）的做法，全面提高公开水平。
"""

LINES = [line for line in REPORT.split("\n") if line]
DAMAGE_CLUES = damage_like_gansu("　　经济网络信息，机关实际情况，务必学习。\n")

CLEAN = [
    pytest.param("", id="nothing"),
    pytest.param("全年主动公开政府信息145条。", id="simplified"),
    pytest.param(REPORT, id="a whole report"),
    pytest.param(
        "本府於民國一百零六年公開資訊，製作統計表（詳附件），並於網站公告。", id="traditional"
    ),
    pytest.param(
        "政府和社会资本合作（PPP）项目3个，手机客户端(APP)2个，普惠制(GSP)证书9份。", id="English"
    ),
    pytest.param(
        "床(chuáng)前(qián)明(míng)月(yuè)光(guāng)，疑(yí)是(shì)地(dì)上(shàng)霜(shuāng)。",
        id="a pinyin lesson",
    ),
    pytest.param(
        "第一課：國(guó)語(yǔ)學(xué)習(xí)。請(qǐng)讀(dú)書(shū)。",
        id="a lesson in traditional characters",
    ),
    pytest.param(
        "地名读音：尉犁(yùlí)、番禺(pānyú)、涡阳(guōyáng)、亳州(bózhōu)。",
        id="readings of place names",
    ),
    pytest.param(
        "這個字讀作臺(tái)，請各位老師在課堂上指導學生們練習書寫漢字。",
        id="one reading in traditional text",
    ),
    pytest.param("什么是政府信息公开?公民如何申请?请见指南。", id="questions"),
    pytest.param("您对我们的工作满意吗??", id="two question marks"),
    pytest.param(
        "全年365天受理，热线12365、96365接听9000次，福利彩票公益金3万元，打击网络博彩。",
        id="figures that look like brands",
    ),
    pytest.param("费用：€5，ㄅㄆㄇ注音，表格┌─┐线。", id="odd signs"),
]


@pytest.mark.parametrize("text", CLEAN)
def test_leaves_clean_text_alone(text: str) -> None:
    """Text without damage comes back as it is, with nothing repaired, masked or doubted."""
    repaired = repair(text)
    assert (repaired.text, repaired.repairs) == (text, ())
    assert (repaired.masked, repaired.findings) == ((), ())


def test_reads_back_nearly_every_line_of_a_damaged_report() -> None:
    """A report sent through the chain comes back line for line, punctuation folded."""
    repaired = repair(damage_like_gansu(REPORT))
    meant = REPORT.translate(HALF_WIDTH).split("\n")
    pairs = list(zip(meant, repaired.text.split("\n"), strict=True))
    assert [(own, read) for own, read in pairs if own != read] == []


def test_says_how_each_repair_was_found() -> None:
    """Exact repairs have no margin; a lost byte is chosen, with its lead over the next."""
    repairs = repair(damage_like_gansu(REPORT)).repairs
    rules = {one.rule for one in repairs}
    assert rules == {
        "pinyin_annotation",
        "traditional_to_simplified",
        "shifted_run",
        "straddled_annotation",
        "lost_byte",
    }
    assert all((one.margin is None) == one.exact for one in repairs)
    province = [one for one in repairs if one.after == "省" and one.rule == "lost_byte"]
    assert [(one.before, one.exact) for one in province] == [("?", False)]
    assert province[0].margin is not None
    assert province[0].margin > 1


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        (
            "政務(wù)公開網(wǎng)絡(luò)經(jīng)濟(jì)信息平臺上線的消息",
            "政务公开网络经济信息平台上线的消息",
        ),
        (
            "著力發(fā)展經(jīng)濟(jì)，成效顯著的單位進(jìn)入名單公布",
            "着力发展经济，成效显著的单位进入名单公布",
        ),
        (
            "乾淨的環境、乾隆時(shí)期的檔案、經(jīng)濟(jì)發(fā)展的情況",
            "干净的环境、乾隆时期的档案、经济发展的情况",
        ),
    ],
)
def test_converts_by_context(broken: str, meant: str) -> None:
    """A traditional character with several simplified forms takes the one that fits."""
    assert repair(broken).text == meant


def test_reports_a_digit_that_is_gone() -> None:
    """A digit swallowed with a broken character is shown as lost, and its number masked."""
    broken = damage_like_gansu(LINES[2] + "\n　　（17）加强政策解读工作。\n")
    repaired = repair(broken)
    assert "\n  (\ufffd7)加强政策解读工作。" in repaired.text
    at = repaired.text.index("\ufffd")
    assert repaired.masked == ((at, at + 2),)
    assert "swallowed_character" in {finding.rule for finding in repaired.findings}


@pytest.mark.parametrize(
    ("received", "meant"),
    [
        ("县公开办??发布时间:2012-03-24?? 字号【", "县公开办  发布时间:2012-03-24   字号【"),
        ("来源：办公室?作者：张某", "来源：办公室 作者：张某"),
    ],
)
def test_reads_lost_no_break_spaces(received: str, meant: str) -> None:
    """Question marks before a header label stand for spaces that GBK could not hold."""
    repaired = repair(received)
    assert repaired.text == meant
    assert {one.rule for one in repaired.repairs} == {"nbsp_question_mark"}


def misread_as_cp1252(text: str) -> str:
    """Read the UTF-8 of a text as Windows-1252, its undefined bytes as controls."""
    chars = (bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    return "".join(chars)


@pytest.mark.parametrize(
    "text",
    ["政府信息公开工作年度报告", "2017年，本单位收到申请9件，均已答复；收费0元。", "外滩街道Font"],
)
def test_reads_misread_text_again(text: str) -> None:
    """UTF-8 read as GBK or Windows-1252, and GBK read as Latin-1, give the text back."""
    misread = {
        "utf8_read_as_gbk": text.encode().decode("gb18030", "replace"),
        "utf8_read_as_cp1252": misread_as_cp1252(text),
        "gbk_read_as_latin1": text.encode("gbk").decode("latin-1"),
    }
    for rule, received in misread.items():
        if "\ufffd" in received:
            continue
        repaired = repair(received)
        assert repaired.text == text
        assert {one.rule for one in repaired.repairs} == {rule}
        assert undo(repaired.text, repaired.repairs) == received


def test_does_not_invent_an_unclear_byte() -> None:
    """A lost byte that several characters could fill stays lost and is said to be."""
    received = "政府信息公开办公室，张一".encode()[:-1].decode("gb18030", "replace")
    repaired = repair(received)
    assert repaired.text == "政府信息公开办公室，张\ufffd"
    assert not repaired.repairs[-1].exact


def test_rereads_naturally_misread_names(corpus: Path) -> None:
    """Every exact case of the natural collections is read again without a mistake."""
    folder = corpus / "data" / "mojibake"
    wrong = []
    for name, key, exact in (
        ("java_comments_utf8_as_gbk", "class", "G8"),
        ("region_names_utf8_as_cp936", "status", "exact"),
    ):
        for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            if case[key] == exact and repair(case["broken"]).text != case["repaired"]:
                wrong.append(case["broken"])
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("制定了《mobile288-365工作规则》", ["mobile288-365"]),
        (
            "365bet苹果版_365服务热线_bet体育365正规吗领导小组共5人",
            ["365bet苹果版_365服务热线_bet体育365"],
        ),
        ("国务院办公厅比分直播,篮球比分直播印发", ["比分直播,篮球比分直播"]),
    ],
)
def test_masks_foreign_brands(text: str, names: list[str]) -> None:
    """A gambling brand is masked so that its digits are no figures; the text stays."""
    repaired = repair(text)
    assert repaired.text == text
    assert [text[start:end] for start, end in repaired.masked] == names
    assert [finding.rule for finding in repaired.findings] == ["brand_substitution"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("锟斤拷锟斤拷", "replaced_bytes"),
        ("烫烫烫", "unwritten_memory"),
        ("共\ufffd3件", "replacement_character"),
    ],
)
def test_says_what_is_lost_for_good(text: str, rule: str) -> None:
    """Text beyond repair is reported and not replaced by anything."""
    repaired = repair(text)
    assert (repaired.text, repaired.repairs) == (text, ())
    assert [finding.rule for finding in repaired.findings] == [rule]


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ("歡迎訪問(wèn)本省信息網", "欢迎访问本省信息网"),
        ("縣政務(wù)公開網(wǎng)", "县政务公开网"),
        ("農業專家?guī)?,已經(jīng)建成。", "农业专家库,已经建成。"),
        ("下一步,對成效顯著的單位點名表?yè)P(yáng)。", "下一步,对成效显著的单位点名表扬。"),
        ("政府信息公(gong)(gong)(gong)開(kai)(kai)", "政府信息公开"),
        ("本級政府公(gong)(gong)報", "本级政府公报"),
        (
            "市民(mín)政局公(gōng)開了財政(zhèng)資金的使用(yòng)情況，接受市民(mín)監督",
            "市民政局公开了财政资金的使用情况，接受市民监督",
        ),
        ("完善製度，全麵推進各方麵工作", "完善制度，全面推进各方面工作"),
        ("信息係統與管理體係建設", "信息系统与管理体系建设"),
    ],
)
def test_undoes_each_family_of_mirrors_on_one_line(broken: str, meant: str) -> None:
    """One line is enough where its annotations, its words or its bytes prove the damage."""
    repaired = repair(broken)
    assert repaired.text == meant
    assert undo(repaired.text, repaired.repairs) == broken


def test_reads_a_shifted_run_without_annotations() -> None:
    """A run out of step is read again on a page that was neither converted nor annotated."""
    meant = "　　各省（市、州）人民代表按照要求安排公布。"  # no character has another form
    broken = damage_like_gansu(meant, annotations=(), folded="")
    assert broken.startswith("　　各?。ㄊ小")
    repaired = repair(broken)
    assert repaired.text == meant
    assert {one.rule for one in repaired.repairs} <= {"shifted_run", "lost_byte"}
    assert undo(repaired.text, repaired.repairs) == broken


@pytest.mark.parametrize(
    ("received", "meant", "rule"),
    [
        ("\u2f00、\u2f42件", "一、文件", "compatibility_form"),
        ("\u6599\uf9be", "\u6599\u6599", "compatibility_form"),
        ("政\u200b府\u00ad信息\ufeff公开", "政府信息公开", "invisible_character"),
        ("\ufeff一、概述", "一、概述", "invisible_character"),
        ("共\u200e12\u200f件", "共12件", "invisible_character"),
    ],
)
def test_takes_look_alikes_and_invisible_characters_out(
    received: str, meant: str, rule: str
) -> None:
    """What looks like a character becomes that character; what shows nothing goes."""
    repaired = repair(received)
    assert repaired.text == meant
    assert {(one.rule, one.exact) for one in repaired.repairs} == {(rule, True)}
    assert undo(repaired.text, repaired.repairs) == received


@pytest.mark.parametrize(
    "text", ["①②％：（一）Ａ１", "👨\u200d👩\u200d👧", "می\u200cخواهم", "︰︵﹒"]
)
def test_leaves_signs_and_other_scripts_as_printed(text: str) -> None:
    """Full-width signs, circled numbers, emoji and Persian keep every character."""
    assert repair(text).repairs == ()


def test_masks_a_line_of_search_words_at_the_top() -> None:
    """The line stays in the text, and no number is read out of it."""
    top = "在线博彩_棋牌游戏_澳门娱乐城_365bet_亚博app"
    repaired = repair(f"{top}\n2016年政府信息公开工作年度报告\n全年公开信息145条。")
    assert repaired.text.startswith(top)
    assert repaired.masked[0] == (0, len(top))
    assert "search_words" in {finding.rule for finding in repaired.findings}


@pytest.mark.parametrize(
    "text",
    [
        "全年公开，。信息、，共一百条。，其中网站、。五十条",
        "全年主动公开信息.其中网站、五十条，微博.三十条",
    ],
)
def test_reports_exchanged_punctuation(text: str) -> None:
    """Punctuation that cannot stand so is reported and left."""
    repaired = repair(text)
    assert (repaired.text, repaired.repairs) == (text, ())
    assert [finding.rule for finding in repaired.findings] == ["exchanged_punctuation"]


@pytest.mark.parametrize(
    "text", ["网址：政务.公益，见公告。", "共1.5万人，占2.3％。见www.cn，谢谢。"]
)
def test_leaves_dots_where_they_belong(text: str) -> None:
    """A domain in Chinese and decimal points are no exchanged signs."""
    assert repair(text).findings == ()


def test_keeps_an_unclear_lost_byte_lost() -> None:
    """A choice without a clear lead is no choice: the character is U+FFFD, and a finding says so."""
    broken = DAMAGE_CLUES + "联系人马?。"
    repaired = repair(broken)
    unclear = [one for one in repaired.repairs if "\ufffd" in one.after]
    assert all(one.margin is None or one.margin < LEAST_MARGIN for one in unclear)
    chosen = [one for one in repaired.repairs if one.rule == "lost_byte" and one not in unclear]
    assert all(one.margin is not None and one.margin >= LEAST_MARGIN for one in chosen)


def test_a_recipe_replays() -> None:
    """The recipe of a page makes the repaired text of the received one, and of no other."""
    received = damage_like_gansu(REPORT)
    repaired = repair(received)
    recipe = recipe_to_json(repaired.repairs)
    assert read_recipe(recipe) == repaired.repairs
    assert replay(received, recipe) == repaired.text
    with pytest.raises(RecipeError, match="does not fit"):
        replay("x" + received, recipe)


@pytest.mark.parametrize("recipe", ["{", "[]", '{"start": 1}', '{"start": "1", "end": 2}', "1"])
def test_refuses_what_is_no_recipe(recipe: str) -> None:
    """A broken recipe is a typed error."""
    with pytest.raises(RecipeError):
        replay("text", recipe)


NEGATIVES = (Path(__file__).parent / "data" / "clean_negatives.txt").read_text("utf-8").splitlines()


def test_leaves_the_negatives_alone() -> None:
    """Lessons, English and formulas in brackets, rare names, code, other scripts: all unchanged."""
    assert len(NEGATIVES) >= 200
    assert [text for text in NEGATIVES if repair(text).repairs] == []


def test_leaves_clean_lines_alone(corpus: Path) -> None:
    """No clean line of the reference documents is changed, traditional ones included."""
    lines = [one.text for part in PARTS for one in paragraphs(corpus, part, least=1)]
    assert len(lines) >= 3000
    assert [line for line in lines if repair(line).repairs] == []


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=4))
def test_undoing_gives_the_received_text_back(lines: list[str]) -> None:
    """Repairs are ordered, do not overlap, and lead both ways exactly; twice equals once."""
    received = DAMAGE_CLUES + damage_like_gansu("\n".join(lines))
    repaired = repair(received)
    ends = [0, *(one.end for one in repaired.repairs)]
    starts = [*(one.start for one in repaired.repairs), len(received)]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))
    assert all(received[one.start : one.end] == one.before for one in repaired.repairs)
    assert apply(received, repaired.repairs) == repaired.text
    assert undo(repaired.text, repaired.repairs) == received
    assert repair(repaired.text).text == repaired.text


@given(st.text(alphabet="省（区）。，?a(ōè務wù)經jīng濟jì網wǎng表ㄒ唬┕\ue0a6_€1\n", max_size=60))
def test_any_text_can_be_repaired_and_undone(text: str) -> None:
    """Whatever the text, repair does not fail and can be undone."""
    received = DAMAGE_CLUES + text
    repaired = repair(received)
    assert undo(repaired.text, repaired.repairs) == received


def test_maps_offsets_both_ways() -> None:
    """Offsets move with the repairs before them; inside a repair they fall on its start."""
    repairs = (
        Repair(2, 7, "(wèn)", "", "pinyin_annotation", exact=True),
        Repair(9, 10, "?", "省份", "lost_byte", exact=False, margin=1.0),
    )
    offsets = OffsetMap(repairs)
    assert [offsets.to_repaired(at) for at in (0, 2, 5, 7, 9, 10, 12)] == [0, 2, 2, 2, 4, 6, 8]
    assert [offsets.to_received(at) for at in (0, 1, 3, 4, 5, 6, 8)] == [0, 1, 8, 9, 9, 10, 12]


REPORT_OFFSETS = OffsetMap(repair(damage_like_gansu(REPORT)).repairs)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mapped_spans_keep_their_order(one: int, other: int) -> None:
    """A span mapped either way still starts before it ends."""
    offsets = REPORT_OFFSETS
    start, end = sorted((one, other))
    assert offsets.to_repaired(start) <= offsets.to_repaired(end)
    assert offsets.to_received(start) <= offsets.to_received(end)


def read_seed(corpus: Path, number: str) -> str:
    """Return the text of one seed document."""
    return next((corpus / "seeds").glob(f"{number}_*.txt")).read_text("utf-8")


def test_restores_the_gansu_page(corpus: Path) -> None:
    """The real broken page becomes complete simplified Chinese with all its figures."""
    received = read_seed(corpus, "001")
    repaired = repair(received)
    for words in (
        "各省(区、市)第三方评估",
        "农业专家库,",
        "(一)公开渠道",
        "被点名表扬,如:",
        "(六)依申请公开",
    ):
        assert words in repaired.text
    for line in repaired.text.split("\n"):
        assert not set(line) & set("?€┕ㄒ﹤\ue0a6務經網顯") or "?" not in line
    figures = (
        "5亿余 4亿余 476万余 30余万 23个 6% 1563668 8.91% 3566 776211 92754 55257 635880 4个 9个 157 1000条 "
        "6万户 2071 852 33 826 360 563 1044 87 69 192 17 10 89"
    )
    assert [figure for figure in figures.split() if figure not in repaired.text] == []
    assert undo(repaired.text, repaired.repairs) == received
    assert repair(repaired.text).repairs == ()


@pytest.mark.parametrize("number", ["000", "002", "004"])
def test_leaves_the_sound_seeds_alone(corpus: Path, number: str) -> None:
    """Real documents without damage come back unchanged and unmasked."""
    received = read_seed(corpus, number)
    repaired = repair(received)
    assert (repaired.text, repaired.repairs, repaired.masked) == (received, (), ())


def test_mends_the_header_and_the_names_of_the_mirrored_seed(corpus: Path) -> None:
    """The mirror copy gets its spaces back, and its government's name where brands stood."""
    received = read_seed(corpus, "003")
    repaired = repair(received)
    spaces, names = repaired.repairs[:2], repaired.repairs[2:]
    assert [(one.before, one.after) for one in spaces] == [("??", "  ")] * 2
    restored = ("mobile288-365", "安乡县人民政府", "brand_restored", False)
    assert [(one.before, one.after, one.rule, one.exact) for one in names] == [restored] * 2
    assert [repaired.text[start:end] for start, end in repaired.masked] == ["安乡县人民政府"] * 2
    assert undo(repaired.text, repaired.repairs) == received


def test_leaves_real_pages_alone(corpus: Path) -> None:
    """Nothing is repaired in the policy documents of a sound site."""
    for path in sorted((corpus / "data" / "pages" / "govcn").glob("*.html")):
        text = path.read_text("utf-8", errors="replace")
        assert (path.name, repair(text).repairs) == (path.name, ())
