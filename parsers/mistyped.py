"""Labels with a wrong character that alone might be anything: what else the table prints tells.

One wrong character leaves half of 公民.  This module decides which row such a label was meant to
name: a row of the form that is open here, that nothing else in the table names and no other label
claims.  A label that makes another word (公司) names something else, unless its neighbours are
those of the form or the figures make a sum.  What stays in doubt is left unread with a finding.
It leaves to ``rows`` and ``grids`` which rows are open and missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from parsers.forms import Rule
from parsers.labels import is_within_one_edit
from parsers.model import Finding, Number
from parsers.mojibake.language_model import is_word

_SHORT = 5  # longer labels keep their sense with another word in them


@dataclass(frozen=True, slots=True)
class Claim:
    """A label of no row, where it stands, and the rows by label that it could name there.

    ``is_flanked`` says whether the rows before and after are the neighbours of a row in the form,
    ``fits`` whether the figures beside the label make a sum with those of the other rows.
    """

    place: tuple[int, int, int]
    key: str
    missing: Mapping[str, str]
    is_flanked: Callable[[str], bool] = lambda _: False
    fits: Callable[[str], bool] = lambda _: False
    prints: bool = True


def find_meant(claims: Sequence[Claim]) -> tuple[dict[tuple[int, int, int], str], list[Finding]]:
    """The rows that labels were meant to name, by place, and a finding for each doubt."""
    near = {one.place: _near(one) for one in claims}
    slips = [one for one in claims if near[one.place] and _is_slip(one, near[one.place])]
    wanted = Counter(name for one in slips for name in near[one.place])
    meant: dict[tuple[int, int, int], str] = {}
    doubts = []
    for one in claims:
        names = near[one.place]
        proven = [name for name in names if one.fits(name)]
        if len(proven) == 1:
            meant[one.place] = proven[0]
        elif one in slips and len(names) == 1 and all(wanted[name] == 1 for name in names):
            meant[one.place] = next(iter(names))
        elif names and one.prints:
            doubts.append(_doubt(one, names))
    twice = {name for name, count in Counter(meant.values()).items() if count > 1}
    return {place: name for place, name in meant.items() if name not in twice}, doubts


def _near(claim: Claim) -> dict[str, list[str]]:
    """The rows within one edit of a label, each with the labels of its own that are."""
    near: dict[str, list[str]] = {}
    for label, name in claim.missing.items():
        if len(label) > 1 and is_within_one_edit(claim.key, label):
            near.setdefault(name, []).append(label)
    return near


def _is_slip(claim: Claim, near: Mapping[str, Sequence[str]]) -> bool:
    """Whether a label is no word of its own, or stands where the row would."""
    return any(
        claim.is_flanked(name) or any(not makes_word(claim.key, label) for label in labels)
        for name, labels in near.items()
    )


@lru_cache(maxsize=1024)
def makes_word(key: str, label: str) -> bool:
    """Whether the character that a short ``key`` has for one of ``label`` makes another word.

    公司 for 公民 and 行政没收 for 行政征收 do; a character that was lost makes none.
    """
    if len(key) < len(label) or len(label) >= _SHORT:
        return False
    place = next((i for i, c in enumerate(label) if key[i] != c), len(key) - 1)
    if is_word(key):
        return True
    pairs = (key[i : i + 2] for i in (place - 1, place) if i >= 0)
    return any(len(pair) > 1 and is_word(pair) for pair in pairs)


def fits_sum(
    name: str, value: Number | None, values: Mapping[str, Number], rules: Iterable[Rule]
) -> bool:
    """Whether a sum of the form holds with ``value`` for the row ``name``, and not without it."""
    if not value:
        return False
    ours = {**values, name: value}
    for rule in rules:
        parts = (*rule.parts, *(p for p in rule.also if p in ours))
        if (
            rule.kind == "sum"
            and name in (rule.total, *parts)
            and ours.keys() >= {rule.total, *parts}
        ):
            return sum(ours[p] for p in parts) == ours[rule.total]
    return False


def _doubt(claim: Claim, near: Mapping[str, Sequence[str]]) -> Finding:
    labels = " or ".join(dict.fromkeys(labels[0] for labels in near.values()))
    table, row, _ = claim.place
    message = f"table{table}, row {row + 1}: {claim.key} may mean {labels}; its figures stay apart"
    return Finding("unclear_label", "notice", message, tuple(near))
