"""Pages of every form, drawn with rows in another order, renumbered, mistyped, added and blank."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from html import escape
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.document import read_document
from parsers.forms import FIELDS, ROWS, Field, detect_form
from parsers.labels import is_within_one_edit, label_key
from parsers.mistyped import makes_word
from parsers.model import Decoded, Document, FormName, Number, State, Statistic
from parsers.statistics import read_statistics

Block = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]
Group = tuple[str, tuple[tuple[str, str], ...]]
Printed = tuple[Number | None, State]
Row = list[str]

NUMBERINGS = (
    "",
    "{}.",
    "{}、",
    "{}．",
    "{}﹒",
    "（{}）",
    "({})",
    "　{} ",
    "其中：",
    "①",
    "（二）",
    "三、",
)
INSERTED = (
    "视频申请数", "上门递交数", "属于工作秘密", "热线转办件数", "政务客户端推送数", "公司", "规划", "工业",
)  # fmt: skip
INSERTED_RESULTS = ("9.属于工作秘密", "4.已经移交档案馆", "6.申请人撤回", "其他不予处理情形")
# rows of Jiangsu, which have ids of their own
LOCAL_ROWS = {
    "suggestion_box_letters": "七、政府信息公开意见箱办理信件数量",
    "materials_transferred_to_reading_points": "（三）向政府信息公开查阅服务场所移送相关文件、资料",
}
SEEDS = st.integers(0, 2**32)
SECRET, MONEY = "囗", ("万元", "元")


def page(*grids: Sequence[Row]) -> Document:
    """A page that is nothing but these tables."""
    tables = (
        "".join(f"<tr>{''.join(f'<td>{escape(t)}</td>' for t in row)}</tr>" for row in grid)
        for grid in grids
    )
    body = "".join(f"<table border=1>{rows}</table><p>附表</p>" for rows in tables)
    return read_document(Decoded(b"", "text/html", f"<div id=zoom>{body}</div>", "utf-8"))


def read(form: FormName, *grids: Sequence[Row]) -> list[Statistic]:
    """What the tables print, read in the form that they show themselves to be."""
    document = page(*grids)
    assert detect_form("", document.tables) == form
    return [
        s for s in read_statistics(document, form, 2020, "unknown")[0] if s.source != "inferred"
    ]


def draw_cell(random: Random, *, signed: bool = False) -> tuple[str, Printed]:
    """A printed cell with what it says: numbers in several spellings, blank, or struck out."""
    number = random.choice((0, 0, 1, 7, 12, 345, 1024, 98765))
    spellings: list[tuple[str, Printed]] = [
        (str(number), (number, "printed")),
        (f"{number:,}", (number, "printed")),
        (
            str(number).translate({ord("0") + d: ord("０") + d for d in range(10)}),
            (number, "printed"),
        ),
        (f" {number} ", (number, "printed")),
        ("", (None, "blank")),
        ("　", (None, "blank")),
        ("\xa0", (None, "blank")),
        ("—", (None, "na")),
        ("--", (None, "na")),
        ("/", (None, "na")),
        ("无", (0, "zero_phrase")),
    ]
    if signed:
        spellings += [(f"-{number}", (-number, "printed")), (f"+{number}", (number, "printed"))]
        spellings += [(f"减{number}", (-number, "printed")), (f"增{number}", (number, "printed"))]
    return random.choice(spellings)


SIGNS = "（）()《》、，"
ALPHABET = "".join(sorted({c for f in FIELDS.values() for c in f.label if "一" <= c <= "鿿"}))


def mistype(random: Random, label: str, others: Collection[str] = ()) -> str:
    """The label with one character changed, lost or put in, where that leaves no doubt.

    ``others`` are the keys of the other rows: a typo half way between two rows is for no reader,
    nor is one that makes a short label another word.
    """
    place = random.randrange(len(label))
    if random.random() < 0.6 or place >= len(label.partition("（单位")[0]) or label[place] in SIGNS:
        return label
    char = random.choice(ALPHABET)
    wrong = random.choice((SECRET, char, "", label[place] * 2, label[place] + char))
    changed = label[:place] + wrong + label[place + 1 :]
    key, meant = label_key(changed), label_key(label)
    doubtful = any(is_within_one_edit(key, other) for other in others) or not key
    strange = not is_within_one_edit(key, meant) or makes_word(key, meant)
    return label if doubtful or strange else changed


def draw_label(random: Random, label: str, others: Collection[str] = ()) -> str:
    """A label as pages print it: numbered anyhow, with one typo at most."""
    return renumber(random, mistype(random, label, others))


def renumber(random: Random, label: str) -> str:
    """The label behind a number of any kind, which says nothing."""
    return random.choice(NUMBERINGS).format(random.randint(1, 9)) + label


def shuffled(random: Random, fields: Sequence[Field], parent: str | None = None) -> Iterator[Field]:
    """The rows of a form in another order, each with its parts after it."""
    own = [f for f in fields if f.parent == parent]
    for field in random.sample(own, len(own)):
        yield field
        yield from shuffled(random, fields, field.id)


def draw_rows(
    random: Random, form: str, columns: int
) -> tuple[list[Row], dict[str, list[Printed]], int]:
    """Rows of a listed form, what each field prints, and how many figures were added."""
    rows, printed, added = [], {}, 0
    known = (*ROWS[form], *ROWS["national_2014"], *ROWS["extensions"])
    keys = {label_key(s): f.id for f in known for s in (f.label, *f.variants)}
    drawn = [*shuffled(random, ROWS[form])]
    if form == "national_2014" and random.random() < 0.5:
        sources = [f for f in ROWS["extensions"] if f.id.startswith(("h_requester", "requester_"))]
        drawn += shuffled(random, sources)
    for field in drawn:
        spelled = random.choice((field.label, *field.variants))
        others = [key for key, owner in keys.items() if owner != field.id]
        if field.printed_unit is None:
            rows.append(
                [draw_label(random, spelled, others), *random.choice((["", ""], ["—", "—"]))]
            )
            rows[-1] += [""] * (columns - 1)
            continue
        cells = [draw_cell(random) for _ in range(columns)]
        unit = "元" if field.printed_unit in MONEY else random.choice((field.printed_unit, ""))
        rows.append([draw_label(random, spelled, others), unit, *(text for text, _ in cells)])
        printed[field.id] = [says for _, says in cells]
        if (
            form == "national_2014"
            and random.random() < 0.05
            and (local := LOCAL_ROWS.keys() - printed)
        ):
            name = random.choice(sorted(local))
            text, says = draw_cell(random)
            rows.append([LOCAL_ROWS[name], "件", text])
            printed[name] = [says]
        if random.random() < 0.05:
            label = random.choice(INSERTED)
            rows.append([draw_label(random, label, keys), "件", "8", *["9"] * (columns - 1)])
            added += columns
    return rows, printed, added


def said(statistics: Sequence[Statistic]) -> dict[str, Printed]:
    """Value and state of each known field; a field read twice would show."""
    known = [s for s in statistics if not s.field.startswith("x_")]
    assert len({s.field for s in known}) == len(known)
    return {s.field: (s.value, s.state) for s in known}


@settings(max_examples=40)
@given(SEEDS)
def test_any_page_of_the_form_of_2014_comes_out_right(seed: int) -> None:
    """All 58 fields take the value of their own row, and added rows stay beside them."""
    rows, printed, added = draw_rows(Random(seed), "national_2014", 1)
    statistics = read("national_2014", [["统计指标", "单位", "统计数"], *rows])
    assert said(statistics) == {field: cells[0] for field, cells in printed.items()}
    assert sum(s.field.startswith("x_") for s in statistics) == added
    own = {f.id for f in ROWS["national_2014"] if f.printed_unit}
    assert len(own) == 58
    assert own <= printed.keys()


@settings(max_examples=40)
@given(SEEDS)
def test_any_page_of_the_local_form_comes_out_right(seed: int) -> None:
    """Every row gives its year and its cumulative count under ids of their own."""
    rows, printed, added = draw_rows(Random(seed), "local_table", 2)
    statistics = read("local_table", [["指标名称", "计量单位", "2012年度", "历年累计"], *rows])
    expected = {f: cells[0] for f, cells in printed.items()}
    expected |= {f"{f}_cumulative": cells[1] for f, cells in printed.items()}
    assert said(statistics) == expected
    assert sum(s.field.startswith("x_") for s in statistics) == added


BLOCKS_2019 = (
    ("一", "a20_1", ("本年新制作数量", "本年新公开数量", "对外公开总数量"),
     ("made", "newly_disclosed", "total_disclosed"), (("regulation", "规章"), ("normative", "规范性文件"))),
    ("五", "a20_5", ("上一年项目数量", "本年增/减", "处理决定数量"),
     ("items_prev_year", "items_change", "decisions"),
     (("licensing", "行政许可"), ("other_service", "其他对外管理服务事项"))),
    ("六", "a20_6", ("上一年项目数量", "本年增/减", "处理决定数量"),
     ("items_prev_year", "items_change", "decisions"), (("penalty", "行政处罚"), ("coercion", "行政强制"))),
    ("八", "a20_8", ("上一年项目数量", "本年增/减"), ("items_prev_year", "items_change"),
     (("fee", "行政事业性收费"),)),
    ("九", "a20_9", ("采购项目数量", "采购总金额"), ("items", "amount"), (("procurement", "政府集中采购"),)),
)  # fmt: skip
BLOCKS_2021 = (
    ("一", "a20_1", ("本年制发件数", "本年废止件数", "现行有效件数"), ("issued", "repealed", "in_force"),
     (("regulation", "规章"), ("normative", "行政规范性文件"))),
    ("五", "a20_5", ("本年处理决定数量",), ("decisions",), (("licensing", "行政许可"),)),
    ("六", "a20_6", ("本年处理决定数量",), ("decisions",),
     (("penalty", "行政处罚"), ("coercion", "行政强制"))),
    ("八", "a20_8", ("本年收费金额（单位：元）",), ("amount",), (("fee", "行政事业性收费"),)),
)  # fmt: skip
COLUMNS = (
    ("natural_person", "自然人"), ("org_business", "商业企业"), ("org_research", "科研机构"),
    ("org_public_welfare", "社会公益组织"), ("org_legal_service", "法律服务机构"), ("org_other", "其他"),
    ("total", "总计"),
)  # fmt: skip
GROUPS = (
    ("（三）不予公开", (
        ("denied_state_secret", "属于国家秘密"), ("denied_law_prohibited", "其他法律行政法规禁止公开"),
        ("denied_security_stability", "危及“三安全一稳定”"), ("denied_third_party", "保护第三方合法权益"),
        ("denied_internal_affairs", "属于三类内部事务信息"), ("denied_process_info", "属于四类过程性信息"),
        ("denied_enforcement_file", "属于行政执法案卷"), ("denied_admin_query", "属于行政查询事项"))),
    ("（四）无法提供", (
        ("unable_not_held", "本机关不掌握相关政府信息"), ("unable_needs_creation", "没有现成信息需要另行制作"),
        ("unable_still_unclear", "补正后申请内容仍不明确"))),
    ("（五）不予处理", (
        ("notproc_petition", "信访举报投诉类申请"), ("notproc_duplicate", "重复申请"),
        ("notproc_publication", "要求提供公开出版物"), ("notproc_excessive", "无正当理由大量反复申请"),
        ("notproc_confirm_reissue", "要求行政机关确认或重新出具已获取信息"))),
)  # fmt: skip
OTHER_2021 = ("（六）其他处理", (
    ("other_overdue_correction", "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_overdue_fee", "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_other", "其他")))  # fmt: skip
SINGLE = (("granted", "（一）予以公开"), ("partial", "（二）部分公开（区分处理的，只计这一情形）"))


def draw_disclosure(
    random: Random, blocks: Sequence[Block]
) -> tuple[list[Row], dict[str, Printed]]:
    """Section two: blocks and their rows in any order."""
    grid: list[Row] = []
    printed: dict[str, Printed] = {}
    for article, block, heads, ids, rows in random.sample(blocks, len(blocks)):
        head = f"第二十条第（{article}）项"
        if random.random() < 0.2:
            place = random.choice((0, 1, 2, 3, 4, 6, 8))
            head = head[:place] + random.choice((SECRET, "")) + head[place + 1 :]
        grid.append([head] * 4)
        shown = [
            mistype(random, head, [label_key(h) for h in heads if h != head]) for head in heads
        ]
        grid.append(["信息内容", *shown, *[shown[-1]] * (3 - len(shown))])
        for name, label in random.sample(rows, len(rows)):
            cells = [draw_cell(random, signed=i == "items_change") for i in ids]
            texts = [text for text, _ in cells]
            grid.append([draw_label(random, label), *texts, *[""] * (3 - len(texts))])
            printed |= {
                f"{block}_{name}_{i}": says for i, (_, says) in zip(ids, cells, strict=True)
            }
    return grid, printed


def draw_applications(
    random: Random,
    groups: Sequence[Group],
    singles: Sequence[tuple[str, str]],
) -> tuple[list[Row], dict[str, Printed], int]:
    """Section three: results in any order, perhaps with a row that no form has."""
    columns = [mistype(random, label) for _, label in COLUMNS]
    grid = [
        ["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"] * 3
        + ["申请人情况"] * 7,
        [""] * 3 + ["自然人", *["法人或其他组织"] * 5, "总计"],
        [""] * 3 + columns,
    ]
    printed: dict[str, Printed] = {}
    added = 0

    def put(name: str, labels: Row) -> None:
        cells = [draw_cell(random) for _ in COLUMNS]
        grid.append([*labels, *(text for text, _ in cells)])
        for (column, _), (_, says) in zip(COLUMNS, cells, strict=True):
            printed[f"req_{name}_{column}"] = says

    put("new_received", [draw_label(random, "本年新收政府信息公开申请数量")] * 3)
    put("carried_in", [draw_label(random, "上年结转政府信息公开申请数量")] * 3)
    results = renumber(random, "本年度办理结果")
    blocks = [("", ((name, label),)) for name, label in singles] + list(groups)
    labels = [label for group, rows in blocks for label in (group, *(one for _, one in rows))]
    for group, rows in random.sample(blocks, len(blocks)):
        head = draw_label(random, label_key(group)) if group else ""
        for name, label in random.sample(rows, len(rows)):
            others = [label_key(one) for one in labels if one and one != label]
            drawn = draw_label(random, label_key(label), others)
            put(name, [results, head or drawn, drawn])
        if (
            group in ("（三）不予公开", "（四）无法提供", "（五）不予处理")
            and random.random() < 0.3
        ):
            grid.append([results, head, random.choice(INSERTED_RESULTS), *["1"] * 7])
            added += 7
    put("result_total", [results, *[draw_label(random, "总计", ["其他"])] * 2])
    put("carried_out", [draw_label(random, "结转下年度继续办理")] * 3)
    return grid, printed, added


OUTCOMES = (("upheld", "结果维持"), ("corrected", "结果纠正"), ("other", "其他结果"),
            ("pending", "尚未审结"), ("total", "总计"))  # fmt: skip
REVIEWS = (
    ("recon", "行政复议"),
    ("lit_direct", "未经复议直接起诉"),
    ("lit_after_recon", "复议后起诉"),
)


def draw_review(random: Random) -> tuple[list[Row], dict[str, Printed]]:
    """Section four: with or without the row of groups, a leading column, a typo, a repeated 总计."""
    fields = [f"{group}_{outcome}" for group, _ in REVIEWS for outcome, _ in OUTCOMES]
    heads = [label for _ in REVIEWS for _, label in OUTCOMES]
    groups = [label for _, label in REVIEWS for _ in OUTCOMES]
    cells = [draw_cell(random) for _ in fields]
    texts = [text for text, _ in cells]
    printed = {field: says for field, (_, says) in zip(fields, cells, strict=True)}
    heads = [mistype(random, head, [o for _, o in OUTCOMES if o != head]) for head in heads]
    spelled = {label: mistype(random, label) for label in (*groups, "行政复议", "行政诉讼")}
    groups = [spelled[label] for label in groups]
    first = [spelled["行政复议"]] * 5 + [spelled["行政诉讼"]] * 10
    second = heads[:5] + groups[5:]
    if random.random() < 0.3:
        lead = ["件数"]
        first, second, heads, texts = (lead + row for row in (first, second, heads, texts))
    elif random.random() < 0.3:
        first, second, heads = (row[:5] + row[4:] for row in (first, second, heads))
        texts = texts[:5] + texts[4:]
    grid = (
        [first, heads, texts]
        if random.random() < 0.3 and len(texts) == 15
        else [first, second, heads, texts]
    )
    return grid, printed


CASES = [
    (
        "national_2019",
        BLOCKS_2019,
        GROUPS,
        (*SINGLE, ("other_handling", "（六）其他处理")),
        161 + 15 + 22,
    ),
    ("national_2021", BLOCKS_2021, (*GROUPS, OTHER_2021), SINGLE, 175 + 15 + 10),
    ("mixed", BLOCKS_2021, GROUPS, (*SINGLE, ("other_handling", "（六）其他处理")), 161 + 15 + 10),
]


@pytest.mark.parametrize(
    ("form", "blocks", "groups", "singles", "size"), CASES, ids=[c[0] for c in CASES]
)
@settings(max_examples=25)
@given(seed=SEEDS)
def test_any_page_of_the_later_forms_comes_out_right(
    form: FormName,
    blocks: Sequence[Block],
    groups: Sequence[Group],
    singles: Sequence[tuple[str, str]],
    size: int,
    seed: int,
) -> None:
    """All cells of the three tables take their own ids, and an added row keeps ids of its own."""
    random = Random(seed)
    disclosure, printed = draw_disclosure(random, blocks)
    applications, asked, added = draw_applications(random, groups, singles)
    review, cases = draw_review(random)
    statistics = read(form, disclosure, applications, review)
    assert said(statistics) == printed | asked | cases
    assert len(printed | asked | cases) == size
    assert sum(s.field.startswith("x_") for s in statistics) == added
    assert all(s.field in FIELDS or s.field.startswith("x_") for s in statistics)


CHANNELS = {
    "requests_in_person": "当面申请{}件", "requests_by_fax": "传真申请{}件", "requests_online": "网络申请{}件",
    "requests_by_mail": "信函申请{}件", "requests_by_email": "电子邮件申请{}件",
}  # fmt: skip


@settings(max_examples=40)
@given(st.permutations(list(CHANNELS)), st.lists(st.integers(0, 9999), min_size=5, max_size=5))
def test_clauses_of_a_narrative_may_come_in_any_order(order: list[str], numbers: list[int]) -> None:
    """Each channel takes its own number wherever its clause stands."""
    values = dict(zip(order, numbers, strict=True))
    clauses = "，".join(CHANNELS[field].format(value) for field, value in values.items())
    text = f"三、依申请公开情况\n共受理政府信息公开申请{sum(numbers)}件，其中：{clauses}。\n"
    document = Document("text/plain", None, None, {}, {}, text, text)
    statistics = read_statistics(document, "narrative", 2011, "unknown")[0]
    assert {s.field: s.value for s in statistics} == values | {
        "requests_received_total": sum(numbers)
    }
