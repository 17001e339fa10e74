"""A few hundred reports more for ``scrapy demo --large``: invented, drawn by a seeded chance.

This module decides which bodies report in which years, their numbers (every sum holds unless a
contradiction is planted), the gaps, and what the second edition changes; and, since it planned
all that, what must be found.  Forms, pages and words are those of the small demo.  Divisions are
real because a region code must resolve; every page says that its data are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from crawler.demo.editions import DemoPortal, DemoReport, Edition, load_data, read_report
from crawler.demo.summary import Expected, Found, Seen

SEED = "plenty"
YEARS = range(2014, 2025)
_PLACES = (("330481", "海宁市"), ("330483", "桐乡市"), ("340123", "肥西县"), ("340124", "庐江县"))
_ORGANS = (
    "人民政府", "教育局", "财政局", "民政局", "水利局", "交通运输局", "农业农村局", "审计局", "统计局",
)  # fmt: skip
_MIRROR = DemoPortal(
    id="demo-copies",
    host="mirror.demo-copies.test",
    name="年报转载站",
    region="330000",
    site_code="",
    official=False,
    family="generic",
    column="/nianbao/",
    column_name="年度报告",
)
_COPIED = (2011, 2012, 2013)
_RESULTS = ("granted", "partial", "denied_third_party", "unable_not_held", "notproc_duplicate")
_PLANTED = "req_result_total_natural_person"
_NUMBER = "a20_6_penalty_decisions"
_BEFORE, _AFTER = "重点领域信息按季度发布。", "重点领域信息改为按月发布，并增加图解。"
_TEMPLATES = {"national_2014": "asp-2017", "national_2019": "trs-2019", "national_2021": "trs-2023"}


def add_plenty(
    first: Edition, second: Edition, expected: Expected
) -> tuple[Edition, Edition, Expected]:
    """Return both editions with the invented reports, and what must be found then."""
    chance = Random(SEED)  # noqa: S311 - nothing secret
    portals = tuple(_portal(code, name) for code, name in _PLACES)
    before: list[DemoReport] = []
    after: list[DemoReport] = []
    changes: list[Seen] = []
    contradictions: list[tuple[str, int, tuple[str, ...]]] = []
    for portal in portals:
        for organ in _ORGANS:
            for year in YEARS:
                if chance.random() < 0.08:  # a gap
                    continue
                report = _report(portal, organ, year, chance, plant=chance.random() < 0.04)
                if _PLANTED in report.printed and _is_planted(report):
                    contradictions.append((report.body, year, (_PLANTED,)))
                was, now, change = _edit(report, chance.random())
                before += [was] if was else []
                after += [now] if now else []
                changes += [change] if change else []
    portals += (_MIRROR,)
    copies = [_copy(name, year) for _, name in _PLACES for year in _COPIED]
    before += copies
    after += copies
    found = {
        Found(one.portal, one.body, one.year, one.form.removesuffix("_2012"))
        for one in (*before, *after)
    }
    return (
        replace(first, portals=first.portals + portals, reports=(*first.reports, *before)),
        replace(second, portals=second.portals + portals, reports=(*second.reports, *after)),
        replace(
            expected,
            reports=expected.reports | found,
            changes=expected.changes | set(changes),
            contradictions=(*expected.contradictions, *contradictions),
            repaired=expected.repaired | {(one.body, one.year) for one in copies},
        ),
    )


def _copy(name: str, year: int) -> DemoReport:
    """A report that only a copying site shows, broken byte by byte."""
    [template] = [row for row in load_data()["report"] if row["portal"] == "demo-mirror"]
    return read_report(
        {
            **template,
            "id": f"copy-{name}-{year}",
            "portal": _MIRROR.id,
            "body": f"{name}人民政府",
            "year": year,
            "path": f"/nianbao/{year}/{[place for _, place in _PLACES].index(name)}.html",
            "published": f"{year + 1}-03-24",
            "written": f"{year + 1}年3月20日",
        }
    )


def _portal(code: str, name: str) -> DemoPortal:
    return DemoPortal(
        id=f"demo-{code}",
        host=f"www.demo-{code}.test",
        name=f"{name}人民政府网",
        region=code,
        site_code=f"{code}0000",
        official=True,
        family="trs",
        column="/zwgk/xxgknb/",
        column_name="政府信息公开年报",
    )


def _report(
    portal: DemoPortal, organ: str, year: int, chance: Random, *, plant: bool
) -> DemoReport:
    form = "national_2014" if year < 2019 else "national_2019" if year < 2021 else "national_2021"
    [template] = [row for row in load_data()["report"] if row["id"] == _TEMPLATES[form]]
    day = 8 + chance.randrange(20)
    number = f"{_ORGANS.index(organ):02}{year % 100}"
    row: dict[str, Any] = {
        **template,
        "id": f"{portal.id}-{number}",
        "portal": portal.id,
        "body": portal.name.removesuffix("人民政府网") + organ,
        "year": year,
        "path": f"{portal.column}{year + 1}01/t{year + 1}01{day:02}_{number}.html",
        "published": f"{year + 1}-01-{day:02} 09:30",
        "written": f"{year + 1}年1月{day}日",
        "proactive": 2500 + chance.randrange(9000),
        "extra": _BEFORE if form == "national_2021" else "",
        "planted": {},
    }
    if form == "national_2014":
        row["numbers"] = {
            **template["numbers"],
            "proactive_total": str(row["proactive"]),
            "proactive_by_website": str(row["proactive"]),
        }
    else:
        row["requests"] = {
            name: [chance.randrange(30), chance.randrange(4), 0, 0, chance.randrange(2), 0]
            for name in _RESULTS
        }
        row["documents"] = {
            # Nothing comes or goes, so that one year agrees with the next.
            **{
                name: "0" if name.endswith(("_items_change", "_issued", "_repealed")) else number
                for name, number in template["documents"].items()
            },
            _NUMBER: str(100 + chance.randrange(4000)),
        }
    report = read_report(row)
    if plant and form != "national_2014":
        wrong = str(int(report.printed[_PLANTED]) + 2)
        report = replace(report, printed={**report.printed, _PLANTED: wrong})
    return report


def _is_planted(report: DemoReport) -> bool:
    parts = (f"req_{name}_natural_person" for name in _RESULTS)
    return int(report.printed[_PLANTED]) != sum(int(report.printed[part]) for part in parts)


def _edit(
    report: DemoReport, lot: float
) -> tuple[DemoReport | None, DemoReport | None, Seen | None]:
    """The report in the first and in the second edition, and the change that must be seen."""
    named: Mapping[str, Any] = {"subject": report.body, "year": report.year}
    if lot < 0.02:
        gone = Seen(**named, kind="status", item="withdrawn", before=report.path, after="")
        return report, None, gone
    if lot < 0.08 and _NUMBER in report.printed:
        old = report.printed[_NUMBER]
        new = str(int(old) + 45)
        now = replace(report, printed={**report.printed, _NUMBER: new})
        return report, now, Seen(**named, kind="field", item=_NUMBER, before=old, after=new)
    if lot < 0.12 and report.extra:
        now = replace(report, extra=_AFTER)
        return report, now, Seen(**named, kind="text", item="text", before=_BEFORE, after=_AFTER)
    if lot > 0.8 and report.year == YEARS[-1]:
        new_one = Seen(**named, kind="status", item="published", before="", after=report.path)
        return None, report, new_one
    return report, replace(report, frame=report.frame + int(lot > 0.7)), None
