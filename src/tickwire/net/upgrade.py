"""From an HTTP request to a WebSocket: whether it is let in, and the protocol that takes the connection over.

The request has been read by then. picows, which knows frames, is given a plain one in its place: it asks for a
`Connection` of one word and a header without lists, which RFC 6455 does not.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import socket
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # in the extension, not in its stubs

from tickwire.net.connection import Handler
from tickwire.net.holdings import Holdings
from tickwire.net.http import misdirected
from tickwire.net.origin import Origins
from tickwire.net.plain import MAX_HELD, Metered, PlainListener
from tickwire.net.request import Answer, Request
from tickwire.net.sieve import Intake, Sieve
from tickwire.net.websocket import MAX_PLAIN_MESSAGE, Outlet, WebSocketListener
from tickwire.wire.codec import MAX_MESSAGE
from tickwire.wire.framing import Dialect

WS_PATH = "/ws"
SUBPROTOCOLS = {d.label: d for d in (Dialect.WS_MSGPACK, Dialect.WS_JSON)}

_READ_BUFFER = 2048  # bytes at first; inputs are small, and there is one buffer a connection
_VERSION = "13"
_ASK_SO = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", _VERSION))
_MOST_TOLD = 20  # origins whose pages were refused that the log says
_KEY_SIZE = 16  # bytes, RFC 6455, section 4.1


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows makes a child logger for each connection of a Logger, but none of an adapter: a kilobyte less each."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


log = logging.getLogger("tickwire.listener")
_log = logging.getLogger("tickwire.picows")
_log.setLevel(logging.CRITICAL)  # it calls a client's fault an error, which would be a line in the log for each
_quiet = _Quiet(_log, {})


class _Protocol(WSProtocol):  # type: ignore[misc]  # see its import
    """picows's protocol, writing to an outlet."""

    __slots__ = ("accepted",)
    accepted: socket.socket

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(Outlet(self.accepted, transport))


class _Sieved(Sieve, asyncio.BufferedProtocol):
    """picows's protocol behind a sieve."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert self.inner is not None
        self.inner.connection_made(transport)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received() if self.inner is not None else None

    def pause_writing(self) -> None:
        if self.inner is not None:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self.inner is not None:
            self.inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        inner = self.inner
        self.end()  # else it and the listener would keep each other alive
        if inner is not None:
            inner.connection_lost(exc)


class Upgrades:
    """Lets requests for a WebSocket in, or says why not.

    Args:
        origins: whose pages may talk to the server.
        handler: gets the messages.
        plain: gets the messages instead of `handler` if no subprotocol was asked for; then they are none of ours.
        intake: where inputs are put, instead of being handed to `handler`; None if they are not.
    """

    def __init__(self, origins: Origins, handler: Handler, plain: Handler | None, intake: Intake | None) -> None:
        self._origins = origins
        self._handler = handler
        self._plain = plain
        self._intake = intake
        self._told: set[str] = set()  # origins
        self._holdings = Holdings(MAX_HELD)
        self._frame_limit = MAX_MESSAGE if plain is None else MAX_PLAIN_MESSAGE

    def protocol(
        self, request: Request, local: str, sock: socket.socket, opened_at: float
    ) -> Answer | asyncio.BufferedProtocol:
        """The protocol of the WebSocket that a request asks for, or the answer to one that is not let in.

        Args:
            request: a GET of WS_PATH.
            local: the address that it came in by.
            sock: the accepted socket.
            opened_at: when the request began, in seconds of the loop's time.
        """
        if (refusal := self._refusal(request, local)) is not None:
            return refusal
        offered = request.elements("sec-websocket-protocol")
        chosen = next((name for name in offered if name in SUBPROTOCOLS), None)
        if offered and chosen is None:
            words = f"no subprotocol in common; ask for {' or '.join(SUBPROTOCOLS)}"
            return Answer.words(HTTPStatus.BAD_REQUEST, words)
        listener: WebSocketListener
        if chosen is None and self._plain is not None:
            listener = plain = PlainListener(self._plain, sock, opened_at, self._holdings)
            protocol: asyncio.BufferedProtocol = Metered(self._make(plain, None, sock), plain)
        else:
            dialect = SUBPROTOCOLS[chosen] if chosen else Dialect.WS_JSON
            listener = WebSocketListener(self._handler, sock, dialect, opened_at, self._frame_limit)
            protocol = self._make(listener, chosen, sock)
        if self._intake is None:
            return protocol
        listener.sieve = sieve = _Sieved(protocol, self._intake)
        return sieve

    def _refusal(self, request: Request, local: str) -> Answer | None:
        if not self._origins.serves(request.host, local):
            return misdirected(request)
        if not request.wants_websocket or request.method != "GET":
            return Answer.words(HTTPStatus.UPGRADE_REQUIRED, "this is where WebSockets begin", *_ASK_SO)
        if request.lines("sec-websocket-version") != [_VERSION]:
            words = f"this server speaks WebSocket version {_VERSION}"
            return Answer.words(HTTPStatus.UPGRADE_REQUIRED, words, *_ASK_SO)
        if not _is_key(request.lines("sec-websocket-key")):
            return Answer.words(HTTPStatus.BAD_REQUEST, f"Sec-WebSocket-Key is {_KEY_SIZE} bytes in base64")
        if not self._origins.admits(request.lines("origin"), request.host):
            self._tell(request.lines("origin")[0])
            words = "pages of this origin may not talk to this server; to allow it, serve with --allow-origin ORIGIN"
            return Answer.words(HTTPStatus.FORBIDDEN, words)
        return None

    def _tell(self, origin: str) -> None:
        """Log that pages of an origin were refused, once for each of the first few."""
        if origin not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(origin)
            log.warning("refused a page of %.200r; to allow it, serve with --allow-origin", origin)

    def _make(self, listener: WebSocketListener, chosen: str | None, sock: socket.socket) -> _Protocol:
        named = [("Sec-WebSocket-Protocol", chosen)] if chosen else []

        def answer(_: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(named), listener)

        protocol = _Protocol(
            None,  # host and path are a client's
            None,
            False,  # is_client_side
            answer,
            _quiet,
            True,  # disconnect_on_exception
            None,  # websocket_handshake_timeout: the request is whole
            False,  # enable_auto_ping: ours is in the messages
            10,
            10,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # enable_auto_pong: a ping has reserved bits to be looked at, too
            self._frame_limit,
            None,
            _READ_BUFFER,
        )
        protocol.accepted = sock
        return protocol


def begin(
    protocol: asyncio.BufferedProtocol, transport: asyncio.BaseTransport, request: Request, behind: bytes
) -> None:
    """Begin a WebSocket on a connection whose request was let in.

    Args:
        protocol: as `Upgrades.protocol` made it; the transport's by now.
        transport: with nothing left to be written: the answer to the upgrade is the next that is sent.
        request: what was let in.
        behind: the bytes that came behind it.
    """
    protocol.connection_made(transport)
    (key,) = request.lines("sec-websocket-key")
    asked = (
        f"GET {WS_PATH} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: {_VERSION}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    for data in (asked.encode(), behind):  # apart, so that a sieve sees frames from their first byte on
        while data:
            room = memoryview(protocol.get_buffer(-1))
            size = min(len(room), len(data))
            room[:size] = data[:size]
            room.release()
            protocol.buffer_updated(size)
            data = data[size:]


def _is_key(lines: list[str]) -> bool:
    try:
        return len(lines) == 1 and len(base64.b64decode(lines[0], validate=True)) == _KEY_SIZE
    except (ValueError, binascii.Error):
        return False
