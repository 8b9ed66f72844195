"""Connections whose messages are none of ours, on a server of `echo`: what comes goes back as it came.

They have no room and no seat. While one does not read what it is sent, nothing more is read from it: so what the
server holds for it is bounded, without a limit on how much or how often it sends. What it holds for all of them is
bounded too, and one that takes nothing for a while is closed.
"""

from __future__ import annotations

import asyncio

from tickwire.errors import RemoteProtocolError
from tickwire.net.connection import Link
from tickwire.net.holdings import Holdings
from tickwire.server.connections import Connections
from tickwire.wire.framing import frame_ws_close

GREETING = b"Connected"  # what the tutorials' server says first, and their clients wait for
STUCK = 15.0  # seconds in which a client must have taken some of what waits for it
MAX_WAITING = 64 * 1024 * 1024  # bytes that wait, for all clients; past it who has waited longest is closed
_LOOK = 1.0  # seconds between two looks at one for whom bytes wait
_GOING_AWAY = 1001  # RFC 6455, section 7.4.1


class Echo:
    """Sends back what raw connections and plain WebSockets send (net.connection.Handler)."""

    def __init__(self, connections: Connections, *, raw: bool) -> None:
        self._connections = connections
        self._raw = raw
        self._links: set[Link] = set()
        self._loop = asyncio.get_running_loop()
        self._waiting = Holdings(MAX_WAITING)
        self._taken: dict[Link, tuple[float, int]] = {}  # when each took some of what waits, and how much was left

    def opened(self, link: Link) -> None:
        """Somebody is there."""
        link.paced = True
        self._links.add(link)
        self._connections.came(link)
        if self._raw:
            link.write(GREETING)

    def received(self, link: Link, payload: bytes) -> None:
        """A message, or a piece of text, came."""
        link.write(link.frame(payload))

    def broke(self, link: Link, error: RemoteProtocolError) -> None:
        """What came is no message; the close frame says so."""
        link.finish()

    def blocked(self, link: Link) -> None:
        """Nothing is read until it has read what waits."""
        # That it waits anew says that it took all before.
        anew = link not in self._taken
        self._taken[link] = (self._loop.time(), 0)
        if anew:  # looked at when the message that does not fit was written, and not in the midst of that
            self._loop.call_soon(self._look, link)

    def _look(self, link: Link) -> None:
        """Whether a client takes what waits for it."""
        waits = link.waiting if link in self._links and link.blocked else 0
        self._waiting.hold(link, waits, link.abort)
        if not waits:
            del self._taken[link]
            return
        now = self._loop.time()
        since, left = self._taken[link]
        if not left or waits < left:
            since = now
        elif now - since >= STUCK:
            link.abort()
        self._taken[link] = since, waits
        self._loop.call_later(_LOOK, self._look, link)

    def closed(self, link: Link) -> None:
        """The connection is gone."""
        self._links.remove(link)
        self._waiting.hold(link, 0, link.abort)
        self._connections.went(link)

    def shutdown(self) -> None:
        """Close all."""
        for link in list(self._links):
            if not self._raw:
                link.farewell = frame_ws_close(_GOING_AWAY)
            link.finish()
