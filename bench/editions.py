"""How well the archive says what changed: planted changes of every kind over several editions.

``python -m bench.editions --reports 500`` publishes reports in five editions, a month apart,
looks at each twice, eight days apart, keeps every answer in WARC, ingests it, and compares the
changes in the database with those that were planted.  One night the portal answers 404 for
everything, and in the end a quarter of its reports leave their addresses together.  This module decides what is planted; reading, diff and ledger are the real ones.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from archive.change import Nature
from archive.ingest import Ingest
from archive.warc import WarcWriter
from bench.pages import draw, make_reports, make_sentence
from crawler.demo.compose import Heading, Paragraph, Piece, compose
from crawler.demo.grids import Box, Grid
from parsers.model import Capture, Note

SEED, EDITIONS = 20261122, 5
HOST = "http://www.editions.test"
REDESIGN = 3  # the edition in which the whole portal gets a new look
OUTAGE = 2  # the edition after which everything is missing for a night
FIRST_LOOK, SECOND_LOOK, LATE_LOOKS = 1, 9, (15, 23)  # days of a month
PORTAL = -1  # whose change it is that many reports vanish together
_DIGITS = re.compile(r"\d+")
_WORDINGS = (
    ("按期办结", "均在期限内办结"),
    ("答复口径进一步统一", "答复更加规范"),
    ("栏目内容保持准确", "各栏目经常更新"),
    ("做到与文件同步起草", "随文件一并起草"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A report as an edition publishes it; ``status`` is 200, 404, or 403 for a block page."""

    id: int
    path: str
    title: str
    published: str
    pieces: tuple[Piece, ...]
    files: tuple[str, ...] = ()
    codec: str = "utf-8"
    look: int = 0
    status: int = 200
    born: int = 0
    flickers: bool = False


@dataclass(frozen=True, slots=True)
class Planted:
    """A change that the archive should find; numbers are told by what stands there afterwards."""

    report: int
    edition: int
    kind: str
    nature: Nature
    before: str | None
    after: str | None


@dataclass(slots=True)
class Score:
    """What was planted and found, by what was done to the page."""

    planted: int = 0
    found: int = 0
    right: int = 0
    classified: int = 0
    missed: list[Planted] = field(default_factory=list)
    invented: list[tuple[object, ...]] = field(default_factory=list)
    misnamed: list[tuple[Planted, tuple[object, ...]]] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """The share of found changes that were planted."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of planted changes that were found."""
        return self.right / self.planted if self.planted else 1.0

    @property
    def classification(self) -> float:
        """The share of changes found whose kind and nature are right."""
        return self.classified / self.right if self.right else 1.0


Deed = Callable[[Page, int, random.Random], tuple[Page, list[Planted]] | None]


def _paragraphs(page: Page, wanted: str | re.Pattern[str]) -> list[int]:
    """The places of paragraphs of the text proper that hold what is wanted."""
    return [
        place
        for place, piece in enumerate(page.pieces)
        if isinstance(piece, Paragraph) and not piece.closing and re.search(wanted, piece.text)
    ]


def _with(page: Page, place: int, *pieces: Piece) -> Page:
    return replace(page, pieces=(*page.pieces[:place], *pieces, *page.pieces[place + 1 :]))


def _sentence_of(text: str, position: int) -> str:
    start = max(text.rfind("。", 0, position), text.rfind("；", 0, position)) + 1
    end = min(at for sign in "。；" if (at := text.find(sign, position)) >= 0)
    return text[start : end + 1]


def _rewrite(
    page: Page, edition: int, rng: random.Random, old: str, new: str, nature: Nature
) -> tuple[Page, list[Planted]] | None:
    """The page with one place of its text rewritten."""
    places = _paragraphs(page, re.escape(old) + ".*。")
    if not places:
        return None
    place = rng.choice(places)
    text = page.pieces[place].text  # type: ignore[union-attr]
    at = text.index(old)
    before = _sentence_of(text, at)
    after = before.replace(old, new, 1)
    changed = Paragraph(text.replace(before, after, 1))
    planted = Planted(page.id, edition, "text", nature, before, after)
    return _with(page, place, changed), [planted]


def change_cell(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """Another number in one cell of a national table."""
    grids = [place for place, piece in enumerate(page.pieces) if isinstance(piece, tuple)]
    if not grids:
        return None
    place = rng.choice(grids)
    grid: Grid = page.pieces[place]  # type: ignore[assignment]
    cells = [
        (r, c)
        for r, row in enumerate(grid)
        for c, box in enumerate(row)
        if c and box.text.isdigit() and not box.text.startswith("0")
    ]
    if not cells:
        return None
    row, column = rng.choice(cells)
    old = grid[row][column]
    new = str(int(old.text) + rng.randint(1, 40))
    boxes = tuple(replace(box, text=new) if box is old else box for box in grid[row])
    changed = (*grid[:row], boxes, *grid[row + 1 :])
    planted = Planted(page.id, edition, "field", "number", old.text, new)
    return _with(page, place, changed), [planted]


def change_figure(
    page: Page, edition: int, rng: random.Random
) -> tuple[Page, list[Planted]] | None:
    """Another number in a sentence."""
    figure = re.compile(r"(?:培训|自查)(\d+)(次)")
    places = _paragraphs(page, figure)
    if not places:
        return None
    place = rng.choice(places)
    text = page.pieces[place].text  # type: ignore[union-attr]
    found = rng.choice(list(figure.finditer(text)))
    new = str(int(found[1]) + rng.randint(1, 9))
    changed = Paragraph(text[: found.start(1)] + new + text[found.end(1) :])
    planted = Planted(page.id, edition, "field", "number", found[1] + "次", new + "次")
    return _with(page, place, changed), [planted]


def change_words(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """A sentence in other words."""
    return _rewrite(page, edition, rng, *rng.choice(_WORDINGS), "wording")


def slip(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """A slip of the pen: a doubled character, or another sign."""
    old, new = rng.choice((("的", "的的"), ("，", "、"), ("办理", "办里")))
    return _rewrite(page, edition, rng, old, new, "typo")


def reformat(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """A half-width sign and a blank where a full-width one was."""
    return _rewrite(page, edition, rng, "，", ", ", "formatting")


def add_sentence(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """One sentence more."""
    places = _paragraphs(page, "。$")
    place = rng.choice(places)
    sentence = f"第{edition}次更新时补充说明{rng.randint(100, 999)}项内容。"
    text = page.pieces[place].text  # type: ignore[union-attr]
    planted = Planted(page.id, edition, "text", "added", None, sentence)
    return _with(page, place, Paragraph(text + sentence)), [planted]


def add_paragraph(
    page: Page, edition: int, rng: random.Random
) -> tuple[Page, list[Planted]] | None:
    """One paragraph of one sentence more."""
    place = rng.choice(_paragraphs(page, "。$"))
    sentence = make_sentence(rng)
    planted = Planted(page.id, edition, "text", "added", None, sentence)
    return _with(page, place, page.pieces[place], Paragraph(sentence)), [planted]


def drop_sentence(
    page: Page, edition: int, rng: random.Random
) -> tuple[Page, list[Planted]] | None:
    """One sentence less."""
    places = _paragraphs(page, "。.*。$")
    if not places:
        return None
    place = rng.choice(places)
    first, rest = re.split("(?<=。)", page.pieces[place].text, maxsplit=1)  # type: ignore[union-attr]
    planted = Planted(page.id, edition, "text", "removed", first, None)
    return _with(page, place, Paragraph(rest)), [planted]


def add_row(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """A row of the province's own in the table of 2014."""
    grids = [
        place
        for place, piece in enumerate(page.pieces)
        if isinstance(piece, tuple) and len(piece) > 30
    ]
    if not grids or any(len(row) != 3 for row in page.pieces[grids[0]]):
        return None
    grid: Grid = page.pieces[grids[0]]  # type: ignore[assignment]
    at = rng.randint(3, len(grid) - 2)
    texts = (f"其中：第{edition}类补报数", "件", str(rng.randint(1, 99)))
    changed = (*grid[:at], tuple(map(Box, texts)), *grid[at:])
    planted = Planted(page.id, edition, "cell", "added", None, "\t".join(texts))
    return _with(page, grids[0], changed), [planted]


def attach(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """A file more at the end of the text."""
    name = f"/files/{page.id}-{edition}-{rng.randint(10, 99)}.doc"
    planted = Planted(page.id, edition, "attachment", "added", None, name.rsplit("/", 1)[-1])
    return replace(page, files=(*page.files, name)), [planted]


def retitle(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """Another title."""
    del rng
    title = page.title.replace("政府信息公开工作年度报告", "政府信息公开工作报告")
    if title == page.title:
        return None
    return replace(page, title=title), [
        Planted(page.id, edition, "metadata", "wording", page.title, title)
    ]


def move(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """The same page at another address, the old one gone."""
    path = f"/new{edition}/{rng.randint(1000, 9999)}_{page.id}.html"
    planted = Planted(page.id, edition, "status", "status", HOST + page.path, HOST + path)
    return replace(page, path=path), [planted]


def withdraw(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """The page gone."""
    del rng
    planted = Planted(page.id, edition, "status", "status", HOST + page.path, None)
    return replace(page, status=404), [planted]


def flicker(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """The page gone, and there again eight days later."""
    del edition, rng
    return replace(page, flickers=True), []


def block(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """An answer of a firewall: says nothing about the report."""
    del edition, rng
    return replace(page, status=403), []


def recode(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """The same text in another encoding."""
    del edition, rng
    return replace(page, codec="gbk" if page.codec == "utf-8" else "utf-8"), []


def reskin(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """Other menus around the same text."""
    del edition
    return replace(page, look=rng.randint(10, 99)), []


def leave(page: Page, edition: int, rng: random.Random) -> tuple[Page, list[Planted]] | None:
    """Nothing but the counter of visitors."""
    del edition, rng
    return page, []


DEEDS: tuple[Deed, ...] = (
    change_cell, change_cell, change_figure, change_words, slip, reformat, add_sentence,
    add_paragraph, drop_sentence, add_row, attach, retitle, move, withdraw, flicker, block, recode, reskin,
    leave, leave,
)  # fmt: skip


def publish(
    count: int, editions: int, seed: int = SEED
) -> Iterator[tuple[int, list[Page], list[Planted], Counter[str]]]:
    """Yield every edition: its number, its pages, and the changes planted in it."""
    rng = random.Random(seed)
    pages = [
        Page(serial, f"/nb/{serial}.html", report.title, report.published, compose(report))
        for serial, report in enumerate(make_reports(count, rng))
    ]
    pages = [replace(page, born=0 if rng.random() < 0.9 else 1) for page in pages]
    latest: dict[int, tuple[Page, list[Planted]]] = {}
    yield 0, [page for page in pages if not page.born], [], Counter()
    for edition in range(1, editions):
        planted: list[Planted] = []
        deeds: Counter[str] = Counter()
        for place, page in enumerate(pages):
            if page.born == edition:
                planted.append(
                    Planted(page.id, edition, "status", "status", None, HOST + page.path)
                )
                continue
            page = replace(page, flickers=False)  # noqa: PLW2901 - it is there again
            before = replace(page, look=-edition) if edition == REDESIGN else page
            name, after, changes = _act(before, edition, latest.pop(page.id, None), rng)
            deeds[name] += 1
            planted += changes
            if changes and changes[0].kind != "status":
                latest[page.id] = before, changes
            pages[place] = after
        yield edition, [page for page in pages if page.born <= edition], planted, deeds


def _act(
    page: Page, edition: int, latest: tuple[Page, list[Planted]] | None, rng: random.Random
) -> tuple[str, Page, list[Planted]]:
    """Do something to a page: bring back what was gone, or take back what was changed last."""
    if latest is not None and rng.random() < 0.25:
        back, changes = latest
        return "flip_flop", replace(back, look=page.look), [_undone(one) for one in changes]
    if page.status == 403:
        return "unblock", replace(page, status=200), []
    if page.status == 404:
        if rng.random() < 0.5:
            return "gone", page, []
        planted = Planted(page.id, edition, "status", "status", None, HOST + page.path)
        return "restore", replace(page, status=200), [planted]
    while True:
        deed = rng.choice(DEEDS)
        done = deed(page, edition, rng)
        if done is not None:
            return deed.__name__, *done


def reorganise(pages: Sequence[Page], edition: int) -> tuple[list[Page], Planted]:
    """The pages with a quarter of those that are still there gone together."""
    there = [page for page in pages if page.status != 404]
    gone = [page for page in there if page.status == 200][: len(there) // 4]
    left = str(len(there) - len(gone))
    planted = Planted(PORTAL, edition, "status", "status", str(len(there)), left)
    return [replace(p, status=404) if p in gone else p for p in pages], planted


def _undone(planted: Planted) -> Planted:
    """The change that takes another one back, an edition later."""
    natures: dict[Nature, Nature] = {"added": "removed", "removed": "added"}
    return replace(
        planted,
        edition=planted.edition + 1,
        nature=natures.get(planted.nature, planted.nature),
        before=planted.after,
        after=planted.before,
    )


def _body(page: Page, edition: int) -> bytes:
    rng = random.Random(f"{page.id}/{page.look}")
    menu = "".join(f"<li><a href='/c{n}/'>栏目{rng.randint(1, 99)}</a></li>" for n in range(30))
    article = "\n".join(draw(piece, random.Random(page.id)) for piece in _plain(page.pieces))
    files = "".join(f'<p><a href="{name}">附件{name[-6:-4]}</a></p>' for name in page.files)
    box = "TRS_Editor" if page.look >= 0 else "article-content"
    visits = page.id * 7 + edition
    text = (
        f'<!DOCTYPE html><html><head><meta charset="{page.codec}"><title>{escape(page.title)}</title>'
        f'</head><body class="look{page.look}"><ul>{menu}</ul><h1>{escape(page.title)}</h1>'
        f"<div>发布时间：{page.published} 浏览次数：{visits}</div>"
        f'<div class="{box}">{article}{files}</div><div class="footer">演示数据 {page.look}</div>'
        "</body></html>"
    )
    return text.encode(page.codec, "xmlcharrefreplace")


def _plain(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with headings as plain paragraphs: ``draw`` adds sentences below a heading."""
    return [Paragraph(piece.text) if isinstance(piece, Heading) else piece for piece in pieces]


class Press:
    """Writes what a crawl of every edition would have seen, and ingests it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ingest = Ingest(folder)
        self.paths: dict[int, list[str]] = {}

    def see(
        self, edition: int, pages: Sequence[Page], day: int = FIRST_LOOK, *, is_out: bool = False
    ) -> None:
        """Capture all addresses that are known, new ones last, as a revisit and a walk do.

        With ``is_out`` the portal answers 404 for everything, its lists included.
        """
        run = f"run{edition}x{day}"
        writer = WarcWriter(
            self.folder / "warc", run=run, software="bench", collector="bench", vantage="none",
            robots="none",
        )  # fmt: skip
        date = f"2026-{edition + 1:02}-{day:02}"
        serial = 0
        for page in pages:
            known = self.paths.setdefault(page.id, [])
            if page.path not in known:
                known.append(page.path)
            for path in known:
                serial += 1
                gone = is_out or path != page.path or (page.flickers and day == FIRST_LOOK)
                status = 404 if gone else page.status
                body = _body(page, edition) if status == 200 else b""
                clock = f"{date}T{serial // 3600:02}:{serial // 60 % 60:02}:{serial % 60:02}.000Z"
                head = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\n\r\n".encode()
                capture = Capture(
                    url=HOST + path,
                    captured_at=clock,
                    status=status,
                    header_block=head,
                    body=body,
                    run=run,
                    portal="editions",
                    role="document",
                )
                self.ingest.capture(writer.write(capture, b"GET / HTTP/1.1\r\n\r\n"))
        if not is_out:
            listed = [HOST + page.path for page in pages if page.status != 404]
            facts = {
                "portal": "editions", "outcome": "complete", "declared": len(listed),
                "found": len(listed), "reason": None, "listed": listed,
            }  # fmt: skip
            note = Note("walk", HOST + "/", f"{date}T23:00:00.000Z", run, facts)
            self.ingest.note(writer.write_note(note))
        writer.close()
        self.ingest.settle()

    def changes(self) -> list[tuple[object, ...]]:
        """Report, edition, kind, nature, before and after of every change in the database."""
        rows = self.ingest.store.db.execute(
            "SELECT d.url, substr(c.first_seen_after, 6, 2) - 1, c.kind, c.nature, c.before,"
            " c.after FROM changes c LEFT JOIN documents d ON d.key = c.document ORDER BY c.key"
        ).fetchall()
        owner = {HOST + path: page for page, paths in self.paths.items() for path in paths}
        return [(owner.get(row[0], PORTAL), *row[1:]) for row in rows]


def _is_told(planted: Planted, found: tuple[object, ...]) -> bool:
    """Whether a change in the database is the planted one, whatever it is called."""
    report, edition, kind, _, *sides = found
    if (report, edition, kind == "status") != (
        planted.report,
        planted.edition,
        planted.kind == "status",
    ):
        return False
    if planted.kind == "attachment":
        return all(
            (want or "") in str(side)
            for want, side in zip((planted.before, planted.after), sides, strict=True)
        )
    return sides == [planted.before, planted.after]


def measure(count: int, editions: int = EDITIONS, seed: int = SEED) -> Score:
    """Return the score of one run, in a folder that is removed afterwards."""
    score = Score()
    planted: list[Planted] = []
    with tempfile.TemporaryDirectory() as name:
        press = Press(Path(name))
        for edition, pages, changes, deeds in publish(count, editions, seed):
            press.see(edition, pages)
            press.see(edition, pages, SECOND_LOOK)
            if edition == OUTAGE:
                press.see(edition, pages, LATE_LOOKS[0], is_out=True)
                press.see(edition, pages, LATE_LOOKS[0] + 1)
            planted += changes
            score.deeds += deeds
        rest, reorganised = reorganise(pages, edition)
        for day in LATE_LOOKS:
            press.see(edition, rest, day)
        planted.append(reorganised)
        score.deeds["reorganise"] += 1
        found = press.changes()
        press.ingest.close()
    score.planted, score.found = len(planted), len(found)
    left = list(found)
    for one in planted:
        match = next((row for row in left if _is_told(one, row)), None)
        if match is None:
            score.missed.append(one)
            continue
        left.remove(match)
        score.right += 1
        if match[2:4] == (one.kind, one.nature):
            score.classified += 1
        else:
            score.misnamed.append((one, match))
    score.invented = left
    return score


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare planted changes with those found.")
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--editions", type=int, default=EDITIONS)
    parser.add_argument("--misses", type=int, default=0, help="so many examples of each fault")
    options = parser.parse_args()
    score = measure(options.reports, options.editions)
    print(f"{options.reports} reports over {options.editions} editions")
    print(", ".join(f"{deed} {times}" for deed, times in sorted(score.deeds.items())))
    print(f"planted {score.planted}, found {score.found}, both {score.right}")
    print(f"precision {score.precision:.2%}, recall {score.recall:.2%} (goal: at least 99 %)")
    print(f"kind and nature right {score.classification:.2%} (goal: at least 97 %)")
    for title, faults in (
        ("missed", score.missed),
        ("invented", score.invented),
        ("misnamed", score.misnamed),
    ):
        for fault in faults[: options.misses]:
            print(title, fault)


if __name__ == "__main__":
    main()
