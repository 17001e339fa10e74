"""When two captures of a document show the same thing.

This module decides what counts as content (``content_of``), the digest that makes a new
revision (``digest_of``) and the intervals in which a state was seen (``find_sightings``).
It leaves to ``diff`` what differs between two contents and to ``store`` where they are kept.

Not content: counters, update times, page chrome, the order of header labels, white space.
The rules are versioned by ``NORMALISATION``; a change of the rules is a new number.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from parsers.head import front_of
from parsers.model import Cell, Document, Table

NORMALISATION = 1

# "点击数：123", "浏览次数: 45 次", "更新时间：2024-01-02 10:00", "【打印本页】【关闭窗口】"
# (each choice begins with a character of its own: Python skips to these)
_TOOL = r"(?:打印|关闭|返回|收藏|分享|字号|字体)[^】\]]{0,8}[】\]]"
_VOLATILE = re.compile(
    "|".join(
        rf"{word}(?:数|量|次数|率)?[:：]?\d*次?"
        for word in ("点击", "浏览", "阅读", "访问", "累计")
    )
    + rf"|更新(?:时间|日期)[:：]?[\d\-/.:年月日]*|【{_TOOL}|\[{_TOOL}"
)
# "第一句。第二句；" -> two sentences, each with its closing mark
_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;]?")
_VOLATILE_METADATA = frozenset({"clicks"})


@dataclass(frozen=True, slots=True)
class Content:
    """What of a document counts: title, metadata, sentences, table cells, attachments.

    ``tables`` are grids of folded cell texts in document order; ``attachments`` are
    ``name|text`` with the file name of the address, so that a move alone is no change.  Of a
    compilation that is what stands around its parts; ``parts`` are the digests of these, which
    make another state of the whole and a change of the part alone.
    """

    title: str
    metadata: Mapping[str, str]
    sentences: tuple[str, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    attachments: tuple[str, ...]
    parts: tuple[str, ...] = ()


def fold_space(text: str) -> str:
    """``text`` with every run of white space as one ASCII space, none at the ends."""
    return " ".join(text.replace("\u200b", " ").replace("\ufeff", " ").split())


def _sentences(document: Document, title: str) -> tuple[str, ...]:
    """The sentences of the text blocks, without the title and the volatile lines.

    Above the first full sentence, lines that the metadata tells already are left out, too, and
    everywhere the lines that only name an attachment: it counts by itself.
    """
    sentences: list[str] = []
    printed = {fold_space(value) for value in document.metadata.values() if value}
    attached = {fold_space(link.text) for link in document.attachments}
    in_header = True
    for block in document.blocks:
        if block.kind == "table":
            continue
        line = fold_space(document.text[block.start : block.end])
        in_header = in_header and "。" not in line
        if not line or line == title or line in attached or (in_header and line in printed):
            continue
        if len(_VOLATILE.sub("", line)) < len(line) // 2:
            continue
        sentences.extend(part.strip() for part in _SENTENCE.findall(line) if part.strip())
    return tuple(sentences)


def _grid(table: Table) -> tuple[tuple[str, ...], ...]:
    """The cell texts of ``table``; a spanned cell counts once, where it is first met."""
    met: set[Cell] = set()
    rows: list[tuple[str, ...]] = []
    for row in table.rows:
        texts: list[str] = []
        for cell in row:
            texts.append("" if cell in met else fold_space(cell.text))
            met.add(cell)
        rows.append(tuple(texts))
    return tuple(rows)


def content_of(document: Document) -> Content:
    """What of ``document`` counts as its content."""
    title = fold_space(document.title or "")
    parts = tuple(digest_of(content_of(part)) for part in document.parts)
    document = front_of(document)
    return Content(
        title=title,
        metadata={
            name: fold_space(value)
            for name, value in sorted(document.metadata.items())
            if value and name not in _VOLATILE_METADATA and name != "title"
        },
        sentences=_sentences(document, title),
        tables=tuple(_grid(table) for table in document.tables),
        attachments=tuple(
            f"{urlsplit(link.url).path.rsplit('/', 1)[-1]}|{fold_space(link.text)}"
            for link in document.attachments
        ),
        parts=parts,
    )


def digest_of(content: Content) -> str:
    """The sha256 hex digest that two captures share exactly when they show one revision."""
    canonical = json.dumps(
        [
            NORMALISATION,
            content.title,
            sorted(content.metadata.items()),
            content.sentences,
            content.tables,
            content.attachments,
            *([content.parts] if content.parts else []),
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Seen:
    """One capture of a document that says something: a revision, or (``None``) its absence."""

    capture: int
    captured_at: str
    revision: int | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An interval in which every capture showed one state; ``revision`` is ``None`` when gone."""

    revision: int | None
    seen_from: str
    seen_to: str
    captures: int
    first_capture: int
    last_capture: int


def find_sightings(seen: Iterable[Seen]) -> tuple[Sighting, ...]:
    """The sightings in order of time; A, B, A gives three."""
    sightings: list[Sighting] = []
    for one in sorted(seen, key=lambda s: (s.captured_at, s.capture)):
        last = sightings[-1] if sightings else None
        if last is not None and last.revision == one.revision:
            sightings[-1] = Sighting(
                revision=one.revision,
                seen_from=last.seen_from,
                seen_to=one.captured_at,
                captures=last.captures + 1,
                first_capture=last.first_capture,
                last_capture=one.capture,
            )
        else:
            sightings.append(
                Sighting(
                    one.revision, one.captured_at, one.captured_at, 1, one.capture, one.capture
                )
            )
    return tuple(sightings)
