"""Connections whose messages are none of ours, on a server of `echo`: what comes goes back as it came.

They have no room and no seat. While one does not read what it is sent, nothing more is read from it: so what the
server holds for it is bounded, without a limit on how much or how often it sends.
"""

from __future__ import annotations

from tickwire.errors import RemoteProtocolError
from tickwire.net.connection import Link
from tickwire.server.connections import Connections
from tickwire.wire.framing import frame_ws_close

GREETING = b"Connected"  # what the tutorials' server says first, and their clients wait for
_GOING_AWAY = 1001  # RFC 6455, section 7.4.1


class Echo:
    """Sends back what raw connections and plain WebSockets send (net.connection.Handler)."""

    def __init__(self, connections: Connections, *, raw: bool) -> None:
        self._connections = connections
        self._raw = raw
        self._links: set[Link] = set()

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

    def closed(self, link: Link) -> None:
        """The connection is gone."""
        self._links.remove(link)
        self._connections.went(link)

    def shutdown(self) -> None:
        """Close all."""
        for link in list(self._links):
            if not self._raw:
                link.farewell = frame_ws_close(_GOING_AWAY)
            link.finish()
