"""Connections of lines, native, header64 and raw text: bytes off a stream to messages.

This file does not know what a message says. What it reads it hands, whole and unframed, to the handler above.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, cast

from tickwire.errors import RemoteProtocolError
from tickwire.net.connection import Handler, Link
from tickwire.wire.framing import Dialect, Header64Reader, LineReader, NativeReader, RawReader

TURN = 100  # messages of one connection that are heeded before others have their turn: some 2 ms


class Reader(Protocol):
    """Bytes to messages; see wire.framing."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes."""

    def missing(self) -> str:
        """What is waited for, in words; empty if nothing has begun."""


READERS: dict[Dialect, Callable[[], Reader]] = {
    Dialect.LINES: LineReader,
    Dialect.NATIVE: NativeReader,
    Dialect.HEADER64: Header64Reader,
}


class StreamProtocol(asyncio.Protocol):
    """Reads messages off a stream.

    Args:
        handler: gets them.
        sock: the accepted socket.
        dialect: lines, native or header64.
        opened_at: when it was accepted, in seconds of the loop's time.
    """

    def __init__(self, handler: Handler, sock: socket.socket, dialect: Dialect, opened_at: float) -> None:
        self._handler = handler
        self._sock = sock
        self._dialect = dialect
        self._opened_at = opened_at
        self._reader = READERS[dialect]()
        self._lines = dialect is Dialect.LINES
        self._link: Link | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make the link."""
        transport = cast(asyncio.Transport, transport)  # uvloop's derive from nothing of asyncio's
        self._transport = transport
        self._link = Link(self._sock, transport, self._dialect, self._opened_at, handler=self._handler)
        self._link.missing = self._reader.missing
        self._handler.opened(self._link)

    def data_received(self, data: bytes) -> None:
        """Feed the reader and hand out what is whole."""
        link = self._link
        assert link is not None
        # Lines are paid for before they are looked at, since an empty one is no message.
        if link.came(len(data), 1 + data.count(b"\n") if self._lines else 1):
            self._hand_out(link, self._reader.feed(data))

    def _hand_out(self, link: Link, messages: Iterator[bytes], *, resumed: bool = False) -> None:
        for _ in range(TURN):
            if link.closing:
                break
            try:
                message = next(messages, None)
            except RemoteProtocolError as error:
                self._handler.broke(link, error)
                break
            if message is None:
                break
            self._handler.received(link, message)
        else:  # there may be more, and others have their turn first
            if not resumed:
                self._read(on=False)
            asyncio.get_running_loop().call_soon(partial(self._hand_out, link, messages, resumed=True))
            return
        if resumed:
            self._read(on=True)

    def _read(self, *, on: bool) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing():
            (transport.resume_reading if on else transport.pause_reading)()

    def eof_received(self) -> bool:
        """The peer sends no more; `nc` does so at the end of its input, and may well want to go on reading.

        A player without a way to send is no player, so the connection ends.
        """
        return False

    def pause_writing(self) -> None:
        """Bytes wait."""
        if self._link is not None:
            self._link.block()
            self._handler.blocked(self._link)

    def resume_writing(self) -> None:
        """No bytes wait any more."""
        if self._link is not None:
            self._link.unblock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler."""
        if self._link is not None:
            self._link.closing = True
            self._handler.closed(self._link)
        self._transport = None


class RawProtocol(StreamProtocol):
    """Reads text off a stream as it comes, without frames; what is written to its link is sent as it is."""

    def __init__(self, handler: Handler, sock: socket.socket, opened_at: float) -> None:
        super().__init__(handler, sock, Dialect.LINES, opened_at)
        self._reader = self._raw = RawReader()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make the link."""
        transport = cast(asyncio.Transport, transport)
        self._transport = transport
        self._link = Link(self._sock, transport, self._dialect, self._opened_at, handler=self._handler)
        self._link.frame = bytes  # as it is
        self._handler.opened(self._link)

    def eof_received(self) -> bool:
        """The peer sends no more: the half of a character that it left is no longer waited for."""
        link = self._link
        if link is not None and not link.closing and (rest := self._raw.end()):
            self._handler.received(link, rest)
        return False
