"""The page of a report: its text as repaired, numbers at their places, doubts, changes, evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.history import find_report, open_archive
from archive.site.report_page import Mended, mended, pieces_of, read_page
from tests.conftest import DemoRun
from tests.test_browse import OUTSIDE
from tests.test_search_page import archive_dir, ask

__all__ = ["archive_dir"]


def keys(demo_run: DemoRun) -> dict[str, str]:
    """Return the keys of the demo's reports by year and the first letters of their body."""
    (rows,) = ask(demo_run.archive, "/archive/reports.json?_shape=array&_size=max")
    return {f"{row['subject'][:2]}{row['year']}": row["key"] for row in rows.json()}


def page(demo_run: DemoRun, name: str) -> str:
    """Return the page of a report of the demo."""
    (answer,) = ask(demo_run.archive, f"/report/{keys(demo_run)[name]}")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return answer.text


def test_repairs_are_placed_in_the_repaired_text() -> None:
    """A repair that shortens the text moves those after it."""
    places = mended([(1, "xx", "甲", "one"), (5, "(yi)", "", "two"), (9, "y", "乙丙", "three")])
    assert [(one.start, one.end) for one in places] == [(1, 2), (4, 4), (4, 6)]


def test_a_text_is_cut_at_repairs_and_numbers() -> None:
    """The pieces make the text; what was taken out leaves an empty piece, also at the end."""
    repairs = [Mended(1, 2, "x", "甲", "one"), Mended(6, 6, "y", "", "two")]
    pieces = pieces_of("收甲12件。", repairs, [(2, 4)])
    assert "".join(one.text for one in pieces) == "收甲12件。"
    shown = [(p.text, p.repair.rule if p.repair else None, p.is_number, p.anchor) for p in pieces]
    assert shown == [
        ("收", None, False, None),
        ("甲", "one", False, None),
        ("12", None, True, "at-2"),
        ("件。", None, False, None),
        ("", "two", False, None),
    ]


def test_each_repair_is_marked_where_it_stands(demo_run: DemoRun) -> None:
    """On a badly damaged page every marked piece is exactly what the repair put there."""
    with open_archive(demo_run.archive) as db:
        shown = read_page(db, find_report(db, "铜陵市 2012"))
    assert shown is not None
    repairs, pieces = shown["repairs"], shown["pieces"]
    assert isinstance(repairs, list)
    assert isinstance(pieces, list)
    assert len(repairs) == 212
    texts: dict[Mended, str] = dict.fromkeys(repairs, "")
    for piece in pieces:
        if piece.repair is not None:
            texts[piece.repair] += piece.text
    assert [one for one, text in texts.items() if text != one.after] == []


def test_a_number_leads_to_its_place_in_the_text(demo_run: DemoRun) -> None:
    """Every link of a number has its target on the page, once."""
    text = page(demo_run, "平湖2023")
    places = set(re.findall(r'href="#(at-[0-9]+)"', text))
    assert len(places) > 100
    assert places == set(re.findall(r'id="(at-[0-9]+)"', text))
    assert len(places) == len(re.findall(r'id="at-[0-9]+"', text))


def test_doubts_stand_beside_their_numbers(demo_run: DemoRun) -> None:
    """A number that a finding doubts leads to the finding; a report without doubts says so."""
    text = page(demo_run, "长丰2016")
    link = re.search(r'class="doubt" href="#([^"]+)"', text)
    assert link is not None
    assert f'id="{link[1]}"' in text
    assert "refused_sum" in text
    assert 'class="doubt"' not in page(demo_run, "平湖2019")


def test_repairs_are_marked(demo_run: DemoRun) -> None:
    """Repaired places are marked in the text and listed with what stood there."""
    text = page(demo_run, "铜陵2012")
    assert '<ins class="repair" title="traditional_to_simplified: ' in text
    assert "Repairs · 修复 (212)" in text
    assert "Repairs · 修复" not in page(demo_run, "平湖2023")


def test_the_address_of_a_mirror_leads_nowhere(demo_run: DemoRun) -> None:
    """The address of an official page is a link, that of a mirror only text."""
    assert '<a href="http://www.demo-trs.test' in page(demo_run, "平湖2023")
    mirror = page(demo_run, "铜陵2012")
    assert "http://mirror.demo-copy.test" in mirror
    assert '<a href="http://mirror' not in mirror


def test_changes_and_evidence_are_shown(demo_run: DemoRun) -> None:
    """The change of a number, its states, the WARC records, and the comparison one link away."""
    text = page(demo_run, "平湖2023")
    assert "<del>3172</del> → <ins>3217</ins> (+45)" in text
    assert ".warc.gz" in text
    link = re.search(r'href="([^"]+/changes)"', text)
    assert link is not None
    (changes,) = ask(demo_run.archive, link[1])
    assert changes.status_code == 200
    assert "<del>3172</del>" in changes.text


def test_a_page_loads_nothing_from_elsewhere(demo_run: DemoRun) -> None:
    """No script, no other host, and the figures of the page in well under 300 KB."""
    text = page(demo_run, "平湖2023")
    assert "<script" not in text
    assert not OUTSIDE.search(text)
    assert len(text.encode()) < 300_000


@pytest.mark.parametrize("path", ["/report/none", "/report/none/changes"])
def test_an_unknown_report_is_not_found(archive_dir: Path, path: str) -> None:
    """An address that names no report answers 404."""
    assert ask(archive_dir, path)[0].status_code == 404


def test_markup_of_a_report_is_text(archive_dir: Path) -> None:
    """Markup in title and text is shown, not run."""
    (answer,) = ask(archive_dir, "/report/b/evil")
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "<i>" not in answer.text
