"""The frame of the pages: two languages in every link, a navigation of what exists, safe headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from archive.change import Nature
from archive.decisions import Verdict
from archive.schema import _TABLES
from archive.site.about_page import PARTS
from archive.site.finding_words import finding_words
from archive.site.frame import NAVIGATION, Page, catalogue, day, in_thousands, is_invented
from parsers.forms import CONCEPTS, RULES
from parsers.model import FormName, Level, OrganType, Scope, Severity, SourceQuality, State
from parsers.mojibake.misreadings import MISREADINGS
from parsers.register import Relation
from tests.conftest import ROOT
from tests.test_browse import OUTSIDE
from tests.test_search_page import archive_dir, ask

__all__ = ["archive_dir"]

TEMPLATES = ROOT / "archive" / "site" / "templates"
SAID = re.compile(r"\bsay\(['\"]([a-z_]+\.[a-z_0-9]+)['\"][,)]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PAGES = [
    "/",
    "/about",
    "/regions",
    "/coverage",
    "/search",
    "/search?q=政府",
    "/report/b/evil",
    "/report/none",
]


def test_every_word_is_said_in_both_languages() -> None:
    """Each entry of the catalogue has Chinese and English words with the same facts."""
    assert catalogue()["frame.home"] == {"zh": "首页", "en": "Home"}
    for key, both in catalogue().items():
        assert all(text.strip() for text in both.values()), key
        # Words between facts; what holds facts alone needs none.
        words = re.sub(r"\{\w+\}", "", both["zh"])
        assert CHINESE.search(words) or not re.search(r"\w", words) or "other" in key, key


def test_templates_say_what_the_catalogue_has() -> None:
    """No template asks for words that are not there, nor has Chinese words of its own."""
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text("utf-8")
        for key in SAID.findall(text):
            assert key in catalogue(), (template.name, key)


def test_what_the_tables_hold_has_words() -> None:
    """Every form, scope, level, organ type, state, severity, nature and rule has a name for readers."""
    named = {
        "forms": FormName,
        "scopes": Scope,
        "levels": Level,
        "organs": OrganType,
        "qualities": SourceQuality,
        "severities": Severity,
        "natures": Nature,
        "verdicts": Verdict,
        "relations": Relation,
        "values": State,
    }
    wanted = {f"{file}.{name}" for file, words in named.items() for name in get_args(words)}
    wanted |= {f"rules.{rule.id}" for rules in RULES.values() for rule in rules}
    wanted |= {f"rules.{rule}" for rule in finding_words().rules}
    wanted |= {f"rules.{one.rule}" for one in MISREADINGS}
    wanted |= {f"comparability.{concept.comparability}" for concept in CONCEPTS.values()}
    states = re.search(r"state TEXT NOT NULL CHECK \(state IN \(([^)]*published[^)]*)\)", _TABLES)
    assert states is not None
    for state in re.findall(r"\w+", states[1]):
        wanted |= {f"states.{state}", f"states.{state}_more"}
    assert wanted - catalogue().keys() == set()


def test_templates_keep_clear_of_those_of_datasette() -> None:
    """No page of ours has the name of a template that Datasette's own pages use."""
    import datasette

    core = {file.name for file in (Path(datasette.__file__).parent / "templates").iterdir()}
    assert not core & {file.name for file in TEMPLATES.iterdir()}


def test_a_link_keeps_the_language_and_the_root() -> None:
    """Chinese needs no argument, English has one; names are quoted, empty arguments left out."""
    chinese, english = (
        Page("/search", arguments={"q": "a&b", "lang": "en"}),
        Page("/x", language="en"),
    )
    assert chinese.link("/report/b1/2020") == "/report/b1/2020"
    assert english.link("/region/甲", year=2020, page=None) == (
        "/region/%E7%94%B2?year=2020&lang=en"
    )
    assert chinese.here(page=2) == "/search?q=a%26b&page=2"
    assert chinese.elsewhere("en") == "/search?q=a%26b&lang=en"
    assert Page("/x", root="/archive/").link("/search") == "/archive/search"


@pytest.mark.parametrize(
    ("asked", "number"), [("7", 7), ("x", None), ("-1", None), ("99999", None)]
)
def test_a_number_in_an_address_is_one_or_nothing(asked: str, number: int | None) -> None:
    """What is no number within bounds is as if it were not there."""
    assert Page("/", arguments={"page": asked}).number("page") == number


def test_moments_are_days_of_beijing_and_numbers_have_thousands() -> None:
    """A capture late in the evening of UTC is one of the next day in Beijing."""
    assert day("2026-11-28T17:00:00Z") == "2026-11-29"
    assert day("2018-02") == "2018-02"
    assert day(None) == ""
    assert [in_thousands(value) for value in (12345, 0, None)] == ["12,345", "0", "None"]


def test_only_hosts_of_the_demonstration_are_invented() -> None:
    """A name that ends in .test is no real one; what is no address at all is not taken for one."""
    assert is_invented("http://www.demo-trs.test:8765/a")
    assert not any(map(is_invented, ("http://www.test.gov.cn/", "http://[", "a.test", None)))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_has_the_frame(archive_dir: Path, path: str, language: str) -> None:
    """Landmarks, one heading, a skip link, the other language; no script, style or other host."""
    address = path + ("&" if "?" in path else "?") + "lang=en" if language == "en" else path
    (page,) = ask(archive_dir, address)
    assert f'<html lang="{"en" if language == "en" else "zh-CN"}">' in page.text
    assert page.text.count("<h1") == 1
    assert '<a class="skip" href="#main">' in page.text
    assert page.text.count("<main ") == page.text.count("<header ") == 1
    assert "<nav aria-label=" in page.text
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert not OUTSIDE.search(page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_links_inside_stay_in_the_language(archive_dir: Path, language: str) -> None:
    """Every link to a page of the site keeps the language, but for the one that changes it."""
    (page,) = ask(archive_dir, "/search?q=政府" + ("&lang=en" if language == "en" else ""))
    links = re.findall(r'<a (?![^>]*rel="alternate")[^>]*href="(/(?!archive)[^"#]*)"', page.text)
    assert len(links) > 20
    assert {"lang=en" in link for link in links} == {language == "en"}


def test_the_navigation_shows_what_exists(archive_dir: Path) -> None:
    """Each entry leads to a page; an entry without a page is left out."""
    (page,) = ask(archive_dir, "/search")
    listed = re.findall(r'<li><a href="(/[a-z]*)"', page.text)
    assert "/search" in listed
    assert set(listed) <= set(NAVIGATION.values())
    assert '<a href="/search" aria-current="page">' in page.text
    assert [one.status_code for one in ask(archive_dir, *listed)] == [200] * len(listed)


def test_what_is_not_there_is_said_in_both_languages(archive_dir: Path) -> None:
    """A page of ours that names nothing answers 404 in the frame."""
    chinese, english = ask(archive_dir, "/report/none", "/report/none?lang=en")
    assert [chinese.status_code, english.status_code] == [404, 404]
    assert "没有这个页面" in chinese.text
    assert "There is no such page" in english.text


def test_the_method_is_told_in_both_languages(archive_dir: Path) -> None:
    """Every part has its heading, its words and a link from the top, in either language."""
    for path, words in (("/about", "空白不等于零"), ("/about?lang=en", "Blank is not zero")):
        (page,) = ask(archive_dir, path)
        headings = re.findall(r'<h2 id="(\w+)">', page.text)
        assert len(headings) == len(PARTS)
        assert headings == re.findall(r'<li><a href="#(\w+)">', page.text)
        assert words in page.text.partition("<footer")[0]


def palettes() -> list[dict[str, str]]:
    """Return the light and the dark colours of the style sheet by name."""
    sheet = (ROOT / "archive" / "site" / "static" / "site.css").read_text("utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL).partition("@media print")[0]
    dark = "".join(re.findall(r"prefers-color-scheme: dark\) \{\s*:root \{([^}]*)\}", sheet))
    light = "".join(re.findall(r"^:root \{([^}]*)\}", sheet, re.MULTILINE))
    return [dict(re.findall(r"--(\w+): #([0-9a-f]+);", words)) for words in (light, dark)]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours. Source: WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart(scheme: int) -> None:
    """Words have a contrast of 4.5 against their ground, signs, lines and edges of 3."""
    colours = palettes()[scheme]
    assert contrast("000000", "ffffff") == pytest.approx(21)
    for ground in ("paper", "tint"):
        for words in ("ink", "soft", "link"):
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
    for words in ("warn", "ok", "half", "lost", "shut"):
        assert contrast(colours[words], colours["paper"]) >= 3, words
    for edge in ("edge", "open", "s0", "s1"):
        assert contrast(colours[edge], colours["paper"]) >= 3, edge
    for ground in ("mark", "gone", "new"):
        assert contrast(colours["ink"], colours[ground]) >= 4.5, ground
