"""The views of ``archive.db`` for people: canonical values, wide tables, the panel, who followed whom.

This module decides which value of a field comes first, what of it may stand in a table or be
added up, and under which scope.  No view adds values of bodies of which one may contain another.
Views are tables in a published database (``published``), so that what counts the whole archive
(``archive_totals``, ``region_years``) costs a page nothing there.
"""

from __future__ import annotations

import sqlite3

from parsers.forms import FIELDS

YEARS = range(2008, 2027)  # of coverage_matrix: from the regulation to the newest list of divisions

# What is printed for a part of the year or of the body is no value of the year of the body.
_IS_WHOLE = " AND ".join(
    f"instr(s.flags, '\"{flag}') = 0"
    for flag in ("part_year", "cumulative", "other_year", "change_rate", "column:")
)

_LATEST = f"""
CREATE VIEW latest_statistics AS
SELECT report, body, year, form, field, label, value, value_low, value_high, unit, qualifier,
       state, scope, raw, source, quote, flags, is_whole, period_start, period_end, revision
FROM (
  SELECT *,
         row_number() OVER (
           PARTITION BY report, field
           ORDER BY (value IS NULL), (NOT is_whole), (scope <> report_scope),
                    (source = 'inferred'), (source = 'narrative'), length(source), source,
                    ordinal
         ) AS place
  FROM (
    SELECT r.key AS report, r.body, r.year, r.form, r.scope AS report_scope, s.*,
           s.flags = '[]' OR ({_IS_WHOLE}) AS is_whole
    FROM reports r JOIN statistics s ON s.revision = r.revision
  )
)
WHERE place = 1
"""

_PANEL_ROWS = """
SELECT l.body, b.name AS body_name, b.line, l.year, c.concept,
       CASE WHEN count(l.value) = (
              SELECT count(*) FROM concepts x WHERE x.concept = c.concept AND x.form = c.form
            ) THEN sum(l.value) END AS value,
       min(l.unit) AS unit,
       CASE WHEN min(l.qualifier) = max(l.qualifier) THEN min(l.qualifier) ELSE 'about' END
         AS qualifier,
       c.comparability,
       CASE WHEN min(l.scope) = max(l.scope) THEN min(l.scope) ELSE 'unknown' END AS scope,
       b.level, b.organ_type, b.parent, r.form, l.report
FROM latest_statistics l
JOIN reports r ON r.key = l.report AND r.kind = 'annual_report'
JOIN concepts c ON c.field = l.field AND c.form = r.form
JOIN bodies b ON b.id = l.body
WHERE l.is_whole AND l.year IS NOT NULL {narrowed}
GROUP BY l.report, c.concept
"""
_PANEL = f"CREATE VIEW panel AS{_PANEL_ROWS.format(narrowed='')}"

# A sum only over bodies of which none contains another: of one level and one organ type, in one
# known scope, and each once in a year, under whichever of its names and codes; 近8100条 is no term.
_PANEL_TOTALS = """
CREATE VIEW panel_totals AS
SELECT year, concept, comparability, scope, level, organ_type, sum(value) AS value,
       count(*) AS bodies
FROM (
  SELECT *, count(*) OVER (PARTITION BY line, year, concept, scope) AS reports
  FROM panel
  WHERE value IS NOT NULL AND qualifier = 'exact'
    AND 'unknown' NOT IN (scope, level, organ_type)
)
WHERE reports = 1
GROUP BY year, concept, comparability, scope, level, organ_type
"""

# A capture shows the revision of its document, and with a compilation the revisions of its parts.
_SHOWN = """
CREATE VIEW shown AS
SELECT id AS capture, document, revision FROM captures WHERE revision IS NOT NULL
UNION ALL
SELECT c.id, p.document, p.revision FROM captures c JOIN parts p ON p.whole = c.revision
"""

_SUCCESSORS = """
CREATE VIEW successors AS
SELECT b.id AS body, l.before, l.before_name, l.relation, s.id AS successor, l.after,
       l.after_name, l.last_list, l.first_list, l.rule
FROM lineage l
LEFT JOIN bodies b ON b.subject_key = l.before
LEFT JOIN bodies s ON s.subject_key = l.after
WHERE l.before IS NOT NULL AND l.after IS NOT NULL
"""

# Of several verdicts on one thing the latest counts; SQLite gives the row that has the maximum.
_LATEST_REVIEWS = """
CREATE VIEW latest_reviews AS
SELECT target, verdict, reviewer, max(reviewed_at) AS reviewed_at, note
FROM reviews GROUP BY target
"""

# One row for the region itself and for each that contains it: 330482 counts in 330400, 330000, 000000.
_REGION_YEARS = """
CREATE VIEW region_years AS
SELECT region_code, year, state, count(*) AS bodies
FROM (
  SELECT DISTINCT substr(b.region_code, 1, n.digits) || substr('000000', n.digits + 1)
      AS region_code,
    c.year, c.state, c.body
  FROM coverage c JOIN bodies b ON b.id = c.body
  JOIN (SELECT 0 AS digits UNION ALL SELECT 2 UNION ALL SELECT 4 UNION ALL SELECT 6) n
)
WHERE region_code IS NOT NULL
GROUP BY region_code, year, state
"""

# Of what reports show today; what a person said of it is counted apart.
_FINDING_TOTALS = """
CREATE VIEW finding_totals AS
SELECT f.rule, f.severity, count(*) AS findings, count(DISTINCT f.report) AS reports,
  count(v.verdict) AS reviewed, count(*) FILTER (WHERE v.verdict = 'confirmed') AS confirmed
FROM reports r CROSS JOIN findings f ON f.revision = r.revision
LEFT JOIN latest_reviews v ON v.target = f.key
GROUP BY f.rule, f.severity
"""

_COUNTED = (
    "portals", "bodies", "reports", "documents", "captures", "revisions", "statistics", "repairs",
    "findings", "changes", "reviews", "withholdings",
)  # fmt: skip
_ARCHIVE_TOTALS = "CREATE VIEW archive_totals AS\n" + "\nUNION ALL ".join(
    f"SELECT '{table}' AS item, count(*) AS rows FROM {table}" for table in _COUNTED
)

_COVERAGE_MATRIX = f"""
CREATE VIEW coverage_matrix AS
SELECT b.id AS body, b.name AS body_name, b.region_code, b.level, b.organ_type,
  {", ".join(f"max(CASE WHEN c.year = {year} THEN c.state END) AS y{year}" for year in YEARS)}
FROM coverage c JOIN bodies b ON b.id = c.body
GROUP BY b.id
"""


def _wide_view(form: str) -> str:
    """The statement of ``report_wide_<year>``: a row per report, a column per field of the form."""
    columns = ",\n  ".join(
        f"max(CASE WHEN l.field = '{field.id}' THEN l.value END) AS \"{field.id}\""
        for field in FIELDS.values()
        if f"national_{form}" in field.forms
    )
    return (
        f"CREATE VIEW report_wide_{form} AS\n"
        "SELECT r.key AS report, r.body, r.subject, r.region_code, r.region_name, r.year,\n"
        f"  r.scope, r.level, r.organ_type, r.source_quality,\n  {columns}\n"
        "FROM reports r JOIN latest_statistics l\n"
        "  ON l.report = r.key AND l.is_whole AND l.scope = r.scope\n"
        f"WHERE r.form IN ('national_{form}', 'mixed') AND r.kind = 'annual_report'\n"
        "GROUP BY r.key"
    )


VIEWS = {
    "latest_statistics": _LATEST,
    "panel": _PANEL,
    "panel_totals": _PANEL_TOTALS,
    "shown": _SHOWN,
    "successors": _SUCCESSORS,
    "latest_reviews": _LATEST_REVIEWS,
    "coverage_matrix": _COVERAGE_MATRIX,
    "region_years": _REGION_YEARS,
    "finding_totals": _FINDING_TOTALS,
    "archive_totals": _ARCHIVE_TOTALS,
    **{f"report_wide_{form}": _wide_view(form) for form in ("2014", "2019", "2021")},
}


def panel_of(reports: int) -> str:
    """Return the statement for the rows of ``panel`` of so many reports, by their keys.

    It reads these reports alone, where the view of a working database weighs every value of all.
    """
    return _PANEL_ROWS.format(narrowed=f"AND l.report IN ({', '.join('?' * reports)})")


def write_views(db: sqlite3.Connection) -> None:
    """Create or replace the views whose statements changed."""
    stored = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())
    for name, statement in VIEWS.items():
        if stored.get(name) != statement.strip():
            db.execute(f"DROP VIEW IF EXISTS {name}")
            db.execute(statement.strip())
