"""RFC 3161 time stamps for the manifest: somebody else's word that a line existed by a time.

A stamp is over the sha256 of one line, and so over every line before it and every file that
they name.  This module makes requests and judges answers, through the ``openssl`` program;
sending them is left to the caller.  Stamps lie in ``timestamps/``, each named by the sha256 of
its line.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from archive.disk import DISK
from archive.errors import BrokenArchive
from archive.manifest import MANIFEST, Problem

FOLDER = "timestamps"
REQUEST_TYPE = "application/timestamp-query"
_SECONDS = 60


def last_line(directory: Path) -> str:
    """The sha256 of the manifest's last line, hex: what is to be stamped.

    Raises:
        BrokenArchive: there is no line yet.
    """
    lines = _lines(directory)
    if not lines:
        raise BrokenArchive(MANIFEST, None, "nothing to stamp: no file has been finished yet")
    return lines[-1]


def make_request(digest: str) -> bytes:
    """The request for a stamp over a digest, ready to be sent as ``REQUEST_TYPE``."""
    return _openssl("-query", "-digest", digest, "-sha256", "-cert")


def keep(directory: Path, digest: str, answer: bytes, authority: Path) -> Path:
    """Return where an authority's answer now lies.

    Raises:
        BrokenArchive: it is no stamp over ``digest`` by ``authority`` (certificates in PEM).
    """
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{digest}.tsr"
    _verify(path.name, digest, answer, authority)
    DISK.replace(path, answer)
    return path


def check(directory: Path, authority: Path) -> tuple[Problem, ...]:
    """What is wrong with the stamps of an archive; else nothing."""
    known = {digest: number for number, digest in enumerate(_lines(directory), 1)}
    problems = []
    for path in sorted((directory / FOLDER).glob("*.tsr")):
        line = known.get(path.stem)
        if line is None:
            message = "the line of this time stamp is not in the manifest"
            problems.append(Problem("stamp_without_line", message, path.name))
            continue
        try:
            _verify(path.name, path.stem, path.read_bytes(), authority)
        except BrokenArchive as broken:
            problems.append(Problem("stamp_wrong", broken.reason, path.name, line))
    return tuple(problems)


def _lines(directory: Path) -> list[str]:
    path = directory / MANIFEST
    content = path.read_bytes() if path.exists() else b""
    return [hashlib.sha256(line).hexdigest() for line in content.split(b"\n")[:-1]]


def _verify(name: str, digest: str, answer: bytes, authority: Path) -> None:
    with tempfile.NamedTemporaryFile(suffix=".tsr") as file:
        file.write(answer)
        file.flush()
        given = ("-digest", digest, "-in", file.name, "-CAfile", str(authority))
        try:
            _openssl("-verify", *given)
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = next((line for line in said if "error" in line.lower()), "not verified")
            raise BrokenArchive(name, None, f"no time stamp over this line: {reason}") from error


def _openssl(*arguments: str) -> bytes:
    program = shutil.which("openssl")
    if program is None:
        raise BrokenArchive("openssl", None, "time stamps need the program openssl")
    done = subprocess.run(  # noqa: S603  a program of the system with arguments of our own
        [program, "ts", *arguments], capture_output=True, timeout=_SECONDS, check=True
    )
    return done.stdout
