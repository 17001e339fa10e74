"""What hostile servers and pages cannot make us do."""

from __future__ import annotations

import gzip
import io
import ipaddress
import resource
import sqlite3
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred, succeed

from crawler.listings import ListSource, read_list
from crawler.middlewares.guard import is_public, is_web_port
from crawler.portals import UnusablePortal, is_government_host, parse_portal
from tests.hostile import HostileServer, answer, endless
from tests.servers import HTML_UTF8, Page, PageServer, run_scrapy, write_portal

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MANY = 3000


def listing(*hrefs: str) -> bytes:
    """Return a list that links reports."""
    title = "示例区{}年政府信息公开工作年度报告"
    rows = (
        f'<li><a href="{h}">{title.format(2008 + n % 16)}</a></li>' for n, h in enumerate(hrefs)
    )
    return f"<ul>{''.join(rows)}</ul>".encode()


GOOD = "<p>示例区2019年政府信息公开工作年度报告</p><p>收到申请3件。</p>".encode()


def zipped(**files: str) -> bytes:
    """Return a ZIP file whose names are as given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        for name, text in files.items():
            bundle.writestr(name.replace("__", "../"), text)
    return buffer.getvalue()


NAMED = b'Content-Disposition: attachment; filename="../../../escaped.txt"\r\n'
HOSTILE = {
    "/bomb": answer(
        gzip.compress(b"<p>" + b"0" * 90_000_000), headers=b"Content-Encoding: gzip\r\n"
    ),
    "/long": answer(gzip.compress(b"<p>" * 4_000_000), headers=b"Content-Encoding: gzip\r\n"),
    "/endless": endless(HEAD + b"\r\n", b"x" * 65536),
    "/promised": answer(b"", headers=b"Content-Length: 99999999999\r\n"),
    "/drip": endless(HEAD + b"\r\n", b"x", 0.2),
    "/header": answer(b"", headers=b"X-A: " + b"a" * 500_000 + b"\r\n"),
    "/headers": endless(HEAD, b"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 1000),
    "/continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "/noise": lambda connection, _: connection.sendall(b"\x00\xff" * 500 + b"\r\n\r\n"),
    "/loop": answer(b"", 302, b"Location: /loop?1\r\n"),
    "/loop?1": answer(b"", 302, b"Location: /loop\r\n"),
    "/file": answer(b"", 302, b"Location: file:///etc/passwd\r\n"),
    "/script": answer(b"", 302, b"Location: javascript:alert(1)\r\n"),
    "/private": answer(b"", 302, b"Location: http://10.0.0.1/admin\r\n"),
    "/metadata": answer(b"", 302, b"Location: http://169.254.169.254/latest/meta-data/\r\n"),
    "/mail": answer(b"", 302, b"Location: http://93.184.216.34:25/\r\n"),
    "/inside": answer(b"", 302, b"Location: http://inside.test/\r\n"),
    "/named": answer(GOOD, headers=NAMED + b"Content-Type: text/plain\r\n"),
    "/bundle.zip": answer(
        zipped(__escaped="x", report="y"), headers=b"Content-Type: application/zip\r\n"
    ),
    "/good": answer(GOOD),
}
FOREIGN = ["10.0.0.1", "169.254.169.254", "93.184.216.34", "inside.test"]


class InsideResolver(CachingThreadedResolver):
    """Knows a public-looking name that stands for a private address."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """Return the private address of ``inside.test``."""
        if name == "inside.test":
            return succeed("192.168.1.1")
        return super().getHostByName(name, timeout)


@dataclass(frozen=True, slots=True)
class Survived:
    """What became of a crawl over a hostile portal."""

    folder: Path
    outcomes: dict[str, list[str]]
    refused: dict[str, int]
    reasons: str


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Survived:
    """Return what one crawl of a portal made of everything hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    archive = folder / "archive"
    says = HOSTILE | {"/list": answer(listing(*HOSTILE))}
    with HostileServer(says) as server:
        write_portal(archive / "portals", server, "hostile", ("/list", "generic"))
        file = archive / "portals" / "hostile.toml"
        more = f"hosts = {FOREIGN!r}\nsite_code = '6200000000'\nsite_code_checked = '2026-11-22'\n"
        file.write_text(more + file.read_text("utf-8"), "utf-8")
        settings = {
            "DOWNLOAD_TIMEOUT": 3,
            "DOWNLOAD_MAXSIZE": 2_000_000,
            "LOG_LEVEL": "INFO",
            "DOWNLOAD_DELAY": 1.0,
            "TWISTED_DNS_RESOLVER": "tests.test_safety.InsideResolver",
        }
        done = run_scrapy("crawl", "reports", archive=archive, settings=settings)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        assert set(HOSTILE) <= set(server.paths)
    with sqlite3.connect(archive / "archive.db") as db:
        rows = db.execute("SELECT url, outcome, coalesce(failure, '') FROM captures").fetchall()
        counts = db.execute(
            "SELECT key, value FROM runs, json_each(runs.facts, '$.counts')"
            " WHERE key LIKE 'refused/%'"
        ).fetchall()
    db.close()
    outcomes: dict[str, list[str]] = {}
    for url, outcome, failure in rows:
        outcomes.setdefault(url.split("/", 3)[3], []).append(f"{outcome} {failure}".strip())
    return Survived(folder, outcomes, dict(counts), done.stderr)


# path -> words in what the archive says of its capture
KEPT = {
    "bomb": "unreadable: entity: decoded body is larger",
    "long": "unreadable: page: has 12000000 bytes",
    "endless": "failed DownloadCancelledError",
    "promised": "failed",
    "drip": "failed DownloadTimeoutError",
    "header": "failed",
    "headers": "failed",
    "continue": "failed",
    "noise": "failed",
    "file": "gone",
    "script": "gone",
    "private": "gone",
    "good": "new",
}


@pytest.mark.parametrize("path", KEPT)
def test_hostile_answers_are_kept_and_stop_nothing(survived: Survived, path: str) -> None:
    """Each attack is a capture that says how it ended; the crawl goes on to the honest page."""
    assert survived.outcomes[path][0].startswith(KEPT[path]), survived.outcomes[path]


def test_redirects_inward_are_refused(survived: Survived) -> None:
    """Private, link-local and metadata addresses, also behind a name, are never connected to."""
    assert survived.refused["refused/refused_address"] == 3
    for target in ("10.0.0.1", "169.254.169.254", "192.168.1.1"):
        assert f"is at {target}, which is not public" in survived.reasons
    assert survived.refused["refused/refused_port"] == 1
    assert not {"admin", "latest/meta-data/"} & set(survived.outcomes)


def test_a_loop_of_redirects_ends(survived: Survived) -> None:
    """Two pages that redirect to each other are asked no more often than redirects are allowed."""
    assert len(survived.outcomes["loop"]) + len(survived.outcomes["loop?1"]) <= 12


def test_names_in_answers_write_no_files(survived: Survived) -> None:
    """File names with paths, in headers and in bundles, name nothing on this machine."""
    assert not list(survived.folder.rglob("*escaped*"))
    assert not list(survived.folder.parent.glob("*escaped*"))
    written = {path.name for path in (survived.folder / "archive").iterdir()}
    assert written <= {
        "archive.db", "archive.db-shm", "archive.db-wal", "cdxj", "ids.jsonl", "manifest.jsonl",
        "portals", "requests", "signing-key.pem", "signing-key.pub", "warc",
    }  # fmt: skip


def test_a_flood_of_links_is_cut(tmp_path: Path) -> None:
    """A page that links without end leads to so many requests and no more, and the run says so."""
    hrefs = [f"/r{n}" for n in range(MANY)]
    with PageServer({"/list": Page(listing(*hrefs), headers=(HTML_UTF8,))}) as server:
        write_portal(tmp_path / "portals", server, "demo", ("/list", "generic"))
        settings = {"REQUESTS_PER_PAGE": 20, "DOWNLOAD_DELAY": 0}
        done = run_scrapy("crawl", "reports", archive=tmp_path, settings=settings)
        assert done.returncode == 0, done.stderr
        assert len(server.paths()) == 2 + 20
    with sqlite3.connect(tmp_path / "archive.db") as db:
        query = "SELECT facts ->> '$.counts.\"refused/link_flood\"' FROM runs"
        [(dropped,)] = db.execute(query).fetchall()
        query = "SELECT n.value ->> 'outcome' FROM runs, json_each(runs.facts, '$.not_asked') n"
        named = db.execute(query).fetchall()
    db.close()
    assert dropped == MANY - 20
    assert named == [("link_flood",)] * dropped


def test_entities_in_a_list_are_not_unfolded() -> None:
    """A list in XML whose entities unfold to gigabytes is read at once, and holds no entry."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "ha">{entities}]><d>&a11;</d>'
    outside = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><ul><li>&x;</li></ul>'
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for text in (bomb, outside):
        page = read_list("auto", ListSource(text, "http://a.test/dataproxy.jsp", "utf-8"))
        assert page.items == ()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


# address -> whether it may be asked
ADDRESSES = {
    "93.184.216.34": True,
    "2606:2800:220:1::1": True,
    "127.0.0.1": False,
    "10.1.2.3": False,
    "172.16.0.1": False,
    "192.168.0.1": False,
    "169.254.169.254": False,
    "100.100.100.200": False,
    "0.0.0.0": False,
    "224.0.0.1": False,
    "255.255.255.255": False,
    "::1": False,
    "fe80::1": False,
    "fc00::1": False,
    "::ffff:127.0.0.1": False,
    "64:ff9b::7f00:1": False,
    "2002:7f00:1::": False,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_public_addresses_are_asked(address: str) -> None:
    """Loopback, private, shared, link-local, multicast and translated addresses are refused."""
    assert is_public(ipaddress.ip_address(address)) is ADDRESSES[address]


PORTAL = """
id = "demo"
name = "示例区人民政府"
home = "http://www.example.gov.cn/"
region = "321202"
official = true
[[columns]]
url = "http://xxgk.example.gov.cn:8090/nb/"
"""


def test_only_web_ports_are_asked() -> None:
    """The web's ports and those of the portal file are asked; others, and none of the system's."""
    portal = parse_portal(PORTAL, "x.toml", "g")
    allowed = {port for port in (22, 25, 80, 443, 6379, 8080, 8090) if is_web_port(port, portal)}
    assert allowed == {80, 443, 8090}
    assert [is_web_port(port, None) for port in (22, 80, 8080)] == [False, True, True]


# official


def test_official_is_the_government_domain_or_a_dated_check() -> None:
    """A host elsewhere is official only with its site code and the date of the check."""
    elsewhere = PORTAL.replace("www.example.gov.cn", "www.example.com")
    with pytest.raises(UnusablePortal, match=r"www\.example\.com is not under gov\.cn"):
        parse_portal(elsewhere, "x.toml", "g")
    mirror = elsewhere.replace("official = true", "official = false")
    assert parse_portal(mirror, "x.toml", "g").official is False
    code = 'site_code = "3212020001"\n'
    with pytest.raises(UnusablePortal, match="site_code_checked"):
        parse_portal(code + elsewhere, "x.toml", "g")
    checked = parse_portal(code + 'site_code_checked = "2026-11-22"\n' + elsewhere, "x.toml", "g")
    assert checked.official is True


# host -> whether it is the government's, or can only be this machine
HOSTS = {
    "www.tyx.gov.cn": True,
    "GOV.CN": True,
    "demo.test": True,
    "127.0.0.5": True,
    "www.gov.cn.example.com": False,
    "notgov.cn": False,
    "gov.cn.test.example": False,
    "93.184.216.34": False,
}


@pytest.mark.parametrize("host", HOSTS)
def test_knows_government_hosts(host: str) -> None:
    """Names that only look like the government's domain are not."""
    assert is_government_host(host) is HOSTS[host]
