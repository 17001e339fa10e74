"""Our files in other people's hands: read by fastwarc and warcio, replayed by pywb in Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as OtherReader
from warcio.checker import Checker  # type: ignore[import-untyped]

from archive.cdxj import surt
from archive.recovery import finish
from archive.warc import read_records
from parsers.model import Capture
from tests.conftest import DemoRun
from tests.servers import PROJECT
from tests.test_warc import ASKED, NOT_MODIFIED, PAGE, writer
from tests.test_warc_revisit import originals

PYTHON = PROJECT / ".venv-replay" / "bin" / "python"
TITLE = re.compile(r"<title>([^<]*)</title>")

with_pywb = pytest.mark.skipif(
    not PYTHON.exists(), reason="pywb is not set up: make .venv-replay/.ready"
)


def test_every_file_of_a_crawl_is_accepted_by_other_readers(demo_run: DemoRun) -> None:
    """`warcio check` and fastwarc find every record whole and every digest right.

    A capture is a record of its own or, where a page was as before once more, one of a list.
    """
    files = sorted((demo_run.archive / "warc").iterdir())
    inputs = [str(path) for path in files]
    assert Checker(Namespace(inputs=inputs, verbose=False)).process_all() == 0
    ours = sum(isinstance(noun, Capture) for path in files for noun in read_records(path))
    answers = 0
    for path in files:
        with path.open("rb") as stream:
            for record in OtherReader(stream, parse_http=False):
                assert record.verify_block_digest(), record.record_id
                if record.headers["WARC-Type"] == "metadata":
                    answers += len(json.loads(record.reader.read()).get("visits", ()))
                answers += record.headers["WARC-Type"] in ("response", "revisit")
    assert answers == ours > 0


@contextmanager
def replayed(archive: Path) -> Iterator[str]:
    """Serve an archive through pywb; the address of its collection."""
    with subprocess.Popen(
        [PYTHON, PROJECT / "tests" / "replay_server.py", archive],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{int(server.stdout.readline())}/archive"
        finally:
            server.kill()


def fetched(address: str) -> bytes:
    """Return the body at an address, decoded no further."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        body: bytes = answer.read()
    return body


@with_pywb
def test_pywb_gives_back_what_was_captured_and_resolves_revisits(tmp_path: Path) -> None:
    """Each visit is found at its own time; one that only repeats has the body of its original."""
    out = writer(tmp_path / "warc")
    page = out.write(PAGE, ASKED)
    again = replace(PAGE, captured_at="2026-12-21T08:00:00Z", original=originals(page))
    out.write(again, ASKED)
    out.write(
        replace(
            NOT_MODIFIED, captured_at="2027-01-21T08:00:00Z", original=originals(page)
        ),
        ASKED,
    )  # fmt: skip
    other = replace(PAGE, url="http://portal.test/xxgk/list.asp?page=2&id=7", body=b"<p>other</p>")
    out.write(other, ASKED)
    out.close()
    finish(tmp_path)
    with replayed(tmp_path) as collection:
        for stamp in ("20261121080000", "20261221080000"):
            assert fetched(f"{collection}/{stamp}id_/{PAGE.url}") == PAGE.body
        assert fetched(f"{collection}/20270121080000id_/{PAGE.url}") == PAGE.body
        assert fetched(f"{collection}/2026id_/{other.url}") == other.body
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetched(f"{collection}/2026id_/http://portal.test/never-seen")


_ADDRESSES = """
http://www.gov.cn/
https://www2.Example.gov.cn:443/A/B/../c//d/./index.html#top
http://a.test:8080/list.asp?page=2&id=7
http://a.test/x?b=2&a=1&A=0&c
http://a.test/%E5%B9%B4%E6%8A%A5.html?k=%2541
http://a.test/年报.html
http://a.test/list?jsessionid=0123456789abcdef0123456789abcdef&x=1
http://a.test/p.do?x=1&PHPSESSID=0123456789abcdef0123456789abcdef
http://a.test/(S(abcdefghijklmnopqrstuvwx))/list.aspx
http://user:pw@a.test/dir/
http://127.0.0.1:5000/
http://a.test
http://a.test?x=1
http://a.test/?
http://a.test/a%20b?c d
http://a.test/a?b=%26
http://a.test/../../x
http://a.test/a;jsessionid=AB12?x=1
http://例子.测试/路径
http://a.test/x?&
http://a.test/dir//
"""


@with_pywb
def test_our_index_keys_are_those_of_pywb() -> None:
    """Each address has the key under which pywb looks for it."""
    addresses = _ADDRESSES.strip().splitlines()
    ask = (
        "import sys, json; from pywb.utils.canonicalize import canonicalize;"
        "json.dump([canonicalize(url) for url in json.load(sys.stdin)], sys.stdout)"
    )
    done = subprocess.run(
        [PYTHON, "-c", ask],
        input=json.dumps(addresses),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert [surt(url) for url in addresses] == json.loads(done.stdout)


def a_gbk_page(archive: Path) -> tuple[Capture, str]:
    """Return a captured page that is not UTF-8, and its title."""
    for path in sorted((archive / "warc").iterdir()):
        for noun in read_records(path):
            if isinstance(noun, Capture) and noun.status == 200 and b"charset=gb2312" in noun.body:
                found = TITLE.search(noun.body.decode("gb18030"))
                if found and noun.role == "document":
                    return noun, found[1]
    raise AssertionError("the demo has no page in GBK")


@with_pywb
def test_a_browser_shows_the_gbk_page_of_the_demo_in_chinese(
    demo_run: DemoRun, tmp_path: Path
) -> None:
    """Chromium, through pywb, shows the title of a GBK page as its source meant it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    page, title = a_gbk_page(demo_run.archive)
    assert "年度报告" in title
    with replayed(demo_run.archive) as collection:
        stamp = re.sub(r"\D", "", page.captured_at)[:14]
        shown = subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                f"--user-data-dir={tmp_path}",
                "--dump-dom",
                f"{collection}/{stamp}mp_/{page.url}",
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        ).stdout
    assert title in TITLE.findall(shown)
    assert shown.count(title.partition("-")[0]) == 2  # in the head and above the text
