"""Files that are packages of others: ZIP members read within bounds, XML parsed without traps.

Decides how large a package may grow when unpacked, how member names are decoded, and what is
said where a package cannot be opened.  What the members mean is left to the extractors.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from parsers.errors import UnreadableSource

_MAX_MEMBERS = 4096
_MAX_MEMBER = 64 * 1024 * 1024
_MAX_TOTAL = 192 * 1024 * 1024
_ENCRYPTED = 0x1
_UTF8 = 0x800
_UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


class Locked(UnreadableSource):
    """The file asks for a password."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "the file asks for a password", "the password")


@dataclass(slots=True)
class Package:
    """A ZIP file whose members are unpacked one by one, never beyond the bounds."""

    file: zipfile.ZipFile
    unpacked: int = field(default=0)

    def names(self) -> list[str]:
        """The names of the members as stored, folders left out."""
        return [entry.filename for entry in self.file.infolist() if not entry.is_dir()]

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises:
            Locked: the member asks for a password.
            UnreadableSource: no such member, damaged, or larger than the bounds allow.
        """
        try:
            entry = self.file.getinfo(name)
        except KeyError:
            raise UnreadableSource(name, "the package has no such part") from None
        if entry.flag_bits & _ENCRYPTED:
            raise Locked(name)
        room = min(_MAX_MEMBER, _MAX_TOTAL - self.unpacked)
        try:
            with self.file.open(entry) as stream:  # the stated size is a claim, the bytes are not
                body = stream.read(room + 1)
        except (*_UNPACKING, RuntimeError) as error:
            raise UnreadableSource(name, f"damaged ({type(error).__name__})") from error
        self.unpacked += len(body)
        if len(body) > room:
            raise UnreadableSource(name, f"unpacks to more than {room} bytes")
        return body

    def read_xml(self, name: str) -> Element:
        """The root of a member that is XML; same errors as ``read``."""
        return parse_xml(self.read(name), name)


def open_package(body: bytes) -> Package:
    """The package in ``body``.

    Raises:
        UnreadableSource: no ZIP directory, or more members than any document has.
    """
    try:
        file = zipfile.ZipFile(io.BytesIO(body))
    except _UNPACKING as error:
        raise UnreadableSource("package", "the file is cut off or damaged") from error
    if len(file.infolist()) > _MAX_MEMBERS:
        raise UnreadableSource("package", f"more than {_MAX_MEMBERS} parts")
    return Package(file)


def parse_xml(body: bytes, name: str) -> Element:
    """The root element; entities are not expanded and nothing is fetched.

    Raises:
        UnreadableSource: the bytes are no well-formed XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableSource(name, f"damaged ({error})") from error


def member_names(body: bytes) -> list[str]:
    """The names of the members of a ZIP file; empty where its directory is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as file:
            return [entry.filename for entry in file.infolist()[:_MAX_MEMBERS]]
    except _UNPACKING:
        return []


def printed_name(entry: zipfile.ZipInfo) -> str:
    """The name of a member as its writer saw it: UTF-8 where it says so or is so, else GBK.

    >>> entry = zipfile.ZipInfo("2020年报.docx".encode("gbk").decode("cp437"))
    >>> printed_name(entry)
    '2020年报.docx'
    """
    if entry.flag_bits & _UTF8:
        return entry.filename
    for written in ("cp437", "ascii"):
        try:
            stored = entry.filename.encode(written)
        except UnicodeEncodeError:
            continue
        for encoding in ("utf-8", "gb18030"):
            try:
                return stored.decode(encoding)
            except UnicodeDecodeError:
                continue
    return entry.filename


def local_name(node: Element) -> str:
    """The tag without its namespace: transitional and strict files differ only there."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(node: Element, name: str) -> str | None:
    """The attribute of that local name, in whatever namespace."""
    value = node.get(name)
    if value is not None:
        return str(value)
    end = "}" + name
    return next((str(v) for key, v in node.items() if key.endswith(end)), None)
