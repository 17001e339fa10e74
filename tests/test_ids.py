"""The ledger of public keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import BrokenArchive
from archive.ids import Ids


def test_a_key_is_minted_once_and_survives_reopening(tmp_path: Path) -> None:
    """The same name gives the same key, in this process and in the next, from one line."""
    ledger = tmp_path / "ids.jsonl"
    ids = Ids(ledger)
    key = ids.key("body", "430721/人民政府", "2026-01-01T00:00:00.000Z")
    ids.close()
    assert Ids(ledger).key("body", "430721/人民政府", "2026-02-02T00:00:00.000Z") == key
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
    assert key.startswith("b")


def test_a_torn_last_line_is_cut_off_and_minted_again(tmp_path: Path) -> None:
    """A line that was only half written is dropped and its key comes out the same."""
    ledger = tmp_path / "ids.jsonl"
    ids = Ids(ledger)
    first, second = (ids.key("document", f"http://a.test/{n}", "t") for n in "12")
    ids.close()
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:-9])
    again = Ids(ledger)
    assert again.key("document", "http://a.test/1", "t") == first
    assert again.key("document", "http://a.test/2", "t") == second
    again.close()
    assert ledger.read_bytes() == whole


def test_a_key_that_was_minted_for_another_name_stays(tmp_path: Path) -> None:
    """The ledger is asked first: a key need not follow from what it stands for."""
    ledger = tmp_path / "ids.jsonl"
    line = '{"key": "bolder", "kind": "body", "for": "430721/人民政府", "minted_at": "t"}\n'
    ledger.write_text(line, encoding="utf-8")
    ids = Ids(ledger)
    assert (
        ids.key("body", "430721/人民政府", "t") == ids.known("body", "430721/人民政府") == "bolder"
    )
    assert ids.known("document", "430721/人民政府") is None
    assert ids.known("body", "other") is None
    ids.close()
    assert ledger.read_text(encoding="utf-8") == line


def test_a_foreign_line_stops_with_its_number(tmp_path: Path) -> None:
    """A ledger that holds something else is refused, naming the file and the line."""
    ledger = tmp_path / "ids.jsonl"
    ledger.write_text("not json\n", encoding="utf-8")
    with pytest.raises(BrokenArchive, match=r"ids\.jsonl.*line 1"):
        Ids(ledger)


def test_a_redirected_key_means_the_other_from_then_on(tmp_path: Path) -> None:
    """In this process and the next; a circle is refused, saying it twice adds nothing."""
    ledger = tmp_path / "ids.jsonl"
    ids = Ids(ledger)
    old, new = (ids.key("body", name, "t") for name in ("a", "b"))
    for _ in range(2):
        ids.redirect(old, new, "2026-11-22")
    with pytest.raises(ValueError, match="would each mean the other"):
        ids.redirect(new, old, "2026-11-22")
    ids.close()
    again = Ids(ledger)
    assert (again.key("body", "a", "t"), again.known("body", "b")) == (new, new)
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 3
