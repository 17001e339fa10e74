"""One page of a PDF as PDFium sees it: characters, ruled lines and pictures with their places.

Decides nothing about text or tables; only what is on the page and where, from the upper left
corner, the page turned as it is shown.  PDFium keeps one state for the whole process, so pages
are read one at a time.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from parsers.attachments.package import Locked
from parsers.errors import UnreadableSource

_ONE_AT_A_TIME = Lock()
_MAX_CHARS = 600_000  # of a whole file
_MAX_OBJECTS = 30_000
_MAX_SEGMENTS = 2_000
_MAX_DEPTH = 8
_RULE = 3.0  # points; a filled shape thinner than this is a ruled line
_SHORT = 1.0  # points; shorter strokes are dots
_WIDEST = 1.5  # of the type size; no character takes more room
_INVISIBLE = 3  # text render mode
_ANGLES = 60  # characters whose direction is looked at


class Char(NamedTuple):
    """A character; ``base`` is its baseline, ``size`` the height of its type.

    ``x0`` and ``x1`` enclose its ink, ``start`` and ``end`` the room that it takes in the line.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    start: float
    end: float


class Rule(NamedTuple):
    """A ruled line: the place across it, and where it begins and ends."""

    at: float
    start: float
    end: float


class Box(NamedTuple):
    """A rectangle on the page."""

    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(slots=True)
class Page:
    """What is printed on a page."""

    width: float
    height: float
    chars: list[Char] = field(default_factory=list)
    uprights: list[Rule] = field(default_factory=list)
    levels: list[Rule] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    invisible: bool = False
    strokes: int = 0


class _Matrix(NamedTuple):
    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def apply(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, outer: _Matrix) -> _Matrix:
        """This matrix, and then ``outer``."""
        a, b, c, d, e, f = self
        return _Matrix(
            a * outer.a + b * outer.c, a * outer.b + b * outer.d,
            c * outer.a + d * outer.c, c * outer.b + d * outer.d,
            e * outer.a + f * outer.c + outer.e, e * outer.b + f * outer.d + outer.f,
        )  # fmt: skip


def read_pages(body: bytes) -> tuple[list[Page], UnreadableSource | None]:
    """The pages of a PDF in order, and what kept the rest from being read.

    Raises:
        Locked: it asks for a password.
        UnreadableSource: damaged, no page can be read.
    """
    pages: list[Page] = []
    with _ONE_AT_A_TIME:
        document = _open(body)
        try:
            count = len(document)
            left = _MAX_CHARS
            while len(pages) < count and left > 0:
                pages.append(_read_page(document, len(pages), left))
                left -= len(pages[-1].chars)
        except UnreadableSource as error:
            return pages, error
        finally:
            document.close()
    if len(pages) < count:
        return pages, UnreadableSource("PDF", f"of {count} pages only {len(pages)} were read")
    return pages, None


def _open(body: bytes) -> Any:
    try:
        return pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise Locked("PDF") from error
        raise UnreadableSource("PDF", "damaged, no page can be read") from error


def _read_page(document: Any, number: int, most: int) -> Page:
    try:
        source = document[number]
        text = source.get_textpage()
    except pdfium.PdfiumError as error:
        raise UnreadableSource("PDF", f"page {number + 1} is damaged") from error
    try:
        turn = _text_turn(text)
        if turn is None:
            turn = source.get_rotation() // 90 % 4
        place = _placing(source.get_cropbox(), turn)
        left, bottom, right, top = source.get_cropbox()
        sides = (right - left, top - bottom)
        page = Page(*(sides if turn % 2 == 0 else sides[::-1]))
        page.chars = list(_read_chars(text, place, most))
        _read_objects(source, place, page)
        return page
    finally:
        text.close()
        source.close()


def _placing(crop: tuple[float, float, float, float], turn: int) -> _Matrix:
    """From the file's coordinates to those of the shown page, downwards from the upper left."""
    left, bottom, right, top = crop
    return (
        _Matrix(1, 0, 0, -1, -left, top),
        _Matrix(0, 1, 1, 0, -bottom, -left),
        _Matrix(-1, 0, 0, 1, right, -bottom),
        _Matrix(0, -1, -1, 0, top, right),
    )[turn]


def _text_turn(text: Any) -> int | None:
    """How often the page must be turned clockwise so that most of its text stands upright."""
    count = pdfium_c.FPDFText_CountChars(text)
    turns = [0, 0, 0, 0]
    for i in range(0, count, max(1, count // _ANGLES)):
        angle = pdfium_c.FPDFText_GetCharAngle(text, i)
        if angle >= 0:
            turns[-round(angle / (math.pi / 2)) % 4] += 1
    return turns.index(max(turns)) if any(turns) else None


def _read_chars(text: Any, place: _Matrix, most: int) -> Iterator[Char]:
    x, y = ctypes.c_double(), ctypes.c_double()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    room = pdfium_c.FS_RECTF()
    matrix = pdfium_c.FS_MATRIX()
    for i in range(min(pdfium_c.FPDFText_CountChars(text), most)):
        code = pdfium_c.FPDFText_GetUnicode(text, i)
        if code in (2, 10, 13) or pdfium_c.FPDFText_IsGenerated(text, i) == 1:
            continue
        pdfium_c.FPDFText_GetCharOrigin(text, i, x, y)
        pdfium_c.FPDFText_GetCharBox(text, i, left, right, bottom, top)
        pdfium_c.FPDFText_GetLooseCharBox(text, i, room)
        pdfium_c.FPDFText_GetMatrix(text, i, matrix)
        size = pdfium_c.FPDFText_GetFontSize(text, i) * math.hypot(matrix.c, matrix.d)
        base = place.apply(x.value, y.value)[1]
        x0, x1 = _ends(place, left.value, bottom.value, right.value, top.value)
        start, end = _ends(place, room.left, room.bottom, room.right, room.top)
        if start > x0 or end < x1 or end - start > _WIDEST * size:  # vertical writing
            start, end = x0, x1
        yield Char(chr(code or 0xFFFD), x0, x1, base, size, start, end)


def _ends(place: _Matrix, xa: float, ya: float, xb: float, yb: float) -> tuple[float, float]:
    one, other = place.apply(xa, ya)[0], place.apply(xb, yb)[0]
    return (one, other) if one < other else (other, one)


def _read_objects(source: Any, place: _Matrix, page: Page) -> None:
    """Ruled lines and pictures, those inside forms included."""
    for i in range(min(pdfium_c.FPDFPage_CountObjects(source), _MAX_OBJECTS)):
        _read_object(pdfium_c.FPDFPage_GetObject(source, i), place, page, 0)


def _read_object(thing: Any, place: _Matrix, page: Page, depth: int) -> None:
    kind = pdfium_c.FPDFPageObj_GetType(thing)
    if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
        page.strokes += 1
        _read_path(thing, place, page)
    elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
        corners = [_matrix_of(thing).then(place).apply(x, y) for x, y in ((0, 0), (1, 1))]
        page.pictures.append(_box(corners))
    elif kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
        if not page.invisible:
            page.invisible = pdfium_c.FPDFTextObj_GetTextRenderMode(thing) == _INVISIBLE
    elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
        inner = _matrix_of(thing).then(place)
        count = max(0, pdfium_c.FPDFFormObj_CountObjects(thing))
        for i in range(min(count, _MAX_OBJECTS)):
            _read_object(pdfium_c.FPDFFormObj_GetObject(thing, i), inner, page, depth + 1)


def _matrix_of(thing: Any) -> _Matrix:
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(thing, matrix)
    return _Matrix(matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _read_path(thing: Any, place: _Matrix, page: Page) -> None:
    """The straight strokes of a path; a filled shape only where it is as thin as a line."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDFPath_GetDrawMode(thing, fill, stroke)
    if not stroke.value and not fill.value:
        return
    matrix = _matrix_of(thing).then(place)
    for points in _outlines(thing, matrix):
        if stroke.value:
            for (xa, ya), (xb, yb) in pairwise(points):
                _add_rule(page, xa, ya, xb, yb)
        else:
            box = _box(points)
            if box.x1 - box.x0 < _RULE:
                middle = (box.x0 + box.x1) / 2
                _add_rule(page, middle, box.top, middle, box.bottom)
            elif box.bottom - box.top < _RULE:
                middle = (box.top + box.bottom) / 2
                _add_rule(page, box.x0, middle, box.x1, middle)


def _outlines(thing: Any, matrix: _Matrix) -> Iterator[list[tuple[float, float]]]:
    """The parts of a path as lists of points; a closed part ends where it began."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for i in range(min(pdfium_c.FPDFPath_CountSegments(thing), _MAX_SEGMENTS)):
        segment = pdfium_c.FPDFPath_GetPathSegment(thing, i)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        if pdfium_c.FPDFPathSegment_GetType(segment) == pdfium_c.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        points.append(matrix.apply(x.value, y.value))
        if pdfium_c.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points


def _box(points: list[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _add_rule(page: Page, xa: float, ya: float, xb: float, yb: float) -> None:
    if abs(xa - xb) < 1 and abs(ya - yb) > _SHORT:
        page.uprights.append(Rule((xa + xb) / 2, min(ya, yb), max(ya, yb)))
    elif abs(ya - yb) < 1 and abs(xa - xb) > _SHORT:
        page.levels.append(Rule((ya + yb) / 2, min(xa, xb), max(xa, xb)))
