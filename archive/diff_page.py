"""Two states of a report as one HTML page: numbers and cells first, then words, then the rest.

This module decides how changes look in a browser, alone or printed: side by side on a wide
screen, one above the other on a narrow one, without scripts and without any other file.  What
changed is decided by ``change``.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from archive.change import Change, Nature, find_runs
from archive.history import Comparison, State

_GROUPS = (
    ("Numbers and cells", "数字与单元格", ("field", "cell")),
    ("Text", "文字", ("text",)),
    ("Title, metadata, attachments", "标题、元数据、附件", ("metadata", "attachment", "status")),
)
NATURES: dict[Nature, str] = {
    "number": "数字",
    "wording": "措辞",
    "typo": "笔误",
    "formatting": "格式",
    "added": "增加",
    "removed": "删除",
    "moved": "移动",
    "status": "状态",
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #d5d5d5;
  --gone: #ffe3e0; --new: #dcf5dd; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --line: #444;
  --gone: #5a221d; --new: #1d4a24; } }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.7 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; white-space: pre-line; }
th[scope=row] { width: 14rem; font-weight: normal; }
del { background: var(--gone); text-decoration: line-through; }
ins { background: var(--new); text-decoration: underline; }
small { display: block; opacity: .75; }
@media (max-width: 40rem) { table, tbody, tr, th, td { display: block; width: auto; }
  thead { display: none; } tr { margin-bottom: 1rem; } }
"""


def page_of(comparison: Comparison) -> str:
    """The page of a comparison."""
    title = html.escape(comparison.newer.title or comparison.report)
    groups = "".join(_group(comparison.changes, *group) for group in _GROUPS)
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f"<p>{html.escape(comparison.report)}</p>\n"
        f"<ul><li>{_state(comparison.older)}</li><li>{_state(comparison.newer)}</li></ul>\n"
        f"{groups or '<p>Nothing differs. 没有差异。</p>'}\n</body></html>\n"
    )


def _state(state: State) -> str:
    return (
        f"{state.number}: {html.escape(state.url)}<small>{state.seen_from} – {state.seen_to},"
        f" sha256 {state.digest}</small>"
    )


def _group(changes: Iterable[Change], title: str, title_zh: str, kinds: Iterable[str]) -> str:
    rows = "".join(_row(change) for change in changes if change.kind in kinds)
    if not rows:
        return ""
    return (
        f"<h2>{title} · {title_zh}</h2>\n<table><thead><tr><th>What · 变更</th>"
        f"<th>Before · 变更前</th><th>After · 变更后</th></tr></thead>\n<tbody>{rows}</tbody></table>\n"
    )


def _row(change: Change) -> str:
    before, after = _sides(change)
    difference = "" if change.difference is None else f" ({change.difference:+})"
    told = f"{change.nature} · {NATURES[change.nature]}{difference}, {change.place}"
    return (
        f'<tr><th scope="row">{html.escape(change.item)}<small>{html.escape(told)}</small></th>'
        f"<td>{before}</td><td>{after}</td></tr>\n"
    )


def _sides(change: Change) -> tuple[str, str]:
    """What stood before and after, the runs that differ marked."""
    old, new = change.before or "", change.after or ""
    if change.nature == "moved":
        return html.escape(old), html.escape(new)
    runs = find_runs(old, new)
    before = "".join(_marked("del", run.before, same=run.is_same) for run in runs)
    after = "".join(_marked("ins", run.after, same=run.is_same) for run in runs)
    return before, after


def _marked(tag: str, text: str, *, same: bool) -> str:
    escaped = html.escape(text)
    return escaped if same or not text else f"<{tag}>{escaped}</{tag}>"
