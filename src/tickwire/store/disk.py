"""The few things that a log does with files, in one folder. Tests put a disk in its place that fails on purpose."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Protocol

_PRIVATE = 0o600  # what players said and did is nobody else's business
_PRIVATE_FOLDER = 0o700


class File(Protocol):
    """A file that is appended to."""

    def write(self, data: bytes) -> int:
        """Hand bytes to the kernel; returns how many it took. Raises OSError."""

    def sync(self) -> None:
        """Wait until what was written is on the disk. Raises OSError."""

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes, and go on writing there. Raises OSError."""

    def close(self) -> None:
        """Close it. Raises OSError."""


class Disk(Protocol):
    """A folder of files, by name. All of these raise OSError."""

    def names(self) -> list[str]:
        """The files that there are, sorted."""

    def size(self, name: str) -> int:
        """Bytes of a file."""

    def changed_at(self, name: str) -> float:
        """When a file was last written to, in seconds of Unix time."""

    def read(self, name: str) -> bytes:
        """A whole file."""

    def create(self, name: str) -> File:
        """A new file; its name is on the disk once `sync_names` returns."""

    def remove(self, name: str) -> None:
        """Delete a file."""

    def sync_names(self) -> None:
        """Wait until names that were made, changed or removed are on the disk."""


class RealFile:
    """A file of the operating system's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> int:
        """See `File`."""
        return os.write(self._descriptor, data)

    def sync(self) -> None:
        """See `File`. The size is written, too; times of access are not waited for, where the system allows that."""
        getattr(os, "fdatasync", os.fsync)(self._descriptor)

    def truncate(self, size: int) -> None:
        """See `File`."""
        os.ftruncate(self._descriptor, size)
        os.lseek(self._descriptor, size, os.SEEK_SET)

    def close(self) -> None:
        """See `File`."""
        os.close(self._descriptor)


class RealDisk:
    """A folder of the operating system's; it is made, private, if it is not there.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.folder = folder

    def names(self) -> list[str]:
        """See `Disk`."""
        return sorted(entry.name for entry in os.scandir(self.folder) if entry.is_file(follow_symlinks=False))

    def size(self, name: str) -> int:
        """See `Disk`."""
        return (self.folder / name).stat().st_size

    def changed_at(self, name: str) -> float:
        """See `Disk`."""
        return (self.folder / name).stat().st_mtime

    def read(self, name: str) -> bytes:
        """See `Disk`."""
        return (self.folder / name).read_bytes()

    def create(self, name: str) -> File:
        """See `Disk`."""
        binary: int = getattr(os, "O_BINARY", 0)  # Windows would translate line ends
        return RealFile(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, _PRIVATE))

    def remove(self, name: str) -> None:
        """See `Disk`."""
        (self.folder / name).unlink()

    def sync_names(self) -> None:
        """See `Disk`. Windows keeps names in order by itself, and opens no folders."""
        with contextlib.suppress(PermissionError):
            descriptor = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
