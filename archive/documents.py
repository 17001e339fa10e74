"""The documents of one report side by side.

A report may be shown by several documents: a page and its PDF, a copy on another portal.  Where
they print different numbers, they may still be one report, or two that were taken for one.
This module says so as a finding of the report and decides nothing.
"""

from __future__ import annotations

from archive.store import Store
from parsers.model import Finding

RULE = "documents_disagree"
_NAMED = 5


def settle_documents(store: Store) -> None:
    """Derive what documents say about one another, for every report marked as unsettled."""
    for report, canonical in store.unsettled_reports():
        others = store.other_revisions(report, canonical)
        findings = (_compare(store, canonical, url, revision) for url, revision in others)
        store.save_document_findings(
            report, canonical, RULE, [finding for finding in findings if finding is not None]
        )


def _compare(store: Store, canonical: int, url: str, other: int) -> Finding | None:
    """Return the finding that another document prints other numbers, if it does."""
    ours, theirs = store.values_of(canonical), store.values_of(other)
    fields = sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])
    if not fields:
        return None
    told = ", ".join(f"{name} {ours[name]} and {theirs[name]}" for name in fields[:_NAMED])
    more = f" and {len(fields) - _NAMED} more" if len(fields) > _NAMED else ""
    message = f"another document of this report does not agree ({url}): {told}{more}"
    return Finding(RULE, "warning", message, tuple(fields))
