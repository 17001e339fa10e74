"""Tables and pages drawn from a page source.

This module decides how the hand-written numbers stand in the printed forms and how forms and
sentences stand in a page of a CMS family.  It leaves PDF, Word and Excel files to ``paper``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from string import Template
from typing import Any

from crawler.demo.grids import (
    APPLICANTS,
    CASE_GROUPS,
    OUTCOMES,
    Box,
    Grid,
    draw_2014,
    draw_cases,
    draw_documents,
    draw_requests,
)
from crawler.demo.labels import (
    DOCUMENTS_2019,
    DOCUMENTS_2021,
    OTHER_2019,
    OTHER_2021,
    RESULTS,
    ROWS_2014,
)
from tests.pages.source import PAGES, Printed, Source, read_cell, read_marks, unmarked

TEMPLATES = PAGES / "templates"
FIELDS_2014 = tuple(name for name, _, _ in ROWS_2014 if name)
_WIDE = (*APPLICANTS, "total")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table as boxes, with what each field of it says and the figures of unknown rows."""

    grid: Grid
    says: Mapping[str, str]
    extra: tuple[str, ...] = ()
    flat: str = ""
    html: str = ""
    breaks_at: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the table stands on the page as one table of its own."""
        return not (self.flat or self.breaks_at)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: a heading, a paragraph, a signature, HTML as it stands, or a table."""

    kind: str
    text: str
    table: Drawn | None = None


@dataclass(slots=True)
class _Extra:
    """The rows put in by hand: drawn cells, and what they say."""

    says: dict[str, str] = field(default_factory=dict)
    figures: list[str] = field(default_factory=list)

    def add(self, name: str, cell: Printed) -> None:
        """Note what a cell says under its field; ``x`` is a figure of no known field."""
        if name == "x":
            self.figures.append(cell.says)
        elif name != "-":
            self.says[name] = cell.says


def draw_lines(source: Source) -> list[Line]:
    """Return the lines of a page with their tables, in order."""
    lines = []
    for raw in source.text("body").strip("\n").split("\n"):
        if raw.startswith("@"):
            names = raw[1:].strip().split("+")
            tables = [draw_table(source.facts["tables"][name], name) for name in names]
            lines += [Line("table", raw[1:], part) for part in _split(_stack(tables))]
        elif raw.startswith("# "):
            lines.append(Line("heading", raw[2:]))
        elif raw.startswith("> "):
            lines.append(Line("closing", raw[2:]))
        elif raw.startswith("<"):
            lines.append(Line("html", raw))
        elif raw.strip():
            lines.append(Line("paragraph", raw))
    return lines


def _stack(tables: Sequence[Drawn]) -> Drawn:
    """Return several tables as one, the rows of each below those of the one before."""
    first = tables[0]
    grid = tuple(row for table in tables for row in table.grid)
    says = {name: said for table in tables for name, said in table.says.items()}
    return replace(first, grid=grid, says=says, extra=tuple(x for t in tables for x in t.extra))


def _split(table: Drawn) -> tuple[Drawn, ...]:
    """Return a table in two where it breaks: Word begins a new one on the next page."""
    if not table.breaks_at:
        return (table,)
    place = _row_of(table.grid, table.breaks_at)
    rows = [list(row) for row in table.grid]
    below: list[Box] = []
    for i, j in _covering(rows, place):
        if i < place:
            box, kept = rows[i][j], place - i
            rows[i][j] = replace(box, rowspan=kept)
            below.append(Box("", box.colspan, box.rowspan - kept))
    rows[place] = [*below, *rows[place]]
    grid = tuple(map(tuple, rows))
    return replace(table, grid=grid[:place]), Drawn(grid[place:], {}, breaks_at=table.breaks_at)


def draw_table(notes: Mapping[str, Any], name: str) -> Drawn:
    """Return the table that the notes describe: a national one by its form, or rows as given."""
    form = str(notes.get("form", "rows"))
    kind = str(notes.get("kind", name))
    if "html" in notes:
        return _draw_html(str(notes["html"]))
    if form == "rows":
        drawn = _draw_rows(notes)
    elif form == "national_2014":
        drawn = _draw_2014(notes)
    elif kind == "requests":
        drawn = _draw_requests(notes, form)
    elif kind == "cases":
        drawn = _draw_cases(notes)
    else:
        drawn = _draw_documents(notes, form)
    drawn = _insert(drawn, notes.get("insert", ()))
    drawn = _drop(drawn, notes.get("drop", {}))
    for place in notes.get("drop_rows", ()):
        drawn = _drop_row(drawn, place)
    grid = drawn.grid
    for first, second in notes.get("swap", ()):
        grid = _swap(grid, first, second)
    grid = _relabel(grid, notes.get("relabel", {}))
    return replace(
        drawn,
        grid=grid,
        flat=str(notes.get("flat", "")),
        breaks_at=str(notes.get("breaks_at", "")),
    )


def _tokens(text: str, count: int) -> list[Printed]:
    cells = [read_cell(token) for token in text.split()]
    if len(cells) != count:
        raise ValueError(f"{len(cells)} cells, the form has {count}: {text[:60]}")
    return cells


def _drawn(grid: Grid, printed: Mapping[str, Printed]) -> Drawn:
    return Drawn(grid, {name: cell.says for name, cell in printed.items()})


def _shown(printed: Mapping[str, Printed]) -> dict[str, str]:
    return {name: cell.shown for name, cell in printed.items()}


def _draw_2014(notes: Mapping[str, Any]) -> Drawn:
    cells = dict(zip(FIELDS_2014, _tokens(notes["values"], len(FIELDS_2014)), strict=True))
    grid = draw_2014({name: cell.shown or " " for name, cell in cells.items()})
    dash = notes.get("dash", "——")
    grid = tuple(tuple(replace(b, text=dash) if b.text == "——" else b for b in r) for r in grid)
    return _drawn(grid, cells)


def _draw_requests(notes: Mapping[str, Any], form: str) -> Drawn:
    groups = RESULTS + (OTHER_2019 if form == "national_2019" else OTHER_2021)
    results = [row for _, rows in groups for row, _ in rows]
    names = ("new_received", "carried_in", *results, "result_total", "carried_out")
    if unknown := set(notes["rows"]) - set(names):
        raise ValueError(f"no such row: {unknown}")
    fill = " ".join([str(notes.get("fill", "0"))] * len(_WIDE))
    cells: dict[str, Printed] = {}
    for name in names:
        row = _tokens(notes["rows"].get(name, fill), len(_WIDE))
        cells |= {f"req_{name}_{wide}": cell for wide, cell in zip(_WIDE, row, strict=True)}
    return _drawn(draw_requests(_shown(cells), form), cells)


def _draw_cases(notes: Mapping[str, Any]) -> Drawn:
    names = [f"{group}_{outcome}" for group in CASE_GROUPS for outcome in (*OUTCOMES, "total")]
    cells = dict(zip(names, _tokens(notes["values"], len(names)), strict=True))
    return _drawn(draw_cases(_shown(cells)), cells)


def _draw_documents(notes: Mapping[str, Any], form: str) -> Drawn:
    blocks = DOCUMENTS_2019 if form == "national_2019" else DOCUMENTS_2021
    names = [key for _, _, rows in blocks for _, keys in rows for key in keys]
    cells = dict(zip(names, _tokens(notes["values"], len(names)), strict=True))
    return _drawn(draw_documents(_shown(cells), form), cells)


def _draw_rows(notes: Mapping[str, Any]) -> Drawn:
    """Rows as given: ``label | unit | 12 | 30 = field | field_cumulative``, one field per cell."""
    found = _Extra()
    grid: list[tuple[Box, ...]] = [tuple(Box(text.strip()) for text in notes["head"].split("|"))]
    for row in notes["rows"].strip().split("\n"):
        shown, _, names = row.rpartition(" = ")
        texts = [text.strip() for text in shown.split("|")]
        fields = [name.strip() for name in names.split("|")] if names.strip() != "-" else []
        cells = [read_cell(text or "_") for text in texts[len(texts) - len(fields) :]]
        for name, cell in zip(fields, cells, strict=True):
            found.add(name, cell)
        plain = texts[: len(texts) - len(fields)]
        grid.append(tuple(Box(text) for text in (*plain, *(cell.shown for cell in cells))))
    return Drawn(tuple(grid), found.says, tuple(found.figures))


def _draw_html(text: str) -> Drawn:
    """A table written as HTML, its cells noted like numbers in sentences: ``{12|field}``."""
    found = _Extra()
    for shown, name, value in read_marks(text):
        found.add(name, read_cell(f"{shown}=>{value}" if value else shown or "_"))
    return Drawn((), found.says, tuple(found.figures), html=unmarked(text))


def _row_of(grid: Sequence[Sequence[Box]], label: str) -> int:
    places = [i for i, row in enumerate(grid) if any(box.text == label for box in row)]
    if len(places) != 1:
        raise ValueError(f"{label} stands in {len(places)} rows")
    return places[0]


def _covering(grid: Sequence[Sequence[Box]], place: int) -> list[tuple[int, int]]:
    """Return row and place of the boxes that cover a cell of row ``place``."""
    return [
        (i, j)
        for i, row in enumerate(grid[: place + 1])
        for j, box in enumerate(row)
        if i + box.rowspan > place
    ]


def _resize(rows: list[list[Box]], boxes: Sequence[tuple[int, int]], by: int) -> None:
    for i, j in boxes:
        rows[i][j] = replace(rows[i][j], rowspan=rows[i][j].rowspan + by)


def _insert(drawn: Drawn, notes: Sequence[str]) -> Drawn:
    """Put in rows: ``after this label | label | cells … = fields``, spans grown to hold them."""
    found = _Extra(dict(drawn.says), list(drawn.extra))
    rows = [list(row) for row in drawn.grid]
    for note in notes:
        shown, _, names = note.rpartition(" = ")
        after, label, *texts = [text.strip() for text in shown.split("|")]
        fields = [name.strip() for name in names.split("|")] if names.strip() != "-" else []
        cells = [read_cell(text or "_") for text in texts[len(texts) - len(fields) :]]
        for name, cell in zip(fields, cells, strict=True):
            found.add(name, cell)
        place = _row_of(rows, after)
        labels = [box for box in rows[place] if box.text == after]
        _resize(rows, [(i, j) for i, j in _covering(rows, place) if rows[i][j].rowspan > 1], 1)
        plain = texts[: len(texts) - len(fields)]
        texts = [*plain, *(cell.shown for cell in cells)]
        rows.insert(place + 1, [replace(labels[0], text=label, rowspan=1), *map(Box, texts)])
    return Drawn(tuple(map(tuple, rows)), found.says, tuple(found.figures), drawn.flat)


def _drop(drawn: Drawn, notes: Mapping[str, str]) -> Drawn:
    """Take out rows by label; their fields (by prefix) are not printed, so nothing is expected."""
    for label, prefix in notes.items():
        drawn = _drop_row(drawn, _row_of(drawn.grid, label))
        says = {name: said for name, said in drawn.says.items() if not name.startswith(prefix)}
        drawn = replace(drawn, says=says)
    return drawn


def _drop_row(drawn: Drawn, place: int) -> Drawn:
    rows = [list(row) for row in drawn.grid]
    _resize(rows, [(i, j) for i, j in _covering(rows, place) if i < place], -1)
    del rows[place]
    return replace(drawn, grid=tuple(map(tuple, rows)))


def _relabel(grid: Grid, notes: Mapping[str, str]) -> Grid:
    texts = {box.text for row in grid for box in row}
    if unknown := set(notes) - texts:
        raise ValueError(f"no such label: {unknown}")
    return tuple(tuple(replace(b, text=notes.get(b.text, b.text)) for b in row) for row in grid)


def _swap(grid: Grid, first: str, second: str) -> Grid:
    rows = list(grid)
    one, two = _row_of(rows, first), _row_of(rows, second)
    rows[one], rows[two] = rows[two], rows[one]
    return tuple(rows)


def draw_page(source: Source, lines: Sequence[Line]) -> str:
    """Return the HTML of the page in its template."""
    body = "\n".join(_draw_line(source, line) for line in lines)
    site = source.text("site")
    facts = {
        "title": source.text("title"),
        "h1": source.text("h1", source.text("title")),
        "site": site,
        "site_code": source.text("site_code"),
        "column": source.text("column", "政府信息公开年报"),
        "published": source.text("published"),
        "day": source.text("published")[:10],
        "source": source.text("source"),
        "box": draw_box(source.facts.get("box", []), source.text("box_shape", "table")),
        "body": body,
        "body_json": json.dumps(body).replace("<", "\\u003C"),
        "host": source.text("url").split("/")[2],
    }
    text = (TEMPLATES / f"{source.text('template')}.html").read_text("utf-8")
    return Template(text).substitute(facts)


def draw_box(entries: Sequence[Sequence[str]], shape: str) -> str:
    """Return the header box in one of the shapes that portals print."""
    if not entries:
        return ""
    if shape == "line":
        words = "\u3000".join(f"{label}{value}" for label, value in entries)
        return f'<div class="xxgk-line">{words}</div>'
    if shape == "dl":
        inner = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in entries)
        return f'<dl class="xxgk">{inner}</dl>'
    if shape == "ul":
        inner = "".join(f"<li><span>{label}</span>{value}</li>" for label, value in entries)
        return f'<ul class="xxgk">{inner}</ul>'
    if shape == "div":
        one = '<div class="item"><label>{}</label><span>{}</span></div>'
        return f'<div class="xxgk">{"".join(one.format(*entry) for entry in entries)}</div>'
    if shape == "columns":  # a row of labels above a row of values
        heads = "".join(f"<th>{label}</th>" for label, _ in entries)
        values = "".join(f"<td>{value}</td>" for _, value in entries)
        return f'<table class="xxgk"><tr>{heads}</tr><tr>{values}</tr></table>'
    if shape == "breaks":
        return f'<div class="xxgk">{"<br/>".join(map("".join, entries))}</div>'
    cell = "<td><b>{}</b>{}</td>" if shape == "table" else "<th>{}</th><td>{}</td>"
    cells = [cell.format(*entry) for entry in entries]
    rows = "".join(f"<tr>{''.join(cells[i : i + 2])}</tr>\n" for i in range(0, len(cells), 2))
    return f'<table class="xxgk" width="100%">{rows}</table>'


def _draw_line(source: Source, line: Line) -> str:
    text = unmarked(line.text)
    if line.table is not None:
        return _draw_grid(line.table, source.text("cells", "td"))
    if line.kind == "html":
        return text
    if line.kind == "heading":
        return f'<p style="text-indent:2em"><strong>{text}</strong></p>'
    if line.kind == "closing":
        return f'<p style="text-align:right">{text}</p>'
    return f'<p style="text-indent:2em">{text}</p>'


def flat_lines(table: Drawn) -> list[str]:
    """Return a flattened table as lines: one per box, or one per row with its cells apart."""
    if table.flat == "boxes":
        return [box.text for row in table.grid for box in row]
    if table.flat == "lossy":  # a unit of one character and a bare dash are lost with their box
        texts = (box.text for row in table.grid for box in row)
        return [text for text in texts if len(text) > 1 or text.isdigit() if text != "——"]
    joint = {"tabs": "\t", "spaces": "  "}[table.flat]
    return [joint.join(box.text for box in row) for row in table.grid]


def _draw_grid(table: Drawn, cells: str) -> str:
    if table.html:
        return table.html
    if table.flat:
        return "\n".join(f"<p>{text}</p>" for text in flat_lines(table))
    rows = "\n".join(
        f"<tr>{''.join(_draw_cell(box, cells) for box in row)}</tr>" for row in table.grid
    )
    return f'<table border="1" cellspacing="0">\n{rows}\n</table>'


def _draw_cell(box: Box, cells: str) -> str:
    text = box.text if box.text.startswith("&") else escape(box.text)
    if cells == "narrow" and box.rowspan > 2:
        text = "<br>".join(text)
    if cells == "word":  # as pasted from Word: a span of its own for every run
        text = f'<p class="MsoNormal"><span lang="EN-US">{text}<o:p></o:p></span></p>'
    span = f' colspan="{box.colspan}"' * (box.colspan > 1) + f' rowspan="{box.rowspan}"' * (
        box.rowspan > 1
    )
    return f"<td{span}>{text}</td>"
