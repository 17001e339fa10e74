"""The demo portals: their forms, their second edition, and what a crawl of both finds."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pdfplumber
import pytest
from sqlite_utils import Database

from archive.reading import read
from crawler.demo.archive_folder import NotADemoArchive, prepare_folder
from crawler.demo.compose import compose
from crawler.demo.editions import DemoReport, Edition, first_edition, read_edits, second_edition
from crawler.demo.grids import APPLICANTS
from crawler.demo.pages import Page, build_site, mirror_text
from crawler.demo.server import DemoServer
from crawler.demo.summary import Seen, find_failures, read_expected, read_summary
from tests.conftest import ROOT, DemoRun

TRS, ASP, MIRROR = "www.demo-trs.test", "www.demo-asp.test", "mirror.demo-copy.test"
FIRST, SECOND = first_edition(), second_edition()
FIRST_SITE, SECOND_SITE = build_site(FIRST), build_site(SECOND)


def report(edition: Edition, name: str) -> DemoReport:
    """Return one report of an edition by its id."""
    return next(one for one in edition.reports if one.id == name)


def page(name: str) -> Page:
    """Return the page of a report of the first edition."""
    one = report(FIRST, name)
    host = next(portal.host for portal in FIRST.portals if portal.id == one.portal)
    return FIRST_SITE[host, one.path]


@pytest.mark.parametrize(
    "name",
    [
        "SiteName",
        "SiteDomain",
        "SiteIDCode",
        "ColumnName",
        "ColumnDescription",
        "ColumnKeywords",
        "ColumnType",
        "ArticleTitle",
        "PubDate",
        "ContentSource",
    ],
)
def test_a_trs_article_has_every_mandated_meta_tag(name: str) -> None:
    """Every meta tag that the guide for government sites requires stands in a TRS article."""
    html = page("trs-2023").body.decode("utf-8")
    assert re.search(rf'<meta name="{name}" content="[^"]+">', html)


def test_the_trs_list_has_two_pages_with_zero_based_paging() -> None:
    """The list says createPageHTML(2, 0, …) on its first page and (2, 1, …) on its second."""
    column = "/zwgk/xxgknb/"
    first = FIRST_SITE[TRS, column].body.decode("utf-8")
    second = FIRST_SITE[TRS, column + "index_1.html"].body.decode("utf-8")
    assert 'createPageHTML(2, 0, "index", "html")' in first
    assert 'createPageHTML(2, 1, "index", "html")' in second
    assert first.count("<li>") == 5
    assert second.count("<li>") == 3
    assert "index_2.html" not in str(FIRST_SITE.keys())


@pytest.mark.parametrize(
    ("name", "spans", "absent"),
    [
        ("trs-2023", ['rowspan="22"', "本年制发件数", "3.其他"], ['rowspan="20"']),
        ("trs-2020", ['rowspan="20"', "本年新制作数量", "政府集中采购"], ['rowspan="22"']),
    ],
)
def test_the_request_table_spans_as_in_its_form(
    name: str, spans: list[str], absent: list[str]
) -> None:
    """The box of the results spans 22 rows in the form of 2021 and 20 in that of 2019."""
    html = page(name).body.decode("utf-8")
    assert 'colspan="3" rowspan="3"' in html
    assert [text for text in spans if text not in html] == []
    assert [text for text in absent if text in html] == []


def test_every_table_is_a_full_rectangle() -> None:
    """The boxes of each drawn table cover its grid exactly, spans included."""
    for one in FIRST.reports:
        for grid in (piece for piece in compose(one) if isinstance(piece, tuple)):
            covered: list[tuple[int, int]] = []
            for row, boxes in enumerate(grid):
                column = 0
                for box in boxes:
                    while (row, column) in covered:
                        column += 1
                    covered += [
                        (row + down, column + right)
                        for down in range(box.rowspan)
                        for right in range(box.colspan)
                    ]
            width = sum(box.colspan for box in grid[0])
            assert len(covered) == len(set(covered)) == len(grid) * width, one.id


@pytest.mark.parametrize(
    "column",
    [*APPLICANTS, "total"],
)
@pytest.mark.parametrize("name", ["trs-2019", "trs-2021", "trs-2022", "trs-2023"])
def test_what_came_in_equals_what_went_out(name: str, column: str) -> None:
    """Requests received plus carried in are results plus carried out, in every column."""
    printed = report(FIRST, name).printed
    new, carried_in, results, carried_out = (
        int(printed[f"req_{row}_{column}"])
        for row in ("new_received", "carried_in", "result_total", "carried_out")
    )
    assert new + carried_in == results + carried_out


def test_the_planted_total_does_not_hold() -> None:
    """The report of 2020 prints 45 where its rows of natural persons add up to 43."""
    printed = report(FIRST, "trs-2020").printed
    rows = ["granted", "partial", "denied_third_party", "unable_not_held", "notproc_petition"]
    rows += ["notproc_duplicate", "other_handling"]
    assert sum(int(printed[f"req_{row}_natural_person"]) for row in rows) == 43
    assert printed["req_result_total_natural_person"] == "45"


def test_the_asp_pages_are_gbk_without_a_charset_header() -> None:
    """Pages of the old site are no UTF-8, and their header names no charset."""
    for (host, path), one in FIRST_SITE.items():
        if host == ASP and path != "/":
            assert one.content_type == "text/html"
            with pytest.raises(UnicodeDecodeError):
                one.body.decode("utf-8")
            assert "演示数据" in one.body.decode("gbk")


def test_the_asp_list_answers_beyond_its_end_with_its_last_page() -> None:
    """Page 3 of two pages is page 2 again, with status 200."""
    column = "/xxgk/list.asp?classid=12"
    assert FIRST_SITE[ASP, column + "&page=3"] == FIRST_SITE[ASP, column + "&page=2"]
    assert FIRST_SITE[ASP, column + "&page=1"] != FIRST_SITE[ASP, column + "&page=2"]


def test_the_report_of_2016_has_lost_its_table() -> None:
    """The table of 2016 is a column of lines; units of one character are gone, 万元 is not."""
    html = page("asp-2016").body.decode("gbk")
    lines = re.findall(r"<p[^>]*>([^<]*)</p>", html)
    assert "<table border" not in html
    assert lines[lines.index("（一）收到申请数") + 1] == "43"
    assert lines[lines.index("七、依申请公开信息收取的费用") + 1] == "万元"
    assert "件" not in lines


def test_the_mirror_page_is_broken_and_its_source_is_not() -> None:
    """The mirror shows annotations and shifted runs that the clean text has not."""
    html = page("mirror-2012").body.decode("utf-8")
    clean = mirror_text(report(FIRST, "mirror-2012"))
    assert re.search(r"[\u4e00-\u9fff]\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]+\)", html)
    assert "?。ㄒ唬" in html
    assert "（一）健全制度" in clean
    assert "?" not in clean


def test_the_pdf_has_the_text_and_the_tables() -> None:
    """The PDF report names its title and holds the request table in ten columns."""
    with pdfplumber.open(BytesIO(page("trs-2022").body)) as pdf:
        text = "\n".join(sheet.extract_text() for sheet in pdf.pages)
        tables = [table for sheet in pdf.pages for table in sheet.extract_tables()]
    assert "平湖市人民政府2022年政府信息公开工作年度报告" in text
    assert [len(table[0]) for table in tables] == [4, 10, 15]
    assert [row[-1] for row in tables[1] if row[0] == "四、结转下年度继续办理"] == ["2"]


@pytest.mark.parametrize(("host", "path"), sorted(FIRST_SITE))
def test_every_page_says_that_its_data_are_made_up(host: str, path: str) -> None:
    """The frame of every page and of the PDF is marked as demo data; only robots.txt is not."""
    one = FIRST_SITE[host, path]
    if path == "/robots.txt":
        text = "演示数据"
    elif one.content_type == "application/pdf":
        with pdfplumber.open(BytesIO(one.body)) as pdf:
            text = pdf.pages[0].extract_text()
    else:
        text = one.body.decode("gbk" if host == ASP and path != "/" else "utf-8")
    assert "演示数据" in text


def test_the_same_edition_gives_the_same_bytes() -> None:
    """Building a site twice gives equal pages, the PDF included."""
    assert build_site(first_edition()) == FIRST_SITE


def test_the_second_edition_differs_exactly_as_listed() -> None:
    """Of all pages that are no lists, only those of the edited reports differ."""
    lists = re.compile(r"/zwgk/xxgknb/(index\w*\.html)?$|/xxgk/list\.asp")
    keys = {key for key in {**FIRST_SITE, **SECOND_SITE} if not lists.match(key[1])}
    differing = {key for key in keys if FIRST_SITE.get(key) != SECOND_SITE.get(key)}
    assert differing == {
        (TRS, "/zwgk/xxgknb/202401/t20240122_1023.html"),  # number
        (TRS, "/zwgk/xxgknb/202301/t20230112_1007.html"),  # sentence
        (TRS, "/zwgk/xxgknb/202301/t20230111_1004.html"),  # frame
        (TRS, "/zwgk/xxgknb/202001/t20200120_0719.html"),  # moved from
        (TRS, "/zwgk/xxgknb/2019n/t20200120_0719.html"),  # moved to
        (ASP, "/xxgk/show.asp?id=296"),  # frame
        (ASP, "/xxgk/show.asp?id=341"),  # withdrawn
        (TRS, "/zwgk/xxgknb/202501/t20250121_1124.html"),  # new
    }
    assert len(read_edits()) == 7


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("202401/t20240122_1023.html", "<p>3172</p>", "<p>3217</p>"),
        (
            "202301/t20230112_1007.html",
            "教育类信息按学期集中发布。",
            "教育类信息改为按月发布，并增加图解。",
        ),
    ],
)
def test_an_edited_page_differs_in_one_place(path: str, before: str, after: str) -> None:
    """Putting the old words back into the edited page gives the page of the first edition."""
    key = (TRS, "/zwgk/xxgknb/" + path)
    old, new = FIRST_SITE[key].body.decode(), SECOND_SITE[key].body.decode()
    assert old.count(before) == 1
    assert old.replace(before, after) == new


def test_the_moved_page_is_the_same_page() -> None:
    """The report of 2019 has the same bytes at its new address."""
    old, new = (report(edition, "trs-2019").path for edition in (FIRST, SECOND))
    assert old != new
    assert FIRST_SITE[TRS, old] == SECOND_SITE[TRS, new]


@pytest.mark.parametrize(
    ("host", "path", "marks"),
    [
        (
            TRS,
            "/zwgk/xxgknb/202301/t20230111_1004.html",
            ["数据开放", "浏览次数", "页面更新日期"],
        ),
        (ASP, "/xxgk/show.asp?id=296", ["数据开放", "点击", "演示站点"]),
    ],
    ids=["trs", "asp"],
)
def test_the_frame_edit_leaves_the_article_alone(host: str, path: str, marks: list[str]) -> None:
    """Only menu, visit counter and footer date of the redesigned pages differ."""
    charset = "gbk" if host == ASP else "utf-8"
    old, new = (
        site[host, path].body.decode(charset).split("\n") for site in (FIRST_SITE, SECOND_SITE)
    )
    differing = [line for line, other in zip(new, old, strict=True) if line != other]
    assert [mark in line for mark, line in zip(marks, differing, strict=True)] == [True] * 3


def test_the_server_tells_hosts_apart_and_changes_editions() -> None:
    """One port answers for every host; what the second edition withdrew is a 404 from then on."""

    def fetch(host: str, path: str) -> tuple[int, bytes]:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{server.port}{path}", headers={"Host": f"{host}:{server.port}"}
        )
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    with DemoServer(FIRST_SITE, port=0) as server:
        path = "/xxgk/show.asp?id=341"
        assert fetch(ASP, path) == (200, FIRST_SITE[ASP, path].body)
        assert fetch(MIRROR, path)[0] == 404
        server.publish(SECOND_SITE)
        assert fetch(ASP, path)[0] == 404
        assert fetch(TRS, "/robots.txt")[0] == 200


def test_the_demo_empties_only_its_own_folder(tmp_path: Path) -> None:
    """A folder with the demo's marker is emptied; one with other files is refused and kept."""
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    prepare_folder(own)
    (own / "archive.db").write_text("old")
    prepare_folder(own)
    assert not (own / "archive.db").exists()
    foreign.mkdir()
    (foreign / "letters.txt").write_text("keep me")
    with pytest.raises(NotADemoArchive, match="ARCHIVE_DIR"):
        prepare_folder(foreign)
    assert (foreign / "letters.txt").read_text() == "keep me"


# ---- the parsers on these pages ----------------------------------------------------------------


@pytest.mark.parametrize("name", [one.id for one in FIRST.reports if one.printed])
def test_every_printed_number_is_read_exactly_once(name: str) -> None:
    """Each number of each table comes back once, as printed, under its field id."""
    one, kept = report(FIRST, name), page(name)
    reading = read(kept.body, content_type=kept.content_type, name=one.path)
    found: dict[str, list[str]] = {}
    for statistic in reading.report.statistics:
        if statistic.source.startswith("table"):
            found.setdefault(statistic.field, []).append(statistic.raw)
    expected = {field: [number] for field, number in one.printed.items()}
    assert {field: found.get(field) for field in expected} == expected


def test_the_broken_page_reads_like_its_source() -> None:
    """The repaired text of the mirror page is the clean text, but for folded punctuation."""
    folding = {ord(full): ord(half) for full, half in zip("，（）：；　", ",():; ", strict=True)}
    clean = mirror_text(report(FIRST, "mirror-2012")).translate(folding)
    kept = page("mirror-2012")
    reading = read(kept.body, content_type=kept.content_type, name="mirror.html")
    wanted = [line.strip() for line in clean.split("\n")]
    assert [line.strip() for line in reading.document.text.split("\n")] == wanted


# ---- the whole run ------------------------------------------------------------------------------


def test_the_demo_finds_everything_and_says_so(demo_run: DemoRun) -> None:
    """``scrapy demo`` ends with status 0, nothing missing, and nothing logged as an error."""
    summary = read_summary(demo_run.archive)
    assert find_failures(summary, read_expected()) == ()
    assert demo_run.status == 0, demo_run.printed + demo_run.errors
    assert "ERROR" not in demo_run.errors
    assert "every change was seen" in demo_run.printed


def test_what_to_try_next_can_be_typed(demo_run: DemoRun) -> None:
    """Each line begins with a program that is there, from where the demo was started."""
    lines = demo_run.printed.partition("Try next:\n")[2].partition("\n\n")[0].splitlines()
    programs = [line.split()[0] for line in lines]
    assert [Path(one).name for one in programs] == ["sqlite-utils", "scrapy", "scrapy"]
    assert [one for one in programs if not (shutil.which(one) or (ROOT / one).is_file())] == []


def test_an_interrupted_demo_ends_without_a_judgement(tmp_path: Path) -> None:
    """Ctrl-C in the middle starts no further crawl, and misses no change."""
    command = [sys.executable, "-m", "scrapy", "demo", "-s", f"ARCHIVE_DIR={tmp_path / 'archive'}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as demo:
        assert demo.stderr is not None
        assert "reports finished" in demo.stderr.readline()
        demo.send_signal(signal.SIGINT)
        printed, _ = demo.communicate(timeout=60)
    assert (demo.returncode, printed.splitlines()[-1].split(":")[0]) == (130, "interrupted")


def test_the_archive_holds_exactly_the_five_changes(demo_run: DemoRun) -> None:
    """A number, a sentence, a move, a withdrawal and a new report: nothing else has changed."""
    assert set(read_summary(demo_run.archive).changes) == {
        Seen("平湖市人民政府", 2023, "field", "a20_6_penalty_decisions", "3172", "3217"),
        Seen(
            "平湖市教育局",
            2022,
            "text",
            "text",
            "教育类信息按学期集中发布。",
            "教育类信息改为按月发布，并增加图解。",
        ),
        Seen(
            "平湖市人民政府",
            2019,
            "status",
            "moved",
            "/zwgk/xxgknb/202001/t20200120_0719.html",
            "/zwgk/xxgknb/2019n/t20200120_0719.html",
        ),
        Seen("长丰县人民政府", 2015, "status", "withdrawn", "/xxgk/show.asp?id=341", ""),
        Seen(
            "平湖市人民政府",
            2024,
            "status",
            "published",
            "",
            "/zwgk/xxgknb/202501/t20250121_1124.html",
        ),
    }


def test_notices_and_broken_lists_add_no_report(demo_run: DemoRun) -> None:
    """Links of the lists that are no reports were not fetched."""
    urls = [row["url"] for row in Database(demo_run.archive / "archive.db")["captures"].rows]
    assert [url for url in urls if "t20231205_0988" in url or url.endswith("id=402")] == []


def test_a_captured_page_is_on_disk_as_served(demo_run: DemoRun) -> None:
    """The digest of the GBK report in the database is that of the bytes the server sent."""
    wanted = hashlib.sha256(page("asp-2011").body).hexdigest()
    rows = Database(demo_run.archive / "archive.db")["captures"].rows
    kept = {row["body_sha256"] for row in rows if row["url"].endswith("show.asp?id=117")}
    assert kept == {wanted}


def test_a_missing_report_fails_the_demo(demo_run: DemoRun) -> None:
    """The comparison names what is missing from the archive and what is too much in it."""
    summary = read_summary(demo_run.archive)
    poorer = replace(summary, reports=summary.reports[1:], changes=(*summary.changes,) * 2)
    failures = find_failures(poorer, read_expected())
    assert sum(line.startswith("missing report") for line in failures) == 1
    assert sum(line.startswith("unexpected change") for line in failures) == 5
