"""The page of a report: its text as repaired, numbers at their places, doubts, changes, evidence."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archive.history import find_report, open_archive
from archive.site.report_page import read_page
from archive.site.report_text import Block, Mended, blocks_of, find_tables, mended, pieces_of
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
    repairs, blocks = shown["repairs"], shown["blocks"]
    assert isinstance(repairs, list)
    assert isinstance(blocks, list)
    pieces = [piece for block in blocks for piece in block.pieces]
    pieces += [piece for block in blocks for row in block.rows for cell in row for piece in cell]
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
    link = re.search(r'class="doubt warn" href="#([^"]+)"', text)
    assert link is not None
    assert f'id="{link[1]}"' in text
    assert '<a class="doubted-number" id="at-' in text
    assert f'href="#{link[1]}">' in text
    assert "各项不予公开理由之和与不予公开总数" in text
    assert 'class="doubt ' not in page(demo_run, "平湖2019")


def test_repairs_are_marked(demo_run: DemoRun) -> None:
    """Repaired places are marked in the text and listed with what stood there."""
    text = page(demo_run, "铜陵2012")
    assert '<ins class="repair" title="traditional_to_simplified: ' in text
    assert "修复清单（212）" in text
    assert "修复清单" not in page(demo_run, "平湖2023")


def test_the_address_of_a_mirror_leads_nowhere(demo_run: DemoRun) -> None:
    """The address of an official page is a link, that of a mirror only text."""
    assert '<a href="http://www.demo-trs.test' in page(demo_run, "平湖2023")
    mirror = page(demo_run, "铜陵2012")
    assert "http://mirror.demo-copy.test" in mirror
    assert '<a href="http://mirror' not in mirror


def test_changes_and_evidence_are_shown(demo_run: DemoRun) -> None:
    """The change of a number, its states, the WARC records, and the comparison one link away."""
    text = page(demo_run, "平湖2023")
    assert "<del>3172</del></td>" in text
    assert "<ins>3217</ins></td>" in text
    assert "<small>+45</small>" in text
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


GRID = [["项目", "", "合计"], ["", "自然人", ""], ["收到", "3", "4"]]
TABLE = "前文。\n项目\t合计\n自然人\n收到\t3\t4\n后文。"


def shown(blocks: list[Block]) -> list[object]:
    """Return the words of blocks: text as a text, a table as its rows."""
    return [
        [["".join(piece.text for piece in cell) for cell in row] for row in one.rows]
        if one.rows
        else "".join(piece.text for piece in one.pieces)
        for one in blocks
    ]


def test_tables_of_the_text_are_tables() -> None:
    """Cells stand in their columns, those under a merged one empty, the text around without gaps."""
    assert shown(blocks_of(TABLE, [GRID], [], [], {})) == ["前文。", GRID, "后文。"]


def test_numbers_and_repairs_are_marked_in_cells() -> None:
    """A number in a cell has its anchor and its doubt, a repair its mark, in the cell alone."""
    at = TABLE.index("3")
    repairs = [Mended(TABLE.index("收"), TABLE.index("收") + 1, "攵", "收", "one")]
    blocks = blocks_of(TABLE, [GRID], repairs, [(at, at + 1)], {at: "f1"})
    received, three, _ = blocks[1].rows[2]
    assert [(piece.text, piece.repair is not None) for piece in received] == [
        ("收", True),
        ("到", False),
    ]
    assert [(piece.anchor, piece.doubt) for piece in three] == [(f"at-{at}", "f1")]


@pytest.mark.parametrize(
    "grid", [[["别的", "表"]], [["项目", "合计"], ["没有", "这行"]], [[""]], []]
)
def test_a_grid_that_is_not_in_the_text_leaves_it_as_it_is(grid: list[list[str]]) -> None:
    """Nothing of the text is lost where its table is not found."""
    assert shown(blocks_of(TABLE, [grid], [], [], {})) == [TABLE]


def test_nearly_every_table_of_the_demo_is_found(demo_run: DemoRun) -> None:
    """Of the tables of all revisions at most one stays lines of text."""
    with open_archive(demo_run.archive) as db:
        revisions = db.execute("SELECT text, tables FROM revisions").fetchall()
    grids = [(text, json.loads(tables)) for text, tables in revisions]
    every = sum(len(some) for _, some in grids)
    found = sum(len(find_tables(text, some)) for text, some in grids)
    assert every > 30
    assert every - found <= 1


def test_both_languages_are_complete(demo_run: DemoRun) -> None:
    """The headings of the page in either language; the words of the report stay as they are."""
    key = keys(demo_run)["平湖2020"]
    chinese, english = ask(demo_run.archive, f"/report/{key}", f"/report/{key}?lang=en")
    for words in ("存疑", "数字", "正文", "变更", "证据", "引用", "机器所见，未经人工核实"):
        assert words in chinese.text
    for words in ("Findings", "Numbers", "Evidence", "found by machine, not confirmed by a person"):
        assert words in english.text
    assert "全年主动公开政府信息" in english.text
    told = '<th scope="row">{}<small><code>req_new_received_total</code></small></th>'
    label, label_en = "本年新收政府信息公开申请数量 总计", "Applications newly received: total"
    assert told.format(f'<span lang="zh-CN">{label}</span>') in chinese.text
    assert told.format(f'{label_en}<small lang="zh-CN">{label}</small>') in english.text


def test_what_a_person_has_said_is_told_apart(demo_run: DemoRun, tmp_path: Path) -> None:
    """A confirmed finding comes first with its reviewer; a refuted one marks no number."""
    key = keys(demo_run)["平湖2020"]
    copy = tmp_path / "archive.db"
    copy.write_bytes((demo_run.archive / "archive.db").read_bytes())
    with closing(sqlite3.connect(copy)) as db, db:
        first, second, *_ = (
            found
            for (found,) in db.execute(
                "SELECT key FROM findings WHERE report = ? ORDER BY key", [key]
            )
        )
        for target, verdict in ((first, "confirmed"), (second, "wrong")):
            db.execute(
                "INSERT INTO reviews VALUES (?, ?, '<b>张三', '2026-11-28T17:00:00Z', '已电话核实')",
                [target, verdict],
            )
    (answer,) = ask(tmp_path, f"/report/{key}")
    order = re.findall(r'<ul class="findings (\w+)">', answer.text)
    assert order == ["confirmed", "machine", "wrong"]
    assert "核实者：&lt;b&gt;张三，2026-11-29" in answer.text
    assert "已电话核实" in answer.text
    assert f'class="doubt warn" href="#{first}"' in answer.text
    assert f'class="doubt warn" href="#{second}"' not in answer.text


def test_a_report_can_be_cited(demo_run: DemoRun) -> None:
    """Three styles, each with the key, the time of the capture and its WARC record."""
    cited = re.findall(r'<pre class="cite"[^>]*>(.*?)</pre>', page(demo_run, "平湖2023"), re.DOTALL)
    assert len(cited) == 3
    for words in cited:
        assert "urn:uuid:" in words
        assert keys(demo_run)["平湖2023"].split("/", maxsplit=1)[0] in words


def test_main_numbers_and_other_years_are_one_click_away(demo_run: DemoRun) -> None:
    """The report of 2023 shows what was received and leads to its other years and its body."""
    text = page(demo_run, "平湖2023")
    assert "<dt>当年收到的申请</dt><dd>63</dd>" in text
    assert f'<a href="/report/{keys(demo_run)["平湖2019"]}">2019</a>' in text
    assert '<strong aria-current="page">2023</strong>' in text
    assert re.search(r'<a href="/body/\w+">历年数据与图表</a>', text)
