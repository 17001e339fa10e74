"""A printed name is one body of the register, or a finding that says why not."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.bodies import Hints, resolve_body
from parsers.codes import (
    DocumentNumber,
    read_document_number,
    read_index_number,
    registering_place,
    site_region,
    telephone_regions,
)
from parsers.regions import find_regions, path_of, region_of, regions_called, regions_named

# name: key, formal name, level, organ type
NAMES = {
    "海陵区政府": ("321202/人民政府", "海陵区人民政府", "county", "government"),
    "海陵区": ("321202/人民政府", "海陵区人民政府", "county", "government"),
    "泰州市 海陵区人民政府": ("321202/人民政府", "海陵区人民政府", "county", "government"),
    "楚雄州": ("532300/人民政府", "楚雄彝族自治州人民政府", "prefecture", "government"),
    "海南州": ("632500/人民政府", "海南藏族自治州人民政府", "prefecture", "government"),
    "吉林省吉林市": ("220200/人民政府", "吉林市人民政府", "prefecture", "government"),
    "重庆市万州区": ("500101/人民政府", "万州区人民政府", "county", "government"),
    "仙桃市": ("429004/人民政府", "仙桃市人民政府", "county", "government"),
    "洪泽区": ("320813/人民政府", "洪泽区人民政府", "county", "government"),
    "甘肃省人民政府办公厅": (
        "620000/人民政府办公厅",
        "甘肃省人民政府办公厅",
        "province",
        "general_office",
    ),
    "楚雄州政府办": (
        "532300/人民政府办公室",
        "楚雄彝族自治州人民政府办公室",
        "prefecture",
        "general_office",
    ),
    "安乡县政务公开办": ("430721/政务公开办", "安乡县政务公开办", "county", "general_office"),
    "萍乡教育局": ("360300/教育局", "萍乡市教育局", "prefecture", "department"),
    "上海市教育委员会": ("310000/教育委员会", "上海市教育委员会", "province", "department"),
    "国家税务总局泰州市海陵区税务局": ("321202/税务局", "海陵区税务局", "county", "vertical"),
    "中华人民共和国南京海关": ("320100/南京海关", "南京海关", "prefecture", "vertical"),
    "安乡县人民医院": ("430721/人民医院", "安乡县人民医院", "county", "institution"),
    "平潭综合实验区": ("350128/平潭综合实验区管委会", "平潭综合实验区管委会", "zone", "government"),
    "兰州新区管委会": ("620100/兰州新区管委会", "兰州新区管委会", "zone", "government"),
    "浦东新区": ("310115/人民政府", "浦东新区人民政府", "county", "government"),
    "海陵区城东街道": ("321202/城东街道办事处", "海陵区城东街道办事处", "township", "government"),
    "安乡县大鲸港镇人民政府": (
        "430721/大鲸港镇人民政府",
        "安乡县大鲸港镇人民政府",
        "township",
        "government",
    ),
    "江苏省发改委": (
        "320000/发展和改革委员会",
        "江苏省发展和改革委员会",
        "province",
        "department",
    ),
    "江苏省人社厅": (
        "320000/人力资源和社会保障厅",
        "江苏省人力资源和社会保障厅",
        "province",
        "department",
    ),
    "国务院": (None, "国务院", "national", "government"),
    "国务院办公厅": (None, "国务院办公厅", "national", "general_office"),
    "教育部": (None, "教育部", "national", "department"),
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_resolves_a_printed_name(name: str, expected: tuple[str | None, ...]) -> None:
    """A full or short name gives the body's key, formal name, level and organ type."""
    match = resolve_body(name).match
    assert match is not None
    assert (match.key, match.name, match.level, match.organ_type) == expected


# name, hint, code, evidence
REPEATED = [
    ("南京市鼓楼区", Hints(), "320106", ()),
    ("鼓楼区人民政府", Hints(text="福州市鼓楼区2017年度"), "350102", ("text",)),
    ("鼓楼区", Hints(portal_region="410200"), "410204", ("portal",)),
    ("鼓楼区", Hints(site_code="3203020001"), "320302", ("site_code",)),
    ("海州区", Hints(document_number="连海政发〔2018〕1号"), "320706", ("document_number",)),
    ("海州区", Hints(url="http://haizhou.ln.gov.cn/a.html"), "210902", ("domain",)),
    (
        "朝阳区",
        Hints(index_number="11110105MB0000000X/2018-00001", portal_region="220100"),
        "220104",
        ("portal",),
    ),
    ("鼓楼区", Hints(whole="联系电话:0516-83221234"), "320302", ("telephone",)),
    ("鼓楼区", Hints(whole="电话:(0591)87654321,邮编350001"), "350102", ("telephone",)),
    ("朝阳区", Hints(whole="咨询电话 010 65091234"), "110105", ("telephone",)),
    ("巢湖市", Hints(year=2009), "341400", ()),
    ("巢湖市", Hints(year=2015), "340181", ()),
]


@pytest.mark.parametrize(("name", "hints", "code", "evidence"), REPEATED)
def test_tells_regions_of_one_name_apart(
    name: str, hints: Hints, code: str, evidence: tuple[str, ...]
) -> None:
    """A name that several regions bear is resolved by the first hint that leaves one of them."""
    match = resolve_body(name, hints).match
    assert match is not None
    assert (match.region_code, match.evidence) == (code, evidence)


def test_does_not_guess_between_regions_of_one_name() -> None:
    """Without a hint a repeated name is no body, and the finding names every candidate."""
    resolution = resolve_body("鼓楼区人民政府")
    assert resolution.match is None
    assert resolution.finding is not None
    assert resolution.finding.rule == "body_ambiguous"
    for candidate in ("江苏省南京市鼓楼区 320106", "福建省福州市鼓楼区 350102", "410204", "320302"):
        assert candidate in resolution.finding.message


@pytest.mark.parametrize(
    "name",
    [
        "",
        "甘肃经济信息网",
        "本站",
        "mobile288-365",
        "县政府办公室",
        "市辖区",
        "火星市人民政府",
        "县委宣传部",
    ],
)
def test_says_that_a_name_is_no_body(name: str) -> None:
    """A web site, a brand, and a relative name without its region are unknown, not guessed."""
    resolution = resolve_body(name)
    assert resolution.match is None
    assert resolution.finding is not None
    assert resolution.finding.rule == "body_unknown"


@pytest.mark.parametrize(
    ("name", "hints", "key"),
    [
        ("县政务公开办", Hints(text="2011年度安乡县政府信息公开"), "430721/政务公开办"),
        ("市政府办公室", Hints(portal_region="321202"), "321200/人民政府办公室"),
        ("省教育厅", Hints(portal_region="321202"), "320000/教育厅"),
        ("县气象局", Hints(index_number="11430721006432222A/2012-1"), None),
    ],
)
def test_reads_a_relative_name_by_the_region_of_the_page(
    name: str, hints: Hints, key: str | None
) -> None:
    """县, 市 and 省 at the head of a name mean the region of the page, where that is told."""
    match = resolve_body(name, hints).match
    assert (match and match.key) == key


@pytest.mark.parametrize(
    ("index_number", "place"),
    [
        ("115323000151673132/2018-0111001", "532300"),
        ("11341702486344515H/202110-00013", "341702"),
        ("11341702486344515h/202110-00013", "341702"),
        ("115323000151673133/2018-0111001", None),
        ("001000/2018-00003", None),
        ("014416330/2018-04736", None),
        ("", None),
    ],
)
def test_believes_a_unified_code_only_with_its_check_digit(
    index_number: str, place: str | None
) -> None:
    """The registering place is read out of a unified code whose check digit holds."""
    assert registering_place(index_number) == place


@pytest.mark.parametrize(
    ("site_code", "code"),
    [("1304000009", "130400"), ("3590000001", None), ("bm01000001", None), ("", None)],
)
def test_looks_the_site_code_up(site_code: str, code: str | None) -> None:
    """The first six digits of a site code are a region only if the register has it."""
    assert site_region(site_code) == code


def test_knows_regions_by_code_name_and_year() -> None:
    """A code has the name of its year; full, official short and bare names find it."""
    assert [r.code for r in regions_named("楚雄州")] == ["532300"]
    assert [r.code for r in regions_called("海南")] == ["460000"]
    renamed = region_of("320800", 2002), region_of("321284", 2012), region_of("321204", 2013)
    assert [region and region.name for region in renamed] == ["淮安市", "姜堰市", "姜堰区"]
    hailing = region_of("321202")
    assert hailing is not None
    assert path_of(hailing) == "江苏省泰州市海陵区"
    assert region_of("359000") is None


def test_finds_regions_in_a_sentence_but_not_in_common_words() -> None:
    """和县 inside 各市和县区 and a bare 城区 are no regions; 马鞍山市和县 is one in the other."""
    text = "各市和县区、城区街道，马鞍山市和县与楚雄州"
    found = [(text[n.start : n.end], [r.code for r in n.regions]) for n in find_regions(text)]
    assert found == [("马鞍山市", ["340500"]), ("和县", ["340523"]), ("楚雄州", ["532300"])]


@given(st.text(alphabet="泰州市海陵区县省政府办公室局人民鼓楼新开发" + string.digits, max_size=24))
def test_resolves_or_explains_whatever_is_printed(name: str) -> None:
    """Every name gives a body or a finding, never both and never an exception."""
    resolution = resolve_body(name, Hints(text=name, site_code=name, index_number=name))
    assert (resolution.match is None) == (resolution.finding is not None)


# short or older name: full name behind 泰州市
ORGANS = {
    "发改委": "发展和改革委员会",
    "发展改革委": "发展和改革委员会",
    "发展和改革委员会": "发展和改革委员会",
    "教委": "教育委员会",
    "教育局": "教育局",
    "人社局": "人力资源和社会保障局",
    "人力社保局": "人力资源和社会保障局",
    "住建局": "住房和城乡建设局",
    "住房城乡建设局": "住房和城乡建设局",
    "卫计委": "卫生和计划生育委员会",
    "卫健委": "卫生健康委员会",
    "工信局": "工业和信息化局",
    "国资委": "国有资产监督管理委员会",
    "市监局": "市场监督管理局",
    "城管局": "城市管理局",
    "文旅局": "文化和旅游局",
    "医保局": "医疗保障局",
    "大数据局": "大数据管理局",
    "扶贫办": "扶贫开发办公室",
    "法制办": "法制办公室",
    "地方金融监管局": "地方金融监督管理局",
    "公安局": "公安局",
}


@pytest.mark.parametrize(("short", "full"), ORGANS.items())
def test_gives_an_organ_one_name(short: str, full: str) -> None:
    """Short, usual and full names of a department are one body, and local ones are not vertical."""
    match = resolve_body("泰州市" + short).match
    assert match is not None
    assert (match.organ, match.organ_type) == (full, "department")


@pytest.mark.parametrize(
    ("name", "key", "level", "organ_type"),
    [
        ("中国人民银行泰州市中心支行", "321200/中心支行", "prefecture", "vertical"),
        ("国家金融监督管理总局泰州监管分局", "321200/监管分局", "prefecture", "vertical"),
        ("国家统计局泰州调查队", "321200/调查队", "prefecture", "vertical"),
        ("苏州工业园区管理委员会", "320500/苏州工业园区管委会", "zone", "government"),
        ("南京经济技术开发区教育局", "320100/经济技术开发区教育局", "zone", "department"),
        ("河北雄安新区管理委员会", "130000/河北雄安新区管委会", "zone", "government"),
        ("雷山县大塘镇", "522634/大塘镇人民政府", "township", "government"),
        ("鄂温克族自治旗辉苏木人民政府", "150724/辉苏木人民政府", "township", "government"),
    ],
)
def test_places_vertical_bodies_zones_and_townships(
    name: str, key: str, level: str, organ_type: str
) -> None:
    """Bodies in no list of divisions stand under the region that their name begins with."""
    match = resolve_body(name).match
    assert match is not None
    assert (match.key, match.level, match.organ_type) == (key, level, organ_type)


@pytest.mark.parametrize(
    ("name", "hints", "key"),
    [
        ("教育局", Hints(portal_region="430721"), "430721/教育局"),
        ("大鲸港镇人民政府", Hints(portal_region="430721"), "430721/大鲸港镇人民政府"),
        ("大鲸港镇人民政府", Hints(portal_region="430700"), None),
        ("大鲸港镇人民政府", Hints(), None),
        ("城东街道办事处", Hints(site_code="3212020001"), "321202/城东街道办事处"),
        ("经济技术开发区管委会", Hints(portal_region="430700"), "430700/经济技术开发区管委会"),
        ("火星教育局", Hints(portal_region="430721"), None),
        ("火星大学", Hints(portal_region="430721"), None),
    ],
)
def test_reads_an_organ_without_place_by_the_region_of_the_page(
    name: str, hints: Hints, key: str | None
) -> None:
    """教育局 and a township belong to the page's region; a name of an unknown place to none."""
    match = resolve_body(name, hints).match
    assert (match and match.key) == key
    assert match is None or match.evidence[0] == "page"


@pytest.mark.parametrize(
    ("printed", "year", "serial", "holds", "region"),
    [
        ("014416330/2018-04736", 2018, "04736", True, None),
        ("115323000151673132/2018-0111001", 2018, "0111001", True, "532300"),
        ("115323000151673133/2018-0111001", 2018, "0111001", False, None),
        ("11341702486344515H/202110-00013", 2021, "00013", True, "341702"),
        ("01527918X-2020-153077", 2020, "153077", True, None),
        ("001000/2018-00003", 2018, "00003", None, None),
        ("035210000/2025-00016", 2025, "00016", None, None),
    ],
)
def test_takes_an_index_number_apart(
    printed: str, year: int, serial: str, *, holds: bool | None, region: str | None
) -> None:
    """Organ, year and serial are told apart; a local organ number has no check digit to fail."""
    found = read_index_number(printed)
    assert found is not None
    assert (found.year, found.serial, found.holds, found.region) == (year, serial, holds, region)


@pytest.mark.parametrize("printed", ["", "无", "Qz11120-2501-2011-00001", "2018-00003", "甘政办发"])
def test_an_index_number_of_no_national_grammar_is_left_alone(printed: str) -> None:
    """What follows no national grammar has no parts."""
    assert read_index_number(printed) is None


NUMBERS = {
    "甘政办发〔2017〕136号": ("甘政办发", 2017, 136, "甘政办发〔2017〕136号"),
    "赣府厅字[2017] 50 号": ("赣府厅字", 2017, 50, "赣府厅字〔2017〕50号"),
    "赣府厅发（2017）1号": ("赣府厅发", 2017, 1, "赣府厅发〔2017〕1号"),
    "德审[2011]第1号": ("德审", 2011, 1, "德审〔2011〕1号"),
    "国办公开办函〔202130": ("国办公开办函", 2021, 30, "国办公开办函〔2021〕30号"),
    "国务院令第492号": ("国务院令", None, 492, "国务院令第492号"),
    "2018年第3号公告": ("公告", 2018, 3, "2018年第3号公告"),
    "某市公告2018年第3号": ("某市公告", 2018, 3, "某市公告2018年第3号"),
}


@pytest.mark.parametrize(("printed", "expected"), NUMBERS.items())
def test_gives_a_document_number_one_form(printed: str, expected: tuple[object, ...]) -> None:
    """Brackets, spaces and lost signs are made uniform; prefix, year and number are told apart."""
    assert read_document_number(printed) == DocumentNumber(*expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("printed", ["", "无", "第3号", "〔2017〕3号", "2018年第3号", "136号文件"])
def test_other_signs_are_no_document_number(printed: str) -> None:
    """A number without the organ that gave it is none."""
    assert read_document_number(printed) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("电话0523-86236519", [("321200",)]),
        ("(0335)1234567", [("130300",)]),
        ("0728 - 1234567", []),
        ("0728-2345678", [("429004", "429005", "429006")]),
        ("13805231234", []),
        ("编号20523-86236519", []),
        ("0999999", []),
    ],
)
def test_reads_the_region_of_a_telephone_number(text: str, codes: list[tuple[str, ...]]) -> None:
    """An area code before a number of seven or eight digits tells its prefectures."""
    assert list(telephone_regions(text)) == codes
