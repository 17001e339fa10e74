"""The head of a report says who, which year, what kind, whose figures, and how sure that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.reading import read
from parsers.head import Head, read_head, unusual_form
from parsers.metadata import METADATA_IDS
from parsers.model import Context, Document, FormName, Repair
from parsers.roles import Signature, find_signature, title_body

NO_METADATA: dict[str, str | None] = dict.fromkeys(METADATA_IDS)
TITLE = "2017年海陵区政务公开工作年度报告"
SECTIONS = "一、主动公开情况\n略\n二、依申请公开情况\n略\n三、存在的主要问题\n略"


def document(
    text: str = "",
    *,
    title: str | None = TITLE,
    url: str | None = None,
    masked: tuple[tuple[int, int], ...] = (),
    repairs: tuple[Repair, ...] = (),
    meta_tags: dict[str, str] | None = None,
    **metadata: str,
) -> Document:
    """Return a document of one paragraph with a header."""
    return Document(
        media_type="text/html",
        url=url,
        title=title,
        metadata=NO_METADATA | metadata,
        meta_tags=meta_tags or {},
        text=text,
        received=text,
        repairs=repairs,
        masked=masked,
    )


def head(text: str = "", context: Context | None = None, **parts: str) -> Head:
    """Return the head of a document made of ``parts``."""
    return read_head(document(text, **parts), context or Context())  # type: ignore[arg-type]


def rules(found: Head) -> set[str]:
    """Return the rule ids of the findings of a head."""
    return {finding.rule for finding in found.findings}


TITLES = {
    "2017年海陵区政务公开工作年度报告": "海陵区",
    "2011年度安乡县政府信息公开工作年度报告": "安乡县",
    "安乡县人民政府信息公开年报(2011年度)": "安乡县人民政府",
    "平潭县人民政府2011年政府信息公开工作年度报告": "平潭县人民政府",
    "关于泰州市教育局2012年度政府信息公开工作的报告": "泰州市教育局",
    "【图解】二○一七年萍乡市政府信息公开工作年度报告": "萍乡市",
    "甘肃省人民政府办公厅关于2016年政务公开工作考核情况的通报": "甘肃省人民政府办公厅",
    "政府信息公开工作年度报告": "",
    "一、基本情况概述": None,
}


@pytest.mark.parametrize(("title", "body"), TITLES.items())
def test_cuts_the_body_out_of_a_title(title: str, body: str | None) -> None:
    """What stands before the topic, without the year, is the body; a heading is no title."""
    assert title_body(title) == body


SIGNATURES = {
    "正文。\n\n        安乡县政务公开办\n          2012年3月20日": (
        "安乡县政务公开办",
        "2012-03-20",
    ),
    "正文。 平潭县人民政府 二○一二年二月二十日 附件1：统计表": ("平潭县人民政府", "2012-02-20"),
    "正文。\n某某县人民政府办公室\n2019年1月8日\n附表\n指标\n数": (
        "某某县人民政府办公室",
        "2019-01-08",
    ),
    "正文若干字若干字若干字若干字若干字。\n某某市教育局\n2021926": ("某某市教育局", "2021-09-26"),
    "正文日常化。 二○一二年二月二十日 附件1：统计表": (None, "2012-02-20"),
    "正文。截至2017年12月31日，共受理申请9件。": (None, None),
    "正文。\n下一步将继续努力。\n2018年1月5日": (None, "2018-01-05"),
    "正文。\n2018年1月5日,本局召开会议。": (None, None),
    "正文日常化。\n某某县人民政府\n2017年3月1日\n- 4 -": ("某某县人民政府", "2017-03-01"),
    "正文若干字若干字若干字若干字若干字。\n某某市教育局\n2021年926日": (
        "某某市教育局",
        "2021-09-26",
    ),
    "正文日常化。\n某某市教育局\n二〇一八年元月五日\n抄送：某某局": ("某某市教育局", "2018-01-05"),
    "": (None, None),
}


@pytest.mark.parametrize(("text", "expected"), SIGNATURES.items())
def test_finds_the_signature_block(text: str, expected: tuple[str | None, str | None]) -> None:
    """A body and a day by themselves near the end are the signature; a sentence is not."""
    assert find_signature(text) == Signature(*expected)


def test_reads_the_three_roles_apart() -> None:
    """The county is the subject although one office compiled and another uploaded the report."""
    found = head(
        "本报告由泰州市海陵区政府信息公开领导小组办公室编制。2017年全区收到信息公开申请70件。",
        publisher="海陵区政府",
        document_date="2018-02-27",
    )
    assert found.roles.subject is not None
    assert found.roles.subject.key == "321202/人民政府"
    assert found.roles.compiler == "泰州市海陵区政府信息公开领导小组办公室"
    assert found.roles.uploader == "海陵区政府"
    assert (found.published, found.written) == ("2018-02-27", None)
    assert (found.scope, found.scope_words) == ("jurisdiction", "全区")
    assert found.findings == ()


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("安乡县人民政府办公室2017年政府信息公开工作年度报告", "430721/人民政府办公室"),
        ("安乡县政务公开办2011年政府信息公开工作年度报告", "430721/人民政府"),
        ("安乡县人民政府办公室关于2017年政务公开工作考核情况的通报", "430721/人民政府"),
        ("泰州市海陵区教育局2017年政府信息公开工作年度报告", "321202/教育局"),
        ("楚雄州人民政府办公室关于楚雄州2017年政务公开工作要点落实情况的报告", "532300/人民政府"),
        ("平潭综合实验区2019年度政府信息公开工作年度报告", "350128/平潭综合实验区管委会"),
    ],
)
def test_takes_the_subject_from_the_title(title: str, key: str) -> None:
    """An office speaks for its government, unless the title of an annual report names the office."""
    subject = head(title=title).roles.subject
    assert subject is not None
    assert subject.key == key


def test_falls_back_to_the_text_and_says_so() -> None:
    """Without a title the first region of the text is the subject; quoted papers do not count."""
    text = "根据《云南省人民政府办公厅关于印发方案的通知》，2017年，萍乡市各级行政机关公开信息。\n"
    found = head(text + SECTIONS, title="一、概述")
    assert found.roles.subject is not None
    assert found.roles.subject.key == "360300/人民政府"
    assert rules(found) == {"subject_not_in_title"}


def test_takes_a_department_from_its_signature() -> None:
    """A report whose title names nobody and that speaks of 我局 belongs to the bureau that signs."""
    found = head(
        "2017年，我局按照要求公开信息，我局共收到申请3件。\n泰州市教育局\n2018年1月8日",
        title="2017年政府信息公开工作年度报告",
    )
    assert found.roles.subject is not None
    assert found.roles.subject.key == "321200/教育局"
    assert (found.scope, found.scope_words) == ("own_organ", "我局")
    assert "subject_not_in_title" in rules(found)


def test_a_department_may_sign_for_its_government() -> None:
    """A report of the whole district signed by one of its bureaux is the government's."""
    signed = "\n泰州市海陵区行政审批局\n2023年1月28日"
    titled = head(
        "2022年，全区各部门公开信息。" + signed, title="2022年海陵区政府信息公开工作年度报告"
    )
    untitled = head("2022年，全区各部门公开信息。" + signed, title="2022年政府信息公开工作年度报告")
    for found in (titled, untitled):
        assert found.roles.subject is not None
        assert found.roles.subject.key == "321202/人民政府"
        assert found.roles.compiler == "泰州市海陵区行政审批局"
        assert "roles_do_not_agree" not in rules(found)
    own = head("2022年，本局公开信息。" + signed, title="2022年政府信息公开工作年度报告")
    assert own.roles.subject is not None
    assert own.roles.subject.key == "321202/行政审批局"


@pytest.mark.parametrize(
    "title", ["关于2017年度全市政务公开考核情况的通报", "我市2017年政务公开情况通报"]
)
def test_the_whole_city_is_no_name(title: str) -> None:
    """全市 and 我市 in a title name nobody: the signature tells, and no body is called unknown."""
    found = head("现通报如下。\n泰州市人民政府办公室\n2018年1月8日", title=title)
    assert found.roles.subject is not None
    assert found.roles.subject.key == "321200/人民政府"
    assert "body_unknown" not in rules(found)


def test_doubts_a_header_that_does_not_agree_with_itself() -> None:
    """A wrong check digit and a day of publication before the signature are noticed."""
    signed = "正文。\n泰州市海陵区人民政府\n2018年3月20日"
    assert "published_before_written" in rules(head(signed, publish_date="2018-01-08"))
    assert "published_before_written" not in rules(head(signed, publish_date="2018-03-21"))
    assert "published_before_written" not in rules(head(signed, publish_date="2018"))
    assert "index_number_check" in rules(head(index_number="115323000151673133/2018-1"))
    assert "index_number_check" not in rules(head(index_number="001000/2018-00003"))


@pytest.mark.parametrize(
    ("sentence", "compiler"),
    [
        ("本报告由安乡县人民政府办公室编制。", "安乡县人民政府办公室"),
        ("本报告由安乡县政府办公室根据《条例》（国令第711号）要求编制此报告。", "安乡县政府办公室"),
        ("本报告由安乡县政府办公室负责编制。", "安乡县政府办公室"),
        ("本报告由概述、主动公开情况等部分组成。", None),
    ],
)
def test_reads_who_compiled_a_report(sentence: str, compiler: str | None) -> None:
    """The sentence 由…编制 names the compiler where nobody signs."""
    assert head(sentence).roles.compiler == compiler


def test_takes_the_portal_last() -> None:
    """Where nothing on the page names a body, the government of the portal's region is meant."""
    title = "2017年政府信息公开工作年度报告"
    found = head("无。", Context(portal_region="321202"), title=title)
    assert found.roles.subject is not None
    assert found.roles.subject.key == "321202/人民政府"
    assert head("无。", title=title).roles.subject is None
    assert head("无。", Context(portal_region="321202"), title="首页").roles.subject is None
    assert "body_unknown" in rules(head("无。", title=title))


def test_does_not_give_an_unknown_body_to_the_portal() -> None:
    """A title that names a body of no register leaves the subject open, whatever the portal is."""
    title = "火星大学2017年政府信息公开工作年度报告"
    found = head("无。", Context(portal_region="321202"), title=title)
    assert found.roles.subject is None
    assert rules(found) == {"body_unknown"}
    ours = head("无。", Context(portal_region="321202"), title="我区2017年政府信息公开年度报告")
    assert ours.roles.subject is not None
    assert ours.roles.subject.key == "321202/人民政府"


def test_leaves_a_repeated_name_open() -> None:
    """A district name that several cities have gives no subject unless something tells them apart."""
    title = "鼓楼区2017年政府信息公开工作年度报告"
    assert head(title=title).roles.subject is None
    assert "body_ambiguous" in rules(head(title=title))
    told = head("2017年，南京市鼓楼区认真贯彻条例。", title=title).roles.subject
    assert told is not None
    assert told.key == "320106/人民政府"


def test_says_when_the_roles_do_not_agree() -> None:
    """A report of one county uploaded by another is a finding; its city and its offices agree."""
    assert "roles_do_not_agree" in rules(head(publisher="安乡县人民政府办公室"))
    assert "roles_do_not_agree" not in rules(head(publisher="泰州市人民政府办公室"))
    assert "roles_do_not_agree" not in rules(head(publisher="区政府办"))
    assert "index_number_elsewhere" in rules(head(index_number="115323000151673132/2018-1"))


# year, text, title, published, finding
YEARS = [
    (2017, "", "2018年某县关于2017年度政府信息公开工作的报告", None, None),
    (2011, "", "二○一一年安乡县政府信息公开工作年度报告", None, None),
    (2017, "统计期限自2016年1月1日至2016年12月31日。", TITLE, None, "year_does_not_agree"),
    (2017, "统计期限自2017年1月1日起至2017年12月31日止。", TITLE, None, None),
    (2016, "统计时限为2016年1月1日至12月31日。", "海陵区政府信息公开年报", None, None),
    (2015, "2015年度，海陵区公开信息。", "海陵区政府信息公开年报", None, None),
    (2017, "2017年，海陵区公开信息。", "海陵区政府信息公开年报", None, None),
    (2017, SECTIONS, "海陵区政府信息公开年报", "2018-02-27", "year_inferred"),
    (None, SECTIONS, "海陵区政府信息公开年报", None, "year_unknown"),
    (None, "", "海陵区新闻", "2018-02-27", None),
]


@pytest.mark.parametrize(("year", "text", "title", "published", "finding"), YEARS)
def test_takes_the_year_in_the_order_of_trust(
    year: int | None, text: str, title: str, published: str | None, finding: str | None
) -> None:
    """Title, period sentence, opening, document number, publication; disagreement is a finding."""
    found = head(text, title=title, publish_date=published or "")
    assert found.year == year
    assert {rule for rule in rules(found) if rule.startswith("year")} == ({finding} - {None})


# text, scope, words
SCOPES = [
    ("2017年全区共收到政府信息公开申请70件。", "jurisdiction", "全区"),
    ("2017年，区政府收到政府信息公开申请7件。", "own_level", "区政府"),
    ("2017年区本级共受理申请7件。", "own_level", "区本级"),
    ("2017年，海陵区共受理政府信息公开申请9件。", "jurisdiction", "海陵区"),
    ("全区受理申请7件。区本级受理申请2件。", "unknown", "全区、区本级"),
    ("全区绿化很好。", "unknown", None),
    ("区政府信息公开栏目主动公开信息9条。", "unknown", None),
    ("省政府收到申请900件。", "unknown", None),
    ("2013年，我办共收到政府信息公开申请27件。", "own_organ", "我办"),
]


@pytest.mark.parametrize(("text", "scope", "words"), SCOPES)
def test_reads_whose_figures_they_are(text: str, scope: str, words: str | None) -> None:
    """The words before a figure show its scope; two scopes are none, and another level's is none."""
    found = head(text)
    assert (found.scope, found.scope_words) == (scope, words)


def test_dates_publication_by_header_address_or_list() -> None:
    """The header's date comes before the one in the address, and that before the list's."""
    url = "http://www.hailing.gov.cn/art/2018/3/1/art_1_2.html"
    assert head(url=url, publish_date="2018-01-08 09:06:51").published == "2018-01-08"
    assert head(url=url).published == "2018-03-01"
    assert head(url="http://a.test/zfxxgk/201804/t20180412_80716.htm").published == "2018-04-12"
    assert head(url="http://a.test/nb/201804/1.htm").published == "2018-04"
    assert head(url="http://a.test/201804/P020180413_2.pdf").published == "2018-04-13"
    listed = Context(link_date="2018-05-02")
    assert head("", listed).published == "2018-05-02"
    assert head("", listed, url="http://a.test/nb/201804/1.htm").published == "2018-05-02"
    assert head("", listed, url="http://a.test/20180499/9.htm").published == "2018-05-02"
    assert head(publish_date="无").published is None


SPAM = {
    "hidden advertising": ('<a href="http://a.example/">365体育投注</a>', "compromised"),
    "the same words at home": ('<a href="/n/1.html">警方捣毁一网上赌场</a>', "official"),
    "of another government": ('<a href="http://b.gov.cn/">打击网上赌场</a>', "official"),
    "a lottery": ('<a href="http://lottery.example/">中国体育彩票</a>', "official"),
}


@pytest.mark.parametrize("case", SPAM.values(), ids=SPAM)
def test_links_that_intruders_put_in_compromise_a_page(case: tuple[str, str]) -> None:
    """Gambling linked on foreign hosts compromises an official page, shown or hidden."""
    link, quality = case
    html = (
        f'<body><div style="left:-9999px">{link}</div><h1>{TITLE}</h1><p>共收到申请3件。</p></body>'
    )
    url = "http://www.hailing.gov.cn/1.html"
    page = read(html.encode(), content_type="text/html; charset=utf-8", context=Context(url=url))
    assert page.report.source_quality == quality


def test_tells_how_far_a_source_is_trusted() -> None:
    """A brand compromises a page; gov.cn is official, and other hosts are mirrors unless checked."""
    annotated = (Repair(0, 1, "x", "", "pinyin_annotation", exact=True),)
    url = "http://www.hailing.gov.cn/1.html"

    def quality(page: Document, context: Context | None = None) -> str:
        return read_head(page, context or Context()).source_quality

    assert quality(document("x", masked=((0, 1),), url=url)) == "compromised"
    assert quality(document("x", repairs=annotated, url=url)) == "mirror"
    assert quality(document("x"), Context(official=False)) == "mirror"
    assert quality(document("x", url=url)) == "official"
    assert quality(document("x"), Context(official=True)) == "official"
    assert quality(document("x", url="http://gov.cn.example.com/")) == "mirror"
    assert quality(document("x")) == "unknown"


@pytest.mark.parametrize(
    ("form", "year", "is_unusual"),
    [
        ("national_2014", 2017, False),
        ("national_2019", 2021, True),
        ("narrative", 2017, True),
        ("narrative", 2011, False),
        ("mixed", 2021, False),
        ("national_2021", None, False),
    ],
)
def test_remarks_on_a_form_unusual_for_its_year(
    form: FormName, year: int | None, *, is_unusual: bool
) -> None:
    """A late or early form is a notice, and only for annual reports."""
    assert bool(unusual_form("annual_report", form, year)) is is_unusual
    assert unusual_form("circular", form, year) == ()


@given(
    st.text(
        alphabet="2017年度海陵区关于政府信息公开报告由编制全区收到申请9件\n日月 ", max_size=200
    ),
    st.text(alphabet="2017年度海陵区关于政府信息公开报告【】()", max_size=60),
)
def test_reads_a_head_from_whatever_comes(text: str, title: str) -> None:
    """Any text and title give a head, never an exception."""
    found = head(text, title=title, publisher=title, publish_date=text[:20])
    assert found.kind.kind in {"annual_report", "circular", "implementation_report", "other"}
