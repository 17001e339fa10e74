"""What sentences tell: every figure of three real reports, by hand, and sentences of our own."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from parsers.charset import decode
from parsers.document import read_document
from parsers.forms import detect_form
from parsers.model import Document, Statistic
from parsers.report import read_report
from parsers.statistics import read_statistics

# Read by a person from the pages, in their order. First the figures of known fields with what is
# printed (words for a zero), then all other figures that count something, as printed.
SEEDS: dict[str, tuple[int, list[tuple[str, str]], str]] = {
    "000": (
        2017,
        [
            ("requests_received_total", "41件"),
            ("proactive_total", "96463条"),
            ("proactive_by_website", "96463条"),
            ("website_visits", "544万人次"),
            ("press_conference_total", "17场"),
            ("press_conference_by_principal", "12场"),
            ("requests_received_total", "41件"),
            ("requests_online", "30件"),
            ("requests_in_person", "11件"),
            ("request_fees_collected", "无"),
            ("reconsideration_total", "5件"),
            ("litigation_total", "2件"),
            ("litigation_upheld_or_dismissed", "2件"),
            ("complaints_total", "无"),
        ],
        (
            "10余次 6次 100% 7项 18项 274项 近10项 8个 74项 16类 不少于7天 3513条 3.6% 11919条 12.4% 1630条 1.7% 4期"
            " 150件 26人次 28件 24场 178个 252309名 56个 157个 5014条 5.3万次 50569名 1213条 近90万次 9000多次"
            " 近5000条 11"
        ),
    ),
    "001": (
        2016,
        [
            ("consult_total", "5亿余人次"),
            ("consult_onsite", "476万余人次"),
            ("consult_phone", "30余万人次"),
            ("proactive_total", "1563668条"),
            ("proactive_by_gazette", "3566条"),
            ("proactive_by_website", "776211条"),
            ("proactive_by_weibo", "92754条"),
            ("proactive_by_wechat", "55257条"),
            ("proactive_by_other", "635880条"),
            ("requests_received_total", "2071件"),
            ("requests_in_person", "852件"),
            ("requests_by_fax", "33件"),
            ("requests_online", "826件"),
            ("requests_by_mail", "360件"),
            ("reply_already_public", "563件"),
            ("reply_granted", "1044件"),
            ("reply_partially_granted", "87件"),
            ("reply_refused_total", "69件"),
            ("reply_not_this_agency", "192件"),
            ("reply_info_not_exist", "17件"),
            ("reply_asked_to_amend", "10件"),
            ("reply_other_channel", "89件"),
        ],
        "31个 4亿余条 23个 6% 8.91% 4个 9个 157篇 突破1000条 6万户",
    ),
    "002": (
        2017,
        [
            ("interpretation_articles", "213条"),
            ("response_hot_issue_total", "64次"),
            ("online_interview_total", "6期"),
            ("proactive_total", "2613条"),
            ("proactive_by_wechat", "1195条"),
            ("proactive_by_weibo", "1275条"),
            ("requests_received_total", "70件"),
            ("requests_in_person", "3件"),
            ("requests_by_fax", "0件"),
            ("requests_online", "44件"),
            ("requests_by_mail", "23件"),
            ("request_fees_collected", "无"),
            ("reconsideration_total", "3件"),
            ("reconsideration_corrected", "1件"),
            ("litigation_total", "5件"),
            ("litigation_corrected", "0件"),
        ],
        (
            "308件 308件 100% 4天 308件 100M 1000M 100M 50M 1万余人 3667项 664项 3个工作日 30个 11个 20903条 34个"
            " 7725条 347.7% 22个 3601项 3754份 647项 583项 90%以上"
        ),
    ),
    "003": (
        2011,
        [
            ("staff_total", "100"),
            ("proactive_total", "近8100条"),
            ("proactive_fulltext_electronic_rate", "80%"),
            ("requests_received_total", "9件"),
            ("requests_in_person", "1件"),
            ("requests_by_mail", "1件"),
            ("requests_online", "7件"),
            ("replies_total", "9件"),
            ("reply_granted", "9件"),
            ("consult_total", "24100次"),
            ("consult_phone", "9000次"),
            ("consult_onsite", "9100人次"),
            ("consult_online", "6000次"),
            ("website_visits", "72万次"),
            ("reconsideration_total", "无"),
            ("request_fees_collected", "无"),
        ],
        (
            "18个 8个 8个 16个 12平方米 6个以上 1586条 12500人 19522人 158期 5期 436条 434条 28期 46家 4名 4次"
            " 228人 56571件 近8642万元 1164件 近940万元 19个 19个 9个 10个 28家 98大条 大约90% 10% 100% 90% 10%"
        ),
    ),
}


def text_document(text: str) -> Document:
    """A plain text as a document."""
    return Document("text/plain", None, None, {}, {}, text, text)


def read(text: str, year: int = 2017) -> list[Statistic]:
    """What the sentences of a narrative report tell."""
    return list(read_statistics(text_document(text), "narrative", year, "unknown")[0])


def as_printed(one: Statistic) -> str:
    """The printed figure, or 无 for a zero in words."""
    return "无" if one.state == "zero_phrase" else one.raw


@pytest.mark.parametrize("number", SEEDS)
def test_every_figure_of_a_real_report_is_kept(corpus: Path, number: str) -> None:
    """Known fields: 97 % found and 97 % right; nine in ten other figures are kept as printed."""
    year, fields, others = SEEDS[number]
    path = next((corpus / "seeds").glob(f"{number}_*"))
    document = read_document(decode(path.read_bytes(), None, "text/plain"))
    form = detect_form(document.text, document.tables)
    statistics, _ = read_statistics(document, form, year, "unknown")
    statistics = tuple(s for s in statistics if s.source == "narrative")
    told = Counter((s.field, as_printed(s)) for s in statistics if not s.field.startswith("x_"))
    wanted = Counter(fields)
    right = (told & wanted).total()
    assert right >= 0.97 * wanted.total(), wanted - told
    assert right >= 0.97 * told.total(), told - wanted
    kept = Counter(s.raw for s in statistics if s.field.startswith("x_"))
    figures = Counter(others.split())
    assert (kept & figures).total() >= 0.9 * figures.total(), figures - kept
    assert not kept - figures


# A figure that a measure word follows: 28085(张)次, 1万余份, 8%; years, days and 〔2017〕41号 are none.
COUNTED = re.compile(r"\d+(?:[.,]\d+)*(?=[余多]{0,2}(?:\([张条]\))?[\u4e00-\u9fff%])(?![年月日号])")
# What the long report prints so that counts nothing or names no unit, by hand: an issue of 100
# questions, the ten counties (five times), and hot lines.
UNCOUNTED = Counter({"10": 5, "100": 1, "12315": 1, "96128": 2})
# How some figures of that report are to be read: value, unit, qualifier, scope and period.
READ = {
    "28085(张)次": (28085, "次", "exact", "jurisdiction", None, None),
    "0.5万册": (5000, "册", "exact", "jurisdiction", None, None),
    "1215582.27万元": (12155822700, "元", "exact", "jurisdiction", None, None),
    "1778.35亿元": (177835000000, "元", "exact", "jurisdiction", None, None),
    "0.0899元": (Decimal("0.0899"), "元", "exact", "jurisdiction", None, None),
    "11636.0295亩": (Decimal("11636.0295"), "亩", "exact", "jurisdiction", None, None),
    "约4600万元": (46000000, "元", "about", "jurisdiction", None, None),
    "100多万笔": (1000000, "笔", "more_than", "jurisdiction", None, None),
    "767年": (767, "件", "exact", "jurisdiction", None, None),
    "87个": (87, "个", "exact", "own_level", None, None),
    "251条": (251, "条", "exact", "jurisdiction", "2017-01-01", "2017-11-30"),
    "34条": (34, "条", "exact", "jurisdiction", "2017-01-01", None),
    "65户": (65, "户", "exact", "jurisdiction", None, "2017-10-31"),
    "2530次": (2530, "次", "exact", "jurisdiction", None, "2017-12-15"),
    "41个": (41, "个", "exact", "jurisdiction", None, None),
}


@pytest.fixture(scope="module")
def long_report(corpus: Path) -> tuple[Document, tuple[Statistic, ...]]:
    """The report of 楚雄州, which counts a great deal and none of it in the words of a form."""
    path = next((corpus / "seeds").glob("004_*"))
    document = read_document(decode(path.read_bytes(), None, "text/plain"))
    return document, read_report(document).statistics


def test_every_count_of_the_long_report_is_kept(
    long_report: tuple[Document, tuple[Statistic, ...]],
) -> None:
    """Whatever a measure word follows is a statistic; one figure alone is of a known field."""
    document, statistics = long_report
    spans = [range(s.start or 0, s.end or 0) for s in statistics]
    counted = list(COUNTED.finditer(document.text))
    left = [m.group() for m in counted if not any(m.start() in span for span in spans)]
    assert len(counted) > 200
    assert Counter(left) == UNCOUNTED
    known = [(s.field, s.value) for s in statistics if not s.field.startswith("x_")]
    assert known == [("press_conference_total", 39)]


@pytest.mark.parametrize("raw", READ)
def test_figures_of_the_long_report_are_read_as_meant(
    long_report: tuple[Document, tuple[Statistic, ...]], raw: str
) -> None:
    """Multipliers, wrong units, part years and scopes are those of the sentence."""
    found = [
        (s.value, s.unit, s.qualifier, s.scope, s.period_start, s.period_end)
        for s in long_report[1]
        if s.raw == raw
    ]
    assert READ[raw] in found


REQUESTS, REVIEW = "三、依申请公开情况\n", "五、行政复议、行政诉讼情况\n"


@pytest.mark.parametrize(
    ("sentence", "scope", "words"),
    [
        ("全县共受理政府信息公开申请5件。", "jurisdiction", "全县"),
        ("市本级共受理政府信息公开申请5件。", "own_level", "市本级"),
        ("我局共受理政府信息公开申请5件。", "own_organ", "我局"),
        ("共受理政府信息公开申请5件。", "unknown", None),
        ("全市工作有序。共受理政府信息公开申请5件。", "unknown", None),
        ("在县政府网站上,共受理政府信息公开申请5件。", "unknown", None),
    ],
)
def test_a_number_has_the_words_that_show_its_scope(
    sentence: str, scope: str, words: str | None
) -> None:
    """The words of the same sentence before a number are kept with its scope."""
    assert [(s.scope, s.scope_words) for s in read(REQUESTS + sentence)] == [(scope, words)]


@pytest.mark.parametrize(
    ("area", "sentence", "scope"),
    [
        ("楚雄彝族自治州", "按照省政府安排，共受理政府信息公开申请5件。", "unknown"),
        ("楚雄彝族自治州", "占全省总数，共受理政府信息公开申请5件。", "unknown"),
        ("楚雄彝族自治州", "州本级共受理政府信息公开申请5件。", "own_level"),
        ("楚雄彝族自治州", "全州共受理政府信息公开申请5件。", "jurisdiction"),
        ("楚雄彝族自治州", "各级行政机关共受理政府信息公开申请5件。", "jurisdiction"),
        ("平湖市", "市政府共受理政府信息公开申请5件。", "own_level"),
        ("安乡县", "市政府要求公开，共受理政府信息公开申请5件。", "unknown"),
        ("平湖市乍浦镇", "我镇共受理政府信息公开申请5件。", "jurisdiction"),
        ("平湖市乍浦镇", "全县共受理政府信息公开申请5件。", "unknown"),
        ("安乡县", "各乡镇政府共受理政府信息公开申请5件。", "unknown"),
    ],
)
def test_words_of_another_kind_of_region_show_no_scope(
    area: str, sentence: str, scope: str
) -> None:
    """省政府 in the report of a prefecture is another body; its own words still count."""
    document = text_document(f"{REQUESTS}{sentence}\n")
    (one,) = read_statistics(document, "narrative", 2017, "unknown", area)[0]
    assert one.scope == scope


@pytest.mark.parametrize(
    "sentence",
    [
        "如有疑问请联系（电话：24336240；传真：24336410；邮编：350400）。",
        "传真:86236519。",
        "咨询电话：12345。",
        "电子邮件：1234567@qq.test。",
        "申请统一受理号码12345678。",
    ],
)
@pytest.mark.parametrize("heading", ["", "三、依申请公开情况\n", "四、咨询处理情况\n"])
def test_how_to_reach_an_office_is_no_statistic(heading: str, sentence: str) -> None:
    """Telephone, fax and post codes stand behind the words of fields and count nothing."""
    assert read(f"{heading}{sentence}\n") == []


def test_a_count_without_its_unit_is_still_one() -> None:
    """传真申请0 is a count whose unit was lost."""
    (one,) = read(f"{REQUESTS}传真申请12。\n")
    assert (one.field, one.value, one.flags) == ("requests_by_fax", 12, ("unit_inferred",))


def test_two_scopes_in_one_sentence_are_kept_apart() -> None:
    """Each number has the scope of the last words before it."""
    found = read(REQUESTS + "全市共收到政府信息公开申请70件，其中市本级收到申请20件。\n")
    assert [(s.value, s.scope, s.scope_words) for s in found] == [
        (70, "jurisdiction", "全市"),
        (20, "own_level", "市本级"),
    ]


OTHERS = [
    ("共分类公布信息98大条。", [("98大条", 98, "条")]),
    ("优惠办理指南16类。", [("16类", 16, "类")]),
    ("不予公开信息数1402。", [("1402", 1402, None)]),
    ("带宽从100M提速到1000M。", [("100M", 100, "M"), ("1000M", 1000, "M")]),
    ("在为期3个月的检查中。", [("3个月", 3, "个月")]),
    ("投诉件767年，占比不详。", [("767年", 767, "件")]),
    ("不予公开信息数1563668。", [("1563668", 1563668, None)]),
    ("编号1402。", []),
    ("接入B2G平台和5G网络。", []),
    ("2017年，各项工作有序开展。", []),
    ("详见附件3。", []),
    ("来源：县政府办　发布时间：2013-03-05　点击：326次　字号【大 中 小】", []),
]


@pytest.mark.parametrize(("sentence", "expected"), OTHERS, ids=[o[0][:10] for o in OTHERS])
def test_what_counts_is_kept_and_what_does_not_is_not(
    sentence: str, expected: list[tuple[str, int, str | None]]
) -> None:
    """A count without a unit is kept after a word that says so; the page's own counter is not."""
    found = read(f"{sentence}\n")
    assert [(s.raw, s.value, s.unit) for s in found] == expected
    assert all(s.field.startswith("x_") for s in found)


PROACTIVE, RESPONSES = "二、主动公开政府信息情况\n", "三、回应解读情况\n"
STAFF = "六、机构建设和保障经费情况\n"
# Rows of the form of 2014 told in sentences: section, sentence, field and value in their order.
PARTS: list[tuple[str, str, list[tuple[str, int]]]] = [
    (
        PROACTIVE,
        "主动公开政府信息9310条，其中主动公开规范性文件54条，制发规范性文件60件。",
        [
            ("proactive_total", 9310),
            ("proactive_normative_docs_disclosed", 54),
            ("normative_docs_issued_total", 60),
        ],
    ),
    (
        PROACTIVE,
        "其中，政府公报公开政府信息210条，政府网站公开7120条，政务微博公开信息30条，政务微信公开640条，其他方式公开88条。",
        [
            ("proactive_by_gazette", 210),
            ("proactive_by_website", 7120),
            ("proactive_by_weibo", 30),
            ("proactive_by_wechat", 640),
            ("proactive_by_other", 88),
        ],
    ),
    (
        RESPONSES,
        "举办新闻发布会4次，其中主要负责同志参加新闻发布会3次；开展在线访谈6期，主要负责同志参加政府网站在线访谈5次。",
        [
            ("press_conference_total", 4),
            ("press_conference_by_principal", 3),
            ("online_interview_total", 6),
            ("online_interview_by_principal", 5),
        ],
    ),
    (
        RESPONSES,
        "微博微信回应事件172次，其他方式回应事件11次。",
        [("response_via_weibo_wechat", 172), ("response_via_other", 11)],
    ),
    (
        REQUESTS,
        "申请办结70件，其中按时办结68件，延期办结2件。",
        [
            ("requests_closed_total", 70),
            ("requests_closed_on_time", 68),
            ("requests_closed_extended", 2),
        ],
    ),
    (
        REQUESTS,
        (
            "不同意公开9件，其中涉及国家秘密1件，涉及商业秘密2件，涉及个人隐私3件，"
            "危及国家安全、公共安全、经济安全和社会稳定0件，不是《条例》所指政府信息1件，法律法规规定的其他情形2件。"
        ),
        [
            ("reply_refused_total", 9),
            ("refused_state_secret", 1),
            ("refused_trade_secret", 2),
            ("refused_personal_privacy", 3),
            ("refused_security_stability", 0),
            ("refused_not_government_info", 1),
            ("refused_other_legal", 2),
        ],
    ),
    (
        REVIEW,
        "行政复议26件，维持具体行政行为12件，其他情形11件；行政诉讼39件，其他情形17件。",
        [
            ("reconsideration_total", 26),
            ("reconsideration_upheld", 12),
            ("reconsideration_other", 11),
            ("litigation_total", 39),
            ("litigation_other", 17),
        ],
    ),
    (
        STAFF,
        (
            "政府信息公开工作专门机构41个，政府信息公开查阅点472个，从事政府信息公开工作人员128人，"
            "其中专职人员17人，兼职人员111人，政府信息公开专项经费90万元。"
        ),
        [
            ("dedicated_offices", 41),
            ("reading_points", 472),
            ("staff_total", 128),
            ("staff_full_time", 17),
            ("staff_part_time", 111),
            ("special_funding", 900000),
        ],
    ),
    (
        "七、政府信息公开会议和培训情况\n",
        "召开政府信息公开工作会议22次，举办各类培训班38期，接受培训人员1802人次。",
        [("meetings_held", 22), ("trainings_held", 38), ("trainees", 1802)],
    ),
]


@pytest.mark.parametrize(
    ("section", "sentence", "expected"), PARTS, ids=[p[2][-1][0] for p in PARTS]
)
def test_the_rows_of_the_form_are_known_in_sentences(
    section: str, sentence: str, expected: list[tuple[str, int]]
) -> None:
    """A sub-total in words takes the field of the row that the words are those of."""
    assert [(s.field, s.value) for s in read(f"{section}{sentence}\n")] == expected


LATER = {
    "不予公开5件，其中属于国家秘密1件，保护第三方合法权益2件，属于三类内部事务信息1件，属于行政查询事项1件。": {
        "reply_refused_total": 5,
        "req_denied_state_secret_total": 1,
        "req_denied_third_party_total": 2,
        "req_denied_internal_affairs_total": 1,
        "req_denied_admin_query_total": 1,
    },
    "本机关不掌握相关政府信息10件，没有现成信息需要另行制作3件，补正后申请内容仍不明确2件。": {
        "req_unable_not_held_total": 10,
        "req_unable_needs_creation_total": 3,
        "req_unable_still_unclear_total": 2,
    },
    "信访举报投诉类申请4件，重复申请3件，无正当理由大量反复申请1件。": {
        "req_notproc_petition_total": 4,
        "req_notproc_duplicate_total": 3,
        "req_notproc_excessive_total": 1,
    },
}


@pytest.mark.parametrize("sentence", LATER)
def test_the_rows_of_the_later_forms_are_known_in_sentences(sentence: str) -> None:
    """A result in the words of its row takes the total of that row, in these forms alone."""
    document = text_document(f"{REQUESTS}{sentence}\n")
    later, older = (
        read_statistics(document, form, 2022, "unknown")[0]
        for form in ("national_2021", "national_2014")
    )
    assert {s.field: s.value for s in later} == LATER[sentence]
    assert not any(s.field.startswith("req_") for s in older)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (PROACTIVE, "通过微博、微信公开信息30条。"),
        (PROACTIVE, "县教育局网站公开信息12条。"),
        (REQUESTS, "涉及国家秘密、商业秘密和个人隐私的3件。"),
        (REVIEW, "其他案件11件。"),
        (REQUESTS, "其中重复申请3件。"),
        (STAFF, "新增政府信息公开查阅点3个。"),
        (STAFF, "配备专、兼职人员5名。"),
        (STAFF, "配备专兼职人员12名。"),
        (STAFF, "政府信息公开专项经费较上年增加20万元。"),
        (PROACTIVE, "举办各类培训班38期。"),
        (STAFF, "召开政府信息公开工作会议和培训班5次。"),
    ],
)
def test_what_is_only_like_a_row_is_no_field(section: str, sentence: str) -> None:
    """Two channels at once, another body's site, an increase, other meetings: kept, not named."""
    (one,) = read(f"{section}{sentence}\n")
    assert one.field.startswith("x_")


ZEROS = [
    (
        REQUESTS,
        "本年度未收到公民、法人和其他组织要求公开政府信息的申请。",
        "requests_received_total",
    ),
    ("四、收费情况\n", "未向申请人收取任何费用。", "request_fees_collected"),
    (REVIEW, "未发生因政府信息公开引起的行政复议。", "reconsideration_total"),
]


@pytest.mark.parametrize(("section", "sentence", "field"), ZEROS, ids=[z[2] for z in ZEROS])
def test_a_sentence_says_zero(section: str, sentence: str, field: str) -> None:
    """What did not happen is a zero by its words, and nothing else."""
    found = read(f"{section}{sentence}\n")
    assert [(s.field, s.value, s.state) for s in found] == [(field, 0, "zero_phrase")]


def test_repeated_figures_are_numbered_in_their_order() -> None:
    """The ordinal tells several values of one field apart."""
    found = read(REQUESTS + "共受理政府信息公开申请5件。全年收到申请6件。\n")
    assert [(s.value, s.ordinal) for s in found] == [(5, 0), (6, 1)]


def test_a_quote_holds_the_figure_and_is_not_the_whole_text() -> None:
    """A long sentence is quoted by the clauses around the number."""
    long = "，".join(f"开展第{n}项工作" for n in "一二三四五六七八九十") * 3
    (one,) = read(f"{REQUESTS}{long}，共受理政府信息公开申请5件，{long}。\n")
    assert "申请5件" in one.quote
    assert len(one.quote) < 160
