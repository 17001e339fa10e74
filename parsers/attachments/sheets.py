"""Spreadsheets (XLSX, XLS) as a layout: one grid for each sheet, the lines around it as text.

Decides which cells are printed: those of visible sheets, as displayed, merged cells as spans.
A title or a footer that has a row to itself is a line and not a row of the table.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from parsers.attachments.displayed import BUILT_IN, show_number
from parsers.attachments.package import Locked, Package, attribute, local_name
from parsers.errors import UnreadableSource
from parsers.layout import Draft, Layout, PlacedCell, is_data_table, join_lines
from parsers.metadata import is_box
from parsers.model import Finding

_MAX_SLOTS = 100_000
_MAX_COLUMN = 16_384
_TEXT, _NUMBER, _DATE = 1, 2, 3  # xlrd's cell types


class Place(NamedTuple):
    """A row and a column, both from 0."""

    row: int
    col: int


class Span(NamedTuple):
    """A merged area: first row and column, and those after the last."""

    row: int
    col: int
    row_end: int
    col_end: int


@dataclass(slots=True)
class Sheet:
    """The printed cells of a sheet, and its merged areas."""

    name: str
    cells: dict[Place, str] = field(default_factory=dict)
    merged: list[Span] = field(default_factory=list)


def lay_out_xlsx(package: Package) -> Layout:
    """The layout of an Excel file (XLSX).

    Raises:
        UnreadableSource: the workbook is missing, damaged or locked.
    """
    return lay_out_sheets(_read_xlsx(package))


def lay_out_xls(body: bytes) -> Layout:
    """The layout of an old Excel file (XLS, BIFF).

    Raises:
        Locked: the workbook asks for a password.
        UnreadableSource: the workbook is damaged.
    """
    return lay_out_sheets(_read_xls(body))


def lay_out_sheets(sheets: Iterable[Sheet]) -> Layout:
    """The layout of sheets in their order."""
    draft = Draft()
    header: list[str] = []
    findings: list[Finding] = []
    for sheet in sheets:
        if not sheet.cells:
            continue
        if not _write_sheet(sheet, draft, header):
            message = f"sheet {sheet.name} is larger than {_MAX_SLOTS} cells and was not read"
            findings.append(Finding("table_too_large", "error", message))
    return Layout(
        received=draft.received,
        blocks=draft.blocks,
        grids=draft.grids,
        header=tuple(header),
        findings=tuple(findings),
    )


def _write_sheet(sheet: Sheet, draft: Draft, header: list[str]) -> bool:
    """Write one sheet; ``False`` where it is too large."""
    by_row: dict[int, list[str]] = {}
    for place in sorted(sheet.cells):
        by_row.setdefault(place.row, []).append(sheet.cells[place])
    rows, printed = list(by_row), list(by_row.values())
    columns = {place.col for place in sheet.cells}
    left, right = min(columns), max(columns) + 1
    if len(rows) * (right - left) > _MAX_SLOTS:
        return False
    first = next((i for i, texts in enumerate(printed) if len(texts) > 1), len(rows))
    last = next((i for i in range(len(rows), first, -1) if len(printed[i - 1]) > 1), first)
    for texts in printed[:first]:
        _write_lines(texts, draft)
    if first < last:
        placed = _place(sheet, rows[first:last], range(left, right))
        if is_box([cell.text for cell in placed]):
            header += ["\t".join(texts) for texts in printed[first:last]]
        elif is_data_table(placed):
            draft.add_table(placed)
        else:
            for texts in printed[first:last]:
                _write_lines(["\t".join(texts)], draft)
    for texts in printed[last:]:
        _write_lines(texts, draft)
    return True


def _write_lines(texts: Iterable[str], draft: Draft) -> None:
    for text in texts:
        draft.add_line(text)


def _place(sheet: Sheet, rows: Sequence[int], columns: Sequence[int]) -> list[PlacedCell]:
    """Every slot of the sheet from its first printed cell to its last, blanks included."""
    index = {row: i for i, row in enumerate(rows)}
    covered: set[Place] = set()
    spans: dict[Place, tuple[int, int]] = {}
    for area in sheet.merged:
        across = [col for col in columns if area.col <= col < area.col_end]
        down = [row for row in rows if area.row <= row < area.row_end]
        if not across or not down:
            continue
        covered |= {Place(row, col) for row in down for col in across}
        spans[Place(area.row, area.col)] = (len(down), len(across))
    placed = []
    for row in rows:
        for col in columns:
            place = Place(row, col)
            if place in covered and place not in spans:
                continue
            rowspan, colspan = spans.get(place, (1, 1))
            text = sheet.cells.get(place, "")
            placed.append(PlacedCell(text, index[row], col, rowspan, colspan))
    return placed


def _read_xlsx(package: Package) -> Iterable[Sheet]:
    main = "xl/workbook.xml"
    workbook = package.read_xml(main)
    targets = _read_targets(package)
    shared = _read_shared(package)
    formats = _read_formats(package)
    from_1904 = any(
        local_name(node) == "workbookPr" and attribute(node, "date1904") in ("1", "true")
        for node in workbook
    )
    for node in workbook.iter():
        if local_name(node) != "sheet" or attribute(node, "state") in ("hidden", "veryHidden"):
            continue
        target = targets.get(attribute(node, "id") or "")
        if target and "worksheet" in target:  # a chart is no table
            sheet = Sheet(attribute(node, "name") or "")
            _read_worksheet(package.read_xml(target), sheet, shared, formats, from_1904=from_1904)
            yield sheet


def _read_targets(package: Package) -> dict[str, str]:
    """The part of every relationship of the workbook."""
    targets = {}
    for node in package.read_xml("xl/_rels/workbook.xml.rels"):
        target = attribute(node, "Target") or ""
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        targets[attribute(node, "Id") or ""] = path
    return targets


def _read_shared(package: Package) -> list[str]:
    if "xl/sharedStrings.xml" not in package.names():
        return []
    return [_string(item) for item in package.read_xml("xl/sharedStrings.xml")]


def _string(item: Element) -> str:
    """The runs of a string without its phonetic guide."""
    texts = [
        node.text or ""
        for node in item.iter()
        if local_name(node) == "t" and local_name(node.getparent()) != "rPh"
    ]
    return _clean("".join(texts))


def _clean(text: str) -> str:
    """The lines of a cell joined; tabs part cells and stand in none."""
    return join_lines(text.replace("\t", " ").replace("_x000D_", "").splitlines())


def _read_formats(package: Package) -> list[str]:
    """The number format of every cell style."""
    if "xl/styles.xml" not in package.names():
        return []
    custom = dict(BUILT_IN)
    formats: list[str] = []
    for node in package.read_xml("xl/styles.xml"):
        if local_name(node) == "numFmts":
            for one in node:
                custom[_int(attribute(one, "numFmtId"))] = attribute(one, "formatCode") or ""
        elif local_name(node) == "cellXfs":
            formats = [custom.get(_int(attribute(one, "numFmtId")), "General") for one in node]
    return formats


def _read_worksheet(
    root: Element, sheet: Sheet, shared: list[str], formats: list[str], *, from_1904: bool
) -> None:
    row_number = -1
    for part in root:
        kind = local_name(part)
        if kind == "sheetData":
            for row in part:
                row_number = _int(attribute(row, "r"), row_number + 2) - 1
                if attribute(row, "hidden") in ("1", "true"):
                    continue
                column = -1
                for cell in row:
                    column = _column(attribute(cell, "r"), column + 1)
                    text = _cell_text(cell, shared, formats, from_1904=from_1904)
                    if text and column < _MAX_COLUMN:
                        sheet.cells[Place(row_number, column)] = text
        elif kind == "mergeCells":
            sheet.merged += filter(None, (_area(attribute(area, "ref")) for area in part))


def _cell_text(cell: Element, shared: list[str], formats: list[str], *, from_1904: bool) -> str:
    kind = attribute(cell, "t") or "n"
    if kind == "inlineStr":
        return _string(cell)
    stored = next((node.text or "" for node in cell if local_name(node) == "v"), "")
    if kind == "s":
        index = _int(stored, -1)
        return shared[index] if 0 <= index < len(shared) else ""
    if kind != "n" or not stored:
        return _clean(stored)
    style = _int(attribute(cell, "s"))
    number_format = formats[style] if style < len(formats) else "General"
    return show_number(stored, number_format, from_1904=from_1904)


def _int(printed: str | None, otherwise: int = 0) -> int:
    return int(printed) if printed and printed.isdecimal() and len(printed) < 10 else otherwise


def _column(reference: str | None, otherwise: int) -> int:
    """The column of "AB12", from 0."""
    number = 0
    for char in reference or "":
        if not "A" <= char <= "Z":
            break
        number = number * 26 + ord(char) - 64
    return number - 1 if 0 < number <= _MAX_COLUMN else otherwise


def _area(reference: str | None) -> Span | None:
    """The area of "A1:C3"."""
    first, _, last = (reference or "").partition(":")
    rows = [_int(end.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 0) for end in (first, last)]
    if 0 in rows:
        return None
    return Span(rows[0] - 1, _column(first, 0), rows[1], _column(last, 0) + 1)


def _read_xls(body: bytes) -> list[Sheet]:
    import xlrd  # noqa: PLC0415 - few sources are old workbooks

    try:
        book = xlrd.open_workbook(
            file_contents=body, formatting_info=True, logfile=io.StringIO(), ragged_rows=True
        )
        return [_read_old_sheet(book, sheet) for sheet in book.sheets() if not sheet.visibility]
    except Exception as error:
        if "encrypted" in str(error):
            raise Locked("workbook") from error
        raise UnreadableSource("workbook", f"damaged ({type(error).__name__})") from error


def _read_old_sheet(book: Any, source: Any) -> Sheet:
    sheet = Sheet(source.name)
    for r in range(source.nrows):
        if getattr(source.rowinfo_map.get(r), "hidden", 0):
            continue
        for c, cell in enumerate(source.row(r)):
            text = _old_cell_text(book, cell)
            if text:
                sheet.cells[Place(r, c)] = text
    sheet.merged = [Span(r, c, r_end, c_end) for r, r_end, c, c_end in source.merged_cells]
    return sheet


def _old_cell_text(book: Any, cell: Any) -> str:
    if cell.ctype == _TEXT:
        return _clean(cell.value)
    if cell.ctype not in (_NUMBER, _DATE):
        return ""
    shape = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    number_format = shape.format_str if shape else "General"
    return show_number(cell.value, number_format, from_1904=book.datemode == 1)
