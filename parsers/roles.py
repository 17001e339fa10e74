"""The three roles of bodies on a report: subject, compiler, uploader.

Decides whose work is reported (title before opening paragraph before portal), who signs or
compiled it, and who put it on the web; and says where the three do not agree.  General
offices sign and upload for their governments; only a title that itself names the office
makes it the subject.  Leaves to ``bodies`` what a printed name means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from parsers.bodies import BodyMatch, government_of, resolve_body
from parsers.codes import registering_place
from parsers.dates import find_dates, parse_bare_date
from parsers.evidence import Hints
from parsers.model import Context, Document, Finding, Kind
from parsers.regions import find_regions, is_within

_OPENING = 1200
_SPACES = re.compile(r"[\s\u3000\xa0]+")
# 2017年度, 二○一七年, 2017
_YEAR = re.compile(
    r"(?:20\d\d|[二2][〇○零0OＯo][〇○零一二三四五六七八九\dOＯo]{2}(?=年))(?:年度?|度)?"
)
# 【图解】, 图解:
_BEFORE_TITLE = re.compile(r"^(?:【[^】]*】|\[[^\]]*\]|图解[:：]|关于)+")
# Where a title stops naming the body: 海陵区|政务公开工作…, 某市人民|政府信息公开…
_TOPIC = re.compile(r"政府信息|政务信息|政府政务|政务公开|信息公开|政府公开|关于")
_ABOUT = re.compile(r"关于(?P<rest>.+)")
# 由泰州市海陵区政府信息公开领导小组办公室编制, 由某区人民政府办公室根据《条例》要求编制
_COMPILED_BY = re.compile(
    r"由(?P<body>[\u4e00-\u9fff（）()]{3,40}?)(?:(?:负责|汇总|组织)?|(?:根据|依据|按照|依照)[^。]{0,90}?)"
    r"(?:编制|编写|撰写)"
)
# 我市, 本局 and 全市 name nobody
_OWN_REGION = re.compile(r"^(?:全[省市县区州盟旗国]|[我本]+(?:[省市县区州盟旗]$)?)")
# 《…》 and 〔…〕 name papers of other bodies, not the one that speaks.
_QUOTED = re.compile(r"《[^》]{0,120}》|[“\"][^”\"]{0,60}[”\"]")
# 我局会同|县教育局: together with them, and not 会同县 of Hunan
_WITH = re.compile(r"会同(?<=[局委厅办院部门并]会同)(?=[县市区])")
_OWN_OFFICE = re.compile(r"[我本](?P<kind>局|委|厅|办|院|中心|署|机关|单位|部门)")
# 2017年，全区各部门…; 区政府各部门
_WHOLE_REGION = re.compile(
    r"[全我][省市县区州盟旗](?!教育|卫生|系统)|各(?:乡镇|镇街|街道|镇|县区|区县|县市区)"
)
# 林州市|各单位: several bodies of a region
_SEVERAL = re.compile(r"(?:市直|区直|县直|直属|所属)?各.{0,8}$")
_SIGNER = re.compile(r"[\u4e00-\u9fff（）()]{2,40}")
_LINE_OF_DIGITS = re.compile(r"(?P<digits>20\d\d[\d年月日]{2,7})\s*$")
_SIGNATURE_FROM = 0.25
# A day that nothing follows on its line, found by the space behind it: …20日, 2018.1.8
_BEFORE_SPACE = re.compile(r"(?<=[日号0-9])\s")
_DAY_END = re.compile(r"(?:[日号]|[-./][0-9]{1,2}[-./][0-9]{1,2})$")
_LONGEST_DAY = 30
_SIGNATURE_LENGTH = 400
_MOST_DAYS = 40
_OWN_TYPES = frozenset({"department", "vertical", "institution"})


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature block: who signs, as printed, and the day."""

    signer: str | None
    written: str | None


@dataclass(frozen=True, slots=True)
class Roles:
    """The subject as a body; compiler and uploader as printed; the day of the signature."""

    subject: BodyMatch | None
    compiler: str | None
    uploader: str | None
    written: str | None
    findings: tuple[Finding, ...]


def read_roles(document: Document, context: Context, kind: Kind, year: int | None) -> Roles:
    """Return the bodies on a report and what does not agree between them."""
    opening = document.text[:_OPENING]
    hints = _collect_hints(document, context, opening, year)
    signature = find_signature(document.text)
    compiled_by = _COMPILED_BY.search(opening)
    issuer = _issuer(document.title)
    compiler = signature.signer or (compiled_by["body"] if compiled_by else None)
    if compiler is None and kind == "circular":
        compiler = issuer
    uploader = document.metadata.get("publisher") or document.metadata.get("source")
    subject, findings = _find_subject(document, context, kind, hints, compiler or uploader)
    if subject:
        findings += _disagreements(subject, compiler, uploader, hints)
    return Roles(subject, compiler, uploader, signature.written, findings)


def title_body(title: str) -> str | None:
    """Return the body that a title names, ``""`` where it names none, ``None`` for no such title.

    ``"2017年海陵区政务公开工作年度报告"`` gives 海陵区; ``"一、概述"`` is not a title.
    """
    bare = _BEFORE_TITLE.sub("", "".join(title.split()))
    bare = _YEAR.sub("", bare)
    topic = _TOPIC.search(bare)
    if topic is None:
        return None
    body = bare[: topic.start()].strip("的、,，:：-—_ ")
    return body + "政府" if body.endswith("人民") else body


def find_signature(text: str) -> Signature:
    """Return the last signature block of a text: a body, then a day, each by itself.

    A day by itself behind the last sentence is a signature without its body.
    """
    first = max(0, min(int(len(text) * _SIGNATURE_FROM), len(text) - _SIGNATURE_LENGTH))
    tail = text[first:].rstrip() + "\n"
    unsigned: str | None = None
    for before, day in _lone_days(tail):
        if signer := _last_run(before):
            return Signature(signer, day)
        if unsigned is None and before.endswith(("。", "！")):
            unsigned = day
    return Signature(None, unsigned) if unsigned else _damaged_signature(tail.rstrip())


def _lone_days(tail: str) -> Iterator[tuple[str, str]]:
    """Yield the days that stand by themselves, the last first, with the text before each."""
    spaces = (match.start() for match in _BEFORE_SPACE.finditer(tail))
    ends = [end for end in spaces if _DAY_END.search(tail[max(0, end - 6) : end])][-_MOST_DAYS:]
    for end in reversed(ends):
        start = max(0, end - _LONGEST_DAY)
        for found in find_dates(tail[start:end])[-1:]:
            day = start + found.start
            if tail[day - 1 : day].isspace() and start + found.end == end and len(found.iso) == 10:
                yield tail[max(0, day - _SIGNATURE_LENGTH) : day].rstrip(), found.iso


def _damaged_signature(tail: str) -> Signature:
    """Return the signature whose date has lost its 年, 月 and 日, or an empty one."""
    digits = _LINE_OF_DIGITS.search(tail[-40:])
    written = parse_bare_date(digits["digits"]) if digits else None
    if digits is None or written is None:
        return Signature(None, None)
    return Signature(_last_run(tail[: len(tail) - len(digits.group())].rstrip()), written)


def _last_run(before: str) -> str | None:
    """Return the name at the end of ``before``, if an organ's name stands there by itself."""
    line = _SPACES.split(before[-50:])[-1]
    organ = line[-1:] in set("府室厅局委会办组心院处署科")
    return line if organ and len(line) > 3 and _SIGNER.fullmatch(line) else None


def _collect_hints(document: Document, context: Context, opening: str, year: int | None) -> Hints:
    return Hints(
        text=f"{document.title or ''} {_WITH.sub(' ', _QUOTED.sub(' ', opening))}",
        year=year,
        portal_region=context.portal_region,
        site_code=document.meta_tags.get("siteidcode"),
        index_number=document.metadata.get("index_number"),
        document_number=document.metadata.get("document_number"),
        url=document.url or context.url,
        whole=_WITH.sub(" ", document.text),
    )


def _issuer(title: str | None) -> str | None:
    """Return who speaks in ``X关于…``, as printed."""
    before, about, _ = "".join((title or "").split()).partition("关于")
    return before if about and before else None


def _find_subject(
    document: Document, context: Context, kind: Kind, hints: Hints, signer: str | None
) -> tuple[BodyMatch | None, tuple[Finding, ...]]:
    """Return the body whose work is reported, and why where it is doubtful."""
    doubts: list[Finding] = []
    for title in (document.title, context.link_text):
        for candidate in _candidates(title or ""):
            match, finding = resolve_body(candidate, hints)
            if match:
                return _speaks_for(match, candidate, kind), ()
            doubts += [replace(finding, severity="warning")] if finding else []
    if doubts or kind == "other":
        # A title that names somebody unknown is not about the portal's government.
        return None, tuple(dict.fromkeys(doubts))
    subject = _subject_of_text(document, hints, signer)
    if subject is None and context.portal_region:
        subject = government_of(context.portal_region, hints.year)
    if subject:
        message = f"the title names no body; {subject.name} is named by the {subject.evidence[-1]}"
        return subject, (Finding("subject_not_in_title", "notice", message),)
    message = "nothing on the page names the body reported on"
    return None, (Finding("body_unknown", "warning", message),)


def _candidates(title: str) -> Iterator[str]:
    """Yield the bodies that a title names: the one it is about before the one that speaks."""
    about = _ABOUT.search("".join(title.split()))
    for part in (about["rest"] if about else "", title):
        name = _SEVERAL.sub("", _OWN_REGION.sub("", title_body(part) or ""))
        if len(name) > 1:
            yield name


def _speaks_for(match: BodyMatch, printed: str, kind: Kind) -> BodyMatch:
    """Return the government for its office, unless an annual report is titled by the office."""
    is_own = kind == "annual_report" and "公开" not in printed
    if match.organ_type != "general_office" or match.level == "zone" or is_own:
        return match
    government = government_of(match.region_code or "")
    return replace(government, evidence=match.evidence) if government else match


def _subject_of_text(document: Document, hints: Hints, signer: str | None) -> BodyMatch | None:
    """Return the body that the signature or the first region of the opening names."""
    opening = _QUOTED.sub(" ", document.text[:_OPENING])
    signed = resolve_body(signer.removesuffix("办公室"), hints).match if signer else None
    own = _OWN_OFFICE.search(opening)
    if signed and (own or signed.level == "zone" or _signs_for_itself(signed, opening)):
        return replace(signed, evidence=(*signed.evidence, "signature"))
    if signed and signed.region_code:
        government = government_of(signed.region_code, hints.year)
        return replace(government, evidence=("signature",)) if government else None
    if own:
        return None
    for named in find_regions(opening):
        match = resolve_body(opening[named.start : named.end], hints).match
        if match:
            return replace(match, evidence=(*match.evidence, "opening paragraph"))
    return None


def _signs_for_itself(signed: BodyMatch, opening: str) -> bool:
    """Return whether a department signs its own report and not that of its government."""
    return signed.organ_type in _OWN_TYPES and _WHOLE_REGION.search(opening) is None


def _disagreements(
    subject: BodyMatch, compiler: str | None, uploader: str | None, hints: Hints
) -> tuple[Finding, ...]:
    """Return a finding for every role of another place, or another department, than the subject."""
    findings = []
    near = replace(hints, portal_region=subject.region_code or hints.portal_region)
    for role, printed in (("compiler", compiler), ("uploader", uploader)):
        match = resolve_body(printed, near).match if printed else None
        if match and not _agree(subject, match):
            message = f"the {role} {printed} does not agree with the subject {subject.name}"
            findings.append(Finding("roles_do_not_agree", "warning", message))
    place = registering_place(hints.index_number or "")
    if place and subject.region_code and place[:2] != subject.region_code[:2]:
        message = f"the index number is registered in {place}, the subject {subject.name} is not"
        findings.append(Finding("index_number_elsewhere", "notice", message))
    return tuple(findings)


def _agree(subject: BodyMatch, other: BodyMatch) -> bool:
    """Return whether a body can sign or upload for the subject."""
    if subject.region_code is None or other.region_code is None:
        return subject.name == other.name
    near = is_within(subject.region_code, other.region_code) or is_within(
        other.region_code, subject.region_code
    )
    both_own = subject.organ_type in _OWN_TYPES and other.organ_type in _OWN_TYPES
    return near and (not both_own or subject.key == other.key)
