"""One client's connection, whatever its dialect: a link to write on, and what it needs of the floor above."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Protocol

from tickwire.errors import CloseCode, RemoteProtocolError
from tickwire.net import tcp
from tickwire.net.limits import Meter
from tickwire.net.round_trip import RoundTrip
from tickwire.wire.framing import Dialect, frame_ws_ping

LINGER = 1.0  # seconds that a closing connection is still read from, so that the peer gets to see our last words
SEND_BUFFER = 32_768  # bytes in the kernel: a client that stops reading shall not have minutes of old states queued up
UNSENT = 4096  # bytes of these that are not on their way yet: when a link stalls, what follows is the newest state
# Bytes in user space that are not states; past it the client is given up. In one tick a dozen people may say 100 kB,
# and more than that may happen before a phone has read it.
MAX_BACKLOG = 262_144
LONG_READ = 8192  # bytes; a WebSocket that sends more at once is read from again only after the others


class Handler(Protocol):
    """What a connection needs of the floor above."""

    def opened(self, link: Link) -> None:
        """A connection speaks one of our dialects."""

    def received(self, link: Link, payload: bytes) -> None:
        """A whole message came."""

    def broke(self, link: Link, error: RemoteProtocolError) -> None:
        """What came is no message; the handler says bye and finishes the link."""

    def blocked(self, link: Link) -> None:
        """The kernel takes no more for now: bytes wait in user space until the peer reads."""

    def closed(self, link: Link) -> None:
        """The connection is gone. Called once for each `opened`."""


class Link:
    """The writing side of a connection, whatever its dialect; and what is counted and measured of it.

    Args:
        sock: the socket itself. What fits the kernel's buffer is sent on it directly, which costs less than the
            transport's own write.
        transport: owns the socket, and takes what does not fit.
        dialect: how messages are framed here.
        opened_at: when the connection was accepted, in seconds of the loop's time.
        farewell: what the dialect says after the last message: a WebSocket close frame.
        handler: is told when the peer sends too much.

    Attributes:
        meter: what the peer may still send; None for a handler that does not limit that.
        source: counts what is read, for a WebSocket; None for others.
        round_trip: seconds to the peer and back; None until it was measured. Of the peer's answers to WebSocket pings
            and of what TCP knows the larger one: a proxy hides the peer's TCP.
    """

    __slots__ = (
        "_pings",
        "_queued",
        "_transport",
        "blocked",
        "closing",
        "dialect",
        "farewell",
        "frame",
        "handler",
        "meter",
        "missing",
        "opened_at",
        "owner",
        "paced",
        "peer",
        "raw_send",
        "round_trip",
        "socket",
        "source",
        "tray",
    )

    def __init__(
        self,
        sock: socket.socket,
        transport: asyncio.Transport,
        dialect: Dialect,
        opened_at: float,
        farewell: bytes = b"",
        handler: Handler | None = None,
    ) -> None:
        # A high-water mark of 0: the protocol hears of the first byte that has to wait, and when the last one is gone.
        transport.set_write_buffer_limits(high=0)
        self._transport = transport
        self.socket = sock
        self.raw_send = sock.send
        self.blocked = False  # bytes wait: kept up to date by the protocol, which calls block and unblock
        self.paced = False  # while bytes wait, nothing is read: for a handler that answers as much as it is sent
        self.dialect = dialect
        self.opened_at = opened_at
        self.closing = False
        self.handler = handler
        self.meter: Meter | None = None
        self.source: Source | None = None
        self.round_trip: float | None = None
        self._pings: RoundTrip | None = None
        self._queued = 0  # bytes that had to wait so far
        self.farewell = farewell
        self.frame: Callable[[bytes], bytes] = dialect.frame  # how an answer is framed; without messages of ours, raw
        self.missing: Callable[[], str] = str  # in words, what of a message that has begun did not come yet
        self.owner: Any = None  # the handler's own
        self.tray: list[Any] | None = None  # where a sieve lays inputs: each behind this link; None: it lays none
        self.peer = str(transport.get_extra_info("peername"))

    @property
    def waiting(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def taken(self) -> int:
        """Grows as the peer takes what it is sent: the bytes that it acknowledged, or that need not wait any more."""
        acknowledged = tcp.acknowledged(self.socket)
        return self._queued - self.waiting if acknowledged is None else acknowledged

    # --- what is read ---

    def came(self, nbytes: int, frames: int) -> bool:
        """Pay for what was read: bytes, and lines, frames or pieces.

        Returns:
            Whether it is to be parsed. If not, it was too much, the handler knows, and the connection is over.
        """
        if self.closing:
            return False
        if nbytes > LONG_READ * frames and self.source is not None:
            self._let_others_go_first()
        if (meter := self.meter) is None:
            return True
        meter.bytes -= nbytes
        meter.frames -= frames
        return (meter.bytes >= 0 and meter.frames >= 0) or self._may_go_on(meter)

    def said(self) -> bool:
        """Pay for a message that the handler does not get, as a ping; returns as `came`."""
        meter = self.meter
        if meter is None:
            return True
        meter.messages -= 1
        return meter.messages >= 0 or self._may_go_on(meter)

    def _may_go_on(self, meter: Meter) -> bool:
        if self.closing:
            return False
        limit = meter.overdrawn(asyncio.get_running_loop().time())
        if limit is None:
            return True
        if self.handler is not None:
            self.handler.broke(self, RemoteProtocolError(CloseCode.FLOOD, limit.words))
        return False

    def _let_others_go_first(self) -> None:
        """Read no more until the loop has looked at its other sockets and timers: it would read up to 32 times."""
        self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._read_on)

    def _read_on(self) -> None:
        if not (self._transport.is_closing() or (self.paced and self.blocked)):
            self._transport.resume_reading()

    # --- how far it is ---

    def measure(self) -> None:
        """Ask the kernel for the round trip, and a WebSocket's peer by a ping."""
        self._update_round_trip()
        # Behind bytes that wait, a ping would measure the queue.
        if self.dialect.websocket and not (self.closing or self.blocked):
            self._pings = self._pings or RoundTrip()
            self.write(frame_ws_ping(self._pings.ask()))

    def ponged(self, payload: bytes) -> None:
        """A pong came."""
        if self._pings is not None and self._pings.answered(payload):
            self._update_round_trip()

    def _update_round_trip(self) -> None:
        answered, known = self._pings and self._pings.seconds, tcp.round_trip(self.socket)
        self.round_trip = max(answered or 0.0, known or 0.0) or self.round_trip

    # --- what is written ---

    def block(self) -> None:
        """The kernel takes no more for now."""
        self.blocked = True
        if self.paced and not self._transport.is_closing():
            self._transport.pause_reading()

    def unblock(self) -> None:
        """What waited is gone."""
        self.blocked = False
        if self.paced and not self._transport.is_closing():
            self._transport.resume_reading()

    def write(self, framed: bytes) -> None:
        """Send, behind whatever waits."""
        if self.closing:
            return
        if self.blocked:
            self.write_rest(framed)
            return
        try:
            sent = self.raw_send(framed)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abort()
            return
        if sent < len(framed):
            self.write_rest(framed[sent:])

    def write_rest(self, rest: bytes) -> None:
        """Send what `raw_send` did not take."""
        self._queued += len(rest)
        self._transport.write(rest)

    def finish(self) -> None:
        """Close after what was written is sent. The peer is given a moment to read it."""
        if self.closing:
            return
        if self.farewell:
            self.write(self.farewell)
        self.closing, self.tray = True, None
        if self.paced and self.blocked:
            self._transport.resume_reading()  # else the end of the peer would not be seen
        asyncio.get_running_loop().call_later(LINGER, self._linger, self.waiting)
        try:
            # Half-closed, and still read from: closing with unread input would make the kernel reset the connection,
            # and our last message with it.
            self._transport.write_eof()
        except (OSError, RuntimeError, NotImplementedError):
            self._transport.close()

    def _linger(self, waited: int) -> None:
        """The moment is over; but a long answer that is still on its way may arrive."""
        if self.paced and 0 < self.waiting < waited:
            asyncio.get_running_loop().call_later(LINGER, self._linger, self.waiting)
        else:
            self._transport.abort()

    def abort(self) -> None:
        """Close at once."""
        self.closing, self.tray = True, None
        self._transport.abort()


def prepare_socket(sock: socket.socket) -> None:
    """Settings of every accepted socket."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # Linux, macOS
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
    tcp.watch_over(sock)


class Source(Protocol):
    """Who counts what is read."""

    @property
    def reads(self) -> int:
        """How often something came."""
