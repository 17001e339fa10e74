"""The signed list of files: a true archive has nothing wrong, and no change stays unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import BrokenArchive
from archive.manifest import KEY, MANIFEST, PUBLIC_KEY, check, enter, entries, sha256_of
from archive.recovery import finish
from tests.test_warc import ASKED, PAGE, writer


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive of three finished files, all in the manifest."""
    for number in range(3):
        out = writer(tmp_path / "warc")
        out.write(replace(PAGE, url=f"http://portal.test/{number}"), ASKED)
        out.close()
    assert len(finish(tmp_path)) == 3
    return tmp_path


def test_a_true_archive_has_nothing_wrong(archive: Path) -> None:
    """Each file is entered once, with what it is; entering again adds nothing."""
    assert check(archive) == ()
    for name, entry in entries(archive).items():
        path = archive / "warc" / name
        assert (entry.size, entry.sha256) == (path.stat().st_size, sha256_of(path))
        assert entry.captures == 1
    before = (archive / MANIFEST).read_bytes()
    assert finish(archive) == []
    assert (archive / MANIFEST).read_bytes() == before


def test_the_signing_key_is_for_its_owner_only(archive: Path) -> None:
    """The private key is readable by nobody else; the public one is what the lines name."""
    assert (archive / KEY).stat().st_mode & 0o077 == 0
    public = (archive / PUBLIC_KEY).read_text("ascii").strip()
    assert {entry.key for entry in entries(archive).values()} == {public}


def test_an_archive_without_files_has_nothing_wrong(tmp_path: Path) -> None:
    """Nothing kept is nothing to doubt."""
    assert check(tmp_path) == ()


Change = Callable[[Path], object]


def lines(archive: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the lines of a manifest."""
    path = archive / MANIFEST
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def flip(archive: Path, number: int) -> None:
    """Change one bit in the middle of a file."""
    path = sorted((archive / "warc").iterdir())[number]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def forge(line: bytes, **values: object) -> bytes:
    """Return a line that says something else under the same signature."""
    return json.dumps(json.loads(line) | values).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda a: flip(a, 1), {("file_changed", 2)}),
        (lambda a: min((a / "warc").iterdir()).unlink(), {("file_missing", 1)}),
        (
            lambda a: sorted((a / "warc").iterdir())[2].write_bytes(b"shorter"),
            {("file_changed", 3)},
        ),
        (lambda a: lines(a, lambda old: old[1:]), {("chain_broken", 1), ("not_entered", None)}),
        (
            lambda a: lines(a, lambda old: [old[0], old[2]]),
            {("chain_broken", 2), ("not_entered", None)},
        ),
        (
            lambda a: lines(a, lambda old: [old[1], old[0], old[2]]),
            {("chain_broken", 1), ("chain_broken", 2), ("chain_broken", 3)},
        ),
        (
            lambda a: lines(a, lambda old: [*old[:2], forge(old[2], captures=9)]),
            {("signature_wrong", 3)},
        ),
        (
            lambda a: lines(a, lambda old: [forge(old[0], entered_at="2020-01-01T00:00:00Z"), *old[1:]]),
            {("signature_wrong", 1), ("chain_broken", 2)},
        ),
        (
            lambda a: lines(a, lambda old: [*old[:1], b"not JSON\n", *old[1:]]),
            {("line_unreadable", 2), ("chain_broken", 3)},
        ),
        (lambda a: lines(a, lambda old: old[:2]), {("not_entered", None)}),
        (lambda a: lines(a, lambda old: [*old[:2], old[2][:-9]]), {("line_torn", 3), ("not_entered", None)}),
    ],
    ids=[
        "a bit",
        "a file is gone",
        "a file is shorter",
        "the first line is gone",
        "a line is gone",
        "lines change places",
        "a line says something else",
        "the first line says something else",
        "a foreign line",
        "the last line is gone",
        "the last line is torn",
    ],
)  # fmt: skip
def test_every_change_is_seen_and_placed(
    archive: Path, change: Change, expected: set[tuple[str, int | None]]
) -> None:
    """A change of a file or of a line is said with the line, and nothing else is."""
    change(archive)
    assert {(problem.rule, problem.line) for problem in check(archive)} == expected


def test_a_chain_signed_anew_is_seen_by_who_knows_the_key(archive: Path) -> None:
    """Whoever can replace key and lines passes the local check, but not that of a known key."""
    known = (archive / PUBLIC_KEY).read_text("ascii").strip()
    for name in (MANIFEST, KEY, PUBLIC_KEY):
        (archive / name).unlink()
    flip(archive, 0)
    finish(archive)
    assert check(archive) == ()
    assert {problem.rule for problem in check(archive, known)} == {"key_unknown"}


def test_a_file_that_was_changed_on_purpose_is_entered_again_with_the_reason(archive: Path) -> None:
    """The later line of a name counts, and both stay."""
    path = min((archive / "warc").iterdir())
    path.write_bytes(path.read_bytes()[:200])
    entered = enter(archive, path, 0, reason="withheld: w1")
    assert entered is not None
    assert check(archive) == ()
    assert entries(archive)[path.name].reason == "withheld: w1"
    assert len((archive / MANIFEST).read_bytes().splitlines()) == 4


def test_a_torn_line_is_cut_before_the_next_is_written(archive: Path) -> None:
    """Power may fail while a line is written: its file is entered again and the chain holds."""
    lines(archive, lambda old: [*old[:2], old[2][:50]])
    assert len(finish(archive)) == 1
    assert check(archive) == ()


def test_a_manifest_that_cannot_be_read_is_not_written_to(archive: Path) -> None:
    """Nothing is chained to a line that nobody can read."""
    lines(archive, lambda old: [*old[:2], b"[]\n"])
    with pytest.raises(BrokenArchive, match="line 3"):
        finish(archive)
