"""Pages of the gkmlpt family (Guangdong): the document lies as JSON in a script of the page.

Decides which entries of ``_CONFIG.DETAIL`` are the body, the header box and the attachments.
How the body is laid out is left to ``html``.  The layout of DETAIL was learned from public
readers of these sites; whatever entry is missing is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

MARK = "_CONFIG"
# "DETAIL: {", '"DETAIL": {', "_CONFIG.DETAIL = {"
_DETAIL = re.compile(r"DETAIL[\"']?\s*[:=]\s*(?=\{)")
# 'content: "\\u003Cp\\u003E', for the files whose keys have no quotes
_ENTRY = re.compile(r"[{,]\s*[\"']?(\w+)[\"']?\s*:\s*(?=\")")
_LABELS = {
    "identifier": "索引号", "title": "标题", "publisher": "发布机构", "document_number": "文号",
    "keywords": "主题词", "abstract": "内容概述", "classify_main_name": "分类",
    "classify_genre_name": "体裁分类", "classify_theme_name": "主题分类",
    "source": "来源", "creation_time": "成文日期",
}  # fmt: skip
_TIMES = ("first_publish_time", "display_publish_time", "date", "created_at")
_BEIJING = timezone(timedelta(hours=8))
_ADDRESSES = ("url", "file_url", "post_url", "path", "href")
_NAMES = ("name", "title", "file_name", "filename", "origin_name")


@dataclass(frozen=True, slots=True)
class Detail:
    """The document of a page: its body as HTML, its box as lines, its files."""

    content: str
    header: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def find_detail(page: str) -> Detail | None:
    """The document that a script of the page holds, or ``None``."""
    found = _DETAIL.search(page)
    if found is None:
        return None
    entries = _read_entries(page, found.end())
    content = entries.get("content")
    if not isinstance(content, str) or not content.strip():
        return None
    header = [f"{label}\t{_word(entries.get(key))}" for key, label in _LABELS.items()]
    published = next(filter(None, (_read_time(entries.get(key)) for key in _TIMES)), "")
    header.append(f"发布日期\t{published}")
    printed = tuple(line for line in header if not line.endswith("\t"))
    return Detail(content, printed, tuple(_files(entries.get("attachment"))))


def _read_entries(page: str, start: int) -> Mapping[str, object]:
    """The entries of the object that begins at ``start``; only its strings if it is no JSON."""
    decoder = json.JSONDecoder(strict=False)
    try:
        found, _ = decoder.raw_decode(page, start)
    except (ValueError, RecursionError):
        return _read_strings(page, start, decoder)
    return found if isinstance(found, dict) else {}


def _read_strings(page: str, start: int, decoder: json.JSONDecoder) -> dict[str, object]:
    entries: dict[str, object] = {}
    at = start
    while entry := _ENTRY.search(page, at):
        try:
            value, at = decoder.raw_decode(page, entry.end())
        except ValueError:
            at = entry.end() + 1
            continue
        entries.setdefault(entry[1], value)
    return entries


def _word(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _read_time(value: object) -> str:
    """A Beijing time from Unix seconds, or the printed one."""
    if isinstance(value, int) and 0 < value < 2**33:
        return datetime.fromtimestamp(value, UTC).astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")
    return value.strip() if isinstance(value, str) else ""


def _files(value: object) -> Iterator[tuple[str, str]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            address = next((item[key] for key in _ADDRESSES if isinstance(item.get(key), str)), "")
            name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), "")
            if address:
                yield address, name
