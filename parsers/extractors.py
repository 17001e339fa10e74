"""Which extractor reads which media type, and what is said of files that none of them reads.

Decides the way from a decoded source to its layout; heavy extractors are imported when the first
such file comes.  A type that only a program outside can read comes back through ``Converters``,
an argument: nothing here starts a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from parsers import media
from parsers.attachments.ole import is_locked_word, root_streams
from parsers.attachments.package import Locked, open_package
from parsers.charset import decode
from parsers.errors import UnreadableSource
from parsers.html import lay_out_html
from parsers.layout import Layout
from parsers.model import Decoded, Finding
from parsers.plain import lay_out_text

Converters = Mapping[str, Callable[[bytes], bytes]]
"""For a media type, what turns such a file into one that we read (DOCX, PDF, HTML or text).

A converter raises ``UnreadableSource`` where it cannot.
"""
NO_CONVERTERS: Converters = MappingProxyType({})

# What a reader of the finding has to install or find, by type.
_NEEDS = {
    media.DOC: "an old Word file needs a converter: LibreOffice (soffice) or antiword",
    media.RTF: "an RTF file needs a converter: LibreOffice (soffice)",
    media.ODT: "an OpenDocument text needs a converter: LibreOffice (soffice)",
    media.ODS: "an OpenDocument sheet needs a converter: LibreOffice (soffice)",
    media.PPTX: "a presentation needs a converter: LibreOffice (soffice)",
    media.WPS: "a WPS file needs a converter: WPS Office, or LibreOffice (soffice)",
    media.OFD: "an OFD file (GB/T 33190) needs an OFD reader that writes PDF",
    "application/vnd.rar": "a RAR archive needs an unpacker",
    "application/x-7z-compressed": "a 7z archive needs an unpacker",
}


def lay_out(
    decoded: Decoded,
    url: str | None = None,
    converters: Converters = NO_CONVERTERS,
    depth: int = 0,
) -> Layout:
    """The layout of a source; one that cannot be read is empty, with a finding that says why.

    ``depth`` counts the files around this one: the ZIP file it lies in, the file it was
    converted from.
    """
    kind = decoded.media_type
    if kind in (media.HTML, "application/xhtml+xml"):
        return lay_out_html(decoded.text, url)
    try:
        layout = _lay_out_file(decoded, converters, depth)
    except UnreadableSource as error:
        return Layout(findings=(_unreadable(error),))
    if layout is not None:
        return layout
    if decoded.text or kind.startswith("text/"):
        return lay_out_text(decoded.text)
    return Layout(findings=(_unread(kind),))


def _lay_out_file(decoded: Decoded, converters: Converters, depth: int) -> Layout | None:
    """The layout of a file that is not text; ``None`` for what we do not read."""
    body, kind = decoded.body, decoded.media_type
    if kind == media.PDF:
        from parsers.attachments.pdf import lay_out_pdf  # noqa: PLC0415

        return lay_out_pdf(body)
    if kind in (media.DOCX, media.XLSX, media.ZIP):
        return _lay_out_package(body, kind, converters, depth)
    if kind == media.XLS:
        from parsers.attachments.sheets import lay_out_xls  # noqa: PLC0415

        return lay_out_xls(body)
    if kind == media.MHTML:
        from parsers.attachments.saved_page import find_page  # noqa: PLC0415

        page = find_page(body)
        return lay_out_html(decode(*page, media.HTML).text)
    if kind == media.DOC and is_locked_word(body):
        raise Locked("Word file")
    if kind in converters and depth < _MAX_CONVERSIONS:
        return lay_out_bytes(converters[kind](body), None, converters, depth + 1)
    if kind in _NEEDS:
        return Layout(findings=(_unread(kind),))
    if kind == media.OLE:
        return Layout(findings=(_read_ole(body),))
    return None


_MAX_CONVERSIONS = 2


def lay_out_bytes(
    body: bytes, name: str | None, converters: Converters = NO_CONVERTERS, depth: int = 0
) -> Layout:
    """The layout of a file that nothing is known about but its bytes and its name."""
    kind = media.sniff_media_type(body, None, name)
    return lay_out(decode(body, None, kind), None, converters, depth)


def _lay_out_package(body: bytes, kind: str, converters: Converters, depth: int) -> Layout:
    from parsers.attachments.bundle import lay_out_bundle  # noqa: PLC0415
    from parsers.attachments.docx import lay_out_docx  # noqa: PLC0415
    from parsers.attachments.sheets import lay_out_xlsx  # noqa: PLC0415

    package = open_package(body)
    if kind == media.DOCX:
        return lay_out_docx(package)
    if kind == media.XLSX:
        return lay_out_xlsx(package)
    return lay_out_bundle(
        package, lambda part, name, inner: lay_out_bytes(part, name, converters, inner), depth
    )


def _read_ole(body: bytes) -> Finding:
    """Word and Excel lock their files by packing the whole into an OLE file."""
    if "EncryptedPackage" in root_streams(body):
        raise Locked("Office file")
    return _unread(media.OLE)


def _unread(kind: str) -> Finding:
    if kind.startswith("image/"):
        return Finding("needs_ocr", "error", f"a picture ({kind}) is kept; its text needs OCR")
    if kind in _NEEDS:
        return Finding("needs_converter", "error", f"{_NEEDS[kind]}; it is kept unread")
    message = f"a file of type {kind} is kept but its text cannot be read yet"
    return Finding("unread_media_type", "error", message)


def _unreadable(error: UnreadableSource) -> Finding:
    rule = "encrypted" if error.needs else "damaged_file"
    return Finding(rule, "error", f"{error.name}: {error.reason}; the file is kept unread")
