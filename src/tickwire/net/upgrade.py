"""The protocol of a connection that begins with an HTTP request: a plain answer, or the upgrade to a WebSocket."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, MutableMapping
from typing import Any

from picows import (
    WSAutoPingStrategy,
    WSListener,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # in the extension, not in its stubs

from tickwire.net.connection import Handler
from tickwire.net.sieve import Intake, Sieve
from tickwire.net.websocket import MAX_PLAIN_MESSAGE, Outlet, WebSocketListener
from tickwire.wire.codec import MAX_MESSAGE
from tickwire.wire.framing import Dialect

WS_PATH = "/ws"
SUBPROTOCOLS = {d.label: d for d in (Dialect.WS_MSGPACK, Dialect.WS_JSON)}

_READ_BUFFER = 2048  # bytes at first; inputs are small, and there is one buffer a connection


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """picows makes a child logger for each connection of a Logger, but none of an adapter: a kilobyte less each."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


_log = logging.getLogger("tickwire.picows")
_log.setLevel(logging.CRITICAL)  # it calls a client's fault an error, which would be a line in the log for each
_quiet = _Quiet(_log, {})

Respond = Callable[[str], WSUpgradeResponse]


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


def http_protocol(
    handler: Handler,
    sock: socket.socket,
    opened_at: float,
    deadline: float,
    respond: Respond,
    plain: Handler | None = None,
    intake: Intake | None = None,
) -> asyncio.BaseProtocol:
    """The protocol of a connection that begins with an HTTP request.

    Args:
        handler: gets the messages, if it becomes a WebSocket.
        sock: the accepted socket.
        opened_at: when it was accepted, in seconds of the loop's time.
        deadline: seconds left for the request to be complete.
        respond: the answer to a GET of any other path.
        plain: gets the messages instead of `handler` if no subprotocol was asked for; then they are none of ours.
        intake: where inputs are put, instead of being handed to `handler`; None if they are not.
    """
    frame_limit = MAX_MESSAGE if plain is None else MAX_PLAIN_MESSAGE

    def answer(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        path = request.path.decode("latin-1").partition("?")[0]
        if path != WS_PATH:
            return WSUpgradeResponseWithListener(respond(path), None)
        if request.headers.get("Sec-WebSocket-Version") != "13":
            response = WSUpgradeResponse.create_error_response(
                426, b"this server speaks WebSocket version 13\n", {"Sec-WebSocket-Version": "13"}
            )
            return WSUpgradeResponseWithListener(response, None)
        offered = [p.strip() for p in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if p.strip()]
        chosen = next((p for p in offered if p in SUBPROTOCOLS), None)
        if offered and chosen is None:
            words = f"no subprotocol in common; ask for {' or '.join(SUBPROTOCOLS)}\n"
            return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(400, words.encode()), None)
        if chosen is None and plain is not None:
            listener = WebSocketListener(plain, sock, None, opened_at, frame_limit)
            listener.sieve = sieve
            return listener
        dialect = SUBPROTOCOLS[chosen] if chosen else Dialect.WS_JSON
        listener = WebSocketListener(handler, sock, dialect, opened_at, frame_limit)
        listener.sieve = sieve
        if chosen is None:
            return listener
        response = WSUpgradeResponse.create_101_response([("Sec-WebSocket-Protocol", chosen)])
        return WSUpgradeResponseWithListener(response, listener)

    protocol = _Protocol(
        None,  # host and path are a client's
        None,
        False,  # is_client_side
        answer,
        _quiet,
        True,  # disconnect_on_exception
        deadline,
        False,  # enable_auto_ping: ours is in the messages
        10,
        10,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # enable_auto_pong: a ping has reserved bits to be looked at, too
        frame_limit,
        None,
        _READ_BUFFER,
    )
    protocol.accepted = sock
    sieve = _Sieved(protocol, intake) if intake is not None else None
    return sieve if sieve is not None else protocol
