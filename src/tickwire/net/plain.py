"""WebSockets whose messages are none of ours, as a server of `echo` has them: long messages, within bounds.

A message may be 16 MiB long there, and until it is whole the server holds it. So it must be whole within a deadline,
and what is held for all such connections is limited. picows keeps the room that its longest frame took until the
connection ends; that counts as well.
"""

from __future__ import annotations

import asyncio
import socket

from picows import WSFrame, WSTransport

from tickwire.net.connection import Handler
from tickwire.net.holdings import Holdings
from tickwire.net.websocket import MAX_PLAIN_MESSAGE, WebSocketListener, refused

MESSAGE_DEADLINE = 30.0  # seconds from the first byte of a message to its last
MAX_HELD = 4 * MAX_PLAIN_MESSAGE  # bytes of messages that are not whole, on all connections
_SMALL = 65_536  # bytes; less is not worth counting, as there are no more connections than `max_connections`
_POLICY, _TRY_AGAIN = 1008, 1013  # RFC 6455, section 7.4.1, and the registry of its section 11.7


class PlainListener(WebSocketListener):
    """A WebSocket that counts what is held for it.

    Args:
        handler: gets the messages.
        sock: the accepted socket.
        opened_at: when the request began, in seconds of the loop's time.
        holdings: of all such connections.
    """

    def __init__(self, handler: Handler, sock: socket.socket, opened_at: float, holdings: Holdings) -> None:
        super().__init__(handler, sock, None, opened_at, MAX_PLAIN_MESSAGE)
        self._holdings = holdings
        self._loop = asyncio.get_running_loop()
        self._unparsed = 0  # bytes that picows has of a frame that is not whole
        self._room = 0  # the most that these have been
        self._late: asyncio.TimerHandle | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Hand out what is a whole message."""
        self._unparsed = frame.tail_size
        super().on_ws_frame(transport, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Nothing is held any more."""
        self._holdings.hold(self, 0, self._give_up)
        self._in_time()
        super().on_ws_disconnected(transport)

    def came(self, nbytes: int) -> None:
        """So many bytes are about to be parsed."""
        self._unparsed += nbytes

    def parsed(self) -> None:
        """They were: what is held now?"""
        if self._link is not None and self._link.closing:  # what it still sends while it lingers is not its message
            return
        fragments = len(self._message or b"")
        self._room = max(self._room, self._unparsed)
        held = self._room + fragments
        self._holdings.hold(self, held if held > _SMALL else 0, self._give_up)
        if not (self._unparsed or self._message is not None):
            self._in_time()
        elif self._late is None:
            self._late = self._loop.call_later(MESSAGE_DEADLINE, self._too_late)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._end(_POLICY, f"a message must be whole within {MESSAGE_DEADLINE:g} s")

    def _give_up(self) -> None:
        self._end(_TRY_AGAIN, "too many long messages at once; try again later")

    def _end(self, status: int, words: str) -> None:
        link = self._link
        if link is not None and not link.closing:
            self._holdings.hold(self, 0, self._give_up)
            self._in_time()
            self._refuse(link, refused(status, words))


class Metered(asyncio.BufferedProtocol):
    """picows's protocol, with a look at how much it is given.

    Args:
        inner: the protocol behind.
        listener: hears what comes.
    """

    def __init__(self, inner: asyncio.BufferedProtocol, listener: PlainListener) -> None:
        self._inner = inner
        self._listener = listener
        self.get_buffer = inner.get_buffer  # type: ignore[method-assign]
        self.eof_received = inner.eof_received  # type: ignore[method-assign]
        self.pause_writing = inner.pause_writing  # type: ignore[method-assign]
        self.resume_writing = inner.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As the inner one."""
        self._inner.connection_made(transport)

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes were read."""
        self._listener.came(nbytes)
        self._inner.buffer_updated(nbytes)
        self._listener.parsed()

    def connection_lost(self, exc: Exception | None) -> None:
        """As the inner one."""
        self._inner.connection_lost(exc)
