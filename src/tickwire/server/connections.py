"""Which connections are open, whoever serves them: counted, logged, and waited for at the end."""

from __future__ import annotations

import asyncio
import logging

from tickwire.net.connection import Link

log = logging.getLogger("tickwire.gateway")


class Connections:
    """The open connections of a server.

    Attributes:
        all_gone: set while none is open.
    """

    def __init__(self) -> None:
        self._open: set[Link] = set()
        self.all_gone = asyncio.Event()
        self.all_gone.set()

    def __len__(self) -> int:
        return len(self._open)

    def came(self, link: Link) -> None:
        """One more is open."""
        self._open.add(link)
        self.all_gone.clear()
        log.info("active connections: %d", len(self._open))

    def went(self, link: Link) -> None:
        """One is gone."""
        self._open.remove(link)
        log.info("active connections: %d", len(self._open))
        if not self._open:
            self.all_gone.set()
