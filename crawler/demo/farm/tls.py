"""The certificate of the farm: self-signed, made once a process, trusted by nobody."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REFUSES_TLS = "refuses-tls."
"""A host whose name begins so breaks off the greeting."""


@cache
def server_context() -> ssl.SSLContext:
    """Return the TLS settings of every host of the farm."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "farm.pem"
        file.write_bytes(_make_certificate())
        context.load_cert_chain(file)
    context.sni_callback = _greet
    return context


def _greet(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
    if name is not None and name.startswith(REFUSES_TLS):
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
    return None


def _make_certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "*.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
