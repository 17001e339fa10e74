"""A decoded source read into a document: text, blocks, tables, title, metadata, links.

Decides in what order repair and reading happen, and where the title is taken from.  How a media
type is laid out, what is damaged and what a label means are decided by ``extractors``,
``mojibake`` and ``metadata``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from parsers.extractors import NO_CONVERTERS, Converters, lay_out
from parsers.layout import Layout, is_blank, is_heading
from parsers.metadata import header_lines, read_metadata
from parsers.model import Block, Decoded, Document
from parsers.mojibake import OffsetMap, repair
from parsers.tables import build_tables, rebuild_tables

# "2017年度报告", "二○一一年…年报", "…情况的通报"
_TITLE = re.compile(
    r"(?:(?:19|20)\d\d|[一二][〇○ＯO0零一二三四五六七八九]{3})\s*年?.*(?:报告|年报|通报|总结)"
)
_TITLE_LINES = 12
_MAX_TITLE = 80
# "标题 - 山西省人民政府门户网站", "标题_某某县政府网"
_SUFFIX = re.compile(
    r"\s*(?:[-_|—–－｜]+|>>)\s*[^-_|—–－｜>]*(?:政府|网站?|门户|平台|信息公开)[^-_|—–－｜>]*$"
)


@dataclass(frozen=True, slots=True)
class _Aside:
    """What the page prints around its text, repaired."""

    header: tuple[str, ...]
    heading: str | None
    page_title: str | None
    meta_tags: dict[str, str]


def read_document(
    decoded: Decoded, url: str | None = None, converters: Converters = NO_CONVERTERS
) -> Document:
    """The document in ``decoded``; a file that cannot be read gives an empty text and a finding.

    Offsets of blocks and cells count code points of the repaired ``text``.  ``converters`` turn
    types that we do not read ourselves (an old Word file) into such that we do.
    """
    layout = lay_out(decoded, url, converters)
    repaired = repair(layout.received)
    move: Callable[[int], int] = _stay
    blocks = list(layout.blocks)
    if repaired.repairs:
        move = OffsetMap(repaired.repairs).to_repaired
        blocks = [b._replace(start=move(b.start), end=move(b.end)) for b in layout.blocks]
    text = repaired.text
    tables = build_tables(text, layout.grids, move)
    blocks, tables = rebuild_tables(text, blocks, tables)
    aside = _read_aside(layout)
    top = header_lines(text[b.start : b.end] for b in _leading(blocks))
    metadata = read_metadata((*aside.header, *top), aside.meta_tags)
    lines = [text[b.start : b.end].strip() for b in blocks[:_TITLE_LINES] if b.kind != "table"]
    return Document(
        media_type=decoded.media_type,
        url=url,
        title=_find_title(metadata["title"], aside, lines),
        metadata=metadata,
        meta_tags=aside.meta_tags,
        text=text,
        received=layout.received,
        repairs=repaired.repairs,
        masked=repaired.masked,
        blocks=tuple(blocks),
        tables=tuple(tables),
        attachments=layout.attachments,
        links=layout.links,
        findings=layout.findings + repaired.findings,
    )


def _stay(offset: int) -> int:
    return offset


def _leading(blocks: Sequence[Block]) -> Iterable[Block]:
    """The blocks before the first table."""
    for block in blocks:
        if block.kind == "table":
            return
        yield block


def _read_aside(layout: Layout) -> _Aside:
    """Header, titles and meta tags with their corruptions undone, all in one go."""
    names = list(layout.meta_tags)
    received = [
        layout.heading or "",
        layout.page_title or "",
        *layout.meta_tags.values(),
        *layout.header,
    ]
    joined = "\n".join(line.replace("\n", " ") for line in received)
    lines = repair(joined).text.split("\n") if not joined.isascii() else received
    if len(lines) != len(received):  # a repair ran over a line end: better damaged than shifted
        lines = received
    first_header = 2 + len(names)
    return _Aside(
        header=tuple(lines[first_header:]),
        heading=lines[0] or None,
        page_title=lines[1] or None,
        meta_tags=dict(zip(names, lines[2:first_header], strict=True)),
    )


def _find_title(labelled: str | None, aside: _Aside, lines: Sequence[str]) -> str | None:
    """ArticleTitle, else a header 标题, else h1, else ``<title>``, else a line of the text.

    Source: trust order of the mandated tags, 国办发〔2017〕47号; window names of whole columns
    ("政府信息公开") are passed over for a line that reads like the title of a report.
    """
    if labelled:
        return labelled
    window = _without_suffix(aside.page_title, aside.meta_tags.get("sitename"))
    for candidate in (aside.heading, window):
        if candidate and _looks_like_title(candidate):
            return candidate
    first = lines[0] if lines and not is_heading(lines[0]) else None
    in_text = next(filter(_looks_like_title, (*lines, *aside.header)), None)
    if first and (len(first) > _MAX_TITLE or "。" in first):
        first = None
    return in_text or aside.heading or window or first


def _looks_like_title(line: str) -> bool:
    return len(line) <= _MAX_TITLE and "。" not in line and _TITLE.search(line) is not None


def _without_suffix(title: str | None, site: str | None) -> str | None:
    """``<title>`` without the name of the site behind it."""
    if not title or is_blank(title):
        return None
    bare = title.strip()
    if site and bare.endswith(site) and bare != site:
        bare = bare[: -len(site)].rstrip(" -_|—–－｜>")
    return _SUFFIX.sub("", bare) or bare
