"""Which connections are open, whoever serves them: counted, logged, and waited for at the end."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

from tickwire.net.connection import Link

log = logging.getLogger("tickwire.gateway")

REST = 1.0  # seconds between two lines that say how many are open


class Connections:
    """The open connections of a server.

    Attributes:
        all_gone: set while none is open.
    """

    def __init__(self) -> None:
        self._open: set[Link] = set()
        self._told = 0  # how many the log was last told of
        self._told_at = float("-inf")
        self.all_gone = asyncio.Event()
        self.all_gone.set()

    def __len__(self) -> int:
        return len(self._open)

    def came(self, link: Link) -> None:
        """One more is open."""
        self._open.add(link)
        self.all_gone.clear()
        self._tell()

    def went(self, link: Link) -> None:
        """One is gone."""
        self._open.remove(link)
        self._tell()
        if not self._open:
            self.all_gone.set()

    def sweep(self) -> None:
        """Log how many there are if that was left out. Called once a second."""
        if len(self._open) != self._told:
            self._tell()

    def _tell(self) -> None:
        """Log how many there are, at most once in REST: a thousand who join at once are one or two lines."""
        if (now := monotonic()) - self._told_at >= REST:
            self._told, self._told_at = len(self._open), now
            log.info("active connections: %d", self._told)


def source_of(link: Link) -> dict[str, str]:
    """Whose a line of the log is, for `extra`: lines of one host are counted together, whatever its ports."""
    return {"source": link.peer.partition(",")[0]}
