"""A disk in memory that fails on purpose, and forgets what was not synced when the power is cut."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Stored:
    data: bytearray = field(default_factory=bytearray)
    synced: int = 0  # bytes that survive a power cut
    named: bool = False  # whether the name does
    changed_at: float = 0.0


class MemoryDisk:
    """See `tickwire.store.disk.Disk`.

    Attributes:
        room: bytes that still fit; None for as many as come.
        longest_write: bytes that one write takes at most.
        before: called with the name of each operation before it is done; may raise OSError, or wait.
        now: seconds, the time of the next change.
    """

    def __init__(self) -> None:
        self.files: dict[str, _Stored] = {}
        self.room: int | None = None
        self.longest_write = 1 << 30
        self.before: Callable[[str], None] = lambda operation: None
        self.now = 0.0
        self.lock = threading.Lock()

    def names(self) -> list[str]:
        return sorted(self.files)

    def size(self, name: str) -> int:
        return len(self.files[name].data)

    def changed_at(self, name: str) -> float:
        return self.files[name].changed_at

    def read(self, name: str) -> bytes:
        self.before("read")
        return bytes(self.files[name].data)

    def create(self, name: str) -> MemoryFile:
        self.before("create")
        if name in self.files:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        self.files[name] = _Stored(changed_at=self.now)
        return MemoryFile(self, self.files[name])

    def remove(self, name: str) -> None:
        self.before("remove")
        if self.room is not None:
            self.room += len(self.files[name].data)
        del self.files[name]

    def sync_names(self) -> None:
        self.before("sync_names")
        for file in self.files.values():
            file.named = True

    def cut_power(self) -> None:
        """What was not synced is gone."""
        self.files = {name: file for name, file in self.files.items() if file.named}
        for file in self.files.values():
            del file.data[file.synced :]


class MemoryFile:
    """See `tickwire.store.disk.File`."""

    def __init__(self, disk: MemoryDisk, stored: _Stored) -> None:
        self._disk = disk
        self._stored = stored
        self._open = True

    def write(self, data: bytes) -> int:
        assert self._open
        self._disk.before("write")
        taken = data[: self._disk.longest_write]
        if self._disk.room is not None:
            if self._disk.room == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            taken = taken[: self._disk.room]
            self._disk.room -= len(taken)
        with self._disk.lock:
            self._stored.data += taken
        self._stored.changed_at = self._disk.now
        return len(taken)

    def sync(self) -> None:
        assert self._open
        size = len(self._stored.data)
        self._disk.before("sync")
        self._stored.synced = size

    def truncate(self, size: int) -> None:
        self._disk.before("truncate")
        if self._disk.room is not None:
            self._disk.room += len(self._stored.data) - size
        with self._disk.lock:
            del self._stored.data[size:]

    def close(self) -> None:
        self._open = False
