"""``scrapy read``: one source in, its reading out, an exit status that can be relied on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.reading import read
from crawler.commands.read import lines_of, reaches
from parsers.model import Finding
from tests.servers import HTML, NOT_FOUND, Page, PageServer, run_scrapy

TEXT = (
    "示例区2019年政府信息公开工作年度报告\n"
    "一、概述\n本报告由示例区人民政府办公室编制。\n"
    "三、依申请公开政府信息情况\n2019年,共收到政府信息公开申请12件,其中当面申请2件,网上申请10件。\n"
)
HTML_TEXT = f"<html><body>{''.join(f'<p>{line}</p>' for line in TEXT.splitlines())}</body></html>"


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    """Return a report of our own as a text file."""
    path = tmp_path / "report.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_prints_json_of_a_file(text_file: Path) -> None:
    """The JSON names the source and holds its title, kind, year and numbers."""
    done = run_scrapy("read", str(text_file), "--json", "--url", "http://www.example.gov.cn/a")
    assert done.returncode == 0, done.stderr
    reading = json.loads(done.stdout)
    assert reading["source"]["name"] == "report.txt"
    assert reading["source"]["url"] == "http://www.example.gov.cn/a"
    assert reading["document"]["title"] == "示例区2019年政府信息公开工作年度报告"
    assert (reading["report"]["kind"], reading["report"]["year"]) == ("annual_report", 2019)
    numbers = {found["field"]: found["value"] for found in reading["statistics"]}
    assert numbers["requests_received_total"] == 12
    assert (numbers["requests_in_person"], numbers["requests_online"]) == (2, 10)


def test_prints_a_file_for_people(text_file: Path) -> None:
    """Without --json the head, the numbers and the findings are lines of text."""
    done = run_scrapy("read", str(text_file))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "title     示例区2019年政府信息公开工作年度报告"
    assert lines[2] == "year      2019"
    assert any(line.split()[:3] == ["requests_received_total", "12", "件"] for line in lines)
    assert any(line.startswith("findings (") for line in lines)


def test_amounts_are_aligned() -> None:
    """Amounts end in the same column, wide characters counted as two."""
    reading = read(TEXT.encode(), name="report.txt")
    lines = [line for line in lines_of(reading) if "  narrative  " in line]
    ends = {
        sum(2 if ord(char) > 0x2E7F else 1 for char in line.partition("  narrative  ")[0])
        for line in lines
    }
    assert len(lines) >= 3
    assert len(ends) == 1


def test_reads_an_address_through_the_crawler(tmp_path: Path) -> None:
    """An address is fetched after its robots.txt, read by evidence, and nothing is stored."""
    with PageServer({"/gk/r.html": Page(HTML_TEXT.encode("gb18030"), headers=(HTML,))}) as server:
        archive = tmp_path / "archive"
        done = run_scrapy("read", server.url("/gk/r.html"), "--json", archive=archive)
        assert done.returncode == 0, done.stderr
        assert server.paths() == ["/robots.txt", "/gk/r.html"]
        agent = server.arrivals[0].headers["User-Agent"]
    reading = json.loads(done.stdout)
    assert reading["source"]["url"].endswith("/gk/r.html")
    assert reading["encoding"]["name"] == "gb18030"
    assert reading["report"]["year"] == 2019
    assert agent.startswith("open-report-archive/")
    assert agent.endswith("(+tests@example.org)")
    assert not archive.exists()


# page and robots.txt -> words of the reason
UNREADABLE = {
    "not found": (NOT_FOUND, NOT_FOUND, "HTTP 404"),
    "forbidden by robots.txt": (
        Page(HTML_TEXT.encode()),
        Page(b"User-agent: *\nDisallow: /"),
        "robots_disallowed",
    ),
    "robots.txt fails": (Page(HTML_TEXT.encode()), Page(b"", 500), "robots_unreachable"),
    "no answer": (Page(drop=True), NOT_FOUND, "r.html"),
}


@pytest.mark.parametrize("case", UNREADABLE.values(), ids=UNREADABLE)
def test_an_address_that_cannot_be_had_fails(case: tuple[Page, Page, str], tmp_path: Path) -> None:
    """A page that is missing, forbidden or silent ends with status 1 and the reason."""
    page, robots, words = case
    with PageServer({"/r.html": page, "/robots.txt": robots}) as server:
        done = run_scrapy("read", server.url("/r.html"), "--json", archive=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr


def test_loopback_addresses_are_refused_by_default() -> None:
    """Without ALLOW_LOOPBACK an address of this machine is not asked."""
    with PageServer({"/r.html": Page(HTML_TEXT.encode())}) as server:
        done = run_scrapy("read", server.url("/r.html"))
        assert server.paths() == []
    assert done.returncode == 1
    assert "refused_address" in done.stderr


# arguments -> exit status
USAGES = {
    "nothing to read": ([], 2),
    "two things to read": (["a.txt", "b.txt"], 2),
    "unknown option": (["a.txt", "--nonsense"], 2),
    "unknown severity": (["a.txt", "--fail-on", "notice"], 2),
    "no such file": (["/nonexistent/a.txt"], 1),
    "a folder": (["/"], 1),
}


@pytest.mark.parametrize("case", USAGES.values(), ids=USAGES)
def test_wrong_use_has_its_status(case: tuple[list[str], int]) -> None:
    """Usage errors end with 2, files that cannot be opened with 1, and neither prints a reading."""
    arguments, status = case
    done = run_scrapy("read", *arguments)
    assert done.returncode == status
    assert '"source"' not in done.stdout


def test_fails_on_findings_only_when_asked() -> None:
    """--fail-on counts findings of its severity and worse."""
    notice, warning, error = (Finding("r", s, "m") for s in ("notice", "warning", "error"))
    assert not reaches([notice, warning, error], None)
    assert reaches([notice, warning], "warning")
    assert reaches([error], "warning")
    assert not reaches([notice, warning], "error")


def test_a_file_with_contradictions_fails_when_asked(corpus: Path) -> None:
    """Seed 002 contradicts itself: status 0 as such, 1 with --fail-on error."""
    seed = next((corpus / "seeds").glob("002_*.txt"))
    assert run_scrapy("read", str(seed), "--json").returncode == 0
    assert run_scrapy("read", str(seed), "--json", "--fail-on", "error").returncode == 1
