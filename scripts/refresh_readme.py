"""Writes the real output under each query of the READMEs.

Run by hand after a change of the demo, of the tables or of a query, on a fresh ``make demo``.
``tests/test_readme.py`` runs the same commands and compares.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
DEMO = "data/demo/archive.db"
# ```console
# $ .venv/bin/sqlite-utils query data/demo/archive.db "select 1" --table
# ```
QUERY = re.compile(
    r"```console\n\$ \.venv/bin/sqlite-utils (query data/demo/archive\.db [^\n]+)\n(.*?)```",
    re.DOTALL,
)


def run_query(command: str, program: str, database: str = DEMO) -> str:
    """What ``sqlite-utils <command>`` prints, without blanks at line ends."""
    arguments = shlex.split(command.replace(DEMO, database))
    done = subprocess.run(
        [program, *arguments], capture_output=True, encoding="utf-8", check=True, cwd=ROOT
    )
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def main() -> None:
    """Rewrite both files in place."""
    for name in READMES:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")

        def answered(found: re.Match[str]) -> str:
            output = run_query(found[1], ".venv/bin/sqlite-utils")
            return f"```console\n$ .venv/bin/sqlite-utils {found[1]}\n{output}```"

        path.write_text(QUERY.sub(answered, text), encoding="utf-8")
        print(f"{name}: {len(QUERY.findall(text))} queries answered")


if __name__ == "__main__":
    main()
