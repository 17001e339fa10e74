"""What findings say, in Chinese.

Findings are kept in the English words in which they are made; those are public data.  This module
decides how they are said in Chinese, by the templates of ``finding_messages.toml``.  What none of
them fits is left to the caller, who shows it as it is.

Messages hold the text of foreign pages.  A template is tried in time linear in the message: each
of its words is sought once, from the left, and never again.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from archive.site.frame import Page, catalogue
from parsers.forms import CONCEPTS, FIELDS

_OTHERS = "others"
# "1 2 3" is a number and "2 3": places in places are said so far down
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Template:
    """English words with places, and the Chinese; ``groups`` are those that say a place."""

    english: re.Pattern[str]
    chinese: str
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FindingWords:
    """The templates of each group, in order, and the groups of the rules that name one."""

    groups: Mapping[str, Sequence[Template]]
    rules: Mapping[str, str]

    def say(self, rule: str, message: str) -> str | None:
        """Return the message of a finding in Chinese; ``None`` where no template fits it."""
        return self._say(self.rules.get(rule, _OTHERS), message, _DEEPEST)

    def _say(self, group: str, text: str, depth: int) -> str | None:
        if group not in self.groups:
            return _name(group, text)
        if not depth:
            return text
        for template in self.groups[group]:
            found = template.english.fullmatch(text)
            said = found and {
                name: self._say(template.groups[name], place, depth - 1)
                for name, place in found.groupdict().items()
            }
            if said is not None and None not in said.values():
                return template.chinese.format(**said)
        return None


def add_chinese(findings: Iterable[dict[str, object]], page: Page) -> None:
    """Give rows with a rule and a message their Chinese words, on Chinese pages where there are any."""
    words = finding_words()
    for one in findings:
        is_told = page.language == "zh" and one["message"] is not None
        one["chinese"] = words.say(str(one["rule"]), str(one["message"])) if is_told else None


@cache
def finding_words() -> FindingWords:
    """Return all templates."""
    file = files("archive") / "site" / "finding_messages.toml"
    told = tomllib.loads(file.read_text("utf-8"))
    rules = {rule: name for name, group in told.items() for rule in group.pop("rules", ())}
    groups = {
        name: [_template(english, chinese) for english, chinese in group.items()]
        for name, group in told.items()
    }
    return FindingWords(groups, rules)


def _template(english: str, chinese: str) -> Template:
    """Return a template whose places each end where the words after them first stand."""
    pattern, groups, open_place = "", {}, ""
    for literal, name, group, _ in string.Formatter().parse(english):
        words = re.escape(literal)
        pattern += f"(?>{open_place}{words})" if name and open_place else open_place + words
        open_place = ""
        if name:
            open_place = f"(?P<{name}>.*?)"
            groups[name] = group or ""
    pattern += open_place
    return Template(re.compile(pattern, re.DOTALL), chinese, groups)


def _name(group: str, text: str) -> str:
    """Return the Chinese name of a field, a concept or what a table holds; others stay as they are."""
    if group == "field":
        return f"“{FIELDS[text].label}”" if text in FIELDS else text
    if group == "concept":
        return f"“{CONCEPTS[text].label}”" if text in CONCEPTS else text
    words = catalogue().get(f"{group}.{text}")
    return words["zh"] if words else text
