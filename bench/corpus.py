"""The real paragraphs that the text benches damage and repair: where they lie, how they are split.

This module decides which lines of the reference documents count as clean Chinese and which
document may be used for tuning.  It reads the documents in place and keeps nothing.  It leaves
damage to ``damage`` and measuring to ``text``.

A document belongs to the tuning part where the last hexadecimal digit of the SHA-1 of its file
name is even.  A line that also stands in a tuning document is never in the measured part: the
same circular lies in several files.

``python -m bench.corpus`` prints what there is.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HtmlElement, fromstring  # type: ignore[import-untyped]

Part = Literal["tuning", "measured"]
Script = Literal["simplified", "traditional"]

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("TEST_CORPUS") or ROOT.parent / "shared")

# Folder, pattern of names, true encoding, script, whether government text.
_SOURCES: tuple[tuple[str, str, str, Script, bool], ...] = (
    ("seeds", "*.txt", "utf-8", "simplified", True),
    ("data/pages/govcn", "*.html", "utf-8", "simplified", True),
    ("data/pages/gne", "*.html", "utf-8", "simplified", True),
    ("data/pages/handan", "*.jsp", "utf-8", "simplified", True),
    ("data/reports/pingtan", "*.*", "utf-8", "simplified", True),
    ("data/encodings/gb2312", "*.*", "gb18030", "simplified", False),
    ("data/encodings/big5", "*.*", "big5hkscs", "traditional", False),
    ("data/encodings/cpython", "*-utf8.txt", "utf-8", "traditional", False),
    ("data/encodings/lying", "*UTF8.html", "utf-8", "simplified", False),
    ("data/encodings/lying", "stcn*.html", "utf-8", "simplified", False),
    ("data/encodings/lying", "gb2312_*.html", "gb18030", "simplified", False),
    ("data/encodings/short", "gb*", "gb18030", "simplified", False),
    ("data/encodings/short", "wuu*", "gb18030", "simplified", False),
    ("data/encodings/short", "big5*", "big5hkscs", "traditional", False),
    ("data/encodings/short", "utf16le*", "utf-16", "simplified", False),
)
_BROKEN = ("001_1687689499626dd9.txt",)  # the Gansu page itself
_CHINESE = re.compile(r"[\u3400-\u9fff]")
# Signs of damage: U+FFFD, private use, controls, halves of pairs, invisible characters, `办??发`,
# and the two brands that a site tool put into a seed.
_UNCLEAN = re.compile(
    r"[\ufffd\ue000-\uf8ff\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u00ad\u200b-\u200f\ufeff\u2028]"
    r"|\?\?|锟斤|烫烫|mobile288|[\u2e80-\u2fdf\uf900-\ufaff]"
)
_BLOCKS = (
    "|address|article|blockquote|br|body|center|caption|dd|div|dl|dt|fieldset|form|h1|h2|h3|h4|h5|"
    "h6|head|header|footer|hr|html|item|label|li|link|meta|nav|ol|option|p|pre|section|select|"
    "table|tbody|td|th|thead|title|tr|ul|description|pubdate|author|category|"
)
_DROPPED = frozenset({"script", "style", "noscript", "textarea"})
# <%@ page contentType="text/html" %> · <?xml version="1.0" encoding="gb2312"?> · <![CDATA[ · ]]>
_MARKS = re.compile(r"<%.*?%>|<\?xml.*?\?>|<!\[CDATA\[|\]\]>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of clean Chinese text and the document it stands in."""

    document: str
    text: str
    script: Script
    government: bool

    @property
    def chinese(self) -> int:
        """Return the number of Chinese characters."""
        return len(_CHINESE.findall(self.text))


def part_of(name: str) -> Part:
    """Return the part that a document belongs to, by its file name."""
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return "tuning" if int(digest[-1], 16) % 2 == 0 else "measured"


def paragraphs(corpus: Path, part: Part, least: int = 4) -> list[Paragraph]:
    """Return the distinct clean lines of one part, with at least so many Chinese characters."""
    own = _lines(corpus, part)
    seen = set() if part == "tuning" else {entry.text for entry in _lines(corpus, "tuning")}
    found = []
    for entry in own:
        if entry.text not in seen and entry.chinese >= least:
            found.append(entry)
        seen.add(entry.text)
    return found


@lru_cache(maxsize=4)
def _lines(corpus: Path, part: Part) -> tuple[Paragraph, ...]:
    found: list[Paragraph] = []
    for folder, pattern, encoding, script, government in _SOURCES:
        for path in sorted((corpus / folder).glob(pattern)):
            if part_of(path.name) == part and path.name not in _BROKEN:
                text = path.read_bytes().decode(encoding, "replace")
                found += (
                    Paragraph(path.name, line, script, government)
                    for line in _clean_lines(_text_of(path, text))
                )
    return tuple(found)


def _clean_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        plain = line.strip()
        if _CHINESE.search(plain) and not _UNCLEAN.search(plain):
            yield plain


def _text_of(path: Path, source: str) -> str:
    """Return the text of a document, one block a line."""
    if path.suffix in {".txt", ".bin"}:
        return source.replace("\r", "")
    plain = _MARKS.sub("", source)
    if path.suffix == ".xml":  # a feed: its entries hold escaped HTML
        plain = html.unescape(plain)
    tree = fromstring(f"<body>{plain}</body>")
    return "\n".join(re.sub(r"[ \t\r\n]+", " ", line) for line in _blocks(tree))


def _blocks(tree: HtmlElement) -> Iterator[str]:
    """Yield the text between the edges of blocks."""
    run: list[str] = []
    for event, text in _walk(tree):
        if event == "edge":
            yield "".join(run)
            run = []
        else:
            run.append(text)
    yield "".join(run)


def _walk(tree: HtmlElement) -> Iterator[tuple[Literal["edge", "text"], str]]:
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event != "end" and name in _DROPPED:
            element.text = None
        if f"|{name}|" in _BLOCKS:
            yield "edge", ""
        if event == "start" and element.text and name:
            yield "text", element.text
        if event != "start" and element.tail:
            yield "text", element.tail


def describe(entries: Iterable[Paragraph]) -> str:
    """Return the counts of a list of paragraphs in one line."""
    entries = list(entries)
    kinds = Counter("government" if one.government else f"other {one.script}" for one in entries)
    long = sum(one.chinese >= 50 for one in entries)
    names = {one.document for one in entries}
    shares = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    return (
        f"{len(entries):,} lines of {len(names)} documents ({shares}), "
        f"{long:,} of them with 50 Chinese characters and more"
    )


def main() -> None:
    """Print what there is."""
    for part in ("tuning", "measured"):
        print(f"{part}: {describe(paragraphs(CORPUS, part))}")


if __name__ == "__main__":
    main()
