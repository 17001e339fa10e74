"""Draws the golden pages from their sources: ``python -m tests.pages.make [id …]``.

Writes ``body.*``, ``response.toml`` and ``expected.toml`` beside each ``page.toml``.  Everything
comes from what a person wrote there; no parser takes part.  Tests never run this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tests.pages.draw import Drawn, Line, draw_lines, draw_page
from tests.pages.paper import draw_pdf, draw_sheet, draw_text, draw_word, draw_zip
from tests.pages.source import PAGES, Source, read_said, read_sources

_FILES = {"pdf": draw_pdf, "docx": draw_word, "xlsx": draw_sheet, "zip": draw_zip}
_NOTE = "# Drawn by tests/pages/make.py from page.toml, which was written by hand.\n"


def name_body(source: Source) -> str:
    """Return the name of the file that holds the page as sent."""
    template = source.text("template")
    return f"body.{template}" if template in (*_FILES, "txt") else "body.html"


def draw_body(source: Source, lines: Sequence[Line]) -> bytes:
    """Return the page as sent."""
    template, encoding = source.text("template"), source.text("encoding", "utf-8")
    if template in _FILES:
        return _FILES[template](source, lines)
    if template == "txt":
        return draw_text(source, lines).encode(encoding)
    body = draw_page(source, lines).encode(encoding)
    if foreign := source.text("utf8_line"):  # pasted from elsewhere without being converted
        body = body.replace(foreign.encode(encoding), foreign.encode())
    return body


def write_page(source: Source) -> None:
    """Write the page of one source and what is expected of it."""
    folder = PAGES / source.id
    lines = draw_lines(source)
    for old in folder.glob("body.*"):
        old.unlink()
    (folder / name_body(source)).write_bytes(draw_body(source, lines))
    (folder / "response.toml").write_text(write_response(source), "utf-8")
    (folder / "expected.toml").write_text(write_expected(source, lines), "utf-8")


def write_response(source: Source) -> str:
    """Return the file of address, headers and notes of a page."""
    facts = source.facts
    return _NOTE + "\n".join(
        [
            f"url = {_toml(facts['url'])}",
            f"status = {facts.get('status', 200)}",
            f"body = {_toml(name_body(source))}",
            f"form = {_toml(facts['report'].get('form', 'none'))}",
            f"template = {_toml(facts['template'])}",
            f"about = {_toml(facts['about'])}",
            f"checked = {_toml(facts['checked'])}",
            *(
                f"{key} = {_toml(facts[key])}"
                for key in ("link_text", "portal_region")
                if key in facts
            ),
            "",
            "[headers]",
            f'"Content-Type" = {_toml(facts.get("content_type", "text/html"))}',
            "",
        ]
    )


def write_expected(source: Source, lines: Sequence[Line]) -> str:
    """Return the file of what a page says, as its source notes it."""
    facts = source.facts
    parts = [_NOTE, "# field, value, state, qualifier, unit as printed; x: of no known field;"]
    parts += ["# scope where known, period, and the words that end with the number"]
    parts += ["narrative = [", *_narrative(lines, facts["report"].get("scope", "")), "]"]
    parts += ["findings = [", *(f"  {_toml(list(one))}," for one in facts.get("findings", ())), "]"]
    if blanks := [
        name for name in _blanks(lines) if _is_proved(name, facts.get("proved_zero", ()))
    ]:
        parts.append(f"inferred = {_toml(blanks)}")
    if "other_figures" in facts:
        parts.append(f"other_figures = {_toml(facts['other_figures'])}")
    parts += ["", "[report]", *_pairs(facts["report"]), "", "[metadata]"]
    parts += _pairs(facts.get("metadata", {}))
    parts += _tables([line.table for line in lines if line.table])
    parts += _parts(facts.get("parts", ()))
    return "\n".join([*parts, ""])


def _parts(parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the reports of a compilation with the figures of each."""
    for part in parts:
        told = {name: value for name, value in part.items() if not isinstance(value, dict)}
        yield from ("", "[[parts]]", *_pairs(told))
        for name, figures in part.items():
            if isinstance(figures, dict):
                yield from (f"[parts.{name}]", *_pairs(figures))


def _tables(tables: Sequence[Drawn]) -> Iterator[str]:
    """Yield what the tables say; flattened and broken ones have no number of their own."""
    grids = [table for table in tables if table.is_whole]
    for number, table in enumerate(grids, start=1):
        yield from ("", f"[tables.table{number}]", *_pairs(table.says))
        if table.extra:
            yield f"x = {_toml(list(table.extra))}"
    if lost := [table for table in tables if not table.is_whole]:
        yield from ("", "[tables.lost]")
        for table in lost:
            yield from _pairs(table.says)


def _blanks(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        if line.table:
            yield from (name for name, said in line.table.says.items() if said in ("blank", "na"))


def _is_proved(field: str, notes: Sequence[str]) -> bool:
    """Whether the notes say that a sum proves a blank to be zero: ``req_*``, and not ``!req_new*``."""
    matching = [note for note in notes if fnmatchcase(field, note.removeprefix("!"))]
    return bool(matching) and not any(note.startswith("!") for note in matching)


def _narrative(lines: Sequence[Line], scope: str) -> Iterator[str]:
    for line in lines:
        if line.table is None:
            for said in read_said(line.text):
                for name in said.fields:
                    row = [name, said.value, said.state, said.qualifier, said.unit or ""]
                    row += [said.scope or scope, said.period or "year", said.words]
                    yield f"  {_toml(row)},"


def _pairs(facts: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in facts.items()]


def _toml(value: object) -> str:
    """Return a value as TOML prints it; JSON's strings, numbers and lists are TOML's."""
    return json.dumps(value, ensure_ascii=False)


def main(names: Sequence[str]) -> None:
    """Draw the named pages, or all."""
    for source in read_sources():
        if not names or source.id in names:
            try:
                write_page(source)
            except (KeyError, ValueError, OSError) as error:
                raise SystemExit(f"{source.id}: {error!r}") from error


if __name__ == "__main__":
    main(sys.argv[1:])
