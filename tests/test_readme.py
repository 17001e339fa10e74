"""What the READMEs show is what the commands print."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.refresh_readme import QUERY, READMES, run_query
from tests.conftest import ROOT, DemoRun


def _readme(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_every_query_of_a_readme_prints_what_is_shown(name: str, demo_run: DemoRun) -> None:
    """Each of the three queries, run on a fresh demo archive, gives the output shown below it."""
    queries = QUERY.findall(_readme(name))
    assert len(queries) == 3
    program = str(Path(sys.executable).with_name("sqlite-utils"))
    for command, shown in queries:
        assert shown == run_query(command, program, str(demo_run.archive / "archive.db"))


@pytest.mark.parametrize("name", READMES)
def test_the_search_of_a_readme_finds_reports(name: str, demo_run: DemoRun) -> None:
    """The command between the tables can be typed as it stands there."""
    (command,) = re.findall(r"`\.venv/bin/sqlite-utils (search [^`]+)`", _readme(name))
    program = str(Path(sys.executable).with_name("sqlite-utils"))
    assert '"report": ' in run_query(command, program, str(demo_run.archive / "archive.db"))


@pytest.mark.parametrize("name", READMES)
def test_every_file_that_a_readme_names_exists(name: str) -> None:
    """Links and test files named in a README lead somewhere."""
    text = _readme(name)
    named = re.findall(r"\]\(([^)#:]+)[)#]", text) + re.findall(r"`(tests/[a-z_]+\.py)`", text)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    """The newest entry of the changelog is the version that pyproject.toml states."""
    project = tomllib.loads(_readme("pyproject.toml"))["project"]
    newest = re.search(r"^## (\S+)", _readme("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]


def test_every_make_target_of_the_readme_exists() -> None:
    """A target that the README or CONTRIBUTING names is one that the Makefile has."""
    targets = set(re.findall(r"^([a-z]+):", _readme("Makefile"), re.MULTILINE))
    named = re.findall(r"make ([a-z]+)`", _readme("README.md") + _readme("CONTRIBUTING.md"))
    assert named
    assert set(named) - targets == set()


def test_the_lock_file_names_no_address() -> None:
    """The lock file holds names, versions and hashes, and no index or file address."""
    lock = _readme("requirements.lock")
    assert "--hash=sha256:" in lock
    assert not re.search(r"https?://|file:/|--index-url|--find-links", lock)
