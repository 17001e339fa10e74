"""The invented reports of ``scrapy demo --large``: what is planted, and what is read from them."""

from __future__ import annotations

from collections import Counter

import pytest

from archive.reading import read
from crawler.demo.editions import DemoReport, Edition, first_edition, second_edition
from crawler.demo.pages import build_site
from crawler.demo.plenty import YEARS, add_plenty
from crawler.demo.summary import Expected, read_expected
from parsers.model import Context


@pytest.fixture(scope="module")
def planned() -> tuple[Edition, Edition, Expected]:
    """Both editions and what must be found."""
    return add_plenty(first_edition(), second_edition(), read_expected())


def test_there_is_something_for_every_page(planned: tuple[Edition, Edition, Expected]) -> None:
    """Some hundred reports in all forms, with gaps, contradictions, repairs and every kind of change."""
    _, second, expected = planned
    assert len(expected.reports) > 350
    assert {"narrative", "national_2014", "national_2019", "national_2021"} <= {
        one.form for one in expected.reports
    }
    assert len(expected.contradictions) >= 5
    assert len(expected.repaired) > 10
    kinds = Counter(
        (one.kind, one.item if one.kind == "status" else "") for one in expected.changes
    )
    for kind in (("field", ""), ("text", ""), ("status", "withdrawn"), ("status", "published")):
        assert kinds[kind] >= 2, kind
    governments = {one.body for one in second.reports}
    there = {(one.body, one.year) for one in second.reports}
    assert len(there) == len(second.reports)
    assert sum((body, year) not in there for body in governments for year in YEARS) > 10


def test_the_same_archive_is_planned_every_time() -> None:
    """Chance has a seed."""
    first, again = (add_plenty(first_edition(), second_edition(), read_expected()) for _ in "ab")
    assert first == again


def test_a_planted_page_is_read_as_planned(planned: tuple[Edition, Edition, Expected]) -> None:
    """One report of each form and one contradiction are read with body, year, form and doubt."""
    first, _, expected = planned
    site = build_site(first)
    hosts = {portal.id: portal for portal in first.portals}
    wrong = {(subject, year) for subject, year, _ in expected.contradictions[2:]}
    invented = [one for one in first.reports if one.portal.startswith("demo-3")]
    chosen: dict[object, DemoReport] = {one.form: one for one in invented}
    chosen["wrong"] = next(one for one in invented if (one.body, one.year) in wrong)
    assert len(chosen) == 4
    for kind, one in chosen.items():
        portal = hosts[one.portal]
        context = Context(
            url=f"http://{portal.host}{one.path}",
            portal=portal.id,
            portal_name=portal.name,
            portal_region=portal.region,
            official=True,
        )
        page = site[portal.host, one.path]
        report = read(page.body, content_type=page.content_type, context=context).report
        assert (report.subject, report.year, report.form) == (one.body, one.year, one.form)
        rules = {found.rule for found in report.findings if found.severity == "error"}
        assert ("results_sum" in rules) is (kind == "wrong"), (kind, rules)
        assert "演示" in page.body.decode("utf-8")
