"""What kind of file a body is: decided by its bytes, then by its header, then by its name.

Government servers send PDF as ``application/octet-stream``, pages as ``text/plain`` and text
as ``text/html``, so the bytes speak first.  How the file is read is left to ``document``.
"""

from __future__ import annotations

import re

from parsers.attachments.ole import SIGNATURE, root_streams
from parsers.attachments.package import member_names

HTML = "text/html"
PLAIN = "text/plain"
PDF = "application/pdf"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFD = "application/ofd"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
RTF = "application/rtf"
WPS = "application/vnd.ms-works"
MHTML = "multipart/related"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
BINARY = "application/octet-stream"

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", RTF),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
)
# The part that only a file of this type has; in a damaged file the folder is all we see.
_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX,
          "OFD.xml": OFD}  # fmt: skip
_IN_ZIP = ((b"word/", DOCX), (b"xl/", XLSX), (b"OFD.xml", OFD))
_STREAMS = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS}
_BY_EXTENSION = {
    "htm": HTML, "html": HTML, "shtml": HTML, "jsp": HTML, "asp": HTML, "aspx": HTML, "php": HTML,
    "txt": PLAIN, "pdf": PDF, "doc": DOC, "wps": WPS, "xls": XLS, "et": XLS,
    "docx": DOCX, "xlsx": XLSX, "ofd": OFD, "zip": ZIP,
}  # fmt: skip
_EDGE = 65536  # ZIP names stand at both ends of the file
_HEAD = 2048

# "<!DOCTYPE html", "<html lang=zh>", "<%@ page", "<table ", after blanks and comments
_OPENS_PAGE = re.compile(
    rb"<(?:!doctype\s+html|%[@-]|(?:html|head|body|meta|title|link|script|style|table|div|p|ul|span"
    rb"|h[1-6]|center|font|frameset|iframe|section|article)\b)",
    re.IGNORECASE,
)
# A page saved by Word or a browser with all its parts: "MIME-Version: 1.0"
_OPENS_ARCHIVE = re.compile(
    rb"\s*(?:mime-version|content-type|from):(?s:.{0,1500})multipart/related", re.IGNORECASE
)
# "</td>", "<br/>", "<p align=center>"
_ANY_TAG = re.compile(
    rb"</(?:p|div|td|tr|table|span|a|li|body|html)\s*>|<(?:p|br|div|table|td|span)\b[^<>]*>",
    re.IGNORECASE,
)
# "a.PDF?id=3" -> "PDF"
_EXTENSION = re.compile(r"\.([A-Za-z]{2,5})(?:[?#].*)?$")


def sniff_media_type(body: bytes, content_type: str | None = None, name: str | None = None) -> str:
    """The media type of ``body``, lower case, without parameters.

    >>> sniff_media_type(b"%PDF-1.7", "application/octet-stream", "report")
    'application/pdf'
    """
    declared = (content_type or "").partition(";")[0].strip().lower()
    found = _EXTENSION.search(name or "")
    named = _BY_EXTENSION.get(found.group(1).lower()) if found else None
    return _sniff_binary(body, named) or _sniff_text(body, declared, named)


def _sniff_binary(body: bytes, named: str | None) -> str | None:
    if b"%PDF-" in body[:1024]:
        return PDF
    if body.startswith(b"PK\x03\x04"):
        return _sniff_package(body, named)
    if body.startswith(SIGNATURE):
        return _sniff_ole(body, named)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "image/webp"
    if body.startswith(b"BM") and body[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return next((media for mark, media in _SIGNATURES if body.startswith(mark)), None)


def _sniff_ole(body: bytes, named: str | None) -> str:
    streams = root_streams(body)
    inside = next((media for name, media in _STREAMS.items() if name in streams), None)
    if inside is None and not streams:  # damaged: any mark will do
        marks = ((name.encode("utf-16-le"), media) for name, media in _STREAMS.items())
        inside = next((media for mark, media in marks if mark in body), None)
    if inside is None and "EncryptedPackage" not in streams:
        inside = named if named in (DOC, WPS, XLS) else None
    return inside or OLE


def _sniff_package(body: bytes, named: str | None) -> str:
    """An office file by its parts; a ZIP file that only holds office files is a ZIP file."""
    names = member_names(body)
    if names:
        office = next((_PARTS[name] for name in names if name in _PARTS), None)
        other = body[38:120] if names[0] == "mimetype" else b""
        free = next((media for media in (ODT, ODS) if media.encode() in other), None)
        return office or free or ZIP
    ends = body[:_EDGE] + body[-_EDGE:]
    inside = next((media for mark, media in _IN_ZIP if mark in ends), None)
    return inside or (named if named in (DOCX, XLSX, OFD) else ZIP)


def _sniff_text(body: bytes, declared: str, named: str | None) -> str:
    head = body[:_HEAD].replace(b"\0", b"")  # UTF-16 pages are ASCII tags between zero bytes
    if _OPENS_ARCHIVE.match(head):
        return MHTML
    if _OPENS_PAGE.search(head):
        return HTML
    tags = _ANY_TAG.search(body[:_EDGE]) is not None
    if HTML in (declared, named) or declared == "application/xhtml+xml":
        return HTML if tags or not body.strip() else PLAIN
    if tags and declared in ("", BINARY):
        return HTML
    if b"\0" in body[:_HEAD] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return named or BINARY
    return declared if declared and declared != BINARY else named or PLAIN
