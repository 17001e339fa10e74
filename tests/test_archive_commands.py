"""The commands on an archive: what they print, and their exit status."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from archive.plan import warc_files
from tests.conftest import DemoRun
from tests.servers import run_scrapy


@pytest.fixture
def archive(demo_run: DemoRun, tmp_path: Path) -> Path:
    """A copy of the demo archive that may be changed."""
    return shutil.copytree(demo_run.archive, tmp_path / "archive")


def scrapy(archive: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on an archive."""
    return run_scrapy(*words, settings={"ARCHIVE_DIR": archive})


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


def test_a_verdict_tells_what_a_person_confirmed_from_what_a_machine_saw(archive: Path) -> None:
    """Listed with its key, reviewed twice, shown with the latest verdict, also after a rebuild."""
    report = "平湖市人民政府 2020"
    before = scrapy(archive, "review", report)
    assert before.returncode == 0, before.stderr
    keys = {line.split()[0]: line for line in before.stdout.splitlines()}
    (key,) = (key for key, line in keys.items() if "results_sum" in line)
    assert all("machine only" in line for line in keys.values())
    for verdict, name in (("unclear", "甲"), ("confirmed", "乙")):
        words = ("--verdict", verdict, "--reviewer", name, "--note", "原件如此")
        assert scrapy(archive, "review", key, *words).returncode == 0
    assert scrapy(archive, "rebuild", "--jobs", "1").returncode == 0
    listed = json.loads(scrapy(archive, "review", report, "--json").stdout)
    assert {one["key"]: one["verdict"] for one in listed} == dict.fromkeys(keys) | {
        key: "confirmed"
    }
    wrong = scrapy(archive, "review", "f000000000000", "--verdict", "wrong", "--reviewer", "甲")
    assert (wrong.returncode, "no finding or change" in wrong.stderr) == (1, True)
    assert len((archive / "reviews.jsonl").read_text("utf-8").splitlines()) == 2


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


def test_ingest_takes_in_what_it_can_and_names_what_it_cannot(
    archive: Path, tmp_path: Path
) -> None:
    """A file of ours is stored once; a file that is no WARC is refused with the reason."""
    no_warc = tmp_path / "page.html"
    no_warc.write_text("<p>9</p>", "utf-8")
    (path, *_) = warc_files(archive)
    elsewhere = tmp_path / "elsewhere"
    done = scrapy(elsewhere, "ingest", "--json", str(path), str(no_warc))
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert sum(said["files"][0]["outcomes"].values()) > 10
    assert list(said["refused"]) == [str(no_warc)]
    again = scrapy(elsewhere, "ingest", "--json", str(path))
    assert (again.returncode, list(json.loads(again.stdout)["files"][0]["outcomes"])) == (
        0,
        ["known"],
    )
    assert scrapy(elsewhere, "ingest", str(path)).stderr == ""
    assert scrapy(elsewhere, "verify").returncode == 0


def test_withhold_asks_for_a_reason_and_a_decider(archive: Path) -> None:
    """Without them it is wrong usage; with them the report is gone and verify agrees."""
    report = json.loads(scrapy(archive, "verify", "--json").stdout)
    assert report == {"problems": []}
    assert scrapy(archive, "withhold", "x").returncode == 2
    words = ["--reason", "a complaint", "--decider", "the editors"]
    assert scrapy(archive, "withhold", *words, "x").returncode == 1
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        (key,) = db.execute("SELECT key FROM reports ORDER BY key").fetchone()
    done = scrapy(archive, "withhold", *words, key)
    assert done.returncode == 0, done.stderr
    assert "records sealed" in done.stdout
    assert scrapy(archive, "verify").stdout == "everything agrees\n"
