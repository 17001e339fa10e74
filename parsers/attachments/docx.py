"""A Word file (DOCX) as a layout: numbered paragraphs and tables with merged cells.

Decides what of the document part is printed: deleted and hidden text is not, inserted text is,
a text box once.  Old ``.doc`` files are not read here; a converter makes them DOCX or text.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from parsers.attachments.numbering import Numbering, read_numbering
from parsers.attachments.package import Package, attribute, local_name
from parsers.errors import UnreadableSource
from parsers.layout import (
    Draft,
    Layout,
    PlacedCell,
    Sized,
    find_large_title,
    is_blank,
    is_data_table,
    join_lines,
)
from parsers.metadata import is_box
from parsers.model import Finding

_UNREAD = frozenset((
    "del", "moveFrom", "instrText", "delText", "rPr", "pPr", "tblPr", "trPr", "tcPr", "Fallback",
    "footnoteReference", "endnoteReference", "commentReference", "rubyPr", "rt", "sectPr",
    "AlternateContent", "txbxContent",
))  # fmt: skip
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PICTURES = frozenset(("drawing", "pict", "object", "imagedata", "blip"))
_DEFAULT_SIZE = 21  # half points: the 五号 type of Chinese Word
_MAX_SPAN = 200
_OFF = ("0", "false", "off", "none")


class _Style(NamedTuple):
    based_on: str | None
    heading: bool
    size: int | None
    list_id: str | None
    level: int


class _TableCell(NamedTuple):
    node: Element
    col: int
    colspan: int
    merge: str | None


@dataclass(slots=True)
class _Writer:
    """Writes the body of a document into a draft."""

    styles: dict[str, _Style]
    numbering: Numbering
    draft: Draft = field(default_factory=Draft)
    header: list[str] = field(default_factory=list)
    sized: list[Sized] = field(default_factory=list)
    pictures: int = 0

    def write(self, parent: Element) -> None:
        """Paragraphs and tables under ``parent``, in order."""
        for node in _block_nodes(parent):
            if local_name(node) == "tbl":
                self.write_table(node)
            else:
                self.write_paragraph(node)

    def write_paragraph(self, node: Element) -> None:
        """The lines of a paragraph, then those of its text boxes."""
        style = self._style_of(node)
        text = self._numbered(node, style)
        size = _run_size(node) or style.size or _DEFAULT_SIZE
        for line in map(str.strip, text.split("\n"), itertools.repeat(" ")):
            if not is_blank(line):
                self.draft.add_line(line, heading=style.heading)
                self.sized.append(Sized(line, size))
        for box in _text_boxes(node):
            self.write(box)
        self.pictures += any(local_name(inner) in _PICTURES for inner in node.iter())

    def write_table(self, table: Element) -> None:
        """A data table as a grid, a header box beside the text, any other table as its lines."""
        rows = list(_read_rows(table))
        cells = [cell for row in rows for cell in row]
        if any(local_name(inner) == "tbl" for cell in cells for inner in cell.node.iter()):
            for cell in cells:
                self.write(cell.node)
            return
        placed = self._place(rows)
        texts = [cell.text for cell in placed]
        if is_box(texts):
            for r in range(len(rows)):
                self.header.append("\t".join(cell.text for cell in placed if cell.row == r))
        elif is_data_table(placed):
            self.draft.add_table(placed)
        else:
            for text in texts:
                if not is_blank(text):
                    self.draft.add_line(text)
        self.pictures += any(local_name(inner) in _PICTURES for inner in table.iter())

    def _place(self, rows: list[list[_TableCell]]) -> list[PlacedCell]:
        """The cells with their spans; a vertically merged cell reaches down over its rest."""
        placed: list[PlacedCell] = []
        open_at: dict[tuple[int, int], int] = {}
        for r, row in enumerate(rows):
            reached = {}
            for cell in row:
                place = (cell.col, cell.colspan)
                above = open_at.get(place) if cell.merge == "continue" else None
                if above is not None:
                    first = placed[above]
                    placed[above] = first._replace(rowspan=r - first.row + 1)
                    reached[place] = above
                    continue
                if cell.merge:
                    reached[place] = len(placed)
                text = self._cell_text(cell.node)
                placed.append(PlacedCell(text, r, cell.col, 1, cell.colspan))
            open_at = reached
        return placed

    def _cell_text(self, cell: Element) -> str:
        lines: list[str] = []
        for node in _block_nodes(cell):
            lines += self._numbered(node, self._style_of(node)).replace("\t", " ").split("\n")
        return join_lines(line.strip() for line in lines)

    def _numbered(self, node: Element, style: _Style) -> str:
        text = _paragraph_text(node)
        list_id, level = style.list_id, style.level
        for own in _properties(node, "numPr"):
            for child in own:
                if local_name(child) == "numId":
                    list_id = attribute(child, "val")
                elif local_name(child) == "ilvl":
                    level = _small(attribute(child, "val"))
        if list_id is None or list_id == "0" or is_blank(text):
            return text
        return self.numbering.label(list_id, level) + text.lstrip()

    def _style_of(self, node: Element) -> _Style:
        own = next((attribute(s, "val") for s in _properties(node, "pStyle")), None)
        style = _resolve(self.styles, own)
        outlined = any(_small(attribute(o, "val")) < 9 for o in _properties(node, "outlineLvl"))
        return style._replace(heading=True) if outlined else style


def lay_out_docx(package: Package) -> Layout:
    """The layout of a Word file.

    Raises:
        UnreadableSource: the document part is missing, damaged or locked.
    """
    main = _main_part(package)
    folder = main.rpartition("/")[0]
    root = package.read_xml(main)
    styles = _optional(package, f"{folder}/styles.xml")
    numbers = _optional(package, f"{folder}/numbering.xml")
    writer = _Writer(
        styles=_read_styles(styles) if styles is not None else {},
        numbering=read_numbering(numbers) if numbers is not None else Numbering(),
    )
    for body in root:
        if local_name(body) == "body":
            writer.write(body)
    findings: tuple[Finding, ...] = ()
    if writer.pictures and is_blank(writer.draft.received):
        findings = (Finding("needs_ocr", "error", "the file prints only images"),)
    return Layout(
        received=writer.draft.received,
        blocks=writer.draft.blocks,
        grids=writer.draft.grids,
        header=tuple(writer.header),
        heading=find_large_title(writer.sized),
        findings=findings,
    )


def _main_part(package: Package) -> str:
    names = package.names()
    if "word/document.xml" in names:
        return "word/document.xml"
    found = [name for name in names if name.startswith("word/document")]
    if not found:
        raise UnreadableSource("word/document.xml", "the package has no such part")
    return found[0]


def _optional(package: Package, name: str) -> Element | None:
    try:
        return package.read_xml(name)
    except UnreadableSource:  # a document without styles or lists is whole
        return None


def _read_styles(root: Element) -> dict[str, _Style]:
    styles: dict[str, _Style] = {}
    for node in root:
        if local_name(node) != "style":
            continue
        based_on = name = list_id = None
        size: int | None = None
        level, outlined = 0, False
        for inner in node.iter():
            kind, value = local_name(inner), attribute(inner, "val")
            if kind == "basedOn":
                based_on = value
            elif kind == "name":
                name = (value or "").lower()
            elif kind == "numId":
                list_id = value
            elif kind == "ilvl":
                level = _small(value)
            elif kind == "outlineLvl":
                outlined = _small(value) < 9
            elif kind == "sz":
                size = _small(value) or None
        heading = outlined or (name or "").startswith("heading")
        key = attribute(node, "styleId") or ""
        styles[key] = _Style(based_on, heading, size, list_id, level)
        if attribute(node, "default") == "1" and attribute(node, "type") == "paragraph":
            styles[""] = styles[key]
    return styles


def _resolve(styles: dict[str, _Style], name: str | None) -> _Style:
    """A style with what it inherits."""
    style = styles.get(name or "", _Style(None, False, None, None, 0))  # noqa: FBT003 - a tuple
    above, steps = style.based_on, 0
    while above in styles and steps < 20:
        base = styles[above]
        if style.size is None:
            style = style._replace(size=base.size)
        if style.list_id is None:
            style = style._replace(list_id=base.list_id, level=base.level)
        above, steps = base.based_on, steps + 1
    return style


def _small(printed: str | None) -> int:
    return int(printed) if printed and printed.isdecimal() and len(printed) < 5 else 0


def _block_nodes(parent: Element) -> Iterator[Element]:
    """Paragraphs and tables under ``parent``, through content controls and insertions."""
    for node in parent:
        kind = local_name(node)
        if kind in ("p", "tbl"):
            yield node
        elif kind in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"):
            yield from _block_nodes(node)


def _properties(node: Element, name: str) -> Iterator[Element]:
    for child in node:
        if local_name(child) == "pPr":
            for one in child:
                if local_name(one) == name:
                    yield one


def _paragraph_text(node: Element) -> str:
    """What a paragraph prints, line breaks as line feeds."""
    parts: list[str] = []
    _collect(node, parts)
    return "".join(parts)


def _collect(node: Element, parts: list[str]) -> None:
    for child in node:
        kind = local_name(child)
        if kind in _UNREAD or (kind == "r" and _is_hidden(child)):
            continue
        if kind == "t":
            parts.append(child.text or "")
        elif kind in _SIGNS:
            if attribute(child, "type") not in ("page", "column"):
                parts.append(_SIGNS[kind])
        else:
            _collect(child, parts)


def _is_hidden(run: Element) -> bool:
    return any(
        local_name(mark) == "vanish" and attribute(mark, "val") not in _OFF
        for child in run
        if local_name(child) == "rPr"
        for mark in child
    )


def _run_size(node: Element) -> int:
    """The largest type among the runs of a paragraph, in half points; 0 where none is said."""
    return max(
        (_small(attribute(size, "val")) for size in node.iter() if local_name(size) == "sz"),
        default=0,
    )


def _text_boxes(node: Element) -> Iterator[Element]:
    """The text boxes of a paragraph; of the two copies that Word keeps only the first."""
    for box in node.iter():
        if local_name(box) != "txbxContent":
            continue
        between = itertools.takewhile(lambda outer: outer is not node, box.iterancestors())
        if {"Fallback", "txbxContent"}.isdisjoint(map(local_name, between)):
            yield box


def _read_rows(table: Element) -> Iterator[list[_TableCell]]:
    for row in _children(table, "tr"):
        col = 0
        for properties in row:
            if local_name(properties) == "trPr":
                for mark in properties:
                    if local_name(mark) == "gridBefore":
                        col += min(_small(attribute(mark, "val")), _MAX_SPAN)
        cells: list[_TableCell] = []
        for node in _children(row, "tc"):
            span, merge, joined = 1, None, False
            for properties in node:
                if local_name(properties) == "tcPr":
                    for mark in properties:
                        kind, value = local_name(mark), attribute(mark, "val")
                        if kind == "gridSpan":
                            span = min(max(1, _small(value)), _MAX_SPAN)
                        elif kind == "vMerge":
                            merge = value or "continue"
                        elif kind == "hMerge":
                            joined = (value or "continue") == "continue"
            if joined and cells:
                cells[-1] = cells[-1]._replace(colspan=cells[-1].colspan + span)
            else:
                cells.append(_TableCell(node, col, span, merge))
            col += span
        yield cells


def _children(parent: Element, kind: str) -> Iterator[Element]:
    for node in parent:
        name = local_name(node)
        if name == kind:
            yield node
        elif name in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _children(node, kind)
