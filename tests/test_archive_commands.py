"""The commands on an archive: what they print, and their exit status."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.plan import warc_files
from tests.conftest import ROOT, DemoRun


@pytest.fixture
def archive(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A copy of the demo archive that may be changed."""
    return shutil.copytree(demo_run.archive, tmp_path / "archive")


def scrapy(archive: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on an archive."""
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *words, "-s", f"ARCHIVE_DIR={archive}"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_rebuild_compares_with_the_database_it_replaces(archive: Path) -> None:
    """A rebuild by the same parser reads nothing differently and exits with 0."""
    done = scrapy(
        archive, "rebuild", "--jobs", "1", "--compare", str(archive / "archive.db"), "--json"
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["damage"], said["differences"], said["steps"] > 50) == ([], [], True)


def test_verify_exits_with_1_where_a_record_is_damaged(archive: Path) -> None:
    """Damage is printed with its place; a whole archive exits with 0."""
    whole = scrapy(archive, "verify")
    assert (whole.returncode, whole.stdout) == (0, "everything agrees\n")
    path = warc_files(archive)[0]
    path.write_bytes(path.read_bytes()[:-100])
    broken = scrapy(archive, "verify")
    assert broken.returncode == 1
    assert f"{path.name} at byte " in broken.stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["verify"], 1),
        (["rebuild"], 1),
        (["verify", "x"], 2),
        (["rebuild", "--jobs", "0"], 2),
        (["rebuild", "--compare", "nothing.db"], 2),
        (["rebuild", "--unknown"], 2),
    ],
)
def test_wrong_usage_exits_with_2_and_a_missing_archive_with_1(
    tmp_path: Path, words: list[str], status: int
) -> None:
    """Exit statuses can be relied on."""
    assert scrapy(tmp_path / "none", *words).returncode == status
