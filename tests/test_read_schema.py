"""The JSON of a reading has exactly the documented shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from archive.reading import read, reading_to_json
from crawler.demo.editions import first_edition
from crawler.demo.pages import build_site
from parsers.metadata import METADATA_IDS
from tests.conftest import ROOT

_SCHEMA = json.loads((ROOT / "docs" / "read.schema.json").read_text(encoding="utf-8"))
_VALIDATOR = Draft202012Validator(_SCHEMA)


def _problems(body: bytes, name: str = "") -> list[str]:
    """What the schema says against the JSON of ``body``, after a round trip through text."""
    printed = json.dumps(reading_to_json(read(body, name=name)), ensure_ascii=False)
    return [error.message for error in _VALIDATOR.iter_errors(json.loads(printed))]


def test_the_schema_is_a_schema_and_knows_every_metadata_id() -> None:
    """The schema is valid and lists exactly the metadata ids that the parsers give."""
    Draft202012Validator.check_schema(_SCHEMA)
    metadata = _SCHEMA["$defs"]["document"]["properties"]["metadata"]
    assert sorted(metadata["required"]) == sorted(METADATA_IDS)


def test_every_page_of_the_demo_has_the_documented_shape() -> None:
    """Reports in every form, lists, notices, the damaged page and the PDF all fit the schema."""
    site = build_site(first_edition())
    assert {
        place: problems
        for place, page in site.items()
        if (problems := _problems(page.body, place[1]))
    } == {}


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_every_seed_has_the_documented_shape(corpus: Path, number: str) -> None:
    """The five real documents fit the schema."""
    (path,) = (corpus / "seeds").glob(f"{number}_*.txt")
    assert _problems(path.read_bytes(), path.name) == []


@given(st.binary(max_size=200))
def test_any_bytes_have_the_documented_shape(body: bytes) -> None:
    """Whatever a server sends, reading it gives the documented JSON and no exception."""
    assert _problems(body) == []


def test_the_schema_refuses_what_it_does_not_describe() -> None:
    """A further key or a number as text does not fit."""
    document = json.loads(json.dumps(reading_to_json(read("2023年年报".encode()))))
    assert not list(_VALIDATOR.iter_errors(document))
    assert list(_VALIDATOR.iter_errors(document | {"more": 1}))
    document["report"]["year"] = "2023"
    assert list(_VALIDATOR.iter_errors(document))
