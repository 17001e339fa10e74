"""The file operations that evidence depends on, in one place so that a test can let them fail.

This module decides what "on disk" means: the bytes are synced, and so is the folder that names
them.  What is written, and what to do when the disk refuses, is left to its callers.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path


class Disk:
    """Files as the operating system gives them; nothing is buffered here."""

    def create(self, path: Path) -> FileIO:
        """Return a new file for writing, locked for as long as it is open.

        Raises:
            FileExistsError: the name is taken.
        """
        file = FileIO(path, "xb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:  # taken for an empty file of a dead run
                raise FileExistsError(errno.EEXIST, "removed again before it was locked", path)
            self.sync_folder(path.parent)
        except OSError:
            file.close()
            raise
        return file

    def append(self, file: FileIO, data: bytes) -> None:
        """Write all of ``data`` at the end of ``file``.

        Raises:
            OSError: not all of it could be written, or the file was deleted meanwhile: then
                whatever is written would vanish with the process.
        """
        if os.fstat(file.fileno()).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "deleted while it was being written", file.name)
        rest = memoryview(data)
        while rest:
            rest = rest[self.write(file, rest) :]

    def write(self, file: FileIO, data: memoryview) -> int:
        """Return how many bytes the system took."""
        return file.write(data) or 0

    def sync(self, file: FileIO) -> None:
        """Return when the bytes of ``file`` are on the platter."""
        os.fsync(file.fileno())

    def cut(self, file: FileIO, length: int) -> None:
        """End ``file`` after ``length`` bytes."""
        os.ftruncate(file.fileno(), length)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its other name, for good."""
        old.rename(new)
        self.sync_folder(new.parent)

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in ``folder`` are on the platter."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # some network file systems cannot, and need not
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def add_lines(self, path: Path, lines: Iterable[bytes]) -> None:
        """Add lines to a file of lines, on the platter when this returns; a torn last one is cut off."""
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - 1, 0))
            if file.read() not in (b"", b"\n"):
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())

    def replace(self, path: Path, content: bytes | str, mode: int = 0o644) -> None:
        """Write a file that is whole under its name, or is not there at all."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with FileIO(descriptor, "wb") as file:
            self.append(file, content.encode() if isinstance(content, str) else content)
            self.sync(file)
        self.rename(draft, path)


DISK = Disk()
