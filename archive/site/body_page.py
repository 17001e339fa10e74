"""The page /body/ID and its CSV: all years of one body, under every name that it has had.

This module decides which concepts and fields stand in which section and what is told beside a
value.  Values are those of ``panel`` and ``latest_statistics``, read for the reports of the body
alone; a published database wants both indexed by ``report``.  Nothing is added up over bodies or
years.  A value that is missing says why: blank, not printed, no report.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from datasette import Response  # type: ignore[import-untyped]
from datasette.app import Datasette  # type: ignore[import-untyped]
from datasette.utils.asgi import Request  # type: ignore[import-untyped]

from archive.site.charts import Chart, Comparability, Number, Value, draw
from archive.site.counts import Cell, marks, matrix, name_of, years_of
from archive.site.frame import HEADERS, Facts, Page, page_of, page_view, read, render, rows
from archive.spreadsheet import inert
from archive.views import panel_of
from parsers.forms import BREAKS, CONCEPTS, FIELDS, RATES, Break
from parsers.regions import ancestors_of

Row = Mapping[str, object]
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "applications": ("applications_received", "decisions_total", "carried_out"),
    "decisions": (
        "granted", "partially_granted", "refused", "not_held_or_nonexistent",
        "unclear_or_to_amend", "not_processed",
    ),
    "reasons": tuple(
        field.id
        for field in FIELDS.values()
        if (field.id.startswith("refused_") or field.id.startswith("req_denied_"))
        and (field.id.endswith("_total") or "national_2014" in field.forms)
    ),
    "reconsideration": (
        "reconsideration_total", "reconsideration_upheld", "reconsideration_corrected",
    ),
    "litigation": ("litigation_total", "litigation_upheld", "litigation_corrected"),
    "disclosure": ("proactive_total", "normative_documents_issued"),
    "channels": (
        "applications_online", "applications_by_mail", "applications_by_fax",
        "applications_in_person",
    ),
    "means": ("staff", "funding", "fees_collected", "meetings", "trainings"),
}  # fmt: skip
NUMBERS = "①②③④⑤⑥⑦⑧⑨"  # of breaks, by year
FIELDS_SHOWN = (
    *sorted({field for one in CONCEPTS.values() for some in one.fields.values() for field in some}),
    *SECTIONS["reasons"],
)
CSV_COLUMNS = (
    "body", "body_name", "year", "report", "concept", "field", "label", "value", "unit",
    "qualifier", "state", "comparability", "scope", "form",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a series, or the reason why there is none."""

    year: int
    report: str
    value: Number | None
    state: str
    unit: str | None
    qualifier: str
    scope: str
    form: str
    is_doubted: bool


@dataclass(frozen=True, slots=True)
class Series:
    """A concept, or a field of the forms, over the years of a body."""

    id: str
    label: str
    label_en: str
    comparability: Comparability
    note: str
    note_zh: str
    figures: tuple[Figure, ...]
    chart: Chart

    @property
    def unit(self) -> str:
        """The unit, where all values share one."""
        units = {one.unit for one in self.figures if one.value is not None and one.unit}
        return units.pop() if len(units) == 1 else ""

    @property
    def is_drawn(self) -> bool:
        """Whether a chart shows more than that every value is zero or missing."""
        return any(one.value for one in self.figures)

    @property
    def scopes(self) -> list[str]:
        """The scopes of the values, the most frequent first."""
        found = Counter(one.scope for one in self.figures if one.value is not None)
        return [scope for scope, _ in found.most_common()]

    def of(self, year: int) -> list[Figure]:
        """Return what is known of a year."""
        return [one for one in self.figures if one.year == year]


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with both its numbers, for one report; none where one of them is missing."""

    year: int
    part: Number
    whole: Number

    @property
    def percent(self) -> float:
        """The share in per cent."""
        return 100 * self.part / self.whole


def read_body(conn: sqlite3.Connection, page: Page) -> Facts | None:
    """Return what the page shows; ``None`` where no body has the id."""
    bodies = bodies_of_line(conn, page.named["id"])
    if not bodies:
        return None
    body = next(one for one in bodies if one["id"] == page.named["id"])
    reports = read_reports(conn, [str(one["id"]) for one in bodies])
    cells = matrix(conn, bodies)
    years = years_of(
        [cast("int", one["year"]) for one in reports]
        + [year for one in cells for year in one.cells]
    )
    series = read_series(conn, reports, years)
    breaks = _breaks(series, years)
    region = cast("str | None", body["region_code"])
    return {
        "body": body,
        "names": bodies,
        "above": _above(region),
        "reports": _by_year(reports),
        "states": _states(one.cells for one in cells),
        "years": years,
        "sections": {
            name: found
            for name, ids in SECTIONS.items()
            if (found := [series[one] for one in ids if one in series])
        },
        "shares": _shares(series),
        "breaks": breaks,
        "numbered": dict(zip(sorted({one.year for one in breaks}), NUMBERS, strict=False)),
        "lineage": _lineage(conn, bodies),
        "region_name": name_of(region) if region else None,
    }


def bodies_of_line(conn: sqlite3.Connection, body: str) -> list[dict[str, object]]:
    """Return a body with those that it was before or is today; none where there is no such body."""
    return rows(
        conn,
        "SELECT * FROM bodies WHERE line = (SELECT line FROM bodies WHERE id = ?) ORDER BY id",
        body,
    )


def read_reports(conn: sqlite3.Connection, bodies: Sequence[str]) -> list[dict[str, object]]:
    """Return the annual reports of these bodies in order of year, with how many findings each has."""
    return rows(
        conn,
        "SELECT key, body, year, subject, title, form, scope, scope_words, published, status,"
        " source_quality, revision, (SELECT count(*) FROM findings f WHERE f.revision = r.revision)"
        " AS doubts"
        f" FROM reports r WHERE body IN ({marks(bodies)}) AND kind = 'annual_report'"
        " AND year IS NOT NULL ORDER BY year, key",
        *bodies,
    )


def read_series(
    conn: sqlite3.Connection, reports: Sequence[Row], years: Sequence[int]
) -> dict[str, Series]:
    """Return every concept and reason of refusal that a report has a row for, by id."""
    keys = [str(one["key"]) for one in reports]
    if not keys:
        return {}
    latest = _latest(conn, keys)
    doubted = _doubted(conn, reports)
    figures: defaultdict[str, list[Figure]] = defaultdict(list)
    for row in rows(conn, panel_of(len(keys)), *keys):
        concept = CONCEPTS.get(str(row["concept"]))
        if concept is None:
            continue
        report, form = str(row["report"]), str(row["form"])
        fields = [(report, field) for field in concept.fields.get(form, ())]
        figures[concept.id].append(
            _figure(row, _state([latest[one] for one in fields if one in latest]), fields, doubted)
        )
    for (report, field), row in latest.items():
        if field in SECTIONS["reasons"] and row["is_whole"]:
            figures[field].append(_figure(row, str(row["state"]), [(report, field)], doubted))
    return {one: _series(one, found, years) for one, found in figures.items()}


def _latest(
    conn: sqlite3.Connection, keys: Sequence[str]
) -> dict[tuple[str, str], dict[str, object]]:
    told = rows(
        conn,
        "SELECT report, field, year, value, state, unit, qualifier, scope, form, is_whole"
        f" FROM latest_statistics WHERE report IN ({marks(keys)}) AND field IN ({marks(FIELDS_SHOWN)})",
        *keys,
        *FIELDS_SHOWN,
    )
    return {(str(row["report"]), str(row["field"])): row for row in told}


def _doubted(conn: sqlite3.Connection, reports: Sequence[Row]) -> set[tuple[str, str]]:
    """Return reports and fields that a finding is about, unless a person says that it is wrong."""
    revisions = [one["revision"] for one in reports if one["revision"] is not None]
    found = conn.execute(
        "SELECT report, fields FROM findings f"
        f" WHERE revision IN ({marks(revisions)}) AND severity <> 'notice' AND NOT EXISTS"
        " (SELECT 1 FROM reviews v WHERE v.target = f.key AND v.verdict = 'wrong')",
        revisions,
    )
    return {(report, field) for report, fields in found for field in json.loads(fields)}


def _figure(
    row: Row, state: str, fields: Iterable[tuple[str, str]], doubted: set[tuple[str, str]]
) -> Figure:
    return Figure(
        year=cast("int", row["year"]),
        report=str(row["report"]),
        value=cast("Number | None", row["value"]),
        state=state,
        unit=cast("str | None", row["unit"]),
        qualifier=str(row["qualifier"]),
        scope=str(row["scope"]),
        form=str(row["form"]),
        is_doubted=not doubted.isdisjoint(fields),
    )


def _state(parts: Sequence[Row]) -> str:
    """The state of the first of several fields that has no number; that of the first otherwise."""
    missing = [str(one["state"]) for one in parts if one["value"] is None]
    return (missing or [str(one["state"]) for one in parts] or ["blank"])[0]


def _series(name: str, figures: Sequence[Figure], years: Sequence[int]) -> Series:
    concept = CONCEPTS.get(name)
    drawn = draw(
        [
            Value(one.year, one.value, one.scope, one.qualifier == "exact", one.is_doubted)
            for one in figures
        ],
        years,
        [one.year for one in breaks_of(name)],
        concept.comparability if concept else "none",
    )
    ordered = tuple(sorted(figures, key=lambda one: (one.year, one.report)))
    if concept:
        return Series(
            name, concept.label, concept.label_en, concept.comparability, concept.note,
            concept.note_zh, ordered, drawn,
        )  # fmt: skip
    label = FIELDS[name].label.removesuffix(" 总计")
    label_en = FIELDS[name].label_en.removesuffix(": total")
    return Series(name, label, label_en, "none", "", "", ordered, drawn)


def breaks_of(name: str) -> list[Break]:
    """Return the series breaks of a concept; a reason of refusal has those of the forms."""
    told = name if name in CONCEPTS else "refused"
    return [one for one in BREAKS if told in one.concepts]


def _breaks(series: Mapping[str, Series], years: Sequence[int]) -> list[Break]:
    shown = {one.id for name in series for one in breaks_of(name)}
    return [one for one in BREAKS if one.id in shown and years and years[0] < one.year <= years[-1]]


def _shares(series: Mapping[str, Series]) -> list[tuple[str, str, list[Share]]]:
    """Return each rate whose denominator is a concept alone, with both numbers, by year."""
    found = []
    for rate in RATES.values():
        if rate.less or not {rate.numerator, rate.denominator} <= series.keys():
            continue
        wholes = {one.report: one for one in series[rate.denominator].figures}
        shares = [
            Share(part.year, part.value, whole.value)
            for part in series[rate.numerator].figures
            if (whole := wholes.get(part.report))
            and part.value is not None
            and whole.value
            and part.scope == whole.scope
        ]
        if shares:
            found.append((rate.label_zh, rate.label_en, shares))
    return found


def _above(region: str | None) -> list[tuple[str, str]]:
    if region is None:
        return []
    return [(code, name_of(code)) for code in (*reversed(ancestors_of(region)), region)]


def _by_year(reports: Sequence[Row]) -> dict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for one in reports:
        found[cast("int", one["year"])].append(one)
    return dict(found)


def _states(lines: Iterable[Mapping[int, Cell]]) -> dict[int, Cell]:
    """Return the cell of each year; that of the body which has a report comes first."""
    found: dict[int, Cell] = {}
    for cells in lines:
        for year, cell in cells.items():
            if year not in found or (cell.report and not found[year].report):
                found[year] = cell
    return found


def _lineage(conn: sqlite3.Connection, bodies: Sequence[Row]) -> list[dict[str, object]]:
    """Return what the lists of divisions show of the body: from what it came, what it became."""
    keys = [str(one["subject_key"]) for one in bodies]
    line = str(bodies[0]["line"])
    wanted = list(dict.fromkeys([*keys, line]))
    among = marks(wanted)
    return rows(
        conn,
        "SELECT l.*, b.id AS before_body, a.id AS after_body FROM lineage l"
        " LEFT JOIN bodies b ON b.subject_key = l.before"
        " LEFT JOIN bodies a ON a.subject_key = l.after"
        f" WHERE l.relation <> 'unknown' AND (l.before IN ({among}) OR l.after IN ({among}))"
        " ORDER BY l.first_list, l.before",
        *wanted,
        *wanted,
    )


body_page = page_view("body.html", read_body)


async def body_csv(datasette: Datasette, request: Request) -> Response:
    """Return the values of the page as CSV for spreadsheets: UTF-8 with a mark, no formulas."""
    page = page_of(datasette, request)
    try:
        text = await read(datasette, lambda conn: write_csv(conn, page.named["id"]))
    except TimeoutError:
        return await render(datasette, request, "notice.html", {"notice": "slow"}, status=503)
    if text is None:
        return await render(datasette, request, "notice.html", {"notice": "not_found"}, status=404)
    return Response(
        "\ufeff" + text,
        headers={
            **HEADERS,
            "content-disposition": f'attachment; filename="{page.named["id"]}.csv"',
        },
        content_type="text/csv; charset=utf-8",
    )


def write_csv(conn: sqlite3.Connection, body: str) -> str | None:
    """Return all values of a body, one line each; ``None`` where there is no such body."""
    bodies = bodies_of_line(conn, body)
    if not bodies:
        return None
    names = {str(one["id"]): str(one["name"]) for one in bodies}
    reports = read_reports(conn, list(names))
    owner = {str(one["key"]): str(one["body"]) for one in reports}
    series = read_series(conn, reports, years_of(cast("int", one["year"]) for one in reports))
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(CSV_COLUMNS)
    for ids in SECTIONS.values():
        for one in (series[name] for name in ids if name in series):
            for figure in one.figures:
                its = owner[figure.report]
                told = (
                    its, names[its], figure.year, figure.report,
                    one.id if one.id in CONCEPTS else "", "" if one.id in CONCEPTS else one.id,
                    one.label, figure.value, figure.unit, figure.qualifier, figure.state,
                    one.comparability, figure.scope, figure.form,
                )  # fmt: skip
                writer.writerow([inert(text) if isinstance(text, str) else text for text in told])
    return sheet.getvalue()
