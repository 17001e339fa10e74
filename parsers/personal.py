"""What belongs to a person and is nobody's business: mobile numbers, ID numbers, names beside them.

This module decides what is masked, with as many characters as it had, so that every offset
still holds.  The bytes in the archive stay as they were.  Public lines of offices and the names of
officials in office are public and stay; so do numbers that count something.

Source: 中华人民共和国个人信息保护法 (2021), articles 4, 6 and 28; 政府信息公开条例 (2019), article 15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from parsers.model import Cell, Document, Link, Repair, Table

MASK = "*"

# "13812345678", "138-1234-5678", "+86 138 1234 5678"; not "13812345678元", not "0.13812345678"
_MOBILE = re.compile(
    r"(?<![0-9０-９A-Za-z.．/*-])(?:\+?86[- ]?)?(1[3-9][0-9](?:[- ]?[0-9]{4}){2}|１[３-９][０-９]{9})"
    r"(?![0-9０-９A-Za-z*]|[.．/][0-9]|[ ]?(?:元|万|亿|件|条|人|次|个|份|户|页|平方|公里|亩|吨|％|%))"
)
# "110101199003072316", "11010119900307231X": province, five digits, a birthday, four more
_ID_NUMBER = re.compile(
    r"(?<![0-9A-Za-z/*-])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}"
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z*])"
)
# Cheap signs of either, each with a literal beginning that is looked for at the speed of memory:
# "13812345678", "１３８１２３４５６７８", and birthday and rest of an ID number, "199003072316"
_SIGNS = (
    re.compile(r"1[3-9][0-9](?:[- ]?[0-9]{4}){2}"),
    re.compile(r"１[３-９][０-９]{9}"),
    re.compile(r"19[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]"),
    re.compile(r"20[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]"),
)
# "监督电话：" before a number: a line that an office has made public
_PUBLIC_LINE = re.compile(
    r"(?:办公|监督|咨询|举报|投诉|服务|值班|公开|查询|受理|报警|抢修)(?:室|科|处)?(?:电话|热线|手机)[^。；;\n]{0,8}$"
    r"|(?:热线|传真)(?:电话|号码)?[：:\s]{0,3}$"
)
_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎"
    "鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮齐康伍余元卜顾孟平黄和穆萧尹"
    "姚邵汪祁毛禹狄米贝明臧计成戴宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林钟徐邱骆高夏蔡"
    "田樊胡凌霍虞万支柯管卢莫房缪解应宗丁宣邓郁单杭洪包左石崔吉龚程邢裴陆荣翁荀甄曲封储靳段焦巴牧山谷车侯"
    "宓全班仰秋仲伊宫宁仇甘厉戎祖武符刘景詹龙叶司黎薄印白蒲邰从鄂索赖卓屠池乔阴胥闻党翟谭劳姬申扶冉宰雍"
    "桑桂牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易廖庾终居衡步都耿满弘匡国文寇广东欧沃利"
    "蔚越隆师巩聂晁勾敖融冷辛阚那简饶空曾沙丰巢关相查游竺权盖益公肖闫付代"
)
# "申请人张三（" · "李四，手机：" · "王小明先生 电话" right before a masked number
_NAME = re.compile(
    rf"(?P<told>(?:申请人|信访人|投诉人|举报人|当事人|联系人|姓名|公民|村民|居民|市民)[：:为是]?\s*)?"
    rf"(?P<name>[{_SURNAMES}][一-鿿]{{1,2}}?)"
    r"(?:先生|女士)?[\s，,、（(：:]*"
    r"(?:(?:本人)?(?:居民)?(?:身份证|手机|电话|联系电话|联系方式)(?:号码|号)?)?[\s，,、（(：:为是]*$"
)
# "13812345678（张三）" right after a masked number
_NAME_AFTER = re.compile(
    rf"[\s，,、]*[（(](?P<name>[{_SURNAMES}][一-鿿]{{1,2}})(?:先生|女士)?[）)]"
)
# "局长李四": an official in office
_OFFICE = re.compile(
    r"(?:局长|主任|科长|书记|[省市县区镇乡]长|处长|部长|厅长|主席|院长|所长|站长|秘书长|负责人|发言人|主管|领导)"
    r"[：:\s]?$"
)
_REACH = 24


def mask_text(text: str) -> str:
    """Return ``text`` with what is personal in it masked, no character longer or shorter."""
    spans = sorted(_find_spans(text))
    if not spans:
        return text
    parts: list[str] = []
    end = 0
    for start, stop in spans:
        if start < end:
            continue
        parts += [text[end:start], _cover(text[start:stop])]
        end = stop
    return "".join([*parts, text[end:]])


def _cover(shown: str) -> str:
    """The first three digits of a number, or the surname, and asterisks."""
    kept = 3 if shown[-1:] in "0123456789Xx０１２３４５６７８９" else 1
    return shown[:kept] + MASK * (len(shown) - kept)


def _find_spans(text: str) -> Iterator[tuple[int, int]]:
    if not any(sign.search(text) for sign in _SIGNS):
        return
    for pattern, group in ((_MOBILE, 1), (_ID_NUMBER, 0)):
        for found in pattern.finditer(text):
            start, end = found.span(group)
            if pattern is _MOBILE and _PUBLIC_LINE.search(
                text, max(0, found.start() - _REACH), found.start()
            ):
                continue
            yield start, end
            yield from _find_name(text, found.start(), end)


def _find_name(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The name of a person beside a number, unless it is that of an official in office."""
    left = max(0, start - _REACH)
    before = _NAME.search(text, left, start)
    if before is not None and not _OFFICE.search(text, left, before.start("name")):
        yield before.span("name")
    after = _NAME_AFTER.match(text, end)
    if after is not None:
        yield after.span("name")


def mask_document(document: Document) -> Document:
    """Return ``document`` with what is personal masked wherever it is printed."""
    text = mask_text(document.text)
    told = (document.title, *document.metadata.values(), *document.meta_tags.values())
    links = (link.text for link in (*document.attachments, *document.links))
    beside = "\n".join((*(one for one in told if one), *links))
    if text == document.text and not any(sign.search(beside) for sign in _SIGNS):
        return document
    return replace(
        document,
        text=text,
        received=mask_text(document.received),
        title=_masked(document.title),
        metadata={name: _masked(value) for name, value in document.metadata.items()},
        meta_tags={name: mask_text(value) for name, value in document.meta_tags.items()},
        tables=tuple(_mask_table(table, text) for table in document.tables),
        repairs=tuple(_mask_repair(repair) for repair in document.repairs),
        attachments=tuple(Link(link.url, mask_text(link.text)) for link in document.attachments),
        links=tuple(Link(link.url, mask_text(link.text)) for link in document.links),
    )


def _masked(value: str | None) -> str | None:
    return None if value is None else mask_text(value)


def _mask_table(table: Table, text: str) -> Table:
    """The table with its cells as the masked text has them."""

    def masked(cell: Cell) -> Cell:
        shown = text[cell.start : cell.end]
        return cell._replace(text=shown if len(shown) == len(cell.text) else mask_text(cell.text))

    rows = tuple(tuple(masked(cell) for cell in row) for row in table.rows)
    return replace(table, rows=rows, caption=_masked(table.caption))


def _mask_repair(repair: Repair) -> Repair:
    return replace(repair, before=mask_text(repair.before), after=mask_text(repair.after))
