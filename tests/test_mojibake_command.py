"""``python -m parsers.mojibake``: text in, text out, a recipe that leads there again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.demo.damage import damage_like_gansu
from tests.conftest import ROOT

CLEAN = (
    "本单位严格执行国家规定，网络监督机制较为完善，发现问题及时报告，处理结果对外公布。\n"
    "全年共收到申请12件，比上年增长5%，请求事项均已按时答复，无复议和诉讼。\n"
)
BROKEN = damage_like_gansu(CLEAN)
FOLDED = CLEAN.replace("，", ",")


def filtered(given: bytes, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    """Run the filter."""
    command = [sys.executable, "-m", "parsers.mojibake", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, cwd=cwd)


def test_repairs_standard_input() -> None:
    """Damaged text comes out repaired, and nothing else is printed."""
    done = filtered(BROKEN.encode())
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, FOLDED, b"")


@pytest.mark.parametrize("text", ["", "\n", "政府信息公开\r\n（PPP）", "no Chinese\n", CLEAN])
def test_passes_clean_text_through(text: str) -> None:
    """Clean text comes out byte for byte, line ends included, with an empty recipe."""
    done = filtered(text.encode(), "--explain")
    assert (done.returncode, done.stdout, done.stderr) == (0, text.encode(), b"")


def test_explains_each_repair_as_one_line() -> None:
    """Every repair is a JSON object that says where, what, by which rule and how surely."""
    done = filtered(BROKEN.encode(), "--explain")
    assert done.stdout.decode() == FOLDED
    found = [json.loads(line) for line in done.stderr.decode().splitlines()]
    repairs = [entry for entry in found if "finding" not in entry]
    assert {"start", "end", "before", "after", "rule", "exact", "margin"} == set(repairs[0])
    assert all(BROKEN[one["start"] : one["end"]] == one["before"] for one in repairs)


def test_a_recipe_replays(tmp_path: Path) -> None:
    """The recipe written to a file leads from the received text to the repaired one."""
    recipe = tmp_path / "recipe.jsonl"
    explained = filtered(BROKEN.encode(), "--explain", str(recipe))
    assert (explained.returncode, explained.stderr) == (0, b"")
    done = filtered(BROKEN.encode(), "--replay", str(recipe))
    assert (done.returncode, done.stdout) == (0, explained.stdout)


@pytest.mark.parametrize(
    ("given", "recipe", "told"),
    [
        (b"\xd5\xfe\xb8\xae", "", "the text: not UTF-8 at byte 0"),
        ("公开".encode(), "no JSON", "line 1 of the recipe"),
        ("公开".encode(), '{"start": 0}', "line 1 of the recipe"),
        ("公开".encode(), "[1, 2]", "line 1 of the recipe"),
        (
            "公开".encode(),
            (
                '\n{"start": 0, "end": 1, "before": "私", "after": "公", "rule": "r", "exact": true,'
                ' "margin": null}'
            ),
            "does not fit the text at 0",
        ),
    ],
)
def test_refuses_what_it_cannot_use(given: bytes, recipe: str, told: str, tmp_path: Path) -> None:
    """Other encodings and recipes that do not fit end with status 1, a reason and no text."""
    path = tmp_path / "recipe"
    path.write_text(recipe, "utf-8")
    done = filtered(given, "--replay", str(path))
    assert (done.returncode, done.stdout) == (1, b"")
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_missing_recipe_and_wrong_usage_have_their_status(tmp_path: Path) -> None:
    """A recipe that is not there is a failure (1), two ways at once are wrong usage (2)."""
    assert filtered(b"", "--replay", str(tmp_path / "none")).returncode == 1
    assert filtered(b"", "--replay", "a", "--explain", "b").returncode == 2
    assert filtered(b"", "unknown").returncode == 2
