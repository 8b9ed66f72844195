"""The folder in which a server keeps what must outlive it. One server at a time has it."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from tickwire.errors import DataUnusable
from tickwire.store.disk import RealDisk

LOG = "log"  # the folder of the segments, within
CRASHES = "crashes"  # the folder of what led to games' breaks


class DataFolder:
    """A data folder that is ours until it is closed, or this process ends in whatever way.

    Args:
        path: of the folder; it is made, private, if it is not there.

    Attributes:
        log: the segments.

    Raises:
        DataUnusable: another server has it, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.log = RealDisk(path / LOG)
            self._lock = FileLock(path / "lock", mode=0o600)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise DataUnusable(f"another server uses {path}; end it, or give this one a folder of its own") from None
        except OSError as error:
            raise DataUnusable(f"{path} cannot be used to keep rooms in: {error.strerror or error}") from None

    def close(self) -> None:
        """Let another server have it."""
        self._lock.release()
