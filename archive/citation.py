"""How a report in the archive is cited, in three styles.

This module decides the wording; the facts come from ``trace``.  Every style names the permanent
key, the digest of what was seen, when it was seen, and who collected it.

Source: GB/T 7714-2015, 4.6 and 8 (electronic resources); BibTeX ``@misc``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Characters that mean something to TeX: "50 % & more" -> "50 \% \& more"
_TEX = re.compile(r"[&%$#_{}]")
_NOT_FOR_KEYS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Source:
    """What is cited: a report as one capture showed it."""

    key: str
    title: str
    author: str | None
    published: str | None
    url: str
    captured_at: str
    collector: str | None
    sha256: str
    record_id: str


def cite_plain(source: Source) -> str:
    """Return the citation as one English sentence after another."""
    author = f"{source.author}: " if source.author else ""
    published = f" Published {source.published}." if source.published else ""
    return (
        f"{author}{source.title}.{published} {source.url}. Captured {source.captured_at} by"
        f" {source.collector or 'an unnamed collector'}; archive key {source.key}; sha256"
        f" {source.sha256}; WARC record {source.record_id}."
    )


def cite_gbt7714(source: Source) -> str:
    """Return the citation after GB/T 7714-2015, the day of the capture as the day of citation."""
    author = f"{source.author}. " if source.author else ""
    published = f"({source.published})" if source.published else ""
    return (
        f"{author}{source.title}[EB/OL]. {published}[{source.captured_at[:10]}]. {source.url}."
        f" 存档键：{source.key}；采集时间：{source.captured_at}；"
        f"采集者：{source.collector or '不详'}；SHA-256：{source.sha256}；"
        f"WARC记录：{source.record_id}."
    )


def cite_bibtex(source: Source) -> str:
    """Return the citation as a BibTeX entry."""
    note = (
        f"Archive key {source.key}; captured {source.captured_at} by"
        f" {source.collector or 'an unnamed collector'}; sha256 {source.sha256};"
        f" WARC record {source.record_id}"
    )
    told = {
        "author": f"{{{_tex(source.author)}}}" if source.author else None,
        "title": f"{{{_tex(source.title)}}}",
        "year": (source.published or source.captured_at)[:4],
        "date": source.published,
        "url": source.url,
        "urldate": source.captured_at[:10],
        "note": _tex(note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in told.items() if value]
    name = _NOT_FOR_KEYS.sub("-", source.key).strip("-")
    return "\n".join([f"@misc{{{name},", *lines, "}"])


def _tex(text: str) -> str:
    return _TEX.sub(r"\\\g<0>", text.replace("\\", "/"))


STYLES: Mapping[str, Callable[[Source], str]] = {
    "plain": cite_plain,
    "gbt7714": cite_gbt7714,
    "bibtex": cite_bibtex,
}
