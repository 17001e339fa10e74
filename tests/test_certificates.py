"""What the archive says of a server's certificate: checked, never a reason not to fetch."""

from __future__ import annotations

import json
import re
import sqlite3
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from archive.rebuild import rebuild
from archive.schema import open_database
from archive.trace import trace
from archive.warc import read_records
from parsers.model import Capture, Note
from tests.rows import make_older
from tests.servers import HTML_UTF8, Page, PageServer, run_scrapy, write_portal
from tests.test_search_page import ask

TITLE = "海陵区人民政府2023年政府信息公开工作年度报告"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
SAID = {
    "good": "verified",
    "selfmade": "self_signed",
    "wrong": "wrong_name",
    "old": "expired",
    "early": "not_yet_valid",
    "cut": "unknown_issuer",
    "strange": "untrusted_root",
    "oldwrong": "expired,wrong_name",
    "plain": None,
}


@dataclass(frozen=True)
class Issuer:
    """A certificate with its key; those above it up to the root, which are sent along."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What a certificate shall say."""

    name: str
    by: Issuer | None = None
    since: datetime = NOW - DAY
    until: datetime = NOW + DAY
    is_authority: bool = False
    sends: bool = True
    """Whether its server shows the certificates above it."""


def issue(wish: Wish) -> Issuer:
    """Return a certificate, self-signed where nobody issues it."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wish.name)])
    issuer = wish.by.certificate.subject if wish.by else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(wish.since)
        .not_valid_after(wish.until)
        .add_extension(x509.BasicConstraints(wish.is_authority, None), critical=True)
    )
    if not wish.is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName(wish.name)])
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(wish.by.key if wish.by else key, hashes.SHA256())
    above = (wish.by.certificate, *wish.by.above) if wish.by and wish.sends else ()
    return Issuer(certificate, key, above)


def context_of(shown: Issuer, folder: Path) -> ssl.SSLContext:
    """Return the TLS settings of a server with a certificate."""
    key = shown.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = [one.public_bytes(Encoding.PEM) for one in (shown.certificate, *shown.above)]
    file = folder / f"{shown.certificate.serial_number}.pem"
    file.write_bytes(b"".join([key, *chain]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def certificates(root: Issuer) -> dict[str, Issuer]:
    """Return the certificate of each host that speaks TLS."""
    middle = issue(Wish("middle", root, is_authority=True))
    stranger = issue(Wish("stranger", is_authority=True))
    old = {"since": NOW - 9 * DAY, "until": NOW - 8 * DAY}
    early = {"since": NOW + 8 * DAY, "until": NOW + 9 * DAY}
    wishes = {
        "good": Wish("good.test", middle),
        "selfmade": Wish("selfmade.test"),
        "wrong": Wish("another.test", root),
        "old": Wish("old.test", root, **old),
        "early": Wish("early.test", root, **early),
        "cut": Wish("cut.test", middle, sends=False),
        "strange": Wish("strange.test", stranger),
        "oldwrong": Wish("another.test", root, **old),
    }
    return {name: issue(wish) for name, wish in wishes.items()}


def rows_of(archive: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows that a query finds in an archive."""
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        return db.execute(query).fetchall()


@contextmanager
def serving(archive: Path, folder: Path, names: Iterable[str]) -> Iterator[dict[str, object]]:
    """Serve some of the hosts and trust our own root; the settings of a crawl are given."""
    root = issue(Wish("root", is_authority=True))
    trusted = folder / "root.pem"
    trusted.write_bytes(root.certificate.public_bytes(Encoding.PEM))
    shown = certificates(root)
    listing = f'<ul><li><a href="/r.html">{TITLE}</a> 2024-01-02</li></ul>'
    pages = {
        "/list": Page(listing.encode(), headers=(HTML_UTF8,)),
        "/r.html": Page(f"<h1>{TITLE}</h1><p>收到申请3件。</p>".encode(), headers=(HTML_UTF8,)),
    }
    with ExitStack() as stack:
        places = {}
        for number, name in enumerate(names, 2):
            tls = context_of(shown[name], folder) if name in shown else None
            places[f"{name}.test"] = f"127.0.0.{number}"
            server = PageServer(dict(pages), f"127.0.0.{number}", tls, f"{name}.test")
            stack.enter_context(server)
            write_portal(archive / "portals", server, name, ("/list", "generic"))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("SSL_CERT_FILE", str(trusted))
        environment.setenv("SSL_CERT_DIR", str(folder / "none"))
        yield {
            "TWISTED_DNS_RESOLVER": "crawler.demo.resolver.LoopbackResolver",
            "TEST_HOSTS": json.dumps(places),
        }


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of a crawl over hosts with good and bad certificates."""
    folder, archive = tmp_path_factory.mktemp("tls"), tmp_path_factory.mktemp("archive")
    with serving(archive, folder, SAID) as settings:
        done = run_scrapy("crawl", "reports", archive=archive, settings=settings)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") < 5, done.stderr
    return archive


def test_a_bad_certificate_keeps_no_page_from_the_archive(crawled: Path) -> None:
    """Every host's report is had, whatever its certificate."""
    found = rows_of(crawled, "SELECT portal FROM captures WHERE role = 'document' AND status = 200")
    assert {portal for (portal,) in found} == set(SAID)


def test_an_operator_may_refuse_bad_certificates(tmp_path: Path) -> None:
    """Then a host without a good one is unreachable, and the failed attempt is kept."""
    with serving(tmp_path, tmp_path, ("good", "wrong")) as settings:
        strict = settings | {"DOWNLOAD_VERIFY_CERTIFICATES": 1}
        run_scrapy("crawl", "reports", archive=tmp_path, settings=strict)
    walks = rows_of(tmp_path, "SELECT portal, outcome FROM walks")
    assert dict(walks) == {"good": "complete", "wrong": "unreachable"}
    failures = rows_of(tmp_path, "SELECT failure FROM captures WHERE portal = 'wrong'")
    assert all("certificate verify failed" in failure for (failure,) in failures)


def test_each_capture_says_what_became_of_the_check(crawled: Path) -> None:
    """Robots.txt, list and report carry the verdict on the connection that they came through."""
    rows = rows_of(crawled, "SELECT DISTINCT portal, tls FROM captures")
    assert sorted(rows, key=str) == sorted(SAID.items(), key=str)


def test_the_verdict_is_evidence(crawled: Path, tmp_path: Path) -> None:
    """It lies in the WARC records, so that a rebuilt database has it too."""
    (file,) = (crawled / "warc").iterdir()
    kept = {one.portal: one.tls for one in read_records(file) if isinstance(one, Capture)}
    assert kept == SAID
    before = rows_of(crawled, "SELECT record_id, tls FROM captures ORDER BY record_id")
    (tmp_path / "warc").symlink_to(crawled / "warc")
    rebuild(tmp_path)
    assert rows_of(tmp_path, "SELECT record_id, tls FROM captures ORDER BY record_id") == before


def test_the_run_names_the_certificates_that_it_met(crawled: Path) -> None:
    """Its last note has each host's verdict with what the certificate says of itself."""
    (file,) = (crawled / "warc").iterdir()
    runs = [one for one in read_records(file) if isinstance(one, Note) and one.topic == "run"]
    met = runs[-1].facts["certificates"]
    assert isinstance(met, dict)
    by_host = {place.partition(".")[0]: said for place, said in met.items()}
    assert {host: said["tls"] for host, said in by_host.items()} == {
        name: said for name, said in SAID.items() if said is not None
    }
    assert by_host["wrong"]["subject"] == "CN=another.test"
    assert by_host["wrong"]["issuer"] == "CN=root"
    assert by_host["old"]["until"] == f"{NOW - 8 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    assert all(len(said["sha256"]) == 64 for said in by_host.values())


def test_a_reader_is_told_of_a_bad_certificate(crawled: Path) -> None:
    """The page of the report says beside each capture what of the certificate did not hold."""
    ((key,),) = rows_of(crawled, "SELECT key FROM reports")
    (answer,) = ask(crawled, f"/report/{key}")
    told = re.findall(r'<small class="warn">TLS 证书未通过验证：([^<]+)</small>', answer.text)
    assert sorted(told) == [
        "与主机名不符",
        "尚未生效",
        "已过期",
        "已过期; 与主机名不符",
        "根证书不受信任",
        "自签名",
        "颁发者不明",
    ]


def test_a_trace_ends_at_the_certificate(crawled: Path) -> None:
    """From a number one comes to the verdict on the connection through which it was had."""
    ((key,),) = rows_of(crawled, "SELECT key FROM reports")
    done = run_scrapy("trace", key, settings={"ARCHIVE_DIR": crawled})
    first = trace(crawled, key).capture
    assert first.tls == SAID[str(first.portal)]
    said = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("tls ")]
    assert said == [first.tls] * (first.tls is not None)


def test_an_archive_of_an_older_version_gets_the_column(tmp_path: Path) -> None:
    """A database made before certificates were looked at keeps its rows and can take verdicts."""
    path = tmp_path / "archive.db"
    open_database(str(path)).close()
    with closing(sqlite3.connect(path)) as old, old:
        make_older(old, "add_tls", "ALTER TABLE captures DROP COLUMN tls")
    with closing(open_database(str(path))) as db:
        assert db.execute("SELECT tls FROM captures").fetchall() == []


def test_a_certificate_makes_nothing_official(crawled: Path) -> None:
    """Whose site it is follows from host and portal file, verified or not."""
    query = "SELECT DISTINCT portal, source_quality FROM documents"
    assert dict(rows_of(crawled, query)) == dict.fromkeys(SAID, "official")
