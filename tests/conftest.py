"""What every test shares: the real corpus, and a guard that keeps tests on loopback.

This module decides where real documents are looked for and which sockets a test may open.
It leaves what is tested to the tests.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK_NAMES = frozenset({"", "localhost", "ip6-localhost", "0.0.0.0", "::"})

settings.register_profile("project", deadline=None, derandomize=False, max_examples=60)
settings.load_profile("project")


def pytest_xdist_auto_num_workers() -> int:
    """Return two workers for each processor: many a crawl waits for its turn."""
    return 2 * (os.cpu_count() or 1)


def corpus_root() -> Path:
    """Return the folder of real documents, whether or not it exists."""
    return Path(os.environ.get("TEST_CORPUS") or ROOT.parent / "shared")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real documents, or skip the test where there is none."""
    root = corpus_root()
    if not (root / "seeds").is_dir():
        pytest.skip(f"TEST_CORPUS ({root}) is missing: it has no folder seeds/")
    return root


@dataclass(frozen=True, slots=True)
class DemoRun:
    """One finished ``scrapy demo``."""

    status: int
    printed: str
    errors: str
    archive: Path


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> DemoRun:
    """Run ``scrapy demo`` once for all tests and workers; each worker has a copy of its archive."""
    own = tmp_path_factory.mktemp("demo") / "archive"
    if worker_id == "master":
        return run_demo(own)
    shared = tmp_path_factory.getbasetemp().parent / "demo"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = shared / "run.pickle"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(run_demo(shared / "archive")))
    run: DemoRun = pickle.loads(kept.read_bytes())
    return replace(run, archive=shutil.copytree(run.archive, own))


def run_demo(archive: Path) -> DemoRun:
    """Return the finished ``scrapy demo`` into a folder, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "demo", "-s", f"ARCHIVE_DIR={archive}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return DemoRun(done.returncode, done.stdout, done.stderr, archive)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Yield the one browser of the session (``tests.browser.Chromium``), or skip the test."""
    pytest.importorskip("playwright.sync_api")
    pytest.importorskip("axe_playwright_python")
    from tests import browser

    reason = browser.missing()
    if reason:
        pytest.skip(reason)
    with browser.started() as running:
        yield running


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that uses the browser in the browser's thread, where no other loop runs."""
    running = pyfuncitem.funcargs.get("chromium")
    if running is None:
        return None
    named = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in named}
    running.thread.submit(pyfuncitem.obj, **arguments).result()
    return True


def stays_here(host: object) -> bool:
    """Return whether a host name or address is this machine."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Refuse every connection and name resolution that would leave this machine."""
    connect, connect_ex, resolve = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def refuse(sock: socket.socket, address: Any) -> None:
        if sock.family != socket.AF_UNIX and not stays_here(address[0]):
            raise OSError(f"tests stay on loopback: refused {address[0]}")

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        refuse(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        refuse(sock, address)
        return connect_ex(sock, address)

    def guarded_resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        if not stays_here(host):
            raise socket.gaierror(socket.EAI_NONAME, f"tests stay on loopback: refused {host}")
        return resolve(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield
