"""What kind of file a body is: decided by its bytes, then by its header, then by its name.

Government servers send PDF as ``application/octet-stream``, pages as ``text/plain`` and text
as ``text/html``, so the bytes speak first.  How the file is read is left to ``document``.
"""

from __future__ import annotations

import re

HTML = "text/html"
PLAIN = "text/plain"
PDF = "application/pdf"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFD = "application/ofd"
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
    (b"{\\rtf", "application/rtf"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
)
_IN_ZIP = ((b"word/", DOCX), (b"xl/", XLSX), (b"OFD.xml", OFD))
_IN_OLE = (
    ("WordDocument".encode("utf-16-le"), DOC),
    ("Workbook".encode("utf-16-le"), XLS),
    ("Book".encode("utf-16-le"), XLS),
)
_BY_EXTENSION = {
    "htm": HTML, "html": HTML, "shtml": HTML, "jsp": HTML, "asp": HTML, "aspx": HTML, "php": HTML,
    "txt": PLAIN, "pdf": PDF, "doc": DOC, "wps": DOC, "xls": XLS, "et": XLS,
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
        ends = body[:_EDGE] + body[-_EDGE:]
        inside = next((media for mark, media in _IN_ZIP if mark in ends), None)
        return inside or (named if named in (DOCX, XLSX, OFD) else ZIP)
    if body.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        inside = next((media for mark, media in _IN_OLE if mark in body), None)
        return inside or (named if named in (DOC, XLS) else OLE)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "image/webp"
    if body.startswith(b"BM") and body[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return next((media for mark, media in _SIGNATURES if body.startswith(mark)), None)


def _sniff_text(body: bytes, declared: str, named: str | None) -> str:
    head = body[:_HEAD].replace(b"\0", b"")  # UTF-16 pages are ASCII tags between zero bytes
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
