"""How often the golden pages are read right: by measure, form and field, each with its n.

``make accuracy`` prints the figures, writes them to ``docs/accuracy.md`` and ``docs/accuracy.json``
(for the codebook), and fails where one is below its floor in ``tests/accuracy_floors.toml``.
Floors only rise: ``--raise-floors`` writes the figures of this run where they are higher.
``--page NAME`` lists what is not right on the pages whose name holds NAME.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.golden import Golden, Outcome, judge, page_folders, read_golden, read_page

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ROOT / "tests" / "accuracy_floors.toml"
HEAD = ("report", "metadata")
_ABOUT = (
    "Written by `make accuracy` from {pages} golden pages in `tests/pages`, which we wrote ourselves"
    " with the values they print. Real documents are tested apart (`tests/test_seeds.py`,"
    " `tests/test_pdf.py`). Cells: accuracy is the share of printed cells read right (value and"
    " state), precision the share of values read that are printed so. Sentences: national and known"
    " fields; *other figures* are numbers of no known field. Inferred: blanks that a sum proves to be"
    " zero. Scope, period, place: of each number in a sentence, whose figure and of which time it is,"
    " and whether its offsets and quote lead to it. n is in brackets. The parsers were"
    " mended on these very pages, so the figures guard against decay; they are no estimate of how"
    " often an unseen page is read right."
)
# "req_granted_org_business" is a cell of the row "req_granted"
_APPLICANT = re.compile(r"(?<=.)_(?:natural_person|org_[a-z_]+|total)$")
_PREFIX = re.compile(r"^req_")


@dataclass(frozen=True, slots=True)
class Measure:
    """A share with what it is a share of."""

    right: int
    of: int

    @property
    def share(self) -> float | None:
        """The share, ``None`` where nothing was measured."""
        return self.right / self.of if self.of else None

    def __str__(self) -> str:
        return "–" if self.share is None else f"{100 * self.share:.2f} %"


@dataclass(frozen=True, slots=True)
class Judged:
    """One page with its outcomes."""

    golden: Golden
    outcomes: tuple[Outcome, ...]


def judge_pages() -> list[Judged]:
    """Return every golden page with its outcomes."""
    goldens = map(read_golden, page_folders())
    return [Judged(golden, tuple(judge(golden, read_page(golden)))) for golden in goldens]


def _recall(outcomes: Iterable[Outcome]) -> Measure:
    """Of what stands on the pages, how much was read right."""
    count = Counter(one.verdict for one in outcomes)
    return Measure(count["right"], count["right"] + count["wrong"] + count["missing"])


def _precision(outcomes: Iterable[Outcome]) -> Measure:
    """Of what was read, how much stands on the pages."""
    count = Counter(one.verdict for one in outcomes)
    return Measure(count["right"], count["right"] + count["wrong"] + count["extra"])


def measure(outcomes: Sequence[Outcome]) -> dict[str, Measure]:
    """Return the measures of some outcomes by name."""
    cells = [one for one in outcomes if one.part == "cell"]
    sentences = [one for one in outcomes if one.part == "sentence"]
    figures = [one for one in outcomes if one.part == "other figure"]
    inferred = [one for one in outcomes if one.part == "inferred"]
    findings = [one for one in outcomes if one.part == "finding"]
    return {
        "cell_accuracy": _recall(cells),
        "cell_precision": _precision(cells),
        "narrative_precision": _precision(sentences),
        "narrative_recall": _recall(sentences),
        "other_figures_recall": _recall(figures),
        "other_figures_precision": _precision(figures),
        "inferred_recall": _recall(inferred),
        "inferred_precision": _precision(inferred),
        "scope_accuracy": _recall([one for one in outcomes if one.part == "scope"]),
        "period_accuracy": _recall([one for one in outcomes if one.part == "period"]),
        "place_accuracy": _recall([one for one in outcomes if one.part == "place"]),
        "metadata_accuracy": _recall([one for one in outcomes if one.part in HEAD]),
        "findings_precision": _precision(findings),
        "findings_recall": _recall(findings),
    }


def measure_forms(pages: Sequence[Judged]) -> dict[str, dict[str, Measure]]:
    """Return the measures of each form; ``none`` are the pages that are no report."""
    forms = sorted({page.golden.form for page in pages})
    return {
        form: measure([o for page in pages if page.golden.form == form for o in page.outcomes])
        for form in forms
    }


def measure_fields(outcomes: Sequence[Outcome], parts: Sequence[str]) -> dict[str, Measure]:
    """Return how often each field was read right where the pages have it."""
    names = sorted({one.name for one in outcomes if one.part in parts})
    measured = {
        name: _recall(one for one in outcomes if one.part in parts and one.name == name)
        for name in names
    }
    return {name: one for name, one in measured.items() if one.of}


def merge_applicants(cells: Mapping[str, Measure]) -> dict[str, Measure]:
    """Return the fields with the seven columns of the applications table taken together."""
    merged: dict[str, Measure] = {}
    for name, one in cells.items():
        row = f"{_APPLICANT.sub('', name)}_*" if _PREFIX.match(name) else name
        old = merged.get(row, Measure(0, 0))
        merged[row] = Measure(old.right + one.right, old.of + one.of)
    return merged


def read_floors() -> dict[str, float]:
    """Return the lowest share that each measure may have."""
    return dict(tomllib.loads(FLOORS.read_text("utf-8"))["floors"])


def below_floor(measures: Mapping[str, Measure], floors: Mapping[str, float]) -> list[str]:
    """Return a line for every measure that is below its floor, or has lost it."""
    lines = [f"{name} has no floor" for name in measures if name not in floors]
    for name, floor in floors.items():
        share = measures[name].share if name in measures else None
        if share is None or share < floor:
            shown = "not measured" if share is None else f"{share:.4f}"
            lines.append(f"{name}: {shown}, the floor is {floor:.4f}")
    return lines


def raise_floors(measures: Mapping[str, Measure], floors: Mapping[str, float]) -> None:
    """Write the floors anew, each the higher of the old one and what was reached."""
    text = FLOORS.read_text("utf-8").split("[floors]")[0] + "[floors]\n"
    for name, one in measures.items():
        reached = math.floor((one.share or 0) * 10_000) / 10_000
        text += f"{name} = {max(reached, floors.get(name, 0.0)):.4f}\n"
    FLOORS.write_text(text, "utf-8")


def draw_tables(pages: Sequence[Judged]) -> str:
    """Return the figures as the Markdown of ``docs/accuracy.md``."""
    outcomes = [outcome for page in pages for outcome in page.outcomes]
    by_form = measure_forms(pages)
    counts = Counter(page.golden.form for page in pages)
    names = list(measure([]))
    lines = [
        "# Accuracy",
        "",
        _ABOUT.format(pages=len(pages)),
        "",
        "| form | pages | " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|---|---|" + "---|" * len(names),
    ]
    rows = [*by_form.items(), ("all", measure(outcomes))]
    for form, measures in rows:
        shown = " | ".join(f"{one} ({one.of})" for one in measures.values())
        lines.append(f"| {form} | {counts.get(form, len(pages))} | {shown} |")
    for title, fields in (
        ("Head and metadata", measure_fields(outcomes, HEAD)),
        ("Fields in sentences", measure_fields(outcomes, ("sentence",))),
        ("Fields in tables", merge_applicants(measure_fields(outcomes, ("cell",)))),
        ("Findings", measure_fields(outcomes, ("finding",))),
    ):
        lines += ["", f"## {title}", "", "| field | right | n |", "|---|---|---|"]
        lines += [f"| `{name}` | {one} | {one.of} |" for name, one in fields.items()]
    return "\n".join(lines) + "\n"


def draw_json(pages: Sequence[Judged]) -> str:
    """Return the figures as JSON: measures, forms and fields, each as right and of."""
    outcomes = [outcome for page in pages for outcome in page.outcomes]

    def plain(measures: Mapping[str, Measure]) -> dict[str, dict[str, int]]:
        return {name: {"right": one.right, "of": one.of} for name, one in measures.items()}

    facts = {
        "pages": len(pages),
        "measures": plain(measure(outcomes)),
        "forms": {form: plain(measures) for form, measures in measure_forms(pages).items()},
        "metadata": plain(measure_fields(outcomes, HEAD)),
        "sentences": plain(measure_fields(outcomes, ("sentence",))),
        "cells": plain(measure_fields(outcomes, ("cell",))),
        "findings": plain(measure_fields(outcomes, ("finding",))),
    }
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def print_table(pages: Sequence[Judged]) -> None:
    """Print the measures by form, each with its n."""
    rows = [*measure_forms(pages).items(), ("all", measure([o for p in pages for o in p.outcomes]))]
    print(f"{'':26}" + "".join(f"{form:>20}" for form, _ in rows))
    for name in measure([]):
        cells = (f"{measures[name]} ({measures[name].of})" for _, measures in rows)
        print(f"{name:26}" + "".join(f"{cell:>20}" for cell in cells))


def print_faults(pages: Sequence[Judged], name: str) -> None:
    """Print what is not right on the pages whose name holds ``name``."""
    for page in pages:
        if name in page.golden.id:
            wrong = [outcome for outcome in page.outcomes if outcome.verdict != "right"]
            print(f"{page.golden.id}: {len(page.outcomes) - len(wrong)} of {len(page.outcomes)}")
            for outcome in wrong:
                print(f"    {outcome}")


def main() -> None:
    """Measure, write, and fail below a floor."""
    parser = argparse.ArgumentParser(description="Measure how the golden pages are read.")
    parser.add_argument("--page", help="list what is not right on pages whose name holds this")
    parser.add_argument("--raise-floors", action="store_true", help="write higher floors")
    options = parser.parse_args()
    pages = judge_pages()
    if options.page is not None:
        print_faults(pages, options.page)
        return
    print_table(pages)
    (ROOT / "docs" / "accuracy.md").write_text(draw_tables(pages), "utf-8")
    (ROOT / "docs" / "accuracy.json").write_text(draw_json(pages), "utf-8")
    measures = measure([outcome for page in pages for outcome in page.outcomes])
    if options.raise_floors:
        raise_floors(measures, read_floors())
    if lines := below_floor(measures, read_floors()):
        sys.exit("\n".join(lines))


if __name__ == "__main__":
    main()
