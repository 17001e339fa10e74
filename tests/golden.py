"""The golden pages: what is expected of each, and how far a reading agrees with it.

A page is a folder under ``tests/pages`` with the raw bytes, ``response.toml`` (address, status,
headers, who checked it) and ``expected.toml``.  This module decides what counts as right,
wrong, missing and invented; it leaves drawing pages to ``tests.pages.make``, the verdict to
``test_golden`` and the table of figures to ``bench.accuracy``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize

from archive.reading import Reading, read
from parsers.model import Context, Finding, Number, Statistic

PAGES = Path(__file__).resolve().parent / "pages"
NOT_PAGES = frozenset({"templates", "__pycache__"})
ASPECTS = ("metadata", "statistics", "findings")
EXPECTED_KEYS = frozenset(
    {"report", "metadata", "tables", "narrative", "inferred", "findings", "other_figures", "parts"}
)
_STATES = {"blank": "blank", "na": "na", "unreadable": "unreadable", "zero": "zero_phrase"}

Verdict = Literal["right", "wrong", "missing", "extra"]
Part = Literal[
    "metadata",
    "report",
    "cell",
    "inferred",
    "sentence",
    "other figure",
    "scope",
    "period",
    "place",
    "finding",
]
# Flags of a figure that is not of the year alone.
_UNDATED = ("cumulative", "part_year", "other_year")
# How far around its place the words that lead up to a number are looked for.
_BEFORE, _AFTER = 60, 20


@dataclass(frozen=True, slots=True)
class Golden:
    """One page with what is expected of it."""

    id: str
    folder: Path
    response: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def form(self) -> str:
        """The form of the page, ``none`` for a page that is no report."""
        return str(self.response["form"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation against what was read; ``extra`` was read and not expected."""

    part: Part
    name: str
    verdict: Verdict
    expected: str = ""
    got: str = ""

    def __str__(self) -> str:
        return f"{self.part} {self.name}: {self.verdict}, expected {self.expected}, got {self.got}"


def page_folders() -> list[Path]:
    """Return the folders that hold a page each."""
    return sorted(p for p in PAGES.iterdir() if p.is_dir() and p.name not in NOT_PAGES)


def read_golden(folder: Path) -> Golden:
    """Return the page in a folder; a missing file is an error, for no page stands unjudged."""
    response = tomllib.loads((folder / "response.toml").read_text("utf-8"))
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    return Golden(folder.name, folder, response, expected)


def read_page(golden: Golden) -> Reading:
    """Return the reading of a page, from its bytes and headers as they were sent."""
    facts = golden.response
    context = Context(
        url=facts["url"],
        link_text=facts.get("link_text"),
        portal_region=facts.get("portal_region"),
    )
    body = (golden.folder / facts["body"]).read_bytes()
    sent = facts["headers"].get("Content-Type")
    return read(body, content_type=sent, name=facts["url"], context=context)


def judge(golden: Golden, reading: Reading) -> list[Outcome]:
    """Return every expectation of a page with its outcome, and everything read beyond them."""
    return [outcome for aspect in ASPECTS for outcome in judge_aspect(golden, reading, aspect)]


def judge_aspect(golden: Golden, reading: Reading, aspect: str) -> list[Outcome]:
    """Return the outcomes of one aspect: metadata, statistics or findings."""
    expected, report = golden.expected, reading.report
    if aspect == "metadata":
        metadata = reading.document.metadata
        return [
            *(_told("report", k, v, getattr(report, k)) for k, v in expected["report"].items()),
            *(_told("metadata", k, v, metadata[k]) for k, v in expected["metadata"].items()),
            *_judge_parts(expected.get("parts", ()), reading),
        ]
    if aspect == "findings":
        return list(_judge_findings(expected["findings"], report.findings))
    tables = expected.get("tables", {})
    outcomes = [
        *_judge_tables(tables, report.statistics),
        *_judge_inferred(expected.get("inferred", ()), report.statistics),
        *_judge_sentences(expected["narrative"], report.statistics, reading.document.text),
    ]
    for part, told in zip(reading.parts, expected.get("parts", ()), strict=False):
        outcomes += _judge_figures_of_part(told, part.report.statistics)
    if expected.get("other_figures", True):
        return outcomes
    return [outcome for outcome in outcomes if outcome.part != "other figure"]


def _judge_parts(expected: Sequence[Mapping[str, Any]], reading: Reading) -> Iterator[Outcome]:
    """The reports of a compilation by body, year and form, in order, each where it stands."""
    for number, told in enumerate(expected):
        if number >= len(reading.parts):
            yield Outcome("report", "part", "missing", told["subject"])
            continue
        part = reading.parts[number]
        for name in ("subject", "year", "form"):
            yield _told("report", f"part {name}", told[name], getattr(part.report, name))
        start, end = part.document.within or (0, 0)
        yield _told("report", "part place", part.document.text, reading.document.text[start:end])
    for part in reading.parts[len(expected) :]:
        yield Outcome("report", "part", "extra", "", part.report.subject or "")


def _judge_figures_of_part(
    told: Mapping[str, Any], statistics: Sequence[Statistic]
) -> Iterator[Outcome]:
    """The known fields of a report of a compilation, cells and sentences apart."""
    known = [s for s in statistics if not _is_other(s) and s.source != "inferred"]
    cells = [s for s in known if s.source != "narrative"]
    yield from _judge_cells(told.get("cells", {}), cells)
    sentences = _judge_cells(told["sentences"], [s for s in known if s.source == "narrative"])
    yield from (replace(one, part="sentence") for one in sentences)


def _told(part: Part, name: str, expected: object, got: object) -> Outcome:
    """A fact of the head of a page; an empty text stands for nothing printed."""
    is_right = (got or "") == expected
    return Outcome(part, name, "right" if is_right else "wrong", str(expected), str(got))


def _plain(value: Number | None) -> str:
    return "" if value is None else format(Decimal(value).normalize(), "f")


def _says(one: Statistic) -> str:
    """What a table cell was read to say, in the words of ``expected.toml``."""
    if one.state == "printed":
        if one.value is None:
            return f"{_plain(one.value_low)}..{_plain(one.value_high)}"
        return _plain(one.value)
    return next((word for word, state in _STATES.items() if state == one.state), one.state)


def _as_said(printed: str) -> str:
    """An expected number in its shortest form: 12.50 says the same as 12.5."""
    try:
        return _plain(Decimal(printed))
    except ArithmeticError:
        return printed


def _judge_tables(
    tables: Mapping[str, Mapping[str, Any]], statistics: Sequence[Statistic]
) -> Iterator[Outcome]:
    read_cells = [one for one in statistics if one.source.startswith("table")]
    if "lost" in tables:  # a flattened or broken table has no number of its own
        numbers = {one.source for one in read_cells} - set(tables)
        read_cells = [s._replace(source="lost") if s.source in numbers else s for s in read_cells]
    for source in sorted({*tables, *(one.source for one in read_cells)}):
        expected = dict(tables.get(source, {}))
        figures = list(expected.pop("x", ()))
        here = [one for one in read_cells if one.source == source]
        yield from _judge_cells(expected, [one for one in here if not _is_other(one)])
        yield from _judge_figures(figures, [_says(s) for s in here if _is_other(s)], source)


def _is_other(one: Statistic) -> bool:
    """Whether a cell is no value of the form: an unknown row, or a column beside the value's."""
    return one.field.startswith("x_") or any(flag.startswith("column:") for flag in one.flags)


def _judge_cells(expected: Mapping[str, str], read_cells: Sequence[Statistic]) -> Iterator[Outcome]:
    got: dict[str, list[str]] = {}
    for one in read_cells:
        got.setdefault(one.field, []).append(_says(one))
    for name, said in expected.items():
        values = got.pop(name, [])
        if not values:
            yield Outcome("cell", name, "missing", said)
            continue
        is_right = values[0] == _as_said(said)
        yield Outcome("cell", name, "right" if is_right else "wrong", said, values[0])
        yield from (Outcome("cell", name, "extra", "", value) for value in values[1:])
    for name, values in got.items():
        yield from (Outcome("cell", name, "extra", "", value) for value in values)


def _judge_figures(expected: Sequence[str], got: Sequence[str], source: str) -> Iterator[Outcome]:
    """Figures of no known field, which have no ids to go by: their values, each once."""
    left = list(got)
    for said in map(_as_said, expected):
        if said in left:
            left.remove(said)
            yield Outcome("other figure", source, "right", said, said)
        else:
            yield Outcome("other figure", source, "missing", said)
    yield from (Outcome("other figure", source, "extra", "", said) for said in left)


def _judge_inferred(expected: Sequence[str], statistics: Sequence[Statistic]) -> Iterator[Outcome]:
    """The blanks that a sum proves to be zero, each beside its blank."""
    got = {one.field: _plain(one.value) for one in statistics if one.source == "inferred"}
    for name in expected:
        verdict: Verdict = (
            "missing" if name not in got else "right" if got[name] == "0" else "wrong"
        )
        yield Outcome("inferred", name, verdict, "0", got.get(name, ""))
    for name in sorted(got.keys() - set(expected)):
        yield Outcome("inferred", name, "extra", "", got[name])


def _judge_sentences(
    expected: Sequence[Sequence[str]], statistics: Sequence[Statistic], text: str
) -> Iterator[Outcome]:
    """Each expected number takes the first one read that fits it; what is left over is extra."""
    left = [one for one in statistics if one.source == "narrative"]
    unmet = []
    for row in expected:
        fits = next((one for one in left if _fits(row, one)), None)
        if fits is None:
            unmet.append(row)
            continue
        left.remove(fits)
        part: Part = "other figure" if fits.field.startswith("x_") else "sentence"
        yield Outcome(part, fits.field if part == "sentence" else "x", "right", row[1], row[1])
        yield from _judge_about(row, fits, text)
    for row in unmet:
        names = row[0].split("~")
        near = next((one for one in left if _field_of(one) in names), None)
        if near is not None and names != ["x"]:
            left.remove(near)
            part = "other figure" if near.field.startswith("x_") else "sentence"
            yield Outcome(part, _field_of(near), "wrong", " ".join(row[:5]), _shown(near))
        elif "-" not in names:
            part = "other figure" if names[0] == "x" else "sentence"
            yield Outcome(part, names[0], "missing", " ".join(row[:5]))
    for one in left:
        part = "other figure" if one.field.startswith("x_") else "sentence"
        yield Outcome(part, _field_of(one), "extra", "", _shown(one))


def _judge_about(row: Sequence[str], one: Statistic, text: str) -> Iterator[Outcome]:
    """Whose figure it is, of which time, and whether place and quote lead to its sentence."""
    scope, period, words = row[5:]
    told: list[tuple[Part, str, str]] = [("period", period, _period_of(one))]
    if scope:
        told.append(("scope", scope, one.scope))
    start, end = one.start or 0, one.end or 0
    around = _squeeze(text[max(0, start - _BEFORE) : end + _AFTER])
    if _squeeze(words) in around and text[start:end] == one.raw and _is_quoted(one):
        around = words
    told.append(("place", words, around))
    for part, wanted, got in told:
        yield Outcome(part, row[0], "right" if wanted == got else "wrong", wanted, got)


def _is_quoted(one: Statistic) -> bool:
    return _squeeze(one.raw) in _squeeze(one.quote)


def _period_of(one: Statistic) -> str:
    """The period of a statistic in the notation of the sources."""
    if one.period_start or one.period_end:
        return f"{one.period_start or ''}..{one.period_end or ''}"
    return next((flag for flag in _UNDATED if flag in one.flags), "year")


def _squeeze(text: str) -> str:
    return "".join(normalize("NFKC", text).split())


def _field_of(one: Statistic) -> str:
    return "x" if one.field.startswith("x_") else one.field


def _shown(one: Statistic) -> str:
    return f"{one.field} {_says(one)} {one.state} {one.qualifier} {one.unit} in {one.quote!r}"


def _fits(row: Sequence[str], one: Statistic) -> bool:
    names, said, state, qualifier, unit, *_ = row
    value = "0" if one.state == "zero_phrase" else _says(one)
    return (
        _field_of(one) in names.split("~")
        and value == _as_said(said)
        and (one.state, one.qualifier) == (state, qualifier)
        and (not unit or one.unit == unit)
    )


def _judge_findings(
    expected: Sequence[Sequence[str]], findings: Sequence[Finding]
) -> Iterator[Outcome]:
    """Every contradiction that was planted, and no other doubt above a notice."""
    met: set[int] = set()
    for rule, *fields in expected:
        hits = {
            i
            for i, one in enumerate(findings)
            if one.rule == rule and set(fields) <= set(one.fields)
        }
        met |= hits
        wanted = " ".join([rule, *fields])
        yield Outcome("finding", rule, "right" if hits else "missing", wanted)
    for i, one in enumerate(findings):
        if i not in met and one.severity != "notice":
            yield Outcome("finding", one.rule, "extra", "", one.message)
