"""Programs on this machine that turn old office files into ones that the parsers read.

Decides which program is asked for which type and how long it may take.  The parsers know none
of them: they get a mapping.  Without such a program the file is kept and a finding says what
is needed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from parsers import media
from parsers.errors import UnreadableSource
from parsers.extractors import Converters

_SECONDS = 60
_OFFICE = ("soffice", "libreoffice")
# What LibreOffice makes of a type: tables keep their cells in these.
_OFFICE_TYPES = {
    media.DOC: ("doc", "docx"),
    media.RTF: ("rtf", "docx"),
    media.ODT: ("odt", "docx"),
    media.WPS: ("wps", "docx"),
    media.ODS: ("ods", "xlsx"),
    media.PPTX: ("pptx", "pdf"),
}


@cache
def find_converters() -> Converters:
    """The converters that are installed, by media type."""
    office = next(filter(None, map(shutil.which, _OFFICE)), None)
    antiword = shutil.which("antiword")
    found: dict[str, Callable[[bytes], bytes]] = {}
    if antiword:
        found[media.DOC] = partial(_convert_with_antiword, antiword)
    if office:
        for kind, (suffix, target) in _OFFICE_TYPES.items():
            found[kind] = partial(_convert_with_office, office, suffix, target)
    return found


def _convert_with_office(program: str, suffix: str, target: str, body: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, f"source.{suffix}")
        source.write_bytes(body)
        profile = Path(folder, "profile").as_uri()  # one of its own: two may run at a time
        _run(program, f"-env:UserInstallation={profile}", "--headless", "--norestore",
             "--convert-to", target, "--outdir", folder, str(source))  # fmt: skip
        made = source.with_suffix(f".{target}")
        if not made.is_file():
            raise UnreadableSource(suffix, f"{Path(program).name} made nothing of it")
        return made.read_bytes()


def _convert_with_antiword(program: str, body: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source.doc")
        source.write_bytes(body)
        return _run(program, "-m", "UTF-8.txt", "-w", "0", str(source))


def _run(*command: str) -> bytes:
    """What a program prints.

    Raises:
        UnreadableSource: it failed or took too long.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - found by which, and no argument comes from the file
            command, capture_output=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnreadableSource("file", f"{name}: {type(error).__name__}") from error
    if done.returncode:
        raise UnreadableSource("file", f"{name} ended with status {done.returncode}")
    return done.stdout
