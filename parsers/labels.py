"""Row labels: what a printed label means, whatever its numbering, spacing and notes.

This module decides when two labels are the same and what a label of no known field is called.
It leaves to ``rows`` and ``grids`` which labels to expect.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha1

from parsers.forms.fields import Field
from parsers.numbers import fold

_LABEL_LIMIT = 60

# "(一)", "㈠", "1.", "1、", "1", "三、", "其中:", and two of them together "(一)1."
_NUMBERING = re.compile(
    r"(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]{1,3}\)、?|[㈠-㈩①-⑳]"
    r"|\d{1,2}(?:[.、]|(?=[^\d.%]))|其中:?)+"
)
# "(不同渠道和方式公开相同信息计1条)", "(单位:万元)"
_NOTE = re.compile(r"\([^()]*\)")


@lru_cache(maxsize=8192)
def label_key(label: str) -> str:
    """The label without numbering, 其中, notes in brackets, spaces and quotation marks.

    "1﹒当面申请数" and "(1)当面申请数" both give "当面申请数".
    """
    text = "".join(fold(label).split()).replace('"', "").replace("'", "")
    match = _NUMBERING.match(text)
    if match and match.end() < len(text):
        text = text[match.end() :]
    return _NOTE.sub("", text).strip(":;,.")


def is_within_one_edit(one: str, other: str) -> bool:
    """Whether one inserted, lost or changed character turns ``one`` into ``other``."""
    if abs(len(one) - len(other)) > 1:
        return False
    head = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        head += 1
    tail_one, tail_other = one[head:], other[head:]
    return (
        tail_one[1:] == tail_other[1:] or tail_one == tail_other[1:] or tail_one[1:] == tail_other
    )


def is_shortened(printed: str, label: str) -> bool:
    """Whether ``printed`` is ``label`` with at most three characters lost on the way."""
    if not 0 < len(label) - len(printed) <= 3:
        return False
    rest = iter(label)
    return all(c in rest for c in printed)


@lru_cache(maxsize=8192)
def extra_id(section: str, label: str) -> str:
    """The stable id of a figure of no known field: ``x_<section>_<digest of the label>``."""
    return f"x_{section}_{sha1(label_key(label).encode(), usedforsecurity=False).hexdigest()[:8]}"


def extra_field(section: str, label: str) -> Field:
    """The field of a table cell that no form has: its row label, with ``column:`` headings."""
    printed = label.replace("column:", "").strip()[:_LABEL_LIMIT]
    return Field(extra_id(section, label), printed, "", None, None, section=section)
