"""The head of a report: kind, year, roles, scope, dates, and how far the source is trusted.

Decides everything that a report says about itself before its numbers.  Where two places of
the page do not agree (title and period sentence, form and year) the better one is taken and a
finding says so.  Leaves the bodies to ``roles`` and the numbers to ``statistics``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlsplit

from parsers.bodies import BodyMatch
from parsers.codes import read_index_number
from parsers.dates import find_dates, parse_date
from parsers.kinds import COMPILATION, KindRead, read_kind
from parsers.model import (
    Context,
    Document,
    Finding,
    FormName,
    Kind,
    Scope,
    SourceQuality,
)
from parsers.roles import Roles, read_roles

_HEAD = 500
_CHINESE_YEAR = r"[二2][〇○零0ＯOo][〇○零0ＯOo一二三四五六七八九\d]{2}"
# 2017年度, 2017度, 二○一七年; the second form (2017年) is the year of a title that has no 年度
_YEARS = (
    re.compile(rf"(?P<year>20\d\d|{_CHINESE_YEAR})年?度"),
    re.compile(rf"(?P<year>20\d\d|{_CHINESE_YEAR})年"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)(?!\d)"),
)
_TO_DIGITS = str.maketrans("〇○零ＯOo一二三四五六七八九", "000000123456789")
# 所列数据的统计期限自2011年1月1日起至2011年12月31日
_PERIOD = re.compile(
    r"(?:统计(?:期限|时限|时间|周期)|所列数据|数据).{0,12}(?=20\d\d\s*年|二[○〇零])"
)
_PERIOD_LENGTH = 60
# At the beginning of a sentence or clause: 2017年,萍乡市…
_OPENING_YEAR = re.compile(r"(?:^|[\n。，,])[\s\u3000\xa0]*(?P<year>20\d\d) ?年[,，、]")
_NUMBER_YEAR = re.compile(r"[〔\[【(（〈﹝]\s*(?P<year>(?:19|20)\d\d)")
# /t20180227_1.html, /P020180227_1.pdf, /art/2018/2/27/, /2012-03/24/content_1.htm
_URL_DAYS = (
    re.compile(r"/(?:t|P0)(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)"),
    re.compile(r"/(?P<y>20\d\d)[/-](?P<m>\d{1,2})[/-](?P<d>\d{1,2})(?=/)"),
)
# /201802/, /2018-02/
_URL_MONTH = re.compile(r"/(?P<y>20\d\d)[/-]?(?P<m>0[1-9]|1[0-2])(?=/)")
# A clause with a figure about openness, and the words that say whose figure it is:
# 2017年全区共收到政府信息公开申请70件; 2017年,市政府共收到依申请公开事项41件
_FIGURE = (
    r"[^。;；\n]{0,24}?(?:收到|受理|接到|主动公开|被申请|申请|复议|诉讼)[^。;；,，\n]{0,24}?\d"
)
_OWN_WORDS = re.compile(
    rf"(?P<words>[我本](?:局|委|厅|办|院|室|中心|署|站|校|机关|单位|部门|公司)){_FIGURE}"
)
_OWN_TYPES = frozenset({"department", "vertical", "institution"})
_MIRROR_RULES = ("pinyin_annotation", "straddled_annotation", "shifted_run")
_USUAL_YEARS: dict[FormName, tuple[int, int]] = {
    "narrative": (2003, 2013),
    "local_table": (2003, 2013),
    "national_2014": (2013, 2018),
    "national_2019": (2019, 2020),
    "national_2021": (2021, 9999),
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a report says about itself before its numbers."""

    kind: KindRead
    year: int | None
    roles: Roles
    scope: Scope
    scope_words: str | None
    published: str | None
    written: str | None
    source_quality: SourceQuality
    findings: tuple[Finding, ...]


def read_head(document: Document, context: Context) -> Head:
    """Return the head of the report that a document holds; a compilation is none itself."""
    kind = COMPILATION if document.parts else read_kind(document.title, document.text)
    document = front_of(document)
    if kind.kind == "other" and kind.detail is None:
        kind = read_kind(context.link_text, document.text)
    published = _published(document, context)
    year, year_findings = _find_year(document, context, kind.kind, published)
    roles = read_roles(document, context, kind.kind, year)
    scope, words, scope_findings = _find_scope(document, roles.subject)
    written = _date_in(document.metadata.get("written_date")) or roles.written
    findings = year_findings + scope_findings + _doubtful_header(document, published, written)
    if kind.kind != "other":
        findings += roles.findings
    return Head(
        kind, year, roles, scope, words, published, written, _quality(document, context), findings
    )


def front_of(document: Document) -> Document:
    """Return what a compilation prints before its first part; any other document as it is."""
    if not document.parts or document.parts[0].within is None:
        return document
    end = document.parts[0].within[0]
    blocks = tuple(block for block in document.blocks if block.end <= end)
    numbers = {block.table for block in blocks}
    return replace(
        document,
        text=document.text[:end],
        blocks=blocks,
        tables=tuple(table for table in document.tables if table.number in numbers),
        parts=(),
    )


def unusual_form(kind: Kind, form: FormName, year: int | None) -> tuple[Finding, ...]:
    """Return a finding where an annual report uses a form that is not usual for its year."""
    first, last = _USUAL_YEARS.get(form, (0, 9999))
    if kind != "annual_report" or year is None or first <= year <= last:
        return ()
    message = f"the form {form} is not usual for the year {year}"
    return (Finding("form_unusual_for_year", "notice", message),)


def _find_year(
    document: Document, context: Context, kind: Kind, published: str | None
) -> tuple[int | None, tuple[Finding, ...]]:
    """Return the year covered, by the order of trust: title, period, text, number, publication."""
    titled = year_of_title(document.title) or year_of_title(context.link_text)
    head = document.text[: 3 * _HEAD]
    period = _period_year(head)
    if titled and period and titled != period:
        message = f"the title says {titled}, the period of the figures ends in {period}"
        return titled, (Finding("year_does_not_agree", "warning", message),)
    year = titled or period or _opening_year(head[:_HEAD])
    if year or kind == "other":
        return year, ()
    later = _year_before(document, published)
    if later is None:
        return None, (Finding("year_unknown", "warning", "nothing on the page tells the year"),)
    message = f"the year {later} is only inferred from the document number or publication"
    return later, (Finding("year_inferred", "notice", message),)


def year_of_title(title: str | None) -> int | None:
    """Return the year covered by a report of this title: 2017 in 2018年关于2017年度…的报告."""
    bare = "".join((title or "").split())
    for pattern in _YEARS:
        if found := pattern.search(bare):
            return int(found["year"].translate(_TO_DIGITS))
    return None


def _period_year(head: str) -> int | None:
    """Return the year in which the period of the figures ends."""
    sentence = _PERIOD.search(head)
    if sentence is None:
        return None
    dates = find_dates(head[sentence.end() : sentence.end() + _PERIOD_LENGTH])[:2]
    return int(dates[-1].iso[:4]) if dates else None


def _opening_year(head: str) -> int | None:
    found = _YEARS[0].search(head) or _OPENING_YEAR.search(head)
    return int(found["year"].translate(_TO_DIGITS)) if found else None


def _year_before(document: Document, published: str | None) -> int | None:
    """Return the year before the document number's, or else before publication."""
    number = _NUMBER_YEAR.search(document.metadata.get("document_number") or "")
    stated = number["year"] if number else (published or "")[:4]
    return int(stated) - 1 if stated else None


def _date_in(printed: str | None) -> str | None:
    """Return the date of a header value, which may carry more than the date."""
    if not printed:
        return None
    return parse_date(printed) or next((found.iso for found in find_dates(printed)), None)


def _published(document: Document, context: Context) -> str | None:
    """Return the day of publication as shown, by the header, the address or the list."""
    for name in ("publish_date", "document_date"):
        if shown := _date_in(document.metadata.get(name)):
            return shown
    path = urlsplit(document.url or context.url or "").path
    days = (parse_date("-".join(d.groups())) for p in _URL_DAYS if (d := p.search(path)))
    if day := next((day for day in days if day), None) or _date_in(context.link_date):
        return day
    month = _URL_MONTH.search(path)
    return f"{month['y']}-{month['m']}" if month else None


def _doubtful_header(
    document: Document, published: str | None, written: str | None
) -> tuple[Finding, ...]:
    """Return what does not agree within the header: a check digit, the order of the dates."""
    findings: list[Finding] = []
    number = read_index_number(document.metadata.get("index_number") or "")
    if number and number.holds is False:
        message = f"the check digit of {number.organ} in the index number does not agree"
        findings.append(Finding("index_number_check", "notice", message))
    if published and written and len(published) == len(written) and published < written:
        message = f"shown as published on {published}, before it was signed on {written}"
        findings.append(Finding("published_before_written", "notice", message))
    return tuple(findings)


def _find_scope(
    document: Document, subject: BodyMatch | None
) -> tuple[Scope, str | None, tuple[Finding, ...]]:
    """Return whose figures they are and the words that show it; two answers are no answer."""
    name = (subject and subject.area) or ""
    found: dict[Scope, str] = {
        scope: match["words"]
        for scope, pattern in _scope_patterns("街道" if name.endswith("街道") else name[-1:])
        if (match := pattern.search(document.text))
    }
    if not found and subject and subject.organ_type in _OWN_TYPES:
        return "own_organ", subject.organ, ()
    if not found and name and re.search(name + _FIGURE, document.text):
        return "jurisdiction", name, ()
    words = "、".join(found.values()) or None
    if len(found) > 1:
        message = f"the figures are of several scopes: {words}"
        return "unknown", words, (Finding("scope_mixed", "notice", message),)
    return next(iter(found), "unknown"), words, ()


@cache
def _scope_patterns(kind: str) -> tuple[tuple[Scope, re.Pattern[str]], ...]:
    """Return the patterns of scope words for a region of a kind (市, 县, 州 …)."""
    kind = kind or "[省市县区州盟旗]"
    # (each choice begins with a character of its own: Python skips to these)
    government = r"(?:人民)?政府(?!信息|网|门户|办|公开|各|部门)"
    own_level = rf"{kind}本级|本级|{kind}(?<!各{kind}){government}"
    return (
        ("jurisdiction", re.compile(rf"(?P<words>[全我]{kind}){_FIGURE}")),
        ("own_level", re.compile(rf"(?P<words>{own_level}){_FIGURE}")),
        ("own_organ", _OWN_WORDS),
    )


def _quality(document: Document, context: Context) -> SourceQuality:
    """Return how far the page can be trusted as the body's own."""
    if document.masked:
        return "compromised"
    copied = any(rule in repair.rule for repair in document.repairs for rule in _MIRROR_RULES)
    if copied or context.official is False:
        return "mirror"
    host = urlsplit(document.url or context.url or "").hostname or ""
    own = context.official or host == "gov.cn" or host.endswith(".gov.cn")
    if own and any(finding.rule == "injected_links" for finding in document.findings):
        return "compromised"
    return "official" if own else "mirror" if host else "unknown"
