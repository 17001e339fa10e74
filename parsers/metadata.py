"""The header box of a page (索引号, 发布机构, 发布日期 …) and the mandated meta tags.

Decides which printed label means which id, where one value ends and the next label begins,
and which lines are header and not body.  Values stay as printed: dates and numbers are read
by others.  Source: domain ids after 政府信息公开目录系统实施指引(试行); meta tags after
政府网站发展指引, 国办发〔2017〕47号, annex 网页设计规范.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from parsers.layout import is_blank, is_heading

# For each id its labels, spaces removed, the best first: where a page prints two of them
# the earlier label wins.
_LABELS: dict[str, tuple[str, ...]] = {
    "index_number": ("索引号", "信息索引号", "索取号", "信息索取号", "索引号码", "索引號"),
    "title": ("标题", "信息名称", "文件名称", "信息标题", "名称"),
    "subject_category": (
        "主题分类", "信息分类", "信息类别", "组配分类", "主题导航", "公开目录", "公开类别",
        "目录分类", "所属主题", "主题类别", "分类",
    ),
    "genre_category": ("体裁分类", "公文种类", "公文类型", "文件类型", "文种"),
    "service_object": ("服务对象分类", "服务对象"),
    "publisher": (
        "发布机构", "发文机构", "发文机关", "发布机关", "发布单位", "发文单位", "制发机关",
        "公开责任部门", "责任部门", "发布部门", "发文部门", "公开主体", "公开机构", "生成机构",
    ),
    "document_date": ("发文日期", "印发日期", "发文时间"),
    "written_date": (
        "成文日期", "生成日期", "产生日期", "公文生成日期", "签发日期", "成文时间", "生成时间",
    ),
    "publish_date": (
        "发布日期", "发布时间", "公开日期", "公开时间", "信息时间", "时间", "日期", "更新日期",
        "更新时间",
    ),
    "document_number": ("文号", "发文字号", "发布文号", "文件编号", "备注/文号", "公文文号"),
    "keywords": ("主题词", "关键词", "关键字"),
    "validity": ("有效性", "时效性", "是否有效", "时效", "效力状态", "公文时效"),
    "effective_date": ("生效日期", "实施日期", "生效时间", "实施时间"),
    "expiry_date": ("失效日期", "废止日期", "失效时间", "废止时间"),
    "openness": ("公开方式", "公开属性", "公开形式", "公开范围", "公开时限"),
    "abstract": ("内容概述", "内容摘要", "摘要"),
    "source": ("来源", "信息来源", "文章来源", "稿件来源", "稿源"),
    "author": ("作者", "责任编辑", "编辑", "发布者", "发布人"),
    "clicks": ("点击", "点击数", "点击率", "点击量", "浏览次数", "浏览量", "阅读次数", "阅读量", "累计次数"),
    "language": ("语种",),
    "format": ("信息格式",),
}  # fmt: skip

METADATA_IDS: tuple[str, ...] = tuple(_LABELS)

_ID_OF = {label: name for name, labels in _LABELS.items() for label in labels}
_RANK = {label: rank for labels in _LABELS.values() for rank, label in enumerate(labels)}
# Words that also stand in data tables and menus; they alone do not make a box.
_COMMON = {
    "标题", "名称", "分类", "文种", "时间", "日期", "时效", "摘要", "来源", "作者", "编辑", "点击",
    "语种", "公开方式", "公开形式", "公开范围", "公开时限", "公开时间", "服务对象", "更新时间", "更新日期",
    "责任部门", "关键字", "关键词", "文件类型", "发布部门", "公开主体", "实施时间",
}  # fmt: skip
# Any white space but tabs and line ends; a list of characters above 255 takes long to compile.
_GAP = r"[^\S\t\n\r\v\f]*"
_COLONS = ":：︰∶﹕"
_COLON = f"[{_COLONS}]"
_COLON_SIGNS = frozenset(_COLONS)


def _alternatives(labels: Iterable[str]) -> str:
    spaced = (_GAP.join(map(re.escape, label)) for label in sorted(labels, key=len, reverse=True))
    return "|".join(spaced)


# A short label needs a border before it: "数据来源:" is not "来源:".  The last group is a label
# that we do not know ("所属栏目:"), which still ends the value before it.
_LABEL = re.compile(
    rf"(?:(?P<long>{_alternatives(label for label in _ID_OF if len(label) > 2)})"
    rf"|(?<![\u4e00-\u9fff\w])(?P<short>{_alternatives(x for x in _ID_OF if len(x) <= 2)})"
    rf"|(?:^|(?<=[\s\xa0\u3000|】]))[\u4e00-\u9fff]{{2,8}}){_GAP}{_COLON}"
)
# 2018年2月7日文号:, 某区政府来源:某局: a short label right behind a value
_GLUED = re.compile(
    rf"(?<=[0-9日效府局厅室])(?P<short>{_alternatives(x for x in _ID_OF if len(x) <= 2)})"
    rf"{_GAP}{_COLON}"
)
# 【索引号】001, [发布机构] 某局
_BRACKETED = re.compile(r"[【\[](?P<label>[^【】\[\]]{2,12})[】\]][:：]?")
# 索引号001/2018-3主题分类年报发布机构某区政府: a box whose labels were told by their style alone
_PLAIN = re.compile(_alternatives(set(_ID_OF) - _COMMON))
_FEWEST_PLAIN = 3
# Each begins with a character of its own: Python then skips to these.
_HAS_LABEL = re.compile(
    "|".join(
        (
            *(f"{_alternatives([label])}{_GAP}{_COLON}" for label in _ID_OF if label in _COMMON),
            _alternatives(set(_ID_OF) - _COMMON),
        )
    )
)
# Page tools printed behind a value: "2012-03-24   字号【", "市政府 [打印]"
_TOOLS = re.compile(
    r"[\s\xa0\u3000|]*(?:【|\[|字号|字体|打印|分享|收藏|关闭|我要纠错|扫一扫|视力保护|保护视力"
    r"|大\s*中\s*小)"
)
# "甘政办发〔2017〕136号", "赣府厅字[2017] 50 号"
_DOCUMENT_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{2,12}\s*[〔\[【(（〈﹝]\s*(?:19|20)\d{2}\s*[〕\]】)）〉﹞]\s*第?\s*\d{1,5}\s*号"
)
# 2017年某区政府信息公开工作年度报告: no value but of a title
_TITLE = re.compile(r"20\d\d.*(?:报告|年报|通报|总结|通知)")
_DIGIT = re.compile(r"\d")
_UNCUT = ("title", "document_number", "abstract", "keywords")
_DATES = ("document_date", "written_date", "publish_date", "effective_date", "expiry_date")
_HEADER_LINES = 20
_BODY_LENGTH = 60

Found = tuple[str, str]  # label, value


def read_metadata(lines: Sequence[str], meta_tags: Mapping[str, str]) -> dict[str, str | None]:
    """Every id of ``METADATA_IDS`` with its printed value, or ``None``.

    ``lines`` are the header lines in reading order; the cells of a box row are separated by
    tabs.  A label without a value gives ``None``.  For the title and the publication date the
    meta tags are trusted first, for the source the page is.

    >>> read_metadata(["索 引 号: 001000/2018-00003 主题分类:"], {})["index_number"]
    '001000/2018-00003'
    """
    best: dict[str, tuple[int, str]] = {}
    for label, value in _find_values(lines):
        name = _ID_OF[label]
        if value and (name not in best or _RANK[label] < best[name][0]):
            best[name] = (_RANK[label], value)
    metadata: dict[str, str | None] = {
        name: best[name][1] if name in best else None for name in METADATA_IDS
    }
    metadata["title"] = _meta(meta_tags, "articletitle") or metadata["title"]
    published = _meta(meta_tags, "pubdate")
    if published and _DIGIT.search(published):
        metadata["publish_date"] = published
    metadata["source"] = metadata["source"] or _meta(meta_tags, "contentsource")
    metadata["document_number"] = metadata["document_number"] or _lone_document_number(lines)
    return metadata


def header_lines(lines: Iterable[str]) -> list[str]:
    """The lines before the body text proper: titles, boxes, an address, no sentence.

    Ends at the first section heading or the first long line that is not a box.
    """
    header: list[str] = []
    for line in lines:
        if is_blank(line):
            continue
        if len(header) == _HEADER_LINES or is_heading(line):
            break
        if (len(line) > _BODY_LENGTH or "。" in line) and not _is_box_line(line):
            break
        header.append(line)
    return header


def has_label(text: str) -> bool:
    """Whether some header label stands in ``text``."""
    return _HAS_LABEL.search(text) is not None


def is_box(cells: Iterable[str]) -> bool:
    """Whether table cells form a header box: two labels or more that no data table has."""
    return sum(_bare(cell) in _ID_OF and _bare(cell) not in _COMMON for cell in cells) > 1 or (
        sum(_is_box_line(cell) for cell in cells) > 1
    )


def _is_box_line(line: str) -> bool:
    if _COLON_SIGNS.isdisjoint(line):
        return False
    found = _LABEL.match(line.lstrip(" \t\xa0\u3000•·"))
    return found is not None and _known(found) is not None


def _bare(cell: str) -> str:
    return "".join(cell.split()).rstrip(_COLONS)


def _known(found: re.Match[str]) -> str | None:
    printed = found["long"] or found["short"]
    return "".join(printed.split()) if printed else None


def _find_values(lines: Sequence[str]) -> Iterable[Found]:
    """Labels with their values in reading order; the value may stand on the next line."""
    rest = [_unbracket(line) for line in lines]
    for line, following, third in zip(rest, [*rest[1:], ""], [*rest[2:], "", ""], strict=False):
        if "\t" in line:
            yield from _columns(line, following) or _split_cells(line.split("\t"))
            continue
        found = _split_line(line) or _split_plain(line) or _bare_label(line)
        yield from found[:-1]
        if not found:
            continue
        label, value = found[-1]
        if not value and not has_label(following):
            between = _is_box_line(third) and len(found) == 1
            if _may_follow(_ID_OF[label], following, between=between):
                value = following.strip()
        yield label, value


def _unbracket(line: str) -> str:
    return _BRACKETED.sub(_as_label, line) if "【" in line or "[" in line else line


def _as_label(found: re.Match[str]) -> str:
    label = "".join(found["label"].split())
    return f" {label}：" if label in _ID_OF else found.group()


def _columns(line: str, following: str) -> list[Found]:
    """A row of labels alone over a row of values."""
    labels, values = [_bare(cell) for cell in line.split("\t")], following.split("\t")
    in_step = len(labels) == len(values) >= _FEWEST_PLAIN
    if not in_step or not all(label in _ID_OF for label in labels) or has_label(following):
        return []
    return [
        (label, _clean(_ID_OF[label], value)) for label, value in zip(labels, values, strict=True)
    ]


def _split_cells(cells: list[str]) -> Iterable[Found]:
    """Label cell, value cell, label cell, … or a label and its value in one cell."""
    waiting: str | None = None
    for cell in cells:
        label = _bare(cell)
        if label in _ID_OF:
            waiting = label
            continue
        found = _split_line(cell)
        if found:
            yield from found
        elif waiting:
            yield waiting, _clean(_ID_OF[waiting], cell)
        waiting = None


def _split_line(line: str) -> list[Found]:
    """``索引号:A 公开目录:B 主题词:`` as three labels with their values, the last one empty."""
    found: list[Found] = []
    marks = list(_LABEL.finditer(line))
    ends = [*(mark.start() for mark in marks[1:]), len(line)]
    for mark, end in zip(marks, ends, strict=False):
        label = _known(mark)
        if label:
            found += _split_glued(label, line[mark.end() : end])
    return found


def _split_glued(label: str, value: str) -> Iterable[Found]:
    """A value, and the short labels that follow it without a space."""
    while (":" in value or "：" in value) and (glued := _GLUED.search(value)):
        yield label, _clean(_ID_OF[label], value[: glued.start()])
        label, value = "".join(glued["short"].split()), value[glued.end() :]
    yield label, _clean(_ID_OF[label], value)


def _split_plain(line: str) -> list[Found]:
    """``索引号001 主题分类年报 发布机构某局``: no colon, but three labels and the first in front."""
    marks = list(_PLAIN.finditer(line)) if _PLAIN.match(line.lstrip()) else []
    if len(marks) < _FEWEST_PLAIN or len(line) > 3 * _BODY_LENGTH:
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(line)]
    labels = ["".join(mark.group().split()) for mark in marks]
    return [
        (label, _clean(_ID_OF[label], line[mark.end() : end]))
        for label, mark, end in zip(labels, marks, ends, strict=True)
    ]


def _bare_label(line: str) -> list[Found]:
    label = _bare(line)
    return [(label, "")] if label in _ID_OF and label not in _COMMON else []


def _clean(name: str, value: str) -> str:
    """The value without the page tools and separators printed behind it."""
    tools = None if name in _UNCUT else _TOOLS.search(value)
    if tools:
        value = value[: tools.start()]
    return value.strip(" \t\xa0\u3000\u2002\u2003|｜•·")


def _may_follow(name: str, line: str, *, between: bool) -> bool:
    """Whether a line by itself can be the value of the empty label above it.

    Only where its shape shows it, or its place ``between`` two labels: "文号:" above the title
    of the page is an empty 文号.
    """
    if is_blank(line) or is_heading(line) or len(line) > _BODY_LENGTH or "。" in line:
        return False
    if name in _DATES:
        return line.strip()[:2] in ("19", "20") and len(line.strip()) < 25
    if name == "index_number":
        return re.fullmatch(r"[0-9A-Za-z/\-]{6,40}", line.strip()) is not None
    if name == "document_number":
        return _DOCUMENT_NUMBER.fullmatch(line.strip()) is not None
    return name == "title" or (between and not _TITLE.search(line))


def _lone_document_number(lines: Sequence[str]) -> str | None:
    """A document number that has a header line to itself, as under the title of a circular."""
    bare = (line.strip() for line in lines)
    return next((line for line in bare if _DOCUMENT_NUMBER.fullmatch(line)), None)


def _meta(meta_tags: Mapping[str, str], name: str) -> str | None:
    return meta_tags.get(name, "").strip() or None
