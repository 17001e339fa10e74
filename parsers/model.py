"""The nouns of the line: what each step hands to the next.

This module decides the shape of a capture, a decoded source, a document, a report and
its statistics, repairs and findings.  It leaves to others how each is made
(``charset``, ``mojibake``, ``document``, ``report``) and how it is stored (``archive``).

Offsets count Unicode code points.  ``Repair.start/end`` are positions in the *received*
text (``Document.received``); every other offset is a position in the *repaired* text
(``Document.text``).  Times are UTC, ``2026-11-21T08:00:00Z``; dates on pages are Beijing
dates whose length shows their precision (``2018``, ``2018-02``, ``2018-02-27``).

What a page has hundreds of is a named tuple: a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

Role = Literal["robots", "list", "rendering", "document", "attachment", "other"]
Kind = Literal["annual_report", "circular", "implementation_report", "other"]
FormName = Literal[
    "narrative", "local_table", "national_2014", "national_2019", "national_2021", "mixed"
]
Scope = Literal["own_organ", "own_level", "jurisdiction", "unknown"]
Level = Literal["national", "province", "prefecture", "county", "township", "zone", "unknown"]
OrganType = Literal[
    "government", "general_office", "department", "vertical", "institution", "unknown"
]
SourceQuality = Literal["official", "mirror", "compromised", "unknown"]
Qualifier = Literal["exact", "about", "just_below", "more_than", "at_least", "range"]
State = Literal["printed", "zero_phrase", "blank", "na", "unreadable"]
Severity = Literal["error", "warning", "notice"]
BlockKind = Literal["heading", "paragraph", "table"]
Number = int | Decimal


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where a WARC record lies: file name (no folder), byte offset, byte length, record id."""

    file: str
    offset: int
    length: int
    record_id: str


@dataclass(frozen=True, slots=True)
class Original:
    """The earlier capture whose body a later one repeats: its record id, address and time."""

    record_id: str
    url: str
    captured_at: str


@dataclass(frozen=True, slots=True)
class Capture:
    """One HTTP exchange, or one failed attempt, as kept in WARC.

    ``header_block`` is the status line and headers with CRLF line ends and the final empty
    line; ``body`` is the entity as sent, its content coding still applied.  A failed attempt
    has ``status`` 0, empty bytes and a ``failure``.  ``link_text`` and ``link_date`` are what
    the list printed beside the link; ``tls`` is ``verified``, or what of the server's certificate
    did not hold (``expired,wrong_name``), and ``None`` without TLS and where nobody looked;
    ``ref`` is ``None`` until the records are on disk.  With an
    ``original`` the server said that nothing changed, or sent the same bytes again: the body is
    kept with the original, and may be missing here.
    """

    url: str
    captured_at: str
    status: int
    header_block: bytes
    body: bytes
    run: str
    portal: str | None = None
    role: Role = "other"
    parent_url: str | None = None
    link_text: str | None = None
    link_date: str | None = None
    collector: str | None = None
    vantage: str | None = None
    ip: str | None = None
    failure: str | None = None
    truncated: str | None = None
    method: str = "GET"
    original: Original | None = None
    tls: str | None = None
    ref: RecordRef | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something the crawler knows that no exchange says: a run, a walk, a rendered page.

    Kept as a WARC ``metadata`` record about ``about`` (a URL, or ``urn:run:<id>``).
    ``facts`` holds JSON values only.
    """

    topic: Literal["run", "walk", "portal", "rendering"]
    about: str
    recorded_at: str
    run: str
    facts: Mapping[str, object]
    ref: RecordRef | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """A source as characters, with the evidence for its encoding.

    ``text`` is empty for binary media (PDF), whose bytes stay in ``body``.
    ``undecodable`` counts the bytes that no reading explains, shown as U+FFFD in ``text``.
    """

    body: bytes
    media_type: str
    text: str
    encoding: str | None
    evidence: tuple[str, ...] = ()
    undecodable: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """One undone corruption: ``received[start:end] == before`` became ``after``.

    ``exact`` repairs follow from the bytes alone; chosen ones were picked by the language
    model, ``margin`` nats ahead of the next candidate.
    """

    start: int
    end: int
    before: str
    after: str
    rule: str
    exact: bool
    margin: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt or contradiction. Wording is "does not agree", never "false"."""

    rule: str
    severity: Severity
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """The text with its corruptions undone.

    ``repairs`` are ordered by ``start`` and do not overlap; undoing them gives the received
    text back exactly.  ``masked`` spans (in ``text``) are foreign brand names and the like:
    no number may be read out of them.
    """

    text: str
    repairs: tuple[Repair, ...] = ()
    masked: tuple[tuple[int, int], ...] = ()
    findings: tuple[Finding, ...] = ()


class Block(NamedTuple):
    """A run of ``Document.text``; ``table`` is the 1-based table number of a table block."""

    kind: BlockKind
    start: int
    end: int
    table: int | None = None


class Cell(NamedTuple):
    """One table cell with the span of its text in ``Document.text``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a grid: spanned cells repeat, so every row has the same width.

    ``number`` is 1-based in document order.  ``rebuilt`` says that the grid was made from
    lines of text because the source had lost its cells.  ``caption`` is the nearest line above.
    """

    number: int
    rows: tuple[tuple[Cell, ...], ...]
    caption: str | None = None
    rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the page: absolute address where a base is known, and its text."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One manifestation of a report: a page, a text, a PDF, read into blocks and tables.

    ``metadata`` has exactly the ids of ``parsers.metadata.METADATA_IDS``, ``None`` where the
    page printed nothing.  ``meta_tags`` are the mandated meta tags by lower-case name.  A
    compilation has the reports in it as ``parts``; a part lies ``within`` the text of the whole.
    """

    media_type: str
    url: str | None
    title: str | None
    metadata: Mapping[str, str | None]
    meta_tags: Mapping[str, str]
    text: str
    received: str
    repairs: tuple[Repair, ...] = ()
    masked: tuple[tuple[int, int], ...] = ()
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    attachments: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    findings: tuple[Finding, ...] = ()
    parts: tuple[Document, ...] = ()
    within: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about a page before it is read: its portal and its place in a list.

    ``portal_region`` is a GB/T 2260 code; ``official`` is ``None`` where nobody has said.
    """

    url: str | None = None
    portal: str | None = None
    portal_name: str | None = None
    portal_region: str | None = None
    official: bool | None = None
    link_text: str | None = None
    link_date: str | None = None


class Statistic(NamedTuple):
    """One printed or inferred value of one field; shape as in ``scrapy read --json``.

    ``value`` is exact, the multiplier applied; ``unit`` is the unit of the value and money is
    in 元; ``raw`` keeps the printed form.  ``source`` is ``narrative``, ``table<n>`` or
    ``inferred``.  ``ordinal`` tells apart several values of one field from one source.
    ``row`` and ``col`` are 0-based grid positions for table sources.  ``scope_words`` are the
    words beside the number that show its scope, ``None`` where it is that of the report.
    """

    field: str
    label: str
    value: Number | None
    unit: str | None
    state: State
    raw: str
    source: str
    quote: str
    value_low: Number | None = None
    value_high: Number | None = None
    qualifier: Qualifier = "exact"
    scope: Scope = "unknown"
    period_start: str | None = None
    period_end: str | None = None
    ordinal: int = 0
    row: int | None = None
    col: int | None = None
    start: int | None = None
    end: int | None = None
    flags: tuple[str, ...] = ()
    scope_words: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a document reports: who, which year, which form, which numbers, which doubts.

    ``subject_key`` is ``<GB/T 2260 code>/<organ>``, for instance ``321202/人民政府``; it is
    ``None`` while the body is not resolved.
    """

    kind: Kind
    kind_detail: str | None
    year: int | None
    form: FormName
    scope: Scope
    scope_words: str | None
    subject: str | None
    subject_key: str | None
    compiler: str | None
    uploader: str | None
    region_code: str | None
    region_name: str | None
    level: Level
    organ_type: OrganType
    published: str | None
    written: str | None
    source_quality: SourceQuality
    statistics: tuple[Statistic, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
