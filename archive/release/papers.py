"""The papers of a release: what it is, how to cite it, whose rights hold, what is new in it.

This module decides their words, in English and Chinese; figures come from the published database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from archive.descriptions import describe_tables
from archive.release.codebook import ABOUT_ACCURACY, MISSING
from archive.release.database import Release, published_tables
from archive.release.package import TITLE
from archive.schema import open_as_it_is

LICENCE = (
    "Facts, figures and our database: CC0-1.0. Texts of the reports: rights of their publishers."
    " Software: Apache-2.0."
)
_MOST_NAMED = 200

README = """\
# {title}

Release {version}, data of {first} to {last}. Read by {software}, parsers {parser}.

An open, verifiable record of the yearly reports in which Chinese government bodies say how they opened their information: {reports} reports of {bodies} bodies, {statistics} statistics, {captures} captures.

| file | holds |
|---|---|
| `archive.db` | everything, for SQLite, sqlite-utils and Datasette, with the texts and a Chinese full-text index |
| `csv/` | a file for each table but `statistics` and the texts; a text that a spreadsheet would run as a formula has an apostrophe in front |
| `parquet/statistics/`, `parquet/latest_statistics/` | every value ever printed, and the canonical one of each field, a folder for each year of report |
| `parquet/panel.parquet`, `parquet/panel_wide.parquet` | body by year by concept; a row for each report and a column for each field: begin here |
| `codebook.md`, `codebook.csv`, `codebook_columns.csv` | what every table, column and field means, and how well it is read |
| `changes.atom`, `changes.json` | the newest changes of the sources |
| `datapackage.json` | types, keys and digests of every file (Data Package 2.0) |
| `CHANGELOG.md` | what is new against the previous release |
| `LICENSES.md`, `CITATION.cff`, `citation.bib`, `SHA256SUMS` | rights, citation, digests |

## Before you compare

- {missing_en}
- Values of different scope, level or organ type must not be added: a county's figure may hold its departments'. Concepts have a comparability across forms; see `concepts` and the series breaks in the codebook.
- The year is the year that a report covers, not the year of its publication.
- A finding says that something does not agree, not who is wrong. `reviews` are verdicts of people; everything else was read by a machine.
- `coverage` tells what was not found from what was not looked for, blocked or unreachable. Name the denominator of every rate.
- How well fields are read stands in the codebook. {accuracy_en}
- Row numbers (`revision`, `capture`) hold within one release; keys of bodies, reports, documents and changes are permanent.

# 中文说明

发布版本 {version}，数据时间 {first} 至 {last}。

中国政府信息公开工作年度报告的开放、可核查档案：{bodies} 个机关的 {reports} 份年报，{statistics} 个数值，{captures} 次抓取。

- `archive.db` 含全部数据、正文与中文全文索引；`csv/` 各表（以撇号防止表格软件把文字当作公式执行）；`parquet/` 按年度分区的数值，以及每份年报一行、每个字段一列的宽表 `panel_wide.parquet`（建议由此入手）。
- {missing_zh}
- 口径、层级、机关类型不同的数值不可相加；跨表式比较须看 `concepts` 的可比程度与口径变化。年度指报告所覆盖的年度。
- 疑点只说明不相符，不判断孰错；`reviews` 为人工复核，其余均为机器读取。计算比率须说明分母。
- 各字段的读取准确率见编码手册。{accuracy_zh}
- 行号仅在本发布内有效；机关、年报、文档、变更的键永久不变。
"""

LICENSES = """\
# Rights 权利说明

- **Figures, other facts and our database** (tables, keys, findings, changes, codebook): CC0 1.0, free for any use. Please cite the release. 数字等事实及本数据库：CC0 1.0，可自由使用，请注明出处。
- **Texts of the reports** (`revisions`, `report_texts`, quotes): they remain under the rights of the bodies that published them. They are kept as evidence and quoted with their source. 年报文字的权利归发布机关，本档案作为证据保存并注明来源引用。
- **Software**: Apache-2.0. 软件：Apache-2.0。

Mobile numbers, ID numbers and the names beside them are masked; what is withheld is listed in `withholdings` and shown nowhere. 手机号码、身份证号码及相邻姓名已遮盖；不予展示的内容仅在 `withholdings` 列出决定。
"""

CITATION = """\
cff-version: 1.2.0
message: Please cite the release, and a number with its report, address, time of capture and WARC record.
type: dataset
title: {title}
version: "{version}"
date-released: {date}
license: CC0-1.0
authors:
  - name: The contributors of the open report archive
keywords:
  - open government
  - freedom of information
  - China
"""

BIBTEX = """\
@misc{{open-report-archive-{version},
  author = {{{{The contributors of the open report archive}}}},
  title = {{{title}}},
  year = {{{year}}},
  version = {{{version}}},
  note = {{Release {version}, data of {first} to {last}}},
}}
"""


def write_papers(db: sqlite3.Connection, folder: Path, release: Release) -> None:
    """Write everything but the changelog and the codebook."""
    [(bodies,)] = db.execute("SELECT count(DISTINCT body) FROM reports").fetchall()
    facts = {
        **{item: f"{rows:,}" for item, rows in db.execute("SELECT * FROM archive_totals")},
        "bodies": f"{bodies:,}",  # those of the reports, not the governments above them
        "title": TITLE,
        "version": release.version,
        "software": release.software,
        "parser": release.parser,
        "date": release.released_on,
        "year": release.released_on[:4],
        "first": (release.first_captured or "?")[:10],
        "last": (release.last_captured or "?")[:10],
        "missing_en": MISSING.en,
        "missing_zh": MISSING.zh,
        "accuracy_en": ABOUT_ACCURACY.en,
        "accuracy_zh": ABOUT_ACCURACY.zh,
    }
    for name, text in (
        ("README.md", README),
        ("LICENSES.md", LICENSES),
        ("CITATION.cff", CITATION),
        ("citation.bib", BIBTEX),
    ):
        (folder / name).write_text(text.format_map(facts), "utf-8")


def compare_releases(db: sqlite3.Connection, release: Release, previous: Path | None) -> str:
    """The changelog: rows of each table, and which reports came and went since ``previous``.

    ``previous`` is the database of the release before.
    """
    if previous is None:
        return "\n".join(_changelog(release, None, _counts(db), {}, ())) + "\n"
    with closing(open_as_it_is(previous)) as old:
        [(version,)] = old.execute("SELECT version FROM release").fetchall()
        named = (
            ("New reports 新增年报", _reports(db), _reports(old)),
            ("Reports no longer there 已不存在的年报", _reports(old), _reports(db)),
        )
        listed = [(title, sorted(ours - theirs)) for title, ours, theirs in named]
        return "\n".join(_changelog(release, version, _counts(db), _counts(old), listed)) + "\n"


def _changelog(
    release: Release,
    previous: str | None,
    now: Mapping[str, int],
    before: Mapping[str, int],
    listed: Iterable[tuple[str, list[str]]],
) -> Iterator[str]:
    against = f"against release {previous}" if previous else "the first release of its kind"
    yield f"# Release {release.version}, {against}"
    yield from (
        "",
        "| table | rows before | rows now | difference | 表 |",
        "|---|---:|---:|---:|---|",
    )
    meanings = describe_tables()
    for table in sorted(now.keys() | before.keys()):
        old, new = before.get(table), now.get(table)
        difference = f"{(new or 0) - (old or 0):+,}" if previous else ""
        meaning = meanings[table].text.zh if table in meanings else ""
        yield f"| {table} | {_told(old)} | {_told(new)} | {difference} | {meaning} |"
    for title, keys in listed:
        yield from ("", f"## {title}: {len(keys)}", "")
        yield from (f"- `{key}`" for key in keys[:_MOST_NAMED])
        if len(keys) > _MOST_NAMED:
            yield f"- … {len(keys) - _MOST_NAMED} more"


def _told(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _counts(db: sqlite3.Connection) -> dict[str, int]:
    return {
        table: db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
        for table in published_tables(db)
    }


def _reports(db: sqlite3.Connection) -> set[str]:
    return {key for (key,) in db.execute("SELECT key FROM reports")}
