"""``make bench-text``: what becomes of real paragraphs, ours beside other libraries, in one run.

The cases are made once and given to both sides: ours in this process, the others in theirs
(``peers``, in ``.venv-peers``).  Times are in strict GB18030 decodes of the same text, each side
against its own.  Seeds are fixed; the tuning part of the corpus is only used for how frequent
characters are.

``python -m bench.text --only "lost byte" --misses 5`` looks closer.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from bench import timing
from bench.corpus import CORPUS, ROOT, describe, paragraphs
from bench.damage import common_changed
from bench.scores import Answer, Case, Measure
from bench.tasks import MECHANISMS, Corpus, Task, make_tasks, mechanism_task
from parsers.charset import decode
from parsers.mojibake import repair

PEERS = ROOT / ".venv-peers" / "bin" / "python"
NEGATIVES = ROOT / "tests" / "data" / "clean_negatives.txt"
OURS = "this project"
FIGURES, END = "<!-- figures -->", "<!-- end of figures -->"
PATIENCE = 5  # seconds for one case
_KANA = re.compile(r"[\u3041-\u30fa]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``ours`` and ``best`` are printed as they are."""

    task: str
    measure: str
    n: int
    best: str
    ours: str
    goal: str
    reached: bool | None

    def cells(self) -> tuple[str, ...]:
        """Return the cells as printed."""
        verdict = {True: "yes", False: "NO", None: ""}[self.reached]
        return self.task, self.measure, f"{self.n:,}", self.best, self.ours, self.goal, verdict


class TooSlowError(Exception):
    """An answer took longer than anyone waits."""


def _give_up(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TooSlowError


def our_answer(case: Case) -> Answer:
    """Return what this project makes of a case; what takes too long is no answer."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PATIENCE)
    try:
        return _answer(case)
    except TooSlowError:
        return Answer("")
    finally:
        signal.alarm(0)


def _answer(case: Case) -> Answer:
    """Return the answer: bytes are decoded, texts repaired."""
    if case.body is not None:
        return Answer(decode(case.body, case.content_type, "text/html").text)
    repaired = repair(case.text or "")
    return Answer(repaired.text, repaired.repairs, bool(repaired.findings))


@contextmanager
def asking_peers(cases: Sequence[Case], folder: Path) -> Iterator[Path]:
    """Give the cases to the other libraries, at work while the block runs; yield their answers."""
    source, target = folder / "cases", folder / "answers"
    with source.open("w", encoding="utf-8") as file:
        for case in cases:
            body = None if case.body is None else base64.b64encode(case.body).decode()
            given = {"text": case.text} if body is None else {"body": body}
            file.write(json.dumps({**given, "content_type": case.content_type}) + "\n")
    command = [str(PEERS), str(ROOT / "bench" / "peers.py"), "answer", str(source), str(target)]
    with subprocess.Popen(command) as work:
        yield target
    if work.returncode:
        raise SystemExit(f"the other libraries stopped with status {work.returncode}")


def peer_answers(path: Path) -> Iterator[dict[str, Answer]]:
    """Yield the answers of every library to each case."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield {name: Answer(text) for name, text in json.loads(line).items()}


def share(measure: Measure, pairs: Iterable[tuple[Case, Answer]]) -> tuple[float, float]:
    """Return the share that is right, in per cent, and out of how much."""
    scores = [measure.score(case, answer) for case, answer in pairs]
    whole = sum(of for _, of in scores)
    return (100 * sum(right for right, _ in scores) / whole if whole else 100.0), whole


def per_cent(value: float) -> str:
    """Return a percentage that never rounds up to 100."""
    return "100" if value == 100 else f"{int(value * 100) / 100:.2f}".rstrip("0").rstrip(".")


def rows_of(task: Task, answers: dict[str, list[Answer]]) -> list[Row]:
    """Return the rows of a task."""
    rows = []
    for measure in task.measures:
        found = {
            name: share(measure, zip(task.cases, given, strict=True))
            for name, given in answers.items()
        }
        ours, whole = found.pop(OURS)
        best = max(found, key=lambda name: found[name][0])
        rows.append(
            Row(
                task.name,
                measure.name,
                round(whole),
                f"{per_cent(found[best][0])} {best}" if found[best][0] else "0",
                per_cent(ours),
                "" if measure.goal is None else f">= {per_cent(measure.goal)}",
                None if measure.goal is None else ours >= measure.goal,
            )
        )
    return rows


def answers_to(tasks: Sequence[Task], *, peers: bool) -> list[dict[str, list[Answer]]]:
    """Return, for each task, the answers of each contestant."""
    cases = [case for task in tasks for case in task.cases]
    with tempfile.TemporaryDirectory() as name:
        if not peers:
            ours = [our_answer(case) for case in cases]
            found = [{OURS: answer} for answer in ours]
        else:
            with asking_peers(cases, Path(name)) as path:
                ours = [our_answer(case) for case in cases]
            theirs = peer_answers(path)
            found = [{OURS: own, **other} for own, other in zip(ours, theirs, strict=True)]
    result, at = [], 0
    for task in tasks:
        own: dict[str, list[Answer]] = defaultdict(list)
        for answers in found[at : at + len(task.cases)]:
            for contestant, answer in answers.items():
                own[contestant].append(answer)
        at += len(task.cases)
        result.append(own)
    return result


def table(rows: Iterable[Row], *, markdown: bool = False) -> list[str]:
    """Return the lines of the table, for a terminal or for a document."""
    head = ("task", "measure", "n", "best library", "ours", "goal", "reached")
    lines = [head, *(row.cells() for row in rows)]
    if markdown:
        lines.insert(1, ("---",) * len(head))
        return [f"| {' | '.join(line)} |" for line in lines]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def write_document(path: Path, rows: Sequence[Row], mechanisms: Sequence[Row]) -> None:
    """Put the tables between the two marks of a document."""
    before, _, rest = path.read_text("utf-8").partition(FIGURES)
    after = rest.partition(END)[2]
    today = datetime.now(tz=UTC).date().isoformat()
    counted = f"Measured on {today} from {describe(paragraphs(CORPUS, 'measured'))}."
    parts = [counted, "", *table(rows, markdown=True), "", "Every mechanism of damage by itself:"]
    parts += ["", *table(mechanisms, markdown=True)]
    figures = "\n".join(parts)
    path.write_text(f"{before}{FIGURES}\n{figures}\n{END}{after}", "utf-8")


def print_misses(task: Task, answers: Sequence[Answer], count: int) -> None:
    """Print the groups of a task with their shares, and some cases that are not right."""
    measure = task.measures[0]
    groups: dict[str, list[tuple[Case, Answer]]] = defaultdict(list)
    for case, answer in zip(task.cases, answers, strict=True):
        groups[case.group].append((case, answer))
    for name, pairs in groups.items():
        value, whole = share(measure, pairs)
        print(f"  {name}: {per_cent(value)} of {whole:.0f}")
        wrong = [pair for pair in pairs if measure.score(*pair)[0] < measure.score(*pair)[1]]
        for case, answer in wrong[:count]:
            print(f"    given  {case.text if case.body is None else case.body[:90]!r}"[:400])
            print(f"    meant  {case.truth!r}"[:300])
            print(f"    answer {answer.text!r}"[:300])


def ask(which: str, lines: list[str]) -> list[str]:
    """Return ``convert`` or ``readings`` of lines, made in the others' environment."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in", Path(name) / "out"
        source.write_text(json.dumps(lines), "utf-8")
        script = ROOT / "bench" / "peers.py"
        subprocess.run([str(PEERS), str(script), which, str(source), str(target)], check=True)
        return list(json.loads(target.read_text("utf-8")))


def read_corpus(root: Path) -> Corpus:
    """Return the measured paragraphs, no Japanese; traditional ones are real, then converted."""
    entries = [entry for entry in paragraphs(root, "measured") if not _KANA.search(entry.text)]
    simplified = tuple(entry for entry in entries if entry.script == "simplified")
    real = [entry.text for entry in entries if entry.script == "traditional"]
    traditional = (*real, *ask("convert", [entry.text for entry in simplified]))
    changed = common_changed(entry.text for entry in paragraphs(root, "tuning"))
    readings = dict(zip(changed, ask("readings", changed), strict=True))
    return Corpus(root, simplified, traditional, readings)


def clean_row(root: Path, *, peers: bool, misses: int) -> Row:
    """Return how many clean lines are changed: alone, and as whole documents."""
    entries = [*paragraphs(root, "tuning", 1), *paragraphs(root, "measured", 1)]
    lines = [entry.text for entry in entries]
    if NEGATIVES.exists():
        lines += [line for line in NEGATIVES.read_text("utf-8").split("\n") if line]
    documents: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        documents[entry.document].append(entry.text)
    cases = [Case("clean", text, text=text) for text in lines]
    cases += [Case("clean", text, text=text) for text in map("\n".join, documents.values())]
    [answers] = answers_to([Task("clean", tuple(cases), ())], peers=peers)
    changed = {
        name: sum(answer.text != case.truth for case, answer in zip(cases, given, strict=True))
        for name, given in answers.items()
    }
    for case, answer in zip(cases, answers[OURS], strict=True):
        if answer.text != case.truth and (misses := misses - 1) >= 0:
            rules = sorted({one.rule for one in answer.repairs})
            print(f"changed by {rules}\n  {case.truth[:150]!r}\n  {answer.text[:150]!r}")
    ours = changed.pop(OURS)
    best = ", ".join(f"{changed[name]} {name}" for name in sorted(changed, key=changed.__getitem__))
    measure = f"changed, of lines and {len(documents)} whole documents"
    return Row("clean Chinese lines", measure, len(lines), best, str(ours), "0", ours == 0)


def time_rows(corpus: Corpus, *, peers: bool) -> list[Row]:
    """Return the rows of the times, each the best of many."""
    rows = []
    for suffix, codec in ((".gbk", "gb18030"), (".utf8", "utf-8")):
        body = timing.clean_page(corpus.texts(20), 50_000, codec)
        ours, theirs = timing.our_ratio(body, codec), {}
        if peers:
            theirs = timing.peer_ratios(body, suffix, PEERS)
        best = min(theirs, key=lambda name: theirs[name]) if theirs else ""
        label = theirs.get("Resiliparse label")
        rows.append(
            Row(
                f"time, clean page of 50 KB, {codec}",
                "decode + damage check, in strict decodes",
                len(body),
                f"{theirs[best]:.1f} {best}; {label:.1f} Resiliparse label" if label else "",
                f"{ours:.1f}",
                "<= 6",
                ours <= 6,
            )
        )
    milliseconds, name, size = timing.slowest_repair(
        corpus.texts(10, government=True), corpus.readings
    )
    rows.append(
        Row(
            "time, damaged page of 6,000 characters",
            f"milliseconds, the slowest mechanism: {name}",
            size,
            "-",
            f"{milliseconds:.0f}",
            "<= 50",
            milliseconds <= 50,
        )
    )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure decoding and repair.")
    parser.add_argument("--count", type=int, default=200, help="cases of each kind")
    parser.add_argument("--only", default="", help="tasks whose name holds this")
    parser.add_argument("--misses", type=int, default=-1, help="show groups and so many misses")
    parser.add_argument("--ours", action="store_true", help="leave the other libraries out")
    parser.add_argument("--mechanisms", action="store_true", help="measure each mechanism too")
    parser.add_argument("--document", type=Path, help="put the tables into this document")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if not CORPUS.is_dir():
        raise SystemExit(f"no corpus at {CORPUS}: set TEST_CORPUS")
    start = time.monotonic()
    corpus = read_corpus(CORPUS)
    print(f"measured part: {describe(paragraphs(CORPUS, 'measured'))}")
    peers = not options.ours
    tasks = [task for task in make_tasks(corpus, options.count) if options.only in task.name]
    answers = answers_to(tasks, peers=peers)
    rows = rows_of_all(tasks, answers)
    if options.misses >= 0:
        for task, given in zip(tasks, answers, strict=True):
            print(task.name)
            print_misses(task, given[OURS], options.misses)
    if not options.only:
        rows.append(clean_row(CORPUS, peers=peers, misses=options.misses))
        rows += time_rows(corpus, peers=peers)
    print("\n".join(table(rows)))
    if options.mechanisms or options.document:
        mechanisms = mechanism_rows(corpus, options.count // 2, peers=peers)
        print("\n".join(["", *table(mechanisms)]))
        if options.document:
            write_document(options.document, rows, mechanisms)
    print(f"\n{time.monotonic() - start:.0f} s", file=sys.stderr)


def mechanism_rows(corpus: Corpus, count: int, *, peers: bool) -> list[Row]:
    """Return how each mechanism of damage fares."""
    tasks = [mechanism_task(corpus, name, count) for name in MECHANISMS]
    return rows_of_all(tasks, answers_to(tasks, peers=peers))


def rows_of_all(tasks: Sequence[Task], answers: Sequence[dict[str, list[Answer]]]) -> list[Row]:
    """Return the rows of several tasks."""
    return [
        row
        for task, given in zip(tasks, answers, strict=True)
        for row in rows_of(task, given if len(given) > 1 else {**given, "-": given[OURS]})
    ]


if __name__ == "__main__":
    main()
