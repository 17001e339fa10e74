"""Time stamps over the manifest, by an authority of our own on loopback."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.errors import BrokenArchive
from archive.manifest import MANIFEST
from archive.recovery import finish
from archive.timestamp import check, keep, last_line, make_request
from tests.servers import run_scrapy
from tests.test_warc import PAGE, written

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

CONFIG = """[tsa]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


class Authority:
    """A time stamp authority: its certificate, and its answers."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self.folder = folder
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(pem)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))

    def answer(self, request: bytes) -> bytes:
        """Return the stamp that is asked for."""
        query = self.folder / "query.tsq"
        query.write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-sha256"]
        command += ["-queryfile", "query.tsq", "-signer", "certificate.pem", "-inkey", "key.pem"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=60, check=True)
        return done.stdout


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority."""
    return Authority(tmp_path / "authority", "an authority")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive of one finished file."""
    written(tmp_path / "archive" / "warc", PAGE)
    finish(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture
def address(authority: Authority) -> Iterator[str]:
    """Serve the authority on loopback."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(authority.answer(request))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Keep test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_manifest_is_stamped_over_the_network(
    archive: Path, authority: Authority, address: str
) -> None:
    """`scrapy stamp` keeps a stamp over the last line, which a later line does not disturb."""
    done = run_scrapy(
        "stamp", "--authority", str(authority.certificate), address,
        settings={"ARCHIVE_DIR": archive},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    line = (archive / MANIFEST).read_bytes().rstrip(b"\n")
    (stamp,) = (archive / "timestamps").iterdir()
    assert stamp.name == f"{hashlib.sha256(line).hexdigest()}.tsr"
    assert check(archive, authority.certificate) == ()
    written(archive / "more", PAGE)
    (more,) = (archive / "more").iterdir()
    more.rename(archive / "warc" / "later.warc.gz")
    assert finish(archive) == ["later.warc.gz"]
    assert check(archive, authority.certificate) == ()


def test_a_changed_line_or_stamp_or_authority_is_seen(
    archive: Path, authority: Authority, tmp_path: Path
) -> None:
    """A stamp holds for its own line and its own authority only."""
    digest = last_line(archive)
    path = keep(archive, digest, authority.answer(make_request(digest)), authority.certificate)
    other = Authority(tmp_path / "other", "another authority")
    assert {p.rule for p in check(archive, other.certificate)} == {"stamp_wrong"}
    whole = path.read_bytes()
    path.write_bytes(whole[:-5] + bytes(5))
    assert {p.rule for p in check(archive, authority.certificate)} == {"stamp_wrong"}
    path.write_bytes(whole)
    manifest = archive / MANIFEST
    manifest.write_bytes(manifest.read_bytes().replace(b'"captures":1', b'"captures":2'))
    assert {p.rule for p in check(archive, authority.certificate)} == {"stamp_without_line"}


@pytest.mark.parametrize("answer", [b"", b"<html>not found</html>", None])
def test_an_answer_that_is_no_stamp_of_ours_is_not_kept(
    archive: Path, authority: Authority, answer: bytes | None
) -> None:
    """Nonsense, and a stamp over something else, are refused."""
    if answer is None:
        answer = authority.answer(make_request("00" * 32))
    with pytest.raises(BrokenArchive, match="no time stamp over this line"):
        keep(archive, last_line(archive), answer, authority.certificate)
    assert list((archive / "timestamps").iterdir()) == []


def test_an_archive_without_files_has_nothing_to_stamp(tmp_path: Path) -> None:
    """Without a finished file there is no line."""
    with pytest.raises(BrokenArchive, match="nothing to stamp"):
        last_line(tmp_path)
