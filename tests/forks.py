"""The real ``scrapy`` command in a fork of one process that has loaded the project before.

This module decides how a command runs without starting Python and loading Scrapy and all of the
project each time, which takes longer than most commands do.  Everything else is as in a process
of its own: arguments, environment, output, exit status, reactor.  Not so the seed of hashes,
which all forks share, and handlers ``atexit``, which no fork calls: tests about these, about
signals or about a terminal start the command line itself (``tests.servers.scrapy_command``).
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scrapy.cmdline import execute

from crawler import commands, extensions, middlewares, pipelines, spiders

SECONDS_MAX = 300
LOADED = [
    "tests.forks",
    "scrapy.crawler",
    "crawler.handler",
    *(
        module.name
        for package in (commands, extensions, middlewares, pipelines, spiders)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ),
]
"""What a crawl loads, but for the reactor."""

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(LOADED)


def run_fork(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Return the finished run of a command, its first word ``scrapy``, in a folder."""
    with tempfile.TemporaryDirectory() as place:
        outputs = [Path(place, name) for name in ("stdout", "stderr")]
        fork = _forks.Process(target=_run, args=(command, folder, dict(os.environ), outputs))
        fork.start()
        fork.join(SECONDS_MAX)
        if fork.exitcode is None:
            fork.kill()
            fork.join()
            raise subprocess.TimeoutExpired(command, SECONDS_MAX)
        status = fork.exitcode
        fork.close()
        return subprocess.CompletedProcess(
            command, status, *(output.read_text("utf-8") for output in outputs)
        )


def _run(
    command: Sequence[str], folder: Path, environment: dict[str, str], outputs: Sequence[Path]
) -> None:
    """Be the command: write where it is told to, then exit with its status."""
    for number, output in enumerate(outputs, 1):
        with output.open("wb") as file:
            os.dup2(file.fileno(), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(command)
    execute()
