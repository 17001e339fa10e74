"""What other libraries make of the same pages and texts.

Runs in an environment of its own (``.venv-peers``, from ``peers.lock``) and imports nothing of
this project.  Detectors get the benefit of the doubt: their label is decoded with the superset
of its codec (GB18030 for GB2312 and GBK, Big5 with the Hong Kong characters), errors replaced.

``python bench/peers.py answer CASES ANSWERS`` · ``convert LINES LINES`` ·
``readings CHARACTERS READINGS`` · ``time PAGE TIMES``
"""

from __future__ import annotations

import base64
import codecs
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cchardet
import chardet
import ftfy
from charset_normalizer import from_bytes
from opencc_purepy import OpenCC
from pypinyin import pinyin
from resiliparse.parse.encoding import bytes_to_str, detect_encoding
from scrapy.http import HtmlResponse
from w3lib.encoding import html_to_unicode

Reader = Callable[[bytes, "str | None"], str]

_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "utf-8-sig": "utf-8-sig",
    "ascii": "utf-8",
}
_CHINESE = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "big5hkscs",
    "utf-16-le",
    "utf-16-be",
)


def decode(body: bytes, label: str | None) -> str:
    """Return the text under a detector's label, nothing where it has none."""
    if not label:
        return ""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return ""
    return body.decode(_SUPERSETS.get(name, name), "replace").removeprefix("\ufeff")


def _chardet(body: bytes, _: str | None) -> str:
    return decode(body, chardet.detect(body)["encoding"])


def _chardet_chinese(body: bytes, _: str | None) -> str:
    found = chardet.detect(body, include_encodings=_CHINESE, no_match_encoding="utf-8")
    return decode(body, found["encoding"])


def _charset_normalizer(body: bytes, _: str | None) -> str:
    best = from_bytes(body).best()
    return decode(body, best.encoding if best else None)


def _cchardet(body: bytes, _: str | None) -> str:
    return decode(body, cchardet.detect(body)["encoding"])


def _resiliparse_label(body: bytes, _: str | None) -> str:
    return decode(body, detect_encoding(body))


def _resiliparse(body: bytes, _: str | None) -> str:
    return str(bytes_to_str(body, detect_encoding(body, from_html_meta=True)))


def _scrapy(body: bytes, content_type: str | None) -> str:
    headers = {"Content-Type": content_type} if content_type else {}
    return HtmlResponse("http://page.test/", headers=headers, body=body).text


def _w3lib(body: bytes, content_type: str | None) -> str:
    return str(html_to_unicode(content_type, body)[1])


READERS: dict[str, Reader] = {
    "chardet": _chardet,
    "chardet, Chinese codecs only": _chardet_chinese,
    "charset-normalizer": _charset_normalizer,
    "cchardet": _cchardet,
    "Resiliparse label": _resiliparse_label,
    "Resiliparse": _resiliparse,
    "Scrapy": _scrapy,
    "w3lib": _w3lib,
}
REPAIRERS: dict[str, Callable[[str], str]] = {
    "ftfy.fix_text": ftfy.fix_text,
    "ftfy.fix_encoding": ftfy.fix_encoding,
}


def _read(reader: Reader, body: bytes, content_type: str | None) -> str:
    """Return the reader's answer; a library that raises has none."""
    try:
        return reader(body, content_type).removeprefix("\ufeff")
    except Exception as error:  # noqa: BLE001
        return f"!{error}"


def answer(source: Path, target: Path) -> None:
    """Write what every library makes of every case: one JSON object a line."""
    with source.open(encoding="utf-8") as cases, target.open("w", encoding="utf-8") as answers:
        for line in cases:
            case = json.loads(line)
            if "body" in case:
                body = base64.b64decode(case["body"])
                found = {
                    name: _read(reader, body, case["content_type"])
                    for name, reader in READERS.items()
                }
            else:
                found = {name: mend(case["text"]) for name, mend in REPAIRERS.items()}
            answers.write(json.dumps(found, ensure_ascii=True) + "\n")


def convert(source: Path, target: Path) -> None:
    """Write the lines in traditional characters, as Taiwan writes them."""
    converter = OpenCC("s2tw")
    lines = json.loads(source.read_text("utf-8"))
    target.write_text(json.dumps([converter.convert(line) for line in lines]), "utf-8")


def read_aloud(source: Path, target: Path) -> None:
    """Write the usual reading of each character, with its tone mark."""
    chars = json.loads(source.read_text("utf-8"))
    target.write_text(json.dumps([pinyin(char)[0][0] for char in chars]), "utf-8")


def measure(source: Path, target: Path) -> None:
    """Write the best of several times of every reader on one page, in strict decodes of it."""
    body = source.read_bytes()
    codec = "gb18030" if source.suffix == ".gbk" else "utf-8"
    same = body.decode(codec).encode("gb18030")
    base = best_of(lambda: same.decode("gb18030"))
    text = body.decode(codec)
    times = {name: best_of(lambda f=f: f(body, None)) / base for name, f in READERS.items()}
    times |= {name: best_of(lambda f=f: f(text)) / base for name, f in REPAIRERS.items()}
    target.write_text(json.dumps(times), "utf-8")


def best_of(work: Callable[[], object], seconds: float = 0.3) -> float:
    """Return the least time of one call, over at least three calls."""
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Do what the command line says."""
    logging.disable(logging.CRITICAL)
    which, source, target = sys.argv[1:]
    work = {"answer": answer, "convert": convert, "readings": read_aloud, "time": measure}[which]
    work(Path(source), Path(target))


if __name__ == "__main__":
    main()
