"""Whether the certificate of a server shows whose server it is: looked at, never a reason not to ask.

This module decides how the chain and the name are checked (against the machine's trusted roots),
and what a failure is called.  Many government sites have broken chains, and an archive that
left them out would miss what they publish; so the verdict goes with each capture instead.
Revocation is not looked up: that would tell others whom we ask.

A connection is checked once, when it is made.  There is one at a time to a host (``crawler.gate``
and the connection pool see to it), so the last verdict about a host is that about its connection.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL, crypto
from scrapy.core.downloader.contextfactory import (
    _ScrapyCertificateOptions,
    _ScrapyClientContextFactory,
)
from scrapy.crawler import Crawler
from service_identity.exceptions import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer  # type: ignore[import-untyped]

Service = DNS_ID | IPAddress_ID
TLS_KEY = "tls"
VERIFIED = "verified"
WRONG_NAME = "wrong_name"
NO_CERTIFICATE = "no_certificate"

# Source: OpenSSL, x509_vfy.h, X509_V_ERR_*; where the check goes on, one missing certificate is met
# as 20, 27 and 21.
_FAILURES = {
    2: "unknown_issuer",
    9: "not_yet_valid",
    10: "expired",
    18: "self_signed",
    19: "untrusted_root",
    20: "unknown_issuer",
    21: "unknown_issuer",
    27: "unknown_issuer",
    66: "weak_key",
    67: "weak_key",
    68: "weak_digest",
}


def service_of(host: str) -> Service:
    """Return what the certificate of a host must name."""
    is_address = isIPAddress(host) or isIPv6Address(host)
    return IPAddress_ID(host) if is_address else DNS_ID(host)


class Handshake:
    """What was found out about the certificate of one connection."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.failures: set[str] = set()
        self._shown: crypto.X509 | None = None

    @property
    def verdict(self) -> str:
        """``verified``, or all that failed: ``expired,wrong_name``."""
        if self._shown is None:
            return NO_CERTIFICATE
        return ",".join(sorted(self.failures)) or VERIFIED

    def look(self, certificate: crypto.X509, failure: int, depth: int) -> None:
        """Take in one step of OpenSSL's check; at depth 0 is the server's own certificate."""
        if failure:
            self.failures.add(_FAILURES.get(failure, f"openssl_{failure}"))
        if depth == 0:
            self._shown = certificate
            try:
                verify_service_identity(extract_patterns(certificate), [self._service], [])
            except (CertificateError, VerificationError, ValueError):
                self.failures.add(WRONG_NAME)

    def facts(self) -> dict[str, str]:
        """Return the verdict, and what can be read of the certificate."""
        facts = {"tls": self.verdict}
        if self._shown is not None:
            with suppress(ValueError):
                shown = self._shown.to_cryptography()
                facts["sha256"] = shown.fingerprint(SHA256()).hex()
                facts["until"] = f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
                facts["subject"] = shown.subject.rfc4514_string()
                facts["issuer"] = shown.issuer.rfc4514_string()
        return facts


class Certificates(_ScrapyClientContextFactory):
    """Scrapy's TLS settings with trusted roots, and the last handshake with each host and port."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refuses: bool = self._verify_certificates
        """Whether a bad certificate ends the handshake (``DOWNLOAD_VERIFY_CERTIFICATES``)."""
        self.handshakes: dict[tuple[str, int], Handshake] = {}

    @cached_property
    def options(self) -> CertificateOptions:
        """What all connections share; the roots are read once."""
        roots = platformTrust()  # type: ignore[no-untyped-call]
        return _ScrapyCertificateOptions(**self._get_cert_options_kwargs(), trustRoot=roots)

    def creatorForNetloc(self, hostname: bytes, port: int) -> _Greeting:  # type: ignore[override]  # noqa: N802
        """Return what makes the connections to a host."""
        return _Greeting(self, hostname.decode("ascii"), port)

    def verdict_on(self, url: str) -> str | None:
        """Return what the certificate behind an address is worth; ``None`` without TLS."""
        parts = urlsplit(url)
        handshake = self.handshakes.get((parts.hostname or "", parts.port or 443))
        return handshake.verdict if handshake and parts.scheme == "https" else None

    def facts(self) -> dict[str, dict[str, str]]:
        """Return what was met at each ``host:port``."""
        return {
            f"{host}:{port}": handshake.facts()
            for (host, port), handshake in sorted(self.handshakes.items())
        }


@implementer(IOpenSSLClientConnectionCreator)
class _Greeting:
    """Makes connections to one host and looks on while they are opened."""

    def __init__(self, certificates: Certificates, host: str, port: int) -> None:
        self._certificates, self._host, self._port = certificates, host, port

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802, N803
        """Return a connection about to be opened; its names are the interface's."""
        service = service_of(self._host)
        handshake = Handshake(service)
        connection = self._certificates.options.clientConnectionForTLS(tlsProtocol)
        if isinstance(service, DNS_ID):
            connection.set_tlsext_host_name(service.hostname)

        def look(_: SSL.Connection, shown: crypto.X509, failure: int, depth: int, __: int) -> bool:
            handshake.look(shown, failure, depth)
            return not (self._certificates.refuses and handshake.failures)

        connection.set_verify(SSL.VERIFY_PEER, look)
        self._certificates.handshakes[self._host, self._port] = handshake
        return connection


_CERTIFICATES: WeakKeyDictionary[Crawler, Certificates] = WeakKeyDictionary()


def certificates_of(crawler: Crawler) -> Certificates:
    """Return the one look-out of a crawl, shared by all its components."""
    certificates = _CERTIFICATES.get(crawler)
    if certificates is None:
        certificates = _CERTIFICATES[crawler] = Certificates.from_crawler(crawler)
    return certificates
